//! A table of numbers with a verdict each.

use super::Picture;
use crate::knobs::Knobs;
use crate::scene::Content;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::sim::history::History;

/// See the module.
#[derive(Debug)]
pub struct Card {
    /// The rows at a row of the history.
    pub rows: fn(&Knobs, &History, usize) -> Vec<CardRow>,
}

impl Picture for Card {
    fn content(&self, _ordinate: &str, view: &View<'_>, _memory: &mut Memory) -> Content {
        Content::Table((self.rows)(view.knobs, view.history, view.leading_row()))
    }
}

/// A line of a [`Card`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// What it is about.
    pub label: String,
    /// Its number, for people.
    pub value: String,
    /// What follows.
    pub verdict: Verdict,
    /// What it means, with its equation.
    pub hint: &'static str,
}

/// What a number means for a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A heading.
    Heading,
    /// Only a number.
    Plain,
    /// The claim's condition holds.
    Holds,
    /// It does not hold.
    Fails,
    /// It does not hold, and what the claim says happens all the same.
    WorksAnyway,
    /// Still being computed, or too early to say.
    Open,
}

impl Verdict {
    /// The verdict in words, to follow a number.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Holds => " (holds)",
            Self::Fails => " (does not hold)",
            Self::WorksAnyway => " (outside the theorem, still works)",
            Self::Open => " (open)",
            Self::Plain | Self::Heading => "",
        }
    }
}
