//! Loads that take long, or never end: they hold up nothing else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::model::watch::Watch;
use implicit_bias_lab::sim::experiment::{Experiment, Sample, Setup};
use implicit_bias_lab::sim::message::{Command, Event, Load, Pause, Speed};
use implicit_bias_lab::sim::worker::Simulation;

use super::{DEADLINE, Reader, batch, lab_knobs, toy, two_runs};

/// What a window may take to close.
const SOON: Duration = Duration::from_secs(1);

/// A load whose experiment is never made, as on a file server that does not answer.
fn never(epoch: u64) -> Load {
    Load {
        build: Box::new(|| {
            std::thread::sleep(Duration::from_hours(1));
            Err("nobody has waited for so long".to_owned())
        }),
        ..toy(epoch, two_runs())
    }
}

fn drops_soon(simulation: Simulation) {
    let asked = Instant::now();
    drop(simulation);
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

#[test]
fn a_load_that_never_ends_gives_way_to_the_next_one() {
    let mut reader = Reader::start(never(1));
    std::thread::sleep(Duration::from_millis(20));
    reader.send(Command::Load(never(2)));
    reader.send(Command::Load(toy(3, two_runs())));
    reader.wait_for_step(100);
    assert!(
        reader
            .events
            .iter()
            .filter_map(batch)
            .all(|batch| batch.epoch == 3)
    );
    assert!(reader.simulation.has_taken(3) && !reader.simulation.has_taken(4));
    drops_soon(reader.simulation);
}

#[test]
fn a_load_that_never_ends_does_not_keep_the_handle() {
    let reader = Reader::start(never(1));
    std::thread::sleep(Duration::from_millis(20));
    drops_soon(reader.simulation);
}

#[test]
fn what_follows_a_load_waits_for_its_experiment() {
    let slow = Load {
        build: Box::new(|| {
            std::thread::sleep(Duration::from_millis(200));
            Ok(Box::new(super::Toy::new(two_runs())))
        }),
        play: false,
        ..toy(1, two_runs())
    };
    let mut reader = Reader::start(slow);
    for rate in 1..1000 {
        std::thread::sleep(Duration::from_micros(100));
        reader.send(Command::SetSpeed(Speed::StepsPerSecond(f64::from(rate))));
    }
    reader.send(Command::Step(7));
    assert_eq!(reader.wait_for(Pause::Requested), 7);
}

#[test]
fn a_load_that_is_given_up_leaves_nothing_and_the_next_one_runs() {
    let mut reader = Reader::start(never(1));
    reader.send(Command::Unload);
    reader.send(Command::Play);
    std::thread::sleep(Duration::from_millis(50));
    reader.read();
    assert!(reader.events.is_empty());
    reader.send(Command::Load(toy(2, two_runs())));
    reader.wait_for_step(10);
    reader.send(Command::Unload);
    std::thread::sleep(Duration::from_millis(50));
    reader.read();
    let told = reader.events.len();
    std::thread::sleep(Duration::from_millis(50));
    reader.read();
    assert_eq!(
        reader.events.len(),
        told,
        "it goes on though it was dropped"
    );
}

/// Its first step takes as long as gradient flow's may on large data.
struct Long {
    inner: super::Toy,
}

impl Experiment for Long {
    fn setup(&self) -> &Arc<Setup> {
        self.inner.setup()
    }

    fn step(&self) -> u64 {
        self.inner.step()
    }

    fn advance(&mut self, steps: u64) {
        std::thread::sleep(Duration::from_secs(5));
        self.inner.advance(steps);
    }

    fn sample(&mut self) -> Sample {
        self.inner.sample()
    }
}

#[test]
fn a_step_that_takes_long_does_not_keep_the_handle() {
    let long = Load {
        build: Box::new(|| {
            let inner = super::Toy::new(two_runs());
            Ok(Box::new(Long { inner }))
        }),
        ..toy(1, two_runs())
    };
    let mut reader = Reader::start(long);
    let loaded = |reader: &Reader| matches!(reader.events.first(), Some(Event::Loaded { .. }));
    reader.read_until(Duration::from_millis(1), loaded);
    std::thread::sleep(Duration::from_millis(30));
    assert!(!reader.simulation.has_taken(2));
    drops_soon(reader.simulation);
}

/// Gives an experiment up as soon as it says that it has come `done` steps far.
fn given_up(knobs: &Knobs, done: u64) -> String {
    let watch = Watch::default();
    let asked = watch.clone();
    let knobs = knobs.clone();
    let thread = std::thread::Builder::new().name("making".to_owned());
    let making = thread
        .spawn(move || {
            let made = LABS[0].experiment_watched(&knobs, false, &watch);
            made.err().map(|error| error.to_string())
        })
        .unwrap();
    let start = Instant::now();
    while asked.stage().is_none_or(|stage| stage.done < done) {
        assert!(start.elapsed() < DEADLINE);
        std::thread::sleep(Duration::from_millis(1));
    }
    let stage = asked.stage().unwrap();
    assert_eq!(stage.what, "run SGD 1 to step");
    let told = Instant::now();
    asked.give_up();
    let reason = making.join().unwrap();
    assert!(told.elapsed() < SOON, "{:?}", told.elapsed());
    reason.expect("it was given up")
}

#[test]
fn a_fork_of_a_step_far_away_says_how_far_it_has_come_and_can_be_given_up() {
    let far = lab_knobs(&[("sgd_runs", "1"), ("forks", "gd from sgd-1 at 9999999999")]);
    let reason = given_up(&far, 1000);
    assert!(reason.contains("given up"), "{reason}");
}

#[test]
fn what_was_given_up_is_made_anew_and_is_the_same() {
    let far = lab_knobs(&[("sgd_runs", "1"), ("forks", "gd from sgd-1 at 30000000")]);
    given_up(&far, 10);
    let near = lab_knobs(&[("sgd_runs", "1"), ("forks", "gd from sgd-1 at 50")]);
    let first = |knobs: &Knobs| LABS[0].experiment(knobs, false).unwrap().sample();
    let watched = LABS[0].experiment_watched(&near, false, &Watch::default());
    assert!(watched.unwrap().sample() == first(&near));
}
