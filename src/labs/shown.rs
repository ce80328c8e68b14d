//! What is on the screen when something is said about it.

use crate::knobs::Knobs;
use crate::sim::census::{Medians, failed_at};
use crate::sim::families::shown_runs;
use crate::sim::history::History;

/// Characters that a line of a caption has room for in a window of 1440 × 900.
const ROOM: usize = 165;

/// The parts that a line of a caption has room for, the first one at least.
pub(crate) fn fitted(parts: impl IntoIterator<Item = String>, separator: &str) -> String {
    let mut line = String::new();
    let len = |text: &str| text.chars().count();
    for part in parts {
        if line.is_empty() {
            line = part;
        } else if len(&line) + len(separator) + len(&part) <= ROOM {
            line.push_str(separator);
            line.push_str(&part);
        }
    }
    line
}

/// Whether a line of a caption has room for this.
pub(crate) fn fits(line: &str) -> bool {
    line.chars().count() <= ROOM
}

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
    /// The runs that are seen and that count at the row.
    pub fn runs(&self) -> impl Iterator<Item = usize> + use<'a> {
        let Self {
            history,
            row,
            hidden,
            ..
        } = *self;
        let counts = move |run: &usize| failed_at(history, *run, row).is_none();
        shown_runs(history, hidden).filter(counts)
    }

    /// The medians of the families that are seen.
    pub fn medians(&self) -> Medians<'a> {
        Medians {
            history: self.history,
            row: self.row,
            hidden: self.hidden,
        }
    }
}
