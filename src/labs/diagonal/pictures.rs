//! The lab's pictures, in cells.

use super::cards::{step_size_card, theorem_card};
use super::readings::{
    PLANE_OF_SYMMETRY, beta, coefficients, depth, fan, gain, interpolators, is_fourier,
    is_high_dimensional, is_low_dimensional, learned, level, measured_alpha, potential,
    predicted_alpha,
};
use crate::scene::Panel;
use crate::scene::pictures::card::Card;
use crate::scene::pictures::functions::Functions;
use crate::scene::pictures::paths::Paths;
use crate::scene::pictures::plane::Plane;
use crate::scene::pictures::profile::Profile;
use crate::scene::pictures::series::{Level, Reference, Series};
use crate::scene::pictures::space::Space;
use crate::scene::pictures::stems::{Stems, TruthMark};
use crate::scene::pictures::thermometer::Thermometer;
use crate::sim::experiment::Facts;
use crate::sim::history::History;

/// What validation measures with these data.
fn validation(facts: &Facts) -> &'static str {
    if facts.vectors.contains_key("beta_star") {
        "‖β − β*‖₂²"
    } else {
        "held-out MSE"
    }
}

/// What the effective α of a coordinate is.
fn alpha_of_coordinate(facts: &Facts) -> &'static str {
    if depth(facts) > 2 {
        "effective αⱼ"
    } else {
        "√|w₊ⱼw₋ⱼ|"
    }
}

/// 2/γ at a row, above which GD is locally unstable.
fn two_over_step_size(history: &History, row: usize) -> Option<f64> {
    let names = history.setup.shared;
    let position = names.iter().position(|name| *name == "step_size")?;
    Some(2.0 / history.shared[position].get(row)?)
}

/// A quantity over time.
const fn series(column: &'static str, log_y: bool) -> Series {
    Series {
        column,
        companion: None,
        log_y,
        reference: None,
    }
}

pub(super) static CELLS: &[&[Panel]] = &[
    &[
        Panel::new(
            "training_loss",
            "Training loss L",
            |_| "L(β)",
            &series("training_loss", true),
            "L(β) = ‖Xβ − y‖² / 4n at every recorded step; the shade spans the extremes of the steps in between that compute it \
             (SGD: `loss_every`).",
        ),
        Panel::new(
            "sharpness",
            "Sharpness",
            |_| "λₘₐₓ(∇²L)",
            &Series {
                column: "sharpness",
                companion: None,
                log_y: true,
                reference: Some(Reference {
                    name: "2/γ",
                    level: Level::Follows(two_over_step_size),
                }),
            },
            "λₘₐₓ(∇²L) at the current weights; the line is 2/γ, above which GD is locally unstable.",
        ),
        Panel::new(
            "implicit_regulariser",
            "Implicit R",
            |_| "R(w₊, w₋)",
            &series("implicit_regulariser", true),
            "R = Σ diag(XᵀX/n) (w₊² + w₋²): half the trace of ∇²L where L = 0. Label noise lowers it along the \
             interpolators (Li, Wang, Arora).",
        ),
    ],
    &[
        Panel::new(
            "validation_loss",
            "Validation loss",
            validation,
            &Series {
                column: "validation_loss",
                companion: Some("destination_validation"),
                log_y: true,
                reference: None,
            },
            "Solid: ‖β − β*‖², or the held-out mean squared error. Dots: the same for each run's destination, the point \
             where gradient flow from its current weights would end.",
        ),
        Panel::new(
            "theorem_validation",
            "Theorem 1",
            validation,
            &Series {
                column: "validation_loss",
                companion: Some("theorem_validation"),
                log_y: true,
                reference: None,
            },
            "Solid: validation loss. Dots: that of argmin φ at αₜ = α exp(−2γ diag(XᵀX/n) ∫(L+δ²)), where Theorem 1 \
             puts the end of the stochastic flow.",
        ),
        Panel::new(
            "slow_validation",
            "Small-step limit",
            validation,
            &Series {
                column: "validation_loss",
                companion: Some("slow_validation"),
                log_y: true,
                reference: None,
            },
            "Dots: argmin φ at α(T) = α exp(−8DT), the limit of small steps under label noise (Li, Wang, Arora; \
             T = γ²δ²k/4 in the paper's units). It ends at min Σ Dⱼ|βⱼ|, which is not min ‖β‖₁ when columns differ: see the \
             theorem card.",
        ),
    ],
    &[
        Panel::new(
            "loss_integral",
            "∫L dt",
            |_| "∫₀ᵗ L ds",
            &series("loss_integral", false),
            "∫₀ᵗ L(β_s) ds, which sets the effective initialisation: α∞ = α exp(−2γ diag(XᵀX/n) ∫L) (eq. 5). \
             With ± a standard error it is an estimate (SGD: `loss_every`).",
        ),
        Panel::new(
            "effective_alpha",
            "Effective α",
            |_| "αₜ",
            &Series {
                column: "alpha_measured",
                companion: Some("alpha_predicted"),
                log_y: true,
                reference: None,
            },
            "Solid: measured √|w₊w₋|. Dotted: α exp(−2γ diag(XᵀX/n) ∫(L+δ²) − ∫λ) (eq. 5, 10; λ is the weight decay). \
             Geometric means over coordinates. At depth p ≥ 3 a power mean of w₊ and w₋, and of the two effective α.",
        ),
        Panel::new(
            "thermometer",
            "α thermometer",
            alpha_of_coordinate,
            &Thermometer {
                start: "alpha",
                now: measured_alpha,
                predicted: predicted_alpha,
                doses: &["shrinkage", "decay_integral"],
            },
            "One bar per coordinate, from α down to the measured √|w₊ⱼw₋ⱼ|; ticks: α exp(−2γDⱼ∫(L+δ²) − ∫λ) (eq. 5, 10).",
        ),
        Panel::new(
            "gain",
            "Gain per coordinate",
            |_| "gainⱼ",
            &Stems {
                entry: gain,
                reference: "beta_star",
                mark: TruthMark::EndOfSupport("end of the support of β*"),
            },
            "gainⱼ = −ln(|w₊w₋|ⱼ/αⱼ²) = −½ Σ ln((1 − γ²gⱼ²)²) of the first run of each algorithm, g being the gradient that \
             a step uses (Even et al.). The dashed line ends the support of β*: a gain that sits on it shrinks α where it \
             should not.",
        ),
        Panel::new(
            "kkt_residual",
            "KKT residual",
            |_| "relative residual",
            &Series {
                column: "kkt_residual",
                companion: Some("kkt_residual_alpha"),
                log_y: true,
                reference: None,
            },
            "How far ∇φ at αₜ is from span(Xᵀ), relative: 0 is what Theorem 1 says. Dots: the same with the initial α, \
             which forgets the noise.",
        ),
        Panel::new(
            "equivalent_alpha",
            "GD-equivalent α",
            |_| "α",
            &Series {
                column: "equivalent_alpha",
                companion: None,
                log_y: true,
                reference: None,
            },
            "The initial α from which plain gradient flow would land nearest to the run's destination.",
        ),
    ],
    &[
        Panel::new(
            "coefficients",
            "Coefficients βⱼ",
            |_| "βⱼ",
            &Stems {
                entry: beta,
                reference: "beta_star",
                mark: TruthMark::Rings,
            },
            "β = w₊² − w₋² (w₊ᵖ − w₋ᵖ at depth p) of the first run of each algorithm; rings mark β*, its support first.",
        ),
        Panel::new(
            "paths",
            "Paths βⱼ(k)",
            |_| "βⱼ",
            &Paths {
                vector: coefficients,
                reference: "beta_star",
            },
            "βⱼ of the first run of each algorithm: the support of β* and the largest others.",
        ),
        Panel {
            relevant: is_fourier,
            ..Panel::new(
                "function",
                "Function f(x)",
                |_| "f(x)",
                &Functions {
                    coefficients,
                    evaluate: learned,
                    samples: ["fourier_points", "labels"],
                    fixed: &[
                        ("truth", "beta_star"),
                        ("min ℓ₁ of features/i", "smooth_least_l1"),
                        ("min ℓ₂ of features/i", "smooth_least_l2"),
                    ],
                    range: [0.0, 1.0],
                    room: [0.03, 0.18],
                    before: |_, _| Vec::new(),
                },
                "The function each algorithm has learned, through the samples. Truth, and the interpolants of least ℓ₁ \
                 and ℓ₂ norm for features weighted by 1/i, for comparison.",
            )
        },
    ],
    &[
        Panel::new(
            "norm_l1",
            "‖β‖₁",
            |_| "‖β‖₁",
            &Series {
                column: "norm_l1",
                companion: None,
                log_y: false,
                reference: Some(Reference {
                    name: "min ‖β‖₁",
                    level: Level::Fact("least_l1_norm_l1"),
                }),
            },
            "The ℓ₁ norm, which small α (and noise) makes small; the line is the least of any interpolator.",
        ),
        Panel::new(
            "norm_l2",
            "‖β‖₂",
            |_| "‖β‖₂",
            &Series {
                column: "norm_l2",
                companion: None,
                log_y: false,
                reference: Some(Reference {
                    name: "min ‖β‖₂",
                    level: Level::Fact("least_l2_norm_l2"),
                }),
            },
            "The ℓ₂ norm, which large α makes small; the line is the least of any interpolator.",
        ),
        Panel::new(
            "destination_distance",
            "To destination",
            |_| "relative distance",
            &Series {
                column: "destination_distance",
                companion: Some("theorem_distance"),
                log_y: true,
                reference: None,
            },
            "‖β − destination‖ / ‖destination‖: of the order of √L. Dots: the same for argmin φ at the predicted αₜ \
             (Theorem 1), whose gap stays for SGD.",
        ),
        Panel::new(
            "phi_alpha",
            "φ of α",
            |_| "φ_α(β)",
            &series("phi_alpha", false),
            "The hyperbolic entropy at the initial α (eq. 2), which gradient flow minimises among interpolators.",
        ),
        Panel::new(
            "phi_alpha_t",
            "φ of αₜ",
            |_| "φ_αₜ(β)",
            &series("phi_alpha_t", false),
            "The hyperbolic entropy at the measured effective αₜ = √|w₊w₋|.",
        ),
    ],
    &[
        Panel {
            relevant: is_high_dimensional,
            ..Panel::new(
                "geometry",
                "Geometry",
                |_| "",
                &Plane {
                    point: ["plane_x", "plane_y"],
                    landing: "destination_x",
                    curve: "plane_path",
                    labels: "path_alpha",
                    marks: &[("ℓ₂", "plane_least_l2"), ("ℓ₁", "plane_least_l1")],
                    axes: ["from least ℓ₂ to least ℓ₁", "towards least ℓ₂"],
                },
                "The runs projected on the plane of the least-ℓ₂ and least-ℓ₁ interpolators. Every interpolator lies on \
                 the horizontal line; the ticks on it are argmin φ for a falling α. Noise moves the end to the right.",
            )
        },
        Panel {
            relevant: is_low_dimensional,
            ..Panel::new(
                "space",
                "β-space",
                |_| "",
                &Space {
                    point: coefficients,
                    line: interpolators,
                    level,
                    fan,
                    axes: ["β₁", "β₂", "β₃"],
                    marks: &[("ℓ₁", "least_l1"), ("ℓ₂", "least_l2")],
                    handle: ("features", ["toy_x1", "toy_x2"]),
                    start: None,
                    right_angle: None,
                    plane: |_| Some(PLANE_OF_SYMMETRY),
                    sheet: |_| Vec::new(),
                },
                "β itself. Every point of the line fits the data. In two dimensions the closed curve is a level set of φ at \
                 αₜ, which touches the line where gradient flow ends; in three, drag to turn the view.",
            )
        },
        Panel::new(
            "potential",
            "Potential φ",
            |_| "φ(β)/φ(1)",
            &Profile {
                curve: potential,
                bounds: &[("|β|", f64::abs), ("β²", |b| b * b)],
                range: [-1.0, 1.0],
                parameter: ("αₜ", "alpha_measured"),
            },
            "φ at αₜ scaled to 1 at β = 1, with the geometric mean of the measured αₜ. It sharpens from β² (kernel) \
             towards |β| (rich) as αₜ shrinks.",
        ),
        Panel::new(
            "theorem",
            "Theorem card",
            |_| "",
            &Card { rows: theorem_card },
            "What Theorem 1 and Propositions 1 to 3 ask for, what holds here, and what happens anyway.",
        ),
        Panel::new(
            "step_size",
            "Step size",
            |_| "",
            &Card {
                rows: step_size_card,
            },
            "What bounds the step size, by theory and by trial.",
        ),
    ],
];
