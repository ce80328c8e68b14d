//! The knobs of the start, of the potential and of the step sizes.

use super::{GEOMETRY, START, has_mirror, real, real_or_auto, reals};
use crate::knobs::{Kind, Knob, Landmark, POSITIVE, Role};
use crate::labs::choices::Chosen as _;
use crate::labs::linear::settings::{PotentialKind, SHIFTS};

pub(super) fn start_knobs() -> Vec<Knob> {
    let shift =
        |key, label, help| Knob::new(START, key, label, real([-5.0, 5.0], false), "0", help);
    vec![
        Knob::new(
            START,
            "w0",
            "w₀",
            reals([-100.0, 100.0], [-2.0, 2.0]),
            "0",
            "Where all runs start, before the three shifts below: one number for all coefficients, or d of them. \
             Entropy needs positive ones.",
        ),
        shift(
            SHIFTS[0],
            "Shift in the span",
            "Shifts w₀ along the longest xᵢ: the end of a run that never leaves the span does not move.",
        ),
        shift(
            SHIFTS[1],
            "Another in the span",
            "Shifts w₀ along another direction of the span, if there is one.",
        ),
        shift(
            SHIFTS[2],
            "Shift off the span",
            "Shifts w₀ along a direction that is orthogonal to every xᵢ, if there is one: the end of every run moves with it.",
        ),
    ]
}

pub(super) fn geometry_knobs() -> Vec<Knob> {
    vec![
        Knob {
            relevant: has_mirror,
            ..Knob::new(
                GEOMETRY,
                "potential",
                "Potential Ψ",
                Kind::Choice(PotentialKind::CHOICES),
                "lp",
                "That of mirror descent, which ends at argmin D_Ψ(w, w₀) among the interpolators. ℓₚ: Ψ = Σ∣w∣ᵖ/p. \
                 Hypentropy: that of the diagonal network with w± = α. Entropy: Ψ = Σ w ln w − w.",
            )
        },
        Knob {
            relevant: |knobs| {
                has_mirror(knobs) && PotentialKind::of(knobs, "potential") == PotentialKind::Power
            },
            ..Knob::new(
                GEOMETRY,
                "p",
                "p",
                real([1.1, 6.0], false),
                "1.2",
                "Exponent of ℓₚ: near 1 solutions are sparse, 2 is gradient descent, large p make the largest \
                 coefficient small.",
            )
        },
        Knob {
            relevant: |knobs| {
                has_mirror(knobs)
                    && PotentialKind::of(knobs, "potential") == PotentialKind::Hypentropy
            },
            ..Knob::new(
                GEOMETRY,
                "alpha",
                "α",
                real([1e-3, 10.0], true),
                "0.1",
                "Scale of the hypentropy: ℓ₁-like for small α, ℓ₂-like for large ones.",
            )
        },
        Knob {
            live: true,
            role: Some(Role::StepSize),
            auto_fact: Some("gamma_recommended"),
            landmark: Some(Landmark {
                fact: "gamma_edge",
                symbol: "γ_edge",
                about: "γ as a multiple of γ_edge = 2/(cλₘₐₓ(XᵀX/n)), beyond which GD diverges, or of 2/(c max ‖xᵢ‖²) if a \
                        stochastic algorithm runs; c is 1 for the square loss, and 1/4 for the logistic one, which \
                        cannot diverge.",
            }),
            ..Knob::new(
                GEOMETRY,
                "step_size",
                "γ",
                real_or_auto(POSITIVE, [1e-3, 10.0]),
                "auto",
                "Step size (learning rate) γ, shared by the algorithms that have no other; time is t = kγ. auto = 0.45 γ_edge. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| {
                ["heavy_ball_runs", "nesterov_runs"]
                    .iter()
                    .any(|key| knobs.count(key) > 0)
            },
            ..Knob::new(
                GEOMETRY,
                "momentum",
                "Momentum μ",
                real([0.0, 0.99], false),
                "0.8",
                "μ of heavy ball and of Nesterov's method.",
            )
        },
        Knob {
            relevant: |knobs| knobs.count("preconditioned_runs") > 0,
            ..Knob::new(
                GEOMETRY,
                "preconditioner",
                "P",
                Kind::Real {
                    min: 1e-4,
                    max: 1e2,
                    slider: [1e-2, 1.0],
                    logarithmic: true,
                    auto: None,
                    vector: true,
                },
                "1,0.2,0.05",
                "The diagonal of the preconditioner; a list that is too short is repeated.",
            )
        },
        Knob {
            relevant: |knobs| knobs.count("adam_runs") > 0,
            ..Knob::new(
                GEOMETRY,
                "adam_step",
                "Adam's γ",
                real_or_auto([1e-5, 10.0], [1e-3, 1.0]),
                "auto",
                "Adam's own step size; over √(k + 1) under the logistic loss. auto: 0.02 and 0.1.",
            )
        },
        Knob {
            relevant: |knobs| knobs.count("sign_runs") > 0,
            ..Knob::new(
                GEOMETRY,
                "sign_step",
                "Sign GD's γ",
                real_or_auto([1e-5, 10.0], [1e-3, 1.0]),
                "auto",
                "Sign descent's own step size: times 0.998ᵏ for the square loss, over √(k + 1) for the logistic one. auto: \
                 0.01 and 0.1.",
            )
        },
    ]
}
