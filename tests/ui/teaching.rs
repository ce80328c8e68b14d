//! Tours, predictions, equations, annotations, the list of commands.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Vec2, pos2};
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::knobs::Value;
use implicit_bias_lab::tours::{self, Tour};

use super::harness::{
    DESIGN, TIMEOUT, Window, app, app_mut, is_framed, paints, ready, small, wait,
};

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.step();
    window.step();
}

/// Everything that a label says.
fn says(window: &Window, words: &str) -> bool {
    window.query_by_label_contains(words).is_some()
}

/// Draws frames for a while.
fn breathe(window: &mut Window, time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::sleep(Duration::from_millis(4));
        window.step();
    }
}

#[test]
fn every_tour_is_followed_to_its_end_with_one_key() {
    let mut window = ready(small(), DESIGN);
    let first = tours::shipped().next().unwrap();
    let mut titles: Vec<String> = tours::shipped()
        .map(|text| tours::tour(text.id).unwrap().title)
        .collect();
    app_mut(&mut window).follow(tours::tour(first.id).unwrap());
    let start = Instant::now();
    while app(&window).on_tour() {
        assert!(
            start.elapsed() < 3 * TIMEOUT,
            "still on the tour; left: {titles:?}"
        );
        titles.retain(|title| window.query_by_label_contains(title).is_none());
        window.key_press(Key::Enter);
        breathe(&mut window, Duration::from_millis(30));
        let status = app(&window).status();
        assert!(!status.contains("there is no"), "{status}");
    }
    assert!(titles.is_empty(), "never seen: {titles:?}");
}

#[test]
fn leaving_a_tour_brings_back_what_was_there() {
    let mut window = ready(small(), DESIGN);
    for step in 1..=5 {
        press(&mut window, Key::ArrowRight);
        wait(&mut window, "a step", |app| app.step() == step);
    }
    let before = app(&window).recipe_of_run().unwrap();
    let first = tours::shipped().next().unwrap();
    app_mut(&mut window).follow(tours::tour(first.id).unwrap());
    wait(&mut window, "another preset", |app| {
        app.recipe().title != before.title
    });
    press(&mut window, Key::PageDown);
    press(&mut window, Key::PageDown);
    press(&mut window, Key::Escape);
    assert!(!app(&window).on_tour());
    wait(&mut window, "the run before", |app| {
        app.recipe_of_run().is_some_and(|recipe| recipe == before)
    });
}

#[test]
fn a_tour_waits_and_back_goes_a_step_back() {
    let text = "title Trial\nabout A trial.\nstep One\nload fig2\nset n 10\nset d 24\nset sparsity 2\nset steps 400\n\
                set speed max\nplay\nwait for end\nsay It is over.\nstep Two\nset alpha 0.2\nsay Another start.\n";
    let tour = Tour::read("trial.tour", text).unwrap();
    let mut window = ready(small(), DESIGN);
    app_mut(&mut window).follow(tour);
    window.step();
    assert!(!says(&window, "It is over."));
    let start = Instant::now();
    while !says(&window, "It is over.") {
        assert!(start.elapsed() < TIMEOUT, "{}", app(&window).status());
        breathe(&mut window, Duration::from_millis(20));
    }
    assert_eq!(app(&window).step(), 400);
    press(&mut window, Key::Enter);
    breathe(&mut window, Duration::from_millis(50));
    assert_eq!(*app(&window).recipe().knobs.get("alpha"), Value::Real(0.2));
    press(&mut window, Key::PageUp);
    breathe(&mut window, Duration::from_millis(50));
    assert_eq!(*app(&window).recipe().knobs.get("alpha"), Value::Real(0.1));
    assert!(says(&window, "1 / 2"));
}

#[test]
fn hands_are_counted_and_the_theory_is_hidden_until_it_is_revealed() {
    let mut window = ready(small(), DESIGN);
    // Where gradient flow lands from other starts would give the answer away.
    let gives_away = |window: &Window| paints(window, "α = 0.1");
    let start = Instant::now();
    while !gives_away(&window) {
        assert!(start.elapsed() < TIMEOUT, "the theory is drawn at first");
        breathe(&mut window, Duration::from_millis(20));
    }
    press(&mut window, Key::Q);
    assert!(says(&window, "SGD trains more slowly"));
    assert!(!gives_away(&window));
    let title = app(&window).recipe().title.clone();
    for key in [Key::Num1, Key::Num1, Key::Num2] {
        press(&mut window, key);
    }
    // A digit is a hand now, not a preset.
    assert_eq!(app(&window).recipe().title, title);
    press(&mut window, Key::Enter);
    assert!(says(&window, "Predicted (3 hands)"));
    assert!(gives_away(&window));
    press(&mut window, Key::Num3);
    assert_ne!(app(&window).recipe().title, title);
}

#[test]
fn a_preset_without_answers_says_that_it_asks_nothing() {
    let mut recipe = small();
    recipe.question = "What will happen?".to_owned();
    let mut window = ready(recipe, DESIGN);
    press(&mut window, Key::Q);
    assert!(
        app(&window).status().contains("no question"),
        "{}",
        app(&window).status()
    );
}

#[test]
fn who_points_at_a_symbol_is_told_what_it_is() {
    let mut window = ready(small(), DESIGN);
    for step in 1..=3 {
        press(&mut window, Key::ArrowRight);
        wait(&mut window, "a step", |app| app.step() == step);
    }
    assert!(says(&window, "α = 0.100"));
    let symbol = window
        .get_by_role_and_label(Role::Label, "γ = 0.100")
        .rect();
    window.hover_at(symbol.center());
    window.run_steps(3);
    let slider = window.get_by_role_and_label(Role::Slider, "γ").rect();
    let framed = is_framed(&window, slider);
    assert!(framed, "the slider of γ wears a frame");
    press(&mut window, Key::E);
    assert!(!says(&window, "α = 0.100"));
}

#[test]
fn what_is_drawn_is_in_the_picture_of_the_window_until_it_is_cleared() {
    let mut window = ready(small(), DESIGN);
    let size = Vec2::new(DESIGN.x, DESIGN.y);
    // What is found out meanwhile would be in the second picture alone.
    press(&mut window, Key::O);
    let plain = app_mut(&mut window)
        .window_picture(size, 1.0, false, "")
        .rasterise();
    press(&mut window, Key::A);
    let (from, to) = (pos2(700.0, 300.0), pos2(900.0, 500.0));
    window.hover_at(from);
    window.step();
    window.drag_at(from);
    window.step();
    for part in 1..=8 {
        window.hover_at(from + (to - from) * (part as f32 / 8.0));
        window.step();
    }
    window.drop_at(to);
    window.run_steps(2);
    press(&mut window, Key::A);
    let drawn = app_mut(&mut window)
        .window_picture(size, 1.0, false, "")
        .rasterise();
    assert!(plain != drawn, "the line is in the picture");
    press(&mut window, Key::X);
    let cleared = app_mut(&mut window)
        .window_picture(size, 1.0, false, "")
        .rasterise();
    assert!(plain == cleared);
}

#[test]
fn the_list_of_commands_sets_opens_and_acts() {
    let mut window = ready(small(), DESIGN);
    for (typed, holds) in [("alpha = 0,2", "alpha"), ("kernel regime", "kernel")] {
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run_steps(2);
        window.event(Event::Text(typed.to_owned()));
        window.run_steps(2);
        press(&mut window, Key::Enter);
        window.run_steps(2);
        match holds {
            "alpha" => assert_eq!(*app(&window).recipe().knobs.get("alpha"), Value::Real(0.2)),
            _ => assert!(
                app(&window).recipe().title.contains("Kernel"),
                "{}",
                app(&window).recipe().title
            ),
        }
    }
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run_steps(2);
    press(&mut window, Key::Escape);
    assert!(!says(&window, "Commands"));
}

#[test]
fn digits_are_known_by_their_place_on_the_keyboard() {
    let mut window = ready(small(), DESIGN);
    // The third digit of a keyboard that has digits only with Shift.
    window.event(Event::Key {
        key: Key::Quote,
        physical_key: Some(Key::Num3),
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    window.step();
    assert!(
        app(&window).recipe().title.starts_with("Fig 3"),
        "{}",
        app(&window).recipe().title
    );
}

/// What a lecturer shows are the plots: the words of a tour leave them most of the height, whatever a step says, and
/// all of them can be read without scrolling.
#[test]
fn a_tour_in_the_lecture_layout_leaves_the_plots_their_height() {
    for listed in tours::listed() {
        let mut window = ready(small(), Vec2::new(1920.0, 1080.0));
        window.key_press(Key::F2);
        window.run_steps(3);
        let tour = tours::tour(listed.id).expect("a tour that ships");
        let steps = tour.steps.len();
        app_mut(&mut window).follow(tour);
        for step in 0..steps {
            window.run_steps(4);
            let place = format!("{}, step {}", listed.id, step + 1);
            let height = window.ctx.content_rect().height();
            let plots = window.query_all_by_role(Role::Image);
            let highest = plots.map(|plot| plot.rect().height()).reduce(f32::max);
            // A card alone is no plot.
            assert!(
                highest.is_none_or(|highest| highest > 0.3 * height),
                "{place}: {highest:?} of {height}"
            );
            let leave = window.get_by_role_and_label(Role::Button, "Leave").rect();
            let back = window.get_by_role_and_label(Role::Button, "◀ Back").rect();
            let words = [Role::Label, Role::Button].map(|role| {
                let all = window.get_all_by_role(role).map(|node| node.rect());
                // What begins about where the row of buttons does, and is not that row nor the bars below it.
                let words = all.filter(|at| {
                    (at.left() - back.left()).abs() < 30.0 && at.top() < back.bottom()
                });
                let lowest = words.map(|at| at.bottom());
                lowest
                    .filter(|bottom| (bottom - back.bottom()).abs() > 1.0)
                    .fold(0.0, f32::max)
            });
            let lowest = words[0].max(words[1]);
            assert!(
                lowest <= leave.top() && leave.bottom() < height,
                "{place}: {lowest}, {leave}"
            );
            // Past what the step waits for.
            let next = format!("{} / {steps}", step + 2);
            while step + 1 < steps && !says(&window, &next) {
                press(&mut window, Key::Enter);
            }
        }
    }
}
