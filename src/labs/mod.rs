//! The questions one can put to the instrument, as data.
//!
//! A lab declares its knobs, builds an experiment from them and declares which pictures show it.
//! It draws nothing: the window, the command line and the export all read the same declarations.
//! A new lab is one file (or folder) and one line in [`LABS`].

pub mod diagonal;

use crate::knobs::{Knob, KnobError, Knobs};
use crate::model::data::DataError;
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
    /// The pictures, in cells; the panels of one cell are alternatives.
    fn cells(&self) -> &'static [&'static [Panel]];
    /// The label-noise level, or whatever else is scheduled over steps, for the strip under the
    /// time axis.
    fn scheduled(&self, knobs: &Knobs, step: u64) -> f64;
    /// What a viewer should notice at `row` of the history: at most two lines, from its numbers.
    fn caption(&self, knobs: &Knobs, history: &History, row: usize) -> String;
    /// What to change when a run has diverged.
    fn remedy(&self, facts: &Facts) -> String;
    /// The settings with every automatic word replaced by what it stands for in this experiment,
    /// so that a later version replays them whatever its own automatic choice is.
    fn pinned(&self, knobs: &Knobs, facts: &Facts) -> Knobs;
    /// What to say of the run in a machine-readable summary besides its columns.
    fn run_settings(&self, knobs: &Knobs, family: &str) -> Vec<(&'static str, serde_json::Value)>;
}

/// An experiment whose randomness can be exported.
pub trait RecordingExperiment: Experiment {
    /// Moves out what run number `run` has put on tape since the last call.
    fn take_tapes(&mut self, run: usize) -> Vec<crate::dynamics::Tape>;
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

/// A picture of an experiment.
#[derive(Debug)]
pub struct Panel {
    /// Name in settings.
    pub id: &'static str,
    /// Title on the screen.
    pub title: &'static str,
    /// What it shows, with its equation.
    pub about: &'static str,
    /// How it is drawn.
    pub picture: Picture,
}

/// Entry j of a vector, from the constants and a run's state.
pub type Entry = fn(&Facts, &[Vec<f64>], usize) -> f64;

/// A function of one variable with its name on the screen.
pub type NamedFunction = (&'static str, fn(f64) -> f64);

/// The kinds of picture.
#[derive(Debug)]
pub enum Picture {
    /// A column against time, one curve per run.
    Series {
        /// The column drawn in the run's own style.
        column: &'static str,
        /// A second column drawn as a thin dotted line of the same colour.
        companion: Option<&'static str>,
        /// Whether the ordinate is logarithmic.
        log_y: bool,
        /// A scalar fact drawn as a horizontal reference line.
        reference: Option<&'static str>,
    },
    /// The entries of a vector at one time, over rings for a reference vector.
    Stems {
        /// Entry j of the vector, from a run's state.
        entry: Entry,
        /// A vector fact.
        reference: &'static str,
    },
    /// The entries of a vector against time, one curve per entry.
    Paths {
        /// Entry j of the vector, from a run's state.
        entry: Entry,
        /// A vector fact drawn as ticks at the right end.
        reference: &'static str,
    },
    /// A function of one variable that changes with time, between two fixed ones.
    Profile {
        /// The ordinates at the given abscissae for a run's state.
        curve: fn(&Facts, &[Vec<f64>], &[f64]) -> Vec<f64>,
        /// Names and functions of the fixed ones.
        bounds: &'static [NamedFunction],
        /// The abscissae's range.
        range: [f64; 2],
    },
}
