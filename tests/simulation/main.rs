//! The simulation thread and the session under it: nothing is lost, nothing is late, nothing hangs.
//!
//! Every wait has a deadline, far beyond what a loaded machine needs. No test measures time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod changes;
mod clock;
mod loading;
mod messages;
mod replay;

use std::sync::Arc;
use std::time::{Duration, Instant};

use implicit_bias_lab::knobs::{KnobError, Knobs, Value};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::palette::{Ink, Line, Look};
use implicit_bias_lab::sim::experiment::{
    Column, Experiment, Family, RunInfo, RunSample, RunStatus, Sample, Setup,
};
use implicit_bias_lab::sim::history::Mark;
use implicit_bias_lab::sim::message::{
    Batch, Change, Command, Epoch, Event, Load, Pause, Phase, Speed, Status,
};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::sim::worker::Simulation;

const DEADLINE: Duration = Duration::from_secs(30);

// A toy: as many logistic maps x ← r·x·(1 − x) as there are runs, which no two different
// histories of r leave at the same bits.

static TOY_COLUMNS: &[Column] = &[Column {
    id: "x",
    label: "x",
    about: "",
    tracked: true,
    counts: false,
    error: None,
}];

#[derive(Clone, Default)]
struct Script {
    diverge: Vec<Option<u64>>,
    converge: Option<u64>,
    panic: Option<u64>,
    state: usize,
}

struct Toy {
    setup: Arc<Setup>,
    script: Script,
    step: u64,
    rate: f64,
    x: Vec<f64>,
    extremes: Vec<(f64, f64)>,
    frozen: Vec<bool>,
}

impl Toy {
    fn new(script: Script) -> Self {
        let runs = script.diverge.len();
        let info = |index| RunInfo {
            name: format!("toy-{index}"),
            label: format!("Toy {index}"),
            family: Family {
                id: "toy",
                label: "Toy",
                about: "",
                look: Look {
                    ink: Ink::Text,
                    line: Line::Solid,
                    width: 1.6,
                },
            },
        };
        let setup = Setup {
            runs: (0..runs).map(info).collect(),
            columns: TOY_COLUMNS,
            insights: &[],
            vectors: &["state"],
            shared: &["rate"],
            ..Setup::default()
        };
        Self {
            setup: Arc::new(setup),
            script,
            step: 0,
            rate: 3.9,
            x: (0..runs).map(|run| 0.3 + 0.01 * run as f64).collect(),
            extremes: vec![(f64::INFINITY, f64::NEG_INFINITY); runs],
            frozen: vec![false; runs],
        }
    }

    fn has_diverged(&self, run: usize) -> bool {
        self.script.diverge[run].is_some_and(|at| at <= self.step)
    }
}

impl Experiment for Toy {
    fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn advance(&mut self, steps: u64) {
        for _ in 0..steps {
            let runs = self.x.iter_mut().zip(&mut self.extremes).zip(&self.frozen);
            for ((x, extremes), _) in runs.filter(|(_, frozen)| !**frozen) {
                extremes.0 = extremes.0.min(*x);
                extremes.1 = extremes.1.max(*x);
                *x = self.rate * *x * (1.0 - *x);
            }
            self.step += 1;
            assert_ne!(
                self.script.panic,
                Some(self.step),
                "the toy broke at step {}",
                self.step
            );
        }
    }

    fn sample(&mut self) -> Sample {
        let run = |run: usize| {
            let (x, (low, high)) = (self.x[run], self.extremes[run]);
            (!self.has_diverged(run)).then(|| RunSample {
                values: vec![x],
                low: vec![x.min(low)],
                high: vec![x.max(high)],
                state: Arc::from([vec![x; self.script.state]]),
            })
        };
        Sample {
            step: self.step,
            time: self.step as f64,
            shared: vec![self.rate],
            runs: (0..self.x.len()).map(run).collect(),
        }
    }

    fn forget_extremes(&mut self) {
        self.extremes.fill((f64::INFINITY, f64::NEG_INFINITY));
    }

    fn status(&mut self, run: usize) -> RunStatus {
        if self.has_diverged(run) {
            let step = self.script.diverge[run].unwrap();
            RunStatus::Diverged { step }
        } else if self.script.converge.is_some_and(|at| at <= self.step) {
            RunStatus::Converged
        } else {
            RunStatus::Running
        }
    }

    fn freeze(&mut self, run: usize) {
        self.frozen[run] = true;
    }

    fn retune(&mut self, knobs: &Knobs) -> Result<(), KnobError> {
        self.rate = rate(knobs);
        Ok(())
    }
}

fn two_runs() -> Script {
    Script {
        diverge: vec![None, None],
        state: 1,
        ..Script::default()
    }
}

/// The toy takes r = 3.5 + γ from the lab's table.
fn rate(knobs: &Knobs) -> f64 {
    3.5 + knobs.real("step_size")
}

fn toy(epoch: Epoch, script: Script) -> Load {
    Load {
        epoch,
        build: Box::new(|| Ok(Box::new(Toy::new(script)))),
        lab: "toy",
        knobs: lab_knobs(&[]),
        changes: Vec::new(),
        end: u64::MAX,
        catch_up: 0,
        through: false,
        play: true,
        speed: Speed::Max,
    }
}

/// GD, two SGD and two SGF runs on a small problem, never converged.
fn lab_knobs(settings: &[(&str, &str)]) -> Knobs {
    let mut knobs = Knobs::new(LABS[0].knobs());
    for (key, value) in [("n", "10"), ("d", "20"), ("sparsity", "3")]
        .iter()
        .chain(&[("step_size", "0.02"), ("tolerance", "1e-30")])
        .chain(settings)
    {
        knobs.set_text(key, value).unwrap();
    }
    knobs
}

fn lab_experiment(knobs: &Knobs) -> Result<Box<dyn Experiment>, String> {
    match LABS[0].experiment(knobs, false) {
        Ok(experiment) => Ok(experiment),
        Err(error) => Err(error.to_string()),
    }
}

fn lab(epoch: Epoch, knobs: &Knobs, end: u64) -> Load {
    let copy = knobs.clone();
    Load {
        build: Box::new(move || lab_experiment(&copy)),
        lab: LABS[0].id(),
        knobs: knobs.clone(),
        end,
        ..toy(epoch, two_runs())
    }
}

fn settings(settings: &[(&str, &str)]) -> Vec<(String, Value)> {
    let knobs = lab_knobs(settings);
    let values = settings
        .iter()
        .map(|(key, _)| ((*key).to_owned(), knobs.get(key).clone()));
    values.collect()
}

/// The samples and marks of the lab's experiment without a thread.
fn straight(knobs: &Knobs, changes: Vec<Change>, end: u64) -> Session {
    let experiment = lab_experiment(knobs).unwrap();
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        knobs.clone(),
        changes,
    );
    session.stop_when_converged(true);
    session.advance_to(end, None);
    session
}

/// A simulation with everything that was read from it.
struct Reader {
    simulation: Simulation,
    events: Vec<Event>,
    samples: Vec<Sample>,
    marks: Vec<Mark>,
    latest: Option<Sample>,
    status: Option<Status>,
}

impl Reader {
    fn start(load: Load) -> Self {
        let mut reader = Self {
            simulation: Simulation::spawn(|| {}).unwrap(),
            events: Vec::new(),
            samples: Vec::new(),
            marks: Vec::new(),
            latest: None,
            status: None,
        };
        reader.send(Command::Load(load));
        reader
    }

    fn send(&mut self, command: Command) {
        self.status = None;
        self.simulation.send(command).unwrap();
    }

    fn read(&mut self) {
        while let Some(event) = self.simulation.try_recv().unwrap() {
            if let Event::Batch(batch) = &event {
                self.samples.extend(batch.samples.iter().cloned());
                self.marks.extend(batch.marks.iter().cloned());
                self.latest = batch
                    .latest
                    .clone()
                    .or_else(|| batch.samples.last().cloned());
                self.status = Some(batch.status.clone());
            }
            self.events.push(event);
        }
    }

    /// Reads every `pause` until `done`.
    fn read_until(&mut self, pause: Duration, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        loop {
            self.read();
            if done(self) {
                return;
            }
            assert!(
                start.elapsed() < DEADLINE,
                "waited in vain: {:?}",
                self.status
            );
            std::thread::sleep(pause);
        }
    }

    fn phase(&self) -> Option<Phase> {
        self.status.as_ref().map(|status| status.phase)
    }

    /// Waits for the clock to stand for the reason given, and returns the step. A status from before the
    /// last command may still be on its way.
    fn wait_for(&mut self, pause: Pause) -> u64 {
        self.read_until(Duration::from_millis(1), |reader| {
            reader.phase() == Some(Phase::Paused(pause))
        });
        self.status.as_ref().unwrap().step
    }

    fn wait_for_step(&mut self, step: u64) {
        self.read_until(Duration::from_millis(1), |reader| {
            reader
                .status
                .as_ref()
                .is_some_and(|status| status.step >= step)
        });
    }
}

fn batch(event: &Event) -> Option<&Batch> {
    match event {
        Event::Batch(batch) => Some(batch),
        Event::Loaded { .. } | Event::Rejected { .. } => None,
    }
}
