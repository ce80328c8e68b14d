//! The function of one variable that each run has learned, through the samples it has seen.

use super::{FAINT, NOT_AVAILABLE, Picture, dots, empty, extent, plain, swatch_entry};
use crate::scene::bounds::SteadyBounds;
use crate::scene::curves::Curve;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{
    Axis, Content, Ink, Layer, LegendEntry, Live, Marker, Pattern, Plot, Shape, Swatch,
};
use crate::sim::experiment::Facts;
use crate::sim::history::History;

/// Places at which a function is evaluated.
const PLACES: usize = 1001;

/// The same in a window, at most.
const MOST: f64 = 600.0;

/// A function this many times as long as the frame is wide leaves no room for broad lines and dashes.
const CROWDED: f64 = 9.0;

/// How high a frame is that is 1 wide, about.
const HEIGHT: f64 = 0.6;

/// Width and opacity of what runs had learned before.
const EARLIER: f64 = 1.6;
const FADED: f64 = 0.7;

/// What the abscissa is.
const ABSCISSA: &str = "x";

/// See the module.
#[derive(Debug)]
pub struct Functions {
    /// The coefficients of a run's function, from its state.
    pub coefficients: fn(&Facts, &[Vec<f64>]) -> Vec<f64>,
    /// A function's value, from its coefficients, at a place.
    pub evaluate: fn(&Facts, &[f64], f64) -> f64,
    /// Vectors of the places and values of the samples.
    pub samples: [&'static str; 2],
    /// Names and coefficient vectors of functions known beforehand, the truth first.
    pub fixed: &'static [(&'static str, &'static str)],
    /// The places' range.
    pub range: [f64; 2],
    /// Room below and above what is known beforehand, as parts of what that spans: interpolants may go anywhere between
    /// the samples, and the key is above.
    pub room: [f64; 2],
    /// Names and rows of earlier states whose functions are drawn behind those of a row, oldest first.
    pub before: fn(&History, usize) -> Vec<(String, usize)>,
}

impl Picture for Functions {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }
}

/// The points of a function.
type Graph = Vec<[f64; 2]>;

/// A function at `count` places of a range; `None` unless it is finite all over.
fn graph(function: impl Fn(f64) -> f64, range: [f64; 2], count: usize) -> Option<Graph> {
    let step = (range[1] - range[0]) / (count - 1) as f64;
    let point = |at: usize| {
        let x = range[0] + step * at as f64;
        let y = function(x);
        y.is_finite().then_some([x, y])
    };
    (0..count).map(point).collect()
}

/// The samples, from the vectors of their places and values.
fn samples(history: &History, ids: [&str; 2]) -> Graph {
    let [x, y] = ids.map(|id| history.vector(id).unwrap_or_default());
    let pairs = x.iter().zip(y).map(|(x, y)| [*x, *y]);
    pairs
        .filter(|pair| pair.iter().all(|part| part.is_finite()))
        .collect()
}

/// What the abscissa spans.
fn abscissae(range: [f64; 2]) -> (f64, f64) {
    let air = 0.01 * (range[1] - range[0]);
    (range[0] - air, range[1] + air)
}

/// Makes room for what is known beforehand; the frame stays where it is.
fn include<'a>(
    bounds: &mut SteadyBounds,
    known: impl Iterator<Item = &'a [f64; 2]>,
    [below, above]: [f64; 2],
) {
    if let Some((low, high)) = extent(known.map(|[_, y]| *y)) {
        let span = high - low;
        bounds.include(low - below * span, high + above * span, false);
    }
}

/// How long a function is in a frame that spans these values and is 1 wide.
fn length(graph: &[[f64; 2]], x: (f64, f64), y: (f64, f64)) -> f64 {
    let pairs = graph.windows(2).map(|pair| {
        let right = (pair[1][0] - pair[0][0]) / (x.1 - x.0);
        let up = (pair[1][1] - pair[0][1]) / (y.1 - y.0);
        right.hypot(HEIGHT * up)
    });
    pairs.sum()
}

/// How fixed function number `which` is broken, the truth being the first.
fn pattern(which: usize) -> Pattern {
    match which {
        0 => Pattern::Solid,
        odd if odd % 2 == 1 => Pattern::Dashed,
        _ => Pattern::Dotted,
    }
}

fn plot(spec: &Functions, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let facts = &view.history.setup.facts;
    let x = view.visible(0, abscissae(spec.range));
    let drawn = [x.0.max(spec.range[0]), x.1.min(spec.range[1])];
    let places = view.window.map_or(PLACES, |window| {
        (2.0 * window.size[0]).clamp(2.0, MOST) as usize
    });
    let graph = |coefficients: &[f64]| {
        let function = |x: f64| (spec.evaluate)(facts, coefficients, x);
        graph(function, drawn, places)
    };
    let samples = samples(view.history, spec.samples);
    let fixed = spec.fixed.iter().enumerate();
    let fixed: Vec<(usize, &str, Graph)> = fixed
        .filter_map(|(which, (name, id))| Some((which, *name, graph(view.history.vector(id)?)?)))
        .collect();
    let runs = view.first_runs().into_iter().filter_map(|run| {
        let coefficients = (spec.coefficients)(facts, view.state(run)?);
        Some((run, graph(&coefficients)?))
    });
    let runs: Vec<(usize, Graph)> = runs.collect();
    let truth = fixed.iter().filter(|(which, ..)| *which == 0);
    let known = truth.flat_map(|(.., graph)| graph).chain(&samples);
    include(&mut memory.bounds, known, spec.room);
    let x = Axis {
        label: ABSCISSA.to_owned(),
        range: Some(x),
        ..Axis::default()
    };
    let y = Axis {
        label: ordinate.to_owned(),
        range: view.span(&memory.bounds, false),
        ..Axis::default()
    };
    if fixed.is_empty() && runs.is_empty() && samples.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let frame = x.range.zip(y.range.map(|range| view.visible(1, range)));
    let crowded = frame.is_some_and(|(x, y)| {
        let mut graphs = fixed.iter().map(|(.., graph)| graph);
        graphs.any(|graph| length(graph, x, y) > CROWDED)
    });
    let mut key = Vec::new();
    if !samples.is_empty() {
        let swatch = Swatch::Point {
            marker: Marker::Circle,
            filled: true,
        };
        key.push(swatch_entry("samples", Ink::Text, swatch));
    }
    let (mut layers, known_key) = known_functions(fixed, crowded);
    key.extend(known_key);
    let (earlier, earlier_key) = earlier_functions(spec, view, &graph);
    layers.extend(earlier);
    key.extend(earlier_key);
    let mut names: Vec<&str> = Vec::new();
    for (run, graph) in runs {
        let label = view.label(run);
        names.push(label);
        layers.push(if crowded {
            plain(label, view.ink(run), 1.2, graph)
        } else {
            view.line(label, run, graph)
        });
    }
    layers.push(dots("samples", Ink::Text, samples, Marker::Circle, 4.0));
    names.extend(spec.fixed.iter().map(|(name, _)| *name));
    Plot {
        x,
        y,
        layers,
        key,
        live: Box::new(Live {
            words: names.join(", "),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// What the runs had learned before, and which of the lines is what: the older, the shorter its strokes.
fn earlier_functions(
    spec: &Functions,
    view: &View<'_>,
    graph: &dyn Fn(&[f64]) -> Option<Graph>,
) -> (Vec<Layer>, Vec<LegendEntry>) {
    let history = view.history;
    let before = (spec.before)(history, view.leading_row());
    let latest = before.len().saturating_sub(1);
    let mut layers = Vec::new();
    let mut key = Vec::new();
    for (at, (name, row)) in before.into_iter().enumerate() {
        let pattern = match latest - at {
            0 => Pattern::Dashed,
            _ => Pattern::Dotted,
        };
        for run in view.first_runs() {
            let state = history.runs[run].state_at(row);
            let coefficients = state.map(|state| (spec.coefficients)(&history.setup.facts, state));
            let Some(graph) = coefficients.and_then(|coefficients| graph(&coefficients)) else {
                continue;
            };
            let shape = Shape::Line {
                curve: Curve::Points(graph),
                pattern,
                marked: false,
            };
            let name = format!("{} {name}", view.label(run));
            layers.push(Layer::new(name, view.ink(run), EARLIER, shape).faded(FADED));
        }
        let swatch = Swatch::Line {
            pattern,
            marked: false,
            width: EARLIER,
        };
        key.push(LegendEntry {
            opacity: FADED,
            ..swatch_entry(name, Ink::Text, swatch)
        });
    }
    (layers, key)
}

/// The functions known beforehand, and what their lines mean.
fn known_functions(
    fixed: Vec<(usize, &str, Graph)>,
    crowded: bool,
) -> (Vec<Layer>, Vec<LegendEntry>) {
    let mut layers = Vec::new();
    let mut key = Vec::new();
    for (which, name, graph) in fixed {
        // The truth is a broad pale line under the others; what is only for comparison is thin.
        let (ink, width, opacity) = match which {
            0 => (Ink::Reference, if crowded { 3.0 } else { 6.0 }, FAINT),
            _ if crowded => continue,
            _ => (Ink::Weak, 1.8, 1.0),
        };
        let pattern = pattern(which);
        let shape = Shape::Line {
            curve: Curve::Points(graph),
            pattern,
            marked: false,
        };
        layers.push(Layer::new(name, ink, width, shape).faded(opacity));
        let swatch = Swatch::Line {
            pattern,
            marked: false,
            width,
        };
        key.push(LegendEntry {
            opacity,
            ..swatch_entry(name, ink, swatch)
        });
    }
    (layers, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_swings_often_is_long() {
        let swings = |times: f64| {
            let function = move |x: f64| (std::f64::consts::TAU * times * x).sin();
            let graph = graph(function, [0.0, 1.0], PLACES).unwrap();
            length(&graph, (0.0, 1.0), (-1.0, 1.0))
        };
        assert!((swings(0.0) - 1.0).abs() < 1e-12);
        assert!(swings(3.0) < CROWDED && swings(12.0) > CROWDED);
        assert!(graph(f64::ln, [-1.0, 1.0], 10).is_none());
    }
}
