//! The knobs of the label noise δ(k).

use super::{LABEL_NOISE, count, real};
use crate::knobs::{Kind, Knob, Knobs, Role};
use crate::labs::diagonal::choices::Chosen as _;
use crate::labs::diagonal::dynamics::label_noise::NoiseKind;

fn kind(knobs: &Knobs) -> NoiseKind {
    NoiseKind::of(knobs, "label_noise")
}

/// Whether the schedule follows a formula with a level.
fn has_level(knobs: &Knobs) -> bool {
    kind(knobs) == NoiseKind::Constant || kind(knobs) == NoiseKind::StepOff || decays(knobs)
}

fn decays(knobs: &Knobs) -> bool {
    matches!(kind(knobs), NoiseKind::Exponential | NoiseKind::PowerLaw)
}

pub(super) fn label_noise_knobs() -> Vec<Knob> {
    let live = |key, label, kind, default, help| Knob {
        live: true,
        ..Knob::new(LABEL_NOISE, key, label, kind, default, help)
    };
    vec![
        live(
            "label_noise",
            "Schedule δ",
            Kind::Choice(NoiseKind::CHOICES),
            "none",
            "Label noise: SGD sees labels shifted by ±2δ (eq. 9), SGF the loss L + δ² in its noise (eq. 10). It shrinks \
             the effective α further. Acts at once.",
        ),
        Knob {
            relevant: has_level,
            ..live(
                "label_noise_level",
                "Level δ",
                Kind::Real {
                    min: 0.0,
                    max: f64::MAX,
                    slider: [0.0, 10.0],
                    logarithmic: false,
                    auto: None,
                    vector: false,
                },
                "1",
                "δ at the start of the schedule, in units of y. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| kind(knobs) == NoiseKind::StepOff,
            unit: "steps",
            ..live(
                "label_noise_until",
                "Until k",
                count(0, 1_000_000_000),
                "1000",
                "First step without label noise (iterations, not flow time). Acts at once.",
            )
        },
        Knob {
            relevant: decays,
            unit: "steps",
            ..live(
                "label_noise_time",
                "Decay time τ",
                real(1.0, 1e9, true),
                "1000",
                "Exponential: δ exp(−k/τ). Power law: δ (1 + k/τ)^−p. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| kind(knobs) == NoiseKind::PowerLaw,
            ..live(
                "label_noise_exponent",
                "Power p",
                real(0.01, 10.0, false),
                "0.5",
                "Power of the decay δ (1 + k/τ)^−p. Acts at once.",
            )
        },
        Knob {
            role: Some(Role::Vertices),
            relevant: |knobs| kind(knobs) == NoiseKind::PiecewiseLinear,
            ..live(
                "label_noise_points",
                "Vertices k:δ",
                Kind::Points { max: f64::MAX },
                "0:1,1000:1,1001:0",
                "Vertices of δ(k), joined by straight lines and held outside. Drag them in the strip under the plots; \
                 double-click there adds one, right-click removes one. Acts at once.",
            )
        },
    ]
}
