//! A run on a table of one's own can be made again: from its folder alone, from beside the table, never on others.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use implicit_bias_lab::archive;
use implicit_bias_lab::recipe::{carrier, link};
use tempfile::TempDir;

use super::cases;

fn program(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"));
    command.current_dir(folder).env("TERM", "dumb");
    command.args(arguments).output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn must(folder: &Path, arguments: &[&str]) -> String {
    let output = program(folder, arguments);
    let (_, complaint) = said(&output);
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    complaint
}

/// A folder with a table `t.csv` and the folder `run` of a run on it, of both descents, with rows held out.
fn finished(more: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(cases().join("base.csv"), folder.path().join("t.csv")).unwrap();
    let mut arguments = vec!["run", "--out", "run", "--set", "csv_path=t.csv"];
    for setting in ["steps=300", "sgd_runs=1"].iter().chain(more) {
        arguments.extend(["--set", *setting]);
    }
    let told = must(folder.path(), &arguments);
    assert!(
        told.contains("Read 12 rows × 20 features, label "),
        "{told}"
    );
    folder
}

fn must_agree(folder: &Path, other: &str) {
    for name in ["gd.npz", "sgd-1.npz", "dataset.npz"] {
        let [first, second] =
            ["run", other].map(|run| fs::read(folder.join(run).join(name)).unwrap());
        assert!(first == second, "{name} of {other} differs");
    }
}

#[test]
fn a_folder_replays_without_the_table() {
    for settings in [
        &[][..],
        &["standardise=true", "intercept=true", "csv_target=x3"],
    ] {
        let folder = finished(settings);
        let path = folder.path();
        must(path, &["run", "--recipe", "run", "--out", "again"]);
        must_agree(path, "again");
        fs::remove_file(path.join("t.csv")).unwrap();
        let told = must(path, &["run", "--recipe", "run", "--out", "alone"]);
        assert!(told.contains("2 validation rows as in the file"), "{told}");
        must_agree(path, "alone");
        must(path, &["figure", "run", "--out", "figure.svg"]);
        // And from the copy, whose data are those of the first run's folder.
        must(path, &["run", "--recipe", "alone", "--out", "copy"]);
        must_agree(path, "copy");
    }
}

#[test]
fn a_table_beside_the_recipe_is_found() {
    let folder = finished(&[]);
    let other = TempDir::new().unwrap();
    for (file, name) in [("t.csv", "t.csv"), ("run/scenario.toml", "r.toml")] {
        fs::copy(folder.path().join(file), other.path().join(name)).unwrap();
    }
    let recipe = carrier::open(&other.path().join("r.toml")).unwrap();
    assert_eq!(
        recipe.knobs.data_file().unwrap(),
        other.path().join("t.csv")
    );
    // With its checksum: another table of that name is refused.
    assert_eq!(recipe.knobs.word("csv_checksum").len(), 8);
    fs::copy(cases().join("moved_data.csv"), other.path().join("t.csv")).unwrap();
    let output = program(other.path(), &["run", "--recipe", "r.toml", "--out", "x"]);
    assert!(said(&output).1.contains("has changed since"));
}

#[test]
fn changed_data_are_refused_and_never_mixed_with_old_curves() {
    let folder = finished(&[]);
    let path = folder.path();
    fs::copy(cases().join("moved_data.csv"), path.join("t.csv")).unwrap();
    // The path is relative: the window that reads the folder may stand elsewhere.
    let recipe = fs::read_to_string(path.join("run/scenario.toml")).unwrap();
    let absolute = path.join("t.csv").display().to_string();
    let recipe = recipe.replace("csv_path = \"t.csv\"", &format!("csv_path = {absolute:?}"));
    fs::write(path.join("run/scenario.toml"), recipe).unwrap();
    let reason = archive::read(&path.join("run")).err().unwrap().to_string();
    assert!(reason.contains("has changed since"), "{reason}");
    let output = program(path, &["run", "--recipe", "run", "--out", "x"]);
    let (_, complaint) = said(&output);
    assert!(
        !output.status.success() && complaint.contains("dataset.npz"),
        "{complaint}"
    );
    // As the message says.
    let data = "csv_path=run/dataset.npz";
    must(
        path,
        &["run", "--recipe", "run", "--out", "old", "--set", data],
    );
    must_agree(path, "old");
    must(
        path,
        &[
            "run",
            "--recipe",
            "run",
            "--out",
            "new",
            "--set",
            "csv_checksum=",
        ],
    );
    let [old, new] = ["old", "new"].map(|run| fs::read(path.join(run).join("gd.npz")).unwrap());
    assert!(old != new);
}

#[test]
fn another_choice_of_data_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::copy(cases().join("base.csv"), folder.path().join("t.csv")).unwrap();
    let told = must(
        folder.path(),
        &[
            "run",
            "--out",
            "run",
            "--set",
            "csv_path=t.csv",
            "--set",
            "data=sparse",
            "--set",
            "steps=10",
        ],
    );
    assert!(!told.contains("Read 12 rows"), "{told}");
}

#[test]
fn a_link_holds_the_settings_of_tables_only_where_they_matter() {
    let folder = finished(&["csv_header=yes"]);
    let recipe = carrier::open(&folder.path().join("run")).unwrap();
    let decoded = link::decode(&link::encode(&recipe)).unwrap();
    assert_eq!(decoded.knobs, recipe.knobs);
    assert_eq!(decoded.knobs.word("csv_header"), "yes");
}
