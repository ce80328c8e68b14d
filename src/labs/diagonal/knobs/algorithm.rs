//! The knobs of the algorithms: how many runs of each, and how they are drawn and integrated.

use super::{ALGORITHMS, MAX_SEED, count, real};
use crate::knobs::{Kind, Knob, Role};
use crate::labs::diagonal::choices::Chosen as _;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::labs::diagonal::dynamics::{Method, Scheme};

/// The knob for a method's number of runs.
pub(super) fn runs_knob(method: &'static Method) -> Knob {
    Knob {
        key: String::leak(method.runs_key()),
        label: method.label,
        kind: count(0, method.max_runs),
        default: method.default_runs,
        unit: if method.max_runs == 1 { "run" } else { "runs" },
        role: Some(Role::Runs),
        ..Knob::new(ALGORITHMS, "", "", Kind::Switch, "", method.about)
    }
}

pub(super) fn algorithm_knobs() -> Vec<Knob> {
    vec![
        Knob {
            unit: "samples",
            ..Knob::new(
                ALGORITHMS,
                "batch",
                "Batch b",
                count(1, 100_000),
                "1",
                "Samples per SGD step. The noise, and with it the shrinkage of α, is divided by b: γ_eff = γ/b with \
                 replacement, γ(n−b)/(b(n−1)) without.",
            )
        },
        Knob::new(
            ALGORITHMS,
            "replacement",
            "With replacement",
            Kind::Switch,
            "true",
            "Whether a batch may hold the same sample twice. Makes no difference for b = 1.",
        ),
        Knob {
            kind: Kind::Count {
                min: 1,
                max: 1_000_000_000,
                auto: Some("auto"),
            },
            unit: "steps",
            relevant: |knobs| knobs.count(&SGD.runs_key()) > 0,
            auto_fact: Some("loss_every"),
            ..Knob::new(
                ALGORITHMS,
                "loss_every",
                "Loss every",
                Kind::Switch,
                "auto",
                "SGD computes L once in so many steps; in between, ∫L takes r²/4 of the drawn samples, which is right in \
                 the mean, and a step costs d, not nd. The path stays the same. Recorded steps have their own L. auto: 1 up \
                 to nd = 10⁶, else n. The other algorithms need every residual anyway.",
            )
        },
        Knob::new(
            ALGORITHMS,
            "sgf_scheme",
            "SGF scheme",
            Kind::Choice(Scheme::CHOICES),
            "log-euler",
            "log-Euler steps ln w±: w > 0 and w₊w₋ = α_t² hold exactly. For depth p ≥ 3 it steps w±²⁻ᵖ instead, with the \
             same merits. Euler–Maruyama with γ/10 is the paper's choice.",
        ),
        Knob {
            kind: Kind::Count {
                min: 1,
                max: 100,
                auto: Some("auto"),
            },
            live: true,
            auto_fact: Some("sgf_substeps"),
            ..Knob::new(
                ALGORITHMS,
                "sgf_substeps",
                "SGF sub-steps",
                Kind::Switch,
                "auto",
                "dt = γ/m with m sub-steps per step of γ. auto: 4 for log-Euler, 10 for Euler–Maruyama. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| knobs.count("langevin_runs") > 0,
            ..Knob::new(
                ALGORITHMS,
                "temperature",
                "Temperature T",
                real(1e-7, 1e-1, true),
                "1e-4",
                "Temperature of Langevin dynamics, dw± = −∇L dt + √(2T) dB±: the loss it settles at grows with it.",
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
                "Seed of SGD's samples and label-noise signs; every run has its own sub-stream.",
            )
        },
        Knob {
            role: Some(Role::NoiseSeed),
            ..Knob::new(
                ALGORITHMS,
                "brownian_seed",
                "Brownian seed",
                count(0, MAX_SEED),
                "0",
                "Seed of the Brownian motions of SGF and of the other noises, which share them; every run has its own \
                 sub-stream.",
            )
        },
    ]
}
