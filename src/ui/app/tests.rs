//! What a session remembers.

use std::collections::HashMap;

use eframe::Storage;

use super::*;
use crate::labs::LABS;

/// What the window keeps between sessions, as text by name.
#[derive(Default)]
struct Kept(HashMap<String, String>);

impl Storage for Kept {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

/// A session that finds this text under the name of the choices.
fn session(choices: &str) -> (App, Kept) {
    let mut kept = Kept::default();
    kept.set_string("choices", choices.to_owned());
    let app = App::new(&Context::default(), Some(&kept), None).unwrap();
    (app, kept)
}

/// Waits until the recipe is loaded.
fn load(app: &mut App) {
    let start = Instant::now();
    while app.live.is_loading() {
        assert!(start.elapsed() < Duration::from_mins(1), "{}", app.status());
        std::thread::sleep(Duration::from_millis(2));
        app.receive();
    }
}

#[test]
fn a_recipe_that_never_loads_is_not_what_the_next_start_opens() {
    let (mut app, mut kept) = session("()");
    let good = LABS[0].presets()[1].recipe();
    app.open(good.clone());
    load(&mut app);
    let mut endless = good.clone();
    let fork = "gd from sgd-1 at 9999999999";
    endless.knobs.set_text("forks", fork).unwrap();
    let mut refused = good.clone();
    refused.knobs.set_text("batch", "400").unwrap();
    for bad in [endless, refused] {
        app.open(bad);
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(2));
            app.receive();
        }
        eframe::App::save(&mut app, &mut kept);
        let again = App::new(&Context::default(), Some(&kept), None).unwrap();
        assert_eq!(*again.recipe(), good);
    }
}

/// The second panel of the first cell that has one, and its cell.
fn an_alternative() -> (&'static str, &'static str) {
    let mut cells = LABS[0].cells().iter().filter(|cell| cell.len() > 1);
    let cell = cells.next().unwrap();
    (cell[0].id, cell[1].id)
}

#[test]
fn panels_that_a_version_with_one_lab_has_kept_are_shown() {
    let (cell, panel) = an_alternative();
    let (mut app, mut kept) = session(&format!("(dark: true, shown: {{\"{cell}\": \"{panel}\"}})"));
    assert!(app.choices.dark);
    assert_eq!(app.choices.chosen(LABS[0]), [panel]);
    assert_eq!(app.refused, None);
    eframe::App::save(&mut app, &mut kept);
    let again = App::new(&Context::default(), Some(&kept), None).unwrap();
    assert_eq!(again.choices.chosen(LABS[0]), [panel]);
    assert_eq!(again.recipe(), app.recipe());
}

#[test]
fn a_remembered_panel_that_no_longer_exists_is_passed_over() {
    let (cell, panel) = an_alternative();
    let mut recipe = LABS[0].presets()[1].recipe();
    recipe.panels = vec![panel.to_owned()];
    let text = recipe.to_toml().replace(panel, "vanished");
    let text = text.replace('\n', "\\n").replace('"', "\\\"");
    let lab = LABS[0].id();
    let (app, _) = session(&format!(
        "(panels: {{\"{lab}\": {{\"{cell}\": \"vanished\"}}}}, recipe: Some(\"{text}\"))"
    ));
    assert_eq!(app.recipe().knobs, recipe.knobs);
    assert_eq!(app.choices.chosen(LABS[0]), [""; 0]);
    assert_eq!(app.refused, None);
}

#[test]
fn a_remembered_recipe_of_another_version_is_explained_and_kept() {
    let text = LABS[0].presets()[1].recipe().to_toml();
    let text = text.replace(
        &format!("lab = \"{}\"", LABS[0].id()),
        "lab = \"perceptron\"",
    );
    let text = text.replace('\n', "\\n").replace('"', "\\\"");
    let (mut app, mut kept) = session(&format!("(recipe: Some(\"{text}\"))"));
    let line = app.status();
    assert!(
        line.contains("perceptron") && !line.contains('\n'),
        "{line}"
    );
    assert_eq!(*app.recipe(), first_recipe());
    eframe::App::save(&mut app, &mut kept);
    assert!(kept.0["choices"].contains("perceptron"));
    app.open(LABS[0].presets()[2].recipe());
    load(&mut app);
    eframe::App::save(&mut app, &mut kept);
    assert!(!kept.0["choices"].contains("perceptron"));
}

#[test]
fn a_first_visit_runs_at_once_and_says_what_the_letters_are_until_it_is_answered() {
    let ctx = Context::default();
    let mut kept = Kept::default();
    let mut app = App::new(&ctx, Some(&kept), None).unwrap();
    assert!(app.playing() && app.teaching.welcome);
    assert_eq!(*app.recipe(), first_recipe());
    for letters in ["GD", "SGD", "SGF", "α", "γ", "β*"] {
        let lines = LABS[0].welcome().concat();
        assert!(lines.contains(letters), "{letters}");
    }
    // Who has not answered sees the lines again.
    eframe::App::save(&mut app, &mut kept);
    let mut again = App::new(&ctx, Some(&kept), None).unwrap();
    assert!(again.teaching.welcome);
    again.open(LABS[0].presets()[2].recipe());
    assert!(!again.teaching.welcome);
    eframe::App::save(&mut again, &mut kept);
    let third = App::new(&ctx, Some(&kept), None).unwrap();
    assert!(!third.teaching.welcome && !third.playing());
}
