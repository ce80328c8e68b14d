//! What the page says to a worker of a sweep, and what it hears.

use super::{Wire, fields, variants};
use crate::sweep::pace::Estimate;
use crate::sweep::run::{CellResult, RunEnd};
use crate::sweep::{Sweep, read, table};

/// What a worker of a sweep is told.
pub enum ToSweeper {
    /// The sweep that is meant from here on.
    Begin(Box<Sweep>),
    /// Try whether these cells would take very long on so many workers.
    Try(Vec<u64>, usize),
    /// Run this cell.
    Run(u64),
}

/// What it answers.
#[derive(Debug)]
pub enum FromSweeper {
    /// Cells that were tried would take so long that somebody should agree first, or would not.
    Tried(Option<Estimate>),
    /// A cell is finished.
    Finished(Box<CellResult>),
    /// A cell cannot run.
    Failed(String),
}

variants! {
    ToSweeper { 0 Begin(sweep), 1 Try(cells, workers), 2 Run(cell) }
    FromSweeper { 0 Tried(estimate), 1 Finished(result), 2 Failed(reason) }
}

fields! {
    Estimate { work, longest, is_seen, bytes, columns }
    CellResult { cell, length, step_size, largest_step_size, runs, elapsed }
    RunEnd { name, family, status, steps, columns, values, destination_error }
}

/// By the description that tables have beside them, which says all that cells depend on.
impl Wire for Sweep {
    fn put(&self, bytes: &mut Vec<u8>) {
        table::described(self).put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        read::described(&String::take(bytes)?)
    }
}
