//! An experiment being simulated and sampled; no thread, no pace.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use web_time::Instant;

use crate::knobs::{KnobError, Knobs, Value};
use crate::sim::experiment::{Destination, Experiment, RunStatus, Sample};
use crate::sim::history::Mark;
use crate::sim::message::Change;
use crate::sim::schedule::SamplingSchedule;

/// Drives one experiment from sample to sample.
///
/// How [`Session::advance_to`] is cut into calls does not change the samples: they depend on the
/// experiment, the schedule and the changes alone.
pub struct Session<E: Experiment + ?Sized = dyn Experiment> {
    experiment: Box<E>,
    schedule: SamplingSchedule,
    next_sample: u64,
    /// The settings in force.
    knobs: Knobs,
    changes: VecDeque<Change>,
    samples: Vec<Sample>,
    marks: Vec<Mark>,
    /// Steps that take about a millisecond, as measured.
    stride: u64,
    stop_when_converged: bool,
    converged: bool,
    freeze_when_converged: bool,
    /// The runs that take no more steps, with the steps they have taken.
    frozen: BTreeMap<usize, u64>,
    /// The relative error with which a destination is to be known, where runs are to end there.
    destination_error: Option<f64>,
    /// The runs that take no more steps since it is known where they end.
    destinations: BTreeMap<usize, Destination>,
}

impl<E: Experiment + ?Sized> Session<E> {
    /// Starts an experiment, which `knobs` made, and takes the sample at step 0. The steps of
    /// `changes` must not decrease.
    pub fn new(
        experiment: Box<E>,
        schedule: SamplingSchedule,
        knobs: Knobs,
        changes: Vec<Change>,
    ) -> Self {
        let mut session = Self {
            experiment,
            schedule,
            next_sample: 0,
            knobs,
            changes: changes.into(),
            samples: Vec::new(),
            marks: Vec::new(),
            stride: 16,
            stop_when_converged: false,
            converged: false,
            freeze_when_converged: false,
            frozen: BTreeMap::new(),
            destination_error: None,
            destinations: BTreeMap::new(),
        };
        session.apply_and_sample();
        session
    }

    /// The experiment.
    pub fn experiment(&mut self) -> &mut E {
        &mut self.experiment
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.experiment.step()
    }

    /// Whether [`Session::advance_to`] is to stop at the first scheduled sample at which every run
    /// is over. Only scheduled samples count, which keeps the stop reproducible.
    pub fn stop_when_converged(&mut self, stop: bool) {
        self.stop_when_converged = stop;
    }

    /// Whether to take no more steps with a run from the first scheduled sample on at which it has
    /// converged or collapsed, while the others go on.
    pub fn freeze_when_converged(&mut self, freeze: bool) {
        self.freeze_when_converged = freeze;
    }

    /// To take no more steps with a run from the first scheduled sample on at which it is known with this relative
    /// error where it is going to end. Never while changes of settings are still to come.
    pub fn end_at_destination(&mut self, relative_error: Option<f64>) {
        self.destination_error = relative_error;
    }

    /// Where a run is going to end that takes no more steps for that reason.
    pub fn destination(&self, run: usize) -> Option<&Destination> {
        self.destinations.get(&run)
    }

    /// Steps taken with a run that has not diverged.
    pub fn steps_of(&self, run: usize) -> u64 {
        self.frozen
            .get(&run)
            .copied()
            .unwrap_or_else(|| self.step())
    }

    /// Whether it has stopped because every run is over.
    pub fn stopped_converged(&self) -> bool {
        self.stop_when_converged && self.converged
    }

    /// Takes steps until `step` is reached, `deadline` has passed or everything has converged,
    /// sampling on schedule.
    pub fn advance_to(&mut self, step: u64, deadline: Option<Instant>) {
        while self.step() < step && !self.stopped_converged() {
            let next_change = self.changes.front().map_or(u64::MAX, |change| change.step);
            let target = step
                .min(self.next_sample)
                .min(next_change)
                .min(self.step() + self.stride);
            let steps = target - self.step();
            let start = Instant::now();
            self.experiment.advance(steps);
            self.adapt_stride(steps, start.elapsed());
            self.apply_and_sample();
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break;
            }
        }
    }

    /// Adapts the stride towards a millisecond, so that deadlines are kept at any problem size.
    fn adapt_stride(&mut self, steps: u64, elapsed: Duration) {
        if steps == self.stride && elapsed < Duration::from_micros(500) {
            self.stride = (self.stride * 2).min(1 << 16);
        } else if elapsed > Duration::from_millis(2) {
            self.stride = (self.stride / 2).max(1);
        }
    }

    /// Applies the changes that are due, then samples if it is time.
    fn apply_and_sample(&mut self) {
        while self
            .changes
            .front()
            .is_some_and(|change| change.step <= self.step())
        {
            if let Some(Change { settings, .. }) = self.changes.pop_front() {
                let text = self.knobs.in_words(&settings);
                match self.apply(&settings) {
                    Ok(()) => self.mark(settings, text, true),
                    Err(error) => self.mark(Vec::new(), format!("not taken over: {error}"), true),
                }
            }
        }
        if self.step() >= self.next_sample {
            let sample = self.experiment.sample();
            self.experiment.forget_extremes();
            self.samples.push(sample);
            self.next_sample = self.schedule.after(self.step());
            let mut status = self.status();
            if self.freeze_when_converged {
                self.freeze_converged(&status);
            }
            self.end_at_destinations(&mut status);
            self.converged = is_over(&status);
        }
    }

    fn freeze_converged(&mut self, status: &[RunStatus]) {
        for (run, status) in status.iter().enumerate() {
            if matches!(status, RunStatus::Converged | RunStatus::Collapsed)
                && !self.frozen.contains_key(&run)
            {
                self.freeze(run);
            }
        }
    }

    /// Takes no more steps with a run.
    fn freeze(&mut self, run: usize) {
        self.experiment.freeze(run);
        self.frozen.insert(run, self.step());
    }

    /// Ends the runs whose destinations are known; to whoever waits they have converged.
    fn end_at_destinations(&mut self, status: &mut [RunStatus]) {
        let Some(error) = self.destination_error.filter(|_| self.changes.is_empty()) else {
            return;
        };
        for (run, status) in status.iter_mut().enumerate() {
            if *status == RunStatus::Running
                && !self.frozen.contains_key(&run)
                && let Some(destination) = self.experiment.destination(run, error)
            {
                self.freeze(run);
                self.destinations.insert(run, destination);
            }
            if self.destinations.contains_key(&run) {
                *status = RunStatus::Converged;
            }
        }
    }

    /// Changes these settings and no others, or nothing.
    fn apply(&mut self, settings: &[(String, Value)]) -> Result<(), KnobError> {
        let mut knobs = self.knobs.clone();
        for (key, value) in settings {
            knobs.set(key, value.clone())?;
        }
        self.experiment.retune(&knobs)?;
        self.knobs = knobs;
        Ok(())
    }

    fn mark(&mut self, settings: Vec<(String, Value)>, text: String, planned: bool) {
        let Sample {
            step, time, shared, ..
        } = self.experiment.sample();
        // A planned change comes before the sample of its step. So that a replay agrees, a sample that a live
        // change follows at the same step shows the values after the change.
        if let Some(sample) = self.samples.last_mut()
            && sample.step == step
        {
            sample.shared.clone_from(&shared);
        }
        self.marks.push(Mark {
            step,
            time,
            shared,
            settings,
            text,
            planned,
        });
    }

    /// Changes live settings now. Planned changes still come, of their own settings only.
    pub fn retune(&mut self, settings: Vec<(String, Value)>) -> Result<(), KnobError> {
        self.apply(&settings)?;
        let text = self.knobs.in_words(&settings);
        self.mark(settings, text, false);
        Ok(())
    }

    /// Whether [`Session::take_samples`] would give any.
    pub fn has_samples(&self) -> bool {
        !self.samples.is_empty()
    }

    /// Drops every other state of the samples that nobody has taken yet, the newest excepted, until
    /// they hold at most `budget` numbers (or two samples are left).
    pub fn thin_states(&mut self, budget: usize) {
        while self.samples.iter().map(numbers_of_state).sum::<usize>() > budget {
            let full: Vec<usize> = (0..self.samples.len())
                .filter(|at| numbers_of_state(&self.samples[*at]) > 0)
                .collect();
            if full.len() <= 2 {
                return;
            }
            for &at in full[..full.len() - 1].iter().skip(1).step_by(2) {
                for run in self.samples[at].runs.iter_mut().flatten() {
                    run.state = Arc::from([]);
                }
            }
        }
    }

    /// The scheduled samples since the last call.
    pub fn take_samples(&mut self) -> Vec<Sample> {
        std::mem::take(&mut self.samples)
    }

    /// Whether [`Session::take_marks`] would give any.
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// The live changes since the last call.
    pub fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// The status of every run.
    pub fn status(&mut self) -> Vec<RunStatus> {
        (0..self.experiment.setup().runs.len())
            .map(|run| self.experiment.status(run))
            .collect()
    }
}

/// Whether nobody waits for any run. Where all have diverged, nothing has come to rest.
fn is_over(status: &[RunStatus]) -> bool {
    status.iter().all(|status| status.is_over())
        && !status
            .iter()
            .all(|status| matches!(status, RunStatus::Diverged { .. }))
}

fn numbers_of_state(sample: &Sample) -> usize {
    let runs = sample.runs.iter().flatten();
    runs.flat_map(|run| run.state.iter().map(Vec::len)).sum()
}
