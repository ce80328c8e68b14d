//! The equation under the plots: what a method that never leaves the span of the data keeps.

use crate::labs::Shown;
use crate::scene::equation::{Equation, Term};

/// The equation with the numbers of the first run that counts.
pub(super) fn equations(shown: &Shown<'_>) -> Vec<Equation> {
    let Some(run) = shown.runs().next() else {
        return Vec::new();
    };
    let (history, row) = (shown.history, shown.row);
    let info = &history.setup.runs[run];
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
