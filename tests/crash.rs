//! What is kept of a panic, seen from outside: this program runs itself, and panics.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use implicit_bias_lab::crash;
use tempfile::TempDir;

/// The other half of the test below.
#[test]
#[ignore = "it panics on purpose, and is run by the other"]
fn a_program_that_panics() {
    crash::watch();
    crash::note(|| "alpha = 0.125\n".to_owned());
    crash::excuse(|place, message| {
        let is_meant = place.starts_with("tests/crash.rs") && message == "the system's fault";
        is_meant.then(|| "the screen is gone".to_owned())
    });
    let panicking = |message: &'static str| {
        let thread = thread::Builder::new().name("simulation".to_owned());
        let thread = thread.spawn(move || std::panic::panic_any(message.to_owned()));
        assert!(thread.expect("a thread").join().is_err());
    };
    panicking("the system's fault");
    assert_eq!(crash::last_report(), None);
    for _ in 0..7 {
        panicking("out of luck");
    }
    assert!(crash::words().contains("crash-"));
}

fn panic_in(folder: &std::path::Path) -> Output {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args([
        "--exact",
        "a_program_that_panics",
        "--ignored",
        "--nocapture",
    ]);
    for name in ["XDG_STATE_HOME", "LOCALAPPDATA"] {
        command.env(name, folder);
    }
    command.output().expect("it runs")
}

#[test]
fn a_panic_writes_version_recipe_and_backtrace_into_a_file_and_says_where() {
    let folder = TempDir::new().expect("a folder");
    let output = panic_in(folder.path());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("implicit-bias-lab: the screen is gone"),
        "{told}"
    );
    let home = folder.path().join("implicit-bias-lab");
    let reports = fs::read_dir(home).expect("reports");
    let reports: Vec<_> = reports
        .map(|entry| entry.expect("a report").path())
        .collect();
    assert_eq!(
        reports.len(),
        5,
        "a mistake that repeats itself fills no disk"
    );
    let told_all = reports
        .iter()
        .all(|path| told.contains(&path.display().to_string()));
    assert!(told_all && told.contains("nothing was sent"), "{told}");
    let text = fs::read_to_string(&reports[0]).expect("text");
    for part in [
        env!("CARGO_PKG_VERSION"),
        "`simulation` at tests/crash.rs:",
        "out of luck",
        "alpha = 0.125",
        "a_program_that_panics",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!text.contains("/registry/src/"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&reports[0])
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "recipes name files of the user");
    }
}

#[test]
fn where_the_folder_cannot_be_made_the_report_goes_to_the_temporary_files() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let output = panic_in(&file);
    let told = String::from_utf8_lossy(&output.stderr);
    let line = told
        .lines()
        .find(|line| line.starts_with("A report is in "));
    let path = line.and_then(|line| {
        line.strip_prefix("A report is in ")?
            .strip_suffix("; nothing was sent.")
    });
    let path = path.expect("a place");
    assert!(
        fs::read_to_string(path)
            .expect("a report")
            .contains("out of luck")
    );
    for line in told.lines() {
        let path = line.strip_prefix("A report is in ");
        let path = path.and_then(|path| path.strip_suffix("; nothing was sent."));
        if let Some(path) = path {
            fs::remove_file(path).expect("a report");
        }
    }
}

/// What happens when the machine's clock is set while the program runs: nothing, since all waiting and timing is by a
/// clock that cannot be set, and the other one is asked for the name of a report alone.
#[test]
fn the_clock_on_the_wall_dates_reports_and_nothing_else() {
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    found.retain(|path| {
        let text = fs::read_to_string(path).expect("text");
        text.contains("SystemTime") || text.contains("UNIX_EPOCH")
    });
    assert_eq!(found, [root.join("crash.rs")]);
}
