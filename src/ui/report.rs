//! The window with a line on standard output for every frame: what start-up, pace and idleness are
//! measured by from outside.

use std::io::{self, Write as _};
use std::time::Instant;

use eframe::egui::{Context, Ui, Visuals};
use serde_json::json;

use super::App;

/// See the module.
pub(super) struct FrameReport {
    app: App,
    started: Instant,
    frames: u64,
    /// Whether a frame has been laid out and not been reported yet.
    unreported: bool,
    /// Whether a frame with the plots has been on the screen.
    shown: bool,
}

impl FrameReport {
    /// `started` is when the program was.
    pub(super) fn new(app: App, started: Instant) -> Self {
        Self {
            app,
            started,
            frames: 0,
            unreported: false,
            shown: false,
        }
    }

    /// Prints the line of the frame that is on the screen by now.
    fn report(&mut self, frame: &eframe::Frame) {
        let plots = self.app.shows_plots();
        self.shown |= plots;
        let line = json!({
            "frame": self.frames,
            "seconds": self.started.elapsed().as_secs_f64(),
            "busy_ms": frame.info().cpu_usage.map(|seconds| 1e3 * seconds),
            "step": self.app.step(),
            "playing": self.app.playing(),
            "plots": plots,
        });
        // Whoever read this has stopped.
        drop(writeln!(io::stdout(), "{line}"));
    }
}

impl eframe::App for FrameReport {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        // The frame before has been painted when the next one begins, and not sooner.
        if std::mem::take(&mut self.unreported) {
            self.report(frame);
        }
        if !self.shown {
            // Otherwise the first picture might not be followed by another one.
            ctx.request_repaint();
        }
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        self.frames += 1;
        self.unreported = true;
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.app.save(storage);
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        self.app.clear_color(visuals)
    }

    fn persist_egui_memory(&self) -> bool {
        self.app.persist_egui_memory()
    }
}
