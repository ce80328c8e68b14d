//! Captions of the other labs.

use crate::reading::{
    Draws, TWO_DIGITS, Tally, after, assert_failures, assert_says, median, number, standing,
};
use crate::{Case, lab, set};
use implicit_bias_lab::recipe::preset;

fn families(case: &Case) -> Vec<(&'static str, &'static str)> {
    let mut families = Vec::new();
    for info in &case.history.setup.runs {
        let family = (info.family.id, info.family.label);
        if !families.contains(&family) {
            families.push(family);
        }
    }
    families
}

/// "SGD: 2 of 3 diverged: median of the other one" for every family that is seen, and no word of the others.
fn check_failures(case: &Case, words: &str, seen: &mut Tally) {
    for (id, label) in families(case) {
        let standing = standing(&case.history, id, case.row);
        let parts = words.split([';', '\n']).map(str::trim);
        let told = parts.into_iter().find_map(|part| {
            // Behind other sentences, and not the end of a longer name.
            let name = format!("{label}: ");
            let (_, behind) = part.split_once(&format!(" {name}")).unwrap_or_default();
            let told = part.strip_prefix(name.as_str()).unwrap_or(behind);
            (told.contains("diverged") || told.contains("collapsed")).then_some(told)
        });
        if case.hidden.contains(&id) {
            seen.hidden += 1;
            assert_eq!(told, None, "{label} is hidden: {words}");
        } else if !words.contains("Every run has diverged") && !words.is_empty() {
            let told = told.map(|told| told.split(". ").next().unwrap());
            assert_failures(told, &standing, words, seen);
        }
    }
}

pub(crate) fn draw_linear(draws: &mut Draws) -> Case {
    loop {
        let mut recipe = lab("linear-models");
        let loss = draws.pick(&["square", "square", "logistic"]);
        let data = if loss == "logistic" { "wedge" } else { "plane" };
        let steps = draws.pick(&["50", "400", "2000"]);
        let data = draws.pick(&[data, "sparse"]);
        set(
            &mut recipe,
            &[
                ("loss", loss),
                ("data", data),
                ("sgd_runs", draws.below(4).to_string()),
                ("gd_runs", draws.pick(&["0", "1"])),
                ("step_size", draws.pick(&["auto", "0.05", "0.6", "3"])),
                ("steps", steps),
            ],
        );
        if let Some(case) = Case::new(recipe, draws) {
            return case;
        }
    }
}

pub(crate) fn check_linear(case: &Case, seen: &mut Tally) {
    let words = case.said();
    let (history, row) = (&case.history, case.row);
    assert!(words.lines().count() <= 2, "{words}");
    check_failures(case, &words, seen);
    let shown: Vec<_> = families(case)
        .into_iter()
        .filter(|(id, _)| !case.hidden.contains(id))
        .collect();
    let of =
        |id: &str, quantity: &str| median(history, &standing(history, id, row).0, quantity, row);
    if let Some(line) = words
        .lines()
        .find_map(|line| line.strip_prefix("Radians to its own answer: "))
    {
        let told: Vec<&str> = line.trim_end_matches('.').split(", ").collect();
        let known: Vec<_> = shown
            .iter()
            .filter_map(|(id, label)| Some((label, of(id, "merit")?)))
            .collect();
        assert_eq!(told.len(), known.len(), "{words}");
        for (label, angle) in known {
            let part = told
                .iter()
                .find_map(|part| part.strip_prefix(&format!("{label} ")))
                .unwrap();
            assert_says(number(part).unwrap().0, angle, TWO_DIGITS, &words, seen);
        }
    }
    if let Some(line) = words
        .lines()
        .find(|line| line.starts_with("Distance to their own"))
    {
        let distances: Vec<f64> = shown
            .iter()
            .filter_map(|(id, _)| of(id, "theory_distance"))
            .collect();
        let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
        let most = distances.iter().copied().fold(0.0, f64::max);
        assert_says(
            after(line, "from ").unwrap(),
            least,
            TWO_DIGITS,
            &words,
            seen,
        );
        assert_says(
            after(line, " to ").map_or(most, |_| {
                number(line.split_once("from ").unwrap().1)
                    .and_then(|(_, rest)| after(rest, " to "))
                    .unwrap()
            }),
            most,
            TWO_DIGITS,
            &words,
            seen,
        );
    }
    if let Some(line) = words.lines().find(|line| line.starts_with("GD: L = ")) {
        assert_says(
            after(line, "GD: L = ").unwrap(),
            of("gd", "training_loss").unwrap(),
            TWO_DIGITS,
            &words,
            seen,
        );
        assert_says(
            after(line, "‖w‖ = ").unwrap(),
            of("gd", "norm_l2").unwrap(),
            TWO_DIGITS,
            &words,
            seen,
        );
    }
}

pub(crate) fn draw_stability(draws: &mut Draws) -> Case {
    loop {
        let mut recipe = lab("minima-stability");
        set(
            &mut recipe,
            &[
                ("gd_runs", (1 + draws.below(3)).to_string()),
                ("sgd_runs", draws.below(3).to_string()),
                ("neurons", draws.pick(&["1", "8", "20"])),
                ("step_size", draws.pick(&["0.01", "0.3", "1.5", "10"])),
                ("slew", "none".to_owned()),
                ("warm_up", "0".to_owned()),
                ("steps", draws.pick(&["30", "300"])),
            ],
        );
        if let Some(case) = Case::new(recipe, draws) {
            return case;
        }
    }
}

/// "λη/2 is 0.9 [0.8, 1.0] for GD, 0.7 for SGD."
pub(crate) fn check_stability(case: &Case, seen: &mut Tally) {
    let words = case.said();
    let (history, row) = (&case.history, case.row);
    assert!(words.lines().count() <= 2, "{words}");
    check_failures(case, &words, seen);
    let Some((_, clauses)) = words.split_once(" is ") else {
        return;
    };
    let eta = history.shared_at("step_size", row).unwrap();
    assert_says(
        after(&words, "η = ").unwrap(),
        eta,
        TWO_DIGITS,
        &words,
        seen,
    );
    for (id, label) in families(case) {
        if case.hidden.contains(&id) {
            assert!(!clauses.contains(&format!("for {label}")), "{words}");
            continue;
        }
        let runs = standing(history, id, row).0;
        let Some(expected) = median(history, &runs, "stability", row) else {
            continue;
        };
        let (before, _) = clauses.split_once(&format!(" for {label}")).unwrap();
        let clause = match before.rsplit_once(" for ") {
            Some((_, clause)) => clause.split_once(", ").unwrap().1,
            None => before,
        };
        assert_says(number(clause).unwrap().0, expected, 0.0053, &words, seen);
        // Left out where there is no room.
        assert!(!clause.contains('[') || runs.len() > 1, "{words}");
    }
}

pub(crate) fn draw_bad_minima(draws: &mut Draws) -> Case {
    loop {
        let mut recipe = preset("bad-minima-waiting").unwrap().recipe();
        recipe.changes.clear();
        set(
            &mut recipe,
            &[
                ("hidden_width", "8".to_owned()),
                ("pretraining_steps", draws.pick(&["0", "10"])),
                ("steps", draws.pick(&["30", "60"])),
                ("step_size", draws.pick(&["0.05", "3"])),
                ("point_seed", draws.below(50).to_string()),
            ],
        );
        if let Some(case) = Case::new(recipe, draws) {
            return case;
        }
    }
}

/// "Test accuracy: 85 % from the random start, 83 % from the adversarial one", or both one by one.
pub(crate) fn check_bad_minima(case: &Case, seen: &mut Tally) {
    let words = case.said();
    let (history, row) = (&case.history, case.row);
    let of = |id: &str, quantity: &str| {
        let runs = standing(history, id, row).0;
        median(history, &runs, quantity, row)
    };
    let percent = |said: f64, id: &str, quantity: &str, seen: &mut Tally| {
        assert_says(said, 100.0 * of(id, quantity).unwrap(), 1e-3, &words, seen);
    };
    if let Some(said) = after(&words, "training accuracy is ") {
        percent(said, "random-start", "train_accuracy", seen);
        percent(
            after(&words, "random start and ").unwrap(),
            "adversarial-start",
            "train_accuracy",
            seen,
        );
    }
    if let Some(said) = after(&words, "Test accuracy: ") {
        percent(said, "random-start", "test_accuracy", seen);
        percent(
            after(&words, "random start, ").unwrap(),
            "adversarial-start",
            "test_accuracy",
            seen,
        );
    }
    for (id, label) in families(case) {
        if let Some(said) = after(&words, &format!("{label}: train ")) {
            assert!(!case.hidden.contains(&id), "{words}");
            percent(said, id, "train_accuracy", seen);
        }
    }
}
