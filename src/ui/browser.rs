//! The window in a browser's page.

use eframe::egui::{Context, Ui, Visuals};
use eframe::{Storage, WebOptions, WebRunner};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use super::App;
use crate::recipe::{Recipe, RecipeError, link};
use crate::web;

/// Opens the window on a canvas, with the recipe that the page's address has behind the `#`.
pub(crate) async fn open(canvas: HtmlCanvasElement) -> Result<(), JsValue> {
    let runner = WebRunner::new();
    let create = |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let (recipe, refused) = match linked() {
            Some(Ok(recipe)) => (Some(recipe), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let mut app = App::new(&cc.egui_ctx, cc.storage, recipe)?;
        if let Some(error) = refused {
            app.warn(format!("the link in the address cannot be opened: {error}"));
        }
        web::say("");
        Ok(Box::new(Page { app }) as Box<dyn eframe::App>)
    };
    runner
        .start(canvas, WebOptions::default(), Box::new(create))
        .await?;
    web::keep(runner);
    Ok(())
}

/// The recipe in the page's address, if there is one.
fn linked() -> Option<Result<Recipe, RecipeError>> {
    let hash = web::window().ok()?.location().hash().ok()?;
    link::find(hash.as_bytes()).map(link::decode)
}

/// The application as the toolkit runs it.
struct Page {
    app: App,
}

impl eframe::App for Page {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }

    fn save(&mut self, storage: &mut dyn Storage) {
        self.app.save(storage);
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        self.app.clear_color(visuals)
    }

    fn persist_egui_memory(&self) -> bool {
        self.app.persist_egui_memory()
    }
}
