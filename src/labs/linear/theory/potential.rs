//! The potentials Ψ of mirror descent, all of them sums over coordinates.
//!
//! | potential | Ψ | ∇Ψ | ∇Ψ* |
//! |---|---|---|---|
//! | Euclidean | ½Σβ² | β | z |
//! | preconditioner P | ½Σβ²/Pⱼ | β/Pⱼ | Pⱼz |
//! | ℓ_p | Σ∣β∣ᵖ/p | sgn β ∣β∣ᵖ⁻¹ | sgn z ∣z∣^(1/(p−1)) |
//! | hypentropy α | Σ β asinh(β/2α²) − √(β² + 4α⁴) | asinh(β/2α²) | 2α² sinh z |
//! | entropy, β > 0 | Σ β ln β − β | ln β | eᶻ |
//!
//! α is that of the diagonal network with w± = α: gradient flow there is mirror flow with this hypentropy.

use crate::model::kernels;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub enum Potential {
    /// GD's own.
    Euclidean,
    /// GD with its gradient multiplied by Pⱼ > 0, coordinate by coordinate.
    Preconditioned(Vec<f64>),
    /// ℓ_p with p > 1.
    Power(f64),
    /// With its scale α.
    Hypentropy(f64),
    /// For positive coefficients.
    Entropy,
}

/// Below this |z| the curvature of a conjugate that has none at 0 counts as that at this |z|.
const NEAR_ZERO: f64 = 1e-12;

impl Potential {
    /// Entry j of ∇Ψ.
    pub fn dual_entry(&self, j: usize, b: f64) -> f64 {
        match self {
            Self::Euclidean => b,
            Self::Preconditioned(p) => b / p[j],
            Self::Power(p) => libm::pow(b.abs(), p - 1.0).copysign(b),
            Self::Hypentropy(alpha) => libm::asinh(b / (2.0 * alpha * alpha)),
            Self::Entropy => libm::log(b),
        }
    }

    /// Entry j of ∇Ψ* = (∇Ψ)⁻¹.
    pub fn primal_entry(&self, j: usize, z: f64) -> f64 {
        match self {
            Self::Euclidean => z,
            Self::Preconditioned(p) => p[j] * z,
            Self::Power(p) => libm::pow(z.abs(), 1.0 / (p - 1.0)).copysign(z),
            Self::Hypentropy(alpha) => 2.0 * alpha * alpha * libm::sinh(z),
            Self::Entropy => libm::exp(z),
        }
    }

    /// Entry j of the diagonal of ∇²Ψ.
    pub fn curvature_entry(&self, j: usize, b: f64) -> f64 {
        match self {
            Self::Euclidean => 1.0,
            Self::Preconditioned(p) => p[j].recip(),
            Self::Power(p) => (p - 1.0) * libm::pow(b.abs().max(NEAR_ZERO), p - 2.0),
            Self::Hypentropy(alpha) => libm::hypot(b, 2.0 * alpha * alpha).recip(),
            Self::Entropy => b.recip(),
        }
    }

    /// Entry j of the diagonal of ∇²Ψ*.
    pub fn conjugate_curvature_entry(&self, j: usize, z: f64) -> f64 {
        match self {
            Self::Euclidean => 1.0,
            Self::Preconditioned(p) => p[j],
            Self::Power(p) => {
                let q = 1.0 / (p - 1.0);
                q * libm::pow(z.abs().max(NEAR_ZERO), q - 1.0)
            }
            Self::Hypentropy(alpha) => 2.0 * alpha * alpha * libm::cosh(z),
            Self::Entropy => libm::exp(z),
        }
    }

    /// Term j of Ψ.
    fn value_entry(&self, j: usize, b: f64) -> f64 {
        match self {
            Self::Euclidean => 0.5 * b * b,
            Self::Preconditioned(p) => 0.5 * b * b / p[j],
            Self::Power(p) => libm::pow(b.abs(), *p) / p,
            Self::Hypentropy(alpha) => {
                let scale = 2.0 * alpha * alpha;
                b * libm::asinh(b / scale) - libm::hypot(b, scale)
            }
            Self::Entropy if b == 0.0 => 0.0,
            Self::Entropy => b * libm::log(b) - b,
        }
    }

    /// ∇Ψ(β).
    pub fn dual(&self, beta: &[f64]) -> Vec<f64> {
        let entries = beta.iter().enumerate();
        entries.map(|(j, b)| self.dual_entry(j, *b)).collect()
    }

    /// ∇Ψ*(z).
    pub fn primal(&self, z: &[f64]) -> Vec<f64> {
        let entries = z.iter().enumerate();
        entries.map(|(j, z)| self.primal_entry(j, *z)).collect()
    }

    /// D_Ψ(a, b) = Ψ(a) − Ψ(b) − ⟨∇Ψ(b), a − b⟩; not finite outside the domain.
    pub fn divergence(&self, a: &[f64], b: &[f64]) -> f64 {
        let pairs = a.iter().zip(b).enumerate();
        let terms = pairs.map(|(j, (a, b))| {
            self.value_entry(j, *a) - self.value_entry(j, *b) - self.dual_entry(j, *b) * (a - b)
        });
        terms.sum()
    }

    /// Whether ∇Ψ is defined at β.
    pub fn contains(&self, beta: &[f64]) -> bool {
        *self != Self::Entropy || beta.iter().all(|b| *b > 0.0)
    }

    /// Whether ∇²Ψ* vanishes or blows up less than ∇²Ψ: where the dual equations are the smoother ones.
    pub(super) fn is_smoother_in_the_dual(&self) -> bool {
        !matches!(self, Self::Power(p) if *p > 2.0)
    }
}

/// ‖∇Ψ(β) − z₀‖ off the span, relative to ‖∇Ψ(β) − z₀‖ + ‖z₀‖: 0 for whatever mirror descent does.
pub fn off_span(span: &super::span::Span, dual: &[f64], start: &[f64]) -> f64 {
    let moved: Vec<f64> = dual.iter().zip(start).map(|(z, z0)| z - z0).collect();
    let size = super::span::norm(&moved) + super::span::norm(start);
    if size == 0.0 {
        return 0.0;
    }
    let outside = span.outside(&moved);
    kernels::dot(&outside, &outside).sqrt() / size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Potential> {
        let mut all = vec![
            Potential::Euclidean,
            Potential::Preconditioned(vec![1.0, 0.2, 0.05]),
            Potential::Entropy,
        ];
        all.extend([1.1, 1.2, 1.5, 3.0, 6.0].map(Potential::Power));
        all.extend([0.03, 0.3, 3.0].map(Potential::Hypentropy));
        all
    }

    /// Each derivative against central differences of the function before it. h = 1e-6: truncation h² times a
    /// third derivative of at most 1e4 here, rounding 1e-16/h.
    #[test]
    fn duals_and_curvatures_are_derivatives_and_inverses() {
        for potential in all() {
            for j in 0..3 {
                for b in [0.2, 0.7, 1.9] {
                    let slope =
                        |f: &dyn Fn(f64) -> f64, at: f64| (f(at + 1e-6) - f(at - 1e-6)) / 2e-6;
                    let z = potential.dual_entry(j, b);
                    let near = |found: f64, expected: f64, what: &str| {
                        let error = (found - expected).abs() / (1.0 + expected.abs());
                        assert!(error < 1e-6, "{potential:?} {what} at {b}: {error:e}");
                    };
                    near(slope(&|b| potential.value_entry(j, b), b), z, "∇Ψ");
                    near(
                        slope(&|b| potential.dual_entry(j, b), b),
                        potential.curvature_entry(j, b),
                        "∇²Ψ",
                    );
                    let back = potential.primal_entry(j, z);
                    assert!((back / b - 1.0).abs() < 1e-11, "{potential:?} {b}");
                    let product =
                        potential.curvature_entry(j, b) * potential.conjugate_curvature_entry(j, z);
                    assert!((product - 1.0).abs() < 1e-9, "{potential:?} {b}");
                }
            }
        }
    }

    #[test]
    fn divergences_are_positive_and_half_the_distance_squared_for_gd() {
        let (a, b) = ([0.5, 1.5, 0.1], [1.0, 0.3, 2.0]);
        for potential in all() {
            assert!(potential.divergence(&a, &b) > 0.0, "{potential:?}");
            assert_eq!(potential.divergence(&b, &b), 0.0, "{potential:?}");
        }
        let half = 0.5 * (0.25 + 1.44 + 3.61);
        assert!((Potential::Euclidean.divergence(&a, &b) - half).abs() < 1e-15);
        assert!(!Potential::Entropy.contains(&[1.0, 0.0]));
    }
}
