//! The simulation: every run of every chosen algorithm on one data set and one clock.

mod facts;
mod landing;
mod runs;
mod start;

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

pub(super) use start::{Start, start};

use super::fork_start::{ForkStart, fork_start};
use super::insights::INSIGHTS;
use super::observables::COLUMNS;
use super::settings::Settings;
use super::{Prepared, fork, words};
use crate::knobs::{KnobError, Knobs};
use crate::labs::diagonal::collapse::Saddle;
use crate::labs::diagonal::dynamics::{Tape, methods};
use crate::labs::diagonal::theory::step_size::StepSizeLimits;
use crate::labs::{LabError, RecordingExperiment};
use crate::model::arithmetic::Arithmetic;
use crate::model::data::scaling::Scaling;
use crate::model::regression::Validation;
use crate::sim::experiment::{Destination, Experiment, RunStatus, Sample, Setup};
use landing::{Circumstances, Outlook};
use runs::{Now, Run, StepRange, groups};
use start::resolve_step_size;

/// See the module.
pub(super) struct Training {
    prepared: Arc<Prepared>,
    settings: Settings,
    setup: Arc<Setup>,
    runs: Vec<Run>,
    /// Of every run, what is known of where it ends.
    outlooks: Vec<Outlook>,
    step: u64,
    time: f64,
    step_size: f64,
    limits: StepSizeLimits,
    /// Where runs may collapse.
    saddle: Option<Saddle>,
    pool: Option<Arc<ThreadPool>>,
    /// Whether nobody reads what samples record of the runs.
    records_left_out: bool,
}

impl Training {
    pub(super) fn new(
        prepared: Arc<Prepared>,
        mut settings: Settings,
        record: bool,
    ) -> Result<Self, LabError> {
        let problem = &prepared.problem;
        let start = start(&prepared, &mut settings)?;
        let mut runs = Vec::new();
        let mut infos = Vec::new();
        for (method, &count) in methods().iter().zip(&settings.runs) {
            for index in 0..count {
                let initialisation = start.initialisation.clone();
                let hyper = settings.hyper(index, record);
                runs.push(Run::new(
                    problem,
                    initialisation,
                    settings.depth,
                    method,
                    &hyper,
                ));
                infos.push(method.run(index));
            }
        }
        let mut are_final = Vec::new();
        for fork in &settings.forks {
            let ForkStart {
                initialisation,
                is_final,
            } = fork_start(fork, problem, &settings, &start)?;
            are_final.push(is_final);
            let (method, hyper) = (fork.method(), settings.hyper(0, record));
            runs.push(Run {
                start_step: fork.start_step(),
                ..Run::new(problem, initialisation, settings.depth, method, &hyper)
            });
        }
        for run in &mut runs {
            run.rule.watch(&settings.watch);
        }
        infos.extend(fork::infos(&settings.forks, &are_final));
        let setup = Arc::new(Setup {
            runs: infos,
            columns: &COLUMNS,
            insights: &INSIGHTS,
            vectors: if settings.depth == 2 {
                &["w_plus", "w_minus"]
            } else {
                &["w_plus", "w_minus", "alpha_plus", "alpha_minus"]
            },
            shared: &["step_size", "label_noise_level", "weight_decay"],
            roles: words::ROLES,
            clock: words::CLOCK,
            facts: facts::facts(&prepared, &settings, &start),
        });
        let may_collapse = runs.iter().any(|run| run.saddle_noise.is_some());
        let saddle = may_collapse.then(|| Saddle::new(problem)).flatten();
        Ok(Self {
            saddle,
            prepared,
            settings,
            setup,
            outlooks: runs.iter().map(|_| Outlook::default()).collect(),
            runs,
            step: 0,
            time: 0.0,
            step_size: start.step_size,
            limits: start.limits,
            pool: None,
            records_left_out: false,
        })
    }

    /// The threads for `steps` steps: one where they take less time than it takes to wake others.
    fn threads_for(&self, steps: u64) -> Option<Arc<ThreadPool>> {
        /// Multiply-adds that take a tenth of a millisecond.
        const WORTH_WAKING: f64 = 2e6;
        let pool = self.pool.as_ref()?;
        let problem = &self.prepared.problem;
        let going = self.runs.iter().filter(|run| run.is_active()).count();
        let work = (problem.n() * problem.d() * going) as f64 * steps as f64;
        (going > 1 && work > WORTH_WAKING).then(|| pool.clone())
    }
}

impl Experiment for Training {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn use_threads(&mut self, pool: Arc<ThreadPool>) {
        for run in &mut self.runs {
            run.rule.use_threads(&pool);
        }
        self.pool = Some(pool);
    }

    fn advance(&mut self, steps: u64) {
        let pool = self.threads_for(steps);
        let range = StepRange {
            problem: &self.prepared.problem,
            noise_schedule: &self.settings.noise_schedule,
            step_size: self.step_size,
            weight_decay: self.settings.weight_decay,
            span: self.step..self.step + steps,
        };
        let threads = pool.as_ref().map_or(1, |pool| pool.current_num_threads());
        let groups = groups(&mut self.runs, range.problem, threads);
        if let Some(pool) = pool {
            let groups = groups.into_par_iter();
            let arithmetic = Arithmetic::here();
            let advance = |group| arithmetic.run(|| range.advance(group));
            pool.install(|| groups.for_each(advance));
        } else {
            for group in groups {
                range.advance(group);
            }
        }
        self.step += steps;
        for _ in 0..steps {
            self.time += self.step_size;
        }
    }

    fn sample(&mut self) -> Sample {
        let problem = &self.prepared.problem;
        let step = self.step;
        let leave_out = self.records_left_out;
        let runs = self.runs.iter_mut();
        let runs = runs.map(|run| {
            if leave_out {
                run.check_bounds(problem, step);
                return None;
            }
            run.sample(problem, step)
        });
        let runs = runs.collect();
        Sample {
            step,
            time: self.time,
            shared: vec![
                self.step_size,
                self.settings.noise_schedule.level(step),
                self.settings.weight_decay,
            ],
            runs,
        }
    }

    fn forget_extremes(&mut self) {
        for run in &mut self.runs {
            run.ledger.forget_extremes();
        }
    }

    fn status(&mut self, run: usize) -> RunStatus {
        self.runs[run].status(&Now {
            problem: &self.prepared.problem,
            saddle: self.saddle.as_ref(),
            settings: &self.settings,
            step_size: self.step_size,
            step: self.step,
        })
    }

    fn destination(&mut self, run: usize, tolerance: f64) -> Option<Destination> {
        let now = Circumstances {
            prepared: &self.prepared,
            settings: &self.settings,
            step: self.step,
            time: self.time,
            step_size: self.step_size,
            tolerance,
        };
        self.outlooks[run].look(&self.runs[run], &now)
    }

    fn freeze(&mut self, run: usize) {
        self.runs[run].frozen = true;
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        let fresh = Settings::from_knobs(knobs)?;
        self.step_size = resolve_step_size(&fresh, &self.prepared.problem, &self.limits)?;
        self.settings.step_size = fresh.step_size;
        self.settings.noise_schedule = fresh.noise_schedule;
        self.settings.weight_decay = fresh.weight_decay;
        self.settings.substeps = fresh.substeps;
        for run in &mut self.runs {
            run.rule.set_substeps(fresh.substeps);
        }
        Ok(())
    }
}

impl RecordingExperiment for Training {
    fn take_tapes(&mut self, run: usize) -> Vec<Tape> {
        let tapes = self.runs[run].rule.tapes().iter_mut();
        tapes.map(Tape::take).collect()
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
                arrays.push(("beta_star", vec![problem.d()], beta_star.to_vec()));
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
        arrays.extend(self.prepared.scaling.iter().flat_map(Scaling::arrays));
        arrays
    }

    fn leave_out_records(&mut self, leave_out: bool) {
        self.records_left_out = leave_out;
    }
}
