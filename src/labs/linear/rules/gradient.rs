//! Algorithms that take a gradient to a rule of [`crate::optim`].
//!
//! The gradient is of all rows or of a batch, plain or divided by the loss, with or without a diagonal
//! preconditioner, noise on the labels, or noise on the step.

use super::sampler::Sampler;
use super::{Hyper, Rule, Step};
use crate::labs::linear::problem::{Loss, Problem};
use crate::model::kernels;
use crate::model::random::{Normals, Stream};
use crate::optim::{self, Objective, Optimiser};
use crate::sim::tape::Tape;

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Length {
    /// γ.
    Shared,
    /// A number of its own at every step.
    Own(f64),
    /// A number of its own, times 0.998ᵏ: so that a step that does not shrink with the gradient ends somewhere.
    Geometric(f64),
    /// A number of its own, over √(k + 1): for losses without a minimum.
    Root(f64),
}

impl Length {
    fn at(self, step: &Step) -> f64 {
        match self {
            Self::Shared => step.step_size,
            Self::Own(length) => length,
            Self::Geometric(length) => length * libm::pow(0.998, step.number as f64),
            Self::Root(length) => length / (step.number as f64 + 1.0).sqrt(),
        }
    }
}

/// What a [`Descent`] is made of; the rest is plain gradient descent.
pub(super) struct Parts {
    pub(super) rule: optim::Rule<f64>,
    pub(super) length: Length,
    /// Batches instead of all rows.
    pub(super) sampled: bool,
    /// Whether the labels of a batch are y ± δ.
    pub(super) noisy_labels: bool,
    /// ∇L/L instead of ∇L, of the logistic loss.
    pub(super) normalised: bool,
    /// Whether the gradient is multiplied by P.
    pub(super) preconditioned: bool,
    /// Whether √(2γT) ξ is added to every step.
    pub(super) heated: bool,
}

impl Parts {
    pub(super) const PLAIN: Self = Self {
        rule: optim::Rule::GradientDescent,
        length: Length::Shared,
        sampled: false,
        noisy_labels: false,
        normalised: false,
        preconditioned: false,
        heated: false,
    };

    pub(super) fn build(self, hyper: &Hyper) -> Box<dyn Rule> {
        let sampler = || Sampler::new(hyper.seed, hyper.index, hyper.batch, hyper.record);
        let heat = || Heat {
            normals: Normals::new(hyper.seed, Stream::Brownian, hyper.index),
            buffer: vec![0.0; hyper.d],
            tape: hyper.record.then(|| Tape::reals("brownian", hyper.d)),
        };
        Box::new(Descent {
            optimiser: Optimiser::new(self.rule, hyper.d),
            length: self.length,
            source: Source {
                sampler: self.sampled.then(sampler),
                noisy_labels: self.noisy_labels,
                normalised: self.normalised && hyper.loss == Loss::Logistic,
                preconditioner: self.preconditioned.then(|| hyper.preconditioner.clone()),
                slopes: Vec::new(),
            },
            heat: self.heated.then(heat),
        })
    }
}

/// See the module.
struct Descent {
    optimiser: Optimiser<f64>,
    length: Length,
    source: Source,
    heat: Option<Heat>,
}

struct Heat {
    normals: Normals,
    buffer: Vec<f64>,
    /// The normals, if they are recorded.
    tape: Option<Tape>,
}

impl Rule for Descent {
    fn step(&mut self, problem: &Problem, w: &mut [f64], step: &Step) -> f64 {
        let mut gradient = Gradient {
            problem,
            source: &mut self.source,
            step,
        };
        let length = self.length.at(step);
        let loss = self.optimiser.step(&mut gradient, w, length);
        if let Some(Heat {
            normals,
            buffer,
            tape,
        }) = &mut self.heat
        {
            let scale = (2.0 * length * step.temperature).sqrt();
            normals.fill(buffer);
            if let Some(tape) = tape {
                tape.push_reals(buffer);
            }
            w.iter_mut()
                .zip(buffer)
                .for_each(|(w, xi)| *w += scale * *xi);
        }
        loss
    }

    fn restart(&mut self, _w: &[f64]) {
        self.optimiser.restart();
    }

    fn gradients(&self, n: usize) -> usize {
        self.source.sampler.as_ref().map_or(n, Sampler::size)
    }

    fn tapes(&mut self) -> &mut [Tape] {
        match (&mut self.source.sampler, &mut self.heat) {
            (Some(sampler), _) => &mut sampler.tapes,
            (None, Some(heat)) => heat.tape.as_mut_slice(),
            (None, None) => &mut [],
        }
    }
}

/// Where gradients come from.
struct Source {
    sampler: Option<Sampler>,
    noisy_labels: bool,
    normalised: bool,
    preconditioner: Option<Vec<f64>>,
    slopes: Vec<f64>,
}

/// The gradient of one step.
struct Gradient<'a> {
    problem: &'a Problem,
    source: &'a mut Source,
    step: &'a Step,
}

impl Objective<f64> for Gradient<'_> {
    fn loss_and_gradient(&mut self, w: &[f64], gradient: &mut [f64]) -> f64 {
        let Source {
            sampler,
            noisy_labels,
            normalised,
            preconditioner,
            slopes,
        } = &mut *self.source;
        let loss = if let Some(sampler) = sampler {
            let delta = if *noisy_labels {
                self.step.label_noise
            } else {
                0.0
            };
            of_batch(self.problem, sampler, delta, w, gradient)
        } else {
            slopes.resize(self.problem.n(), 0.0);
            if *normalised {
                libm::exp(self.problem.log_loss_and_gradient(w, slopes, gradient))
            } else {
                self.problem.loss_and_gradient(w, slopes, gradient)
            }
        };
        if self.step.weight_decay > 0.0 {
            let pairs = gradient.iter_mut().zip(w);
            pairs.for_each(|(g, w)| *g += self.step.weight_decay * w);
        }
        if let Some(p) = preconditioner {
            gradient.iter_mut().zip(p).for_each(|(g, p)| *g *= *p);
        }
        loss
    }
}

/// Writes the mean gradient of a fresh batch whose labels are y ± δ over `gradient`; returns its mean loss.
fn of_batch(
    problem: &Problem,
    sampler: &mut Sampler,
    delta: f64,
    w: &[f64],
    gradient: &mut [f64],
) -> f64 {
    sampler.draw(problem.n());
    let share = (sampler.size() as f64).recip();
    gradient.fill(0.0);
    let mut sum = 0.0;
    for at in 0..sampler.size() {
        let i = sampler.row(at);
        let row = problem.row(i);
        let label = problem.y[i] + sampler.label_noise(delta);
        let prediction = kernels::dot(row, w);
        sum += problem.loss.value(prediction, label);
        let slope = share * problem.loss.slope(prediction, label);
        gradient
            .iter_mut()
            .zip(row)
            .for_each(|(g, x)| *g += slope * x);
    }
    share * sum
}
