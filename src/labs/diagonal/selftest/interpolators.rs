//! The interpolators that the theory singles out.

use rand::RngExt as _;

use super::plain::{
    distance, dot, largest, mean_squares, mirror, norm, outside_span, residual, solve_gram,
    transposed,
};
use super::{Case, Failure};

/// ln α of every argmin φ_α that is checked: α the same for all coordinates, and spread at random
/// over four decades.
fn log_alphas(case: &Case) -> Vec<Vec<f64>> {
    let d = case.problem.d();
    let mut rng = case.generator();
    let spread = (0..d).map(|_| (1e-4_f64).ln() * rng.random::<f64>());
    let uniform = [1e-8_f64, 1e-4, 1e-2, 1.0, 1e3].map(|alpha| vec![alpha.ln(); d]);
    uniform.into_iter().chain([spread.collect()]).collect()
}

pub(super) fn feasibility(case: &Case) -> Result<f64, Failure> {
    let mut worst = 0.0;
    for log_alpha in log_alphas(case) {
        let beta = case.interpolation.least_entropy(&log_alpha, None)?.beta;
        let missed = norm(&residual(&case.problem, &beta)) / norm(&case.problem.train.y);
        worst = largest([worst, missed]);
    }
    Ok(worst)
}

pub(super) fn stationarity(case: &Case) -> Result<f64, Failure> {
    let mut worst = 0.0;
    for log_alpha in log_alphas(case) {
        let beta = case.interpolation.least_entropy(&log_alpha, None)?.beta;
        let pairs = beta.iter().zip(&log_alpha);
        let gradient: Vec<f64> = pairs.map(|(b, log)| mirror(*b, log.exp())).collect();
        let outside = outside_span(&case.problem, &gradient) / norm(&gradient);
        worst = largest([worst, outside]);
    }
    Ok(worst)
}

/// asinh is linear up to (β/2α²)²/6, 1e-12 at α = 10³.
pub(super) fn large_alpha(case: &Case) -> Result<f64, Failure> {
    let d = case.problem.d();
    let dual = solve_gram(&case.problem, &vec![1.0; d], &case.problem.train.y);
    let least_l2 = transposed(&case.problem, &dual);
    let limit = case
        .interpolation
        .least_entropy(&vec![1e3_f64.ln(); d], None)?;
    let ours = distance(case.interpolation.least_l2(), &least_l2);
    Ok(largest([ours, distance(&limit.beta, &least_l2)]))
}

/// ln α per unit of weight. Off the support β vanishes like α^(2(1 − |Xᵀλ|_j)), λ the dual of the linear
/// program, so that a column that is nearly in the support adds a little to the norm.
const LOG_SMALL: f64 = -30.0;

/// By how much, relatively, Σw|β| of argmin φ_α for α_j = e^(−30w_j) differs from the smallest there is.
fn excess(case: &Case, weights: &[f64]) -> Result<f64, Failure> {
    let size = |beta: &[f64]| -> f64 {
        let pairs = beta.iter().zip(weights);
        pairs.map(|(b, weight)| weight * b.abs()).sum()
    };
    let least_l1 = case.interpolation.least_weighted_l1(weights)?;
    let log_alpha: Vec<f64> = weights.iter().map(|weight| LOG_SMALL * weight).collect();
    let limit = case.interpolation.least_entropy(&log_alpha, None)?;
    Ok((size(&limit.beta) / size(&least_l1.beta) - 1.0).abs())
}

pub(super) fn small_alpha(case: &Case) -> Result<f64, Failure> {
    excess(case, &vec![1.0; case.problem.d()])
}

pub(super) fn small_uneven_alpha(case: &Case) -> Result<f64, Failure> {
    excess(case, &mean_squares(&case.problem))
}

/// By weak duality yᵀλ ≤ Σw|β| for every interpolator, as long as |Xᵀλ| ≤ w.
pub(super) fn certificate(case: &Case) -> Result<f64, Failure> {
    let problem = &case.problem;
    let ones = vec![1.0; problem.d()];
    let mut worst = 0.0;
    for weights in [ones, mean_squares(problem)] {
        let solution = case.interpolation.least_weighted_l1(&weights)?;
        let pull = transposed(problem, &solution.dual);
        let excess = pull.iter().zip(&weights);
        let excess = largest(excess.map(|(pull, weight)| (pull.abs() / weight - 1.0).max(0.0)));
        let sizes: Vec<f64> = solution.beta.iter().map(|b| b.abs()).collect();
        let size = dot(&sizes, &weights);
        let gap = size / dot(&problem.train.y, &solution.dual) - 1.0;
        let missed = norm(&residual(problem, &solution.beta)) / norm(&problem.train.y);
        worst = largest([worst, excess, gap, missed, solution.norm / size - 1.0]);
    }
    Ok(worst)
}
