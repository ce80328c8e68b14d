//! What is kept of a panel's curves from frame to frame, so that a frame looks only at new rows.

use std::collections::BTreeMap;

use super::Scene;
use crate::scene::curves::{Reduced, Reducer, Samples};
use crate::scene::pictures::VectorEntry;
use crate::scene::scale::has_place;
use crate::sim::experiment::Source;
use crate::ui::time_axis::{Clock, TimeAxis};

/// See the module. Forgotten with the history that it is of.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// Per run and quantity.
    extents: BTreeMap<(usize, Source), Extent>,
    curves: BTreeMap<(usize, Source), Curve>,
    /// Per run and entry of a vector.
    entries: BTreeMap<(usize, usize), EntryCurve>,
}

#[derive(Clone, Debug)]
struct Curve {
    axes: Axes,
    /// Of the insights it was made from.
    revision: usize,
    reducer: Reducer,
}

/// An entry of a vector against time; its numbers would take too long to work out again.
#[derive(Clone, Debug)]
struct EntryCurve {
    axes: Axes,
    x: Vec<Option<f64>>,
    y: Vec<f64>,
    /// How many of them stay, and the row after theirs.
    settled: (usize, usize),
    reducer: Reducer,
}

/// What the places of a curve's points depend on besides its numbers and the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axes {
    clock: Clock,
    log: bool,
    log_y: bool,
}

impl Axes {
    fn new(time: &TimeAxis, log_y: bool) -> Self {
        Self {
            clock: time.clock,
            log: time.log,
            log_y,
        }
    }
}

/// The smallest and the largest number that a curve and its shade reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Rows, or the revision of insights, that need not be looked at again.
    seen: usize,
}

impl Extent {
    pub(super) const NONE: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        seen: 0,
    };

    pub(super) fn include(&mut self, value: f64, log: bool) {
        if has_place(value, log) {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }

    pub(super) fn include_extent(&mut self, other: Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
    }
}

impl Kept {
    /// What a quantity of a run reaches, its largest values between the rows included.
    pub(super) fn extent(
        &mut self,
        scene: &Scene<'_>,
        run: usize,
        source: Source,
        log: bool,
    ) -> Extent {
        let history = &scene.history.runs[run];
        let entry = self.extents.entry((run, source));
        let extent = entry.or_insert(Extent::NONE);
        match source {
            Source::Recorded(column) => {
                for columns in [&history.values, &history.high] {
                    let values = part(columns, column).get(extent.seen..);
                    let values = values.into_iter().flatten();
                    values.for_each(|value| extent.include(*value, log));
                }
                // The row after them may be replaced, but bounds do not shrink.
                extent.seen = scene.history.scheduled_len().min(history.len());
            }
            Source::Insight(_) if extent.seen != history.revision() => {
                let values = history.numbers(source).map(|(_, value)| value);
                values.for_each(|value| extent.include(value, log));
                extent.seen = history.revision();
            }
            Source::Insight(_) => {}
        }
        *extent
    }

    /// A quantity of a run, reduced to the pixels of a plot over time.
    pub(super) fn curve(
        &mut self,
        scene: &Scene<'_>,
        time: &TimeAxis,
        (run, source): (usize, Source),
        log_y: bool,
        pixels: f64,
    ) -> &Reduced {
        let history = &scene.history.runs[run];
        let (axes, range) = (Axes::new(time, log_y), time.range());
        let revision = match source {
            Source::Recorded(_) => 0,
            Source::Insight(_) => history.revision(),
        };
        let fresh = || Curve {
            axes,
            revision,
            reducer: Reducer::new(range, pixels),
        };
        let mut is_new = false;
        let curve = self.curves.entry((run, source)).or_insert_with(|| {
            is_new = true;
            fresh()
        });
        if curve.axes != axes || curve.revision != revision || !curve.reducer.suits(range, pixels) {
            *curve = fresh();
            is_new = true;
        }
        let places = time.places(run);
        match source {
            Source::Recorded(column) => {
                let tracked = scene.history.setup.columns[column].tracked;
                let extremes = |columns| {
                    if tracked { part(columns, column) } else { &[] }
                };
                let samples = Samples {
                    x: places,
                    y: part(&history.values, column),
                    low: extremes(&history.low),
                    high: extremes(&history.high),
                    log_y,
                };
                curve
                    .reducer
                    .follow(&samples, scene.history.scheduled_len())
            }
            Source::Insight(_) if is_new => {
                let numbers = history.numbers(source);
                let (x, y): (Vec<_>, Vec<_>) = numbers
                    .map(|(row, y)| (places.get(row).copied().flatten(), y))
                    .unzip();
                curve.reducer.follow(&plain(&x, &y, log_y), y.len())
            }
            Source::Insight(_) => curve.reducer.reduced(),
        }
    }

    /// An entry of a run's vector, reduced in the same way.
    pub(super) fn entry(
        &mut self,
        scene: &Scene<'_>,
        time: &TimeAxis,
        (run, j): (usize, usize),
        entry: VectorEntry,
        pixels: f64,
    ) -> &Reduced {
        let (axes, range) = (Axes::new(time, false), time.range());
        let fresh = || EntryCurve {
            axes,
            x: Vec::new(),
            y: Vec::new(),
            settled: (0, 0),
            reducer: Reducer::new(range, pixels),
        };
        let curve = self.entries.entry((run, j)).or_insert_with(fresh);
        if curve.axes != axes {
            *curve = fresh();
        }
        if !curve.reducer.suits(range, pixels) {
            curve.reducer = Reducer::new(range, pixels);
        }
        curve.x.truncate(curve.settled.0);
        curve.y.truncate(curve.settled.0);
        let places = time.places(run);
        let states = scene.history.runs[run].states();
        let new = states.partition_point(|(row, _)| *row < curve.settled.1);
        for (row, state) in &states[new..] {
            curve.x.push(places.get(*row).copied().flatten());
            curve.y.push(entry(&scene.history.setup.facts, state, j));
            if *row < scene.history.scheduled_len() {
                curve.settled = (curve.x.len(), row + 1);
            }
        }
        let samples = plain(&curve.x, &curve.y, false);
        curve.reducer.follow(&samples, curve.settled.0)
    }

    /// Lets go of the entries of a run that are not drawn any more.
    pub(super) fn keep_entries(&mut self, run: usize, drawn: impl Fn(usize) -> bool) {
        self.entries.retain(|(of, j), _| *of != run || drawn(*j));
    }
}

/// Numbers without extremes between them.
fn plain<'a>(x: &'a [Option<f64>], y: &'a [f64], log_y: bool) -> Samples<'a> {
    Samples {
        x,
        y,
        low: &[],
        high: &[],
        log_y,
    }
}

/// A run that has no row yet has no columns either.
fn part(columns: &[Vec<f64>], column: usize) -> &[f64] {
    columns.get(column).map_or(&[], Vec::as_slice)
}
