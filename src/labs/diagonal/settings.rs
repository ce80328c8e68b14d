//! The checked settings of one experiment, read from the knobs.

use super::choices::{Chosen as _, chosen};
use super::fork::{self, Fork};
use super::starts::{StartKind, StartSettings};
use crate::knobs::{KnobError, Knobs, Value};
use crate::labs::diagonal::dynamics::label_noise::{NoiseKind, NoiseSchedule};
use crate::labs::diagonal::dynamics::{Hyper, Method, Scheme, methods};
use crate::labs::tables;
use crate::model::data::csv::CsvTable;
use crate::model::data::fourier::{Fourier, FourierTruth};
use crate::model::data::observation::Observation;
use crate::model::data::scaling::Wish;
use crate::model::data::sparse::{BetaLaw, SparseGaussian};
use crate::model::data::toy::Toy;
use crate::model::data::{DataError, Loaded};
use crate::model::watch::Watch;

/// The kinds of [`DataSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataKind {
    Sparse,
    Fourier,
    Csv,
    PlaneToy,
    SpaceToy,
}

chosen! { DataKind:
    Sparse => "sparse", "Sparse regression";
    Fourier => "fourier", "Fourier features";
    Csv => "csv", "CSV file";
    PlaneToy => "plane-toy", "2-D toy";
    SpaceToy => "space-toy", "3-D toy";
}

/// Where the data come from.
#[derive(Clone, Debug, PartialEq)]
pub enum DataSource {
    /// Sparse Gaussian regression.
    Sparse(SparseGaussian, Observation),
    /// Fourier features.
    Fourier(Fourier, Observation),
    /// The user's table.
    Csv(CsvTable),
    /// A problem small enough to draw.
    Toy(Toy),
}

impl DataSource {
    /// Makes or reads the data.
    pub fn load(&self, watch: &Watch) -> Result<Loaded, DataError> {
        match self {
            Self::Sparse(source, observation) => Ok(observation.of(source.generate()?).into()),
            Self::Fourier(source, observation) => Ok(observation.of(source.generate()?).into()),
            Self::Csv(source) => source.load_watched(watch),
            Self::Toy(source) => source.generate().map(Loaded::from),
        }
    }

    /// Whether loading again gives the same data as when a file had this checksum.
    pub(super) fn is_unchanged(&self, checksum: Option<u32>, watch: &Watch) -> bool {
        match self {
            Self::Csv(source) => checksum.is_some() && source.current_checksum(watch) == checksum,
            Self::Sparse(..) | Self::Fourier(..) | Self::Toy(_) => true,
        }
    }
}

/// Checked settings of one experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The data.
    pub source: DataSource,
    /// √(w₊w₋) at the start: one number, or one per coordinate.
    pub alpha: Vec<f64>,
    /// What else the start is.
    pub start: StartSettings,
    /// p, β = w₊ᵖ − w₋ᵖ.
    pub depth: u32,
    /// γ, or `None` for the recommended one.
    pub step_size: Option<f64>,
    /// λ of [`crate::labs::diagonal::dynamics::decay`].
    pub weight_decay: f64,
    /// Number of runs per entry of [`methods`].
    pub runs: Vec<usize>,
    /// Samples per SGD step.
    pub batch: usize,
    /// Whether a batch may hold a sample twice.
    pub replacement: bool,
    /// Steps of SGD from one loss to the next; `None` until the data are there to choose by.
    pub loss_every: Option<u64>,
    /// How SGF is integrated.
    pub scheme: Scheme,
    /// SGF sub-steps per γ-step.
    pub substeps: usize,
    /// T of Langevin dynamics.
    pub temperature: f64,
    /// Seed of samples and label-noise signs.
    pub sampling_seed: u64,
    /// Seed of the Brownian motions.
    pub brownian_seed: u64,
    /// δ(k).
    pub noise_schedule: NoiseSchedule,
    /// Runs that start from another run's α.
    pub forks: Vec<Fork>,
    /// Steps after which the clock stops.
    pub steps: u64,
    /// L below which a run counts as converged.
    pub tolerance: f64,
    /// Whether the experiment is still wanted.
    pub watch: Watch,
}

impl Settings {
    /// Reads the knobs. Rules that tie them to the data's size are checked once the data are there.
    pub fn from_knobs(knobs: &Knobs) -> Result<Self, KnobError> {
        let runs: Vec<usize> = methods()
            .iter()
            .map(|method| knobs.count(&method.runs_key()) as usize)
            .collect();
        if runs.iter().all(|runs| *runs == 0) {
            return Err(KnobError::Conflict(
                "no algorithm is switched on: choose at least one run".to_owned(),
            ));
        }
        let depth = depth(knobs);
        let (start, weight_decay) = (start(knobs), knobs.real("weight_decay"));
        let forks = fork::parse(knobs.word("forks"))?;
        for (method, &runs) in methods().iter().zip(&runs) {
            check_depth(method, runs, depth)?;
            check_decay(method, runs, weight_decay)?;
        }
        for fork in &forks {
            check_decay(fork.method(), 1, weight_decay)?;
        }
        if depth > 2 && (start.kind != StartKind::Symmetric || weight_decay > 0.0) {
            return Err(KnobError::Conflict(
                "an `initialisation` other than symmetric and weight decay are for depth 2, where the theory follows them: set \
                 `depth` to 2"
                    .to_owned(),
            ));
        }
        let scheme = scheme(knobs);
        Ok(Self {
            source: source(knobs),
            alpha: alpha(knobs),
            start,
            depth,
            step_size: knobs.real_or_auto("step_size"),
            weight_decay,
            runs,
            batch: knobs.count("batch") as usize,
            replacement: knobs.switch("replacement"),
            loss_every: knobs.count_or_auto("loss_every"),
            scheme,
            substeps: substeps(knobs, scheme),
            temperature: knobs.real("temperature"),
            sampling_seed: knobs.count("sampling_seed"),
            brownian_seed: knobs.count("brownian_seed"),
            noise_schedule: noise_schedule(knobs),
            forks,
            steps: knobs.count("steps"),
            tolerance: knobs.real("tolerance"),
            watch: Watch::default(),
        })
    }

    /// What the rule of run number `index` of its method is built from.
    pub(super) fn hyper(&self, index: usize, record: bool) -> Hyper {
        Hyper {
            batch: self.batch,
            replacement: self.replacement,
            loss_every: self.loss_every.unwrap_or(1),
            scheme: self.scheme,
            substeps: self.substeps,
            temperature: self.temperature,
            sampling_seed: self.sampling_seed,
            brownian_seed: self.brownian_seed,
            index,
            record,
        }
    }
}

fn observed(knobs: &Knobs) -> Observation {
    Observation {
        scale: knobs.real("beta_scale"),
        noise: knobs.real("observation_noise"),
        seed: knobs.count("observation_seed"),
    }
}

/// How the labels are observed, if the data are synthetic.
pub(super) fn observation(knobs: &Knobs) -> Option<Observation> {
    let kind = DataKind::of(knobs, "data");
    matches!(kind, DataKind::Sparse | DataKind::Fourier).then(|| observed(knobs))
}

fn source(knobs: &Knobs) -> DataSource {
    let (n, d) = (knobs.count("n") as usize, knobs.count("d") as usize);
    let seed = knobs.count("data_seed");
    let observation = observed(knobs);
    match DataKind::of(knobs, "data") {
        DataKind::Sparse => DataSource::Sparse(
            SparseGaussian {
                n,
                d,
                sparsity: knobs.count("sparsity") as usize,
                beta_law: BetaLaw::of(knobs, "beta_law"),
                seed,
            },
            observation,
        ),
        DataKind::Fourier => DataSource::Fourier(
            Fourier {
                n,
                d,
                weighted: knobs.switch("fourier_weighted"),
                truth: FourierTruth::of(knobs, "fourier_truth"),
                seed,
            },
            observation,
        ),
        DataKind::Csv => DataSource::Csv(CsvTable {
            holdout_fraction: knobs.real("holdout_fraction"),
            seed,
            scaling: Wish {
                standardise: knobs.switch("standardise"),
                intercept: knobs.switch("intercept"),
            },
            validation: knobs.word("csv_validation").to_owned(),
            truth: knobs.word("csv_truth").to_owned(),
            ..tables::table(knobs)
        }),
        DataKind::PlaneToy => DataSource::Toy(Toy::Plane {
            x: [knobs.real("toy_x1"), knobs.real("toy_x2")],
            y: knobs.real("toy_y"),
        }),
        DataKind::SpaceToy => DataSource::Toy(Toy::Space),
    }
}

/// √(w₊w₋) at the start: one number, or one per coordinate.
pub(super) fn alpha(knobs: &Knobs) -> Vec<f64> {
    match knobs.get("alpha") {
        Value::Reals(alpha) => alpha.clone(),
        _ => vec![knobs.real("alpha")],
    }
}

pub(super) fn start(knobs: &Knobs) -> StartSettings {
    StartSettings {
        kind: StartKind::of(knobs, "initialisation"),
        distance: knobs.real("interpolator_distance"),
        copies: knobs.count("copies") as usize,
        copy_noise: knobs.real("copy_noise"),
        seed: knobs.count("data_seed"),
    }
}

pub(super) fn depth(knobs: &Knobs) -> u32 {
    knobs.count("depth") as u32
}

/// Refuses runs of a rule that is for p = 2 alone at another depth.
fn check_depth(method: &Method, runs: usize, depth: u32) -> Result<(), KnobError> {
    if depth == 2 || runs == 0 || method.any_depth {
        return Ok(());
    }
    let (label, key) = (method.label, method.runs_key());
    Err(KnobError::Conflict(format!(
        "{label} is for depth 2 alone: set `{key}` to 0, or `depth` to 2"
    )))
}

/// Refuses weight decay for runs of a rule whose weights may not be moved between its steps.
fn check_decay(method: &Method, runs: usize, weight_decay: f64) -> Result<(), KnobError> {
    if weight_decay == 0.0 || runs == 0 || method.any_weights {
        return Ok(());
    }
    Err(KnobError::Conflict(format!(
        "{} does not know weight decay: set `{}` to 0 (and take it out of `forks`), or `weight_decay` to 0",
        method.label,
        method.runs_key()
    )))
}

pub(super) fn scheme(knobs: &Knobs) -> Scheme {
    Scheme::of(knobs, "sgf_scheme")
}

pub(super) fn substeps(knobs: &Knobs, scheme: Scheme) -> usize {
    knobs
        .count_or_auto("sgf_substeps")
        .map_or_else(|| scheme.default_substeps(), |substeps| substeps as usize)
}

/// δ(k).
pub(super) fn noise_schedule(knobs: &Knobs) -> NoiseSchedule {
    let level = knobs.real("label_noise_level");
    let time = knobs.real("label_noise_time");
    match NoiseKind::of(knobs, "label_noise") {
        NoiseKind::None => NoiseSchedule::None,
        NoiseKind::Constant => NoiseSchedule::Constant { level },
        NoiseKind::StepOff => NoiseSchedule::StepOff {
            level,
            until: knobs.count("label_noise_until"),
        },
        NoiseKind::Exponential => NoiseSchedule::Exponential { level, time },
        NoiseKind::PowerLaw => NoiseSchedule::PowerLaw {
            level,
            time,
            exponent: knobs.real("label_noise_exponent"),
        },
        NoiseKind::PiecewiseLinear => NoiseSchedule::PiecewiseLinear {
            points: knobs.points("label_noise_points").to_vec(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::knobs::KNOBS;

    #[test]
    fn the_defaults_are_a_valid_experiment() {
        let settings = Settings::from_knobs(&Knobs::new(&KNOBS)).unwrap();
        assert_eq!(settings.hyper(0, false), Hyper::default());
    }

    #[test]
    fn a_recipe_without_any_run_is_refused() {
        let mut knobs = Knobs::new(&KNOBS);
        for method in methods() {
            knobs.set_text(&method.runs_key(), "0").unwrap();
        }
        assert!(Settings::from_knobs(&knobs).is_err());
    }

    #[test]
    fn rules_for_depth_two_are_refused_at_other_depths_if_they_run() {
        let limited = Method {
            any_depth: false,
            ..crate::labs::diagonal::dynamics::gd::GD
        };
        assert!(check_depth(&limited, 1, 2).is_ok());
        assert!(check_depth(&limited, 0, 3).is_ok());
        let message = check_depth(&limited, 1, 3).unwrap_err().to_string();
        assert_eq!(
            message,
            "GD is for depth 2 alone: set `gd_runs` to 0, or `depth` to 2"
        );
        assert!(check_depth(&crate::labs::diagonal::dynamics::gd::GD, 1, 3).is_ok());
    }
}
