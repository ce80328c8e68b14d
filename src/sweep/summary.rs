//! What a picture shows of many cells: medians with bands, and clouds of pairs.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::run::{self, CellResult, DESTINATION, RunEnd};
use super::{Sweep, SweepError};
use crate::format::count;
use crate::model::watch::Watch;
use crate::sim::experiment::{Column, Family, Success};
use crate::statistics::{median, quantiles};

/// The band's lower end, the median and the band's upper end.
const PARTS: [f64; 3] = [0.1, 0.5, 0.9];

/// The finished cells of a sweep. Clones share them.
#[derive(Clone, Debug)]
pub struct Results {
    seeds: u64,
    cells: BTreeMap<u64, Arc<CellResult>>,
}

/// Where the runs of a family have ended at a place: the median, and what 10 % and 90 % lie below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// 10 % are lower.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// 10 % are higher.
    pub high: f64,
}

impl Results {
    /// Of this sweep, none yet.
    pub fn new(sweep: &Sweep) -> Self {
        Self {
            seeds: sweep.seeds(),
            cells: BTreeMap::new(),
        }
    }

    /// Of the cells of a sweep, run on the threads of the current rayon pool. `progress` hears after each how
    /// many there are.
    pub fn of(
        sweep: &Sweep,
        cells: &[u64],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, SweepError> {
        let results = Mutex::new(Self::new(sweep));
        run::run(sweep, cells, &Watch::default(), &|result| {
            // A poisoned lock only means that another thread has died.
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.insert(result);
            progress(results.len());
            ControlFlow::Continue(())
        })?;
        Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a cell in.
    pub fn insert(&mut self, result: impl Into<Arc<CellResult>>) {
        let result = result.into();
        self.cells.insert(result.cell, result);
    }

    /// The cells, in the order of the table.
    pub fn cells(&self) -> impl Iterator<Item = &CellResult> {
        self.cells.values().map(Arc::as_ref)
    }

    /// The same, to be shared with others.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<CellResult>> {
        self.cells.values()
    }

    /// The places with a finished cell, in the order of the table.
    pub fn places(&self) -> impl Iterator<Item = u64> {
        let from = |first: u64| {
            let (cell, _) = self.cells.range(first..).next()?;
            Some(cell / self.seeds)
        };
        std::iter::successors(from(0), move |place| from((place + 1) * self.seeds))
    }

    /// The cells of a place.
    pub fn at(&self, place: u64) -> impl Iterator<Item = &CellResult> {
        let first = place * self.seeds;
        self.cells
            .range(first..first + self.seeds)
            .map(|(_, result)| &**result)
    }

    /// Where a quantity has ended in the runs of a family at a place. `None` if half of the runs or
    /// more diverged or collapsed, as the rest would flatter it, or if there are none.
    pub fn band(&self, place: u64, family: &str, id: &str) -> Option<Band> {
        let all: Vec<f64> = runs(self.at(place), family)
            .map(|run| run.outcome(id))
            .collect();
        let finite = all.iter().filter(|value| value.is_finite()).count();
        if 2 * finite <= all.len() {
            return None;
        }
        let [low, median, high] = quantiles(all, PARTS)?;
        Some(Band { low, median, high })
    }

    /// The part of the runs of a family at a place that have succeeded; those that diverged or collapsed have not. `None`
    /// if there are none, or if nobody can tell.
    pub fn share(&self, place: u64, family: &str, success: Success) -> Option<f64> {
        let runs = runs(self.at(place), family);
        let known = runs.filter_map(|run| {
            let value = run.outcome(success.column);
            (run.has_failed() || !value.is_nan()).then_some(value < success.below)
        });
        let known: Vec<bool> = known.collect();
        let successes = known.iter().filter(|succeeded| **succeeded).count();
        (!known.is_empty()).then(|| successes as f64 / known.len() as f64)
    }

    /// The median, over all cells, of the step size beyond which runs are expected to diverge; worth marking
    /// where the step size is swept.
    pub fn largest_step_size(&self) -> Option<f64> {
        median(self.cells().map(|result| result.largest_step_size))
    }

    /// A pair of quantities for every run of a family, such as ∫L and the validation loss, with the
    /// cell that it belongs to; NaN where it diverged or collapsed.
    /// [`rank_correlation`](crate::statistics::rank_correlation) says how far one orders the other.
    pub fn cloud(&self, family: &str, [x, y]: [&str; 2]) -> impl Iterator<Item = (u64, [f64; 2])> {
        let pair = move |run: &RunEnd| [run.outcome(x), run.outcome(y)];
        self.cells().flat_map(move |cell| {
            let runs = runs(std::iter::once(cell), family);
            runs.map(move |run| (cell.cell, pair(run)))
        })
    }

    /// What is recorded of every run; nothing while no cell is finished.
    pub fn columns(&self) -> &'static [Column] {
        let first = self.cells.values().next();
        let run = first.and_then(|cell| cell.runs.first());
        run.map_or(&[], |run| run.columns)
    }

    /// How many cells are finished.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no cell is finished.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A finished cell.
    pub fn get(&self, cell: u64) -> Option<&CellResult> {
        self.cells.get(&cell).map(Arc::as_ref)
    }

    /// How the runs have ended.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for cell in self.cells() {
            tally.add(Tally::of(cell.runs.iter()));
        }
        tally
    }

    /// Whether a cell is finished.
    pub fn holds(&self, cell: u64) -> bool {
        self.cells.contains_key(&cell)
    }

    /// The families of the runs.
    pub fn families(&self) -> Vec<Family> {
        let mut families: Vec<Family> = Vec::new();
        let first = self.cells.values().next();
        for run in first.iter().flat_map(|cell| &cell.runs) {
            if families.iter().all(|family| family.id != run.family.id) {
                families.push(run.family);
            }
        }
        families
    }

    /// The cell at a place in which a family's quantity has ended nearest to its median.
    pub fn typical(&self, place: u64, family: &str, id: &str) -> Option<&CellResult> {
        let median = self.band(place, family, id)?.median;
        let gap = |cell: &CellResult| {
            let gaps =
                runs(std::iter::once(cell), family).map(|run| (run.outcome(id) - median).abs());
            gaps.fold(f64::INFINITY, f64::min)
        };
        let cells = self.at(place).map(|cell| (gap(cell), cell));
        let nearest = cells.min_by(|(a, _), (b, _)| a.total_cmp(b));
        nearest.map(|(_, cell)| cell)
    }

    /// How the runs of a family have ended at a place.
    pub fn tally_at(&self, place: u64, family: &str) -> Tally {
        Tally::of(runs(self.at(place), family))
    }

    /// Along the only axis of a sweep, between which values the runs of a family begin to diverge, half
    /// of them or more.
    pub fn edge(&self, sweep: &Sweep, family: &str) -> Option<[f64; 2]> {
        let [axis] = sweep.axes() else { return None };
        let known = (0..).zip(axis.values()).filter_map(|(place, value)| {
            let tally = self.tally_at(place, family);
            let all = tally.runs();
            (all > 0).then_some((*value, 2 * tally.diverged >= all))
        });
        let known: Vec<(f64, bool)> = known.collect();
        let first = known.iter().position(|(_, diverges)| *diverges)?;
        Some([known[first.checked_sub(1)?].0, known[first].0])
    }
}

/// How many runs have ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Below the tolerance.
    pub converged: u64,
    /// At the last step.
    pub finished: u64,
    /// Out of bounds.
    pub diverged: u64,
    /// Where nothing moves them any more, short of what they were to reach.
    #[serde(default)]
    pub collapsed: u64,
    /// Ended with their cell before their own first step, such as late forks of one that converges early.
    #[serde(default)]
    pub not_started: u64,
    /// Before they were at their ends, which are known.
    #[serde(default)]
    pub at_destination: u64,
}

impl Tally {
    pub(super) fn of<'a>(runs: impl Iterator<Item = &'a RunEnd>) -> Self {
        let mut tally = Self::default();
        for run in runs {
            match run.status {
                "converged" => tally.converged += 1,
                "diverged" => tally.diverged += 1,
                "collapsed" => tally.collapsed += 1,
                "not started" => tally.not_started += 1,
                DESTINATION => tally.at_destination += 1,
                _ => tally.finished += 1,
            }
        }
        tally
    }

    /// How many runs there are.
    pub fn runs(self) -> u64 {
        let over = self.converged + self.finished + self.at_destination;
        over + self.diverged + self.collapsed + self.not_started
    }

    /// All of it in words, such as `12 converged, 3 ran to their last step, 1 diverged`.
    pub fn in_words(self) -> String {
        let [converged, finished, diverged] =
            [self.converged, self.finished, self.diverged].map(count);
        let mut words = format!(
            "{converged} converged, {finished} ran to their last step, {diverged} diverged"
        );
        if self.at_destination > 0 {
            words = format!(
                "{words}, {} ended once their destination was known",
                count(self.at_destination)
            );
        }
        if self.collapsed > 0 {
            words = format!("{words}, {} collapsed", count(self.collapsed));
        }
        if self.not_started > 0 {
            words = format!("{words}, {} never began", count(self.not_started));
        }
        words
    }

    /// What has failed, such as `3 of 40 diverged, 1 collapsed`, if anything has.
    pub fn failures(self) -> Option<String> {
        let all = self.runs();
        let counts = [(self.diverged, "diverged"), (self.collapsed, "collapsed")];
        let counts = counts.into_iter().filter(|(many, _)| *many > 0);
        let words = counts.enumerate().map(|(at, (many, word))| {
            let of = if at == 0 {
                format!(" of {}", count(all))
            } else {
                String::new()
            };
            format!("{}{of} {word}", count(many))
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    pub(super) fn add(&mut self, other: Self) {
        self.converged += other.converged;
        self.finished += other.finished;
        self.diverged += other.diverged;
        self.collapsed += other.collapsed;
        self.not_started += other.not_started;
        self.at_destination += other.at_destination;
    }
}

fn runs<'a>(
    cells: impl Iterator<Item = &'a CellResult>,
    family: &str,
) -> impl Iterator<Item = &'a RunEnd> {
    cells
        .flat_map(|cell| &cell.runs)
        .filter(move |run| run.family.id == family)
}

#[cfg(test)]
mod tests {
    use super::Results;
    use crate::sweep::Vary;
    use crate::sweep::testing::{all, small};

    #[test]
    fn places_are_those_with_a_finished_cell() {
        let axis = ["alpha=0.1,0.2,0.3,0.4"];
        let sweep = small(&[("steps", "5")], &axis, 2, Vary::Noise);
        let all = all(&sweep);
        assert_eq!(all.places().collect::<Vec<_>>(), [0, 1, 2, 3]);
        let mut some = Results::new(&sweep);
        assert_eq!(some.places().count(), 0);
        // Of the second place both seeds, of the last one the second.
        for cell in all.shared().filter(|cell| [2, 3, 7].contains(&cell.cell)) {
            some.insert(cell.clone());
        }
        assert_eq!(some.places().collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn runs_that_never_began_are_not_counted_as_finished() {
        // GD from SGD at step 200 of a run that ends at 100.
        let settings = [("forks", "gd from sgd-1 at 200 late"), ("steps", "100")];
        let results = all(&small(&settings, &[], 2, Vary::All));
        let tally = results.tally();
        assert_eq!([tally.runs(), tally.finished, tally.not_started], [6, 4, 2]);
        assert_eq!(
            tally.in_words(),
            "0 converged, 4 ran to their last step, 0 diverged, 2 never began"
        );
        assert_eq!(tally.failures(), None);
    }

    #[test]
    fn bands_are_of_one_place_and_family_and_leave_out_what_diverges() {
        let settings = [("sgd_runs", "2"), ("sgf_runs", "2"), ("steps", "200")];
        let sweep = small(&settings, &["step_size=0.01,3"], 4, Vary::Noise);
        let results = all(&sweep);
        let band = |place, family| results.band(place, family, "validation_loss");
        let sgd = band(0, "sgd").unwrap();
        assert!(sgd.low < sgd.median && sgd.median < sgd.high, "{sgd:?}");
        // On one data set GD has no noise.
        let gd = band(0, "gd").unwrap();
        assert_eq!([gd.low, gd.high], [gd.median; 2]);
        assert_eq!(band(1, "gd"), None);
        assert_eq!(band(0, "no such"), None);
        let cloud: Vec<_> = results
            .cloud("sgf", ["loss_integral", "validation_loss"])
            .collect();
        assert_eq!(cloud.len(), 2 * 8);
        let finite = cloud
            .iter()
            .filter(|(_, pair)| pair.iter().all(|value| value.is_finite()));
        assert!(finite.count() >= 8);
        assert_eq!(results.families().len(), 3);
        let typical = results.typical(0, "sgd", "validation_loss").unwrap();
        let nearest = typical.runs.iter().map(|run| run.value("validation_loss"));
        assert!(
            nearest
                .into_iter()
                .any(|loss| (loss / sgd.median - 1.0).abs() < 0.5)
        );
        let tally = results.tally_at(1, "gd");
        assert_eq!([tally.diverged, tally.runs()], [4, 4]);
        assert_eq!(tally.failures().as_deref(), Some("4 of 4 diverged"));
        assert_eq!(results.edge(&sweep, "gd"), Some([0.01, 3.0]));
        assert_eq!(results.edge(&sweep, "no such"), None);
        assert!(
            results
                .largest_step_size()
                .is_some_and(|auto| (0.01..3.0).contains(&auto))
        );
    }
}
