//! The window without a display, and how tests use it.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Shape, Theme, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::{Recipe, preset};
use implicit_bias_lab::scene::Panel;
use implicit_bias_lab::ui::App;

/// Far beyond what a loaded machine needs.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(2);

/// The window and its application, made in the first frame.
pub(crate) type Window = Harness<'static, Option<App>>;

/// The window, as a harness drives it.
pub(crate) fn window(recipe: Recipe, size: Vec2) -> Window {
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

pub(crate) fn app(window: &Window) -> &App {
    window.state().as_ref().expect("the first frame made it")
}

pub(crate) fn app_mut(window: &mut Window) -> &mut App {
    window
        .state_mut()
        .as_mut()
        .expect("the first frame made it")
}

/// Draws frames until `condition` holds.
pub(crate) fn wait(window: &mut Window, what: &str, condition: impl Fn(&App) -> bool) {
    let start = Instant::now();
    while !condition(app(window)) {
        assert!(
            start.elapsed() < TIMEOUT,
            "{what}: still {:?} at {}",
            app(window).status(),
            app(window).step()
        );
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
    window.step();
}

pub(crate) fn small() -> Recipe {
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

pub(crate) fn ready(recipe: Recipe, size: Vec2) -> Window {
    let mut window = window(recipe, size);
    wait(&mut window, "loading", |app| app.status().contains("Ready"));
    window
}

pub(crate) const DESIGN: Vec2 = Vec2::new(1440.0, 900.0);

/// Chooses a picture from its cell's list; `false` if the list does not hold it.
pub(crate) fn choose_picture(window: &mut Window, cell: &[Panel], panel: &Panel) -> bool {
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

/// Chooses a picture by its id.
pub(crate) fn show_picture(window: &mut Window, id: &str) {
    let cells = LABS[0].cells();
    let found = cells.iter().find_map(|cell| {
        let panel = cell.iter().find(|panel| panel.id == id)?;
        Some((*cell, panel))
    });
    let (cell, panel) = found.expect("a picture");
    assert!(choose_picture(window, cell, panel), "{id}");
}

/// What a picture says of itself.
pub(crate) fn described(window: &Window, title: &str) -> String {
    window
        .query_all_by_role(Role::Image)
        .filter_map(|image| image.accesskit_node().label())
        .find(|label| label.starts_with(title))
        .unwrap_or_default()
}

/// Draws frames until a picture says something in words.
pub(crate) fn wait_for_words(window: &mut Window, title: &str, words: &str) {
    let start = Instant::now();
    while !described(window, title).contains(words) {
        assert!(
            start.elapsed() < TIMEOUT,
            "`{words}` in: {}",
            described(window, title)
        );
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
}

/// Types into a field, in place of what it holds.
pub(crate) fn type_into(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(2);
}

pub(crate) fn choose(window: &mut Window, list: &str, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run_steps(8);
    window.get_by_role_and_label(Role::Button, entry).click();
    window.run_steps(3);
}

/// Panics on what cannot be painted.
pub(crate) fn tessellate(window: &Window) {
    let output = window.output();
    let shapes = output.shapes.clone();
    drop(window.ctx.tessellate(shapes, output.pixels_per_point));
}

/// Whether a text is on the screen that no widget carries.
pub(crate) fn paints(window: &Window, text: &str) -> bool {
    let mut shapes = window.output().shapes.iter();
    shapes
        .any(|clipped| matches!(&clipped.shape, Shape::Text(shape) if shape.galley.text() == text))
}

/// Opens the dialog with a key, chooses a format and a path, and presses the button.
pub(crate) fn save_as(
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

/// Whether a frame is drawn around a widget, no farther than a few points from it.
pub(crate) fn is_framed(window: &Window, widget: eframe::egui::Rect) -> bool {
    window.output().shapes.iter().any(|clipped| {
        let Shape::Rect(frame) = &clipped.shape else {
            return false;
        };
        frame.stroke.width > 2.0
            && frame.rect.expand(1.0).contains_rect(widget)
            && frame.rect.height() < widget.height() + 60.0
    })
}

/// A point of the strip, by parts of its width and height.
pub(crate) fn strip_at(window: &Window, across: f32, down: f32) -> eframe::egui::Pos2 {
    let strip = window.get_by_label_contains("Time strip").rect();
    strip.lerp_inside(Vec2::new(across, down))
}
