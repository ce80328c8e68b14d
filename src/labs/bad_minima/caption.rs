//! "What should I notice": two lines, computed from the numbers on the screen.

use super::families::{ADVERSARIAL, CONTROL, RANDOM, RESCUES, Regularisers};
use super::readings::{beginning, diverged, memorises, number_at, percent, run_of};
use super::settings::{EPOCHS_PER_STEP, Settings};
use crate::format::{count, number};
use crate::knobs::Knobs;
use crate::labs::Shown;
use crate::sim::history::History;

/// Two boundaries closer than this are called equally long.
const SAME: f64 = 1.1;

/// The caption of what is on the screen.
pub(super) fn caption(shown: &Shown<'_>) -> String {
    let Shown {
        knobs,
        history,
        row,
        hidden,
    } = *shown;
    let told = Told {
        history,
        row,
        hidden,
    };
    let lines = if memorises(history, row) {
        vec![told.memorising(), told.waiting()]
    } else {
        vec![told.comparison(), told.explanation(knobs)]
    };
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    lines.join("\n")
}

/// What can be told of a row.
struct Told<'a> {
    history: &'a History,
    row: usize,
    hidden: &'a [&'static str],
}

impl Told<'_> {
    fn of(&self, family: &str, column: &str) -> Option<f64> {
        self.at(family, column, self.row)
    }

    /// A number of a family that is seen.
    fn at(&self, family: &str, column: &str, row: usize) -> Option<f64> {
        if self.hidden.contains(&family) {
            return None;
        }
        let run = run_of(self.history, family)?;
        (row < self.history.runs[run].len())
            .then(|| number_at(self.history, run, column, row))
            .flatten()
    }

    fn copies(&self) -> f64 {
        self.history.scalar("copies_size").unwrap_or(0.0)
    }

    /// Epochs that a pretrained network has spent on the copies.
    fn epochs(&self) -> Option<u64> {
        let gradients = self.of(ADVERSARIAL.id, "sample_gradients")?;
        Some((gradients / self.copies()).round() as u64)
    }

    fn memorising(&self) -> Option<String> {
        if let Some(said) = self.divergence() {
            return Some(said);
        }
        let learned = self.of(ADVERSARIAL.id, "copies_accuracy")?;
        let copies = count(self.copies() as u64);
        let epochs = count(self.epochs()?);
        Some(if learned == 1.0 {
            format!(
                "All {copies} copies with labels of a coin are memorised, after {epochs} epochs; the network rests until \
                 the task begins."
            )
        } else {
            format!(
                "{} of {copies} noisy copies with labels of a coin are memorised after {epochs} epochs.",
                percent(learned)
            )
        })
    }

    fn waiting(&self) -> Option<String> {
        let begins = self.history.scalar("task_begins")?;
        let left = begins - self.history.step[self.row] as f64;
        let test = self.of(ADVERSARIAL.id, "test_accuracy")?;
        Some(format!(
            "On the true labels this network is right for {} of the test points; the other one waits at θ₀. The task begins in \
             {} steps.",
            percent(test),
            count(left.max(0.0) as u64),
        ))
    }

    /// What went wrong, if something did.
    fn divergence(&self) -> Option<String> {
        let history = self.history;
        let now = history.step[self.row];
        let runs = history.setup.runs.iter().enumerate();
        let seen = runs.filter(|(_, info)| !self.hidden.contains(&info.family.id));
        let gone = seen.filter_map(|(run, info)| {
            let step = diverged(history, run).filter(|step| *step <= now)?;
            Some(format!("{} at step {}", info.label, count(step)))
        });
        let gone: Vec<String> = gone.collect();
        (!gone.is_empty()).then(|| {
            format!(
                "Diverged: {}. What is left compares nothing: lower the step size.",
                gone.join(", ")
            )
        })
    }

    /// A network whose second layer is 0 on every training point.
    fn silence(&self) -> Option<String> {
        let width = self.history.scalar("layer_width")?;
        let silent = [RANDOM, ADVERSARIAL]
            .into_iter()
            .find(|family| self.of(family.id, "silent_units") == Some(width))?;
        Some(format!(
            "{}: all {width} units of the second layer are 0 on every training point. The network is a constant and stays \
             one: lower the step size, or take another seed.",
            silent.label
        ))
    }

    /// Both accuracies, or why they say nothing.
    fn comparison(&self) -> Option<String> {
        if let Some(said) = self.divergence().or_else(|| self.silence()) {
            return Some(said);
        }
        let both = |column: &str| [RANDOM, ADVERSARIAL].map(|family| self.of(family.id, column));
        let [Some(random), Some(adversarial)] = both("train_accuracy") else {
            return self.each();
        };
        let [Some(random_test), Some(adversarial_test)] = both("test_accuracy") else {
            return self.each();
        };
        if random < 1.0 || adversarial < 1.0 {
            return Some(format!(
                "No comparison yet: training accuracy is {} from the random start and {} from the adversarial one, not 100 % \
                 for both (test {} and {}).",
                percent(random),
                percent(adversarial),
                percent(random_test),
                percent(adversarial_test),
            ));
        }
        let lengths = match both("boundary_length") {
            [Some(random), Some(adversarial)] if random > 0.0 => {
                let ratio = adversarial / random;
                if (1.0 / SAME..=SAME).contains(&ratio) {
                    "; the boundaries are equally long within 10 %".to_owned()
                } else {
                    format!("; its boundary is {} times as long", number(ratio, 2))
                }
            }
            _ => String::new(),
        };
        Some(format!(
            "Both fit every training point. Test accuracy: {} from the random start, {} from the adversarial one{lengths}.",
            percent(random_test),
            percent(adversarial_test),
        ))
    }

    /// The accuracies one by one, where one of the two to be compared is switched off.
    fn each(&self) -> Option<String> {
        let infos = self.history.setup.runs.iter();
        let clauses = infos.filter_map(|info| {
            let accuracy = |column: &str| self.of(info.family.id, column).map(percent);
            let (train, test) = (accuracy("train_accuracy")?, accuracy("test_accuracy")?);
            Some(format!("{}: train {train}, test {test}", info.label))
        });
        let clauses: Vec<String> = clauses.collect();
        (!clauses.is_empty()).then(|| format!("{}.", clauses.join("; ")))
    }

    /// Why, or what has been done about it.
    fn explanation(&self, knobs: &Knobs) -> Option<String> {
        self.rescues()
            .or_else(|| self.control())
            .or_else(|| self.regularised(knobs))
            .or_else(|| self.journey())
    }

    /// The test accuracies by number of regularisers.
    fn rescues(&self) -> Option<String> {
        let accuracies = RESCUES.iter().filter_map(|member| {
            let several = member.own.map_or(0, Regularisers::count);
            Some((
                several,
                member.family.label,
                self.of(member.family.id, "test_accuracy")?,
            ))
        });
        let accuracies: Vec<(usize, &str, f64)> = accuracies.collect();
        let group = |many: usize| {
            let of_group = accuracies.iter().filter(|(several, ..)| *several == many);
            let words = of_group.map(|(_, label, test)| format!("{label} {}", percent(*test)));
            words.collect::<Vec<_>>().join(" · ")
        };
        (accuracies.len() == RESCUES.len()).then(|| {
            format!(
                "From the same adversarial start, one: {}; two: {}; {}. One seed; the figure has ten.",
                group(1),
                group(2),
                group(3)
            )
        })
    }

    /// How much of the gap pretraining costs with true labels.
    fn control(&self) -> Option<String> {
        let [random, adversarial, control] =
            [RANDOM, ADVERSARIAL, CONTROL].map(|family| self.of(family.id, "test_accuracy"));
        let (random, adversarial, control) = (random?, adversarial?, control?);
        let points = |gap: f64| number(100.0 * gap, 2);
        Some(format!(
            "Pretrained on the same copies with true labels: {}; {} of the {} points lost come without any wrong label.",
            percent(control),
            points(random - control),
            points(random - adversarial),
        ))
    }

    /// What the regularisers in force have changed since they came.
    fn regularised(&self, knobs: &Knobs) -> Option<String> {
        let history = self.history;
        let in_force = |name: &str| history.shared_at(name, self.row).is_some_and(|it| it > 0.0);
        let acting = Regularisers {
            momentum: in_force("momentum_in_force"),
            decay: in_force("l2_in_force"),
            augmentation: in_force("augmentation_in_force"),
        };
        if acting.count() == 0 {
            return None;
        }
        let now = history.step[self.row];
        let mut marks = history.marks.iter().rev();
        let since = marks.find(|mark| mark.step <= now)?.step;
        let before = history.row_at(since as f64)?;
        let change = |column: &str| {
            Some((
                self.at(ADVERSARIAL.id, column, before)?,
                self.of(ADVERSARIAL.id, column)?,
            ))
        };
        let (test_before, test) = change("test_accuracy")?;
        let (length_before, length) = change("boundary_length")?;
        let larger = if acting.momentum && acting.count() == 1 {
            let momentum = Settings::from_knobs(knobs).momentum;
            let factor = number(f64::from((1.0 - momentum).recip()), 2);
            format!(" Momentum alone is also a step {factor} times as large.")
        } else {
            String::new()
        };
        Some(format!(
            "With {} since step {}, from the adversarial start: test {} → {}, boundary {} → {}.{larger}",
            acting.in_words(),
            count(since),
            percent(test_before),
            percent(test),
            number(length_before, 3),
            number(length, 3),
        ))
    }

    /// How far the true labels have moved the weights, beside how far the random ones have.
    fn journey(&self) -> Option<String> {
        if self.copies() == 0.0 {
            return Some("R = 0: nothing was memorised, both networks are one.".to_owned());
        }
        let begun = beginning(self.history)?;
        let there = self.at(ADVERSARIAL.id, "distance_from_start", begun)?;
        let on = self.of(ADVERSARIAL.id, "distance_from_entry")?;
        let memorised = self.at(ADVERSARIAL.id, "copies_accuracy", begun)?;
        let capped = if memorised < 1.0 {
            let epochs = EPOCHS_PER_STEP * self.history.scalar("task_begins")? as u64;
            format!(
                " (capped at {} epochs, with {} of the copies)",
                count(epochs),
                percent(memorised)
            )
        } else {
            String::new()
        };
        Some(format!(
            "Memorising moved the weights by {}{capped}; the true labels have moved them on by {}.",
            number(there, 3),
            number(on, 2),
        ))
    }
}
