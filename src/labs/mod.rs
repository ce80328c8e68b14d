//! The questions one can put to the instrument, as data.
//!
//! A lab declares its knobs, builds an experiment from them and declares which pictures show it.
//! It draws nothing: the window, the command line and the export all read the same declarations.
//! A new lab is one file (or folder) and one line in [`LABS`].

pub mod diagonal;

use std::path::PathBuf;

use crate::knobs::{Knob, KnobError, Knobs};
use crate::model::data::DataError;
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

/// A picture of an experiment.
#[derive(Debug)]
pub struct Panel {
    /// Name in settings.
    pub id: &'static str,
    /// Title on the screen.
    pub title: &'static str,
    /// What it shows, with its equation.
    pub about: &'static str,
    /// What its ordinate is, in symbols; empty where the picture has none, or names its axes itself.
    pub ordinate: fn(&Facts) -> &'static str,
    /// How it is drawn.
    pub picture: Picture,
    /// Whether it has anything to show for these data.
    pub relevant: fn(&Facts) -> bool,
}

/// The panel of a cell to show: the chosen one if it suits the data, else the first that does.
pub fn shown_panel(
    cell: &'static [Panel],
    facts: &Facts,
    is_chosen: impl Fn(&str) -> bool,
) -> &'static Panel {
    let relevant = || cell.iter().filter(|panel| (panel.relevant)(facts));
    relevant()
        .find(|panel| is_chosen(panel.id))
        .or_else(|| relevant().next())
        .unwrap_or(&cell[0])
}

/// For panels that suit any data.
pub fn always(_: &Facts) -> bool {
    true
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
        /// Name of a horizontal reference line, and the scalar fact that it stands at.
        reference: Option<(&'static str, &'static str)>,
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
    /// One bar per coordinate from a start to where a positive quantity is now, with a tick where the
    /// theory puts it.
    Thermometer {
        /// A vector fact: where the bars start.
        start: &'static str,
        /// Entry j now.
        now: Entry,
        /// Entry j as predicted, from the constants and the value of `dose`.
        predicted: fn(&Facts, f64, usize) -> f64,
        /// The recorded quantity from which it is predicted.
        dose: &'static str,
    },
    /// Runs as paths in a plane, over a curve and marks of it. What is not known yet is left out.
    Plane {
        /// The quantities that are abscissa and ordinate of a run.
        point: [&'static str; 2],
        /// The abscissa on the curve at which a run is expected to end.
        landing: &'static str,
        /// A vector of the points (x₀, y₀, x₁, y₁, …) of the curve.
        curve: &'static str,
        /// A vector with a positive number per point of the curve, written beside it at powers of ten.
        labels: &'static str,
        /// Names and (x, y) vectors of single points.
        marks: &'static [(&'static str, &'static str)],
        /// What the axes show.
        axes: [&'static str; 2],
    },
    /// The function of one variable that each run has learned, through the samples it has seen.
    Functions {
        /// The coefficients of a run's function, from its state.
        coefficients: fn(&Facts, &[Vec<f64>]) -> Vec<f64>,
        /// A function's value, from its coefficients, at a place.
        evaluate: fn(&Facts, &[f64], f64) -> f64,
        /// Vectors of the places and values of the samples.
        samples: [&'static str; 2],
        /// Names and coefficient vectors of functions known beforehand, the truth first.
        fixed: &'static [(&'static str, &'static str)],
        /// The places' range.
        range: [f64; 2],
    },
    /// The runs in two or three dimensions, with all interpolators as a line.
    Space(Space),
    /// A table of numbers with a verdict each.
    Card {
        /// The rows at a row of the history.
        rows: fn(&Knobs, &History, usize) -> Vec<CardRow>,
    },
}

/// A picture of the parameter space itself, for problems of two or three dimensions.
#[derive(Debug)]
pub struct Space {
    /// The point of a run, from its state: 2 or 3 coordinates.
    pub point: fn(&Facts, &[Vec<f64>]) -> Vec<f64>,
    /// Two points of the line of all interpolators, from the constants; `None` without one.
    pub line: fn(&Facts) -> Option<[Vec<f64>; 2]>,
    /// In two dimensions, the closed curve through `through` on which the potential of a run in this
    /// state is constant.
    pub level: fn(&Facts, &[Vec<f64>], &[f64]) -> Vec<[f64; 2]>,
    /// In two dimensions, the paths of gradient flow from a few other scales: name and points.
    pub fan: fn(&Facts) -> Vec<(String, Vec<[f64; 2]>)>,
    /// Names and vectors of single points.
    pub marks: &'static [(&'static str, &'static str)],
    /// In two dimensions, a vector that may be dragged, and the settings of its coordinates.
    pub handle: (&'static str, [&'static str; 2]),
    /// In three dimensions, the normal of the plane that a symmetric start stays in.
    pub symmetry: [f64; 3],
}

/// A line of a [`Picture::Card`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// What it is about.
    pub label: String,
    /// Its number, for people.
    pub value: String,
    /// What follows.
    pub verdict: Verdict,
    /// What it means, with its equation.
    pub hint: &'static str,
}

/// What a number means for a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A heading.
    Heading,
    /// Only a number.
    Plain,
    /// The claim's condition holds.
    Holds,
    /// It does not hold.
    Fails,
    /// It does not hold, and what the claim says happens all the same.
    WorksAnyway,
    /// Still being computed, or too early to say.
    Open,
}

impl Verdict {
    /// The verdict in words, to follow a number.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Holds => " (holds)",
            Self::Fails => " (does not hold)",
            Self::WorksAnyway => " (outside the theorem, still works)",
            Self::Open => " (open)",
            Self::Plain | Self::Heading => "",
        }
    }
}
