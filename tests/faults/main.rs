//! Panics of every thread: what is kept, what is said, and that one click starts again. And windows that
//! are not looked at.
#![cfg(feature = "gui")]

mod fragile;
#[expect(dead_code, reason = "what the tests of the first lab need besides")]
#[path = "../ui/harness.rs"]
mod harness;
#[path = "../toy_lab/lab.rs"]
mod lab;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use fragile::{FRAGILE, Mistake, make};
use harness::{DESIGN, TIMEOUT, app, app_mut, ready, small, wait};
use implicit_bias_lab::labs;
use implicit_bias_lab::model::watch::Watch;
use implicit_bias_lab::recipe::Recipe;
use implicit_bias_lab::sweep::job::{Event, Job};
use implicit_bias_lab::sweep::{Axis, Steps, Sweep, Vary, run};

/// One test at a time: a mistake is the whole program's.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| labs::register(&FRAGILE).expect("a free name"));
    let guard = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    make(Mistake::None);
    guard
}

fn walk() -> Recipe {
    Recipe::new(&FRAGILE)
}

#[test]
fn a_panic_of_the_simulation_keeps_recipe_and_history_and_one_click_starts_again() {
    let _guard = alone();
    let mut recipe = walk();
    recipe
        .knobs
        .set_text("drift", "0.25")
        .expect("an accepted value");
    let mut window = ready(recipe.clone(), DESIGN);
    make(Mistake::Step);
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the mistake", |app| {
        app.status().contains("a mistake in a step")
    });
    let kept = app(&window).recipe_of_run().expect("the history is kept");
    assert_eq!(kept.knobs, recipe.knobs);
    assert_eq!(app(&window).recipe().knobs, recipe.knobs);
    // Nothing that is pressed meanwhile makes it worse.
    for key in [Key::Space, Key::ArrowRight, Key::R, Key::C, Key::Space] {
        window.key_press(key);
        window.run_steps(2);
    }
    make(Mistake::None);
    window.get_by_label("Start again").click_accesskit();
    window.run_steps(2);
    wait(&mut window, "starting again", |app| {
        app.status().contains("Ready")
    });
    assert_eq!(app(&window).recipe().knobs, recipe.knobs);
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "walking", |app| app.step() >= 200);
    assert!(window.query_by_label("Start again").is_none());
}

#[test]
fn a_panic_of_the_theory_leaves_the_run_alone_and_one_click_starts_it_again() {
    let _guard = alone();
    let mut window = ready(walk(), DESIGN);
    make(Mistake::Theory);
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the mistake", |app| {
        app.status().contains("a mistake in the theory")
    });
    wait(&mut window, "the run", |app| app.step() >= 200);
    make(Mistake::None);
    window
        .get_by_label("Start the theory again")
        .click_accesskit();
    window.run_steps(2);
    wait(&mut window, "the theory", |app| {
        !app.status().contains("mistake")
    });
    assert!(window.query_by_label("Start the theory again").is_none());
    assert!(app(&window).step() >= 200, "the run was not touched");
}

fn sweep() -> Sweep {
    let recipe = walk();
    let axis = Axis::parse("drift=0,0.1,0.2,0.5", &recipe.knobs).expect("an axis");
    Sweep::new(recipe, vec![axis], 2, Vary::All, Steps::Recipe).expect("a sweep")
}

#[test]
fn a_panic_in_a_cell_ends_the_sweep_with_a_reason_and_keeps_what_is_finished() {
    let _guard = alone();
    make(Mistake::Cell);
    let sweep = sweep();
    let finished = Mutex::new(BTreeSet::new());
    let cells: Vec<u64> = (0..sweep.cells()).collect();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let ended = one.expect("a thread").install(|| {
        run::run(&sweep, &cells, &Watch::default(), &|result| {
            let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
            finished.insert(result.cell);
            ControlFlow::Continue(())
        })
    });
    let words = ended.expect_err("a mistake").to_string();
    assert_eq!(
        words,
        "an internal error stopped the sweep at drift = 0.5: a mistake in a cell"
    );
    let finished = finished
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    assert_eq!(finished, (0..6).collect());
    // The same in the background, where the window tells it.
    let mut job = Job::start(Arc::new(sweep), cells, true, || {}).expect("a thread");
    let start = Instant::now();
    let ended = loop {
        assert!(start.elapsed() < TIMEOUT);
        match job.try_recv() {
            Some(Event::Ended(ended)) => break ended,
            Some(_) => {}
            None => std::thread::yield_now(),
        }
    };
    let words = ended.expect_err("a mistake").to_string();
    assert!(words.contains("a mistake in a cell"), "{words}");
}

#[test]
fn a_window_that_is_minimised_for_a_whole_run_shows_it_when_it_comes_back() {
    let _guard = alone();
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::Space);
    window.step();
    assert!(app(&window).playing());
    // Hidden, a window takes in what has arrived now and then and lays nothing out.
    let start = Instant::now();
    while app(&window).playing() {
        assert!(start.elapsed() < TIMEOUT);
        std::thread::sleep(Duration::from_millis(200));
        app_mut(&mut window).receive();
    }
    window.run_steps(3);
    let reached = app(&window).step();
    assert!(reached > 100, "{reached}");
    let recipe = app(&window).recipe_of_run().expect("a run");
    assert_eq!(recipe.step, reached);
}
