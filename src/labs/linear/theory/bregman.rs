//! The Bregman projection of a start onto the least-squares solutions: argmin { D_Ψ(β, β₀) : Qβ = c }.
//!
//! It is where ∇Ψ(β) − ∇Ψ(β₀) ∈ span(xᵢ) meets Qβ = c, which is also what every mirror descent that ends at zero
//! loss satisfies (Gunasekar et al. 2018, theorem 1). Written in the dual, β = ∇Ψ*(∇Ψ(β₀) + Qᵀa) with Qβ = c
//! for rank unknowns a; in the primal, β = Qᵀc + Vᵀs with V(∇Ψ(β) − ∇Ψ(β₀)) = 0 for d − rank unknowns s, V
//! orthonormal and orthogonal to the span. Both are the stationarity of a convex function, solved by damped
//! Newton steps; the one with the smoother map is taken, which for ℓ_p is the primal once p > 2.

use super::potential::Potential;
use super::span::{Span, norm};
use crate::model::dense::Cholesky;
use crate::model::kernels;

/// Relative residual at which Newton stops at once.
const GOAL: f64 = 1e-14;

/// Relative residual that is good enough once it no longer falls; a point with a larger one is not returned.
const ACCEPTED: f64 = 1e-10;

/// Newton steps at most.
const STEPS: usize = 200;

/// Halvings of a step at most.
const HALVINGS: usize = 60;

/// Projections with one potential from one start, to any number of targets.
#[derive(Debug)]
pub struct Projector<'a> {
    potential: &'a Potential,
    span: &'a Span,
    start: Vec<f64>,
    dual_start: Vec<f64>,
    /// V, for a potential that is smoother in the primal.
    complement: Option<Vec<f64>>,
}

impl<'a> Projector<'a> {
    /// From `w0`, in the domain of the potential.
    pub fn new(potential: &'a Potential, span: &'a Span, start: &[f64]) -> Self {
        let primal = !potential.is_smoother_in_the_dual();
        Self {
            potential,
            span,
            start: start.to_vec(),
            dual_start: potential.dual(start),
            complement: primal.then(|| span.complement()),
        }
    }

    /// The projection onto the solutions of least squares; `None` if there is none in the domain, or if it could
    /// not be found to ten digits.
    pub fn solution(&self) -> Option<Vec<f64>> {
        self.onto(self.span.target())
    }

    /// The projection onto { β : Qβ = target }.
    pub fn onto(&self, target: &[f64]) -> Option<Vec<f64>> {
        let inside = self.span.vector(target);
        if *self.potential == Potential::Euclidean {
            let outside = self.span.outside(&self.start);
            return Some(inside.iter().zip(outside).map(|(p, q)| p + q).collect());
        }
        if let Some(complement) = &self.complement {
            let rows = complement.chunks_exact(self.start.len());
            let anchor = rows.clone().map(|v| kernels::dot(v, &self.dual_start));
            let guess = rows.map(|v| kernels::dot(v, &self.start)).collect();
            let equations = Equations {
                basis: complement,
                offset: &inside,
                target: &anchor.collect::<Vec<_>>(),
                size: norm(&self.dual_start).max(norm(&self.potential.dual(&inside))),
                map: &|j, b| self.potential.dual_entry(j, b),
                slope: &|j, b| self.potential.curvature_entry(j, b),
            };
            return equations.solve(guess).map(|(beta, _)| beta);
        }
        let equations = Equations {
            basis: self.span.basis(),
            offset: &self.dual_start,
            target,
            size: norm(target).max(1e-3 * norm(&self.start)),
            map: &|j, z| self.potential.primal_entry(j, z),
            slope: &|j, z| self.potential.conjugate_curvature_entry(j, z),
        };
        // Away from where a conjugate has no curvature; of the size that the answer's dual has.
        let guess = self.span.coordinates(&self.direction(&inside));
        equations.solve(guess).map(|(_, beta)| beta)
    }

    /// About ∇Ψ(target) − ∇Ψ(β₀), finite on any domain.
    fn direction(&self, target: &[f64]) -> Vec<f64> {
        let pairs = target.iter().zip(&self.dual_start).enumerate();
        let moves = pairs.map(|(j, (b, z0))| {
            let z = self.potential.dual_entry(j, *b) - z0;
            if z.is_finite() { z } else { 0.0 }
        });
        moves.collect()
    }
}

/// B·map(offset + Bᵀa) = target, for an orthonormal B and an increasing map.
struct Equations<'a> {
    /// B, row-major.
    basis: &'a [f64],
    offset: &'a [f64],
    target: &'a [f64],
    /// What residuals are relative to.
    size: f64,
    map: &'a dyn Fn(usize, f64) -> f64,
    slope: &'a dyn Fn(usize, f64) -> f64,
}

/// A point of the iteration.
struct Point {
    a: Vec<f64>,
    /// offset + Bᵀa.
    argument: Vec<f64>,
    /// map(argument).
    image: Vec<f64>,
    /// B·image − target.
    gradient: Vec<f64>,
    /// Its length, relative.
    residual: f64,
}

impl Equations<'_> {
    /// The argument and its image at the solution.
    fn solve(&self, guess: Vec<f64>) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut point = self.at(guess);
        if !point.residual.is_finite() {
            point = self.at(vec![0.0; self.target.len()]);
        }
        for _ in 0..STEPS {
            if point.residual <= GOAL || !point.residual.is_finite() {
                break;
            }
            let direction = self.newton(&point)?;
            let next = self.step(&point, &direction);
            let stuck = next.residual > 0.5 * point.residual;
            let good = point.residual.min(next.residual) <= ACCEPTED;
            if next.residual < point.residual || !good {
                point = next;
            }
            if good && stuck {
                break;
            }
        }
        (point.residual <= ACCEPTED).then_some((point.argument, point.image))
    }

    fn at(&self, a: Vec<f64>) -> Point {
        let d = self.offset.len();
        let mut argument = vec![0.0; d];
        kernels::transposed_matrix_vector(self.basis, &a, &mut argument);
        for (x, offset) in argument.iter_mut().zip(self.offset) {
            *x += offset;
        }
        let image: Vec<f64> = argument
            .iter()
            .enumerate()
            .map(|(j, x)| (self.map)(j, *x))
            .collect();
        let mut gradient = vec![0.0; a.len()];
        kernels::matrix_vector(self.basis, &image, &mut gradient);
        for (g, target) in gradient.iter_mut().zip(self.target) {
            *g -= target;
        }
        let residual = norm(&gradient) / self.size.max(f64::MIN_POSITIVE);
        Point {
            a,
            argument,
            image,
            gradient,
            residual,
        }
    }

    /// −H⁻¹ gradient with H = B diag(slope) Bᵀ.
    fn newton(&self, point: &Point) -> Option<Vec<f64>> {
        let (rank, d) = (point.a.len(), point.argument.len());
        let slopes: Vec<f64> = point
            .argument
            .iter()
            .enumerate()
            .map(|(j, x)| (self.slope)(j, *x))
            .collect();
        let mut weighted = self.basis.to_vec();
        for row in weighted.chunks_exact_mut(d) {
            row.iter_mut().zip(&slopes).for_each(|(b, s)| *b *= s);
        }
        let rows: Vec<&[f64]> = self.basis.chunks_exact(d).collect();
        let mut hessian = vec![0.0; rank * rank];
        for (k, row) in weighted.chunks_exact(d).enumerate() {
            for (l, other) in rows.iter().enumerate().take(k + 1) {
                hessian[k * rank + l] = kernels::dot(row, other);
            }
        }
        let largest = (0..rank).fold(0.0, |largest: f64, k| largest.max(hessian[k * rank + k]));
        if largest <= 0.0 || !largest.is_finite() {
            return None;
        }
        let right_side: Vec<f64> = point.gradient.iter().map(|g| -g).collect();
        // The curvatures of one potential differ by more than the digits of a double; what is added only slows
        // down directions in which the image hardly moves.
        for shift in [1e-14, 1e-12, 1e-10, 1e-8] {
            for k in 0..rank {
                hessian[k * rank + k] += shift * largest;
            }
            if let Some(factor) = Cholesky::new(rank, |k, l| hessian[k * rank + l]) {
                return Some(factor.solve(&right_side));
            }
        }
        None
    }

    /// As far along a direction as the slope of the convex function allows: beyond its minimum on the line by
    /// half of the first slope at most. Slopes cost no digits to cancellation, unlike values.
    fn step(&self, point: &Point, direction: &[f64]) -> Point {
        let slope = kernels::dot(&point.gradient, direction);
        let mut t = 1.0;
        let mut next = self.along(point, direction, t);
        for _ in 0..HALVINGS {
            let ahead = kernels::dot(&next.gradient, direction);
            if next.residual.is_finite() && ahead <= 0.5 * slope.abs() {
                break;
            }
            t *= 0.5;
            next = self.along(point, direction, t);
        }
        next
    }

    fn along(&self, point: &Point, direction: &[f64], t: f64) -> Point {
        let pairs = point.a.iter().zip(direction);
        self.at(pairs.map(|(a, move_by)| a + t * move_by).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 6] = [0.9, -0.8, 0.8, 0.2, 0.9, -0.2];

    fn span() -> Span {
        Span::new(&X, 3, &[1.0, 0.8])
    }

    /// By golden section along the line of interpolators, which shares nothing with Newton's equations. A golden
    /// section finds a minimum to the square root of the rounding of its values: 1e-7 of the scale of 1.
    fn by_search(potential: &Potential, start: &[f64]) -> Vec<f64> {
        let span = span();
        let (point, along) = (span.nearest_solution(&[0.0; 3]), span.complement());
        let at = |s: f64| -> Vec<f64> {
            let pairs = point.iter().zip(&along);
            pairs.map(|(p, v)| p + s * v).collect()
        };
        let value = |s: f64| {
            let value = potential.divergence(&at(s), start);
            if value.is_nan() { f64::INFINITY } else { value }
        };
        let (mut low, mut high) = (-0.62, 1.0);
        let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
        for _ in 0..200 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
            if value(a) < value(b) {
                high = b;
            } else {
                low = a;
            }
        }
        at(0.5 * (low + high))
    }

    #[test]
    fn projections_are_the_minima_along_the_line() {
        let span = span();
        let powers = [1.1, 1.2, 1.5, 2.0, 3.0, 6.0].map(Potential::Power);
        let scales = [0.03, 0.3, 3.0].map(Potential::Hypentropy);
        let others = [
            Potential::Entropy,
            Potential::Preconditioned(vec![1.0, 0.2, 0.05]),
        ];
        for potential in powers.iter().chain(&scales).chain(&others) {
            for start in [[0.0; 3], [0.3; 3], [0.4, 0.2, 0.9]] {
                if !potential.contains(&start) {
                    continue;
                }
                let found = Projector::new(potential, &span, &start).solution().unwrap();
                let expected = by_search(potential, &start);
                for (a, b) in found.iter().zip(&expected) {
                    assert!(
                        (a - b).abs() < 1e-6,
                        "{potential:?} from {start:?}: {found:?} {expected:?}"
                    );
                }
                // Two equations of the certificate, each to ten digits.
                let moved: Vec<f64> = potential
                    .dual(&found)
                    .iter()
                    .zip(potential.dual(&start))
                    .map(|(a, b)| a - b)
                    .collect();
                assert!(
                    norm(&span.outside(&moved)) < 1e-9 * (1.0 + norm(&moved)),
                    "{potential:?}"
                );
                for (row, y) in X.chunks_exact(3).zip([1.0, 0.8]) {
                    assert!(
                        (kernels::dot(row, &found) - y).abs() < 1e-9,
                        "{potential:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_domain_without_solutions_has_no_projection() {
        // β₁ + β₂ = −1 has no positive solution.
        let span = Span::new(&[1.0, 1.0], 2, &[-1.0]);
        let found = Projector::new(&Potential::Entropy, &span, &[0.3, 0.3]).solution();
        assert_eq!(found, None);
    }
}
