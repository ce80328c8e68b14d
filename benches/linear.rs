//! What a step of each algorithm on a linear model costs, and a whole sample with its references:
//! `cargo bench --bench linear`, or with part of a name behind it.

use divan::Bencher;
use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::Lab as _;
use implicit_bias_lab::labs::linear::LAB;
use implicit_bias_lab::labs::linear::rules::METHODS;

fn main() {
    divan::main();
}

/// The lab with one run of one algorithm on some data.
fn settings(method: &str, data: &str, loss: &str) -> Knobs {
    let mut knobs = Knobs::new(LAB.knobs());
    for other in METHODS {
        let runs = if other.id == method { "1" } else { "0" };
        knobs
            .set_text(&other.runs_key(), runs)
            .expect("a declared knob");
    }
    for (key, value) in [("data", data), ("loss", loss), ("p", "1.5")] {
        knobs.set_text(key, value).expect("a declared word");
    }
    knobs
}

const SQUARE: [&str; 6] = ["gd", "sgd", "heavy-ball", "kaczmarz", "mirror", "adam"];
const LOGISTIC: [&str; 4] = ["gd", "sgd", "normalised", "mirror"];

fn step(bencher: Bencher<'_, '_>, method: &str, data: &str, loss: &str) {
    let knobs = settings(method, data, loss);
    let mut experiment = LAB.experiment(&knobs, false).expect("accepted settings");
    bencher.bench_local(|| experiment.advance(1));
}

/// Two equations in three unknowns.
#[divan::bench(args = SQUARE)]
fn step_space(bencher: Bencher<'_, '_>, method: &str) {
    step(bencher, method, "space", "square");
}

/// n = 20, d = 100.
#[divan::bench(args = SQUARE)]
fn step_sparse(bencher: Bencher<'_, '_>, method: &str) {
    step(bencher, method, "sparse", "square");
}

/// n = 20, d = 2, logistic loss.
#[divan::bench(args = LOGISTIC)]
fn step_wedge(bencher: Bencher<'_, '_>, method: &str) {
    step(bencher, method, "wedge", "logistic");
}

/// From settings to an experiment, with every reference: what dragging a setting costs.
#[divan::bench(args = [("space", "square"), ("sparse", "square"), ("wedge", "logistic"), ("sparse", "logistic")])]
fn load(bencher: Bencher<'_, '_>, (data, loss): (&str, &str)) {
    let knobs = settings("mirror", data, loss);
    bencher.bench_local(|| LAB.experiment(&knobs, false).expect("accepted settings"));
}
