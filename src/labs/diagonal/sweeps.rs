//! Sweeps that are ready to run: those of the paper, and the maps and the cloud that go with them.

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
