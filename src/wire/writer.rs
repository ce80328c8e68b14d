//! What the page says to a worker that writes a run, and what it hears.

use super::{fields, variants};

/// What to write.
#[derive(Debug, PartialEq, Eq)]
pub struct ToWriter {
    /// The recipe, as TOML.
    pub recipe: String,
    /// The name of the folder to make.
    pub out: String,
    /// Whether to write the randomness as well.
    pub record_noise: bool,
}

/// What comes of it.
#[derive(Debug, PartialEq)]
pub enum FromWriter {
    /// This part is done, from 0 to 1.
    Reached(f64),
    /// A whole file, by its name.
    File(String, Vec<u8>),
    /// All is written.
    Written,
    /// It could not be.
    Failed(String),
}

fields! {
    ToWriter { recipe, out, record_noise }
}

variants! {
    FromWriter { 0 Reached(part), 1 File(name, bytes), 2 Written, 3 Failed(reason) }
}
