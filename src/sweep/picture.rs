//! Pictures of a sweep: curves with bands over one setting, a map over two, a cloud of runs.
//!
//! They show the cells that are finished, so that a window may draw them while the others run.

#[cfg(test)]
mod tests;

use crate::format::number;
use crate::knobs::Role;
use crate::palette::Look;
use crate::scene::curves::{Curve, Ribbon};
use crate::scene::scale::place;
use crate::scene::{
    Axis, Colours, Ink, Layer, LegendEntry, Marker, Pattern, Plot, Shape, Swatch, Tiles, borders,
    marker,
};
use crate::sim::experiment::Family;
use crate::statistics::rank_correlation;
use crate::sweep::summary::{Band, Results};
use crate::sweep::{self, Sweep};

/// Opacity of the band between 10 % and 90 %.
const BAND: f64 = 0.2;

/// Opacity of a cloud's dots, which cover each other.
const DOT: f64 = 0.7;

/// Width of marks, in points of the screen.
const MARK: f64 = 1.4;

/// Width of a border that the theory draws on a map, in points of the screen.
const BORDER: f64 = 2.6;

/// Part of an axis left free beside its first and its last value, so that their marks are whole.
const AIR: f64 = 0.03;

/// A quantity on an axis is logarithmic if it spans this factor.
const WIDE: f64 = 5.0;

/// The colours of a ratio are at their strongest at the one that is farthest from 1, and not nearer to it than this.
const NARROWEST: f64 = 1.1;

/// A recorded quantity.
#[derive(Clone, Copy, Debug)]
pub struct Quantity<'a> {
    /// Its column.
    pub id: &'a str,
    /// What its axis is called.
    pub label: &'a str,
}

/// What the colours of a map show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The median of a family.
    Median(&'static str),
    /// The median of the first family over that of the second.
    Ratio(&'static str, &'static str),
    /// The part of a family's runs that have reached what they were to, whatever the quantity.
    Share(&'static str),
}

impl Shown {
    /// The family that it is of, or the first one.
    pub fn family(self) -> &'static str {
        match self {
            Self::Median(family) | Self::Ratio(family, _) | Self::Share(family) => family,
        }
    }
}

/// Medians and bands over the only axis of a sweep, or its first one.
pub fn curves(
    sweep: &Sweep,
    results: &Results,
    quantity: Quantity<'_>,
    families: &[Family],
) -> Plot {
    let mut layers = Vec::new();
    let mut dots = Vec::new();
    for Family {
        id, label, look, ..
    } in families
    {
        let bands = bands(sweep, results, id, quantity.id);
        let Look { ink, width, .. } = *look;
        let area = Shape::Band(Ribbon::Between {
            x: bands.iter().map(|(x, _)| *x).collect(),
            low: bands.iter().map(|(_, band)| band.low).collect(),
            high: bands.iter().map(|(_, band)| band.high).collect(),
        });
        layers.push(Layer::new(format!("{label}, 10 % to 90 %"), ink, width, area).faded(BAND));
        let medians: Vec<[f64; 2]> = bands.iter().map(|(x, band)| [*x, band.median]).collect();
        let name = format!("{label}, median");
        let points = points(medians.clone(), marker(*look), 3.4);
        dots.push(Layer::new(name.clone(), ink, width, points));
        let line = Shape::Line {
            curve: Curve::Points(medians),
            pattern: Pattern::Solid,
            marked: false,
        };
        layers.push(Layer::new(name, ink, width, line));
    }
    let log = spans_decades(layers.iter().flat_map(|layer| match &layer.shape {
        Shape::Line {
            curve: Curve::Points(points),
            ..
        } => points.iter().map(|[_, y]| *y).collect(),
        _ => Vec::new(),
    }));
    layers.extend(dots);
    let mut key = Vec::new();
    if sweep
        .axes()
        .first()
        .is_some_and(|axis| axis.role(&sweep.base().knobs) == Some(Role::StepSize))
    {
        for (name, x, ink, pattern) in edges(sweep, results, families) {
            let line = Shape::Vertical(x, pattern);
            layers.push(Layer::new(name.clone(), ink, MARK, line));
            key.push(LegendEntry {
                label: name,
                ink,
                opacity: 1.0,
                swatch: Swatch::Line {
                    pattern,
                    marked: false,
                    width: MARK,
                },
            });
        }
    }
    Plot {
        x: abscissa(sweep, &layers),
        y: Axis {
            label: quantity.label.to_owned(),
            log,
            ..Axis::default()
        },
        layers,
        key,
        ..Plot::default()
    }
}

/// The axis of a sweep from end to end, known or not, so that it rests while the picture fills; and as far
/// as its marks.
fn abscissa(sweep: &Sweep, layers: &[Layer]) -> Axis {
    let axis = axis_of(sweep, 0);
    let values = sweep.axes().iter().take(1).flat_map(sweep::Axis::values);
    let marks = layers.iter().filter_map(|layer| match layer.shape {
        Shape::Vertical(x, _) => Some(x),
        _ => None,
    });
    let places = values
        .copied()
        .chain(marks)
        .filter_map(|x| place(x, axis.log));
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
        (low.min(at), high.max(at))
    });
    let air = AIR * (high - low);
    let value = |place: f64| if axis.log { 10_f64.powf(place) } else { place };
    Axis {
        range: (low <= high).then(|| (value(low - air), value(high + air))),
        ..axis
    }
}

/// The step sizes worth marking: where the automatic choice lies, and beyond which half of the runs
/// of a family diverge, in the middle between the last value where fewer do and the next.
fn edges(
    sweep: &Sweep,
    results: &Results,
    families: &[Family],
) -> Vec<(String, f64, Ink, Pattern)> {
    let largest = results.largest_step_size();
    let largest = largest.filter(|size| size.is_finite());
    let knob = sweep.base().knobs.knob_of(Role::StepSize);
    let symbol = knob.and_then(|knob| Some(knob.landmark.as_ref()?.symbol));
    let largest = largest.zip(symbol).map(|(size, symbol)| {
        let name = format!("{symbol}, median");
        (name, size, Ink::Weak, Pattern::Dashed)
    });
    let diverge = families.iter().filter_map(
        |Family {
             id, label, look, ..
         }| {
            let [stable, unstable] = results.edge(sweep, id)?;
            let name = format!("{label} diverges");
            let ink = look.ink;
            Some((name, (stable * unstable).sqrt(), ink, Pattern::Dotted))
        },
    );
    largest.into_iter().chain(diverge).collect()
}

fn bands(sweep: &Sweep, results: &Results, family: &str, id: &str) -> Vec<(f64, Band)> {
    let values = sweep.axes().first().map_or(&[][..], |axis| axis.values());
    let places = (0..).zip(values);
    places
        .filter_map(|(place, x)| Some((*x, results.band(place, family, id)?)))
        .collect()
}

/// What a map shows at a place.
pub fn number_at(
    sweep: &Sweep,
    results: &Results,
    place: u64,
    id: &str,
    shown: Shown,
) -> Option<f64> {
    let median = |family| Some(results.band(place, family, id)?.median);
    match shown {
        Shown::Median(family) => median(family),
        Shown::Ratio(above, below) => Some(median(above)? / median(below)?),
        Shown::Share(family) => results.share(place, family, sweep.base().lab.roles().success?),
    }
}

/// A map over both axes of a sweep; places whose runs have not ended yet are painted like one near them,
/// those where half of the runs diverge wear a cross.
pub fn map(sweep: &Sweep, results: &Results, quantity: Quantity<'_>, shown: Shown) -> Plot {
    let axes = sweep.axes();
    let [across, up] = [0, 1].map(|at| axes.get(at).map_or(&[][..], |axis| axis.values()));
    let is_known = |place: u64| results.at(place).next().is_some();
    let place_of = |column: usize, row: usize| (column * up.len() + row) as u64;
    let mut numbers = Vec::with_capacity(across.len() * up.len());
    let mut diverged = Vec::new();
    for (row, y) in up.iter().enumerate() {
        for (column, x) in across.iter().enumerate() {
            let place = place_of(column, row);
            let looks_like = sweep.stand_in(place, is_known);
            let number =
                looks_like.and_then(|place| number_at(sweep, results, place, quantity.id, shown));
            if number.is_none() && looks_like == Some(place) {
                diverged.push([*x, *y]);
            }
            numbers.push(number.unwrap_or(f64::NAN));
        }
    }
    let log = spans_decades(numbers.iter().copied());
    let range = match shown {
        Shown::Median(_) => extent(&numbers, log),
        Shown::Share(_) => (0.0, 1.0),
        // 1 in the middle.
        Shown::Ratio(..) => {
            let factors = numbers.iter().filter(|number| **number > 0.0);
            let widest = factors.fold(NARROWEST, |widest, ratio| {
                widest.max(*ratio).max(1.0 / ratio)
            });
            (1.0 / widest, widest)
        }
    };
    let name = |family: &str| {
        let families = results.families();
        let known = families.iter().find(|known| known.id == family);
        known.map_or_else(|| family.to_owned(), |known| known.label.to_owned())
    };
    let (label, log, colours, sides) = match shown {
        Shown::Median(family) => (
            format!("{} of {}, median", quantity.label, name(family)),
            log,
            Colours::Sequential,
            Default::default(),
        ),
        Shown::Ratio(above, below) => (
            format!("{}: {} / {}", quantity.label, name(above), name(below)),
            true,
            Colours::Diverging,
            [above, below].map(|family| format!("{} {}", name(family), lower(sweep, quantity))),
        ),
        Shown::Share(family) => {
            let success = sweep.base().lab.roles().success;
            let word = success.map_or("", |success| success.word);
            let label = format!("share of {} runs that {word}", name(family));
            (label, false, Colours::Sequential, Default::default())
        }
    };
    let crosses = points(diverged, Marker::Cross, 4.0);
    let mut layers = vec![Layer::new("half or more diverge", Ink::Weak, 2.0, crosses)];
    let border = border(sweep);
    let key = border.iter().map(|layer| LegendEntry {
        label: layer.name.clone(),
        ink: layer.ink,
        opacity: 1.0,
        swatch: Swatch::Line {
            pattern: Pattern::Solid,
            marked: false,
            width: BORDER,
        },
    });
    let key = key.collect();
    layers.extend(border);
    let spanned = |at: usize, values: &[f64]| {
        let axis = axis_of(sweep, at);
        let borders = borders(values, axis.log);
        Axis {
            range: borders.first().copied().zip(borders.last().copied()),
            ..axis
        }
    };
    Plot {
        x: spanned(0, across),
        y: spanned(1, up),
        layers,
        key,
        tiles: Some(Box::new(Tiles {
            x: across.to_vec(),
            y: up.to_vec(),
            numbers,
            scale: Axis {
                label,
                log,
                range: Some(range),
                ..Axis::default()
            },
            colours,
            sides,
        })),
        ..Plot::default()
    }
}

/// Where the theory puts a border on the map, if the lab knows of one.
pub(super) fn border(sweep: &Sweep) -> Option<Layer> {
    let [across, up] = sweep.axes() else {
        return None;
    };
    let ends = |axis: &sweep::Axis| {
        let borders = borders(axis.values(), axis.is_logarithmic());
        Some((axis.key(), [*borders.first()?, *borders.last()?]))
    };
    let base = sweep.base();
    let (name, points) = base.lab.border(&base.knobs, [ends(across)?, ends(up)?])?;
    let line = Shape::Line {
        curve: Curve::Points(points),
        pattern: Pattern::Solid,
        marked: false,
    };
    Some(Layer::new(name, Ink::Reference, BORDER, line))
}

/// What a lower number of a quantity is.
fn lower(sweep: &Sweep, quantity: Quantity<'_>) -> &'static str {
    let roles = sweep.base().lab.roles();
    let is_better = [roles.loss, roles.merit].contains(&Some(quantity.id));
    if is_better { "better" } else { "lower" }
}

/// Every run as a dot, and a legend with the rank correlation of each family.
pub fn cloud(
    results: &[Results],
    axes: [Quantity<'_>; 2],
    families: &[Family],
) -> (Plot, Vec<LegendEntry>) {
    let ids = axes.map(|quantity| quantity.id);
    let mut layers = Vec::new();
    let mut legend = Vec::new();
    for family in families {
        let Family {
            id, label, look, ..
        } = family;
        let dots = results.iter().flat_map(|results| results.cloud(id, ids));
        let at: Vec<[f64; 2]> = dots.map(|(_, at)| at).collect();
        let correlation = rank_correlation(&at);
        let words = if correlation.is_nan() {
            (*label).to_owned()
        } else {
            format!("{label}: rank correlation {}", number(correlation, 3))
        };
        legend.push(entry(family, words));
        let dots = points(at, marker(*look), 3.6);
        layers.push(Layer::new(*label, look.ink, MARK, dots).faded(DOT));
    }
    let axis = |at: usize| {
        let numbers = layers.iter().flat_map(|layer| match &layer.shape {
            Shape::Points { at: dots, .. } => dots.iter().map(|dot| dot[at]).collect(),
            _ => Vec::new(),
        });
        Axis {
            label: axes[at].label.to_owned(),
            log: spans_decades(numbers),
            ..Axis::default()
        }
    };
    let plot = Plot {
        x: axis(0),
        y: axis(1),
        layers,
        ..Plot::default()
    };
    (plot, legend)
}

/// A line of a legend: the marker of a family's median or dots.
pub fn entry(family: &Family, label: String) -> LegendEntry {
    LegendEntry {
        label,
        ink: family.look.ink,
        opacity: 1.0,
        swatch: Swatch::Point {
            marker: marker(family.look),
            filled: true,
        },
    }
}

/// What the bands of [`curves`] mean.
pub fn band_entry() -> LegendEntry {
    LegendEntry {
        label: "shade: 10 % to 90 % of the runs".to_owned(),
        ink: Ink::Text,
        opacity: BAND,
        swatch: Swatch::Patch,
    }
}

fn points(at: Vec<[f64; 2]>, marker: Marker, radius: f64) -> Shape {
    Shape::Points {
        at,
        marker,
        radius,
        filled: true,
    }
}

/// An axis of a sweep as one of a plot. Words have numbers there, which its label tells.
fn axis_of(sweep: &Sweep, at: usize) -> Axis {
    let axis = sweep.axes().get(at);
    let label = |axis: &sweep::Axis| {
        let label = axis.knob(&sweep.base().knobs).label;
        let words = axis.words().iter().enumerate();
        let words: Vec<String> = words.map(|(at, word)| format!("{at} {word}")).collect();
        if words.is_empty() {
            label.to_owned()
        } else {
            format!("{label} ({})", words.join(", "))
        }
    };
    Axis {
        label: axis.map_or_else(String::new, label),
        log: axis.is_some_and(sweep::Axis::is_logarithmic),
        ..Axis::default()
    }
}

/// Whether these numbers are better told apart by their logarithms.
fn spans_decades(numbers: impl IntoIterator<Item = f64>) -> bool {
    let finite = numbers.into_iter().filter(|number| number.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(low, high), number| {
        (low.min(number), high.max(number))
    });
    low > 0.0 && high / low >= WIDE
}

/// The ends of what has a place.
fn extent(numbers: &[f64], log: bool) -> (f64, f64) {
    let finite = numbers
        .iter()
        .filter(|number| place(**number, log).is_some());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
        (low.min(*number), high.max(*number))
    });
    if low > high { (0.0, 1.0) } else { (low, high) }
}
