//! Linear models: any method that never leaves the span has no choice.
//!
//! Under the square loss every step of GD, SGD, momentum and Kaczmarz lies in span(xᵢ), so where they end is known
//! before they start: w₀ + X⁺(y − Xw₀). Mirror descent keeps its dual in the span, and ends at the Bregman projection
//! of w₀. Adam, sign and coordinate descent leave it, and end elsewhere at the same zero loss. Under the logistic loss
//! on separable data the length of w grows without end; its direction tends to the largest margin of the norm in
//! which a method measures its steps (Soudry et al. 2018, theorem 3).
//!
//! | module | what it is |
//! |---|---|
//! | [`problem`], [`data`] | training sets and the two losses |
//! | [`theory`] | spans, potentials, Bregman projections, largest margins |
//! | [`rules`] | the table of algorithms |
//! | `experiment`, `answers`, `observables` | the runs, what they are held against, what is recorded |
//! | `geometry`, `facts` | what pictures of two and three coefficients show |

mod answers;
mod caption;
mod cards;
pub mod data;
mod equations;
mod experiment;
mod facts;
mod figures;
mod geometry;
mod knobs;
mod observables;
mod pictures;
mod presets;
pub mod problem;
mod readings;
pub mod rules;
pub mod selftest;
mod settings;
mod sweeps;
pub mod theory;
mod words;

use std::sync::Arc;

use crate::format::number;
use crate::knobs::{Knob, Knobs};
use crate::labs::{
    Lab, LabError, Lecture, NamedFigure, Preset, Publication, ReadySweep, RecordingExperiment,
    SelfTest, Shown, arithmetic,
};
use crate::model::watch::Watch;
use crate::scene::Panel;
use crate::scene::equation::Equation;
use crate::sim::experiment::{ClockWords, Family, Roles};
use crate::sim::history::History;
use settings::Settings;

/// The lab.
pub static LAB: LinearModels = LinearModels;

/// See the module.
pub struct LinearModels;

impl Lab for LinearModels {
    fn id(&self) -> &'static str {
        "linear-models"
    }

    fn title(&self) -> &'static str {
        "Linear models"
    }

    fn about(&self) -> &'static str {
        "GD, SGD, momentum, mirror descent, Adam and others on linear models: where they end follows from how they \
         measure a step, and methods that never leave the span of the data have no choice."
    }

    fn knobs(&self) -> &'static [Knob] {
        &knobs::KNOBS
    }

    fn families(&self) -> Vec<Family> {
        rules::METHODS
            .iter()
            .map(|method| method.family())
            .collect()
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        pictures::CELLS
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        self.experiment_watched(knobs, record, &Watch::default())
    }

    fn experiment_watched(
        &self,
        knobs: &Knobs,
        record: bool,
        watch: &Watch,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        arithmetic::experiment(knobs, || {
            let settings = Settings::from_knobs(knobs)?;
            let data = Arc::new(settings.source.load_watched(watch)?);
            watch.check()?;
            experiment::Training::new(data, settings, record)
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
            include_str!("../../../assets/link/linear-models.toml"),
            include_str!("../../../assets/link/linear-models-later.toml"),
        ]
    }

    fn is_to_interpolate(&self, knobs: &Knobs) -> bool {
        knobs::is_square(knobs)
    }

    fn baseline(&self) -> Option<&'static str> {
        Some("gd")
    }

    fn lecture(&self) -> Lecture {
        Lecture {
            knobs: &["step_size", "alpha", "momentum", "batch", "weight_decay"],
            panels: &["space", "theory_distance"],
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

    fn self_test(&self) -> Option<&'static SelfTest> {
        Some(&selftest::SELF_TEST)
    }

    fn caption(&self, shown: &Shown<'_>) -> String {
        caption::caption(shown)
    }

    fn equations(&self, shown: &Shown<'_>) -> Vec<Equation> {
        equations::equations(shown)
    }

    fn remedy(&self, history: &History) -> String {
        let edge = history.scalar("gamma_edge").unwrap_or(f64::NAN);
        format!("lower γ below γ_edge = {}", number(edge, 3))
    }
}
