//! Orders of convergence of the SDE schemes.

use super::{HYPER, Run, distance, loss, norm, problem, residual, transposed};
use implicit_bias_lab::labs::diagonal::dynamics::{Hyper, Scheme};
use implicit_bias_lab::labs::diagonal::network::Weights;
use implicit_bias_lab::model::regression::Regression;

/// A plain transcription of both schemes that takes its Brownian increments from outside, so that
/// step lengths can share a path.
fn flow(
    problem: &Regression,
    scheme: Scheme,
    gamma: f64,
    dt: f64,
    start: &Weights,
    increments: &[Vec<f64>],
) -> Weights {
    let n = problem.n() as f64;
    let mut w = start.clone();
    for increment in increments {
        let r = residual(problem, &w.beta());
        let loss = loss(&r);
        let sigma = 2.0 * (gamma * loss / n).sqrt();
        let pairs = r.iter().zip(increment);
        let c: Vec<f64> = pairs.map(|(r, db)| dt * r / n - sigma * db).collect();
        let z = transposed(problem, &c);
        for (j, z) in z.into_iter().enumerate() {
            let q = 2.0 * gamma * loss * problem.column_mean_square[j] * dt;
            let (plus, minus) = match scheme {
                Scheme::LogEuler => ((-z - q).exp(), (z - q).exp()),
                Scheme::EulerMaruyama => (1.0 - z, 1.0 + z),
            };
            w.w_plus[j] *= plus;
            w.w_minus[j] *= minus;
        }
    }
    w
}

/// Both schemes on shared paths: at step length h the distance to a solution 16 times finer than the
/// finest, root mean square over paths, must fall like h^½. The transcription that makes this
/// possible is held to the program's steps first.
///
/// The slope over four halvings from dt = γ is seen as 0.64 and 0.66: the part of order 1 still shows
/// at the long steps, and 150 paths scatter by some 0.05. A wrong Itô term would give 0.
#[test]
fn both_schemes_converge_strongly_with_order_one_half() {
    let problem = problem(5, 8, 2);
    let (alpha, gamma, horizon) = (0.3, 0.2, 3.2);
    for scheme in [Scheme::LogEuler, Scheme::EulerMaruyama] {
        let hyper = Hyper {
            scheme,
            substeps: 4,
            record: true,
            ..HYPER
        };
        let mut run = Run::new("sgf", &problem, alpha, &hyper);
        let start = run.weights.clone();
        (0..16).for_each(|_| run.step(gamma, 0.0));
        let dt = gamma / 4.0;
        let normals = run.tape(0);
        let increments: Vec<Vec<f64>> = normals
            .chunks(problem.n())
            .map(|row| row.iter().map(|normal| dt.sqrt() * normal).collect())
            .collect();
        let ours = flow(&problem, scheme, gamma, dt, &start, &increments);
        let gap = distance(&ours.beta(), &run.weights.beta()) / norm(&ours.beta());
        assert!(gap < 1e-12, "{scheme:?}: {gap}");

        // The paths: 16·16·16 increments over the horizon, joined in pairs for longer steps.
        let finest = 4096_usize;
        let levels = [16, 32, 64, 128, 256_usize];
        let mut squares = [0.0; 5];
        let paths = 150;
        for path in 0..paths {
            let hyper = Hyper {
                substeps: finest,
                index: path,
                ..hyper
            };
            let mut source = Run::new("sgf", &problem, alpha, &hyper);
            // One step of the program at any length is a source of standard normals.
            source.step(1e-3, 0.0);
            let normals = source.tape(0);
            let width = problem.n();
            let joined = |steps: usize| -> Vec<Vec<f64>> {
                let length = (horizon / finest as f64).sqrt();
                let block = finest / steps * width;
                let sum = |rows: &[f64]| -> Vec<f64> {
                    let mut sum = vec![0.0; width];
                    for (at, normal) in rows.iter().enumerate() {
                        sum[at % width] += length * normal;
                    }
                    sum
                };
                normals.chunks(block).map(sum).collect()
            };
            let end = |steps: usize| {
                let dt = horizon / steps as f64;
                flow(&problem, scheme, gamma, dt, &start, &joined(steps)).beta()
            };
            let reference = end(finest);
            for (square, steps) in squares.iter_mut().zip(levels) {
                *square += distance(&end(steps), &reference).powi(2) / paths as f64;
            }
        }
        // Slope of ½ log₂ of the mean square against −log₂ of the number of steps.
        let logs = squares.map(|square: f64| 0.5 * square.log2());
        let slope = -(2.0 * (logs[4] - logs[0]) + (logs[3] - logs[1])) / 10.0;
        assert!((0.4..=0.7).contains(&slope), "{scheme:?}: {slope} {logs:?}");
    }
}

/// Weakly the step length hardly matters (order 1): the means of two observables over 300 paths of
/// their own agree between dt = γ, γ/8 and γ/32 and between the schemes, within four standard errors
/// of the difference, which are below 3 % of the mean.
#[test]
fn means_over_paths_do_not_depend_on_step_length_or_scheme() {
    let problem = problem(10, 20, 1);
    let gamma = 0.05;
    let mut index = 0;
    let mut cells = Vec::new();
    for scheme in [Scheme::LogEuler, Scheme::EulerMaruyama] {
        for substeps in [1, 8, 32] {
            let mut values = [Vec::new(), Vec::new()];
            for _ in 0..300 {
                // Jumping ahead in the stream costs more than the path; seeds are as independent.
                index += 1;
                let hyper = Hyper {
                    scheme,
                    substeps,
                    brownian_seed: index,
                    record: false,
                    ..HYPER
                };
                let mut run = Run::new("sgf", &problem, 0.1, &hyper);
                (0..400).for_each(|_| run.step(gamma, 0.0));
                values[0].push(run.ledger.loss_integral);
                values[1].push(run.weights.beta().iter().map(|b| b.abs()).sum());
            }
            cells.push(values.map(|values: Vec<f64>| {
                let count = values.len() as f64;
                let mean = values.iter().sum::<f64>() / count;
                let variance =
                    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
                assert!(
                    (variance / count).sqrt() < 0.03 / 2_f64.sqrt() * mean,
                    "{mean} {variance}"
                );
                (mean, variance / count)
            }));
        }
    }
    for (at, a) in cells.iter().enumerate() {
        for b in &cells[..at] {
            for ((mean_a, square_a), (mean_b, square_b)) in a.iter().zip(b) {
                let error = (square_a + square_b).sqrt();
                assert!((mean_a - mean_b).abs() < 4.0 * error, "{cells:?}");
            }
        }
    }
}
