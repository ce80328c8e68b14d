//! The main loop of the ReLU network: `cargo bench --bench stability`. Items are steps.

use std::fmt;

use divan::Bencher;
use divan::counter::ItemsCount;
use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::stability::LAB;
use implicit_bias_lab::labs::{Lab as _, RecordingExperiment};

fn main() {
    divan::main();
}

/// Samples and neurons.
#[derive(Clone, Copy)]
struct Size(&'static str, &'static str);

/// The default, and a larger one.
const SIZES: [Size; 2] = [Size("8", "60"), Size("20", "100")];

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n={} k={}", self.0, self.1)
    }
}

fn experiment(Size(n, neurons): Size, jitter: &str) -> Box<dyn RecordingExperiment> {
    let mut knobs = Knobs::new(LAB.knobs());
    for (key, text) in [
        ("n", n),
        ("neurons", neurons),
        ("jitter", jitter),
        ("gd_runs", "1"),
    ] {
        knobs
            .set_text(key, text)
            .expect("the knob takes this value");
    }
    LAB.experiment(&knobs, false).expect("it can run")
}

/// Steps of one run of GD, without and with jitter.
#[divan::bench(args = SIZES, consts = [false, true])]
fn steps<const JITTER: bool>(bencher: Bencher<'_, '_>, size: Size) {
    const STEPS: u64 = 1000;
    let mut experiment = experiment(size, if JITTER { "1e-6" } else { "0" });
    bencher
        .counter(ItemsCount::new(STEPS))
        .bench_local(|| experiment.advance(STEPS));
}

/// What is recorded of a state: sharpness, flattest rescaling, bounds.
#[divan::bench(args = SIZES)]
fn recording(bencher: Bencher<'_, '_>, size: Size) {
    let mut experiment = experiment(size, "1e-6");
    experiment.advance(5000);
    bencher.bench_local(|| experiment.sample());
}
