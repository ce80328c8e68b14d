//! The lab's knobs: every setting of the control panel, of `--set` and of recipe files, declared once.

mod data;
mod geometry;

use std::sync::LazyLock;

use super::problem::Loss;
use super::rules::{METHODS, Method};
use super::settings::DataKind;
use crate::knobs::{Kind, Knob, Knobs, Role};
use crate::labs::arithmetic;
use crate::labs::choices::Chosen as _;

const DATA: &str = "Data";
const START: &str = "Start";
const GEOMETRY: &str = "Geometry and step size";
const ALGORITHMS: &str = "Algorithms";
const MEMORY: &str = "Training set";
const RUN: &str = "Run";

const MAX_SEED: u64 = 999_999;

/// Every setting of the lab, in the order of the control panel and of recipe files.
pub(super) static KNOBS: LazyLock<Vec<Knob>> = LazyLock::new(|| {
    let mut knobs = data::data_knobs();
    knobs.extend(data::memory_knobs());
    knobs.extend(geometry::start_knobs());
    knobs.extend(geometry::geometry_knobs());
    knobs.extend(METHODS.iter().map(runs_knob));
    knobs.extend(algorithm_knobs());
    knobs.extend(run_knobs());
    knobs
});

fn count(min: u64, max: u64) -> Kind {
    Kind::Count {
        min,
        max,
        auto: None,
    }
}

/// A number from a range, which its slider covers.
const fn real([min, max]: [f64; 2], logarithmic: bool) -> Kind {
    Kind::Real {
        min,
        max,
        slider: [min, max],
        logarithmic,
        auto: None,
        vector: false,
    }
}

/// The same, or `auto`.
fn real_or_auto([min, max]: [f64; 2], slider: [f64; 2]) -> Kind {
    Kind::Real {
        min,
        max,
        slider,
        logarithmic: true,
        auto: Some("auto"),
        vector: false,
    }
}

/// One number for all coefficients, or one for each.
fn reals([min, max]: [f64; 2], slider: [f64; 2]) -> Kind {
    Kind::Real {
        min,
        max,
        slider,
        logarithmic: false,
        auto: None,
        vector: true,
    }
}

fn kind(knobs: &Knobs) -> DataKind {
    DataKind::of(knobs, "data")
}

pub(super) fn is_square(knobs: &Knobs) -> bool {
    Loss::of(knobs, "loss") == Loss::Square
}

fn is_logistic(knobs: &Knobs) -> bool {
    !is_square(knobs)
}

fn is_plane(knobs: &Knobs) -> bool {
    kind(knobs) == DataKind::Plane
}

fn is_sparse(knobs: &Knobs) -> bool {
    kind(knobs) == DataKind::Sparse
}

fn is_csv(knobs: &Knobs) -> bool {
    kind(knobs) == DataKind::Csv
}

/// Whether rows are drawn at random.
fn is_random(knobs: &Knobs) -> bool {
    matches!(
        kind(knobs),
        DataKind::Sparse | DataKind::Wedge | DataKind::Blobs
    )
}

fn is_relabelled(knobs: &Knobs) -> bool {
    is_sparse(knobs) && is_square(knobs)
}

fn has_mirror(knobs: &Knobs) -> bool {
    ["mirror_runs", "stochastic_mirror_runs"]
        .iter()
        .any(|key| knobs.count(key) > 0)
}

/// The knob for a method's number of runs.
fn runs_knob(method: &'static Method) -> Knob {
    let relevant = match method.losses {
        [Loss::Square] => is_square,
        [Loss::Logistic] => is_logistic,
        _ => |_: &Knobs| true,
    };
    Knob {
        key: String::leak(method.runs_key()),
        label: method.label,
        kind: count(0, method.max_runs),
        default: method.default_runs,
        unit: if method.max_runs == 1 { "run" } else { "runs" },
        role: Some(Role::Runs),
        relevant,
        ..Knob::new(ALGORITHMS, "", "", Kind::Switch, "", method.about)
    }
}

fn algorithm_knobs() -> Vec<Knob> {
    vec![
        Knob {
            unit: "samples",
            ..Knob::new(
                ALGORITHMS,
                "batch",
                "Batch b",
                count(1, 200),
                "1",
                "Samples per stochastic step, drawn with replacement.",
            )
        },
        Knob {
            live: true,
            relevant: |knobs| is_square(knobs) && knobs.count("label_noise_runs") > 0,
            ..Knob::new(
                ALGORITHMS,
                "label_noise_level",
                "Label noise δ",
                real([0.0, 2.0], false),
                "0.3",
                "Labels are y ± δ, with a fresh sign at every step. Acts at once.",
            )
        },
        Knob {
            live: true,
            relevant: |knobs| is_square(knobs) && knobs.count("langevin_runs") > 0,
            ..Knob::new(
                ALGORITHMS,
                "temperature",
                "Temperature T",
                real([1e-8, 1.0], true),
                "1e-4",
                "That of Langevin dynamics. Acts at once.",
            )
        },
        Knob {
            role: Some(Role::NoiseSeed),
            ..Knob::new(
                ALGORITHMS,
                "sampling_seed",
                "Sampling seed",
                count(0, MAX_SEED),
                "0",
                "Seed of the samples, of label noise and of Langevin noise; every run has its own sub-stream, and run i of \
                 every algorithm sees the same samples.",
            )
        },
    ]
}

fn run_knobs() -> Vec<Knob> {
    vec![
        Knob {
            unit: "steps",
            role: Some(Role::Length),
            ..Knob::new(
                RUN,
                "steps",
                "Length K",
                count(1, 1_000_000_000),
                "4000",
                "Steps after which the clock stops; playing on is possible.",
            )
        },
        Knob {
            role: Some(Role::Tolerance),
            ..Knob::new(
                RUN,
                "tolerance",
                "Tolerance L <",
                real([1e-60, 1.0], true),
                "1e-28",
                "The clock stops once every run's loss is below this (or the run has diverged). Not under the logistic \
                 loss, where directions go on turning.",
            )
        },
        arithmetic::knob(RUN),
        Knob {
            kind: Kind::Real {
                min: 1.0,
                max: 1e9,
                slider: [1.0, 1e6],
                logarithmic: true,
                auto: Some("max"),
                vector: false,
            },
            unit: "steps/s",
            live: true,
            role: Some(Role::Pace),
            ..Knob::new(
                RUN,
                "speed",
                "Speed",
                Kind::Switch,
                "max",
                "Steps a second, or max for as fast as it goes.",
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        let knobs = Knobs::new(&KNOBS);
        let keys: Vec<_> = knobs.iter().map(|(knob, _)| knob.key).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "`{key}` is declared twice");
        }
        let told = |knob: &Knob| !knob.help.is_empty() && !knob.label.is_empty();
        assert!(knobs.iter().all(|(knob, _)| told(knob)));
    }
}
