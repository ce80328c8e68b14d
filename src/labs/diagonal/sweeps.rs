//! Sweeps that are ready to run: those of the paper, and the maps and the cloud that go with them.

use super::settings::DataKind;
use super::theory::recovery;
use crate::knobs::Knobs;
use crate::labs::diagonal::choices::Chosen as _;
use crate::labs::{ReadySweep, Steps, SweepPlan, Vary};

/// Every one of them, the first being what a window begins with.
pub(super) static SWEEPS: &[ReadySweep] = &[
    ReadySweep {
        title: "Fig 1 right: validation against α",
        about: "Where GD and SGD end, for a step size chosen anew at every α: the smaller α, the more noise gains.",
        plan: SweepPlan {
            preset: "fig1-left",
            settings: &[("sgd_runs", "1"), ("step_size", "auto")],
            over: &["alpha=0.005:1:12"],
            seeds: 10,
            vary: Vary::All,
            steps: Steps::Auto,
        },
    },
    ReadySweep {
        title: "Validation against γ",
        about: "At one α, after the same flow time: GD does not depend on γ, SGD gains until it diverges.",
        plan: SweepPlan {
            preset: "fig1-left",
            settings: &[("sgd_runs", "1"), ("alpha", "0.1")],
            over: &["step_size=0.01:0.3:12"],
            seeds: 10,
            vary: Vary::All,
            steps: Steps::FlowTime(2000.0),
        },
    },
    ReadySweep {
        title: "Validation against label noise",
        about: "Label noise of level δ for 1000 steps, then none: more of it shrinks the effective α further.",
        plan: SweepPlan {
            preset: "fig5-label-noise",
            settings: &[("sgd_runs", "1"), ("sgf_runs", "0")],
            over: &["label_noise_level=0:2:9:lin"],
            seeds: 10,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Map: α and γ",
        about: "Where noise gains how much: below a curve of step sizes that falls as α grows, and most just below it.",
        plan: SweepPlan {
            preset: "fig1-left",
            settings: &[("sgd_runs", "1")],
            over: &["alpha=0.01:1:9", "step_size=0.01:0.25:9"],
            seeds: 3,
            vary: Vary::All,
            steps: Steps::FlowTime(1000.0),
        },
    },
    ReadySweep {
        title: "Map: α and label noise",
        about: "Label noise of level δ for 1000 steps, then none, from several initialisations.",
        plan: SweepPlan {
            preset: "fig5-label-noise",
            settings: &[("sgd_runs", "1"), ("sgf_runs", "0")],
            over: &["alpha=0.02:1:9", "label_noise_level=0:2:9:lin"],
            seeds: 3,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Map: n and sparsity",
        about: "How many samples it takes to find β*, from α = 0.01. Line: n*, from where on the ℓ₁ norm does (Amelunxen et al.).",
        plan: SweepPlan {
            preset: "fig1-left",
            settings: &[
                ("sgd_runs", "1"),
                ("alpha", "0.01"),
                ("step_size", "auto"),
                ("steps", "50000"),
            ],
            over: &["n=5:60:12:lin", "sparsity=1:19:7:lin"],
            seeds: 3,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Even et al.: test loss and gain against γ",
        about: "GD's test loss rises towards its largest stable γ, SGD's falls. Choose ‖gain‖₁ to see how far both have lowered \
                α².",
        plan: SweepPlan {
            preset: "large-steps",
            settings: &[("steps", "40000")],
            over: &["step_size=0.01:3:25"],
            seeds: 8,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Cloud: 40 seeds",
        about: "Forty runs on one data set: does a larger ∫L mean a lower validation loss, run by run (Fig 2)?",
        plan: SweepPlan {
            preset: "fig2",
            settings: &[("sgd_runs", "1"), ("sgf_runs", "1")],
            over: &[],
            seeds: 40,
            vary: Vary::Noise,
            steps: Steps::Recipe,
        },
    },
];

/// Points of the border line.
const BORDER: u32 = 200;

/// Above so many samples the least ℓ₁ norm finds β*, over n and the sparsity or over n and d, in either order.
pub(super) fn least_samples(
    knobs: &Knobs,
    axes: [(&str, [f64; 2]); 2],
) -> Option<(String, Vec<[f64; 2]>)> {
    if DataKind::of(knobs, "data") != DataKind::Sparse {
        return None;
    }
    let samples = axes.iter().position(|(key, _)| *key == "n")?;
    let (other, [first, last]) = axes[1 - samples];
    let [sparsity, d] = ["sparsity", "d"].map(|key| knobs.count(key) as f64);
    let least: fn(f64, f64, f64) -> f64 = match other {
        "sparsity" => |s, _, d| recovery::least_samples(s, d),
        "d" => |d, s, _| recovery::least_samples(s, d),
        _ => return None,
    };
    let points = (0..=BORDER).map(|at| {
        let value = first + (last - first) * f64::from(at) / f64::from(BORDER);
        // The axes begin half a tile before their first value.
        let value = value.max(0.0);
        let mut point = [value; 2];
        point[samples] = least(value, sparsity, d);
        point
    });
    Some(("n*, least for ℓ₁".to_owned(), points.collect()))
}
