//! What is recorded of every run.

use std::sync::LazyLock;

use super::flattest::{Bounds, Flattest};
use crate::sim::experiment::Column;

/// What is known of a run at a recorded step.
pub(super) struct Reading {
    /// L over all samples.
    pub(super) training_loss: f64,
    /// λ_max of the Gauss–Newton matrix.
    pub(super) sharpness: f64,
    /// λη/2, for heavy ball λη/2(1 + μ).
    pub(super) stability: f64,
    pub(super) flattest: Flattest,
    pub(super) bounds: Bounds,
    /// Σ|m| of knots in the middle half of the range of the inputs, in the rest of it, and outside.
    pub(super) bends: [f64; 3],
    pub(super) never_active: usize,
}

type Field = (Column, fn(&Reading) -> f64);

/// Every recorded quantity; the export and the plots name them by id. The first is tracked.
static FIELDS: [Field; 12] = [
    (
        Column {
            tracked: true,
            ..Column::new("training_loss", "L", "Σ(f(xⱼ) − yⱼ)²/2n over all samples")
        },
        |reading| reading.training_loss,
    ),
    (
        Column::new(
            "sharpness",
            "sharpness λ",
            "λₘₐₓ of the Gauss–Newton matrix, which is λₘₐₓ(∇²L) where L = 0 (eq. 26)",
        ),
        |reading| reading.sharpness,
    ),
    (
        Column::new(
            "stability",
            "λη/2",
            "λη/2, for heavy ball λη/2(1 + μ): a minimum can be stable only up to 1 (Lemma 1, eq. 7)",
        ),
        |reading| reading.stability,
    ),
    (
        Column::new(
            "flattest",
            "flattest rescaling",
            "least λ among the networks (cw1, cb1, w2/c) with a c per neuron, which have the same f",
        ),
        |reading| reading.flattest.value,
    ),
    (
        Column::new(
            "flattest_certificate",
            "certificate",
            "a number that no rescaling is flatter than, by duality; equal to the flattest to 10⁻⁶",
        ),
        |reading| reading.flattest.certificate,
    ),
    (
        Column::new(
            "oriented_bound",
            "bound by orientation",
            "1 + 2Σ|m|g±(τ), g⁺ for neurons active to the right of their knot and g⁻ for others: below every rescaling",
        ),
        |reading| 1.0 + 2.0 * reading.bounds.oriented,
    ),
    (
        Column::new(
            "lower_bound",
            "1 + 2∫|f''|g",
            "what no network with this f is flatter than (Lemma 4)",
        ),
        |reading| 1.0 + 2.0 * reading.bounds.curvature,
    ),
    (
        Column::new(
            "curvature",
            "∫|f''|g",
            "Σ|mᵢ|g(τᵢ) over the knots τ of f: at stable minima at most 1/η − ½ (Theorem 1)",
        ),
        |reading| reading.bounds.curvature,
    ),
    (
        Column::new(
            "bend_middle",
            "Σ|m| in the middle",
            "Σ|m| of the knots in the middle half of the range of the inputs, where g is large",
        ),
        |reading| reading.bends[0],
    ),
    (
        Column::new(
            "bend_edge",
            "Σ|m| at the edge",
            "Σ|m| of the knots between the outermost inputs but not in the middle half",
        ),
        |reading| reading.bends[1],
    ),
    (
        Column::new(
            "bend_outside",
            "Σ|m| outside",
            "Σ|m| of the knots beyond the outermost inputs, where g is 0",
        ),
        |reading| reading.bends[2],
    ),
    (
        Column {
            counts: true,
            ..Column::new(
                "never_active",
                "dead neurons",
                "neurons that are active at no input: no gradient reaches them",
            )
        },
        |reading| reading.never_active as f64,
    ),
];

/// The columns, in the form that viewers read.
pub(super) static COLUMNS: LazyLock<Vec<Column>> =
    LazyLock::new(|| FIELDS.iter().map(|(column, _)| *column).collect());

/// What an [`Analyst`](crate::sim::analysis::Analyst) adds.
pub(super) static INSIGHTS: [Column; 1] = [Column::new(
    "exact_sharpness",
    "λₘₐₓ(∇²L)",
    "λₘₐₓ of the exact Hessian, residuals included",
)];

impl Reading {
    /// One number per column.
    pub(super) fn values(&self) -> Vec<f64> {
        FIELDS.iter().map(|(_, value)| value(self)).collect()
    }
}
