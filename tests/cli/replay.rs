//! What `run` writes makes the same run again.

use std::fs;
use std::path::Path;
use tempfile::TempDir;

use super::{SMALL, arrays, must_run, names, summary};

fn multiply(plus: &mut [f64], minus: &mut [f64], factors: impl Fn(usize) -> (f64, f64)) {
    for (j, (plus, minus)) in plus.iter_mut().zip(minus).enumerate() {
        let (by, other) = factors(j);
        *plus *= by;
        *minus *= other;
    }
}

/// Replays every run of the folder from its files alone: the recursions of eq. 1, 3, 9, 10 in plain
/// loops, from w± = α, on the recorded randomness, against the recorded w± of every step.
///
/// The two differ in the order of additions and in `exp`; at these step sizes the recursions are not
/// chaotic and the gap stays below 1e-12 relative over thousands of steps. 1e-9 leaves room for
/// label noise.
fn replay(out: &Path) {
    let data = arrays(&out.join("dataset.npz"));
    let (x, y) = (&data["x"], &data["y"].numbers);
    let (n, d) = (x.shape[0], x.shape[1]);
    let mean_square: Vec<f64> = (0..d)
        .map(|j| (0..n).map(|i| x.row(i)[j].powi(2)).sum::<f64>() / n as f64)
        .collect();
    let summary = summary(out);
    let mut replayed = 0;
    for run in summary["runs"].as_array().unwrap() {
        let name = run["name"].as_str().unwrap();
        let file = arrays(&out.join(name).with_extension("npz"));
        let rows = file["step"].numbers.len();
        let mut plus = file["w_plus"].row(0).to_vec();
        let mut minus = file["w_minus"].row(0).to_vec();
        let transposed = |c: &[f64]| -> Vec<f64> {
            (0..d)
                .map(|j| (0..n).map(|i| x.row(i)[j] * c[i]).sum())
                .collect()
        };
        let residual = |plus: &[f64], minus: &[f64]| -> Vec<f64> {
            let predict = |i: usize| -> f64 {
                let row = x.row(i).iter().zip(plus.iter().zip(minus));
                row.map(|(x, (p, m))| x * (p * p - m * m)).sum()
            };
            (0..n).map(|i| predict(i) - y[i]).collect()
        };
        for k in 0..rows - 1 {
            let gamma = file["step_size"].numbers[k];
            assert_eq!(file["step"].numbers[k], k as f64);
            match run["algorithm"].as_str().unwrap() {
                "gd" => {
                    let r = residual(&plus, &minus);
                    let c: Vec<f64> = r.iter().map(|r| gamma * r / n as f64).collect();
                    let z = transposed(&c);
                    multiply(&mut plus, &mut minus, |j| (1.0 - z[j], 1.0 + z[j]));
                }
                "sgd" => {
                    let r = residual(&plus, &minus);
                    let (samples, labels) = (file["sample"].row(k), file["label_noise"].row(k));
                    let mut c = vec![0.0; n];
                    for (i, label) in samples.iter().zip(labels) {
                        let i = *i as usize;
                        c[i] += gamma * (r[i] + label) / samples.len() as f64;
                    }
                    let z = transposed(&c);
                    multiply(&mut plus, &mut minus, |j| (1.0 - z[j], 1.0 + z[j]));
                }
                _ => {
                    let substeps = run["substeps"].as_u64().unwrap() as usize;
                    let dt = gamma / substeps as f64;
                    for m in k * substeps..(k + 1) * substeps {
                        let r = residual(&plus, &minus);
                        let loss = r.iter().map(|r| r * r).sum::<f64>() / (4.0 * n as f64);
                        let noisy = loss + file["delta"].numbers[m].powi(2);
                        let normals = file["brownian"].row(m);
                        let sigma = 2.0 * (gamma * noisy / n as f64).sqrt() * dt.sqrt();
                        let c: Vec<f64> = r
                            .iter()
                            .zip(normals)
                            .map(|(r, normal)| dt * r / n as f64 - sigma * normal)
                            .collect();
                        let z = transposed(&c);
                        let q = |j: usize| 2.0 * gamma * noisy * mean_square[j] * dt;
                        if run["scheme"] == "log-euler" {
                            let factors = |j: usize| ((-z[j] - q(j)).exp(), (z[j] - q(j)).exp());
                            multiply(&mut plus, &mut minus, factors);
                        } else {
                            multiply(&mut plus, &mut minus, |j| (1.0 - z[j], 1.0 + z[j]));
                        }
                    }
                }
            }
            for (ours, theirs) in [(&plus, &file["w_plus"]), (&minus, &file["w_minus"])] {
                for (ours, theirs) in ours.iter().zip(theirs.row(k + 1)) {
                    assert!(
                        (ours / theirs - 1.0).abs() < 1e-9,
                        "{name} step {k}: {ours} {theirs}"
                    );
                }
            }
            replayed += 1;
        }
    }
    assert!(replayed >= 300 * summary["runs"].as_array().unwrap().len());
}

#[test]
fn every_rule_replays_from_the_files_alone() {
    let folder = TempDir::new().unwrap();
    let cases: [&[&str]; 4] = [
        &[],
        &["label_noise=exponential", "label_noise_time=100"],
        &[
            "sgf_scheme=euler-maruyama",
            "batch=4",
            "replacement=false",
            "alpha=0.3",
        ],
        // n = 1 makes the narrowest arrays; a batch larger than that is not possible.
        &[
            "n=1",
            "sgf_scheme=euler-maruyama",
            "sgf_substeps=1",
            "label_noise=step-off",
            "label_noise_until=50",
        ],
    ];
    for (case, settings) in cases.iter().enumerate() {
        let out = folder.path().join(case.to_string());
        let settings = [&SMALL, *settings].concat();
        must_run(&out, &settings, &["--stride", "1", "--record-noise"]);
        replay(&out);
        if settings.contains(&"n=1") {
            let sgf = arrays(&out.join("sgf-1.npz"));
            assert_eq!(sgf["brownian"].shape, [300, 1]);
            assert_eq!(sgf["delta"].shape, [300]);
        }
        if settings.contains(&"batch=4") {
            assert_eq!(arrays(&out.join("sgd-1.npz"))["sample"].shape, [300, 4]);
        }
    }
}

/// γ changes on the way through a `[[change]]`; the recorded step size must be the one taken.
#[test]
fn a_planned_change_replays_from_the_files_alone() {
    let folder = TempDir::new().unwrap();
    let recipe = folder.path().join("mine.toml");
    let changes = "[[change]]\nstep = 100\nstep_size = 0.005\nlabel_noise = 'constant'\n";
    fs::write(&recipe, format!("format = 1\n{changes}")).unwrap();
    let out = folder.path().join("out");
    let recipe = recipe.to_str().unwrap();
    must_run(
        &out,
        &SMALL,
        &["--recipe", recipe, "--stride", "1", "--record-noise"],
    );
    let rates = &arrays(&out.join("gd.npz"))["step_size"].numbers;
    assert_eq!((rates[99], rates[100]), (0.02, 0.005));
    replay(&out);
}

#[test]
fn the_written_scenario_makes_the_same_files_byte_for_byte() {
    let folder = TempDir::new().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    // Automatic choices are pinned in the scenario.
    let settings = [
        &SMALL[..],
        &["step_size=auto", "alpha=0.2", "label_noise=power-law"],
    ]
    .concat();
    must_run(&first, &settings, &["--record-noise"]);
    let scenario = first.join("scenario.toml");
    must_run(
        &second,
        &[],
        &["--recipe", scenario.to_str().unwrap(), "--record-noise"],
    );
    assert_eq!(names(&first), names(&second));
    for name in names(&first) {
        assert!(
            fs::read(first.join(&name)).unwrap() == fs::read(second.join(&name)).unwrap(),
            "{name}"
        );
    }
    let pinned = fs::read_to_string(scenario).unwrap();
    assert!(!pinned.contains("step_size = \"auto\""), "{pinned}");
}

#[test]
fn a_late_fork_that_never_begins_is_reported_as_such() {
    let folder = tempfile::TempDir::new().unwrap();
    let out = folder.path().join("run");
    let settings = [
        "sgd_runs=1",
        "steps=100",
        "forks=gd from sgd-1 at 50 late; gd from sgd-1 at 500 late",
    ];
    must_run(&out, &settings, &[]);
    let summary = std::fs::read_to_string(out.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let runs = summary["runs"].as_array().unwrap();
    let of = |name: &str| runs.iter().find(|run| run["name"] == name).unwrap();
    assert_eq!(of("fork-1")["status"], "finished");
    assert_eq!(
        (&of("fork-2")["status"], &of("fork-2")["steps"]),
        (&"not started".into(), &0.into())
    );
    let (_, history) = implicit_bias_lab::archive::read(&out).unwrap();
    let waiting = implicit_bias_lab::sim::experiment::RunStatus::Waiting;
    assert_eq!(history.status.last(), Some(&waiting));
}
