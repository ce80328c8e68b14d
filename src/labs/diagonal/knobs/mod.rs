//! The lab's knobs: every setting of the control panel, of `--set` and of recipe files, declared
//! once.

mod algorithm;
mod data;
mod label_noise;
mod network;

use std::sync::LazyLock;

use crate::knobs::{Kind, Knob, Role};
use crate::labs::arithmetic;
use crate::labs::diagonal::dynamics::methods;

const DATA: &str = "Data";
const NETWORK: &str = "Network and step size";
const ALGORITHMS: &str = "Algorithms";
const LABEL_NOISE: &str = "Label noise";
const RUN: &str = "Run";

fn count(min: u64, max: u64) -> Kind {
    Kind::Count {
        min,
        max,
        auto: None,
    }
}

fn real(min: f64, max: f64, logarithmic: bool) -> Kind {
    Kind::Real {
        min,
        max,
        slider: [min, max],
        logarithmic,
        auto: None,
        vector: false,
    }
}

/// Every setting of the lab, in the order of the control panel and of recipe files.
pub(super) static KNOBS: LazyLock<Vec<Knob>> = LazyLock::new(|| {
    let mut knobs = data::data_knobs();
    knobs.extend(network::network_knobs());
    knobs.extend(methods().iter().map(|method| algorithm::runs_knob(method)));
    knobs.extend(algorithm::algorithm_knobs());
    knobs.extend(label_noise::label_noise_knobs());
    knobs.extend(run_knobs());
    knobs
});

const MAX_SEED: u64 = 999_999;

fn run_knobs() -> Vec<Knob> {
    vec![
        Knob::new(
            RUN,
            "forks",
            "Forks",
            Kind::Text,
            "",
            "Runs that start from the α another run has at a step: `gd from sgd-1 at 12000`, or `gf` for gradient flow; \
             `predicted` behind it takes α of eq. 5 instead of √|w₊w₋|, `late` starts at that step. `gd from symmetric` \
             starts from w± = α. Several with semicolons. Key F adds one at the cursor.",
        ),
        Knob {
            unit: "steps",
            role: Some(Role::Length),
            ..Knob::new(
                RUN,
                "steps",
                "Length K",
                count(1, 10_000_000_000),
                "100000",
                "Steps after which the clock stops; playing on is possible.",
            )
        },
        Knob {
            role: Some(Role::Tolerance),
            ..Knob::new(
                RUN,
                "tolerance",
                "Tolerance L <",
                real(1e-30, 1.0, true),
                "1e-12",
                "The clock stops once every run's training loss is below this (or the run has diverged).",
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
    use crate::knobs::Knobs;

    #[test]
    fn the_table_is_consistent() {
        let knobs = Knobs::new(&KNOBS);
        let keys: Vec<_> = knobs.iter().map(|(knob, _)| knob.key).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "`{key}` is declared twice");
        }
        assert!(
            knobs
                .iter()
                .all(|(knob, _)| !knob.help.is_empty() && !knob.label.is_empty())
        );
    }
}
