//! The simulation: every network on one clock.
//!
//! A step is an epoch of SGD on the training points. Before the task begins it is 20 epochs of Adam on the
//! copies: memorising takes ten times as many epochs as the task, and looks every 20 of them whether it is done.
//! The task begins at the same step P for all, whenever the copies are learned: a network that is done rests,
//! one that is not done is taken as it is. So the phases of all networks, seeds and settings lie at the same
//! steps, planned changes of a recipe too, and a phase without work costs no time.

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};

use super::data::{Points, Task};
use super::families::{Member, Origin, all};
use super::network::{MATRICES, Network, Point};
use super::observables::{COLUMNS, values};
use super::settings::{EPOCHS_PER_STEP, Settings};
use super::training::Run;
use super::words;
use crate::knobs::{KnobError, Knobs};
use crate::labs::RecordingExperiment;
use crate::model::arithmetic::Arithmetic;
use crate::model::level_set::{Piece, length};
use crate::model::random::{Stream, generator};
use crate::sim::experiment::{Experiment, Facts, RunSample, RunStatus, Sample, Setup};
use crate::sim::tape::Tape;

/// See the module.
pub(super) struct Minima {
    setup: Arc<Setup>,
    settings: Settings,
    task: Task,
    runs: Vec<Run>,
    step: u64,
    pool: Option<Arc<ThreadPool>>,
}

impl Minima {
    /// At step 0.
    pub(super) fn new(settings: Settings, record: bool) -> Self {
        let task = settings.task();
        let network = Network::new(settings.width);
        let mut random = generator(settings.initial_seed, Stream::Initialisation, 0);
        let start = Arc::new(network.random(&mut random));
        let is_there = |member: &Member| match member.origin {
            Origin::Untouched | Origin::RandomLabels => true,
            Origin::TrueLabels => settings.control,
            Origin::Adversary => settings.rescues,
        };
        let members: Vec<Member> = all().filter(is_there).collect();
        let setup = Arc::new(Setup {
            runs: members.iter().map(|member| member.info()).collect(),
            columns: &COLUMNS,
            vectors: MATRICES,
            shared: &[
                "pretraining_on",
                "step_size",
                "momentum_in_force",
                "l2_in_force",
                "augmentation_in_force",
            ],
            roles: words::ROLES,
            clock: words::CLOCK,
            facts: facts(&settings, &task),
            ..Setup::default()
        });
        let runs = members
            .into_iter()
            .map(|member| Run::new(member, &start, &settings, &task, record));
        let mut minima = Self {
            setup,
            runs: runs.collect(),
            settings,
            task,
            step: 0,
            pool: None,
        };
        if settings.pretraining_steps == 0 {
            minima.begin_task();
        }
        minima
    }

    fn begin_task(&mut self) {
        let adversary = self
            .runs
            .iter()
            .find(|run| run.member.origin == Origin::RandomLabels);
        let (theta, diverged) =
            adversary.map_or((None, None), |run| (Some(run.theta.clone()), run.diverged));
        for run in &mut self.runs {
            run.begin_task(&self.task, theta.as_deref());
            if run.member.origin == Origin::Adversary {
                run.diverged = diverged;
            }
        }
    }

    /// Takes the steps up to `until`, all on one side of the task's beginning.
    fn advance_to(&mut self, until: u64) {
        let span = self.step..until;
        let (task, settings) = (&self.task, &self.settings);
        let arithmetic = Arithmetic::here();
        let advance = |run: &mut Run| {
            arithmetic.run(|| run.advance(task, settings, span.clone()));
        };
        match &self.pool {
            Some(pool) => pool.install(|| self.runs.par_iter_mut().for_each(advance)),
            None => self.runs.iter_mut().for_each(advance),
        }
        self.step = until;
        if until == settings.pretraining_steps {
            self.begin_task();
        }
    }
}

/// Points as two lists.
fn places(points: &[Point]) -> [Vec<f64>; 2] {
    [0, 1].map(|axis| points.iter().map(|point| f64::from(point[axis])).collect())
}

fn reals(labels: &[f32]) -> Vec<f64> {
    labels.iter().map(|label| f64::from(*label)).collect()
}

fn facts(settings: &Settings, task: &Task) -> Facts {
    let mut facts = Facts::default();
    facts.scalars.extend([
        ("train_size", task.train.len() as f64),
        ("copies_size", task.copies.len() as f64),
        ("copies_per_point", settings.copies as f64),
        ("layer_width", settings.width as f64),
        ("task_begins", settings.pretraining_steps as f64),
        ("starting_step_size", f64::from(settings.step_size)),
        ("has_control", f64::from(u8::from(settings.control))),
    ]);
    let [x, y] = places(&task.train.at);
    let [copies_x, copies_y] = places(&task.copies.at);
    let boundary = task.law.boundary();
    if !boundary.is_empty() {
        let sides = boundary.windows(2).map(|ends| [ends[0], ends[1]]);
        let sides: Vec<Piece> = sides.collect();
        facts.scalars.insert("law_length", length(&sides));
    }
    facts.vectors.extend([
        ("train_x", x),
        ("train_y", y),
        ("train_labels", reals(&task.train.labels)),
        ("copies_x", copies_x),
        ("copies_y", copies_y),
        ("copies_labels", reals(&task.copies.labels)),
        ("copies_true_labels", reals(&task.true_labels)),
        ("law_x", boundary.iter().map(|point| point[0]).collect()),
        ("law_y", boundary.iter().map(|point| point[1]).collect()),
    ]);
    if task.copies.is_empty() {
        facts
            .remarks
            .push("R = 0: there is nothing to memorise, both networks start alike".to_owned());
    }
    if task.train.labels.windows(2).all(|pair| pair[0] == pair[1]) {
        facts.remarks.push(
            "all training points have one class: any constant fits them, and the test accuracy is that of a guess"
                .to_owned(),
        );
    }
    facts
}

impl Experiment for Minima {
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
        let end = self.step + steps;
        let begin = self.settings.pretraining_steps;
        while self.step < end {
            self.advance_to(if self.step < begin {
                end.min(begin)
            } else {
                end
            });
        }
    }

    fn sample(&mut self) -> Sample {
        let task = &self.task;
        let measure = |run: &mut Run| {
            if run.diverged.is_some() {
                return None;
            }
            if run.is_ahead() {
                return Some(RunSample::not_started(COLUMNS.len()));
            }
            let (probe, state) = run.measure(task);
            Some(RunSample::new(values(run, &probe), state))
        };
        let arithmetic = Arithmetic::here();
        let measure = |run: &mut Run| arithmetic.run(|| measure(run));
        let runs = match &self.pool {
            Some(pool) => pool.install(|| self.runs.par_iter_mut().map(measure).collect()),
            None => self.runs.iter_mut().map(measure).collect(),
        };
        let begin = self.settings.pretraining_steps;
        let memorising = self.step.min(begin);
        Sample {
            step: self.step,
            time: (EPOCHS_PER_STEP * memorising + (self.step - memorising)) as f64,
            shared: vec![
                f64::from(u8::from(self.step < begin)),
                f64::from(self.settings.step_size),
                f64::from(self.settings.momentum_in_force()),
                f64::from(self.settings.decay_in_force()),
                self.settings.augmentation_in_force(),
            ],
            runs,
        }
    }

    fn status(&mut self, run: usize) -> RunStatus {
        let diverged = self.runs[run].diverged;
        diverged.map_or(RunStatus::Running, |step| RunStatus::Diverged { step })
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        let fresh = Settings::from_knobs(knobs);
        self.settings = Settings {
            step_size: fresh.step_size,
            switches: fresh.switches,
            momentum: fresh.momentum,
            decay: fresh.decay,
            augmentation: fresh.augmentation,
            ..self.settings
        };
        Ok(())
    }
}

impl RecordingExperiment for Minima {
    fn take_tapes(&mut self, run: usize) -> Vec<Tape> {
        self.runs[run].take_tapes()
    }

    fn data(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        let points = |points: &[Point]| {
            let numbers = points.as_flattened().iter();
            (
                vec![points.len(), 2],
                numbers.map(|place| f64::from(*place)).collect::<Vec<f64>>(),
            )
        };
        let labels = |labels: &[f32]| (vec![labels.len()], reals(labels));
        let Task {
            train,
            test,
            copies,
            true_labels,
            ..
        } = &self.task;
        let named = |[at, label]: [&'static str; 2], set: &Points| {
            let ((shape, places), (count, labels)) = (points(&set.at), labels(&set.labels));
            [(at, shape, places), (label, count, labels)]
        };
        let mut arrays = Vec::new();
        arrays.extend(named(["x", "y"], train));
        arrays.extend(named(["x_test", "y_test"], test));
        arrays.extend(named(["x_copies", "y_copies"], copies));
        let (shape, numbers) = labels(true_labels);
        arrays.push(("y_copies_true", shape, numbers));
        arrays
    }
}
