//! The command line: words that mean something there, in any order, and some that do not.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::presets;
use rand::RngExt as _;
use tempfile::TempDir;

use super::mutate::{self, chance, one_of};
use super::{Case, LONGEST_MESSAGE, Outcome, Random};

/// Seconds until a command is taken for one that hangs; the runs below have a few steps.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(2);

/// What keeps a run short.
const SHORT: [&str; 12] = [
    "--set",
    "n=4",
    "--set",
    "d=6",
    "--set",
    "sparsity=2",
    "--set",
    "steps=10",
    "--set",
    "sgd_runs=1",
    "--set",
    "sgf_runs=0",
];

fn setting(random: &mut Random) -> String {
    let lab = *one_of(random, LABS);
    let knob = one_of(random, lab.knobs());
    let value = match random.random_range(0..3) {
        0 => mutate::word(random),
        1 => (*one_of(random, &mutate::NUMBERS)).to_owned(),
        _ => knob.default.to_owned(),
    };
    // An argument holds no NUL.
    format!("{}={value}", knob.key).replace('\0', "")
}

fn arguments(random: &mut Random) -> Vec<String> {
    let command = *one_of(
        random,
        &[
            "run", "run", "run", "sweep", "sweep", "figure", "list", "selftest", "", "help",
        ],
    );
    let mut all: Vec<String> = vec![command.to_owned()];
    if command == "selftest" {
        all.extend([
            "--problems".to_owned(),
            mutate::word(random).replace('\0', ""),
        ]);
        // A test of the theory takes seconds if it begins.
        all.push("--nothing".to_owned());
        return all;
    }
    if matches!(command, "run" | "sweep") {
        all.extend(SHORT.map(str::to_owned));
    }
    let options = [
        "--set",
        "--out",
        "--recipe",
        "--open",
        "--preset",
        "--stride",
        "--theory",
        "--record-noise",
        "--over",
        "--seeds",
        "--vary",
        "--steps",
        "--shard",
        "--force",
        "--yes",
        "--edge",
        "--list",
        "--width",
        "--theme",
        "--scale",
        "--panels",
        "--clock",
        "--footer",
        "--play",
        "--tour",
        "--help",
        "--version",
        "--",
    ];
    if chance(random, 0.7) {
        all.extend([
            "--out".to_owned(),
            (*one_of(
                random,
                &["out", "out.csv", "out.svg", "out.png", "a/b/out", "."],
            ))
            .to_owned(),
        ]);
    }
    for _ in 0..random.random_range(0..5) {
        let option = *one_of(random, &options);
        all.push(option.to_owned());
        let value = match option {
            "--set" => setting(random),
            "--over" => format!(
                "alpha={}",
                one_of(
                    random,
                    &["0.1,0.2", "0.1:1:3", "1:2:3:lin", "x", "", "0.1:1:0"]
                )
            ),
            "--preset" => (*one_of(
                random,
                &presets().map(|preset| preset.id).collect::<Vec<_>>(),
            ))
            .to_owned(),
            "--recipe" | "--open" | "--tour" => {
                (*one_of(random, &["here.toml", "no such file", ".", ""])).to_owned()
            }
            "--seeds" | "--stride" | "--scale" => {
                (*one_of(random, &["0", "1", "2", "-1", "x", "1e3"])).to_owned()
            }
            "--shard" => (*one_of(random, &["1/1", "2/1", "0/0", "1/99", "x/y"])).to_owned(),
            "--theory" => (*one_of(random, &["on", "off", "auto", "maybe"])).to_owned(),
            "--steps" => (*one_of(random, &["recipe", "5", "t=1", "t=-1", "t=nan"])).to_owned(),
            _ => continue,
        };
        all.push(value);
    }
    // A preset would bring its own length; what is said last counts.
    if matches!(command, "run" | "sweep") {
        all.extend(SHORT.map(str::to_owned));
    }
    all
}

/// Fails as a program should: with one of three exit codes and a message that can be read.
fn check(arguments: &[String], folder: &TempDir) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"));
    command.args(arguments).current_dir(folder.path());
    for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(variable);
    }
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(variable, folder.path());
    }
    command
        .env("TERM", "dumb")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let errors = folder.path().join("errors");
    command.stderr(std::fs::File::create(&errors).unwrap());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > COMMAND_TIMEOUT {
            child.kill().unwrap();
            panic!("{arguments:?} takes more than {COMMAND_TIMEOUT:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let said = std::fs::read(&errors).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(
        matches!(status.code(), Some(0..=2)),
        "{arguments:?}: {status}: {said}"
    );
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    // Our own messages are one line; the usage that follows a mistyped option is longer.
    if status.code() == Some(1) {
        assert!(
            said.len() <= LONGEST_MESSAGE,
            "{arguments:?}: {} bytes",
            said.len()
        );
        let line = said.trim_end_matches('\n');
        assert!(
            !line.contains(|c: char| c.is_control() && c != '\n'),
            "{arguments:?}: {said:?}"
        );
        assert!(
            line.contains("implicit-bias-lab: "),
            "{arguments:?}: {said:?}"
        );
    }
}

pub(super) fn lines() -> Case {
    Box::new(move |random| {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("here.toml"), super::texts::whole(random)).unwrap();
        check(&arguments(random), &folder);
        Outcome::Understood
    })
}
