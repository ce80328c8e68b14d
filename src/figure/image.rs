//! Pixels, and PNG files with text beside them.

use std::io::{self, Write};

/// Pixels of an opaque picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row by row from the top, red, green, blue and 255 each. Pictures are opaque.
    pub pixels: Vec<u8>,
}

impl Image {
    /// Writes a PNG file with some text beside the picture, as (keyword, text).
    pub fn write_png(&self, out: impl Write, text: &[(&str, &str)]) -> io::Result<()> {
        let mut encoder = png::Encoder::new(out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        add_text(&mut encoder, text)?;
        let rgb = |pixel: &[u8]| [pixel[0], pixel[1], pixel[2]];
        let data: Vec<u8> = self.pixels.chunks_exact(4).flat_map(rgb).collect();
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&data)?;
        Ok(writer.finish()?)
    }
}

/// Text for PNG files: plain where Latin-1 has all of its letters, which every reader understands.
pub(super) fn add_text<W: Write>(
    encoder: &mut png::Encoder<'_, W>,
    text: &[(&str, &str)],
) -> Result<(), png::EncodingError> {
    for (keyword, text) in text {
        let (keyword, text) = ((*keyword).to_owned(), (*text).to_owned());
        if text.chars().all(|letter| u32::from(letter) < 256) {
            encoder.add_text_chunk(keyword, text)?;
        } else {
            encoder.add_itxt_chunk(keyword, text)?;
        }
    }
    Ok(())
}
