//! A regression problem from the user's own table: a text file however it is written, or arrays of NumPy.
//!
//! What is found out about the file (its delimiter, its header, an index) is said with the data, and what cannot be
//! is refused with the place and the remedy. A table without any of these, as every program writes it, is read
//! bit for bit.

mod arrays;
mod cell;
mod columns;
mod companions;
mod dialect;
mod table;
mod text;

use std::path::Path;

use ndarray::Array2;
use rand::seq::SliceRandom as _;

use super::scaling::{Scaling, Wish};
use super::{DataError, Loaded, check_size, excerpt};
use crate::files::input::ONLY_WHAT_IS_BROUGHT;
use crate::model::random::{Stream, generator};
use crate::model::regression::{Regression, Rows, Validation};
use crate::model::watch::Watch;
use table::Table;
use text::Lines;

/// Whether the first line of a table names its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// If it looks like it.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It is data.
    No,
}

/// What becomes of rows with gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The file is refused.
    #[default]
    Refuse,
    /// They are left out.
    DropRows,
}

/// What to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CsvTable {
    /// The file: one row per line, or `.npy` or `.npz`.
    pub path: String,
    /// The label column, by its name or as `#3` by its number; empty for the last one.
    pub target: String,
    /// Columns that are left out, separated by commas, by name or number.
    pub ignore: String,
    /// Whether there is a header.
    pub header: Header,
    /// What becomes of rows with gaps.
    pub missing: Missing,
    /// Fraction of the rows kept for validation, 0 for none.
    pub holdout_fraction: f64,
    /// Seed of the hold-out draw.
    pub seed: u64,
    /// What is done to the columns.
    pub scaling: Wish,
    /// File of validation rows, with the same columns; empty for none.
    pub validation: String,
    /// File of the d coefficients that the labels were made with; empty for none.
    pub truth: String,
    /// CRC-32 of the files that are meant, in hexadecimal; empty for whatever it holds.
    pub checksum: String,
}

/// How a table is read, with the file's name for messages.
struct Reading<'a> {
    name: String,
    target: &'a str,
    ignore: &'a str,
    header: Header,
    missing: Missing,
}

impl Reading<'_> {
    fn malformed(&self, line: u64, reason: String) -> DataError {
        DataError::Malformed {
            path: self.name.clone(),
            line,
            reason,
        }
    }
}

impl CsvTable {
    /// Reads, checks, splits and scales the data.
    pub fn load(&self) -> Result<Loaded, DataError> {
        self.load_watched(&Watch::default())
    }

    /// The same for somebody who may give it up meanwhile.
    pub fn load_watched(&self, watch: &Watch) -> Result<Loaded, DataError> {
        if self.path.is_empty() {
            return Err(DataError::Settings(format!(
                "choose a file of data: {}",
                if ONLY_WHAT_IS_BROUGHT {
                    "drop one onto the page, or open one with Ctrl+O"
                } else {
                    "set `csv_path` to its path"
                }
            )));
        }
        // First, where it is known which file is meant: another one is to be called that, whatever is wrong with it.
        if !self.checksum.is_empty() {
            self.compare(self.checksum_of_files(watch)?)?;
        }
        let loaded = self.read(watch);
        watch.check()?;
        let loaded = self.with_companions(loaded?, watch)?;
        let checksum = self.checksum_of_files(watch)?;
        self.compare(checksum)?;
        Ok(self.scaled(loaded, checksum))
    }

    /// The rows, split, as the file has them.
    fn read(&self, watch: &Watch) -> Result<Loaded, DataError> {
        let path = Path::new(&self.path);
        let name = name_of(&self.path);
        let unreadable = |reason: String| DataError::Unreadable {
            path: name.clone(),
            reason,
        };
        let first = text::first_bytes(path).map_err(unreadable)?;
        if first.starts_with(b"PK\x03\x04") {
            let found = arrays::read_npz(path).map_err(unreadable)?;
            return found.into_loaded(self);
        }
        let reading = Reading {
            name: name.clone(),
            target: &self.target,
            ignore: &self.ignore,
            header: self.header,
            missing: self.missing,
        };
        let table = if first.starts_with(b"\x93NUMPY") {
            arrays::read_npy(path, &reading)?
        } else {
            let mut lines = Lines::open(path, watch).map_err(unreadable)?;
            table::read(&mut lines, &reading)?
        };
        self.split(&table)
    }

    /// CRC-32 of what the files hold now, if they can be read.
    pub fn current_checksum(&self, watch: &Watch) -> Option<u32> {
        self.checksum_of_files(watch).ok()
    }

    /// Refuses another file than the one that is meant.
    fn compare(&self, checksum: u32) -> Result<(), DataError> {
        let found = written(checksum);
        if self.checksum.is_empty() || self.checksum.eq_ignore_ascii_case(&found) {
            return Ok(());
        }
        Err(DataError::Settings(format!(
            "{} has changed since the recipe was made (its checksum is {found}, not {}): bring back the old file, set \
             csv_path to the dataset.npz of the run's folder, or set csv_checksum= to nothing to take the file as it is",
            name_of(&self.path),
            excerpt(&self.checksum)
        )))
    }

    fn split(&self, table: &Table) -> Result<Loaded, DataError> {
        let (width, target) = (table.width, table.target);
        let total = table.cells.len() / width;
        check_size(total, width - 1)?;
        let rows = |chosen: &[usize]| {
            let x = Array2::from_shape_fn((chosen.len(), width - 1), |(i, j)| {
                table.cells[chosen[i] * width + j + usize::from(j >= target)]
            });
            let y = chosen.iter().map(|row| table.cells[row * width + target]);
            Rows { x, y: y.collect() }
        };
        let (train, validation) = self.hold_out(total)?;
        let validation = if validation.is_empty() {
            Validation::Unavailable
        } else {
            Validation::HoldOut(rows(&validation))
        };
        let mut remarks = vec![what_was_read(table, total)];
        remarks.extend(table.remarks.iter().cloned());
        remarks.extend(remarkable(table));
        Ok(Loaded {
            problem: Regression::new(rows(&train), validation),
            remarks,
            features: table.feature_names(),
            scaling: None,
            checksum: None,
        })
    }

    /// Which rows to train on and which to hold out.
    fn hold_out(&self, total: usize) -> Result<(Vec<usize>, Vec<usize>), DataError> {
        let fraction = if self.has_companion() {
            0.0
        } else {
            self.holdout_fraction
        };
        let held_out = (total as f64 * fraction).round() as usize;
        if total == 0 || held_out >= total {
            return Err(DataError::Settings(format!(
                "{} has {total} rows, {held_out} of them held out: none is left to train on",
                name_of(&self.path)
            )));
        }
        let mut order: Vec<usize> = (0..total).collect();
        if held_out > 0 {
            order.shuffle(&mut generator(self.seed, Stream::HoldOut, 0));
        }
        let mut train = order.split_off(held_out);
        train.sort_unstable();
        Ok((train, order))
    }

    /// Centres and scales as wished, unless the file says that it has been done.
    fn scaled(&self, mut loaded: Loaded, checksum: u32) -> Loaded {
        loaded.checksum = Some(checksum);
        if loaded.scaling.is_some() {
            let done = "The columns are as the file has them, centred and scaled by its x_mean, x_scale and y_mean.";
            loaded.remarks.push(done.to_owned());
        } else if self.scaling.is_empty() {
            loaded.remarks.extend(uneven(&loaded.problem));
        } else {
            let scaling = Scaling::of(&loaded.problem.train, self.scaling);
            loaded.problem = scaling.apply(&loaded.problem);
            loaded.remarks.push(self.scaling.in_words().to_owned());
            loaded.scaling = Some(scaling);
        }
        loaded
    }
}

/// A path for a message: its end, if it is long.
fn name_of(path: &str) -> String {
    const MOST: usize = 100;
    match path.char_indices().rev().nth(MOST) {
        Some((at, _)) => format!("…{}", excerpt(&path[at..])),
        None => excerpt(path),
    }
}

/// A checksum as recipes have it.
pub fn written(checksum: u32) -> String {
    format!("{checksum:08x}")
}

/// `Read 12 rows × 20 features, label y, header read, index left out.`
fn what_was_read(table: &Table, rows: usize) -> String {
    let plural = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let size = format!(
        "Read {} × {}",
        plural(rows, "row"),
        plural(table.width - 1, "feature")
    );
    let label = match table.names.get(table.target).map(String::as_str) {
        None | Some("") if table.target + 1 == table.width => "label in the last column".to_owned(),
        None | Some("") => "label in the column chosen".to_owned(),
        Some(name) => format!("label {}", excerpt(name)),
    };
    let parts = [size, label].into_iter().chain(table.notes.iter().cloned());
    format!("{}.", parts.collect::<Vec<_>>().join(", "))
}

/// What is odd about the numbers, though they can be run on.
fn remarkable(table: &Table) -> Vec<String> {
    let mut remarks = Vec::new();
    let rows = || table.cells.chunks_exact(table.width);
    let is_zero = |column: usize| rows().all(|row| row[column] == 0.0);
    if is_zero(table.target) {
        remarks.push("The label is 0 in every row: β = 0 fits it.".to_owned());
    }
    let features = (0..table.width).filter(|column| *column != table.target);
    match features.filter(|column| is_zero(*column)).count() {
        0 => {}
        1 => remarks.push("1 feature is 0 in every row: its β stays 0.".to_owned()),
        zero => remarks.push(format!(
            "{zero} features are 0 in every row: their β stay 0."
        )),
    }
    let counts = |start: f64| {
        rows()
            .zip(0_u32..)
            .all(|(row, at)| row[0] == start + f64::from(at))
    };
    let long = rows().len() > 2 && table.target != 0 && table.width > 2;
    if long && (counts(0.0) || counts(1.0)) {
        let name = table.names.first().filter(|name| !name.is_empty());
        let name = name.map_or_else(|| "#1".to_owned(), |name| excerpt(name));
        remarks.push(format!(
            "The first feature counts the rows: csv_ignore={name} leaves it out if it is an index."
        ));
    }
    remarks
}

/// A hint where one step size cannot suit all columns.
fn uneven(problem: &Regression) -> Option<String> {
    let squares = || {
        problem
            .column_mean_square
            .iter()
            .filter(|square| **square > 0.0)
    };
    let (low, high) = squares().fold((f64::INFINITY, 0.0_f64), |(low, high), square| {
        (low.min(*square), high.max(*square))
    });
    let ratio = (high / low).sqrt();
    (ratio > 100.0 && ratio.is_finite()).then(|| {
        format!(
            "The scales of the columns differ by a factor of {}: standardise=true makes them one.",
            crate::format::short(ratio, 2)
        )
    })
}

#[cfg(test)]
mod tests;
