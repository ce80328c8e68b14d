//! What the window says and offers where runs have failed, and where a preset has been changed.

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::recipe::{Recipe, preset};

use super::harness::{DESIGN, Window, app, paints, ready, small, wait};

fn diverging(gd_runs: &str, step_size: &str) -> Recipe {
    let mut recipe = small();
    for (key, value) in [("step_size", step_size), ("gd_runs", gd_runs)] {
        recipe
            .knobs
            .set_text(key, value)
            .expect("an accepted value");
    }
    recipe
}

fn run_until_one_diverges(window: &mut Window) {
    window.key_press(Key::Space);
    window.run_steps(2);
    wait(window, "diverging", |app| {
        app.status().contains(" diverged at step ")
    });
}

fn move_slider(window: &mut Window, label: &str, value: f64) {
    let slider = window.get_by_role_and_label(Role::Slider, label);
    slider.set_value_accesskit(value);
    window.run_steps(3);
}

#[test]
fn dead_runs_start_again_with_the_automatic_step_size_by_one_click() {
    let mut window = ready(diverging("0", "3"), DESIGN);
    assert!(window.query_by_label("Start again").is_none());
    run_until_one_diverges(&mut window);
    window.get_by_label("Start with γ auto").click_accesskit();
    window.run_steps(2);
    wait(&mut window, "starting again", |app| {
        app.step() > 0 && !app.status().contains("diverged")
    });
    assert_eq!(app(&window).recipe().knobs.real_or_auto("step_size"), None);
    window.run_steps(2);
    assert!(window.query_by_label("Start with γ auto").is_none());
}

#[test]
fn dead_runs_start_again_with_the_settings_as_they_are_by_one_click() {
    let mut window = ready(diverging("1", "3"), DESIGN);
    run_until_one_diverges(&mut window);
    // The advice is followed, and does nothing for those that are dead.
    move_slider(&mut window, "γ", 0.02);
    wait(&mut window, "the change", |app| {
        app.recipe().knobs.real_or_auto("step_size") == Some(0.02)
            && app.status().contains("diverged")
    });
    window.get_by_label("Start again").click_accesskit();
    window.run_steps(2);
    wait(&mut window, "starting again", |app| {
        app.step() > 0 && !app.status().contains("diverged")
    });
}

#[test]
fn a_preset_that_was_changed_says_so() {
    let mut window = ready(preset("rich").expect("a preset").recipe(), DESIGN);
    assert!(paints(&window, "Rich regime: α = 0.01"));
    move_slider(&mut window, "α", 0.02);
    assert!(paints(&window, "Rich regime, changed"));
}
