//! Where regression problems come from: one file per source.

pub mod csv;
pub mod fourier;
pub mod sparse;
pub mod toy;

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
