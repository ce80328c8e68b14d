//! Captions of the diagonal network.

use std::path::Path;

use crate::reading::{
    Draws, TWO_DIGITS, Tally, after, assert_failures, assert_says, median, number, standing,
};
use crate::{Case, lab, set};

/// A recipe that runs.
pub(crate) fn draw(draws: &mut Draws) -> Case {
    loop {
        let mut recipe = lab("diagonal-network");
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/csv/cases/base.csv");
        let data = draws.pick(&[
            "sparse",
            "sparse",
            "sparse",
            "sparse",
            "csv",
            "plane-toy",
            "space-toy",
        ]);
        let sgd = draws.below(4);
        let forks = match draws.below(5) {
            0 if sgd > 0 => "gd from sgd-1 at 40; gd from sgd-1 at 9 late; gd from sgd-1 at 40",
            1 if sgd > 0 => "gf from sgd-1 at 60 predicted",
            _ => "",
        };
        let settings = [
            ("data", data.clone()),
            ("csv_path", cases.to_str().unwrap().to_owned()),
            ("holdout_fraction", draws.pick(&["0", "0.3"])),
            ("n", draws.pick(&["1", "4", "8", "12"])),
            ("d", draws.pick(&["6", "16", "24"])),
            ("sparsity", draws.pick(&["1", "3"])),
            ("data_seed", draws.below(1000).to_string()),
            ("sampling_seed", draws.below(1000).to_string()),
            ("brownian_seed", draws.below(1000).to_string()),
            ("gd_runs", draws.pick(&["0", "1", "1"])),
            ("sgd_runs", sgd.to_string()),
            ("sgf_runs", draws.below(4).to_string()),
            ("gf_runs", draws.pick(&["0", "0", "1"])),
            ("alpha", draws.pick(&["0.01", "0.1", "0.3", "1", "3"])),
            (
                "step_size",
                draws.pick(&["auto", "0.02", "0.1", "0.3", "0.8", "1.5"]),
            ),
            (
                "label_noise",
                draws.pick(&["none", "none", "constant", "step-off"]),
            ),
            ("label_noise_level", draws.pick(&["0.1", "0.5", "1"])),
            ("label_noise_until", draws.pick(&["100", "1000"])),
            ("weight_decay", draws.pick(&["0", "0", "0", "0.01"])),
            ("depth", draws.pick(&["2", "2", "2", "3"])),
            (
                "initialisation",
                draws.pick(&["symmetric", "symmetric", "symmetric", "interpolator"]),
            ),
            ("forks", forks.to_owned()),
            ("steps", draws.pick(&["60", "300", "1200"])),
        ];
        set(&mut recipe, &settings);
        if let Some(case) = Case::new(recipe, draws) {
            return case;
        }
    }
}

/// The families that are seen, by id and label, in the order of their first runs.
fn families(case: &Case) -> Vec<(&'static str, &'static str)> {
    let mut families = Vec::new();
    for info in &case.history.setup.runs {
        let family = (info.family.id, info.family.label);
        if !families.contains(&family) && !case.hidden.contains(&family.0) {
            families.push(family);
        }
    }
    families
}

pub(crate) fn check(case: &Case, seen: &mut Tally) {
    let words = case.said();
    let history = &case.history;
    let families = families(case);
    let knobs = &case.recipe.knobs;
    seen.hidden += case.hidden.len();
    seen.one_sample += usize::from(history.scalar("n") == Some(1.0));
    seen.without_gd += usize::from(knobs.count("gd_runs") == 0);
    seen.forks += families
        .iter()
        .filter(|(id, _)| id.starts_with("fork"))
        .count();
    assert!(words.lines().count() <= 2, "{words}");
    if families.is_empty() {
        assert!(words.is_empty(), "{words}");
        return;
    }
    let mut lines = words.lines();
    if history.scalar("d").is_some_and(|d| d <= 3.0) {
        seen.toys += 1;
        check_toy(case, &families, lines.next().unwrap_or_default(), seen);
    } else {
        // Where nobody has begun, there is nothing to compare.
        let compares = |line: &&str| line.starts_with("Validation") || line.starts_with("Training");
        if let Some(line) = lines.clone().next().filter(compares) {
            lines.next();
            check_losses(case, &families, line, seen);
        } else {
            assert!(
                families.iter().all(|(id, _)| id.starts_with("fork")),
                "{words}"
            );
        }
    }
    let line = lines.next().unwrap_or_default();
    if !words.contains("not moved") {
        check_noise(case, line, seen);
    }
}

/// "Validation loss: GD 0.62, SGD 0.11 (5.6× lower; 2 of 3 diverged: median of the other one)."
fn check_losses(
    case: &Case,
    families: &[(&'static str, &'static str)],
    line: &str,
    seen: &mut Tally,
) {
    let (history, row) = (&case.history, case.row);
    let (what, mut rest) = line.split_once(": ").unwrap();
    let quantity = if what.starts_with("Validation loss") {
        "validation_loss"
    } else {
        seen.without_truth += 1;
        assert_eq!(what, "Training loss");
        let validation = history.setup.column("validation_loss").unwrap();
        let known = history.runs.iter().any(|run| {
            let value = run
                .values
                .get(validation)
                .and_then(|column| column.get(row));
            value.is_some_and(|value| value.is_finite())
        });
        assert!(!known || !case.hidden.is_empty(), "{line}");
        "training_loss"
    };
    let mut reference = None;
    for (id, label) in families {
        let standing = standing(history, id, row);
        let median = median(history, &standing.0, quantity, row);
        let Some(tail) = rest.strip_prefix(label) else {
            // Nothing to say: a run that starts later.
            assert_eq!(
                (median, standing.1 + standing.2),
                (None, 0),
                "{label}: {line}"
            );
            continue;
        };
        let Some(median) = median else {
            let end = tail
                .find(", ")
                .or_else(|| tail.strip_suffix('.').map(str::len))
                .unwrap();
            // "2 of 3 diverged, 1 collapsed" goes on behind a comma.
            let end = match tail[end..].strip_prefix(", ") {
                Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => {
                    end + 2 + more.find([',', '.']).unwrap()
                }
                _ => end,
            };
            assert_failures(Some(&tail[..end]), &standing, line, seen);
            rest = tail[end..].trim_start_matches([',', '.', ' ']);
            continue;
        };
        let (said, mut tail) = number(tail.trim_start_matches(':').trim_start()).unwrap();
        assert_says(said, median, TWO_DIGITS, line, seen);
        let mut failures = None;
        if let Some(inside) = tail.strip_prefix(" (") {
            let (inside, after) = inside.split_once(')').unwrap();
            tail = after;
            let (first, second) = inside.split_once("; ").unwrap_or((inside, ""));
            match reference {
                None => failures = Some(inside),
                Some(reference) => {
                    check_comparison(first, median, reference, line, seen);
                    failures = Some(second).filter(|words| !words.is_empty());
                }
            }
        } else {
            assert!(reference.is_none(), "no comparison of {label}: {line}");
        }
        reference.get_or_insert(median);
        assert_failures(failures, &standing, line, seen);
        rest = tail.trim_start_matches([',', '.', ' ']);
    }
    assert!(rest.is_empty(), "more than is seen: {line}");
}

fn check_comparison(said: &str, value: f64, reference: f64, line: &str, seen: &mut Tally) {
    let ratio = reference / value;
    if said == "the same within 5 %" {
        seen.same += 1;
        assert!((1.0 / 1.051..1.051).contains(&ratio), "{ratio}: {line}");
    } else if let Some((times, rest)) = number(said) {
        match rest {
            "× lower" => {
                seen.lower += 1;
                assert!(value < reference, "{line}");
                assert_says(times, ratio, TWO_DIGITS, line, seen);
            }
            "× higher" => {
                seen.higher += 1;
                assert!(value > reference, "{line}");
                assert_says(times, 1.0 / ratio, TWO_DIGITS, line, seen);
            }
            other => panic!("{other}: {line}"),
        }
    } else {
        assert!(
            said == "not to be compared" && ratio == 0.0,
            "{said}: {line}"
        );
    }
}

/// "GD at (0.40, 0.80): the ℓ₂ solution; SGD 1 at (…): …"
fn check_toy(case: &Case, families: &[(&'static str, &'static str)], line: &str, seen: &mut Tally) {
    let (history, row) = (&case.history, case.row);
    let parts: Vec<&str> = line.trim_end_matches('.').split("; ").collect();
    let depth = history.scalar("depth").unwrap() as i32;
    for (id, label) in families {
        let standing = standing(history, id, row);
        let Some(run) = standing.0.first() else {
            let told = parts
                .iter()
                .find_map(|part| part.strip_prefix(&format!("{label}: ")));
            assert_failures(told, &standing, line, seen);
            continue;
        };
        let Some(state) = history.runs[*run].state_at(row) else {
            continue;
        };
        let name = format!("{} at (", history.setup.runs[*run].label);
        let told = parts
            .iter()
            .find_map(|part| part.strip_prefix(name.as_str()))
            .unwrap();
        let (coordinates, place) = told.split_once(')').unwrap();
        let beta = |j: usize| state[0][j].powi(depth) - state[1][j].powi(depth);
        for (j, said) in coordinates.split(", ").enumerate() {
            let said: f64 = said.replace('−', "-").parse().unwrap();
            seen.numbers += 1;
            // Two decimals.
            assert!(
                (said - beta(j)).abs() < 0.0051,
                "{said} for {}: {line}",
                beta(j)
            );
        }
        if let Some(loss) = after(place, "L = ") {
            let expected = median(history, &[*run], "training_loss", row).unwrap();
            assert_says(loss, expected, TWO_DIGITS, line, seen);
        }
    }
}

/// Label noise, α and its law, ∫L, decay, and where the run heads for.
fn check_noise(case: &Case, line: &str, seen: &mut Tally) {
    let (history, row) = (&case.history, case.row);
    let of = |family: &str, quantity: &str| {
        let counted = if case.hidden.contains(&family) {
            Vec::new()
        } else {
            standing(history, family, row).0
        };
        median(history, &counted, quantity, row)
    };
    let delta = history.shared_at("label_noise_level", row).unwrap();
    if let Some(said) = after(line, "Label noise δ = ") {
        seen.noise_on += 1;
        assert_says(said, delta, TWO_DIGITS, line, seen);
    } else if line.contains("Label noise is off") {
        assert_eq!(delta, 0.0, "{line}");
    }
    for (id, label) in [("sgd", "SGD"), ("sgf", "SGF")] {
        let ratio = of(id, "loss_integral").zip(of("gd", "loss_integral"));
        let ratio = ratio.map(|(of, gd)| of / gd);
        let effective = format!("shrunk {label}'s effective α ");
        if line.contains(&effective) && !line.contains("to 0 within rounding") {
            seen.shrunk += 1;
            let now = of(id, "alpha_measured").unwrap();
            let runs = standing(history, id, 0).0;
            let all: Vec<usize> = (0..history.setup.runs.len())
                .filter(|run| history.setup.runs[*run].family.id == id)
                .collect();
            assert!(runs.len() <= all.len());
            let start = median(history, &all, "alpha_measured", 0).unwrap();
            assert!(now < start, "{line}");
            assert_says(
                after(line, &effective).unwrap(),
                start / now,
                TWO_DIGITS,
                line,
                seen,
            );
            let (_, rest) = line.split_once(&effective).unwrap();
            assert_says(after(rest, "×, to ").unwrap(), now, TWO_DIGITS, line, seen);
            if let Some(exponent) = after(rest, " exp(−2γD∫").or_else(|| after(rest, "= ")) {
                assert!(exponent.is_finite());
            }
            if let Some((_, law)) = rest.split_once(") = ") {
                let predicted = of(id, "alpha_predicted").unwrap();
                let (scale, law) = number(law).unwrap();
                assert_says(scale, start, TWO_DIGITS, line, seen);
                let exponent = after(law, "exp(−").unwrap();
                let expected = (start / predicted).ln();
                // Two digits of the exponent.
                assert_says(exponent, expected, TWO_DIGITS, line, seen);
                if let Some((_, result)) = rest.split_once("eq. 5 says")
                    && let Some(result) = result.rsplit_once("= ").and_then(|(_, end)| number(end))
                {
                    assert_says(result.0, predicted, TWO_DIGITS, line, seen);
                    assert!((predicted / now - 1.0).abs() > 0.045, "{line}");
                } else {
                    assert!((predicted / now - 1.0).abs() < 0.053, "{line}");
                }
            }
            if rest.contains("with as much ∫L as GD") {
                assert!((ratio.unwrap() - 1.0).abs() < 0.053, "{line}");
            } else if let Some(said) = after(rest, ", with ") {
                assert_says(said, ratio.unwrap(), TWO_DIGITS, line, seen);
            }
        }
        if let Some(said) = after(line, &format!("∫L of {label} is ")) {
            assert_says(said, ratio.unwrap(), TWO_DIGITS, line, seen);
            let all: Vec<usize> = (0..history.setup.runs.len())
                .filter(|run| history.setup.runs[*run].family.id == id)
                .collect();
            let start = median(history, &all, "alpha_measured", 0).unwrap();
            let exponent = (start / of(id, "alpha_predicted").unwrap()).ln();
            assert_says(
                after(line, "is only ").unwrap(),
                exponent,
                TWO_DIGITS,
                line,
                seen,
            );
            assert!(of(id, "alpha_measured").unwrap() >= start / 1.051, "{line}");
        }
    }
    if let Some(said) = after(line, "every α ") {
        let families = ["gd", "sgd", "sgf"];
        let decay = families.iter().find_map(|id| of(id, "decay_integral"));
        if let Some(decay) = decay {
            assert_says(said, decay.exp(), TWO_DIGITS, line, seen);
        }
    }
    if let Some(said) = after(line, "would land nearest from ") {
        let alpha = of("sgd", "equivalent_alpha").filter(|_| of("sgd", "alpha_measured").is_some());
        let alpha = alpha.or_else(|| of("sgf", "equivalent_alpha")).unwrap();
        assert_says(said, alpha, TWO_DIGITS, line, seen);
    }
}
