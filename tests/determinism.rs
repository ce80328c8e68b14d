//! The bits that recipes have given since they were first written down here, on every machine that fuses
//! multiply-adds and in every way to run them: with any number of threads, in slices of any length, at any pace, and
//! through the thread that the window has.
//!
//! A hash that changes means that runs of the published presets do: a new version says so in its notes, or has broken
//! something. `cargo test --test determinism -- --nocapture` prints what it finds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use implicit_bias_lab::recipe::{Recipe, preset};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::message::{Command, Event, Load, Phase, Speed};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::sim::worker::Simulation;
use rayon::ThreadPoolBuilder;

/// Recipes whose rules repeat their bits on every machine that fuses multiply-adds, with the hash of their samples. A
/// processor without has other bits, and no hash here.
const GOLDEN: [(&str, &[(&str, &str)], u32); 3] = [
    ("fig2", &[("steps", "150")], 0xd6dd_c713),
    ("fig5-label-noise", &[("steps", "150")], 0),
    ("linear-geometries", &[("steps", "300")], 0),
];

fn recipe(name: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(name).unwrap().recipe();
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

/// A hash of every bit of every number of the samples.
fn hash(samples: &[Sample]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut add = |numbers: &[f64]| {
        for number in numbers {
            // All that are not a number are one.
            let bits = if number.is_nan() {
                u64::MAX
            } else {
                number.to_bits()
            };
            hasher.update(&bits.to_le_bytes());
        }
    };
    for sample in samples {
        add(&[sample.step as f64, sample.time]);
        add(&sample.shared);
        for run in sample.runs.iter().flatten() {
            add(&run.values);
            add(&run.low);
            add(&run.high);
            run.state.iter().for_each(|vector| add(vector));
        }
    }
    hasher.finalize()
}

/// On so many threads, in slices of so many steps.
fn headless(recipe: &Recipe, threads: Option<usize>, slice: u64) -> u32 {
    let mut experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
    if let Some(threads) = threads {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        experiment.use_threads(Arc::new(pool));
    }
    let (knobs, changes) = (recipe.knobs.clone(), recipe.changes.clone());
    let mut session = Session::new(experiment, SamplingSchedule::LogSpaced, knobs, changes);
    let end = recipe.knobs.length();
    while session.step() < end {
        session.advance_to((session.step() + slice).min(end), None);
    }
    hash(&session.take_samples())
}

/// Through the thread that the window has, at some pace.
fn simulated(recipe: &Recipe, speed: Speed) -> u32 {
    let mut simulation = Simulation::spawn(|| {}).unwrap();
    let (lab, knobs) = (recipe.lab, recipe.knobs.clone());
    let load = Load {
        epoch: 1,
        build: Box::new(move || {
            let experiment = lab.experiment(&knobs, false);
            Ok(experiment.map_err(|error| error.to_string())?)
        }),
        knobs: recipe.knobs.clone(),
        changes: recipe.changes.clone(),
        end: recipe.knobs.length(),
        catch_up: 0,
        through: false,
        play: true,
        speed,
    };
    simulation.send(Command::Load(load)).unwrap();
    let start = Instant::now();
    let mut samples = Vec::new();
    loop {
        match simulation.try_recv().unwrap() {
            Some(Event::Batch(batch)) => {
                samples.extend(batch.samples);
                if matches!(batch.status.phase, Phase::Paused(_)) {
                    assert_eq!(batch.status.step, recipe.knobs.length());
                    return hash(&samples);
                }
            }
            Some(Event::Rejected { reason, .. }) => panic!("{reason}"),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
        assert!(start.elapsed() < Duration::from_mins(5));
    }
}

#[test]
fn presets_give_the_bits_they_have_always_given() {
    for (name, settings, golden) in GOLDEN {
        let recipe = recipe(name, settings);
        let found = headless(&recipe, None, u64::MAX / 2);
        println!("{name}: {found:#010x}");
        assert_eq!(
            found,
            headless(&recipe, None, 7),
            "{name}: in slices of 7 steps"
        );
        for threads in [1, 2, 5] {
            let found_there = headless(&recipe, Some(threads), 100);
            assert_eq!(found, found_there, "{name}: on {threads} threads");
        }
        for speed in [Speed::Max, Speed::StepsPerSecond(2_000.0)] {
            assert_eq!(found, simulated(&recipe, speed), "{name}: at {speed:?}");
        }
        assert_eq!(found, golden, "{name}: {found:#010x} is new");
    }
}
