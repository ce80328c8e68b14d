//! The diagonal linear network: GD, SGD and stochastic gradient flow on one regression problem.

mod caption;
mod experiment;
mod knobs;
mod observables;
mod settings;

use std::sync::{Arc, Mutex};

use crate::dynamics::Scheme;
use crate::format::number;
use crate::knobs::{Knob, Knobs, Value};
use crate::labs::{Lab, LabError, Panel, Picture, RecordingExperiment};
use crate::model::network::{effective_alpha, geometric_mean};
use crate::model::potential::normalised_profile;
use crate::model::regression::Regression;
use crate::sim::experiment::Facts;
use crate::sim::history::History;
use crate::theory::step_size::approximate_landing;

pub use observables::OBSERVABLES;
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
    problem: Regression,
    landing: Vec<f64>,
}

impl DiagonalNetwork {
    fn prepare(&self, source: &DataSource) -> Result<Arc<Prepared>, LabError> {
        // A poisoned lock only means that another thread died while making data.
        let mut kept = self
            .prepared
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((kept_source, prepared)) = &*kept
            && kept_source == source
            && source.is_reproducible()
        {
            return Ok(prepared.clone());
        }
        let problem = source.load()?;
        let landing = approximate_landing(&problem);
        let prepared = Arc::new(Prepared { problem, landing });
        *kept = Some((source.clone(), prepared.clone()));
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

    fn knobs(&self) -> &'static [Knob] {
        &knobs::KNOBS
    }

    fn experiment(
        &self,
        knobs: &Knobs,
        record: bool,
    ) -> Result<Box<dyn RecordingExperiment>, LabError> {
        let settings = Settings::from_knobs(knobs)?;
        let prepared = self.prepare(&settings.source)?;
        Ok(Box::new(experiment::Training::new(
            prepared, settings, record,
        )?))
    }

    fn cells(&self) -> &'static [&'static [Panel]] {
        CELLS
    }

    fn scheduled(&self, knobs: &Knobs, step: u64) -> f64 {
        settings::schedule(knobs).level(step)
    }

    fn caption(&self, knobs: &Knobs, history: &History, row: usize) -> String {
        caption::caption(knobs, history, row)
    }

    fn remedy(&self, facts: &Facts) -> String {
        let auto = facts
            .scalars
            .get("gamma_recommended")
            .copied()
            .unwrap_or(f64::NAN);
        format!("lower γ (auto: {})", number(auto, 3))
    }

    fn pinned(&self, knobs: &Knobs, facts: &Facts) -> Knobs {
        let mut pinned = knobs.clone();
        let substeps = settings::substeps(knobs, settings::scheme(knobs)) as u64;
        for (key, value) in [
            (
                "step_size",
                facts.scalars.get("gamma").map(|gamma| Value::Real(*gamma)),
            ),
            ("sgf_substeps", Some(Value::Count(substeps))),
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
        let scheme = match family {
            "sgf" => chosen,
            "sgf-exact" | "wrong-sde" => Scheme::LogEuler,
            "langevin" => Scheme::EulerMaruyama,
            _ => return Vec::new(),
        };
        let mut settings = vec![
            ("scheme", scheme.id().into()),
            ("substeps", settings::substeps(knobs, chosen).into()),
        ];
        if family == "langevin" {
            settings.push(("temperature", knobs.real("temperature").into()));
        }
        settings
    }
}

/// βⱼ = w₊ⱼ² − w₋ⱼ² of a recorded state.
fn beta(_facts: &Facts, state: &[Vec<f64>], j: usize) -> f64 {
    let (plus, minus) = (state[0][j], state[1][j]);
    (plus - minus) * (plus + minus)
}

/// φ_{α_t} in one dimension with the geometric mean of the measured √|w₊w₋|.
fn potential(_facts: &Facts, state: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let alpha = geometric_mean(effective_alpha(&state[0], &state[1]));
    normalised_profile(alpha, b)
}

static CELLS: &[&[Panel]] = &[
    &[Panel {
        id: "training_loss",
        title: "Training loss L",
        about: "L(β) = ‖Xβ − y‖² / 4n at every recorded step; the shade spans the extremes in between.",
        picture: Picture::Series {
            column: "training_loss",
            companion: None,
            log_y: true,
            reference: None,
        },
    }],
    &[Panel {
        id: "validation_loss",
        title: "Validation loss",
        about: "‖β − β*‖² for generated data, the mean squared error on held-out rows for your own.",
        picture: Picture::Series {
            column: "validation_loss",
            companion: None,
            log_y: true,
            reference: None,
        },
    }],
    &[
        Panel {
            id: "loss_integral",
            title: "∫L dt",
            about: "∫₀ᵗ L(β_s) ds, which sets the effective initialisation: α∞ = α exp(−2γ diag(XᵀX/n) ∫L) (eq. 5).",
            picture: Picture::Series {
                column: "loss_integral",
                companion: None,
                log_y: false,
                reference: None,
            },
        },
        Panel {
            id: "effective_alpha",
            title: "Effective α",
            about: "Solid: measured √|w₊w₋|. Dotted: α exp(−2γ diag(XᵀX/n) ∫(L+δ²)) (eq. 5, 10). Geometric means over \
                    coordinates.",
            picture: Picture::Series {
                column: "alpha_measured",
                companion: Some("alpha_predicted"),
                log_y: true,
                reference: None,
            },
        },
    ],
    &[
        Panel {
            id: "coefficients",
            title: "Coefficients βⱼ",
            about: "β = w₊² − w₋² of the first run of each algorithm; rings mark β*, its support first.",
            picture: Picture::Stems {
                entry: beta,
                reference: "beta_star",
            },
        },
        Panel {
            id: "paths",
            title: "Paths βⱼ(k)",
            about: "βⱼ of the first run of each algorithm: the support of β* and the largest others.",
            picture: Picture::Paths {
                entry: beta,
                reference: "beta_star",
            },
        },
    ],
    &[
        Panel {
            id: "norm_l1",
            title: "‖β‖₁",
            about: "The ℓ₁ norm, which small α (and noise) makes small; the line marks ‖β*‖₁.",
            picture: Picture::Series {
                column: "norm_l1",
                companion: None,
                log_y: false,
                reference: Some("beta_star_norm_l1"),
            },
        },
        Panel {
            id: "norm_l2",
            title: "‖β‖₂",
            about: "The ℓ₂ norm, which large α makes small; the line marks ‖β*‖₂.",
            picture: Picture::Series {
                column: "norm_l2",
                companion: None,
                log_y: false,
                reference: Some("beta_star_norm_l2"),
            },
        },
        Panel {
            id: "phi_alpha",
            title: "φ of α",
            about: "The hyperbolic entropy at the initial α (eq. 2), which gradient flow minimises among interpolators.",
            picture: Picture::Series {
                column: "phi_alpha",
                companion: None,
                log_y: false,
                reference: None,
            },
        },
        Panel {
            id: "phi_alpha_t",
            title: "φ of αₜ",
            about: "The hyperbolic entropy at the measured effective αₜ = √|w₊w₋|.",
            picture: Picture::Series {
                column: "phi_alpha_t",
                companion: None,
                log_y: false,
                reference: None,
            },
        },
    ],
    &[Panel {
        id: "potential",
        title: "Potential φ of αₜ, per coordinate",
        about: "φ at αₜ scaled to 1 at β = 1, with the geometric mean of the measured αₜ. It sharpens from β² (kernel) \
                towards |β| (rich) as αₜ shrinks.",
        picture: Picture::Profile {
            curve: potential,
            bounds: &[("|β|", f64::abs), ("β²", |b| b * b)],
            range: [-1.0, 1.0],
        },
    }],
];
