//! The setting `arithmetic`: every lab obeys it, runs of both kinds do not disturb each other, and it travels with
//! recipes, links and tables. That plain runs have the same bits on every machine is in `tests/determinism.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use implicit_bias_lab::knobs::Role;
use implicit_bias_lab::labs::{LABS, RecordingExperiment};
use implicit_bias_lab::model::arithmetic::Arithmetic;
use implicit_bias_lab::recipe::{Recipe, link, preset};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sweep::summary::Results;
use implicit_bias_lab::sweep::{Axis, Steps, Sweep, Vary, table};
use rayon::ThreadPoolBuilder;

/// The first preset of a lab, in some arithmetic.
fn recipe(lab: usize, arithmetic: &str) -> Recipe {
    let mut recipe = LABS[lab].presets()[0].recipe();
    recipe.knobs.set_text("arithmetic", arithmetic).unwrap();
    recipe
}

fn experiment(recipe: &Recipe) -> Box<dyn RecordingExperiment> {
    recipe.lab.experiment(&recipe.knobs, false).unwrap()
}

/// All numbers of the states.
fn states(sample: &Sample) -> Vec<f64> {
    let runs = sample.runs.iter().flatten();
    runs.flat_map(|run| run.state.iter().flatten())
        .copied()
        .collect()
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// A lab that adds up product by product: nothing in it was ever fused, and the word only decides where its rarest
/// draws take their logarithms from.
const NEVER_FUSED: &str = "minima-stability";

/// Few steps, so that no run has amplified much of the last digit: that of single precision for networks that train
/// in it.
#[test]
fn every_lab_obeys_and_differs_by_rounding_alone() {
    for (at, lab) in LABS.iter().enumerate() {
        let [fused, plain] = ["fused", "plain"].map(|word| {
            let mut experiment = experiment(&recipe(at, word));
            experiment.advance(2);
            states(&experiment.sample())
        });
        let differs = bits(&fused) != bits(&plain);
        assert_eq!(differs, lab.id() != NEVER_FUSED, "{}", lab.id());
        let single = fused.iter().all(|x| f64::from(*x as f32) == *x);
        let tolerance = if single { 1e-3 } else { 1e-9 };
        let size = fused.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        for (fused, plain) in fused.iter().zip(&plain) {
            let apart = (fused - plain).abs() / size;
            assert!(apart < tolerance, "{}: {fused} {plain}", lab.id());
        }
    }
}

/// Turn by turn on this thread and on those of one pool, and inside of a scope of the other arithmetic.
#[test]
fn runs_of_both_kinds_do_not_disturb_each_other() {
    const STEPS: u64 = 200;
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let pool = Arc::new(pool);
    for (at, lab) in LABS.iter().enumerate() {
        let alone = ["fused", "plain"].map(|word| {
            let mut experiment = experiment(&recipe(at, word));
            experiment.advance(STEPS);
            bits(&states(&experiment.sample()))
        });
        let mut together = ["fused", "plain"].map(|word| experiment(&recipe(at, word)));
        for experiment in &mut together {
            experiment.use_threads(pool.clone());
        }
        for _ in 0..STEPS / 40 {
            for (experiment, around) in together
                .iter_mut()
                .zip([Arithmetic::Plain, Arithmetic::Fused])
            {
                around.run(|| experiment.advance(40));
            }
        }
        let together = together.map(|mut experiment| bits(&states(&experiment.sample())));
        assert!(alone == together, "{}", lab.id());
    }
    assert_eq!(Arithmetic::here(), Arithmetic::Fused);
}

#[test]
fn a_scope_ends_with_what_is_computed_in_it() {
    let crashed = std::panic::catch_unwind(|| Arithmetic::Plain.run(|| panic!("on purpose")));
    crashed.unwrap_err();
    assert_eq!(Arithmetic::here(), Arithmetic::Fused);
    Arithmetic::Plain.run(|| {
        assert!(Arithmetic::is_plain_here());
        Arithmetic::Fused.run(|| assert!(!Arithmetic::is_plain_here()));
        assert!(Arithmetic::is_plain_here());
    });
}

#[test]
fn recipes_and_links_keep_the_word_and_mean_fused_without_it() {
    for (at, lab) in LABS.iter().enumerate() {
        let plain = recipe(at, "plain");
        let text = plain.to_toml();
        assert!(text.contains("arithmetic = \"plain\""));
        assert_eq!(Recipe::from_toml(&text).unwrap(), plain);
        let link = link::encode(&plain);
        assert_eq!(link::decode(&link).unwrap(), plain);
        let old = text.replace("arithmetic = \"plain\"\n", "");
        let old = Recipe::from_toml(&old).unwrap();
        assert_eq!(old.knobs.text_of(Role::Arithmetic), Some("fused"));
        assert_eq!(old, recipe(at, "fused"), "{}", lab.id());
    }
    let mut recipe = preset("fig2").unwrap().recipe();
    let refused = recipe.knobs.set_text("arithmetic", "rounded").unwrap_err();
    assert!(refused.to_string().contains("fused | plain"), "{refused}");
}

fn sweep(arithmetic: &str, over: &[&str]) -> Sweep {
    let mut recipe = preset("fig2").unwrap().recipe();
    for (key, value) in [
        ("arithmetic", arithmetic),
        ("n", "8"),
        ("d", "12"),
        ("sparsity", "2"),
        ("steps", "300"),
    ] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let axes = Axis::parse_all(over, &recipe.knobs).unwrap();
    Sweep::new(recipe, axes, 2, Vary::All, Steps::Recipe).unwrap()
}

/// On several threads, of the sweep and of nothing else.
fn results(sweep: &Sweep) -> Results {
    let cells: Vec<u64> = (0..sweep.cells()).collect();
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    pool.install(|| Results::of(sweep, &cells, &|_| ()))
        .unwrap()
}

#[test]
fn a_sweep_and_its_table_carry_it() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |name: &str, sweep: &Sweep| -> Vec<Vec<String>> {
        let out = folder.path().join(name);
        table::save(sweep, &results(sweep), &out).unwrap();
        let mut reader = csv::Reader::from_path(&out).unwrap();
        let head: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let skip = |name: &str| ["cell", "arithmetic"].contains(&name);
        let word = head.iter().position(|name| name == "arithmetic").unwrap();
        let rows = reader.records().map(|row| {
            let row = row.unwrap();
            let pairs = head.iter().zip(&row).filter(|(name, _)| !skip(name));
            let kept = pairs.map(|(_, cell)| cell.to_owned());
            std::iter::once(row[word].to_owned()).chain(kept).collect()
        });
        rows.collect()
    };
    let [fused, plain] =
        ["fused", "plain"].map(|word| rows(word, &sweep(word, &["alpha=0.1,0.3"])));
    assert!(fused.iter().all(|row| row[0] == "fused"));
    assert!(plain.iter().all(|row| row[0] == "plain"));
    assert!(
        fused
            .iter()
            .zip(&plain)
            .any(|(fused, plain)| fused[1..] != plain[1..])
    );
    // Both at once, as an axis: each place has the numbers that a sweep of its own gives it.
    let both = rows(
        "both",
        &sweep("fused", &["arithmetic=fused,plain", "alpha=0.1,0.3"]),
    );
    for expected in [&fused, &plain] {
        for row in expected {
            assert!(both.contains(row), "{row:?}");
        }
    }
    assert_eq!(both.len(), fused.len() + plain.len());
    let beside = fs::read_to_string(folder.path().join("plain.json")).unwrap();
    assert!(beside.contains("arithmetic = \\\"plain\\\""), "{beside}");
}

/// What a machine's C library may round as it likes.
const OF_THE_PLATFORM: [&str; 21] = [
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log2", "log10", "powf", "hypot", "sin", "cos", "tan",
    "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh",
];

/// Files that compute nothing that a run records: words and pictures for a screen, and checks.
const NOT_RECORDED: [&str; 6] = [
    "caption",
    "cards.rs",
    "readings.rs",
    "pictures",
    "selftest",
    "csv",
];

/// The files of a folder that do.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let excepted = NOT_RECORDED.iter().any(|part| name.contains(part));
        if excepted || ["tests", "tests.rs", "testing.rs"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Whether a line has `x.name(` or `f64::name`.
fn calls(line: &str, name: &str) -> bool {
    let path = format!("f64::{name}");
    let mut behind = line.split(path.as_str()).skip(1);
    let is_word =
        |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    line.contains(&format!(".{name}(")) || behind.any(is_word)
}

#[test]
fn what_is_recorded_takes_no_function_of_the_platform() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["src/labs", "src/model", "src/optim"] {
        sources(&root.join(folder), &mut all);
    }
    assert!(all.len() > 100, "the source is walked");
    let mut wrong = Vec::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| *line != "mod tests {");
        for (at, line) in lines.enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            let called = OF_THE_PLATFORM.iter().find(|name| calls(line, name));
            if let Some(name) = called.filter(|_| !is_comment) {
                let file = path.strip_prefix(root).unwrap().display();
                wrong.push(format!("{file}:{}: {name}", at + 1));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "take `Elementary` of `model::arithmetic` instead:\n{}",
        wrong.join("\n")
    );
}
