//! How the weights move: every algorithm is an entry of [`METHODS`], made of one of three kinds of step.
//!
//! | kind | algorithms |
//! |---|---|
//! | [`gradient`] | everything that takes a gradient, of all rows or of a batch, to a rule of [`crate::optim`] |
//! | [`kaczmarz`] | projections onto one equation at a time |
//! | [`mirror`] | steps in the dual of a potential |
//!
//! What is known of where an algorithm ends is declared with it: the potential in which it never leaves the
//! span of the data, and the norm whose margin it makes large.

pub mod gradient;
pub mod kaczmarz;
mod methods;
pub mod mirror;
mod sampler;

use super::problem::{Loss, Problem};
use super::theory::margins::Norm;
use super::theory::potential::Potential;
use crate::palette::Look;
use crate::sim::experiment::{Family, RunInfo};
use crate::sim::tape::Tape;

pub use methods::METHODS;

/// What may differ from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// γ.
    pub step_size: f64,
    /// λ of ½λ‖w‖².
    pub weight_decay: f64,
    /// δ: labels of SGD with label noise are y ± δ.
    pub label_noise: f64,
    /// T of Langevin dynamics.
    pub temperature: f64,
    /// Steps taken since the training set last changed.
    pub number: u64,
}

/// One run's algorithm; owns its scratch buffers and its random streams.
pub trait Rule: Send {
    /// Moves w; returns the loss at the start of the step, of the rows that it has looked at.
    fn step(&mut self, problem: &Problem, w: &mut [f64], step: &Step) -> f64;

    /// Goes on from `w` on another training set: no velocity, no means, but the same random streams.
    fn restart(&mut self, w: &[f64]);

    /// Gradients of single rows that a step takes, of n.
    fn gradients(&self, n: usize) -> usize;

    /// The randomness used since the caller last emptied the tapes, if recording was asked for.
    fn tapes(&mut self) -> &mut [Tape] {
        &mut []
    }
}

/// What a rule is built from.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyper {
    /// What is minimised.
    pub loss: Loss,
    /// d.
    pub d: usize,
    /// That of mirror descent.
    pub potential: Potential,
    /// μ of heavy ball and Nesterov.
    pub momentum: f64,
    /// First step of sign descent.
    pub sign_step: f64,
    /// First step of Adam.
    pub adam_step: f64,
    /// Pⱼ, d of them.
    pub preconditioner: Vec<f64>,
    /// Samples per stochastic step.
    pub batch: usize,
    /// Seed of samples, of label noise and of Langevin noise.
    pub seed: u64,
    /// Which run of its method this is; selects the sub-stream of the seed.
    pub index: usize,
    /// Whether to keep the randomness on tape.
    pub record: bool,
}

/// An algorithm that a user can choose.
pub struct Method {
    /// Short name in files.
    pub id: &'static str,
    /// Name on the screen.
    pub label: &'static str,
    /// What it is, for the tooltip, with its equation.
    pub about: &'static str,
    /// How its curves are drawn.
    pub look: Look,
    /// How many runs of it make sense: 1 for deterministic rules.
    pub max_runs: u64,
    /// How many runs of it a fresh recipe has.
    pub default_runs: &'static str,
    /// The losses that it is for.
    pub losses: &'static [Loss],
    /// Whether its steps look at a few rows only, so that these limit the step size one by one.
    pub stochastic: bool,
    /// The potential in which ∇Ψ(w) − ∇Ψ(w₀) never leaves the span; `None` if there is none.
    pub potential: fn(&Hyper) -> Option<Potential>,
    /// The norm whose margin it makes large under the logistic loss; `None` if that is not known.
    pub norm: fn(&Hyper) -> Option<Norm>,
    /// By which factor its effective time exceeds kγ, for methods whose ‖w‖ grows like that of gradient flow under
    /// the logistic loss.
    pub pace: fn(&Hyper) -> Option<f64>,
    /// Builds one run's rule, starting at w.
    pub build: fn(&Hyper, &[f64]) -> Box<dyn Rule>,
}

impl Method {
    /// Its runs as a family.
    pub fn family(&self) -> Family {
        Family {
            id: self.id,
            label: self.label,
            about: self.about,
            look: self.look,
        }
    }

    /// Its run number `index`.
    pub fn run(&self, index: usize) -> RunInfo {
        self.family().run(index, self.max_runs == 1)
    }

    /// The recipe key for the number of runs.
    pub fn runs_key(&self) -> String {
        format!("{}_runs", self.id.replace('-', "_"))
    }
}

#[cfg(test)]
mod tests;
