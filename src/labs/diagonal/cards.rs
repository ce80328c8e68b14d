//! The tables of what the theory asks for and what happens: every number from the history.

mod step_size;

use super::{forecast, settings};
use crate::format::{number, plus_minus};
use crate::knobs::Knobs;
use crate::labs::diagonal::dynamics::{covered_noise, is_covered};
use crate::scene::pictures::card::{CardRow, Verdict};
use crate::sim::census::Medians;
use crate::sim::history::History;
pub(super) use step_size::step_size_card;

/// A relative distance or residual below this counts as agreement with the theorem for a discrete
/// algorithm, which the theorem does not promise: what SGD at γ = γ_auto/2 stays within.
const CLOSE: f64 = 0.1;

/// A residual below this is rounding: exact for the discrete scheme as well.
const EXACT: f64 = 1e-8;

fn row(
    label: impl Into<String>,
    value: impl Into<String>,
    verdict: Verdict,
    hint: &'static str,
) -> CardRow {
    CardRow {
        label: label.into(),
        value: value.into(),
        verdict,
        hint,
    }
}

fn heading(text: &str) -> CardRow {
    row(text, "", Verdict::Heading, "")
}

fn plain(label: impl Into<String>, value: Option<f64>, hint: &'static str) -> CardRow {
    match value {
        Some(value) => row(label, number(value, 3), Verdict::Plain, hint),
        None => row(label, "…", Verdict::Open, hint),
    }
}

/// The families that are running, in the order of the legend.
fn families(history: &History) -> Vec<&'static str> {
    let mut families: Vec<&'static str> = Vec::new();
    for run in &history.setup.runs {
        if !families.contains(&run.family.id) {
            families.push(run.family.id);
        }
    }
    families
}

/// The runs that are in no median, if there are any.
fn failures(medians: &Medians<'_>) -> impl Iterator<Item = CardRow> {
    let medians = *medians;
    medians.families().filter_map(move |known| {
        let failures = medians.census(known.family.id).remainder()?;
        let label = known.family.label;
        let hint = "Runs that have diverged or collapsed are in no number of this card.";
        Some(row(format!("{label} runs"), failures, Verdict::Fails, hint))
    })
}

/// Theorem 1 and Propositions 1 to 3, hypothesis by hypothesis.
pub(super) fn theorem_card(knobs: &Knobs, history: &History, at: usize) -> Vec<CardRow> {
    let medians = Medians::new(history, at);
    let mut rows: Vec<CardRow> = failures(&medians).collect();
    rows.push(heading("Theorem 1 asks for"));
    rows.extend(hypotheses(history, &medians));
    let symmetric = history.vector("start_tilt").is_none();
    rows.push(heading(if symmetric {
        "and says: β ends at argmin φ at α∞"
    } else {
        "and gives: β ends at argmin D_φ(·, β₀) at α∞"
    }));
    rows.extend(conclusion(history, &medians));
    rows.push(heading(if symmetric {
        "Prop. 1: ∇φ at αₜ stays in span(Xᵀ)"
    } else {
        "Prop. 1: ∇φ at αₜ stays in ∇φ(β₀) + span(Xᵀ)"
    }));
    rows.extend(mirror(history, &medians));
    rows.push(heading("Prop. 2: L → 0.  Prop. 3: how far α shrinks"));
    rows.extend(shrinkage(history, &medians));
    if knobs.word("label_noise") != "none" {
        rows.push(heading("Label noise (eq. 9, 10)"));
        rows.extend(label_noise(knobs, history, &medians));
    }
    rows
}

fn hypotheses(history: &History, medians: &Medians<'_>) -> Vec<CardRow> {
    let scalar = |id: &str| history.scalar(id);
    let size = |id: &str| scalar(id).unwrap_or(f64::NAN);
    let (n, d) = (size("n"), size("d"));
    let interpolator = match scalar("rank") {
        Some(rank) => (format!("rank {rank} of n = {n}, d = {d}"), Verdict::Holds),
        None if history.findings.remarks.is_empty() => ("…".to_owned(), Verdict::Open),
        None => ("none".to_owned(), Verdict::Fails),
    };
    let alpha = history.vector("alpha").unwrap_or_default();
    let symmetric = history.vector("start_tilt").is_none();
    let smallest = alpha.iter().copied().fold(f64::INFINITY, f64::min);
    let depth = scalar("depth").unwrap_or(2.0);
    let gamma = medians.step_size().unwrap_or(f64::NAN);
    let works = families(history)
        .into_iter()
        .filter_map(|family| medians.of(family, "kkt_residual"))
        .any(|residual| residual < CLOSE);
    let bound = match scalar("theorem_step_size") {
        Some(bound) => {
            let verdict = match gamma <= bound {
                true => Verdict::Holds,
                false if works => Verdict::WorksAnyway,
                false => Verdict::Fails,
            };
            let times = number(gamma / bound, 2);
            let bound = number(bound, 2);
            (
                format!("{} is {times} × {bound}", number(gamma, 3)),
                verdict,
            )
        }
        None => ("…".to_owned(), Verdict::Open),
    };
    let flow = families(history).contains(&"sgf");
    let families = families(history).into_iter();
    let outside = families.filter(|family| !is_covered(family));
    let outside = outside.map(|family| {
        row(
            medians.label(family),
            "not covered",
            Verdict::Fails,
            "The theorem does not speak of this algorithm. The numbers below, and what is drawn, are what it would say if \
             it did.",
        )
    });
    let mut rows = vec![
        row(
            "Xβ = y has a solution",
            interpolator.0,
            interpolator.1,
            "y lies in the range of X, so that the loss can vanish.",
        ),
        row(
            "w± = α > 0",
            if symmetric {
                format!("min α = {}", number(smallest, 2))
            } else {
                format!("β₀ ≠ 0, min √w₊w₋ = {}", number(smallest, 2))
            },
            match (symmetric, works) {
                (true, _) if smallest > 0.0 => Verdict::Holds,
                (false, true) => Verdict::WorksAnyway,
                _ => Verdict::Fails,
            },
            "Both halves start at α, so β = 0. From β₀ ≠ 0 the same argument gives the Bregman divergence D_φ(·, β₀) in \
             place of φ, with α² = w₊w₋.",
        ),
        row(
            "two layers",
            format!("p = {depth}"),
            if depth == 2.0 {
                Verdict::Holds
            } else {
                Verdict::Fails
            },
            "β = w₊² − w₋². Deeper networks have other potentials.",
        ),
        row(
            "the flow's noise (eq. 3)",
            if flow { "SGF runs" } else { "no SGF run" },
            match (flow, works) {
                (true, _) => Verdict::Holds,
                (false, true) => Verdict::WorksAnyway,
                (false, false) => Verdict::Open,
            },
            "The theorem is about stochastic gradient flow; SGD is modelled by it.",
        ),
        row(
            "γ ≤ bound",
            bound.0,
            bound.1,
            "γ ≤ 1/(400 ln(4/p) λₘₐₓ max{‖β_ℓ₁‖₁ ln(√2‖β_ℓ₁‖₁/min α²), ‖α‖²}) with failure probability p = ½: far below \
             every step size in use.",
        ),
    ];
    rows.extend(outside);
    rows
}

fn conclusion(history: &History, medians: &Medians<'_>) -> Vec<CardRow> {
    let rows = families(history).into_iter().flat_map(|family| {
        let distance = medians.of(family, "theorem_distance");
        let settled = medians
            .of(family, "destination_distance")
            .is_some_and(|distance| distance < 1e-3);
        let verdict = match distance {
            Some(distance) if distance < 1e-5 => Verdict::Holds,
            Some(distance) if distance < CLOSE => Verdict::WorksAnyway,
            Some(_) if settled => Verdict::Fails,
            _ => Verdict::Open,
        };
        let value = distance.map_or_else(|| "…".to_owned(), |distance| format!("{} away", number(distance, 2)));
        let from = medians.of(family, "equivalent_alpha");
        let gap = medians.of(family, "equivalent_distance");
        let equivalent = from.zip(gap).map(|(alpha, gap)| {
            row(
                format!("{} lands where GD would", medians.label(family)),
                format!("from α = {} (within {})", number(alpha, 2), number(gap, 1)),
                Verdict::Plain,
                "The uniform α whose argmin φ_α is nearest to the run's destination, and how near.",
            )
        });
        let distance = row(
            format!("{} from argmin φ at αₜ", medians.label(family)),
            value,
            verdict,
            "‖β − argmin φ‖ / ‖argmin φ‖ with αₜ = α exp(−2γ diag(XᵀX/n) ∫(L+δ²) − ∫λ), from β₀ ≠ 0 with D_φ(·, β₀). It \
             vanishes with √L for SGF; for SGD a \
             gap of order γ stays, and where it estimates ∫L (`loss_every`) also what αₜ is off by.",
        );
        std::iter::once(distance).chain(equivalent)
    });
    rows.collect()
}

fn mirror(history: &History, medians: &Medians<'_>) -> Vec<CardRow> {
    let rows = families(history).into_iter().map(|family| {
        let residual = medians.of(family, "kkt_residual");
        let with_alpha = medians.of(family, "kkt_residual_alpha");
        let verdict = match residual {
            Some(residual) if residual < EXACT => Verdict::Holds,
            Some(residual) if residual < CLOSE => Verdict::WorksAnyway,
            Some(_) => Verdict::Fails,
            None => Verdict::Open,
        };
        let value = match residual.zip(with_alpha) {
            Some((residual, with_alpha)) => {
                format!("{} ({} with α)", number(residual, 2), number(with_alpha, 2))
            }
            None => "…".to_owned(),
        };
        row(
            format!("{} outside span(Xᵀ)", medians.label(family)),
            value,
            verdict,
            "Relative part of ∇φ(β), less ∇φ(β₀), outside span(Xᵀ), with αₜ and, for contrast, with the initial α.",
        )
    });
    rows.collect()
}

/// ∫L of gradient flow against ½D_φα(β∞, 0) (Prop. 7), for the runs it holds for.
fn integral(medians: &Medians<'_>) -> Option<CardRow> {
    let whole = medians.of("gf", "half_divergence")?;
    let so_far = medians.of("gf", "loss_integral")?;
    let off = (so_far / whole - 1.0).abs();
    let value = if off < 1e-3 {
        format!("{} (1 ± {})", number(so_far, 6), number(off, 1))
    } else {
        format!("{} of {}", number(so_far, 4), number(whole, 4))
    };
    let verdict = if off < 1e-6 {
        Verdict::Holds
    } else {
        Verdict::Open
    };
    Some(row(
        "GF: ∫L = ½ D_φ(β∞, β₀)",
        value,
        verdict,
        "For γ → 0 the integral of the loss is half the Bregman divergence of the end point from the start (Prop. 7).",
    ))
}

fn shrinkage(history: &History, medians: &Medians<'_>) -> Vec<CardRow> {
    let rows = families(history).into_iter().flat_map(|family| {
        let loss = medians.of(family, "training_loss");
        let integral = medians.of(family, "loss_integral");
        let measured = medians.of(family, "alpha_measured");
        let predicted = medians.of(family, "alpha_predicted");
        let start = medians.start(family, "alpha_measured");
        let error = plus_minus(medians.of(family, "loss_integral_error"), 1);
        let both = loss.zip(integral).map_or_else(
            || "…".to_owned(),
            |(loss, integral)| {
                let (loss, integral) = (number(loss, 2), number(integral, 3));
                format!("L = {loss}, ∫L = {integral}{error}")
            },
        );
        let vanished = loss.zip(medians.start(family, "training_loss"));
        let verdict = match vanished {
            Some((loss, start)) if loss < 1e-6 * start => Verdict::Holds,
            _ => Verdict::Open,
        };
        let shrunk = start.zip(measured).zip(predicted).map(|((start, measured), predicted)| {
            let log = |alpha: f64| number((start / alpha).ln(), 3);
            let error = medians.of(family, "alpha_predicted_error");
            let error = plus_minus(error.map(|error| error / predicted), 1);
            row(
                format!("{} ln(α/αₜ)", medians.label(family)),
                format!("{} (eq. 5: {}{error})", log(measured), log(predicted)),
                Verdict::Plain,
                "By how much noise has shrunk the effective initialisation: measured √|w₊w₋|, and 2γ diag(XᵀX/n) ∫(L+δ²), \
                 means over the coordinates; ± a standard error where SGD estimates ∫L.",
            )
        });
        let loss = row(
            medians.label(family),
            both,
            verdict,
            "Proposition 2: the loss goes to 0 and its integral stays finite. ± is the standard error of one run's ∫L, where \
             SGD estimates it from the drawn samples (`loss_every`).",
        );
        let flips = medians.of(family, "sign_flips").filter(|flips| *flips > 0.0);
        let weights = 2.0 * history.scalar("d").unwrap_or(f64::NAN);
        let flipped = flips.map(|flips| {
            row(
                format!("{} weights that changed sign", medians.label(family)),
                format!("{flips} of {weights}"),
                Verdict::Plain,
                "A discrete step may overshoot 0; the flow never does. √|w₊w₋| is measured with the modulus.",
            )
        });
        std::iter::once(loss).chain(shrunk).chain(flipped)
    });
    rows.chain(integral(medians)).collect()
}

fn label_noise(knobs: &Knobs, history: &History, medians: &Medians<'_>) -> Vec<CardRow> {
    let scalar = |id: &str| history.scalar(id);
    let forecast = forecast::of_schedule(knobs, history);
    let noisy: Vec<_> = families(history)
        .into_iter()
        .filter(|family| covered_noise().any(|id| id == *family))
        .collect();
    let mut rows = vec![
        plain(
            "dose ∫δ²dt of the schedule",
            forecast.map(|forecast| forecast.dose),
            "γ Σ δ² over the recipe's steps, known before the run.",
        ),
        plain(
            "forecast of α̃∞",
            forecast.map(|forecast| forecast.alpha),
            "α exp(−2γ diag(XᵀX/n) ∫(L+δ²)) with the loss floor γδ² tr H/(2 − γ(tr H + 2λₘₐₓ(H))) for L: what the dose alone \
             will do, before the run. Geometric mean.",
        ),
    ];
    for family in noisy {
        rows.push(plain(
            format!("{} measured so far", medians.label(family)),
            medians.of(family, "alpha_measured"),
            "Geometric mean of √|w₊w₋| now.",
        ));
        if let Some(distance) = medians.of(family, "slow_distance") {
            rows.push(plain(
                format!("{} from the small-step limit", medians.label(family)),
                Some(distance),
                "Distance to argmin φ at α(T) = α exp(−8DT) (Li, Wang, Arora). Of order γ once the noise is off.",
            ));
        }
    }
    if let Some(gap) = scalar("weighted_l1_gap") {
        rows.push(row(
            "long noise ends at min Σ Dⱼ|βⱼ|",
            format!("{} from min ‖β‖₁", number(gap, 2)),
            if gap < 1e-6 { Verdict::Holds } else { Verdict::Plain },
            "Columns of different mean square are shrunk at different rates: the end point is the weighted ℓ₁ minimum, \
             relative distance given.",
        ));
    }
    let levels = settings::noise_schedule(knobs);
    rows.push(plain(
        "δ now",
        Some(levels.level(medians.step())),
        "The label-noise level at the cursor.",
    ));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Value;
    use crate::labs::LABS;
    use crate::sim::schedule::SamplingSchedule;
    use crate::sim::session::Session;

    /// Either card names the step size in force at the row, whatever it was at the start.
    #[test]
    fn both_cards_follow_a_live_change_of_the_step_size() {
        let mut knobs = Knobs::new(LABS[0].knobs());
        for (key, value) in [
            ("n", "8"),
            ("d", "12"),
            ("sparsity", "2"),
            ("step_size", "0.02"),
        ] {
            knobs.set_text(key, value).unwrap();
        }
        let experiment = LABS[0].experiment(&knobs, false).unwrap();
        let mut history = History::new(experiment.setup().clone());
        let mut session = Session::new(
            experiment,
            SamplingSchedule::LogSpaced,
            knobs.clone(),
            Vec::new(),
        );
        session.advance_to(10, None);
        session
            .retune(vec![("step_size".to_owned(), Value::Real(0.005))])
            .unwrap();
        session.advance_to(20, None);
        for sample in session.take_samples() {
            history.push(&sample);
        }
        history.findings.scalars.insert("theorem_step_size", 1e-4);
        for (row, gamma, times) in [(5, 0.02, "200"), (15, 0.005, "50")] {
            let gamma = number(gamma, 3);
            let value = |rows: Vec<CardRow>, label: &str| {
                let row = rows.into_iter().find(|row| row.label == label);
                row.unwrap().value
            };
            let theorem = value(theorem_card(&knobs, &history, row), "γ ≤ bound");
            let expected = format!("{gamma} is {times} ×");
            assert!(theorem.starts_with(&expected), "{theorem}");
            assert_eq!(value(step_size_card(&knobs, &history, row), "γ"), gamma);
        }
    }
}
