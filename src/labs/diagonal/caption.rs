//! "What should I notice": two lines, computed from the numbers on the screen.

use crate::dynamics::METHODS;
use crate::format::number;
use crate::knobs::Knobs;
use crate::sim::history::{History, median};

/// Two medians closer than this are called equal.
const SAME: f64 = 1.05;

/// The caption for the state at `row`.
pub(super) fn caption(knobs: &Knobs, history: &History, row: usize) -> String {
    let medians = Medians { history, row };
    let mut lines = vec![comparison(&medians), noise(knobs, &medians)];
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Medians over the runs of a family at one row.
struct Medians<'a> {
    history: &'a History,
    row: usize,
}

impl Medians<'_> {
    /// The median of a column over the runs of `family` that have come this far.
    fn of(&self, family: &str, column: &str) -> Option<f64> {
        let column = self.history.setup.column(column);
        let runs = self.history.setup.runs.iter().zip(&self.history.runs);
        let values = runs
            .filter(|(info, _)| info.family == family)
            .filter_map(|(_, run)| run.values.get(column)?.get(self.row).copied());
        median(values.collect())
    }
}

/// How the stochastic algorithms compare with GD, or with each other.
fn comparison(medians: &Medians<'_>) -> String {
    let label = |id: &str| {
        METHODS
            .iter()
            .find(|method| method.id == id)
            .map_or("", |method| method.label)
    };
    let validation = |id: &str| {
        medians
            .of(id, "validation_loss")
            .map(|value| (label(id), value))
    };
    let (reference, others) = match (validation("gd"), validation("sgd"), validation("sgf")) {
        (Some(gd), sgd, sgf) => (gd, [sgd, sgf]),
        (None, Some(sgd), sgf) => (sgd, [None, sgf]),
        _ => return String::new(),
    };
    let clauses: Vec<String> = others
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let ratio = reference.1 / value;
            let comparison = if (1.0 / SAME..=SAME).contains(&ratio) {
                "the same within 5 %".to_owned()
            } else if ratio > 1.0 {
                format!("{}× lower", say(ratio))
            } else {
                format!("{}× higher", say(1.0 / ratio))
            };
            format!(", {name} {} ({comparison})", say(value))
        })
        .collect();
    let integral = match (
        medians.of("gd", "loss_integral"),
        medians.of("sgd", "loss_integral"),
    ) {
        (Some(gd), Some(sgd)) if gd > 0.0 => format!("; ∫L of SGD is {}× GD's", say(sgd / gd)),
        _ => String::new(),
    };
    format!(
        "Validation loss: {} {}{}{integral}.",
        reference.0,
        say(reference.1),
        clauses.concat()
    )
}

/// What the noise has done to the effective initialisation.
fn noise(knobs: &Knobs, medians: &Medians<'_>) -> String {
    let delta = medians
        .history
        .shared
        .get(1)
        .and_then(|column| column.get(medians.row))
        .copied()
        .unwrap_or(0.0);
    let started = medians.of("gd", "alpha_measured");
    let shrunk = medians
        .of("sgd", "alpha_measured")
        .or_else(|| medians.of("sgf", "alpha_measured"));
    let mut parts = Vec::new();
    if delta > 0.0 {
        parts.push(format!("Label noise δ = {} is on", say(delta)));
    } else if knobs.word("label_noise") != "none" {
        parts.push("Label noise is off now".to_owned());
    }
    if let (Some(started), Some(shrunk)) = (started, shrunk)
        && shrunk < started / SAME
    {
        // Very long label noise takes it below the smallest number there is.
        parts.push(if shrunk > 0.0 {
            let factor = say(started / shrunk);
            format!(
                "noise has shrunk the effective α to {} ({factor}× below GD's)",
                say(shrunk)
            )
        } else {
            "noise has shrunk the effective α to 0 within rounding".to_owned()
        });
    }
    let mut line = parts.join("; ");
    if !line.is_empty() {
        line.push('.');
        if let Some(first) = line.get(..1) {
            line.replace_range(..1, &first.to_uppercase());
        }
    }
    line
}

/// Two digits are all one can take in while looking at a plot.
fn say(value: f64) -> String {
    number(value, 2)
}
