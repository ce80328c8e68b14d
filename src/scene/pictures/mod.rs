//! From a lab's panel and a history to a [`Cell`]: one file per kind of picture.

pub mod card;
pub mod decision_field;
pub mod density;
pub mod directions;
pub mod functions;
pub mod graphs;
pub mod grouped_bars;
pub mod paths;
pub mod plane;
pub mod profile;
pub mod series;
pub mod space;
pub mod stems;
#[cfg(test)]
pub(super) mod tests;
pub mod thermometer;
pub mod trail;

use std::any::Any;
use std::fmt::Debug;

use super::curves::Curve;
use super::memory::Memory;
use super::scale::place;
use super::view::View;
use super::{
    Axis, Cell, Content, Ink, Layer, LegendEntry, Marker, Panel, Pattern, Plot, Shape, Swatch,
};
use crate::palette::{self, Line, Look};
use crate::sim::experiment::Facts;
use crate::sim::history::History;
use crate::sim::roles::Truth;

/// Opacity of the shade between the extremes of a curve.
const BAND: f64 = palette::BAND as f64;

/// Opacity of curves of second rank.
const FAINT: f64 = palette::FAINT as f64;

/// Opacity of the tracks of noisy runs.
const PALE: f64 = 1.0 - palette::pale(false) as f64;

/// The layer of the rings that mark the truth.
pub const TRUTH: &str = "truth";

/// Said where a quantity is nowhere known.
const NOT_AVAILABLE: &str = "not available for these data";

/// Said where the theory has been left out.
const NOT_COMPUTED: &str = "needs the theory, which has not been computed";

/// Said where it may still come.
const BEING_COMPUTED: &str = "the theory is being computed …";

/// Said before the first step, where time is the abscissa.
const NOTHING_YET: &str = "nothing has happened yet: the run is at step 0";

/// Entry j of a vector, from the constants and a run's state.
pub type VectorEntry = fn(&Facts, &[Vec<f64>], usize) -> f64;

/// A whole vector, from the constants and a run's state.
pub type StateVector = fn(&Facts, &[Vec<f64>]) -> Vec<f64>;

/// A function of one variable with its name on the screen.
pub type NamedFunction = (&'static str, fn(f64) -> f64);

/// What the runs look for, if a legend has a line for it.
pub fn truth(history: &History) -> Option<Truth> {
    let truth = history.setup.roles.truth?;
    let vectors = &history.setup.facts.vectors;
    vectors.contains_key(truth.vector).then_some(truth)
}

/// A line in a family's style.
pub(super) fn line(name: impl Into<String>, look: Look, curve: Curve) -> Layer {
    let (pattern, marked) = pattern_of(look.line);
    let shape = Shape::Line {
        curve,
        pattern,
        marked,
    };
    Layer::new(name, look.ink, look.width, shape)
}

/// How a family's line is broken, and whether it wears markers.
pub(super) fn pattern_of(line: Line) -> (Pattern, bool) {
    match line {
        Line::Solid => (Pattern::Solid, false),
        Line::Marked => (Pattern::Solid, true),
        Line::Dashed => (Pattern::Dashed, false),
    }
}

/// A plain line.
fn plain(name: impl Into<String>, ink: Ink, width: f64, points: Vec<[f64; 2]>) -> Layer {
    let shape = Shape::Line {
        curve: Curve::Points(points),
        pattern: Pattern::Solid,
        marked: false,
    };
    Layer::new(name, ink, width, shape)
}

/// The points of a graph that jumps where two of them have the same abscissa, apart there.
fn apart_at_jumps(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut pieces: Vec<[f64; 2]> = Vec::new();
    for [x, y] in points {
        if pieces.last().is_some_and(|[before, _]| before == x) {
            pieces.push([*x, f64::NAN]);
        }
        pieces.push([*x, *y]);
    }
    pieces
}

/// Filled points.
pub(super) fn dots(
    name: impl Into<String>,
    ink: Ink,
    at: Vec<[f64; 2]>,
    marker: Marker,
    radius: f64,
) -> Layer {
    let shape = Shape::Points {
        at,
        marker,
        radius,
        filled: true,
    };
    Layer::new(name, ink, 1.0, shape)
}

/// Rings for what is known beforehand.
fn rings(name: impl Into<String>, at: Vec<[f64; 2]>) -> Layer {
    let shape = Shape::Points {
        at,
        marker: Marker::Circle,
        radius: 6.5,
        filled: false,
    };
    Layer::new(name, Ink::Reference, 2.0, shape)
}

/// A few words.
fn words(text: impl Into<String>, at: [f64; 2], side: [i8; 2], size: f64, ink: Ink) -> Layer {
    words_along(text, vec![at], side, size, ink)
}

/// A few words at the first of some places where there is room.
fn words_along(
    text: impl Into<String>,
    at: Vec<[f64; 2]>,
    side: [i8; 2],
    size: f64,
    ink: Ink,
) -> Layer {
    let text = text.into();
    let name = text.clone();
    let shape = Shape::Text {
        at,
        text,
        side,
        size,
    };
    Layer::new(name, ink, 1.0, shape)
}

/// The smallest and the largest finite value.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| value.is_finite())
        .fold(None, |extent, value| {
            let (low, high) = extent.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        })
}

/// A line of a key.
fn swatch_entry(label: impl Into<String>, ink: Ink, swatch: Swatch) -> LegendEntry {
    LegendEntry {
        label: label.into(),
        ink,
        opacity: 1.0,
        swatch,
    }
}

/// A line of a key with a patch of colour.
fn patch(label: impl Into<String>, ink: Ink) -> LegendEntry {
    swatch_entry(label, ink, Swatch::Patch)
}

/// What the shades that can be seen in these plots over time mean, for a legend.
pub fn shades<'a>(plots: impl Iterator<Item = &'a Plot>) -> Vec<LegendEntry> {
    let spans = [
        (series::EXTREMES, "shade: all values between two points"),
        (series::QUANTILES, "shade: 10 % to 90 % of the runs"),
    ];
    let names: Vec<&str> = plots.flat_map(visible_shades).collect();
    let shown = spans
        .into_iter()
        .filter(|(span, _)| names.iter().any(|name| name.ends_with(span)));
    let entries = shown.map(|(_, words)| LegendEntry {
        opacity: BAND,
        ..patch(words, Ink::Text)
    });
    entries.collect()
}

/// The names of a plot's shades that are wide enough, for long enough, to be seen beside a line.
fn visible_shades(plot: &Plot) -> Vec<&str> {
    /// Parts of what the shades span together, and of their rows.
    const WIDE: f64 = 0.03;
    const LONG: f64 = 0.05;
    let shades = plot.layers.iter().filter_map(|layer| match &layer.shape {
        Shape::Band(ribbon) => {
            let ends = |[_, low, high]: [f64; 3]| {
                Some((place(low, plot.y.log)?, place(high, plot.y.log)?))
            };
            let rows = ribbon.rows([plot.x.log, plot.y.log]).into_iter();
            let rows: Vec<(f64, f64)> = rows.filter_map(ends).collect();
            Some((layer.name.as_str(), rows))
        }
        _ => None,
    });
    let shades: Vec<(&str, Vec<(f64, f64)>)> = shades.collect();
    let all = || shades.iter().flat_map(|(_, rows)| rows);
    let low = all().fold(f64::INFINITY, |low, row| low.min(row.0));
    let high = all().fold(f64::NEG_INFINITY, |high, row| high.max(row.1));
    let is_seen = |rows: &[(f64, f64)]| {
        let wide = rows
            .iter()
            .filter(|(from, to)| to - from > WIDE * (high - low));
        wide.count() as f64 > LONG * rows.len() as f64
    };
    let seen = shades.iter().filter(|(_, rows)| is_seen(rows));
    seen.map(|(name, _)| *name).collect()
}

/// A plot that says why it is empty.
fn empty(x: Axis, y: Axis, note: &str) -> Plot {
    Plot {
        x,
        y,
        note: note.to_owned(),
        ..Plot::default()
    }
}

/// A kind of picture with what a lab has told it: it makes the content of a cell from a history.
pub trait Picture: Any + Debug + Sync {
    /// What is drawn of a history; `ordinate` names what the picture's ordinate counts.
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content;

    /// The numbers of single runs where states are shown, for who points at the picture.
    fn readings(&self, _view: &View<'_>) -> Vec<LegendEntry> {
        Vec::new()
    }
}

/// The picture of a panel. What it remembers makes the next one cheaper and keeps its axes still; a page
/// needs no memory.
pub fn cell(panel: &Panel, view: &View<'_>, memory: &mut Memory) -> Cell {
    memory.leave_out_failed(view.history);
    let ordinate = (panel.ordinate)(&view.history.setup.facts);
    Cell {
        title: panel.title.to_owned(),
        about: panel.about.to_owned(),
        content: known_so_far(panel.picture.content(ordinate, view, memory), view),
    }
}

/// What is not there while the theory is being computed may still come.
fn known_so_far(mut content: Content, view: &View<'_>) -> Content {
    if let Content::Plot(plot) = &mut content
        && view.theory
        && view.history.is_studied_now
        && [NOT_AVAILABLE, NOT_COMPUTED].contains(&plot.note.as_str())
    {
        plot.note = match &view.history.study_stage {
            Some(stage) => format!("the theory is being computed: {stage} …"),
            None => BEING_COMPUTED.to_owned(),
        };
    }
    content
}

/// The legend of a history: one entry per family that is shown, plus a ring for β* where known.
pub fn legend(view: &View<'_>) -> Vec<LegendEntry> {
    let families = view.families().map(|family| {
        let look = family.family.look;
        let (pattern, marked) = pattern_of(look.line);
        LegendEntry {
            label: family.title(),
            ink: look.ink,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern,
                marked,
                width: look.width,
            },
        }
    });
    let truth = truth(view.history).map(|truth| LegendEntry {
        label: truth.label.to_owned(),
        ink: Ink::Reference,
        opacity: 1.0,
        swatch: Swatch::Point {
            marker: Marker::Circle,
            filled: false,
        },
    });
    families.chain(truth).collect()
}
