//! What a sweep has shown so far, in words, from its numbers.

use super::Sweep;
use super::summary::Results;
use crate::format::{count, number, short};
use crate::sim::experiment::Family;
use crate::statistics::rank_correlation;

/// Two lines at most; empty while there is nothing to say.
pub fn caption(sweep: &Sweep, results: &Results) -> String {
    if sweep.axes().is_empty() {
        return order(results);
    }
    gain(sweep, results).unwrap_or_default()
}

/// How well ∫L orders the validation losses of each family with noise.
fn order(results: &Results) -> String {
    let families = results.families().into_iter();
    let clauses = families.filter_map(|Family { id, label, .. }| {
        let pairs = results.cloud(id, ["loss_integral", "validation_loss"]);
        let pairs: Vec<[f64; 2]> = pairs.map(|(_, pair)| pair).collect();
        let correlation = rank_correlation(&pairs);
        (pairs.len() > 2 && correlation.is_finite()).then(|| {
            format!(
                "{} for {} runs of {label}",
                number(correlation, 2),
                count(pairs.len() as u64)
            )
        })
    });
    let clauses: Vec<String> = clauses.collect();
    if clauses.is_empty() {
        return String::new();
    }
    format!(
        "Rank correlation of ∫L and validation loss: {}. −1 would mean that the larger ∫L always ends lower.",
        clauses.join(", ")
    )
}

/// Where noise gains most over GD, and where least.
fn gain(sweep: &Sweep, results: &Results) -> Option<String> {
    let families = results.families();
    let Family {
        id: noisy, label, ..
    } = families.iter().find(|family| family.id != "gd")?;
    let Family { label: gd, .. } = families.iter().find(|family| family.id == "gd")?;
    let median = |place, family| Some(results.band(place, family, "validation_loss")?.median);
    let ratios = (0..sweep.places())
        .filter_map(|place| Some((place, median(place, "gd")? / median(place, noisy)?)));
    let ratios: Vec<(u64, f64)> = ratios.filter(|(_, ratio)| ratio.is_finite()).collect();
    let best = ratios.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let worst = ratios.iter().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let at = |place: u64| {
        let axes = sweep.axes().iter().zip(sweep.values(place));
        let words = axes.map(|(axis, value)| {
            let label = axis.knob(&sweep.base().knobs).label;
            format!("{label} = {}", short(value, 2))
        });
        words.collect::<Vec<_>>().join(", ")
    };
    let mut words = format!(
        "{gd}'s median validation loss is {} times {label}'s at {}",
        number(best.1, 2),
        at(best.0)
    );
    if worst.0 != best.0 {
        let least = number(worst.1, 2);
        words = format!("{words}, {least} times at {}", at(worst.0));
    }
    words.push('.');
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Vary;
    use crate::sweep::testing::{all, small};

    fn said(over: &[&str], seeds: u64) -> (String, Results) {
        let sweep = small(&[], over, seeds, Vary::All);
        assert_eq!(caption(&sweep, &Results::new(&sweep)), "");
        let results = all(&sweep);
        (caption(&sweep, &results), results)
    }

    #[test]
    fn a_gain_is_the_ratio_of_the_medians_at_its_extremes() {
        let (words, results) = said(&["alpha=0.05,0.2,0.5"], 1);
        let loss = |place, run: usize| {
            let cell = results.at(place).next().unwrap();
            cell.runs[run].value("validation_loss")
        };
        let ratios: Vec<f64> = (0..3)
            .map(|place| loss(place, 0) / loss(place, 1))
            .collect();
        let best = ratios.iter().copied().fold(0.0, f64::max);
        let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let start = format!(
            "GD's median validation loss is {} times SGD's at ",
            number(best, 2)
        );
        assert!(words.starts_with(&start), "{words}");
        assert!(
            words.contains(&format!(", {} times at ", number(worst, 2))),
            "{words}"
        );
    }

    #[test]
    fn a_cloud_is_told_by_its_rank_correlation() {
        let (words, results) = said(&[], 8);
        let pairs = results.cloud("sgd", ["loss_integral", "validation_loss"]);
        let pairs: Vec<[f64; 2]> = pairs.map(|(_, pair)| pair).collect();
        let expected = format!("{} for 8 runs of SGD", number(rank_correlation(&pairs), 2));
        assert!(words.contains(&expected), "{words}");
    }
}
