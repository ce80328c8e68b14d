//! What is recorded of every run.

use std::sync::LazyLock;

use crate::labs::diagonal::dynamics::Ledger;
use crate::labs::diagonal::dynamics::ledger::Extent;
use crate::labs::diagonal::network::{Weights, effective_alpha, geometric_mean};
use crate::labs::diagonal::potential::potential;
use crate::model::arithmetic::Elementary as _;
use crate::model::regression::Regression;
use crate::sim::experiment::Column;

/// The state of a run, from which the observables are computed.
pub struct RunState<'a> {
    /// The data.
    pub problem: &'a Regression,
    /// w± now.
    pub weights: &'a Weights,
    /// β now.
    pub beta: &'a [f64],
    /// L now.
    pub training_loss: f64,
    /// √|w₊w₋| now, or what takes its place at other depths.
    pub effective_alpha: &'a [f64],
    /// The theory's α₊ and α₋ now, for depths p ≥ 3.
    pub depth_alpha: Option<&'a [Vec<f64>; 2]>,
    /// √(w₊w₋) at the start.
    pub alpha: &'a [f64],
    /// Integrals and extremes.
    pub ledger: &'a Ledger,
}

/// One recorded quantity.
pub struct Observable {
    /// Name, label and meaning.
    pub column: Column,
    /// Its value now.
    pub value: fn(&RunState<'_>) -> f64,
    /// Its extremes since the last sample, where every step is looked at.
    pub extent: Option<fn(&Ledger) -> Extent>,
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
        extent: None,
    }
}

impl Observable {
    /// The same with the column of its standard error.
    const fn with_error(self, id: &'static str) -> Self {
        Self {
            column: self.column.with_error(id),
            ..self
        }
    }

    /// The same as one that counts something.
    const fn counted(self) -> Self {
        Self {
            column: self.column.counted(),
            ..self
        }
    }
}

/// What the theory makes of α. With two effective initialisations there is still one scalar to hold
/// against the measured one: w₊²⁻ᵖ + w₋²⁻ᵖ is what gradient flow conserves, and stochastic gradient
/// flow makes it α₊²⁻ᵖ + α₋²⁻ᵖ, so both take the same mean of their pair.
fn alpha_predicted(state: &RunState<'_>) -> f64 {
    if let Some([plus, minus]) = state.depth_alpha {
        return geometric_mean(effective_alpha(plus, minus, state.weights.depth));
    }
    let shrink = -2.0 * state.ledger.shrinkage;
    let exponent = shrink * mean_square(state) - state.ledger.decay_integral;
    geometric_mean(state.alpha.iter().copied()) * exponent.exponential()
}

/// The mean of diag(XᵀX/n).
fn mean_square(state: &RunState<'_>) -> f64 {
    state.problem.column_mean_square.iter().sum::<f64>() / state.problem.d() as f64
}

/// The standard error of [`alpha_predicted`] to first order in that of ∫γL. At other depths it would depend on the
/// whole course of the weights.
fn alpha_predicted_error(state: &RunState<'_>) -> f64 {
    let variance = state.ledger.shrinkage_variance.value();
    if variance == 0.0 {
        return 0.0;
    }
    if state.depth_alpha.is_some() {
        return f64::NAN;
    }
    2.0 * mean_square(state) * variance.sqrt() * alpha_predicted(state)
}

/// Every recorded quantity; the export and the plots name them by id.
pub static OBSERVABLES: [Observable; 20] = [
    Observable {
        extent: Some(|ledger| ledger.training),
        ..observable("training_loss", "L", "‖Xβ − y‖²/(4n)", |state| {
            state.training_loss
        })
    },
    Observable {
        extent: Some(|ledger| ledger.validation),
        ..observable(
            "validation_loss",
            "validation",
            "‖β − β*‖², or held-out mean squared error",
            |state| state.problem.validation_loss(state.beta),
        )
    },
    observable("loss_integral", "∫L", "∫L dt over every step; estimated where SGD leaves L out (`loss_every`)", |state| {
        state.ledger.loss_integral
    })
    .with_error("loss_integral_error"),
    observable(
        "noise_integral",
        "∫δ²",
        "∫δ² dt over every step",
        |state| state.ledger.noise_integral,
    ),
    observable(
        "shrinkage",
        "γ∫L̃",
        "γ∫(L+δ²)dt with the rule's share of either noise: −½ ln(α_t/α) per unit of diag(XᵀX/n) (eq. 5, 10)",
        |state| state.ledger.shrinkage,
    ),
    observable(
        "label_shrinkage",
        "γ∫δ²",
        "the label noise's part of it",
        |state| state.ledger.label_shrinkage,
    ),
    observable(
        "implicit_regulariser",
        "R",
        "Σ diag(XᵀX/n) (w₊²+w₋²), which label noise lowers along the interpolators",
        |state| {
            let squares = state.weights.w_plus.iter().zip(&state.weights.w_minus);
            let squares = squares.map(|(plus, minus)| plus * plus + minus * minus);
            let terms = squares.zip(&state.problem.column_mean_square);
            terms.map(|(square, d)| square * d).sum()
        },
    ),
    observable(
        "alpha_measured",
        "α measured",
        "geometric mean of √|w₊w₋|, for depth p ≥ 3 of ((|w₊|²⁻ᵖ + |w₋|²⁻ᵖ)/2)^(−1/(p−2))",
        |state| geometric_mean(state.effective_alpha.iter().copied()),
    ),
    observable(
        "alpha_predicted",
        "α predicted",
        "geometric mean of α exp(−2γ diag(XᵀX/n) ∫(L+δ²) − ∫λ) (eq. 5, 10), for depth p ≥ 3 of the two effective \
         initialisations' ((α₊²⁻ᵖ + α₋²⁻ᵖ)/2)^(−1/(p−2))",
        alpha_predicted,
    )
    .with_error("alpha_predicted_error"),
    observable("norm_l1", "‖β‖₁", "ℓ₁ norm", |state| {
        state.beta.iter().map(|b| b.abs()).sum()
    }),
    observable("norm_l2", "‖β‖₂", "ℓ₂ norm", |state| {
        state.beta.iter().map(|b| b * b).sum::<f64>().sqrt()
    }),
    observable(
        "phi_alpha",
        "φ_α(β)",
        "potential at the initial α: the hyperbolic entropy (eq. 2), for depth p ≥ 3 φᵖ_α",
        |state| potential(state.beta, state.alpha, state.weights.depth),
    ),
    observable(
        "phi_alpha_t",
        "φ_α_t(β)",
        "potential at the measured effective α",
        |state| potential(state.beta, state.effective_alpha, state.weights.depth),
    ),
    observable(
        "sign_flips",
        "flipped",
        "weights that have turned negative",
        |state| state.weights.sign_flips() as f64,
    )
    .counted(),
    observable(
        "gradient_evaluations",
        "gradients",
        "single-sample gradients computed",
        |state| state.ledger.gradient_evaluations,
    )
    .counted(),
    observable(
        "decay_integral",
        "∫λ",
        "∫λ dt of the weight decay λ: its part of −ln(α_t/α)",
        |state| state.ledger.decay_integral,
    ),
    observable(
        "gain",
        "‖gain‖₁",
        "Σ|gainⱼ|, gainⱼ = −ln(|w₊w₋|ⱼ/αⱼ²), by which the run has lowered its effective α² (Even et al.)",
        |state| {
            let pairs = state.effective_alpha.iter().zip(state.alpha);
            let gains = pairs.map(|(now, start)| (2.0 * (now / start).logarithm()).abs());
            gains.sum()
        },
    ),
    observable(
        "relative_error",
        "‖β − β*‖²/‖β*‖²",
        "‖β − β*‖²/‖β*‖², if β* is known and not 0",
        |state| {
            let Some(truth) = state.problem.beta_star() else {
                return f64::NAN;
            };
            let square: f64 = truth.iter().map(|b| b * b).sum();
            if square == 0.0 {
                return f64::NAN;
            }
            state.problem.validation_loss(state.beta) / square
        },
    ),
    observable(
        "loss_integral_error",
        "error of ∫L",
        "estimated standard error of ∫L, which SGD estimates where it does not compute L at every step (`loss_every`)",
        |state| state.ledger.loss_integral_variance.value().sqrt(),
    ),
    observable(
        "alpha_predicted_error",
        "error of α predicted",
        "what the standard error of ∫L makes of α predicted, for p = 2",
        alpha_predicted_error,
    ),
];

/// A number for every one of [`OBSERVABLES`].
pub(super) fn values(state: &RunState<'_>) -> Vec<f64> {
    let observables = OBSERVABLES.iter();
    observables
        .map(|observable| (observable.value)(state))
        .collect()
}

/// Where a quantity stands among the recorded ones.
///
/// # Panics
/// If there is none of that name: ids are literals of this lab.
pub(super) fn position(id: &str) -> usize {
    let at = OBSERVABLES
        .iter()
        .position(|observable| observable.column.id == id);
    at.unwrap_or_else(|| panic!("no observable `{id}`"))
}

/// The columns of [`OBSERVABLES`], in the form that viewers read.
pub(super) static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = OBSERVABLES
        .iter()
        .map(|Observable { column, extent, .. }| Column {
            tracked: extent.is_some(),
            ..*column
        });
    columns.collect()
});
