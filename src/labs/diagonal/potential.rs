//! The hyperbolic entropy φ_α (eq. 2), which gradient descent from α implicitly minimises, and where
//! the depth decides between it and [`crate::labs::diagonal::deep_potential`].

use crate::labs::diagonal::deep_potential;
use crate::model::arithmetic::Elementary as _;

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
            b * b / (b.hypotenuse(two_a2) + two_a2)
        };
        b * asinh_ratio(b, a) - quadratic
    });
    0.25 * terms.sum::<f64>()
}

/// D_φα(β, β₀), the Bregman divergence from a start with asinh(β₀/2α²) = ln(w₊/w₋) = θ, ≥ 0.
///
/// ¼ Σⱼ [βⱼ (asinh(βⱼ/2αⱼ²) − θⱼ) − √(βⱼ² + 4αⱼ⁴) + 2αⱼ² cosh θⱼ]; near β₀ it keeps the rounding of its terms.
pub fn divergence(beta: &[f64], alpha: &[f64], tilt: &[f64]) -> f64 {
    let terms = beta.iter().zip(alpha).zip(tilt).map(|((&b, &a), &tilt)| {
        let two_a2 = 2.0 * a * a;
        b * (asinh_ratio(b, a) - tilt) - b.hypotenuse(two_a2) + two_a2 * tilt.hyperbolic_cosine()
    });
    0.25 * terms.sum::<f64>()
}

/// asinh(b / 2a²) = ln(w₊/w₋) of the mirror map, also where 2a² underflows.
pub fn asinh_ratio(b: f64, a: f64) -> f64 {
    let two_a2 = 2.0 * a * a;
    let ratio = b.abs() / two_a2;
    if ratio.is_finite() {
        return ratio.inverse_hyperbolic_sine().copysign(b);
    }
    asinh_ratio_beyond(b, a.logarithm())
}

/// asinh(b / 2a²) from ln a, for a that may be far below the smallest double.
pub fn asinh_ratio_of_log(b: f64, log_a: f64) -> f64 {
    // e⁻³⁰⁰ is a normal number; its square may underflow.
    if log_a > -300.0 {
        asinh_ratio(b, log_a.exponential())
    } else {
        asinh_ratio_beyond(b, log_a)
    }
}

/// The same where b / 2a² is 0 or overflows: asinh(x) = ln 2x + O(x⁻²), and
/// ln(2 · |b|/2a²) = ln|b| − 2 ln a.
fn asinh_ratio_beyond(b: f64, log_a: f64) -> f64 {
    if b == 0.0 {
        return 0.0;
    }
    (b.abs().logarithm() - 2.0 * log_a).copysign(b)
}

/// φ_α of depth p in one dimension, shifted and scaled to 0 at 0 and 1 at 1: between b² (α → ∞) and
/// |b| (α → 0) for |b| ≤ 1.
pub fn normalised_profile(alpha: f64, b: &[f64], depth: u32) -> Vec<f64> {
    let unit = from_zero(&[1.0], &[alpha], depth);
    b.iter()
        .map(|&b| from_zero(&[b], &[alpha], depth) / unit)
        .collect()
}

/// The potential of depth p, 0 at 0.
fn from_zero(beta: &[f64], alpha: &[f64], depth: u32) -> f64 {
    if depth == 2 {
        divergence_from_zero(beta, alpha)
    } else {
        deep_potential::potential(beta, alpha, depth)
    }
}

/// The closed curve {b ∈ ℝ² : D_φα(b, 0) = D_φα(`through`, 0)} of depth p, in equal angles: a circle for large α,
/// a diamond for small. Empty if `through` is 0.
pub fn level_curve(alpha: [f64; 2], through: [f64; 2], depth: u32) -> Vec<[f64; 2]> {
    level_curve_about([0.0; 2], through, |b| from_zero(&b, &alpha, depth))
}

/// The closed curve {b ∈ ℝ² : D_φα(b, β₀) = D_φα(`through`, β₀)} about β₀ = 2α² sinh θ, in equal angles, for p = 2.
/// Empty if `through` is β₀.
pub fn level_curve_from(alpha: [f64; 2], tilt: [f64; 2], through: [f64; 2]) -> Vec<[f64; 2]> {
    let centre = [0, 1].map(|j| 2.0 * alpha[j] * alpha[j] * tilt[j].hyperbolic_sine());
    level_curve_about(centre, through, |b| divergence(&b, &alpha, &tilt))
}

/// The level curve of a divergence that is 0 at `centre`.
fn level_curve_about(
    centre: [f64; 2],
    through: [f64; 2],
    divergence: impl Fn([f64; 2]) -> f64,
) -> Vec<[f64; 2]> {
    const ANGLES: usize = 144;
    let value = divergence(through);
    if value.is_nan() || value <= 0.0 {
        return Vec::new();
    }
    let point = |direction: [f64; 2], r: f64| [0, 1].map(|j| centre[j] + r * direction[j]);
    let radius = |direction: [f64; 2]| {
        let at = |r: f64| divergence(point(direction, r));
        // D grows along every ray, and at least linearly from where it has grown at all.
        let mut outside = (through[0] - centre[0]).hypotenuse(through[1] - centre[1]);
        while at(outside) < value {
            outside *= 2.0;
        }
        let mut inside = 0.0;
        for _ in 0..50 {
            let middle = 0.5 * (inside + outside);
            if at(middle) < value {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        outside
    };
    (0..=ANGLES)
        .map(|i| {
            let angle = std::f64::consts::TAU * i as f64 / ANGLES as f64;
            let direction = [angle.cosine(), angle.sine()];
            point(direction, radius(direction))
        })
        .collect()
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

    /// Large α: a circle of the point's radius, φ ∝ ‖b‖² up to (b/2α²)² = 1e-8 relative. Any α: on the
    /// curve D is that of the point, the curve is symmetric, and it leaves the diamond through the
    /// point's ℓ₁ norm only inwards of the circle.
    #[test]
    fn level_curves_morph_from_circle_to_diamond() {
        for [x, y] in level_curve([100.0; 2], [1.0, 2.0], 2) {
            assert!((x.hypot(y) / 5_f64.sqrt() - 1.0).abs() < 1e-7);
        }
        let corner = |alpha: f64| {
            let curve = level_curve([alpha; 2], [0.5, 0.5], 2);
            curve.iter().map(|[x, _]| *x).fold(0.0, f64::max)
        };
        // The corner of the circle is at 1/√2, that of the diamond at 1.
        let corners = [10.0, 0.3, 0.01, 1e-30].map(corner);
        assert!(corners.is_sorted(), "{corners:?}");
        assert!((corners[0] - 0.5_f64.sqrt()).abs() < 1e-4 && corners[3] > 0.98);
        assert!(level_curve([0.1; 2], [0.0; 2], 2).is_empty());
    }

    /// Against the definition φ(β) − φ(β₀) − ⟨∇φ(β₀), β − β₀⟩ by the entropy itself, and for θ = 0 against the
    /// form without cancellation. The terms are of the size of 1, so that 1e-14 is a few of their roundings.
    #[test]
    fn the_divergence_from_a_start_is_that_of_bregman() {
        let (alpha, start) = ([0.3, 0.1], [0.7, -0.2]);
        let tilt: [f64; 2] = std::array::from_fn(|j| asinh_ratio(start[j], alpha[j]));
        for beta in [[1.0, 0.5], [0.7, -0.2], [-2.0, 0.0]] {
            let slope: f64 = (0..2).map(|j| 0.25 * tilt[j] * (beta[j] - start[j])).sum();
            let rise = hyperbolic_entropy(&beta, &alpha) - hyperbolic_entropy(&start, &alpha);
            assert!((divergence(&beta, &alpha, &tilt) - (rise - slope)).abs() < 1e-14);
            let from_zero = divergence_from_zero(&beta, &alpha);
            assert!((divergence(&beta, &alpha, &[0.0; 2]) - from_zero).abs() < 1e-14);
        }
        for b in level_curve_from(alpha, tilt, [1.0, 0.5]) {
            let ratio = divergence(&b, &alpha, &tilt) / divergence(&[1.0, 0.5], &alpha, &tilt);
            assert!((ratio - 1.0).abs() < 1e-12, "{ratio}");
        }
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
