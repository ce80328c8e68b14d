//! The tables of all shards, joined into that of the whole: byte for byte the one that a single machine would have made.
//!
//! Each is known by what stands beside it, and the whole is joined only from the shards of one sweep, each of them once,
//! none of them missing or changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::partial;
use super::provenance::{self, Provenance, Seal};
use super::{Shard, TableError, Tally};
use crate::files::{self, Parents, WriteError};

/// Numbers of shards that a message names.
const MOST_NAMED: usize = 20;

/// Bytes that are read of a shard at a time. Its file is open only meanwhile: there may be more shards than files that
/// a system lets a program have open.
const CHUNK: usize = 1 << 16;

/// Why tables are not joined. Nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Nothing says what it is.
    #[error(
        "{table}: {} is missing or of another version: copy it along with the table, or make the table again",
        .beside.display()
    )]
    Unknown {
        /// The table.
        table: String,
        /// What should be beside it.
        beside: PathBuf,
    },
    /// It is still being made, or was interrupted.
    #[error("{0} is not finished: run its shard once more, which goes on where it was")]
    Unfinished(String),
    /// There is no such table.
    #[error("there is no table {0}: name the tables of all shards")]
    Nothing(String),
    /// It is not what was made.
    #[error("{0} was changed since it was made: copy it once more, or make it again with --force")]
    Changed(String),
    /// It is of another sweep.
    #[error("{table} is of another sweep than {first}: they differ in {}", .differ.join(", "))]
    Foreign {
        /// The table.
        table: String,
        /// What it is held against.
        first: String,
        /// Where they differ.
        differ: Vec<String>,
    },
    /// One shard twice.
    #[error("{first} and {second} are both shard {shard}: name one of them")]
    Twice {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// Which.
        shard: Shard,
    },
    /// Not all of them.
    #[error("{}", missing(.0, *.1))]
    Missing(Vec<u64>, u64),
    /// The whole cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A shard cannot be read, or the whole not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn missing(numbers: &[u64], of: u64) -> String {
    let named = numbers.iter().take(MOST_NAMED);
    let mut words: Vec<String> = named.map(|number| format!("{number}/{of}")).collect();
    let more = numbers.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    let list = words.join(", ");
    match numbers {
        [number] => format!(
            "shard {list} is missing: name its table, or make it with --shard {number}/{of}"
        ),
        _ => format!(
            "shards {list} are missing: name their tables, or make each with --shard I/{of}"
        ),
    }
}

/// What has come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// How the runs have ended.
    pub ended: Tally,
    /// Whether the whole was there already.
    pub was_there: bool,
}

/// Joins the tables of all shards of a sweep at `out`. With `force` replaces what is there.
pub fn merge(out: &Path, tables: &[PathBuf], force: bool) -> Result<Merged, MergeError> {
    let shards = Shards::of(tables)?;
    let mut ended = Tally::default();
    for (_, known) in shards.tables.values() {
        ended.add(known.ended);
    }
    let failed = |source| {
        let path = out.to_owned();
        MergeError::Table(TableError::Io { path, source })
    };
    let mut seal = Seal::default();
    shards.join(&mut seal).map_err(failed)?;
    let whole = shards.first().of_whole(ended, &seal);
    if Provenance::beside(out).is_some_and(|known| known == whole) && whole.seals(out) {
        return Ok(Merged {
            ended,
            was_there: true,
        });
    }
    if out.is_dir() || (out.exists() && !force) {
        return Err(TableError::Exists(out.to_owned()).into());
    }
    provenance::refuse_what_is_foreign(out)?;
    files::refuse_what_is_no_file(out).map_err(failed)?;
    let parents = Parents::of(out).map_err(failed)?;
    whole.write(out)?;
    files::write_with(out, |out| shards.join(out))?;
    parents.keep();
    Ok(Merged {
        ended,
        was_there: false,
    })
}

/// All shards of one sweep, by their numbers.
struct Shards {
    tables: BTreeMap<u64, (PathBuf, Provenance)>,
    of: u64,
}

impl Shards {
    fn of(tables: &[PathBuf]) -> Result<Self, MergeError> {
        let mut found: BTreeMap<u64, (PathBuf, Provenance)> = BTreeMap::new();
        let mut reference: Option<(String, Provenance, Shard)> = None;
        for path in tables {
            let name = path.display().to_string();
            let (known, shard) = known(path)?;
            let first = reference.get_or_insert_with(|| (name.clone(), known.clone(), shard));
            let differ = difference(&first.1, first.2, &known, shard);
            if !differ.is_empty() {
                return Err(MergeError::Foreign {
                    table: name,
                    first: first.0.clone(),
                    differ,
                });
            }
            if let Some((other, _)) = found.get(&shard.number()) {
                return Err(MergeError::Twice {
                    first: other.display().to_string(),
                    second: name,
                    shard,
                });
            }
            found.insert(shard.number(), (path.clone(), known));
        }
        let of = reference.map_or(1, |(_, _, shard)| shard.of());
        // As many as are named may be missing; what somebody writes into a file may be any number.
        let numbers = (1..=of).filter(|number| !found.contains_key(number));
        let missing: Vec<u64> = numbers.take(tables.len() + 100_000).collect();
        if !missing.is_empty() {
            return Err(MergeError::Missing(missing, of));
        }
        for (path, known) in found.values() {
            if !known.seals(path) {
                return Err(MergeError::Changed(path.display().to_string()));
            }
        }
        Ok(Self { tables: found, of })
    }

    fn first(&self) -> &Provenance {
        &self.tables[&1].1
    }

    /// Writes the whole.
    fn join(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut readers = BTreeMap::new();
        for (number, (path, _)) in &self.tables {
            let mut rows = Rows::new(path);
            let names = rows.record()?;
            if *number == 1 {
                out.write_all(&names)?;
            }
            readers.insert(*number, rows);
        }
        for cell in 0..self.first().cells_of_sweep {
            let number = Shard::of_cell(cell, self.of).number();
            if let Some(rows) = readers.get_mut(&number) {
                rows.copy(cell, out)?;
            }
        }
        Ok(())
    }
}

/// What a table is, and which shard.
fn known(path: &Path) -> Result<(Provenance, Shard), MergeError> {
    let name = path.display().to_string();
    if !path.is_file() {
        return Err(if partial::beside(path).is_file() {
            MergeError::Unfinished(name)
        } else {
            MergeError::Nothing(name)
        });
    }
    let known = Provenance::beside(path).and_then(|known| {
        let shard = known.shard()?;
        Some((known, shard))
    });
    known.ok_or_else(|| MergeError::Unknown {
        table: name,
        beside: provenance::path_of(path),
    })
}

/// Where two sweeps differ, besides the shard's number.
fn difference(a: &Provenance, shard_of_a: Shard, b: &Provenance, shard_of_b: Shard) -> Vec<String> {
    let mut differ = Vec::new();
    if shard_of_a.of() != shard_of_b.of() {
        differ.push("the number of shards".to_owned());
    }
    let empty = serde_json::Map::new();
    let fields = |json: &Json| json.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (mine, theirs) = (fields(&a.sweep), fields(&b.sweep));
    let keys = mine.keys().chain(theirs.keys());
    let mut keys: Vec<&String> = keys
        .filter(|key| *key != "shard" && mine.get(*key) != theirs.get(*key))
        .collect();
    keys.sort();
    keys.dedup();
    differ.extend(keys.into_iter().map(|key| match key.as_str() {
        "over" => "the values that are swept".to_owned(),
        "data" => "the file of data".to_owned(),
        "version" => "the program's version".to_owned(),
        "recipe" => "the recipe".to_owned(),
        other => format!("`{other}`"),
    }));
    if differ.is_empty() && (a.columns != b.columns || a.cells_of_sweep != b.cells_of_sweep) {
        differ.push("their columns".to_owned());
    }
    differ
}

/// A file of which a piece is read at a time.
struct Pieces {
    path: PathBuf,
    at: u64,
}

impl Read for Pieces {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(bytes)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The rows of a table, as they stand there.
struct Rows {
    bytes: BufReader<Pieces>,
    /// The next row, once it was looked at.
    next: Option<Vec<u8>>,
}

impl Rows {
    fn new(path: &Path) -> Self {
        let path = path.to_owned();
        Self {
            bytes: BufReader::with_capacity(CHUNK, Pieces { path, at: 0 }),
            next: None,
        }
    }

    /// The next row; empty at the end. Within quotes a line may break.
    fn record(&mut self) -> io::Result<Vec<u8>> {
        if let Some(next) = self.next.take() {
            return Ok(next);
        }
        let mut row = Vec::new();
        loop {
            let read = self.bytes.read_until(b'\n', &mut row)?;
            let is_quoted = row
                .iter()
                .fold(false, |quoted, byte| quoted ^ (*byte == b'"'));
            if read == 0 || !is_quoted {
                return Ok(row);
            }
        }
    }

    /// Copies the rows of a cell.
    fn copy(&mut self, cell: u64, out: &mut dyn Write) -> io::Result<()> {
        let start = format!("{cell},");
        loop {
            let row = self.record()?;
            if !row.starts_with(start.as_bytes()) {
                self.next = Some(row);
                return Ok(());
            }
            out.write_all(&row)?;
        }
    }
}
