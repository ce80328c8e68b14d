//! Mirror descent: z ← z − γg with z = ∇Ψ(w), of all rows or of a batch.
//!
//! # Step size
//! γ is the largest of the shared one and its halves that lowers the loss by half of what its slope promises, whatever
//! the curvature of Ψ*: none at 0 for ℓ_p with p < 2, infinite for p > 2. With D the diagonal of secants
//! (∇Ψ*(z⁺) − ∇Ψ*(z))ⱼ/(z⁺ − z)ⱼ, the new residuals of the square loss are exactly (I − γXDXᵀ/n)r; so
//! γ tr(XDXᵀ)/n ≤ 1 is enough, which costs no look at the data, and four times as much for the logistic loss, whose
//! curvature is at most ¼. Where a coefficient crosses 0 at infinite curvature that is far from necessary, and the loss
//! itself is looked at.

use super::sampler::Sampler;
use super::{Hyper, Rule, Step};
use crate::labs::linear::problem::Problem;
use crate::labs::linear::theory::potential::Potential;
use crate::model::kernels;
use crate::sim::tape::Tape;

/// Halvings at most, of the shared step size: enough for ℓ₆ from 0, whose first step is 1e-10 of it.
const HALVINGS: usize = 60;

/// See the module.
struct Mirror {
    potential: Potential,
    sampler: Option<Sampler>,
    z: Vec<f64>,
    gradient: Vec<f64>,
    slopes: Vec<f64>,
    /// Σ xᵢⱼ²/n of the rows that a step looks at, per column.
    squares: Vec<f64>,
    /// Whether these are of all rows of the training set.
    of_all_rows: bool,
    next: [Vec<f64>; 2],
    /// The last step's γ.
    last: f64,
}

/// Mirror descent with all rows.
pub(super) fn build(hyper: &Hyper, w: &[f64]) -> Box<dyn Rule> {
    Box::new(Mirror::new(hyper, w, None))
}

/// Mirror descent with batches.
pub(super) fn build_stochastic(hyper: &Hyper, w: &[f64]) -> Box<dyn Rule> {
    let sampler = Sampler::new(hyper.seed, hyper.index, hyper.batch, hyper.record);
    Box::new(Mirror::new(hyper, w, Some(sampler)))
}

impl Mirror {
    fn new(hyper: &Hyper, w: &[f64], sampler: Option<Sampler>) -> Self {
        let zeros = || vec![0.0; hyper.d];
        Self {
            z: hyper.potential.dual(w),
            potential: hyper.potential.clone(),
            sampler,
            gradient: zeros(),
            slopes: Vec::new(),
            squares: zeros(),
            of_all_rows: false,
            next: [zeros(), zeros()],
            last: f64::INFINITY,
        }
    }

    /// The gradient at w of the rows that this step looks at, and the sums of squares of their columns.
    fn look(&mut self, problem: &Problem, w: &[f64]) -> f64 {
        let Some(sampler) = &mut self.sampler else {
            self.slopes.resize(problem.n(), 0.0);
            if !self.of_all_rows {
                self.squares.fill(0.0);
                let share = (problem.n() as f64).recip();
                for row in problem.x.chunks_exact(problem.d) {
                    add_squares(&mut self.squares, share, row);
                }
                self.of_all_rows = true;
            }
            return problem.loss_and_gradient(w, &mut self.slopes, &mut self.gradient);
        };
        sampler.draw(problem.n());
        let share = (sampler.size() as f64).recip();
        self.squares.fill(0.0);
        self.gradient.fill(0.0);
        let mut loss = 0.0;
        for at in 0..sampler.size() {
            let i = sampler.row(at);
            let row = problem.row(i);
            let prediction = kernels::dot(row, w);
            loss += share * problem.loss.value(prediction, problem.y[i]);
            let slope = share * problem.loss.slope(prediction, problem.y[i]);
            add_squares(&mut self.squares, share, row);
            let pairs = self.gradient.iter_mut().zip(row);
            pairs.for_each(|(g, x)| *g += slope * x);
        }
        loss
    }

    /// Writes z − γg and its primal over `next`; returns γ tr(XDXᵀ)/n.
    fn try_step(&mut self, w: &[f64], gamma: f64) -> f64 {
        let [duals, primals] = &mut self.next;
        let mut trace = 0.0;
        for j in 0..w.len() {
            duals[j] = self.z[j] - gamma * self.gradient[j];
            primals[j] = self.potential.primal_entry(j, duals[j]);
            // γD is −Δw/g.
            if self.gradient[j] != 0.0 {
                trace += self.squares[j] * (w[j] - primals[j]) / self.gradient[j];
            }
        }
        trace
    }

    /// Whether `next` lowers the loss, decay included, by half of what its slope at w promises.
    fn lowers(&self, problem: &Problem, w: &[f64], loss: f64, decay: f64) -> bool {
        let next = &self.next[1];
        let value = |loss: f64, w: &[f64]| loss + 0.5 * decay * kernels::dot(w, w);
        let after = match &self.sampler {
            None => problem.loss_at(next),
            Some(sampler) => {
                let rows = (0..sampler.size()).map(|at| sampler.row(at));
                let losses = rows.map(|i| {
                    let prediction = kernels::dot(problem.row(i), next);
                    problem.loss.value(prediction, problem.y[i])
                });
                losses.sum::<f64>() / sampler.size() as f64
            }
        };
        let moves = self.gradient.iter().zip(next).zip(w);
        let promised: f64 = moves.map(|((g, next), w)| g * (next - w)).sum();
        value(after, next) <= value(loss, w) + 0.5 * promised
    }
}

fn add_squares(squares: &mut [f64], share: f64, row: &[f64]) {
    let pairs = squares.iter_mut().zip(row);
    pairs.for_each(|(sum, x)| *sum += share * x * x);
}

impl Rule for Mirror {
    fn step(&mut self, problem: &Problem, w: &mut [f64], step: &Step) -> f64 {
        let loss = self.look(problem, w);
        if step.weight_decay > 0.0 {
            let pairs = self.gradient.iter_mut().zip(&*w);
            pairs.for_each(|(g, w)| *g += step.weight_decay * w);
        }
        let most = problem.loss.largest_curvature().recip();
        let mut gamma = step.step_size.min(2.0 * self.last);
        for _ in 0..HALVINGS {
            if self.try_step(w, gamma) <= most || self.lowers(problem, w, loss, step.weight_decay) {
                break;
            }
            gamma *= 0.5;
        }
        self.last = gamma;
        self.z.copy_from_slice(&self.next[0]);
        w.copy_from_slice(&self.next[1]);
        loss
    }

    fn restart(&mut self, w: &[f64]) {
        self.z = self.potential.dual(w);
        self.of_all_rows = false;
        self.last = f64::INFINITY;
    }

    fn gradients(&self, n: usize) -> usize {
        self.sampler.as_ref().map_or(n, Sampler::size)
    }

    fn tapes(&mut self) -> &mut [Tape] {
        let sampler = self.sampler.as_mut();
        sampler.map_or(&mut [], |sampler| &mut sampler.tapes)
    }
}
