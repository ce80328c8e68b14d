//! What to notice, in two lines computed from the numbers on the screen.

use super::methods::METHODS;
use crate::format::{count, number};
use crate::labs::{Shown, fits, fitted};
use crate::sim::census::Medians;
use crate::sim::history::History;
use crate::statistics::quantiles;

/// A loss above it is not that of an interpolant.
const FITS: f64 = 1e-4;

/// Beyond 1 by more than this a run is not at a stable minimum.
const UNSTABLE: f64 = 1.05;

/// The part of the neurons of which it is said that they are dead.
const MANY: f64 = 0.25;

/// The caption of what is on the screen.
pub(super) fn caption(shown: &Shown<'_>) -> String {
    let Shown { history, row, .. } = *shown;
    let Some(eta) = history.shared_at("step_size", row) else {
        return String::new();
    };
    let medians = shown.medians();
    let now = Now {
        history,
        row,
        medians,
    };
    [now.stability(eta), now.smoothness(eta)]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A row of a history.
struct Now<'a> {
    history: &'a History,
    row: usize,
    medians: Medians<'a>,
}

impl Now<'_> {
    /// The runs of a family that are seen and have come this far.
    fn runs(&self, family: &str) -> Vec<usize> {
        self.medians.census(family).counted
    }

    fn value(&self, run: usize, column: &str) -> Option<f64> {
        let source = self.history.setup.find(column)?;
        self.history.runs[run].number_at(source, self.row)
    }

    /// Median and extremes of a column over some runs.
    fn spread(&self, runs: &[usize], column: &str) -> Option<[f64; 3]> {
        let values = runs.iter().filter_map(|run| self.value(*run, column));
        quantiles(values, [0.5, 0.0, 1.0])
    }

    /// A clause per algorithm: its median and, where they are to be told, the extremes of several runs.
    fn clauses(&self, column: &str, digits: usize, extremes: bool) -> String {
        let say = |value: f64| number(value, digits);
        let clauses = METHODS.iter().filter_map(|method| {
            let runs = self.runs(method.family.id);
            let [median, low, high] = self.spread(&runs, column)?;
            let label = method.family.label;
            Some(if runs.len() > 1 && extremes {
                format!("{} [{}, {}] for {label}", say(median), say(low), say(high))
            } else {
                format!("{} for {label}", say(median))
            })
        });
        clauses.collect::<Vec<_>>().join(", ")
    }

    /// Where the runs are on the way to 2/η.
    fn stability(&self, eta: f64) -> String {
        let clauses = self.clauses("stability", 3, true);
        if clauses.is_empty() {
            let failed = self.medians.census_of_all().failed() > 0;
            return if failed {
                "Every run has diverged: lower η, or let it change more slowly.".to_owned()
            } else {
                String::new()
            };
        }
        // Heavy ball's threshold is another multiple of 1/η.
        let has_momentum = METHODS
            .iter()
            .any(|method| method.has_momentum && !self.runs(method.family.id).is_empty());
        let what = if has_momentum {
            "λ over its threshold"
        } else {
            "λη/2"
        };
        let (eta, edge) = (say(eta), say(2.0 / eta));
        let edge = |clauses: &str| format!("η = {eta}, 2/η = {edge}: {what} is {clauses}.");
        let failures = self.failures();
        let first = |clauses: &str| {
            let parts = std::iter::once(edge(clauses)).chain(failures.clone());
            parts.collect::<Vec<_>>().join(" ")
        };
        let whole = first(&clauses);
        let first = if fits(&whole) {
            whole
        } else {
            first(&self.clauses("stability", 3, false))
        };
        let sentences = [Some(first), self.not_at_rest(), self.dead()];
        fitted(sentences.into_iter().flatten(), " ")
    }

    /// The runs of which 2/η says nothing, or too much.
    fn not_at_rest(&self) -> Option<String> {
        let all = self.medians.census_of_all().counted;
        let beyond = |column: &str, level: f64| {
            let values = all.iter().filter_map(|run| self.value(*run, column));
            values.filter(|value| *value > level).count()
        };
        let unfit = beyond("training_loss", FITS);
        if unfit > 0 {
            let runs = if all.len() == 1 {
                "run has"
            } else {
                "runs have"
            };
            return Some(format!(
                "{unfit} of {} {runs} L > {}: 2/η bounds minima only.",
                all.len(),
                number(FITS, 1)
            ));
        }
        let unstable = beyond("stability", UNSTABLE);
        (unstable > 0).then(|| {
            format!(
                "{unstable} of {} on a minimum that is not stable: the least disturbance grows.",
                all.len()
            )
        })
    }

    /// The runs that are in no median.
    fn failures(&self) -> Option<String> {
        let clauses = self.medians.families().filter_map(|known| {
            let remainder = self.medians.census(known.family.id).remainder()?;
            Some(format!("{}: {remainder}", known.family.label))
        });
        let clauses: Vec<String> = clauses.collect();
        (!clauses.is_empty()).then(|| format!("{}.", clauses.join("; ")))
    }

    /// Neurons that are no more, where they are many.
    fn dead(&self) -> Option<String> {
        let neurons = self.history.scalar("neuron_count")?;
        let runs = self.medians.census_of_all().counted.into_iter();
        let dead = runs.filter_map(|run| self.value(run, "never_active"));
        let [most] = quantiles(dead, [1.0])?;
        (most >= MANY * neurons).then(|| {
            let [most, neurons] = [most, neurons].map(|many| count(many as u64));
            format!("Up to {most} of {neurons} neurons are dead.")
        })
    }

    /// What stability makes of f.
    fn smoothness(&self, eta: f64) -> String {
        let clauses = self.clauses("curvature", 2, true);
        if clauses.is_empty() {
            return String::new();
        }
        let bound = say(1.0 / eta - 0.5);
        let known = ["least_curvature", "eta_star"].map(|id| self.history.scalar(id));
        let interpolants = match known {
            [Some(least), Some(star)] if eta > star => format!(
                ", and every interpolant has {} or more: nothing stable interpolates beyond η* = {}",
                say(least),
                say(star)
            ),
            [Some(least), Some(star)] => {
                format!(
                    ". No interpolant has less than {}, so η* = {}",
                    say(least),
                    say(star)
                )
            }
            _ => String::new(),
        };
        let line = |clauses: &str| {
            format!(
                "∫|f''|g is {clauses}; stable minima have at most 1/η − ½ = {bound}{interpolants}."
            )
        };
        let whole = line(&clauses);
        if fits(&whole) {
            whole
        } else {
            line(&self.clauses("curvature", 2, false))
        }
    }
}

fn say(value: f64) -> String {
    number(value, 2)
}

#[cfg(test)]
mod tests {
    use super::super::LAB;
    use super::*;
    use crate::knobs::Knobs;
    use crate::labs::Lab as _;

    fn after(settings: &[(&str, &str)], steps: u64) -> String {
        let mut knobs = Knobs::new(LAB.knobs());
        for (key, text) in settings {
            knobs.set_text(key, text).unwrap();
        }
        let mut experiment = LAB.experiment(&knobs, false).unwrap();
        let mut history = History::new(experiment.setup().clone());
        history.push(&experiment.sample());
        experiment.advance(steps);
        history.push(&experiment.sample());
        history.status = (0..history.runs.len())
            .map(|run| experiment.status(run))
            .collect();
        caption(&Shown {
            knobs: &knobs,
            history: &history,
            row: 1,
            hidden: &[],
        })
    }

    #[test]
    fn it_says_what_holds_and_what_does_not() {
        let gentle = after(&[], 20);
        assert!(
            gentle.contains("for GD") && gentle.contains("4 of 4 runs have L"),
            "{gentle}"
        );
        assert_eq!(gentle.lines().count(), 2);
        let wild = [("step_size", "10"), ("slew", "none"), ("warm_up", "0")];
        let wild = after(&wild, 2000);
        assert!(
            wild.contains("diverged") || wild.contains("neurons are dead"),
            "{wild}"
        );
        let beyond = [("step_size", "1.5"), ("slew", "none"), ("neurons", "1")];
        assert!(after(&beyond, 10).contains("η* ="));
    }
}
