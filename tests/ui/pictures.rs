//! Every preset and every picture is drawn, at every size and in both themes.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Vec2, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::{preset, presets};

use super::harness::{
    DESIGN, Window, app, choose_picture, described, paints, ready, show_picture, small, tessellate,
    wait, wait_for_words,
};

#[test]
fn every_preset_is_drawn_and_tessellated() {
    let mut window = ready(small(), DESIGN);
    for preset in presets() {
        let mut recipe = preset.recipe();
        recipe.knobs.set_text("speed", "max").unwrap();
        recipe.knobs.set_text("steps", "2000").unwrap();
        window = ready(recipe, DESIGN);
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, preset.id, |app| {
            let is_over = app.step() >= 100 || app.status().starts_with("Converged");
            is_over && !app.playing()
        });
        assert!(
            !app(&window).status().contains("diverged"),
            "{}: {}",
            preset.id,
            app(&window).status()
        );
        let output = window.output();
        let triangles = window
            .ctx
            .tessellate(output.shapes.clone(), output.pixels_per_point);
        assert!(triangles.len() > 10, "{}", preset.id);
    }
    drop(window);
}

#[test]
fn every_panel_is_drawn_small_and_enlarged() {
    let mut window = ready(small(), DESIGN);
    window.get_by_label("▶ Play").click();
    window.step();
    // To its end: a caption that grows while the pointer is on its way moves what it was to click.
    wait(&mut window, "playing", |app| {
        app.step() >= 1000 && !app.playing()
    });
    for cell in LABS[0].cells() {
        for panel in *cell {
            if !choose_picture(&mut window, cell, panel) {
                let of_other_data = ["function", "space"];
                assert!(of_other_data.contains(&panel.id), "{}", panel.id);
                continue;
            }
            let enlarge = format!("Enlarge {}", panel.title);
            window.get_by_label(&enlarge).click();
            window.run_steps(3);
            // The plot says in words what it shows.
            let described = window.query_all_by_role(Role::Image).any(|image| {
                image
                    .accesskit_node()
                    .label()
                    .is_some_and(|label| label.starts_with(panel.title))
            });
            assert!(described, "{}", panel.id);
            let others = LABS[0]
                .cells()
                .iter()
                .filter(|other| other[0].id != cell[0].id);
            for other in others {
                assert!(
                    window
                        .query_by_label(&format!("Enlarge {}", other[0].title))
                        .is_none(),
                    "{}",
                    panel.id
                );
            }
            window.key_press(Key::Escape);
            window.run_steps(2);
        }
    }
}

#[test]
fn every_size_is_drawn() {
    for size in [
        Vec2::new(800.0, 600.0),
        Vec2::new(1280.0, 720.0),
        Vec2::new(3840.0, 2160.0),
        Vec2::new(480.0, 360.0),
    ] {
        let mut window = ready(small(), size);
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, "playing", |app| app.step() >= 500);
        // 200 % zoom at the smallest size.
        window.ctx.set_zoom_factor(2.0);
        window.run_steps(3);
    }
}

/// The pictures of a function and of two and three coefficients, in both themes, at sizes down to
/// nothing.
#[test]
fn functions_and_spaces_are_drawn_at_every_size_and_in_both_themes() {
    for (id, panel, picture, words) in [
        ("fourier-sparse", "function", "Function f(x)", "GD, SGD"),
        ("fourier-dense", "function", "Function f(x)", "truth"),
        ("toy-medium", "space", "β-space", "GD at ("),
        ("toy-3d", "space", "β-space", "SGD 1 at ("),
    ] {
        let mut recipe = preset(id).unwrap().recipe();
        recipe.knobs.set_text("speed", "max").unwrap();
        recipe.knobs.set_text("steps", "600").unwrap();
        let mut window = ready(recipe, DESIGN);
        show_picture(&mut window, panel);
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, id, |app| app.step() >= 100 && !app.playing());
        let said = described(&window, picture);
        assert!(said.contains(words), "{id}: {said}");
        window.get_by_label(&format!("Enlarge {picture}")).click();
        for _theme in 0..2 {
            for size in [(1440.0, 900.0), (600.0, 400.0), (120.0, 90.0), (1.0, 1.0)] {
                window.set_size(size.into());
                window.run_steps(3);
                tessellate(&window);
            }
            window.set_size(DESIGN);
            window.run_steps(2);
            window.key_press(Key::T);
            window.run_steps(2);
        }
    }
}

#[test]
fn dragging_the_sample_turns_the_line_and_pans_nothing() {
    let mut recipe = preset("toy-medium").unwrap().recipe();
    recipe.knobs.set_text("speed", "max").unwrap();
    let mut window = ready(recipe, DESIGN);
    show_picture(&mut window, "space");
    let sample = |window: &Window| {
        let knobs = &app(window).recipe().knobs;
        [knobs.real("toy_x1"), knobs.real("toy_x2")]
    };
    assert_eq!(sample(&window), [1.0, 2.0]);
    let grip = |window: &Window| window.get_by_label("Data vector x").rect().center();
    // The theory that comes with the run moves the frame; the hand takes hold of a picture at rest.
    let mut from = grip(&window);
    let mut rests = Instant::now();
    while rests.elapsed() < Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(10));
        window.step();
        let now = grip(&window);
        if now != from {
            (from, rests) = (now, Instant::now());
        }
    }
    window.drag_at(from);
    window.step();
    // The data are loaded anew in between; the hand keeps its hold and the frame stays.
    let to = from + Vec2::new(30.0, 40.0);
    for part in [0.3, 0.6, 1.0] {
        window.hover_at(from + part * (to - from));
        window.run_steps(3);
        std::thread::sleep(Duration::from_millis(30));
        window.run_steps(3);
        let held = from + part * (to - from);
        assert!(
            grip(&window).distance(held) < 1.5,
            "{:?} {held:?}",
            grip(&window)
        );
    }
    window.drop_at(to);
    window.run_steps(3);
    let [x1, x2] = sample(&window);
    assert!(x1 > 1.2 && x2 < 1.7, "{x1} {x2}");
    for part in [x1, x2] {
        assert!(
            (100.0 * part - (100.0 * part).round()).abs() < 1e-9,
            "two decimals: {part}"
        );
    }
    wait(&mut window, "new data", |app| {
        !app.status().contains("Loading")
    });
    // A drag beside it pans: no setting changes.
    let ground = pos2(1150.0, 640.0);
    window.drag_at(ground);
    window.step();
    window.hover_at(ground + Vec2::new(30.0, 0.0));
    window.step();
    window.drop_at(ground + Vec2::new(30.0, 0.0));
    window.run_steps(3);
    assert_eq!(sample(&window), [x1, x2]);
}

#[test]
fn three_coefficients_are_turned_by_dragging_and_faced_again_by_a_double_click() {
    let mut recipe = preset("toy-3d").unwrap().recipe();
    recipe.knobs.set_text("speed", "max").unwrap();
    let mut window = ready(recipe, DESIGN);
    show_picture(&mut window, "space");
    window.remove_cursor();
    window.run_steps(3);
    assert!(paints(&window, "drag to turn"));
    let is_space = |label: String| label.starts_with("β-space");
    let ground = window
        .query_all_by_role(Role::Image)
        .find(|image| image.accesskit_node().label().is_some_and(is_space))
        .expect("the picture")
        .rect()
        .center();
    window.drag_at(ground);
    window.step();
    window.hover_at(ground + Vec2::new(40.0, 10.0));
    window.step();
    window.drop_at(ground + Vec2::new(40.0, 10.0));
    window.run_steps(2);
    assert!(!paints(&window, "drag to turn"), "turned");
    window.run_steps(8);
    // In one frame: frames are farther apart here than the two clicks may be.
    let button = |pressed| Event::PointerButton {
        pos: ground,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let clicks = [true, false, true, false].map(button);
    window.input_mut().events.push(Event::PointerMoved(ground));
    window.input_mut().events.extend(clicks);
    window.run_steps(3);
    assert!(paints(&window, "drag to turn"), "faced again");
}

#[test]
fn the_theory_arrives_beside_the_run_and_fills_the_card() {
    let mut window = ready(small(), DESIGN);
    window.key_press(Key::End);
    window.step();
    wait(&mut window, "converging", |app| !app.playing());
    show_picture(&mut window, "theorem");
    wait_for_words(&mut window, "Theorem card", "SGF from argmin φ at αₜ");
    let exact = "SGF outside span(Xᵀ)";
    wait_for_words(&mut window, "Theorem card", exact);
    let card = described(&window, "Theorem card");
    let row = card.split("; ").find(|row| row.starts_with(exact));
    assert!(row.is_some_and(|row| row.ends_with("(holds)")), "{card}");
    assert!(card.contains("outside the theorem, still works"), "{card}");
    show_picture(&mut window, "step_size");
    wait_for_words(&mut window, "Step size", "GD, largest by trial: 2");
}
