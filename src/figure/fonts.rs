//! The bundled fonts: measured for the layout, embedded in SVG, given to the renderers of PNG and PDF.
//!
//! Figures need no font of the machine they are made or shown on. What a font lacks the next one has.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::Database;
use ttf_parser::Face;

use crate::typeset::{self, Level, SCRIPT};

/// Regular or bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Running text.
    Regular,
    /// Titles.
    Bold,
}

/// The font families in the order in which they are asked for a glyph, for SVG.
pub const FAMILIES: &str = "'Noto Sans','DejaVu Sans',sans-serif";

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular-subset.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold-subset.ttf");
const SYMBOLS: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans-subset.ttf");

/// What browsers are given: (family, weight, WOFF2). Smaller subsets of the same fonts: Latin, Greek
/// and the symbols of labels.
pub const WEB: [(&str, u16, &[u8]); 3] = [
    (
        "Noto Sans",
        400,
        include_bytes!("../../assets/fonts/NotoSans-Regular-figures.woff2"),
    ),
    (
        "Noto Sans",
        700,
        include_bytes!("../../assets/fonts/NotoSans-Bold-figures.woff2"),
    ),
    (
        "DejaVu Sans",
        400,
        include_bytes!("../../assets/fonts/DejaVuSans-figures.woff2"),
    ),
];

/// The fonts for the renderers of SVG, and no others: every machine draws the same.
pub fn database() -> Arc<Database> {
    static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut database = Database::new();
        for font in [REGULAR, BOLD, SYMBOLS] {
            database.load_font_data(font.to_vec());
        }
        database.set_sans_serif_family("Noto Sans");
        Arc::new(database)
    });
    DATABASE.clone()
}

fn faces() -> &'static [Face<'static>; 3] {
    static FACES: LazyLock<[Face<'static>; 3]> = LazyLock::new(|| {
        [REGULAR, BOLD, SYMBOLS].map(|font| Face::parse(font, 0).expect("a bundled font is whole"))
    });
    &FACES
}

/// Whether the text font lacks a character, so that the symbol font is asked for it.
pub fn is_symbol(c: char) -> bool {
    faces()[0].glyph_index(c).is_none()
}

/// How wide a line of text is, in the units of `size`, with its [marked](crate::typeset::marked) scripts.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let pieces = typeset::marked(text).into_iter();
    let widths = pieces.map(|piece| {
        let size = match piece.level {
            Level::Line => size,
            Level::Below | Level::Above => SCRIPT * size,
        };
        line_width(&piece.text, size, weight)
    });
    widths.sum()
}

fn line_width(text: &str, size: f64, weight: Weight) -> f64 {
    let [regular, bold, symbols] = faces();
    let first = match weight {
        Weight::Regular => regular,
        Weight::Bold => bold,
    };
    let advance = |c: char| {
        let glyph = |face: &Face<'_>| {
            let advance = face.glyph_hor_advance(face.glyph_index(c)?)?;
            Some(f64::from(advance) / f64::from(face.units_per_em()))
        };
        glyph(first).or_else(|| glyph(symbols)).unwrap_or(0.6)
    };
    size * text.chars().map(advance).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_fonts() {
        // Digits of Noto Sans are 572 units of 1000 wide.
        assert!((width("10", 10.0, Weight::Regular) - 11.44).abs() < 1e-9);
        assert!(width("W", 10.0, Weight::Bold) > width("i", 10.0, Weight::Regular));
        // Of DejaVu Sans, which has what Noto Sans lacks.
        assert!((width("∫", 10.0, Weight::Regular) - 5.21).abs() < 0.02);
    }
}
