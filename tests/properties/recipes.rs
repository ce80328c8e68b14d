//! Any valid recipe runs, is written, read back and made again, bit for bit.

use implicit_bias_lab::archive;
use implicit_bias_lab::export::{self, Options, Theory, tidy_csv};
use implicit_bias_lab::knobs::{Kind, Role, Value};
use implicit_bias_lab::labs::{LABS, Lab, LabError};
use implicit_bias_lab::recipe::{Change, Recipe, carrier, link};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use proptest::prelude::*;
use std::cell::Cell;

use super::check;
use super::settings::{LENGTH, accepted};

/// What is drawn: a value for some of the settings, and changes on the way.
type Draw = (Vec<Option<Value>>, Vec<(u64, prop::sample::Index, u64)>);

fn draw(lab: &'static dyn Lab) -> impl Strategy<Value = Draw> {
    let settings: Vec<BoxedStrategy<Option<Value>>> = lab
        .knobs()
        .iter()
        .map(|knob| {
            let value = accepted(lab, knob);
            // Sizes always: what they are by default takes long.
            if matches!(knob.kind, Kind::Count { .. }) {
                value.prop_map(Some).boxed()
            } else {
                prop::option::weighted(0.25, value).boxed()
            }
        })
        .collect();
    let change = (1..LENGTH, any::<prop::sample::Index>(), any::<u64>());
    (settings, prop::collection::vec(change, 0..3))
}

/// The drawn values that fit together, each beside those before it.
fn fitted(lab: &'static dyn Lab, values: &[Option<Value>]) -> Option<Recipe> {
    let mut recipe = Recipe::new(lab);
    let drawn = || lab.knobs().iter().zip(values);
    let mut all = recipe.clone();
    for (knob, value) in drawn() {
        if let Some(value) = value {
            all.knobs.set(knob.key, value.clone()).unwrap();
        }
    }
    if runs(&all) {
        return Some(all);
    }
    for (knob, value) in drawn() {
        let Some(value) = value else { continue };
        let before = recipe.knobs.clone();
        recipe.knobs.set(knob.key, value.clone()).unwrap();
        if !runs(&recipe) {
            recipe.knobs = before;
        }
    }
    let is_short = recipe.knobs.length() <= LENGTH;
    (is_short && runs(&recipe)).then_some(recipe)
}

/// Whether the settings fit together. If not, the message must be one that helps.
fn runs(recipe: &Recipe) -> bool {
    match recipe.lab.experiment(&recipe.knobs, false) {
        Ok(_) => true,
        Err(error) => {
            assert_helps(recipe, &error);
            false
        }
    }
}

/// One short line, which names a setting or a family of runs to do something about.
fn assert_helps(recipe: &Recipe, error: &LabError) {
    let text = error.to_string();
    assert!(text.len() < 500, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
    let names = |name: &str| text.contains(name);
    let mut knobs = recipe.lab.knobs().iter();
    let named = knobs.any(|knob| names(knob.key) || names(knob.label));
    assert!(named || names("algorithm"), "{text}");
}

/// Adds the changes; `false` if one is of no live setting.
fn change(recipe: &mut Recipe, changes: &[(u64, prop::sample::Index, u64)]) {
    let lab = recipe.lab;
    let live: Vec<_> = lab.knobs().iter().filter(|knob| knob.live).collect();
    if live.is_empty() {
        return;
    }
    let mut changes: Vec<_> = changes.to_vec();
    changes.sort_by_key(|(step, _, _)| *step);
    for (step, at, draw) in changes {
        let knob = *at.get(&live);
        let values = [knob.default, "0", "1", "0.5", "2", "true", "auto"];
        let mut knobs = recipe.knobs.clone();
        let value = values[draw as usize % values.len()];
        if knobs.set_text(knob.key, value).is_ok() {
            let value = knobs.get(knob.key).clone();
            recipe.changes.push(Change {
                step,
                settings: vec![(knob.key.to_owned(), value)],
            });
        }
    }
}

/// All samples of a recipe, computed in slices of so many steps.
fn samples(recipe: &Recipe, slice: u64) -> (Vec<Sample>, History) {
    let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
    let mut history = History::new(experiment.setup().clone());
    let (knobs, changes) = (recipe.knobs.clone(), recipe.changes.clone());
    let mut session = Session::new(experiment, SamplingSchedule::LogSpaced, knobs, changes);
    let end = recipe.knobs.length();
    while session.step() < end {
        session.advance_to((session.step() + slice).min(end), None);
    }
    let mut samples = session.take_samples();
    if samples.last().unwrap().step < end {
        samples.push(session.experiment().sample());
    }
    for sample in &samples {
        history.push(sample);
    }
    history.status = session.status();
    (samples, history)
}

/// Every bit of some samples, but for those of what is not a number.
fn spelled(samples: &[Sample]) -> String {
    format!("{samples:?}")
}

fn table(history: &History) -> String {
    let mut bytes = Vec::new();
    tidy_csv(history, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn travels(recipe: &Recipe) {
    assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), *recipe);
    assert_eq!(link::decode(&link::encode(recipe)).unwrap(), *recipe);
}

fn is_made_again(recipe: &Recipe) {
    let (first, history) = samples(recipe, u64::MAX / 2);
    let (again, _) = samples(recipe, 3);
    assert_eq!(spelled(&first), spelled(&again), "in slices of 3 steps");

    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        out: folder.path().join("run"),
        record_noise: false,
        schedule: SamplingSchedule::LogSpaced,
        theory: Theory::Off,
        spare_cores: 0,
    };
    export::run(recipe, &options, |_| true).unwrap();
    let (read, found) = archive::read(&options.out).unwrap();
    // A row after the last run has diverged is in no file.
    let written = table(&found);
    let lived = table(&history);
    let same = written.lines().zip(lived.lines()).all(|(a, b)| a == b);
    assert!(same && written.lines().count() <= lived.lines().count());
    let died = found.step.len() < history.step.len();
    assert!(!died || found.status.iter().all(|status| status.is_over()));
    for (read, lived) in found.runs.iter().zip(&history.runs) {
        let rows = read.states().len().min(lived.states().len());
        assert_eq!(
            format!("{:?}", &read.states()[..rows]),
            format!("{:?}", &lived.states()[..rows])
        );
    }

    // The recipe in the folder has numbers for automatic words; it is the same run.
    let pinned = carrier::open(&options.out).unwrap();
    assert_eq!(pinned, read);
    travels(&pinned);
    let (replayed, _) = samples(&pinned, 11);
    assert_eq!(spelled(&first), spelled(&replayed), "from its own folder");
}

fn holds(lab: &'static dyn Lab, cases: u32) {
    let (tried, ran) = (Cell::new(0), Cell::new(0));
    check(cases, &draw(lab), |(values, changes)| {
        tried.set(tried.get() + 1);
        let Some(mut recipe) = fitted(lab, &values) else {
            return;
        };
        change(&mut recipe, &changes);
        assert!(recipe.knobs.count_of(Role::Length).unwrap() <= LENGTH);
        travels(&recipe);
        is_made_again(&recipe);
        ran.set(ran.get() + 1);
    });
    // Otherwise nothing has been tried.
    assert!(
        2 * ran.get() > tried.get(),
        "{} of {}",
        ran.get(),
        tried.get()
    );
}

#[test]
fn any_recipe_of_the_diagonal_network_is_written_read_and_replayed() {
    holds(LABS[0], 60);
}

#[test]
fn any_recipe_of_the_further_labs_is_written_read_and_replayed() {
    for lab in &LABS[1..] {
        holds(*lab, 25);
    }
}
