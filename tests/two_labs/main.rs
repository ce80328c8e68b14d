//! The window with labs that no line of it knows: random walks, and a lab whose pictures have the names of
//! the first lab's.
#![cfg(feature = "gui")]

#[expect(dead_code, reason = "what the tests of the first lab need besides")]
#[path = "../ui/harness.rs"]
mod harness;
#[path = "../toy_lab/lab.rs"]
mod lab;
mod namesake;

use std::path::Path;
use std::sync::Once;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, pos2};
use egui_kittest::kittest::Queryable as _;
use harness::{
    DESIGN, Window, app, app_mut, choose, choose_picture, described, paints, ready, type_into, wait,
};
use implicit_bias_lab::knobs::Value;
use implicit_bias_lab::labs::{self, LABS, Lab};
use implicit_bias_lab::recipe::{Recipe, link, preset};
use lab::LAB;
use namesake::NAMESAKE;

/// The window with a preset of the first lab.
fn first() -> Window {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        labs::register(&LAB).expect("free names");
        labs::register(&NAMESAKE).expect("free names");
    });
    ready(preset("fig2").expect("a preset").recipe(), DESIGN)
}

/// Chooses from the menu of presets, and waits for what that brings.
fn open(window: &mut Window, entry: &str, lab: &dyn Lab) {
    window
        .get_by_role_and_label(Role::ComboBox, "Preset")
        .click();
    window.run_steps(8);
    assert!(window.query_by_label(lab.title()).is_some());
    window.get_by_role_and_label(Role::Button, entry).click();
    window.run_steps(3);
    wait(window, entry, |app| {
        app.recipe().lab.id() == lab.id() && app.status().contains("Ready")
    });
}

fn walking() -> Window {
    let mut window = first();
    open(&mut window, "    A walk home", &LAB);
    window
}

/// Opens a recipe as a file.
fn open_file(window: &mut Window, recipe: &Recipe, folder: &Path) {
    let path = folder.join("recipe.toml");
    std::fs::write(&path, recipe.to_toml()).expect("a file");
    app_mut(window).open_file(&path);
    window.run_steps(2);
    wait(window, "the file", |app| {
        app.recipe_of_run()
            .is_some_and(|run| run.lab.id() == recipe.lab.id())
    });
}

#[test]
fn the_menu_names_the_labs_and_the_keys_are_those_of_the_current_one() {
    let mut window = walking();
    window
        .get_by_role_and_label(Role::ComboBox, "Preset")
        .click();
    window.run_steps(3);
    for lab in labs::all() {
        let title = lab.title();
        assert!(window.query_by_label(title).is_some(), "{title}");
    }
    window.key_press(Key::Escape);
    window.run_steps(3);
    // It has one preset: the first lab's others are not to be opened by its keys.
    window.key_press(Key::Num2);
    window.run_steps(3);
    assert_eq!(app(&window).recipe().title, "A walk home");
    open(&mut window, "    Namesakes", &NAMESAKE);
    window.key_press(Key::Num1);
    window.run_steps(3);
    assert_eq!(app(&window).recipe().title, "Namesakes");
}

#[test]
fn it_is_played_scrubbed_and_drawn() {
    let mut window = walking();
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "walking", |app| {
        app.step() >= 200 && !app.playing()
    });
    let status = app(&window).status();
    assert!(status.contains("End of the recipe"), "{status}");
    let words = described(&window, "Walks");
    assert!(words.contains("Walk"), "{words}");
    // What it has no setting or no word for is not there.
    for absent in ["Speed", "β*", "γ"] {
        assert!(window.query_by_label(absent).is_none(), "{absent}");
    }
    assert!(paints(&window, "strides"));
    let strip = pos2(900.0, 820.0);
    window.hover_at(strip);
    window.run_steps(2);
    window.drag_at(strip);
    window.step();
    window.drop_at(strip);
    window.remove_cursor();
    window.run_steps(3);
    assert!(window.query_by_label_contains("At k = ").is_some());
    window.key_press_modifiers(Modifiers::SHIFT, Key::R);
    window.run_steps(2);
    assert_ne!(app(&window).recipe().knobs.count("walk_seed"), 0);
}

#[test]
fn its_key_acts_and_is_listed() {
    let mut window = walking();
    let mut recipe = LAB.presets()[0].recipe();
    let drift = recipe.knobs.set("drift", Value::Real(0.5));
    drift.expect("a drift in range");
    let folder = tempfile::tempdir().expect("a folder");
    open_file(&mut window, &recipe, folder.path());
    window.run_steps(2);
    window.key_press(Key::D);
    window.run_steps(2);
    assert_eq!(app(&window).recipe().knobs.real("drift"), -0.5);
    window.key_press(Key::Questionmark);
    window.run_steps(3);
    assert!(window.query_by_label("turn the drift round").is_some());
}

#[test]
fn its_links_open_and_a_table_is_refused_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = walking();
    window.key_press(Key::ArrowRight);
    window.step();
    wait(&mut window, "a step", |app| app.step() == 1);
    let made = app(&window).recipe_of_run().expect("a run");
    let table = folder.path().join("table.csv");
    std::fs::write(&table, "y,a\n1,2\n2,3\n").expect("a file");
    app_mut(&mut window).open_file(&table);
    let status = app(&window).status();
    assert_eq!(status, "Random walks reads no data from files");
    assert_eq!(app(&window).recipe_of_run().as_ref(), Some(&made));

    let arrived = |app: &implicit_bias_lab::ui::App| app.recipe_of_run().as_ref() == Some(&made);
    open_file(&mut window, &Recipe::new(LABS[0]), folder.path());
    window.event(Event::Paste(link::encode(&made)));
    window.step();
    wait(&mut window, "the link", arrived);
    open_file(&mut window, &Recipe::new(LABS[0]), folder.path());
    open_file(&mut window, &made, folder.path());
    wait(&mut window, "the file", arrived);
}

#[test]
fn pictures_of_equal_names_are_remembered_by_lab() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = first();
    let (own, others) = (NAMESAKE.cells()[0], LABS[0].cells()[0]);
    assert_eq!([own[0].id, own[1].id], [others[0].id, others[1].id]);
    let panels = |window: &Window| app(window).recipe_of_run().expect("a run").panels;
    open(&mut window, "    Namesakes", &NAMESAKE);
    assert!(choose_picture(&mut window, own, &own[1]));
    assert_eq!(panels(&window), [own[1].id]);
    // The title of the first lab's picture, not its namesake.
    open_file(&mut window, &Recipe::new(LABS[0]), folder.path());
    window.run_steps(2);
    assert_eq!(panels(&window), [""; 0]);
    assert!(!described(&window, others[0].title).is_empty());
}

#[test]
fn it_is_swept() {
    let mut window = walking();
    window.key_press(Key::W);
    window.run_steps(2);
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "the ready sweep", |app| {
        app.sweep_progress() == Some([12, 12]) && app.status().contains("ran to their last step")
    });
    window.run_steps(2);
    let words = described(&window, "At the end");
    assert!(words.contains("Drift μ = 0.5: Walk: "), "{words}");
    // A single place has nothing to show in a lab that holds nothing against anything.
    choose(&mut window, "First setting", "nothing");
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "a single place", |app| {
        app.sweep_progress() == Some([4, 4]) && app.status().contains("ran to their last step")
    });
    window.run_steps(2);
    assert!(window.query_by_label_contains("nothing to show").is_some());
    choose(&mut window, "First setting", "Drift μ");
    type_into(&mut window, "First setting", "0.1,0.2");
}
