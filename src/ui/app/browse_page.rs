//! Choosing a file in a browser, and where the browser saves.

use eframe::egui::Context;

use super::App;

impl App {
    /// The browser asks where to save, or does not.
    pub(super) fn browse(&mut self, _ctx: &Context) {}

    /// Asks with the browser's dialog what to open.
    pub(super) fn browse_to_open(&mut self, _ctx: &Context) {}
}
