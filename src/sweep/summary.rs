//! What a picture shows of many cells: medians with bands, and clouds of pairs.

use std::collections::BTreeMap;

use super::Sweep;
use super::run::{CellResult, RunEnd};
use crate::statistics::{median, quantiles};

/// The band's lower end, the median and the band's upper end.
const PARTS: [f64; 3] = [0.1, 0.5, 0.9];

/// The finished cells of a sweep.
#[derive(Clone, Debug)]
pub struct Results {
    seeds: u64,
    cells: BTreeMap<u64, CellResult>,
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

    /// Takes a cell in.
    pub fn insert(&mut self, result: CellResult) {
        self.cells.insert(result.cell, result);
    }

    /// The cells, in the order of the table.
    pub fn cells(&self) -> impl Iterator<Item = &CellResult> {
        self.cells.values()
    }

    /// The cells of a place.
    pub fn at(&self, place: u64) -> impl Iterator<Item = &CellResult> {
        let first = place * self.seeds;
        self.cells
            .range(first..first + self.seeds)
            .map(|(_, result)| result)
    }

    /// Where a quantity has ended in the runs of a family at a place. `None` if half of the runs or
    /// more diverged, as the rest would flatter it, or if there are none.
    pub fn band(&self, place: u64, family: &str, id: &str) -> Option<Band> {
        let all: Vec<f64> = runs(self.at(place), family)
            .map(|run| run.value(id))
            .collect();
        let finite = all.iter().filter(|value| value.is_finite()).count();
        if 2 * finite <= all.len() {
            return None;
        }
        let [low, median, high] = quantiles(all, PARTS)?;
        Some(Band { low, median, high })
    }

    /// The median of γ_auto over all cells, which is worth marking where γ is swept.
    pub fn gamma_auto(&self) -> Option<f64> {
        median(self.cells().map(|result| result.gamma_auto))
    }

    /// A pair of quantities for every run of a family, such as ∫L and the validation loss; NaN where
    /// it diverged. [`rank_correlation`](crate::statistics::rank_correlation) says how far one orders
    /// the other.
    pub fn cloud(&self, family: &str, [x, y]: [&str; 2]) -> Vec<[f64; 2]> {
        runs(self.cells(), family)
            .map(|run| [run.value(x), run.value(y)])
            .collect()
    }
}

fn runs<'a>(
    cells: impl Iterator<Item = &'a CellResult>,
    family: &str,
) -> impl Iterator<Item = &'a RunEnd> {
    cells
        .flat_map(|cell| &cell.runs)
        .filter(move |run| run.family == family)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::recipe::preset;
    use crate::sweep::{Axis, Steps, Vary, run};

    #[test]
    fn bands_are_of_one_place_and_family_and_leave_out_what_diverges() {
        let mut recipe = preset("fig2").unwrap().recipe();
        for (key, value) in [("n", "8"), ("d", "12"), ("sparsity", "2"), ("steps", "200")] {
            recipe.knobs.set_text(key, value).unwrap();
        }
        let axis = Axis::parse("step_size=0.01,3", &recipe.knobs).unwrap();
        let sweep = Sweep::new(recipe, vec![axis], 4, Vary::Noise, Steps::Recipe).unwrap();
        let results = Mutex::new(Results::new(&sweep));
        let order = sweep.order(0..sweep.cells());
        run::run(&sweep, &order, &AtomicBool::new(false), &|result| {
            results.lock().unwrap().insert(result);
            ControlFlow::Continue(())
        })
        .unwrap();
        let results = results.into_inner().unwrap();
        let band = |place, family| results.band(place, family, "validation_loss");
        let sgd = band(0, "sgd").unwrap();
        assert!(sgd.low < sgd.median && sgd.median < sgd.high, "{sgd:?}");
        // On one data set GD has no noise.
        let gd = band(0, "gd").unwrap();
        assert_eq!([gd.low, gd.high], [gd.median; 2]);
        assert_eq!(band(1, "gd"), None);
        assert_eq!(band(0, "no such"), None);
        let cloud = results.cloud("sgf", ["loss_integral", "validation_loss"]);
        assert_eq!(cloud.len(), 2 * 8);
        let finite = cloud
            .iter()
            .filter(|pair| pair.iter().all(|value| value.is_finite()));
        assert!(finite.count() >= 8);
        assert!(
            results
                .gamma_auto()
                .is_some_and(|auto| (0.01..3.0).contains(&auto))
        );
    }
}
