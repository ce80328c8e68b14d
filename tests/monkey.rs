//! Keys, clicks, drags, wheels and texts in places that nobody chose, always the same: the window neither panics nor
//! stops to answer, and what it holds in the end is a recipe that can be opened.
//!
//!     MONKEY_ACTIONS=20000 MONKEY_SEED=7 cargo test --release --test monkey
//!
//! The same from outside, under a display: `python3 tests/soak.py --monkey 7`.
#![cfg(feature = "gui")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, TouchPhase, pos2, vec2,
};
use egui_kittest::Harness;
use implicit_bias_lab::recipe::{Recipe, link, presets};
use implicit_bias_lab::ui::App;
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

type Window = Harness<'static, Option<App>>;
type Random = Xoshiro256PlusPlus;

/// How long a frame may take on a busy machine.
const FRAME_TIMEOUT: Duration = Duration::from_mins(1);

/// What the window remembers: that saved files go into this folder.
struct Remembered(String);

impl eframe::Storage for Remembered {
    fn get_string(&self, key: &str) -> Option<String> {
        (key == "choices").then(|| self.0.clone())
    }

    fn set_string(&mut self, _key: &str, _value: String) {}

    fn remove_string(&mut self, _key: &str) {}

    fn flush(&mut self) {}
}

fn window(recipe: Recipe, folder: &std::path::Path) -> Window {
    let folder = folder.display();
    let remembered = Remembered(format!("(welcomed:true,folder:Some(\"{folder}\"))"));
    let draw = move |ui: &mut eframe::egui::Ui, app: &mut Option<App>| {
        let app = app.get_or_insert_with(|| {
            App::new(ui.ctx(), Some(&remembered), Some(recipe.clone())).unwrap()
        });
        app.receive();
        app.show(ui);
    };
    let builder = Harness::builder().with_size(vec2(1440.0, 900.0));
    builder.build_ui_state(draw, None)
}

/// Ctrl+O opens the desktop's own dialog, which is not ours to test.
fn is_ours(key: Key, modifiers: Modifiers) -> bool {
    !(key == Key::O && modifiers.command)
}

fn act(random: &mut Random, window: &mut Window) -> String {
    let size = window.ctx.content_rect().size();
    let place = |random: &mut Random| -> Pos2 {
        pos2(
            random.random_range(0.0..size.x),
            random.random_range(0.0..size.y),
        )
    };
    match random.random_range(0..100) {
        0..40 => {
            let key = Key::ALL[random.random_range(0..Key::ALL.len())];
            let modifiers = [
                Modifiers::NONE,
                Modifiers::NONE,
                Modifiers::SHIFT,
                Modifiers::COMMAND,
                Modifiers::COMMAND.plus(Modifiers::SHIFT),
            ][random.random_range(0..5)];
            if is_ours(key, modifiers) {
                window.key_press_modifiers(modifiers, key);
            }
            format!("{modifiers:?} {key:?}")
        }
        40..65 => {
            let at = place(random);
            window.hover_at(at);
            window.step();
            window.drag_at(at);
            window.step();
            window.drop_at(at);
            format!("click at {at:?}")
        }
        65..82 => {
            let (from, to) = (place(random), place(random));
            window.hover_at(from);
            window.step();
            window.drag_at(from);
            for part in 1_u8..=4 {
                window.step();
                window.event(Event::PointerMoved(from.lerp(to, f32::from(part) / 4.0)));
            }
            window.step();
            window.drop_at(to);
            format!("drag from {from:?} to {to:?}")
        }
        82..88 => {
            window.hover_at(place(random));
            let delta = vec2(0.0, [-3.0, -1.0, 1.0, 3.0][random.random_range(0..4)]);
            window.event(Event::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta,
                phase: TouchPhase::Move,
                modifiers: Modifiers::NONE,
                source: MouseWheelSource::Wheel,
            });
            format!("wheel {delta:?}")
        }
        88..94 => {
            let texts = [
                "1e308",
                "-1",
                "0",
                "auto",
                "nan",
                "β = w₊²",
                "3",
                "",
                "0.1,0.2",
                "max",
            ];
            let text = texts[random.random_range(0..texts.len())];
            window.event(Event::Text(text.to_owned()));
            format!("type {text}")
        }
        94..96 => {
            let all: Vec<_> = presets().collect();
            let preset = all[random.random_range(0..all.len())];
            // Large ones take their time, which is the business of other tests.
            let text = link::encode(&preset.recipe());
            window.event(Event::Paste(text));
            format!("paste the link of {}", preset.id)
        }
        96..98 => {
            let size = vec2(
                random.random_range(320.0..2000.0),
                random.random_range(240.0..1200.0),
            );
            window.set_size(size);
            format!("size {size:?}")
        }
        _ => {
            std::thread::sleep(Duration::from_millis(30));
            "wait".to_owned()
        }
    }
}

/// A small recipe to begin with: presets come soon enough.
fn small() -> Recipe {
    let mut recipe = presets().next().unwrap().recipe();
    for (key, value) in [
        ("n", "10"),
        ("d", "24"),
        ("sparsity", "2"),
        ("speed", "max"),
    ] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

#[test]
fn whatever_is_pressed_the_window_goes_on() {
    let given = |name| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let actions = given("MONKEY_ACTIONS").unwrap_or(200);
    let seeds = given("MONKEY_SEED").map_or(0..3, |seed| seed..seed + 1);
    // What is saved under a name without a folder must not litter the sources.
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    for seed in seeds {
        let mut random = Random::seed_from_u64(seed);
        let mut window = window(small(), folder.path());
        let mut done = Vec::new();
        for number in 0..actions {
            let start = Instant::now();
            let tried = catch_unwind(AssertUnwindSafe(|| {
                done.push(act(&mut random, &mut window));
                window.step();
                if number % 7 == 0 {
                    let output = window.output();
                    let shapes = output.shapes.clone();
                    drop(window.ctx.tessellate(shapes, output.pixels_per_point));
                }
            }));
            let last = &done[done.len().saturating_sub(12)..];
            assert!(tried.is_ok(), "seed {seed}, action {number}: {last:#?}");
            let took = start.elapsed();
            assert!(
                took < FRAME_TIMEOUT,
                "seed {seed}, action {number}: {took:?}: {last:#?}"
            );
        }
        let recipe = window.state().as_ref().unwrap().recipe().clone();
        let read = Recipe::from_toml(&recipe.to_toml()).unwrap();
        assert_eq!(read.to_toml(), recipe.to_toml(), "seed {seed}");
    }
}
