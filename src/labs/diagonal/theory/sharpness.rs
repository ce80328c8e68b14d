//! The sharpness λ_max(∇²L) of the training loss at the current weights.
//!
//! Gradient descent of step size γ is locally stable below 2/γ. The Hessian in (w₊, w₋) is
//!
//! ∇²L = diag(±½p(p−1) w±^{p−2} ⊙ g) + (p²/2n) JᵀJ,  J = X [w₊^{p−1} | −w₋^{p−1}],  g = Xᵀr/n,
//!
//! (p = 2 in the paper), and is applied without being assembled.

use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;
use crate::model::regression::Regression;

/// Relative change per round at which the iteration stops. The error is far larger where the largest
/// eigenvalues are close, or while the start is nearly orthogonal to the eigenvector (5e-5 in 1200 random
/// states; stopping at a change of 1e-5 left up to 8e-2). A gauge shows three digits.
const TOLERANCE: f64 = 1e-9;

const ROUNDS: usize = 1000;

/// λ_max(∇²L) at the weights w± of a depth-`depth` network, by power iteration.
///
/// `direction` is where the iteration starts, and receives the eigenvector: along a run the next
/// state starts where the last one ended. An empty one starts afresh.
pub fn sharpness(
    problem: &Regression,
    depth: u32,
    w_plus: &[f64],
    w_minus: &[f64],
    direction: &mut Vec<f64>,
) -> f64 {
    let hessian = Hessian::at(problem, depth, w_plus, w_minus);
    // A Hessian may be indefinite; shifted by a bound on its negative part its largest eigenvalue is
    // the one of largest modulus.
    let shift = kernels::max_abs(&hessian.diagonal);
    let len = 2 * problem.d();
    if direction.len() != len || kernels::dot(direction, direction) == 0.0 {
        // An irregular start: no symmetry of the data can be orthogonal to it.
        *direction = (0..len)
            .map(|i| 1.0 + (i as f64 * 0.618_033_988_749_894_9).fract())
            .collect();
    }
    let mut image = vec![0.0; len];
    let mut eigenvalue = f64::NAN;
    for _ in 0..ROUNDS {
        let norm = kernels::dot(direction, direction).sqrt();
        for v in direction.iter_mut() {
            *v /= norm;
        }
        hessian.apply(problem, direction, &mut image);
        let rayleigh = kernels::dot(direction, &image);
        for (direction, image) in direction.iter_mut().zip(&image) {
            *direction = image + shift * *direction;
        }
        let previous = std::mem::replace(&mut eigenvalue, rayleigh);
        let settled = (eigenvalue - previous).abs() <= TOLERANCE * eigenvalue.abs();
        let alive = kernels::dot(direction, direction) > 0.0;
        if settled || !alive {
            break;
        }
    }
    eigenvalue
}

struct Hessian {
    /// The diagonal part, 2d.
    diagonal: Vec<f64>,
    /// ±w±^{p−1}, 2d.
    slope: Vec<f64>,
    /// p²/2n.
    scale: f64,
}

impl Hessian {
    fn at(problem: &Regression, depth: u32, w_plus: &[f64], w_minus: &[f64]) -> Self {
        let (n, d) = (problem.n() as f64, problem.d());
        let p = i32::try_from(depth).unwrap_or(i32::MAX);
        let beta: Vec<f64> = w_plus
            .iter()
            .zip(w_minus)
            .map(|(plus, minus)| plus.to_the_whole(p) - minus.to_the_whole(p))
            .collect();
        let mut residual = vec![0.0; problem.n()];
        problem.train.residual(&beta, &mut residual);
        let mut gradient = vec![0.0; d];
        kernels::transposed_matrix_vector(problem.train.features(), &residual, &mut gradient);
        let curvature = 0.5 * f64::from(p) * f64::from(p - 1) / n;
        let part = |w: &[f64], sign: f64| -> Vec<f64> {
            w.iter()
                .zip(&gradient)
                .map(|(w, g)| sign * curvature * w.to_the_whole(p - 2) * g)
                .collect()
        };
        let diagonal = [part(w_plus, 1.0), part(w_minus, -1.0)].concat();
        let plus = w_plus.iter().map(|w| w.to_the_whole(p - 1));
        let minus = w_minus.iter().map(|w| -w.to_the_whole(p - 1));
        Self {
            diagonal,
            slope: plus.chain(minus).collect(),
            scale: 0.5 * f64::from(p * p) / n,
        }
    }

    fn apply(&self, problem: &Regression, v: &[f64], out: &mut [f64]) {
        let d = problem.d();
        let (plus, minus) = self.slope.split_at(d);
        let (v_plus, v_minus) = v.split_at(d);
        let tangent: Vec<f64> = (0..d)
            .map(|j| plus[j] * v_plus[j] + minus[j] * v_minus[j])
            .collect();
        let mut image = vec![0.0; problem.n()];
        let mut back = vec![0.0; d];
        let x = problem.train.features();
        kernels::matrix_vector(x, &tangent, &mut image);
        kernels::transposed_matrix_vector(x, &image, &mut back);
        for (at, out) in out.iter_mut().enumerate() {
            *out = self.diagonal[at] * v[at] + self.scale * self.slope[at] * back[at % d];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};

    /// Against the eigenvalues of the Hessian assembled by central differences of L in all 2d weights:
    /// step 1e-4 errs by h²L'''' ~ 1e-8 and by ε·L/h² ~ 1e-8, both far below the 1e-4 asked for.
    #[test]
    fn sharpness_is_the_largest_eigenvalue_of_the_differenced_hessian() {
        let problem = SparseGaussian {
            n: 5,
            d: 8,
            sparsity: 2,
            beta_law: BetaLaw::Signs,
            seed: 3,
        }
        .generate()
        .unwrap();
        for depth in [2, 3, 4] {
            let p = depth as i32;
            let loss = |w: &[f64]| {
                let beta: Vec<f64> = (0..8).map(|j| w[j].powi(p) - w[8 + j].powi(p)).collect();
                problem.training_loss(&beta)
            };
            let w: Vec<f64> = (0..16).map(|j| 0.4 + 0.05 * f64::from(j % 7)).collect();
            let h = 1e-4;
            let moved = |moves: &[(usize, f64)]| {
                let mut w = w.clone();
                for (at, by) in moves {
                    w[*at] += by;
                }
                loss(&w)
            };
            let hessian = faer::Mat::from_fn(16, 16, |i, j| {
                (moved(&[(i, h), (j, h)]) - moved(&[(i, h), (j, -h)]) - moved(&[(i, -h), (j, h)])
                    + moved(&[(i, -h), (j, -h)]))
                    / (4.0 * h * h)
            });
            let eigenvalues = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
            let mut direction = Vec::new();
            let found = sharpness(&problem, depth, &w[..8], &w[8..], &mut direction);
            assert!(
                (found / eigenvalues[15] - 1.0).abs() < 1e-4,
                "depth {depth}: {found} {}",
                eigenvalues[15]
            );
            let again = sharpness(&problem, depth, &w[..8], &w[8..], &mut direction);
            assert!((again / found - 1.0).abs() < 1e-4);
        }
    }
}
