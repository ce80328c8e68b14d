//! Pictures as data: what is drawn, in the units of the data, whoever draws it.
//!
//! ```text
//! Panel + History → pictures::cell → Cell → figure: layout → SVG → PNG, PDF
//!                                     └───→ ui: a plot of the window
//! ```
//!
//! Nothing here knows a screen or a page.

pub mod bounds;
pub mod curves;
mod panel;
pub mod pictures;
pub mod polyline;
pub mod scale;
mod tiles;

pub use crate::palette::{Colours, Ink};
use crate::palette::{Line, Look};
pub use panel::{Panel, always, shown_panel};
use pictures::card::CardRow;
pub use tiles::{Tile, Tiles, borders};

/// One picture.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Above it.
    pub title: String,
    /// What it shows, for readers who do not see it.
    pub about: String,
    /// The picture.
    pub content: Content,
}

/// The kinds of content.
#[derive(Clone, Debug)]
pub enum Content {
    /// Something with axes.
    Plot(Plot),
    /// Rows with a verdict each.
    Table(Vec<CardRow>),
}

/// Layers over a pair of axes.
#[derive(Clone, Debug, Default)]
pub struct Plot {
    /// Abscissa.
    pub x: Axis,
    /// Ordinate.
    pub y: Axis,
    /// Whether a unit is as long in either direction.
    pub equal_scales: bool,
    /// A map under everything else, with its scale beside the frame.
    pub tiles: Option<Box<Tiles>>,
    /// Later ones on top.
    pub layers: Vec<Layer>,
    /// What lines mean that are not in the legend, inside the plot.
    pub key: Vec<LegendEntry>,
    /// Said in the middle where there is nothing to draw.
    pub note: String,
}

/// One of a plot's axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it counts.
    pub label: String,
    /// Whether it is logarithmic; values that are not positive have no place on it then.
    pub log: bool,
    /// What it spans, in values. `None` fits everything that has a place.
    pub range: Option<(f64, f64)>,
    /// Whether it goes without ticks and numbers.
    pub bare: bool,
}

/// Something drawn in one colour.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it is, for the CSV: `SGD 2`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Its colour.
    pub ink: Ink,
    /// From 0 to 1.
    pub opacity: f64,
    /// Width of lines, in points of the screen; figures scale it to the page.
    pub width: f64,
}

impl Layer {
    /// An opaque one.
    pub fn new(name: impl Into<String>, ink: Ink, width: f64, shape: Shape) -> Self {
        Self {
            name: name.into(),
            shape,
            ink,
            opacity: 1.0,
            width,
        }
    }

    /// The same, to be seen through.
    #[must_use]
    pub fn faded(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// How a line is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pattern {
    /// Not at all.
    #[default]
    Solid,
    /// In long strokes.
    Dashed,
    /// In dots.
    Dotted,
}

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// ●, ○
    Circle,
    /// ■
    Square,
    /// ◆, ◇
    Diamond,
    /// ×
    Cross,
    /// +
    Plus,
}

/// The marker that goes with the line of a look.
pub fn marker(look: Look) -> Marker {
    match look.line {
        Line::Solid => Marker::Square,
        Line::Marked => Marker::Circle,
        Line::Dashed => Marker::Diamond,
    }
}

/// A layer's geometry, in values of the axes. What is not finite has no place and breaks a line.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A line through points.
    Line {
        /// Its points.
        points: Vec<[f64; 2]>,
        /// How it is broken.
        pattern: Pattern,
        /// Whether it wears sparse markers.
        marked: bool,
    },
    /// The area between two lines.
    Band {
        /// Abscissae.
        x: Vec<f64>,
        /// Lower ordinates.
        low: Vec<f64>,
        /// Upper ordinates.
        high: Vec<f64>,
    },
    /// The area inside a closed curve through points.
    Area(Vec<[f64; 2]>),
    /// Single points.
    Points {
        /// Where.
        at: Vec<[f64; 2]>,
        /// Their shape.
        marker: Marker,
        /// In points of the screen.
        radius: f64,
        /// Filled or a ring.
        filled: bool,
    },
    /// Straight pieces.
    Segments(Vec<[[f64; 2]; 2]>),
    /// Upright bars.
    Bars {
        /// (abscissa, from, to).
        bars: Vec<[f64; 3]>,
        /// In units of the abscissa.
        width: f64,
    },
    /// A line across at an ordinate.
    Horizontal(f64, Pattern),
    /// A line down at an abscissa.
    Vertical(f64, Pattern),
    /// An arrow from the first to the second point.
    Arrow([[f64; 2]; 2]),
    /// A few words.
    Text {
        /// Where.
        at: [f64; 2],
        /// What.
        text: String,
        /// Where the words stand as seen from `at`: −1 left or below, 0 centred, 1 right or above.
        side: [i8; 2],
        /// In points of the screen.
        size: f64,
    },
}

/// A line of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    /// Its words.
    pub label: String,
    /// Its colour.
    pub ink: Ink,
    /// From 0 to 1.
    pub opacity: f64,
    /// The look of its swatch.
    pub swatch: Swatch,
}

/// What a legend shows beside the words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Swatch {
    /// A piece of line.
    Line {
        /// How it is broken.
        pattern: Pattern,
        /// Whether it wears a marker.
        marked: bool,
        /// In points of the screen.
        width: f64,
    },
    /// A point.
    Point {
        /// Its shape.
        marker: Marker,
        /// Filled or a ring.
        filled: bool,
    },
    /// A patch of colour.
    Patch,
}
