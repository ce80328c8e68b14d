//! What the noise has done to the effective initialisation: one effective α, held against the one that eq. 5 and 10
//! predict.

use super::{SAME, say};
use crate::knobs::Knobs;
use crate::labs::diagonal::dynamics::covered_noise;
use crate::labs::fitted;
use crate::sim::census::Medians;

/// Label noise, α, weight decay, and where the run heads for, as far as there is room.
pub(super) fn noise(knobs: &Knobs, medians: &Medians<'_>) -> String {
    let clauses = [
        label_noise(knobs, medians),
        shrinkage(medians),
        weight_decay(medians),
        equivalent(medians),
    ];
    let mut line = fitted(clauses.into_iter().flatten(), "; ");
    if !line.is_empty() {
        line.push('.');
    }
    if let Some(first) = line.get(..1) {
        line.replace_range(..1, &first.to_uppercase());
    }
    line
}

fn label_noise(knobs: &Knobs, medians: &Medians<'_>) -> Option<String> {
    let delta = medians.history.shared_at("label_noise_level", medians.row);
    let before = medians.history.shared("label_noise_level");
    let before = before.and_then(|levels| levels.get(..=medians.row));
    let was_on = before.is_some_and(|levels| levels.iter().any(|level| *level > 0.0));
    match delta.filter(|delta| *delta > 0.0) {
        Some(delta) => Some(format!("label noise δ = {} is on", say(delta))),
        None if was_on && knobs.word("label_noise") != "none" => {
            Some("label noise is off now".to_owned())
        }
        None => None,
    }
}

/// The first algorithm with noise that eq. 5 is about, is seen and has not failed.
fn noisy(medians: &Medians<'_>) -> Option<&'static str> {
    let seen = |id: &&'static str| medians.of(id, "alpha_measured").is_some();
    covered_noise().find(seen)
}

/// What is known of the exponent of eq. 5 and 10 for a family.
struct Exponent {
    /// −ln(α_t/α) as they predict it.
    predicted: f64,
    /// The noise's part of it in symbols.
    symbols: String,
    /// What weight decay adds in an exponent.
    decay: &'static str,
}

fn exponent(medians: &Medians<'_>, family: &str, start: f64) -> Option<Exponent> {
    let history = medians.history;
    let predicted = (start / medians.of(family, "alpha_predicted")?).ln();
    let label_noise = medians
        .of(family, "noise_integral")
        .is_some_and(|dose| dose > 0.0);
    let loss = if label_noise { "∫(L+δ²)" } else { "∫L" };
    let decay = medians
        .of(family, "decay_integral")
        .is_some_and(|dose| dose > 0.0);
    let decay = if decay { " − ∫λ" } else { "" };
    let symbols = if history.scalar("depth").is_some_and(|depth| depth > 2.0) {
        return None;
    } else {
        format!("2γD{loss}")
    };
    Some(Exponent {
        predicted,
        symbols,
        decay,
    })
}

/// By how much α has shrunk, what eq. 5 says, and what ∫L has to do with it.
fn shrinkage(medians: &Medians<'_>) -> Option<String> {
    let family = noisy(medians)?;
    let name = medians.label(family);
    let start = medians.start(family, "alpha_measured")?;
    let now = medians.of(family, "alpha_measured")?;
    let integrals = integral_ratio(medians, family);
    let error = error_of_integral(medians, family);
    let exponent = exponent(medians, family, start);
    if now >= start / SAME {
        // A larger ∫L does nothing by itself: what counts is γ∫L.
        let ratio = integrals.filter(|ratio| !is_same(*ratio))?;
        let Exponent {
            predicted,
            symbols,
            decay,
        } = exponent?;
        return (predicted > 0.0 && decay.is_empty()).then(|| {
            format!(
                "∫L of {name} is {}× GD's, but {symbols} is only {}: α stays within 5 %{error}",
                say(ratio),
                say(predicted)
            )
        });
    }
    let decays = medians
        .of(family, "decay_integral")
        .is_some_and(|dose| dose > 0.0);
    let shrunk = if decays {
        "noise and decay have shrunk"
    } else {
        "noise has shrunk"
    };
    // Very long label noise takes it below the smallest number there is.
    if now <= 0.0 {
        return Some(format!(
            "{shrunk} {name}'s effective α to 0 within rounding"
        ));
    }
    let mut said = format!(
        "{shrunk} {name}'s effective α {}×, to {}",
        say(start / now),
        say(now)
    );
    if let Some(Exponent {
        predicted,
        symbols,
        decay,
    }) = exponent
    {
        let law = (-predicted).exp() * start;
        let formula = format!(
            "α exp(−{symbols}{decay}) = {} exp(−{})",
            say(start),
            say(predicted)
        );
        said = if is_same(law / now) {
            format!("{said} = {formula}")
        } else {
            // Of more than one run no other number on the screen need be the same.
            let of_many = medians.census(family).counted.len() > 1;
            let of_many = if of_many { " in the median" } else { "" };
            format!("{said}{of_many}; eq. 5 says {formula} = {}", say(law))
        };
    }
    said.push_str(&error);
    Some(match integrals {
        Some(ratio) if is_same(ratio) => {
            format!("{said}, with as much ∫L as GD, which has no noise")
        }
        Some(ratio) => format!("{said}, with {}× GD's ∫L", say(ratio)),
        None => said,
    })
}

/// The standard error of ∫L, where it is an estimate.
fn error_of_integral(medians: &Medians<'_>, family: &str) -> String {
    let error = medians.of(family, "loss_integral_error");
    let error = error.zip(medians.of(family, "loss_integral"));
    match error {
        Some((error, integral)) if error > 0.0 && integral > 0.0 => {
            format!(" (∫L ± {} %)", say(100.0 * error / integral))
        }
        _ => String::new(),
    }
}

fn is_same(ratio: f64) -> bool {
    (1.0 / SAME..=SAME).contains(&ratio)
}

/// ∫L of a family over GD's, where GD has not begun at rest.
fn integral_ratio(medians: &Medians<'_>, family: &str) -> Option<f64> {
    let loss = medians.start("gd", "training_loss")?;
    let [gd, other] = ["gd", family].map(|family| medians.of(family, "loss_integral"));
    let ratio = other? / gd.filter(|gd| *gd > 0.0)?;
    (loss >= super::AT_REST && ratio > 0.0).then_some(ratio)
}

fn weight_decay(medians: &Medians<'_>) -> Option<String> {
    let mut families = medians.families();
    let decay = families.find_map(|known| medians.of(known.family.id, "decay_integral"));
    let decay = decay.filter(|decay| *decay > 0.0)?;
    let lasting = medians.history.shared_at("weight_decay", medians.row);
    let now = match lasting.filter(|decay| *decay > 0.0) {
        Some(level) => format!("weight decay λ = {} is on", say(level)),
        None => "weight decay is off now".to_owned(),
    };
    Some(format!(
        "{now}: it has shrunk every α {}×",
        say(decay.exp())
    ))
}

/// From which α gradient descent would land where the noise takes the run, if that is not the effective α: one α for
/// all coordinates stands in for many.
fn equivalent(medians: &Medians<'_>) -> Option<String> {
    let family = noisy(medians)?;
    let alpha = medians.of(family, "equivalent_alpha")?;
    // Far from every argmin φ_α with one α there is nothing to compare with.
    let near = medians.of(family, "equivalent_distance")? < 0.1;
    let same = is_same(alpha / medians.of(family, "alpha_measured")?);
    (near && !same).then(|| {
        format!(
            "GD with one α for all coordinates would land nearest from {}",
            say(alpha)
        )
    })
}
