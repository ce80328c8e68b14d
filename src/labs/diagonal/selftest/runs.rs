//! Where runs end, and what holds at every step on the way.

use super::plain::{
    distance, entropy, image, largest, loss, mean_squares, mirror, norm, outside_span, residual,
    solve_gram, transposed,
};
use super::{ALPHA, Case, Failure};
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::gradient_flow::GF;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::labs::diagonal::dynamics::sgf::{SGF, Scheme};
use crate::labs::diagonal::dynamics::{
    Dynamics, Hyper, Ledger, Method, Progress, StepSettings, TapeData,
};
use crate::labs::diagonal::network::{Weights, depth_effective_alpha};
use crate::model::regression::Regression;

/// A run of one rule on a case's problem.
pub(super) struct Run<'a> {
    pub(super) problem: &'a Regression,
    pub(super) rule: Box<dyn Dynamics>,
    pub(super) weights: Weights,
    pub(super) ledger: Ledger,
    pub(super) steps: usize,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, method: &Method, hyper: &Hyper, alpha: f64, depth: u32) -> Self {
        let weights = Weights::start(&vec![alpha; case.problem.d()], depth);
        Self::from(case, method, hyper, weights)
    }

    pub(super) fn from(case: &'a Case, method: &Method, hyper: &Hyper, weights: Weights) -> Self {
        let problem = &case.problem;
        Self {
            problem,
            rule: (method.build)(problem, hyper),
            ledger: Ledger::new(problem, &weights.beta()),
            weights,
            steps: 0,
        }
    }

    pub(super) fn step(&mut self, step_size: f64, label_noise: f64) -> Result<(), Failure> {
        let settings = StepSettings {
            step_size,
            label_noise,
        };
        let progress = self
            .rule
            .step(self.problem, &mut self.weights, settings, &mut self.ledger);
        if progress == Progress::Diverged {
            return Err(format!("diverged at step {}", self.steps).into());
        }
        self.steps += 1;
        Ok(())
    }

    fn residual(&self) -> Vec<f64> {
        residual(self.problem, &self.weights.beta())
    }

    /// Steps with labels that are noisy for the first `NOISY_STEPS`, until the loss is below `goal`.
    fn finish(&mut self, step_size: f64, label_noise: f64, goal: f64) -> Result<(), Failure> {
        while self.steps < NOISY_STEPS || self.ledger.last_loss > goal {
            let noisy = self.steps < NOISY_STEPS;
            self.step(step_size, if noisy { label_noise } else { 0.0 })?;
            if self.steps == MAX_STEPS {
                let loss = self.ledger.last_loss;
                return Err(format!("L is still {loss:.1e} after {MAX_STEPS} steps").into());
            }
        }
        Ok(())
    }

    /// What tape number `at` has got since the last call.
    fn tape(&mut self, at: usize) -> Vec<f64> {
        match self.rule.tapes().get_mut(at).map(|tape| &mut tape.data) {
            Some(TapeData::Reals(reals)) => std::mem::take(reals),
            Some(TapeData::Integers(integers)) => {
                let integers = std::mem::take(integers);
                integers.into_iter().map(|integer| integer as f64).collect()
            }
            None => Vec::new(),
        }
    }
}

const NOISY_STEPS: usize = 200;
const MAX_STEPS: usize = 400_000;

/// Loss at which a run counts as finished: a relative distance of 1e-8 from where it goes.
const FINISHED: f64 = 1e-16;

/// δ of the label noise that runs start with.
const LABEL_NOISE: f64 = 0.3;

/// Gradient flow to its end, in ever longer steps.
fn settled_flow(case: &Case) -> Result<Run<'_>, Failure> {
    settled(Run::new(case, &GF, &case.hyper(), ALPHA, 2))
}

/// The same from where a run of it is.
pub(super) fn settled(mut run: Run<'_>) -> Result<Run<'_>, Failure> {
    let mut step = 1.0;
    while loss(&run.residual()) > 1e-26 {
        run.step(step, 0.0)?;
        step *= 1.1;
        if run.steps > 200 {
            return Err("gradient flow does not end".into());
        }
    }
    Ok(run)
}

pub(super) fn flow_end(case: &Case) -> Result<f64, Failure> {
    let run = settled_flow(case)?;
    let log_alpha = vec![ALPHA.ln(); case.problem.d()];
    let limit = case.interpolation.least_entropy(&log_alpha, None)?;
    Ok(distance(&run.weights.beta(), &limit.beta))
}

pub(super) fn flow_integral(case: &Case) -> Result<f64, Failure> {
    let run = settled_flow(case)?;
    let alpha = vec![ALPHA; case.problem.d()];
    let start = vec![0.0; case.problem.d()];
    let divergence = entropy(&run.weights.beta(), &alpha) - entropy(&start, &alpha);
    Ok((run.ledger.loss_integral / (0.5 * divergence) - 1.0).abs())
}

/// The sub-steps for which log-Euler is tried.
const SUBSTEPS: [usize; 3] = [1, 2, 10];

fn log_euler(case: &Case, substeps: usize) -> Run<'_> {
    let hyper = Hyper {
        substeps,
        record: false,
        ..case.hyper()
    };
    Run::new(case, &SGF, &hyper, ALPHA, 2)
}

/// α_t = α ⊙ exp(−2γ D ∫(L+δ²)), D from X and the integral from the run.
fn predicted_alpha(run: &Run<'_>) -> Vec<f64> {
    let decay = mean_squares(run.problem).into_iter();
    decay
        .map(|d| ALPHA * (-2.0 * d * run.ledger.shrinkage).exp())
        .collect()
}

/// The worst of `error` along a log-Euler run: at its first steps and then at every hundredth.
fn along_stochastic_flow(case: &Case, error: fn(&Run<'_>) -> f64) -> Result<f64, Failure> {
    let step_size = case.step_size(ALPHA, 2);
    let mut worst = 0.0;
    for substeps in SUBSTEPS {
        let mut run = log_euler(case, substeps);
        while run.steps < 3_000 {
            run.step(step_size, if run.steps < 1_000 { LABEL_NOISE } else { 0.0 })?;
            if run.steps < 10 || run.steps.is_multiple_of(100) {
                worst = largest([worst, error(&run)]);
            }
        }
    }
    Ok(worst)
}

pub(super) fn stochastic_flow_product(case: &Case) -> Result<f64, Failure> {
    along_stochastic_flow(case, |run| {
        let products = run.weights.w_plus.iter().zip(&run.weights.w_minus);
        let gaps = products.zip(predicted_alpha(run));
        largest(gaps.map(|((plus, minus), alpha)| (plus * minus / (alpha * alpha)).ln()))
    })
}

pub(super) fn stochastic_flow_stationarity(case: &Case) -> Result<f64, Failure> {
    along_stochastic_flow(case, |run| {
        let pairs = run.weights.beta().into_iter().zip(predicted_alpha(run));
        let gradient: Vec<f64> = pairs.map(|(b, alpha)| mirror(b, alpha)).collect();
        outside_span(run.problem, &gradient) / norm(&gradient)
    })
}

pub(super) fn stochastic_flow_end(case: &Case) -> Result<f64, Failure> {
    let step_size = case.step_size(ALPHA, 2);
    let mut worst = 0.0;
    for substeps in SUBSTEPS {
        let mut run = log_euler(case, substeps);
        run.finish(step_size, LABEL_NOISE, FINISHED)?;
        let log_alpha: Vec<f64> = predicted_alpha(&run).iter().map(|a| a.ln()).collect();
        let limit = case.interpolation.least_entropy(&log_alpha, None)?;
        worst = largest([worst, distance(&run.weights.beta(), &limit.beta)]);
    }
    Ok(worst)
}

/// The rules for which the exact discrete identity is checked.
#[derive(Clone, Copy)]
enum Rule {
    Gd,
    Sgd,
    Batch,
    EulerMaruyama,
}

/// A run of 2000 steps beside its ν and c, which are added up from the tapes.
struct Tracked<'a> {
    run: Run<'a>,
    /// What the data have contributed: ½ln(w₊/w₋) is Xᵀν if steps are short.
    nu: Vec<f64>,
    /// What the steps, which are not short, have left: −½Σ(½ln|(1+z)/(1−z)| − z).
    shift: Vec<f64>,
}

fn tracked(case: &Case, rule: Rule) -> Result<Tracked<'_>, Failure> {
    let problem = &case.problem;
    let (n, d) = (problem.n(), problem.d());
    let batch = if matches!(rule, Rule::Batch) { 4 } else { 1 };
    let hyper = Hyper {
        batch,
        replacement: false,
        scheme: Scheme::EulerMaruyama,
        ..case.hyper()
    };
    let method = match rule {
        Rule::Gd => &GD,
        Rule::Sgd | Rule::Batch => &SGD,
        Rule::EulerMaruyama => &SGF,
    };
    let gamma = case.step_size(ALPHA, 2);
    let mut run = Run::new(case, method, &hyper, ALPHA, 2);
    let (mut nu, mut shift) = (vec![0.0; n], vec![0.0; d]);
    for step in 0..2_000 {
        let r = run.residual();
        run.step(gamma, if step < 500 { 0.1 } else { 0.0 })?;
        let (first, second) = (run.tape(0), run.tape(1));
        let mut increment = vec![0.0; n];
        match rule {
            Rule::Gd => increment = r.iter().map(|r| gamma * r / n as f64).collect(),
            Rule::Sgd | Rule::Batch => {
                for (sample, label) in first.iter().zip(&second) {
                    let i = *sample as usize;
                    increment[i] += gamma * (r[i] + label) / batch as f64;
                }
            }
            Rule::EulerMaruyama => {
                let noisy_loss = loss(&r) + second.first().map_or(f64::NAN, |delta| delta * delta);
                let diffusion = 2.0 * (gamma * noisy_loss / n as f64).sqrt() * gamma.sqrt();
                for ((increment, r), normal) in increment.iter_mut().zip(&r).zip(&first) {
                    *increment = gamma * r / n as f64 - diffusion * normal;
                }
            }
        }
        for (nu, increment) in nu.iter_mut().zip(&increment) {
            *nu -= increment;
        }
        for (shift, z) in shift.iter_mut().zip(transposed(problem, &increment)) {
            *shift -= 0.5 * (0.5 * ((1.0 + z) / (1.0 - z)).abs().ln() - z);
        }
    }
    Ok(Tracked { run, nu, shift })
}

/// a = √|w₊w₋|.
fn measured_alpha(weights: &Weights) -> Vec<f64> {
    let pairs = weights.w_plus.iter().zip(&weights.w_minus);
    pairs
        .map(|(plus, minus)| (plus * minus).abs().sqrt())
        .collect()
}

/// ∇φ_a(β) − c.
fn shifted_gradient(beta: &[f64], a: &[f64], shift: &[f64]) -> Vec<f64> {
    let entries = beta.iter().zip(a).zip(shift);
    entries
        .map(|((b, a), shift)| mirror(*b, *a) - shift)
        .collect()
}

fn discrete_identity(case: &Case, rule: Rule) -> Result<f64, Failure> {
    let Tracked { run, nu, shift } = tracked(case, rule)?;
    let a = measured_alpha(&run.weights);
    let left = shifted_gradient(&run.weights.beta(), &a, &shift);
    let right = transposed(&case.problem, &nu).into_iter();
    let gap: Vec<f64> = left.iter().zip(right).map(|(l, r)| l - 0.5 * r).collect();
    Ok(norm(&gap) / norm(&left))
}

pub(super) fn gd_identity(case: &Case) -> Result<f64, Failure> {
    discrete_identity(case, Rule::Gd)
}

pub(super) fn sgd_identity(case: &Case) -> Result<f64, Failure> {
    discrete_identity(case, Rule::Sgd)
}

pub(super) fn batch_identity(case: &Case) -> Result<f64, Failure> {
    discrete_identity(case, Rule::Batch)
}

pub(super) fn euler_maruyama_identity(case: &Case) -> Result<f64, Failure> {
    discrete_identity(case, Rule::EulerMaruyama)
}

/// φ_a is convex, so an interpolator that is stationary is the minimiser.
pub(super) fn destinations(case: &Case) -> Result<f64, Failure> {
    let problem = &case.problem;
    let mut worst = 0.0;
    for rule in [Rule::Gd, Rule::Sgd, Rule::Batch, Rule::EulerMaruyama] {
        let Tracked { run, shift, .. } = tracked(case, rule)?;
        let Weights {
            w_plus, w_minus, ..
        } = &run.weights;
        let end = case.interpolation.flow_limit(2, w_plus, w_minus)?.beta;
        let gradient = shifted_gradient(&end, &measured_alpha(&run.weights), &shift);
        let outside = outside_span(problem, &gradient) / norm(&gradient);
        let missed = norm(&residual(problem, &end)) / norm(&problem.train.y);
        worst = largest([worst, outside, missed]);
    }
    Ok(worst)
}

/// Runge–Kutta steps of order four for state' = rate(state).
fn runge_kutta(
    mut state: Vec<f64>,
    dt: f64,
    steps: usize,
    rate: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let moved = |state: &[f64], by: f64, rate: &[f64]| -> Vec<f64> {
        let pairs = state.iter().zip(rate);
        pairs.map(|(state, rate)| state + by * rate).collect()
    };
    for _ in 0..steps {
        let k1 = rate(&state);
        let k2 = rate(&moved(&state, 0.5 * dt, &k1));
        let k3 = rate(&moved(&state, 0.5 * dt, &k2));
        let k4 = rate(&moved(&state, dt, &k3));
        for (j, state) in state.iter_mut().enumerate() {
            *state += dt / 6.0 * (k1[j] + 2.0 * k2[j] + 2.0 * k3[j] + k4[j]);
        }
    }
    state
}

/// Gradient flow itself, ẇ± = ∓(p/2) w±ᵖ⁻¹ ⊙ Xᵀr/n, in steps that are short at first and then as long
/// as its stiffness allows.
pub(super) fn deep_flow_end(case: &Case) -> Result<f64, Failure> {
    let problem = &case.problem;
    let (n, d) = (problem.n() as f64, problem.d());
    let mut worst = 0.0;
    for (depth, alpha) in [(3, 0.4), (4, 0.5)] {
        let p = depth as i32;
        let beta =
            |w: &[f64]| -> Vec<f64> { (0..d).map(|j| w[j].powi(p) - w[d + j].powi(p)).collect() };
        let rate = |w: &[f64]| -> Vec<f64> {
            let pull = transposed(problem, &residual(problem, &beta(w)));
            let half = 0.5 * f64::from(p) / n;
            let sign = |at: usize| if at < d { -half } else { half };
            (0..2 * d)
                .map(|at| sign(at) * w[at].powi(p - 1) * pull[at % d])
                .collect()
        };
        // γ of SGD is small against 2/λ_max(H), up to which a step is stable.
        let dt = 2.0 * case.step_size(alpha, depth);
        let mut w = vec![alpha; 2 * d];
        let mut steps = 0;
        while loss(&residual(problem, &beta(&w))) > FINISHED {
            w = runge_kutta(w, dt, 100, rate);
            steps += 100;
            if steps > MAX_STEPS {
                return Err("gradient flow does not end".into());
            }
        }
        let start = vec![alpha; d];
        let limit = case.interpolation.flow_limit(depth, &start, &start)?;
        worst = largest([worst, distance(&beta(&w), &limit.beta)]);
    }
    Ok(worst)
}

pub(super) fn deep_stochastic_flow_end(case: &Case) -> Result<f64, Failure> {
    let (depth, alpha) = (3, 0.4);
    let hyper = Hyper {
        record: false,
        ..case.hyper()
    };
    let mut run = Run::new(case, &SGF, &hyper, alpha, depth);
    run.finish(case.step_size(alpha, depth), LABEL_NOISE, FINISHED)?;
    let start = vec![alpha; case.problem.d()];
    let decay = mean_squares(&case.problem);
    let [plus, minus] = run
        .ledger
        .power_integrals
        .each_ref()
        .map(|integral| depth_effective_alpha(&start, &decay, integral, depth));
    let limit = case.interpolation.flow_limit(depth, &plus, &minus)?;
    Ok(distance(&run.weights.beta(), &limit.beta))
}

/// The small-step limit under label noise, ẇ = −P∇R with R = 4ΣD_j(w₊² + w₋²), where P projects on the
/// tangent space of {w : Xβ = y}; T = η²k. Its end is compared with argmin φ_α(T), where the exponent
/// of α(T) is read from the account of an SGD run with γ = 4η and δ = ½.
pub(super) fn label_noise_limit(case: &Case) -> Result<f64, Failure> {
    const STEPS: usize = 50;
    let problem = &case.problem;
    let d = problem.d();
    let decay = mean_squares(problem);
    let log_alpha = vec![ALPHA.ln(); d];
    let start = case.interpolation.least_entropy(&log_alpha, None)?.beta;
    // w± = α e^(±v) with β = 2α² sinh 2v.
    let angle = |j: usize| 2.0 * mirror(start[j], ALPHA);
    let weight = |at: usize| {
        let sign = if at < d { 1.0 } else { -1.0 };
        ALPHA * (sign * angle(at % d)).exp()
    };
    let rate = |w: &[f64]| -> Vec<f64> {
        let mass: Vec<f64> = (0..d).map(|j| w[j] * w[j] + w[d + j] * w[d + j]).collect();
        let drift: Vec<f64> = (0..d)
            .map(|j| 8.0 * decay[j] * (w[j] * w[j] - w[d + j] * w[d + j]))
            .collect();
        let dual = solve_gram(problem, &mass, &image(problem, &drift));
        let pull = transposed(problem, &dual);
        (0..2 * d)
            .map(|at| {
                let sign = if at < d { 1.0 } else { -1.0 };
                w[at] * (sign * pull[at % d] - 8.0 * decay[at % d])
            })
            .collect()
    };
    let time = 0.05;
    let w = runge_kutta(
        (0..2 * d).map(weight).collect(),
        time / STEPS as f64,
        STEPS,
        rate,
    );
    let flow: Vec<f64> = (0..d).map(|j| w[j] * w[j] - w[d + j] * w[d + j]).collect();

    let (eta, steps) = (1e-4, 10);
    let mut run = Run::new(case, &SGD, &case.hyper(), ALPHA, 2);
    for _ in 0..steps {
        run.step(4.0 * eta, 0.5)?;
    }
    let exponent = 2.0 * run.ledger.label_shrinkage / (eta * eta * f64::from(steps)) * time;
    let log_alpha: Vec<f64> = decay.iter().map(|d| ALPHA.ln() - exponent * d).collect();
    let limit = case.interpolation.least_entropy(&log_alpha, None)?;
    Ok(distance(&flow, &limit.beta))
}
