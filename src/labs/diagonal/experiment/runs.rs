//! How the runs take their steps: alone or in groups, each with its own rule, weights and ledger.

use std::ops::Range;

use crate::labs::diagonal::collapse::{InForce, Saddle, SaddleNoise};
use crate::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use crate::labs::diagonal::dynamics::ledger::Extent;
use crate::labs::diagonal::dynamics::other_noises::EXACT_COVARIANCE;
use crate::labs::diagonal::dynamics::sgf::SGF;
use crate::labs::diagonal::dynamics::{
    Dynamics, Hyper, Ledger, Method, Progress, StepSettings, decay, forward_all, group_size,
};
use crate::labs::diagonal::initialisation::Initialisation;
use crate::labs::diagonal::network::{Weights, depth_effective_alpha};
use crate::labs::diagonal::observables::{self, OBSERVABLES, RunState};
use crate::labs::diagonal::settings::Settings;
use crate::model::regression::Regression;
use crate::sim::experiment::{RunSample, RunStatus};

/// One run.
pub(super) struct Run {
    pub(super) initialisation: Initialisation,
    /// The step at which it starts.
    pub(super) start_step: u64,
    pub(super) weights: Weights,
    pub(super) ledger: Ledger,
    pub(super) rule: Box<dyn Dynamics>,
    /// Whether its rule has noise.
    pub(super) is_random: bool,
    /// Whether Theorem 1 is about its rule.
    pub(super) is_covered: bool,
    /// What its noise is at w = 0, where that can hold it.
    pub(super) saddle_noise: Option<SaddleNoise>,
    /// L at its start.
    pub(super) start_loss: f64,
    /// The step at which it diverged.
    pub(super) diverged: Option<u64>,
    /// Whether it takes no more steps although it could.
    pub(super) frozen: bool,
    /// The step of the last sample, and the L that it holds.
    pub(super) written: Option<(u64, f64)>,
}

impl Run {
    pub(super) fn new(
        problem: &Regression,
        initialisation: Initialisation,
        depth: u32,
        method: &Method,
        hyper: &Hyper,
    ) -> Self {
        let weights = initialisation.weights(depth);
        let ledger = Ledger::new(problem, &weights.beta());
        Self {
            initialisation,
            start_loss: ledger.last_loss,
            start_step: 0,
            weights,
            ledger,
            rule: (method.build)(problem, hyper),
            is_random: method.max_runs > 1,
            is_covered: method.covered_by_theorem,
            saddle_noise: saddle_noise(method),
            diverged: None,
            frozen: false,
            written: None,
        }
    }

    /// Whether steps are still taken with it.
    pub(super) fn is_active(&self) -> bool {
        self.diverged.is_none() && !self.frozen
    }

    /// Whether something moves it although its loss may be below the tolerance: weight decay, or label noise
    /// on a run that started at an interpolator. Elsewhere a loss that small is where a run under label noise
    /// ends, too.
    pub(super) fn is_driven(&self, settings: &Settings, step: u64) -> bool {
        let label_noise = settings.noise_schedule.level(step);
        settings.weight_decay > 0.0
            || self.start_loss < settings.tolerance && self.is_random && label_noise > 0.0
    }

    /// How it is doing at `step`. It has converged if L is below the tolerance at this very step: the L that
    /// a sample of it holds, not the one that the last step began with.
    pub(super) fn status(&self, now: &Now<'_>) -> RunStatus {
        if let Some(step) = self.diverged {
            return RunStatus::Diverged { step };
        }
        if now.step < self.start_step {
            return RunStatus::Waiting;
        }
        let held = self.saddle_noise.zip(now.saddle);
        let in_force = InForce {
            step_size: now.step_size,
            lasting_label_noise: now.settings.noise_schedule.lasting(),
            weight_decay: now.settings.weight_decay,
        };
        if held.is_some_and(|(noise, saddle)| saddle.holds(&self.weights, noise, in_force)) {
            return RunStatus::Collapsed;
        }
        let loss = match self.written {
            Some((step, loss)) if step == now.step => loss,
            // Between samples the status is asked for every few milliseconds, and a pass through the data to no
            // purpose would be felt: no step lowers L as much.
            _ if self.ledger.last_loss > FAR * now.settings.tolerance => return RunStatus::Running,
            _ => now.problem.training_loss(&self.weights.beta()),
        };
        if loss < now.settings.tolerance && !self.is_driven(now.settings, now.step) {
            RunStatus::Converged
        } else {
            RunStatus::Running
        }
    }

    /// The run's part of the sample at `step`; `None` if it has diverged.
    pub(super) fn sample(&mut self, problem: &Regression, step: u64) -> Option<RunSample> {
        if self.diverged.is_some() {
            return None;
        }
        if step < self.start_step {
            return Some(RunSample::not_started(OBSERVABLES.len()));
        }
        let beta = self.weights.beta();
        let training_loss = self.loss_within_bounds(problem, step, &beta)?;
        let effective_alpha = self.weights.effective_alpha();
        let depth_alpha = self.depth_alpha(problem);
        let run = RunState {
            problem,
            weights: &self.weights,
            beta: &beta,
            training_loss,
            effective_alpha: &effective_alpha,
            depth_alpha: depth_alpha.as_ref(),
            alpha: self.initialisation.alpha(),
            ledger: &self.ledger,
        };
        let values = observables::values(&run);
        let extremes = |pick: fn(f64, f64) -> f64, of: fn(Extent) -> f64| -> Vec<f64> {
            let pairs = OBSERVABLES.iter().zip(&values);
            let extremes = pairs.map(|(observable, &value)| match observable.extent {
                Some(extent) if !extent(&self.ledger).is_empty() => {
                    pick(value, of(extent(&self.ledger)))
                }
                _ => value,
            });
            extremes.collect()
        };
        let low = extremes(f64::min, |extent| extent.low);
        let high = extremes(f64::max, |extent| extent.high);
        let weights = [self.weights.w_plus.to_vec(), self.weights.w_minus.to_vec()];
        let state = weights.into_iter().chain(depth_alpha.into_iter().flatten());
        let state = state.collect();
        Some(RunSample {
            values,
            low,
            high,
            state,
        })
    }

    /// What a sample at `step` does to the run, without the sample.
    pub(super) fn check_bounds(&mut self, problem: &Regression, step: u64) {
        if self.diverged.is_some() || step < self.start_step {
            return;
        }
        match &mut self.written {
            // Its weights have stayed where they were.
            Some((at, _)) if self.frozen => *at = step,
            _ => {
                let beta = self.weights.beta();
                self.loss_within_bounds(problem, step, &beta);
            }
        }
    }

    /// L at `step`. A step may have carried the weights out of bounds just now; the next step would find out, but
    /// such a state must not be shown: the run has diverged, and there is none.
    fn loss_within_bounds(&mut self, problem: &Regression, step: u64, beta: &[f64]) -> Option<f64> {
        let training_loss = problem.training_loss(beta);
        if !self.ledger.accepts(training_loss) {
            self.diverged = Some(step);
            return None;
        }
        self.written = Some((step, training_loss));
        Some(training_loss)
    }

    /// α₊ and α₋ now, for depths p ≥ 3.
    fn depth_alpha(&self, problem: &Regression) -> Option<[Vec<f64>; 2]> {
        let depth = self.weights.depth;
        (depth > 2).then(|| {
            let integrals = self.ledger.power_integrals.each_ref();
            integrals.map(|integral| {
                let alpha = self.initialisation.alpha();
                depth_effective_alpha(alpha, &problem.column_mean_square, integral, depth)
            })
        })
    }
}

/// L at the start of the last step over the tolerance above which a run has not converged.
const FAR: f64 = 1e3;

/// What the status of a run depends on besides itself.
pub(super) struct Now<'a> {
    pub(super) problem: &'a Regression,
    pub(super) saddle: Option<&'a Saddle>,
    pub(super) settings: &'a Settings,
    pub(super) step_size: f64,
    pub(super) step: u64,
}

/// The noise of the rules that can collapse: that of the others does not shrink weights near 0.
fn saddle_noise(method: &Method) -> Option<SaddleNoise> {
    if method.id == SGF.id {
        Some(SaddleNoise::Isotropic)
    } else if method.id == EXACT_COVARIANCE.id {
        Some(SaddleNoise::OfSamples)
    } else {
        None
    }
}

/// Splits the runs into groups of neighbours whose forward passes are done together; enough groups for the
/// threads.
pub(super) fn groups<'a>(
    mut runs: &'a mut [Run],
    problem: &Regression,
    threads: usize,
) -> Vec<&'a mut [Run]> {
    let sharing = runs.iter_mut().filter_map(|run| run.rule.forward()).count();
    let most = group_size(problem).min(sharing.div_ceil(threads).max(1));
    let mut groups = Vec::new();
    while !runs.is_empty() {
        let mut shares = runs.iter_mut().map(|run| run.rule.forward().is_some());
        let len = shares.position(|shares| !shares).unwrap_or(runs.len());
        let len = len.clamp(1, most);
        let (group, rest) = runs.split_at_mut(len);
        groups.push(group);
        runs = rest;
    }
    groups
}

/// Steps to be taken, and what all runs share meanwhile.
pub(super) struct StepRange<'a> {
    pub(super) problem: &'a Regression,
    pub(super) noise_schedule: &'a NoiseSchedule,
    pub(super) step_size: f64,
    pub(super) weight_decay: f64,
    pub(super) span: Range<u64>,
}

impl StepRange<'_> {
    /// Takes the steps with every run of the group that is still active.
    pub(super) fn advance(&self, group: &mut [Run]) {
        if let [run] = group {
            self.advance_run(run, self.span.clone());
            return;
        }
        for step in self.span.clone() {
            let runs = group.iter_mut();
            let runs = runs.filter(|run| run.is_active() && run.start_step <= step);
            let passes = runs.filter_map(|run| Some((run.rule.forward()?, &run.weights)));
            forward_all(self.problem, passes);
            for run in &mut *group {
                self.advance_run(run, step..step + 1);
            }
        }
    }

    /// Takes the steps of `span` that come after the run's start.
    fn advance_run(&self, run: &mut Run, span: Range<u64>) {
        for step in span.start.max(run.start_step)..span.end {
            if !run.is_active() {
                break;
            }
            let settings = StepSettings {
                step_size: self.step_size,
                label_noise: self.noise_schedule.level(step),
            };
            let entered = run.ledger.gradient_evaluations;
            let progress = run
                .rule
                .step(self.problem, &mut run.weights, settings, &mut run.ledger);
            if progress == Progress::Diverged {
                // A step whose start was within bounds, and so may be shown, diverged on its way and counts.
                let loss = self.problem.training_loss(&run.weights.beta());
                let began = run.ledger.gradient_evaluations > entered || run.ledger.accepts(loss);
                run.diverged = Some(step + u64::from(began));
                break;
            }
            let amount = self.weight_decay * self.step_size;
            decay(&mut *run.rule, &mut run.weights, &mut run.ledger, amount);
        }
    }
}
