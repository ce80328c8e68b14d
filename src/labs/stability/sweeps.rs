//! Sweeps that are ready to run.

use crate::labs::{ReadySweep, Steps, SweepPlan, Vary};

pub(super) static SWEEPS: &[ReadySweep] = &[
    ReadySweep {
        title: "∫|f''|g against η",
        about: "Independent runs at constant η after a gentle start: the larger η, the smoother what GD finds, until \
                nothing stable interpolates.",
        plan: SweepPlan {
            preset: "relu-sizes",
            settings: &[],
            over: &["step_size=0.01:0.6:12"],
            seeds: 6,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "SGD and heavy ball against η",
        about: "At the same η SGD settles at flatter minima than GD; heavy ball may be sharper, up to 2(1 + μ)/η.",
        plan: SweepPlan {
            preset: "relu-methods",
            settings: &[
                ("gd_runs", "1"),
                ("sgd_runs", "1"),
                ("heavy_ball_runs", "1"),
            ],
            over: &["step_size=0.02:0.3:8"],
            seeds: 6,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
    ReadySweep {
        title: "Map: η and width",
        about: "From few neurons on, where GD ends depends on η and not on how many neurons there are.",
        plan: SweepPlan {
            preset: "relu-sizes",
            settings: &[],
            over: &["step_size=0.02:0.6:7", "neurons=20,40,60,100"],
            seeds: 3,
            vary: Vary::All,
            steps: Steps::Recipe,
        },
    },
];
