//! Parts of a sweep, for as many machines.

use std::fmt;
use std::str::FromStr;

use super::Sweep;

/// One of several parts of a sweep, for as many machines, that take equally long.
///
/// Cells are dealt in rounds: of so many cells that follow each other as there are shards, which are seeds of one place
/// or places beside each other, every shard gets one. Which of a round it gets changes from round to round so that no
/// shard always has the cheap end, nor the same column of a map. Who gets what depends on the numbers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    number: u64,
    /// Of how many.
    of: u64,
}

/// 2⁶⁴ over the golden ratio: the multiples of the latter's inverse are spread most evenly between whole numbers.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Who begins a round.
fn first(round: u64, of: u64) -> u64 {
    let part = u128::from(round.wrapping_mul(GOLDEN));
    ((part * u128::from(of)) >> 64) as u64
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// The one of so many that a cell belongs to.
    pub fn of_cell(cell: u64, of: u64) -> Self {
        let of = of.max(1);
        let (round, place) = (cell / of, cell % of);
        Self {
            // Not their sum modulo `of`, which might overflow.
            number: 1
                + ((u128::from(place) + u128::from(first(round, of))) % u128::from(of)) as u64,
            of,
        }
    }

    /// Its cells, in their order.
    pub fn cells(self, sweep: &Sweep) -> impl Iterator<Item = u64> + use<> {
        let Self { number, of } = self;
        let cells = sweep.cells();
        let all = (0..cells.div_ceil(of)).map(move |round| {
            let first = first(round, of);
            let place = if number > first {
                number - 1 - first
            } else {
                of - first + number - 1
            };
            round.saturating_mul(of).saturating_add(place)
        });
        all.filter(move |cell| *cell < cells)
    }

    /// Whether a cell is one of its.
    pub fn holds(self, cell: u64) -> bool {
        Self::of_cell(cell, self.of) == self
    }

    /// Which it is, from 1.
    pub fn number(self) -> u64 {
        self.number
    }

    /// Of how many.
    pub fn of(self) -> u64 {
        self.of
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts
            .and_then(|(number, of)| Some((number.trim().parse().ok()?, of.trim().parse().ok()?)));
        match parts {
            Some((number, of)) if 1 <= number && number <= of => Ok(Self { number, of }),
            Some((number, of)) if of > 0 => Err(format!(
                "of {of} shards there is no number {number}: write 1/{of} to {of}/{of}"
            )),
            _ => Err("it takes a number and a count, such as 2/8".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}
