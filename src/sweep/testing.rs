//! Small sweeps for tests.

use super::summary::Results;
use super::{Axis, Steps, Sweep, Vary};
use crate::recipe::preset;

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
    let axes = over.iter().map(|text| Axis::parse(text, &recipe.knobs));
    let axes = axes.collect::<Result<_, _>>().unwrap();
    Sweep::new(recipe, axes, seeds, vary, Steps::Recipe).unwrap()
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
