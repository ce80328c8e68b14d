//! Nothing is asked of the network: the commands open no socket at all. (The window opens the display's, of the unix
//! kind; `tests/soak.py` looks after it.)

use std::fs;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use super::program;

/// What the descriptors of a process that are sockets point to.
fn sockets(process: u32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd"));
    let descriptors = descriptors.into_iter().flatten().flatten();
    let targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
    let targets = targets.map(|target| target.display().to_string());
    targets
        .filter(|target| target.starts_with("socket:"))
        .collect()
}

#[test]
fn commands_open_no_socket() {
    let folder = TempDir::new().unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let (run, figure, sweep) = (out("run"), out("figure.pdf"), out("sweep.csv"));
    let long = ["--set", "steps=20000"];
    for arguments in [
        [&["run", "--out", &run][..], &long].concat(),
        vec!["figure", "fig2", "--out", &figure],
        [
            &[
                "sweep",
                "--over",
                "alpha=0.1,0.2",
                "--seeds",
                "4",
                "--yes",
                "--out",
                &sweep,
            ][..],
            &[
                "--set",
                "n=10",
                "--set",
                "d=20",
                "--set",
                "sparsity=2",
                "--set",
                "steps=2000",
            ],
        ]
        .concat(),
        vec!["selftest", "--problems", "1"],
    ] {
        let mut command = program();
        // What the test itself inherits is not the program's.
        command.stdin(std::process::Stdio::null());
        command.stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        let mut child = command.args(&arguments).spawn().unwrap();
        let start = Instant::now();
        let mut looks = 0;
        while child.try_wait().unwrap().is_none() {
            assert_eq!(sockets(child.id()), Vec::<String>::new(), "{arguments:?}");
            looks += 1;
            if start.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(looks > 3, "{arguments:?} was over too soon to be looked at");
    }
}
