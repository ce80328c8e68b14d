//! Runs as paths in a plane, over a curve and marks of it.

use super::{FAINT, NOT_AVAILABLE, Picture, dots, empty, plain, rings, words};
use crate::format::{number, short};
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Live, Marker, Pattern, Plot, Shape};
use crate::sim::history::History;

/// See the module. What is not known yet is left out.
#[derive(Debug)]
pub struct Plane {
    /// The quantities that are abscissa and ordinate of a run.
    pub point: [&'static str; 2],
    /// The abscissa on the curve at which a run is expected to end.
    pub landing: &'static str,
    /// A vector of the points (x₀, y₀, x₁, y₁, …) of the curve.
    pub curve: &'static str,
    /// A vector with a positive number per point of the curve, written beside it at powers of ten.
    pub labels: &'static str,
    /// Names and (x, y) vectors of single points.
    pub marks: &'static [(&'static str, &'static str)],
    /// What the axes show.
    pub axes: [&'static str; 2],
}

impl Picture for Plane {
    fn content(&self, _ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(view, self, memory))
    }
}

/// The points of a curve that is kept as a vector (x₀, y₀, x₁, y₁, …); none while it is not known.
fn points<'a>(history: &'a History, vector: &str) -> &'a [[f64; 2]] {
    history.vector(vector).unwrap_or_default().as_chunks().0
}

/// The single points that are known, with their names.
fn marks(
    history: &History,
    marks: &[(&'static str, &'static str)],
) -> Vec<(&'static str, [f64; 2])> {
    let known = marks.iter();
    known
        .filter_map(|(name, vector)| Some((*name, *points(history, vector).first()?)))
        .collect()
}

/// The known points of a run up to a row.
fn path(history: &History, point: &[&'static str; 2], run: usize, row: usize) -> Vec<[f64; 2]> {
    let [Some(x), Some(y)] = point.map(|id| history.setup.find(id)) else {
        return Vec::new();
    };
    let [x, y] = [x, y].map(|source| history.runs[run].numbers(source));
    x.zip(y)
        .take_while(|((at, _), _)| *at <= row)
        .map(|((_, x), (_, y))| [x, y])
        .filter(|point| point.iter().all(|part| part.is_finite()))
        .collect()
}

/// The lower left and the upper right corner of all that a run ever visits.
fn corners(
    history: &History,
    point: &[&'static str; 2],
    run: usize,
    memory: &mut Memory,
) -> Option<[[f64; 2]; 2]> {
    let mut extent = |id| memory.extent(history, run, history.setup.find(id)?, false);
    let [x, y] = [extent(point[0])?, extent(point[1])?];
    Some([[x.0, y.0], [x.1, y.1]])
}

/// The abscissa at which a run is expected to end, as known at a row.
fn landing(history: &History, id: &str, run: usize, row: usize) -> Option<f64> {
    let landing = history.runs[run].number_at(history.setup.find(id)?, row);
    landing.filter(|landing| landing.is_finite())
}

/// Room around all points and the origin: (x, y).
fn frame(points: impl Iterator<Item = [f64; 2]>) -> [(f64, f64); 2] {
    let mut frame = [(0.0_f64, 0.0_f64); 2];
    for point in points {
        for (range, part) in frame.iter_mut().zip(point) {
            *range = (range.0.min(part), range.1.max(part));
        }
    }
    frame.map(|(low, high)| {
        let air = 0.08 * (high - low).max(1e-9);
        (low - air, high + 1.4 * air)
    })
}

/// The points of a curve with a round number beside them: the number, where, and whether there is
/// room to write it. The ends crowd: α → 0 and α → ∞ hardly move.
fn ticks<'a>(
    curve: &'a [[f64; 2]],
    labels: &'a [f64],
) -> impl Iterator<Item = (f64, [f64; 2], bool)> + 'a {
    curve.iter().zip(labels).filter_map(|(at, label)| {
        let exponent = label.log10();
        let round = (exponent - exponent.round()).abs() <= 1e-6;
        round.then(|| (*label, *at, (-2.5..=0.5).contains(&exponent)))
    })
}

fn plot(view: &View<'_>, spec: &Plane, memory: &mut Memory) -> Plot {
    let history = view.history;
    // Where runs from other starts end gives away where these do.
    let curve = if view.theory {
        points(history, spec.curve)
    } else {
        &[]
    };
    let marks = marks(history, spec.marks);
    let whole: Vec<[f64; 2]> = view
        .runs()
        .filter_map(|run| corners(history, &spec.point, run, memory))
        .flatten()
        .collect();
    let all = curve.iter().chain(marks.iter().map(|(_, mark)| mark));
    let [x, y] = frame(all.copied().chain(whole));
    let axis = |label: &str, range| Axis {
        label: label.to_owned(),
        range: Some(range),
        ..Axis::default()
    };
    let (x, y) = (axis(spec.axes[0], x), axis(spec.axes[1], y));
    let paths: Vec<(usize, usize, Vec<[f64; 2]>)> = view
        .runs()
        .filter_map(|run| {
            let row = view.row(run)?;
            let path = path(history, &spec.point, run, row);
            (!path.is_empty()).then_some((run, row, path))
        })
        .collect();
    if curve.is_empty() && marks.is_empty() && paths.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let level = marks.first().map(|(_, [_, y])| *y);
    let mut layers = interpolators(history, spec, curve, level);
    for (run, row, _) in &paths {
        let landing = landing(history, spec.landing, *run, *row).filter(|_| view.theory);
        if let (Some(x), Some(y)) = (landing, level) {
            let shape = Shape::Points {
                at: vec![[x, y]],
                marker: Marker::Diamond,
                radius: 7.0,
                filled: false,
            };
            let name = format!("{} destination", view.label(*run));
            layers.push(Layer::new(name, view.ink(*run), 1.0, shape));
        }
    }
    for (name, mark) in &marks {
        layers.push(rings(*name, vec![*mark]));
        layers.push(words(*name, *mark, [0, 1], 17.0, Ink::Text));
    }
    // The way of one run per family is enough ink; all of them show where they are.
    let first_runs = view.first_runs();
    for (run, _, path) in paths.iter().filter(|(run, ..)| first_runs.contains(run)) {
        let way = view.way(view.label(*run), *run, path.clone());
        layers.push(way.faded(FAINT));
    }
    for (run, _, path) in &paths {
        let first = first_runs.contains(run);
        layers.extend(path.last().map(|now| view.head(*run, *now, first)));
    }
    let words = paths.iter().filter_map(|(run, _, path)| {
        let [x, y] = path.last()?.map(|part| number(part, 3));
        Some(format!("{} at ({x}, {y})", view.label(*run)))
    });
    let words: Vec<String> = words.collect();
    Plot {
        x,
        y,
        layers,
        live: Box::new(Live {
            words: words.join(", "),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

fn interpolators(
    history: &History,
    spec: &Plane,
    curve: &[[f64; 2]],
    level: Option<f64>,
) -> Vec<Layer> {
    let mut layers = Vec::new();
    if let Some(level) = level {
        let line = Shape::Horizontal(level, Pattern::Dashed);
        layers.push(Layer::new("all interpolators", Ink::Weak, 1.0, line));
    }
    if curve.is_empty() {
        return layers;
    }
    layers.push(plain("argmin φ", Ink::Reference, 3.0, curve.to_vec()));
    let labels = history.vector(spec.labels).unwrap_or_default();
    for (alpha, at, has_room) in ticks(curve, labels) {
        let name = format!("α = {}", short(alpha, 1));
        layers.push(dots(&name, Ink::Reference, vec![at], Marker::Plus, 5.0));
        if has_room {
            layers.push(words(name, at, [1, -1], 13.0, Ink::Weak));
        }
    }
    layers
}
