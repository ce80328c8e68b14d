//! Where things are written: looked at before the work, and left as they were by what is interrupted.
#![cfg(unix)]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{names, program};

/// Far beyond what a loaded machine needs.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Waits until `condition` holds.
fn wait(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT, "{what}");
        sleep(Duration::from_millis(5));
    }
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = program();
    command.current_dir(folder).args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn send(signal: &str, child: &Child) {
    let line = format!("kill -{signal} {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &line])
            .status()
            .unwrap()
            .success()
    );
}

/// The code of a program that is about to end, and what it has said.
fn end(mut child: Child) -> (Option<i32>, String) {
    let code = child.wait().unwrap().code();
    let mut words = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut words)
        .unwrap();
    (code, words)
}

const ENDLESS: &str = "steps=10000000000";

/// The command lines that make something, each with work that lasts.
fn makers(out: &str) -> [Vec<String>; 3] {
    let lines = [
        format!("run --preset fig2 --set {ENDLESS} --out {out}"),
        format!(
            "sweep --preset fig2 --over alpha=0.1,0.2 --set {ENDLESS} --yes --force --out {out}"
        ),
        format!("figure fig2 --force --out {out}"),
    ];
    lines.map(|line| line.split(' ').map(str::to_owned).collect())
}

#[test]
fn what_has_no_place_is_refused_before_the_work() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "mine").unwrap();
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/precious"), "mine").unwrap();
    for (target, link) in [
        ("file", "link.svg"),
        ("full", "link to full.svg"),
        ("nothing", "dangling.svg"),
    ] {
        symlink(at(target), at(link)).unwrap();
    }
    let made = Command::new("mkfifo").arg(at("pipe.svg")).status();
    assert!(made.unwrap().success());
    let places = [
        "link.svg",
        "dangling.svg",
        "pipe.svg",
        "file/below.svg",
        "/proc/x.svg",
        "/dev/null/x.svg",
    ];
    let before = names(folder.path());
    for place in places {
        for arguments in makers(place) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            // The first two would never end.
            let (code, words) = end(start(folder.path(), &arguments));
            assert_eq!(code, Some(1), "{arguments:?}: {words}");
            let is_refused = words.contains("cannot write") || words.contains("already exists");
            assert!(is_refused, "{arguments:?}: {words}");
            assert_eq!(words.lines().count(), 1, "{words}");
            assert!(!words.contains(".partial-"), "{words}");
        }
    }
    assert_eq!(names(folder.path()), before);
    assert_eq!(names(&at("full")), ["precious"]);
}

#[test]
fn an_interrupted_command_leaves_nothing_and_ends_with_the_signals_code() {
    let folder = TempDir::new().unwrap();
    let [run, _, _] = makers("new/run");
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let all = ["figure", "all", "--out", "new/figures"];
    for arguments in [&run[..], &all[..]] {
        let child = start(folder.path(), arguments);
        let staged = folder.path().join("new");
        wait("staging", || staged.is_dir() && !names(&staged).is_empty());
        send("TERM", &child);
        let (code, words) = end(child);
        assert_eq!(code, Some(128 + 15), "{words}");
        assert_eq!(
            words.trim(),
            "implicit-bias-lab: interrupted; nothing was written"
        );
        assert!(
            names(folder.path()).is_empty(),
            "{:?}",
            names(folder.path())
        );
    }
}

#[test]
fn what_a_killed_command_leaves_the_next_one_removes() {
    let folder = TempDir::new().unwrap();
    let [run, _, _] = makers("run");
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let mut child = start(folder.path(), &run);
    wait("staging", || !names(folder.path()).is_empty());
    child.kill().unwrap();
    end(child);
    assert_eq!(
        names(folder.path()).len(),
        1,
        "a killed program cleans nothing"
    );
    let arguments = [
        "run", "--preset", "fig2", "--set", "steps=10", "--out", "run",
    ];
    let (code, words) = end(start(folder.path(), &arguments));
    assert_eq!(code, Some(0));
    // Of the run and not of what it found.
    assert!(words.starts_with("No run has interpolated"), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    assert_eq!(names(folder.path()), ["run"]);
}

#[test]
fn an_interrupted_sweep_says_what_it_keeps_and_goes_on_to_the_same_table() {
    let folder = TempDir::new().unwrap();
    let sweep = |out: &str| {
        let line = format!(
            "sweep --preset fig2 --over alpha=0.05,0.1,0.2 --seeds 4 --set steps=1000 --yes --out {out}"
        );
        let arguments: Vec<&str> = line.split(' ').collect();
        start(folder.path(), &arguments)
    };
    let (code, words) = end(sweep("whole.csv"));
    assert_eq!(code, Some(0), "{words}");
    let partial = folder.path().join("cut/table.csv.partial");
    let lines = || fs::read_to_string(&partial).map_or(0, |text| text.lines().count());
    for (signal, expected) in [("KILL", None), ("TERM", Some(128 + 15))] {
        let before = lines().max(1);
        let child = sweep("cut/table.csv");
        wait("a cell", || lines() > before);
        send(signal, &child);
        let (code, words) = end(child);
        assert_eq!(code, expected, "{words}");
        let kept = lines() - 1;
        let said = format!(
            "{kept} finished cells are kept in cut/table.csv.partial: repeat the command to go on"
        );
        assert_eq!(words.contains(&said), expected.is_some(), "{words}");
    }
    let (code, words) = end(sweep("cut/table.csv"));
    assert_eq!(code, Some(0), "{words}");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("whole.csv"), read("cut/table.csv"));
    assert_eq!(
        names(&folder.path().join("cut")),
        ["table.csv", "table.csv.json"]
    );
}

#[test]
fn a_signal_that_the_caller_has_switched_off_is_not_heard() {
    let folder = TempDir::new().unwrap();
    // As `nohup` does.
    let mut command = Command::new("sh");
    command.current_dir(folder.path());
    command.args([
        "-c",
        "trap '' HUP; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_implicit-bias-lab"),
    ]);
    command.args(["run", "--preset", "fig2", "--set", ENDLESS, "--out", "run"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    wait("staging", || !names(folder.path()).is_empty());
    send("HUP", &child);
    sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    send("TERM", &child);
    assert_eq!(end(child).0, Some(128 + 15));
}

#[test]
fn a_reader_that_has_gone_is_no_reason_to_say_anything() {
    let line =
        "\"$0\" list | true; \"$0\" figure --list | true; \"$0\" selftest --problems 1 | true";
    let mut command = Command::new("bash");
    command.args(["-c", line, env!("CARGO_BIN_EXE_implicit-bias-lab")]);
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn new_files_have_the_mode_that_the_umask_leaves_and_replaced_ones_keep_theirs() {
    let folder = TempDir::new().unwrap();
    let mode = |name: &str| {
        let path = folder.path().join(name);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    let with_mask = |mask: &str, line: &str| {
        let mut command = Command::new("sh");
        command.current_dir(folder.path());
        let script = format!("umask {mask}; exec \"$0\" {line}");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_implicit-bias-lab")]);
        assert!(command.output().unwrap().status.success(), "{line}");
    };
    let sweep = "sweep --preset fig2 --over alpha=0.1,0.2 --seeds 1 --set steps=50 --yes --out new/t.csv --force";
    with_mask("027", "run --preset fig2 --set steps=10 --out new/run");
    with_mask("027", sweep);
    assert_eq!((mode("new"), mode("new/run")), (0o750, 0o750));
    for file in ["new/run/summary.json", "new/run/dataset.npz", "new/t.csv"] {
        assert_eq!(mode(file), 0o640, "{file}");
    }
    fs::set_permissions(
        folder.path().join("new/t.csv"),
        fs::Permissions::from_mode(0o604),
    )
    .unwrap();
    with_mask("077", sweep);
    assert_eq!(mode("new/t.csv"), 0o604);
}
