//! What is on the screen when something is said about it.

use crate::knobs::Knobs;
use crate::sim::census::Medians;
use crate::sim::history::History;

/// A row of a history, with the settings of the run and the families that a viewer does not see.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The settings.
    pub knobs: &'a Knobs,
    /// What was recorded.
    pub history: &'a History,
    /// The row that is looked at.
    pub row: usize,
    /// The families that are switched off in the legend, by id.
    pub hidden: &'a [&'static str],
}

impl<'a> Shown<'a> {
    /// The medians of the families that are seen.
    pub fn medians(&self) -> Medians<'a> {
        Medians {
            history: self.history,
            row: self.row,
            hidden: self.hidden,
        }
    }
}
