//! The application as the toolkit runs it: what it remembers, and when that is written.

use std::time::Duration;

use eframe::Storage;
use eframe::egui::{Context, Event, Ui, Visuals};
use web_time::Instant;

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

#[cfg(test)]
mod tests {
    use eframe::egui::{Key, Modifiers, RawInput, ViewportId};

    use super::*;

    /// A frame; how long the toolkit would wait for the next one if nothing happens.
    fn frame(window: &mut Window, ctx: &Context, events: Vec<Event>) -> Duration {
        let input = RawInput {
            events,
            ..RawInput::default()
        };
        let output = ctx.run_ui(input, |ui| window.keep_settings(ui.ctx()));
        let wait = output.viewport_output[&ViewportId::ROOT].repaint_delay;
        output.drop_without_applying_deltas();
        wait
    }

    #[test]
    fn settings_are_kept_within_seconds_of_a_deed_also_while_nothing_happens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let ctx = Context::default();
        let (store, words) = Store::open(folder.path());
        assert_eq!(words, None);
        let app = App::new(&ctx, Some(&store), None).unwrap();
        let mut window = Window::new(app, store, None);
        let at = |x| vec![Event::PointerMoved((x, 1.0).into())];
        let pressed = vec![Event::Key {
            key: Key::A,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        }];
        // The first frames of a context ask for others.
        for x in 0..5_u8 {
            frame(&mut window, &ctx, at(f32::from(x)));
        }
        assert_eq!(window.touched, None, "a look is no deed");
        let wait = frame(&mut window, &ctx, pressed);
        assert!(wait <= KEPT_AFTER, "{wait:?}");
        std::thread::sleep(KEPT_AFTER);
        frame(&mut window, &ctx, Vec::new());
        assert_eq!(window.touched, None);
        drop(window);
        assert!(std::fs::read_to_string(path).unwrap().contains("choices"));
    }
}
