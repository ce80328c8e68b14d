//! What can be said of one recorded state: names and numbers, in the order of the export.

use std::sync::LazyLock;

use crate::sim::experiment::Column;

/// What is found out about one state; NaN where there is nothing to say.
pub(super) struct Reading {
    pub(super) destination_validation: f64,
    pub(super) destination_distance: f64,
    pub(super) theorem_validation: f64,
    pub(super) theorem_distance: f64,
    pub(super) kkt_residual: f64,
    pub(super) kkt_residual_alpha: f64,
    pub(super) equivalent_alpha: f64,
    pub(super) equivalent_distance: f64,
    pub(super) half_divergence: f64,
    pub(super) sharpness: f64,
    pub(super) slow_validation: f64,
    pub(super) slow_distance: f64,
    pub(super) state: [f64; 2],
    pub(super) destination_x: f64,
    pub(super) theorem_x: f64,
}

impl Reading {
    /// Nothing known yet.
    pub(super) const EMPTY: Self = Self {
        destination_validation: f64::NAN,
        destination_distance: f64::NAN,
        theorem_validation: f64::NAN,
        theorem_distance: f64::NAN,
        kkt_residual: f64::NAN,
        kkt_residual_alpha: f64::NAN,
        equivalent_alpha: f64::NAN,
        equivalent_distance: f64::NAN,
        half_divergence: f64::NAN,
        sharpness: f64::NAN,
        slow_validation: f64::NAN,
        slow_distance: f64::NAN,
        state: [f64::NAN; 2],
        destination_x: f64::NAN,
        theorem_x: f64::NAN,
    };
}

/// A column and where a reading has its number.
type Field = (Column, fn(&Reading) -> f64);

/// Every quantity of a [`Reading`]; panels and exports name them by id.
pub(super) static FIELDS: [Field; 16] = [
    (
        Column::new(
            "destination_validation",
            "validation at the destination",
            "validation loss of the point where gradient flow from the current weights would end",
        ),
        |reading| reading.destination_validation,
    ),
    (
        Column::new(
            "destination_distance",
            "distance to destination",
            "‖β − destination‖₂ / ‖destination‖₂",
        ),
        |reading| reading.destination_distance,
    ),
    (
        Column::new(
            "theorem_validation",
            "theorem's validation",
            "validation loss of argmin φ_α_t with the predicted α_t (eq. 5, 10)",
        ),
        |reading| reading.theorem_validation,
    ),
    (
        Column::new(
            "theorem_distance",
            "distance to theorem",
            "‖β − argmin φ_α_t‖₂ / ‖argmin φ_α_t‖₂ with the predicted α_t",
        ),
        |reading| reading.theorem_distance,
    ),
    (
        Column::new(
            "kkt_residual",
            "KKT residual",
            "part of ∇φ_α_t(β) outside span(Xᵀ), relative, with the predicted α_t",
        ),
        |reading| reading.kkt_residual,
    ),
    (
        Column::new(
            "kkt_residual_alpha",
            "KKT residual with α",
            "part of ∇φ_α(β) outside span(Xᵀ), relative, with the initial α",
        ),
        |reading| reading.kkt_residual_alpha,
    ),
    (
        Column::new(
            "equivalent_alpha",
            "GD-equivalent α",
            "the uniform α whose argmin φ_α is nearest to the destination",
        ),
        |reading| reading.equivalent_alpha,
    ),
    (
        Column::new(
            "equivalent_distance",
            "distance to GD-equivalent",
            "relative ℓ₂ distance of the destination from that argmin φ_α",
        ),
        |reading| reading.equivalent_distance,
    ),
    (
        Column::new(
            "half_divergence",
            "½ D_φ(destination, 0)",
            "what ∫L of gradient flow from α must come to (Prop. 7)",
        ),
        |reading| reading.half_divergence,
    ),
    (
        Column::new(
            "sharpness",
            "sharpness",
            "λₘₐₓ(∇²L) at the current weights; GD is locally stable below 2/γ",
        ),
        |reading| reading.sharpness,
    ),
    (
        Column::new(
            "slow_validation",
            "slow limit's validation",
            "validation loss of argmin φ_α(T), α(T) = α exp(−8DT): the small-step limit under label noise",
        ),
        |reading| reading.slow_validation,
    ),
    (
        Column::new(
            "slow_distance",
            "distance to slow limit",
            "‖β − argmin φ_α(T)‖₂ / ‖argmin φ_α(T)‖₂",
        ),
        |reading| reading.slow_distance,
    ),
    (
        Column::new(
            "plane_x",
            "along β_ℓ1 − β_ℓ2",
            "abscissa of β in the plane through 0, β_ℓ2 and β_ℓ1",
        ),
        |reading| reading.state[0],
    ),
    (
        Column::new("plane_y", "along β_ℓ2", "ordinate of β in that plane"),
        |reading| reading.state[1],
    ),
    (
        Column::new(
            "destination_x",
            "destination",
            "abscissa of the destination in that plane",
        ),
        |reading| reading.destination_x,
    ),
    (
        Column::new(
            "theorem_x",
            "theorem",
            "abscissa of argmin φ_α_t in that plane",
        ),
        |reading| reading.theorem_x,
    ),
];

/// The columns of [`FIELDS`], in the form that viewers read.
pub(super) static INSIGHTS: LazyLock<Vec<Column>> =
    LazyLock::new(|| FIELDS.iter().map(|(column, _)| *column).collect());
