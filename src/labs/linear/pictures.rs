//! The lab's pictures, in cells.

use super::cards::verdicts;
use super::readings::{
    fan, has_classes, has_truth, is_drawn, is_logistic, is_square, level, sheet, solutions,
    span_plane, unit_weights, weight, weights,
};
use super::settings::SHIFTS;
use crate::labs::linear::geometry::DIRECTIONS;
use crate::scene::Panel;
use crate::scene::pictures::card::Card;
use crate::scene::pictures::directions::Directions;
use crate::scene::pictures::paths::Paths;
use crate::scene::pictures::series::{Level, Reference, Series};
use crate::scene::pictures::space::{Movable, Space};
use crate::scene::pictures::stems::{Stems, TruthMark};

/// A quantity over time.
const fn series(column: &'static str, log_y: bool) -> Series {
    Series {
        column,
        companion: None,
        log_y,
        reference: None,
    }
}

/// A start that is dragged.
const START: Movable = Movable {
    base: "start_base",
    along: [
        (SHIFTS[0], DIRECTIONS[0]),
        (SHIFTS[1], DIRECTIONS[1]),
        (SHIFTS[2], DIRECTIONS[2]),
    ],
    names: ["Start w₀", "Start w₀ off the plane"],
    hints: [
        "Drag the start w₀: within w₀ + span(xᵢ) the end of a run that never leaves it does not move",
        "Drag the start w₀ off the plane: every end moves with it",
    ],
};

pub(super) static CELLS: &[&[Panel]] = &[LOSS, TARGET, LAW, MERIT, WEIGHTS, GEOMETRY];

const LOSS: &[Panel] = &[
    Panel::new(
        "training_loss",
        "Loss L",
        |_| "L(w)",
        &series("training_loss", true),
        "‖Xw − y‖²/2n, or the mean of ln(1 + exp(−y⟨x, w⟩)).",
    ),
    Panel::new(
        "start_distance",
        "From the start",
        |_| "D_Ψ(w, w₀)",
        &series("start_distance", false),
        "The Bregman divergence from the start in the run's own potential, which it makes as small as fitting the data \
         allows; half the distance squared for runs without one.",
    ),
];

const TARGET: &[Panel] = &[
    Panel {
        relevant: is_square,
        ..Panel::new(
            "theory_distance",
            "Distance to its own theory",
            |_| "‖w − w∞‖",
            &series("theory_distance", true),
            "To the Bregman projection w∞ of the start in the run's own potential: w₀ + X⁺(y − Xw₀) for everything that \
             never leaves the span, argmin D_Ψ(w, w₀) for mirror descent. Adam, sign and coordinate descent and Langevin \
             dynamics have none.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "angle",
            "Angle to its own answer",
            |_| "angle",
            &series("merit", true),
            "The angle, in radians, to the largest margin in the run's own norm.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "inverse_angle",
            "1/angle to its own answer",
            |_| "1/angle",
            &series("inverse_angle", false),
            "One over the angle, in radians, to the largest margin in the run's own norm: a straight line against ln k \
             where the angle falls like 1/ln t (Soudry et al., theorem 3).",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "angle_l2",
            "Angle to ℓ₂",
            |_| "angle",
            &series("angle_l2", true),
            "The angle to the largest ℓ₂ margin, in radians.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "angle_l1",
            "Angle to ℓ₁",
            |_| "angle",
            &series("angle_l1", true),
            "The angle to the largest ℓ₁ margin, in radians.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "angle_linf",
            "Angle to ℓ∞",
            |_| "angle",
            &series("angle_linf", true),
            "The angle to the largest ℓ∞ margin, in radians.",
        )
    },
];

const LAW: &[Panel] = &[
    Panel {
        relevant: is_square,
        ..Panel::new(
            "off_span",
            "Dual off the span",
            |_| "relative residual",
            &series("off_span", true),
            "The part of ∇Ψ(w) − ∇Ψ(w₀) that is orthogonal to every xᵢ, relative to its size: rounding for whatever \
             never leaves the span in its own potential Ψ.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "norm_l2",
            "‖w‖",
            |_| "‖w‖₂",
            &Series {
                column: "norm_l2",
                companion: Some("norm_theory"),
                log_y: false,
                reference: None,
            },
            "‖w‖ grows like ‖ŵ‖ ln t. Dots: ‖ŵ‖ ln t − Σαᵢ ln(nαᵢ)/‖ŵ‖ with the multipliers αᵢ of ŵ, nothing fitted; for GD, \
             SGD and momentum.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "norm_log",
            "‖w‖, logarithmic",
            |_| "‖w‖₂",
            &series("norm_l2", true),
            "‖w‖ on a logarithmic axis, for rules whose steps do not shrink with the loss.",
        )
    },
];

const MERIT: &[Panel] = &[
    Panel {
        relevant: has_truth,
        ..Panel::new(
            "merit",
            "Distance² to w*",
            |_| "‖w − w*‖₂²",
            &Series {
                column: "merit",
                companion: Some("predicted_merit"),
                log_y: true,
                reference: Some(Reference {
                    name: "from w₀ on the true labels alone",
                    level: Level::Fact("fresh_merit"),
                }),
            },
            "Solid: ‖w − w*‖². Dots: that of the Bregman projection of where the run was when the labels last changed; \
             ‖(I − P)(w₀ − w*)‖² for whatever never leaves the span. Line: the same had there been the true labels only.",
        )
    },
    Panel {
        relevant: is_drawn,
        ..Panel::new(
            "along_solutions",
            "Along the line of solutions",
            |_| "⟨w − w∞, v⟩",
            &series("along_solutions", false),
            "How far along the line of solutions a run is from where it would be had it never left the span.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "margin_gap",
            "Margin",
            |_| "1 − margin / largest",
            &series("margin_gap", true),
            "1 − min ⟨zᵢ, w⟩/‖w‖ over the largest margin that any direction has, in the run's own norm; 0, and with no place \
             here, for who is there.",
        )
    },
];

const WEIGHTS: &[Panel] = &[
    Panel {
        relevant: is_square,
        ..Panel::new(
            "paths",
            "Paths wⱼ(k)",
            |_| "wⱼ",
            &Paths {
                vector: weights,
                reference: "w_star",
            },
            "wⱼ of the first run of each algorithm: the support of w* and the largest others.",
        )
    },
    Panel {
        relevant: is_logistic,
        ..Panel::new(
            "unit_paths",
            "Direction wⱼ/‖w‖",
            |_| "wⱼ/‖w‖",
            &Paths {
                vector: unit_weights,
                reference: "w_star",
            },
            "wⱼ/‖w‖₂ of the first run of each algorithm, the largest.",
        )
    },
    Panel::new(
        "weights",
        "Coefficients wⱼ",
        |_| "wⱼ",
        &Stems {
            mark: TruthMark::Rings,
            entry: weight,
            reference: "w_star",
        },
        "w of the first run of each algorithm; rings mark w*, its support first.",
    ),
];

const GEOMETRY: &[Panel] = &[
    Panel {
        relevant: is_drawn,
        ..Panel::new(
            "space",
            "w-space",
            |_| "",
            &Space {
                point: weights,
                line: solutions,
                level,
                fan,
                axes: ["w₁", "w₂", "w₃"],
                marks: &[("w₀", "w_0"), ("span", "span_end"), ("Ψ", "mirror_end")],
                handle: ("datum", ["datum_x1", "datum_x2"]),
                start: Some(START),
                right_angle: Some(["span_end", "w_0"]),
                plane: span_plane,
                sheet,
            },
            "w itself. Every point of the line fits the data. In three dimensions the plane is w₀ + span(xᵢ), which GD never \
             leaves, and the mesh ∇Ψ*(∇Ψ(w₀) + Xᵀλ), which mirror descent never leaves; drag to turn, drag w₀ in the plane \
             or off it. In two the closed curve is a Bregman ball around w₀, which touches the line where mirror descent \
             ends; thin lines are other exponents p.",
        )
    },
    Panel {
        relevant: has_classes,
        ..Panel::new(
            "directions",
            "Directions",
            |_| "",
            &Directions {
                points: "points",
                classes: "classes",
                vector: weights,
                rays: &[
                    ("ℓ₁", "margin_l1"),
                    ("ℓ₂", "margin_l2"),
                    ("ℓ∞", "margin_linf"),
                ],
                axes: ["x₁", "x₂"],
            },
            "The two classes, the directions of the largest margins in three norms with the boundaries that belong to them \
             (dotted), and on a circle for every algorithm the direction of w.",
        )
    },
    Panel::new(
        "verdicts",
        "Who stays, who leaves",
        |_| "",
        &Card { rows: verdicts },
        "Which algorithms stay in the span, in their own potential, and whether they end where that says.",
    ),
];
