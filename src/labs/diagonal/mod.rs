//! The diagonal linear network: GD, SGD and stochastic gradient flow on one regression problem.

mod analysis;
mod caption;
mod cards;
mod choices;
mod collapse;
pub mod deep_potential;
pub mod dynamics;
mod edges;
mod equations;
mod experiment;
mod figures;
mod forecast;
mod fork;
mod fork_start;
pub mod initialisation;
mod insights;
mod knobs;
pub mod network;
mod observables;
mod pictures;
pub mod potential;
mod presets;
mod provenance;
mod readings;
mod references;
pub mod selftest;
mod settings;
mod settling;
mod starts;
mod sweeps;
pub mod theory;
mod tours;
mod words;

use std::sync::{Arc, Mutex, OnceLock};

use crate::format::number;
use crate::knobs::{Knob, Knobs, Value};
use crate::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use crate::labs::diagonal::dynamics::{Scheme, methods};
use crate::labs::diagonal::theory::step_size::approximate_limit_watched;
use crate::labs::{
    Edge, Lab, LabAction, LabError, Lecture, NamedFigure, Preset, Publication, ReadySweep,
    RecordingExperiment, SelfTest, Shown, Strip, TourText, arithmetic,
};
use crate::model::arithmetic::Arithmetic;
use crate::model::data::scaling::Scaling;
use crate::model::regression::Regression;
use crate::model::watch::Watch;
use crate::scene::Panel;
use crate::scene::equation::Equation;
use crate::sim::analysis::Analyst;
use crate::sim::experiment::{ClockWords, Facts, Family, Roles};
use crate::sim::history::History;

pub use observables::OBSERVABLES;
use references::References;
pub use settings::{DataSource, Settings};

/// The lab, with the last data set it made.
pub static LAB: DiagonalNetwork = DiagonalNetwork {
    prepared: Mutex::new(None),
};

/// See the module.
pub struct DiagonalNetwork {
    /// Dragging α restarts many times a second on the same data; making them anew would cost more
    /// than the run.
    prepared: Mutex<Option<(DataSource, Arc<Prepared>)>>,
}

/// A data set with what is computed once for it.
struct Prepared {
    /// Data and limit are computed in it.
    arithmetic: Arithmetic,
    problem: Regression,
    /// What is said of where the data come from.
    remarks: Vec<String>,
    scaling: Option<Scaling>,
    checksum: Option<u32>,
    limit: Vec<f64>,
    references: OnceLock<Result<References, String>>,
}

impl Prepared {
    /// The interpolators, or why there are none. Computed by the first who asks: not while an
    /// experiment starts.
    fn references(&self) -> Result<&References, &String> {
        let solve = || References::new(&self.problem).map_err(|error| error.to_string());
        self.references.get_or_init(solve).as_ref()
    }
}

impl DiagonalNetwork {
    fn prepare(&self, source: &DataSource, watch: &Watch) -> Result<Arc<Prepared>, LabError> {
        // A poisoned lock only means that another thread died while it held it.
        let kept = || {
            let kept = self.prepared.lock();
            kept.unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        let known = kept().clone();
        if let Some((kept_source, prepared)) = known
            && kept_source == *source
            && prepared.arithmetic == Arithmetic::here()
            && source.is_unchanged(prepared.checksum, watch)
        {
            return Ok(prepared);
        }
        // Unlocked: a file that nothing comes from would hold up every other recipe.
        let loaded = source.load(watch)?;
        watch.check()?;
        let limit = approximate_limit_watched(&loaded.problem, watch);
        watch.check()?;
        let prepared = Arc::new(Prepared {
            arithmetic: Arithmetic::here(),
            problem: loaded.problem,
            remarks: loaded.remarks,
            scaling: loaded.scaling,
            checksum: loaded.checksum,
            limit,
            references: OnceLock::new(),
        });
        *kept() = Some((source.clone(), prepared.clone()));
        Ok(prepared)
    }
}

impl Lab for DiagonalNetwork {
    fn id(&self) -> &'static str {
        "diagonal-network"
    }

    fn title(&self) -> &'static str {
        "Diagonal linear network"
    }

    fn about(&self) -> &'static str {
        "GD, SGD and stochastic gradient flow train β = w₊ᵖ − w₋ᵖ on one regression problem: where they end depends on \
         the initialisation, on noise and on the step size."
    }

    fn knobs(&self) -> &'static [Knob] {
        &knobs::KNOBS
    }

    fn families(&self) -> Vec<Family> {
        let families = methods().iter().map(|method| method.family());
        families.chain(fork::families()).collect()
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
            let settings = Settings {
                watch: watch.clone(),
                ..Settings::from_knobs(knobs)?
            };
            let prepared = self.prepare(&settings.source, watch)?;
            experiment::Training::new(prepared, settings, record)
        })
    }

    fn roles(&self) -> Roles {
        words::ROLES
    }

    fn clock(&self) -> ClockWords {
        words::CLOCK
    }

    fn is_to_interpolate(&self, knobs: &Knobs) -> bool {
        // A noise that stays, or a decay, keeps the loss up.
        let fades = match settings::noise_schedule(knobs) {
            NoiseSchedule::Constant { level } => level == 0.0,
            NoiseSchedule::PiecewiseLinear { points } => {
                points.last().is_none_or(|last| last[1] == 0.0)
            }
            _ => true,
        };
        fades && knobs.real("weight_decay") == 0.0
    }

    fn baseline(&self) -> Option<&'static str> {
        Some(dynamics::gd::GD.id)
    }

    fn lecture(&self) -> Lecture {
        Lecture {
            knobs: &["alpha", "step_size", "label_noise_level"],
            panels: &["space", "function", "validation_loss", "training_loss"],
        }
    }

    fn presets(&self) -> &'static [Preset] {
        presets::PRESETS
    }

    fn sweeps(&self) -> &'static [ReadySweep] {
        sweeps::SWEEPS
    }

    fn border(
        &self,
        knobs: &Knobs,
        axes: [(&str, [f64; 2]); 2],
    ) -> Option<(String, Vec<[f64; 2]>)> {
        sweeps::least_samples(knobs, axes)
    }

    fn figures(&self) -> &'static [NamedFigure] {
        figures::FIGURES
    }

    fn source(&self) -> Option<Publication> {
        Some(figures::PAPER)
    }

    fn opening(&self) -> Option<&'static Preset> {
        presets::PRESETS.iter().find(|preset| preset.id == "rich")
    }

    fn welcome(&self) -> &'static [&'static str] {
        words::WELCOME
    }

    fn tours(&self) -> &'static [TourText] {
        tours::TOURS
    }

    fn strip(&self) -> Option<&'static Strip> {
        Some(&forecast::STRIP)
    }

    fn actions(&self) -> &'static [LabAction] {
        &fork::ACTIONS
    }

    fn knows_destinations(&self) -> bool {
        true
    }

    fn edge(&self) -> Option<&'static Edge> {
        Some(&edges::EDGE)
    }

    fn self_test(&self) -> Option<&'static SelfTest> {
        Some(&selftest::SELF_TEST)
    }

    fn analyst(&self, knobs: &Knobs) -> Result<Option<Box<dyn Analyst>>, LabError> {
        self.analyst_watched(knobs, &Watch::default())
    }

    fn analyst_watched(
        &self,
        knobs: &Knobs,
        watch: &Watch,
    ) -> Result<Option<Box<dyn Analyst>>, LabError> {
        arithmetic::analyst(knobs, || {
            let settings = Settings {
                watch: watch.clone(),
                ..Settings::from_knobs(knobs)?
            };
            let prepared = self.prepare(&settings.source, watch)?;
            analysis::Theorist::new(prepared, settings)
        })
    }

    fn caption(&self, shown: &Shown<'_>) -> String {
        caption::caption(shown)
    }

    fn provenance(&self, knobs: &Knobs, history: &History, row: usize) -> String {
        provenance::provenance(knobs, history, row)
    }

    fn equations(&self, shown: &Shown<'_>) -> Vec<Equation> {
        equations::equations(shown)
    }

    fn remedy(&self, history: &History) -> String {
        let scalar = |id: &str| history.scalar(id).unwrap_or(f64::NAN);
        let (auto, edge) = (scalar("gamma_recommended"), scalar("edge_sgd"));
        // Label noise lowers the limit below the automatic choice, which does not know of it; the
        // trial runs do.
        if scalar("edge_progress_sgd") >= 1.0 && edge < auto {
            format!("lower γ (largest stable by trial: {})", number(edge, 3))
        } else {
            format!("lower γ (auto: {})", number(auto, 3))
        }
    }

    fn pinned(&self, knobs: &Knobs, facts: &Facts) -> Knobs {
        let mut pinned = knobs.clone();
        let substeps = settings::substeps(knobs, settings::scheme(knobs)) as u64;
        // The same for settings of a later step: the automatic γ is that of the start.
        let chosen = knobs.real_or_auto("step_size");
        let gamma = chosen.or_else(|| facts.scalars.get("gamma_recommended").copied());
        let loss_every = facts.scalars.get("loss_every");
        for (key, value) in [
            ("step_size", gamma.map(Value::Real)),
            ("sgf_substeps", Some(Value::Count(substeps))),
            (
                "loss_every",
                loss_every.map(|every| Value::Count(*every as u64)),
            ),
        ] {
            // An automatic γ outside the slider's range stays automatic: it is the same number.
            if let Some(value) = value {
                drop(pinned.set(key, value));
            }
        }
        pinned
    }

    fn run_settings(&self, knobs: &Knobs, family: &str) -> Vec<(&'static str, serde_json::Value)> {
        let chosen = settings::scheme(knobs);
        let depth = settings::depth(knobs);
        let scheme = match family {
            "sgf" => chosen,
            "sgf-exact" | "wrong-sde" => Scheme::LogEuler,
            "langevin" => Scheme::EulerMaruyama,
            _ => return Vec::new(),
        };
        let mut settings = vec![
            ("scheme", scheme.id_at(depth).into()),
            ("substeps", settings::substeps(knobs, chosen).into()),
        ];
        if family == "langevin" {
            settings.push(("temperature", knobs.real("temperature").into()));
        }
        settings
    }

    fn settling_time(&self, knobs: &Knobs, facts: &Facts) -> Option<f64> {
        Some(settling::time(knobs, facts))
    }
}
