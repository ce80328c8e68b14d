//! An hour of history in seconds: the lab of the window on a clock that runs ahead of its runs.
//!
//! Up to the recipe's last step only the beginning of each stretch is computed that the simulation takes
//! at once. The rows, their steps, the states and the extremes that the window then holds are as many as
//! after the whole way, and every number in them is one of a real run. From there on nothing is left out.

use std::sync::Arc;

use implicit_bias_lab::knobs::{Knob, KnobError, Knobs};
use implicit_bias_lab::labs::{LABS, Lab, LabAction, LabError, RecordingExperiment, Shown, Strip};
use implicit_bias_lab::scene::Panel;
use implicit_bias_lab::sim::analysis::Analyst;
use implicit_bias_lab::sim::experiment::{
    ClockWords, Experiment, Family, Roles, RunStatus, Sample, Setup,
};
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::sim::tape::Tape;

/// Steps computed of a stretch, which is up to 65 536 steps long where they take no half millisecond.
const COMPUTED: u64 = 16;

/// See the module.
pub(super) static AHEAD: Ahead = Ahead;

/// See the module.
pub(super) struct Ahead;

/// An experiment whose clock runs ahead of it.
struct Leap {
    inner: Box<dyn RecordingExperiment>,
    /// Steps that the clock shows and nobody has taken.
    ahead: u64,
    /// How long it runs ahead.
    until: u64,
}

impl Experiment for Leap {
    fn setup(&self) -> &Arc<Setup> {
        self.inner.setup()
    }

    fn step(&self) -> u64 {
        self.inner.step() + self.ahead
    }

    fn advance(&mut self, steps: u64) {
        let computed = if self.step() < self.until {
            steps.min(COMPUTED)
        } else {
            steps
        };
        self.inner.advance(computed);
        self.ahead += steps - computed;
    }

    fn sample(&mut self) -> Sample {
        let sample = self.inner.sample();
        Sample {
            step: self.step(),
            ..sample
        }
    }

    fn forget_extremes(&mut self) {
        self.inner.forget_extremes();
    }

    fn status(&mut self, run: usize) -> RunStatus {
        self.inner.status(run)
    }

    fn freeze(&mut self, run: usize) {
        self.inner.freeze(run);
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        self.inner.retune(knobs)
    }
}

impl RecordingExperiment for Leap {
    fn take_tapes(&mut self, run: usize) -> Vec<Tape> {
        self.inner.take_tapes(run)
    }

    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        self.inner.data()
    }
}

impl Lab for Ahead {
    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        let inner = LABS[0].experiment(knobs, record)?;
        Ok(Box::new(Leap {
            inner,
            ahead: 0,
            until: knobs.length(),
        }))
    }

    fn id(&self) -> &'static str {
        LABS[0].id()
    }

    fn title(&self) -> &'static str {
        LABS[0].title()
    }

    fn about(&self) -> &'static str {
        LABS[0].about()
    }

    fn knobs(&self) -> &'static [Knob] {
        LABS[0].knobs()
    }

    fn families(&self) -> Vec<Family> {
        LABS[0].families()
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        LABS[0].cells()
    }

    fn roles(&self) -> Roles {
        LABS[0].roles()
    }

    fn clock(&self) -> ClockWords {
        LABS[0].clock()
    }

    fn strip(&self) -> Option<&'static Strip> {
        LABS[0].strip()
    }

    fn actions(&self) -> &'static [LabAction] {
        LABS[0].actions()
    }

    fn analyst(&self, knobs: &Knobs) -> Result<Option<Box<dyn Analyst>>, LabError> {
        LABS[0].analyst(knobs)
    }

    fn caption(&self, shown: &Shown<'_>) -> String {
        LABS[0].caption(shown)
    }

    fn remedy(&self, history: &History) -> String {
        LABS[0].remedy(history)
    }
}
