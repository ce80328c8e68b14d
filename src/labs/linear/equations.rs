//! The equation under the plots: what a method that never leaves the span of the data keeps.

use crate::scene::equation::{Equation, Term};
use crate::sim::experiment::RunStatus;
use crate::sim::history::History;

/// The equation with the numbers of the first run that has not failed, at a row.
pub(super) fn equations(history: &History, row: usize) -> Vec<Equation> {
    let well = |run: &usize| {
        let status = history.status.get(*run);
        matches!(status, Some(RunStatus::Running | RunStatus::Converged))
            && !history.runs[*run].is_empty()
    };
    let Some(run) = (0..history.runs.len()).find(well) else {
        return Vec::new();
    };
    let info = &history.setup.runs[run];
    let row = row.min(history.runs[run].len() - 1);
    let column = |id: &str| {
        let source = history.setup.find(id)?;
        let number = history.runs[run].number_at(source, row)?;
        number.is_finite().then_some(number)
    };
    let span = || {
        let mut terms = vec![
            Term::sign("∇Ψ(w) − ∇Ψ(w₀) ∈ span(xᵢ) up to"),
            Term::quantity(
                "off span",
                column("off_span")?,
                "The relative part that lies outside the span of the data",
            )
            .shown_in(&["off_span"]),
        ];
        if let Some(distance) = column("theory_distance") {
            terms.push(Term::sign(", therefore"));
            terms.push(
                Term::quantity(
                    "‖w − w∞‖",
                    distance,
                    "How far it still is from the Bregman projection of its start",
                )
                .shown_in(&["theory_distance"]),
            );
            terms.push(Term::sign("→ 0"));
        }
        Some(Equation {
            of: info.label.clone(),
            ink: info.family.look.ink,
            about: "Steps that are combinations of the data cannot leave their span: of all solutions, only one can be \
                    reached from a given start.",
            terms,
        })
    };
    span().into_iter().collect()
}
