//! The random walks with mistakes that can be switched on: each makes another thread panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use implicit_bias_lab::knobs::{Knob, Knobs};
use implicit_bias_lab::labs::{Lab, LabError, RecordingExperiment};
use implicit_bias_lab::scene::Panel;
use implicit_bias_lab::sim::analysis::{Analyst, Insight, RecordedState};
use implicit_bias_lab::sim::experiment::{
    ClockWords, Experiment, Facts, Family, Roles, Sample, Setup,
};

use crate::lab::LAB;

/// See the module.
pub(crate) static FRAGILE: Fragile = Fragile;

/// See the module.
pub(crate) struct Fragile;

/// Where a mistake is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mistake {
    /// Nowhere.
    None,
    /// In a step, once 100 are taken.
    Step,
    /// In what the theory says of a state.
    Theory,
    /// In a step of those that drift by more than 0.3.
    Cell,
}

static MISTAKE: AtomicU8 = AtomicU8::new(0);

/// Switches a mistake on, and every other one off.
pub(crate) fn make(mistake: Mistake) {
    MISTAKE.store(mistake as u8, Ordering::SeqCst);
}

fn is_on(mistake: Mistake) -> bool {
    MISTAKE.load(Ordering::SeqCst) == mistake as u8
}

impl Lab for Fragile {
    fn id(&self) -> &'static str {
        "fragile"
    }

    fn title(&self) -> &'static str {
        "Fragile walks"
    }

    fn about(&self) -> &'static str {
        LAB.about()
    }

    fn knobs(&self) -> &'static [Knob] {
        LAB.knobs()
    }

    fn families(&self) -> Vec<Family> {
        LAB.families()
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        LAB.cells()
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        Ok(Box::new(Walk {
            inner: LAB.experiment(knobs, record)?,
            far: knobs.real("drift") > 0.3,
        }))
    }

    fn analyst(&self, _knobs: &Knobs) -> Result<Option<Box<dyn Analyst>>, LabError> {
        Ok(Some(Box::new(Theory)))
    }

    fn roles(&self) -> Roles {
        LAB.roles()
    }

    fn clock(&self) -> ClockWords {
        LAB.clock()
    }
}

struct Walk {
    inner: Box<dyn RecordingExperiment>,
    far: bool,
}

impl Experiment for Walk {
    fn setup(&self) -> &Arc<Setup> {
        self.inner.setup()
    }

    fn step(&self) -> u64 {
        self.inner.step()
    }

    fn advance(&mut self, steps: u64) {
        assert!(
            !(is_on(Mistake::Step) && self.step() >= 100),
            "a mistake in a step"
        );
        assert!(!(is_on(Mistake::Cell) && self.far), "a mistake in a cell");
        self.inner.advance(steps);
    }

    fn sample(&mut self) -> Sample {
        self.inner.sample()
    }
}

impl RecordingExperiment for Walk {}

struct Theory;

impl Analyst for Theory {
    fn study(&mut self) -> Option<Facts> {
        None
    }

    fn examine(&mut self, _state: &RecordedState) -> Insight {
        assert!(!is_on(Mistake::Theory), "a mistake in the theory");
        Insight::default()
    }
}
