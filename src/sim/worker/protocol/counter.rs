//! An experiment that does nothing but count its steps.

use std::sync::Arc;

use crate::knobs::{Kind, Knob, KnobError, Knobs};
use crate::palette::{Ink, Line, Look};
use crate::sim::experiment::{Experiment, Family, RunInfo, RunSample, RunStatus, Sample, Setup};

/// Where it converges.
const CONVERGES: u64 = 3;

pub(super) static TABLE: [Knob; 1] = [Knob {
    live: true,
    ..Knob::new(
        "",
        "rate",
        "rate",
        Kind::Count {
            min: 0,
            max: 9,
            auto: None,
        },
        "0",
        "",
    )
}];

/// One run that has its own step as its state.
pub(super) struct Counter {
    setup: Arc<Setup>,
    step: u64,
}

impl Counter {
    pub(super) fn new() -> Self {
        let family = Family {
            id: "counter",
            label: "Counter",
            about: "",
            look: Look {
                ink: Ink::Text,
                line: Line::Solid,
                width: 1.0,
            },
        };
        let run = RunInfo {
            name: "counter".to_owned(),
            label: "Counter".to_owned(),
            family,
        };
        let setup = Setup {
            runs: vec![run],
            ..Setup::default()
        };
        Self {
            setup: Arc::new(setup),
            step: 0,
        }
    }
}

impl Experiment for Counter {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, steps: u64) {
        self.step += steps;
    }

    fn sample(&mut self) -> Sample {
        Sample {
            step: self.step,
            time: self.step as f64,
            shared: Vec::new(),
            runs: vec![Some(RunSample::new(Vec::new(), Vec::new()))],
        }
    }

    fn status(&mut self, _run: usize) -> RunStatus {
        if self.step >= CONVERGES {
            RunStatus::Converged
        } else {
            RunStatus::Running
        }
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        match knobs.count("rate") {
            9 => Err(KnobError::Conflict("no such rate".to_owned())),
            _ => Ok(()),
        }
    }
}
