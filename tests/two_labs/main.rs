//! The window with a second lab, which no line of it knows: random walks with a drift. Its pictures have
//! the names of the first lab's on purpose; its settings have none of their names, no step size and no
//! pace.
#![cfg(feature = "gui")]

#[expect(dead_code, reason = "what the tests of the first lab need besides")]
#[path = "../ui/harness.rs"]
mod harness;
mod walks;

use eframe::egui::{Event, Key, pos2};
use egui_kittest::kittest::Queryable as _;
use harness::{
    DESIGN, Window, app, app_mut, choose, choose_picture, described, ready, wait, window,
};
use implicit_bias_lab::labs::{self, LABS, Lab as _};
use implicit_bias_lab::recipe::{Recipe, link, preset};
use walks::WALKS;

/// The window with the walks, chosen from the menu that shows the first lab.
fn walking() -> Window {
    // The first test of this process does it; the others are told that the name is taken.
    drop(labs::register(&WALKS));
    let recipe = preset("fig2").expect("a preset").recipe();
    let mut window = ready(recipe, DESIGN);
    choose(&mut window, "Preset", "    Random walks");
    wait(&mut window, "the walks", |app| {
        app.recipe().lab.id() == "walks" && app.status().contains("Ready")
    });
    window
}

#[test]
fn the_menu_names_the_labs_and_the_keys_are_those_of_the_current_one() {
    let mut window = walking();
    window
        .get_by_role_and_label(eframe::egui::accesskit::Role::ComboBox, "Preset")
        .click();
    window.run_steps(3);
    for lab in labs::all() {
        assert!(
            window.query_by_label(lab.title()).is_some(),
            "{}",
            lab.title()
        );
    }
    window.key_press(Key::Escape);
    window.run_steps(3);
    // It has no presets: the first lab's are not to be opened by its keys.
    window.key_press(Key::Num2);
    window.run_steps(3);
    assert_eq!(app(&window).recipe().lab.id(), "walks");
}

#[test]
fn a_second_lab_is_played_scrubbed_and_drawn() {
    let mut window = walking();
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "walking", |app| {
        app.step() >= 200 && !app.playing()
    });
    assert!(app(&window).status().contains("End of the recipe"));
    for cell in WALKS.cells() {
        for panel in *cell {
            assert!(choose_picture(&mut window, cell, panel), "{}", panel.id);
            let words = described(&window, panel.title);
            assert!(!words.is_empty(), "{}", panel.id);
        }
    }
    // What it has no setting for is not there.
    for absent in ["Speed", "β*", "γ"] {
        assert!(window.query_by_label(absent).is_none(), "{absent}");
    }
    let strip = pos2(900.0, 820.0);
    window.hover_at(strip);
    window.run_steps(2);
    window.drag_at(strip);
    window.step();
    window.drop_at(strip);
    window.remove_cursor();
    window.run_steps(3);
    assert!(window.query_by_label_contains("(now: ").is_some());
    assert!(window.query_by_label_contains("n = ").is_some());
    window.key_press_modifiers(eframe::egui::Modifiers::SHIFT, Key::R);
    window.run_steps(2);
    assert_ne!(app(&window).recipe().knobs.count("shuffle"), 0);
}

#[test]
fn its_data_file_and_its_links_are_explained_and_opened() {
    let mut window = walking();
    window.key_press(Key::ArrowRight);
    window.step();
    wait(&mut window, "a step", |app| app.step() == 1);
    let made = app(&window).recipe_of_run().expect("a run");
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("table.csv");
    std::fs::write(&table, "y,a\n1,2\n2,3\n").expect("a file");
    app_mut(&mut window).open_file(&table);
    let status = app(&window).status();
    assert!(
        status.contains("Random walks reads no data from files"),
        "{status}"
    );
    assert_eq!(app(&window).recipe_of_run().as_ref(), Some(&made));

    let text = link::encode(&made);
    let first = Recipe::new(LABS[0]);
    let path = folder.path().join("first.toml");
    std::fs::write(&path, first.to_toml()).expect("a file");
    app_mut(&mut window).open_file(&path);
    window.run_steps(2);
    assert_eq!(app(&window).recipe().lab.id(), LABS[0].id());
    window.event(Event::Paste(text));
    window.step();
    wait(&mut window, "the same step", |app| {
        app.recipe_of_run().is_some_and(|recipe| recipe == made)
    });
    let folder = folder.path().join("walk");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("scenario.toml"), made.to_toml()).expect("a file");
    app_mut(&mut window).open_file(&folder);
    window.run_steps(2);
    wait(&mut window, "the same step", |app| {
        app.recipe_of_run().is_some_and(|recipe| recipe == made)
    });
}

#[test]
fn panels_of_equal_names_are_remembered_by_lab() {
    let mut window = walking();
    let cell = WALKS.cells()[0];
    assert_eq!(cell[0].id, LABS[0].cells()[0][0].id, "a name that collides");
    assert!(choose_picture(&mut window, cell, &cell[1]));
    let panels = |window: &Window| app(window).recipe_of_run().expect("a run").panels;
    assert_eq!(panels(&window), [cell[1].id]);
    let first = Recipe::new(LABS[0]).to_toml();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("first.toml");
    std::fs::write(&path, first).expect("a file");
    app_mut(&mut window).open_file(&path);
    window.run_steps(2);
    wait(&mut window, "the first lab", |app| {
        app.recipe_of_run()
            .is_some_and(|recipe| recipe.lab.id() == LABS[0].id())
    });
    assert_eq!(panels(&window), [""; 0]);
}

#[test]
fn a_second_lab_is_swept() {
    let mut window = walking();
    window.key_press(Key::W);
    window.run_steps(2);
    // It has no ready sweeps: the live recipe is varied.
    choose(&mut window, "First setting", "Drift");
    harness::type_into(&mut window, "First setting", "-0.1,0,0.1");
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "sweeping", |app| {
        app.sweep_progress() == Some([3, 3]) && app.status().contains("ran to their last step")
    });
    let words = described(&window, "At the end");
    assert!(words.contains("Drift = 0.1: Walk: "), "{words}");
    drop(window);
    drop(window_of_a_sweep());
}

/// Nothing is shown of single runs where the lab does not say what to hold against what.
fn window_of_a_sweep() -> Window {
    let mut window = window(Recipe::new(&WALKS), DESIGN);
    window.key_press(Key::W);
    window.run_steps(2);
    window.key_press(Key::Space);
    window.step();
    wait(&mut window, "sweeping", |app| {
        app.sweep_progress() == Some([1, 1])
    });
    window.run_steps(2);
    assert!(window.query_by_label_contains("nothing to show").is_some());
    window
}
