//! The simulation: every run of every chosen algorithm on one data set and one clock.

use std::sync::Arc;

use super::Prepared;
use super::observables::{COLUMNS, OBSERVABLES, View};
use super::settings::Settings;
use crate::dynamics::{Dynamics, Hyper, Ledger, METHODS, Progress, StepSettings, Tape, TapeData};
use crate::knobs::{KnobError, Knobs};
use crate::labs::RecordingExperiment;
use crate::model::network::Weights;
use crate::model::regression::Validation;
use crate::sim::experiment::{Experiment, Facts, RunInfo, RunSample, RunStatus, Sample, Setup};
use crate::theory::step_size::StepSizeLimits;

/// See the module.
pub(super) struct Training {
    prepared: Arc<Prepared>,
    settings: Settings,
    setup: Arc<Setup>,
    runs: Vec<Run>,
    step: u64,
    time: f64,
    step_size: f64,
    limits: StepSizeLimits,
}

struct Run {
    weights: Weights,
    ledger: Ledger,
    rule: Box<dyn Dynamics>,
    diverged: Option<u64>,
}

impl Training {
    pub(super) fn new(
        prepared: Arc<Prepared>,
        mut settings: Settings,
        record: bool,
    ) -> Result<Self, KnobError> {
        let problem = &prepared.problem;
        let (n, d) = (problem.n(), problem.d());
        if settings.alpha.len() == 1 {
            settings.alpha = vec![settings.alpha[0]; d];
        } else if settings.alpha.len() != d {
            let found = settings.alpha.len();
            return Err(KnobError::Conflict(format!(
                "`alpha` has {found} entries but d = {d}: give one, or d"
            )));
        }
        if settings.batch > n {
            let batch = settings.batch;
            return Err(KnobError::Conflict(format!(
                "a batch of {batch} does not fit n = {n} samples: lower `batch`"
            )));
        }
        let limits = StepSizeLimits::at(problem, &prepared.landing, &settings.alpha);
        let step_size = resolve_step_size(&settings, &limits)?;
        let mut runs = Vec::new();
        let mut infos = Vec::new();
        for (method, &count) in METHODS.iter().zip(&settings.runs) {
            for index in 0..count {
                let hyper = Hyper {
                    batch: settings.batch,
                    replacement: settings.replacement,
                    scheme: settings.scheme,
                    substeps: settings.substeps,
                    temperature: settings.temperature,
                    sampling_seed: settings.sampling_seed,
                    brownian_seed: settings.brownian_seed,
                    index,
                    record,
                };
                let weights = Weights::start(&settings.alpha);
                let ledger = Ledger::new(problem, &weights.beta());
                runs.push(Run {
                    weights,
                    ledger,
                    rule: (method.build)(problem, &hyper),
                    diverged: None,
                });
                let numbered = |name: &str, separator: &str| {
                    if method.max_runs == 1 {
                        name.to_owned()
                    } else {
                        format!("{name}{separator}{}", index + 1)
                    }
                };
                infos.push(RunInfo {
                    name: numbered(method.id, "-"),
                    label: numbered(method.label, " "),
                    family: method.id,
                    family_label: method.label,
                    about: method.about,
                });
            }
        }
        let setup = Arc::new(Setup {
            runs: infos,
            columns: &COLUMNS,
            vectors: &["w_plus", "w_minus"],
            shared: &["step_size", "label_noise_level"],
            facts: facts(&prepared, &settings, &limits, step_size),
        });
        Ok(Self {
            prepared,
            settings,
            setup,
            runs,
            step: 0,
            time: 0.0,
            step_size,
            limits,
        })
    }

    fn step_settings(&self, step: u64) -> StepSettings {
        StepSettings {
            step_size: self.step_size,
            label_noise: self.settings.schedule.level(step),
        }
    }
}

fn resolve_step_size(settings: &Settings, limits: &StepSizeLimits) -> Result<f64, KnobError> {
    let step_size = settings
        .step_size
        .unwrap_or_else(|| limits.automatic_step_size());
    if step_size.is_finite() && step_size > 0.0 {
        return Ok(step_size);
    }
    Err(KnobError::Conflict(
        "these data have no automatic step size (X or y is all zero, or not finite): set `step_size`".to_owned(),
    ))
}

fn facts(
    prepared: &Prepared,
    settings: &Settings,
    limits: &StepSizeLimits,
    step_size: f64,
) -> Facts {
    let problem = &prepared.problem;
    let mut facts = Facts::default();
    facts.scalars.insert("n", problem.n() as f64);
    facts.scalars.insert("d", problem.d() as f64);
    facts.scalars.insert("gamma", step_size);
    facts.scalars.insert("gamma_auto", limits.gamma_auto());
    facts
        .scalars
        .insert("gamma_recommended", limits.automatic_step_size());
    facts.scalars.insert("gamma_gd", 2.0 / limits.lambda_max);
    facts
        .scalars
        .insert("sgf_substeps", settings.substeps as f64);
    facts.vectors.insert("alpha", settings.alpha.clone());
    facts
        .vectors
        .insert("column_mean_square", problem.column_mean_square.clone());
    match &problem.validation {
        Validation::Truth(beta_star) => {
            facts
                .scalars
                .insert("beta_star_norm_l1", beta_star.iter().map(|b| b.abs()).sum());
            facts.scalars.insert(
                "beta_star_norm_l2",
                beta_star.iter().map(|b| b * b).sum::<f64>().sqrt(),
            );
            facts.vectors.insert("beta_star", beta_star.clone());
        }
        Validation::HoldOut(rows) => {
            let held_out = rows.y.len();
            facts.remarks.push(format!(
                "Validation: mean squared error on {held_out} held-out rows."
            ));
        }
        Validation::Unavailable => {
            facts.remarks.push(
                "No validation loss: the data have no known β* and no row is held out.".to_owned(),
            );
        }
    }
    facts
}

impl Experiment for Training {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, steps: u64) {
        let first = self.step;
        for index in 0..self.runs.len() {
            for step in first..first + steps {
                let settings = self.step_settings(step);
                let run = &mut self.runs[index];
                if run.diverged.is_some() {
                    break;
                }
                let problem = &self.prepared.problem;
                if run
                    .rule
                    .step(problem, &mut run.weights, settings, &mut run.ledger)
                    == Progress::Diverged
                {
                    run.diverged = Some(step);
                }
            }
        }
        self.step += steps;
        for _ in 0..steps {
            self.time += self.step_size;
        }
    }

    fn sample(&mut self) -> Sample {
        let problem = &self.prepared.problem;
        let alpha = &self.settings.alpha;
        let step = self.step;
        let runs = self.runs.iter_mut().map(|run| {
            if run.diverged.is_some() {
                return None;
            }
            let beta = run.weights.beta();
            // A step may have carried the weights out of bounds just now; the next step would find
            // out, but the reader must not see such a state.
            let training_loss = problem.training_loss(&beta);
            if !run.ledger.accepts(training_loss) {
                run.diverged = Some(step);
                return None;
            }
            let effective_alpha = run.weights.effective_alpha();
            let view = View {
                problem,
                weights: &run.weights,
                beta: &beta,
                training_loss,
                effective_alpha: &effective_alpha,
                alpha,
                ledger: &run.ledger,
            };
            let values: Vec<f64> = OBSERVABLES
                .iter()
                .map(|observable| (observable.value)(&view))
                .collect();
            let extent = |pick: fn(f64, f64) -> f64,
                          of: fn(crate::dynamics::ledger::Extent) -> f64| {
                let pairs = OBSERVABLES.iter().zip(&values);
                let extremes = pairs.map(|(observable, &value)| match observable.extent {
                    Some(extent) if !extent(&run.ledger).is_empty() => {
                        pick(value, of(extent(&run.ledger)))
                    }
                    _ => value,
                });
                extremes.collect::<Vec<f64>>()
            };
            let low = extent(f64::min, |extent| extent.low);
            let high = extent(f64::max, |extent| extent.high);
            let state = Arc::from([run.weights.w_plus.clone(), run.weights.w_minus.clone()]);
            Some(RunSample {
                values,
                low,
                high,
                state,
            })
        });
        let runs = runs.collect();
        let settings = self.step_settings(step);
        Sample {
            step,
            time: self.time,
            shared: vec![settings.step_size, settings.label_noise],
            runs,
        }
    }

    fn forget_extremes(&mut self) {
        for run in &mut self.runs {
            run.ledger.forget_extremes();
        }
    }

    fn status(&mut self, run: usize) -> RunStatus {
        let run = &self.runs[run];
        match run.diverged {
            Some(step) => RunStatus::Diverged { step },
            None if run.ledger.last_loss < self.settings.tolerance => RunStatus::Converged,
            None => RunStatus::Running,
        }
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        let fresh = Settings::from_knobs(knobs)?;
        self.step_size = resolve_step_size(&fresh, &self.limits)?;
        self.settings.step_size = fresh.step_size;
        self.settings.schedule = fresh.schedule;
        self.settings.substeps = fresh.substeps;
        for run in &mut self.runs {
            run.rule.set_substeps(fresh.substeps);
        }
        Ok(())
    }
}

impl RecordingExperiment for Training {
    fn take_tapes(&mut self, run: usize) -> Vec<Tape> {
        let emptied = |tape: &mut Tape| {
            let empty = match tape.data {
                TapeData::Integers(_) => TapeData::Integers(Vec::new()),
                TapeData::Reals(_) => TapeData::Reals(Vec::new()),
            };
            Tape {
                name: tape.name,
                width: tape.width,
                data: std::mem::replace(&mut tape.data, empty),
            }
        };
        self.runs[run]
            .rule
            .tapes()
            .iter_mut()
            .map(emptied)
            .collect()
    }

    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        let problem = &self.prepared.problem;
        let mut arrays = vec![
            (
                "x",
                vec![problem.n(), problem.d()],
                problem.train.features().to_vec(),
            ),
            ("y", vec![problem.n()], problem.train.y.clone()),
        ];
        match &problem.validation {
            Validation::Truth(beta_star) => {
                arrays.push(("beta_star", vec![problem.d()], beta_star.clone()));
            }
            Validation::HoldOut(rows) => {
                arrays.push((
                    "x_validation",
                    vec![rows.y.len(), problem.d()],
                    rows.features().to_vec(),
                ));
                arrays.push(("y_validation", vec![rows.y.len()], rows.y.clone()));
            }
            Validation::Unavailable => {}
        }
        arrays
    }
}
