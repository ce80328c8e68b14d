//! Sweeps that are ready to run.

use crate::labs::{ReadySweep, Steps, SweepPlan, Vary};

/// A preset without regularisers, up to the end of its first 400 epochs.
pub(super) const PLAIN: &[(&str, &str)] = &[("steps", "700"), ("speed", "max")];

/// Every one of them, the first being what a window begins with.
pub(super) static SWEEPS: &[ReadySweep] = &[
    ReadySweep {
        title: "Boundary and test error against R",
        about: "More copies to memorise spoil more, up to three per point: then the cap comes before they are learned.",
        plan: SweepPlan {
            preset: "bad-minima-waiting",
            settings: PLAIN,
            over: &["memory_copies=0:4:5:lin"],
            seeds: 10,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Boundary and test error against σ",
        about: "Copies on top of their originals spoil least: garbage on the same inputs is mostly unlearned with them.",
        plan: SweepPlan {
            preset: "bad-minima-waiting",
            settings: PLAIN,
            over: &["copy_noise=0:0.3:7:lin"],
            seeds: 6,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Step size: how much escapes by itself",
        about: "The same SGD with larger steps leaves the bad minimum; momentum is in part nothing else.",
        plan: SweepPlan {
            preset: "bad-minima-waiting",
            settings: PLAIN,
            over: &["step_size=0.003:0.3:7"],
            seeds: 6,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Cloud: 20 seeds",
        about: "Twenty data sets and starts: every network's boundary against how far its weights have come.",
        plan: SweepPlan {
            preset: "bad-minima-waiting",
            settings: PLAIN,
            over: &[],
            seeds: 20,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
];
