//! What goes with a table: validation rows, or the coefficients that its labels were made with, in files of their own.

use std::path::{Path, PathBuf};

use super::cell::Cell;
use super::dialect::Dialect;
use super::text::{self, Lines};
use super::{CsvTable, arrays, name_of};
use crate::files::input;
use crate::model::data::scaling::Wish;
use crate::model::data::{DataError, Loaded, excerpt};
use crate::model::regression::{Regression, Rows, Validation};
use crate::model::watch::Watch;

impl CsvTable {
    /// Whether validation has a file of its own, so that no row is held out.
    pub(super) fn has_companion(&self) -> bool {
        !self.validation.is_empty() || !self.truth.is_empty()
    }

    /// CRC-32 of the bytes of all files, one after the other.
    pub(super) fn checksum_of_files(&self, watch: &Watch) -> Result<u32, DataError> {
        let mut hasher = crc32fast::Hasher::new();
        for path in [&self.path, &self.validation, &self.truth] {
            if !path.is_empty() {
                let read = text::checksum(&self.beside(path), &mut hasher, watch);
                read.map_err(|reason| unreadable(path, reason))?;
            }
        }
        Ok(hasher.finalize())
    }

    /// Where a file is: as its path says, or else beside the table.
    fn beside(&self, path: &str) -> PathBuf {
        let named = Path::new(path);
        let folder = Path::new(&self.path).parent();
        let moved = folder
            .zip(named.file_name())
            .map(|(folder, name)| folder.join(name));
        match moved {
            Some(moved) if !input::is_there(named).unwrap_or(true) && input::is_file(&moved) => {
                moved
            }
            _ => named.to_owned(),
        }
    }

    /// With what is in the files of validation. A run's `dataset.npz` has its own, which is that of these files.
    pub(super) fn with_companions(
        &self,
        mut loaded: Loaded,
        watch: &Watch,
    ) -> Result<Loaded, DataError> {
        if !matches!(loaded.problem.validation, Validation::Unavailable) {
            return Ok(loaded);
        }
        let validation = match (&self.validation[..], &self.truth[..]) {
            ("", "") => return Ok(loaded),
            ("", truth) => Validation::Truth((&self.read_truth(truth, &loaded, watch)?[..]).into()),
            (rows, "") => Validation::HoldOut(self.read_validation(rows, &mut loaded, watch)?),
            _ => {
                return Err(DataError::Settings(
                    "a run is validated by rows or by a known β*: empty one of csv_validation and csv_truth".to_owned(),
                ));
            }
        };
        loaded.problem = Regression::new(loaded.problem.train, validation);
        Ok(loaded)
    }

    fn read_validation(
        &self,
        path: &str,
        loaded: &mut Loaded,
        watch: &Watch,
    ) -> Result<Rows, DataError> {
        let table = Self {
            path: self.beside(path).display().to_string(),
            holdout_fraction: 0.0,
            scaling: Wish::default(),
            validation: String::new(),
            truth: String::new(),
            ..self.clone()
        };
        let found = table.read(watch)?;
        let (d, expected) = (found.problem.d(), loaded.problem.d());
        if d != expected {
            return Err(DataError::Settings(format!(
                "{} has {d} features and {} {expected}: give both the same columns",
                name_of(path),
                name_of(&self.path)
            )));
        }
        let mut pairs = loaded.features.iter().zip(&found.features);
        if let Some((name, other)) = pairs.find(|(name, other)| name != other) {
            return Err(DataError::Settings(format!(
                "{} has a column `{}` where {} has `{}`: give both the same columns in the same order",
                name_of(path),
                excerpt(other),
                name_of(&self.path),
                excerpt(name)
            )));
        }
        let read = found.remarks.first().cloned().unwrap_or_default();
        loaded.remarks.push(format!("Validation rows: {read}"));
        Ok(found.problem.train)
    }

    /// One number per feature, in a row or a column, with or without a name.
    fn read_truth(
        &self,
        path: &str,
        loaded: &Loaded,
        watch: &Watch,
    ) -> Result<Vec<f64>, DataError> {
        let place = self.beside(path);
        let refused = |reason| unreadable(path, reason);
        let first = text::first_bytes(&place).map_err(refused)?;
        let numbers = if first.starts_with(b"\x93NUMPY") {
            arrays::read_numbers(&place).map_err(refused)?
        } else {
            numbers_of_text(&place, watch).map_err(refused)?
        };
        let d = loaded.problem.d();
        if numbers.len() == d {
            return Ok(numbers);
        }
        Err(refused(format!(
            "it holds {} numbers, but there are {d} features: write one per feature, in a row or a column",
            numbers.len()
        )))
    }
}

fn unreadable(path: &str, reason: String) -> DataError {
    DataError::Unreadable {
        path: name_of(path),
        reason,
    }
}

/// The numbers of a text, without the words of its first line and before its lines.
fn numbers_of_text(path: &Path, watch: &Watch) -> Result<Vec<f64>, String> {
    /// More than any run has features.
    const MOST: usize = 2_000_000;
    let at = |(line, reason)| format!("line {line}: {reason}");
    let mut lines = Lines::open(path, watch)?;
    let mut texts = Vec::new();
    while let Some((line, text)) = lines.next().map_err(at)? {
        if !text.trim().is_empty() && !text.trim_start().starts_with(['#', '%']) {
            texts.push((line, text));
        }
        if texts.len() > MOST {
            return Err(format!("it has more than {MOST} lines"));
        }
    }
    let sample: Vec<&str> = texts
        .iter()
        .take(200)
        .map(|(_, text)| text.as_str())
        .collect();
    let dialect = Dialect::of(&sample, None);
    let mut numbers = Vec::new();
    for (row, (line, text)) in texts.iter().enumerate() {
        for (column, cell) in dialect.split(text).iter().enumerate() {
            match dialect.read(cell) {
                Cell::Number(number) => numbers.push(number),
                Cell::Missing | Cell::Text if row == 0 || column == 0 => {}
                _ => {
                    let reason = format!("`{}` is not a finite number", excerpt(cell));
                    return Err(at((*line, reason)));
                }
            }
        }
    }
    Ok(numbers)
}
