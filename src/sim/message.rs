//! The messages between the window and the simulation thread.

use std::sync::Arc;

use crate::knobs::{Knobs, Value};
use crate::sim::experiment::{Experiment, RunStatus, Sample, Setup};
use crate::sim::history::Mark;

/// Number of a loaded experiment; whatever carries an older one is out of date.
pub type Epoch = u64;

/// Builds an experiment. Runs on a thread of its own, because making data takes time, and may never end.
pub type Build = Box<dyn FnOnce() -> Result<Box<dyn Experiment>, String> + Send>;

/// How many times as far as it has come a clock goes on to convergence beyond the recipe's end.
pub const FURTHER: u64 = 10;

/// Steps that it may always go: a short recipe is no reason to stop before anything can have converged.
pub const LEAST_BOUND: u64 = 100_000;

/// How fast to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// This many steps a second.
    StepsPerSecond(f64),
    /// As fast as it goes.
    Max,
}

/// A change of live settings at a given step.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Steps taken when it comes into force.
    pub step: u64,
    /// The settings that change; the others stay as they are by then.
    pub settings: Vec<(String, Value)>,
}

/// A command to the simulation.
pub enum Command {
    /// Drop the experiment and start this one.
    Load(Load),
    /// Drop the experiment, or give up the one that is being made.
    Unload,
    /// Change live settings from the current step on. The answer is a mark that is not planned, or a
    /// rejection.
    Retune {
        /// The settings that change.
        settings: Vec<(String, Value)>,
    },
    /// Start the clock.
    Play,
    /// Stop the clock.
    Pause,
    /// Stop the clock after this many more steps.
    Step(u64),
    /// Go as fast as it goes until every run has converged or diverged, or the recipe ends; from its end on,
    /// [`FURTHER`] times as far at most, though never less than [`LEAST_BOUND`], for some runs never converge.
    RunToConvergence,
    /// Change the pace.
    SetSpeed(Speed),
}

/// An experiment to be started.
pub struct Load {
    /// Its number.
    pub epoch: Epoch,
    /// The name of the lab that it is of: with `knobs`, what another process makes the same one from.
    pub lab: &'static str,
    /// Makes it.
    pub build: Build,
    /// The settings that it is made from.
    pub knobs: Knobs,
    /// Planned live changes, steps increasing.
    pub changes: Vec<Change>,
    /// Steps after which the clock stops by itself.
    pub end: u64,
    /// Steps to take at full speed before the pace applies.
    pub catch_up: u64,
    /// Whether it does not stop before `catch_up` is reached, neither for convergence nor at `end`.
    pub through: bool,
    /// Whether the clock starts at once.
    pub play: bool,
    /// The pace.
    pub speed: Speed,
}

/// Why the clock is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The user stopped it, or nothing has started yet.
    Requested,
    /// Every run that has not diverged has converged or collapsed.
    Converged,
    /// The recipe's last step was taken.
    ReachedEnd,
    /// It went on to convergence beyond the recipe's end, as far as it may at once.
    ReachedBound,
    /// Every run has diverged.
    AllDiverged,
}

/// What the clock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It runs.
    Playing,
    /// It is paused.
    Paused(Pause),
}

/// How the simulation is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Running or not.
    pub phase: Phase,
    /// Steps taken.
    pub step: u64,
    /// Steps a second over the last half second, 0 while paused.
    pub steps_per_second: f64,
    /// Per run.
    pub runs: Vec<RunStatus>,
    /// The step at which the clock stops at the latest while it goes on at full speed to convergence.
    pub bound: Option<u64>,
}

/// What was sampled since the last batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The experiment it belongs to.
    pub epoch: Epoch,
    /// The scheduled samples, steps increasing.
    pub samples: Vec<Sample>,
    /// The state now, unless it is the last of `samples`.
    pub latest: Option<Sample>,
    /// Live changes that came into force.
    pub marks: Vec<Mark>,
    /// The state of the clock and of the runs.
    pub status: Status,
}

/// A message from the simulation.
pub enum Event {
    /// An experiment has started.
    Loaded {
        /// Its number.
        epoch: Epoch,
        /// Names and constants.
        setup: Arc<Setup>,
    },
    /// An experiment could not be made, or a setting not be taken over.
    Rejected {
        /// The number of the experiment concerned.
        epoch: Epoch,
        /// Why, for people.
        reason: String,
    },
    /// New samples or a new status.
    Batch(Batch),
}
