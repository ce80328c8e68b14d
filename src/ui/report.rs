//! A line on standard output for every frame of the window: what start-up, pace and idleness are measured
//! by from outside.

use std::io::{self, Write as _};

use eframe::egui::Context;
use serde_json::json;
use web_time::Instant;

use super::App;

/// See the module.
pub(super) struct FrameReport {
    started: Instant,
    frames: u64,
    /// Whether a frame has been laid out and not been reported yet.
    unreported: bool,
    /// Whether a frame with the plots has been on the screen.
    shown: bool,
}

impl FrameReport {
    /// `started` is when the program was.
    pub(super) fn new(started: Instant) -> Self {
        Self {
            started,
            frames: 0,
            unreported: false,
            shown: false,
        }
    }

    /// Prints the line of the frame that is on the screen by now.
    fn report(&mut self, app: &App, frame: &eframe::Frame) {
        let plots = app.shows_plots();
        self.shown |= plots;
        let line = json!({
            "frame": self.frames,
            "seconds": self.started.elapsed().as_secs_f64(),
            "busy_ms": frame.info().cpu_usage.map(|seconds| 1e3 * seconds),
            "step": app.step(),
            "playing": app.playing(),
            "plots": plots,
        });
        // Whoever read this has stopped.
        drop(writeln!(io::stdout(), "{line}"));
    }

    /// Before a frame: the one before has been painted by now, and not sooner.
    pub(super) fn before(&mut self, app: &App, ctx: &Context, frame: &eframe::Frame) {
        if std::mem::take(&mut self.unreported) {
            self.report(app, frame);
        }
        if !self.shown {
            // Otherwise the first picture might not be followed by another one.
            ctx.request_repaint();
        }
    }

    /// After it is laid out.
    pub(super) fn after(&mut self) {
        self.frames += 1;
        self.unreported = true;
    }
}
