//! The control panel, and what its changes do to the run.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::knobs::{Kind, Value};

use super::harness::{DESIGN, app, ready, small, type_into, wait, wait_for_words, window};

/// Walks the lab's table: each knob is found by its label and its value can be changed.
#[test]
fn every_knob_is_reachable_by_its_label_and_acts() {
    for (data, noise) in [
        ("sparse", "piecewise"),
        ("fourier", "power-law"),
        ("csv", "step-off"),
    ] {
        let mut recipe = small();
        recipe.knobs.set_text("data", data).unwrap();
        recipe.knobs.set_text("label_noise", noise).unwrap();
        // Tall enough that no control is scrolled out of view.
        let mut window = window(recipe, Vec2::new(1440.0, 1600.0));
        window.run_steps(3);
        let knobs = app(&window).recipe().knobs.clone();
        let relevant = knobs.table().iter().filter(|knob| (knob.relevant)(&knobs));
        // The choices that decide which others are relevant come last.
        let (deciding, others): (Vec<_>, Vec<_>) =
            relevant.partition(|knob| ["data", "label_noise"].contains(&knob.key));
        for knob in others.into_iter().chain(deciding) {
            let before = app(&window).recipe().knobs.get(knob.key).clone();
            match (&knob.kind, &before) {
                (Kind::Switch | Kind::Count { min: 0, max: 1, .. }, _) => {
                    window
                        .get_by_role_and_label(Role::CheckBox, knob.label)
                        .click();
                }
                (Kind::Count { min, .. }, _) => {
                    let value = min
                        + if before == Value::Count(min + 6) {
                            5
                        } else {
                            6
                        };
                    window
                        .get_by_role_and_label(Role::SpinButton, knob.label)
                        .set_value_accesskit(value as f64);
                }
                (Kind::Real { auto: Some(_), .. }, Value::Word(word)) if knob.key == "speed" => {
                    window.get_by_label(word).click();
                }
                (Kind::Real { slider, .. }, _) => {
                    let value = 0.5 * (slider[0] + slider[1]);
                    window
                        .get_by_role_and_label(Role::Slider, knob.label)
                        .set_value_accesskit(value);
                }
                (Kind::Choice(choices), _) => {
                    window
                        .get_by_role_and_label(Role::ComboBox, knob.label)
                        .click();
                    window.run_steps(3);
                    let other = choices
                        .iter()
                        .rev()
                        .find(|choice| before != Value::Word(choice.id.to_owned()))
                        .unwrap();
                    window.get_by_label(other.label).click();
                }
                (Kind::Text | Kind::Points { .. }, _) => {
                    let text = if matches!(knob.kind, Kind::Text) {
                        "elsewhere.csv"
                    } else {
                        "0:0.5,20:0"
                    };
                    type_into(&mut window, knob.label, text);
                }
            }
            window.run_steps(3);
            assert_ne!(
                *app(&window).recipe().knobs.get(knob.key),
                before,
                "`{}` did not act",
                knob.key
            );
        }
    }
}

#[test]
fn the_automatic_step_size_is_a_button_and_a_drag_leaves_it() {
    let mut window = ready(small(), DESIGN);
    assert_eq!(
        *app(&window).recipe().knobs.get("step_size"),
        Value::Real(0.1)
    );
    window.get_by_label("γ auto").click();
    window.run_steps(2);
    assert_eq!(
        *app(&window).recipe().knobs.get("step_size"),
        Value::Word("auto".to_owned())
    );
    let slider = window.get_by_role_and_label(Role::Slider, "γ").rect();
    window.drag_at(slider.center());
    window.step();
    window.hover_at(slider.center() - Vec2::new(15.0, 0.0));
    window.step();
    window.drop_at(slider.center() - Vec2::new(15.0, 0.0));
    window.run_steps(2);
    assert!(matches!(
        app(&window).recipe().knobs.get("step_size"),
        Value::Real(_)
    ));
    // The mouse gave the keyboard back: the arrow steps the clock and not the slider.
    let gamma = app(&window).recipe().knobs.get("step_size").clone();
    let step = app(&window).step();
    window.key_press(Key::ArrowRight);
    window.step();
    wait(&mut window, "→", |app| app.step() == step + 1);
    assert_eq!(*app(&window).recipe().knobs.get("step_size"), gamma);
}

#[test]
fn the_status_names_who_diverged_and_what_to_do() {
    let mut recipe = small();
    recipe.knobs.set_text("step_size", "0.9").unwrap();
    let mut window = ready(recipe, DESIGN);
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "diverging", |app| {
        app.status().contains("diverged at step")
    });
    assert!(
        app(&window).status().contains("lower γ (auto: "),
        "{}",
        app(&window).status()
    );
}

#[test]
fn a_live_change_goes_on_and_any_other_restarts_at_the_same_step() {
    let mut window = ready(small(), DESIGN);
    window.get_by_label("×100").click();
    window.step();
    wait(&mut window, "steps", |app| app.step() == 100);
    window
        .get_by_role_and_label(Role::Slider, "γ")
        .set_value_accesskit(0.05);
    window.run_steps(3);
    assert_eq!(app(&window).step(), 100);
    window
        .get_by_role_and_label(Role::Slider, "α")
        .set_value_accesskit(0.5);
    window.step();
    wait(&mut window, "caught up", |app| {
        app.step() == 100 && app.status().contains("Paused")
    });
    assert!(!app(&window).playing());
}

#[test]
fn a_fork_is_a_run_of_its_own_and_a_line_of_the_recipe() {
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::End);
    window.step();
    wait(&mut window, "converging", |app| !app.playing());
    let step = app(&window).step();
    window.key_press(Key::F);
    window.run_steps(2);
    let forks = app(&window).recipe().knobs.word("forks").to_owned();
    assert!(forks.starts_with("gd from sgd-1 at "), "{forks}");
    wait_for_words(&mut window, "Training loss L", "GD from ");
    wait(&mut window, "catching up", |app| {
        app.step() >= step && !app.playing()
    });
    window.key_press_modifiers(Modifiers::SHIFT, Key::F);
    window.run_steps(2);
    let forks = app(&window).recipe().knobs.word("forks").to_owned();
    assert!(forks.contains("; gf from sgd-1 at "), "{forks}");

    // Without noise there is nothing to fork, and the window says so.
    let mut calm = small();
    for key in ["sgd_runs", "sgf_runs"] {
        calm.knobs.set_text(key, "0").unwrap();
    }
    let mut window = ready(calm, DESIGN);
    window.key_press(Key::F);
    window.run_steps(2);
    assert!(app(&window).status().contains("no run with noise to fork"));
    assert_eq!(app(&window).recipe().knobs.word("forks"), "");
}
