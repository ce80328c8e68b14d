//! One bar per coordinate, from where a positive quantity started to where it is, with a tick where
//! the theory puts it.

use super::{NOT_AVAILABLE, Picture, VectorEntry, empty, extent};
use crate::palette;
use crate::scene::memory::Memory;
use crate::scene::scale::place;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, LegendEntry, Live, Pattern, Plot, Shape, Swatch};
use crate::sim::experiment::Facts;

/// More bars than this cannot be told apart.
const MOST: usize = 400;

/// What the abscissa is.
const ABSCISSA: &str = "coordinates j";

/// What the ticks are.
const PREDICTED: &str = "predicted αₜ";

/// See the module.
#[derive(Debug)]
pub struct Thermometer {
    /// A vector fact: where the bars start.
    pub start: &'static str,
    /// Entry j now.
    pub now: VectorEntry,
    /// Entry j as predicted, from the constants and the values of `doses`.
    pub predicted: fn(&Facts, &[f64], usize) -> f64,
    /// The recorded quantities from which it is predicted.
    pub doses: &'static [&'static str],
}

impl Picture for Thermometer {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }
}

/// The run that is drawn, because bars of several would hide each other: of the first runs of the
/// families with what the prediction comes from, the last that has a dose, or the first one.
fn choose<T>(candidates: impl Iterator<Item = (T, Vec<f64>)>) -> Option<(T, Vec<f64>)> {
    candidates.fold(None, |chosen, candidate| match chosen {
        Some(chosen) if candidate.1.iter().all(|dose| *dose == 0.0) => Some(chosen),
        _ => Some(candidate),
    })
}

/// The start, if it is the same for all coordinates.
fn common_start(start: &[f64]) -> Option<f64> {
    let uniform = start.windows(2).all(|pair| pair[0] == pair[1]);
    start.first().copied().filter(|_| uniform)
}

fn plot(spec: &Thermometer, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let history = view.history;
    let facts = &history.setup.facts;
    let doses_at = |run: usize, row: usize| -> Option<Vec<f64>> {
        let doses = spec.doses.iter();
        let doses = doses.map(|dose| history.runs[run].number_at(history.setup.find(dose)?, row));
        doses.collect()
    };
    // By its end, so that a picture of the beginning shows the same run.
    let candidates = view.first_runs().into_iter().filter_map(|run| {
        let last = history.runs[run].len().checked_sub(1)?;
        Some((run, doses_at(run, last)?))
    });
    let chosen = choose(candidates);
    let start = history.vector(spec.start).unwrap_or_default();
    let start = &start[..start.len().min(MOST)];
    let ever = chosen.iter().flat_map(|(run, doses)| {
        // A window remembers the states before.
        let all = view.sound_states(*run);
        let from = if view.window.is_some() {
            all.len().saturating_sub(1)
        } else {
            0
        };
        let now = all[from..]
            .iter()
            .flat_map(|(_, state)| (0..start.len()).map(|j| (spec.now)(facts, state, j)));
        now.chain((0..start.len()).map(move |j| (spec.predicted)(facts, doses, j)))
    });
    let places = ever
        .chain(start.iter().copied())
        .filter_map(|level| place(level, true));
    if let Some((low, high)) = extent(places) {
        memory.bounds.include(low - 0.1, high + 0.1, true);
    }
    let x = Axis {
        label: ABSCISSA.to_owned(),
        range: Some((-1.0, start.len() as f64)),
        ..Axis::default()
    };
    let y = Axis {
        label: ordinate.to_owned(),
        log: true,
        range: view.span(&memory.bounds, true),
        ..Axis::default()
    };
    let shown =
        chosen.and_then(|(run, _)| Some((run, view.state(run)?, doses_at(run, view.row(run)?)?)));
    let Some((run, state, doses)) = shown.filter(|_| !start.is_empty()) else {
        return empty(x, y, NOT_AVAILABLE);
    };
    let (layers, key) = bars_and_ticks(spec, view, start, (run, state, &doses), ordinate);
    Plot {
        x,
        y,
        layers,
        key,
        live: Box::new(Live {
            words: format!("bars of {}", view.label(run)),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// The bars of a run from the start to its state, the ticks of what its doses predict, and what they mean.
fn bars_and_ticks(
    spec: &Thermometer,
    view: &View<'_>,
    start: &[f64],
    (run, state, doses): (usize, &[Vec<f64>], &[f64]),
    ordinate: &str,
) -> (Vec<Layer>, Vec<LegendEntry>) {
    let facts = &view.history.setup.facts;
    let mut layers = Vec::new();
    if let Some(level) = common_start(start) {
        let line = Shape::Horizontal(level, Pattern::Solid);
        layers.push(Layer::new("start", Ink::Weak, 1.5, line));
    }
    let bars = start.iter().enumerate();
    let bars = bars.map(|(j, start)| [j as f64, *start, (spec.now)(facts, state, j)]);
    let bars = Shape::Bars {
        bars: bars.filter(|bar| bar[2].is_finite()).collect(),
        width: 0.8,
    };
    let opacity = f64::from(palette::BAR);
    layers.push(Layer::new(view.label(run), view.ink(run), 0.0, bars).faded(opacity));
    let ticks: Vec<[[f64; 2]; 2]> = (0..start.len())
        .map(|j| (j as f64, (spec.predicted)(facts, doses, j)))
        .filter(|(_, level)| level.is_finite())
        .map(|(x, level)| [x - 0.4, x + 0.4].map(|x| [x, level]))
        .collect();
    let mut key = vec![LegendEntry {
        label: format!("{} {}", view.label(run), ordinate),
        ink: view.ink(run),
        opacity,
        swatch: Swatch::Patch,
    }];
    if !ticks.is_empty() {
        layers.push(Layer::new(
            PREDICTED,
            Ink::Text,
            1.6,
            Shape::Segments(ticks),
        ));
        key.push(LegendEntry {
            label: PREDICTED.to_owned(),
            ink: Ink::Text,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern: Pattern::Solid,
                marked: false,
                width: 1.6,
            },
        });
    }
    (layers, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_run_with_a_dose_is_chosen_else_the_first() {
        let choose = |doses: &[f64]| {
            let candidates = doses.iter().map(|dose| vec![0.0, *dose]);
            let chosen = choose(candidates.enumerate());
            chosen.map(|(run, _)| run)
        };
        assert_eq!(choose(&[0.0, 0.2, 0.3, 0.0]), Some(2));
        assert_eq!(choose(&[0.0, 0.0]), Some(0));
        assert_eq!(choose(&[]), None);
    }
}
