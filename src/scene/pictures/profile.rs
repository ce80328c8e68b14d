//! A function of one variable that changes with time, between two fixed ones.

use super::{NOT_AVAILABLE, NamedFunction, Picture, empty, patch, words};
use crate::format::number;
use crate::scene::curves::Curve;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Live, Pattern, Plot, Shape};
use crate::sim::experiment::Facts;
use crate::sim::history::History;

/// Abscissae at which the function is evaluated.
const POINTS: usize = 161;

/// What the ordinate spans.
const ORDINATES: (f64, f64) = (-0.03, 1.05);

/// What the abscissa is.
const ABSCISSA: &str = "βⱼ";

/// Where the function is evaluated.
fn abscissae(range: [f64; 2]) -> Vec<f64> {
    let step = (range[1] - range[0]) / (POINTS - 1) as f64;
    (0..POINTS).map(|i| range[0] + step * i as f64).collect()
}

/// Where fixed function number `which` has its name, at its left above or at its right below.
fn name_at(which: usize, function: fn(f64) -> f64, range: [f64; 2]) -> ([f64; 2], [i8; 2]) {
    let b = 0.55 * range[1];
    if which == 0 {
        ([b - 0.02, function(b)], [-1, 1])
    } else {
        ([b + 0.02, function(b)], [1, -1])
    }
}

/// The number that goes with a run's function at a row, in words.
fn parameter(
    (symbol, column): (&str, &str),
    history: &History,
    run: usize,
    row: usize,
) -> Option<String> {
    let source = history.setup.find(column)?;
    let value = history.runs[run].number_at(source, row)?;
    Some(format!("{symbol} {}", number(value, 2)))
}

/// See the module.
#[derive(Debug)]
pub struct Profile {
    /// The ordinates at the given abscissae for a run's state.
    pub curve: fn(&Facts, &[Vec<f64>], &[f64]) -> Vec<f64>,
    /// Names and functions of the fixed ones.
    pub bounds: &'static [NamedFunction],
    /// The abscissae's range.
    pub range: [f64; 2],
    /// Symbol and column of the number that a run's function depends on.
    pub parameter: (&'static str, &'static str),
}

impl Picture for Profile {
    fn content(&self, ordinate: &str, view: &View<'_>, _memory: &mut Memory) -> Content {
        Content::Plot(plot(view, self, ordinate))
    }
}

fn plot(view: &View<'_>, spec: &Profile, ordinate: &str) -> Plot {
    let Profile {
        curve,
        bounds,
        range,
        parameter: named,
    } = *spec;
    let x = Axis {
        label: ABSCISSA.to_owned(),
        range: Some((1.04 * range[0], 1.04 * range[1])),
        ..Axis::default()
    };
    let y = Axis {
        label: ordinate.to_owned(),
        range: Some(ORDINATES),
        ..Axis::default()
    };
    let abscissae = abscissae(range);
    let points = |values: Vec<f64>| -> Vec<[f64; 2]> {
        let pairs = abscissae.iter().zip(values);
        pairs.map(|(x, y)| [*x, y]).collect()
    };
    let mut layers = Vec::new();
    for (which, (name, function)) in bounds.iter().enumerate() {
        let shape = Shape::Line {
            curve: Curve::Points(points(abscissae.iter().map(|b| function(*b)).collect())),
            pattern: Pattern::Dotted,
            marked: false,
        };
        layers.push(Layer::new(*name, Ink::Weak, 1.2, shape));
        let (at, side) = name_at(which, *function, range);
        layers.push(words(*name, at, side, 14.0, Ink::Weak));
    }
    let mut key = Vec::new();
    for run in view.first_runs() {
        let (Some(row), Some(state)) = (view.row(run), view.state(run)) else {
            continue;
        };
        let values = curve(&view.history.setup.facts, state, &abscissae);
        if values.iter().all(|value| value.is_nan()) {
            continue;
        }
        layers.push(view.line(view.label(run), run, points(values)));
        let number = parameter(named, view.history, run, row);
        key.extend(number.map(|label| patch(label, view.ink(run))));
    }
    if layers.len() == 2 * bounds.len() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let words: Vec<&str> = key.iter().map(|entry| entry.label.as_str()).collect();
    Plot {
        x,
        y,
        layers,
        live: Box::new(Live {
            words: words.join(", "),
            ..Live::default()
        }),
        key,
        ..Plot::default()
    }
}
