//! A trial before a sweep: what its cells take, from the whole life of some of them.
//!
//! Every early step of a run is recorded, so that its beginning costs a hundred times as much per step as the rest,
//! and most runs converge long before their last step: the first milliseconds of a cell tell little of what it takes.
//! Cells of the coarsest grid of places are therefore run on, all of them a little longer each time, until they have
//! ended or the trial has taken a small part of what it says of the sweep. Places between those of the grid are
//! expected to take what lies between, in the logarithm. What a trial has computed is dropped.

use std::time::Duration;

use rayon::iter::{
    IntoParallelRefIterator as _, IntoParallelRefMutIterator as _, ParallelIterator as _,
};
use web_time::Instant;

use super::pace::{Estimate, duration};
use super::run::{Cell, guarded, prepare};
use super::{Sweep, SweepError};
use crate::model::watch::Watch;
use crate::sim::experiment::Column;

/// How long every place is tried at first.
const FIRST: Duration = Duration::from_millis(20);

/// The part of a sweep's time that a thorough trial takes, and what it takes in any case, which nobody notices.
const PART: f64 = 0.02;
const UNNOTICED: Duration = Duration::from_millis(250);

/// How long a trial goes on that is to be as good as it can be: a small part of what it says of the sweep, and this
/// long at most.
pub fn thorough(estimate: &Estimate, threads: usize, at_most: Duration) -> Duration {
    let part = duration(PART * estimate.time(threads).as_secs_f64());
    part.max(UNNOTICED).min(at_most)
}

/// Where preparing places takes longer, as for large data at the measured edge, those that are prepared by then must do.
const PREPARATIONS: Duration = Duration::from_secs(2);

/// The most places that are tried. Over three settings the coarsest grid has 27.
const MOST_PLACES: usize = 27;

/// Cells that stand for all where there are more.
const MOST_CELLS: usize = 20_000;

/// How long a cell runs before it looks whether somebody still waits.
const SLICE: Duration = Duration::from_millis(50);

/// Bytes of a row of the table, about: its settings and some twenty numbers in full.
const ROW: u64 = 1000;

/// What a trial has found.
#[derive(Debug)]
pub struct Trial {
    /// What the sweep takes.
    pub estimate: Estimate,
    costs: Costs,
}

impl Trial {
    /// Tries a sweep of which these cells are to be run, on the threads of the current rayon pool, for as long as
    /// `time_for` says of what is known so far. A place of the coarsest grid that cannot run at all is an error now
    /// rather than after hours. `None` if `watch` is given up.
    pub fn of(
        sweep: &Sweep,
        cells: &[u64],
        time_for: &dyn Fn(&Estimate) -> Duration,
        watch: &Watch,
    ) -> Result<Option<Self>, SweepError> {
        let begin = Instant::now();
        let corners = spread(&sweep.corners());
        let prepared = corners.par_iter().map(|place| {
            if *place != corners[0] && begin.elapsed() > PREPARATIONS {
                return Ok(None);
            }
            let cell = place * sweep.seeds();
            guarded(sweep, cell, watch, || {
                let start = Instant::now();
                let cell = prepare(sweep, cell, watch)?;
                Ok(Some(Tried::new(*place, cell, start.elapsed())))
            })
        });
        let prepared: Vec<Option<Tried>> = prepared.collect::<Result<_, _>>()?;
        let mut tried: Vec<Tried> = prepared.into_iter().flatten().collect();
        let threads = rayon::current_num_threads();
        let begin = Instant::now();
        let mut slice = FIRST;
        loop {
            if watch.is_given_up() {
                return Ok(None);
            }
            tried
                .par_iter_mut()
                .try_for_each(|place| place.go_on(sweep, slice, watch))?;
            let trial = Self::from(sweep, cells, &tried);
            let waiting = tried.iter().filter(|place| !place.is_over()).count();
            let left = time_for(&trial.estimate).saturating_sub(begin.elapsed());
            if waiting == 0 || left.is_zero() {
                return Ok(Some(trial));
            }
            let share = left.mul_f64(threads.min(waiting) as f64 / waiting as f64);
            slice = (2 * slice).min(share.max(FIRST));
        }
    }

    fn from(sweep: &Sweep, cells: &[u64], tried: &[Tried]) -> Self {
        let costs = Costs::of(sweep, tried);
        let stride = cells.len().div_ceil(MOST_CELLS).max(1);
        let some: Vec<f64> = cells
            .iter()
            .step_by(stride)
            .map(|cell| costs.at(sweep, sweep.place(*cell)))
            .collect();
        let scale = cells.len() as f64 / some.len().max(1) as f64;
        let runs = tried.first().map_or(0, |place| place.cell.setup.runs.len());
        let columns: &'static [Column] =
            tried.first().map_or(&[], |place| place.cell.setup.columns);
        let estimate = Estimate {
            work: duration(scale * some.iter().sum::<f64>()),
            longest: duration(some.iter().copied().fold(0.0, f64::max)),
            is_seen: tried.iter().all(Tried::is_over),
            bytes: ROW * (runs * cells.len()) as u64,
            columns,
        };
        Self { estimate, costs }
    }

    /// The seconds that a cell of this place takes.
    pub fn cost(&self, sweep: &Sweep, place: u64) -> f64 {
        self.costs.at(sweep, place)
    }
}

/// As many of the places as are tried, evenly.
fn spread(places: &[u64]) -> Vec<u64> {
    let stride = places.len().div_ceil(MOST_PLACES).max(1);
    places.iter().copied().step_by(stride).collect()
}

/// A place that is tried, with its first seed.
struct Tried {
    place: u64,
    cell: Cell,
    /// Time that has gone into it.
    spent: Duration,
    /// Steps a second, lately.
    rate: f64,
}

impl Tried {
    fn new(place: u64, cell: Cell, spent: Duration) -> Self {
        Self {
            place,
            cell,
            spent,
            rate: f64::INFINITY,
        }
    }

    fn is_over(&self) -> bool {
        let Cell {
            session, length, ..
        } = &self.cell;
        session.step() >= *length || session.stopped_converged()
    }

    /// Runs it for so long, or to its end.
    fn go_on(&mut self, sweep: &Sweep, time: Duration, watch: &Watch) -> Result<(), SweepError> {
        let cell = self.place * sweep.seeds();
        let done = guarded(sweep, cell, watch, || {
            let (start, first) = (Instant::now(), self.cell.session.step());
            while start.elapsed() < time && !self.is_over() && !watch.is_given_up() {
                let Cell {
                    session, length, ..
                } = &mut self.cell;
                let deadline = (Instant::now() + SLICE).min(start + time);
                session.advance_to(*length, Some(deadline));
                drop(session.take_samples());
            }
            let elapsed = start.elapsed();
            self.spent += elapsed;
            let steps = self.cell.session.step() - first;
            if steps > 0 {
                self.rate = steps as f64 / elapsed.as_secs_f64();
            }
            Ok(Some(()))
        });
        done.map(drop)
    }

    /// The seconds of its whole life, to its last step where the end is not seen.
    fn seconds(&self) -> f64 {
        let spent = self.spent.as_secs_f64();
        if self.is_over() {
            return spent;
        }
        let left = self.cell.length - self.cell.session.step();
        spent + left as f64 / self.rate
    }
}

/// What a cell takes at every place: the logarithm of seconds at the places of a coarse grid, and between these what
/// lies between.
#[derive(Debug)]
struct Costs {
    /// Along each axis, where the grid has its places.
    marks: Vec<Vec<usize>>,
    /// The logarithms, the last axis fastest.
    logarithms: Vec<f64>,
}

impl Costs {
    fn of(sweep: &Sweep, tried: &[Tried]) -> Self {
        /// What the clock can tell from nothing.
        const LEAST: f64 = 1e-9;
        let known = tried.iter().map(|place| place.seconds().max(LEAST).ln());
        let known: Vec<f64> = known.collect();
        let usual = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let logarithms = sweep.corners().into_iter().map(|place| {
            let at = tried.iter().position(|tried| tried.place == place);
            at.map_or(usual, |at| known[at])
        });
        Self {
            logarithms: logarithms.collect(),
            marks: sweep.marks(),
        }
    }

    /// Seconds.
    fn at(&self, sweep: &Sweep, place: u64) -> f64 {
        let coordinates = sweep.coordinates(place);
        // Corners of the box around the place: where they stand in the list, and their weights.
        let mut corners = vec![(0, 1.0)];
        for (marks, at) in self.marks.iter().zip(coordinates) {
            let above = marks.partition_point(|mark| *mark < at);
            let below = if marks[above] == at { above } else { above - 1 };
            let gap = (marks[above] - marks[below]).max(1);
            let part = (at - marks[below]) as f64 / gap as f64;
            let split = |(index, weight): (usize, f64)| {
                let index = index * marks.len();
                [
                    (index + below, weight * (1.0 - part)),
                    (index + above, weight * part),
                ]
            };
            corners = corners.into_iter().flat_map(split).collect();
            corners.retain(|(_, weight)| *weight > 0.0);
        }
        let terms = corners.iter();
        let logarithm: f64 = terms
            .map(|(index, weight)| weight * self.logarithms[*index])
            .sum();
        logarithm.exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;
    use crate::recipe::Recipe;
    use crate::sweep::{Axis, Steps, Vary};

    fn sweep(settings: &[(&str, &str)], over: &[&str]) -> Sweep {
        let mut base = Recipe::new(LABS[0]);
        let usual = [("n", "8"), ("d", "12"), ("sparsity", "2"), ("steps", "1e9")];
        for (key, value) in usual.iter().chain(settings) {
            base.knobs.set_text(key, value).unwrap();
        }
        let axes = over.iter().map(|text| Axis::parse(text, &base.knobs));
        let axes = axes.collect::<Result<_, _>>().unwrap();
        Sweep::new(base, axes, 10, Vary::All, Steps::Recipe).unwrap()
    }

    fn trial(sweep: &Sweep) -> Result<Trial, SweepError> {
        let cells = sweep.order(0..sweep.cells());
        let time_for = |estimate: &Estimate| thorough(estimate, 2, Duration::from_secs(5));
        let trial = Trial::of(sweep, &cells, &time_for, &Watch::default())?;
        Ok(trial.expect("nobody gives it up"))
    }

    #[test]
    fn a_trial_finds_what_is_long_large_or_impossible() {
        // At these steps nothing converges in a lifetime.
        let endless = sweep(&[("step_size", "1e-7")], &["alpha=0.1,0.2"]);
        let Estimate {
            work,
            is_seen,
            bytes,
            columns,
            ..
        } = trial(&endless).unwrap().estimate;
        assert!(work > Duration::from_mins(10) && !is_seen, "{work:?}");
        assert!(bytes >= 20_000 && !columns.is_empty());
        let impossible = sweep(&[], &["batch=1,2,1000"]);
        let message = trial(&impossible).unwrap_err().to_string();
        assert!(message.contains("batch = 1000 cannot run"), "{message}");
    }

    #[test]
    fn the_end_of_runs_that_converge_is_seen() {
        // A billion steps that nobody takes: at these α runs have converged after some thousands.
        let short = sweep(&[("sgf_runs", "0")], &["alpha=0.5,1"]);
        let estimate = trial(&short).unwrap().estimate;
        assert!(estimate.is_seen);
        assert!(estimate.work < Duration::from_mins(2), "{estimate:?}");
    }

    #[test]
    fn between_the_places_of_the_grid_costs_are_between_in_the_logarithm() {
        let sweep = sweep(&[], &["alpha=0.1:1:5", "n=8,9,10"]);
        assert_eq!(sweep.marks(), [vec![0, 4], vec![0, 2]]);
        // e^(i + 10j) at column i and row j, whose logarithm is linear.
        let costs = Costs {
            marks: sweep.marks(),
            logarithms: vec![0.0, 20.0, 4.0, 24.0],
        };
        for place in 0..15 {
            let [i, j] = [place / 3, place % 3].map(|at| at as f64);
            let logarithm = costs.at(&sweep, place).ln();
            assert!((logarithm - (i + 10.0 * j)).abs() < 1e-12, "{place}");
        }
    }

    #[test]
    fn a_trial_that_is_given_up_finds_nothing() {
        let sweep = sweep(&[], &["alpha=0.1,0.2"]);
        let watch = Watch::default();
        watch.give_up();
        let trial = Trial::of(&sweep, &[0, 1], &|_| Duration::MAX, &watch);
        assert!(trial.unwrap().is_none());
    }
}
