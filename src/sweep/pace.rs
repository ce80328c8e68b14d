//! How long a sweep takes: as a [`trial`](super::trial) has found before it starts, and as is measured while it
//! goes on.

use std::time::Duration;

use indicatif::{HumanBytes, HumanDuration};

use super::Sweep;
use crate::sim::experiment::Column;

/// A longer sweep starts only if it is confirmed.
const LONG: Duration = Duration::from_hours(24);

/// So does one with a larger table, which few programs could read.
const LARGE: u64 = 2 << 30;

/// What a sweep will take, before it has started.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// Time on one thread. Where a trial could not see a run's end, to its last step.
    pub work: Duration,
    /// Time of the cell that takes longest: no number of threads makes the sweep shorter.
    pub longest: Duration,
    /// Whether every trial has seen its cell's end, so that the time is no upper bound but an estimate.
    pub is_seen: bool,
    /// Size of the table.
    pub bytes: u64,
    /// What is recorded of every run.
    pub columns: &'static [Column],
}

impl Estimate {
    /// The time it takes on this many threads.
    pub fn time(&self, threads: usize) -> Duration {
        let shared = self.work / u32::try_from(threads).unwrap_or(u32::MAX).max(1);
        shared.max(self.longest)
    }

    /// The same in words, such as `about 3 hours`.
    pub fn time_in_words(&self, threads: usize) -> String {
        let how = if self.is_seen { "about" } else { "up to" };
        format!("{how} {}", HumanDuration(self.time(threads)))
    }

    /// What it takes, such as `up to 3 days on 2 threads, and a table of about 1.2 GiB`.
    pub fn in_words(&self, threads: usize) -> String {
        let s = if threads == 1 { "" } else { "s" };
        format!(
            "{} on {threads} thread{s}, and a table of about {}",
            self.time_in_words(threads),
            HumanBytes(self.bytes),
        )
    }

    /// Whether somebody should agree before it starts.
    pub fn needs_confirmation(&self, threads: usize) -> bool {
        self.time(threads) > LONG || self.bytes > LARGE
    }
}

/// A duration of any number of seconds; what is out of range becomes the longest one.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// The time left, from what the finished cells of each place took.
///
/// At other places it is what was expected of these, as far as that has come true. As the first seed of every place
/// comes first, all costs are soon known.
#[derive(Debug)]
pub struct Pace {
    places: Vec<Place>,
    /// Seconds left at the places of which a cell is finished.
    known: f64,
    /// What is expected of the others.
    unknown: f64,
    /// What was expected of the cells that are finished, and the seconds that they took.
    finished: (f64, f64),
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    left: u64,
    finished: u64,
    seconds: f64,
    /// What a cell is expected to take, in any unit.
    expected: f64,
}

impl Place {
    fn seconds_left(self) -> f64 {
        self.left as f64 * self.seconds / self.finished.max(1) as f64
    }

    fn expected_left(self) -> f64 {
        self.left as f64 * self.expected
    }
}

impl Pace {
    /// Of a sweep of which these cells are still to be run, and nothing is known of what they take.
    pub fn new(sweep: &Sweep, cells: &[u64]) -> Self {
        Self::expecting(sweep, cells, |_| 1.0)
    }

    /// The same if something is expected of a cell of each place, in any unit.
    pub fn expecting(sweep: &Sweep, cells: &[u64], expected: impl Fn(u64) -> f64) -> Self {
        let mut places = vec![Place::default(); sweep.places() as usize];
        for cell in cells {
            places[sweep.place(*cell) as usize].left += 1;
        }
        for (at, place) in (0..).zip(&mut places) {
            place.expected = expected(at);
        }
        Self {
            known: 0.0,
            unknown: places.iter().map(|place| place.expected_left()).sum(),
            finished: (0.0, 0.0),
            places,
        }
    }

    /// A cell of this place is finished.
    pub fn add(&mut self, place: u64, elapsed: Duration) {
        let place = &mut self.places[place as usize];
        if place.finished == 0 {
            self.unknown -= place.expected_left();
        } else {
            self.known -= place.seconds_left();
        }
        place.left = place.left.saturating_sub(1);
        place.finished += 1;
        place.seconds += elapsed.as_secs_f64();
        self.known += place.seconds_left();
        self.finished.0 += place.expected;
        self.finished.1 += elapsed.as_secs_f64();
    }

    /// The time left on this many threads; `None` before the first cell is finished.
    pub fn left(&self, threads: usize) -> Option<Duration> {
        let (expected, seconds) = self.finished;
        (expected > 0.0).then(|| {
            let elsewhere = self.unknown * seconds / expected;
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
    fn what_is_expected_of_a_place_counts_until_it_is_known() {
        let sweep = sweep("alpha=0.01,1");
        let cells = sweep.order(0..20);
        let mut pace = Pace::expecting(&sweep, &cells, |place| [8.0, 2.0][place as usize]);
        pace.add(1, Duration::from_secs(1));
        // Half of what was expected: nine more at 1 s, and ten at 4.
        assert_eq!(pace.left(1), Some(Duration::from_secs(49)));
    }

    #[test]
    fn no_number_of_threads_makes_a_sweep_shorter_than_its_longest_cell() {
        let estimate = Estimate {
            work: Duration::from_secs(100),
            longest: Duration::from_secs(30),
            is_seen: true,
            bytes: 0,
            columns: &[],
        };
        assert_eq!(estimate.time(2), Duration::from_secs(50));
        assert_eq!(estimate.time(8), Duration::from_secs(30));
        assert_eq!(estimate.time_in_words(8), "about 30 seconds");
    }
}
