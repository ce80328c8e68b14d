//! A sweep as one tidy table: a row per run, with every setting and seed, and how the run has ended.
//!
//! While the sweep runs, finished cells are appended to a file beside the table (module `partial`). A sweep
//! that was interrupted, by whatever, goes on from there. When all cells are there, the table is written in
//! their order, whole or not at all, and the other file is removed.
//!
//! Beside a table stands what it is ([`provenance`]). By that a command that is repeated knows that it has nothing to
//! do ([`finished`]), and the tables of all shards are joined into the whole ([`merge`](mod@merge)).

mod columns;
pub mod merge;
mod partial;
pub mod provenance;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use super::run::{CellResult, RunEnd};
use super::summary::{Results, Tally};
use super::{Shard, Sweep};
use crate::files::{self, Parents, WriteError};
use crate::knobs::Knob;
use crate::sim::experiment::Column;
pub(super) use columns::DESTINATION_ERROR;
use partial::{Line, Partial};
use provenance::{Provenance, Seal};

/// All that the cells of a sweep depend on, as text.
pub fn described(sweep: &Sweep) -> String {
    provenance::description(sweep, Shard::WHOLE).to_string()
}

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The name is taken.
    #[error(
        "{0} already exists, and nothing beside it says that it is what this command makes: choose another name, or --force"
    )]
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
    shard: Shard,
    /// All that its cells depend on, as it was when the table was begun.
    description: serde_json::Value,
    partial: Partial,
    tally: Tally,
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
        provenance::refuse_what_is_foreign(out)?;
        let parents = Parents::of(out).map_err(failed)?;
        let mut tally = Tally::default();
        let description = provenance::description(sweep, shard);
        let all = sweep.cells();
        let is_mine = |cell| cell < all && shard.holds(cell);
        let partial = Partial::open(out, &description.to_string(), is_mine, force, |line| {
            tally.add(line.tally);
        })?;
        Ok(Self {
            out: out.to_owned(),
            shard,
            description,
            partial,
            tally,
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

    /// Writes the table, with these recorded quantities, and what it is beside it, and removes the partial file.
    pub fn finish(mut self, sweep: &Sweep, columns: &[Column]) -> Result<(), TableError> {
        let names = header(sweep, columns);
        // What it is comes first: a table that is there is then one that is known. Killed between the two, the sweep
        // goes on from its partial file.
        let mut seal = Seal::default();
        let read = put(&names, &mut self.partial, &mut seal);
        let path = self.partial.path.clone();
        read.map_err(|source| self.interrupted(&path, source))?;
        let description = std::mem::take(&mut self.description);
        let provenance =
            Provenance::new(sweep, self.shard, description, columns, self.tally, &seal);
        let written = provenance.write(&self.out);
        written.map_err(|WriteError { path, source }| self.interrupted(&path, source))?;
        let partial = &mut self.partial;
        let written = files::write_with(&self.out, |out| put(&names, partial, out));
        written.map_err(|WriteError { path, source }| self.interrupted(&path, source))?;
        let Self {
            partial, parents, ..
        } = self;
        parents.keep();
        let removed = partial.remove();
        removed.map_err(|source| TableError::Io { path, source })
    }
}

/// Writes the finished cells under a line of names.
fn put(names: &str, partial: &mut Partial, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(names.as_bytes())?;
    partial.for_each(|line| out.write_all(line.rows.as_bytes()))
}

/// How the runs of a finished table have ended, if `out` is the table that this shard of the sweep makes, and is as it
/// was made. Removes what was left unfinished beside it.
pub fn finished(out: &Path, sweep: &Sweep, shard: Shard) -> Result<Option<Tally>, TableError> {
    let Some(known) = Provenance::beside(out) else {
        return Ok(None);
    };
    let description = provenance::description(sweep, shard);
    if known.sweep != description || !known.seals(out) {
        return Ok(None);
    }
    // Killed before it could do so itself.
    let left = partial::beside(out);
    if left.is_file() {
        let description = description.to_string();
        let partial = Partial::open(out, &description, |cell| shard.holds(cell), false, |_| ());
        match partial {
            Ok(partial) => {
                let removed = partial.remove();
                removed.map_err(|source| TableError::Io { path: left, source })?;
            }
            // It is somebody else's, or somebody is at it.
            Err(TableError::Another(_) | TableError::Foreign(_) | TableError::Busy(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(known.ended))
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
fn header(sweep: &Sweep, recorded: &[Column]) -> String {
    let columns = columns::of(sweep, recorded);
    record(columns.iter().map(|column| &column.name))
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

/// Saves the finished cells of a sweep as a table. If none is missing, what it is stands beside it as if the command
/// line had made it, where there is a beside.
pub fn save(sweep: &Sweep, results: &Results, out: &Path) -> Result<(), TableError> {
    let failed = |WriteError { path, source }| TableError::Io { path, source };
    let columns = results.columns();
    let write = |file: &mut dyn io::Write| write(sweep, results.cells(), columns, file);
    if files::HAS_FOLDERS && results.len() as u64 == sweep.cells() {
        provenance::refuse_what_is_foreign(out)?;
        let mut seal = Seal::default();
        write(&mut seal).map_err(|source| TableError::Io {
            path: out.to_owned(),
            source,
        })?;
        let ended = Tally::of(results.cells().flat_map(|cell| &cell.runs));
        let description = provenance::description(sweep, Shard::WHOLE);
        Provenance::new(sweep, Shard::WHOLE, description, columns, ended, &seal)
            .write(out)
            .map_err(failed)?;
    }
    files::write_with(out, write).map_err(failed)
}

/// The rows of a cell, one per run.
fn rows(sweep: &Sweep, result: &CellResult) -> String {
    let (first, last) = columns::settings(sweep);
    let knobs = sweep.recipe_of(result).knobs;
    let texts = |knobs_of: &[&Knob]| -> Vec<String> {
        let texts = knobs_of.iter().map(|knob| knobs.get(knob.key).to_string());
        texts.collect()
    };
    let (first, last) = (texts(&first), texts(&last));
    let columns = columns::of_run(sweep);
    let row = |run: &RunEnd| {
        let mut fields = vec![result.cell.to_string()];
        fields.extend_from_slice(&first);
        fields.extend(columns.iter().map(|column| (column.text)(result, run)));
        let values = run.columns.iter().zip(&run.values);
        fields.extend(values.map(|(column, value)| columns::recorded(column, *value)));
        fields.extend_from_slice(&last);
        record(&fields)
    };
    result.runs.iter().map(row).collect()
}
