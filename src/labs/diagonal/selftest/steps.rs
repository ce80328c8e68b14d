//! Single steps and derivatives.

use rand::RngExt as _;

use super::plain::{dot, image, largest, loss, norm, residual, solve_gram, transposed};
use super::{Case, Failure, HYPER};
use crate::labs::diagonal::deep_potential;
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::labs::diagonal::dynamics::sgf::{SGF, Scheme};
use crate::labs::diagonal::dynamics::{Dynamics, Hyper, Ledger, Progress, StepSettings, TapeData};
use crate::labs::diagonal::network::Weights;
use crate::labs::diagonal::potential::{asinh_ratio, potential};
use crate::labs::diagonal::theory::sharpness;
use crate::labs::diagonal::theory::step_size::{StepSizeLimits, approximate_limit};
use crate::model::aligned::Aligned;
use crate::model::data::sparse::{BetaLaw, SparseGaussian};
use crate::model::regression::Regression;

const DEPTHS: std::ops::RangeInclusive<u32> = 2..=6;

/// Weights without any symmetry, between 0.2 and 0.6.
fn weights(case: &Case, depth: u32) -> Weights {
    let mut rng = case.generator();
    let mut draw = || -> Aligned {
        let entries = 0..case.problem.d();
        entries.map(|_| 0.2 + 0.4 * rng.random::<f64>()).collect()
    };
    Weights {
        w_plus: draw(),
        w_minus: draw(),
        depth,
    }
}

fn step(
    problem: &Regression,
    rule: &mut dyn Dynamics,
    start: &Weights,
    step_size: f64,
    label_noise: f64,
) -> Result<(Weights, Ledger), Failure> {
    let mut weights = start.clone();
    let mut ledger = Ledger::new(problem, &start.beta());
    let settings = StepSettings {
        step_size,
        label_noise,
    };
    rule.restart();
    match rule.step(problem, &mut weights, settings, &mut ledger) {
        Progress::Stepped => Ok((weights, ledger)),
        Progress::Diverged => Err("diverged in one step".into()),
    }
}

/// L by its definition, of the weights (w₊, w₋) in one vector.
fn loss_at(problem: &Regression, w: &[f64], depth: u32) -> f64 {
    let (d, p) = (problem.d(), depth as i32);
    let beta: Vec<f64> = (0..d).map(|j| w[j].powi(p) - w[d + j].powi(p)).collect();
    loss(&residual(problem, &beta))
}

fn joined(weights: &Weights) -> Vec<f64> {
    [&weights.w_plus[..], &weights.w_minus].concat()
}

fn split(w: &[f64], depth: u32) -> Weights {
    let (plus, minus) = w.split_at(w.len() / 2);
    Weights {
        w_plus: plus.into(),
        w_minus: minus.into(),
        depth,
    }
}

/// ∇L from what a step of gradient descent does.
fn descent(problem: &Regression, start: &Weights) -> Result<Vec<f64>, Failure> {
    let mut rule = (GD.build)(problem, &HYPER);
    let (after, _) = step(problem, rule.as_mut(), start, 1.0, 0.0)?;
    let pairs = joined(start).into_iter().zip(joined(&after));
    Ok(pairs.map(|(before, after)| before - after).collect())
}

/// Along an irregular direction v, ⟨∇L, v⟩ against the five-point difference, which errs by h⁴.
pub(super) fn gradient(case: &Case) -> Result<f64, Failure> {
    let problem = &case.problem;
    let mut worst = 0.0;
    for depth in DEPTHS {
        let start = weights(case, depth);
        let direction: Vec<f64> = joined(&start).iter().rev().map(|w| w - 0.4).collect();
        let slope = dot(&descent(problem, &start)?, &direction);
        let at = |h: f64| {
            let pairs = joined(&start).into_iter().zip(&direction);
            let moved: Vec<f64> = pairs.map(|(w, v)| w + h * v).collect();
            loss_at(problem, &moved, depth)
        };
        let h = 1e-3;
        let difference = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
        worst = largest([worst, slope / difference - 1.0]);
    }
    Ok(worst)
}

const STEP: f64 = 1e-3;

/// For every sample the weights after an SGD step that drew it.
fn every_step(case: &Case, start: &Weights) -> Result<Vec<Weights>, Failure> {
    let n = case.problem.n();
    let mut rule = (SGD.build)(&case.problem, &case.hyper());
    let mut found: Vec<Option<Weights>> = vec![None; n];
    // A sample is missed by all of them with chance e^(−100).
    for _ in 0..100 * n {
        let (after, _) = step(&case.problem, rule.as_mut(), start, STEP, 0.0)?;
        let Some(TapeData::Integers(samples)) = rule.tapes().first_mut().map(|tape| &mut tape.data)
        else {
            return Err("SGD does not record its samples".into());
        };
        for sample in samples.drain(..) {
            found[sample as usize] = Some(after.clone());
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    found
        .into_iter()
        .collect::<Option<_>>()
        .ok_or_else(|| "SGD does not draw every sample".into())
}

pub(super) fn mean_step(case: &Case) -> Result<f64, Failure> {
    let mut worst = 0.0;
    for depth in DEPTHS {
        let start = weights(case, depth);
        let steps = every_step(case, &start)?;
        let mut rule = (GD.build)(&case.problem, &case.hyper());
        let (gd, _) = step(&case.problem, rule.as_mut(), &start, STEP, 0.0)?;
        let gd = joined(&gd);
        let mut mean = vec![0.0; gd.len()];
        for after in &steps {
            for (mean, w) in mean.iter_mut().zip(joined(after)) {
                *mean += w / steps.len() as f64;
            }
        }
        worst = largest(
            mean.iter()
                .zip(&gd)
                .map(|(m, w)| m / w - 1.0)
                .chain([worst]),
        );
    }
    Ok(worst)
}

/// c with w₊ after/before = 1 − Xᵀc, for a step at depth 2.
fn coefficients(problem: &Regression, start: &Weights, after: &Weights) -> Vec<f64> {
    let pairs = start.w_plus.iter().zip(&after.w_plus);
    let z: Vec<f64> = pairs.map(|(before, after)| 1.0 - after / before).collect();
    solve_gram(problem, &vec![1.0; problem.d()], &image(problem, &z))
}

/// The covariance of c/γ over all samples, row by row.
fn enumerated_covariance(case: &Case, start: &Weights) -> Result<Vec<Vec<f64>>, Failure> {
    let n = case.problem.n();
    let steps = every_step(case, start)?;
    let mut samples: Vec<Vec<f64>> = steps
        .iter()
        .map(|after| coefficients(&case.problem, start, after))
        .collect();
    for i in 0..n {
        let mean = samples.iter().map(|c| c[i]).sum::<f64>() / n as f64;
        for c in &mut samples {
            c[i] = (c[i] - mean) / STEP;
        }
    }
    let entry = |i: usize, k: usize| samples.iter().map(|c| c[i] * c[k]).sum::<f64>() / n as f64;
    Ok((0..n)
        .map(|i| (0..n).map(|k| entry(i, k)).collect())
        .collect())
}

pub(super) fn covariance(case: &Case) -> Result<f64, Failure> {
    let start = weights(case, 2);
    let r = residual(&case.problem, &start.beta());
    let n = r.len() as f64;
    let scale = loss(&r);
    let covariance = enumerated_covariance(case, &start)?;
    let mut worst = 0.0;
    for (i, row) in covariance.iter().enumerate() {
        for (k, entry) in row.iter().enumerate() {
            let diagonal = if i == k { r[i] * r[i] / n } else { 0.0 };
            worst = largest([worst, (entry - diagonal + r[i] * r[k] / (n * n)) / scale]);
        }
    }
    Ok(worst)
}

/// SGF's noise in one Euler–Maruyama step is σ times its normals: σ²n/γ² is the trace of its covariance.
pub(super) fn model_covariance(case: &Case) -> Result<f64, Failure> {
    let start = weights(case, 2);
    let hyper = Hyper {
        scheme: Scheme::EulerMaruyama,
        ..case.hyper()
    };
    let mut rule = (SGF.build)(&case.problem, &hyper);
    let (after, _) = step(&case.problem, rule.as_mut(), &start, STEP, 0.0)?;
    let Some(TapeData::Reals(normals)) = rule.tapes().first().map(|tape| &tape.data) else {
        return Err("SGF does not record its normals".into());
    };
    let r = residual(&case.problem, &start.beta());
    let n = r.len() as f64;
    let drift = r.iter().map(|r| STEP * r / n);
    let noise: Vec<f64> = coefficients(&case.problem, &start, &after)
        .iter()
        .zip(drift)
        .map(|(c, drift)| c - drift)
        .collect();
    let trace = n * dot(&noise, &noise) / dot(normals, normals) / (STEP * STEP);
    let covariance = enumerated_covariance(case, &start)?;
    let of_sgd: f64 = (0..covariance.len()).map(|i| covariance[i][i]).sum();
    // And its direction is that of the normals.
    let across = 1.0 + dot(&noise, normals) / (norm(&noise) * norm(normals));
    Ok(largest([trace * (1.0 - 1.0 / n) / of_sgd - 1.0, across]))
}

/// The trace of the covariance of a batch's gradient over all equally likely batches and signs,
/// relative to one sample's, against the factors with which the run's account multiplies L and δ².
pub(super) fn batches(case: &Case) -> Result<f64, Failure> {
    let n = 4;
    let source = SparseGaussian {
        n,
        d: 6,
        sparsity: 3,
        beta_law: BetaLaw::Normal,
        seed: case.seed,
    };
    let problem = source.generate()?;
    let start = Weights::start(&[0.2; 6], 2);
    let r = residual(&problem, &start.beta());
    let delta = 0.3;
    let (one_sample, one_label) = traces(&r, delta, 1, true);
    let mut worst = 0.0;
    for replacement in [true, false] {
        for batch in 1..=n {
            let hyper = Hyper {
                batch,
                replacement,
                ..case.hyper()
            };
            let share = |delta: f64| -> Result<f64, Failure> {
                let mut rule = (SGD.build)(&problem, &hyper);
                let (_, ledger) = step(&problem, rule.as_mut(), &start, STEP, delta)?;
                Ok(ledger.shrinkage / (STEP * STEP))
            };
            let samples = share(0.0)? / loss(&r);
            let labels = (share(delta)? - share(0.0)?) / (delta * delta);
            let (sample_trace, label_trace) = traces(&r, delta, batch, replacement);
            worst = largest([
                worst,
                samples - sample_trace / one_sample,
                labels - label_trace / one_label,
            ]);
        }
    }
    Ok(worst)
}

/// The part of the trace that is due to the samples, and the rest, due to the label signs.
fn traces(r: &[f64], delta: f64, batch: usize, replacement: bool) -> (f64, f64) {
    let n = r.len();
    let (mut count, mut square, mut noisy_square) = (0.0, 0.0, 0.0);
    let mut mean = vec![0.0; n];
    for code in 0..n.pow(batch as u32) {
        let draws: Vec<usize> = (0..batch).map(|at| code / n.pow(at as u32) % n).collect();
        let repeated = (0..batch).any(|at| draws[..at].contains(&draws[at]));
        if repeated && !replacement {
            continue;
        }
        for signs in 0..1 << batch {
            let (mut plain, mut noisy) = (vec![0.0; n], vec![0.0; n]);
            for (at, &i) in draws.iter().enumerate() {
                let label = if signs >> at & 1 == 1 { 2.0 } else { -2.0 } * delta;
                plain[i] += r[i] / batch as f64;
                noisy[i] += (r[i] + label) / batch as f64;
            }
            count += 1.0;
            mean.iter_mut().zip(&plain).for_each(|(mean, c)| *mean += c);
            square += dot(&plain, &plain);
            noisy_square += dot(&noisy, &noisy);
        }
    }
    let of_mean = dot(&mean, &mean) / (count * count);
    let trace = square / count - of_mean;
    (trace, noisy_square / count - of_mean - trace)
}

/// Five-point differences of the potential at random points.
pub(super) fn potentials(case: &Case) -> f64 {
    let mut rng = case.generator();
    let mut worst = 0.0;
    for depth in DEPTHS {
        for _ in 0..20 {
            let alpha = 0.3 * 10_f64.powf(rng.random::<f64>());
            let b = 2.0 * rng.random::<f64>() - 1.0;
            let at = |h: f64| potential(&[b + h], &[alpha], depth);
            // φ bends over 2α² at depth 2, αᵖ beyond, or over b itself.
            let h = 1e-2 * b.hypot(alpha.powi(depth as i32));
            let difference = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
            let gradient = if depth == 2 {
                0.25 * asinh_ratio(b, alpha)
            } else {
                deep_potential::gradient(b, alpha, depth)
            };
            worst = largest([worst, gradient / difference - 1.0]);
        }
    }
    worst
}

/// The largest eigenvalue and the trace of a symmetric matrix given by columns.
fn spectrum(columns: &[Vec<f64>]) -> Result<(f64, f64), Failure> {
    let size = columns.len();
    let matrix = faer::Mat::from_fn(size, size, |i, k| columns[k][i]);
    let eigenvalues = matrix
        .self_adjoint_eigenvalues(faer::Side::Lower)
        .map_err(|error| format!("{error:?}"))?;
    let largest = eigenvalues.last().copied().unwrap_or(f64::NAN);
    Ok((largest, eigenvalues.iter().sum()))
}

/// The Hessian column by column, from central differences of what gradient descent does.
pub(super) fn sharpness(case: &Case) -> Result<f64, Failure> {
    let problem = &case.problem;
    let mut worst = 0.0;
    for depth in 2..=4 {
        let start = weights(case, depth);
        let w = joined(&start);
        let h = 1e-5;
        let column = |at: usize| -> Result<Vec<f64>, Failure> {
            let moved = |by: f64| {
                let mut w = w.clone();
                w[at] += by;
                descent(problem, &split(&w, depth))
            };
            let pairs = moved(h)?.into_iter().zip(moved(-h)?);
            Ok(pairs
                .map(|(ahead, behind)| (ahead - behind) / (2.0 * h))
                .collect())
        };
        let columns = (0..w.len()).map(column).collect::<Result<Vec<_>, _>>()?;
        let (expected, _) = spectrum(&columns)?;
        let Weights {
            w_plus, w_minus, ..
        } = &start;
        let found = sharpness::sharpness(problem, depth, w_plus, w_minus, &mut Vec::new());
        worst = largest([worst, found / expected - 1.0]);
    }
    Ok(worst)
}

/// H column by column: if only sample i had the residual 1, a descent of length h would move the
/// residuals by −h times column i. Both are even functions of h up to the term wanted.
pub(super) fn curvature(case: &Case) -> Result<f64, Failure> {
    let problem = &case.problem;
    let (n, d) = (problem.n(), problem.d());
    let limit = approximate_limit(problem);
    let mut worst = 0.0;
    for (depth, alpha) in [(2, 0.1), (3, 0.4), (4, 0.5)] {
        // Where gradient flow from α is when its coefficients are those of the limit.
        let weights = |b: f64| {
            if depth == 2 {
                let angle = 0.5 * (b / (2.0 * alpha * alpha)).asinh();
                (alpha * angle.exp(), alpha * (-angle).exp())
            } else {
                deep_potential::weights_at(b, alpha, depth)
            }
        };
        let (w_plus, w_minus): (Vec<f64>, Vec<f64>) = limit.iter().map(|b| weights(*b)).unzip();
        let landed = Weights {
            w_plus: w_plus.into(),
            w_minus: w_minus.into(),
            depth,
        };
        let h = 1e-4;
        let columns: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let mut unit = vec![0.0; n];
                unit[i] = 1.0;
                let pull = transposed(problem, &unit);
                let moved = |h: f64| {
                    let mut weights = landed.clone();
                    weights.descend(h / n as f64, &pull);
                    image(problem, &weights.beta())
                };
                let pairs = moved(-h).into_iter().zip(moved(h));
                pairs
                    .map(|(behind, ahead)| (behind - ahead) / (2.0 * h))
                    .collect()
            })
            .collect();
        let (lambda_max, trace) = spectrum(&columns)?;
        let limits = StepSizeLimits::at(problem, &limit, &vec![alpha; d], depth);
        worst = largest([
            worst,
            limits.trace / trace - 1.0,
            limits.lambda_max / lambda_max - 1.0,
        ]);
    }
    Ok(worst)
}
