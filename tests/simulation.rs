//! The simulation thread and the session under it: nothing is lost, nothing is late, nothing hangs.
//!
//! Every wait has a deadline, far beyond what a loaded machine needs. No test measures time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use implicit_bias_lab::knobs::{KnobError, Knobs, Value};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::palette::{Ink, Line, Look};
use implicit_bias_lab::sim::experiment::{
    Column, Experiment, Facts, Family, RunInfo, RunSample, RunStatus, Sample, Setup,
};
use implicit_bias_lab::sim::history::{History, Mark};
use implicit_bias_lab::sim::message::{
    Batch, Change, Command, Epoch, Event, Load, Pause, Phase, Speed, Status,
};
use implicit_bias_lab::sim::schedule::Schedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::sim::worker::{Dead, Simulation};
use rayon::ThreadPoolBuilder;

const DEADLINE: Duration = Duration::from_secs(30);

// A toy: as many logistic maps x ← r·x·(1 − x) as there are runs, which no two different
// histories of r leave at the same bits.

static TOY_COLUMNS: &[Column] = &[Column {
    id: "x",
    label: "x",
    about: "",
    tracked: true,
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
    rests: Vec<bool>,
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
            rests: vec![false; runs],
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
            let runs = self.x.iter_mut().zip(&mut self.extremes).zip(&self.rests);
            for ((x, extremes), _) in runs.filter(|(_, rests)| !**rests) {
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

    fn rest(&mut self, run: usize) {
        self.rests[run] = true;
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
    let mut session = Session::new(experiment, Schedule::LogSpaced, knobs.clone(), changes);
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

    /// Waits for the clock to stand for the reason given, and returns the step.
    fn wait_for(&mut self, pause: Pause) -> u64 {
        self.read_until(Duration::from_millis(1), |reader| {
            matches!(reader.phase(), Some(Phase::Paused(_)))
        });
        assert_eq!(self.phase(), Some(Phase::Paused(pause)));
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

#[test]
fn a_slow_reader_loses_no_sample() {
    let knobs = lab_knobs(&[]);
    let end = 20_000;
    let expected = straight(&knobs, Vec::new(), end).take_samples();
    let mut reader = Reader::start(lab(1, &knobs, end));
    reader.read_until(Duration::from_millis(16), |reader| {
        reader.phase() == Some(Phase::Paused(Pause::ReachedEnd))
    });
    assert!(reader.events.len() > 2, "the reader was not slow");
    assert!(reader.samples == expected);

    // Nor does one that comes only when everything is over.
    let (woken, wakes) = crossbeam_channel::bounded(1);
    let mut simulation = Simulation::spawn(move || woken.try_send(()).unwrap_or_default()).unwrap();
    simulation.send(Command::Load(lab(1, &knobs, end))).unwrap();
    wakes.recv_timeout(DEADLINE).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let mut samples = Vec::new();
    let start = Instant::now();
    while samples.len() < expected.len() {
        if let Some(Event::Batch(batch)) = simulation.try_recv().unwrap() {
            samples.extend(batch.samples);
        }
        assert!(start.elapsed() < DEADLINE);
    }
    assert!(samples == expected);
}

#[test]
fn late_batches_name_their_epoch() {
    let mut reader = Reader::start(toy(1, two_runs()));
    reader.wait_for_step(1000);
    // The reader looks away, so batches of the first experiment are on their way when it ends.
    std::thread::sleep(Duration::from_millis(20));
    reader.send(Command::Load(toy(2, two_runs())));
    reader.read_until(Duration::from_millis(1), |reader| {
        reader
            .events
            .iter()
            .filter_map(batch)
            .any(|batch| batch.epoch == 2)
    });
    reader.wait_for_step(1000);
    let loaded = |event: &Event| matches!(event, Event::Loaded { epoch: 2, .. });
    let at = reader.events.iter().position(loaded).unwrap();
    let (old, new) = reader.events.split_at(at);
    assert!(old.iter().filter_map(batch).all(|batch| batch.epoch == 1));
    assert!(new.iter().filter_map(batch).all(|batch| batch.epoch == 2));
    let samples = new
        .iter()
        .filter_map(batch)
        .flat_map(|batch| &batch.samples);
    let steps: Vec<u64> = samples.map(|sample| sample.step).collect();
    assert_eq!(steps[..3], [0, 1, 2]);
    assert!(steps.is_sorted());
}

#[test]
fn of_many_loads_the_last_one_runs() {
    let mut reader = Reader::start(toy(1, two_runs()));
    for epoch in 2..40 {
        reader.send(Command::Load(toy(epoch, two_runs())));
    }
    reader.read_until(Duration::from_millis(1), |reader| {
        reader
            .events
            .iter()
            .filter_map(batch)
            .any(|batch| batch.epoch == 39)
    });
    let epochs = reader.events.iter().map(|event| match event {
        Event::Loaded { epoch, .. } | Event::Rejected { epoch, .. } => *epoch,
        Event::Batch(batch) => batch.epoch,
    });
    assert!(epochs.is_sorted());
}

#[test]
fn a_paused_simulation_sleeps() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let counter = wakes.clone();
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let mut simulation = Simulation::spawn(count).unwrap();
    let load = Load {
        play: false,
        ..toy(1, two_runs())
    };
    simulation.send(Command::Load(load)).unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(Event::Batch(batch)) = simulation.try_recv().unwrap() {
            break batch.status;
        }
        assert!(start.elapsed() < DEADLINE);
    };
    assert_eq!(status.phase, Phase::Paused(Pause::Asked));
    assert_eq!((status.step, status.steps_per_second), (0, 0.0));
    std::thread::sleep(Duration::from_millis(20));
    let before = wakes.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(150));
    assert!(simulation.try_recv().unwrap().is_none());
    assert_eq!(wakes.load(Ordering::Relaxed), before);
}

/// For an X that fits the nearest cache and one that does not, which are divided up in different ways. A run
/// diverges on the way, so that its group goes on without it.
#[test]
fn threads_do_not_change_samples() {
    for (n, d, steps) in [("40", "100", 3_000), ("60", "800", 60)] {
        let knobs = lab_knobs(&[
            ("n", n),
            ("d", d),
            ("sgd_runs", "9"),
            ("sgf_runs", "3"),
            ("step_size", if steps > 100 { "0.15" } else { "0.01" }),
        ]);
        let at_the_end = |threads: usize| {
            let mut experiment = lab_experiment(&knobs).unwrap();
            if threads > 0 {
                let pool = ThreadPoolBuilder::new().num_threads(threads);
                experiment.use_threads(Arc::new(pool.build().unwrap()));
            }
            // Long enough stretches for more than one thread.
            experiment.advance(steps / 2);
            let on_the_way = experiment.sample();
            experiment.advance(steps / 2);
            (on_the_way, experiment.sample())
        };
        let alone = at_the_end(0);
        let diverged = alone.1.runs.iter().filter(|run| run.is_none()).count();
        assert!(diverged < 13, "{diverged}");
        for threads in [1, 2, 5] {
            assert!(at_the_end(threads) == alone, "{n}x{d} on {threads} threads");
        }
    }
}

/// With live changes on the way, and for both kinds of schedule.
#[test]
fn slicing_does_not_change_samples() {
    let knobs = lab_knobs(&[]);
    let changes = || {
        let later = |step, changed: &[(&str, &str)]| Change {
            step,
            settings: settings(changed),
        };
        vec![
            later(0, &[("step_size", "0.03")]),
            later(333, &[("step_size", "0.01"), ("label_noise", "constant")]),
            later(2_000, &[("sgf_substeps", "2")]),
        ]
    };
    for schedule in [Schedule::LogSpaced, Schedule::Every { stride: 7 }] {
        let new = || {
            let experiment = lab_experiment(&knobs).unwrap();
            Session::new(experiment, schedule, knobs.clone(), changes())
        };
        let mut whole = new();
        whole.advance_to(5_000, None);
        let expected = (whole.take_samples(), whole.take_marks());
        assert_eq!(expected.1.len(), 3);

        let mut sliced = new();
        let mut target = 0;
        for slice in (1..).step_by(6) {
            target = (target + slice).min(5_000);
            sliced.advance_to(target, None);
            assert_eq!(sliced.step(), target);
            // Looking between two scheduled samples must not leave a trace either.
            sliced.experiment().sample();
            if target == 5_000 {
                break;
            }
        }
        assert!((sliced.take_samples(), sliced.take_marks()) == expected);

        let mut hurried = new();
        while hurried.step() < 5_000 {
            hurried.advance_to(5_000, Some(Instant::now()));
        }
        assert!((hurried.take_samples(), hurried.take_marks()) == expected);
    }
}

#[test]
fn single_steps_land_exactly_and_whatever_the_pace() {
    let mut reader = Reader::start(Load {
        play: false,
        speed: Speed::StepsPerSecond(1.0),
        ..toy(1, two_runs())
    });
    assert_eq!(reader.wait_for(Pause::Asked), 0);
    for (steps, expected) in [(1, 1), (1, 2), (100, 102), (100_000, 100_102)] {
        reader.send(Command::Step(steps));
        assert_eq!(reader.wait_for(Pause::Asked), expected);
        assert_eq!(
            reader.latest.as_ref().map(|sample| sample.step),
            Some(expected)
        );
    }
}

#[test]
fn catching_up_lands_exactly_on_its_step_and_then_obeys_the_pace() {
    let slowly = |play| Load {
        play,
        catch_up: 7_777,
        // One step in a quarter of an hour: the pace alone would never get anywhere.
        speed: Speed::StepsPerSecond(1e-3),
        ..toy(1, two_runs())
    };
    let mut reader = Reader::start(slowly(false));
    assert_eq!(reader.wait_for(Pause::Asked), 7_777);
    assert_eq!(
        reader.latest.as_ref().map(|sample| sample.step),
        Some(7_777)
    );

    let mut reader = Reader::start(slowly(true));
    reader.wait_for_step(7_777);
    let status = reader.status.clone().unwrap();
    assert_eq!((status.step, status.phase), (7_777, Phase::Playing));
    // Nor does the rest catch up beyond the end.
    let mut reader = Reader::start(Load {
        end: 500,
        ..slowly(true)
    });
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 500);
}

#[test]
fn the_end_is_reached_exactly_and_playing_goes_on_beyond() {
    let mut reader = Reader::start(Load {
        end: 1_234,
        ..toy(1, two_runs())
    });
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 1_234);
    reader.send(Command::Step(10));
    assert_eq!(reader.wait_for(Pause::Asked), 1_244);
    reader.send(Command::Play);
    reader.wait_for_step(5_000);
    reader.send(Command::Pause);
    reader.wait_for(Pause::Asked);
}

#[test]
fn convergence_pauses_at_the_same_step_every_time() {
    let knobs = lab_knobs(&[("tolerance", "1e-3"), ("step_size", "0.05")]);
    let end = 1_000_000;
    let expected = straight(&knobs, Vec::new(), end).step();
    assert!(expected < end);
    for speed in [Speed::Max, Speed::Max, Speed::StepsPerSecond(50_000.0)] {
        let mut reader = Reader::start(Load {
            speed,
            ..lab(1, &knobs, end)
        });
        assert_eq!(reader.wait_for(Pause::Converged), expected);
    }
}

/// Also if a `Pause` crosses the news that the clock stands already.
#[test]
fn playing_goes_on_beyond_convergence() {
    let script = Script {
        converge: Some(2_000),
        ..two_runs()
    };
    let mut reader = Reader::start(toy(1, script));
    let stopped = reader.wait_for(Pause::Converged);
    assert!(stopped >= 2_000);
    reader.simulation.send(Command::Pause).unwrap();
    reader.send(Command::Play);
    reader.wait_for_step(10 * stopped);
}

#[test]
fn running_to_convergence_ignores_pace_and_end() {
    let script = Script {
        converge: Some(50_000),
        ..two_runs()
    };
    let mut reader = Reader::start(Load {
        end: 10,
        play: false,
        speed: Speed::StepsPerSecond(1e-3),
        ..toy(1, script.clone())
    });
    reader.wait_for(Pause::Asked);
    reader.send(Command::RunToConvergence);
    let toy = Box::new(Toy::new(script));
    let mut alone = Session::new(toy, Schedule::LogSpaced, lab_knobs(&[]), Vec::new());
    alone.stop_when_converged(true);
    alone.advance_to(u64::MAX, None);
    let expected = alone.step();
    assert_eq!(reader.wait_for(Pause::Converged), expected);
}

#[test]
fn a_run_that_rests_keeps_the_state_in_which_it_was_seen_to_converge() {
    let script = Script {
        converge: Some(700),
        ..two_runs()
    };
    let session = |rest| {
        let toy = Box::new(Toy::new(script.clone()));
        let mut session = Session::new(toy, Schedule::LogSpaced, lab_knobs(&[]), Vec::new());
        session.rest_when_converged(rest);
        session
    };
    let mut resting = session(true);
    resting.advance_to(2_000, None);
    let at = resting.steps_of(0);
    assert!(
        (700..710).contains(&at),
        "the first sample from then on: {at}"
    );
    let mut going = session(false);
    going.advance_to(at, None);
    let seen = going.experiment().sample();
    assert_eq!(
        resting.experiment().sample().runs[0]
            .as_ref()
            .unwrap()
            .values,
        seen.runs[0].as_ref().unwrap().values
    );
    going.advance_to(2_000, None);
    assert_eq!(going.steps_of(0), 2_000);
}

#[test]
fn a_diverged_run_stops_and_the_others_go_on() {
    // γ = 0.5 is far beyond SGD's limit of about 0.1 and within GD's of about 1.1.
    let knobs = lab_knobs(&[("step_size", "0.5"), ("label_noise", "constant")]);
    let mut reader = Reader::start(lab(1, &knobs, 2_000));
    reader.wait_for(Pause::ReachedEnd);
    let runs = reader.status.unwrap().runs;
    assert_eq!(runs[0], RunStatus::Running);
    let mut diverged = 0;
    for (run, status) in runs.iter().enumerate() {
        if let RunStatus::Diverged { step } = status {
            diverged += 1;
            for sample in &reader.samples {
                assert_eq!(sample.runs[run].is_some(), sample.step < *step, "{run}");
            }
        }
    }
    assert!(diverged > 0, "{runs:?}");
    assert!(reader.samples.iter().all(|sample| sample.runs[0].is_some()));
    assert_eq!(reader.latest.unwrap().step, 2_000);
}

#[test]
fn the_clock_stops_once_all_have_diverged_and_cannot_be_started() {
    let script = Script {
        diverge: vec![Some(70), Some(900)],
        ..two_runs()
    };
    let mut reader = Reader::start(toy(1, script));
    let step = reader.wait_for(Pause::AllDiverged);
    assert!(step >= 900);
    reader.simulation.send(Command::Pause).unwrap();
    reader.simulation.send(Command::Play).unwrap();
    reader.simulation.send(Command::Step(5)).unwrap();
    // An answer to a later command shows that these have been carried out.
    reader.send(Command::Load(Load {
        build: Box::new(|| Err("no".to_owned())),
        ..toy(2, two_runs())
    }));
    reader.read_until(Duration::from_millis(1), |reader| {
        matches!(reader.events.last(), Some(Event::Rejected { epoch: 2, .. }))
    });
    let last = reader.events.iter().filter_map(batch).next_back().unwrap();
    assert_eq!(last.status.step, step);
}

#[test]
fn a_retune_takes_effect_at_once_and_leaves_a_mark() {
    let mut reader = Reader::start(Load {
        play: false,
        ..toy(1, two_runs())
    });
    reader.wait_for(Pause::Asked);
    reader.send(Command::Step(1_000));
    reader.wait_for(Pause::Asked);
    reader.send(Command::Retune {
        settings: settings(&[("step_size", "0.125")]),
    });
    // It is told while the clock stands, too.
    reader.wait_for(Pause::Asked);
    let mark = Mark {
        step: 1_000,
        time: 1_000.0,
        shared: vec![3.625],
        settings: settings(&[("step_size", "0.125")]),
        text: "γ = 0.125".to_owned(),
        planned: false,
    };
    assert_eq!(reader.marks, [mark]);
    let before = reader.latest.take().unwrap();
    assert_eq!(before.shared, [3.625]);
    reader.send(Command::Step(1));
    reader.wait_for(Pause::Asked);
    let x = before.runs[0].as_ref().unwrap().values[0];
    let after = reader.latest.unwrap();
    assert_eq!(
        after.runs[0].as_ref().unwrap().values[0],
        3.625 * x * (1.0 - x)
    );
}

/// Step 100 is a scheduled sample (every step below 300 is), step 1100 is not: a change is to leave
/// no trace of what was sampled before it came.
#[test]
fn planned_changes_replay_live_ones_bit_for_bit() {
    let start = lab_knobs(&[]);
    let noisy = settings(&[("step_size", "0.01"), ("label_noise", "constant")]);
    let finer = settings(&[("step_size", "0.03"), ("sgf_substeps", "7")]);
    let mut reader = Reader::start(Load {
        play: false,
        ..lab(1, &start, 3_000)
    });
    reader.wait_for(Pause::Asked);
    for (steps, settings) in [(100, &noisy), (1_000, &finer)] {
        reader.send(Command::Step(steps));
        reader.wait_for(Pause::Asked);
        reader.send(Command::Retune {
            settings: settings.clone(),
        });
    }
    reader.send(Command::Play);
    reader.wait_for(Pause::ReachedEnd);
    assert_eq!(
        reader
            .marks
            .iter()
            .map(|mark| mark.step)
            .collect::<Vec<_>>(),
        [100, 1_100]
    );
    let mut live = History::new(lab_experiment(&start).unwrap().setup().clone());
    for batch in reader.events.iter().filter_map(batch) {
        for sample in &batch.samples {
            live.push(sample);
        }
        for mark in &batch.marks {
            live.mark(mark.clone());
        }
        if let Some(latest) = &batch.latest {
            live.set_latest(latest);
        }
    }

    let changes = reader.marks.iter().map(|mark| Change {
        step: mark.step,
        settings: mark.settings.clone(),
    });
    let mut replay = straight(&start, changes.collect(), 3_000);
    for mark in &mut reader.marks {
        assert!(!std::mem::replace(&mut mark.planned, true));
    }
    assert_eq!(replay.take_marks(), reader.marks);
    let mut replayed = History::new(live.setup.clone());
    for sample in replay.take_samples() {
        replayed.push(&sample);
    }
    replayed.set_latest(&replay.experiment().sample());
    assert_eq!(live.step, replayed.step);
    assert_eq!(live.time, replayed.time);
    assert!(live.shared == replayed.shared);
    for (live, replayed) in live.runs.iter().zip(&replayed.runs) {
        assert!(live.values == replayed.values);
        assert!(live.low == replayed.low && live.high == replayed.high);
        assert!(live.states() == replayed.states());
    }
}

/// γ changes by hand before a planned change of the label noise: either keeps its own setting.
#[test]
fn a_planned_change_leaves_what_was_changed_by_hand() {
    let knobs = lab_knobs(&[]);
    let planned = Change {
        step: 500,
        settings: settings(&[("label_noise", "constant")]),
    };
    let mut reader = Reader::start(Load {
        play: false,
        changes: vec![planned.clone()],
        ..lab(1, &knobs, 1_000)
    });
    reader.wait_for(Pause::Asked);
    reader.send(Command::Step(123));
    reader.wait_for(Pause::Asked);
    let by_hand = settings(&[("step_size", "0.01")]);
    reader.send(Command::Retune {
        settings: by_hand.clone(),
    });
    reader.send(Command::Play);
    reader.wait_for(Pause::ReachedEnd);
    assert_eq!(reader.latest.as_ref().unwrap().shared, [0.01, 1.0]);
    let planned_marks: Vec<_> = reader.marks.iter().map(|mark| mark.planned).collect();
    assert_eq!(planned_marks, [false, true]);
    let live = Change {
        step: 123,
        settings: by_hand,
    };
    let mut replay = straight(&knobs, vec![live, planned], 1_000);
    let replayed = replay.take_samples();
    // The sample of step 123 was sent before the change, which its mark carries.
    let differs = |(a, b): (&Sample, &Sample)| a.step != 123 && a != b;
    assert_eq!(reader.samples.len(), replayed.len());
    assert!(!reader.samples.iter().zip(&replayed).any(differs));
}

#[test]
fn catching_up_goes_through_convergence_and_the_end_only_if_told_to() {
    let script = Script {
        converge: Some(40),
        ..two_runs()
    };
    let catching_up = |through, catch_up| Load {
        play: false,
        end: 200,
        catch_up,
        through,
        ..toy(1, script.clone())
    };
    let mut reader = Reader::start(catching_up(false, 150));
    assert_eq!(reader.wait_for(Pause::Converged), 40);
    let mut reader = Reader::start(catching_up(true, 150));
    assert_eq!(reader.wait_for(Pause::Converged), 150);
    // Whoever plays on after convergence goes to the end.
    reader.send(Command::Play);
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 200);
    let mut reader = Reader::start(catching_up(true, 30));
    assert_eq!(reader.wait_for(Pause::Asked), 30);
    reader.send(Command::Play);
    assert_eq!(reader.wait_for(Pause::Converged), 40);
    let mut reader = Reader::start(Load {
        end: 20,
        ..catching_up(true, 30)
    });
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 30);
}

/// The panics below print their message; that is not a failure.
#[test]
fn a_panic_is_told_in_its_own_words_and_not_forgotten() {
    let broken = Script {
        panic: Some(400),
        ..two_runs()
    };
    let in_build = Load {
        build: Box::new(|| panic!("the build broke at step 400")),
        ..toy(1, two_runs())
    };
    for load in [toy(1, broken), in_build] {
        let mut simulation = Simulation::spawn(|| {}).unwrap();
        simulation.send(Command::Load(load)).unwrap();
        let start = Instant::now();
        let dead = loop {
            match simulation.try_recv() {
                Ok(_) => assert!(start.elapsed() < DEADLINE),
                Err(dead) => break dead,
            }
        };
        assert!(dead.to_string().contains("broke at step 400"), "{dead}");
        assert!(matches!(dead, Dead::Stopped(_)));
        assert_eq!(simulation.try_recv().err(), Some(dead.clone()));
        assert_eq!(simulation.send(Command::Play), Err(dead));
    }
}

#[test]
fn dropping_the_handle_ends_the_thread_even_at_full_speed_and_unread() {
    let (done, waiting) = crossbeam_channel::bounded(1);
    let (woken, wakes) = crossbeam_channel::bounded(1);
    let mut simulation = Simulation::spawn(move || woken.try_send(()).unwrap_or_default()).unwrap();
    simulation
        .send(Command::Load(lab(1, &lab_knobs(&[]), u64::MAX)))
        .unwrap();
    wakes.recv_timeout(DEADLINE).unwrap();
    let dropper = std::thread::Builder::new().spawn(move || {
        drop(simulation);
        done.send(()).unwrap();
    });
    waiting.recv_timeout(DEADLINE).unwrap();
    dropper.unwrap().join().unwrap();
}

#[test]
fn a_rejected_recipe_leaves_the_thread_alive() {
    let impossible = lab_knobs(&[("batch", "11")]);
    let mut reader = Reader::start(lab(1, &impossible, 100));
    reader.read_until(Duration::from_millis(1), |reader| !reader.events.is_empty());
    let Event::Rejected { epoch: 1, reason } = &reader.events[0] else {
        panic!("not rejected")
    };
    assert!(reason.contains("lower `batch`"), "{reason}");
    for command in [Command::Play, Command::Step(3), Command::RunToConvergence] {
        reader.send(command);
    }
    reader.send(Command::Load(lab(2, &lab_knobs(&[]), 100)));
    assert_eq!(reader.wait_for(Pause::ReachedEnd), 100);
    // A live change that is refused changes nothing and stops nothing.
    let nothing = settings(&[("gd_runs", "0"), ("sgd_runs", "0"), ("sgf_runs", "0")]);
    reader.send(Command::Retune { settings: nothing });
    reader.send(Command::Step(1));
    assert_eq!(reader.wait_for(Pause::Asked), 101);
    let refused = |event: &Event| matches!(event, Event::Rejected { epoch: 2, .. });
    assert!(reader.events.iter().any(refused));
    assert!(reader.marks.is_empty());
}

#[test]
fn states_that_nobody_takes_are_thinned_and_scalars_are_not() {
    let script = Script {
        state: 100,
        ..two_runs()
    };
    let new = || {
        Session::new(
            Box::new(Toy::new(script.clone())),
            Schedule::LogSpaced,
            lab_knobs(&[]),
            Vec::new(),
        )
    };
    let mut kept = new();
    kept.advance_to(1_000, None);
    let kept = kept.take_samples();
    let budget = 20 * 2 * 100;
    let mut thinned = new();
    for step in (0..=1_000).step_by(10) {
        thinned.advance_to(step, None);
        thinned.thin_states(budget);
    }
    let thinned = thinned.take_samples();
    assert_eq!(thinned.len(), kept.len());
    let mut left = 0;
    for (thinned, kept) in thinned.iter().zip(&kept) {
        assert_eq!((thinned.step, thinned.time), (kept.step, kept.time));
        for (thinned, kept) in thinned
            .runs
            .iter()
            .flatten()
            .zip(kept.runs.iter().flatten())
        {
            assert_eq!(thinned.values, kept.values);
            assert!(thinned.state.is_empty() || thinned.state == kept.state);
            left += thinned.state.iter().map(Vec::len).sum::<usize>();
        }
    }
    assert!((budget / 3..=budget).contains(&left), "{left}");
    let full = |sample: &Sample| {
        sample
            .runs
            .iter()
            .flatten()
            .all(|run| !run.state.is_empty())
    };
    assert!(full(&thinned[0]) && full(&thinned[thinned.len() - 1]));

    let mut history = History::new(Toy::new(script).setup().clone());
    for sample in &thinned {
        history.push(sample);
    }
    assert_eq!(history.len(), kept.len());
    assert_eq!(history.runs[0].states().len(), left / 200);
    // A provisional row whose predecessor has no state takes none with it when it goes.
    let mut latest = thinned[thinned.len() - 1].clone();
    latest.step += 1;
    history.set_latest(&latest);
    history.set_latest(&latest);
    assert_eq!(history.runs[0].states().len(), left / 200 + 1);
}
