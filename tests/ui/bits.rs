//! The window computes nothing of its own: what it saves is, bit for bit, what a run without it gives, whatever its
//! size and its pace.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::export::tidy_csv;
use implicit_bias_lab::recipe::Recipe;
use implicit_bias_lab::sim::history::History;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

use super::harness::{ready, small, wait};

/// The table of a run without a window.
fn without_a_window(recipe: &Recipe) -> String {
    let experiment = recipe.lab.experiment(&recipe.knobs, false);
    let experiment = experiment.expect("a recipe that runs");
    let mut history = History::new(experiment.setup().clone());
    let knobs = recipe.knobs.clone();
    let mut session = Session::new(experiment, SamplingSchedule::LogSpaced, knobs, Vec::new());
    let end = recipe.knobs.length();
    session.advance_to(end, None);
    let mut samples = session.take_samples();
    if samples.last().is_some_and(|sample| sample.step < end) {
        samples.push(session.experiment().sample());
    }
    for sample in &samples {
        history.push(sample);
    }
    let mut table = Vec::new();
    tidy_csv(&history, &mut table).expect("memory takes what is written");
    String::from_utf8(table).expect("a table is text")
}

/// The lines without their last columns, which hold what the theory has found so far: it keeps no pace.
fn simulated(table: &str, recipe: &Recipe) -> Vec<String> {
    let experiment = recipe.lab.experiment(&recipe.knobs, false);
    let experiment = experiment.expect("a recipe that runs");
    let of_theory = experiment.setup().insights.len();
    let columns = |line: &str| line.split(',').count() - of_theory;
    let lines = table.lines();
    let lines = lines.map(|line| line.split(',').take(columns(line)).collect::<Vec<_>>());
    lines.map(|fields| fields.join(",")).collect()
}

#[test]
fn what_the_window_saves_is_what_a_run_without_it_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    for (size, speed) in [
        (Vec2::new(900.0, 600.0), "max"),
        (Vec2::new(1920.0, 1080.0), "3000"),
    ] {
        let mut recipe = small();
        for (key, value) in [("steps", "700"), ("speed", speed)] {
            let set = recipe.knobs.set_text(key, value);
            set.expect("an accepted value");
        }
        let expected = simulated(&without_a_window(&recipe), &recipe);
        let made_from = recipe.clone();
        let mut window = ready(recipe, size);
        window.key_press(Key::Space);
        window.step();
        wait(&mut window, "the end", |app| {
            app.step() == 700 && !app.playing()
        });
        let path = folder.path().join(format!("{speed}.csv"));
        window.key_press(Key::S);
        window.run_steps(3);
        window.get_by_role_and_label(Role::ComboBox, "What").click();
        window.run_steps(3);
        for label in ["The run's data", "CSV"] {
            window.get_by_label(label).click();
            window.run_steps(3);
        }
        let file = window.get_by_role_and_label(Role::TextInput, "File");
        file.focus();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(Event::Text(path.display().to_string()));
        window.run_steps(2);
        window.get_by_role_and_label(Role::Button, "Save").click();
        window.run_steps(2);
        wait(&mut window, "saving", |_| path.exists());
        let saved = std::fs::read_to_string(&path).expect("a file");
        let saved = simulated(&saved, &made_from);
        assert!(saved == expected, "{size:?} at {speed}: other bits");
    }
}
