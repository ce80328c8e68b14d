//! What can be saved, and in which formats.

use crate::figure::{clip, output};
use crate::files::FOLDER_EXTENSION;
use crate::scene::Panel;

/// What is saved.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) enum Item {
    /// The plots as they are shown.
    Plots,
    /// One of them.
    Plot(&'static Panel),
    /// The whole window.
    Window,
    /// The plots as they come to be.
    Clip,
    /// The numbers of the run.
    Data,
    /// The pictures of a sweep, or its table.
    Sweep,
}

impl Item {
    pub(super) fn label(self) -> String {
        match self {
            Self::Plots => "All plots".to_owned(),
            Self::Plot(panel) => format!("Plot: {}", panel.title),
            Self::Window => "The whole window".to_owned(),
            Self::Clip => "Clip".to_owned(),
            Self::Data => "The run's data".to_owned(),
            Self::Sweep => "The sweep".to_owned(),
        }
    }

    pub(super) fn formats(self) -> &'static [Format] {
        match self {
            Self::Plots | Self::Plot(_) | Self::Sweep => &[
                Format::Figure(output::Format::Png),
                Format::Figure(output::Format::Svg),
                Format::Figure(output::Format::Pdf),
                Format::Csv,
            ],
            Self::Window => &[Format::Figure(output::Format::Png)],
            Self::Clip => &[
                Format::Clip(clip::Format::Gif),
                Format::Clip(clip::Format::Apng),
                Format::Clip(clip::Format::Frames),
            ],
            Self::Data => &[Format::Folder, Format::Csv],
        }
    }

    pub(super) fn is_picture(self) -> bool {
        matches!(
            self,
            Self::Plots | Self::Plot(_) | Self::Window | Self::Sweep
        )
    }
}

/// As what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Format {
    /// A figure.
    Figure(output::Format),
    /// A moving one.
    Clip(clip::Format),
    /// A table.
    Csv,
    /// The folder that `run` writes.
    Folder,
}

impl Format {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Figure(output::Format::Png) => "PNG",
            Self::Figure(output::Format::Svg) => "SVG",
            Self::Figure(output::Format::Pdf) => "PDF",
            Self::Clip(clip::Format::Gif) => "GIF",
            Self::Clip(clip::Format::Apng) => "APNG",
            Self::Clip(clip::Format::Frames) => "numbered PNG",
            Self::Csv => "CSV",
            Self::Folder => "NPZ folder",
        }
    }

    /// The ending of the file's name.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Figure(format) => format.extension(),
            Self::Clip(clip::Format::Gif) => "gif",
            Self::Clip(clip::Format::Apng) => "png",
            Self::Csv => "csv",
            Self::Clip(clip::Format::Frames) | Self::Folder => FOLDER_EXTENSION,
        }
    }
}
