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
    /// An empty one for rows of `width` indices.
    pub fn integers(name: &'static str, width: usize) -> Self {
        Self::new(name, width, TapeData::Integers(Vec::new()))
    }

    /// An empty one for rows of `width` real numbers.
    pub fn reals(name: &'static str, width: usize) -> Self {
        Self::new(name, width, TapeData::Reals(Vec::new()))
    }

    fn new(name: &'static str, width: usize, data: TapeData) -> Self {
        Self {
            name,
            width,
            flat: false,
            data,
        }
    }

    /// The same with rows of one number as a plain list in exports.
    #[must_use]
    pub fn flat(self) -> Self {
        Self { flat: true, ..self }
    }

    /// Adds indices; a tape of real numbers takes none.
    pub fn push_indices(&mut self, indices: &[usize]) {
        if let TapeData::Integers(integers) = &mut self.data {
            integers.extend(indices.iter().map(|index| *index as i64));
        }
    }

    /// Adds real numbers; a tape of indices takes none.
    pub fn push_reals(&mut self, numbers: &[f64]) {
        if let TapeData::Reals(reals) = &mut self.data {
            reals.extend_from_slice(numbers);
        }
    }

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
