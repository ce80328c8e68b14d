//! Records of what was random in a run, for exports.

/// A record of randomness: rows of `width` numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    /// What is recorded; the array's name in exports.
    pub name: &'static str,
    /// Numbers per row.
    pub width: usize,
    /// Whether rows of one number are a plain list in exports, and not a table with one column.
    pub flat: bool,
    /// The rows, one after the other.
    pub data: TapeData,
}

impl Tape {
    /// Moves out what it holds.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let empty = match self.data {
            TapeData::Integers(_) => TapeData::Integers(Vec::new()),
            TapeData::Reals(_) => TapeData::Reals(Vec::new()),
        };
        Self {
            data: std::mem::replace(&mut self.data, empty),
            ..*self
        }
    }
}

/// The numbers of a [`Tape`].
#[derive(Clone, Debug, PartialEq)]
pub enum TapeData {
    /// Indices.
    Integers(Vec<i64>),
    /// Real numbers.
    Reals(Vec<f64>),
}

impl TapeData {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Integers(integers) => integers.is_empty(),
            Self::Reals(reals) => reals.is_empty(),
        }
    }
}
