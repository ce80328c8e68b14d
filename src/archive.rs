//! A finished run, read back from the folder that [`export`] has made.
//!
//! The recipe gives names and constants, `summary.json` the outcome and what the theory found, the
//! `NAME.npz` files the samples. Rows of the clock after the last run has diverged are in no file. A
//! change between two recorded steps is marked at a flow time interpolated between them.
//!
//! [`export`]: crate::export

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::files::npz::Npz;
use crate::files::{input, limits};
use crate::labs::LabError;
use crate::recipe::{Recipe, RecipeError, carrier};
use crate::sim::experiment::{Facts, RunSample, RunStatus, Sample, Setup};
use crate::sim::history::{History, Mark};
use crate::sim::names::interned;

/// Why a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is no such folder.
    #[error("{0} is not a folder: choose one that `run` has made")]
    NoFolder(PathBuf),
    /// It has no recipe, or a bad one.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The recipe does not run here.
    #[error("the recipe in {path} does not run here: {source}")]
    Lab {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: LabError,
    },
    /// A file is missing, cut off or of another run.
    #[error(
        "{path} cannot be used: {reason}; make the folder anew from its scenario.toml with `run --recipe`"
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads the folder of a finished run.
pub fn read(dir: &Path) -> Result<(Recipe, History), ArchiveError> {
    if !dir.is_dir() {
        return Err(ArchiveError::NoFolder(dir.to_owned()));
    }
    let recipe = carrier::open(dir)?;
    let lab_error = |source| ArchiveError::Lab {
        path: dir.to_owned(),
        source,
    };
    let experiment = recipe.lab.experiment(&recipe.knobs, false);
    let mut experiment = experiment.map_err(lab_error)?;
    let setup = experiment.setup().clone();
    let start = experiment.sample();
    let summary = Summary::read(&dir.join("summary.json"), &setup)?;
    let tables = setup.runs.iter().map(|info| {
        let path = dir.join(format!("{}.npz", info.name));
        Table::read(&path, &setup, &start).map_err(|reason| ArchiveError::Unusable { path, reason })
    });
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    let clock = Clock::of(&tables);

    let mut history = History::new(setup.clone());
    let mut offsets = Vec::new();
    for (table, info) in tables.iter().zip(&setup.runs) {
        let offset = clock.offset(table).ok_or_else(|| ArchiveError::Unusable {
            path: dir.join(format!("{}.npz", info.name)),
            reason: "its steps or times are not those of the other runs".to_owned(),
        })?;
        offsets.push(offset);
    }
    for row in 0..clock.step.len() {
        let runs = tables.iter().zip(&offsets).zip(&summary.status);
        let runs = runs.map(|((table, offset), status)| table.sample(row, *offset, *status));
        history.push(&Sample {
            step: clock.step[row],
            time: clock.time[row],
            shared: clock.shared.iter().map(|column| column[row]).collect(),
            runs: runs.collect(),
        });
    }
    for (run, (table, offset)) in tables.iter().zip(&offsets).enumerate() {
        for row in 0..table.insight_rows() {
            let values = table.insights.iter().map(|column| column[row]);
            history.add_insight(run, offset + row, values.collect());
        }
    }
    history.marks = marks(&recipe, &clock);
    history.status = summary.status;
    history.findings = summary.findings;
    Ok((recipe, history))
}

/// What `summary.json` says.
struct Summary {
    status: Vec<RunStatus>,
    findings: Facts,
}

impl Summary {
    fn read(path: &Path, setup: &Setup) -> Result<Self, ArchiveError> {
        let unusable = |reason: String| ArchiveError::Unusable {
            path: path.to_owned(),
            reason,
        };
        let text = input::read(path, limits::RECIPE as u64).map_err(unusable)?;
        let summary: Json = serde_json::from_slice(&text)
            .map_err(|error| unusable(format!("it is cut off or changed ({error})")))?;
        let status = setup.runs.iter().map(|info| {
            let runs = summary["runs"].as_array().into_iter().flatten();
            let run = runs.into_iter().find(|run| run["name"] == *info.name);
            let status = run.and_then(status_of);
            status.ok_or_else(|| unusable(format!("it does not say how `{}` ended", info.name)))
        });
        Ok(Self {
            status: status.collect::<Result<_, _>>()?,
            findings: findings(&summary, &setup.facts),
        })
    }
}

fn status_of(run: &Json) -> Option<RunStatus> {
    RunStatus::of_ended(run["status"].as_str()?, run["steps"].as_u64())
}

/// What was found out about the run, beyond what its setup knows.
fn findings(summary: &Json, known: &Facts) -> Facts {
    let mut facts = Facts::default();
    for (name, value) in summary["facts"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_f64()
            && !known.scalars.contains_key(&**name)
        {
            facts.scalars.insert(interned(name), value);
        }
    }
    let remarks = summary["remarks"].as_array().into_iter().flatten();
    let remarks = remarks.filter_map(|remark| Some(remark.as_str()?.to_owned()));
    facts.remarks = remarks
        .filter(|remark| !known.remarks.contains(remark))
        .collect();
    facts
}

/// The arrays of one run, K rows each.
struct Table {
    step: Vec<u64>,
    time: Vec<f64>,
    shared: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
    low: Vec<Vec<f64>>,
    high: Vec<Vec<f64>>,
    /// Row after row, with the numbers per row.
    vectors: Vec<(Vec<f64>, usize)>,
    /// Empty if the theory was left out.
    insights: Vec<Vec<f64>>,
}

impl Table {
    /// Reads `NAME.npz`; `start` is a sample of the same experiment.
    fn read(path: &Path, setup: &Setup, start: &Sample) -> Result<Self, String> {
        let mut file = Npz::open(path)?;
        let steps = file.integers("step")?;
        let step = steps.iter().map(|step| u64::try_from(*step));
        let step: Vec<u64> = step
            .collect::<Result<_, _>>()
            .map_err(|_negative| "its steps are negative")?;
        if !step.is_sorted_by(|a, b| a < b) {
            return Err("its steps do not increase".to_owned());
        }
        let rows = step.len();
        let mut column = |name: &str| file.column(name, rows);
        let time = column("time")?;
        let shared = setup.shared.iter().map(|name| column(name));
        let shared = shared.collect::<Result<_, _>>()?;
        let (mut values, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for quantity in setup.columns {
            let recorded = column(quantity.id)?;
            if quantity.tracked {
                low.push(column(&format!("{}_min", quantity.id))?);
                high.push(column(&format!("{}_max", quantity.id))?);
            } else {
                low.push(recorded.clone());
                high.push(recorded.clone());
            }
            values.push(recorded);
        }
        let mut insights = Vec::new();
        if let Some(first) = setup.insights.first()
            && file.has(first.id)
        {
            for insight in setup.insights {
                insights.push(file.column(insight.id, rows)?);
            }
        }
        // All runs of an experiment have states of the same shape.
        let state = start
            .runs
            .iter()
            .flatten()
            .find(|run| !run.state.is_empty());
        if let Some(first) = setup.vectors.first()
            && !file.has(first)
        {
            return Err("it has no weights, as after `run --no-weights`".to_owned());
        }
        let mut vectors = Vec::new();
        for (at, name) in setup.vectors.iter().enumerate() {
            let width = state.map_or(0, |run| run.state[at].len());
            vectors.push((file.matrix(name, rows, width)?, width));
        }
        Ok(Self {
            step,
            time,
            shared,
            values,
            low,
            high,
            vectors,
            insights,
        })
    }

    fn insight_rows(&self) -> usize {
        self.insights.first().map_or(0, Vec::len)
    }

    /// The run at a row of the clock, if its own first row is at `offset` there.
    fn sample(&self, row: usize, offset: usize, status: RunStatus) -> Option<RunSample> {
        let never_started = self.step.is_empty() && !matches!(status, RunStatus::Diverged { .. });
        if row < offset || never_started {
            return Some(RunSample::not_started(self.values.len()));
        }
        let row = row - offset;
        if row >= self.step.len() {
            return None;
        }
        let numbers = |columns: &[Vec<f64>]| columns.iter().map(|column| column[row]).collect();
        let state = self.vectors.iter();
        let state = state.map(|(numbers, width)| numbers[row * width..(row + 1) * width].to_vec());
        Some(RunSample {
            values: numbers(&self.values),
            low: numbers(&self.low),
            high: numbers(&self.high),
            state: state.collect::<Arc<[_]>>(),
        })
    }
}

/// The steps that at least one run has recorded.
struct Clock {
    step: Vec<u64>,
    time: Vec<f64>,
    shared: Vec<Vec<f64>>,
}

impl Clock {
    fn of(tables: &[Table]) -> Self {
        let mut rows = BTreeMap::new();
        for table in tables {
            for (row, step) in table.step.iter().enumerate() {
                rows.entry(*step).or_insert((table, row));
            }
        }
        let shared = tables.first().map_or(0, |table| table.shared.len());
        let column = |at: usize| {
            rows.values()
                .map(move |(table, row)| table.shared[at][*row])
        };
        Self {
            step: rows.keys().copied().collect(),
            time: rows.values().map(|(table, row)| table.time[*row]).collect(),
            shared: (0..shared).map(|at| column(at).collect()).collect(),
        }
    }

    /// The row at which a run begins; `None` if it does not fit.
    fn offset(&self, table: &Table) -> Option<usize> {
        let Some(first) = table.step.first() else {
            return Some(0);
        };
        let offset = self.step.binary_search(first).ok()?;
        let rows = offset..offset + table.step.len();
        let same_time = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        let fits = self.step.get(rows.clone())? == table.step
            && self.time.get(rows)?.iter().zip(&table.time).all(same_time);
        fits.then_some(offset)
    }

    /// Flow time at a step between the first row and the last, and the row at or after it.
    fn locate(&self, step: u64) -> Option<(f64, usize)> {
        let after = self.step.partition_point(|known| *known < step);
        let time = *self.time.get(after)?;
        let Some(before) = after.checked_sub(1).filter(|_| self.step[after] > step) else {
            return Some((time, after));
        };
        let part =
            (step - self.step[before]) as f64 / (self.step[after] - self.step[before]) as f64;
        Some((self.time[before] + part * (time - self.time[before]), after))
    }
}

/// The recipe's changes that came into force.
fn marks(recipe: &Recipe, clock: &Clock) -> Vec<Mark> {
    let marks = recipe.changes.iter().filter_map(|change| {
        let (time, row) = clock.locate(change.step)?;
        Some(Mark {
            step: change.step,
            time,
            shared: clock.shared.iter().map(|column| column[row]).collect(),
            settings: change.settings.clone(),
            text: recipe.knobs.in_words(&change.settings),
            planned: true,
        })
    });
    marks.collect()
}
