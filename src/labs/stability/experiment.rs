//! The simulation: every run of every chosen algorithm on one data set, with one step size.

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};

use super::methods::METHODS;
use super::observables::{COLUMNS, INSIGHTS};
use super::problem::Problem;
use super::run::Run;
use super::schedule::StepSize;
use super::settings::Settings;
use super::words;
use crate::knobs::{KnobError, Knobs};
use crate::labs::RecordingExperiment;
use crate::model::arithmetic::Arithmetic;
use crate::sim::experiment::{Experiment, RunStatus, Sample, Setup};
use crate::sim::tape::Tape;
use crate::statistics::median;

/// The state vectors of a run.
const VECTORS: &[&str] = &["w1", "b1", "w2", "b2"];

/// See the module.
pub(super) struct Training {
    problem: Arc<Problem>,
    setup: Arc<Setup>,
    runs: Vec<Run>,
    schedule: StepSize,
    gentle: f64,
    jitter: f64,
    step: u64,
    time: f64,
    pool: Option<Arc<ThreadPool>>,
    /// The step sizes of the steps under way.
    step_sizes: Vec<f64>,
    /// Multiply-adds of a step of one run, about.
    work: f64,
}

impl Training {
    pub(super) fn new(settings: &Settings, record: bool) -> Self {
        let (x, y) = settings.source.generate();
        let problem = Arc::new(Problem::new(x, y));
        let mut runs = Vec::new();
        let mut infos = Vec::new();
        for (method, &count) in METHODS.iter().zip(&settings.runs) {
            for index in 0..count {
                runs.push(Run::new(method, index, runs.len(), settings, record));
                infos.push(method.family.run(index, false));
            }
        }
        let sharpest = runs.iter_mut().map(|run| run.sharpness(&problem));
        // λ is at least 1, the output bias's share.
        let sharpest = median(sharpest).unwrap_or(1.0);
        let gentle = sharpest.recip();
        let mut facts = problem.facts(&settings.source, gentle, sharpest);
        facts
            .scalars
            .insert("neuron_count", settings.neurons as f64);
        let eta = settings.step_size.unwrap_or(gentle);
        facts.scalars.insert("eta", eta);
        facts.scalars.insert("warm_up", settings.warm_up as f64);
        let kicks = settings.kicks.iter().map(|[step, _]| *step);
        facts.vectors.insert("kick_steps", kicks.collect());
        if problem.least_curvature.is_none() {
            facts.remarks.push(
                "Two samples have the same x and different y: nothing interpolates them."
                    .to_owned(),
            );
        }
        let setup = Arc::new(Setup {
            runs: infos,
            columns: &COLUMNS,
            insights: &INSIGHTS,
            vectors: VECTORS,
            shared: &["step_size"],
            roles: words::ROLES,
            clock: words::CLOCK,
            facts,
        });
        Self {
            work: (problem.x.len() * settings.neurons) as f64,
            schedule: settings.schedule(gentle),
            gentle,
            jitter: settings.jitter,
            problem,
            setup,
            runs,
            step: 0,
            time: 0.0,
            pool: None,
            step_sizes: Vec::new(),
        }
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
        self.pool = Some(pool);
    }

    fn advance(&mut self, steps: u64) {
        /// Multiply-adds that take a tenth of a millisecond.
        const WORTH_WAKING: f64 = 1e5;
        self.step_sizes.clear();
        let sizes = (0..steps).map(|_| self.schedule.take());
        self.step_sizes.extend(sizes);
        let (problem, step, jitter) = (&*self.problem, self.step, self.jitter);
        let sizes = &self.step_sizes[..];
        let arithmetic = Arithmetic::here();
        let advance = |run: &mut Run| {
            arithmetic.run(|| run.advance(problem, step, sizes, jitter));
        };
        let going = self.runs.iter().filter(|run| run.is_active()).count();
        let work = self.work * going as f64 * steps as f64;
        match &self.pool {
            Some(pool) if going > 1 && work > WORTH_WAKING => {
                pool.install(|| self.runs.par_iter_mut().for_each(advance));
            }
            _ => self.runs.iter_mut().for_each(advance),
        }
        self.step += steps;
        for size in &self.step_sizes {
            self.time += size;
        }
    }

    fn sample(&mut self) -> Sample {
        let (problem, step) = (&*self.problem, self.step);
        let step_size = self.schedule.peek();
        let runs = self.runs.iter_mut();
        let runs = runs.map(|run| run.sample(problem, step, step_size));
        Sample {
            step,
            time: self.time,
            shared: vec![step_size],
            runs: runs.collect(),
        }
    }

    fn forget_extremes(&mut self) {
        self.runs.iter_mut().for_each(Run::forget_extremes);
    }

    fn status(&mut self, run: usize) -> RunStatus {
        match self.runs[run].diverged {
            Some(step) => RunStatus::Diverged { step },
            None => RunStatus::Running,
        }
    }

    fn freeze(&mut self, run: usize) {
        self.runs[run].frozen = true;
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        let fresh = Settings::from_knobs(knobs)?;
        self.jitter = fresh.jitter;
        let goal = fresh.step_size.unwrap_or(self.gentle);
        self.schedule.retune(goal, fresh.rate);
        Ok(())
    }
}

impl RecordingExperiment for Training {
    fn take_tapes(&mut self, run: usize) -> Vec<Tape> {
        self.runs[run].take_tapes()
    }

    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        let Problem { x, y, .. } = &*self.problem;
        vec![
            ("x", vec![x.len()], x.clone()),
            ("y", vec![y.len()], y.clone()),
        ]
    }
}
