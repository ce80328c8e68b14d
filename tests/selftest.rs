//! `selftest` as the program runs it: five problems of every lab hold every identity of its table to its bound, for
//! the diagonal network at the paper's size and the limits of log-Euler at dt = γ, γ/2 and γ/10 among them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

use implicit_bias_lab::labs::LABS;

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"));
    command
        .arg("selftest")
        .args(arguments)
        .env("TERM", "dumb")
        .output()
        .unwrap()
}

#[test]
fn every_identity_holds_on_five_problems() {
    for test in LABS.iter().filter_map(|lab| lab.self_test()) {
        let mut table = Vec::new();
        let failed = (test.run)(20, 5, &mut table).unwrap();
        assert_eq!(failed, 0, "{}", String::from_utf8(table).unwrap());
    }
}

#[test]
fn the_command_prints_the_table_and_succeeds() {
    let arguments = ["--seed", "3", "--problems", "1"];
    let output = program(&arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let table = String::from_utf8(output.stdout).unwrap();
    // A table per lab: a line of names, the identities, the verdict.
    let mut rows = 0;
    let mut verdicts = 0;
    for line in table.lines().filter(|line| !line.starts_with("identity ")) {
        if line.ends_with("  ok") {
            rows += 1;
            continue;
        }
        let verdict = format!("all {rows} identities hold; problems: 1, first seed: 3");
        assert_eq!(line, verdict, "{table}");
        assert!(rows >= 7, "{table}");
        (rows, verdicts) = (0, verdicts + 1);
    }
    let labs = LABS.iter().filter(|lab| lab.self_test().is_some());
    assert_eq!((rows, verdicts), (0, labs.count()), "{table}");
    // The same seed, the same numbers.
    assert_eq!(program(&arguments).stdout, table.into_bytes());
}

#[test]
fn a_self_test_of_nothing_is_refused() {
    assert_eq!(program(&["--problems", "0"]).status.code(), Some(2));
}
