//! Tables that NumPy has saved: `.npy` with the label in the last column, `.npz` with `x` and `y`.
//!
//! The `dataset.npz` of a run's folder is one of the latter. Its validation rows, its β* and the scaling of its columns
//! are taken as they are, so that the run can be made again without the file that it was read from.

use std::path::Path;

use ndarray::Array2;

use super::table::Table;
use super::{CsvTable, Reading, text};
use crate::files::input;
use crate::files::npz::{self, Npz};
use crate::model::data::scaling::Scaling;
use crate::model::data::{DataError, Loaded, MAX_ENTRIES, check_size, excerpt};
use crate::model::regression::{Regression, Rows, Validation};

/// Bytes of a matrix: the most features that are taken, a label beside each of them, and what is said of them.
const LARGEST_MATRIX: u64 = 2 * 8 * MAX_ENTRIES as u64 + (1 << 20);

/// What an `.npz` file holds.
pub(super) struct Arrays {
    train: Rows,
    validation: Validation,
    scaling: Option<Scaling>,
}

/// Reads a matrix whose last column, or the one that is asked for, holds the labels.
pub(super) fn read_npy(path: &Path, reading: &Reading<'_>) -> Result<Table, DataError> {
    let unreadable = |reason: String| DataError::Unreadable {
        path: reading.name.clone(),
        reason,
    };
    let bytes = input::read(path, LARGEST_MATRIX).map_err(unreadable)?;
    let (cells, shape) = npz::reals(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let &[rows, width] = &shape[..] else {
        return Err(unreadable(format!(
            "its shape is {shape:?}: save a matrix with a column per feature and the label in the last"
        )));
    };
    let (rows, width) = (rows as usize, width as usize);
    if width < 2 {
        return Err(DataError::Settings(format!(
            "{} needs at least two columns, one feature and the label y",
            reading.name
        )));
    }
    check_size(rows, width - 1)?;
    finite(&cells, "the matrix").map_err(unreadable)?;
    let target = match reading.target {
        "" => width - 1,
        asked => {
            let number = asked
                .strip_prefix('#')
                .and_then(|number| number.parse().ok());
            let column = number.and_then(|number: usize| number.checked_sub(1));
            column.filter(|column| *column < width).ok_or_else(|| {
                DataError::Settings(format!(
                    "{} has {width} columns without names, so there is no column `{}`: write a number, as in \
                     `csv_target=#1`",
                    reading.name,
                    excerpt(asked)
                ))
            })?
        }
    };
    Ok(Table {
        cells,
        width,
        target,
        names: Vec::new(),
        notes: vec!["NumPy array".to_owned()],
        remarks: Vec::new(),
    })
}

/// The numbers of an array, whatever its shape.
pub(super) fn read_numbers(path: &Path) -> Result<Vec<f64>, String> {
    let bytes = input::read(path, LARGEST_MATRIX)?;
    let (numbers, _) = npz::reals(&bytes).map_err(|error| error.to_string())?;
    finite(&numbers, "the array")?;
    Ok(numbers)
}

/// Reads `x` and `y`, and what else a `dataset.npz` holds.
pub(super) fn read_npz(path: &Path) -> Result<Arrays, String> {
    text::open(path)?;
    let mut file = Npz::open(path)?;
    let names = file.names();
    let known = |wanted: &str| names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    let (Some(x), Some(y)) = (known("x"), known("y")) else {
        let found: Vec<String> = names
            .iter()
            .take(5)
            .map(|name| format!("`{}`", excerpt(name)))
            .collect();
        return Err(if found.is_empty() {
            "it is an archive, but not NumPy's: save the table as CSV, or with numpy.savez(file, x=…, y=…)".to_owned()
        } else {
            format!(
                "it holds {}, but no `x` and `y`: save them with numpy.savez(file, x=…, y=…)",
                found.join(", ")
            )
        });
    };
    let train = rows(&mut file, x, y)?;
    let d = train.x.ncols();
    let mut vector = |name: &str, length: usize| -> Result<Option<Vec<f64>>, String> {
        if !file.has(name) {
            return Ok(None);
        }
        let (numbers, _) = file.reals(name)?;
        finite(&numbers, name)?;
        if numbers.len() == length {
            return Ok(Some(numbers));
        }
        Err(format!(
            "its array `{name}` has {} entries, not {length}",
            numbers.len()
        ))
    };
    let truth = vector("beta_star", d)?;
    let scaling = match (
        vector("x_mean", d)?,
        vector("x_scale", d)?,
        vector("y_mean", 1)?,
    ) {
        (Some(x_mean), Some(x_scale), Some(y_mean)) => Some(Scaling {
            x_mean,
            x_scale,
            y_mean: y_mean[0],
        }),
        _ => None,
    };
    let validation = if let Some(truth) = truth {
        Validation::Truth((&truth[..]).into())
    } else if file.has("x_validation") && file.has("y_validation") {
        let held_out = rows(&mut file, "x_validation", "y_validation")?;
        if held_out.x.ncols() != d {
            return Err("`x_validation` has not as many columns as `x`".to_owned());
        }
        Validation::HoldOut(held_out)
    } else {
        Validation::Unavailable
    };
    Ok(Arrays {
        train,
        validation,
        scaling,
    })
}

fn rows(file: &mut Npz, x: &str, y: &str) -> Result<Rows, String> {
    let (features, shape) = file.reals(x)?;
    let (labels, lengths) = file.reals(y)?;
    let (&[n, d], [m] | [m, 1]) = (&shape[..], &lengths[..]) else {
        return Err(format!(
            "`{x}` has shape {shape:?} and `{y}` {lengths:?}: they should be [n, d] and [n]"
        ));
    };
    if n != *m || n == 0 || d == 0 {
        return Err(format!(
            "`{x}` has {n} rows of {d} columns and `{y}` {m}: they should be as many, and not none"
        ));
    }
    check_size(n as usize, d as usize).map_err(|error| error.to_string())?;
    finite(&features, x)?;
    finite(&labels, y)?;
    let x = Array2::from_shape_vec((n as usize, d as usize), features);
    Ok(Rows {
        x: x.map_err(|error| error.to_string())?,
        y: labels,
    })
}

fn finite(numbers: &[f64], name: &str) -> Result<(), String> {
    match numbers.iter().position(|number| !number.is_finite()) {
        None => Ok(()),
        Some(at) => Err(format!(
            "entry {} of {name} is {}: write a finite number, or leave out its row",
            at + 1,
            numbers[at]
        )),
    }
}

impl Arrays {
    /// The problem, with rows held out as asked unless the file has validation of its own.
    pub(super) fn into_loaded(self, asked: &CsvTable) -> Result<Loaded, DataError> {
        let d = self.train.x.ncols();
        let mut notes = vec!["NumPy arrays x and y".to_owned()];
        let problem = match self.validation {
            Validation::Unavailable if self.scaling.is_none() => {
                let (train, held_out) = asked.hold_out(self.train.y.len())?;
                let chosen = |chosen: &[usize]| Rows {
                    x: self.train.x.select(ndarray::Axis(0), chosen),
                    y: chosen.iter().map(|row| self.train.y[*row]).collect(),
                };
                let validation = if held_out.is_empty() {
                    Validation::Unavailable
                } else {
                    Validation::HoldOut(chosen(&held_out))
                };
                Regression::new(chosen(&train), validation)
            }
            validation => {
                match &validation {
                    Validation::Truth(_) => notes.push("β* as in the file".to_owned()),
                    Validation::HoldOut(rows) => {
                        notes.push(format!("{} validation rows as in the file", rows.y.len()));
                    }
                    Validation::Unavailable => {}
                }
                Regression::new(self.train, validation)
            }
        };
        if !asked.target.is_empty() || !asked.ignore.is_empty() {
            notes.push("csv_target and csv_ignore are for tables alone".to_owned());
        }
        let rows = problem.n();
        Ok(Loaded {
            remarks: vec![format!(
                "Read {rows} training rows × {d} features, {}.",
                notes.join(", ")
            )],
            problem,
            features: Vec::new(),
            scaling: self.scaling,
            checksum: None,
        })
    }
}
