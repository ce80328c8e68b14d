//! The real window without a display: every control found by its accessible name and used, every
//! preset and panel drawn and tessellated.
#![cfg(feature = "gui")]

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, OutputCommand, PointerButton, Shape, Theme, Vec2, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::knobs::{Kind, Value};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::{PRESETS, Recipe, link, preset};
use implicit_bias_lab::scene::Panel;
use implicit_bias_lab::ui::App;

const PATIENCE: Duration = Duration::from_secs(30);

type Window = Harness<'static, Option<App>>;

/// The window, as a harness drives it.
fn window(recipe: Recipe, size: Vec2) -> Window {
    let draw = move |ui: &mut eframe::egui::Ui, app: &mut Option<App>| {
        let app = app.get_or_insert_with(|| {
            App::new(ui.ctx(), None, Some(recipe.clone())).expect("the simulation thread starts")
        });
        app.receive();
        app.show(ui);
    };
    let builder = Harness::builder()
        .with_size(size)
        .with_theme(Theme::Light)
        .with_max_steps(16);
    builder.build_ui_state(draw, None)
}

fn app(window: &Window) -> &App {
    window.state().as_ref().expect("the first frame made it")
}

/// Draws frames until `condition` holds.
fn wait(window: &mut Window, what: &str, condition: impl Fn(&App) -> bool) {
    let start = Instant::now();
    while !condition(app(window)) {
        assert!(
            start.elapsed() < PATIENCE,
            "{what}: still {:?} at {}",
            app(window).status(),
            app(window).step()
        );
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
    window.step();
}

fn small() -> Recipe {
    let mut recipe = preset("fig2").expect("a preset").recipe();
    for (key, value) in [
        ("n", "10"),
        ("d", "24"),
        ("sparsity", "2"),
        ("steps", "3000"),
        ("speed", "max"),
    ] {
        recipe
            .knobs
            .set_text(key, value)
            .expect("an accepted value");
    }
    recipe
}

fn ready(recipe: Recipe, size: Vec2) -> Window {
    let mut window = window(recipe, size);
    wait(&mut window, "loading", |app| app.status().contains("Ready"));
    window
}

const DESIGN: Vec2 = Vec2::new(1440.0, 900.0);

#[test]
fn every_preset_is_drawn_and_tessellated() {
    let mut window = ready(small(), DESIGN);
    for preset in PRESETS {
        let mut recipe = preset.recipe();
        recipe.knobs.set_text("speed", "max").unwrap();
        recipe.knobs.set_text("steps", "2000").unwrap();
        window = ready(recipe, DESIGN);
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, preset.id, |app| {
            app.step() >= 100 && !app.playing()
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

/// Chooses a picture from its cell's list; `false` if the list does not hold it.
fn choose_picture(window: &mut Window, cell: &[Panel], panel: &Panel) -> bool {
    let list = cell
        .iter()
        .map(|other| format!("Picture: {}", other.title))
        .find(|label| window.query_by_label(label).is_some());
    let Some(list) = list else {
        return cell[0].id == panel.id;
    };
    window.get_by_label(&list).click();
    window.run_steps(3);
    let entry = window.query_by_role_and_label(Role::Button, panel.title);
    let found = entry.is_some();
    match entry {
        Some(entry) => entry.click(),
        None => window.key_press(Key::Escape),
    }
    window.run_steps(3);
    found
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
fn a_bad_file_is_explained_and_the_recipe_kept() {
    let mut recipe = small();
    recipe.knobs.set_text("data", "csv").unwrap();
    recipe
        .knobs
        .set_text("csv_path", "no/such/file.csv")
        .unwrap();
    let mut window = window(recipe, DESIGN);
    window.step();
    wait(&mut window, "refusing", |app| {
        app.status().contains("no/such/file.csv")
    });
    assert_eq!(app(&window).recipe().knobs.word("data"), "csv");
    window.key_press(Key::Num1);
    window.step();
    wait(&mut window, "recovering", |app| {
        app.status().contains("Ready")
    });
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
    let hint = "time stopped here";
    let strip = pos2(900.0, 820.0);
    window.hover_at(strip);
    window.run_steps(2);
    window.drag_at(strip);
    window.step();
    window.hover_at(strip - Vec2::new(40.0, 0.0));
    window.step();
    window.drop_at(strip - Vec2::new(40.0, 0.0));
    window.remove_cursor();
    window.run_steps(3);
    assert!(window.query_by_label_contains("(now: ").is_some(), "{hint}");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label_contains("(now: ").is_none());
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

/// Chooses a picture by its id.
fn show_picture(window: &mut Window, id: &str) {
    let cells = LABS[0].cells();
    let found = cells.iter().find_map(|cell| {
        let panel = cell.iter().find(|panel| panel.id == id)?;
        Some((*cell, panel))
    });
    let (cell, panel) = found.expect("a picture");
    assert!(choose_picture(window, cell, panel), "{id}");
}

/// What a picture says of itself.
fn described(window: &Window, title: &str) -> String {
    window
        .query_all_by_role(Role::Image)
        .filter_map(|image| image.accesskit_node().label())
        .find(|label| label.starts_with(title))
        .unwrap_or_default()
}

/// Panics on what cannot be painted.
fn tessellate(window: &Window) {
    let output = window.output();
    let shapes = output.shapes.clone();
    drop(window.ctx.tessellate(shapes, output.pixels_per_point));
}

/// Whether a text is on the screen that no widget carries.
fn paints(window: &Window, text: &str) -> bool {
    let mut shapes = window.output().shapes.iter();
    shapes
        .any(|clipped| matches!(&clipped.shape, Shape::Text(shape) if shape.galley.text() == text))
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
    let from = grip(&window);
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

/// Draws frames until a picture says something in words.
fn wait_for_words(window: &mut Window, title: &str, words: &str) {
    let start = Instant::now();
    while !described(window, title).contains(words) {
        assert!(
            start.elapsed() < PATIENCE,
            "`{words}` in: {}",
            described(window, title)
        );
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
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
    wait_for_words(&mut window, "Training loss L", "Fork ");
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

/// The window with a run of 60 steps whose γ was changed after 40 of them.
fn changed_run() -> Window {
    let mut window = ready(small(), DESIGN);
    for step in 1..=40 {
        window.key_press(Key::ArrowRight);
        window.step();
        wait(&mut window, "a step", |app| app.step() == step);
    }
    window
        .get_by_role_and_label(Role::Slider, "γ")
        .set_value_accesskit(0.05);
    window.run_steps(3);
    wait(&mut window, "the change", |app| {
        app.recipe_of_run()
            .is_some_and(|recipe| !recipe.changes.is_empty())
    });
    for step in 41..=60 {
        window.key_press(Key::ArrowRight);
        window.step();
        wait(&mut window, "a step", |app| app.step() == step);
    }
    window
}

fn app_mut(window: &mut Window) -> &mut App {
    window
        .state_mut()
        .as_mut()
        .expect("the first frame made it")
}

fn copied_link(window: &mut Window) -> String {
    let ctx = window.ctx.clone();
    app_mut(window).copy_link(&ctx);
    let commands = ctx.output(|output| output.commands.clone());
    let copied = commands.into_iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text),
        _ => None,
    });
    copied.expect("a link was copied")
}

#[test]
fn links_pictures_and_folders_open_where_the_run_was() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run().expect("a run");
    assert_eq!((made.step, made.changes.len()), (60, 1));
    let link = copied_link(&mut window);
    assert_eq!(link::decode(&link).expect("a link"), made);

    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("figure.png");
    let bytes = [b"\x89PNG", link.as_bytes()].concat();
    std::fs::write(&picture, bytes).expect("a file");
    std::fs::write(folder.path().join("scenario.toml"), made.to_toml()).expect("a file");
    let arrived = |app: &App| app.recipe_of_run().is_some_and(|recipe| recipe == made);
    for case in 0..3 {
        window.key_press(Key::Num1);
        window.step();
        wait(&mut window, "another recipe", |app| {
            app.step() == 0 && !arrived(app)
        });
        match case {
            0 => window.event(Event::Paste(format!("See\n{link}"))),
            1 => app_mut(&mut window).open_file(&picture),
            _ => app_mut(&mut window).open_file(folder.path()),
        }
        window.step();
        wait(&mut window, "the same step", arrived);
        assert!(!app(&window).playing(), "{case}");
    }
}

#[test]
fn what_cannot_be_opened_is_explained_and_the_run_kept() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run();
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("photo.png");
    std::fs::write(&picture, b"\x89PNG").expect("a file");
    let torn = &copied_link(&mut window)[..60];
    for (paste, path, reason) in [
        (Some("a word"), None, "there is no link"),
        (Some(torn), None, "damaged"),
        (None, Some(picture.as_path()), "photo.png holds no recipe"),
        (None, Some(folder.path()), "no scenario.toml"),
    ] {
        if let Some(text) = paste {
            window.event(Event::Paste(text.to_owned()));
        }
        if let Some(path) = path {
            app_mut(&mut window).open_file(path);
        }
        window.step();
        let status = app(&window).status();
        assert!(status.contains(reason), "{status}");
        assert_eq!(app(&window).recipe_of_run(), made);
    }
    // A fork would not see the change.
    window.key_press(Key::F);
    window.step();
    let status = app(&window).status();
    assert!(status.contains("a fork would not see"), "{status}");
    let table = folder.path().join("table.csv");
    std::fs::write(&table, "y,a\n1,2\n2,3\n").expect("a file");
    app_mut(&mut window).open_file(&table);
    assert_eq!(app(&window).recipe().knobs.word("data"), "csv");
}

/// Opens the dialog with a key, chooses a format and a path, and presses the button.
fn save_as(
    window: &mut Window,
    shift: Modifiers,
    format: &str,
    path: &std::path::Path,
    button: &str,
) {
    window.key_press_modifiers(shift, Key::S);
    window.run_steps(3);
    if !format.is_empty() {
        window.get_by_label(format).click();
        window.run_steps(2);
    }
    window
        .get_by_role_and_label(Role::TextInput, "File")
        .focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(path.display().to_string()));
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, button).click();
    window.run_steps(2);
}

#[test]
fn what_is_saved_holds_the_run_and_nothing_is_replaced_unasked() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run().expect("a run");
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for (shift, format, name) in [
        (Modifiers::NONE, "", "plots.png"),
        (Modifiers::NONE, "SVG", "plots.svg"),
        (Modifiers::NONE, "PDF", "plots.pdf"),
        (Modifiers::SHIFT, "", "window.png"),
    ] {
        save_as(&mut window, shift, format, &at(name), "Save");
        wait(&mut window, name, |app| app.status().contains(name));
        let opened = implicit_bias_lab::recipe::carrier::open(&at(name)).expect(name);
        assert_eq!(opened, made, "{name}");
    }
    save_as(
        &mut window,
        Modifiers::NONE,
        "CSV",
        &at("plots.csv"),
        "Save",
    );
    wait(&mut window, "a table", |app| {
        app.status().contains("plots.csv")
    });
    let table = std::fs::read_to_string(at("plots.csv")).expect("a file");
    assert!(table.lines().count() > 100, "{table}");
    // A name that is taken takes another button.
    std::fs::write(at("plots.png"), "mine").expect("a file");
    window.key_press(Key::S);
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::TextInput, "File")
        .focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(at("plots.png").display().to_string()));
    window.run_steps(2);
    assert!(
        window
            .query_by_role_and_label(Role::Button, "Save")
            .is_none()
    );
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(std::fs::read(at("plots.png")).expect("a file"), b"mine");
    window
        .get_by_role_and_label(Role::Button, "Replace")
        .click();
    window.run_steps(2);
    wait(&mut window, "replacing", |_| {
        std::fs::read(at("plots.png")).is_ok_and(|bytes| bytes != b"mine")
    });
    // What cannot be written is explained, and nothing is there.
    let nowhere = at("no/such/folder.png");
    save_as(&mut window, Modifiers::NONE, "", &nowhere, "Save");
    wait(&mut window, "a refusal", |app| {
        app.status().contains("cannot write")
    });
    assert!(!nowhere.exists());
}

#[test]
fn a_run_that_has_not_begun_is_not_saved() {
    let mut window = window(small(), Vec2::new(1280.0, 800.0));
    window.run_steps(3);
    wait(&mut window, "loading", |app| app.recipe_of_run().is_some());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.png");
    save_as(&mut window, Modifiers::NONE, "", &path, "Save");
    assert!(
        app(&window).status().contains("at step 0"),
        "{}",
        app(&window).status()
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        0
    );
}

/// It names the run that was on the screen.
#[test]
fn the_dialog_goes_with_escape_and_with_another_run() {
    let mut window = changed_run();
    for key in [Key::Escape, Key::Num1] {
        window.key_press(Key::S);
        window.run_steps(3);
        assert!(window.query_by_label("Browse…").is_some());
        window.key_press(key);
        window.run_steps(3);
        assert!(window.query_by_label("Browse…").is_none(), "{key:?}");
    }
}

#[test]
fn the_run_is_saved_as_a_folder_and_as_a_clip() {
    let mut window = changed_run();
    let made = app(&window).recipe_of_run().expect("a run");
    let folder = tempfile::tempdir().expect("a folder");
    let choose = |window: &mut Window, subject: &str, format: &str, field: &str, name: &str| {
        window.key_press(Key::S);
        window.run_steps(3);
        window.get_by_role_and_label(Role::ComboBox, "What").click();
        window.run_steps(3);
        window.get_by_label(subject).click();
        window.run_steps(3);
        window.get_by_label(format).click();
        window.run_steps(2);
        window.get_by_role_and_label(Role::TextInput, field).focus();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(Event::Text(folder.path().join(name).display().to_string()));
        window.run_steps(2);
        window.get_by_role_and_label(Role::Button, "Save").click();
        window.run_steps(2);
    };
    choose(&mut window, "The run's data", "NPZ folder", "Folder", "run");
    wait(&mut window, "a folder", |app| {
        app.status().contains("Saved")
    });
    let (recipe, history) =
        implicit_bias_lab::archive::read(&folder.path().join("run")).expect("a run");
    assert_eq!(recipe.changes, made.changes);
    assert_eq!(history.step.last(), Some(&made.step));
    choose(&mut window, "The run's data", "CSV", "File", "run.csv");
    wait(&mut window, "a table", |app| {
        app.status().contains("run.csv")
    });
    choose(&mut window, "Clip", "GIF", "File", "clip.gif");
    wait(&mut window, "a clip", |app| {
        app.status().contains("clip.gif")
    });
    let clip = std::fs::read(folder.path().join("clip.gif")).expect("a clip");
    assert!(
        clip.starts_with(b"GIF89a") && clip.len() < 5_000_000,
        "{} bytes",
        clip.len()
    );
}

/// Types into a field, in place of what it holds.
fn type_into(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(2);
}

fn choose(window: &mut Window, list: &str, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run_steps(8);
    window.get_by_role_and_label(Role::Button, entry).click();
    window.run_steps(3);
}

/// The window with the sweeps of a small recipe, over four α with ten seeds.
fn sweeping(size: Vec2) -> Window {
    let mut window = ready(small(), size);
    window.key_press(Key::W);
    window.run_steps(2);
    assert!(app(&window).sweeping());
    let live = format!("With the live recipe: {}", app(&window).recipe().title);
    choose(&mut window, "Sweep", &live);
    type_into(&mut window, "First setting", "0.05:0.4:4");
    choose(&mut window, "Length of the runs", "the recipe's steps");
    window
}

fn sweep_to_the_end(window: &mut Window) {
    wait(window, "sweeping", |app| {
        app.sweep_progress().is_some_and(|[done, all]| done == all)
            && app.status().contains("runs converged")
    });
}

/// Clicks into the picture over the axes of a sweep, so far from its left.
fn click_at_the_end(window: &mut Window, right: f32) {
    let picture = |node: &egui_kittest::Node<'_>| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| label.starts_with("At the end"))
    };
    let mut pictures = window.query_all_by_role(Role::Image);
    let rect = pictures.find(picture).expect("the picture").rect();
    drop(pictures);
    let at = pos2(rect.left() + right, rect.center().y);
    window.hover_at(at);
    window.run_steps(3);
    window.drag_at(at);
    window.drop_at(at);
    window.run_steps(3);
}

#[test]
fn a_sweep_paints_while_it_runs_stops_goes_on_and_opens_a_run() {
    let mut window = sweeping(DESIGN);
    assert!(paints(&window, "4 × 10 = 40 cells"));
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the first cell", |app| {
        app.sweep_progress().is_some_and(|[done, _]| done > 0)
    });
    window.get_by_label("⏹ Stop").click();
    window.step();
    wait(&mut window, "stopping", |app| {
        app.status().starts_with("Stopped at") || app.status().contains("runs converged")
    });
    let [stopped, all] = app(&window).sweep_progress().unwrap();
    assert_eq!(all, 40);
    if stopped < all {
        window.get_by_label("▶ Go on").click();
        window.step();
    }
    sweep_to_the_end(&mut window);
    assert!(
        window
            .get_by_label("▶ Start")
            .accesskit_node()
            .is_disabled()
    );
    // The picture says its numbers, and so does the caption.
    let words = described(&window, "At the end");
    assert!(
        words.contains("α = 0.05: GD: ") && words.contains(", SGD: "),
        "{words}"
    );
    let words = described(&window, "Run by run, all values together");
    assert!(words.contains("SGD: rank correlation"), "{words}");
    assert!(
        window
            .query_by_label_contains("median validation loss is")
            .is_some()
    );
    tessellate(&window);

    // Every quantity can be shown.
    choose(&mut window, "Quantity", "∫L");
    tessellate(&window);

    // A click at the left end opens a run of the first place.
    click_at_the_end(&mut window, 90.0);
    assert!(!app(&window).sweeping());
    let knobs = &app(&window).recipe().knobs;
    assert_eq!(knobs.real("alpha"), 0.05);
    assert!(knobs.real_or_auto("step_size").is_some(), "γ is a number");
    wait(&mut window, "the run", |app| app.status().contains("Ready"));
    // The sweep is still there.
    window.key_press(Key::W);
    window.run_steps(2);
    assert_eq!(app(&window).sweep_progress(), Some([40, 40]));
}

#[test]
fn a_map_and_a_cloud_are_drawn_at_every_size_and_in_both_themes() {
    for size in [DESIGN, Vec2::new(480.0, 360.0)] {
        let mut window = sweeping(DESIGN);
        choose(&mut window, "Second setting", "γ");
        type_into(&mut window, "Second setting", "0.02,0.05,3");
        window.key_press(Key::Space);
        window.step();
        sweep_to_the_end(&mut window);
        let words = described(&window, "At the end");
        assert!(words.contains("γ = 3: GD: –, 10 of 10 diverged"), "{words}");
        window.set_size(size);
        for key in [Key::T, Key::T, Key::F2] {
            window.key_press(key);
            window.run_steps(3);
            tessellate(&window);
        }
        window.key_press(Key::F2);
        window.run_steps(3);
        window.set_size(DESIGN);
        window.run_steps(3);
        choose(&mut window, "Colours", "SGD");
        choose(&mut window, "First setting", "nothing");
        choose(&mut window, "Second setting", "nothing");
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, "the cloud", |app| {
            app.sweep_progress() == Some([10, 10]) && app.status().contains("runs converged")
        });
        assert_eq!(described(&window, "At the end"), "");
        assert_eq!(described(&window, "Run by run, all"), "", "of one place");
        let words = described(&window, "Run by run");
        assert!(words.contains("SGF: rank correlation"), "{words}");
        window.set_size(size);
        window.run_steps(3);
        tessellate(&window);
    }
}

#[test]
fn a_place_where_every_run_diverges_opens_as_well() {
    let mut window = sweeping(DESIGN);
    choose(&mut window, "First setting", "γ");
    type_into(&mut window, "First setting", "0.05,3,9");
    window.key_press(Key::Space);
    window.step();
    sweep_to_the_end(&mut window);
    let words = described(&window, "At the end");
    assert!(words.contains("γ = 9: GD: –, 10 of 10 diverged"), "{words}");
    // Far from the only medians, those of 0.05.
    click_at_the_end(&mut window, 400.0);
    assert!(!app(&window).sweeping());
    let knobs = &app(&window).recipe().knobs;
    assert_eq!(knobs.real_or_auto("step_size"), Some(9.0));
}

#[test]
fn what_cannot_be_swept_is_explained() {
    let mut window = sweeping(DESIGN);
    for (values, expected) in [
        ("1:0.005:12", "runs backwards: write alpha=0.005:1:12"),
        (",", "`` is not a number"),
        ("0.1:x:3", "`x` is not a number"),
    ] {
        type_into(&mut window, "First setting", values);
        assert!(
            window.query_by_label_contains(expected).is_some(),
            "{values}"
        );
        window.key_press(Key::Space);
        window.run_steps(2);
        let status = app(&window).status();
        assert!(status.contains(expected), "{status}");
    }
    // A place that cannot run stops the sweep with a message.
    choose(&mut window, "First setting", "Batch b");
    type_into(&mut window, "First setting", "1,1000");
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the message", |app| {
        app.status().contains("batch = 1000 cannot run")
    });
    // So does one that takes for ever, until somebody agrees.
    type_into(&mut window, "First setting", "1");
    choose(&mut window, "First setting", "γ");
    type_into(&mut window, "First setting", "0.0000001,0.0000002");
    choose(&mut window, "Length of the runs", "until runs have settled");
    window.key_press(Key::Space);
    window.step();
    let start = Instant::now();
    while window.query_by_label("Start anyway").is_none() {
        assert!(start.elapsed() < PATIENCE, "{}", app(&window).status());
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
    // Nobody agrees to a sweep that the form does not describe any more.
    type_into(&mut window, "First setting", "0.0000001,0.0000003");
    assert!(window.query_by_label("Start anyway").is_none());
    let status = app(&window).status();
    assert!(
        status.ends_with("Space starts the sweep above instead"),
        "{status}"
    );
    type_into(&mut window, "First setting", "0.0000001,0.0000002");
    window.get_by_label("Start anyway").click();
    window.run_steps(3);
    window.get_by_label("⏹ Stop").click();
    window.run_steps(2);
    let status = app(&window).status();
    assert!(status.starts_with("Stopped at 0 of "), "at once: {status}");
}

#[test]
fn a_sweep_is_saved_as_pictures_and_as_the_table_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = sweeping(DESIGN);
    window.key_press(Key::Space);
    window.step();
    sweep_to_the_end(&mut window);
    for (format, name) in [
        ("PNG", "a.png"),
        ("SVG", "a.svg"),
        ("PDF", "a.pdf"),
        ("CSV", "a.csv"),
    ] {
        let path = folder.path().join(name);
        save_as(&mut window, Modifiers::NONE, format, &path, "Save");
        wait(&mut window, name, |app| app.status().contains(name));
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() > 5000, "{name}");
    }
    let table = std::fs::read_to_string(folder.path().join("a.csv")).unwrap();
    assert!(table.starts_with("cell,alpha,"), "{table}");
    // A cell has GD, two of SGD and two of SGF.
    assert_eq!(table.lines().count(), 1 + 40 * 5);
    // A picture opens as the recipe that is varied.
    app_mut(&mut window).open_file(&folder.path().join("a.png"));
    assert!(!app(&window).sweeping());
    assert_eq!(app(&window).recipe().knobs.count("d"), 24);
}
