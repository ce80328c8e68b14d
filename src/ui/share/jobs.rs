//! Work that outlives a frame: drawing pictures, writing files, waiting for the platform's file dialog. Each piece has a
//! thread of its own, reports how far it is and can be cancelled; in a browser's page it waits for its turn.

#[cfg(any(target_arch = "wasm32", test))]
mod inline;
#[cfg(not(target_arch = "wasm32"))]
mod threaded;

#[cfg(not(target_arch = "wasm32"))]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use eframe::egui::{Context, ProgressBar, Ui, ViewportId};

use crate::figure::image::Image;
use crate::model::watch::Watch;
use crate::ui::live::Kept;
#[cfg(target_arch = "wasm32")]
pub(in crate::ui) use inline::Jobs;
#[cfg(not(target_arch = "wasm32"))]
pub(in crate::ui) use threaded::Jobs;

/// How a job ended.
pub(in crate::ui) enum Ended {
    /// With something for the status line.
    Message(String),
    /// With a picture for the clipboard.
    Picture(Image),
    /// With a place to save to, which the platform's dialog has cleared if something was there.
    #[cfg(not(target_arch = "wasm32"))]
    SaveTo(PathBuf),
    /// With a file to open.
    #[cfg(not(target_arch = "wasm32"))]
    Open(PathBuf),
    /// With a run to keep for comparison.
    Pinned(Box<Kept>),
    /// Because it was asked to, or because the user chose nothing.
    Cancelled,
    /// With the reason.
    Failed(String),
}

/// How a job reports its progress and learns that it was cancelled.
#[derive(Clone)]
pub(in crate::ui) struct Handle {
    /// In thousandths.
    done: Arc<AtomicU32>,
    watch: Watch,
    ctx: Context,
}

impl Handle {
    fn new(ctx: &Context) -> Self {
        Self {
            done: Arc::default(),
            watch: Watch::default(),
            ctx: ctx.clone(),
        }
    }

    /// Reports the part done, from 0 to 1; whether to go on.
    pub(in crate::ui) fn report(&self, part: f64) -> bool {
        let thousandths = (1000.0 * part.clamp(0.0, 1.0)) as u32;
        if self.done.swap(thousandths, Ordering::Relaxed) != thousandths {
            self.ctx.request_repaint_of(ViewportId::ROOT);
        }
        !self.watch.is_given_up()
    }

    /// How far the job of this name is, and a button that cancels it.
    fn bar_ui(&self, ui: &mut Ui, name: &str) {
        let part = self.done.load(Ordering::Relaxed) as f32 / 1000.0;
        ui.add(ProgressBar::new(part).desired_width(180.0).text(name));
        let cancel = ui.button("Cancel");
        if cancel.on_hover_text("Stop, and leave no file").clicked() {
            self.watch.give_up();
        }
    }

    /// For what cannot report.
    pub(in crate::ui) fn watch(&self) -> &Watch {
        &self.watch
    }
}
