//! The questions one can put to the instrument, as data.
//!
//! A lab declares its knobs, builds an experiment from them and declares which pictures show it.
//! It draws nothing: the window, the command line and the export all read the same declarations.
//! A new lab is one file (or folder) and one line in [`LABS`].

pub mod diagonal;

use std::path::PathBuf;

use crate::knobs::{Knob, KnobError, Knobs};
use crate::model::data::DataError;
use crate::scene::Panel;
use crate::sim::analysis::Analyst;
use crate::sim::experiment::{Experiment, Facts};
use crate::sim::history::History;

/// A question to be explored.
pub trait Lab: Sync {
    /// Name in recipes.
    fn id(&self) -> &'static str;
    /// Name on the screen.
    fn title(&self) -> &'static str;
    /// The settings.
    fn knobs(&self) -> &'static [Knob];
    /// Builds the simulation, or says which setting to change. `record` keeps the randomness on
    /// tape for the export.
    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError>;
    /// The file that the data are read from, if they are: the settings alone do not say what is in it.
    fn data_file(&self, knobs: &Knobs) -> Option<PathBuf>;
    /// Makes what computes the theory beside the simulation, on a thread of its own.
    fn analyst(&self, knobs: &Knobs) -> Result<Box<dyn Analyst>, LabError>;
    /// The largest step size at which SGD is stable, measured by trial runs, which takes a tenth of a second
    /// for small data; `None` if there is none.
    fn measured_edge(&self, knobs: &Knobs) -> Result<Option<f64>, LabError>;
    /// Whether examining a state takes milliseconds at most.
    fn is_analysed_quickly(&self, facts: &Facts) -> bool;
    /// The pictures, in cells; the panels of one cell are alternatives.
    fn cells(&self) -> &'static [&'static [Panel]];
    /// The label-noise level, or whatever else is scheduled over steps, for the strip under the
    /// time axis.
    fn scheduled(&self, knobs: &Knobs, step: u64) -> f64;
    /// What the schedule will do, for the strip; empty if there is nothing to say.
    fn schedule_note(&self, knobs: &Knobs, history: &History) -> String;
    /// What a viewer should notice at `row` of the history: at most two lines, from its numbers.
    fn caption(&self, knobs: &Knobs, history: &History, row: usize) -> String;
    /// How the run was made, in one line for the foot of a picture: sizes, step sizes, schedules and
    /// seeds, as they are at `row` of the history.
    fn provenance(&self, knobs: &Knobs, history: &History, row: usize) -> String;
    /// What to change when a run has diverged.
    fn remedy(&self, history: &History) -> String;
    /// The settings with every automatic word replaced by what it stands for in this experiment,
    /// so that a later version replays them whatever its own automatic choice is.
    fn pinned(&self, knobs: &Knobs, facts: &Facts) -> Knobs;
    /// The settings with one more run, which starts from where noise, at `row` of the history, has
    /// brought another one, or why that is impossible.
    fn forked(
        &self,
        knobs: &Knobs,
        history: &History,
        row: usize,
        kind: ForkKind,
    ) -> Result<Knobs, String>;
    /// What to say of the run in a machine-readable summary besides its columns.
    fn run_settings(&self, knobs: &Knobs, family: &str) -> Vec<(&'static str, serde_json::Value)>;
}

/// How a run goes on from where noise has brought another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForkKind {
    /// By gradient descent, from step 0.
    Descent,
    /// By gradient flow, from step 0.
    Flow,
    /// By gradient descent, from the step of the fork on.
    LateDescent,
}

/// An experiment whose randomness can be exported.
pub trait RecordingExperiment: Experiment {
    /// Moves out what run number `run` has put on tape since the last call.
    fn take_tapes(&mut self, run: usize) -> Vec<crate::labs::diagonal::dynamics::Tape>;
    /// The data set as named arrays (name, shape, numbers), for the export.
    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)>;
}

/// Every lab.
pub static LABS: &[&dyn Lab] = &[&diagonal::LAB];

/// The lab of that name.
pub fn lab(id: &str) -> Option<&'static dyn Lab> {
    LABS.iter().copied().find(|lab| lab.id() == id)
}

/// Why an experiment could not be built.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A setting does not fit.
    #[error(transparent)]
    Knob(#[from] KnobError),
    /// The data could not be made.
    #[error(transparent)]
    Data(#[from] DataError),
}
