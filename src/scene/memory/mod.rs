//! What a window keeps of a picture from frame to frame, so that a frame looks only at new rows; a page
//! asks once and gets every point.

mod entries;

use std::collections::BTreeMap;
use std::sync::Arc;

use entries::Entries;

use super::bounds::SteadyBounds;
use super::clock::Clock;
use super::columns::{Reducer, Samples};
use super::curves::{Curve, Ribbon};
use super::scale::{has_place, place};
use super::tiles::Tiles;
use super::view::{View, Window};
use crate::model::level_set::Piece;
use crate::sim::census::sound_rows;
use crate::sim::experiment::Source;
use crate::sim::history::History;
use crate::statistics::quantiles;

/// The quantiles that are drawn of large families.
const QUANTILES: [f64; 3] = [0.1, 0.5, 0.9];

/// See the module. Of one picture of one history.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// What the ordinate has come to span, or another scale of the picture.
    pub bounds: SteadyBounds,
    extents: BTreeMap<(usize, Source), Extent>,
    /// Of single runs and, by their first run, of whole families.
    curves: BTreeMap<(usize, Source), ReducedCurve>,
    medians: BTreeMap<(usize, Source), Medians>,
    /// Per run.
    entries: BTreeMap<usize, Entries>,
    /// The last map of a run's state.
    maps: BTreeMap<usize, KeptMap>,
    /// Runs that had failed when the bounds were made.
    failed: usize,
}

/// A map of the plane that a state stands for.
#[derive(Clone, Debug)]
pub struct KeptMap {
    /// The state.
    pub state: Arc<[Vec<f64>]>,
    /// What it says of every place.
    pub tiles: Tiles,
    /// Where that changes its sign.
    pub pieces: Vec<Piece>,
}

/// A curve and the shade around it.
#[derive(Clone, Debug)]
pub struct Shaded {
    /// The curve.
    pub curve: Curve,
    /// Between its extremes or quantiles; `None` where these are not followed.
    pub ribbon: Option<Ribbon>,
}

#[derive(Clone, Debug)]
struct ReducedCurve {
    axes: Axes,
    /// Of the insights it was made from.
    revision: usize,
    reducer: Reducer,
}

/// The quantiles of a family per row.
#[derive(Clone, Debug, Default)]
struct Medians {
    rows: Vec<usize>,
    /// One column per quantile.
    values: [Vec<f64>; 3],
    /// Of the insights they were made from.
    revision: usize,
}

/// What the places of a curve's points depend on besides its numbers and the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axes {
    clock: Clock,
    log: bool,
    log_y: bool,
}

impl Axes {
    fn new(view: &View<'_>, log_y: bool) -> Self {
        Self {
            clock: view.clock,
            log: view.log_time,
            log_y,
        }
    }
}

/// The smallest and the largest number that a curve and its shade reach.
#[derive(Clone, Copy, Debug)]
struct Extent {
    low: f64,
    high: f64,
    /// Rows, or the revision of insights, that need not be looked at again.
    seen: usize,
}

impl Extent {
    const NONE: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        seen: 0,
    };

    fn include(&mut self, value: f64, log: bool) {
        if has_place(value, log) {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }
}

impl Memory {
    /// The map of a run's state, made anew if that is another one than before.
    pub fn map(
        &mut self,
        run: usize,
        state: &Arc<[Vec<f64>]>,
        make: impl FnOnce() -> KeptMap,
    ) -> &KeptMap {
        let same = |kept: &KeptMap| Arc::ptr_eq(&kept.state, state);
        if !self.maps.get(&run).is_some_and(same) {
            self.maps.insert(run, make());
        }
        &self.maps[&run]
    }

    /// Makes the bounds anew where more runs have failed than when they were made: before that was known, their
    /// last values were taken for something to be seen.
    pub fn leave_out_failed(&mut self, history: &History) {
        let statuses = history.status.iter();
        let failed = statuses.filter(|status| status.has_failed()).count();
        if std::mem::replace(&mut self.failed, failed) < failed {
            self.bounds = SteadyBounds::default();
            self.extents.clear();
            self.entries.clear();
        }
    }

    /// The smallest and the largest value of a quantity of a run, its largest between the rows included, its
    /// explosion not;
    /// `None` if none has a place on the axis.
    pub fn extent(
        &mut self,
        history: &History,
        run: usize,
        source: Source,
        log: bool,
    ) -> Option<(f64, f64)> {
        let of_run = &history.runs[run];
        let extent = self.extents.entry((run, source)).or_insert(Extent::NONE);
        match source {
            Source::Recorded(column) => {
                let sound = sound_rows(history, run);
                let [values, highs] = [&of_run.values, &of_run.high].map(|columns| {
                    let rows = part(columns, column).get(extent.seen..sound);
                    rows.unwrap_or_default()
                });
                for (value, high) in values.iter().zip(highs) {
                    if has_place(*value, log) {
                        extent.include(*value, log);
                        extent.include(*high, log);
                    }
                }
                // The row after them may be replaced, but bounds do not shrink.
                extent.seen = history.scheduled_len().min(of_run.len());
            }
            Source::Insight(_) if extent.seen != of_run.revision() => {
                let sound = sound_rows(history, run);
                let values = of_run.numbers(source).filter(|(row, _)| *row < sound);
                let values = values.map(|(_, value)| value);
                values.for_each(|value| extent.include(value, log));
                extent.seen = of_run.revision();
            }
            Source::Insight(_) => {}
        }
        (extent.low <= extent.high).then_some((extent.low, extent.high))
    }

    /// A quantity of a run over time.
    pub fn curve(&mut self, view: &View<'_>, run: usize, source: Source, log_y: bool) -> Shaded {
        let history = view.history;
        let of_run = &history.runs[run];
        let tracked = match source {
            Source::Recorded(column) if history.setup.columns[column].tracked => Some(column),
            _ => None,
        };
        let Some(window) = view.window else {
            return whole(view, run, source, tracked, log_y);
        };
        let revision = match source {
            Source::Recorded(_) => 0,
            Source::Insight(_) => of_run.revision(),
        };
        let (curve, is_new) = self.reduced(view, &window, (run, source), log_y, revision);
        let places = window.readings_of(run);
        let reduced = match source {
            Source::Recorded(column) => {
                let extremes = |columns| tracked.map_or(&[][..], |column| part(columns, column));
                let samples = Samples {
                    x: places,
                    y: part(&of_run.values, column),
                    low: extremes(&of_run.low),
                    high: extremes(&of_run.high),
                    log_y,
                };
                curve.reducer.follow(&samples, history.scheduled_len())
            }
            Source::Insight(_) if is_new => {
                let numbers = of_run.numbers(source);
                let (x, y): (Vec<_>, Vec<_>) = numbers
                    .map(|(row, y)| (places.get(row).copied().flatten(), y))
                    .unzip();
                let samples = Samples::plain(&x, &y, log_y);
                curve.reducer.follow(&samples, y.len())
            }
            Source::Insight(_) => curve.reducer.reduced(),
        };
        Shaded {
            ribbon: reduced
                .is_shaded()
                .then(|| Ribbon::Reduced(reduced.clone())),
            curve: Curve::Reduced(reduced),
        }
    }

    /// The median of a quantity over the runs of a family that go on, with the shade between two
    /// quantiles.
    pub fn median(
        &mut self,
        view: &View<'_>,
        runs: &[usize],
        source: Source,
        log_y: bool,
    ) -> Shaded {
        let history = view.history;
        let drawn: Vec<(usize, usize)> = runs.iter().map(|run| (*run, view.drawn(*run))).collect();
        let longest = drawn.iter().max_by_key(|(_, rows)| *rows);
        let longest = longest.map_or(0, |(run, _)| *run);
        let key = (runs.first().copied().unwrap_or(0), source);
        let revision = match source {
            Source::Recorded(_) => 0,
            Source::Insight(_) => runs.iter().map(|run| history.runs[*run].revision()).sum(),
        };
        let mut medians = self.medians.remove(&key).unwrap_or_default();
        medians.follow(history, &drawn, source, revision);
        let Some(window) = view.window else {
            return medians.whole(&view.clock.readings(history, longest));
        };
        let (curve, _) = self.reduced(view, &window, key, log_y, revision);
        let places = window.readings_of(longest);
        let rows = medians.rows.iter();
        let x: Vec<Option<f64>> = rows
            .map(|row| places.get(*row).copied().flatten())
            .collect();
        let [low, middle, high] = &medians.values;
        let samples = Samples {
            x: &x,
            y: middle,
            low,
            high,
            log_y,
        };
        let settled = match source {
            Source::Recorded(_) => medians.settled(history.scheduled_len()),
            Source::Insight(_) => x.len(),
        };
        let reduced = curve.reducer.follow(&samples, settled);
        self.medians.insert(key, medians);
        Shaded {
            ribbon: reduced
                .is_shaded()
                .then(|| Ribbon::Reduced(reduced.clone())),
            curve: Curve::Reduced(reduced),
        }
    }

    /// The reduced curve under a key, begun anew if the axes, the window or the insights have changed, and
    /// whether it has been.
    fn reduced(
        &mut self,
        view: &View<'_>,
        window: &Window<'_>,
        key: (usize, Source),
        log_y: bool,
        revision: usize,
    ) -> (&mut ReducedCurve, bool) {
        let axes = Axes::new(view, log_y);
        let (range, pixels) = (window.time, window.size[0]);
        let fresh = || ReducedCurve {
            axes,
            revision,
            reducer: Reducer::new(range, pixels),
        };
        let mut is_new = false;
        let curve = self.curves.entry(key).or_insert_with(|| {
            is_new = true;
            fresh()
        });
        let suits = curve.axes == axes && curve.reducer.suits(range, pixels);
        if !suits || curve.revision != revision {
            *curve = fresh();
            is_new = true;
        }
        (curve, is_new)
    }
}

impl Medians {
    /// Takes in the rows that are new, or may have changed.
    fn follow(
        &mut self,
        history: &History,
        drawn: &[(usize, usize)],
        source: Source,
        revision: usize,
    ) {
        let from = match source {
            Source::Recorded(_) => self.settled(history.scheduled_len()),
            Source::Insight(_) if self.revision == revision => return,
            Source::Insight(_) => 0,
        };
        self.revision = revision;
        self.rows.truncate(from);
        for values in &mut self.values {
            values.truncate(from);
        }
        let next = match source {
            Source::Recorded(_) => self.rows.last().map_or(0, |row| row + 1),
            Source::Insight(_) => 0,
        };
        for row in rows_of(history, drawn, source, next) {
            let going = drawn.iter().filter(|(_, rows)| row < *rows);
            let values = going.filter_map(|(run, _)| history.runs[*run].number_at(source, row));
            if let Some(quantiles) = quantiles(values, QUANTILES) {
                self.rows.push(row);
                for (column, value) in self.values.iter_mut().zip(quantiles) {
                    column.push(value);
                }
            }
        }
    }

    /// How many of the rows come before `row`.
    fn settled(&self, row: usize) -> usize {
        self.rows.partition_point(|known| *known < row)
    }

    /// Every row, at these readings of the clock.
    fn whole(&self, readings: &[f64]) -> Shaded {
        let known = self.rows.iter().enumerate();
        let known = known.filter_map(|(at, row)| Some((at, *readings.get(*row)?)));
        let (at, x): (Vec<usize>, Vec<f64>) = known.unzip();
        let [low, middle, high] = [0, 1, 2]
            .map(|column| -> Vec<f64> { at.iter().map(|at| self.values[column][*at]).collect() });
        let points = x.iter().zip(middle).map(|(x, y)| [*x, y]).collect();
        Shaded {
            curve: Curve::Points(points),
            ribbon: between(x, low, high),
        }
    }
}

/// The rows from `next` on in which some run of a family has a number.
fn rows_of(history: &History, drawn: &[(usize, usize)], source: Source, next: usize) -> Vec<usize> {
    if let Source::Recorded(_) = source {
        let longest = drawn.iter().map(|(_, rows)| *rows).max().unwrap_or(0);
        return (next..longest).collect();
    }
    let mut rows: Vec<usize> = drawn
        .iter()
        .flat_map(|(run, rows)| {
            let numbers = history.runs[*run].numbers(source);
            numbers
                .map(|(row, _)| row)
                .take_while(move |row| row < rows)
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// Every sample of a run's quantity that is drawn.
fn whole(
    view: &View<'_>,
    run: usize,
    source: Source,
    tracked: Option<usize>,
    log_y: bool,
) -> Shaded {
    let rows = view.drawn(run);
    let x = view.clock.readings(view.history, run);
    let history = &view.history.runs[run];
    let numbers = history.numbers(source).take_while(|(row, _)| *row < rows);
    // A run that starts late has no numbers at first.
    let numbers = numbers.skip_while(|(_, y)| !y.is_finite());
    let (at, points): (Vec<usize>, Vec<[f64; 2]>) = numbers
        .filter_map(|(row, y)| Some((row, [*x.get(row)?, y])))
        .unzip();
    let ribbon = tracked.and_then(|column| {
        let [low, high] = [&history.low, &history.high].map(|columns| -> Vec<f64> {
            let known = at.iter().zip(&points).map(|(row, [_, y])| {
                let extreme = columns[column][*row];
                // A loss that has touched 0 has no place on a logarithmic axis.
                if place(extreme, log_y).is_some() {
                    extreme
                } else {
                    *y
                }
            });
            known.collect()
        });
        between(points.iter().map(|[x, _]| *x).collect(), low, high)
    });
    Shaded {
        curve: Curve::Points(points),
        ribbon,
    }
}

/// The area between two lines, unless they are one.
fn between(x: Vec<f64>, low: Vec<f64>, high: Vec<f64>) -> Option<Ribbon> {
    let is_line = low.iter().zip(&high).all(|(low, high)| low == high);
    (!is_line).then_some(Ribbon::Between { x, low, high })
}

/// A run that has no row yet has no columns either.
fn part(columns: &[Vec<f64>], column: usize) -> &[f64] {
    columns.get(column).map_or(&[], Vec::as_slice)
}
