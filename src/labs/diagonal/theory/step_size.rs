//! How large a step may be: γ_auto, near which SGD starts to diverge.
//!
//! At the point β̂ where training ends, the residual follows ṙ = −Hr with
//! H = (2/n) X diag(√(β̂² + 4α⁴)) Xᵀ, the residual dynamics of gradient flow. Single-sample SGD is
//! mean-square stable there up to about γ_auto = 2/(tr H + 2λ_max(H)), plain GD up to 2/λ_max(H).
//! Measured over 240 runs: 1 SGD run diverged at γ_auto, 16 at 1.1 γ_auto.
//!
//! At depth p the residual follows H = (2/n) X diag((p²/4)(w₊²ᵖ⁻² + w₋²ᵖ⁻²)) Xᵀ, with the weights that
//! gradient flow from α has at β̂. Its entries grow with β faster than for p = 2, so that the
//! overshoots on the way matter, and γ_auto is 2/p of the expression above. That factor is a fit:
//! with n = 40, d = 100, s = 5, β* of ±1 and N(0,1), α = .1, .2 and .4, 8000 steps, 24 SGD runs a
//! cell, no run diverged up to 0.6 times the plain expression for p = 3 (first ones at 0.8), 0.6 for
//! p = 4 (at 0.7) and 0.5 for p = 6 (at 0.6), against 0.9·2/p = 0.6, 0.45 and 0.3. GD and the mirror
//! scheme of SGF never did up to 1.4 and 0.9; Euler–Maruyama did for p = 4 from α = .1.
//!
//! β̂ is taken as the ℓ₁ interpolator, which training approaches for the small α that matter; for
//! large α the 4α⁴ dominates and β̂ hardly matters. An accuracy of one per cent is enough.

use crate::labs::diagonal::deep_potential;
use crate::model::arithmetic::Elementary as _;
use crate::model::dense::Cholesky;
use crate::model::kernels;
use crate::model::regression::{Regression, Rows, Validation};
use crate::model::watch::Watch;

/// The recommended step size as a fraction of γ_auto, at which 1 run in 240 diverged.
pub const SAFETY: f64 = 0.9;

/// Iteratively reweighted least squares costs about `ROUNDS`·n²d multiply-adds; above this n²d the
/// ℓ₂ interpolator stands in, which has more ℓ₁ mass and so gives a smaller, safer step.
const MAX_WORK: usize = 500_000_000;

const ROUNDS: usize = 25;

/// The local stability limits of a problem trained from α.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSizeLimits {
    /// tr H.
    pub trace: f64,
    /// λ_max(H).
    pub lambda_max: f64,
    /// p.
    pub depth: u32,
}

impl StepSizeLimits {
    /// The limits at the point `limit` (from [`approximate_limit`]) for the initialisation α and depth p.
    pub fn at(problem: &Regression, limit: &[f64], alpha: &[f64], depth: u32) -> Self {
        let mass: Vec<f64> = limit
            .iter()
            .zip(alpha)
            .map(|(&b, &a)| curvature(b, a, depth))
            .collect();
        let trace = 2.0 * kernels::dot(&mass, &problem.column_mean_square);
        Self {
            trace,
            lambda_max: largest_eigenvalue(problem, &mass),
            depth,
        }
    }

    /// γ_auto = (2/p) 2/(tr H + 2λ_max(H)).
    pub fn gamma_auto(&self) -> f64 {
        2.0 / f64::from(self.depth) * 2.0 / (self.trace + 2.0 * self.lambda_max)
    }

    /// The step size that the setting `auto` stands for: 0.9 γ_auto to three significant digits, so that a recipe
    /// stays readable.
    pub fn gamma_recommended(&self) -> f64 {
        let exact = SAFETY * self.gamma_auto();
        format!("{exact:.2e}").parse().unwrap_or(exact)
    }
}

/// What one coordinate b, reached from α, contributes to H: (p²/4)(w₊²ᵖ⁻² + w₋²ᵖ⁻²), which is
/// √(b²+4α⁴) for p = 2.
fn curvature(b: f64, alpha: f64, depth: u32) -> f64 {
    if depth == 2 {
        return b.hypotenuse(2.0 * alpha * alpha);
    }
    let p = f64::from(depth);
    let (plus, minus) = deep_potential::weights_at(b, alpha, depth);
    let powers = kernels::power(plus, 2 * depth - 2) + kernels::power(minus, 2 * depth - 2);
    0.25 * p * p * powers
}

/// λ_max of (2/n) X diag(mass) Xᵀ by power iteration until it changes by less than 1e-5, enough for a
/// step size: where eigenvalues are close to each other, the last digits take most of the time.
pub(crate) fn largest_eigenvalue(problem: &Regression, mass: &[f64]) -> f64 {
    let n = problem.n();
    // An irregular start (multiples of the golden ratio): the constant vector is orthogonal to the
    // range of X where its columns are centred.
    let mut v: Vec<f64> = (0..n)
        .map(|i| 1.0 + (i as f64 * 0.618_033_988_749_894_9).fract())
        .collect();
    let mut back = vec![0.0; problem.d()];
    let mut image = vec![0.0; n];
    let mut eigenvalue = 0.0;
    for _ in 0..500 {
        kernels::transposed_matrix_vector(problem.train.features(), &v, &mut back);
        for (back, mass) in back.iter_mut().zip(mass) {
            *back *= mass;
        }
        kernels::matrix_vector(problem.train.features(), &back, &mut image);
        let size = unit(kernels::max_abs(&image));
        if size != 1.0 {
            // Their squares would leave the range of numbers.
            for image in &mut image {
                *image /= size;
            }
        }
        let length = kernels::dot(&image, &image).sqrt();
        if length == 0.0 {
            return 0.0;
        }
        for (v, image) in v.iter_mut().zip(&image) {
            *v = image / length;
        }
        let previous = std::mem::replace(&mut eigenvalue, length * size);
        if (eigenvalue - previous).abs() <= 1e-5 * eigenvalue {
            break;
        }
    }
    2.0 * eigenvalue / n as f64
}

/// Roughly where training from a small α ends: the ℓ₁ interpolator, or least squares where no
/// interpolator exists or finding it would take too long.
pub fn approximate_limit(problem: &Regression) -> Vec<f64> {
    approximate_limit_watched(problem, &Watch::default())
}

/// The same for somebody who may give it up meanwhile, and then means nothing by what is returned.
pub(crate) fn approximate_limit_watched(problem: &Regression, watch: &Watch) -> Vec<f64> {
    let size_of = |numbers: &[f64]| unit(kernels::max_abs(numbers));
    let units = [size_of(problem.train.features()), size_of(&problem.train.y)];
    if units == [1.0, 1.0] {
        return limit_in_range(problem, watch);
    }
    // In units in which no product of a few entries leaves the range of numbers.
    let [x, y] = units;
    let rows = Rows {
        x: problem.train.x.mapv(|entry| entry / x),
        y: problem.train.y.iter().map(|label| label / y).collect(),
    };
    let scaled = Regression::new(rows, Validation::Unavailable);
    let mut limit = limit_in_range(&scaled, watch);
    for entry in &mut limit {
        *entry *= y / x;
    }
    limit
}

/// The unit to compute numbers of this size in: 1 where that does, so that usual data keep their bits, else a power
/// of 4, so that others keep theirs under square roots.
fn unit(size: f64) -> f64 {
    if !size.is_finite() || size == 0.0 || (1e-50..1e50).contains(&size) {
        return 1.0;
    }
    4.0_f64.to_the_whole((0.5 * size.logarithm_to_base_2()).round() as i32)
}

fn limit_in_range(problem: &Regression, watch: &Watch) -> Vec<f64> {
    let least_squares = minimum_norm_least_squares(problem, watch);
    let (n, d) = (problem.n(), problem.d());
    if n > d || n * n * d > MAX_WORK {
        return least_squares;
    }
    reweighted_least_squares(problem, &least_squares, watch).unwrap_or(least_squares)
}

/// The ℓ₂-smallest least-squares solution by conjugate gradients on the normal equations (CGLS).
fn minimum_norm_least_squares(problem: &Regression, watch: &Watch) -> Vec<f64> {
    let x = problem.train.features();
    let mut residual = problem.train.y.clone();
    let mut gradient = vec![0.0; problem.d()];
    kernels::transposed_matrix_vector(x, &residual, &mut gradient);
    let mut direction = gradient.clone();
    let mut solution = vec![0.0; problem.d()];
    let mut image = vec![0.0; problem.n()];
    let start = kernels::dot(&gradient, &gradient);
    let mut norm = start;
    for _ in 0..problem.n().min(200) {
        if norm <= 1e-20 * start || watch.is_given_up() {
            break;
        }
        kernels::matrix_vector(x, &direction, &mut image);
        let length = norm / kernels::dot(&image, &image);
        for (solution, direction) in solution.iter_mut().zip(&direction) {
            *solution += length * direction;
        }
        for (residual, image) in residual.iter_mut().zip(&image) {
            *residual -= length * image;
        }
        kernels::transposed_matrix_vector(x, &residual, &mut gradient);
        let next = kernels::dot(&gradient, &gradient);
        for (direction, gradient) in direction.iter_mut().zip(&gradient) {
            *direction = gradient + next / norm * *direction;
        }
        norm = next;
    }
    solution
}

/// Minimises Σ b²/|b| = ‖b‖₁ subject to Xb = y by a sequence of weighted ℓ₂ problems, whose
/// weights |b| + ε sharpen as ε falls: b = WXᵀ(XWXᵀ)⁻¹y. `None` if X has dependent rows.
fn reweighted_least_squares(
    problem: &Regression,
    start: &[f64],
    watch: &Watch,
) -> Option<Vec<f64>> {
    let (n, d) = (problem.n(), problem.d());
    let mut b = start.to_vec();
    let scale = kernels::max_abs(&b);
    if scale == 0.0 {
        return Some(b);
    }
    let mut scaled = vec![0.0; n * d];
    for round in 0..ROUNDS {
        watch.check().ok()?;
        // From a tenth of the largest entry down to 1e-5 of it.
        let floor = scale * 10_f64.to_the(-1.0 - 4.0 * round as f64 / (ROUNDS - 1) as f64);
        let root: Vec<f64> = b.iter().map(|b| (b.abs() + floor).sqrt()).collect();
        for (scaled, row) in scaled
            .chunks_exact_mut(d)
            .zip(problem.train.features().chunks_exact(d))
        {
            for ((scaled, x), root) in scaled.iter_mut().zip(row).zip(&root) {
                *scaled = x * root;
            }
        }
        let row = |i: usize| &scaled[i * d..(i + 1) * d];
        let dual = Cholesky::new(n, |i, j| kernels::dot(row(i), row(j)))?.solve(&problem.train.y);
        kernels::transposed_matrix_vector(&scaled, &dual, &mut b);
        for (b, root) in b.iter_mut().zip(&root) {
            *b *= root;
        }
        if !kernels::max_abs(&b).is_finite() {
            return None;
        }
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};

    fn sparse(seed: u64) -> Regression {
        SparseGaussian {
            n: 40,
            d: 100,
            sparsity: 5,
            beta_law: BetaLaw::Signs,
            seed,
        }
        .generate()
        .unwrap()
    }

    /// With n=40, d=100, s=5 the truth is the ℓ₁ interpolator (basis pursuit recovers it).
    #[test]
    fn the_limit_is_the_sparse_truth() {
        for seed in 0..5 {
            let problem = sparse(seed);
            let limit = approximate_limit(&problem);
            let gap = kernels::distance_squared(&limit, problem.beta_star().unwrap()).sqrt();
            assert!(gap < 1e-2, "seed {seed}: {gap}");
        }
    }

    /// Against the eigenvalues of the assembled matrix: an independent route to trace and λ_max.
    #[test]
    fn trace_and_lambda_max_match_an_eigendecomposition() {
        let problem = sparse(1);
        let limit = approximate_limit(&problem);
        let alpha = [0.3; 100];
        let limits = StepSizeLimits::at(&problem, &limit, &alpha, 2);
        let h = faer::Mat::from_fn(40, 40, |i, k| {
            (0..100)
                .map(|j| {
                    let mass = (limit[j].powi(2) + 4.0 * alpha[j].powi(4)).sqrt();
                    2.0 / 40.0 * problem.train.x[[i, j]] * mass * problem.train.x[[k, j]]
                })
                .sum::<f64>()
        });
        let eigenvalues = h.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        let trace: f64 = eigenvalues.iter().sum();
        assert!((limits.trace / trace - 1.0).abs() < 1e-12);
        assert!(
            (limits.lambda_max / eigenvalues[39] - 1.0).abs() < 1e-4,
            "{limits:?} {}",
            eigenvalues[39]
        );
    }

    /// The calibration measured on ±1 data: .061 (α = .2), .038 (.3), .017 (.5), .0044 (1); for
    /// α → 0 only the support counts, tr H = 2s and λ_max = 2(1+√(s/n))², so 2/(10 + 7.3) = .115.
    /// Data sets scatter by ±20 % around it, so medians of five are held to ±15 %.
    #[test]
    fn gamma_auto_reproduces_the_calibration() {
        for (alpha, expected) in [
            (0.01, 0.115),
            (0.2, 0.061),
            (0.3, 0.038),
            (0.5, 0.017),
            (1.0, 0.0044),
        ] {
            let mut gammas: Vec<f64> = (0..5)
                .map(|seed| {
                    let problem = sparse(seed);
                    StepSizeLimits::at(&problem, &approximate_limit(&problem), &[alpha; 100], 2)
                        .gamma_auto()
                })
                .collect();
            gammas.sort_by(f64::total_cmp);
            assert!(
                (gammas[2] / expected - 1.0).abs() < 0.15,
                "α={alpha}: {gammas:?}"
            );
        }
    }

    /// For α → 0 only the support counts: its weights are 1, so tr H = (p²/4)·2s, λ_max =
    /// (p²/4)·2(1+√(s/n))² and γ_auto = (2/p)(4/p²)·0.115. The study of depth found .03 for p = 3 and
    /// .015 to .02 for p = 4 as the largest steps that work.
    #[test]
    fn gamma_auto_shrinks_with_the_depth() {
        for depth in [2, 3, 4, 6] {
            let p = f64::from(depth);
            let mut gammas: Vec<f64> = (0..5)
                .map(|seed| {
                    let problem = sparse(seed);
                    let limit = approximate_limit(&problem);
                    StepSizeLimits::at(&problem, &limit, &[0.01; 100], depth).gamma_auto()
                })
                .collect();
            gammas.sort_by(f64::total_cmp);
            let expected = 8.0 / (p * p * p) * 0.115;
            assert!(
                (gammas[2] / expected - 1.0).abs() < 0.15,
                "p={depth}: {gammas:?}"
            );
        }
    }

    /// X = (1, −1)ᵀ, y = X: β̂ = 1 and H = (2/n)XXᵀ for α → 0, so tr H = λ_max = 2 and
    /// γ_auto = 2/(2 + 4). With one column the power iteration is exact after one round.
    #[test]
    fn centred_columns_do_not_hide_the_largest_eigenvalue() {
        let rows = Rows {
            x: array![[1.0], [-1.0]],
            y: vec![1.0, -1.0],
        };
        let problem = Regression::new(rows, Validation::Unavailable);
        let limit = approximate_limit(&problem);
        let gamma = StepSizeLimits::at(&problem, &limit, &[1e-6], 2).gamma_auto();
        assert!((gamma * 3.0 - 1.0).abs() < 1e-6, "{gamma}");
    }

    #[test]
    fn problems_without_an_interpolator_still_have_a_step_size() {
        let overdetermined = Rows {
            x: array![[1.0], [2.0], [3.0]],
            y: vec![1.0, 2.0, 4.0],
        };
        let repeated = Rows {
            x: array![[1.0, 2.0], [1.0, 2.0]],
            y: vec![1.0, 3.0],
        };
        let nothing_to_learn = Rows {
            x: array![[1.0, 2.0]],
            y: vec![0.0],
        };
        for rows in [overdetermined, repeated, nothing_to_learn] {
            let problem = Regression::new(rows, Validation::Unavailable);
            let limit = approximate_limit(&problem);
            let gamma = StepSizeLimits::at(&problem, &limit, &vec![0.1; problem.d()], 2)
                .gamma_recommended();
            assert!(gamma.is_finite() && gamma > 0.0, "{gamma}");
        }
    }

    /// X → cX, y → c'y, α → α√(c'/c) makes β → (c'/c)β and H → cc'H, so γ → γ/(cc'), as far as the squares of X and
    /// their products with β have a place among the numbers. The solvers' roundings differ between the scales: the limit
    /// is iterated to 1e-5 and the eigenvalue to 1e-5, which both stop at the same round, so 1e-9 is far from either.
    #[test]
    fn gamma_auto_follows_the_scales_of_the_data() {
        let problem = sparse(3);
        let gamma = |c: f64, other: f64| {
            let rows = Rows {
                x: problem.train.x.mapv(|x| c * x),
                y: problem.train.y.iter().map(|y| other * y).collect(),
            };
            let scaled = Regression::new(rows, Validation::Unavailable);
            let alpha = [0.1 * (other / c).sqrt(); 100];
            StepSizeLimits::at(&scaled, &approximate_limit(&scaled), &alpha, 2).gamma_auto()
        };
        let plain = gamma(1.0, 1.0);
        for c in [1e-150, 1e-100, 1e-60, 1e-7, 1.0, 3.0, 1e60, 1e100, 1e150] {
            for other in [1e-150, 1e-100, 1e-60, 1.0, 1e7, 1e60, 1e100, 1e150] {
                let found = gamma(c, other);
                let ratio = found * c * other / plain;
                assert!((ratio - 1.0).abs() < 1e-9, "X × {c}, y × {other}: {ratio}");
            }
        }
    }

    /// Powers of 4 keep every bit, within the range in which nothing is rescaled and beyond it.
    #[test]
    fn the_limit_of_scaled_data_is_the_scaled_limit_bit_for_bit() {
        let problem = sparse(3);
        let plain = approximate_limit(&problem);
        for (a, b) in [(0, 0), (7, 7), (-240, -240), (240, 240), (-240, 200)] {
            let [c, other] = [a, b].map(|power| 4.0_f64.powi(power));
            let rows = Rows {
                x: problem.train.x.mapv(|x| c * x),
                y: problem.train.y.iter().map(|y| other * y).collect(),
            };
            let scaled = Regression::new(rows, Validation::Unavailable);
            let limit = approximate_limit(&scaled);
            let back: Vec<f64> = limit.iter().map(|b| b * c / other).collect();
            assert!(back == plain, "X × 4^{a}, y × 4^{b}");
        }
    }
}
