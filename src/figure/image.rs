//! Pixels, and PNG files with text beside them.

use std::borrow::Cow;
use std::io::{self, Write};

use png::{PixelDimensions, Unit};

const METRES_PER_INCH: f64 = 0.0254;

/// Pixels of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row by row from the top, red, green, blue and opacity each; all opaque unless its ground was left out.
    pub pixels: Vec<u8>,
}

impl Image {
    /// Writes a PNG file with some text beside the picture, as (keyword, text), and how large it is meant to be
    /// printed, in pixels per inch.
    pub fn write_png(
        &self,
        out: impl Write,
        text: &[(&str, &str)],
        pixels_per_inch: Option<f64>,
    ) -> io::Result<()> {
        let mut encoder = png::Encoder::new(out, self.width, self.height);
        let pixels = self.pixels.chunks_exact(4);
        let data = if pixels.clone().all(|pixel| pixel[3] == u8::MAX) {
            encoder.set_color(png::ColorType::Rgb);
            pixels.flat_map(|pixel| &pixel[..3]).copied().collect()
        } else {
            encoder.set_color(png::ColorType::Rgba);
            Cow::from(&self.pixels)
        };
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_pixel_dims(pixels_per_inch.map(|number| {
            let per_metre = (number / METRES_PER_INCH).round() as u32;
            PixelDimensions {
                xppu: per_metre,
                yppu: per_metre,
                unit: Unit::Meter,
            }
        }));
        add_text(&mut encoder, text)?;
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
