//! A regression problem from the user's own CSV file.

use std::path::Path;

use ndarray::Array2;
use rand::seq::SliceRandom as _;

use super::{DataError, check_size};
use crate::knobs::nearest;
use crate::model::random::{Stream, generator};
use crate::model::regression::{Regression, Rows, Validation};

/// What to read.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvTable {
    /// The file: one row per line, comma-separated, header optional.
    pub path: String,
    /// Name of the label column; empty for the last one.
    pub target: String,
    /// Fraction of the rows kept for validation, 0 for none.
    pub holdout_fraction: f64,
    /// Seed of the hold-out draw.
    pub seed: u64,
}

impl CsvTable {
    /// Reads, checks and splits the file.
    pub fn load(&self) -> Result<Regression, DataError> {
        if self.path.is_empty() {
            return Err(DataError::Settings(
                "choose a CSV file: set `csv_path` to its path".to_owned(),
            ));
        }
        let unreadable = |reason: String| DataError::Unreadable {
            path: self.path.clone(),
            reason,
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_path(Path::new(&self.path))
            .map_err(|error| unreadable(error.to_string()))?;
        let mut header = None;
        let mut cells = Vec::new();
        let mut width = 0;
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|error| unreadable(error.to_string()))?;
            let line = record
                .position()
                .map_or(index as u64 + 1, csv::Position::line);
            // Numbers are not names, and neither is a gap: a first line with one bad cell among
            // numbers is data with a mistake in it, not a header.
            if index == 0
                && record
                    .iter()
                    .all(|cell| !cell.is_empty() && cell.parse::<f64>().is_err())
            {
                width = record.len();
                header = Some(record);
                continue;
            }
            if width == 0 {
                width = record.len();
            }
            if record.len() != width {
                return Err(
                    self.malformed(line, format!("{} columns, but {width} above", record.len()))
                );
            }
            for (column, cell) in record.iter().enumerate() {
                match cell.parse::<f64>() {
                    Ok(number) if number.is_finite() => cells.push(number),
                    _ => {
                        let reason =
                            format!("`{cell}` in column {} is not a finite number", column + 1);
                        return Err(self.malformed(line, reason));
                    }
                }
            }
        }
        let target = self.target_column(header.as_ref(), width)?;
        self.split(&cells, width, target)
    }

    fn malformed(&self, line: u64, reason: String) -> DataError {
        DataError::Malformed {
            path: self.path.clone(),
            line,
            reason,
        }
    }

    fn target_column(
        &self,
        header: Option<&csv::StringRecord>,
        width: usize,
    ) -> Result<usize, DataError> {
        if width < 2 {
            return Err(DataError::Settings(format!(
                "{} needs at least two columns: one feature and the label y",
                self.path
            )));
        }
        if self.target.is_empty() {
            return Ok(width - 1);
        }
        let Some(header) = header else {
            return Err(DataError::Settings(format!(
                "{} has no header line, so there is no column `{}`: leave `csv_target` empty for the last column",
                self.path, self.target
            )));
        };
        header
            .iter()
            .position(|name| name == self.target)
            .ok_or_else(|| {
                let near = nearest(&self.target, header.iter());
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                DataError::Settings(format!(
                    "{} has no column `{}`{hint}",
                    self.path, self.target
                ))
            })
    }

    fn split(&self, cells: &[f64], width: usize, target: usize) -> Result<Regression, DataError> {
        let total = cells.len() / width;
        check_size(total, width - 1)?;
        let held_out = (total as f64 * self.holdout_fraction).round() as usize;
        if total == 0 || held_out >= total {
            return Err(DataError::Settings(format!(
                "{} has {total} rows, {held_out} of them held out: none is left to train on",
                self.path
            )));
        }
        let mut order: Vec<usize> = (0..total).collect();
        if held_out > 0 {
            order.shuffle(&mut generator(self.seed, Stream::HoldOut, 0));
        }
        let (validation, train) = order.split_at_mut(held_out);
        train.sort_unstable();
        let rows = |chosen: &[usize]| {
            let x = Array2::from_shape_fn((chosen.len(), width - 1), |(i, j)| {
                cells[chosen[i] * width + j + usize::from(j >= target)]
            });
            Rows {
                x,
                y: chosen
                    .iter()
                    .map(|row| cells[row * width + target])
                    .collect(),
            }
        };
        let validation = if held_out == 0 {
            Validation::Unavailable
        } else {
            Validation::HoldOut(rows(validation))
        };
        Ok(Regression::new(rows(train), validation))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn load(content: &str, target: &str, holdout_fraction: f64) -> Result<Regression, DataError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        CsvTable {
            path,
            target: target.to_owned(),
            holdout_fraction,
            seed: 0,
        }
        .load()
    }

    #[test]
    fn header_and_target_are_optional() {
        let plain = load("1,2,3\n4,5,6\n", "", 0.0).unwrap();
        assert_eq!(plain.train.y, [3.0, 6.0]);
        let named = load("a, y, b\n1,3,2\n4,6,5\n", "y", 0.0).unwrap();
        assert_eq!(named.train.y, plain.train.y);
        assert_eq!(named.train.x, plain.train.x);
        assert!(named.validation_loss(&[0.0, 0.0]).is_nan());
    }

    #[test]
    fn held_out_rows_leave_training() {
        let rows: Vec<_> = (0..10).map(|i| format!("{i},{}", 2 * i)).collect();
        let content = rows.join("\n");
        let problem = load(&content, "", 0.3).unwrap();
        assert_eq!(problem.n(), 7);
        assert_eq!(problem.validation_loss(&[2.0]), 0.0);
        assert!(problem.validation_loss(&[1.0]) > 0.0);
    }

    #[test]
    fn bad_files_are_refused_with_the_place_and_the_reason() {
        for (content, target, expected) in [
            ("1,2\n3\n", "", "line 2: 1 columns, but 2 above"),
            (
                "1,2\n3,NaN\n",
                "",
                "line 2: `NaN` in column 2 is not a finite number",
            ),
            ("1,2\n3,abc\n", "", "line 2: `abc` in column 2"),
            ("1,oops\n3,4\n", "", "line 1: `oops` in column 2"),
            ("1\n2\n", "", "at least two columns"),
            ("", "", "at least two columns"),
            ("a,b\n", "", "0 rows"),
            ("a,label\n1,2\n", "lable", "did you mean `label`?"),
            ("1,2\n", "y", "no header line"),
        ] {
            let message = load(content, target, 0.0).unwrap_err().to_string();
            assert!(message.contains(expected), "{content:?} gave {message}");
        }
        let missing = CsvTable {
            path: "no/such.csv".into(),
            target: String::new(),
            holdout_fraction: 0.0,
            seed: 0,
        };
        assert!(
            missing
                .load()
                .unwrap_err()
                .to_string()
                .contains("no/such.csv")
        );
    }
}
