//! The algorithms: gradient descent, stochastic gradient descent, heavy ball.

use crate::palette::{Ink, Line, Look};
use crate::sim::experiment::Family;

/// An algorithm, whose runs are a family.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) family: Family,
    /// The knob for the number of its runs, and how many it starts with.
    pub(super) runs_key: &'static str,
    pub(super) default_runs: &'static str,
    /// Whether it steps along the gradient of a batch.
    pub(super) samples: bool,
    /// Whether it has a velocity: GD is then stable below 2(1 + μ)/η.
    pub(super) has_momentum: bool,
}

/// Every one of them, in the order of legends.
pub(super) static METHODS: [Method; 3] = [
    Method {
        family: Family {
            id: "gd",
            label: "GD",
            about: "θ ← θ − η∇L(θ). A minimum that it can stay at has λₘₐₓ ≤ 2/η.",
            look: Look {
                ink: Ink::Blue,
                line: Line::Solid,
                width: 2.4,
            },
        },
        runs_key: "gd_runs",
        default_runs: "4",
        samples: false,
        has_momentum: false,
    },
    Method {
        family: Family {
            id: "sgd",
            label: "SGD",
            about: "θ ← θ − η∇L of a batch of B samples. λₘₐₓ ≤ 2/η is necessary for it too (Lemma 1), and not \
                    sufficient: it settles at flatter minima.",
            look: Look {
                ink: Ink::Vermillion,
                line: Line::Marked,
                width: 1.6,
            },
        },
        runs_key: "sgd_runs",
        default_runs: "0",
        samples: true,
        has_momentum: false,
    },
    Method {
        family: Family {
            id: "heavy-ball",
            label: "Heavy ball",
            about: "v ← μv − η∇L(θ), θ ← θ + v. A minimum that it can stay at has λₘₐₓ ≤ 2(1 + μ)/η.",
            look: Look {
                ink: Ink::Green,
                line: Line::Dashed,
                width: 1.8,
            },
        },
        runs_key: "heavy_ball_runs",
        default_runs: "0",
        samples: false,
        has_momentum: true,
    },
];

impl Method {
    /// λ at which a step of η = 1 stops being stable, over 2: 1 + μ with a velocity.
    pub(super) fn threshold(&self, momentum: f64) -> f64 {
        if self.has_momentum {
            1.0 + momentum
        } else {
            1.0
        }
    }
}
