//! The answer of a problem that is small enough to draw: where on the line of solutions each run ends.

use crate::format::number;
use crate::labs::diagonal::readings::{coefficients, is_low_dimensional};
use crate::sim::census::Medians;
use crate::sim::families::FamilyRuns;

/// L over its start below which a run has arrived on the line.
const ARRIVED: f64 = 1e-6;

/// How near to an end of the line counts as there, in parts of the way between both ends.
const NEAR: f64 = 0.05;

/// The place of the first run of every family, in coordinates; empty unless there are two or three.
pub(super) fn ends(medians: &Medians<'_>) -> String {
    if !is_low_dimensional(&medians.history.setup.facts) || medians.step() == 0 {
        return String::new();
    }
    let clauses = medians
        .families()
        .filter_map(|family| end(medians, &family));
    let clauses: Vec<String> = clauses.collect();
    if clauses.is_empty() {
        return String::new();
    }
    format!("{}.", clauses.join("; "))
}

fn end(medians: &Medians<'_>, FamilyRuns { family, .. }: &FamilyRuns) -> Option<String> {
    let history = medians.history;
    let census = medians.census(family.id);
    let failures = census.failures();
    let Some(run) = census.counted.first().copied() else {
        return failures.map(|failures| format!("{}: {failures}", family.label));
    };
    let failures = failures.map_or_else(String::new, |failures| format!(" ({failures})"));
    let state = history.runs[run].state_at(medians.row)?;
    let beta = coefficients(&history.setup.facts, state);
    let label = &history.setup.runs[run].label;
    let source = history.setup.find("training_loss")?;
    let [loss, start] = [medians.row, 0].map(|row| history.runs[run].number_at(source, row));
    let place = if loss? < ARRIVED * start? {
        on_the_line(medians, &beta)
    } else {
        Some(format!("on the way, L = {}", number(loss?, 2)))
    };
    let place = place.map_or_else(String::new, |place| format!(": {place}"));
    Some(format!(
        "{label} at ({}){place}{failures}",
        coordinates(&beta)
    ))
}

/// As they are written on the axes.
fn coordinates(beta: &[f64]) -> String {
    let words: Vec<String> = beta
        .iter()
        // What would be −0.00 is 0.00.
        .map(|b| format!("{:.2}", if b.abs() < 0.005 { 0.0 } else { *b }).replace('-', "−"))
        .collect();
    words.join(", ")
}

/// Where a solution is between the least-ℓ₂ and the least-ℓ₁ one.
fn on_the_line(medians: &Medians<'_>, beta: &[f64]) -> Option<String> {
    let known = |id: &str| medians.history.vector(id);
    let (least_l2, direction) = (known("line_point")?, known("line_direction")?);
    let least_l1 = least_l1(least_l2, direction)?;
    // The direction has length 1.
    let along = |b: &[f64]| -> f64 {
        let parts = b.iter().zip(least_l2).zip(direction);
        parts.map(|((b, from), along)| (b - from) * along).sum()
    };
    let whole = along(&least_l1);
    if whole.abs() < 1e-9 {
        return Some("the ℓ₁ and ℓ₂ solution".to_owned());
    }
    let part = along(beta) / whole;
    Some(if part.abs() < NEAR {
        "the ℓ₂ solution".to_owned()
    } else if (part - 1.0).abs() < NEAR {
        "the ℓ₁ solution".to_owned()
    } else if part < 0.0 {
        "beyond the ℓ₂ solution, away from the ℓ₁ one".to_owned()
    } else if part > 1.0 {
        "beyond the ℓ₁ solution".to_owned()
    } else {
        let percent = number(100.0 * part, 2);
        format!("{percent} % of the way from the ℓ₂ to the ℓ₁ solution")
    })
}

/// The point of a line with the least ℓ₁ norm: the norm is made of straight pieces, which meet where a coordinate
/// is 0.
fn least_l1(point: &[f64], direction: &[f64]) -> Option<Vec<f64>> {
    let at = |s: f64| -> Vec<f64> {
        let coordinates = point.iter().zip(direction);
        coordinates
            .map(|(point, along)| point + s * along)
            .collect()
    };
    let norm = |b: &Vec<f64>| -> f64 { b.iter().map(|b| b.abs()).sum() };
    let corners = point.iter().zip(direction);
    let corners = corners.filter(|(_, along)| **along != 0.0);
    let corners = corners.map(|(point, along)| at(-point / along));
    corners.min_by(|a, b| norm(a).total_cmp(&norm(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// β₁ + 2β₂ = 2: (0.4, 0.8) is nearest to 0, and (0, 1) sparsest.
    #[test]
    fn the_sparsest_point_of_a_line_is_on_an_axis() {
        let length = 5.0_f64.sqrt();
        let sparsest = least_l1(&[0.4, 0.8], &[-2.0 / length, 1.0 / length]).unwrap();
        assert!(sparsest[0].abs() < 1e-15 && (sparsest[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn coordinates_have_no_negative_zero() {
        assert_eq!(coordinates(&[-0.001, 0.798, -1.5]), "0.00, 0.80, −1.50");
    }
}
