//! "What should I notice": two lines, computed from the numbers on the screen.

mod alpha;
mod toy;

use crate::format::number;
use crate::labs::Shown;
use crate::labs::diagonal::dynamics::methods;
use crate::sim::census::Medians;
use crate::sim::families::FamilyRuns;

/// Two medians closer than this are called equal.
const SAME: f64 = 1.05;

/// A validation loss within this of the start's has not moved, and a training loss below [`AT_REST`] has no
/// gradient to move it.
const UNMOVED: f64 = 1e-6;
const AT_REST: f64 = 1e-20;

/// The caption of what is on the screen.
pub(super) fn caption(shown: &Shown<'_>) -> String {
    let medians = shown.medians();
    if medians.families().next().is_none() {
        return String::new();
    }
    let toy = toy::ends(&medians);
    let mut lines = if toy.is_empty() {
        vec![comparison(&medians)]
    } else {
        vec![toy]
    };
    let rest = rest(&medians);
    lines.push(if rest.is_empty() {
        alpha::noise(shown.knobs, &medians)
    } else {
        rest
    });
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The quantity that the families are compared by: the validation loss, or L where there is none.
fn compared(medians: &Medians<'_>) -> [&'static str; 2] {
    let known = |id: &str| {
        let mut families = medians.families();
        families.any(|known| medians.of(known.family.id, id).is_some())
    };
    if known("validation_loss") {
        ["validation_loss", "Validation loss"]
    } else {
        ["training_loss", "Training loss"]
    }
}

/// How the stochastic algorithms compare with GD, or with each other, and who has failed.
fn comparison(medians: &Medians<'_>) -> String {
    let [quantity, name] = compared(medians);
    let mut reference = None;
    let mut clauses = Vec::new();
    // GD, where it runs, comes first.
    for FamilyRuns { family, .. } in medians.families() {
        let remainder = medians.census(family.id).remainder();
        let Some(value) = medians.of(family.id, quantity) else {
            clauses.extend(remainder.map(|failures| format!("{}: {failures}", family.label)));
            continue;
        };
        let against = reference.map(|reference: f64| compared_with(reference / value));
        reference.get_or_insert(value);
        let said: Vec<String> = against.into_iter().chain(remainder).collect();
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(" ({})", said.join("; "))
        };
        // A name that ends in a number would run into its value.
        let colon = if family.label.ends_with(|last: char| last.is_ascii_digit()) {
            ":"
        } else {
            ""
        };
        clauses.push(format!("{}{colon} {}{said}", family.label, say(value)));
    }
    if clauses.is_empty() {
        return String::new();
    }
    let start = start(medians).filter(|_| quantity == "validation_loss");
    let start = start.map_or_else(String::new, |start| {
        format!(" ({} at the start)", say(start))
    });
    format!("{name}{start}: {}.", clauses.join(", "))
}

/// A loss that a reference is so many times as large as.
fn compared_with(ratio: f64) -> String {
    if (1.0 / SAME..=SAME).contains(&ratio) {
        "the same within 5 %".to_owned()
    } else if ratio > 1.0 {
        format!("{}× lower", say(ratio))
    } else if ratio > 0.0 {
        format!("{}× higher", say(1.0 / ratio))
    } else {
        // One of them is 0 within rounding.
        "not to be compared".to_owned()
    }
}

/// The validation loss of the start, if that is not w± = α.
fn start(medians: &Medians<'_>) -> Option<f64> {
    medians.history.vector("start_tilt")?;
    // Every run but a fork from w± = α starts there.
    let mut families = methods().iter().map(|method| method.id);
    families.find_map(|id| medians.start(id, "validation_loss"))
}

/// Who has not moved from a start at zero loss.
fn rest(medians: &Medians<'_>) -> String {
    if start(medians).is_none() || medians.step() == 0 {
        return String::new();
    }
    let history = medians.history;
    let number = |run: usize, id: &str, row: usize| {
        let source = history.setup.find(id)?;
        history.runs[run].number_at(source, row)
    };
    let unmoved = |run: &usize| {
        let [loss, validation] = ["training_loss", "validation_loss"].map(|id| number(*run, id, 0));
        let now = number(*run, "validation_loss", medians.row);
        let moved = now
            .zip(validation)
            .map(|(now, start)| (now / start - 1.0).abs());
        loss.is_some_and(|loss| loss < AT_REST) && moved.is_some_and(|moved| moved < UNMOVED)
    };
    let mut still = Vec::new();
    let mut all = 0;
    for FamilyRuns { family, runs } in medians.families() {
        let unmoved = runs.iter().filter(|run| unmoved(run)).count();
        all += unmoved;
        if unmoved == runs.len() {
            still.push(family.label.to_owned());
        } else if unmoved > 0 {
            still.push(format!("{unmoved} of {} {} runs", runs.len(), family.label));
        }
    }
    if still.is_empty() {
        return String::new();
    }
    let verb = if all == 1 { "has" } else { "have" };
    let names = still.join(" and ");
    format!("{names} {verb} not moved: the loss is 0 at the start, and so is every gradient.")
}

/// Two digits are all one can take in while looking at a plot.
fn say(value: f64) -> String {
    number(value, 2)
}
