//! Files in and out: what somebody drops or chooses is read, what is saved becomes a download.

use std::io;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, HtmlAnchorElement, HtmlElement, HtmlInputElement, Url};

use super::news::{Brought, News};
use super::{window, words_of};
use crate::files::memory;

/// How long the browser may take until it has a download's bytes for itself, in milliseconds.
const FETCHED: i32 = 60_000;

/// The element behind the browser's dialog.
const INPUT: &str = "open-file";

/// Has files read that somebody has brought; they come as [`News`].
pub(crate) fn bring(files: Vec<File>) {
    spawn_local(async move {
        let mut brought = Vec::new();
        for file in files {
            brought.push(Brought {
                name: file.name(),
                content: read(&file).await,
            });
        }
        News::Files(brought).tell();
    });
}

async fn read(file: &File) -> Result<Vec<u8>, String> {
    memory::refuse_what_is_too_large(file.size() as u64)?;
    let buffer = JsFuture::from(file.array_buffer()).await;
    // A folder has a name and a size, too.
    let buffer = buffer.map_err(|error| {
        let words = words_of(&error);
        format!("it cannot be read; if it is a folder, pack it as .zip first ({words})")
    })?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Shows the browser's dialog, and has the files read that are chosen.
pub(crate) fn choose() -> Result<(), String> {
    let shown = show_dialog();
    shown.map_err(|error| {
        format!(
            "the browser shows no dialog ({}): drop the file onto the page",
            words_of(&error)
        )
    })
}

fn show_dialog() -> Result<(), JsValue> {
    let document = window()?.document().ok_or("there is no page")?;
    if let Some(before) = document.get_element_by_id(INPUT) {
        // Nothing was chosen with it.
        before.remove();
    }
    let input: HtmlInputElement = element("input")?.unchecked_into();
    input.set_id(INPUT);
    input.set_type("file");
    input.set_multiple(true);
    input.set_hidden(true);
    // Some browsers forget a dialog whose element is nowhere.
    body()?.append_child(&input)?;
    let ended = {
        let input = input.clone();
        Closure::once_into_js(move |_event: JsValue| {
            let list = input.files();
            let files = (0..list.as_ref().map_or(0, |list| list.length()))
                .filter_map(|at| list.as_ref()?.get(at));
            let files: Vec<File> = files.collect();
            input.remove();
            if !files.is_empty() {
                bring(files);
            }
        })
    };
    input.set_onchange(Some(ended.unchecked_ref()));
    input.click();
    Ok(())
}

/// Gives the browser a whole file.
pub(super) fn download(name: &str, bytes: &[u8]) -> io::Result<()> {
    let given = give(name, bytes);
    given.map_err(|error| {
        io::Error::other(format!(
            "the browser does not take it: {}",
            words_of(&error)
        ))
    })
}

fn give(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let url = Url::create_object_url_with_blob(&Blob::new_with_u8_array_sequence(&parts)?)?;
    let anchor: HtmlAnchorElement = element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.set_hidden(true);
    let body = body()?;
    body.append_child(&anchor)?;
    anchor.click();
    anchor.remove();
    let forget = Closure::once_into_js(move || drop(Url::revoke_object_url(&url)));
    let window = window()?;
    window
        .set_timeout_with_callback_and_timeout_and_arguments_0(forget.unchecked_ref(), FETCHED)?;
    Ok(())
}

fn element(name: &str) -> Result<web_sys::Element, JsValue> {
    let document = window()?.document().ok_or("there is no page")?;
    document.create_element(name)
}

fn body() -> Result<HtmlElement, JsValue> {
    let document = window()?.document().ok_or("there is no page")?;
    document.body().ok_or_else(|| "the page is empty".into())
}
