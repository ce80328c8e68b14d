//! Sweeps that are ready to run.

use crate::labs::{ReadySweep, Steps, SweepPlan, Vary};

/// Every one of them, the first being what a window begins with.
pub(super) static SWEEPS: &[ReadySweep] = &[
    ReadySweep {
        title: "Memory against the noise of the copies",
        about: "Random labels on noisy copies of x, then the true ones. At σ = 0 nothing is left; with noise the more, the \
                smaller it is, since contradictory labels are then fitted by larger weights off the span.",
        plan: SweepPlan {
            preset: "linear-remembered",
            settings: &[("heavy_ball_runs", "0"), ("steps", "10000")],
            over: &["copy_noise=0:1:9:lin"],
            seeds: 8,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Memory against the number of samples",
        about: "The more samples there are, the fewer directions are off their span, and the more equations the random \
                labels pose.",
        plan: SweepPlan {
            preset: "linear-remembered",
            settings: &[("heavy_ball_runs", "0"), ("steps", "10000")],
            over: &["n=5:40:8:lin"],
            seeds: 8,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Mirror descent: sparse truth against p",
        about: "‖w − w*‖² of the interpolator that mirror descent with ℓₚ ends at, for a 5-sparse w*.",
        plan: SweepPlan {
            preset: "linear-mirror",
            settings: &[
                ("data", "sparse"),
                ("n", "40"),
                ("stochastic_mirror_runs", "0"),
                ("preconditioned_runs", "0"),
                ("steps", "20000"),
            ],
            over: &["p=1.1,1.2,1.35,1.5,1.75,2,2.5,3"],
            seeds: 8,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Angle after 10 000 steps against the data",
        about: "How far each rule still is from its own margin, over 20 wedges: the pace of 1/ln t depends on the data.",
        plan: SweepPlan {
            preset: "linear-geometries",
            settings: &[],
            over: &[],
            seeds: 20,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
];
