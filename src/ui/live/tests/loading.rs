//! Recipes that take long to load: they can be given up, and are not what the next start opens.

use std::time::{Duration, Instant};

use super::super::*;
use crate::recipe::preset;

/// A recipe whose load simulates ten thousand million steps first.
fn endless() -> Recipe {
    let mut recipe = preset("fig2").unwrap().recipe();
    let fork = "gd from sgd-1 at 9999999999";
    recipe.knobs.set_text("forks", fork).unwrap();
    recipe
}

fn small() -> Recipe {
    let mut recipe = preset("fig2").unwrap().recipe();
    for (key, value) in [("n", "10"), ("d", "20"), ("sparsity", "3")] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

fn wait(live: &mut LiveRun, most: Duration, condition: impl Fn(&LiveRun) -> bool) {
    let start = Instant::now();
    while !condition(live) {
        assert!(start.elapsed() < most);
        std::thread::sleep(Duration::from_millis(2));
        live.receive(true);
    }
}

fn is_shown(live: &LiveRun) -> bool {
    !live.is_loading()
}

#[test]
fn a_load_that_takes_long_says_what_it_is_at_and_gives_way_to_another_recipe() {
    let mut live = LiveRun::new(&Context::default(), endless()).unwrap();
    wait(&mut live, Duration::from_mins(1), |live| {
        live.preparing()
            .is_some_and(|words| words.contains("run SGD 1 to step"))
    });
    assert!(live.prepared_part().unwrap() < 0.1);
    let words = live.preparing().unwrap();
    assert!(words.contains(&count(9_999_999_999)), "{words}");
    assert_eq!(live.recipe_that_loaded(), None);
    live.open(small());
    wait(&mut live, Duration::from_secs(20), is_shown);
    assert_eq!(live.recipe_that_loaded(), Some(small()));
    // So does one that a setting has been changed in.
    live.intent.recipe = endless();
    live.take_over_changes();
    wait(&mut live, Duration::from_mins(1), |live| {
        live.preparing().is_some()
    });
    assert_eq!(live.recipe_that_loaded(), Some(small()));
    live.intent.recipe = small();
    live.take_over_changes();
    wait(&mut live, Duration::from_secs(20), is_shown);
    assert_eq!(live.recipe_that_loaded(), Some(small()));
}

#[test]
fn a_load_can_be_given_up_and_a_window_that_closes_does_not_wait_for_it() {
    let mut live = LiveRun::new(&Context::default(), endless()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let watch = live.intent.watch.clone();
    assert!(live.cancel_load());
    assert!(watch.is_given_up() && !live.intent.loading);
    live.receive(true);
    live.open(endless());
    std::thread::sleep(Duration::from_millis(100));
    let watch = live.intent.watch.clone();
    let asked = Instant::now();
    drop(live);
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    assert!(watch.is_given_up());
}
