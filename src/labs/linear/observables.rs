//! What is recorded of every run.

use std::sync::LazyLock;

use super::answers::{Landing, Margins, OwnMargin, angle};
use super::problem::{Loss, Problem};
use super::theory::margins::{LargestMargin, Norm};
use super::theory::potential::off_span;
use super::theory::span::Span;
use crate::sim::experiment::Column;

/// The state of a run, from which the observables are computed.
pub(super) struct RunState<'a> {
    pub(super) problem: &'a Problem,
    pub(super) span: &'a Span,
    pub(super) truth: Option<&'a [f64]>,
    pub(super) w: &'a [f64],
    pub(super) landing: &'a Landing,
    pub(super) margins: &'a Margins,
    pub(super) own: Option<&'a OwnMargin>,
    /// ‖w‖ as the theorem has it at this time, where it applies.
    pub(super) norm_theory: f64,
    /// The end of a run that never leaves the span, and the direction of the solutions, where these are a line.
    pub(super) line: Option<&'a [Vec<f64>; 2]>,
    pub(super) gradients: f64,
}

/// One recorded quantity.
struct Observable {
    column: Column,
    value: fn(&RunState<'_>) -> f64,
}

const fn observable(
    id: &'static str,
    label: &'static str,
    about: &'static str,
    value: fn(&RunState<'_>) -> f64,
) -> Observable {
    Observable {
        column: Column::new(id, label, about),
        value,
    }
}

impl Observable {
    /// The same as one that counts something.
    const fn counted(self) -> Self {
        Self {
            column: self.column.counted(),
            ..self
        }
    }
}

/// ‖a − b‖₂².
fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b) * (a - b)).sum()
}

fn angle_to(state: &RunState<'_>, answer: Option<&LargestMargin>) -> f64 {
    answer.map_or(f64::NAN, |answer| angle(state.w, &answer.w))
}

fn angle_own(state: &RunState<'_>) -> f64 {
    state
        .own
        .map_or(f64::NAN, |own| angle(state.w, &own.direction))
}

/// ‖w − w*‖², or the angle to the answer.
fn error(state: &RunState<'_>) -> f64 {
    match (state.problem.loss, state.truth) {
        (Loss::Square, Some(truth)) => square_distance(state.w, truth),
        (Loss::Square, None) => f64::NAN,
        (Loss::Logistic, _) => angle_own(state),
    }
}

fn predicted_error(state: &RunState<'_>) -> f64 {
    match (&state.landing.point, state.truth) {
        (Some(point), Some(truth)) => square_distance(point, truth),
        _ => f64::NAN,
    }
}

fn theory_distance(state: &RunState<'_>) -> f64 {
    let point = state.landing.point.as_ref();
    point.map_or(f64::NAN, |point| square_distance(state.w, point).sqrt())
}

/// Only where the solutions are a line, and signed by its direction.
fn along_solutions(state: &RunState<'_>) -> f64 {
    let Some([end, direction]) = state.line else {
        return f64::NAN;
    };
    let parts = state.w.iter().zip(end).zip(direction);
    parts.map(|((w, end), v)| (w - end) * v).sum()
}

fn margin_ratio(state: &RunState<'_>) -> f64 {
    state.own.map_or(f64::NAN, |own| {
        let margin = state.problem.smallest_margin(state.w) / own.norm.value(state.w);
        margin / own.best
    })
}

static OBSERVABLES: [Observable; 16] = [
    observable(
        "training_loss",
        "L",
        "‖Xw − y‖²/2n, or the mean of ln(1 + exp(−y⟨x, w⟩))",
        |state| state.problem.loss_at(state.w),
    ),
    observable(
        "merit",
        "error",
        "square loss: ‖w − w*‖²; logistic loss: the angle to the run's own answer, in radians",
        error,
    ),
    observable(
        "predicted_merit",
        "predicted error",
        "‖w∞ − w*‖² of the Bregman projection w∞; ‖(I − P)(w₀ − w*)‖² for runs that never leave the span",
        predicted_error,
    ),
    observable(
        "theory_distance",
        "to theory",
        "‖w − w∞‖, w∞ the Bregman projection of the start in the run's own potential",
        theory_distance,
    ),
    observable(
        "off_span",
        "off span",
        "the part of ∇Ψ(w) − ∇Ψ(w₀) off span(xᵢ), relative to its size and that of ∇Ψ(w₀); Ψ is the run's own \
         potential, or the Euclidean one",
        |state| {
            let Landing {
                potential, anchor, ..
            } = state.landing;
            off_span(state.span, &potential.dual(state.w), anchor)
        },
    ),
    observable(
        "along_solutions",
        "along the line",
        "⟨w − w∞, v⟩ for the direction v of the line of solutions, w∞ = w₀ + X⁺(y − Xw₀)",
        along_solutions,
    ),
    observable(
        "angle_l1",
        "angle to ℓ₁",
        "angle to the largest ℓ₁ margin",
        |state| angle_to(state, state.margins.one.as_ref()),
    ),
    observable(
        "angle_l2",
        "angle to ℓ₂",
        "angle to the largest ℓ₂ margin",
        |state| angle_to(state, state.margins.two.as_ref()),
    ),
    observable(
        "angle_linf",
        "angle to ℓ∞",
        "angle to the largest ℓ∞ margin",
        |state| angle_to(state, state.margins.infinity.as_ref()),
    ),
    observable(
        "inverse_angle",
        "1/angle",
        "one over the angle to the run's own answer: a straight line against ln t where the angle falls like 1/ln t",
        |state| angle_own(state).recip(),
    ),
    observable("norm_l2", "‖w‖₂", "length of w", |state| {
        Norm::Two.value(state.w)
    }),
    observable(
        "norm_theory",
        "‖ŵ‖ ln t + c",
        "what the theorem makes of ‖w‖: ŵ ln t + ρ with ⟨ŵ, ρ⟩ = −Σαᵢ ln(nαᵢ), nothing fitted",
        |state| state.norm_theory,
    ),
    observable(
        "margin_ratio",
        "margin",
        "min ⟨zᵢ, w⟩/‖w‖ in the run's own norm, over the largest there is",
        margin_ratio,
    ),
    observable(
        "margin_gap",
        "1 − margin",
        "1 − min ⟨zᵢ, w⟩/‖w‖ over the largest there is, in the run's own norm",
        |state| 1.0 - margin_ratio(state),
    ),
    observable(
        "start_distance",
        "from start",
        "D_Ψ(w, w₀) in the run's own potential, or half the distance squared",
        |state| {
            let Landing {
                potential, anchor, ..
            } = state.landing;
            potential.divergence(state.w, &potential.primal(anchor))
        },
    ),
    observable(
        "gradient_evaluations",
        "gradients",
        "single-sample gradients computed",
        |state| state.gradients,
    )
    .counted(),
];

/// Every quantity of a state.
pub(super) fn values(state: &RunState<'_>) -> Vec<f64> {
    let values = OBSERVABLES
        .iter()
        .map(|observable| (observable.value)(state));
    values.collect()
}

/// The columns, in the form that viewers read.
pub(super) static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = OBSERVABLES.iter();
    columns.map(|observable| observable.column).collect()
});
