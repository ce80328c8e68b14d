//! The hypotheses of Theorem 1, with their constants.

use crate::model::arithmetic::Elementary as _;

/// The explicit step-size bound of Theorem 1 for the failure probability p ≤ ½:
///
/// γ ≤ 1 / (400 ln(4/p) λ_max max{‖β*_ℓ1‖₁ ln(√2 ‖β*_ℓ1‖₁ / min α²), ‖α‖₂²}),
///
/// with λ_max = λ_max(XᵀX/n). It is about 2·10⁴ times smaller than what works in practice.
pub fn theorem_step_size(failure: f64, lambda_max: f64, norm_l1: f64, alpha: &[f64]) -> f64 {
    let smallest = alpha.iter().copied().fold(f64::INFINITY, f64::min);
    let alpha_squared: f64 = alpha.iter().map(|a| a * a).sum();
    // ln(x/α²) = ln x − 2 ln α, which does not overflow where α² underflows.
    let logarithm = (std::f64::consts::SQRT_2 * norm_l1).logarithm() - 2.0 * smallest.logarithm();
    let largest = (norm_l1 * logarithm).max(alpha_squared);
    1.0 / (400.0 * (4.0 / failure).logarithm() * lambda_max * largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values tabulated for ±1 data (n = 40, d = 100, s = 5) and p = ½: 5.7e-6 at α = .1,
    /// 4.7e-6 at .05, 1.9e-6 at 1, to their two digits; λ_max of those data is 6.4.
    #[test]
    fn the_bound_is_the_tabulated_one() {
        for (alpha, expected) in [(0.1, 5.7e-6), (0.05, 4.7e-6), (1.0, 1.9e-6)] {
            let bound = theorem_step_size(0.5, 6.4, 5.0, &[alpha; 100]);
            assert!((bound / expected - 1.0).abs() < 0.02, "{alpha}: {bound}");
        }
        assert!(theorem_step_size(0.5, 6.4, 5.0, &[1e-300; 3]).is_finite());
    }
}
