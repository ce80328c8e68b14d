//! What a new user has stumbled over, each mended.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::knobs::Value;
use implicit_bias_lab::tours::{self, Tour};
use implicit_bias_lab::ui::App;

use super::harness::{DESIGN, TIMEOUT, Window, app, app_mut, ready, small, wait};

fn says(window: &Window, words: &str) -> bool {
    window.query_by_label_contains(words).is_some()
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(2);
}

/// Types into the list of commands.
fn command(window: &mut Window, words: &str) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run_steps(2);
    window.event(Event::Text(words.to_owned()));
    window.run_steps(2);
    press(window, Key::Enter);
}

#[test]
fn an_automatic_setting_is_automatic_again_after_a_tour() {
    let mut recipe = small();
    recipe.knobs.set_text("step_size", "auto").unwrap();
    let mut window = ready(recipe, DESIGN);
    for step in 1..=3 {
        press(&mut window, Key::ArrowRight);
        wait(&mut window, "a step", |app| app.step() == step);
    }
    let first = tours::shipped().next().unwrap();
    app_mut(&mut window).follow(tours::tour(first.id).unwrap());
    wait(&mut window, "another preset", |app| {
        app.recipe().title.contains("toy")
    });
    press(&mut window, Key::Escape);
    let auto = Value::Word("auto".to_owned());
    assert_eq!(*app(&window).recipe().knobs.get("step_size"), auto);
    assert_eq!(app(&window).step(), 3, "the run is there at once");
    let button = window.get_by_label("γ auto");
    assert!(format!("{button:?}").contains("True"), "{button:?}");
}

#[test]
fn a_refused_value_names_its_control_and_what_the_run_has() {
    let mut window = ready(small(), DESIGN);
    command(&mut window, "sparsity = 25");
    wait(&mut window, "the refusal", |app| {
        app.status().contains("do not fit")
    });
    let status = app(&window).status();
    assert!(status.contains("“Non-zeros”"), "{status}");
    assert!(!status.contains("sparsity"), "{status}");
    assert!(status.contains("with Non-zeros 2"), "{status}");
    assert!(says(&window, "k = 0"), "the clock stays");
}

#[test]
fn a_typed_number_out_of_range_is_said_and_not_clamped() {
    let mut window = ready(small(), DESIGN);
    let type_into = |window: &mut Window, text: &str| {
        let field = window.get_by_role_and_label(Role::SpinButton, "n");
        field.click();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(Event::Text(text.to_owned()));
        window.run_steps(2);
        press(window, Key::Enter);
    };
    type_into(&mut window, "9999999");
    assert_eq!(*app(&window).recipe().knobs.get("n"), Value::Count(10));
    let status = app(&window).status();
    assert!(status.contains("n cannot be 9999999"), "{status}");
    // The number that is there already is accepted as well, and ends the complaint.
    type_into(&mut window, "10");
    let status = app(&window).status();
    assert!(!status.contains("cannot"), "{status}");
}

#[test]
fn pins_are_out_of_sight_on_a_tour_and_back_after_it() {
    let mut window = ready(small(), DESIGN);
    press(&mut window, Key::ArrowRight);
    wait(&mut window, "a step", |app| app.step() == 1);
    press(&mut window, Key::P);
    assert!(says(&window, "A: the same settings"));
    let text = "title Trial\nstep One\nload fig2\nsay Hello.\n";
    app_mut(&mut window).follow(Tour::read("trial.tour", text).unwrap());
    window.run_steps(3);
    assert!(!says(&window, "A: "));
    press(&mut window, Key::Escape);
    window.run_steps(2);
    assert!(says(&window, "A: the same settings"));
}

#[test]
fn a_question_outside_a_tour_is_revealed_by_running() {
    let mut window = ready(small(), DESIGN);
    press(&mut window, Key::Q);
    press(&mut window, Key::Num1);
    press(&mut window, Key::Enter);
    assert!(says(&window, "Your answer: "));
    wait(&mut window, "the run", |app| app.step() > 0);
}

#[test]
fn buttons_of_a_tour_keep_their_places() {
    let mut window = ready(small(), DESIGN);
    let text = "title Trial\nstep One\nload fig2\nset n 10\nset d 24\nset sparsity 2\nset steps 400\nset speed max\n\
                say Words.\nask Which? | this | that\nstep Two\nsay Watch.\nplay\nwait for end\nreveal 1\nsay More words.\n\
                then why\n";
    app_mut(&mut window).follow(Tour::read("trial.tour", text).unwrap());
    // Enter would only hurry a step that waits for its run.
    wait(&mut window, "the first step's run", |app| {
        let of_run = app.recipe_of_run();
        of_run.is_some_and(|recipe| recipe.knobs.count("steps") == 400)
    });
    window.run_steps(4);
    let places = |window: &Window, next: &str| {
        let all = ["◀ Back", next, "Leave"];
        all.map(|name| window.get_by_role_and_label(Role::Button, name).rect())
    };
    let first = places(&window, "Next ▶");
    press(&mut window, Key::Enter);
    let start = Instant::now();
    while !says(&window, "More words.") {
        assert!(start.elapsed() < TIMEOUT, "{}", app(&window).status());
        std::thread::sleep(Duration::from_millis(5));
        window.step();
    }
    window.run_steps(2);
    assert!(says(&window, "It turned out: this."));
    let last = places(&window, "Next tour ▶");
    for (first, last) in first.into_iter().zip(last) {
        assert!(
            (first.left() - last.left()).abs() < 1.0,
            "{first} and {last}"
        );
        assert!(
            (first.width() - last.width()).abs() < 1.0,
            "{first} and {last}"
        );
        assert!(
            (first.bottom() - last.bottom()).abs() < 1.0,
            "{first} and {last}"
        );
    }
}

#[test]
fn a_changed_preset_does_not_ask_the_question_of_the_preset() {
    let window = ready(small(), DESIGN);
    assert!(!says(&window, "SGD trains more slowly than GD"));
    assert!(says(&window, "Fig 2, changed: n "));
}

#[test]
fn undo_leaves_the_lines_of_a_first_visit_alone() {
    let draw = |ui: &mut eframe::egui::Ui, app: &mut Option<App>| {
        let app = app.get_or_insert_with(|| App::new(ui.ctx(), None, None).expect("a window"));
        app.receive();
        app.show(ui);
    };
    let builder = Harness::builder().with_size(DESIGN).with_max_steps(16);
    let mut window: Window = builder.build_ui_state(draw, None);
    wait(&mut window, "the first run", |app| app.step() > 0);
    assert!(says(&window, "GD, gradient descent"));
    command(&mut window, "alpha = 0.3");
    wait(&mut window, "the change", |app| {
        app.recipe_of_run()
            .is_some_and(|run| run.knobs.real("alpha") == 0.3)
    });
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert!(says(&window, "GD, gradient descent"));
}
