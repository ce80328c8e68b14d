//! The hyperbolic entropy φ_α (eq. 2), which gradient descent from α implicitly minimises, and where
//! the depth decides between it and [`crate::model::deep_potential`].

use crate::model::deep_potential;

/// The potential of depth p: φ_α (eq. 2) for p = 2, φᵖ_α with φᵖ_α(0) = 0 for p ≥ 3.
pub fn potential(beta: &[f64], alpha: &[f64], depth: u32) -> f64 {
    if depth == 2 {
        hyperbolic_entropy(beta, alpha)
    } else {
        deep_potential::potential(beta, alpha, depth)
    }
}

/// φ_α(β) = ¼ Σⱼ [βⱼ asinh(βⱼ / 2αⱼ²) − √(βⱼ² + 4αⱼ⁴)], for α > 0 of β's length.
pub fn hyperbolic_entropy(beta: &[f64], alpha: &[f64]) -> f64 {
    let at_zero: f64 = alpha.iter().map(|a| a * a).sum();
    divergence_from_zero(beta, alpha) - 0.5 * at_zero
}

/// D_φα(β, 0) = φ_α(β) − φ_α(0), the Bregman divergence from the starting point, ≥ 0.
///
/// The two square roots are combined, √(b²+4a⁴) − 2a² = b²/(√(b²+4a⁴)+2a²), so that nothing
/// cancels for |b| ≪ a².
pub fn divergence_from_zero(beta: &[f64], alpha: &[f64]) -> f64 {
    let terms = beta.iter().zip(alpha).map(|(&b, &a)| {
        let two_a2 = 2.0 * a * a;
        let quadratic = if b == 0.0 {
            0.0
        } else {
            b * b / (b.hypot(two_a2) + two_a2)
        };
        b * asinh_ratio(b, a) - quadratic
    });
    0.25 * terms.sum::<f64>()
}

/// asinh(b / 2a²) = ln(w₊/w₋) of the mirror map, also where 2a² underflows.
pub fn asinh_ratio(b: f64, a: f64) -> f64 {
    let two_a2 = 2.0 * a * a;
    let ratio = b.abs() / two_a2;
    if ratio.is_finite() {
        return ratio.asinh().copysign(b);
    }
    if b == 0.0 {
        return 0.0;
    }
    // asinh(x) = ln 2x + O(x⁻²), and ln(2 · |b|/2a²) = ln|b| − 2 ln a.
    (b.abs().ln() - 2.0 * a.ln()).copysign(b)
}

/// φ_α of depth p in one dimension, shifted and scaled to 0 at 0 and 1 at 1: between b² (α → ∞) and
/// |b| (α → 0) for |b| ≤ 1.
pub fn normalised_profile(alpha: f64, b: &[f64], depth: u32) -> Vec<f64> {
    let from_zero = |b: f64| {
        if depth == 2 {
            divergence_from_zero(&[b], &[alpha])
        } else {
            deep_potential::potential(&[b], &[alpha], depth)
        }
    };
    let unit = from_zero(1.0);
    b.iter().map(|&b| from_zero(b) / unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, term by term: accurate where nothing cancels (α ≲ 1).
    #[test]
    fn entropy_matches_its_definition() {
        for alpha in [0.01, 0.1, 1.0] {
            for b in [-2.0, -0.3, 0.0, 0.7, 5.0] {
                let (a2, b): (f64, f64) = (alpha * alpha, b);
                let direct = 0.25 * (b * (b / (2.0 * a2)).asinh() - (b * b + 4.0 * a2 * a2).sqrt());
                let ours = hyperbolic_entropy(&[b], &[alpha]);
                assert!(
                    (ours - direct).abs() <= 1e-14 * direct.abs().max(1.0),
                    "α={alpha} b={b}"
                );
            }
        }
    }

    /// ∇φ_α = ¼ asinh(b/2α²): central differences with step h err by O(h²φ''') + ε/h.
    #[test]
    fn gradient_is_a_quarter_asinh() {
        for alpha in [0.05, 0.5, 5.0] {
            for b in [-1.5, 0.2, 3.0] {
                let h = 1e-5;
                let slope = (hyperbolic_entropy(&[b + h], &[alpha])
                    - hyperbolic_entropy(&[b - h], &[alpha]))
                    / (2.0 * h);
                assert!(
                    (slope - 0.25 * asinh_ratio(b, alpha)).abs() < 1e-8,
                    "α={alpha} b={b}"
                );
            }
        }
    }

    /// α → ∞: φ_α = −½α²d + ‖b‖²/16α² (erratum E3), next term −b⁴/(768 α⁶) relative 1e-9 here.
    /// α → 0: D_φ / ½ln(1/α)‖b‖₁ → 1 like 1 + (ln 2b − 1 − …)/(2 ln 1/α): slow, so only 1 % at 1e-60.
    #[test]
    fn entropy_is_l2_for_large_alpha_and_l1_for_small() {
        let b = [1.0, -0.5, 0.25];
        let l2: f64 = b.iter().map(|b| b * b).sum();
        let l1: f64 = b.iter().map(|b| b.abs()).sum();
        let alpha = 100.0;
        let large = divergence_from_zero(&b, &[alpha; 3]) * 16.0 * alpha * alpha / l2;
        assert!((large - 1.0).abs() < 1e-8, "{large}");
        let alpha: f64 = 1e-60;
        let small = divergence_from_zero(&b, &[alpha; 3]) / (0.5 * alpha.recip().ln() * l1);
        assert!((small - 1.0).abs() < 0.01, "{small}");
    }

    #[test]
    fn nothing_overflows_where_alpha_squared_underflows() {
        let value = divergence_from_zero(&[1.0, 0.0], &[1e-200, 1e-200]);
        // ¼(ln|b| − 2 ln α − 1) for b = 1.
        let expected = 0.25 * (2.0 * 200.0 * std::f64::consts::LN_10 - 1.0);
        assert!((value / expected - 1.0).abs() < 1e-12, "{value} {expected}");
    }

    #[test]
    fn normalised_profile_lies_between_the_square_and_the_modulus() {
        let b: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
        for depth in 2..=6 {
            for alpha in [1e-8, 1e-4, 0.01, 0.1, 0.3, 1.0, 10.0] {
                for (phi, b) in normalised_profile(alpha, &b, depth).iter().zip(&b) {
                    assert!(
                        *phi >= b * b - 1e-12 && *phi <= b + 1e-12,
                        "p={depth} α={alpha} b={b} φ={phi}"
                    );
                }
            }
        }
    }
}
