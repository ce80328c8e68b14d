//! The knobs of the network, its initialisation and the step size.

use super::{NETWORK, count, real};
use crate::knobs::{Kind, Knob, Knobs, Landmark, POSITIVE, Role};
use crate::labs::diagonal::choices::Chosen as _;
use crate::labs::diagonal::starts::StartKind;

/// Beyond it the step size falls below what is of use, and no new picture appears.
const MAX_DEPTH: u64 = 6;

fn start(knobs: &Knobs) -> StartKind {
    StartKind::of(knobs, "initialisation")
}

pub(super) fn network_knobs() -> Vec<Knob> {
    vec![
        Knob::new(
            NETWORK,
            "depth",
            "Depth p",
            count(2, MAX_DEPTH),
            "2",
            "β = w₊ᵖ − w₋ᵖ. The paper's theorem is for p = 2; p ≥ 3 is for exploration, for GD, SGD and SGF only. There \
             the noise makes two effective α, one for each sign, and SGD's benefit does not carry over.",
        ),
        Knob {
            kind: Kind::Real {
                min: POSITIVE[0],
                max: POSITIVE[1],
                slider: [1e-4, 10.0],
                logarithmic: true,
                auto: None,
                vector: true,
            },
            role: Some(Role::InitialisationScale),
            ..Knob::new(
                NETWORK,
                "alpha",
                "α",
                Kind::Switch,
                "0.1",
                "Initialisation scale: w₊ = w₋ = α, so β = 0, unless `initialisation` says otherwise. GD ends at the interpolator of least φ_α (eq. 2): ℓ₁-like \
                 for small α (rich), ℓ₂-like for large α (kernel). The slides' α is twice this one.",
            )
        },
        Knob::new(
            NETWORK,
            "initialisation",
            "Start β₀",
            Kind::Choice(StartKind::CHOICES),
            "symmetric",
            "Where β starts, with √(w₊w₋) = α in any case. w± = α: at 0, as in the paper. Bad interpolator: the ℓ₂-smallest \
             plus a random direction that the data do not see, at zero loss. Trained on random labels: where gradient flow \
             from w± = α ends on labels from N(0, mean y²). For depth 2.",
        ),
        Knob {
            relevant: |knobs| start(knobs) == StartKind::Interpolator,
            ..Knob::new(
                NETWORK,
                "interpolator_distance",
                "Distance",
                real(0.0, 100.0, false),
                "2",
                "‖β₀ − β_ℓ₂‖₂: how far the start lies from the ℓ₂-smallest interpolator.",
            )
        },
        Knob {
            relevant: |knobs| start(knobs) == StartKind::RandomLabels,
            ..Knob::new(
                NETWORK,
                "copies",
                "Copies R",
                count(1, 8),
                "1",
                "How many copies of every row the random labels were fitted on.",
            )
        },
        Knob {
            relevant: |knobs| start(knobs) == StartKind::RandomLabels,
            ..Knob::new(
                NETWORK,
                "copy_noise",
                "Noise σ",
                real(0.0, 2.0, false),
                "0",
                "Standard deviation of what was added to every entry of a copy. σ = 0 is the same inputs: such a start ends \
                 where w± = α does.",
            )
        },
        Knob {
            live: true,
            ..Knob::new(
                NETWORK,
                "weight_decay",
                "Weight decay λ",
                real(0.0, 1.0, false),
                "0",
                "Every step is followed by w± ← w± exp(−γλ): it shrinks αₜ at the rate λ and keeps the loss above 0. For \
                 depth 2. Acts at once.",
            )
        },
        Knob {
            kind: Kind::Real {
                min: POSITIVE[0],
                max: POSITIVE[1],
                slider: [1e-4, 2.0],
                logarithmic: true,
                auto: Some("auto"),
                vector: false,
            },
            live: true,
            role: Some(Role::StepSize),
            auto_fact: Some("gamma_recommended"),
            landmark: Some(Landmark {
                fact: "gamma_auto",
                symbol: "γ_auto",
                about: "γ as a multiple of γ_auto, marked on the slider, beyond which single-sample SGD is expected \
                        to diverge: 1 run in 240 did at the mark, 1 in 15 at 1.1×, nearly all at 1.7×. GD alone \
                        goes further, and label noise lowers the limit.",
            }),
            ..Knob::new(
                NETWORK,
                "step_size",
                "γ",
                Kind::Switch,
                "auto",
                "Step size (learning rate) γ, shared by all algorithms; flow time is t = kγ. auto = 0.9 γ_auto with \
                 γ_auto = 2/(tr H + 2λₘₐₓ(H)), H = (2/n) X diag(√(β²+4α⁴)) Xᵀ, and less at larger depth. Acts at \
                 once.",
            )
        },
    ]
}
