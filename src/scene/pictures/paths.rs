//! The entries of a vector against time: the support of the truth, and the largest others.

use super::VectorEntry;
use super::stems::{around_zero, support_first};
use super::{FAINT, NOT_AVAILABLE, NOTHING_YET, Picture, View, empty, plain, rings};
use crate::scene::{Axis, Content, Plot};
use crate::sim::experiment::Facts;

/// Entries off the support that are drawn, the largest at the end.
const OTHERS: usize = 8;

/// Entries of the support that are drawn.
const SUPPORT: usize = 20;

/// The entries that are drawn of a run that has come to `last`, and whether each belongs to the
/// support.
pub fn chosen(
    entry: VectorEntry,
    facts: &Facts,
    last: &[Vec<f64>],
    truth: Option<&[f64]>,
) -> Vec<(bool, usize)> {
    let (order, support) = support_first(truth, last[0].len());
    let others = order[support..].iter();
    let mut others: Vec<(f64, usize)> =
        others.map(|j| (entry(facts, last, *j).abs(), *j)).collect();
    others.sort_by(|a, b| b.0.total_cmp(&a.0));
    let support = order[..support].iter().take(SUPPORT).map(|j| (true, *j));
    let others = others.into_iter().take(OTHERS).map(|(_, j)| (false, j));
    support.chain(others).collect()
}

/// Where the truth has rings, at the right end of the axis.
pub fn ends(truth: &[f64], end: f64) -> Vec<[f64; 2]> {
    let support = truth.iter().filter(|b| **b != 0.0).take(SUPPORT);
    support.map(|b| [end, *b]).collect()
}

/// Width of the path of an entry of the support, and of another one.
pub const WIDTHS: [f32; 2] = [1.8, 1.0];

/// See the module.
#[derive(Debug)]
pub struct Paths {
    /// VectorEntry j of the vector, from a run's state.
    pub entry: VectorEntry,
    /// A vector fact drawn as ticks at the right end.
    pub reference: &'static str,
}

impl Picture for Paths {
    fn content(&self, ordinate: &str, view: &View<'_>) -> Content {
        Content::Plot(plot(view, ordinate, self.entry, self.reference))
    }
}

fn plot(view: &View<'_>, ordinate: &str, entry: VectorEntry, reference: &str) -> Plot {
    let history = view.history;
    let facts = &history.setup.facts;
    let truth = history.vector(reference);
    let x = view.time_axis();
    let mut layers = Vec::new();
    let mut ever = Vec::new();
    for run in view.first_runs() {
        let states = history.runs[run].states();
        let Some((_, last)) = states.last() else {
            continue;
        };
        let readings = view.clock.readings(history, run);
        let drawn = states.partition_point(|(row, _)| *row < view.drawn(run));
        for (support, j) in chosen(entry, facts, last, truth) {
            let path = states.iter().map(|(row, state)| {
                let x = readings.get(*row).copied().unwrap_or(f64::NAN);
                [x, entry(facts, state, j)]
            });
            let mut path: Vec<[f64; 2]> = path.collect();
            ever.extend(path.iter().map(|[_, y]| *y));
            path.truncate(drawn);
            let name = format!("{} coordinate {}", view.label(run), j + 1);
            let [full, faint] = WIDTHS.map(f64::from);
            let layer = if support {
                plain(name, view.ink(run), full, path)
            } else {
                plain(name, view.ink(run), faint, path).faded(FAINT)
            };
            layers.push(layer);
        }
    }
    let values = ever.into_iter().chain(truth.into_iter().flatten().copied());
    let y = Axis {
        label: ordinate.to_owned(),
        range: around_zero(values),
        ..Axis::default()
    };
    if history.len() < 2 {
        return empty(x, y, NOTHING_YET);
    } else if layers.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    if let (Some(truth), Some((_, end))) = (truth, x.range) {
        layers.push(rings("truth", ends(truth, end)));
    }
    layers.extend(view.cursor());
    Plot {
        x,
        y,
        layers,
        ..Plot::default()
    }
}
