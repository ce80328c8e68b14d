//! The window. The only place that names egui.
//!
//! `app` drains the simulation's events in `logic` and lays out in `ui`; everything else is a
//! function that draws one thing from the history and returns what the user asked for. No
//! observable is computed here: values come from samples, functions of a state from the lab.

mod actions;
mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
mod controls;
#[cfg(not(target_arch = "wasm32"))]
mod desktop;
#[cfg(not(target_arch = "wasm32"))]
mod display;
mod engines;
mod header;
mod lecture;
mod live;
mod panels;
mod pins;
mod playback;
mod plot;
mod preset_menu;
mod progress;
#[cfg(not(target_arch = "wasm32"))]
mod report;
mod script;
mod share;
mod snapshot;
mod state;
mod status;
#[cfg(not(target_arch = "wasm32"))]
mod store;
mod sweep;
mod teach;
mod theme;
mod theory;
mod time_axis;
mod undo;
#[cfg(not(target_arch = "wasm32"))]
mod window;

pub use app::App;
#[cfg(target_arch = "wasm32")]
pub(crate) use browser::open;
#[cfg(not(target_arch = "wasm32"))]
pub use desktop::open;
pub use snapshot::Tessellated;
use web_time::Instant;

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
