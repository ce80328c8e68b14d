//! What comes in from elsewhere: it is asked about before it reads files, and it can be given up.

use std::path::Path;

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::recipe::{Recipe, link};
use implicit_bias_lab::ui::App;

use super::harness::{DESIGN, app, app_mut, ready, small, wait};

/// A recipe that reads a table.
fn reading(path: &Path) -> Recipe {
    let mut recipe = small();
    recipe.title = "Houses".to_owned();
    for (key, value) in [
        ("data", "csv"),
        ("csv_path", &path.display().to_string()),
        ("step_size", "auto"),
    ] {
        recipe.knobs.set_text(key, value).expect("a value");
    }
    recipe
}

fn table(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("houses.csv");
    std::fs::write(&path, "a,b,c,y\n1,2,0,3\n2,1,1,3\n3,0,2,4\n").expect("a file");
    path
}

const QUESTION: &str = "“Houses” reads a file of this computer";

#[test]
fn a_file_that_a_link_names_is_read_only_if_somebody_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = reading(&table(folder.path()));
    let link = link::encode(&recipe);
    let mut window = ready(small(), DESIGN);
    let before = app(&window).recipe().clone();
    // Refused by the button that has the keyboard, and by Esc.
    for key in [Key::Enter, Key::Escape] {
        window.event(Event::Paste(link.clone()));
        window.run_steps(3);
        assert!(window.query_by_label_contains(QUESTION).is_some());
        assert_eq!(*app(&window).recipe(), before);
        window.key_press(key);
        window.run_steps(3);
        assert!(
            window.query_by_label_contains(QUESTION).is_none(),
            "{key:?}"
        );
        assert_eq!(*app(&window).recipe(), before);
    }
    // The run goes on while the question stands.
    window.event(Event::Paste(link.clone()));
    window.run_steps(3);
    window.get_by_label("Read it").click();
    window.run_steps(3);
    let is_read = |app: &App| {
        app.recipe_of_run()
            .is_some_and(|made| made.title == "Houses")
    };
    wait(&mut window, "the table", is_read);
    assert_eq!(app(&window).recipe().knobs, recipe.knobs);
    // What was agreed to once is not asked about again.
    window.key_press(Key::Num1);
    window.step();
    wait(&mut window, "another recipe", |app| !is_read(app));
    window.event(Event::Paste(link));
    window.run_steps(3);
    assert!(window.query_by_label_contains(QUESTION).is_none());
    wait(&mut window, "the table", is_read);
}

#[test]
fn a_file_that_is_chosen_is_read_and_one_that_a_recipe_file_names_is_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = table(folder.path());
    let carrier = folder.path().join("houses.toml");
    std::fs::write(&carrier, reading(&path).to_toml()).expect("a file");
    let mut window = ready(small(), DESIGN);
    app_mut(&mut window).open_file(&carrier);
    window.run_steps(3);
    assert!(window.query_by_label_contains(QUESTION).is_some());
    window.get_by_label("Leave it").click();
    window.run_steps(3);
    // Chosen by itself, it is named by who uses the window; then the recipe may read it, too.
    app_mut(&mut window).open_file(&path);
    window.step();
    assert!(window.query_by_label_contains(QUESTION).is_none());
    app_mut(&mut window).open_file(&carrier);
    window.run_steps(3);
    assert!(window.query_by_label_contains(QUESTION).is_none());
    let is_read = |app: &App| {
        app.recipe_of_run()
            .is_some_and(|made| made.title == "Houses")
    };
    wait(&mut window, "the table", is_read);
}

#[test]
fn the_data_that_a_run_has_written_into_its_own_folder_are_not_asked_about() {
    use implicit_bias_lab::export::{self, Options, Theory};
    use implicit_bias_lab::sim::schedule::SamplingSchedule;

    let folder = tempfile::tempdir().expect("a folder");
    let path = table(folder.path());
    let mut recipe = reading(&path);
    recipe.knobs.set_text("steps", "20").expect("a value");
    let options = Options {
        out: folder.path().join("run"),
        record_noise: false,
        schedule: SamplingSchedule::LogSpaced,
        theory: Theory::Off,
        spare_cores: 0,
    };
    export::run(&recipe, &options, |_| true).expect("a run");
    std::fs::remove_file(path).expect("it is there");
    let mut window = ready(small(), DESIGN);
    app_mut(&mut window).open_file(&options.out);
    window.run_steps(3);
    assert!(window.query_by_label_contains(QUESTION).is_none());
    let is_read = |app: &App| {
        app.recipe_of_run()
            .is_some_and(|made| made.title == "Houses")
    };
    wait(&mut window, "its data", is_read);
}

#[test]
fn a_fork_far_away_is_given_up_with_esc_and_the_run_before_comes_back() {
    let mut window = ready(small(), DESIGN);
    let before = app(&window).recipe().clone();
    let mut endless = small();
    let fork = "gd from sgd-1 at 9999999999";
    endless.knobs.set_text("forks", fork).expect("a fork");
    window.event(Event::Paste(link::encode(&endless)));
    window.step();
    wait(&mut window, "its way", |app| {
        app.status().contains("Preparing run SGD 1 to step")
    });
    assert!(window.query_by_label("Cancel").is_some());
    window.key_press(Key::Escape);
    window.step();
    wait(&mut window, "the run before", |app| {
        app.recipe_of_run().is_some()
    });
    assert_eq!(*app(&window).recipe(), before);
    assert!(
        app(&window).status().contains("Given up"),
        "{}",
        app(&window).status()
    );
}

#[test]
fn ten_megabytes_pasted_into_a_field_are_cut_to_what_it_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = ready(small(), DESIGN);
    app_mut(&mut window).open_file(&table(folder.path()));
    window.run_steps(3);
    window.get_by_label("Label column").focus();
    window.run_steps(2);
    window.event(Event::Paste("x".repeat(10 << 20)));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    let kept = app(&window).recipe().knobs.word("csv_target").len();
    assert!((1000..=10_000).contains(&kept), "{kept}");
    wait(&mut window, "the refusal", |app| {
        app.status().contains("no column")
    });
    assert!(app(&window).status().chars().count() < 1000);
}

#[test]
fn a_path_is_typed_where_there_is_no_file_dialog() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.toml");
    let mut recipe = small();
    recipe.title = "Typed".to_owned();
    std::fs::write(&path, recipe.to_toml()).expect("a file");
    let mut window = ready(small(), DESIGN);
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run_steps(3);
    // The field has the keyboard.
    window.event(Event::Text("/no/such/file.toml".to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    let status = app(&window).status();
    assert!(status.contains("/no/such/file.toml"), "{status}");
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run_steps(3);
    window.event(Event::Text(path.display().to_string()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    wait(&mut window, "the file", |app| {
        app.recipe_of_run()
            .is_some_and(|made| made.title == "Typed")
    });
}
