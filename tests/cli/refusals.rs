//! What the program does not take.

use std::fs;
use std::path::Path;
use tempfile::TempDir;

use super::{complaint, must_run, names, program, run};

#[test]
fn wrong_settings_are_refused_in_one_line_that_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    for (setting, expected) in [
        ("alhpa=1", "did you mean `alpha`?"),
        ("sgdruns=1", "did you mean `sgd_runs`?"),
        (
            "alpha=0",
            "`alpha` cannot be `0.0`: it takes a number above 0",
        ),
        ("alpha=0.1,0.2", "give one, or d"),
        (
            "step_size=0",
            "`step_size` cannot be `0.0`: it takes a number above 0 or auto",
        ),
        ("step_size=-0.1", "`step_size` cannot be `-0.1`"),
        ("step_size=nan", "`step_size` cannot be `NaN`"),
        ("n=0", "`n` cannot be `0`: it takes a whole number from 1"),
        ("n=-3", "`n` cannot be `-3"),
        ("n=2.5", "`n` cannot be `2.5`"),
        ("steps=0", "`steps` cannot be `0`"),
        ("steps=1e99", "`steps` cannot be"),
        (
            "batch=41",
            "a batch of 41 does not fit n = 40 samples: lower `batch`",
        ),
        ("sparsity=101", "lower `sparsity` or raise `d`"),
        ("d=1000000", "lower n or d"),
        ("data=picture", "sparse | fourier | csv"),
        ("label_noise_points=5:1,3:0", "steps increasing"),
        ("replacement=maybe", "true or false"),
        ("alpha", "key=value"),
        ("=1", "there is no setting ``"),
        ("data=csv", "set `csv_path`"),
    ] {
        let text = complaint(folder.path(), &[setting], &[]);
        assert!(text.contains(expected), "{setting}: {text}");
    }
    let none = complaint(
        folder.path(),
        &["gd_runs=0", "sgd_runs=0", "sgf_runs=0"],
        &[],
    );
    assert!(none.contains("no algorithm is switched on"), "{none}");
    let preset = complaint(folder.path(), &[], &["--preset", "fig-2"]);
    assert!(preset.contains("did you mean `fig2`?"), "{preset}");
}

#[test]
fn wrong_recipes_are_refused_in_one_line_that_names_the_file() {
    let folder = TempDir::new().unwrap();
    for (content, expected) in [
        (&b"format = 3\nfancy = 1"[..], "update Implicit Bias Lab"),
        (
            b"format = 1\n[settings]\nalhpa = 1.0",
            "did you mean `alpha`?",
        ),
        (b"format = 1\n[settings]\nalpha = = 2", "line 3: "),
        (b"format = 1\ntitel = 'a'", "unknown field `titel`"),
        (b"", "no line `format = 2`"),
        (b"\x89PNG\xff\xfe", "it is not text"),
    ] {
        fs::write(folder.path().join("r.toml"), content).unwrap();
        let path = folder.path().join("r.toml");
        let text = complaint(folder.path(), &[], &["--recipe", path.to_str().unwrap()]);
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.matches("r.toml").count(), 1, "{text}");
    }
    let missing = complaint(folder.path(), &[], &["--recipe", "no/such.toml"]);
    assert!(missing.contains("cannot read no/such.toml"), "{missing}");
    let unreadable = folder.path().to_str().unwrap();
    let text = complaint(folder.path(), &[], &["--recipe", unreadable]);
    assert!(
        text.contains("holds no recipe: the folder has no scenario.toml"),
        "{text}"
    );
}

#[test]
fn wrong_tables_are_refused_in_one_line_that_names_the_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("t.csv");
    let csv_path = format!("csv_path={}", path.display());
    for (content, expected) in [
        ("1,2,3\n4,5\n", "t.csv, line 2: 2 columns, but 3 above"),
        ("1,2\nNaN,3\n", "t.csv, line 2: `NaN` in column 1"),
        ("a,b\n1,2\n3,x\n", "t.csv, line 3: `x` in column 2"),
        ("1,2\n", "give one"),
        ("", "at least two columns"),
    ] {
        fs::write(&path, content).unwrap();
        let settings = ["data=csv", csv_path.as_str(), "alpha=0.1,0.1,0.1"];
        let text = complaint(folder.path(), &settings, &[]);
        assert!(text.contains(expected), "{content:?}: {text}");
    }
    let text = complaint(folder.path(), &["data=csv", "csv_path=no/such.csv"], &[]);
    assert!(text.contains("cannot read no/such.csv"), "{text}");
}

#[test]
fn a_folder_that_cannot_be_made_is_refused_and_a_full_one_kept() {
    let folder = TempDir::new().unwrap();
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("precious"), "1").unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "2").unwrap();
    let before = names(folder.path());
    for (out, expected) in [
        (
            full.clone(),
            "already exists: choose another folder, or remove it",
        ),
        (file.clone(), "already exists"),
        (file.join("below"), "cannot write to"),
        (folder.path().join("x/.."), "not a name that can be given"),
    ] {
        let output = run(&out, &["steps=10"], &[]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains(expected) && text.lines().count() == 1,
            "{text}"
        );
    }
    assert_eq!(fs::read_to_string(full.join("precious")).unwrap(), "1");
    assert_eq!(fs::read_to_string(&file).unwrap(), "2");
    let after: Vec<_> = names(folder.path())
        .into_iter()
        .filter(|name| name != "x")
        .collect();
    assert_eq!(after, before);
    // An empty folder is as good as none.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    must_run(&empty, &["steps=10"], &[]);
    assert!(names(&empty).contains(&"summary.json".to_owned()));
}

#[test]
fn wrong_arguments_end_with_code_two() {
    for arguments in [
        &["run"][..],
        &["run", "--out", "x", "--stride", "0"],
        &["walk"],
    ] {
        let output = program().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    assert!(!Path::new("x").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn what_has_no_end_or_is_no_file_is_not_read() {
    let folder = TempDir::new().unwrap();
    let fifo = folder.path().join("fifo.toml");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    let has_fifo = made.is_ok_and(|made| made.success());
    let mut places = vec![
        "/dev/zero",
        "/proc/self/environ",
        "/proc/kmsg",
        "/sys/kernel/notes",
    ];
    let name = fifo.to_str().unwrap();
    if has_fifo {
        places.push(name);
    }
    for place in places {
        for key in ["csv_path", "csv_truth", "csv_validation"] {
            let table = folder.path().join("table.csv");
            fs::write(&table, "1,2\n2,3\n").unwrap();
            let data = format!("csv_path={}", table.display());
            let file = format!("{key}={place}");
            let text = complaint(folder.path(), &["data=csv", &data, &file], &[]);
            let is_refused = ["a pipe or a device", "belongs to the system", "a folder"]
                .iter()
                .any(|reason| text.contains(reason));
            assert!(
                is_refused || text.contains("No such file"),
                "{file}: {text}"
            );
        }
        let text = complaint(folder.path(), &[], &["--recipe", place]);
        assert!(text.chars().count() < 300, "{text}");
    }
}
