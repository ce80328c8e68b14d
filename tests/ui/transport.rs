//! Keys, buttons, header and strip.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::knobs::Value;
use implicit_bias_lab::recipe::preset;
use implicit_bias_lab::ui::App;

use super::harness::{DESIGN, Window, app, ready, small, strip_at, wait};

#[test]
fn the_transport_acts() {
    let mut window = ready(small(), DESIGN);
    window.get_by_label("Step").click();
    window.step();
    wait(&mut window, "one step", |app| app.step() == 1);
    window.get_by_label("×100").click();
    window.step();
    wait(&mut window, "a hundred steps", |app| app.step() == 101);
    assert!(!app(&window).playing());
    window.get_by_label("Reset").click();
    window.step();
    wait(&mut window, "reset", |app| {
        app.step() == 0 && app.status().contains("Ready")
    });
    let seeds = |app: &App| {
        ["data_seed", "sampling_seed", "brownian_seed"].map(|key| app.recipe().knobs.count(key))
    };
    let before = seeds(app(&window));
    window.get_by_label("New seeds").click();
    window.step();
    let after = seeds(app(&window));
    assert!(
        before
            .iter()
            .zip(after)
            .all(|(before, after)| *before != after),
        "{before:?} {after:?}"
    );
    wait(&mut window, "new seeds", |app| {
        app.status().contains("Ready")
    });
    window.get_by_label("▶ Play").click();
    window.step();
    wait(&mut window, "playing", |app| app.step() > 0);
    window.get_by_label("Converge").click();
    window.step();
    wait(&mut window, "converging", |app| {
        app.status().contains("Converged")
    });
}

#[test]
fn every_key_acts() {
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::ArrowRight);
    window.step();
    wait(&mut window, "→", |app| app.step() == 1);
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    window.step();
    wait(&mut window, "Shift+→", |app| app.step() == 101);
    window.key_press(Key::R);
    window.step();
    wait(&mut window, "R", |app| app.step() == 0);
    window.key_press_modifiers(Modifiers::SHIFT, Key::R);
    window.step();
    assert_ne!(app(&window).recipe().knobs.count("data_seed"), 0);
    window.key_press(Key::Num2);
    window.step();
    assert_eq!(
        app(&window).recipe().title,
        preset("fig2").unwrap().recipe().title
    );
    wait(&mut window, "preset", |app| app.status().contains("Ready"));
    assert!(
        window
            .query_by_role_and_label(Role::ComboBox, "Schedule δ")
            .is_some()
    );
    window.key_press(Key::H);
    window.run_steps(2);
    assert!(
        window
            .query_by_role_and_label(Role::ComboBox, "Schedule δ")
            .is_none(),
        "H hides the controls"
    );
    window.key_press(Key::H);
    window.run_steps(2);
    window.key_press(Key::T);
    window.run_steps(2);
    assert_eq!(window.ctx.theme(), Theme::Dark);
    window.key_press(Key::F2);
    window.run_steps(2);
    assert!(
        window.ctx.zoom_factor() > 1.4 && window.ctx.theme() == Theme::Light,
        "F2 is for projectors"
    );
    window.key_press(Key::F2);
    window.run_steps(2);
    window.key_press(Key::Questionmark);
    window.run_steps(2);
    assert!(
        window.query_by_label("run to convergence").is_some(),
        "? lists the keys"
    );
    window.key_press(Key::Escape);
    window.run_steps(2);
    window.key_press(Key::End);
    window.step();
    assert!(app(&window).playing(), "End runs to convergence");
    window.key_press(Key::Space);
    window.step();
    assert!(!app(&window).playing(), "Space pauses");
}

#[test]
fn a_paused_window_comes_to_rest() {
    let mut window = ready(small(), DESIGN);
    window.get_by_label("Step").click();
    window.step();
    wait(&mut window, "one step", |app| {
        app.step() == 1 && !app.playing()
    });
    // Panics if frames are still being asked for after 16.
    window.run();
}

#[test]
fn dragging_the_strip_looks_back_in_time_and_escape_returns() {
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::End);
    window.step();
    wait(&mut window, "converging", |app| !app.playing());
    let hint = "the caption says when";
    let strip = strip_at(&window, 0.4, 0.5);
    window.hover_at(strip);
    window.run_steps(2);
    window.drag_at(strip);
    window.step();
    window.hover_at(strip - Vec2::new(40.0, 0.0));
    window.step();
    window.drop_at(strip - Vec2::new(40.0, 0.0));
    window.remove_cursor();
    window.run_steps(3);
    assert!(
        window.query_by_label_contains("At k = ").is_some(),
        "{hint}"
    );
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label_contains("At k = ").is_none());
}

#[test]
fn the_header_acts() {
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::End);
    window.step();
    wait(&mut window, "converging", |app| !app.playing());
    window.get_by_label("max").click();
    window.run_steps(2);
    assert!(matches!(
        app(&window).recipe().knobs.get("speed"),
        Value::Real(_)
    ));
    window
        .get_by_role_and_label(Role::Slider, "Speed")
        .set_value_accesskit(50.0);
    window.run_steps(2);
    assert_eq!(*app(&window).recipe().knobs.get("speed"), Value::Real(50.0));

    for clock in ["gradient evaluations", "time t = kγ", "iterations k"] {
        window
            .get_by_role_and_label(Role::ComboBox, "Time axis")
            .click();
        window.run_steps(3);
        window.get_by_role_and_label(Role::Button, clock).click();
        window.run_steps(3);
        assert_eq!(
            window
                .get_by_role_and_label(Role::ComboBox, "Time axis")
                .value()
                .as_deref(),
            Some(clock)
        );
        // Linear and back.
        for _ in 0..2 {
            window.get_by_label("log time").click();
            window.run_steps(3);
        }
    }

    let shows_gd = |window: &Window| {
        window.query_all_by_role(Role::Image).any(|image| {
            image
                .accesskit_node()
                .label()
                .is_some_and(|label| label.starts_with("Training loss L: GD "))
        })
    };
    assert!(shows_gd(&window));
    window.get_by_role_and_label(Role::Button, "GD").click();
    window.run_steps(2);
    assert!(!shows_gd(&window), "a click in the legend hides a family");
    window.get_by_role_and_label(Role::Button, "GD").click();
    window.run_steps(2);
    assert!(shows_gd(&window));

    window.get_by_label("Dark").click();
    window.run_steps(2);
    assert_eq!(window.ctx.theme(), Theme::Dark);
    window.get_by_label("Controls").click();
    window.run_steps(2);
    assert!(
        window
            .query_by_role_and_label(Role::ComboBox, "Schedule δ")
            .is_none()
    );
    window.get_by_label("?").click();
    window.run_steps(2);
    assert!(window.query_by_label("run to convergence").is_some());
    window.key_press(Key::Escape);
    window.run_steps(2);

    let kernel = preset("kernel").expect("a preset").recipe();
    window
        .get_by_role_and_label(Role::ComboBox, "Preset")
        .click();
    window.run_steps(3);
    window.get_by_label_contains(&kernel.title).click();
    window.run_steps(2);
    assert_eq!(app(&window).recipe().title, kernel.title);
}
