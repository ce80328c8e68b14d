//! A loaded experiment with its clock: when it starts and stops.

use std::sync::Arc;

use rayon::ThreadPool;
use web_time::Instant;

use crate::sim::experiment::{Experiment, RunStatus};
use crate::sim::message::{Epoch, FURTHER, LEAST_BOUND, Load, Pause, Phase};
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;

/// A loaded experiment with its clock.
pub(super) struct Loaded {
    pub(super) epoch: Epoch,
    pub(super) session: Session,
    pub(super) phase: Phase,
    /// Up to here at full speed, whatever the pace.
    pub(super) catch_up: u64,
    /// Whether convergence does not stop the clock before that.
    pub(super) through: bool,
    /// Where the clock stops by itself.
    pub(super) end: u64,
    /// Full speed until convergence.
    pub(super) to_convergence: bool,
    /// How far that goes at most, beyond the recipe's end.
    pub(super) further: Option<u64>,
    /// Pause once this step is reached, for single steps.
    pub(super) stop_at: Option<u64>,
    /// Where and when the current pace began.
    pub(super) pace_from: (u64, Instant),
    /// The status that was sent last.
    pub(super) reported: Option<(Phase, u64)>,
}

impl Loaded {
    /// Starts the session of an experiment, to be played as `load` says.
    pub(super) fn new(
        mut experiment: Box<dyn Experiment>,
        load: Load,
        pool: Option<&Arc<ThreadPool>>,
    ) -> Self {
        if let Some(pool) = pool {
            experiment.use_threads(pool.clone());
        }
        let mut session = Session::new(
            experiment,
            SamplingSchedule::LogSpaced,
            load.knobs,
            load.changes,
        );
        session.stop_when_converged(!load.through);
        let end = if load.through {
            load.end.max(load.catch_up)
        } else {
            load.end
        };
        let mut loaded = Self {
            epoch: load.epoch,
            session,
            phase: if load.play {
                Phase::Playing
            } else {
                Phase::Paused(Pause::Requested)
            },
            catch_up: load.catch_up.min(end),
            through: load.through,
            end,
            to_convergence: false,
            further: None,
            stop_at: None,
            pace_from: (0, Instant::now()),
            reported: None,
        };
        if !load.play && loaded.catch_up > 0 {
            loaded.stop_at = Some(loaded.catch_up);
            loaded.phase = Phase::Playing;
        }
        loaded
    }

    /// Starts the clock, for `steps` steps or until something stops it.
    pub(super) fn play(&mut self, steps: Option<u64>) {
        if self.phase == Phase::Paused(Pause::AllDiverged) {
            return;
        }
        let step = self.session.step();
        self.restore_convergence_stop();
        self.further = None;
        if self.phase != Phase::Playing {
            if self.phase == Phase::Paused(Pause::Converged) {
                self.session.stop_when_converged(false);
            }
            if step >= self.end {
                self.end = u64::MAX;
            }
            self.pace_from = (step, Instant::now());
        }
        self.stop_at = steps.map(|steps| step.saturating_add(steps));
        // Single steps are taken at once, whatever the pace.
        self.catch_up = self.stop_at.unwrap_or(0);
        self.phase = Phase::Playing;
    }

    /// Goes on at full speed until everything has converged, within a bound.
    pub(super) fn go_on_to_convergence(&mut self) {
        self.to_convergence = true;
        let is_beyond = self.end == u64::MAX;
        let further = self.session.step().saturating_mul(FURTHER);
        self.further = is_beyond.then_some(further.max(LEAST_BOUND));
    }

    /// Where the clock stops by itself.
    pub(super) fn bound(&self) -> u64 {
        self.further
            .map_or(self.end, |further| further.min(self.end))
    }

    /// From here on convergence stops the clock, if it did not on the way here.
    pub(super) fn restore_convergence_stop(&mut self) {
        if std::mem::take(&mut self.through) {
            self.session.stop_when_converged(true);
        }
    }

    /// Stops the clock where it has to stop.
    pub(super) fn check_end(&mut self) {
        let status = self.session.status();
        let step = self.session.step();
        let arrived = self.through && step >= self.catch_up;
        if arrived {
            self.restore_convergence_stop();
        }
        let diverged = |status: &RunStatus| matches!(status, RunStatus::Diverged { .. });
        let pause = if !status.is_empty() && status.iter().all(diverged) {
            Pause::AllDiverged
        } else if !arrived && self.stop_at.is_some_and(|stop| step >= stop) {
            Pause::Requested
        } else if self.session.stopped_converged() {
            Pause::Converged
        } else if step >= self.end {
            Pause::ReachedEnd
        } else if step >= self.bound() {
            Pause::ReachedBound
        } else if arrived && self.stop_at.is_some() {
            Pause::Requested
        } else {
            return;
        };
        self.phase = Phase::Paused(pause);
        self.stop_at = None;
        self.to_convergence = false;
        self.further = None;
    }
}
