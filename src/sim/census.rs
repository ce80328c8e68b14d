//! Which runs count at a row of a history, and which have failed: a median that left them out in silence would
//! flatter the rest.

use crate::sim::experiment::RunStatus;
use crate::sim::families::{FamilyRuns, families};
use crate::sim::history::History;
use crate::statistics::median;

/// Losses that differ by less than this, relatively, are those of one resting place.
const AT_REST: f64 = 1e-6;

/// How the runs of a family stand at a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Those that count.
    pub counted: Vec<usize>,
    /// Those that have left every bound.
    pub diverged: usize,
    /// Those that have ended where nothing moves them, see [`RunStatus::Collapsed`].
    pub collapsed: usize,
}

impl Census {
    /// Of these runs.
    pub fn of(history: &History, runs: impl IntoIterator<Item = usize>, row: usize) -> Self {
        let mut census = Self::default();
        for run in runs {
            match failed_at(history, run, row) {
                None => census.counted.push(run),
                Some(RunStatus::Collapsed) => census.collapsed += 1,
                Some(_) => census.diverged += 1,
            }
        }
        census
    }

    /// Those that do not count.
    pub fn failed(&self) -> usize {
        self.diverged + self.collapsed
    }

    /// What has become of those that do not count, such as `2 of 3 diverged, 1 collapsed`; `diverged` of a run
    /// that is the only one.
    pub fn failures(&self) -> Option<String> {
        let all = self.counted.len() + self.failed();
        let kinds = [(self.diverged, "diverged"), (self.collapsed, "collapsed")];
        let kinds = kinds.into_iter().filter(|(many, _)| *many > 0);
        let words = kinds.enumerate().map(|(at, (many, word))| match many {
            1 if all == 1 => word.to_owned(),
            _ if many == all => format!("all {all} {word}"),
            _ if at == 0 => format!("{many} of {all} {word}"),
            _ => format!("{many} {word}"),
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The same, and of whom a median beside it is.
    pub fn remainder(&self) -> Option<String> {
        let failures = self.failures()?;
        Some(match self.counted.len() {
            0 => failures,
            1 => format!("{failures}: median of the other one"),
            others => format!("{failures}: median of the other {others}"),
        })
    }
}

/// Whether a run has failed at a row, and how. A run that has diverged has from where its explosion began, see
/// [`sound_rows`].
pub fn failed_at(history: &History, run: usize, row: usize) -> Option<RunStatus> {
    let of_run = &history.runs[run];
    let status = history.status[run];
    if row >= sound_rows(history, run) {
        // Rows end where a run has been stopped.
        return Some(match status {
            RunStatus::Diverged { .. } => status,
            _ => RunStatus::Diverged {
                step: history.step.get(row).copied().unwrap_or(0),
            },
        });
    }
    if status != RunStatus::Collapsed {
        return None;
    }
    // The status is that of the last row. Since when, its loss tells, which has not moved since.
    let loss = history.setup.column(history.setup.roles.loss?)?;
    let losses = of_run.values.get(loss)?;
    let end = *losses.last()?;
    let rests = |loss: &f64| (loss / end - 1.0).abs() < AT_REST;
    losses[row..].iter().all(rests).then_some(status)
}

/// How many rows of a run say something of it.
///
/// All of them, or of a run that has diverged those before its loss left what it began with for the last time. What
/// comes after is the explosion, and would be all that a picture shows.
pub fn sound_rows(history: &History, run: usize) -> usize {
    let of_run = &history.runs[run];
    let rows = of_run.len();
    if !matches!(history.status[run], RunStatus::Diverged { .. }) {
        return rows;
    }
    let setup = &history.setup;
    let loss = setup.roles.loss.and_then(|id| setup.column(id));
    let Some(losses) = loss.and_then(|column| of_run.values.get(column)) else {
        return rows;
    };
    // A run that starts late has no loss at first.
    let Some(start) = losses.iter().find(|loss| loss.is_finite()) else {
        return rows;
    };
    let last = losses.iter().rposition(|loss| loss <= start);
    last.map_or(rows, |last| last + 1)
}

/// Medians over the runs of a family at one row, over those that count.
#[derive(Clone, Copy)]
pub struct Medians<'a> {
    /// What was recorded.
    pub history: &'a History,
    /// The row.
    pub row: usize,
    /// The families that are left out, by id.
    pub hidden: &'a [&'static str],
}

impl<'a> Medians<'a> {
    /// Of all families.
    pub fn new(history: &'a History, row: usize) -> Self {
        Self {
            history,
            row,
            hidden: &[],
        }
    }

    /// The families that are not left out, in the order of the legend.
    pub fn families(&self) -> impl Iterator<Item = FamilyRuns> + use<'a> {
        let hidden = self.hidden;
        let families = families(self.history).into_iter();
        families.filter(move |known| !hidden.contains(&known.family.id))
    }

    /// How the runs of a family stand; nobody, if it is left out.
    pub fn census(&self, family: &str) -> Census {
        Census::of(self.history, self.runs(family), self.row)
    }

    /// How all runs stand that are not left out.
    pub fn census_of_all(&self) -> Census {
        let runs = self.families().flat_map(|family| family.runs);
        Census::of(self.history, runs, self.row)
    }

    fn runs(&self, family: &str) -> Vec<usize> {
        let mut families = self.families();
        let known = families.find(|known| known.family.id == family);
        known.map_or_else(Vec::new, |known| known.runs)
    }

    /// The median of a quantity over the runs of `family` that count here.
    pub fn of(&self, family: &str, quantity: &str) -> Option<f64> {
        let source = self.history.setup.find(quantity)?;
        let counted = self.census(family).counted.into_iter();
        median(counted.filter_map(|run| self.history.runs[run].number_at(source, self.row)))
    }

    /// The median at the start, over all runs.
    pub fn start(&self, family: &str, quantity: &str) -> Option<f64> {
        let source = self.history.setup.find(quantity)?;
        let runs = self.runs(family).into_iter();
        median(runs.filter_map(|run| self.history.runs[run].number_at(source, 0)))
    }

    /// The name of a family on the screen.
    pub fn label(&self, family: &str) -> &'static str {
        let mut runs = self.history.setup.runs.iter();
        let known = runs.find(|info| info.family.id == family);
        known.map_or("–", |info| info.family.label)
    }

    /// Steps taken at the row.
    pub fn step(&self) -> u64 {
        self.history.step.get(self.row).copied().unwrap_or(0)
    }

    /// The step size at the row.
    pub fn step_size(&self) -> Option<f64> {
        self.history.step_size_at(self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(counted: usize, diverged: usize, collapsed: usize) -> Census {
        Census {
            counted: (0..counted).collect(),
            diverged,
            collapsed,
        }
    }

    #[test]
    fn failures_are_counted_aloud() {
        let said = |counted, diverged, collapsed| census(counted, diverged, collapsed).remainder();
        assert_eq!(said(3, 0, 0), None);
        assert_eq!(said(0, 1, 0).unwrap(), "diverged");
        assert_eq!(said(0, 0, 2).unwrap(), "all 2 collapsed");
        assert_eq!(said(0, 2, 1).unwrap(), "2 of 3 diverged, 1 collapsed");
        assert_eq!(
            said(1, 2, 0).unwrap(),
            "2 of 3 diverged: median of the other one"
        );
        assert_eq!(
            said(4, 0, 1).unwrap(),
            "1 of 5 collapsed: median of the other 4"
        );
    }
}
