//! What was typed or moved in the rows of the controls, and what became of it.

use crate::knobs::{Knob, Knobs, Value};

/// What became of what was entered in some rows.
#[derive(Debug, Default)]
pub(in crate::ui) struct Entered {
    /// Why an entry was refused.
    pub(in crate::ui) refused: Option<String>,
    /// Whether a number was typed that could be taken, be it the one that was there.
    pub(super) accepted: bool,
}

impl Entered {
    /// Says what was refused; an accepted entry, or a setting that was changed, ends the complaint before it.
    pub(in crate::ui) fn note_in(self, refused: &mut Option<String>, changed: bool) {
        if self.refused.is_some() || self.accepted || changed {
            *refused = self.refused;
        }
    }

    pub(super) fn add(&mut self, row: Result<bool, String>) {
        match row {
            Ok(accepted) => self.accepted |= accepted,
            Err(reason) => self.refused = Some(reason),
        }
    }
}

/// Takes over what was entered in a row; whether anything was.
pub(super) fn set(
    knobs: &mut Knobs,
    knob: &Knob,
    typed: Typed,
    entry: Option<Entry>,
) -> Result<bool, String> {
    if let Some(reason) = typed.refused {
        return Err(reason);
    }
    let set = match entry {
        Some(Entry::Value(value)) => knobs.set(knob.key, value),
        Some(Entry::Text(text)) => knobs.set_text(knob.key, &text),
        None => return Ok(typed.accepted),
    };
    set.map(|()| true).map_err(|error| error.to_string())
}

/// What was typed into the field of a number.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Why it was not taken.
    pub(super) refused: Option<String>,
    /// Whether it was.
    pub(super) accepted: bool,
}

/// What the user has entered in a row.
pub(super) enum Entry {
    Value(Value),
    /// As typed, still to be read.
    Text(String),
}
