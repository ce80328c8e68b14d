//! Stochastic gradient descent with mini-batches and label noise (eq. 1 and 9).
//!
//! w± ← w± ⊙ (1 ∓ (γ/b) Σ_{i∈B} (rᵢ + Δᵢ) xᵢ), Δᵢ = ±2δ with equal chances; at depth p the step is
//! multiplied by (p/2) w±ᵖ⁻². Mean-square stable up to
//! about γ_auto for b = 1; not checked here. Near it one weight in twenty ends with its sign
//! flipped (|γ(rᵢ+Δᵢ)xᵢⱼ| > 1): weights are never clamped and never kept as logarithms.
//!
//! A step needs the residuals of its own samples, b·d multiply-adds, and the loss for the integrals all n of them.
//! With [`Hyper::loss_every`] above 1 most steps leave the loss out and enter the estimate of
//! `Ledger::enter_estimate`; the weights take the same path, bit for bit.

use rand::RngExt as _;

use super::estimate::LossEstimate;
use super::ledger::{NoiseShare, StepRecord};
use super::{Dynamics, Forward, Hyper, Ledger, Method, Progress, StepSettings, Tape};
use crate::labs::diagonal::network::Weights;
use crate::model::aligned::{self, Aligned};
use crate::model::kernels;
use crate::model::random::{Generator, Stream, generator};
use crate::model::regression::Regression;
use crate::palette::{Ink, Line, Look};

/// Stochastic gradient descent.
pub static SGD: Method = Method {
    id: "sgd",
    label: "SGD",
    about: "Stochastic gradient descent (eq. 1): w± ← w± ∓ γ (⟨β, xᵢ⟩ − yᵢ) xᵢ ⊙ w±, i drawn uniformly. \
            Each run has its own random sub-stream.",
    look: Look {
        ink: Ink::Vermillion,
        line: Line::Marked,
        width: 1.6,
    },
    max_runs: 40,
    default_runs: "2",
    any_depth: true,
    any_weights: true,
    covered_by_theorem: true,
    build: |problem, hyper| Box::new(StochasticGradientDescent::new(problem, hyper)),
};

/// How often to compute the loss unless told: at every step where that takes no more than a few tenths of a
/// millisecond, else once in n steps, which then cost about twice what they would without.
pub fn auto_loss_every(n: usize, d: usize) -> u64 {
    /// Multiply-adds of a loss; X is 8 MB.
    const SMALL: f64 = 1e6;
    if n as f64 * d as f64 <= SMALL {
        1
    } else {
        n as u64
    }
}

struct StochasticGradientDescent {
    forward: Forward,
    /// As long as a padded row.
    gradient: Aligned,
    batch: Vec<usize>,
    labels: Vec<f64>,
    coefficients: Vec<f64>,
    /// A permutation of 0..n whose head is reshuffled for every batch without replacement; empty
    /// when drawing with replacement.
    deck: Vec<usize>,
    loss_every: u64,
    /// Steps before the next one that computes the loss.
    until_loss: u64,
    /// Not kept where every step computes the loss.
    estimate: LossEstimate,
    share: NoiseShare,
    samples: Generator,
    label_signs: Generator,
    tapes: Vec<Tape>,
}

impl StochasticGradientDescent {
    fn new(problem: &Regression, hyper: &Hyper) -> Self {
        let (n, b) = (problem.n(), hyper.batch);
        let finite_population = if hyper.replacement || n == 1 {
            1.0
        } else {
            (n - b) as f64 / (n - 1) as f64
        };
        Self {
            forward: Forward::new(problem),
            gradient: aligned::zeros(problem.design.stride()),
            batch: vec![0; b],
            labels: vec![0.0; b],
            coefficients: vec![0.0; b],
            deck: if hyper.replacement {
                Vec::new()
            } else {
                (0..n).collect()
            },
            loss_every: hyper.loss_every,
            until_loss: 0,
            estimate: LossEstimate::default(),
            share: NoiseShare {
                sampling: finite_population / b as f64,
                labels: 1.0 / b as f64,
            },
            samples: generator(hyper.sampling_seed, Stream::Samples, hyper.index),
            label_signs: generator(hyper.sampling_seed, Stream::LabelSigns, hyper.index),
            tapes: if hyper.record {
                vec![Tape::integers("sample", b), Tape::reals("label_noise", b)]
            } else {
                Vec::new()
            },
        }
    }

    // What a step of a single sample without label noise or a record does not need is kept out of its way.
    #[inline(never)]
    fn draw_batch(&mut self, n: usize) {
        if self.deck.is_empty() {
            for sample in &mut self.batch {
                *sample = self.samples.random_range(0..n);
            }
        } else {
            // The head of a partial Fisher–Yates shuffle is a uniform draw without replacement,
            // whatever order the deck was left in.
            for at in 0..self.batch.len() {
                let other = self.samples.random_range(at..n);
                self.deck.swap(at, other);
                self.batch[at] = self.deck[at];
            }
        }
    }

    #[inline(never)]
    fn draw_labels(&mut self, delta: f64) {
        if delta == 0.0 {
            self.labels.fill(0.0);
            return;
        }
        for label in &mut self.labels {
            *label = if self.label_signs.random() {
                2.0 * delta
            } else {
                -2.0 * delta
            };
        }
    }

    /// Computes the loss and enters it; returns it unless the run has diverged.
    #[inline(always)]
    fn enter_loss(
        &mut self,
        problem: &Regression,
        weights: &Weights,
        ledger: &mut Ledger,
        record: &StepRecord,
    ) -> Option<f64> {
        let losses = self.forward.compute_by_columns(problem, weights);
        let progress = ledger.enter(losses, record);
        (progress == Progress::Stepped).then_some(losses.training)
    }

    /// The same with an estimate in place of the loss while it is not its turn.
    #[inline(never)]
    fn enter_in_turn(
        &mut self,
        problem: &Regression,
        weights: &Weights,
        ledger: &mut Ledger,
        record: &StepRecord,
    ) -> Option<f64> {
        if self.until_loss == 0 {
            self.until_loss = self.loss_every - 1;
            let loss = self.enter_loss(problem, weights, ledger, record)?;
            let drawn = self.forward.mean_over(&self.batch);
            let share = self.share.sampling;
            self.estimate
                .begin(&self.forward.residual, loss, drawn, share);
            return Some(loss);
        }
        self.until_loss -= 1;
        let drawn = self.forward.compute_drawn(problem, weights, &self.batch);
        let variance = self.estimate.next(drawn.training);
        let progress = ledger.enter_estimate(&drawn, variance, record);
        (progress == Progress::Stepped).then_some(drawn.training)
    }

    #[inline(never)]
    fn record(&mut self) {
        for tape in &mut self.tapes {
            tape.push_indices(&self.batch);
            tape.push_reals(&self.labels);
        }
    }

    /// The step of several samples.
    #[inline(never)]
    fn descend_batch(&mut self, problem: &Regression, weights: &mut Weights, scale: f64) {
        for ((coefficient, &i), label) in self
            .coefficients
            .iter_mut()
            .zip(&self.batch)
            .zip(&self.labels)
        {
            *coefficient = scale * (self.forward.residual[i] + label);
        }
        let (batch, coefficients) = (&self.batch, &self.coefficients);
        kernels::combine_rows(
            problem.design.numbers(),
            batch,
            coefficients,
            &mut self.gradient,
        );
        self.forward.descend(problem, weights, 1.0, &self.gradient);
    }
}

impl Dynamics for StochasticGradientDescent {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        // First, so that the processor can do it beside the products, which do not depend on it.
        if let [sample] = &mut self.batch[..]
            && self.deck.is_empty()
        {
            *sample = self.samples.random_range(0..problem.n());
        } else {
            self.draw_batch(problem.n());
        }
        if settings.label_noise != 0.0 || self.labels[0] != 0.0 {
            self.draw_labels(settings.label_noise);
        }
        let gamma = settings.step_size;
        let record = StepRecord {
            dt: gamma,
            step_size: gamma,
            label_noise: settings.label_noise,
            share: self.share,
            gradients: self.batch.len(),
        };
        let entered = if self.loss_every == 1 {
            self.enter_loss(problem, weights, ledger, &record)
        } else {
            self.enter_in_turn(problem, weights, ledger, &record)
        };
        let Some(loss) = entered else {
            return Progress::Diverged;
        };
        ledger.enter_powers(weights, loss, &record);
        if !self.tapes.is_empty() {
            self.record();
        }
        let scale = gamma / self.batch.len() as f64;
        let design = &problem.design;
        if let (&[i], &[label]) = (&self.batch[..], &self.labels[..]) {
            let c = scale * (self.forward.residual[i] + label);
            self.forward.descend(problem, weights, c, design.row(i));
            return Progress::Stepped;
        }
        self.descend_batch(problem, weights, scale);
        Progress::Stepped
    }

    fn restart(&mut self) {
        self.forward.restart();
    }

    fn forward(&mut self) -> Option<&mut Forward> {
        (self.loss_every == 1).then_some(&mut self.forward)
    }

    fn tapes(&mut self) -> &mut [Tape] {
        &mut self.tapes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::dynamics::testing::{HYPER, one_step, problem, weights};
    use crate::sim::tape::TapeData;

    /// Eq. 9 written out with the recorded draws; one step to 1e-13 relative.
    #[test]
    fn a_step_is_equation_nine_on_the_recorded_draws() {
        let problem = problem();
        let start = weights(problem.d(), 2);
        for (batch, replacement) in [(1, true), (4, true), (4, false), (7, false)] {
            let hyper = Hyper {
                batch,
                replacement,
                ..HYPER
            };
            let settings = StepSettings {
                step_size: 0.05,
                label_noise: 0.3,
            };
            let (after, mut rule) = one_step(&SGD, &hyper, settings, &start);
            let [samples, labels] = rule.tapes() else {
                panic!("two tapes")
            };
            let (TapeData::Integers(samples), TapeData::Reals(labels)) =
                (&samples.data, &labels.data)
            else {
                panic!("samples are integers, label noise is real")
            };
            assert_eq!(samples.len(), batch);
            assert!(labels.iter().all(|delta| delta.abs() == 0.6));
            if !replacement {
                let mut distinct = samples.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), batch, "{samples:?}");
            }
            for j in 0..problem.d() {
                let mut g = 0.0;
                for (&i, delta) in samples.iter().zip(labels) {
                    let i = i as usize;
                    let prediction: f64 = (0..problem.d())
                        .map(|l| {
                            problem.train.x[[i, l]]
                                * (start.w_plus[l].powi(2) - start.w_minus[l].powi(2))
                        })
                        .sum();
                    g += 0.05 / batch as f64
                        * (prediction - problem.train.y[i] + delta)
                        * problem.train.x[[i, j]];
                }
                assert!((after.w_plus[j] / (start.w_plus[j] * (1.0 - g)) - 1.0).abs() < 1e-13);
                assert!((after.w_minus[j] / (start.w_minus[j] * (1.0 + g)) - 1.0).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn label_noise_does_not_change_which_samples_are_drawn() {
        let start = weights(11, 2);
        let samples = |label_noise| {
            let settings = StepSettings {
                step_size: 0.01,
                label_noise,
            };
            let (_, mut rule) = one_step(&SGD, &HYPER, settings, &start);
            rule.tapes()[0].data.clone()
        };
        assert_eq!(samples(0.0), samples(0.5));
    }

    /// A full batch without replacement is GD: same gradient summed in another order.
    #[test]
    fn a_full_batch_without_replacement_is_gradient_descent() {
        let start = weights(11, 2);
        let settings = StepSettings {
            step_size: 0.05,
            label_noise: 0.0,
        };
        let (sgd, _) = one_step(
            &SGD,
            &Hyper {
                batch: 7,
                replacement: false,
                ..HYPER
            },
            settings,
            &start,
        );
        let (gd, _) = one_step(
            &crate::labs::diagonal::dynamics::gd::GD,
            &HYPER,
            settings,
            &start,
        );
        for (sgd, gd) in sgd.w_plus.iter().zip(&gd.w_plus) {
            assert!((sgd / gd - 1.0).abs() < 1e-13);
        }
    }
}
