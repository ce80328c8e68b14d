//! The questions one can put to the instrument, as data.
//!
//! A lab declares its knobs, builds an experiment from them and declares which pictures show it.
//! It draws nothing: the window, the command line and the export all read the same declarations, and
//! none of them knows a lab by name. What plays a part elsewhere says so: a knob by its
//! [`Role`], columns, shared quantities and facts by [`Roles`].
//! What a lab leaves out has a default; the crate's page says where new things go. A lab of another crate calls
//! [`register`].

pub mod arithmetic;
pub mod bad_minima;
mod choices;
mod declarations;
pub mod diagonal;
pub mod linear;
mod registry;
mod self_test_table;
mod shown;
pub mod stability;
mod tables;

use crate::knobs::{Knob, KnobError, Knobs, Role, Value};
use crate::model::data::DataError;
use crate::model::watch::{GivenUp, Watch};
use crate::scene::Panel;
use crate::scene::equation::Equation;
use crate::sim::analysis::Analyst;
use crate::sim::experiment::{ClockWords, Experiment, Facts, Family, Roles};
use crate::sim::history::History;
use crate::sim::tape::Tape;

pub use declarations::figures::{self, NamedFigure, Publication};
pub use declarations::sweeps::{Preset, ReadySweep, Steps, SweepPlan, Vary};
pub use declarations::{Edge, LabAction, Lecture, SelfTest, Shortcut, Strip, TourText};
pub use registry::{LABS, RegisterError, all, lab, register};
pub use shown::Shown;
pub(crate) use shown::{fits, fitted};

/// A question to be explored: a few declarations, and functions most of which a lab may leave out.
pub trait Lab: Sync {
    /// Name in recipes.
    fn id(&self) -> &'static str;
    /// Name on the screen.
    fn title(&self) -> &'static str;
    /// What it lets one see, in a sentence or two.
    fn about(&self) -> &'static str;
    /// The settings.
    fn knobs(&self) -> &'static [Knob];
    /// The families that its runs may belong to, in the order of legends.
    fn families(&self) -> Vec<Family>;
    /// The pictures, in cells; the panels of one cell are alternatives.
    fn cells(&self) -> &'static [&'static [Panel]];
    /// Builds the simulation, or says which setting to change. `record` keeps the randomness on
    /// tape for the export.
    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError>;

    /// The same for somebody who may give it up meanwhile, and wants to know how far it has come. Labs whose
    /// experiments are ready at once need not care.
    fn experiment_watched(
        &self,
        knobs: &Knobs,
        record: bool,
        _watch: &Watch,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        self.experiment(knobs, record)
    }

    /// What its columns, shared quantities and facts are to code that knows no lab; the same as in
    /// every setup of its experiments.
    fn roles(&self) -> Roles {
        Roles::NONE
    }
    /// What its clock is called; the same as in every setup.
    fn clock(&self) -> ClockWords {
        ClockWords::USUAL
    }
    /// Whether its time axis can be logarithmic. It cannot where phases of given lengths follow each other:
    /// the last of them would be squeezed into nothing.
    fn has_log_time(&self) -> bool {
        true
    }
    /// What links to its recipes leave out: the TOML of a recipe without `lab`, frozen for ever like that of
    /// [`link`](crate::recipe::link), and then the settings that came since. Empty, and links name every setting.
    fn link_base(&self) -> &'static [&'static str] {
        &[]
    }
    /// The family that the others are compared with, by [`Family::id`].
    fn baseline(&self) -> Option<&'static str> {
        None
    }
    /// Recipes that ship with it, the first being what it begins with; nine of them have a key.
    fn presets(&self) -> &'static [Preset] {
        &[]
    }
    /// Sweeps over its presets, the first being what a window begins with.
    fn sweeps(&self) -> &'static [ReadySweep] {
        &[]
    }
    /// Where the theory puts a border in a map over two settings, each given with what its axis spans: the border's name
    /// and points on it.
    fn border(
        &self,
        _knobs: &Knobs,
        _axes: [(&str, [f64; 2]); 2],
    ) -> Option<(String, Vec<[f64; 2]>)> {
        None
    }
    /// Figures that are made by name.
    fn figures(&self) -> &'static [NamedFigure] {
        &[]
    }
    /// The publication that its figures are after.
    fn source(&self) -> Option<Publication> {
        None
    }
    /// The preset that a window opens with that has nothing to remember; it is running already.
    fn opening(&self) -> Option<&'static Preset> {
        self.presets().first()
    }
    /// What the letters on the screen are, in three lines, for who has never been here.
    fn welcome(&self) -> &'static [&'static str] {
        &[]
    }
    /// Tours through its presets, the first being what is offered to who has never been here.
    fn tours(&self) -> &'static [TourText] {
        &[]
    }
    /// Whether runs with these settings are meant to bring the loss down to 0, so that it is said if none does.
    fn is_to_interpolate(&self, _knobs: &Knobs) -> bool {
        false
    }
    /// What is scheduled over the steps, for the strip under the time axis.
    fn strip(&self) -> Option<&'static Strip> {
        None
    }
    /// What matters most of it before an audience.
    fn lecture(&self) -> Lecture {
        Lecture::default()
    }
    /// What a key or a button does to the settings, such as adding a run.
    fn actions(&self) -> &'static [LabAction] {
        &[]
    }
    /// The largest stable step size, found by trial runs.
    fn edge(&self) -> Option<&'static Edge> {
        None
    }
    /// Whether its experiments say where runs are going to end, see [`Experiment::destination`].
    ///
    /// [`Experiment::destination`]: crate::sim::experiment::Experiment::destination
    fn knows_destinations(&self) -> bool {
        false
    }
    /// Checks of what it computes against what is known, for the command `selftest`.
    fn self_test(&self) -> Option<&'static SelfTest> {
        None
    }

    /// Makes what computes the theory beside the simulation, on a thread of its own.
    fn analyst(&self, _knobs: &Knobs) -> Result<Option<Box<dyn Analyst>>, LabError> {
        Ok(None)
    }
    /// The same for somebody who may give it up meanwhile.
    fn analyst_watched(
        &self,
        knobs: &Knobs,
        _watch: &Watch,
    ) -> Result<Option<Box<dyn Analyst>>, LabError> {
        self.analyst(knobs)
    }
    /// What a viewer should notice: at most two lines, from the numbers on the screen. Runs that have failed are in
    /// no median and are counted aloud; families that are switched off are not spoken of.
    fn caption(&self, _shown: &Shown<'_>) -> String {
        String::new()
    }
    /// The equations of the theory that stand under the plots, with the numbers on the screen; at most two.
    fn equations(&self, _shown: &Shown<'_>) -> Vec<Equation> {
        Vec::new()
    }
    /// How the run was made, in one line for the foot of a picture: sizes, step sizes, schedules and
    /// seeds, as they are at `row` of the history.
    fn provenance(&self, knobs: &Knobs, history: &History, row: usize) -> String {
        let usual = Knobs::new(self.knobs());
        let changed = knobs.changed_from(&usual);
        let mut parts: Vec<String> = changed
            .filter(|(knob, _)| knob.role != Some(Role::Pace) && (knob.relevant)(knobs))
            .map(|(knob, value)| format!("{} = {value}", knob.label))
            .collect();
        if let Some(step) = history.step.get(row) {
            parts.push(format!("{} = {step}", self.clock().step));
        }
        parts.join(" · ")
    }
    /// What to change when a run has diverged.
    fn remedy(&self, _history: &History) -> String {
        let mut knobs = self.knobs().iter();
        let step_size = knobs.find(|knob| knob.role == Some(Role::StepSize));
        step_size.map_or_else(
            || "change a setting".to_owned(),
            |knob| format!("lower {}", knob.label),
        )
    }
    /// The settings with every automatic word replaced by what it stands for in this experiment,
    /// so that a later version replays them whatever its own automatic choice is.
    fn pinned(&self, knobs: &Knobs, facts: &Facts) -> Knobs {
        let mut pinned = knobs.clone();
        for (knob, value) in knobs.iter() {
            let fact = knob.auto_fact.and_then(|fact| facts.scalars.get(fact));
            if let (Value::Word(_), Some(number)) = (value, fact) {
                // What lies outside the setting's range stays automatic: it is the same number.
                drop(pinned.set(knob.key, Value::Real(*number)));
            }
        }
        pinned
    }
    /// What to say of the runs of a family in a machine-readable summary besides its columns.
    fn run_settings(
        &self,
        _knobs: &Knobs,
        _family: &str,
    ) -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }
    /// The time after which the runs of an experiment with these settings and facts have settled;
    /// `None` if that is not known beforehand.
    fn settling_time(&self, _knobs: &Knobs, _facts: &Facts) -> Option<f64> {
        None
    }
}

/// An experiment whose randomness and data can be exported.
pub trait RecordingExperiment: Experiment {
    /// Moves out what run number `run` has put on tape since the last call.
    fn take_tapes(&mut self, _run: usize) -> Vec<Tape> {
        Vec::new()
    }
    /// The data set as named arrays (name, shape, numbers), for the export.
    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        Vec::new()
    }
    /// Whether samples may leave out what is recorded of the runs, for a caller that reads only the last one: they find
    /// out which runs have left every bound, and the runs go on as they would.
    fn leave_out_records(&mut self, _leave_out: bool) {}
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
    /// Nobody waits for it any more.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
}
