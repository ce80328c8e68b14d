//! The window on a desktop.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::NativeOptions;
use eframe::egui::{IconData, Vec2, ViewportBuilder, ViewportCommand, ViewportId};

use super::store::{self, Store};
use super::window::Window;
use super::{App, Launch, display};
use crate::crash;
use crate::interrupt;
use crate::recipe::Recipe;

/// What the toolkit calls the program: its store and desktop files have this name.
const APP_ID: &str = "implicit-bias-lab";

/// Opens the window.
pub fn open(launch: Launch) -> Result<(), String> {
    let viewport = ViewportBuilder::default()
        .with_title("Implicit Bias Lab")
        .with_app_id(APP_ID)
        .with_inner_size(Vec2::new(1440.0, 900.0))
        .with_min_inner_size(Vec2::new(360.0, 360.0))
        .with_icon(icon());
    let folder = eframe::storage_dir(APP_ID);
    let options = NativeOptions {
        viewport,
        event_loop_builder: Some(Box::new(display::choose)),
        persistence_path: folder.as_deref().and_then(store::of_toolkit),
        ..NativeOptions::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let note_opened = opened.clone();
    let theirs = excuse_window_system(opened.clone());
    let app = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let asks = |recipe: &Recipe| launch.ask && !recipe.knobs.files().is_empty();
        let (asked, recipe) = match launch.recipe {
            Some(recipe) if asks(&recipe) => (Some(recipe), None),
            recipe => (None, recipe),
        };
        let (mut store, words) = folder.as_deref().map(Store::open).unwrap_or_default();
        if let Some(older) = cc.storage {
            store.take_over(older);
        }
        let mut app = App::new(&cc.egui_ctx, Some(&store), recipe)?;
        if let Some(words) = words {
            app.warn(words);
        }
        if let Some(recipe) = asked {
            app.let_in_at_start(recipe, launch.play);
        } else if launch.play {
            app.play();
        }
        if launch.projector {
            app.lecture(&cc.egui_ctx);
        }
        if let Some(tour) = launch.tour {
            app.follow(tour);
        }
        if let Some(window) = cc.winit_window() {
            display::bring_back(window);
        }
        let ctx = cc.egui_ctx.clone();
        interrupt::close_by(move || {
            ctx.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Close);
            ctx.request_repaint_of(ViewportId::ROOT);
        });
        note_opened.store(true, Ordering::Relaxed);
        display::say_at_end(Some(GONE));
        Ok(Box::new(Window::new(app, store, launch.report_since)))
    };
    // winit panics instead of failing where libxkbcommon-x11 is missing, or where the window is
    // destroyed under it.
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        eframe::run_native(APP_ID, options, Box::new(app))
    }));
    display::say_at_end(None);
    let opened = opened.load(Ordering::Relaxed);
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if opened => Err(format!("{GONE} ({})", words_of(&error))),
        Ok(Err(error)) => Err(format!(
            "the window could not be opened: {}\n{ADVICE}",
            words_of(&error)
        )),
        Err(_panic) if theirs.load(Ordering::Relaxed) && opened => Err(GONE.to_owned()),
        Err(_panic) if opened => Err(CRASHED.to_owned()),
        Err(_panic) => Err(format!("the window did not open.\n{ADVICE}")),
    }
}

/// A panic of the window system's crates is no mistake of this program. Returns whether there was one.
fn excuse_window_system(opened: Arc<AtomicBool>) -> Arc<AtomicBool> {
    let happened = Arc::new(AtomicBool::new(false));
    let note_happened = happened.clone();
    crash::excuse(move |place, message| {
        if !WINDOW_SYSTEM.iter().any(|name| place.starts_with(name)) {
            return None;
        }
        note_happened.store(true, Ordering::Relaxed);
        let words = || format!("the window system failed: {message}");
        // What there is to say of an open window is said where the program ends.
        let is_open = opened.load(Ordering::Relaxed);
        Some(if is_open { String::new() } else { words() })
    });
    happened
}

fn words_of(error: &eframe::Error) -> String {
    crash::without_builder(&error.to_string())
}

/// The crates that panic where the window system fails them.
const WINDOW_SYSTEM: &[&str] = &[
    "winit-",
    "x11rb-",
    "glutin-",
    "egui_glow-",
    "glow-",
    "wayland-",
    "smithay-",
];

const CRASHED: &str = "the window had to close; the next start has the settings of this one";

const GONE: &str =
    "the window system took the window away; the next start has the settings of this one";

const ADVICE: &str = "A display with OpenGL is needed. On Debian or Ubuntu: sudo apt install libxkbcommon-x11-0 \
                      libxcursor1 libxi6 libxrender1 libx11-xcb1 libegl1 libgl1-mesa-dri\n\
                      Without a display, use `implicit-bias-lab run`.";

fn icon() -> IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}
