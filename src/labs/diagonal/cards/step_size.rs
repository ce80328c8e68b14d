//! The table of what bounds the step size.

use super::{failures, families, heading, plain, row};
use crate::format::number;
use crate::knobs::Knobs;
use crate::scene::pictures::card::{CardRow, Verdict};
use crate::sim::census::Medians;
use crate::sim::history::History;

/// What bounds the step size.
pub(in crate::labs::diagonal) fn step_size_card(
    _knobs: &Knobs,
    history: &History,
    at: usize,
) -> Vec<CardRow> {
    let medians = Medians::new(history, at);
    let scalar = |id: &str| history.scalar(id);
    let gamma = medians.step_size();
    let auto = scalar("gamma_auto");
    let times = |of: Option<f64>| match gamma.zip(of) {
        Some((gamma, of)) => format!("{} = {} γ", number(of, 3), number(of / gamma, 2)),
        None => "…".to_owned(),
    };
    let known = |value: Option<f64>| match value {
        Some(_) => Verdict::Plain,
        None => Verdict::Open,
    };
    let mut rows: Vec<CardRow> = failures(&medians).collect();
    rows.extend([
        heading("In use"),
        plain("γ", gamma, "The step size at the cursor."),
        heading("From the data"),
        plain(
            "λₘₐₓ(XᵀX/n)",
            scalar("lambda_max"),
            "Largest eigenvalue of the features' second moment.",
        ),
        plain(
            "least ‖β‖₁",
            scalar("least_l1_norm_l1"),
            "The least ℓ₁ norm of any interpolator.",
        ),
        plain(
            "tr H",
            scalar("trace_h"),
            "H = (2/n) X diag(√(β_ℓ₁² + 4α⁴)) Xᵀ drives the residual near the end: r' = −Hr.",
        ),
        plain(
            "λₘₐₓ(H)",
            scalar("lambda_max_h"),
            "Largest eigenvalue of H.",
        ),
        heading("Limits"),
        row(
            "SGD, γ_auto",
            times(auto),
            known(auto),
            "2/(tr H + 2λₘₐₓ(H)), where single-sample SGD stops being stable in mean square.",
        ),
        row(
            "GD, 2/λₘₐₓ(H)",
            times(scalar("gamma_gd")),
            known(scalar("gamma_gd")),
            "Where gradient descent stops being stable near the end.",
        ),
    ]);
    rows.extend(by_trial(history, &times));
    rows.push(row(
        "Theorem 1's bound",
        times(scalar("theorem_step_size")),
        known(scalar("theorem_step_size")),
        "A sufficient condition, not a limit: thousands of times below what works.",
    ));
    rows.push(heading("Sharpness λₘₐₓ(∇²L) against 2/γ"));
    rows.extend(sharpness(history, &medians));
    rows
}

/// The largest step sizes that trial runs have found so far.
fn by_trial(history: &History, times: &dyn Fn(Option<f64>) -> String) -> Vec<CardRow> {
    let scalar = |id: &str| history.scalar(id);
    let mut rows = Vec::new();
    for (name, edge, progress) in [
        ("SGD, largest by trial", "edge_sgd", "edge_progress_sgd"),
        ("GD, largest by trial", "edge_gd", "edge_progress_gd"),
    ] {
        // A page has no time for trial runs.
        let Some(done) = scalar(progress) else {
            continue;
        };
        let mut value = times(scalar(edge));
        if done < 1.0 {
            value = format!("{value}  ({:.0} %)", 100.0 * done);
        }
        rows.push(row(
            name,
            value,
            if done < 1.0 { Verdict::Open } else { Verdict::Plain },
            "The paper's rule: the largest step size at which runs from this α still converge, by bisection of trial runs \
             with this batch and label noise (7 of 8 seeds for SGD).",
        ));
    }
    rows
}

/// The sharpness of every family against 2/γ.
fn sharpness(history: &History, medians: &Medians<'_>) -> Vec<CardRow> {
    let gamma = medians.step_size();
    let mut rows = Vec::new();
    for family in families(history) {
        let sharpness = medians.of(family, "sharpness");
        let verdict = match sharpness.zip(gamma) {
            Some((sharpness, gamma)) if sharpness * gamma <= 2.0 => Verdict::Holds,
            Some(_) => Verdict::Fails,
            None => Verdict::Open,
        };
        let value = match sharpness.zip(gamma) {
            Some((sharpness, gamma)) => {
                format!(
                    "{} against {}",
                    number(sharpness, 3),
                    number(2.0 / gamma, 3)
                )
            }
            None => "…".to_owned(),
        };
        rows.push(row(
            medians.label(family),
            value,
            verdict,
            "Gradient descent is locally stable while the sharpness stays below 2/γ.",
        ));
    }
    rows
}
