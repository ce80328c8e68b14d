//! Pictures as data: what is drawn, in the units of the data, whoever draws it.
//!
//! ```text
//! Panel + View of a history → Picture::content → Content → figure: a page → SVG → PNG, PDF
//!                                                    └───→ ui: a plot of the window
//! ```
//!
//! A kind of picture is one file in [`pictures`]: a struct with what a lab tells it, and
//! [`pictures::Picture`]. It composes a [`Plot`] of a dozen [`Shape`]s, which both painters draw, so that
//! the window and the page agree. Nothing here knows a screen or a page; what a window asks for
//! beyond a page (its pixels, what the user has moved) is [`view::Window`], and what it keeps between frames
//! [`memory::Memory`].

pub mod bounds;
pub mod clock;
pub mod columns;
pub mod curves;
pub mod equation;
pub mod fitted;
pub mod ghosts;
pub mod memory;
mod panel;
pub mod pictures;
pub mod polyline;
pub mod scale;
pub mod stroke;
mod tiles;
pub mod view;

pub use crate::palette::{Colours, Ink};
use crate::palette::{Line, Look};
use curves::{Curve, Ribbon};
pub use panel::{Panel, always, shown_panel};
use pictures::card::CardRow;
pub use tiles::{Stretch, Tiles, borders};

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

impl Cell {
    /// A plot whose title says what it shows.
    pub fn of_plot(title: &str, plot: Plot) -> Self {
        Self {
            title: title.to_owned(),
            about: String::new(),
            content: Content::Plot(plot),
        }
    }
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
    /// What lines mean that are not in the legend.
    pub key: Vec<LegendEntry>,
    /// Said in the middle where there is nothing to draw.
    pub note: String,
    /// What only a window has use for.
    pub live: Box<Live>,
}

/// What a window adds to a plot, and a page leaves out.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The picture in words, for who does not see it.
    pub words: String,
    /// Numbers where states are shown, in a corner of the frame that is mostly free.
    pub readout: Vec<LegendEntry>,
    /// Whether they stand at the bottom and not at the top.
    pub readout_below: bool,
    /// Points that can be dragged.
    pub handles: Vec<Handle>,
    /// Whether dragging turns the picture: one of three dimensions.
    pub turnable: bool,
}

/// A point that sets settings while it is dragged.
#[derive(Clone, Debug)]
pub struct Handle {
    /// Where it is.
    pub at: [f64; 2],
    /// What follows it.
    pub settings: Vec<Follower>,
    /// Whether they may all be 0 at once.
    pub may_vanish: bool,
    /// What it is.
    pub name: &'static str,
    /// What dragging it does.
    pub hint: &'static str,
}

/// A setting that follows a point: `constant` + ⟨`along`, point⟩.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follower {
    /// The setting.
    pub setting: &'static str,
    /// Its value where the point is at the origin.
    pub constant: f64,
    /// How it grows with the point's abscissa and ordinate.
    pub along: [f64; 2],
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
    /// Whether it is the time of the runs, which every plot over time shares.
    pub time: bool,
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
        curve: Curve,
        /// How it is broken.
        pattern: Pattern,
        /// Whether it wears sparse markers.
        marked: bool,
    },
    /// The area between two lines.
    Band(Ribbon),
    /// The area inside a closed convex curve through points.
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
        /// Where: at the first of these places that has room.
        at: Vec<[f64; 2]>,
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
