//! The random walks under another name, with a picture that is called like one of the first lab's, and
//! without presets, sweeps and figures.

use implicit_bias_lab::knobs::{Knob, Knobs};
use implicit_bias_lab::labs::{Lab, LabError, RecordingExperiment};
use implicit_bias_lab::scene::pictures::series::Series;
use implicit_bias_lab::scene::{Panel, always};
use implicit_bias_lab::sim::experiment::{ClockWords, Family, Roles};

use crate::lab::LAB;

/// See the module.
pub(crate) static NAMESAKE: Namesake = Namesake;

/// See the module.
pub(crate) struct Namesake;

const fn panel(id: &'static str, title: &'static str) -> Panel {
    Panel {
        id,
        title,
        about: "Where every walker is.",
        ordinate: |_| "x",
        picture: &Series {
            column: "position",
            companion: None,
            log_y: false,
            reference: None,
        },
        relevant: always,
    }
}

static CELLS: &[&[Panel]] = &[&[
    panel("training_loss", "Position"),
    panel("sharpness", "Position again"),
]];

impl Lab for Namesake {
    fn id(&self) -> &'static str {
        "namesake"
    }

    fn title(&self) -> &'static str {
        "Namesakes"
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
        CELLS
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        LAB.experiment(knobs, record)
    }

    fn roles(&self) -> Roles {
        LAB.roles()
    }

    fn clock(&self) -> ClockWords {
        LAB.clock()
    }
}
