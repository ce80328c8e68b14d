//! `selftest` as the program runs it: five problems at the paper's size hold every identity of its
//! table to its bound, the limits of log-Euler at dt = γ, γ/2 and γ/10 among them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

use implicit_bias_lab::labs::diagonal::selftest::SELF_TEST;

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
    let mut table = Vec::new();
    let failed = (SELF_TEST.run)(20, 5, &mut table).unwrap();
    assert_eq!(failed, 0, "{}", String::from_utf8(table).unwrap());
}

#[test]
fn the_command_prints_the_table_and_succeeds() {
    let arguments = ["--seed", "3", "--problems", "1"];
    let output = program(&arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // A table per lab, each with a line of names above it and its verdict below.
    let tables: Vec<&[&str]> = lines
        .split(|line| line.starts_with("identity "))
        .skip(1)
        .collect();
    assert!(!tables.is_empty());
    for table in tables {
        let (verdict, rows) = table.split_last().unwrap();
        assert!(
            rows.len() >= 7 && rows.iter().all(|row| row.ends_with("  ok")),
            "{text}"
        );
        let expected = format!(
            "all {} identities hold; problems: 1, first seed: 3",
            rows.len()
        );
        assert_eq!(*verdict, expected);
    }
    // The same seed, the same numbers.
    assert_eq!(program(&arguments).stdout, text.into_bytes());
}

#[test]
fn a_self_test_of_nothing_is_refused() {
    assert_eq!(program(&["--problems", "0"]).status.code(), Some(2));
}
