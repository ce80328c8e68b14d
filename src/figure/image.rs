//! Pixels, and PNG files with text beside them.

use std::borrow::Cow;
#[cfg(any(target_arch = "wasm32", test))]
use std::io::Read as _;
use std::io::{self, Write};

#[cfg(any(target_arch = "wasm32", test))]
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
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

/// A picture that waits in memory, where many do.
#[cfg(any(target_arch = "wasm32", test))]
#[derive(Debug)]
pub struct Packed {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

#[cfg(any(target_arch = "wasm32", test))]
impl Packed {
    /// Packs it: plots take a hundredth.
    pub fn new(image: &Image) -> Self {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        let written = packed
            .write_all(&image.pixels)
            .and_then(|()| packed.finish());
        Self {
            width: image.width,
            height: image.height,
            pixels: written.expect("a vector takes what is written to it"),
        }
    }

    /// The picture again.
    pub fn image(&self) -> io::Result<Image> {
        let mut pixels = Vec::with_capacity(4 * (self.width * self.height) as usize);
        ZlibDecoder::new(&self.pixels[..]).read_to_end(&mut pixels)?;
        Ok(Image {
            width: self.width,
            height: self.height,
            pixels,
        })
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
