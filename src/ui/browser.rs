//! The window in a browser's page: what stands in the page's address, and what a screen reader hears.

use std::cell::RefCell;
use std::time::Duration;

use eframe::egui::{Context, Ui, Visuals};
use eframe::{Storage, WebOptions, WebRunner};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;
use web_time::Instant;

use super::App;
use crate::recipe::{Recipe, RecipeError, link};
use crate::web;

/// How often settings are kept: a tab that is closed has lost no more.
const KEPT_EVERY: Duration = Duration::from_secs(2);

/// How often a screen reader hears what has changed, at most.
const SAID_EVERY: Duration = Duration::from_secs(1);

thread_local! {
    /// What stops the page from drawing if it happens.
    static RUNNER: RefCell<Option<WebRunner>> = const { RefCell::new(None) };
}

/// Opens the window on a canvas, with the recipe that the page's address has behind the `#`; it wins over what was
/// on the screen last.
pub(crate) async fn open(canvas: HtmlCanvasElement) -> Result<(), JsValue> {
    let runner = WebRunner::new();
    let create = |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let (recipe, refused) = match linked(&web::fragment()) {
            Some(Ok(recipe)) => (Some(recipe), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let is_linked = recipe.is_some();
        let mut app = App::new(&cc.egui_ctx, cc.storage, recipe)?;
        if is_linked && web::asks_for("play") {
            app.play();
        }
        if web::asks_for("lecture") {
            app.lecture(&cc.egui_ctx);
        }
        if web::is_minimal() {
            app.show_only_plots();
        }
        if let Some(error) = refused {
            app.warn(unreadable(&error));
        }
        let ctx = cc.egui_ctx.clone();
        web::when_there_is_news(move || ctx.request_repaint());
        let ctx = cc.egui_ctx.clone();
        web::when_address_changes(move || ctx.request_repaint());
        web::say("");
        Ok(Box::new(Page {
            app,
            fragment: web::fragment(),
            said: (String::new(), Instant::now()),
        }))
    };
    runner
        .start(canvas, WebOptions::default(), Box::new(create))
        .await?;
    RUNNER.set(Some(runner));
    Ok(())
}

/// The recipe in the page's address, if there is one.
fn linked(fragment: &str) -> Option<Result<Recipe, RecipeError>> {
    link::find(fragment.as_bytes()).map(link::decode)
}

fn unreadable(error: &RecipeError) -> String {
    format!("The link in the address cannot be opened: {error}")
}

/// The application as the toolkit runs it.
struct Page {
    app: App,
    /// What stands behind the `#`.
    fragment: String,
    /// What was said last, and when.
    said: (String, Instant),
}

impl Page {
    /// Opens a link that was put into the address, and else puts the run there once it is paused.
    fn follow_address(&mut self) {
        let fragment = web::fragment();
        if fragment != self.fragment {
            self.fragment = fragment;
            match linked(&self.fragment) {
                Some(Ok(recipe)) => self.app.let_in_link(recipe),
                Some(Err(error)) => self.app.warn(unreadable(&error)),
                None => {}
            }
            return;
        }
        if self.app.playing() {
            return;
        }
        if let Some(link) = self.app.link_if_changed() {
            self.fragment = format!("#{link}");
            web::set_fragment(&self.fragment);
        }
    }

    /// Says to a screen reader what stands in the status line and over the plots.
    fn say(&mut self, ctx: &Context) {
        let left = SAID_EVERY.saturating_sub(self.said.1.elapsed());
        if !left.is_zero() {
            ctx.request_repaint_after(left);
            return;
        }
        let words = self.app.in_words();
        if words != self.said.0 {
            web::say_aloud(&words);
            self.said = (words, Instant::now());
        }
    }
}

impl eframe::App for Page {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
        self.follow_address();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        // What has been drawn is what is said.
        self.say(ui.ctx());
    }

    fn save(&mut self, storage: &mut dyn Storage) {
        self.app.save(storage);
    }

    fn auto_save_interval(&self) -> Duration {
        KEPT_EVERY
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        self.app.clear_color(visuals)
    }

    fn persist_egui_memory(&self) -> bool {
        self.app.persist_egui_memory()
    }
}
