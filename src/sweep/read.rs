//! A table that a sweep has written, read back as the sweep and its results.
//!
//! What it is a table of is said by the file beside it ([`Provenance`]), by which it is also known whether it is as it was
//! made. Where there is none, as beside a table that a window has saved, the axes and the seeds are found in its
//! cells, which are numbered with the first axis slowest and the seeds fastest. Either is held against every row, so
//! that a table that was cut off, changed or put in another order is refused, and not drawn as something that it is not.

mod grid;
mod older;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use csv::StringRecord;
use serde_json::Value as Json;

use super::run::{CellResult, DESTINATION, RunEnd};
use super::summary::Results;
use super::table::DESTINATION_ERROR;
use super::table::provenance::{Provenance, path_of};
use super::{Axis, Finish, StepSize, Steps, Sweep, SweepError, Vary};
use crate::files::{input, limits};
use crate::format::excerpt;
use crate::knobs::{Knob, Knobs, Role, Value};
use crate::labs::{self, Lab};
use crate::recipe::Recipe;
use crate::sim::experiment::{Column, RunStatus, Setup};

/// Why a file cannot be read as the table of a sweep.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused, or it is no text.
    #[error("{0}")]
    Unreadable(String),
    /// A table of something else, or of another version.
    #[error("it has no column `{0}`, and is no whole table of `sweep`")]
    NoColumn(String),
    /// Rows alone.
    #[error("it has no line of names: make it anew, or join all shards with `sweep --merge`")]
    Headless,
    /// Nothing under the names.
    #[error("it has no rows")]
    Empty,
    /// A row that no sweep has written.
    #[error("line {line}: {problem}")]
    Row {
        /// Which, 1 for the names.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Not what the file beside it tells of.
    #[error(
        "it is not as it was made: {} says so; make it anew, or move that file away to draw what is there",
        .0.display()
    )]
    Changed(PathBuf),
    /// Part of a sweep.
    #[error("it has {cells} of the sweep's {all} cells: join the shards with `sweep --merge`")]
    Shard {
        /// How many.
        cells: u64,
        /// Of how many.
        all: u64,
    },
    /// A setting whose words have an order that only the file beside the table knows.
    #[error(
        "it varies `{0}`, which is no number, and the file of its sweep (.json) is not beside it"
    )]
    Words(&'static str),
    /// The values and seeds in it do not fill a grid.
    #[error(
        "its {cells} cells are not every combination of the values and seeds in them: rows are missing or were changed, so make the table anew"
    )]
    NoGrid {
        /// How many there are.
        cells: usize,
    },
    /// No sweep has such axes or seeds.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

fn at(line: usize, problem: impl Into<String>) -> ReadError {
    ReadError::Row {
        line,
        problem: problem.into(),
    }
}

/// Reads the table of a whole sweep.
pub fn read(path: &Path) -> Result<(Sweep, Results), ReadError> {
    let provenance = Provenance::beside(path);
    if let Some(provenance) = &provenance {
        if !provenance.seals(path) {
            return Err(ReadError::Changed(path_of(path)));
        }
        let (cells, all) = (provenance.cells, provenance.cells_of_sweep);
        if cells != all {
            return Err(ReadError::Shard { cells, all });
        }
    }
    let bytes = input::read(path, limits::DATA).map_err(ReadError::Unreadable)?;
    let told = provenance.and_then(|provenance| told(&provenance.sweep));
    let Some(sweep) = told else {
        return parse(&bytes);
    };
    let table = Table::new(&bytes)?;
    if table.len() as u64 != sweep.cells() || !table.is_of(&sweep)? {
        return Err(ReadError::Changed(path_of(path)));
    }
    let results = table.results(&sweep)?;
    Ok((sweep, results))
}

/// The sweep that a text of [`table::described`](super::table::described) tells of.
pub fn described(text: &str) -> Option<Sweep> {
    told(&serde_json::from_str(text).ok()?)
}

/// The sweep that the file beside a table tells of, as far as this version can make it.
fn told(sweep: &Json) -> Option<Sweep> {
    let recipe = Recipe::from_toml(sweep["recipe"].as_str()?).ok()?;
    let axes = sweep["over"].as_array()?.iter().map(|axis| {
        let values = axis[1].as_array()?.iter();
        let values = values.map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        });
        Some(format!(
            "{}={}",
            axis[0].as_str()?,
            values.collect::<Vec<_>>().join(",")
        ))
    });
    let axes: Vec<String> = axes.collect::<Option<_>>()?;
    let axes: Vec<&str> = axes.iter().map(String::as_str).collect();
    let axes = Axis::parse_all(&axes, &recipe.knobs).ok()?;
    let vary = [Vary::All, Vary::Noise];
    let vary = vary
        .into_iter()
        .find(|vary| Some(vary.id()) == sweep["vary"].as_str())?;
    let steps = match sweep["steps"].as_str()? {
        "auto" => Steps::Auto,
        "recipe" => Steps::Recipe,
        time => Steps::FlowTime(time.strip_prefix("t=")?.parse().ok()?),
    };
    let step_size = [StepSize::Recipe, StepSize::Edge];
    let step_size = step_size
        .into_iter()
        .find(|chosen| Some(chosen.id()) == sweep["step_size"].as_str())?;
    let finish = match sweep["finish"].as_str() {
        None => Finish::End,
        Some(finish) => finish.parse().ok()?,
    };
    let sweep = Sweep::new(recipe, axes, sweep["seeds"].as_u64()?, vary, steps).ok()?;
    let sweep = sweep.with_step_size(step_size).ok()?;
    sweep.with_finish(finish).ok()
}

/// The same of the bytes of the file.
pub fn parse(bytes: &[u8]) -> Result<(Sweep, Results), ReadError> {
    let table = Table::new(bytes)?;
    let sweep = table.sweep()?;
    let results = table.results(&sweep)?;
    Ok((sweep, results))
}

/// The rows of a lab's table.
struct Table {
    lab: &'static dyn Lab,
    names: Vec<String>,
    /// Where a name stands.
    positions: BTreeMap<String, usize>,
    rows: Vec<StringRecord>,
    /// The first row of every cell, and behind the last one the number of rows.
    cells: Vec<usize>,
    /// The settings of the first row.
    base: Recipe,
}

/// The line of a row, under the names.
fn line(row: usize) -> usize {
    row + 2
}

impl Table {
    fn new(bytes: &[u8]) -> Result<Self, ReadError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).flexible(true).from_reader(bytes);
        let records = reader.records().map(|record| {
            record.map_err(|_error| ReadError::Unreadable("it is no text in UTF-8".to_owned()))
        });
        let mut rows: Vec<StringRecord> = records.collect::<Result<_, _>>()?;
        if rows.is_empty() {
            return Err(ReadError::Empty);
        }
        let mut names: Vec<String> = rows.remove(0).iter().map(str::to_owned).collect();
        if names
            .first()
            .is_some_and(|name| name.parse::<u64>().is_ok())
        {
            return Err(ReadError::Headless);
        }
        let mut positions: BTreeMap<String, usize> = names.iter().cloned().zip(0..).collect();
        let has = |name: &str| positions.contains_key(name);
        for name in ["cell", "run", "algorithm", "status", "steps_taken"] {
            if !has(name) {
                return Err(ReadError::NoColumn(name.to_owned()));
            }
        }
        let lab = lab_of(&has)?;
        if let Some(largest) = lab.roles().largest_step_size
            && !has(largest)
        {
            return Err(ReadError::NoColumn(largest.to_owned()));
        }
        older::complete(lab, &mut names, &mut positions, &mut rows);
        for (row, record) in rows.iter().enumerate() {
            if record.len() != names.len() {
                let problem = format!(
                    "it has {} fields where the names are {}",
                    record.len(),
                    names.len()
                );
                return Err(at(line(row), problem));
            }
        }
        if rows.is_empty() {
            return Err(ReadError::Empty);
        }
        let mut table = Self {
            lab,
            names,
            positions,
            rows,
            cells: Vec::new(),
            base: Recipe::new(lab),
        };
        table.find_cells()?;
        table.base.knobs = table.settings(0)?;
        Ok(table)
    }

    fn field(&self, row: usize, name: &str) -> &str {
        &self.rows[row][self.positions[name]]
    }

    fn number<T: std::str::FromStr>(&self, row: usize, name: &str) -> Result<T, ReadError> {
        let text = self.field(row, name);
        let refused = |_| at(line(row), format!("`{}` is no {name}", excerpt(text)));
        text.trim().parse().map_err(refused)
    }

    /// Finds where the cells begin, which count up from 0.
    fn find_cells(&mut self) -> Result<(), ReadError> {
        let mut next = 0;
        for row in 0..self.rows.len() {
            let cell: u64 = self.number(row, "cell")?;
            if cell == next {
                self.cells.push(row);
                next += 1;
            } else if cell + 1 != next {
                let problem = if cell < next {
                    format!(
                        "cell {cell} comes after cell {}: sort the rows by `cell`",
                        next - 1
                    )
                } else if next == 0 {
                    format!(
                        "the first cell is {cell} and not 0: join all shards with `sweep --merge`"
                    )
                } else {
                    format!(
                        "cell {cell} comes after cell {}: those between are missing",
                        next - 1
                    )
                };
                return Err(at(line(row), problem));
            }
        }
        self.cells.push(self.rows.len());
        Ok(())
    }

    /// How many cells there are.
    fn len(&self) -> usize {
        self.cells.len() - 1
    }

    /// A setting in a row.
    fn value(&self, row: usize, knob: &Knob) -> Result<Value, ReadError> {
        let text = self.field(row, knob.key);
        let read = knob.parse(text);
        read.map_err(|error| at(line(row), error.to_string()))
    }

    /// All settings of a row.
    fn settings(&self, row: usize) -> Result<Knobs, ReadError> {
        let mut knobs = Knobs::new(self.lab.knobs());
        for knob in self.lab.knobs() {
            // A step size out of the setting's range was chosen automatically, which it stays.
            if knob.role == Some(Role::StepSize) && self.value(row, knob).is_err() {
                self.number::<f64>(row, knob.key)?;
                continue;
            }
            let value = self.value(row, knob)?;
            let set = knobs.set(knob.key, value);
            set.map_err(|error| at(line(row), error.to_string()))?;
        }
        Ok(knobs)
    }

    /// Whether every row is one of this sweep's.
    fn is_of(&self, sweep: &Sweep) -> Result<bool, ReadError> {
        let axes: Vec<&str> = sweep.axes().iter().map(Axis::key).collect();
        let seeds = sweep.vary().seeds(&self.base.knobs);
        for cell in 0..self.len() {
            let expected = sweep.recipe(cell as u64).knobs;
            for row in self.cells[cell]..self.cells[cell + 1] {
                for knob in self.lab.knobs() {
                    let given = axes.contains(&knob.key) || seeds.contains(&knob.key);
                    // Chosen anew at every place, unless it is what varies.
                    let chosen = matches!(knob.role, Some(Role::StepSize | Role::Length))
                        || knob.auto_fact.is_some();
                    if chosen && !given {
                        continue;
                    }
                    let is_usual = !given && self.field(row, knob.key) == self.field(0, knob.key);
                    if !is_usual && !same(&self.value(row, knob)?, expected.get(knob.key)) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// How the runs of the sweep have ended.
    fn results(&self, sweep: &Sweep) -> Result<Results, ReadError> {
        let setup = setup(&self.base)?;
        let columns = setup.columns;
        if let Some(column) = columns
            .iter()
            .find(|column| !self.positions.contains_key(column.id))
        {
            return Err(ReadError::NoColumn(column.id.to_owned()));
        }
        let mut results = Results::new(sweep);
        let mut usual = Vec::new();
        for cell in 0..self.len() {
            let rows = self.cells[cell]..self.cells[cell + 1];
            let runs = rows.clone().map(|row| self.run(row, columns));
            let runs: Vec<RunEnd> = runs.collect::<Result<_, _>>()?;
            let names: Vec<&str> = rows.clone().map(|row| self.field(row, "run")).collect();
            if cell == 0 {
                usual.clone_from(&names);
            }
            // Where the numbers of runs are swept they differ, and anywhere else if rows are missing.
            if (cell == 0 || names != usual) && !has_runs(&sweep.recipe(cell as u64), &names) {
                let problem = format!("the runs of cell {cell} are not those of its settings");
                return Err(at(line(rows.start), problem));
            }
            results.insert(self.cell(cell, runs)?);
        }
        Ok(results)
    }

    fn cell(&self, cell: usize, runs: Vec<RunEnd>) -> Result<CellResult, ReadError> {
        let row = self.cells[cell];
        let knobs = &self.base.knobs;
        let step_size = knobs.key_of(Role::StepSize);
        let step_size = step_size.map(|key| self.number(row, key)).transpose()?;
        let largest = self.lab.roles().largest_step_size;
        let largest = largest.map(|key| self.number(row, key)).transpose()?;
        let length = knobs.key_of(Role::Length);
        let length = length.map(|key| self.number(row, key)).transpose()?;
        Ok(CellResult {
            cell: cell as u64,
            length: length.unwrap_or(0),
            step_size: step_size.unwrap_or(f64::NAN),
            largest_step_size: largest.unwrap_or(f64::NAN),
            runs,
            elapsed: Duration::ZERO,
        })
    }

    /// Whether its runs may have ended before they were at their ends.
    fn may_end_early(&self) -> bool {
        self.positions.contains_key(DESTINATION_ERROR)
    }

    fn run(&self, row: usize, columns: &'static [Column]) -> Result<RunEnd, ReadError> {
        let id = self.field(row, "algorithm");
        let families = self.lab.families();
        let family = families.into_iter().find(|family| family.id == id);
        let family = family.ok_or_else(|| {
            at(
                line(row),
                format!("`{}` is no algorithm of it", excerpt(id)),
            )
        })?;
        let word = self.field(row, "status");
        let steps = self.number(row, "steps_taken")?;
        let status = match RunStatus::of_ended(word, Some(steps)) {
            Some(status) => Some(status.ended(steps).0),
            None => (word == DESTINATION && self.may_end_early()).then_some(DESTINATION),
        };
        let status = status.ok_or_else(|| {
            at(
                line(row),
                format!("`{}` is no status of a run", excerpt(word)),
            )
        })?;
        let values = columns.iter().map(|column| self.number(row, column.id));
        Ok(RunEnd {
            name: self.field(row, "run").to_owned(),
            family,
            status,
            steps,
            columns,
            values: values.collect::<Result<_, _>>()?,
            destination_error: match status {
                DESTINATION => Some(self.number(row, DESTINATION_ERROR)?),
                _ => None,
            },
        })
    }
}

/// The lab all of whose settings are there, the one with most of them; else what the nearest one lacks.
fn lab_of(has: &dyn Fn(&str) -> bool) -> Result<&'static dyn Lab, ReadError> {
    let is_lacking = |knob: &&Knob| !has(knob.key) && !older::is_later(knob);
    let lacking = |lab: &&'static dyn Lab| {
        let knobs = lab.knobs().iter();
        knobs.filter(|knob| is_lacking(knob)).count()
    };
    let labs = labs::all();
    let whole = labs.iter().copied().filter(|lab| lacking(lab) == 0);
    if let Some(lab) = whole.max_by_key(|lab| lab.knobs().len()) {
        return Ok(lab);
    }
    let nearest = labs.iter().copied().min_by_key(lacking);
    let missing = nearest.and_then(|lab| lab.knobs().iter().find(is_lacking));
    let missing = missing.map_or_else(String::new, |knob| knob.key.to_owned());
    Err(ReadError::NoColumn(missing))
}

/// What is recorded of runs with these settings. Where their data are not there any more, the lab's usual ones do.
fn setup(recipe: &Recipe) -> Result<std::sync::Arc<Setup>, ReadError> {
    let made = recipe.lab.experiment(&recipe.knobs, false);
    let made = made.or_else(|error| {
        let usual = Knobs::new(recipe.lab.knobs());
        recipe.lab.experiment(&usual, false).map_err(|_usual| error)
    });
    match made {
        Ok(experiment) => Ok(experiment.setup().clone()),
        Err(source) => Err(SweepError::Lab {
            place: None,
            source,
        }
        .into()),
    }
}

/// Whether an experiment has these runs; nobody can tell if its data are gone.
fn has_runs(recipe: &Recipe, names: &[&str]) -> bool {
    recipe
        .lab
        .experiment(&recipe.knobs, false)
        .map_or(true, |experiment| {
            let runs = experiment.setup().runs.iter();
            runs.map(|run| run.name.as_str()).eq(names.iter().copied())
        })
}

/// Whether a setting has the value; a whole number may be written as any number.
fn same(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Count(count) => Some(*count as f64),
        Value::Real(real) => Some(*real),
        _ => None,
    };
    a == b || number(a).zip(number(b)).is_some_and(|(a, b)| a == b)
}

/// Whether a file begins as the table of a sweep does.
pub fn is_table(path: &Path) -> bool {
    let names = b"cell,";
    input::read_beginning(path, names.len() as u64).is_ok_and(|beginning| beginning == names)
        || path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}
