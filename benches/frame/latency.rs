//! Frames from an input to the one that shows it, while the simulation runs flat out.

use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Ui, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use implicit_bias_lab::recipe::Recipe;
use implicit_bias_lab::ui::App;
use serde_json::{Value, json};

type Window = Harness<'static, Option<App>>;

/// How often each input is given.
const TIMES: usize = 40;

/// Frames after which an input counts as lost.
const LOST: usize = 100;

/// The numbers of frames that the inputs took.
pub(super) fn frames(recipe: Recipe, frame: Duration) -> Value {
    let draw = move |ui: &mut Ui, app: &mut Option<App>| {
        let app = app.get_or_insert_with(|| {
            App::new(ui.ctx(), None, Some(recipe.clone())).expect("the simulation thread starts")
        });
        app.receive();
        app.show(ui);
    };
    // Tall enough that no control is scrolled out of view.
    let builder = Harness::builder().with_size(vec2(1440.0, 1400.0));
    let mut window = Paced {
        window: builder.build_ui_state(draw, None),
        frame,
    };
    window.until(Vec::new(), |app| app.status().contains("Ready"));
    window.until(key(Key::Space), |app| app.step() > 1000);

    let pointer = (0..TIMES).map(|time| {
        let shows = |window: &Window| window.query_by_label_contains("at k = ").is_some();
        // From beside the plots into the first of them.
        let over = Pos2::new(500.0 + 3.0 * time as f32, 300.0);
        window.frames(vec![Event::PointerMoved(Pos2::new(2.0, 2.0))], |window| {
            !shows(window)
        });
        window.frames(vec![Event::PointerMoved(over)], shows)
    });
    let pointer = median_and_most(pointer.collect());

    let strip = window.window.get_by_label_contains("Time strip").rect();
    let scrub = (0..TIMES).map(|time| {
        let past = |window: &Window| window.query_by_label_contains("At k = ").is_some();
        let at = strip.lerp_inside(vec2(0.2 + 0.01 * time as f32, 0.8));
        window.frames(vec![Event::PointerMoved(at)], |_| true);
        window.frames(press(at, true), |_| true);
        let scrubbed = window.frames(press(at, false), past);
        window.frames(key(Key::Escape), |window| !past(window));
        scrubbed
    });
    let scrub = median_and_most(scrub.collect());

    let slider = window
        .window
        .get_by_role_and_label(Role::Slider, "γ")
        .rect();
    let mut knob = Vec::new();
    let mut run = Vec::new();
    for time in 0..TIMES {
        let part = if time % 2 == 0 { 0.25 } else { 0.3 };
        let at = slider.lerp_inside(vec2(part, 0.5));
        window.frames(vec![Event::PointerMoved(at)], |_| true);
        let of_knob = |app: &App| app.recipe().knobs.get("step_size").clone();
        let of_run = |app: &App| app.recipe_of_run().map_or(0, |recipe| recipe.changes.len());
        let (knob_before, run_before) = (of_knob(window.app()), of_run(window.app()));
        let first = window.frames(press(at, true), |window| {
            window
                .state()
                .as_ref()
                .is_some_and(|app| of_knob(app) != knob_before)
        });
        let rest = window.frames_from(first, |window| {
            window
                .state()
                .as_ref()
                .is_some_and(|app| of_run(app) > run_before)
        });
        knob.push(first);
        run.push(rest);
        window.frames(press(at, false), |_| true);
    }

    let pause = (0..2 * TIMES).map(|_| {
        let word = |window: &Window| window.query_by_label("▶ Play").is_some();
        let before = word(&window.window);
        window.frames(key(Key::Space), |window| word(window) != before)
    });
    let pause = median_and_most(pause.collect());
    json!({
        "pointer_to_numbers": pointer,
        "scrub_to_caption": scrub,
        "slider_to_knob": median_and_most(knob),
        "slider_to_run": median_and_most(run),
        "space_to_button": pause,
    })
}

fn median_and_most(mut frames: Vec<usize>) -> Value {
    frames.sort_unstable();
    json!({ "median": frames.get(frames.len() / 2), "max": frames.last() })
}

/// A window whose frames come at their time.
struct Paced {
    window: Window,
    frame: Duration,
}

impl Paced {
    fn app(&self) -> &App {
        self.window
            .state()
            .as_ref()
            .expect("the first frame made it")
    }

    fn draw(&mut self) {
        std::thread::sleep(self.frame);
        self.window.step();
    }

    fn until(&mut self, events: Vec<Event>, holds: impl Fn(&App) -> bool) {
        self.window.input_mut().events.extend(events);
        self.draw();
        while !holds(self.app()) {
            self.draw();
        }
    }

    /// Gives an input and counts frames, the one that takes it in included, up to the one that shows it.
    fn frames(&mut self, events: Vec<Event>, shows: impl Fn(&Window) -> bool) -> usize {
        self.window.input_mut().events.extend(events);
        self.draw();
        self.frames_from(1, shows)
    }

    fn frames_from(&mut self, mut frames: usize, shows: impl Fn(&Window) -> bool) -> usize {
        while !shows(&self.window) && frames < LOST {
            self.draw();
            frames += 1;
        }
        frames
    }
}

pub(super) fn key(key: Key) -> Vec<Event> {
    pressed(key, Modifiers::NONE)
}

pub(super) fn pressed(key: Key, modifiers: Modifiers) -> Vec<Event> {
    let press = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers,
    };
    vec![press(true), press(false)]
}

fn press(pos: Pos2, pressed: bool) -> Vec<Event> {
    vec![Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }]
}
