//! What programs read: runs as tables, the list as JSON, progress in lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;

use serde_json::Value as Json;
use tempfile::TempDir;

use implicit_bias_lab::labs::{self, LABS};

use super::{SMALL, arrays, complaint, must_run, names, program, run, summary};

/// Columns, and rows by run and step.
struct Table {
    names: Vec<String>,
    rows: BTreeMap<(String, u64), Vec<Option<f64>>>,
}

impl Table {
    /// Of the first three columns and the numbers behind them, in whatever form.
    fn new(
        names: Vec<String>,
        rows: impl Iterator<Item = (String, u64, Vec<Option<f64>>)>,
    ) -> Self {
        assert_eq!(names[..4], ["run", "algorithm", "step", "time"]);
        let mut table = BTreeMap::new();
        for (run, step, numbers) in rows {
            assert_eq!(numbers.len() + 3, names.len());
            let twice = table.insert((run, step), numbers).is_some();
            assert!(!twice, "a row per run and step");
        }
        Self { names, rows: table }
    }

    fn of_csv(text: &str) -> Self {
        let mut lines = text.lines();
        let names = lines.next().unwrap().split(',').map(str::to_owned);
        let rows = lines.map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |cell: &&str| {
                let number = cell.parse::<f64>();
                number.ok().filter(|number| number.is_finite())
            };
            let numbers = cells[3..].iter().map(number).collect();
            (cells[0].to_owned(), cells[2].parse().unwrap(), numbers)
        });
        Self::new(names.collect(), rows)
    }

    fn of_json(told: &Json) -> Self {
        let array = |json: &Json| json.as_array().unwrap().clone();
        let names = array(&told["columns"]);
        let names = names.iter().map(|name| name.as_str().unwrap().to_owned());
        let rows = array(&told["data"]).into_iter().map(|row| {
            let cells = array(&row);
            let numbers = cells[3..].iter().map(Json::as_f64).collect();
            let run = cells[0].as_str().unwrap().to_owned();
            (run, cells[2].as_u64().unwrap(), numbers)
        });
        Self::new(names.collect(), rows)
    }
}

#[test]
fn a_table_has_the_numbers_of_the_folder_in_either_form() {
    let folder = TempDir::new().unwrap();
    let settings = [&SMALL[..], &["forks=gd from sgd-1 at 50 late"]].concat();
    let out = folder.path().join("out");
    must_run(&out, &settings, &["--stride", "30"]);
    let output = run("-".as_ref(), &settings, &["--stride", "30"]);
    assert!(output.status.success());
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert!(
        remarks.contains("sgd-1    finished  at step 300"),
        "{remarks}"
    );
    let table = Table::of_csv(&String::from_utf8(output.stdout).unwrap());

    let mut rows = 0;
    for run in ["gd", "sgd-1", "sgd-2", "sgf-1", "sgf-2", "fork-1"] {
        let arrays = arrays(&out.join(run).with_extension("npz"));
        let steps = &arrays["step"].numbers;
        rows += steps.len();
        for (row, step) in steps.iter().enumerate() {
            let numbers = &table.rows[&(run.to_owned(), *step as u64)];
            for (name, number) in table.names[3..].iter().zip(numbers) {
                let expected = arrays[name.as_str()].numbers[row];
                let expected = expected.is_finite().then_some(expected);
                assert_eq!(*number, expected, "{run} {step} {name}");
            }
        }
    }
    assert_eq!(table.rows.len(), rows);

    // The same in the other form, with what else belongs to the run.
    let file = folder.path().join("table.json");
    must_run(&file, &settings, &["--stride", "30", "--format", "json"]);
    let told: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let other = Table::of_json(&told);
    assert_eq!(other.names, table.names);
    assert_eq!(other.rows, table.rows);
    assert_eq!(told["summary"], summary(&out));
    let recipe = told["recipe"].as_str().unwrap();
    assert_eq!(
        recipe,
        fs::read_to_string(out.join("scenario.toml")).unwrap()
    );
}

#[test]
fn columns_have_names_that_programs_like() {
    for lab in labs::all() {
        let lab_toml = format!("format = 2\nlab = \"{}\"\n", lab.id());
        let folder = TempDir::new().unwrap();
        let recipe = folder.path().join("r.toml");
        fs::write(&recipe, lab_toml).unwrap();
        let recipe = recipe.to_str().unwrap();
        let options = ["--recipe", recipe, "--theory", "off", "--stride", "1000000"];
        let mut child = program();
        child.args(["run", "--out", "-"]).args(options);
        let mut child = child
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The first line is there before the first step.
        let mut first = String::new();
        let stdout = child.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut first).unwrap();
        drop(child.kill());
        drop(child.wait());
        let names: Vec<&str> = first.trim_end().split(',').collect();
        let unique: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{}", lab.id());
        for name in names {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
            assert!(name.chars().all(plain), "{name}");
        }
    }
}

#[test]
fn folders_can_do_without_weights_and_be_compressed() {
    let folder = TempDir::new().unwrap();
    let (whole, slim) = (folder.path().join("whole"), folder.path().join("slim"));
    must_run(&whole, &SMALL, &[]);
    must_run(&slim, &SMALL, &["--no-weights", "--compress"]);
    assert_eq!(names(&whole), names(&slim));
    assert_eq!(summary(&whole), summary(&slim));
    let (whole, slim) = (whole.join("sgd-1.npz"), slim.join("sgd-1.npz"));
    // Ten scalars are a small part of two vectors of twenty weights, deflated at that.
    let size = |path| fs::metadata(path).unwrap().len();
    assert!(2 * size(&slim) < size(&whole));
    let (whole, mut slim) = (arrays(&whole), arrays(&slim));
    for (name, array) in whole {
        let kept = slim.remove(&name);
        assert_eq!(kept.is_some(), array.shape.len() == 1, "{name}");
        if let Some(kept) = kept {
            let bits = |numbers: &[f64]| numbers.iter().map(|it| it.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&kept.numbers), bits(&array.numbers), "{name}");
        }
    }
    assert!(slim.is_empty());

    let picture = folder.path().join("a.svg");
    let mut command = program();
    command.arg("figure").arg(folder.path().join("slim"));
    let output = command.arg("--out").arg(&picture).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && text.contains("--no-weights"),
        "{text}"
    );
}

#[test]
fn options_for_folders_are_refused_for_tables() {
    let folder = TempDir::new().unwrap();
    for more in ["--record-noise", "--no-weights", "--compress"] {
        let text = complaint(folder.path(), &SMALL, &["--format", "csv", more]);
        assert!(text.contains(more), "{text}");
    }
}

#[test]
fn progress_can_be_read_in_lines() {
    let folder = TempDir::new().unwrap();
    let output = run(&folder.path().join("out"), &SMALL, &["--progress", "json"]);
    let text = String::from_utf8(output.stderr).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<Json> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = lines.last().unwrap();
    assert_eq!((&last["done"], &last["of"]), (&300.into(), &300.into()));
    assert_eq!(last["unit"], "steps");
    assert!(last["seconds"].as_f64().unwrap() >= 0.0);
}

/// Every default in the list is one that its setting takes, and every preset is made of its settings.
#[test]
fn the_list_tells_programs_what_can_be_set() {
    let output = program().args(["list", "--json"]).output().unwrap();
    let list: Json = serde_json::from_slice(&output.stdout).unwrap();
    let told = list["labs"].as_array().unwrap();
    assert_eq!(told.len(), LABS.len());
    for (told, lab) in told.iter().zip(LABS) {
        assert_eq!(told["id"], lab.id());
        let settings = told["settings"].as_array().unwrap();
        assert_eq!(settings.len(), lab.knobs().len());
        for (setting, knob) in settings.iter().zip(lab.knobs()) {
            assert_eq!(setting["key"], knob.key);
            let kind = setting["kind"].as_str().unwrap();
            let default = &setting["default"];
            let is_auto = setting.get("auto").is_some_and(|auto| auto == default);
            let fits = match kind {
                "switch" => default.is_boolean(),
                "real" if setting["list"] == true && default.is_array() => true,
                "count" | "real" => default.as_f64().is_some_and(|default| {
                    (setting["min"].as_f64().unwrap()..=setting["max"].as_f64().unwrap())
                        .contains(&default)
                }),
                "choice" => {
                    let choices = setting["choices"].as_array().unwrap();
                    choices.iter().any(|choice| choice["id"] == *default)
                }
                "text" => default.is_string(),
                "points" => default.is_array(),
                other => panic!("{other}"),
            };
            assert!(fits || is_auto, "{}: {default}", knob.key);
        }
        let presets = told["presets"].as_array().unwrap();
        assert_eq!(presets.len(), lab.presets().len());
        for (told, preset) in presets.iter().zip(lab.presets()) {
            // The settings told are all that it takes to have the preset's.
            let text = toml::to_string(&told["settings"]).unwrap();
            let head = format!("format = 2\nlab = \"{}\"\n[settings]\n", lab.id());
            let text = format!("{head}{text}");
            let recipe = implicit_bias_lab::recipe::Recipe::from_toml(&text).unwrap();
            assert_eq!(recipe.knobs, preset.recipe().knobs, "{}", preset.id);
        }
    }
}

#[test]
fn runs_that_end_far_from_interpolation_say_so_unless_they_are_meant_to() {
    let folder = TempDir::new().unwrap();
    let said = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let output = run(&out, &[&SMALL[..], more].concat(), &[]);
        let words = String::from_utf8(output.stderr).unwrap();
        let remarks = summary(&out)["remarks"].to_string();
        let is_said = words.contains("No run has interpolated");
        assert_eq!(is_said, remarks.contains("No run has interpolated"));
        is_said
    };
    assert!(said("short", &["steps=20"]));
    assert!(!said("long", &["steps=20000"]));
    assert!(!said("noisy", &["steps=20", "label_noise=constant"]));
    assert!(!said(
        "decay",
        &["steps=20", "weight_decay=0.1", "sgf_runs=0"]
    ));
}

#[test]
fn words_are_taken_as_python_writes_them_and_in_any_case() {
    let folder = TempDir::new().unwrap();
    let plain = [
        "replacement=false",
        "batch=2",
        "data=sparse",
        "step_size=auto",
        "steps=50",
    ];
    let typed = [
        "replacement=False",
        "batch=2",
        "data=SPARSE",
        "step_size=Auto",
        "steps=50",
    ];
    let recipe = folder.path().join("r.toml");
    let text = "format = 2\n[settings]\nreplacement = \"False\"\nbatch = 2\ndata = \"Sparse\"\nstep_size = \"AUTO\"\nsteps = 50\n";
    fs::write(&recipe, text).unwrap();
    let outs = ["plain", "typed", "read"].map(|name| folder.path().join(name));
    must_run(&outs[0], &plain, &[]);
    must_run(&outs[1], &typed, &[]);
    must_run(&outs[2], &[], &["--recipe", recipe.to_str().unwrap()]);
    let scenario = |out: &std::path::Path| fs::read_to_string(out.join("scenario.toml")).unwrap();
    assert_eq!(scenario(&outs[0]), scenario(&outs[1]));
    assert_eq!(scenario(&outs[0]), scenario(&outs[2]));
}
