//! Clips for slides: frames of one size, made one after the other, written as an animated GIF, an
//! animated PNG, or a folder of numbered PNG files.
//!
//! From one frame of a plot to the next little changes. Only the rectangle that did is written, and
//! inside it what did not change is transparent, which compresses to next to nothing:
//!
//! | format | colours | opens in |
//! |---|---|---|
//! | GIF | a table of 256 for the whole clip (`colours`) | everything |
//! | APNG | all, exactly | browsers, current slide programs |
//! | frames | all, exactly | video encoders |
//!
//! [`write()`] is meant for a worker thread: it holds two frames at a time and can be cancelled between
//! them. Nothing is left under the final name then, nor after an error.

mod colours;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use colours::Census;

use super::image::{Image, add_text};
use crate::files::{self, NewFolder, WriteError};

/// How long the last frame stays before a clip starts over, in seconds.
const HOLD: f64 = 2.0;

/// Frames a second that players keep to: many show a GIF's delay of 1/100 s as 1/10 s.
const RATES: std::ops::RangeInclusive<f64> = 1.0..=50.0;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An animated GIF.
    Gif,
    /// An animated PNG.
    Apng,
    /// Numbered PNG files in a folder.
    Frames,
}

/// What a clip is apart from its pictures.
#[derive(Clone, Copy, Debug)]
pub struct Clip<'a> {
    /// Pixels in a row of every frame.
    pub width: u32,
    /// Rows of every frame.
    pub height: u32,
    /// How many frames.
    pub frames: usize,
    /// From 1 to 50. Numbered files leave it to the player.
    pub frames_per_second: f64,
    /// How it was made, as (keyword, text): of every PNG file, and the comment of a GIF.
    pub text: &'a [(&'a str, &'a str)],
}

impl Clip<'_> {
    /// How long a frame is shown, in ticks of `1 / rate` seconds: rounded so that errors do not add up.
    fn delay(&self, at: usize, rate: f64) -> u16 {
        if at + 1 == self.frames {
            return (HOLD * rate) as u16;
        }
        let tick = |frame: usize| (frame as f64 * rate / self.frames_per_second).round();
        (tick(at + 1) - tick(at)) as u16
    }
}

/// How writing a clip ended, if it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The clip is there.
    Written {
        /// Size of its file or files.
        bytes: u64,
    },
    /// As asked; there is nothing.
    Cancelled,
}

/// Why there is no clip. Whatever had its name before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// No frames.
    #[error("the clip has no frames: let the run take some steps first")]
    Empty,
    /// Not a rate that players keep to.
    #[error("{0} frames per second: choose 1 to 50")]
    Rate(f64),
    /// Not a size that the format has.
    #[error("a clip of {width}×{height} pixels cannot be written: choose 1 to 65535 each way")]
    Size {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The folder is taken.
    #[error("{0} already exists: choose another folder, or remove it")]
    Exists(PathBuf),
    /// A frame could not be drawn.
    #[error("frame {frame} could not be drawn: {reason}")]
    Frame {
        /// Which, counted from 0.
        frame: usize,
        /// What whoever draws them said.
        reason: String,
    },
    /// The system refused.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes a clip. `frame` draws the frame of a number, in order but for a look at a few of them
/// beforehand; `progress` hears how many are done and says whether to go on.
pub fn write<E: Display>(
    path: &Path,
    format: Format,
    clip: &Clip<'_>,
    mut frame: impl FnMut(usize) -> Result<Image, E>,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Outcome, ClipError> {
    if clip.frames == 0 {
        return Err(ClipError::Empty);
    }
    if !RATES.contains(&clip.frames_per_second) {
        return Err(ClipError::Rate(clip.frames_per_second));
    }
    let side = 1..=u32::from(u16::MAX);
    if !side.contains(&clip.width) || !side.contains(&clip.height) {
        return Err(ClipError::Size {
            width: clip.width,
            height: clip.height,
        });
    }
    let mut source = Source {
        clip,
        frame: &mut |at| frame(at).map_err(|error| error.to_string()),
        progress,
        stopped: None,
    };
    let mut bytes = 0;
    let written = match format {
        Format::Gif | Format::Apng => files::write_with(path, |file| {
            let mut file = Counted { file, bytes: 0 };
            if format == Format::Gif {
                write_gif(&mut file, &mut source)?;
            } else {
                write_apng(&mut file, &mut source)?;
            }
            bytes = file.bytes;
            Ok(())
        }),
        Format::Frames => {
            if files::is_taken(path) {
                return Err(ClipError::Exists(path.to_owned()));
            }
            let written = write_frames(path, &mut source).map(|sum| bytes = sum);
            written.map_err(|source| WriteError {
                path: path.to_owned(),
                source,
            })
        }
    };
    match (written, source.stopped) {
        (Ok(()), _) => Ok(Outcome::Written { bytes }),
        (Err(_), Some(Stop::Cancelled)) => Ok(Outcome::Cancelled),
        (Err(_), Some(Stop::Failed { frame, reason })) => Err(ClipError::Frame { frame, reason }),
        (Err(error), None) => Err(error.into()),
    }
}

/// Whoever draws the frames, and why there were no more of them. An `io::Error` only carries the news
/// that there were not.
struct Source<'a> {
    clip: &'a Clip<'a>,
    frame: &'a mut dyn FnMut(usize) -> Result<Image, String>,
    progress: &'a mut dyn FnMut(usize) -> bool,
    stopped: Option<Stop>,
}

enum Stop {
    Cancelled,
    Failed { frame: usize, reason: String },
}

impl Source<'_> {
    fn stop(&mut self, stop: Stop) -> io::Error {
        self.stopped = Some(stop);
        io::Error::other("no more frames")
    }

    /// Draws a frame when so many are done.
    fn frame(&mut self, at: usize, done: usize) -> io::Result<Image> {
        self.report(done)?;
        let mut image = match (self.frame)(at) {
            Ok(image) => image,
            Err(reason) => return Err(self.stop(Stop::Failed { frame: at, reason })),
        };
        let Clip { width, height, .. } = *self.clip;
        let bytes = width as usize * height as usize * 4;
        if (image.width, image.height, image.pixels.len()) != (width, height, bytes) {
            let reason = format!(
                "it is {}×{} pixels, the clip {width}×{height}",
                image.width, image.height
            );
            return Err(self.stop(Stop::Failed { frame: at, reason }));
        }
        for pixel in image.pixels.chunks_exact_mut(4) {
            pixel[3] = u8::MAX;
        }
        Ok(image)
    }

    fn report(&mut self, done: usize) -> io::Result<()> {
        if (self.progress)(done) {
            Ok(())
        } else {
            Err(self.stop(Stop::Cancelled))
        }
    }
}

/// A part of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Area {
    /// Numbers of its pixels in a picture of that width, row by row.
    fn pixels(self, width: usize) -> impl Iterator<Item = usize> {
        let rows = self.top..self.top + self.height;
        rows.flat_map(move |row| (0..self.width).map(move |x| row * width + self.left + x))
    }
}

/// The smallest rectangle around what differs; a pixel if nothing does, for a frame cannot be empty.
fn changed(before: &[u8], after: &[u8], width: usize) -> Area {
    let (mut left, mut right) = (width, 0);
    let (mut top, mut bottom) = (None, 0);
    let rows = before
        .chunks_exact(4 * width)
        .zip(after.chunks_exact(4 * width));
    for (row, (before, after)) in rows.enumerate() {
        if before == after {
            continue;
        }
        top.get_or_insert(row);
        bottom = row;
        let differs = |x: &usize| before[4 * x..4 * x + 4] != after[4 * x..4 * x + 4];
        left = (0..left).find(differs).unwrap_or(left);
        right = (right..width).rev().find(differs).unwrap_or(right);
    }
    let Some(top) = top else {
        return Area {
            left: 0,
            top: 0,
            width: 1,
            height: 1,
        };
    };
    Area {
        left,
        top,
        width: right - left + 1,
        height: bottom - top + 1,
    }
}

fn write_gif(out: &mut dyn Write, source: &mut Source<'_>) -> io::Result<()> {
    let clip = source.clip;
    let mut census = Census::default();
    // Colours come with the lines and stay; a few frames show them all. One that is in none of them
    // is shown as the most similar one.
    let mut looks: Vec<usize> = (0..5).map(|look| (clip.frames - 1) * look / 4).collect();
    looks.dedup();
    for look in looks {
        census.count(&source.frame(look, 0)?.pixels);
    }
    let mut table = census.table(255);
    let transparent = table.entries.len() as u8;
    let mut palette = table.entries.concat();
    palette.extend([0; 3]);
    let (width, height) = (clip.width as u16, clip.height as u16);
    let mut encoder = gif::Encoder::new(out, width, height, &palette).map_err(gif_error)?;
    encoder
        .set_repeat(gif::Repeat::Infinite)
        .map_err(gif_error)?;
    for (keyword, text) in clip.text {
        let comment = format!("{keyword}: {text}");
        let kind = gif::Extension::Comment.into();
        encoder
            .write_raw_extension(kind, &[comment.as_bytes()])
            .map_err(gif_error)?;
    }
    let width = clip.width as usize;
    let mut screen = vec![transparent; width * clip.height as usize];
    let mut before: Option<Image> = None;
    for at in 0..clip.frames {
        let image = source.frame(at, at)?;
        let area = match &before {
            Some(before) => changed(&before.pixels, &image.pixels, width),
            None => whole(clip),
        };
        let buffer: Vec<u8> = area
            .pixels(width)
            .map(|pixel| {
                let bytes = 4 * pixel..4 * pixel + 4;
                let color = &image.pixels[bytes.clone()];
                if before
                    .as_ref()
                    .is_some_and(|before| &before.pixels[bytes] == color)
                {
                    return transparent;
                }
                let number = table.number([color[0], color[1], color[2]]);
                if std::mem::replace(&mut screen[pixel], number) == number {
                    transparent
                } else {
                    number
                }
            })
            .collect();
        let frame = gif::Frame {
            left: area.left as u16,
            top: area.top as u16,
            width: area.width as u16,
            height: area.height as u16,
            delay: clip.delay(at, 100.0),
            dispose: gif::DisposalMethod::Keep,
            transparent: Some(transparent),
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).map_err(gif_error)?;
        before = Some(image);
    }
    encoder.into_inner().map_err(gif_error)?;
    source.report(clip.frames)
}

fn gif_error(error: gif::EncodingError) -> io::Error {
    match error {
        gif::EncodingError::Io(error) => error,
        error => io::Error::other(error),
    }
}

fn write_apng(out: &mut dyn Write, source: &mut Source<'_>) -> io::Result<()> {
    let clip = source.clip;
    let mut encoder = png::Encoder::new(out, clip.width, clip.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_animated(clip.frames as u32, 0)?;
    // Opaque pixels replace what is there and transparent ones leave it, exactly.
    encoder.set_blend_op(png::BlendOp::Over)?;
    encoder.set_dispose_op(png::DisposeOp::None)?;
    add_text(&mut encoder, clip.text)?;
    let mut writer = encoder.write_header()?;
    let width = clip.width as usize;
    let mut before: Option<Image> = None;
    for at in 0..clip.frames {
        let image = source.frame(at, at)?;
        writer.set_frame_delay(clip.delay(at, 1000.0), 1000)?;
        if let Some(before) = &before {
            let area = changed(&before.pixels, &image.pixels, width);
            let data: Vec<u8> = area
                .pixels(width)
                .flat_map(|pixel| {
                    let bytes = 4 * pixel..4 * pixel + 4;
                    let [old, new] = [before, &image].map(|image| &image.pixels[bytes.clone()]);
                    if old == new {
                        [0; 4]
                    } else {
                        [new[0], new[1], new[2], u8::MAX]
                    }
                })
                .collect();
            // The dimensions first: the position is checked against them.
            writer.reset_frame_position()?;
            writer.set_frame_dimension(area.width as u32, area.height as u32)?;
            writer.set_frame_position(area.left as u32, area.top as u32)?;
            // Mostly zeros: nothing to predict.
            writer.set_filter(png::Filter::NoFilter);
            writer.write_image_data(&data)?;
        } else {
            writer.write_image_data(&image.pixels)?;
        }
        before = Some(image);
    }
    writer.finish()?;
    source.report(clip.frames)
}

fn write_frames(path: &Path, source: &mut Source<'_>) -> io::Result<u64> {
    let clip = source.clip;
    let staging = NewFolder::at(path)?;
    let digits = (clip.frames - 1).to_string().len().max(4);
    let mut bytes = 0;
    for at in 0..clip.frames {
        let image = source.frame(at, at)?;
        let name = format!("frame-{at:0digits$}.png");
        let mut png = Vec::new();
        image.write_png(&mut png, clip.text, None)?;
        staging.create(&name)?.write_all(&png)?;
        bytes += png.len() as u64;
    }
    source.report(clip.frames)?;
    staging.publish()?;
    Ok(bytes)
}

fn whole(clip: &Clip<'_>) -> Area {
    Area {
        left: 0,
        top: 0,
        width: clip.width as usize,
        height: clip.height as usize,
    }
}

/// Counts what passes.
struct Counted<'a> {
    file: &'a mut dyn Write,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// How the clock of a clip runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Every frame multiplies the step by the same factor, as a logarithmic axis is read.
    LogTime,
    /// Every frame adds as many steps.
    Linear,
}

/// The step shown in each of so many frames, from `first` to `last`. Logarithmic time starts at step
/// 1 at the earliest. A single frame shows the last step.
pub fn playback(first: u64, last: u64, frames: usize, law: Law) -> Vec<u64> {
    let first = match law {
        Law::LogTime => first.max(1),
        Law::Linear => first,
    };
    let first = first.min(last);
    let end = frames.saturating_sub(1);
    let step = |frame: usize| {
        // The ends are not left to rounding.
        if frame == end {
            return last;
        }
        if frame == 0 {
            return first;
        }
        let share = frame as f64 / end as f64;
        let (from, to) = (first as f64, last as f64);
        let step = match law {
            Law::LogTime if first > 0 => from * (to / from).powf(share),
            Law::LogTime | Law::Linear => from + (to - from) * share,
        };
        (step.round() as u64).clamp(first, last)
    };
    (0..frames).map(step).collect()
}

#[cfg(test)]
mod tests;
