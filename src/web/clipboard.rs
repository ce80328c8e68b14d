//! Pictures for the clipboard. The toolkit's own way does not tell whether the browser has taken them.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, ClipboardItem};

use super::news::News;
use super::{window, words_of};
use crate::figure::image::Image;

const PNG: &str = "image/png";

/// Puts a picture on the clipboard, and tells whether that was possible.
pub(crate) fn put(image: &Image) {
    let mut png = Vec::new();
    if let Err(error) = image.write_png(&mut png, &[], None) {
        News::Copied(Err(error.to_string())).tell();
        return;
    }
    // Some browsers take it only while they tell of the key or the click that asks for it.
    let begun = begin(&png);
    spawn_local(async move {
        let taken = match begun {
            Ok(writing) => JsFuture::from(writing).await.map(drop),
            Err(error) => Err(error),
        };
        News::Copied(taken.map_err(|error| words_of(&error))).tell();
    });
}

fn begin(png: &[u8]) -> Result<Promise, JsValue> {
    let window = window()?;
    // There is none outside a secure context, and in old browsers none for pictures.
    let missing = |of: &JsValue, name: &str| {
        let found = Reflect::get(of, &name.into());
        found.map_or(true, |found| found.is_undefined())
    };
    if missing(&window.navigator(), "clipboard") || missing(&window, "ClipboardItem") {
        return Err("it has none for pictures here".into());
    }
    let options = BlobPropertyBag::new();
    options.set_type(PNG);
    let parts = Array::of1(&Uint8Array::from(png));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let by_type = Object::new();
    Reflect::set(&by_type, &PNG.into(), &blob)?;
    let item = ClipboardItem::new_with_record_from_str_to_blob_promise(&by_type)?;
    Ok(window.navigator().clipboard().write(&Array::of1(&item)))
}
