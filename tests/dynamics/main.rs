//! The mathematics of the moving weights, against routes to the same numbers that share no code
//! with the rules: plain loops, enumeration, Newton's method on the dual, shared Brownian paths.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bias;
mod convergence;
mod deep;
mod identities;
mod loss_every;
mod replay;
mod threads;

use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::labs::diagonal::dynamics::{
    Dynamics, Hyper, Ledger, METHODS, Progress, Scheme, StepSettings, TapeData,
};
use implicit_bias_lab::labs::diagonal::network::{Weights, depth_effective_alpha};
use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
use implicit_bias_lab::model::regression::Regression;
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::message::Change;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

fn problem(n: usize, d: usize, seed: u64) -> Regression {
    let source = SparseGaussian {
        n,
        d,
        sparsity: 3.min(d),
        beta_law: BetaLaw::Signs,
        seed,
    };
    source.generate().unwrap()
}

const HYPER: Hyper = Hyper {
    batch: 1,
    replacement: true,
    loss_every: 1,
    scheme: Scheme::LogEuler,
    substeps: 1,
    temperature: 1e-4,
    sampling_seed: 0,
    brownian_seed: 0,
    index: 0,
    record: true,
};

/// One run of one rule.
struct Run {
    problem: Regression,
    weights: Weights,
    ledger: Ledger,
    rule: Box<dyn Dynamics>,
}

impl Run {
    fn new(method: &str, problem: &Regression, alpha: f64, hyper: &Hyper) -> Self {
        Self::at_depth(2, method, problem, alpha, hyper)
    }

    fn at_depth(depth: u32, method: &str, problem: &Regression, alpha: f64, hyper: &Hyper) -> Self {
        let method = METHODS.iter().find(|known| known.id == method).unwrap();
        let weights = Weights::start(&vec![alpha; problem.d()], depth);
        Self {
            ledger: Ledger::new(problem, &weights.beta()),
            rule: (method.build)(problem, hyper),
            weights,
            problem: problem.clone(),
        }
    }

    fn step(&mut self, step_size: f64, label_noise: f64) {
        let settings = StepSettings {
            step_size,
            label_noise,
        };
        let progress = self
            .rule
            .step(&self.problem, &mut self.weights, settings, &mut self.ledger);
        assert_eq!(progress, Progress::Stepped);
    }

    fn loss(&self) -> f64 {
        loss(&residual(&self.problem, &self.weights.beta()))
    }

    /// The theory's α₊ and α₋ now.
    fn depth_alpha(&self, alpha: f64) -> [Vec<f64>; 2] {
        let start = vec![alpha; self.problem.d()];
        let mean_square = &self.problem.column_mean_square;
        let integrals = self.ledger.power_integrals.each_ref();
        integrals.map(|i| depth_effective_alpha(&start, mean_square, i, self.weights.depth))
    }

    /// What tape number `tape` has got since the last call.
    fn tape(&mut self, tape: usize) -> Vec<f64> {
        match &mut self.rule.tapes()[tape].data {
            TapeData::Reals(reals) => std::mem::take(reals),
            TapeData::Integers(integers) => {
                let integers = std::mem::take(integers).into_iter();
                integers.map(|integer| integer as f64).collect()
            }
        }
    }
}

// Linear algebra in plain loops.

fn residual(problem: &Regression, beta: &[f64]) -> Vec<f64> {
    let x = &problem.train.x;
    let row = |i: usize| (0..problem.d()).map(|j| x[[i, j]] * beta[j]).sum::<f64>();
    (0..problem.n())
        .map(|i| row(i) - problem.train.y[i])
        .collect()
}

fn loss(residual: &[f64]) -> f64 {
    residual.iter().map(|r| r * r).sum::<f64>() / (4.0 * residual.len() as f64)
}

/// Xᵀc.
fn transposed(problem: &Regression, c: &[f64]) -> Vec<f64> {
    let x = &problem.train.x;
    let column = |j: usize| (0..problem.n()).map(|i| x[[i, j]] * c[i]).sum();
    (0..problem.d()).map(column).collect()
}

/// X diag(m) Xᵀ.
fn gram(problem: &Regression, m: &[f64]) -> Vec<Vec<f64>> {
    let x = &problem.train.x;
    let n = problem.n();
    let entry = |i: usize, k: usize| (0..problem.d()).map(|j| x[[i, j]] * m[j] * x[[k, j]]).sum();
    (0..n)
        .map(|i| (0..n).map(|k| entry(i, k)).collect())
        .collect()
}

/// Solves a positive definite system by elimination.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let (pivot, below) = a[k..].split_first_mut().unwrap();
        for (row, i) in below.iter_mut().zip(k + 1..) {
            let factor = row[k] / pivot[k];
            for (entry, pivot) in row.iter_mut().zip(&*pivot) {
                *entry -= factor * pivot;
            }
            b[i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - known) / a[k][k];
    }
    b
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        .sqrt()
}

fn norm(a: &[f64]) -> f64 {
    distance(a, &vec![0.0; a.len()])
}

/// d/db of φ_a, ¼ asinh(b/2a²).
fn mirror(b: f64, a: f64) -> f64 {
    0.25 * (b / (2.0 * a * a)).asinh()
}

/// φ_α(b) − φ_α(0) by its definition (eq. 2).
fn divergence(b: &[f64], alpha: f64) -> f64 {
    let a2 = alpha * alpha;
    let term = |b: &f64| b * (b / (2.0 * a2)).asinh() - b.hypot(2.0 * a2) + 2.0 * a2;
    0.25 * b.iter().map(term).sum::<f64>()
}

fn knobs(settings: &[(&str, &str)]) -> Knobs {
    let mut knobs = Knobs::new(LABS[0].knobs());
    for (key, value) in settings {
        knobs.set_text(key, value).unwrap();
    }
    knobs
}

/// All scheduled samples of a recipe up to its last step.
fn samples(knobs: &Knobs, changes: Vec<Change>) -> Vec<Sample> {
    let experiment = LABS[0].experiment(knobs, false).unwrap();
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        knobs.clone(),
        changes,
    );
    session.advance_to(knobs.count("steps"), None);
    session.take_samples()
}
