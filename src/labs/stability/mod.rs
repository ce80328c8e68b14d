//! Minima stability: gradient descent cannot stand still anywhere sharper than 2/η.
//!
//! The larger η, the smoother is what a ReLU network of one hidden layer learns (Mulayoff, Michaeli and Soudry,
//! *The Implicit Bias of Minima Stability*, NeurIPS 2021, whose equations are named by their numbers).
//!
//! | module | what it knows |
//! |---|---|
//! | [`data`], [`laws`] | the samples; laws of inputs with their g |
//! | [`network`] | f, L and its gradient, knots and their masses |
//! | [`weight`], [`interpolant`] | g of the inputs; the smoothest interpolant and η* |
//! | [`sharpness`], [`flattest`] | λ_max of Gauss–Newton and Hessian; the flattest rescaling and the bounds below it |
//! | [`schedule`], `methods`, `run`, `experiment` | η over the steps; the algorithms; the simulation |
//! | `observables`, [`problem`] | what is recorded, and what holds for all runs |
//! | `pictures`, `caption`, `presets`, `sweeps`, `figures`, `selftest`, `kick` | what the lab declares |

mod analysis;
mod caption;
pub mod data;
mod equations;
mod experiment;
mod figures;
pub mod flattest;
pub mod interpolant;
mod kick;
mod knobs;
pub mod laws;
mod methods;
pub mod network;
mod observables;
mod pictures;
mod presets;
pub mod problem;
mod run;
pub mod schedule;
pub mod selftest;
mod settings;
pub mod sharpness;
mod sweeps;
pub mod weight;
mod words;

use crate::knobs::{Knob, Knobs};
use crate::labs::{
    Lab, LabAction, LabError, Lecture, NamedFigure, Preset, Publication, ReadySweep,
    RecordingExperiment, SelfTest, Shown, arithmetic,
};
use crate::scene::Panel;
use crate::scene::equation::Equation;
use crate::sim::analysis::Analyst;
use crate::sim::experiment::{ClockWords, Family, Roles};
use crate::sim::history::History;

use settings::Settings;

/// The lab.
pub static LAB: MinimaStability = MinimaStability;

/// See the module.
pub struct MinimaStability;

impl Lab for MinimaStability {
    fn id(&self) -> &'static str {
        "minima-stability"
    }

    fn title(&self) -> &'static str {
        "Minima stability"
    }

    fn about(&self) -> &'static str {
        "GD on a ReLU network of one hidden layer: at step size η it cannot stand still anywhere sharper than 2/η, and \
         here sharp means wiggly in the middle of the data."
    }

    fn knobs(&self) -> &'static [Knob] {
        &knobs::KNOBS
    }

    fn families(&self) -> Vec<Family> {
        methods::METHODS
            .iter()
            .map(|method| method.family)
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
        arithmetic::experiment(knobs, || {
            let settings = Settings::from_knobs(knobs)?;
            Ok(experiment::Training::new(&settings, record))
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
            include_str!("../../../assets/link/minima-stability.toml"),
            include_str!("../../../assets/link/minima-stability-later.toml"),
        ]
    }

    fn baseline(&self) -> Option<&'static str> {
        Some(methods::METHODS[0].family.id)
    }

    fn lecture(&self) -> Lecture {
        Lecture {
            knobs: &["step_size", "neurons", "batch", "momentum"],
            panels: &["learned_function", "edge_trail"],
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

    fn actions(&self) -> &'static [LabAction] {
        &kick::ACTIONS
    }

    fn self_test(&self) -> Option<&'static SelfTest> {
        Some(&selftest::SELF_TEST)
    }

    fn analyst(&self, knobs: &Knobs) -> Result<Option<Box<dyn Analyst>>, LabError> {
        arithmetic::analyst(knobs, || {
            let settings = Settings::from_knobs(knobs)?;
            Ok(analysis::ExactSharpness::new(&settings.source))
        })
    }

    fn caption(&self, shown: &Shown<'_>) -> String {
        caption::caption(shown)
    }

    fn equations(&self, shown: &Shown<'_>) -> Vec<Equation> {
        equations::equations(shown)
    }

    fn remedy(&self, _history: &History) -> String {
        "lower η, or let it change more slowly: a lower slew limit, more gentle steps".to_owned()
    }
}
