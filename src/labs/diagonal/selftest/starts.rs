//! Runs from β₀ ≠ 0, and with weight decay.

use super::plain::{distance, largest, mean_squares, mirror, norm, outside_span};
use super::runs::{Run, settled};
use super::{ALPHA, Case, Failure};
use crate::labs::diagonal::dynamics::decay;
use crate::labs::diagonal::dynamics::gradient_flow::GF;
use crate::labs::diagonal::dynamics::sgf::SGF;
use crate::labs::diagonal::initialisation::Initialisation;
use crate::labs::diagonal::theory::interpolation::Interpolation;
use crate::model::random::{Normals, Stream};
use crate::model::regression::{Regression, Rows, Validation};

/// The size of the entries of β₀: ‖β₀‖₁ is about that of β*, for which the step size of a case is chosen.
const SIZE: f64 = 0.05;

/// Steps with weight decay.
const STEPS: usize = 1_000;

/// λγ.
const DECAY: f64 = 1e-3;

/// δ.
const LABEL_NOISE: f64 = 0.3;

fn drawn(case: &Case, index: usize, len: usize) -> Vec<f64> {
    let mut numbers = vec![0.0; len];
    Normals::new(case.seed, Stream::Checks, index).fill(&mut numbers);
    numbers
}

/// β₀ with entries of either sign.
fn scattered(case: &Case) -> Initialisation {
    let d = case.problem.d();
    let beta: Vec<f64> = drawn(case, 7, d).iter().map(|b| SIZE * b).collect();
    Initialisation::at(vec![ALPHA; d], &beta)
}

/// Gradient flow, whose integrator knows no potential, against Newton's method for the divergence.
pub(super) fn flow_end(case: &Case) -> Result<f64, Failure> {
    let start = scattered(case);
    let run = settled(Run::from(case, &GF, &case.hyper(), start.weights(2)))?;
    let log_alpha = vec![ALPHA.ln(); case.problem.d()];
    let tilt = start.tilt().ok_or("the start has no β₀")?;
    let limit = case
        .interpolation
        .least_divergence(&log_alpha, tilt, None)?;
    Ok(distance(&run.weights.beta(), &limit.beta))
}

/// Gradient flow from the end of training on random labels of the same inputs, against the end from w± = α.
pub(super) fn forgotten(case: &Case) -> Result<f64, Failure> {
    let (n, d) = (case.problem.n(), case.problem.d());
    let garbage = Rows {
        x: case.problem.train.x.clone(),
        y: drawn(case, 8, n),
    };
    let garbage = Regression::new(garbage, Validation::Unavailable);
    let log_alpha = vec![ALPHA.ln(); d];
    let fitted = Interpolation::new(&garbage)?.least_entropy(&log_alpha, None)?;
    let start = Initialisation::at(vec![ALPHA; d], &fitted.beta);
    let run = settled(Run::from(case, &GF, &case.hyper(), start.weights(2)))?;
    let fresh = case.interpolation.least_entropy(&log_alpha, None)?;
    Ok(distance(&run.weights.beta(), &fresh.beta))
}

/// At every hundredth step of log-Euler SGF with label noise and weight decay: w₊w₋ against α_t², and the part
/// of ∇φ(β) − ∇φ(β₀) outside the span.
pub(super) fn decayed_flow(case: &Case) -> Result<f64, Failure> {
    let start = scattered(case);
    let mut run = Run::from(case, &SGF, &case.hyper(), start.weights(2));
    let step_size = case.step_size(ALPHA, 2);
    let mean_squares = mean_squares(&case.problem);
    let tilt = start.tilt().ok_or("the start has no β₀")?;
    let mut worst = 0.0;
    while run.steps < STEPS {
        run.step(step_size, LABEL_NOISE)?;
        decay(&mut *run.rule, &mut run.weights, &mut run.ledger, DECAY);
        if run.steps.is_multiple_of(100) {
            let decayed = DECAY * run.steps as f64;
            let alpha = mean_squares
                .iter()
                .map(|d| ALPHA * (-2.0 * d * run.ledger.shrinkage - decayed).exp());
            let alpha: Vec<f64> = alpha.collect();
            let products = run.weights.w_plus.iter().zip(&run.weights.w_minus);
            let gaps = products.zip(&alpha);
            let gap =
                largest(gaps.map(|((plus, minus), alpha)| (plus * minus / (alpha * alpha)).ln()));
            let pairs = run.weights.beta().into_iter().zip(&alpha);
            let gradient: Vec<f64> = pairs.map(|(b, alpha)| mirror(b, *alpha)).collect();
            let at_start = tilt.iter().map(|tilt| 0.25 * tilt);
            let moved = gradient.iter().zip(at_start).map(|(now, then)| now - then);
            let moved: Vec<f64> = moved.collect();
            worst = largest([
                worst,
                gap,
                outside_span(run.problem, &moved) / norm(&gradient),
            ]);
        }
    }
    Ok(worst)
}
