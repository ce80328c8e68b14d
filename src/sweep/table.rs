//! A sweep as one tidy table: a row per run, with every setting and seed, and how the run has ended.
//!
//! While the sweep runs, finished cells are appended to a file beside the table (module `partial`). A sweep
//! that was interrupted, by whatever, goes on from there. When all cells are there, the table is written in
//! their order, whole or not at all, and the other file is removed.
//!
//! The table of a shard is a block of the whole one. The first shard alone has the line of names, so
//! that `cat` of all shards in order gives the whole.

mod partial;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::run::{CellResult, RunEnd};
use super::summary::Tally;
use super::{Shard, Sweep};
use crate::files::{self, Parents, WriteError, input, limits};
use crate::format::exact;
use crate::knobs::Role;
use crate::sim::experiment::Column;
use partial::{Line, Partial};

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The name is taken.
    #[error("{0} already exists: choose another name, or --force")]
    Exists(PathBuf),
    /// An interrupted sweep of another kind has left its cells.
    #[error(
        "{0} holds the finished cells of another sweep, or of another version: go on with that one, choose another name, or --force to drop them"
    )]
    Another(PathBuf),
    /// A file of somebody else's has the name under which finished cells would be kept.
    #[error("{0} is in the way, and is no unfinished sweep: move it, or choose another name")]
    Foreign(PathBuf),
    /// Two programs would write the same file.
    #[error("{0} is being written by another sweep: wait for it, or choose another name")]
    Busy(PathBuf),
    /// The system refused before anything was done.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused on the way, for want of room for example.
    #[error(
        "cannot write {path}: {source}; {cells} finished cells are kept in {partial}: make room and repeat the command to go on"
    )]
    Interrupted {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// How many are safe.
        cells: usize,
        /// Where they are.
        partial: PathBuf,
    },
}

/// A table in the making.
#[derive(Debug)]
pub struct Unfinished {
    out: PathBuf,
    partial: Partial,
    tally: Tally,
    /// Whether its table begins with the line of names.
    headed: bool,
    /// Folders that were made for it.
    parents: Parents,
}

impl Unfinished {
    /// Starts a table of this shard at `out`, or goes on with one that was interrupted. With `force`
    /// replaces a finished table, and drops what another sweep has left unfinished.
    pub fn open(out: &Path, sweep: &Sweep, shard: Shard, force: bool) -> Result<Self, TableError> {
        if out.is_dir() || (out.exists() && !force) {
            return Err(TableError::Exists(out.to_owned()));
        }
        let failed = |source| TableError::Io {
            path: out.to_owned(),
            source,
        };
        files::refuse_what_is_no_file(out).map_err(failed)?;
        let parents = Parents::of(out).map_err(failed)?;
        let cells = shard.cells(sweep);
        let mut tally = Tally::default();
        let partial = Partial::open(out, &description(sweep, shard), cells, force, |line| {
            tally.add(line.tally);
        })?;
        Ok(Self {
            out: out.to_owned(),
            partial,
            tally,
            headed: shard.is_first(),
            parents,
        })
    }

    /// Whether a cell is finished.
    pub fn holds(&self, cell: u64) -> bool {
        self.partial.lines.contains_key(&cell)
    }

    /// How many cells are finished.
    pub fn len(&self) -> usize {
        self.partial.lines.len()
    }

    /// Whether no cell is finished.
    pub fn is_empty(&self) -> bool {
        self.partial.lines.is_empty()
    }

    /// How many lines of an interrupted sweep were not taken: changed since they were written, or cells that are
    /// there already.
    pub fn damaged(&self) -> usize {
        self.partial.damaged
    }

    /// Where finished cells are kept.
    pub fn partial(&self) -> &Path {
        &self.partial.path
    }

    /// How the runs of the finished cells have ended.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    fn interrupted(&self, path: &Path, source: io::Error) -> TableError {
        TableError::Interrupted {
            path: path.to_owned(),
            source,
            cells: self.len(),
            partial: self.partial.path.clone(),
        }
    }

    /// Appends a finished cell. It is safe once this returns.
    pub fn append(&mut self, sweep: &Sweep, result: &CellResult) -> Result<(), TableError> {
        let line = Line {
            cell: result.cell,
            tally: Tally::of(result.runs.iter()),
            rows: rows(sweep, result),
        };
        let written = self.partial.append(&line);
        written.map_err(|source| self.interrupted(&self.partial.path, source))?;
        self.tally.add(line.tally);
        Ok(())
    }

    /// Writes the table, with these recorded quantities, and removes the partial file.
    pub fn finish(mut self, sweep: &Sweep, columns: &[Column]) -> Result<(), TableError> {
        let names = self.headed.then(|| header(sweep, columns));
        let partial = &mut self.partial;
        let written = files::write_with(&self.out, |out| {
            if let Some(names) = names {
                out.write_all(names.as_bytes())?;
            }
            partial.for_each(|line| out.write_all(line.rows.as_bytes()))
        });
        written.map_err(|WriteError { path, source }| self.interrupted(&path, source))?;
        let Self {
            partial, parents, ..
        } = self;
        parents.keep();
        let path = partial.path.clone();
        let removed = partial.remove();
        removed.map_err(|source| TableError::Io { path, source })
    }
}

/// All that the cells of a shard depend on, in one line.
fn description(sweep: &Sweep, shard: Shard) -> String {
    let axes = sweep.axes().iter();
    let axes: Vec<_> = axes
        .map(|axis| json!([axis.key(), axis.values()]))
        .collect();
    // A file that cannot be read stops the sweep by itself.
    let file = sweep.base().knobs.data_file();
    let data = file.and_then(|file| input::read(&file, limits::DATA).ok());
    let description = json!({
        "data": data.map(|bytes| crc32fast::hash(&bytes)),
        "version": env!("CARGO_PKG_VERSION"),
        "over": axes,
        "seeds": sweep.seeds(),
        "vary": sweep.vary().id(),
        "steps": sweep.steps().to_string(),
        "step_size": sweep.step_size().id(),
        "shard": shard.to_string(),
        "recipe": sweep.base().to_toml(),
    });
    description.to_string()
}

/// The columns between the seeds and the recorded quantities, with their texts. Those of the step size are
/// for labs that have one.
fn run_columns(sweep: &Sweep) -> Vec<(&'static str, fn(&CellResult, &RunEnd) -> String)> {
    let base = sweep.base();
    let mut columns: Vec<(&'static str, fn(&CellResult, &RunEnd) -> String)> = vec![
        ("run", |_, run| run.name.clone()),
        ("algorithm", |_, run| run.family.id.to_owned()),
    ];
    if let Some(id) = base.lab.roles().largest_step_size {
        columns.push((id, |cell, _| exact(cell.largest_step_size)));
    }
    if let Some(key) = base.knobs.key_of(Role::StepSize) {
        columns.push((key, |cell, _| exact(cell.step_size)));
    }
    columns.push(("status", |_, run| run.status.to_owned()));
    columns.push(("steps_taken", |_, run| run.steps.to_string()));
    columns
}

/// The settings that stand before [`run_columns`] and behind the quantities. A column that is named like a
/// setting holds the setting; the step size, which may have been chosen automatically, is one of the run's.
fn settings(sweep: &Sweep) -> (Vec<&'static str>, Vec<&'static str>) {
    let knobs = &sweep.base().knobs;
    let step_size = knobs.key_of(Role::StepSize);
    let axes = sweep.axes().iter().map(|axis| axis.key());
    let mut first: Vec<&str> = axes.filter(|key| Some(*key) != step_size).collect();
    for seed in super::Vary::All.seeds(knobs) {
        if !first.contains(&seed) {
            first.push(seed);
        }
    }
    let last = knobs.table().iter().map(|knob| knob.key);
    let last = last.filter(|key| !first.contains(key) && Some(*key) != step_size);
    let last = last.collect();
    (first, last)
}

/// One line of a table.
fn record(fields: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let written = table.write_record(fields);
    written.expect("a vector takes what is written to it");
    let bytes = table.into_inner();
    let bytes = bytes.expect("a vector takes what is written to it");
    String::from_utf8(bytes).expect("the fields are text")
}

/// The line of names.
fn header(sweep: &Sweep, columns: &[Column]) -> String {
    let (first, last) = settings(sweep);
    let run = run_columns(sweep).into_iter().map(|(name, _)| name);
    let names = std::iter::once("cell").chain(first).chain(run);
    let names = names.chain(columns.iter().map(|column| column.id));
    record(names.chain(last))
}

/// Writes the finished cells of a sweep as a table, which lacks the others.
pub fn write<'a>(
    sweep: &Sweep,
    cells: impl Iterator<Item = &'a CellResult>,
    columns: &[Column],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    out.write_all(header(sweep, columns).as_bytes())?;
    for cell in cells {
        out.write_all(rows(sweep, cell).as_bytes())?;
    }
    Ok(())
}

/// The rows of a cell, one per run.
fn rows(sweep: &Sweep, result: &CellResult) -> String {
    let (first, last) = settings(sweep);
    let knobs = sweep.recipe_of(result).knobs;
    let texts = |keys: &[&str]| -> Vec<String> {
        let texts = keys.iter().map(|key| knobs.get(key).to_string());
        texts.collect()
    };
    let (first, last) = (texts(&first), texts(&last));
    let columns = run_columns(sweep);
    let row = |run: &RunEnd| {
        let mut fields = vec![result.cell.to_string()];
        fields.extend_from_slice(&first);
        fields.extend(columns.iter().map(|(_, text)| text(result, run)));
        fields.extend(run.values.iter().map(|value| exact(*value)));
        fields.extend_from_slice(&last);
        record(&fields)
    };
    result.runs.iter().map(row).collect()
}
