//! Parts of a sweep, for as many machines.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::Sweep;

/// One of several equal parts of a sweep, for as many machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    number: u64,
    /// Of how many.
    of: u64,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Its cells: a block, so that the tables of all shards in order are the table of the whole.
    pub fn cells(self, sweep: &Sweep) -> Range<u64> {
        let cells = u128::from(sweep.cells());
        let bound = |number: u64| (cells * u128::from(number) / u128::from(self.of)) as u64;
        bound(self.number - 1)..bound(self.number)
    }

    /// Whether it is the one whose table has the header.
    pub fn is_first(self) -> bool {
        self.number == 1
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
