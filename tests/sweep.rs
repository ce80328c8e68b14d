//! `sweep` from outside: the same table in one piece, in shards that are joined, after an interruption and on any
//! number of threads; one clear line for what makes no sense.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Eight cells of five runs each, in a fraction of a second.
const SMALL: [&str; 14] = [
    "sweep",
    "--preset",
    "fig2",
    "--set",
    "n=8",
    "--set",
    "d=12",
    "--set",
    "sparsity=2",
    "--set",
    "steps=40",
    "--over",
    "alpha=0.05:1:4",
    "--seeds=2",
];

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"));
    command.env("TERM", "dumb");
    command
}

fn sweep(out: &Path, more: &[&str]) -> Command {
    let mut command = program();
    command.args(SMALL).args(more).arg("--out").arg(out);
    command
}

fn must(mut command: Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// What it says on stderr when it fails.
fn complaint(mut command: Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert!(
        !status.success() && stdout.is_empty(),
        "{command:?}: {text}"
    );
    text
}

#[test]
fn threads_and_shards_do_not_show() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut alone = sweep(&path("1.csv"), &[]);
    alone.env("RAYON_NUM_THREADS", "1");
    let text = must(alone);
    assert!(text.starts_with("40 runs: "), "{text}");
    let mut four = sweep(&path("4.csv"), &[]);
    four.env("RAYON_NUM_THREADS", "4");
    must(four);
    let whole = fs::read_to_string(path("1.csv")).unwrap();
    assert_eq!(whole.lines().count(), 1 + 40);
    assert!(whole.starts_with("cell,alpha,data_seed,"), "{whole}");
    assert!(whole == fs::read_to_string(path("4.csv")).unwrap());
    let mut jobs = sweep(&path("jobs.csv"), &["--jobs", "3"]);
    jobs.env("RAYON_NUM_THREADS", "1");
    must(jobs);
    assert!(whole == fs::read_to_string(path("jobs.csv")).unwrap());
    let shards = ["1/3", "2/3", "3/3"].map(|shard| {
        let out = path(&format!("{}.csv", shard.replace('/', "-")));
        must(sweep(&out, &["--shard", shard]));
        out
    });
    let joined = path("joined.csv");
    let merge = |shards: &[PathBuf]| {
        let mut command = program();
        command.args(["sweep", "--merge"]).args(shards);
        command.arg("--out").arg(&joined);
        command
    };
    let text = complaint(merge(&shards[1..]));
    assert!(text.contains("shard 1/3 is missing"), "{text}");
    let said = must(merge(&shards));
    assert!(
        said.starts_with("40 runs: ") && said.contains("3 tables joined"),
        "{said}"
    );
    assert!(whole == fs::read_to_string(&joined).unwrap());
    let beside = |name: &str| fs::read(path(&format!("{name}.json"))).unwrap();
    assert!(beside("joined.csv") == beside("1.csv"));
    // Once more there is nothing to do, and no reason to fail.
    assert!(must(merge(&shards)).contains("nothing to do"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2 * 7);
}

#[test]
fn a_finished_sweep_that_is_started_again_is_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("table.csv");
    must(sweep(&out, &["--shard", "2/3"]));
    let made = fs::metadata(&out).unwrap().modified().unwrap();
    let said = must(sweep(&out, &["--shard", "2/3"]));
    assert!(
        said.contains("nothing to do") && said.contains("15 runs"),
        "{said}"
    );
    assert_eq!(fs::metadata(&out).unwrap().modified().unwrap(), made);
    for more in [
        &["--shard", "1/3"][..],
        &["--shard", "2/3", "--set", "batch=2"],
    ] {
        let text = complaint(sweep(&out, more));
        assert!(text.contains("already exists"), "{text}");
    }
    let text = fs::read_to_string(&out).unwrap();
    fs::write(&out, text.replacen("sgd", "gd", 1)).unwrap();
    let refused = complaint(sweep(&out, &["--shard", "2/3"]));
    assert!(refused.contains("already exists"), "{refused}");
    must(sweep(&out, &["--shard", "2/3", "--force"]));
    assert!(fs::read_to_string(&out).unwrap() == text);
}

/// An array as a cluster runs it: every shard is killed on its way, without a chance to clean up, and started again.
#[test]
fn a_killed_array_that_is_started_again_gives_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    // Cells of about a tenth of a second: long enough to be killed on the way.
    let long = [
        "--set",
        "steps=400000",
        "--set",
        "label_noise=constant",
        "--seeds=4",
    ];
    let long_sweep = |out: &Path, more: &[&str]| {
        let mut command = program();
        command.args(&SMALL[..13]).args(long).args(more);
        command.arg("--out").arg(out);
        command
    };
    must(long_sweep(&path("whole.csv"), &[]));
    let mut killed = 0;
    let shards: Vec<PathBuf> = (1..=2)
        .map(|number| {
            let out = path(&format!("{number}.csv"));
            let shard = format!("{number}/2");
            let options = ["--shard", &shard, "--jobs", "1"];
            let mut child = long_sweep(&out, &options)
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let partial = path(&format!("{number}.csv.partial"));
            let cells =
                || fs::read_to_string(&partial).map_or(0, |text| text.matches('\n').count());
            // The line of the sweep and two cells.
            while cells() < 3 && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(2));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += usize::from(partial.exists());
            must(long_sweep(&out, &options));
            assert!(!partial.exists());
            out
        })
        .collect();
    assert_eq!(killed, 2, "they were too fast to be killed");
    let joined = path("joined.csv");
    let mut merge = program();
    merge
        .args(["sweep", "--merge"])
        .args(&shards)
        .arg("--out")
        .arg(&joined);
    must(merge);
    for beside in ["", ".json"] {
        let bytes = |name: &str| fs::read(path(&format!("{name}{beside}"))).unwrap();
        assert!(bytes("joined.csv") == bytes("whole.csv"));
    }
}

/// The largest stable step size is searched for before there is any cell: half a minute for data of this size.
#[cfg(unix)]
#[test]
fn an_interruption_ends_the_search_for_the_step_size_within_a_moment() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("table.csv");
    let mut command = program();
    command.args(["sweep", "--edge", "--set", "n=400", "--set", "d=2000"]);
    command.args(["--over", "alpha=0.1,0.2", "--seeds=1", "--out"]);
    let child = command.arg(&out).stderr(Stdio::piped()).spawn().unwrap();
    // At it for certain.
    std::thread::sleep(Duration::from_secs(3));
    let start = Instant::now();
    let mut kill = Command::new("kill");
    kill.args(["-INT", &child.id().to_string()]);
    assert!(kill.status().unwrap().success());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(130), "{told}");
    assert!(told.contains("nothing was written"), "{told}");
    // Far more than a busy machine needs, and far less than the search.
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_keeps_what_is_done_and_the_same_command_goes_on() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("table.csv");
    let mut full = Command::new("sh");
    // Blocks of 512 bytes in some shells, of 1024 in others: room for the first line and a few cells.
    full.args(["-c", "trap '' XFSZ; ulimit -f 24; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_implicit-bias-lab"))
        .args(SMALL)
        .arg("--out")
        .arg(&out);
    let text = complaint(full);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("cells are kept in"), "{text}");
    assert!(text.contains("repeat the command"), "{text}");
    assert!(!out.exists());
    let partial = folder.path().join("table.csv.partial");
    let kept = fs::read_to_string(&partial).unwrap();
    let cells = kept.matches('\n').count() - 1;
    assert!(0 < cells && cells < 8, "{cells}");
    let other = complaint(sweep(&out, &["--set", "batch=2"]));
    assert!(other.contains("another sweep"), "{other}");
    must(sweep(&out, &[]));
    assert!(!partial.exists());
    let whole = folder.path().join("whole.csv");
    must(sweep(&whole, &[]));
    assert!(fs::read(&out).unwrap() == fs::read(whole).unwrap());
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("table.csv");
    for (more, expected) in [
        (&["--shard", "3/2"][..], "of 2 shards there is no number 3"),
        (&["--shard", "0/2"], "write 1/2 to 2/2"),
        (
            &["--over", "batch=4:1:3"],
            "runs backwards: write batch=1:4:3",
        ),
        (&["--over", "batch="], "it holds no value; write batch="),
        (&["--over", "alpha=1,2"], "`alpha` is varied twice"),
        (&["--over", "batsh=1,2"], "did you mean `batch`?"),
        (
            &["--over", "label_noise=none,loud"],
            "`label_noise` cannot be `loud`: it takes none |",
        ),
        (&["--jobs", "0"], "--jobs"),
        (&["--merge", "1.csv"], "cannot be used with"),
        (&["--over", "batch=1,100"], "batch = 100 cannot run"),
        (&["--seeds", "0"], "at least 1"),
        (&["--steps", "forever"], "--steps takes auto"),
        (
            // Years on any machine.
            &[
                "--set",
                "label_noise=constant",
                "--steps",
                "1e10",
                "--over",
                "step_size=0.01:0.02:10000",
            ],
            "confirm it with --yes",
        ),
    ] {
        let mut command = sweep(&out, &[]);
        // The last of several --seeds would be refused as such.
        if more[0] == "--seeds" {
            command = program();
            command.args(&SMALL[..13]).args(more).arg("--out").arg(&out);
        } else {
            command.args(more);
        }
        let text = complaint(command);
        assert!(text.contains(expected), "{more:?}: {text}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{more:?}");
    }
    fs::write(&out, "mine").unwrap();
    let text = complaint(sweep(&out, &[]));
    assert!(text.contains("already exists"), "{text}");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    must(sweep(&out, &["--force"]));
    assert!(fs::read_to_string(&out).unwrap().starts_with("cell,"));
}

#[test]
fn a_cloud_varies_the_noise_alone() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("cloud.csv");
    let mut cloud = program();
    cloud
        .args(&SMALL[..11])
        .args(["--vary=noise", "--seeds=3", "--steps=t=2"]);
    must({
        cloud.arg("--out").arg(&out);
        cloud
    });
    let mut table = csv::Reader::from_path(&out).unwrap();
    let names = table.headers().unwrap().clone();
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    let column = |rows: &[csv::StringRecord], name: &str| -> Vec<String> {
        rows.iter().map(|row| row[at(name)].to_owned()).collect()
    };
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3 * 5);
    assert!(column(&rows, "data_seed").iter().all(|seed| seed == "10"));
    let seeds = column(&rows, "sampling_seed");
    assert_eq!([&seeds[0], &seeds[5], &seeds[10]], ["10", "11", "12"]);
    // γ = 0.1 up to t = 2.
    assert!(column(&rows, "steps").iter().all(|steps| steps == "20"));
}
