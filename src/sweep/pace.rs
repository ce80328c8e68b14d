//! How long a sweep takes: estimated before it starts, and measured while it goes on.

use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration};

use super::run::{Cell, prepare};
use super::{Sweep, SweepError};
use crate::sim::experiment::Column;

/// How long to try a place for.
const TRIAL: Duration = Duration::from_millis(20);

/// How long to try places for in all: whoever has asked for a sweep waits.
const TRIALS: Duration = Duration::from_secs(2);

/// A longer sweep starts only if it is confirmed.
const LONG: Duration = Duration::from_hours(24);

/// So does one with a larger table, which few programs could read.
const LARGE: u64 = 2 << 30;

/// Bytes of a row of the table, about: its settings and some twenty numbers in full.
const ROW: u64 = 1000;

/// What a sweep will take, before it has started.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// Time on one thread, if no run converges before its last step.
    pub work: Duration,
    /// Size of the table.
    pub bytes: u64,
    /// What is recorded of every run.
    pub columns: &'static [Column],
}

impl Estimate {
    /// Tries each place of the coarsest grid for some milliseconds. A place there that cannot run at
    /// all is an error now rather than after hours. Where preparing a place takes seconds, as for large
    /// data at the measured edge, the first of them must do.
    pub fn of(sweep: &Sweep, cells: u64) -> Result<Self, SweepError> {
        let begin = Instant::now();
        let mut seconds = 0.0;
        let mut runs = 0;
        let mut tried: u32 = 0;
        let mut columns: &[Column] = &[];
        for place in sweep.corners() {
            if tried > 0 && begin.elapsed() > TRIALS {
                break;
            }
            tried += 1;
            let start = Instant::now();
            let Cell {
                mut session,
                setup,
                length,
            } = prepare(sweep, place * sweep.seeds())?;
            let prepared = start.elapsed();
            let start = Instant::now();
            while start.elapsed() < TRIAL && session.step() < length && !session.stopped_converged()
            {
                session.advance_to(length, Some(start + TRIAL));
                drop(session.take_samples());
            }
            let rest = if session.stopped_converged() {
                1.0
            } else {
                length as f64 / session.step().max(1) as f64
            };
            seconds += prepared.as_secs_f64() + rest * start.elapsed().as_secs_f64();
            runs += setup.runs.len() as u64;
            columns = setup.columns;
        }
        let per_place = cells as f64 / f64::from(tried);
        Ok(Self {
            work: duration(seconds * per_place),
            bytes: ROW * (runs as f64 * per_place) as u64,
            columns,
        })
    }

    /// The time it takes on this many threads, at most.
    pub fn time(&self, threads: usize) -> Duration {
        self.work / u32::try_from(threads).unwrap_or(u32::MAX).max(1)
    }

    /// What it takes, such as `up to 3 days on 2 threads, and a table of about 1.2 GiB`.
    pub fn in_words(&self, threads: usize) -> String {
        let s = if threads == 1 { "" } else { "s" };
        format!(
            "up to {} on {threads} thread{s}, and a table of about {}",
            HumanDuration(self.time(threads)),
            HumanBytes(self.bytes),
        )
    }

    /// Whether somebody should agree before it starts.
    pub fn needs_confirmation(&self, threads: usize) -> bool {
        self.time(threads) > LONG || self.bytes > LARGE
    }
}

/// A duration of any number of seconds; what is out of range becomes the longest one.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// The time left, from what the finished cells of each place took. As the first seed of every place
/// comes first, all costs are soon known.
#[derive(Debug)]
pub struct Pace {
    places: Vec<Place>,
    /// Seconds left at the places of which a cell is finished.
    known: f64,
    /// Cells left at the others.
    unknown: u64,
    /// Cells that are finished, and the seconds that they took.
    finished: (u64, f64),
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    left: u64,
    finished: u64,
    seconds: f64,
}

impl Place {
    fn seconds_left(self) -> f64 {
        self.left as f64 * self.seconds / self.finished.max(1) as f64
    }
}

impl Pace {
    /// Of a sweep of which these cells are still to be run.
    pub fn new(sweep: &Sweep, cells: &[u64]) -> Self {
        let mut places = vec![Place::default(); sweep.places() as usize];
        for cell in cells {
            places[sweep.place(*cell) as usize].left += 1;
        }
        Self {
            places,
            known: 0.0,
            unknown: cells.len() as u64,
            finished: (0, 0.0),
        }
    }

    /// A cell of this place is finished.
    pub fn add(&mut self, place: u64, elapsed: Duration) {
        let place = &mut self.places[place as usize];
        if place.finished == 0 {
            self.unknown -= place.left;
        } else {
            self.known -= place.seconds_left();
        }
        place.left = place.left.saturating_sub(1);
        place.finished += 1;
        place.seconds += elapsed.as_secs_f64();
        self.known += place.seconds_left();
        self.finished.0 += 1;
        self.finished.1 += elapsed.as_secs_f64();
    }

    /// The time left on this many threads; `None` before the first cell is finished.
    pub fn left(&self, threads: usize) -> Option<Duration> {
        let (cells, seconds) = self.finished;
        (cells > 0).then(|| {
            let elsewhere = self.unknown as f64 * seconds / cells as f64;
            duration((self.known + elsewhere).max(0.0) / threads.max(1) as f64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;
    use crate::recipe::Recipe;
    use crate::sweep::{Axis, Steps, Vary};

    fn sweep(over: &str) -> Sweep {
        let mut base = Recipe::new(LABS[0]);
        for (key, value) in [("n", "8"), ("d", "12"), ("sparsity", "2"), ("steps", "1e9")] {
            base.knobs.set_text(key, value).unwrap();
        }
        let axis = Axis::parse(over, &base.knobs).unwrap();
        Sweep::new(base, vec![axis], 10, Vary::All, Steps::Recipe).unwrap()
    }

    #[test]
    fn the_time_left_knows_that_places_differ() {
        let sweep = sweep("alpha=0.01,1");
        let cells = sweep.order(0..20);
        let mut pace = Pace::new(&sweep, &cells);
        assert_eq!(pace.left(2), None);
        pace.add(0, Duration::from_secs(10));
        // Nine at 10 s, and ten of which no more is known.
        assert_eq!(pace.left(1), Some(Duration::from_secs(190)));
        pace.add(1, Duration::from_secs(1));
        assert_eq!(pace.left(1), Some(Duration::from_secs(99)));
        assert_eq!(pace.left(2), Some(Duration::from_millis(49_500)));
        for seed in 0..18 {
            pace.add(seed % 2, Duration::from_secs(3));
        }
        assert!(pace.left(1).unwrap() < Duration::from_micros(1));
    }

    #[test]
    fn an_estimate_finds_what_is_long_large_or_impossible() {
        let mut endless = sweep("alpha=0.1,0.2");
        // Keeps the runs from converging.
        endless
            .base
            .knobs
            .set_text("label_noise", "constant")
            .unwrap();
        let estimate = Estimate::of(&endless, 20).unwrap();
        assert!(estimate.work > Duration::from_mins(10), "{estimate:?}");
        assert!(estimate.bytes >= 20_000 && !estimate.columns.is_empty());
        let impossible = sweep("batch=1,2,1000");
        let message = Estimate::of(&impossible, 30).unwrap_err().to_string();
        assert!(message.contains("batch = 1000 cannot run"), "{message}");
    }
}
