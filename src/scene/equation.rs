//! An equation of the theory with the live number under each of its symbols.

use super::Ink;
use crate::format::number;

/// Significant digits under a symbol.
const DIGITS: usize = 3;

/// See the module.
#[derive(Clone, Debug)]
pub struct Equation {
    /// Whose numbers they are, such as a run's name; may be empty.
    pub of: String,
    /// Its colour.
    pub ink: Ink,
    /// What the equation says, and where it comes from.
    pub about: &'static str,
    /// Symbols and signs, from left to right.
    pub terms: Vec<Term>,
}

/// A symbol, or a sign between two.
#[derive(Clone, Debug, Default)]
pub struct Term {
    /// As the paper writes it.
    pub symbol: &'static str,
    /// Its number; empty for a sign.
    pub value: String,
    /// What it is.
    pub about: &'static str,
    /// The setting that it is, by [`Knob::key`](crate::knobs::Knob::key).
    pub knob: Option<&'static str>,
    /// The pictures that show it, by [`Panel::id`](super::Panel::id).
    pub pictures: &'static [&'static str],
}

impl Term {
    /// A sign: an equality, a bracket, an operator.
    pub fn sign(symbol: &'static str) -> Self {
        Self {
            symbol,
            ..Self::default()
        }
    }

    /// A symbol with its number.
    pub fn quantity(symbol: &'static str, value: f64, about: &'static str) -> Self {
        Self {
            symbol,
            value: number(value, DIGITS),
            about,
            ..Self::default()
        }
    }

    /// The same, for a number that is set.
    pub fn of_knob(self, key: &'static str) -> Self {
        Self {
            knob: Some(key),
            ..self
        }
    }

    /// The same, with the pictures that show it.
    pub fn shown_in(self, pictures: &'static [&'static str]) -> Self {
        Self { pictures, ..self }
    }
}
