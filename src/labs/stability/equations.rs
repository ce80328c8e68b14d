//! The equations under the plots: Lemma 1 and Theorem 1.

use crate::labs::Shown;
use crate::scene::equation::{Equation, Term};

/// The equations with the numbers of the first run that counts.
pub(super) fn equations(shown: &Shown<'_>) -> Vec<Equation> {
    let Some(run) = shown.runs().next() else {
        return Vec::new();
    };
    let (history, row) = (shown.history, shown.row);
    let info = &history.setup.runs[run];
    let of = |about: &'static str, terms: Vec<Term>| Equation {
        of: info.label.clone(),
        ink: info.family.look.ink,
        about,
        terms,
    };
    let column = |id: &str| {
        let source = history.setup.find(id)?;
        history.runs[run].number_at(source, row)
    };
    let lemma = || {
        let terms = vec![
            Term::quantity("λη/2", column("stability")?, "For heavy ball λη/2(1 + μ)")
                .shown_in(&["stability"]),
            Term::sign("≤ 1 where GD can rest;"),
            Term::quantity(
                "λ",
                column("sharpness")?,
                "The sharpness: the largest eigenvalue of the Gauss–Newton matrix",
            )
            .shown_in(&["sharpness"]),
            Term::sign(","),
            Term::quantity("η", history.step_size_at(row)?, "The step size").of_knob("step_size"),
        ];
        Some(of(
            "Lemma 1: a minimum can be stable only up to λ = 2/η.",
            terms,
        ))
    };
    let theorem = || {
        let eta = history.step_size_at(row)?;
        let terms = vec![
            Term::quantity(
                "∫|f''|g",
                column("curvature")?,
                "The second derivative of f, weighed with g",
            )
            .shown_in(&["curvature"]),
            Term::sign("≤"),
            Term::quantity(
                "1/η − ½",
                1.0 / eta - 0.5,
                "What a stable minimum can have at this step size",
            )
            .of_knob("step_size"),
            Term::sign("at stable minima"),
        ];
        Some(of(
            "Theorem 1: a stable minimum cannot be wigglier than this.",
            terms,
        ))
    };
    [lemma(), theorem()].into_iter().flatten().collect()
}
