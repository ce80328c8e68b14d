//! Pictures and other files with a recipe in them.

use std::path::Path;

use implicit_bias_lab::figure::image::Image;
use implicit_bias_lab::recipe::{RecipeError, carrier};
use rand::RngExt as _;
use tempfile::TempDir;

use super::mutate::{self, chance, one_of};
use super::texts::{judge, packed, whole};
use super::{Case, Outcome, Random};

/// A file that holds this link, by its ending.
fn carrying(random: &mut Random, ending: &str, link: &str) -> Vec<u8> {
    match ending {
        "png" => {
            let (width, height) = (random.random_range(1..5), random.random_range(1..5));
            let image = Image {
                width,
                height,
                pixels: vec![0xff; (4 * width * height) as usize],
            };
            let mut bytes = Vec::new();
            image
                .write_png(&mut bytes, &[("Title", "a run"), ("Recipe", link)], None)
                .unwrap();
            bytes
        }
        "svg" => {
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata>{link}</metadata></svg>")
                .into()
        }
        "pdf" => {
            format!("%PDF-1.7\n1 0 obj << /Title (a run) /Subject ({link}) >> endobj\ntrailer")
                .into()
        }
        _ => format!("See\n> {link}\n> and tell me").into(),
    }
}

pub(super) fn pictures() -> Case {
    let folder = TempDir::new().unwrap();
    Box::new(move |random| {
        let mut text = whole(random);
        if chance(random, 0.7) {
            mutate::text(random, &mut text, &["settings", "csv_path", "format"]);
        }
        let link = packed(text.as_bytes());
        let ending = *one_of(random, &["png", "svg", "pdf", "eml", "PNG", "toml"]);
        let mut bytes = if ending == "toml" {
            text.into_bytes()
        } else {
            carrying(random, &ending.to_lowercase(), &link)
        };
        if chance(random, 0.3) {
            mutate::bytes(random, &mut bytes);
        }
        let path = folder.path().join(format!("carrier.{ending}"));
        std::fs::write(&path, bytes).unwrap();
        open(&path)
    })
}

fn open(path: &Path) -> Outcome {
    let read = carrier::open(path);
    let outcome = judge(&read);
    match read {
        Err(RecipeError::In { source, .. }) if matches!(*source, RecipeError::Damaged(_)) => {
            Outcome::Unknown
        }
        Err(RecipeError::Nothing { .. }) => Outcome::Unknown,
        _ => outcome,
    }
}
