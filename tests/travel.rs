//! Recipes travel: what a recipe says of a run, it says in every form, and the run can be made again or
//! read back bit for bit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use implicit_bias_lab::archive;
use implicit_bias_lab::export::{self, Options, Theory, tidy_csv};
use implicit_bias_lab::knobs::Value;
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::{Change, Recipe, carrier, link, presets};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use tempfile::TempDir;

/// A small run that changes on the way, in one setting at a step that is recorded and in another at
/// one that is not.
fn small(settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = Recipe::new(LABS[0]);
    for (key, value) in [("n", "10"), ("d", "20"), ("sparsity", "3")]
        .iter()
        .chain(&[("step_size", "0.02"), ("steps", "1000")])
        .chain(settings)
    {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let change = |step, key: &str, value| Change {
        step,
        settings: vec![(key.to_owned(), value)],
    };
    recipe.changes = vec![
        change(100, "step_size", Value::Word("auto".to_owned())),
        change(555, "label_noise", Value::Word("constant".to_owned())),
    ];
    recipe
}

/// The samples that an export writes.
fn samples(recipe: &Recipe) -> Vec<Sample> {
    let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
    let (knobs, changes) = (recipe.knobs.clone(), recipe.changes.clone());
    let mut session = Session::new(experiment, SamplingSchedule::LogSpaced, knobs, changes);
    session.advance_to(recipe.knobs.count("steps"), None);
    let mut samples = session.take_samples();
    if samples.last().unwrap().step < session.step() {
        samples.push(session.experiment().sample());
    }
    samples
}

fn exported(recipe: &Recipe, folder: &Path, theory: Theory) -> PathBuf {
    let options = Options {
        out: folder.join("out"),
        record_noise: false,
        schedule: SamplingSchedule::LogSpaced,
        theory,
        spare_cores: 0,
    };
    export::run(recipe, &options, |_| true).unwrap();
    options.out
}

/// The bits of numbers, so that NaN equals itself.
fn bits<'a>(columns: impl IntoIterator<Item = &'a Vec<f64>>) -> Vec<Vec<u64>> {
    let bits = |column: &Vec<f64>| column.iter().map(|value| value.to_bits()).collect();
    columns.into_iter().map(bits).collect()
}

fn assert_same(read: &History, expected: &History) {
    assert_eq!(read.step, expected.step);
    assert_eq!(bits([&read.time]), bits([&expected.time]));
    assert_eq!(bits(&read.shared), bits(&expected.shared));
    assert_eq!(read.runs.len(), expected.runs.len());
    for (read, expected) in read.runs.iter().zip(&expected.runs) {
        assert_eq!(bits(&read.values), bits(&expected.values));
        assert_eq!(bits(&read.low), bits(&expected.low));
        assert_eq!(bits(&read.high), bits(&expected.high));
        assert!(read.states() == expected.states());
    }
}

fn message(path: &Path) -> String {
    carrier::open(path).unwrap_err().to_string()
}

#[test]
fn every_carrier_gives_back_every_preset() {
    let folder = TempDir::new().unwrap();
    for preset in presets() {
        let recipe = preset.recipe();
        let link = link::encode(&recipe);
        let run = folder.path().join(preset.id);
        fs::create_dir(&run).unwrap();
        let png = [
            &b"\x89PNG\r\n\x1a\n\0\0tEXtrecipe\0"[..],
            link.as_bytes(),
            b"\x80\x81IEND",
        ];
        for (name, bytes) in [
            ("r.toml", recipe.to_toml().into_bytes()),
            ("r.txt", recipe.to_toml().into_bytes()),
            ("r.png", png.concat()),
            (
                "r.svg",
                format!("<svg><metadata>{link}</metadata></svg>").into(),
            ),
            (
                "r.pdf",
                format!("%PDF-1.7\n1 0 obj << /Subject ({link}) >>").into(),
            ),
            (
                "mail",
                format!("See\n> {}\n> {}", &link[..70], &link[70..]).into(),
            ),
            ("scenario.toml", recipe.to_toml().into_bytes()),
        ] {
            fs::write(run.join(name), bytes).unwrap();
            assert_eq!(carrier::open(&run.join(name)).unwrap(), recipe, "{name}");
        }
        assert_eq!(carrier::open(&run).unwrap(), recipe);
    }
}

#[test]
fn what_carries_nothing_says_so_and_names_the_file() {
    let folder = TempDir::new().unwrap();
    let link = link::encode(&small(&[]));
    let changed = link.replacen(&link[20..22], "__", 1);
    for (name, bytes, reason) in [
        (
            "a.png",
            &b"\x89PNG\r\n\x1a\nIHDR"[..],
            "holds no recipe: there is no link",
        ),
        ("b.svg", b"<svg/>", "holds no recipe"),
        (
            "c.png",
            &link.as_bytes()[..90],
            "this link is damaged: its end is missing",
        ),
        ("d.pdf", changed.as_bytes(), "damaged"),
        (
            "e.svg",
            b"<m>ibl:2:abc:00000000</m>",
            "update Implicit Bias Lab",
        ),
        ("f.toml", b"format = 3", "update Implicit Bias Lab"),
        ("g.toml", b"format = ", "not a recipe: line 1"),
        ("h", b"", "holds no recipe"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let message = message(&path);
        assert!(
            message.contains(reason) && message.contains(name),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let empty = message(folder.path());
    assert!(empty.contains("no scenario.toml"), "{empty}");
    let missing = message(&folder.path().join("none.png"));
    assert!(
        missing.contains("cannot read") && missing.contains("none.png"),
        "{missing}"
    );
}

#[test]
fn an_older_format_opens_and_the_step_travels() {
    let text = "format = 1\n[settings]\nn = 12\n";
    let mut recipe = Recipe::from_toml(text).unwrap();
    assert_eq!(recipe.step, 0);
    recipe.step = 40_000;
    assert!(recipe.to_toml().contains("step = 40000"));
    assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), recipe);
    assert_eq!(link::decode(&link::encode(&recipe)).unwrap(), recipe);
}

#[test]
fn pinning_changes_no_bit() {
    let recipe = small(&[("step_size", "auto"), ("sgf_substeps", "auto")]);
    let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
    let pinned = recipe.pinned(&experiment.setup().facts);
    // How a table would be read is no number that the run has found.
    let is_open = |line: &str| line.ends_with("\"auto\"") && !line.starts_with("csv_header");
    assert!(
        !pinned.to_toml().lines().any(is_open),
        "{}",
        pinned.to_toml()
    );
    assert!(samples(&pinned) == samples(&recipe));
}

#[test]
fn a_folder_is_read_back_bit_for_bit() {
    let cases: [(&[(&str, &str)], Theory); 4] = [
        (&[], Theory::On),
        (&[("depth", "3")], Theory::Off),
        // SGD diverges, GD and SGF go on.
        (&[("step_size", "0.4"), ("sgf_runs", "0")], Theory::Off),
        // One fork starts at step 0, one late, one after the end.
        (
            &[(
                "forks",
                "gd from sgd-1 at 50; gd from sgd-1 at 200 late; gf from sgd-1 at 2000 late",
            )],
            Theory::Off,
        ),
    ];
    for (settings, theory) in cases {
        let folder = TempDir::new().unwrap();
        let mut recipe = small(settings);
        if !settings.is_empty() {
            recipe.changes.clear();
        }
        let out = exported(&recipe, folder.path(), theory);
        let (read_recipe, read) = archive::read(&out).unwrap();
        let samples = samples(&recipe);
        let mut expected = History::new(read.setup.clone());
        for sample in &samples {
            expected.push(sample);
        }
        assert_same(&read, &expected);
        assert_eq!(carrier::open(&out).unwrap(), read_recipe);
        assert_eq!(read_recipe.step, read_recipe.knobs.count("steps"));

        let summary = fs::read_to_string(out.join("summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
        for (name, value) in summary["facts"].as_object().unwrap() {
            assert_eq!(read.scalar(name), value.as_f64(), "{name}");
        }
        for (info, run) in read.setup.runs.iter().zip(&read.runs) {
            let examined = if theory == Theory::On { run.len() } else { 0 };
            assert_eq!(run.examined().len(), examined, "{}", info.name);
        }
        let steps: Vec<_> = read.marks.iter().map(|mark| mark.step).collect();
        let planned: Vec<_> = recipe.changes.iter().map(|change| change.step).collect();
        assert_eq!(steps, planned);
    }
}

#[test]
fn a_damaged_folder_is_refused_with_the_file_and_the_reason() {
    let folder = TempDir::new().unwrap();
    let recipe = small(&[("steps", "60"), ("sgf_runs", "0")]);
    let out = exported(&recipe, folder.path(), Theory::On);
    let (_, expected) = archive::read(&out).unwrap();
    let refusal = || archive::read(&out).unwrap_err().to_string();
    for name in ["gd.npz", "sgd-2.npz", "summary.json", "scenario.toml"] {
        let path = out.join(name);
        let whole = fs::read(&path).unwrap();
        let shortest_readable = whole.trim_ascii_end().len();
        for part in 0..=40 {
            let length = (shortest_readable - 1) * part / 40;
            fs::write(&path, &whole[..length]).unwrap();
            // A recipe may be whole before its last line is; what follows then differs.
            if let Err(error) = archive::read(&out) {
                let error = error.to_string();
                assert!(error.contains(name) || name == "scenario.toml", "{error}");
                assert_eq!(error.lines().count(), 1, "{error}");
            } else {
                assert_eq!(name, "scenario.toml", "{length} of {} bytes", whole.len());
            }
        }
        for at in (0..whole.len()).step_by(whole.len() / 300 + 1) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x55;
            fs::write(&path, flipped).unwrap();
            // Text may still be text; an array is the same or refused.
            if let Ok((_, read)) = archive::read(&out)
                && name.ends_with("npz")
            {
                assert_same(&read, &expected);
            }
        }
        fs::remove_file(&path).unwrap();
        assert!(refusal().contains(name), "{}", refusal());
        fs::write(&path, whole).unwrap();
    }
    // Arrays of another run.
    let path = out.join("sgd-2.npz");
    let whole = fs::read(&path).unwrap();
    for (setting, reason) in [
        (("step_size", "0.03"), "steps or times are not those"),
        (("d", "21"), "has shape"),
    ] {
        let other = TempDir::new().unwrap();
        let recipe = small(&[("steps", "60"), ("sgf_runs", "0"), setting]);
        let other = exported(&recipe, other.path(), Theory::On);
        fs::copy(other.join("sgd-2.npz"), &path).unwrap();
        let refused = refusal();
        assert!(
            refused.contains(reason) && refused.contains("sgd-2.npz"),
            "{refused}"
        );
    }
    fs::write(&path, whole).unwrap();
    for path in [folder.path().join("none"), out.join("gd.npz")] {
        let error = archive::read(&path).unwrap_err().to_string();
        assert!(error.contains("is not a folder"), "{error}");
    }
}

#[test]
fn the_tidy_table_holds_every_recorded_number_in_full() {
    let folder = TempDir::new().unwrap();
    let recipe = small(&[("steps", "400"), ("forks", "gd from sgd-1 at 200 late")]);
    let out = exported(&recipe, folder.path(), Theory::On);
    let (_, history) = archive::read(&out).unwrap();
    let mut bytes = Vec::new();
    tidy_csv(&history, &mut bytes).unwrap();
    let mut table = csv::Reader::from_reader(&bytes[..]);
    let names = table.headers().unwrap().clone();
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    let setup = &history.setup;
    let mut expected = 0;
    for (info, run) in setup.runs.iter().zip(&history.runs) {
        let rows = rows.iter().filter(|row| row[at("run")] == *info.name);
        let born = run.examined()[0];
        for (row, record) in (born..run.len()).zip(rows) {
            expected += 1;
            assert_eq!(record[at("algorithm")], *info.family.id);
            assert_eq!(record[at("step")], history.step[row].to_string());
            let same = |name: &str, value: f64| {
                let read: f64 = record[at(name)].parse().unwrap();
                assert!(read.to_bits() == value.to_bits() || read.is_nan() && value.is_nan());
            };
            same("time", history.time[row]);
            same("step_size", history.shared[0][row]);
            for (column, quantity) in setup.columns.iter().enumerate() {
                same(quantity.id, run.values[column][row]);
                if quantity.tracked {
                    same(&format!("{}_min", quantity.id), run.low[column][row]);
                    same(&format!("{}_max", quantity.id), run.high[column][row]);
                }
            }
            let insight = run.insight_at(row).unwrap();
            for (insight, value) in setup.insights.iter().zip(insight) {
                same(insight.id, value);
            }
        }
    }
    assert_eq!(rows.len(), expected);
    assert!(
        rows.iter()
            .any(|row| &row[at("run")] == "fork-1" && &row[at("step")] == "200")
    );

    let mut unexamined = History::new(setup.clone());
    unexamined.push(&samples(&recipe)[0]);
    let mut bytes = Vec::new();
    tidy_csv(&unexamined, &mut bytes).unwrap();
    let mut table = csv::Reader::from_reader(&bytes[..]);
    let first = table.records().next().unwrap().unwrap();
    assert_eq!(&first[at("kkt_residual")], "");
}
