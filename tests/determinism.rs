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
use implicit_bias_lab::sim::experiment::{Sample, Setup};
use implicit_bias_lab::sim::message::{Command, Event, Load, Phase, Speed};
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::sim::worker::Simulation;
use rayon::ThreadPoolBuilder;

/// A preset with some settings, the columns of its samples that are hashed beside the states, and the hash.
type Golden = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    u32,
);

/// Recipes whose rules repeat their bits on every machine that fuses multiply-adds. A processor without has other
/// bits, and no hash here. Columns are named: a quantity that is recorded beside them changes nothing.
const GOLDEN: [Golden; 3] = [
    (
        "fig2",
        &[("steps", "150")],
        &["training_loss", "loss_integral"],
        0xf775_e0dc,
    ),
    (
        "fig5-label-noise",
        &[("steps", "150")],
        &["training_loss", "loss_integral"],
        0x43fd_702a,
    ),
    (
        "linear-geometries",
        &[("steps", "300")],
        &["training_loss"],
        0xd9ee_59a4,
    ),
];

/// Recipes in plain arithmetic, which have the same bits on every machine, a browser included. Every lab is there, and
/// every rule of the diagonal network; the hashes are what a browser is compared with.
const PLAIN: [Golden; 7] = [
    (
        "fig2",
        &[("steps", "150"), ("arithmetic", "plain")],
        &["training_loss", "loss_integral"],
        0x2256_3522,
    ),
    (
        "fig5-label-noise",
        &[("steps", "150"), ("arithmetic", "plain")],
        &["training_loss", "loss_integral"],
        0xdd83_7d03,
    ),
    (
        "other-noises",
        &[("steps", "150"), ("gf_runs", "1"), ("arithmetic", "plain")],
        &["training_loss", "loss_integral"],
        0x6454_ee77,
    ),
    (
        "depth-3",
        &[("steps", "150"), ("arithmetic", "plain")],
        &["training_loss", "loss_integral"],
        0x379c_d1aa,
    ),
    (
        "linear-geometries",
        &[("steps", "300"), ("arithmetic", "plain")],
        &["training_loss"],
        0xef6e_405c,
    ),
    (
        "relu-methods",
        &[("steps", "300"), ("arithmetic", "plain")],
        &["training_loss"],
        0xc1db_2127,
    ),
    (
        "bad-minima",
        &[("steps", "310"), ("arithmetic", "plain")],
        &["task_loss"],
        0x9829_e573,
    ),
];

fn recipe(name: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(name).unwrap().recipe();
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

/// A hash of every bit of the steps, times, states and these columns.
fn hash(setup: &Setup, columns: &[&str], samples: &[Sample]) -> u32 {
    let at = |id: &&str| setup.columns.iter().position(|column| column.id == *id);
    let columns: Vec<usize> = columns.iter().map(|id| at(id).unwrap()).collect();
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
        for run in sample.runs.iter().flatten() {
            for column in &columns {
                add(&[run.values[*column], run.low[*column], run.high[*column]]);
            }
            run.state.iter().for_each(|vector| add(vector));
        }
    }
    hasher.finalize()
}

/// On so many threads, in slices of so many steps.
fn headless(recipe: &Recipe, columns: &[&str], threads: Option<usize>, slice: u64) -> u32 {
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
    let samples = session.take_samples();
    hash(session.experiment().setup(), columns, &samples)
}

/// Through the thread that the window has, at some pace.
fn simulated(recipe: &Recipe, columns: &[&str], speed: Speed) -> u32 {
    let mut simulation = Simulation::spawn(|| {}).unwrap();
    let (lab, knobs) = (recipe.lab, recipe.knobs.clone());
    let load = Load {
        epoch: 1,
        build: Box::new(move || {
            let experiment = lab.experiment(&knobs, false);
            Ok(experiment.map_err(|error| error.to_string())?)
        }),
        lab: recipe.lab.id(),
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
    let (mut setup, mut samples) = (None::<Arc<Setup>>, Vec::new());
    loop {
        match simulation.try_recv().unwrap() {
            Some(Event::Batch(batch)) => {
                samples.extend(batch.samples);
                if matches!(batch.status.phase, Phase::Paused(_)) {
                    assert_eq!(batch.status.step, recipe.knobs.length());
                    return hash(setup.as_deref().unwrap(), columns, &samples);
                }
            }
            Some(Event::Loaded { setup: of_run, .. }) => setup = Some(of_run),
            Some(Event::Rejected { reason, .. }) => panic!("{reason}"),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
        assert!(start.elapsed() < Duration::from_mins(5));
    }
}

#[test]
fn presets_give_the_bits_they_have_always_given() {
    let mut changed = Vec::new();
    for (name, settings, columns, golden) in GOLDEN.into_iter().chain(PLAIN) {
        let recipe = recipe(name, settings);
        let found = headless(&recipe, columns, None, u64::MAX / 2);
        println!("{name} {settings:?}: {found:#010x}");
        assert_eq!(
            found,
            headless(&recipe, columns, None, 7),
            "{name}: in slices of 7 steps"
        );
        for threads in [1, 2, 5] {
            let found_there = headless(&recipe, columns, Some(threads), 100);
            assert_eq!(found, found_there, "{name}: on {threads} threads");
        }
        for speed in [Speed::Max, Speed::StepsPerSecond(2_000.0)] {
            assert_eq!(
                found,
                simulated(&recipe, columns, speed),
                "{name}: at {speed:?}"
            );
        }
        // All of them are printed before any is complained about.
        if found != golden {
            changed.push((name, settings));
        }
    }
    assert!(changed.is_empty(), "these have new bits: {changed:?}");
}
