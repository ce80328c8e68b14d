//! The entries of a vector against time: the support of the truth, and the largest others.

use super::stems::{around_zero, support_first};
use super::{FAINT, NOT_AVAILABLE, NOTHING_YET, Picture, StateVector, TRUTH, empty, rings};
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Layer, Pattern, Plot, Shape};

/// Entries off the support that are drawn, the largest at the end.
const OTHERS: usize = 8;

/// Entries of the support that are drawn.
const SUPPORT: usize = 20;

/// The entries that are drawn of a run whose vector has come to `last`, and whether each belongs to the
/// support.
fn chosen(last: &[f64], truth: Option<&[f64]>) -> Vec<(bool, usize)> {
    let (order, support) = support_first(truth, last.len());
    let mut others = order[support..].to_vec();
    let larger = |a: &usize, b: &usize| last[*b].abs().total_cmp(&last[*a].abs()).then(a.cmp(b));
    if others.len() > OTHERS {
        others.select_nth_unstable_by(OTHERS, larger);
        others.truncate(OTHERS);
    }
    others.sort_unstable_by(larger);
    let support = order[..support].iter().take(SUPPORT).map(|j| (true, *j));
    support
        .chain(others.into_iter().map(|j| (false, j)))
        .collect()
}

/// Where the truth has rings, at the right end of the axis.
fn ends(truth: &[f64], end: f64) -> Vec<[f64; 2]> {
    let support = truth.iter().filter(|b| **b != 0.0).take(SUPPORT);
    support.map(|b| [end, *b]).collect()
}

/// Width of the path of an entry of the support, and of another one.
const WIDTHS: [f64; 2] = [1.8, 1.0];

/// See the module.
#[derive(Debug)]
pub struct Paths {
    /// The vector, from a run's state.
    pub vector: StateVector,
    /// A vector fact drawn as ticks at the right end.
    pub reference: &'static str,
}

impl Picture for Paths {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }
}

fn plot(spec: &Paths, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let Paths { vector, reference } = *spec;
    let history = view.history;
    let facts = &history.setup.facts;
    let truth = history.vector(reference);
    let x = view.time_axis();
    let mut layers = Vec::new();
    let mut ever: Vec<f64> = truth.unwrap_or_default().to_vec();
    for run in view.first_runs() {
        let states = view.sound_states(run);
        let Some((_, last)) = states.last() else {
            continue;
        };
        let drawn = chosen(&vector(facts, last), truth);
        let which: Vec<usize> = drawn.iter().map(|(_, j)| *j).collect();
        let curves = memory.entries(view, run, &which, vector);
        for ((support, j), (curve, (low, high))) in drawn.into_iter().zip(curves) {
            ever.extend([low, high]);
            let name = format!("{} coordinate {}", view.label(run), j + 1);
            // Without a truth none is of second rank.
            let (width, opacity) = if support || truth.is_none() {
                (WIDTHS[0], 1.0)
            } else {
                (WIDTHS[1], FAINT)
            };
            let shape = Shape::Line {
                curve,
                pattern: Pattern::Solid,
                marked: false,
            };
            layers.push(Layer::new(name, view.ink(run), width, shape).faded(opacity));
        }
    }
    around_zero(&mut memory.bounds, ever.into_iter());
    let y = Axis {
        label: ordinate.to_owned(),
        range: view.span(&memory.bounds, false),
        ..Axis::default()
    };
    if history.len() < 2 {
        return empty(x, y, NOTHING_YET);
    } else if layers.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    if let (Some(truth), Some((_, end))) = (truth, x.range) {
        layers.push(rings(TRUTH, ends(truth, end)));
    }
    layers.extend(view.cursor_line());
    Plot {
        x,
        y,
        layers,
        ..Plot::default()
    }
}
