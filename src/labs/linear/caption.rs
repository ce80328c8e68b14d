//! "What should I notice": two lines, computed from the numbers on the screen.

use super::rules::METHODS;
use crate::format::number;
use crate::labs::Shown;
use crate::sim::census::Medians;

/// The medians of all families that have one, in the order of the legend.
fn all(medians: &Medians<'_>, quantity: &str) -> Vec<(&'static str, f64)> {
    let all = METHODS.iter().filter_map(|method| {
        let median = medians.of(method.id, quantity)?;
        Some((method.label, median))
    });
    all.collect()
}

/// The caption of what is on the screen.
pub(super) fn caption(shown: &Shown<'_>) -> String {
    let Shown { history, row, .. } = *shown;
    let medians = shown.medians();
    let logistic = history.scalar("is_logistic").is_some_and(|fact| fact > 0.0);
    let mut lines = if logistic {
        vec![directions(&medians), growth(&medians)]
    } else if history
        .shared_at("random_labels", row)
        .is_some_and(|on| on > 0.0)
    {
        vec![pretraining(&medians)]
    } else {
        vec![ends(&medians), memory(&medians)]
    };
    lines.insert(0, failures(&medians));
    lines.retain(|line| !line.is_empty());
    lines.truncate(2);
    lines.join("\n")
}

/// Runs that are in none of the numbers.
fn failures(medians: &Medians<'_>) -> String {
    let clauses = medians.families().filter_map(|known| {
        let remainder = medians.census(known.family.id).remainder()?;
        Some(format!("{}: {remainder}", known.family.label))
    });
    let clauses: Vec<String> = clauses.collect();
    if clauses.is_empty() {
        return String::new();
    }
    format!("{}.", clauses.join("; "))
}

/// Names in a row, with "and" before the last.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// Who is how near to where the theory says, and where the others are.
fn ends(medians: &Medians<'_>) -> String {
    let distances = all(medians, "theory_distance");
    let Some((_, nearest)) = distances.first() else {
        return away(medians);
    };
    let largest = distances.iter().fold(*nearest, |a, (_, b)| a.max(*b));
    let names: Vec<&str> = distances.iter().map(|(name, _)| *name).collect();
    let told = if distances.len() == 1 {
        format!(
            "{} is {} from its Bregman projection of w₀",
            list(&names),
            say(largest)
        )
    } else if largest < 1e-6 {
        format!(
            "{} are where their Bregman projections of w₀ say, within {}",
            list(&names),
            say(largest)
        )
    } else {
        let least = distances.iter().fold(*nearest, |a, (_, b)| a.min(*b));
        format!(
            "Distance to their own Bregman projections of w₀: from {} to {}",
            say(least),
            say(largest)
        )
    };
    let away = away(medians);
    if away.is_empty() {
        format!("{told}.")
    } else {
        format!("{told}. {away}")
    }
}

/// Who is elsewhere on the line of solutions.
fn away(medians: &Medians<'_>) -> String {
    let elsewhere = METHODS.iter().filter_map(|method| {
        let fits = medians.of(method.id, "training_loss")? < 1e-6;
        let known = medians.of(method.id, "theory_distance").is_some();
        let along = medians.of(method.id, "along_solutions")?;
        let plus = if along < 0.0 { "" } else { "+" };
        (fits && !known && along.abs() > 1e-6)
            .then(|| format!("{} {plus}{}", method.label, say(along)))
    });
    let elsewhere: Vec<String> = elsewhere.collect();
    if elsewhere.is_empty() {
        return String::new();
    }
    format!(
        "Along the line, with as little loss: {}.",
        elsewhere.join(", ")
    )
}

/// What is left of the start in the error, where the data have a truth and many coefficients.
fn memory(medians: &Medians<'_>) -> String {
    let history = medians.history;
    if history.scalar("d").is_none_or(|d| d <= 3.0) {
        return String::new();
    }
    let Some(method) = METHODS
        .iter()
        .find(|method| medians.of(method.id, "merit").is_some())
    else {
        return String::new();
    };
    let (Some(error), Some(predicted)) = (
        medians.of(method.id, "merit"),
        medians.of(method.id, "predicted_merit"),
    ) else {
        return String::new();
    };
    let decay = history.shared_at("weight_decay", medians.row);
    let decays = decay.is_some_and(|decay| decay > 0.0);
    let decay = if decays {
        ", which weight decay is leaving"
    } else {
        ""
    };
    let fresh = history
        .scalar("fresh_merit")
        .map_or_else(String::new, |fresh| {
            format!("; on these labels from w₀ on: {}", number(fresh, 4))
        });
    format!(
        "{}: ‖w − w*‖² = {}, its projection has {}{decay}{fresh}.",
        method.label,
        number(error, 4),
        number(predicted, 4)
    )
}

/// Training on labels that mean nothing.
fn pretraining(medians: &Medians<'_>) -> String {
    let losses = all(medians, "training_loss");
    let Some((name, loss)) = losses.first() else {
        return String::new();
    };
    let error = all(medians, "merit");
    let error = error.first().map_or(f64::NAN, |(_, error)| *error);
    format!(
        "Random labels: {name} fits them to L = {}, at ‖w − w*‖² = {}.",
        say(*loss),
        number(error, 4)
    )
}

/// How far each direction still is from its own answer.
fn directions(medians: &Medians<'_>) -> String {
    let angles = all(medians, "merit");
    if angles.is_empty() {
        return if medians.history.vector("margin_l2").is_none() {
            let losses = all(medians, "training_loss");
            let told = losses
                .iter()
                .map(|(name, loss)| format!("{name} {}", number(*loss, 4)));
            let told: Vec<String> = told.take(4).collect();
            format!(
                "Not separable: no margin exists, and the loss has a minimum. L: {}.",
                told.join(", ")
            )
        } else {
            String::new()
        };
    }
    let told: Vec<String> = angles
        .iter()
        .map(|(name, angle)| format!("{name} {}", say(*angle)))
        .collect();
    format!("Radians to its own answer: {}.", told.join(", "))
}

/// The loss is long zero, and ‖w‖ grows as the theorem says.
fn growth(medians: &Medians<'_>) -> String {
    let (Some(loss), Some(norm), Some(theory)) = (
        medians.of("gd", "training_loss"),
        medians.of("gd", "norm_l2"),
        medians.of("gd", "norm_theory"),
    ) else {
        return String::new();
    };
    format!(
        "GD: L = {}, ‖w‖ = {}; ‖ŵ‖ ln t + c of the theorem is {}.",
        say(loss),
        number(norm, 3),
        number(theory, 3)
    )
}

/// Two digits are all one can take in while looking at a plot.
fn say(value: f64) -> String {
    number(value, 2)
}
