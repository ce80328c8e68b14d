//! What the rules that integrate an SDE have in common: a γ-step of m sub-steps of dt = γ/m, each driven by
//! normals of its own, which may be kept on tape.

use std::sync::Arc;

use rayon::ThreadPool;

use super::ledger::{Losses, NoiseShare, StepRecord};
use super::{Dynamics, Hyper, Ledger, Progress, StepSettings, Tape};
use crate::labs::diagonal::network::Weights;
use crate::model::regression::Regression;

/// One sub-step.
pub(super) struct SubStep {
    /// γ.
    pub(super) step_size: f64,
    pub(super) dt: f64,
    /// δ.
    pub(super) label_noise: f64,
    /// L at its start.
    pub(super) loss: f64,
}

/// How an SDE is integrated over one sub-step.
pub(super) trait Integrator: Send {
    /// Draws the normals of a sub-step and does its forward pass.
    fn prepare(&mut self, problem: &Regression, weights: &Weights, label_noise: f64) -> Losses;

    /// The normals drawn: Brownian increments over √dt.
    fn normals(&self) -> &[f64];

    /// The label noise that acts on this rule, and the shares of its noise in eq. 10.
    fn noise(&self, label_noise: f64) -> (f64, NoiseShare) {
        (label_noise, NoiseShare::FULL)
    }

    /// Moves the weights, or leaves them where the step counts as divergence; after [`Self::prepare`].
    fn advance(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        substep: &SubStep,
    ) -> Progress;

    /// See [`Dynamics::use_threads`].
    fn use_threads(&mut self, _pool: &Arc<ThreadPool>) {}

    /// See [`Dynamics::restart`].
    fn restart(&mut self);
}

/// The rule of an integrator.
pub(super) struct SubSteps<I> {
    integrator: I,
    substeps: usize,
    /// Increments and label-noise level of each sub-step; empty unless they are to be kept.
    tapes: Vec<Tape>,
}

impl<I: Integrator> SubSteps<I> {
    pub(super) fn new(integrator: I, hyper: &Hyper) -> Self {
        Self {
            tapes: if hyper.record {
                vec![
                    Tape::reals("brownian", integrator.normals().len()),
                    Tape::reals("delta", 1).flat(),
                ]
            } else {
                Vec::new()
            },
            integrator,
            substeps: hyper.substeps,
        }
    }

    fn substep(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        let delta = settings.label_noise;
        let losses = self.integrator.prepare(problem, weights, delta);
        let substep = SubStep {
            step_size: settings.step_size,
            dt: settings.step_size / self.substeps as f64,
            label_noise: delta,
            loss: losses.training,
        };
        let (label_noise, share) = self.integrator.noise(delta);
        let record = StepRecord {
            dt: substep.dt,
            step_size: substep.step_size,
            label_noise,
            share,
            gradients: problem.n(),
        };
        if ledger.enter(losses, &record) == Progress::Diverged {
            return Progress::Diverged;
        }
        ledger.enter_powers(weights, substep.loss, &record);
        self.record(delta);
        self.integrator.advance(problem, weights, &substep)
    }

    fn record(&mut self, delta: f64) {
        if let [brownian, deltas] = &mut self.tapes[..] {
            brownian.push_reals(self.integrator.normals());
            deltas.push_reals(&[delta]);
        }
    }
}

impl<I: Integrator> Dynamics for SubSteps<I> {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        for _ in 0..self.substeps {
            if self.substep(problem, weights, settings, ledger) == Progress::Diverged {
                return Progress::Diverged;
            }
        }
        Progress::Stepped
    }

    fn use_threads(&mut self, pool: &Arc<ThreadPool>) {
        self.integrator.use_threads(pool);
    }

    fn restart(&mut self) {
        self.integrator.restart();
    }

    fn set_substeps(&mut self, substeps: usize) {
        self.substeps = substeps;
    }

    fn tapes(&mut self) -> &mut [Tape] {
        &mut self.tapes
    }
}
