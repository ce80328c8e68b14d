//! The reference interpolators against independent routes: a conic solver, integration of the
//! flow, optimality certificates and the limits that are known by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod flow_limit;
mod least_entropy;
mod least_l1;

use faer::Mat;
use faer::linalg::solvers::Solve as _;
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::random::{Generator, Stream, generator};
use implicit_bias_lab::model::regression::{Regression, Rows, Validation};
use ndarray::Array2;
use rand::RngExt as _;

fn problem(x: Array2<f64>, y: Vec<f64>) -> Regression {
    Regression::new(Rows { x, y }, Validation::Unavailable)
}

fn reals(rng: &mut Generator, len: usize) -> Vec<f64> {
    (0..len).map(|_| rng.random_range(-1.5..1.5)).collect()
}

/// Uniform features; labels from a sparse β* (even seeds) or arbitrary ones (odd seeds).
fn random_problem(n: usize, d: usize, seed: u64) -> Regression {
    let mut rng = generator(seed, Stream::Data, 0);
    let x = Array2::from_shape_vec((n, d), reals(&mut rng, n * d)).unwrap();
    let y = if seed.is_multiple_of(2) {
        (0..n).map(|i| x[[i, 0]] - x[[i, d - 1]]).collect()
    } else {
        reals(&mut rng, n)
    };
    problem(x, y)
}

fn sparse_gaussian(n: usize, d: usize, sparsity: usize, seed: u64) -> Regression {
    SparseGaussian {
        n,
        d,
        sparsity,
        beta_law: BetaLaw::Signs,
        seed,
    }
    .generate()
    .unwrap()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn relative_distance(a: &[f64], b: &[f64]) -> f64 {
    let gap: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&gap) / norm(b)
}

/// ‖Xβ − y‖/‖y‖.
fn infeasibility(problem: &Regression, beta: &[f64]) -> f64 {
    let mut residual = vec![0.0; problem.n()];
    problem.train.residual(beta, &mut residual);
    norm(&residual) / norm(&problem.train.y)
}

/// ‖z − Xᵀλ‖/‖z‖ for the best λ, by least squares.
fn misfit_to_rows(problem: &Regression, z: &[f64]) -> f64 {
    let rows = Mat::from_fn(problem.d(), problem.n(), |j, i| problem.train.x[[i, j]]);
    let z_column = Mat::from_fn(problem.d(), 1, |j, _| z[j]);
    let normal = rows.transpose() * &rows;
    let factor = normal.partial_piv_lu();
    let mut rest = z_column;
    for _ in 0..2 {
        let lambda = factor.solve(rows.transpose() * &rest);
        rest -= &rows * lambda;
    }
    rest.norm_l2() / norm(z)
}
