//! The program from outside: what it writes can be read and replayed, what it refuses it says in one
//! line, and nothing half-done is left behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod doors;
mod refusals;
mod replay;
#[cfg(target_os = "linux")]
mod sockets;
mod tables;

use implicit_bias_lab::files::npy;
use implicit_bias_lab::recipe::{carrier, link};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use zip::ZipArchive;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"));
    // The progress bar and its width must not depend on where the tests run.
    command.env("TERM", "dumb");
    command
}

/// `run --out out` with a few settings, each given as `key=value`.
fn run(out: &Path, settings: &[&str], more: &[&str]) -> Output {
    let mut command = program();
    command.arg("run").arg("--out").arg(out);
    for setting in settings {
        command.args(["--set", setting]);
    }
    command.args(more).output().unwrap()
}

fn must_run(out: &Path, settings: &[&str], more: &[&str]) -> String {
    let output = run(out, settings, more);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The one line on stderr of a run that fails with exit code 1 and leaves nothing in `folder` but
/// what was there before.
fn complaint(folder: &Path, settings: &[&str], more: &[&str]) -> String {
    let before = names(folder);
    let output = run(&folder.join("out"), settings, more);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{settings:?} {more:?}: {text}"
    );
    assert!(output.stdout.is_empty(), "{settings:?} {more:?}");
    assert_eq!(
        names(folder),
        before,
        "{settings:?} {more:?} left something"
    );
    assert_eq!(text.lines().count(), 1, "{settings:?} {more:?}: {text}");
    text.strip_prefix("implicit-bias-lab: ")
        .unwrap()
        .trim()
        .to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// One array of an NPZ file.
struct Array {
    shape: Vec<usize>,
    numbers: Vec<f64>,
}

impl Array {
    fn row(&self, row: usize) -> &[f64] {
        let width = self.shape[1];
        &self.numbers[row * width..(row + 1) * width]
    }
}

fn arrays(path: &Path) -> BTreeMap<String, Array> {
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut arrays = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let name = name.strip_suffix(".npy").unwrap().to_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let array = npy::Array::read(&bytes).unwrap();
        assert!(!array.has_columns_first());
        let integers = array.integers();
        let integers = integers.map(|all| all.iter().map(|one| *one as f64).collect());
        let numbers: Vec<f64> = integers.or_else(|| array.doubles()).unwrap();
        let shape = array.shape().iter().map(|size| *size as usize).collect();
        arrays.insert(name, Array { shape, numbers });
    }
    arrays
}

fn summary(out: &Path) -> Json {
    serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap()
}

/// A problem that is stepped through in less than a second.
const SMALL: [&str; 7] = [
    "n=10",
    "d=20",
    "sparsity=3",
    "step_size=0.02",
    "steps=300",
    "sgd_runs=2",
    "sgf_runs=2",
];

#[test]
fn list_shows_every_preset() {
    let output = program().arg("list").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for preset in implicit_bias_lab::recipe::presets() {
        assert!(text.contains(preset.id), "{text}");
    }
}

#[test]
fn a_run_writes_whole_arrays_of_the_asked_steps() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("new/parent/out");
    let text = must_run(&out, &SMALL, &["--stride", "100", "--record-noise"]);
    assert!(
        text.contains("sgd-2") && text.contains("finished"),
        "{text}"
    );
    let files = [
        "dataset.npz",
        "gd.npz",
        "scenario.toml",
        "sgd-1.npz",
        "sgd-2.npz",
        "sgf-1.npz",
        "sgf-2.npz",
        "summary.json",
    ];
    assert_eq!(names(&out), files);
    assert_eq!(names(out.parent().unwrap()), ["out"]);
    let data = arrays(&out.join("dataset.npz"));
    assert_eq!(data["x"].shape, [10, 20]);
    assert_eq!(data["y"].shape, [10]);
    assert_eq!(data["beta_star"].shape, [20]);
    for run in summary(&out)["runs"].as_array().unwrap() {
        let name = run["name"].as_str().unwrap();
        let run_arrays = arrays(&out.join(name).with_extension("npz"));
        assert_eq!(run_arrays["step"].numbers, [0.0, 100.0, 200.0, 300.0]);
        assert_eq!(run_arrays["w_plus"].shape, [4, 20]);
        let tapes: &[(&str, &[usize])] = match run["algorithm"].as_str().unwrap() {
            "gd" => &[],
            "sgd" => &[("sample", &[300, 1]), ("label_noise", &[300, 1])],
            _ => &[("brownian", &[1200, 10]), ("delta", &[1200])],
        };
        for (tape, shape) in tapes {
            assert_eq!(run_arrays[*tape].shape, *shape, "{name} {tape}");
        }
        let tape_names = ["sample", "label_noise", "brownian", "delta"];
        let written = tape_names
            .iter()
            .filter(|tape| run_arrays.contains_key(**tape));
        assert_eq!(written.count(), tapes.len(), "{name}");
        let series = run_arrays
            .iter()
            .filter(|(name, _)| !tape_names.contains(&name.as_str()));
        for (name, array) in series {
            assert_eq!(array.shape[0], 4, "{name}");
        }
        // The summary tells the last row.
        assert_eq!(
            run["training_loss"].as_f64(),
            run_arrays["training_loss"].numbers.last().copied()
        );
        assert_eq!(
            (run["status"].as_str(), run["steps"].as_u64()),
            (Some("finished"), Some(300))
        );
    }
}

#[test]
fn a_recipe_file_with_set_on_top_and_a_last_step_off_the_stride() {
    let folder = TempDir::new().unwrap();
    let recipe = folder.path().join("mine.toml");
    fs::write(
        &recipe,
        "format = 1\n[settings]\nn = 4\nd = 8\nsparsity = 1\nsteps = 10\n",
    )
    .unwrap();
    let recipe = recipe.to_str().unwrap();
    let out = folder.path().join("out");
    must_run(&out, &["steps=25"], &["--recipe", recipe, "--stride", "10"]);
    assert_eq!(
        arrays(&out.join("gd.npz"))["step"].numbers,
        [0.0, 10.0, 20.0, 25.0]
    );
}

/// The lines of `runs.md` that read a run in Python, run by Python.
#[test]
fn the_python_of_the_docs_runs_and_prints_what_the_summary_says() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    must_run(&out, &SMALL, &[]);
    let python = || {
        let mut command = Command::new("python3");
        command.arg("-c");
        command
    };
    let ready = python().arg("import numpy").output();
    if !ready.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no python3 with numpy");
        return;
    }
    let page = include_str!("../../assets/docs/runs.md");
    let (_, block) = page.split_once("```python\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert_eq!(block.matches("results/").count(), 2);
    let block = block.replace("results/", &format!("{}/", out.display()));
    let output = python().arg(block).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{complaint}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = printed.split_whitespace().collect();
    let summary = summary(&out);
    let runs = summary["runs"].as_array().unwrap();
    let sgd = runs.iter().find(|run| run["name"] == "sgd-1").unwrap();
    assert_eq!(words[0], sgd["steps"].to_string());
    let validation: f64 = words[1].parse().unwrap();
    assert_eq!(Some(validation), sgd["validation_loss"].as_f64());
    let rows = arrays(&out.join("sgd-1.npz"))["step"].numbers.len();
    assert_eq!(words[2..].join(" "), format!("({rows}, 20)"));
}

/// A picture or a folder does for `--recipe` and `--open` what its recipe would.
#[test]
fn a_run_starts_from_whatever_carries_its_recipe() {
    let folder = TempDir::new().unwrap();
    let first = folder.path().join("first");
    must_run(&first, &SMALL, &[]);
    let recipe = carrier::open(&first).unwrap();
    let picture = folder.path().join("figure.png");
    fs::write(
        &picture,
        [b"\x89PNG", link::encode(&recipe).as_bytes()].concat(),
    )
    .unwrap();
    for (option, carrier) in [("--open", &picture), ("--recipe", &first)] {
        let again = folder.path().join(option);
        must_run(&again, &[], &[option, carrier.to_str().unwrap()]);
        let read = |folder: &Path| fs::read(folder.join("sgd-1.npz")).unwrap();
        assert!(read(&again) == read(&first), "{option}");
    }
    fs::write(&picture, b"\x89PNG").unwrap();
    let text = complaint(folder.path(), &[], &["--open", picture.to_str().unwrap()]);
    assert!(text.contains("figure.png holds no recipe"), "{text}");
}

#[test]
fn a_diverging_run_is_a_result() {
    let folder = TempDir::new().unwrap();
    for (case, step_size) in ["0.5", "10"].iter().enumerate() {
        let out = folder.path().join(case.to_string());
        let step_size = format!("step_size={step_size}");
        let settings = [&SMALL[..], &[step_size.as_str(), "label_noise=constant"]].concat();
        must_run(&out, &settings, &["--record-noise"]);
        let summary = summary(&out);
        let runs = summary["runs"].as_array().unwrap();
        let diverged = |run: &&Json| run["status"] == "diverged";
        if case == 0 {
            assert_eq!(runs[0]["status"], "finished");
            assert_eq!(runs[0]["steps"], 300);
            assert_eq!(arrays(&out.join("gd.npz"))["step"].numbers.len(), 301);
            assert!(runs.iter().any(|run| diverged(&run)));
        } else {
            assert!(runs.iter().all(|run| diverged(&run)));
        }
        for run in runs.iter().filter(diverged) {
            let name = run["name"].as_str().unwrap();
            let steps = run["steps"].as_u64().unwrap() as usize;
            assert!(steps < 300, "{name}");
            // The state at which it diverged is not written, the one at the start always is.
            let file = arrays(&out.join(name).with_extension("npz"));
            let rows = file["step"].numbers.len();
            assert_eq!(rows, steps.max(1), "{name}");
            assert_eq!(file["w_plus"].shape, [rows, 20], "{name}");
            assert!(
                file["training_loss"]
                    .numbers
                    .iter()
                    .all(|loss| loss.is_finite())
            );
            if name.starts_with("sgd") {
                assert_eq!(file["sample"].shape, [steps, 1], "{name}");
            }
            if name.starts_with("sgf") {
                let drawn = file["delta"].shape[0];
                assert_eq!(file["brownian"].shape, [drawn, 10], "{name}");
                // The last step may have come to its end, or diverged on the way.
                let fewest = (4 * steps).saturating_sub(3);
                assert!((fewest..=4 * steps).contains(&drawn), "{name}");
            }
        }
    }
}

#[test]
fn a_table_of_ones_own_runs_and_validates_on_the_rows_held_out() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("t.csv");
    let rows = (0..20_i32).map(|i| {
        let [a, b, c] = [i % 3 - 1, i % 5 - 2, i % 7 - 3];
        format!("{a},{b},{c},{}\n", b - c)
    });
    let table: String = std::iter::once("a,b,c,y\n".to_owned())
        .chain(rows)
        .collect();
    fs::write(&path, table).unwrap();
    let csv_path = format!("csv_path={}", path.display());
    for (held_out, rows) in [("0.25", 15), ("0", 20)] {
        let out = folder.path().join(held_out);
        let fraction = format!("holdout_fraction={held_out}");
        must_run(
            &out,
            &["data=csv", &csv_path, &fraction, "steps=20000"],
            &[],
        );
        assert_eq!(arrays(&out.join("dataset.npz"))["x"].shape, [rows, 3]);
        let gd = arrays(&out.join("gd.npz"));
        assert!(gd["training_loss"].numbers.last().unwrap() < &1e-6);
        let validation = [
            &gd["validation_loss"],
            &gd["validation_loss_min"],
            &gd["validation_loss_max"],
        ];
        for array in validation {
            let last = *array.numbers.last().unwrap();
            assert!(
                if rows == 20 {
                    last.is_nan()
                } else {
                    last < 1e-5
                },
                "{last}"
            );
        }
    }
}

#[test]
fn unusual_shapes_run() {
    let folder = TempDir::new().unwrap();
    for (case, settings) in [
        &["d=1", "sparsity=1"][..],
        &["n=30", "d=7", "sparsity=2"],
        &["n=1", "d=1", "sparsity=1"],
        &["sparsity=0", "step_size=0.1"],
        &["data=fourier", "n=5", "d=24"],
        &["batch=40", "replacement=false"],
    ]
    .iter()
    .enumerate()
    {
        let out = folder.path().join(case.to_string());
        let settings = [&["steps=50"], *settings].concat();
        must_run(&out, &settings, &["--record-noise"]);
        for run in summary(&out)["runs"].as_array().unwrap() {
            assert_eq!(
                run["steps"],
                if run["status"] == "diverged" {
                    run["steps"].clone()
                } else {
                    50.into()
                }
            );
            assert!(run["training_loss"].as_f64().unwrap().is_finite(), "{run}");
        }
    }
}

/// A million coefficients are slow, not impossible.
#[test]
fn the_theory_of_every_state_is_written_unless_it_is_off() {
    let folder = TempDir::new().unwrap();
    let settings = [
        "n=10",
        "d=24",
        "sparsity=2",
        "steps=200",
        "sgd_runs=1",
        "sgf_runs=1",
        "forks=gd from sgd-1 at 50 late",
    ];
    let (with, without) = (folder.path().join("with"), folder.path().join("without"));
    must_run(&with, &settings, &[]);
    must_run(&without, &settings, &["--theory", "off"]);
    for name in ["gd", "sgd-1", "sgf-1", "fork-1"] {
        let arrays_with = arrays(&with.join(format!("{name}.npz")));
        let rows = arrays_with["step"].shape[0];
        assert_eq!(rows, if name == "fork-1" { 151 } else { 201 });
        for vector in ["w_plus", "alpha_effective", "destination"] {
            assert_eq!(arrays_with[vector].shape, [rows, 24], "{name} {vector}");
        }
        for number in ["kkt_residual", "destination_distance", "equivalent_alpha"] {
            let column = &arrays_with[number];
            assert_eq!(column.shape, [rows], "{name} {number}");
            let last = column.numbers.last().unwrap();
            assert!(last.is_finite(), "{name} {number}: {last}");
        }
        let arrays_without = arrays(&without.join(format!("{name}.npz")));
        assert!(!arrays_without.contains_key("destination"));
        // The theory looks at the runs and changes nothing.
        assert_eq!(
            arrays_with["w_plus"].numbers,
            arrays_without["w_plus"].numbers
        );
    }
    let summary = summary(&with);
    for fact in ["least_l1_norm_l1", "least_l2_norm_l2", "theorem_step_size"] {
        assert!(summary["facts"][fact].as_f64().is_some(), "{fact}");
    }
    assert!(
        summary["runs"][0]["destination_distance"]
            .as_f64()
            .is_some()
    );
}

#[test]
fn a_million_coefficients_run() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    must_run(
        &out,
        &["d=1000000", "n=2", "steps=2", "sgd_runs=1", "sgf_runs=0"],
        &[],
    );
    assert_eq!(arrays(&out.join("gd.npz"))["w_plus"].shape, [3, 1_000_000]);
}
