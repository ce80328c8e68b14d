//! The application as the toolkit runs it: what it remembers, and when that is written.

use std::time::{Duration, Instant};

use eframe::Storage;
use eframe::egui::{Context, Event, Ui, Visuals};

use super::App;
use super::report::FrameReport;
use super::store::Store;

/// How long after a change it is kept: a program that is killed has lost no more.
const KEPT_AFTER: Duration = Duration::from_secs(2);

/// See the module.
pub(super) struct Window {
    app: App,
    store: Store,
    /// When the first thing was done that has not been kept.
    touched: Option<Instant>,
    report: Option<FrameReport>,
}

impl Window {
    pub(super) fn new(app: App, store: Store, report_since: Option<Instant>) -> Self {
        Self {
            app,
            store,
            touched: None,
            report: report_since.map(FrameReport::new),
        }
    }

    /// Keeps what was changed, a little later and while nothing else happens as well.
    fn keep_settings(&mut self, ctx: &Context) {
        let is_deed =
            |event: &Event| !matches!(event, Event::PointerMoved(_) | Event::MouseMoved(_));
        if ctx.input(|input| input.events.iter().any(is_deed)) {
            self.touched.get_or_insert_with(Instant::now);
        }
        if let Some(problem) = self.store.take_problem() {
            self.app.warn(problem);
        }
        let Some(touched) = self.touched else { return };
        let left = KEPT_AFTER.saturating_sub(touched.elapsed());
        if left.is_zero() {
            self.touched = None;
            self.keep();
        } else {
            ctx.request_repaint_after(left);
        }
    }

    fn keep(&mut self) {
        eframe::App::save(&mut self.app, &mut self.store);
        self.store.flush();
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        if let Some(report) = &mut self.report {
            report.before(&self.app, ctx, frame);
        }
        self.app.logic(ctx, frame);
        self.keep_settings(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        if let Some(report) = &mut self.report {
            report.after();
        }
    }

    /// The toolkit's store keeps the place of the window, and asks now and then and at the end.
    fn save(&mut self, _of_toolkit: &mut dyn Storage) {
        self.keep();
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        self.app.clear_color(visuals)
    }

    fn persist_egui_memory(&self) -> bool {
        self.app.persist_egui_memory()
    }
}
