//! What the pointer, the scrubber, the recording and pins do to what is shown.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Vec2, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::recipe::preset;

use super::harness::{DESIGN, Window, app, app_mut, ready, small, strip_at, wait};

/// How long nothing may have been said anew.
const QUIET: Duration = Duration::from_secs(1);

/// A window whose run has come to its end.
pub(super) fn finished() -> Window {
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::End);
    window.step();
    wait(&mut window, "the end", |app| {
        app.step() > 0 && !app.playing()
    });
    window.run_steps(3);
    window
}

/// What the window says once the theory, which comes from a thread of its own, has nothing to add.
fn settled(window: &mut Window) -> Vec<String> {
    let (mut words, mut since) = (said(window), Instant::now());
    while since.elapsed() < QUIET {
        std::thread::sleep(Duration::from_millis(10));
        window.step();
        let now = said(window);
        if now != words {
            (words, since) = (now, Instant::now());
        }
    }
    words
}

/// Everything that the window says in words.
fn said(window: &Window) -> Vec<String> {
    let labels = window.query_all_by(|node| {
        let role = node.role();
        matches!(role, Role::Label | Role::Image)
    });
    let words = labels.filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or_else(|| node.value())
    });
    words.collect()
}

/// Scrubs to somewhere in the middle of the run.
fn scrub_back(window: &mut Window) {
    let to = strip_at(window, 0.45, 0.8);
    scrub(window, to);
}

fn scrub(window: &mut Window, to: Pos2) {
    window.hover_at(to - Vec2::new(30.0, 0.0));
    window.run_steps(2);
    window.drag_at(to - Vec2::new(30.0, 0.0));
    window.step();
    window.hover_at(to);
    window.step();
    window.drop_at(to);
    window.remove_cursor();
    window.run_steps(3);
}

/// The step that is shown, if it is in the past.
fn past(window: &Window) -> Option<u64> {
    let marker = window
        .query_all_by(|node| {
            let label = node.value().unwrap_or_default();
            label.starts_with("k = ") && label.contains(" of ")
        })
        .next()?;
    let text = marker.accesskit_node().value()?;
    let digits = text["k = ".len()..text.find(" of ")?].replace('\u{a0}', "");
    digits.parse().ok()
}

pub(super) fn set_alpha(window: &mut Window, alpha: f64) {
    window
        .get_by_role_and_label(Role::Slider, "α")
        .set_value_accesskit(alpha);
    window.run_steps(2);
}

pub(super) fn alpha(window: &Window) -> f64 {
    app(window).recipe().knobs.real("alpha")
}

#[test]
fn resting_the_pointer_on_a_plot_changes_nothing_that_is_said() {
    let mut window = finished();
    let before = settled(&mut window);
    assert!(before.len() > 10, "{before:?}");
    window.hover_at(pos2(520.0, 260.0));
    window.run_steps(4);
    let after = said(&window);
    assert!(
        after.iter().any(|words| words.starts_with("at k = ")),
        "the numbers at the pointer are told: {after:?}"
    );
    let missing: Vec<_> = before
        .iter()
        .filter(|words| !after.contains(words))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(past(&window), None);
}

#[test]
fn a_scrub_looks_past_and_escape_returns() {
    let mut window = finished();
    let last = app(&window).step();
    scrub_back(&mut window);
    let shown = past(&window).expect("the clock says that it is the past");
    assert!(shown < last);
    assert!(
        said(&window)
            .iter()
            .any(|words| words.starts_with("At k = ") && words.contains(" of ")),
        "so does the caption: {:?}",
        said(&window)
    );
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert_eq!(past(&window), None);
    assert_eq!(app(&window).step(), last);
}

#[test]
fn a_scrub_survives_another_time_axis() {
    let mut window = finished();
    scrub_back(&mut window);
    let shown = past(&window).unwrap();
    for _ in 0..2 {
        window.key_press(Key::L);
        window.run_steps(3);
        assert_eq!(past(&window), Some(shown));
    }
}

#[test]
fn pins_say_what_differs_and_are_swapped_and_removed() {
    let mut window = finished();
    let before = alpha(&window);
    window.key_press(Key::P);
    window.run_steps(2);
    assert!(window.query_by_label("A: the same settings").is_some());
    set_alpha(&mut window, 0.5);
    wait(&mut window, "the changed run", |app| {
        app.recipe_of_run()
            .is_some_and(|run| run.knobs.real("alpha") == 0.5)
    });
    window.run_steps(2);
    let words = format!("A: α {before} (now 0.5)");
    assert!(window.query_by_label(&words).is_some(), "{words}");
    window.key_press_modifiers(Modifiers::SHIFT, Key::P);
    window.run_steps(2);
    assert_eq!(alpha(&window), before);
    let words = format!("A: α 0.5 (now {before})");
    assert!(window.query_by_label(&words).is_some(), "{words}");
    window.get_by_label("Remove pin A").click();
    window.run_steps(2);
    assert!(window.query_by_label(&words).is_none());
    // The swap is a change like any other.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert_eq!(alpha(&window), 0.5);
}

#[test]
fn a_pin_of_other_data_is_marked_and_a_fifth_one_refused() {
    let mut window = finished();
    for _ in 0..4 {
        window.key_press(Key::P);
        window.run_steps(2);
    }
    window.key_press(Key::P);
    window.run_steps(2);
    assert!(
        app(&window).status().contains("4 pins already"),
        "{}",
        app(&window).status()
    );
    window.key_press_modifiers(Modifiers::SHIFT, Key::R);
    window.run_steps(2);
    let marked = window.query_all_by_label_contains("(other data)").count();
    assert_eq!(marked, 4);
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.run_steps(2);
    assert_eq!(
        window.query_all_by_label_contains("(other data)").count(),
        0
    );
}

#[test]
fn the_recording_plays_from_its_beginning_to_now() {
    let mut window = finished();
    window.key_press_modifiers(Modifiers::SHIFT, Key::Space);
    window.run_steps(2);
    let first = past(&window).expect("it plays");
    for _ in 0..4 {
        window.key_press(Key::Plus);
        window.step();
    }
    window.run_steps(2);
    let later = past(&window);
    assert!(later.is_none_or(|later| later > first), "{first} {later:?}");
    let start = Instant::now();
    while past(&window).is_some() && start.elapsed() < super::harness::TIMEOUT {
        window.step();
    }
    assert_eq!(
        past(&window),
        None,
        "at its end the window follows the run again"
    );
}

#[test]
fn space_stops_the_recording_while_the_user_looks_back() {
    let mut window = finished();
    scrub_back(&mut window);
    window.key_press(Key::Space);
    window.run_steps(2);
    let playing = past(&window);
    window.key_press(Key::Space);
    window.run_steps(2);
    let stopped = past(&window);
    assert!(stopped >= playing && stopped.is_some());
    window.run_steps(4);
    assert_eq!(past(&window), stopped);
    assert!(!app(&window).playing(), "the run itself was left alone");
}

#[test]
fn arrows_walk_the_recorded_rows_and_end_at_now() {
    let mut window = finished();
    let last = app(&window).step();
    for _ in 0..3 {
        window.key_press(Key::ArrowLeft);
        window.run_steps(2);
    }
    let back = past(&window).expect("three rows back");
    assert!(back < last);
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    let next = past(&window).expect("two rows back");
    assert!(next > back);
    for _ in 0..2 {
        window.key_press(Key::ArrowRight);
        window.run_steps(2);
    }
    assert_eq!(past(&window), None);
    assert_eq!(app(&window).step(), last, "no step was taken");
    window.key_press(Key::ArrowRight);
    window.step();
    wait(&mut window, "a step of the run", |app| {
        app.step() == last + 1
    });
}

#[test]
fn bookmarks_are_set_and_come_back_to() {
    let mut window = finished();
    scrub_back(&mut window);
    let marked = past(&window).unwrap();
    window.key_press(Key::B);
    window.run_steps(2);
    window.key_press(Key::Escape);
    window.run_steps(2);
    window.key_press(Key::Comma);
    window.run_steps(2);
    assert_eq!(past(&window), Some(marked));
    window.key_press(Key::Comma);
    window.run_steps(2);
    assert!(
        app(&window).status().contains("No bookmark before"),
        "{}",
        app(&window).status()
    );
    window.key_press(Key::Period);
    window.run_steps(2);
    assert_eq!(past(&window), None, "after the last one is now");
}

#[test]
fn running_to_convergence_says_how_long_it_takes_and_escape_stops_it() {
    let mut recipe = preset("fig2").unwrap().recipe();
    for (key, value) in [
        ("steps", "100000000"),
        ("label_noise", "constant"),
        ("speed", "max"),
    ] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let mut window = ready(recipe, DESIGN);
    window.key_press(Key::End);
    window.step();
    wait(&mut window, "steps", |app| app.step() > 1000);
    window.run_steps(2);
    assert!(window.query_all_by_label_contains("Esc stops").count() > 0);
    window.key_press(Key::Escape);
    window.step();
    assert!(!app(&window).playing());
}

fn press_and_move(window: &mut Window, from: Pos2, to: Pos2) {
    window.hover_at(from);
    window.run_steps(2);
    window.drag_at(from);
    window.step();
    for part in 1..=8 {
        window.hover_at(from + (to - from) * (part as f32 / 8.0));
        window.run_steps(2);
    }
    window.drop_at(to);
    window.run_steps(2);
}

fn vertices(window: &Window) -> Vec<[f64; 2]> {
    app(window)
        .recipe()
        .knobs
        .points("label_noise_points")
        .to_vec()
}

#[test]
fn the_schedule_is_drawn_with_the_pen_and_its_scale_stays_under_the_hand() {
    let mut window = ready(small(), DESIGN);
    window.get_by_label("Draw δ over time").click();
    window.run_steps(4);
    let before = vertices(&window);
    // Linear time, so that places are steps.
    window.key_press(Key::L);
    window.run_steps(3);
    let at = strip_at(&window, 0.5, 0.75);
    window.hover_at(at);
    window.run_steps(2);
    // All of it at once: frames of the harness are too far apart for a double-click.
    let clicks = [true, false, true, false].map(|pressed| Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
    window.input_mut().events.extend(clicks);
    window.run_steps(4);
    let added = vertices(&window);
    assert_eq!(added.len(), before.len() + 1, "{before:?} {added:?}");
    assert_eq!(past(&window), None, "a double-click does not scrub");
    let new = *added
        .iter()
        .find(|vertex| !before.contains(vertex))
        .unwrap();
    // Twice as high on the screen is twice as high in level, however long the way was.
    let bottom = strip_at(&window, 0.5, 1.0).y;
    press_and_move(
        &mut window,
        at,
        Pos2::new(at.x, bottom - 2.0 * (bottom - at.y)),
    );
    let moved = vertices(&window);
    let now = *moved
        .iter()
        .find(|vertex| !before.contains(vertex))
        .unwrap();
    assert!((now[1] / new[1] - 2.0).abs() < 0.25, "{new:?} {now:?}");
    window.key_press(Key::Delete);
    window.run_steps(3);
    assert_eq!(vertices(&window), before);
    window.key_press(Key::Delete);
    window.run_steps(3);
    assert!(
        app(&window).status().contains("touch a vertex first"),
        "{}",
        app(&window).status()
    );
    // Adding, moving and removing are a change each.
    for expected in [&moved, &added, &before] {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.run_steps(3);
        assert_eq!(vertices(&window), *expected);
    }
}

#[test]
fn a_range_of_the_strip_is_played_over_and_over() {
    let mut window = finished();
    let [from, to] = [0.4, 0.5].map(|across| strip_at(&window, across, 0.8));
    window.hover_at(from);
    window.run_steps(2);
    window.event(Event::ModifiersChanged(Modifiers::SHIFT));
    press_and_move(&mut window, from, to);
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    window.remove_cursor();
    assert_eq!(past(&window), None, "choosing a range does not scrub");
    let between = strip_at(&window, 0.45, 0.8);
    scrub(&mut window, between);
    let inside = past(&window).unwrap();
    window.key_press(Key::Space);
    let mut steps = Vec::new();
    for _ in 0..60 {
        window.step();
        steps.push(past(&window).expect("it does not end"));
    }
    let (least, most) = (*steps.iter().min().unwrap(), *steps.iter().max().unwrap());
    assert!(least < inside && inside < most, "{least} {inside} {most}");
    let turns = steps.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(turns >= 2, "{steps:?}");
}

#[test]
fn of_several_files_the_first_is_opened_and_the_others_are_pinned() {
    let mut window = ready(small(), DESIGN);
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> = ["0.3", "0.02", "0.01"]
        .iter()
        .map(|alpha| {
            let mut recipe = small();
            recipe.knobs.set_text("alpha", alpha).unwrap();
            recipe.step = 500;
            let path = folder.path().join(format!("{alpha}.toml"));
            std::fs::write(&path, recipe.to_toml()).expect("a file");
            path
        })
        .collect();
    app_mut(&mut window).open_files(&paths);
    wait(&mut window, "the first", |app| app.step() == 500);
    assert_eq!(alpha(&window), 0.3);
    let start = Instant::now();
    let pinned = |window: &Window, words: &str| window.query_by_label_contains(words).is_some();
    while !["α 0.02 (now 0.3)", "α 0.01 (now 0.3)"]
        .iter()
        .all(|words| pinned(&window, words))
    {
        assert!(
            start.elapsed() < super::harness::TIMEOUT,
            "{}",
            app(&window).status()
        );
        std::thread::sleep(Duration::from_millis(5));
        window.step();
    }
}
