//! Where regression problems come from: one file per source.

pub mod csv;
pub mod fourier;
pub mod observation;
pub mod scaling;
pub mod sparse;
pub mod toy;

pub(crate) use crate::format::excerpt;

use super::regression::Regression;
use super::watch::GivenUp;
use scaling::Scaling;

/// The largest feature matrix accepted, in numbers (160 MB): beyond it a step takes tens of
/// milliseconds, too long for a live picture.
pub const MAX_ENTRIES: usize = 20_000_000;

/// Why a data set could not be made. Every message tells the user what to change.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// n·d is above [`MAX_ENTRIES`].
    #[error(
        "{n} × {d} features are {entries} numbers, more than the {MAX_ENTRIES} that fit a live run: lower n or d"
    )]
    TooLarge {
        /// Rows.
        n: usize,
        /// Columns.
        d: usize,
        /// n·d.
        entries: usize,
    },
    /// Settings that contradict each other.
    #[error("{0}")]
    Settings(String),
    /// The file could not be opened or read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Nobody waits for the data any more.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
    /// The file's content is not a table of numbers.
    #[error("{path}, line {line}: {reason}")]
    Malformed {
        /// The file.
        path: String,
        /// 1-based line.
        line: u64,
        /// What is wrong there.
        reason: String,
    },
}

/// A problem with what is to be said of where it comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The problem.
    pub problem: Regression,
    /// What was read and how, and what is odd about it, in sentences.
    pub remarks: Vec<String>,
    /// Names of the features, if they have names.
    pub features: Vec<String>,
    /// What was done to the columns, to be undone.
    pub scaling: Option<Scaling>,
    /// CRC-32 of the file, if it is one.
    pub checksum: Option<u32>,
}

impl From<Regression> for Loaded {
    fn from(problem: Regression) -> Self {
        Self {
            problem,
            remarks: Vec::new(),
            features: Vec::new(),
            scaling: None,
            checksum: None,
        }
    }
}

pub(crate) fn check_size(n: usize, d: usize) -> Result<(), DataError> {
    match n.checked_mul(d) {
        Some(entries) if entries <= MAX_ENTRIES => Ok(()),
        entries => Err(DataError::TooLarge {
            n,
            d,
            entries: entries.unwrap_or(usize::MAX),
        }),
    }
}
