//! "What should I notice": two lines, computed from the numbers on the screen.

use super::fork::{self, Fork, Origin};
use crate::format::number;
use crate::knobs::Knobs;
use crate::labs::diagonal::dynamics::METHODS;
use crate::sim::history::History;
use crate::statistics::median;

/// Two medians closer than this are called equal.
const SAME: f64 = 1.05;

/// A validation loss within this of the start's has not moved, and a training loss below [`AT_REST`] has no
/// gradient to move it.
const UNMOVED: f64 = 1e-6;
const AT_REST: f64 = 1e-20;

/// The caption for the state at `row`.
pub(super) fn caption(knobs: &Knobs, history: &History, row: usize) -> String {
    let medians = Medians::new(history, row);
    let mut lines = vec![
        comparison(knobs, &medians),
        rest(&medians),
        noise(knobs, &medians),
    ];
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Medians over the runs of a family at one row.
pub(super) struct Medians<'a> {
    history: &'a History,
    row: usize,
}

impl<'a> Medians<'a> {
    pub(super) fn new(history: &'a History, row: usize) -> Self {
        Self { history, row }
    }

    /// The median of a quantity over the runs of `family` that have come this far.
    pub(super) fn of(&self, family: &str, quantity: &str) -> Option<f64> {
        self.at(family, quantity, self.row)
    }

    /// The median at the start.
    pub(super) fn start(&self, family: &str, quantity: &str) -> Option<f64> {
        self.at(family, quantity, 0)
    }

    fn at(&self, family: &str, quantity: &str, row: usize) -> Option<f64> {
        let source = self.history.setup.find(quantity)?;
        let runs = self.history.setup.runs.iter().zip(&self.history.runs);
        let values = runs
            .filter(|(info, run)| info.family.id == family && row < run.len())
            .filter_map(|(_, run)| run.number_at(source, row));
        median(values)
    }

    /// Steps taken at the row.
    pub(super) fn step(&self) -> u64 {
        self.history.step.get(self.row).copied().unwrap_or(0)
    }

    /// γ at the row.
    pub(super) fn step_size(&self) -> Option<f64> {
        self.history.step_size_at(self.row)
    }
}

/// The name of an algorithm on the screen.
pub(super) fn label(id: &str) -> &'static str {
    METHODS
        .iter()
        .find(|method| method.id == id)
        .map_or("the fork", |method| method.label)
}

/// What the forks are called: by where they start if that is the same for all.
fn fork_label(knobs: &Knobs) -> &'static str {
    let forks = fork::parse(knobs.word("forks")).unwrap_or_default();
    let symmetric = |fork: &Fork| fork.method == "gd" && fork.origin == Origin::Symmetric;
    if !forks.is_empty() && forks.iter().all(symmetric) {
        fork::FROM_SYMMETRIC
    } else {
        "the fork"
    }
}

/// How the stochastic algorithms compare with GD, or with each other.
fn comparison(knobs: &Knobs, medians: &Medians<'_>) -> String {
    // GD, where it runs, comes first.
    let families = METHODS
        .iter()
        .map(|method| method.id)
        .chain([fork::FAMILY.id]);
    let mut validations = families.filter_map(|id| {
        let value = medians.of(id, "validation_loss")?;
        let name = if id == fork::FAMILY.id {
            fork_label(knobs)
        } else {
            label(id)
        };
        Some((name, value))
    });
    let Some(reference) = validations.next() else {
        return String::new();
    };
    let clauses: Vec<String> = validations
        .map(|(name, value)| {
            let ratio = reference.1 / value;
            let comparison = if (1.0 / SAME..=SAME).contains(&ratio) {
                "the same within 5 %".to_owned()
            } else if ratio > 1.0 {
                format!("{}× lower", say(ratio))
            } else {
                format!("{}× higher", say(1.0 / ratio))
            };
            format!(", {name} {} ({comparison})", say(value))
        })
        .collect();
    let integral = match (
        medians.of("gd", "loss_integral"),
        medians.of("sgd", "loss_integral"),
    ) {
        (Some(gd), Some(sgd)) if gd > 0.0 && !began_at_rest(medians, "gd") => {
            format!("; ∫L of SGD is {}× GD's", say(sgd / gd))
        }
        _ => String::new(),
    };
    let start = start(medians);
    let start = start.map_or_else(String::new, |start| {
        format!(" ({} at the start)", say(start))
    });
    format!(
        "Validation loss{start}: {} {}{}{integral}.",
        reference.0,
        say(reference.1),
        clauses.concat()
    )
}

/// The validation loss of the start, if that is not w± = α.
fn start(medians: &Medians<'_>) -> Option<f64> {
    medians.history.vector("start_tilt")?;
    // Every run but a fork from w± = α starts there.
    let mut families = METHODS.iter().map(|method| method.id);
    families.find_map(|id| medians.start(id, "validation_loss"))
}

/// Who has not moved from a start at zero loss.
fn rest(medians: &Medians<'_>) -> String {
    let Some(start) = start(medians).filter(|_| medians.step() > 0) else {
        return String::new();
    };
    let still = |id: &str| {
        let value = medians.of(id, "validation_loss")?;
        let unmoved = (value / start - 1.0).abs() < UNMOVED && began_at_rest(medians, id);
        unmoved.then(|| label(id))
    };
    let still: Vec<&str> = METHODS
        .iter()
        .filter_map(|method| still(method.id))
        .collect();
    if still.is_empty() {
        return String::new();
    }
    let verb = if still.len() == 1 { "has" } else { "have" };
    let names = still.join(" and ");
    format!("{names} {verb} not moved: the loss is 0 at the start, and so is every gradient.")
}

fn began_at_rest(medians: &Medians<'_>, family: &str) -> bool {
    let loss = medians.start(family, "training_loss");
    loss.is_some_and(|loss| loss < AT_REST)
}

/// What the noise has done to the effective initialisation.
fn noise(knobs: &Knobs, medians: &Medians<'_>) -> String {
    let delta = medians
        .history
        .shared_at("label_noise_level", medians.row)
        .unwrap_or(0.0);
    let started = medians.of("gd", "alpha_measured");
    let shrunk = medians
        .of("sgd", "alpha_measured")
        .or_else(|| medians.of("sgf", "alpha_measured"));
    let mut parts = Vec::new();
    if delta > 0.0 {
        parts.push(format!("Label noise δ = {} is on", say(delta)));
    } else if knobs.word("label_noise") != "none" {
        parts.push("Label noise is off now".to_owned());
    }
    if let (Some(started), Some(shrunk)) = (started, shrunk)
        && shrunk < started / SAME
    {
        // Very long label noise takes it below the smallest number there is.
        parts.push(if shrunk > 0.0 {
            let factor = say(started / shrunk);
            format!(
                "noise has shrunk the effective α to {} ({factor}× below GD's)",
                say(shrunk)
            )
        } else {
            "noise has shrunk the effective α to 0 within rounding".to_owned()
        });
    }
    let decay = medians
        .of("gd", "decay_integral")
        .or_else(|| medians.of("sgd", "decay_integral"))
        .or_else(|| medians.of("sgf", "decay_integral"))
        .filter(|decay| *decay > 0.0);
    if let Some(decay) = decay {
        let lasting = medians.history.shared_at("weight_decay", medians.row);
        let now = match lasting.filter(|decay| *decay > 0.0) {
            Some(level) => format!("weight decay λ = {} is on", say(level)),
            None => "weight decay is off now".to_owned(),
        };
        let factor = say(decay.exp());
        parts.push(format!("{now}: it has shrunk every effective α {factor}×"));
    }
    parts.extend(equivalent(medians));
    let mut line = parts.join("; ");
    if !line.is_empty() {
        line.push('.');
        if let Some(first) = line.get(..1) {
            line.replace_range(..1, &first.to_uppercase());
        }
    }
    line
}

/// From which α gradient descent would land where the noise takes the run.
fn equivalent(medians: &Medians<'_>) -> Option<String> {
    let family = ["sgd", "sgf"]
        .into_iter()
        .find(|family| medians.of(family, "equivalent_alpha").is_some())?;
    let alpha = medians.of(family, "equivalent_alpha")?;
    // Far from every argmin φ_α with one α there is nothing to compare with.
    let near = medians.of(family, "equivalent_distance")? < 0.1;
    near.then(|| {
        format!(
            "{} heads for where GD would land from α = {}",
            label(family),
            say(alpha)
        )
    })
}

/// Two digits are all one can take in while looking at a plot.
fn say(value: f64) -> String {
    number(value, 2)
}
