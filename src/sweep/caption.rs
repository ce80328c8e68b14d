//! What a sweep has shown so far, in words, from its numbers.

use super::Sweep;
use super::summary::Results;
use crate::format::{count, number};
use crate::sim::experiment::Family;
use crate::statistics::rank_correlation;

/// Two lines at most; empty while there is nothing to say.
pub fn caption(sweep: &Sweep, results: &Results) -> String {
    let said = if sweep.axes().is_empty() {
        order(sweep, results)
    } else {
        gain(sweep, results)
    };
    let lines: Vec<String> = said.into_iter().chain(failures(results)).collect();
    lines.join("\n")
}

/// The runs that are in none of the numbers.
fn failures(results: &Results) -> Option<String> {
    let failures = results.tally().failures()?;
    let every = "There is no median where half of a family's runs have failed.";
    Some(format!("Runs left out: {failures}. {every}"))
}

/// How well the predictor orders the merits of each family with noise.
fn order(sweep: &Sweep, results: &Results) -> Option<String> {
    let roles = sweep.base().lab.roles();
    let (predictor, merit) = (roles.predictor?, roles.merit?);
    let families = results.families().into_iter();
    let clauses = families.filter_map(|Family { id, label, .. }| {
        let pairs = results.cloud(id, [predictor, merit]);
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
    let columns = results.columns();
    let known = columns.iter().find(|column| column.id == predictor);
    let label = known.map_or(predictor, |column| column.label);
    (!clauses.is_empty()).then(|| {
        format!(
            "Rank correlation of {label} and {}: {}. −1 would mean that the larger {label} always ends lower.",
            words(merit),
            clauses.join(", ")
        )
    })
}

/// A column's name as words of a sentence.
fn words(id: &str) -> String {
    id.replace('_', " ")
}

/// Where the first other family gains most over the baseline, and where least.
fn gain(sweep: &Sweep, results: &Results) -> Option<String> {
    let lab = sweep.base().lab;
    let (baseline, merit) = (lab.baseline()?, lab.roles().merit?);
    let families = results.families();
    let other = families.iter().find(|family| family.id != baseline)?;
    let base = families.iter().find(|family| family.id == baseline)?;
    let median = |place, family| Some(results.band(place, family, merit)?.median);
    let ratios = (0..sweep.places())
        .filter_map(|place| Some((place, median(place, baseline)? / median(place, other.id)?)));
    let ratios: Vec<(u64, f64)> = ratios.filter(|(_, ratio)| ratio.is_finite()).collect();
    let best = ratios.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let worst = ratios.iter().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let at = |place: u64| sweep.settings_at(place, 2).join(", ");
    let mut said = format!(
        "{}'s median {} is {} times {}'s at {}",
        base.label,
        words(merit),
        number(best.1, 2),
        other.label,
        at(best.0)
    );
    if worst.0 != best.0 {
        let least = number(worst.1, 2);
        said = format!("{said}, {least} times at {}", at(worst.0));
    }
    said.push('.');
    Some(said)
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
