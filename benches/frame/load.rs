//! Milliseconds from the key that opens a preset, or starts it again, to the end of the frame that shows the
//! new run. Frames come at their time, as on a display; the key falls right after one of them.

use std::time::{Duration, Instant};

use eframe::egui::{Event, Key, Modifiers};
use implicit_bias_lab::ui::App;
use serde_json::{Value, json};

use super::figures::percentiles;
use super::latency::{key, pressed};
use super::{FRAME, WAIT_TIMEOUT, Window};

/// Steps after which a run is started again: its history is long by then.
const STEPS: u64 = 200_000;

/// How long such a run may take to get there.
const RUN: Duration = Duration::from_secs(4);

/// The presets of a window's lab after its first one, by the key of a presenter's remote.
pub(super) fn presets(window: &mut Window, count: usize) -> Vec<(String, Duration)> {
    window.frame(key(Key::F2));
    let took = (1..count).map(|_| {
        let before = title(&window.app);
        let next = pressed(Key::PageDown, Modifiers::SHIFT);
        let time = until(window, next, |app| title(app) != before);
        (title(&window.app).unwrap_or_default(), time)
    });
    took.collect()
}

/// What is printed of them.
pub(super) fn figures(took: &[(String, Duration)]) -> Value {
    let slowest = took.iter().max_by_key(|(_, time)| *time);
    json!({
        "presets": took.len(),
        "ms": percentiles(took.iter().map(|(_, time)| *time)),
        "slowest": slowest.map(|(title, _)| title),
    })
}

/// A run on its way, started again.
pub(super) fn reset(window: &mut Window, times: usize) -> Value {
    let took = (0..times).map(|_| {
        window.frame(key(Key::Space));
        let start = Instant::now();
        while window.app.step() < STEPS && start.elapsed() < RUN {
            paced(window, Vec::new());
        }
        let before = window.app.step();
        until(window, key(Key::R), |app| app.step() < before / 2)
    });
    json!({ "ms": percentiles(took.collect::<Vec<_>>().into_iter()) })
}

fn title(app: &App) -> Option<String> {
    app.recipe_of_run().map(|recipe| recipe.title)
}

fn paced(window: &mut Window, events: Vec<Event>) {
    let begin = Instant::now();
    window.frame(events);
    std::thread::sleep(FRAME.saturating_sub(begin.elapsed()));
}

/// From an input to the end of the first frame for which it holds.
fn until(window: &mut Window, events: Vec<Event>, holds: impl Fn(&App) -> bool) -> Duration {
    let start = Instant::now();
    let mut begin = start;
    window.frame(events);
    while !holds(&window.app) && start.elapsed() < WAIT_TIMEOUT {
        std::thread::sleep(FRAME.saturating_sub(begin.elapsed()));
        begin = Instant::now();
        window.frame(Vec::new());
    }
    start.elapsed()
}
