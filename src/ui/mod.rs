//! The window. The only place that names egui.
//!
//! `app` drains the simulation's events in `logic` and lays out in `ui`; everything else is a
//! function that draws one thing from the history and returns what the user asked for. No
//! observable is computed here: values come from samples, functions of a state from the lab.

mod actions;
mod app;
mod controls;
mod header;
mod lecture;
mod live;
mod panels;
mod pins;
mod playback;
mod plot;
mod preset_menu;
mod progress;
mod report;
mod script;
mod share;
mod snapshot;
mod state;
mod status;
mod sweep;
mod teach;
mod theme;
mod theory;
mod time_axis;
mod undo;

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub use app::App;
use eframe::NativeOptions;
use eframe::egui::{IconData, Vec2, ViewportBuilder};
use report::FrameReport;
pub use snapshot::Tessellated;

use crate::recipe::Recipe;
use crate::tours::Tour;

/// How to open the window.
#[derive(Debug, Default)]
pub struct Launch {
    /// The recipe; that of the last session without one.
    pub recipe: Option<Recipe>,
    /// Whether its files are asked about before they are read: where it has come from elsewhere.
    pub ask: bool,
    /// The tour to follow.
    pub tour: Option<Tour>,
    /// Whether the clock runs at once.
    pub play: bool,
    /// Whether it opens in the lecture layout.
    pub projector: bool,
    /// Prints a line for every frame on standard output, in seconds from this moment.
    pub report_since: Option<Instant>,
}

/// Opens the window.
pub fn open(launch: Launch) -> Result<(), String> {
    let viewport = ViewportBuilder::default()
        .with_title("Implicit Bias Lab")
        .with_app_id("implicit-bias-lab")
        .with_inner_size(Vec2::new(1440.0, 900.0))
        .with_min_inner_size(Vec2::new(480.0, 360.0))
        .with_icon(icon());
    let options = NativeOptions {
        viewport,
        ..NativeOptions::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let note_opened = opened.clone();
    let app = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let asks = |recipe: &Recipe| launch.ask && !recipe.knobs.files().is_empty();
        let (asked, recipe) = match launch.recipe {
            Some(recipe) if asks(&recipe) => (Some(recipe), None),
            recipe => (None, recipe),
        };
        let mut app = App::new(&cc.egui_ctx, cc.storage, recipe)?;
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
        note_opened.store(true, Ordering::Relaxed);
        Ok(match launch.report_since {
            Some(started) => Box::new(FrameReport::new(app, started)),
            None => Box::new(app),
        })
    };
    // winit panics instead of failing where libxkbcommon-x11 is missing, or where the window is
    // destroyed under it.
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        eframe::run_native("implicit-bias-lab", options, Box::new(app))
    }));
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("the window could not be opened: {error}\n{ADVICE}")),
        Err(_panic) if opened.load(Ordering::Relaxed) => Err(
            "the window system took the window away; the next start has the last saved recipe"
                .to_owned(),
        ),
        Err(_panic) => Err(format!("the window system failed.\n{ADVICE}")),
    }
}

const ADVICE: &str = "A display with OpenGL is needed. On Debian or Ubuntu: sudo apt install libxkbcommon-x11-0 \
                      libxcursor1 libxi6 libxrender1 libx11-xcb1 libegl1 libgl1-mesa-dri\n\
                      Without a display, use `implicit-bias-lab run`.";

fn icon() -> IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}
