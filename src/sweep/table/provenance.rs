//! What a table is: a file beside it with `.json` behind the name, for other programs and for this one.
//!
//! ```json
//! {
//!   "format": "implicit-bias-lab sweep table", "schema": 1,
//!   "sweep": {"recipe": …, "over": …, "seeds": …, "shard": "2/4", …},
//!   "cells": 30, "cells_of_sweep": 120,
//!   "columns": [{"name": "cell", "type": "integer", "about": …}, …],
//!   "ended": {"converged": 60, …},
//!   "table": {"bytes": 41234, "crc32": "0f3c…"}
//! }
//! ```
//!
//! It depends on the sweep alone, like the table. Fields may be added; the schema counts up when one changes its meaning
//! or goes.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::columns::{self, Described};
use super::{Shard, TableError};
use crate::files::{self, WriteError, input, limits};
use crate::knobs::Role;
use crate::sim::experiment::Column;
use crate::sweep::Finish;
use crate::sweep::Sweep;
use crate::sweep::summary::Tally;

const FORMAT: &str = "implicit-bias-lab sweep table";

/// What this version writes.
pub const SCHEMA: u64 = 1;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    format: String,
    /// The version of the columns and of this file.
    pub schema: u64,
    /// All that the table depends on.
    pub sweep: Json,
    /// Cells that are in it.
    pub cells: u64,
    /// Cells of all shards.
    pub cells_of_sweep: u64,
    /// What is in its columns.
    pub columns: Vec<Described>,
    /// How its runs have ended.
    pub ended: Tally,
    /// What the table's bytes are known by.
    pub table: Checked,
}

/// Length and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    bytes: u64,
    crc32: String,
}

/// Takes bytes and keeps what they are known by.
#[derive(Debug, Default)]
pub(super) struct Seal {
    hasher: Hasher,
    bytes: u64,
}

impl Seal {
    fn checked(&self) -> Checked {
        Checked {
            bytes: self.bytes,
            crc32: format!("{:08x}", self.hasher.clone().finalize()),
        }
    }
}

impl Write for Seal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that the cells of a shard depend on.
pub(super) fn description(sweep: &Sweep, shard: Shard) -> Json {
    let axes = sweep.axes().iter().map(|axis| {
        if axis.is_categorical() {
            let words = axis.words().iter().map(ToString::to_string);
            return json!([axis.key(), words.collect::<Vec<_>>()]);
        }
        json!([axis.key(), axis.values()])
    });
    // Where only some places read them they count as well. One that cannot be read stops the sweep by itself.
    let files = sweep.base().knobs.iter().filter_map(|(knob, value)| {
        let names_file = matches!(knob.role, Some(Role::DataFile | Role::DataCompanion));
        let path = value.to_string();
        (names_file && !path.is_empty()).then(|| input::read(Path::new(&path), limits::DATA).ok())
    });
    let data: Vec<Option<u32>> = files
        .map(|bytes| bytes.map(|bytes| crc32fast::hash(&bytes)))
        .collect();
    let mut description = json!({
        "data": data,
        "version": env!("CARGO_PKG_VERSION"),
        "schema": SCHEMA,
        "over": axes.collect::<Vec<_>>(),
        "seeds": sweep.seeds(),
        "vary": sweep.vary().id(),
        "steps": sweep.steps().to_string(),
        "step_size": sweep.step_size().id(),
        "shard": shard.to_string(),
        "recipe": sweep.base().to_toml(),
    });
    // Left out where it says nothing new: what earlier versions have begun goes on.
    if sweep.finish() != Finish::End {
        description["finish"] = sweep.finish().to_string().into();
    }
    description
}

/// Where it is written for a table.
pub fn path_of(table: &Path) -> PathBuf {
    let mut name = table.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".json");
    table.with_file_name(name)
}

/// Refuses to begin a table beside which something else has the name.
pub(super) fn refuse_what_is_foreign(table: &Path) -> Result<(), TableError> {
    let path = path_of(table);
    let failed = |source| TableError::Io {
        path: path.clone(),
        source,
    };
    files::refuse_what_is_no_file(&path).map_err(failed)?;
    if path.exists() && Provenance::beside(table).is_none() {
        return Err(TableError::Foreign(path));
    }
    Ok(())
}

impl Provenance {
    /// Of the finished table of a shard; `description` is what it was begun with.
    pub(super) fn new(
        sweep: &Sweep,
        shard: Shard,
        description: Json,
        recorded: &[Column],
        ended: Tally,
        seal: &Seal,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            schema: SCHEMA,
            sweep: description,
            cells: shard.cells(sweep).count() as u64,
            cells_of_sweep: sweep.cells(),
            columns: columns::of(sweep, recorded),
            ended,
            table: seal.checked(),
        }
    }

    /// That of a table, if there is one that this version can read.
    pub fn beside(table: &Path) -> Option<Self> {
        let bytes = input::read(&path_of(table), limits::CARRIER).ok()?;
        let read: Self = serde_json::from_slice(&bytes).ok()?;
        (read.format == FORMAT && read.schema == SCHEMA).then_some(read)
    }

    /// Writes it beside the table.
    pub(super) fn write(&self, table: &Path) -> Result<(), WriteError> {
        let path = path_of(table);
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| WriteError {
            path: path.clone(),
            source: error.into(),
        })?;
        files::write(&path, [&text, "\n"].concat().as_bytes())
    }

    /// Whether the table is there and as it was made.
    pub fn seals(&self, table: &Path) -> bool {
        let length = fs::metadata(table).map(|found| found.len());
        length.is_ok_and(|length| length == self.table.bytes)
            && sealed(table).is_ok_and(|seal| seal.checked() == self.table)
    }

    /// Which shard it is.
    pub(super) fn shard(&self) -> Option<Shard> {
        self.sweep["shard"].as_str()?.parse().ok()
    }

    /// That of the whole which a table makes with the other shards'.
    pub(super) fn of_whole(&self, ended: Tally, seal: &Seal) -> Self {
        let mut whole = self.clone();
        whole.sweep["shard"] = Shard::WHOLE.to_string().into();
        whole.cells = self.cells_of_sweep;
        whole.ended = ended;
        whole.table = seal.checked();
        whole
    }
}

/// What the bytes of a file are known by.
fn sealed(path: &Path) -> io::Result<Seal> {
    let mut seal = Seal::default();
    let mut file = File::open(path)?;
    let mut chunk = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(seal);
        }
        seal.write_all(&chunk[..read])?;
    }
}
