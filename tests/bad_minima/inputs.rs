//! What is typed that makes no sense, and what is said of it.

use std::sync::Arc;

use implicit_bias_lab::labs::bad_minima::LAB;
use implicit_bias_lab::labs::{Lab as _, Shown};
use implicit_bias_lab::recipe::Recipe;
use implicit_bias_lab::scene::clock::Clock;
use implicit_bias_lab::scene::memory::Memory;
use implicit_bias_lab::scene::pictures::cell;
use implicit_bias_lab::scene::view::View;
use implicit_bias_lab::scene::{Content, Shape};
use implicit_bias_lab::sim::experiment::RunStatus;
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::sim::session::Session;

use super::{End, experiment, history, recipe};

/// Small, so that each takes milliseconds.
const SMALL: &[(&str, &str)] = &[
    ("hidden_width", "8"),
    ("pretraining_steps", "10"),
    ("steps", "30"),
];

fn small(settings: &[(&str, &str)]) -> Recipe {
    let all: Vec<(&str, &str)> = SMALL.iter().chain(settings).copied().collect();
    let mut recipe = recipe("bad-minima-waiting", &all);
    recipe.changes.clear();
    recipe
}

fn said(recipe: &Recipe, history: &History) -> String {
    LAB.caption(&Shown {
        knobs: &recipe.knobs,
        history,
        row: history.len() - 1,
        hidden: &[],
    })
}

/// The pictures of the last row, all of which have to be made.
fn pictures(recipe: &Recipe, history: &History) -> Vec<Content> {
    let view = View {
        history,
        knobs: &recipe.knobs,
        clock: Clock::Steps,
        log_time: false,
        theory: true,
        hidden: &[],
        cursor: None,
        until: None,
        window: None,
    };
    let panels = LAB.cells().iter().copied().flatten();
    let contents = panels.map(|panel| cell(panel, &view, &mut Memory::default()).content);
    contents.collect()
}

#[test]
fn a_single_point_is_one_class() {
    let recipe = small(&[("train_points", "1"), ("batch_size", "500")]);
    let history = history(&recipe);
    let remarks = history.setup.facts.remarks.join("\n");
    assert!(remarks.contains("one class"), "{remarks}");
    assert!(!said(&recipe, &history).is_empty());
    assert!(!pictures(&recipe, &history).is_empty());
}

#[test]
fn nothing_to_memorise_is_no_experiment_less() {
    let recipe = small(&[("memory_copies", "0"), ("pretraining_steps", "0")]);
    let history = history(&recipe);
    let remarks = history.setup.facts.remarks.join("\n");
    assert!(remarks.contains("R = 0"), "{remarks}");
    let said = said(&recipe, &history);
    assert!(said.contains("R = 0: nothing was memorised"), "{said}");
    assert!(!pictures(&recipe, &history).is_empty());
}

/// Eight copies of every point do not fit a network of eight units.
#[test]
fn a_cap_that_comes_first_is_said() {
    let recipe = small(&[("memory_copies", "8")]);
    let history = history(&recipe);
    let last = history.len() - 1;
    let learned = history.runs[1].number_at(history.setup.find("copies_accuracy").unwrap(), last);
    assert!(learned.unwrap() < 1.0);
    // Whatever it says first, a comparison that is void says so.
    let said = said(&recipe, &history);
    assert!(
        said.contains("capped at 200 epochs") && said.contains("% of the copies"),
        "{said}"
    );
}

/// Far beyond divergence the weights overflow or every unit falls silent; either is said, and nothing stops.
#[test]
fn a_step_size_beyond_all_bounds_is_said() {
    for (settings, expected) in [
        (
            &[
                ("step_size", "1000"),
                ("with_l2", "true"),
                ("l2_strength", "1"),
            ][..],
            "Diverged",
        ),
        (
            &[("step_size", "1000")][..],
            "units of the second layer are 0",
        ),
    ] {
        let recipe = small(settings);
        let history = history(&recipe);
        let said = said(&recipe, &history);
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("lower the step size"), "{said}");
        assert!(!pictures(&recipe, &history).is_empty());
    }
}

#[test]
fn what_has_diverged_stays_so_and_its_followers_with_it() {
    let recipe = small(&[
        ("pretraining_step_size", "1"),
        ("with_rescues", "true"),
        ("step_size", "1000"),
        ("with_l2", "true"),
        ("l2_strength", "1"),
    ]);
    let mut experiment = experiment(&recipe);
    experiment.advance(30);
    let sample = experiment.sample();
    for run in 0..sample.runs.len() {
        let gone = matches!(experiment.status(run), RunStatus::Diverged { .. });
        assert_eq!(gone, sample.runs[run].is_none());
    }
    assert!(sample.runs[0].is_none());
}

/// Threads, and a change by hand instead of a planned one: the same bits.
#[test]
fn neither_threads_nor_hands_change_bits() {
    let settings = [
        ("with_control", "true"),
        ("with_rescues", "true"),
        ("steps", "20"),
    ];
    let alone = End::of(&small(&settings)).sample;
    let mut threaded = experiment(&small(&settings));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    threaded.use_threads(Arc::new(pool.unwrap()));
    threaded.advance(20);
    // NaN is not equal to itself.
    assert_eq!(format!("{:?}", threaded.sample()), format!("{alone:?}"));
}

#[test]
fn switches_act_from_their_step_on() {
    let mut planned = small(&[]);
    let mut text = planned.to_toml();
    text.push_str(
        "
[[change]]
step = 20
with_augmentation = true
with_l2 = true
",
    );
    planned = Recipe::from_toml(&text).unwrap();
    let with = history(&planned);
    let without = history(&small(&[]));
    let loss = with.setup.find("task_loss").unwrap();
    let at = |history: &History, step: f64| {
        history.runs[1]
            .number_at(loss, history.row_at(step).unwrap())
            .unwrap()
    };
    assert_eq!(at(&with, 20.0), at(&without, 20.0));
    assert_ne!(at(&with, 21.0), at(&without, 21.0));
    assert_eq!(
        with.shared_at("l2_in_force", with.row_at(20.0).unwrap()),
        Some(0.005_f32.into())
    );
    let said = said(&planned, &with);
    assert!(
        said.contains("With L2 and augmentation since step 20") || said.contains("No comparison"),
        "{said}"
    );
    // The same by hand.
    let recipe = small(&[]);
    let schedule = implicit_bias_lab::sim::schedule::SamplingSchedule::LogSpaced;
    let mut session = Session::new(
        experiment(&recipe),
        schedule,
        recipe.knobs.clone(),
        Vec::new(),
    );
    session.advance_to(20, None);
    session.retune(planned.changes[0].settings.clone()).unwrap();
    session.advance_to(30, None);
    let last = session.experiment().sample();
    let state = last.runs[1].as_ref().unwrap().state.clone();
    assert_eq!(Some(&state), with.runs[1].state_at(with.len() - 1));
}

/// The map shows the recorded network: its tiles are P(+1) of the outputs, its curve is as long as recorded.
#[test]
fn the_picture_is_of_the_recorded_network() {
    let recipe = small(&[("hidden_width", "16")]);
    let history = history(&recipe);
    let contents = pictures(&recipe, &history);
    let Content::Plot(plot) = &contents[1] else {
        panic!("a plot");
    };
    let tiles = plot.tiles.as_ref().unwrap();
    assert_eq!(tiles.numbers.len(), tiles.x.len() * tiles.y.len());
    assert!(
        tiles
            .numbers
            .iter()
            .all(|share| (0.0..=1.0).contains(share))
    );
    let lengths = plot.layers.iter().filter_map(|layer| match &layer.shape {
        Shape::Segments(pieces) => Some(implicit_bias_lab::model::level_set::length(pieces)),
        _ => None,
    });
    let drawn: f64 = lengths.sum();
    let column = history.setup.find("boundary_length").unwrap();
    let recorded = history.runs[1]
        .number_at(column, history.len() - 1)
        .unwrap();
    // The same grid of 96²; the picture adds its steps up, which rounds places by parts in 10¹⁵.
    assert!(
        (drawn - recorded).abs() < 1e-4 * recorded.max(1.0),
        "{drawn} {recorded}"
    );
}
