//! Small sweeps for tests.

use super::summary::Results;
use super::{Axis, Steps, Sweep, Vary};
use crate::model::watch::Watch;
use crate::recipe::preset;
use crate::sim::experiment::Column;
use crate::sweep::run::prepare;

/// A sweep of GD and one run of SGD on eight rows of twelve columns, 300 steps long unless the settings
/// say otherwise.
pub(crate) fn small(settings: &[(&str, &str)], over: &[&str], seeds: u64, vary: Vary) -> Sweep {
    let mut recipe = preset("fig2").unwrap().recipe();
    let usual = [
        ("n", "8"),
        ("d", "12"),
        ("sparsity", "2"),
        ("steps", "300"),
        ("sgd_runs", "1"),
        ("sgf_runs", "0"),
    ];
    for (key, value) in usual.iter().chain(settings) {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let axes = Axis::parse_all(over, &recipe.knobs).unwrap();
    Sweep::new(recipe, axes, seeds, vary, Steps::Recipe).unwrap()
}

/// What is recorded of its runs.
pub(crate) fn columns(sweep: &Sweep) -> &'static [Column] {
    match prepare(sweep, 0, &Watch::default()) {
        Ok(cell) => cell.setup.columns,
        Err(error) => panic!("{error}"),
    }
}

/// All its cells.
pub(crate) fn all(sweep: &Sweep) -> Results {
    first(sweep, sweep.cells() as usize)
}

/// The first cells in the order in which they are run.
pub(crate) fn first(sweep: &Sweep, cells: usize) -> Results {
    let order = sweep.order(0..sweep.cells());
    Results::of(sweep, &order[..cells], &|_| ()).unwrap()
}
