//! How things stand, in words.

use super::link::Link;
use crate::format::{count, number};
use crate::sim::experiment::RunStatus;
use crate::sim::message::{Pause, Phase};

/// A line for the bottom of the window and whether it asks for attention.
pub(super) fn line(link: &Link) -> (String, bool) {
    if let Some(problem) = &link.problem {
        return (problem.clone(), true);
    }
    let (Some(status), Some(history)) = (&link.status, &link.history) else {
        return ("Preparing the data …".to_owned(), false);
    };
    let mut parts = Vec::new();
    let mut warn = false;
    let diverged = diverged(link);
    if !diverged.is_empty() {
        warn = true;
        parts.push(format!("{} — {}", diverged, link.lab().remedy(history)));
    }
    parts.push(match status.phase {
        Phase::Playing => "Running".to_owned(),
        Phase::Paused(Pause::Requested) if status.step == 0 => {
            "Ready: press Space to run".to_owned()
        }
        Phase::Paused(Pause::Requested) => "Paused".to_owned(),
        Phase::Paused(Pause::Converged) => {
            let tolerance = number(link.recipe.knobs.real("tolerance"), 1);
            format!("Converged: every training loss is below {tolerance}. Play goes on")
        }
        Phase::Paused(Pause::ReachedEnd) => {
            format!(
                "End of the recipe after {} steps. Play goes on",
                count(status.step)
            )
        }
        Phase::Paused(Pause::AllDiverged) => "Every run has diverged".to_owned(),
    });
    parts.extend(history.setup.facts.remarks.iter().cloned());
    parts.extend(history.findings.remarks.iter().cloned());
    parts.extend(link.theory_problem().map(str::to_owned));
    // Remarks are sentences of their own, with or without their full stop.
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_end_matches('.'))
        .collect();
    (parts.join(".  "), warn)
}

/// Who has diverged, and when.
fn diverged(link: &Link) -> String {
    let Some(history) = &link.history else {
        return String::new();
    };
    let runs = history.setup.runs.iter().zip(&history.status);
    let clauses: Vec<String> = runs
        .filter_map(|(info, status)| match status {
            RunStatus::Diverged { step } => {
                Some(format!("{} diverged at step {}", info.label, count(*step)))
            }
            RunStatus::Running | RunStatus::Converged => None,
        })
        .collect();
    match clauses.len() {
        0..=3 => clauses.join(", "),
        all => format!(
            "{} and {} more runs diverged",
            clauses[..2].join(", "),
            all - 2
        ),
    }
}
