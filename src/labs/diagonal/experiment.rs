//! The simulation: every run of every chosen algorithm on one data set and one clock.

use std::ops::Range;
use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::insights::INSIGHTS;
use super::observables::{COLUMNS, OBSERVABLES, View};
use super::settings::{DataSource, Settings};
use super::{Prepared, fork_start};
use crate::knobs::{KnobError, Knobs};
use crate::labs::RecordingExperiment;
use crate::labs::diagonal::dynamics::label_noise::Schedule;
use crate::labs::diagonal::dynamics::{
    Dynamics, Ledger, METHODS, Progress, StepSettings, Tape, TapeData, look_at_all, side_by_side,
};
use crate::labs::diagonal::network::{Weights, depth_effective_alpha};
use crate::labs::diagonal::theory::step_size::StepSizeLimits;
use crate::model::regression::{Regression, Validation};
use crate::sim::experiment::{Experiment, Facts, RunInfo, RunSample, RunStatus, Sample, Setup};

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
    pool: Option<Arc<ThreadPool>>,
}

struct Run {
    /// w± at its start, length d.
    alpha: Arc<[f64]>,
    /// The step at which it starts.
    born: u64,
    weights: Weights,
    ledger: Ledger,
    rule: Box<dyn Dynamics>,
    diverged: Option<u64>,
    /// Whether it takes no more steps although it could.
    rests: bool,
}

impl Run {
    /// α₊ and α₋ now, for depths p ≥ 3.
    fn depth_alpha(&self, problem: &Regression, alpha: &[f64]) -> Option<[Vec<f64>; 2]> {
        let depth = self.weights.depth;
        (depth > 2).then(|| {
            let integrals = self.ledger.power_integrals.each_ref();
            integrals.map(|integral| {
                depth_effective_alpha(alpha, &problem.column_mean_square, integral, depth)
            })
        })
    }
}

impl Run {
    fn new(problem: &Regression, alpha: Arc<[f64]>, depth: u32, rule: Box<dyn Dynamics>) -> Self {
        let weights = Weights::start(&alpha, depth);
        let ledger = Ledger::new(problem, &weights.beta());
        Self {
            alpha,
            born: 0,
            weights,
            ledger,
            rule,
            diverged: None,
            rests: false,
        }
    }

    /// Whether steps are still taken with it.
    fn goes_on(&self) -> bool {
        self.diverged.is_none() && !self.rests
    }
}

impl Training {
    pub(super) fn new(
        prepared: Arc<Prepared>,
        mut settings: Settings,
        record: bool,
    ) -> Result<Self, KnobError> {
        let problem = &prepared.problem;
        let Start { limits, step_size } = start(problem, &prepared.landing, &mut settings)?;
        let mut runs = Vec::new();
        let mut infos = Vec::new();
        let alpha: Arc<[f64]> = settings.alpha.clone().into();
        for (method, &count) in METHODS.iter().zip(&settings.runs) {
            for index in 0..count {
                let hyper = settings.hyper(index, record);
                let rule = (method.build)(problem, &hyper);
                runs.push(Run::new(problem, alpha.clone(), settings.depth, rule));
                infos.push(RunInfo {
                    name: method.run_name(index),
                    label: method.run_label(index),
                    family: method.family(),
                });
            }
        }
        for (index, fork) in settings.forks.iter().enumerate() {
            let alpha = fork_start::alpha(fork, problem, &settings, step_size)?;
            let rule = (fork.method().build)(problem, &settings.hyper(0, record));
            runs.push(Run {
                born: if fork.late { fork.step } else { 0 },
                ..Run::new(problem, alpha.into(), settings.depth, rule)
            });
            infos.push(fork.info(index));
        }
        let setup = Arc::new(Setup {
            runs: infos,
            columns: &COLUMNS,
            insights: &INSIGHTS,
            vectors: if settings.depth == 2 {
                &["w_plus", "w_minus"]
            } else {
                &["w_plus", "w_minus", "alpha_plus", "alpha_minus"]
            },
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
            pool: None,
        })
    }

    /// The threads for `steps` steps: one where they take less time than it takes to wake others.
    fn threads_for(&self, steps: u64) -> Option<Arc<ThreadPool>> {
        /// Multiply-adds that take a tenth of a millisecond.
        const WORTH_WAKING: f64 = 2e6;
        let pool = self.pool.as_ref()?;
        let problem = &self.prepared.problem;
        let going = self.runs.iter().filter(|run| run.goes_on()).count();
        let work = (problem.n() * problem.d() * going) as f64 * steps as f64;
        (going > 1 && work > WORTH_WAKING).then(|| pool.clone())
    }
}

/// The runs in groups of neighbours that go step by step side by side; enough groups for the threads.
fn groups<'a>(mut runs: &'a mut [Run], problem: &Regression, threads: usize) -> Vec<&'a mut [Run]> {
    let sharing = runs.iter_mut().filter_map(|run| run.rule.forward()).count();
    let most = side_by_side(problem).min(sharing.div_ceil(threads).max(1));
    let mut groups = Vec::new();
    while !runs.is_empty() {
        let mut shares = runs.iter_mut().map(|run| run.rule.forward().is_some());
        let len = shares.position(|shares| !shares).unwrap_or(runs.len());
        let len = len.clamp(1, most);
        let (group, rest) = runs.split_at_mut(len);
        groups.push(group);
        runs = rest;
    }
    groups
}

/// What all runs share while they take steps.
struct Course<'a> {
    problem: &'a Regression,
    schedule: &'a Schedule,
    step_size: f64,
    span: Range<u64>,
}

impl Course<'_> {
    fn advance(&self, group: &mut [Run]) {
        if let [run] = group {
            self.advance_run(run, self.span.clone());
            return;
        }
        for step in self.span.clone() {
            let runs = group.iter_mut();
            let runs = runs.filter(|run| run.goes_on() && run.born <= step);
            let looks = runs.filter_map(|run| Some((run.rule.forward()?, &run.weights)));
            look_at_all(self.problem, looks);
            for run in &mut *group {
                self.advance_run(run, step..step + 1);
            }
        }
    }

    /// Takes the steps of `span` that the run is there for.
    fn advance_run(&self, run: &mut Run, span: Range<u64>) {
        for step in span.start.max(run.born)..span.end {
            if !run.goes_on() {
                break;
            }
            let settings = StepSettings {
                step_size: self.step_size,
                label_noise: self.schedule.level(step),
            };
            let entered = run.ledger.gradient_evaluations;
            let progress = run
                .rule
                .step(self.problem, &mut run.weights, settings, &mut run.ledger);
            if progress == Progress::Diverged {
                // What was within bounds at its beginning, and so may be seen, diverged on the way.
                let loss = self.problem.training_loss(&run.weights.beta());
                let began = run.ledger.gradient_evaluations > entered || run.ledger.accepts(loss);
                run.diverged = Some(step + u64::from(began));
            }
        }
    }
}

/// What follows from the settings once the data are there.
pub(super) struct Start {
    pub(super) limits: StepSizeLimits,
    pub(super) step_size: f64,
}

/// Fits the settings to the data: α gets one entry per coordinate, and what contradicts the data's
/// size is refused.
pub(super) fn start(
    problem: &Regression,
    landing: &[f64],
    settings: &mut Settings,
) -> Result<Start, KnobError> {
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
    let limits = StepSizeLimits::at(problem, landing, &settings.alpha, settings.depth);
    let step_size = resolve_step_size(settings, &limits)?;
    Ok(Start { limits, step_size })
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
    facts.scalars.insert("depth", f64::from(settings.depth));
    facts.scalars.insert("gamma", step_size);
    facts.scalars.insert("gamma_auto", limits.gamma_auto());
    facts
        .scalars
        .insert("gamma_recommended", limits.automatic_step_size());
    facts.scalars.insert("gamma_gd", 2.0 / limits.lambda_max);
    facts.scalars.insert("trace_h", limits.trace);
    facts.scalars.insert("lambda_max_h", limits.lambda_max);
    facts.scalars.insert("two_over_gamma", 2.0 / step_size);
    low_dimensional_facts(&mut facts, problem);
    if let DataSource::Fourier(fourier) = &settings.source {
        facts.vectors.insert("fourier_points", fourier.points());
        facts.vectors.insert("labels", problem.train.y.clone());
        facts
            .scalars
            .insert("fourier_weighted", f64::from(u8::from(fourier.weighted)));
    }
    facts
        .scalars
        .insert("sgf_substeps", settings.substeps as f64);
    facts.vectors.insert("alpha", settings.alpha.clone());
    facts
        .vectors
        .insert("column_mean_square", problem.column_mean_square.to_vec());
    match &problem.validation {
        Validation::Truth(beta_star) => {
            facts
                .scalars
                .insert("beta_star_norm_l1", beta_star.iter().map(|b| b.abs()).sum());
            facts.scalars.insert(
                "beta_star_norm_l2",
                beta_star.iter().map(|b| b * b).sum::<f64>().sqrt(),
            );
            facts.vectors.insert("beta_star", beta_star.to_vec());
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

/// For two or three coefficients and one fewer samples: the data themselves, and the line of
/// interpolators by a point and a direction.
fn low_dimensional_facts(facts: &mut Facts, problem: &Regression) {
    let (x, y) = (problem.train.features(), &problem.train.y);
    let (direction, point) = match (x, &y[..]) {
        (&[a, b], &[y]) => {
            let size = a * a + b * b;
            (vec![-b, a], vec![a * y / size, b * y / size])
        }
        (&[a1, a2, a3, b1, b2, b3], &[y1, y2]) => {
            let cross = [a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1];
            let (aa, ab, bb) = (
                a1 * a1 + a2 * a2 + a3 * a3,
                a1 * b1 + a2 * b2 + a3 * b3,
                b1 * b1 + b2 * b2 + b3 * b3,
            );
            let determinant = aa * bb - ab * ab;
            let (s, t) = (
                (bb * y1 - ab * y2) / determinant,
                (aa * y2 - ab * y1) / determinant,
            );
            let point = [(a1, b1), (a2, b2), (a3, b3)].map(|(a, b)| s * a + t * b);
            (cross.to_vec(), point.to_vec())
        }
        _ => return,
    };
    let length = direction.iter().map(|part| part * part).sum::<f64>().sqrt();
    if length.is_nan() || length <= 0.0 || point.iter().any(|part| !part.is_finite()) {
        return;
    }
    let direction = direction.iter().map(|part| part / length).collect();
    facts.vectors.insert("line_direction", direction);
    facts.vectors.insert("line_point", point);
    facts.vectors.insert("features", x.to_vec());
    facts.vectors.insert("labels", y.clone());
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
        let pool = self.threads_for(steps);
        let course = Course {
            problem: &self.prepared.problem,
            schedule: &self.settings.schedule,
            step_size: self.step_size,
            span: self.step..self.step + steps,
        };
        let threads = pool.as_ref().map_or(1, |pool| pool.current_num_threads());
        let groups = groups(&mut self.runs, course.problem, threads);
        if let Some(pool) = pool {
            let groups = groups.into_par_iter();
            pool.install(|| groups.for_each(|group| course.advance(group)));
        } else {
            for group in groups {
                course.advance(group);
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
        let runs = self.runs.iter_mut().map(|run| {
            if run.diverged.is_some() {
                return None;
            }
            if step < run.born {
                return Some(RunSample::unborn(OBSERVABLES.len()));
            }
            let alpha = run.alpha.clone();
            let alpha = &alpha[..];
            let beta = run.weights.beta();
            // A step may have carried the weights out of bounds just now; the next step would find
            // out, but the reader must not see such a state.
            let training_loss = problem.training_loss(&beta);
            if !run.ledger.accepts(training_loss) {
                run.diverged = Some(step);
                return None;
            }
            let effective_alpha = run.weights.effective_alpha();
            let depth_alpha = run.depth_alpha(problem, alpha);
            let view = View {
                problem,
                weights: &run.weights,
                beta: &beta,
                training_loss,
                effective_alpha: &effective_alpha,
                depth_alpha: depth_alpha.as_ref(),
                alpha,
                ledger: &run.ledger,
            };
            let values: Vec<f64> = OBSERVABLES
                .iter()
                .map(|observable| (observable.value)(&view))
                .collect();
            let extent =
                |pick: fn(f64, f64) -> f64,
                 of: fn(crate::labs::diagonal::dynamics::ledger::Extent) -> f64| {
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
            let weights = [run.weights.w_plus.to_vec(), run.weights.w_minus.to_vec()];
            let state = weights.into_iter().chain(depth_alpha.into_iter().flatten());
            let state = state.collect();
            Some(RunSample {
                values,
                low,
                high,
                state,
            })
        });
        let runs = runs.collect();
        Sample {
            step,
            time: self.time,
            shared: vec![self.step_size, self.settings.schedule.level(step)],
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

    fn rest(&mut self, run: usize) {
        self.runs[run].rests = true;
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
        arrays
    }
}
