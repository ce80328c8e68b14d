//! The knobs of the network, its initialisation and the step size.

use super::{NETWORK, count};
use crate::knobs::{Kind, Knob, Landmark, Role};

/// Beyond it the step size falls below what is of use, and no new picture appears.
const MAX_DEPTH: u64 = 6;

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
                min: 1e-8,
                max: 1e3,
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
                "Initialisation scale: w₊ = w₋ = α, so β = 0. GD ends at the interpolator of least φ_α (eq. 2): ℓ₁-like \
                 for small α (rich), ℓ₂-like for large α (kernel). The slides' α is twice this one.",
            )
        },
        Knob {
            kind: Kind::Real {
                min: 1e-7,
                max: 10.0,
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
                "Step size γ, shared by all algorithms; flow time is t = kγ. auto = 0.9 γ_auto with \
                 γ_auto = 2/(tr H + 2λₘₐₓ(H)), H = (2/n) X diag(√(β²+4α⁴)) Xᵀ, and less at larger depth. Acts at \
                 once.",
            )
        },
    ]
}
