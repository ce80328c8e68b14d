//! The live run with a simulation thread and without a window.

mod loading;

use std::time::{Duration, Instant};

use super::*;
use crate::knobs::Value;
use crate::labs::LABS;
use crate::sim::history::History;
use crate::sim::message::{Change, Speed};
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;

fn wait(live: &mut LiveRun, what: &str, condition: impl Fn(&LiveRun) -> bool) {
    let start = Instant::now();
    while !condition(live) {
        assert!(start.elapsed() < Duration::from_mins(2), "{what}");
        std::thread::sleep(Duration::from_millis(2));
        live.receive(true);
    }
}

#[test]
fn the_late_answer_to_a_pause_does_not_undo_what_was_asked_since() {
    let mut live = LiveRun::new(&Context::default(), LABS[0].presets()[1].recipe()).unwrap();
    wait(&mut live, "loading", |live| live.screen.history.is_some());
    live.set_playing(true);
    wait(&mut live, "steps", |live| live.step() > 0);
    live.set_playing(false);
    wait(&mut live, "standing", |live| {
        let status = live.screen.status.as_ref().unwrap();
        status.phase == Phase::Paused(Pause::Requested)
    });
    // Both before anything is read: the answer to the pause comes after the next request to play.
    live.set_playing(true);
    live.set_playing(false);
    std::thread::sleep(Duration::from_millis(100));
    live.set_playing(true);
    let step = live.step();
    wait(&mut live, "going on", |live| live.step() > step + 1);
    assert!(live.playing());
}

#[test]
fn a_simulation_that_stopped_is_reported_and_started_again_with_the_recipe() {
    let mut live = LiveRun::new(&Context::default(), LABS[0].presets()[1].recipe()).unwrap();
    wait(&mut live, "loading", |live| live.screen.history.is_some());
    let fatal = Load {
        epoch: live.intent.epoch + 1,
        build: Box::new(|| panic!("out of luck")),
        lab: live.intent.recipe.lab.id(),
        knobs: live.intent.recipe.knobs.clone(),
        changes: Vec::new(),
        end: 1,
        catch_up: 0,
        through: false,
        play: false,
        speed: Speed::Max,
    };
    assert!(live.send(Command::Load(fatal)));
    wait(&mut live, "stopping", |live| live.thread_gone);
    let problem = live.problem.clone().unwrap();
    assert!(problem.contains("out of luck"), "{problem}");
    live.set_playing(true);
    assert!(!live.playing(), "nothing plays without a simulation");
    live.restart_thread();
    assert!(!live.thread_gone);
    live.take_steps(5);
    wait(&mut live, "stepping again", |live| live.step() == 5);
    assert_eq!(live.intent.recipe, LABS[0].presets()[1].recipe());
    assert_eq!(
        live.screen.generation, 2,
        "one history before the accident, one after"
    );
}

/// A small recipe with a planned change of γ at step 300.
fn planned() -> Recipe {
    let mut recipe = LABS[0].presets()[1].recipe();
    for (key, value) in [("n", "10"), ("d", "20"), ("sparsity", "3")]
        .iter()
        .chain(&[("step_size", "auto"), ("steps", "1000"), ("speed", "max")])
    {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe.changes.push(Change {
        step: 300,
        settings: vec![("step_size".to_owned(), Value::Real(0.01))],
    });
    recipe
}

fn started(recipe: Recipe) -> LiveRun {
    let mut live = LiveRun::new(&Context::default(), recipe).unwrap();
    wait(&mut live, "loading", |live| live.screen.status.is_some());
    live
}

fn go(live: &mut LiveRun, steps: u64) {
    let goal = live.step() + steps;
    live.take_steps(steps);
    wait(live, "steps", |live| live.step() == goal);
}

fn set(live: &mut LiveRun, key: &str, value: &str) {
    live.intent.recipe.knobs.set_text(key, value).unwrap();
    let before = live.intent.unanswered;
    live.take_over_changes();
    if live.intent.unanswered > before {
        wait(live, "the answer", |live| live.intent.unanswered == 0);
    }
}

fn assert_same(a: &History, b: &History) {
    assert_eq!(a.step, b.step);
    assert_eq!((&a.time, &a.shared), (&b.time, &b.shared));
    for (a, b) in a.runs.iter().zip(&b.runs) {
        assert!(a.values == b.values && a.low == b.low && a.high == b.high);
        assert!(a.states() == b.states());
    }
}

#[test]
fn the_recipe_of_a_run_makes_it_again_bit_for_bit() {
    let mut live = started(planned());
    go(&mut live, 100);
    set(&mut live, "label_noise", "constant");
    go(&mut live, 350);
    set(&mut live, "step_size", "auto");
    set(&mut live, "sgf_substeps", "3");
    set(&mut live, "speed", "1000");
    go(&mut live, 60);
    let recipe = live.recipe_of_run().unwrap();
    let steps: Vec<u64> = recipe.changes.iter().map(|change| change.step).collect();
    assert_eq!((steps, recipe.step), (vec![100, 300, 450, 450], 510));
    let text = recipe.to_toml();
    // How a table would be read is no number that the run has found.
    let is_open = |line: &str| line.ends_with("\"auto\"") && !line.starts_with("csv_header");
    assert!(!text.lines().any(is_open), "{text}");

    // Without a thread.
    let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
    let mut history = History::new(experiment.setup().clone());
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    session.advance_to(recipe.step, None);
    for sample in session.take_samples() {
        history.push(&sample);
    }
    history.set_latest(&session.experiment().sample());
    assert_same(live.screen.history.as_ref().unwrap(), &history);

    // In another window, which goes to the same step.
    let mut other = started(LABS[0].presets()[0].recipe());
    other.open(Recipe::from_toml(&text).unwrap());
    wait(&mut other, "the step", |live| {
        live.step() == 510
            && live
                .screen
                .history
                .as_ref()
                .is_some_and(|h| h.step.last() == Some(&510))
    });
    assert_same(other.screen.history.as_ref().unwrap(), &history);
    assert!(!other.playing());
    assert_eq!(other.recipe_of_run().unwrap(), recipe);
    // Its controls show what is in force; what it would start with is what it was opened with.
    assert_eq!(other.intent.recipe.knobs.word("label_noise"), "constant");
    assert_eq!(other.recipe_to_start().knobs, recipe.knobs);
}

#[test]
fn controls_follow_planned_changes_and_a_reset_plays_them_again() {
    let mut live = started(planned());
    go(&mut live, 100);
    // A planned change that is still ahead is not part of the run yet, but of its recipe.
    assert_eq!(live.recipe_of_run().unwrap().changes.len(), 1);
    go(&mut live, 300);
    assert_eq!(live.intent.recipe.knobs.real("step_size"), 0.01);
    set(&mut live, "label_noise", "constant");
    live.reset(false);
    wait(&mut live, "the start", |live| {
        !live.intent.loading && live.step() == 0
    });
    assert_eq!(live.intent.recipe.knobs.real_or_auto("step_size"), None);
    assert_eq!(live.intent.recipe.knobs.word("label_noise"), "constant");
    assert_eq!(live.intent.recipe.changes, planned().changes);
    go(&mut live, 400);
    let history = live.screen.history.as_ref().unwrap();
    assert_eq!(history.shared[0].last(), Some(&0.01));
    // Anything else starts over with the settings in force and without a plan.
    set(&mut live, "alpha", "0.2");
    wait(&mut live, "the restart", |live| {
        !live.intent.loading && !live.screen.is_catching_up()
    });
    assert!(live.intent.recipe.changes.is_empty());
    let history = live.screen.history.as_ref().unwrap();
    assert_eq!(history.shared[0][0], 0.01);
    assert!(live.recipe_of_run().unwrap().changes.is_empty());
}

#[test]
fn a_run_whose_planned_change_has_come_is_not_called_changed() {
    let mut recipe = planned();
    recipe.title = "Own".to_owned();
    let mut live = started(recipe);
    go(&mut live, 400);
    assert_eq!(live.title(), "Own");
    set(&mut live, "step_size", "0.02");
    assert_eq!(live.title(), "Own, changed");
}

#[test]
fn settings_that_cannot_be_loaded_leave_a_run_that_is_said_to_be_the_one_before() {
    let mut live = started(planned());
    let step = live.step();
    set(&mut live, "data", "csv");
    wait(&mut live, "a refusal", |live| live.problem.is_some());
    let problem = live.problem.clone().unwrap();
    assert!(
        problem.ends_with(". The plots show the run before it, with Data set Sparse regression"),
        "{problem}"
    );
    assert_eq!(live.step(), step);
}

#[test]
fn a_dragged_slider_never_fills_the_queue() {
    let mut live = LiveRun::new(&Context::default(), LABS[0].presets()[1].recipe()).unwrap();
    for notch in 0..500 {
        let alpha = crate::knobs::Value::Real(0.05 + 1e-4 * f64::from(notch));
        live.intent.recipe.knobs.set("alpha", alpha).unwrap();
        live.take_over_changes();
    }
    assert_eq!(live.problem, None);
    wait(&mut live, "the last position", |live| {
        let alpha = live
            .screen
            .history
            .as_ref()
            .and_then(|history| history.setup.facts.vectors.get("alpha"));
        alpha.is_some_and(|alpha| (alpha[0] - 0.0999).abs() < 1e-12)
    });
}

#[test]
fn a_run_that_was_put_back_is_shown_at_once_and_goes_on_with_the_same_bits() {
    let mut live = started(planned());
    go(&mut live, 200);
    set(&mut live, "label_noise", "constant");
    go(&mut live, 257);
    let recipe = live.recipe_of_run().unwrap();
    let kept = live.keep(live.intent.recipe.clone());
    assert!(kept.bytes() > 0);
    // What an uninterrupted run would come to.
    go(&mut live, 100);
    let expected = live.screen.history.clone().unwrap();

    set(&mut live, "alpha", "0.3");
    wait(&mut live, "another run", |live| {
        !live.intent.loading && !live.screen.is_catching_up()
    });
    live.put_back(kept);
    assert_eq!(live.step(), 457);
    assert!(!live.playing());
    assert_eq!(live.recipe_of_run().unwrap(), recipe);
    let generation = live.screen.generation;
    assert_eq!(live.intent.recipe.knobs.word("label_noise"), "constant");
    live.take_steps(100);
    while live.step() != 557 || live.playing() || live.is_reattaching() {
        std::thread::sleep(Duration::from_millis(1));
        live.receive(true);
        let shown = live.screen.history.as_ref().unwrap();
        assert!(shown.step.last() >= Some(&457), "nothing flashes meanwhile");
        assert_eq!(live.intent.recipe.knobs.word("label_noise"), "constant");
    }
    assert_same(live.screen.history.as_ref().unwrap(), &expected);
    assert_eq!(
        live.screen.generation, generation,
        "one and the same picture"
    );
    // The simulation has it now: nothing is done twice.
    go(&mut live, 1);
}

#[test]
fn a_live_change_of_a_run_that_was_put_back_comes_at_its_step() {
    let mut live = started(planned());
    go(&mut live, 150);
    let kept = live.keep(live.intent.recipe.clone());
    set(&mut live, "alpha", "0.3");
    wait(&mut live, "another run", |live| {
        !live.intent.loading && !live.screen.is_catching_up()
    });
    live.put_back(kept);
    set(&mut live, "label_noise", "constant");
    let marks = &live.screen.history.as_ref().unwrap().marks;
    let steps: Vec<u64> = marks.iter().map(|mark| mark.step).collect();
    assert_eq!(steps, [150]);
    assert_eq!(live.intent.recipe.knobs.word("label_noise"), "constant");
    assert_eq!(live.step(), 150);
}

#[test]
fn a_run_that_was_given_up_for_memory_is_simulated_again() {
    let mut live = started(planned());
    go(&mut live, 400);
    let expected = live.screen.history.clone().unwrap();
    let mut kept = live.keep(live.intent.recipe.clone());
    kept.run = None;
    live.open(LABS[0].presets()[0].recipe());
    wait(&mut live, "another run", |live| {
        live.screen.status.is_some()
    });
    live.put_back(kept);
    wait(&mut live, "the run again", |live| {
        let history = live.screen.history.as_ref();
        history.is_some_and(|history| history.step.last() == Some(&400))
    });
    assert_same(live.screen.history.as_ref().unwrap(), &expected);
    // The planned change at step 300 is in force, and the controls show it.
    assert_eq!(live.intent.recipe.knobs.real("step_size"), 0.01);
}

#[test]
fn a_run_that_never_converges_stops_at_a_bound() {
    let mut recipe = planned();
    recipe.knobs.set_text("label_noise", "constant").unwrap();
    let mut live = started(recipe);
    let phase = |live: &LiveRun| live.screen.status.as_ref().map(|status| status.phase);
    live.run_to_convergence();
    wait(&mut live, "the recipe's end", |live| {
        phase(live) == Some(Phase::Paused(Pause::ReachedEnd))
    });
    assert_eq!(live.step(), 1000);
    live.run_to_convergence();
    wait(&mut live, "the bound", |live| {
        phase(live) == Some(Phase::Paused(Pause::ReachedBound))
    });
    assert_eq!(live.step(), 100_000);
    assert!(!live.playing() && !live.is_converging());
}

#[test]
fn a_hundred_thousand_slider_events_end_at_the_last_value() {
    let mut live = LiveRun::new(&Context::default(), planned()).unwrap();
    wait(&mut live, "loading", |live| live.screen.history.is_some());
    live.set_playing(true);
    for event in 0..100_000_u32 {
        // One that starts over, one that takes effect at once; a frame in ten reads what has arrived.
        let (key, value) = if event % 3 == 0 {
            ("alpha", 0.05 + f64::from(event % 1000) * 1e-4)
        } else {
            ("step_size", 0.01 + f64::from(event % 997) * 1e-5)
        };
        let knobs = &mut live.intent.recipe.knobs;
        knobs.set_text(key, &value.to_string()).unwrap();
        live.take_over_changes();
        if event % 10 == 0 {
            live.receive(false);
        }
        assert_eq!(live.problem, None, "event {event}");
    }
    for (key, value) in [("alpha", "0.3"), ("step_size", "0.02")] {
        live.intent.recipe.knobs.set_text(key, value).unwrap();
    }
    live.take_over_changes();
    wait(&mut live, "the last value", |live| {
        let of_run = live.recipe_of_run();
        !live.is_loading() && of_run.is_some_and(|run| run.knobs.real("alpha") == 0.3)
    });
    assert_eq!(live.recipe_to_start().knobs.real("alpha"), 0.3);
    assert_eq!(live.problem, None);
}
