//! The program in a browser: the same window in a page, and workers in the place of threads.
//!
//! A worker runs the same module as the page and shares no memory with it; what native threads hand to each other
//! is [`crate::wire`]'s bytes here. The page asks for the workers that it needs ([`port`]), and each of them is
//! one of the engines that the native threads are ([`worker`]).

mod analysis;
pub(crate) mod clipboard;
pub(crate) mod files;
mod news;
mod port;
mod simulation;
mod sweeps;
mod worker;
mod writer;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, HtmlCanvasElement, UrlSearchParams, Window};

pub(crate) use analysis::Analysis;
pub(crate) use news::{Brought, News, when_there_is_news};
pub(crate) use simulation::Simulation;
pub(crate) use sweeps::{Job, threads};
pub(crate) use writer::Writer;

use crate::files::download;
use crate::ui;

/// Where the page draws.
const CANVAS: &str = "lab";

/// The element that says what the page is waiting for, and why it cannot go on.
const WORDS: &str = "words";

/// The element that a screen reader reads aloud whenever it changes.
const SAID: &str = "said";

/// Begins as what this is: the page, or one of its workers.
pub fn main() {
    let global = js_sys::global();
    if let Some(scope) = global.dyn_ref::<DedicatedWorkerGlobalScope>() {
        worker::listen(scope);
        return;
    }
    download::hand_to(files::download);
    wasm_bindgen_futures::spawn_local(async {
        if let Err(error) = open().await {
            say(&format!(
                "The lab could not be opened: {}",
                words_of(&error)
            ));
        }
    });
}

async fn open() -> Result<(), JsValue> {
    let canvas = window()?
        .document()
        .and_then(|document| document.get_element_by_id(CANVAS))
        .and_then(|element| element.dyn_into::<HtmlCanvasElement>().ok())
        .ok_or("the page has no canvas")?;
    ui::open(canvas).await
}

/// The page's window.
pub(crate) fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| "there is no page".into())
}

/// What stands behind the `#` of the page's address, with it.
pub(crate) fn fragment() -> String {
    let hash = window().and_then(|window| window.location().hash());
    hash.unwrap_or_default()
}

/// Puts something behind the `#`, in the place of what is there: the browser's "back" leads where the user came from.
pub(crate) fn set_fragment(fragment: &str) {
    let replaced = window().and_then(|window| {
        let history = window.history()?;
        history.replace_state_with_url(&JsValue::NULL, "", Some(fragment))
    });
    // A page from a file has no address that may change, and a browser takes only so many changes: the link can be
    // copied all the same.
    drop(replaced);
}

/// Calls back whenever somebody has changed the address.
pub(crate) fn when_address_changes(call: impl FnMut() + 'static) {
    let Ok(window) = window() else { return };
    let listener = Closure::<dyn FnMut()>::new(call);
    window.set_onhashchange(Some(listener.as_ref().unchecked_ref()));
    // As long as the page.
    listener.forget();
}

/// Whether the address has a word among what stands behind its `?`.
pub(crate) fn asks_for(word: &str) -> bool {
    parameters().is_some_and(|parameters| parameters.has(word))
}

/// Whether the page is to show little more than plots, as in a frame of another page: `?ui=minimal`.
pub(crate) fn is_minimal() -> bool {
    let ui = parameters().and_then(|parameters| parameters.get("ui"));
    ui.as_deref() == Some("minimal")
}

fn parameters() -> Option<UrlSearchParams> {
    let search = window().ok()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()
}

/// The page's address, without what stands behind its `#`.
pub(crate) fn page() -> String {
    let address = window().and_then(|window| window.location().href());
    let address = address.unwrap_or_default();
    address.split('#').next().unwrap_or_default().to_owned()
}

/// Says something to whoever hears the page and does not see it.
pub(crate) fn say_aloud(words: &str) {
    write_into(SAID, words);
}

/// Puts words over the canvas, or takes them away.
pub(crate) fn say(words: &str) {
    write_into(WORDS, words);
}

fn write_into(id: &str, words: &str) {
    let document = window().ok().and_then(|window| window.document());
    let element = document.and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element {
        element.set_text_content(Some(words));
    }
}

/// What an error of the browser says.
pub(crate) fn words_of(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok();
    let message = message.and_then(|message| message.as_string());
    let words = message
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"));
    // It goes on in a sentence of ours.
    words.trim_end_matches('.').to_owned()
}
