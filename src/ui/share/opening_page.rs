//! "Open a file" in a browser: its own dialog, at once.

use eframe::egui::Context;

/// That it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ui) struct Opening;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Asked {
    /// Show the browser's dialog.
    Browse,
}

impl Opening {
    /// There is nothing to draw, and nothing else to ask.
    pub(in crate::ui) fn show(&mut self, _ctx: &Context) -> Option<Asked> {
        Some(Asked::Browse)
    }
}
