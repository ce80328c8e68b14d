//! The simulation: every run of every chosen algorithm on one training set and one clock.

use std::sync::Arc;

use super::answers::{Landing, Margins, OwnMargin};
use super::data::Data;
use super::observables::{self, COLUMNS, RunState};
use super::problem::{Loss, Problem};
use super::rules::{Method, Rule};
use super::settings::{Labels, Settings};
use super::theory::span::Span;
use super::{facts, geometry, words};
use crate::knobs::{KnobError, Knobs};
use crate::labs::{LabError, RecordingExperiment};
use crate::model::kernels;
use crate::sim::experiment::{Experiment, RunSample, RunStatus, Sample, Setup};
use crate::sim::tape::Tape;

/// A run whose loss exceeds this many times that of its start (plus 1) has diverged.
const BEYOND: f64 = 1e12;

/// A training set, with what holds for every run on it.
pub(super) struct Phase {
    pub(super) problem: Problem,
    pub(super) span: Span,
    /// 2/(c λ_max(XᵀX/n)), or 2/(c max ‖xᵢ‖²) if single rows limit the step.
    pub(super) edge: f64,
}

impl Phase {
    fn new(data: &Data, settings: &Settings) -> Result<Self, LabError> {
        let training = match settings.labels {
            Labels::True => data.clone(),
            Labels::Random => data.with_random_labels(settings.label_seed),
            Labels::Copies => {
                data.noisy_copies(settings.copies, settings.copy_noise, settings.label_seed)
            }
        };
        let problem = training.problem(settings.loss)?;
        let by_rows = settings.methods().any(|(method, _)| method.stochastic);
        let size = if by_rows && settings.loss == Loss::Square {
            problem.longest_row()
        } else {
            problem.largest_eigenvalue()
        };
        Ok(Self {
            span: Span::new(&problem.x, problem.d, &problem.y),
            edge: 2.0 / (problem.loss.largest_curvature() * size),
            problem,
        })
    }

    /// γ: what is set, or what is recommended.
    fn step_size(&self, settings: &Settings) -> Result<f64, KnobError> {
        let step_size = settings.step_size.unwrap_or_else(|| self.recommended());
        if step_size.is_finite() && step_size > 0.0 {
            return Ok(step_size);
        }
        let largest = kernels::max_abs(&self.problem.x);
        let reason = if largest == 0.0 {
            "X is all zero. Use other features".to_owned()
        } else {
            let side = if self.edge > 0.0 {
                "are too small for numbers"
            } else {
                "overflow"
            };
            format!(
                "the squares of X {side}, whose largest entry is {largest:.1e}. Divide X by a number of its size"
            )
        };
        Err(KnobError::Conflict(format!(
            "these data have no automatic step size: {reason}, or set `step_size`"
        )))
    }

    pub(super) fn recommended(&self) -> f64 {
        0.45 * self.edge
    }
}

/// One run.
struct Run {
    method: &'static Method,
    rule: Box<dyn Rule>,
    w: Vec<f64>,
    landing: Landing,
    own: Option<OwnMargin>,
    pace: Option<f64>,
    gradients: f64,
    /// A loss beyond this is divergence.
    bound: f64,
    diverged: Option<u64>,
    frozen: bool,
}

impl Run {
    fn is_active(&self) -> bool {
        self.diverged.is_none() && !self.frozen
    }
}

/// See the module.
pub(super) struct Training {
    settings: Settings,
    data: Arc<Data>,
    phase: Phase,
    /// The step at which the training set last changed.
    since: u64,
    margins: Margins,
    growth: Option<[f64; 2]>,
    line: Option<[Vec<f64>; 2]>,
    setup: Arc<Setup>,
    runs: Vec<Run>,
    step: u64,
    time: f64,
    step_size: f64,
}

impl Training {
    pub(super) fn new(data: Arc<Data>, settings: Settings, record: bool) -> Result<Self, LabError> {
        let phase = Phase::new(&data, &settings)?;
        let step_size = phase.step_size(&settings)?;
        let start = checked_start(&settings, &phase)?;
        let margins = Margins::new(&phase.problem);
        let mut runs: Vec<Run> = Vec::new();
        let mut infos = Vec::new();
        let bound = BEYOND * (1.0 + phase.problem.loss_at(&start));
        for (method, count) in settings.methods() {
            for index in 0..count {
                let hyper = settings.hyper(data.d, index, record);
                // The references of further runs of a method are those of its first.
                let first = runs.last().filter(|run| run.method.id == method.id);
                let (landing, own) = first.map_or_else(
                    || {
                        let landing = Landing::new(method, &hyper, &phase.span, &start);
                        (landing, margins.own(&phase.problem, (method.norm)(&hyper)))
                    },
                    |first| (first.landing.clone(), first.own.clone()),
                );
                runs.push(Run {
                    rule: (method.build)(&hyper, &start),
                    method,
                    w: start.clone(),
                    landing,
                    own,
                    pace: (method.pace)(&hyper),
                    gradients: 0.0,
                    bound,
                    diverged: None,
                    frozen: false,
                });
                infos.push(method.run(index));
            }
        }
        let setup = Setup {
            runs: infos,
            columns: &COLUMNS,
            vectors: &["weights"],
            shared: &["step_size", "random_labels", "weight_decay"],
            roles: words::ROLES,
            clock: words::CLOCK,
            facts: facts::facts(&data, &settings, &phase, &margins, &start),
            ..Setup::default()
        };
        let mut training = Self {
            growth: margins.growth(phase.problem.n()),
            line: geometry::line(&phase.span, &start),
            settings,
            data,
            phase,
            since: 0,
            margins,
            setup: Arc::new(setup),
            runs,
            step: 0,
            time: 0.0,
            step_size,
        };
        if training.settings.weight_decay > 0.0 {
            training.land();
        }
        Ok(training)
    }

    /// Goes on with every run on another training set, each from where it is.
    fn begin(&mut self, phase: Phase) {
        self.since = self.step;
        self.line = None;
        self.phase = phase;
        for run in &mut self.runs {
            run.bound = BEYOND * (1.0 + self.phase.problem.loss_at(&run.w));
            run.rule.restart(&run.w);
        }
        self.land();
    }

    /// Works out anew where every run ends, from where it is.
    fn land(&mut self) {
        for run in &mut self.runs {
            let hyper = self.settings.hyper(self.data.d, 0, false);
            run.landing = Landing::new(run.method, &hyper, &self.phase.span, &run.w);
            if self.settings.weight_decay > 0.0 {
                run.landing.point = None;
            }
        }
    }

    /// ‖w‖ at this time as the theorem has it.
    fn norm_theory(&self, run: &Run) -> f64 {
        match (self.growth, run.pace) {
            // Of a limit of late times there is nothing to say as long as it is negative.
            (Some([slope, offset]), Some(pace)) => {
                let norm = slope * libm::log(pace * self.time) + offset;
                if norm > 0.0 { norm } else { f64::NAN }
            }
            _ => f64::NAN,
        }
    }

    fn sample_run(&self, run: &Run) -> Option<RunSample> {
        if run.diverged.is_some() {
            return None;
        }
        let values = observables::values(&RunState {
            problem: &self.phase.problem,
            span: &self.phase.span,
            truth: self.data.truth.as_deref(),
            w: &run.w,
            landing: &run.landing,
            margins: &self.margins,
            own: run.own.as_ref(),
            norm_theory: self.norm_theory(run),
            line: self.line.as_ref(),
            gradients: run.gradients,
        });
        Some(RunSample::new(values, [run.w.clone()]))
    }
}

/// w₀, refused where it does not fit.
fn checked_start(settings: &Settings, phase: &Phase) -> Result<Vec<f64>, KnobError> {
    let d = phase.problem.d;
    let given = settings.start.len();
    if given != 1 && given != d {
        return Err(KnobError::Conflict(format!(
            "`w0` has {given} entries but d = {d}: give one, or d"
        )));
    }
    let [_, start] = geometry::start(settings, &phase.span, d);
    for (method, _) in settings.methods() {
        let own = (method.potential)(&settings.hyper(d, 0, false));
        if own.is_some_and(|potential| !potential.contains(&start)) {
            return Err(KnobError::Conflict(
                "the entropy is for positive coefficients only: set `w0` above 0".to_owned(),
            ));
        }
    }
    Ok(start)
}

impl Experiment for Training {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, steps: u64) {
        for run in &mut self.runs {
            for number in self.step..self.step + steps {
                if !run.is_active() {
                    break;
                }
                let step = self.settings.step(self.step_size, number - self.since);
                let loss = run.rule.step(&self.phase.problem, &mut run.w, &step);
                run.gradients += run.rule.gradients(self.phase.problem.n()) as f64;
                // Also false for what is not a number.
                let within = loss <= run.bound && run.w.iter().all(|w| w.is_finite());
                if !within {
                    run.diverged = Some(number + 1);
                }
            }
        }
        self.step += steps;
        for _ in 0..steps {
            self.time += self.step_size;
        }
    }

    fn sample(&mut self) -> Sample {
        for at in 0..self.runs.len() {
            // The last step may have carried a run out of bounds just now: such a state is not shown.
            let run = &self.runs[at];
            let loss = self.phase.problem.loss_at(&run.w);
            let within = loss <= run.bound;
            if !within && run.diverged.is_none() {
                self.runs[at].diverged = Some(self.step);
            }
        }
        let relabelled = self.settings.labels != Labels::True;
        Sample {
            step: self.step,
            time: self.time,
            shared: vec![
                self.step_size,
                f64::from(u8::from(relabelled)),
                self.settings.weight_decay,
            ],
            runs: self.runs.iter().map(|run| self.sample_run(run)).collect(),
        }
    }

    fn status(&mut self, run: usize) -> RunStatus {
        let run = &self.runs[run];
        if let Some(step) = run.diverged {
            return RunStatus::Diverged { step };
        }
        // A direction goes on turning, and random labels are only what comes before.
        let may_settle = self.settings.loss == Loss::Square && self.settings.labels == Labels::True;
        if may_settle && self.phase.problem.loss_at(&run.w) < self.settings.tolerance {
            RunStatus::Converged
        } else {
            RunStatus::Running
        }
    }

    fn freeze(&mut self, run: usize) {
        self.runs[run].frozen = true;
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        let fresh = Settings::from_knobs(knobs)?;
        let settings = Settings {
            step_size: fresh.step_size,
            labels: fresh.labels,
            weight_decay: fresh.weight_decay,
            label_noise: fresh.label_noise,
            temperature: fresh.temperature,
            ..self.settings.clone()
        };
        let changed = settings.labels != self.settings.labels;
        let next = changed
            .then(|| Phase::new(&self.data, &settings))
            .transpose();
        let next = next.map_err(|error| KnobError::Conflict(error.to_string()))?;
        self.step_size = next.as_ref().unwrap_or(&self.phase).step_size(&settings)?;
        let decays = settings.weight_decay != self.settings.weight_decay;
        self.settings = settings;
        if let Some(phase) = next {
            self.begin(phase);
        } else if decays {
            self.land();
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
        let (n, d) = (self.data.n(), self.data.d);
        let mut arrays = vec![
            ("x", vec![n, d], self.data.x.clone()),
            ("y", vec![n], self.data.y.clone()),
        ];
        arrays.extend(
            self.data
                .truth
                .clone()
                .map(|truth| ("w_star", vec![d], truth)),
        );
        let answers = [
            ("margin_l1", &self.margins.one),
            ("margin_l2", &self.margins.two),
            ("margin_linf", &self.margins.infinity),
        ];
        for (name, answer) in answers {
            arrays.extend(
                answer
                    .as_ref()
                    .map(|answer| (name, vec![d], answer.w.clone())),
            );
        }
        arrays
    }
}
