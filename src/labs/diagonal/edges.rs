//! The largest stable step sizes, found by trial runs.

use super::settings::Settings;
use super::{LAB, Prepared, experiment};
use crate::labs::diagonal::dynamics::method;
use crate::labs::diagonal::theory::edge::EdgeSearch;
use crate::labs::{Edge, LabError, arithmetic};

/// SGD's.
pub(super) static EDGE: Edge = Edge {
    label: "SGD's edge",
    measure: |knobs, watch| {
        arithmetic::run(knobs, || {
            let settings = Settings {
                watch: watch.clone(),
                ..Settings::from_knobs(knobs)?
            };
            let prepared = LAB.prepare(&settings.source, &settings.watch)?;
            measured_edge(&prepared, settings)
        })
    },
};

/// The rules whose largest stable step size is measured, with the names of the results.
pub(super) const EDGES: [(&str, &str, &str); 2] = [
    ("gd", "edge_gd", "edge_progress_gd"),
    ("sgd", "edge_sgd", "edge_progress_sgd"),
];

/// Searches for the edges of [`EDGES`], in that order.
pub(super) fn searches(
    prepared: &Prepared,
    settings: &Settings,
    start: &experiment::Start,
) -> impl Iterator<Item = EdgeSearch> + use<> {
    let (hyper, watch) = (settings.hyper(0, false), settings.watch.clone());
    let schedule = settings.noise_schedule.clone();
    let floor = prepared.problem.training_loss(&prepared.limit);
    let guesses = [2.0 / start.limits.lambda_max, start.limits.gamma_auto()];
    let rules = EDGES.iter().map(|(id, ..)| *id).zip(guesses);
    rules.filter_map(move |(id, guess)| {
        let method = method(id)?;
        let search = EdgeSearch::new(method, hyper, schedule.clone(), floor, guess);
        Some(search.watched(&watch))
    })
}

/// SGD's edge, searched for to the end.
fn measured_edge(prepared: &Prepared, mut settings: Settings) -> Result<Option<f64>, LabError> {
    let start = experiment::start(prepared, &mut settings)?;
    let mut all = searches(prepared, &settings, &start);
    let Some(mut search) = all.find(|search| search.method().id == "sgd") else {
        return Ok(None);
    };
    let start = start.initialisation.weights(settings.depth);
    while !search.is_done() {
        settings.watch.check()?;
        search.advance(&prepared.problem, &start);
    }
    // A trial that was given up may have been the last one.
    settings.watch.check()?;
    Ok(search.edge())
}
