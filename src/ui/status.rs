//! The status line.

use super::live::LiveRun;
use crate::format::{count, number};
use crate::knobs::Role;
use crate::sim::experiment::RunStatus;
use crate::sim::message::{FURTHER, Pause, Phase};

/// The line at the bottom of the window, and whether it is a warning.
pub(super) fn line(live: &LiveRun) -> (String, bool) {
    if let Some(problem) = &live.problem {
        return (problem.clone(), true);
    }
    let (Some(status), Some(history)) = (&live.screen.status, &live.screen.history) else {
        return ("Preparing the data …".to_owned(), false);
    };
    let mut parts = Vec::new();
    let mut warn = false;
    let diverged = diverged(live);
    if !diverged.is_empty() {
        warn = true;
        parts.push(format!("{} — {}", diverged, live.lab().remedy(history)));
    }
    parts.push(match status.phase {
        Phase::Playing => "Running".to_owned(),
        Phase::Paused(Pause::Requested) if status.step == 0 => {
            "Ready: press Space to run".to_owned()
        }
        Phase::Paused(Pause::Requested) => "Paused".to_owned(),
        Phase::Paused(Pause::Converged) => {
            let loss = history.setup.roles.loss.map(|id| id.replace('_', " "));
            let tolerance = live.intent.recipe.knobs.real_of(Role::Tolerance);
            match loss.zip(tolerance) {
                Some((loss, tolerance)) => {
                    let tolerance = number(tolerance, 1);
                    format!("Converged: every {loss} is below {tolerance}. Play goes on")
                }
                None => "Converged. Play goes on".to_owned(),
            }
        }
        Phase::Paused(Pause::ReachedEnd) => {
            format!(
                "End of the recipe after {} steps. Play goes on",
                count(status.step)
            )
        }
        Phase::Paused(Pause::ReachedBound) => format!(
            "Not converged after {} steps. Converge goes on {FURTHER} times as far",
            count(status.step)
        ),
        Phase::Paused(Pause::AllDiverged) => "Every run has diverged".to_owned(),
    });
    parts.extend(history.setup.facts.remarks.iter().cloned());
    parts.extend(history.findings.remarks.iter().cloned());
    parts.extend(live.theory_problem().map(str::to_owned));
    // Remarks are sentences of their own, with or without their full stop.
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_end_matches('.'))
        .collect();
    (parts.join(".  "), warn)
}

/// Which runs have diverged, and when.
fn diverged(live: &LiveRun) -> String {
    let Some(history) = &live.screen.history else {
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
