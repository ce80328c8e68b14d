//! Every check: the identity, where it is stated, and the error that is allowed.

use super::{Case, interpolators, runs, starts, steps};
use crate::labs::self_test_table::Check;

pub(super) static CHECKS: &[Check<Case>] = &[
    Check {
        name: "argmin φ_α interpolates",
        source: "eq. 4: Xβ = y",
        bound: 1e-10,
        error: interpolators::feasibility,
    },
    Check {
        name: "argmin φ_α is stationary",
        source: "eq. 4: ∇φ_α(β) ∈ span(Xᵀ)",
        bound: 1e-10,
        error: interpolators::stationarity,
    },
    Check {
        name: "α → ∞ gives the least ‖β‖₂",
        source: "§3: Xᵀ(XXᵀ)⁻¹y",
        bound: 1e-9,
        error: interpolators::large_alpha,
    },
    Check {
        name: "α → 0 gives the least ‖β‖₁",
        source: "§3: linear program",
        bound: 1e-4,
        error: interpolators::small_alpha,
    },
    Check {
        name: "ln α_j = −kD_j gives the least ΣD_j|β_j|",
        source: "§3: linear program",
        bound: 1e-3,
        error: interpolators::small_uneven_alpha,
    },
    Check {
        name: "least ‖β‖₁ and ΣD_j|β_j| are proven",
        source: "|Xᵀλ| ≤ w, yᵀλ = Σw|β|",
        bound: 1e-9,
        error: interpolators::certificate,
    },
    Check {
        name: "gradient flow ends at argmin φ_α",
        source: "eq. 4",
        bound: 1e-8,
        error: runs::flow_end,
    },
    Check {
        name: "∫L is half the divergence",
        source: "Prop. 7: ∫L = ½D_φ(β∞, 0)",
        bound: 1e-6,
        error: runs::flow_integral,
    },
    Check {
        name: "from β₀: flow ends at argmin D_φ(·, β₀)",
        source: "eq. 4 with ∇φ(β) − ∇φ(β₀)",
        bound: 1e-8,
        error: starts::flow_end,
    },
    Check {
        name: "from β₀: garbage on the same x leaves no trace",
        source: "∇φ(β₀) ∈ span(Xᵀ)",
        bound: 1e-8,
        error: starts::forgotten,
    },
    Check {
        name: "from β₀: SGF and decay, α_t and the span",
        source: "eq. 10: w₊w₋ = α_t², λ in α_t",
        bound: 1e-9,
        error: starts::decayed_flow,
    },
    Check {
        name: "SGF: product of the weights",
        source: "eq. 5, 10: w₊w₋ = α_t²",
        bound: 1e-9,
        error: runs::stochastic_flow_product,
    },
    Check {
        name: "SGF: stationary at every time",
        source: "Prop. 1: ∇φ_α_t(β_t) ∈ span(Xᵀ)",
        bound: 1e-9,
        error: runs::stochastic_flow_stationarity,
    },
    Check {
        name: "SGF ends at argmin φ_α∞, dt = γ, γ/2, γ/10",
        source: "Thm. 1",
        bound: 1e-6,
        error: runs::stochastic_flow_end,
    },
    Check {
        name: "GD: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::gd_identity,
    },
    Check {
        name: "SGD: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::sgd_identity,
    },
    Check {
        name: "mini-batch SGD: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::batch_identity,
    },
    Check {
        name: "Euler–Maruyama: exact discrete identity",
        source: "∇φ_a(β) = ½Xᵀν + c",
        bound: 1e-10,
        error: runs::euler_maruyama_identity,
    },
    Check {
        name: "where they go: argmin φ_a(β) − ⟨c, β⟩",
        source: "∇φ_a(β) − c ∈ span(Xᵀ), Xβ = y",
        bound: 1e-10,
        error: runs::destinations,
    },
    Check {
        name: "depth 3, 4: flow ends at its interpolator",
        source: "w±²⁻ᵖ = α²⁻ᵖ ∓ Xᵀμ",
        bound: 1e-6,
        error: runs::deep_flow_end,
    },
    Check {
        name: "depth 3: SGF ends where α₊ and α₋ say",
        source: "Itô for w±²⁻ᵖ",
        bound: 1e-6,
        error: runs::deep_stochastic_flow_end,
    },
    Check {
        name: "label noise: slow flow is argmin φ_α(T)",
        source: "eq. 10: α(T) = α exp(−8DT)",
        bound: 1e-8,
        error: runs::label_noise_limit,
    },
    Check {
        name: "GD descends ∇L, depth 2 to 6",
        source: "differences of L",
        bound: 1e-8,
        error: steps::gradient,
    },
    Check {
        name: "SGD's mean step is GD's",
        source: "eq. 1, enumerated",
        bound: 1e-12,
        error: steps::mean_step,
    },
    Check {
        name: "SGD's covariance",
        source: "diag(r²)/n − rrᵀ/n², enumerated",
        bound: 1e-10,
        error: steps::covariance,
    },
    Check {
        name: "SGF's covariance has SGD's trace · n/(n−1)",
        source: "eq. 3: (4L/n)I",
        bound: 1e-10,
        error: steps::model_covariance,
    },
    Check {
        name: "batches: γ_eff of samples and labels",
        source: "enumerated batches",
        bound: 1e-10,
        error: steps::batches,
    },
    Check {
        name: "∇φ_α, depth 2 to 6",
        source: "differences of φ_α",
        bound: 1e-7,
        error: |case| Ok(steps::potentials(case)),
    },
    Check {
        name: "sharpness, depth 2 to 4",
        source: "λₘₐₓ of differences of ∇L",
        bound: 1e-3,
        error: steps::sharpness,
    },
    Check {
        name: "tr H and λₘₐₓ(H), depth 2 to 4",
        source: "ṙ = −Hr, differences of r",
        bound: 5e-3,
        error: steps::curvature,
    },
];
