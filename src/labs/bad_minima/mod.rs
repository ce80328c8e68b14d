//! Bad global minima: two copies of a small network on the same points, one from random weights, the other from
//! weights that have memorised garbage (Liu, Papailiopoulos, Achlioptas, NeurIPS 2020).
//!
//! Both are trained by the same SGD to zero training error, and end at different functions. The authors' toy
//! pretrains for 100 000 epochs; the tasks here are chosen so that a second will do.
//!
//! | module | what it knows |
//! |---|---|
//! | [`network`] | f, its gradient, θ as one vector |
//! | [`data`] | the laws of the points, the copies and their coin |
//! | [`probe`] | accuracies, the boundary, margins |
//! | `families`, `training`, `experiment` | which networks there are, how each goes on, all on one clock |
//! | `settings`, `knobs`, `observables`, `words` | what is set and recorded, and what it is called |
//! | `pictures`, `readings`, `caption` | what is shown and said |
//! | `presets`, `sweeps`, `figures`, [`selftest`] | what is ready |

mod caption;
pub mod data;
mod experiment;
mod families;
mod figures;
mod knobs;
pub mod network;
mod observables;
mod pictures;
mod presets;
pub mod probe;
mod readings;
pub mod selftest;
mod settings;
mod sweeps;
mod training;
mod words;

use crate::knobs::{Knob, Knobs};
use crate::labs::{
    Lab, LabError, Lecture, NamedFigure, Preset, Publication, ReadySweep, RecordingExperiment,
    SelfTest, Shown, Strip, arithmetic,
};
use crate::scene::Panel;
use crate::sim::experiment::{ClockWords, Family, Roles};
use settings::Settings;

/// The lab.
pub static LAB: BadMinima = BadMinima;

/// See the module.
pub struct BadMinima;

/// When copies are memorised.
static STRIP: Strip = Strip {
    label: "Memorising",
    symbol: "memorising",
    nothing: "Nothing is memorised",
    shared: "pretraining_on",
    level: |knobs, step| f64::from(u8::from(step < knobs.count("pretraining_steps"))),
    note: |_, history| {
        let begins = history.scalar("task_begins").unwrap_or(0.0);
        format!("until step {begins}, then the task")
    },
};

impl Lab for BadMinima {
    fn id(&self) -> &'static str {
        "bad-global-minima"
    }

    fn title(&self) -> &'static str {
        "Bad minima"
    }

    fn about(&self) -> &'static str {
        "Two copies of a network, trained by the same SGD on the same points to zero training error. One starts at random, \
         the other where it has memorised garbage: the implicit bias of SGD does not save it, a pinch of explicit \
         regularisation does."
    }

    fn knobs(&self) -> &'static [Knob] {
        &knobs::KNOBS
    }

    fn families(&self) -> Vec<Family> {
        families::all().map(|member| member.family).collect()
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        pictures::CELLS
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        arithmetic::experiment(knobs, || {
            let settings = Settings::from_knobs(knobs);
            Ok(experiment::Minima::new(settings, record))
        })
    }

    fn roles(&self) -> Roles {
        words::ROLES
    }

    fn clock(&self) -> ClockWords {
        words::CLOCK
    }

    fn link_base(&self) -> &'static [&'static str] {
        &[
            include_str!("../../../assets/link/bad-global-minima.toml"),
            include_str!("../../../assets/link/bad-global-minima-later.toml"),
        ]
    }

    fn has_log_time(&self) -> bool {
        false
    }

    fn baseline(&self) -> Option<&'static str> {
        Some(families::ADVERSARIAL.id)
    }

    fn lecture(&self) -> Lecture {
        Lecture {
            knobs: &["step_size", "memory_copies", "batch_size"],
            panels: &["field_random", "field_adversarial"],
        }
    }

    fn presets(&self) -> &'static [Preset] {
        presets::PRESETS
    }

    fn sweeps(&self) -> &'static [ReadySweep] {
        sweeps::SWEEPS
    }

    fn figures(&self) -> &'static [NamedFigure] {
        figures::FIGURES
    }

    fn source(&self) -> Option<Publication> {
        Some(figures::PAPER)
    }

    fn strip(&self) -> Option<&'static Strip> {
        Some(&STRIP)
    }

    fn self_test(&self) -> Option<&'static SelfTest> {
        Some(&selftest::SELF_TEST)
    }

    fn caption(&self, shown: &Shown<'_>) -> String {
        caption::caption(shown)
    }
}
