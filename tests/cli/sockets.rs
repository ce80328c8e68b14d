//! Nothing is asked of the network, nor of another program: the commands open no socket but the nameless pair by
//! which a signal reaches the thread that waits for one. (The window opens the display's; `tests/soak.py` looks
//! after it.)

use std::fs;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use super::program;

/// The numbers of the sockets that a process has open.
fn numbers(process: u32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd"));
    let descriptors = descriptors.into_iter().flatten().flatten();
    let targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
    let targets = targets.map(|target| target.display().to_string());
    let numbers = targets.filter_map(|target| {
        let number = target.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(number.to_owned())
    });
    numbers.collect()
}

/// What the system says of the sockets of a process, but for pairs without a name, whose ends are both its own.
fn sockets(process: u32) -> Vec<String> {
    let before = numbers(process);
    let kinds = fs::read_dir(format!("/proc/{process}/net"));
    let kinds = kinds.into_iter().flatten().flatten();
    let tables = kinds.filter_map(|kind| {
        let name = kind.file_name().into_string().ok()?;
        Some((name, fs::read_to_string(kind.path()).ok()?))
    });
    let tables: Vec<(String, String)> = tables.collect();
    // A process that has ended while the tables were read is in none of them.
    let open = numbers(process);
    let numbers = before.iter().filter(|number| open.contains(number));
    let told = numbers.filter_map(|number| {
        let mut lines = tables
            .iter()
            .flat_map(|(kind, table)| table.lines().map(move |line| (kind, line)));
        let Some((kind, line)) =
            lines.find(|(_, line)| line.split_whitespace().any(|field| field == *number))
        else {
            return Some(format!("socket {number}, of an unknown kind"));
        };
        let has_name = line.split_whitespace().nth(7).is_some();
        (kind != "unix" || has_name).then(|| format!("{kind}: {line}"))
    });
    told.collect()
}

#[test]
fn commands_open_no_socket_that_leads_anywhere() {
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
