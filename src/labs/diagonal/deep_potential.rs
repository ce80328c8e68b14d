//! The potential φᵖ_α that gradient flow from α minimises at depth p ≥ 3, and its mirror map.
//!
//! With h_p(z) = (1−z)^(−q) − (1+z)^(−q), q = p/(p−2), one coordinate of
//! φᵖ_α(b) = α²/(p(p−2)) ∫₀^{b/αᵖ} h_p⁻¹ and of the weights behind it is
//!
//! - ∇φᵖ_α(b) = α²⁻ᵖ z / (p(p−2)) with z = h_p⁻¹(b/αᵖ),
//! - w±²⁻ᵖ = α²⁻ᵖ (1 ∓ z), which gradient flow obeys: β = w₊ᵖ − w₋ᵖ, w₊²⁻ᵖ + w₋²⁻ᵖ = 2α²⁻ᵖ.
//!
//! Everything is written in u with z = tanh u, where h_p = 2 coshᵠu sinh(qu): neither 1 − z for a large
//! b/αᵖ nor z for a small one loses digits, and no power of α under- or overflows before the end. As a
//! Legendre transform φᵖ has a closed form, so nothing is integrated.

use std::f64::consts::LN_2;

use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;

/// ln cosh u for u ≥ 0.
fn ln_cosh(u: f64) -> f64 {
    if u < 1.0 {
        0.5 * (u.hyperbolic_sine() * u.hyperbolic_sine()).logarithm_of_one_plus()
    } else {
        u + (-2.0 * u).exponential().logarithm_of_one_plus() - LN_2
    }
}

/// ln sinh u for u > 0.
fn ln_sinh(u: f64) -> f64 {
    if u < 1.0 {
        u.hyperbolic_sine().logarithm()
    } else {
        u + (-(-2.0 * u).exponential()).logarithm_of_one_plus() - LN_2
    }
}

/// u ≥ 0 with h_p(tanh u) = |b|/αᵖ, for p ≥ 3 and α > 0: about 10 roundings of u, more by the factor
/// |ln(b/αᵖ)| where that is large.
///
/// ln h_p is convex in ln u with a slope of at least 1, so Newton's method there converges from
/// everywhere, after its first step from above.
fn angle(b: f64, alpha: f64, depth: u32) -> f64 {
    if b == 0.0 {
        return 0.0;
    }
    let p = f64::from(depth);
    let q = p / (p - 2.0);
    let target = b.abs().logarithm() - p * alpha.logarithm();
    // h_p ≈ 2qu for small u and 2^(−q) e^(2qu) for large; a start within a factor of a few.
    let mut u = if target < 1.0 {
        target.exponential() / (2.0 * q)
    } else {
        (target + q * LN_2) / (2.0 * q)
    };
    for _ in 0..50 {
        let gap = LN_2 + q * ln_cosh(u) + ln_sinh(q * u) - target;
        let slope = q * u * (u.hyperbolic_tangent() + (q * u).hyperbolic_tangent().recip());
        let step = gap / slope;
        u *= (-step).exponential();
        // The error after a Newton step is of the order of its square.
        if step.abs() < 1e-9 {
            break;
        }
    }
    u
}

/// dφᵖ_α/db of one coordinate, for p ≥ 3.
pub fn gradient(b: f64, alpha: f64, depth: u32) -> f64 {
    let p = f64::from(depth);
    let z = angle(b, alpha, depth).hyperbolic_tangent().copysign(b);
    z / (p * (p - 2.0) * kernels::power(alpha, depth - 2))
}

/// (w₊, w₋) > 0 with w₊ᵖ − w₋ᵖ = b and w₊²⁻ᵖ + w₋²⁻ᵖ = 2α²⁻ᵖ: where gradient flow from α is when its
/// coefficient is b, for p ≥ 3.
pub fn weights_at(b: f64, alpha: f64, depth: u32) -> (f64, f64) {
    let u = angle(b, alpha, depth);
    let ln_cosh = ln_cosh(u);
    let power = |exponent: f64| alpha * (exponent / f64::from(depth - 2)).exponential();
    let (large, small) = (power(ln_cosh + u), power(ln_cosh - u));
    if b < 0.0 {
        (small, large)
    } else {
        (large, small)
    }
}

/// φᵖ_α(β) ≥ 0 for p ≥ 3 and α > 0 of β's length; it is 0 at β = 0, where its gradient is 0 too, so
/// it is its own Bregman divergence from the starting point.
///
/// φ(b) = b φ'(b) − (w₊² + w₋² − 2α²)/(2p) coordinate by coordinate, and the two terms are in the
/// ratio 2 : 1 for b → 0, so that little cancels.
pub fn potential(beta: &[f64], alpha: &[f64], depth: u32) -> f64 {
    let p = f64::from(depth);
    let m = 2.0 / (p - 2.0);
    let terms = beta.iter().zip(alpha).map(|(&b, &alpha)| {
        let u = angle(b, alpha, depth);
        // (w₊² + w₋²)/α² − 2 = 2(coshᵐu cosh(mu) − 1), in parts that are small when u is.
        let half = (0.5 * m * u).hyperbolic_sine();
        let excess = 2.0
            * ((m * ln_cosh(u)).exponential_minus_one() * (m * u).hyperbolic_cosine()
                + 2.0 * half * half);
        b * gradient(b, alpha, depth) - alpha * alpha * excess / (2.0 * p)
    });
    terms.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// h_p by its definition.
    fn h(z: f64, p: f64) -> f64 {
        let q = p / (p - 2.0);
        (1.0 - z).powf(-q) - (1.0 + z).powf(-q)
    }

    /// b → z → b where the definition is accurate; 2qz for tiny and (1−z)^(−q) for huge arguments,
    /// whose next terms are below 1e-12 there; and the weights' two equations everywhere.
    #[test]
    fn the_inverse_of_h_is_accurate_for_tiny_and_huge_arguments() {
        for depth in 3..=6 {
            let p = f64::from(depth);
            let q = p / (p - 2.0);
            for y in [0.01, 0.3, 1.0, 4.0, 50.0, 1e3] {
                let z = angle(y, 1.0, depth).tanh();
                // z is rounded: 1 − z loses up to 1/(1−z) ~ y^(1/q) roundings, z itself 1/y.
                assert!((h(z, p) / y - 1.0).abs() < 1e-12, "p={depth} y={y}");
            }
            for exponent in [-250, -100, -20, -8] {
                let y = 10_f64.powi(exponent);
                let z = angle(y, 1.0, depth).tanh();
                assert!((z * 2.0 * q / y - 1.0).abs() < 2e-13, "p={depth} y={y}");
            }
            for exponent in [60, 150, 300] {
                let y = 10_f64.powi(exponent);
                // 1 − z = 2/(e^{2u} + 1) → 2e^{−2u}.
                let u = angle(y, 1.0, depth);
                let ln_y = q * (2.0 * u - LN_2);
                assert!((ln_y / y.ln() - 1.0).abs() < 1e-15, "p={depth} y={y}");
            }
            for alpha in [1e-8, 1e-3, 0.2, 1.0, 30.0] {
                for b in [-3.0, -1e-9, 0.0, 1e-30, 0.7, 1e4] {
                    let (plus, minus) = weights_at(b, alpha, depth);
                    let beta = kernels::difference_of_powers(plus, minus, depth);
                    // b is a difference of numbers of size αᵖ, and α^p·|ln| roundings of it.
                    let scale = b.abs() + 1e-3 * alpha.powf(p);
                    assert!(
                        (beta - b).abs() < 1e-12 * scale,
                        "p={depth} α={alpha} b={b}"
                    );
                    let mean = 0.5 * ((alpha / plus).powf(p - 2.0) + (alpha / minus).powf(p - 2.0));
                    assert!(
                        (mean - 1.0).abs() < 1e-12,
                        "p={depth} α={alpha} b={b}: {mean}"
                    );
                }
            }
        }
    }

    /// Simpson's rule on α²/(p(p−2)) ∫ h⁻¹, the definition: 2000 intervals of a smooth function.
    #[test]
    fn the_potential_is_the_integral_of_the_inverse() {
        for depth in [3, 4, 6] {
            let p = f64::from(depth);
            for (alpha, b) in [(0.5_f64, 1.0), (1.0, -2.0), (2.0, 0.1), (0.3, 0.02)] {
                let end = b / alpha.powf(p);
                let inverse = |y: f64| angle(y, 1.0, depth).tanh().copysign(y);
                let step = end / 2000.0;
                let sum: f64 = (0..1000)
                    .map(|k| {
                        let at = |offset: f64| inverse(step * (2.0 * f64::from(k) + offset));
                        step / 3.0 * (at(0.0) + 4.0 * at(1.0) + at(2.0))
                    })
                    .sum();
                let expected = alpha * alpha / (p * (p - 2.0)) * sum;
                let ours = potential(&[b], &[alpha], depth);
                assert!(
                    (ours / expected - 1.0).abs() < 1e-7,
                    "p={depth} α={alpha} b={b}: {ours} {expected}"
                );
            }
        }
    }

    /// Central differences with step h err by O(h²φ''') + ε/h.
    #[test]
    fn the_gradient_is_the_slope() {
        for depth in 3..=6 {
            for alpha in [0.3, 1.0, 3.0] {
                for b in [-1.5, 0.2, 3.0] {
                    let h = 1e-4;
                    let at = |b| potential(&[b], &[alpha], depth);
                    let slope = (at(b + h) - at(b - h)) / (2.0 * h);
                    let ours = gradient(b, alpha, depth);
                    assert!(
                        (slope / ours - 1.0).abs() < 1e-6,
                        "p={depth} α={alpha} b={b}: {slope} {ours}"
                    );
                }
            }
        }
    }

    /// α → ∞: z ≈ b/(2qαᵖ), so φ ≈ b²/(4p² α^(2p−2)), p = 2 included (erratum E3), with a relative
    /// correction of (b/αᵖ)². α → 0: z → 1, so φ·p(p−2)αᵖ⁻² → ‖b‖₁, less by 1 − z ~ (αᵖ/b)^(1/q) =
    /// αᵖ⁻² b^(−1/q): far faster than the logarithm at p = 2.
    #[test]
    fn the_potential_is_l2_for_large_alpha_and_l1_for_small() {
        let b = [1.0, -0.5, 0.25];
        let l2: f64 = b.iter().map(|b| b * b).sum();
        let l1: f64 = b.iter().map(|b| b.abs()).sum();
        for depth in 3..=6 {
            let p = f64::from(depth);
            let large: f64 = 100.0;
            let scale = 4.0 * p * p * large.powf(2.0 * p - 2.0);
            let ratio = potential(&b, &[large; 3], depth) * scale / l2;
            assert!((ratio - 1.0).abs() < 1e-9, "{depth}: {ratio}");
            let small: f64 = 1e-4;
            let scale = p * (p - 2.0) * small.powf(p - 2.0);
            let ratio = potential(&b, &[small; 3], depth) * scale / l1;
            assert!(
                (ratio - 1.0).abs() < 10.0 * small.powf(p - 2.0) + 1e-12,
                "{depth}: {ratio}"
            );
        }
    }
}
