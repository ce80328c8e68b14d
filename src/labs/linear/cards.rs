//! The table of who stays in the span and ends where the theory says: every number from the history.

use super::rules::METHODS;
use crate::format::number;
use crate::knobs::Knobs;
use crate::scene::pictures::card::{CardRow, Verdict};
use crate::sim::census::Medians;
use crate::sim::history::History;

/// A residual below this is rounding.
const EXACT: f64 = 1e-9;

fn row(label: impl Into<String>, value: String, verdict: Verdict, hint: &'static str) -> CardRow {
    CardRow {
        label: label.into(),
        value,
        verdict,
        hint,
    }
}

fn heading(text: &str) -> CardRow {
    row(text, String::new(), Verdict::Heading, "")
}

/// Below `bound`, above it, or not known.
fn small(label: &'static str, value: Option<f64>, bound: f64, hint: &'static str) -> CardRow {
    match value.filter(|value| value.is_finite()) {
        Some(value) => {
            let verdict = if value <= bound {
                Verdict::Holds
            } else {
                Verdict::Fails
            };
            row(label, number(value, 2), verdict, hint)
        }
        None => row(label, "–".to_owned(), Verdict::Plain, hint),
    }
}

/// See the module.
pub(super) fn verdicts(_knobs: &Knobs, history: &History, at: usize) -> Vec<CardRow> {
    let medians = Medians::new(history, at);
    let running = METHODS.iter().filter(|method| {
        let mut runs = history.setup.runs.iter();
        runs.any(|run| run.family.id == method.id)
    });
    let logistic = history.scalar("is_logistic").is_some_and(|fact| fact > 0.0);
    let failures = medians.families().filter_map(|known| {
        let failures = medians.census(known.family.id).remainder()?;
        let hint = "runs that have diverged are in no number of this card";
        let label = format!("{} runs", known.family.label);
        Some(row(label, failures, Verdict::Fails, hint))
    });
    let mut rows: Vec<CardRow> = failures.collect();
    rows.push(heading("Stays in the span (of its own dual)"));
    rows.extend(running.clone().map(|method| {
        let hint = "the part of ∇Ψ(w) − ∇Ψ(w₀) orthogonal to every xᵢ, relative";
        small(method.label, medians.of(method.id, "off_span"), EXACT, hint)
    }));
    if logistic {
        rows.push(heading("Margin in its own norm, of the largest"));
        rows.extend(running.map(|method| {
            let ratio = medians.of(method.id, "margin_ratio");
            let value = ratio.map_or_else(|| "–".to_owned(), |ratio| number(ratio, 5));
            row(
                method.label,
                value,
                Verdict::Plain,
                "min ⟨zᵢ, w⟩/‖w‖ over its largest value",
            )
        }));
    } else {
        rows.push(heading("Distance to its own theory"));
        rows.extend(running.map(|method| {
            let hint = "‖w − w∞‖ to the Bregman projection of w₀ in its own potential";
            let distance = medians.of(method.id, "theory_distance");
            let mut row = small(method.label, distance, 1e-6, hint);
            // On the way there is no verdict yet.
            let settled = medians
                .of(method.id, "training_loss")
                .is_some_and(|loss| loss < 1e-12);
            if row.verdict == Verdict::Fails && !settled {
                row.verdict = Verdict::Open;
            }
            row
        }));
    }
    rows
}
