//! What has been sampled: append-only columns, owned by whoever reads them.
//!
//! The scalars of every scheduled sample are kept. Of the states (the weights) every one is kept
//! while they fit `STATE_BUDGET`; beyond it every other one is dropped, the newest excepted.

use std::sync::Arc;

use crate::knobs::Value;
use crate::sim::experiment::{Facts, RunSample, RunStatus, Sample, Setup, Source};

/// Numbers of state kept in all, 16 million: 128 MB.
const STATE_BUDGET: usize = 16_000_000;

/// A change of a live setting while the experiment ran.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Steps taken when it came into force.
    pub step: u64,
    /// Flow time then.
    pub time: f64,
    /// The shared quantities from then on, per [`Setup::shared`].
    pub shared: Vec<f64>,
    /// The settings that changed; none if the change was refused.
    pub settings: Vec<(String, Value)>,
    /// What changed, for people.
    pub text: String,
    /// Whether it was planned, and not made by hand while the experiment ran.
    pub planned: bool,
}

/// The samples of one run. All columns have the same length; a run that stops has fewer rows than
/// the clock.
#[derive(Clone, Debug, Default)]
pub struct RunHistory {
    /// Sampled values, per column.
    pub values: Vec<Vec<f64>>,
    /// Smallest value since the sample before, per column.
    pub low: Vec<Vec<f64>>,
    /// Largest value since the sample before, per column.
    pub high: Vec<Vec<f64>>,
    /// (row, state), rows increasing.
    states: Vec<(usize, Arc<[Vec<f64>]>)>,
    /// The rows that were examined, increasing; far fewer than all.
    examined: Vec<usize>,
    /// What was found out there, per [`Setup::insights`].
    insights: Vec<Vec<f64>>,
    revision: usize,
}

impl RunHistory {
    fn push(&mut self, sample: &RunSample, row: usize) {
        self.values.resize_with(sample.values.len(), Vec::new);
        self.low.resize_with(sample.values.len(), Vec::new);
        self.high.resize_with(sample.values.len(), Vec::new);
        for (columns, values) in [
            (&mut self.values, &sample.values),
            (&mut self.low, &sample.low),
            (&mut self.high, &sample.high),
        ] {
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(*value);
            }
        }
        if !sample.state.is_empty() {
            self.states.push((row, sample.state.clone()));
        }
    }

    /// Drops everything from row number `rows` on, which is at most one row.
    fn pop(&mut self, rows: usize) {
        for column in self
            .values
            .iter_mut()
            .chain(&mut self.low)
            .chain(&mut self.high)
        {
            column.pop();
        }
        self.states.pop_if(|(row, _)| *row >= rows);
    }

    /// Rows recorded.
    pub fn len(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The last kept state at or before `row`.
    pub fn state_at(&self, row: usize) -> Option<&Arc<[Vec<f64>]>> {
        let after = self.states.partition_point(|(kept, _)| *kept <= row);
        self.states
            .get(after.checked_sub(1)?)
            .map(|(_, state)| state)
    }

    /// The kept states with their rows.
    pub fn states(&self) -> &[(usize, Arc<[Vec<f64>]>)] {
        &self.states
    }

    /// The numbers of a quantity with their rows.
    pub fn numbers(&self, source: Source) -> impl Iterator<Item = (usize, f64)> {
        let (recorded, found) = match source {
            Source::Recorded(column) => (self.values.get(column), None),
            Source::Insight(column) => (None, self.insights.get(column)),
        };
        let recorded = recorded.into_iter().flatten().copied().enumerate();
        let found = found.into_iter().flatten().copied();
        recorded.chain(self.examined.iter().copied().zip(found))
    }

    /// The last known number of a quantity at or before `row`.
    pub fn number_at(&self, source: Source, row: usize) -> Option<f64> {
        match source {
            Source::Recorded(column) => self.values.get(column)?.get(row).copied(),
            Source::Insight(column) => {
                let after = self.examined.partition_point(|known| *known <= row);
                self.insights
                    .get(column)?
                    .get(after.checked_sub(1)?)
                    .copied()
            }
        }
    }

    /// The rows about whose states something was found out.
    pub fn examined(&self) -> &[usize] {
        &self.examined
    }

    /// What was found out about the state of a row, per [`Setup::insights`].
    pub fn insight_at(&self, row: usize) -> Option<Vec<f64>> {
        let at = self.examined.binary_search(&row).ok()?;
        Some(self.insights.iter().map(|column| column[at]).collect())
    }

    /// Grows whenever something is found out.
    pub fn revision(&self) -> usize {
        self.revision
    }

    fn add_insight(&mut self, row: usize, values: Vec<f64>) {
        self.revision += 1;
        self.insights.resize_with(values.len(), Vec::new);
        let columns = self.insights.iter_mut().zip(values);
        match self.examined.binary_search(&row) {
            Ok(at) => columns.for_each(|(column, value)| column[at] = value),
            Err(at) => {
                self.examined.insert(at, row);
                columns.for_each(|(column, value)| column.insert(at, value));
            }
        }
    }

    fn thin(&mut self) {
        let last = self.states.len().saturating_sub(1);
        let mut index = 0;
        self.states.retain(|_| {
            let keep = index % 2 == 0 || index == last;
            index += 1;
            keep
        });
    }
}

/// The samples of an experiment.
#[derive(Clone, Debug)]
pub struct History {
    /// Names and constants.
    pub setup: Arc<Setup>,
    /// Steps taken, per row.
    pub step: Vec<u64>,
    /// Flow time, per row.
    pub time: Vec<f64>,
    /// Shared quantities, per name and row.
    pub shared: Vec<Vec<f64>>,
    /// The runs.
    pub runs: Vec<RunHistory>,
    /// How each run is doing.
    pub status: Vec<RunStatus>,
    /// Live changes so far.
    pub marks: Vec<Mark>,
    /// What an analyst has found out about the whole experiment so far.
    pub findings: Facts,
    /// Whether one is at it, so that there may be more soon.
    pub is_studied_now: bool,
    /// What a long piece of that is at, in words.
    pub study_stage: Option<String>,
    /// Whether the last row is the state between two scheduled samples, to be replaced.
    provisional: bool,
}

impl History {
    /// An empty history.
    pub fn new(setup: Arc<Setup>) -> Self {
        let runs = setup.runs.len();
        Self {
            step: Vec::new(),
            time: Vec::new(),
            shared: vec![Vec::new(); setup.shared.len()],
            runs: vec![RunHistory::default(); runs],
            status: vec![RunStatus::Running; runs],
            marks: Vec::new(),
            findings: Facts::default(),
            is_studied_now: false,
            study_stage: None,
            provisional: false,
            setup,
        }
    }

    /// Rows recorded.
    pub fn len(&self) -> usize {
        self.step.len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.step.is_empty()
    }

    /// Adds a scheduled sample.
    pub fn push(&mut self, sample: &Sample) {
        self.drop_provisional();
        self.append(sample);
        let kept: usize = self.runs.iter().map(|run| run.states.len()).sum();
        let numbers = self
            .runs
            .iter()
            .find_map(|run| run.states.first())
            .map_or(0, |(_, state)| state.iter().map(Vec::len).sum::<usize>());
        if kept * numbers > STATE_BUDGET {
            for run in &mut self.runs {
                run.thin();
            }
        }
    }

    /// Notes a live change. A sample of the same step was taken before it but is to show, like a
    /// replay's, what holds from there on.
    pub fn mark(&mut self, mark: Mark) {
        if let Some(row) = self.step.iter().rposition(|step| *step == mark.step) {
            for (column, value) in self.shared.iter_mut().zip(&mark.shared) {
                column[row] = *value;
            }
        }
        self.marks.push(mark);
    }

    /// Rows that stay, without the state between two scheduled samples.
    pub fn scheduled_len(&self) -> usize {
        self.len() - usize::from(self.provisional)
    }

    /// Whether the last row is the same in both: of two runs of one recipe to one step, everything before
    /// it is as well.
    pub fn ends_like(&self, other: &Self) -> bool {
        let ends = |history: &Self| -> Option<(u64, Vec<u64>)> {
            let row = history.len().checked_sub(1)?;
            let runs = history.runs.iter().filter(|run| run.len() > row);
            let values = runs.flat_map(|run| run.values.iter().map(|column| column[row].to_bits()));
            Some((history.step[row], values.collect()))
        };
        ends(self) == ends(other)
    }

    /// What it takes in memory, in bytes: nearly all of it are numbers.
    pub fn bytes(&self) -> usize {
        let of_run = |run: &RunHistory| {
            let states = run.states.iter();
            let states: usize = states
                .map(|(_, state)| state.iter().map(Vec::len).sum::<usize>())
                .sum();
            3 * run.values.len() * run.len() + run.insights.len() * run.examined.len() + states
        };
        let runs: usize = self.runs.iter().map(of_run).sum();
        size_of::<f64>() * (runs + (2 + self.shared.len()) * self.len())
    }

    /// Takes in what was found out about a state.
    pub fn add_insight(&mut self, run: usize, row: usize, values: Vec<f64>) {
        if let Some(run) = self.runs.get_mut(run) {
            run.add_insight(row, values);
        }
    }

    /// A named number, set up or found out.
    pub fn scalar(&self, id: &str) -> Option<f64> {
        let known = &self.setup.facts.scalars;
        known
            .get(id)
            .or_else(|| self.findings.scalars.get(id))
            .copied()
    }

    /// A named vector, set up or found out.
    pub fn vector(&self, id: &str) -> Option<&[f64]> {
        let known = &self.setup.facts.vectors;
        let vector = known.get(id).or_else(|| self.findings.vectors.get(id))?;
        Some(vector)
    }

    /// A shared quantity, per row.
    pub fn shared(&self, id: &str) -> Option<&[f64]> {
        self.shared
            .get(self.setup.shared_position(id)?)
            .map(Vec::as_slice)
    }

    /// A shared quantity at a row.
    pub fn shared_at(&self, id: &str, row: usize) -> Option<f64> {
        self.shared(id)?.get(row).copied()
    }

    /// The step size in force at a row; where none is recorded, that of the start.
    pub fn step_size_at(&self, row: usize) -> Option<f64> {
        let roles = &self.setup.roles;
        let recorded = roles.step_size.and_then(|id| self.shared_at(id, row));
        recorded.or_else(|| self.setup.scalar(roles.first_step_size))
    }

    /// Shows the state between two scheduled samples until the next one arrives.
    pub fn set_latest(&mut self, sample: &Sample) {
        self.drop_provisional();
        if self.step.last().is_none_or(|step| *step < sample.step) {
            self.append(sample);
            self.provisional = true;
        }
    }

    fn append(&mut self, sample: &Sample) {
        let row = self.step.len();
        self.step.push(sample.step);
        self.time.push(sample.time);
        for (column, value) in self.shared.iter_mut().zip(&sample.shared) {
            column.push(*value);
        }
        for (run, sample) in self.runs.iter_mut().zip(&sample.runs) {
            if let Some(sample) = sample {
                run.push(sample, row);
            }
        }
    }

    fn drop_provisional(&mut self) {
        if !std::mem::take(&mut self.provisional) {
            return;
        }
        let row = self.step.len() - 1;
        self.step.pop();
        self.time.pop();
        for column in &mut self.shared {
            column.pop();
        }
        for run in &mut self.runs {
            if run.len() > row {
                run.pop(row);
            }
        }
    }

    /// The last row at or before `step`.
    pub fn row_at(&self, step: f64) -> Option<usize> {
        self.step
            .partition_point(|k| *k as f64 <= step)
            .checked_sub(1)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::palette::{Ink, Line, Look};
    use crate::sim::experiment::{Column, Family, RunInfo};

    pub(crate) static COLUMNS: &[Column] = &[Column {
        id: "value",
        label: "value",
        about: "",
        tracked: false,
        counts: false,
        error: None,
    }];

    pub(crate) fn setup(runs: usize) -> Arc<Setup> {
        let run = |index| RunInfo {
            name: format!("run-{index}"),
            label: format!("Run {index}"),
            family: Family {
                id: "gd",
                label: "GD",
                about: "",
                look: Look {
                    ink: Ink::Blue,
                    line: Line::Solid,
                    width: 2.6,
                },
            },
        };
        Arc::new(Setup {
            runs: (0..runs).map(run).collect(),
            columns: COLUMNS,
            insights: &[],
            vectors: &["state"],
            shared: &["rate"],
            ..Setup::default()
        })
    }

    fn sample(step: u64, size: usize) -> Sample {
        let value = step as f64;
        let run = RunSample {
            values: vec![value],
            low: vec![value],
            high: vec![value],
            state: Arc::from([vec![value; size]]),
        };
        Sample {
            step,
            time: value,
            shared: vec![0.5],
            runs: vec![Some(run), None],
        }
    }

    #[test]
    fn a_provisional_row_is_replaced_and_never_doubled() {
        let mut history = History::new(setup(2));
        history.push(&sample(0, 1));
        history.set_latest(&sample(3, 1));
        history.set_latest(&sample(4, 1));
        assert_eq!(history.step, [0, 4]);
        history.push(&sample(5, 1));
        history.set_latest(&sample(5, 1));
        assert_eq!(history.step, [0, 5]);
        assert_eq!(history.runs[0].values[0], [0.0, 5.0]);
        assert!(history.runs[1].is_empty());
        assert_eq!(history.row_at(4.9), Some(0));
        assert_eq!(history.row_at(1e9), Some(1));
    }

    #[test]
    fn states_are_thinned_within_their_budget_and_scalars_are_not() {
        let mut history = History::new(setup(2));
        let size = STATE_BUDGET / 8;
        for step in 0..40 {
            history.push(&sample(step, size));
            let kept: usize = history.runs[0]
                .states()
                .iter()
                .map(|(_, state)| state[0].len())
                .sum();
            assert!(kept <= STATE_BUDGET);
        }
        assert_eq!(history.runs[0].values[0].len(), 40);
        assert_eq!(
            history.runs[0].states().first().map(|(row, _)| *row),
            Some(0)
        );
        assert_eq!(
            history.runs[0].states().last().map(|(row, _)| *row),
            Some(39)
        );
        assert_eq!(
            history.runs[0].state_at(39).map(|state| state[0][0]),
            Some(39.0)
        );
    }
}
