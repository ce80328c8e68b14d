//! What tables of earlier versions lack.

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::knobs::{Knob, Role};
use crate::labs::Lab;

/// Whether a table without this setting's column is of a version that did not have the setting.
pub(super) fn is_later(knob: &Knob) -> bool {
    knob.role == Some(Role::Arithmetic)
}

/// Adds the columns of such settings where they are missing, with what their absence stands for.
pub(super) fn complete(
    lab: &dyn Lab,
    names: &mut Vec<String>,
    positions: &mut BTreeMap<String, usize>,
    rows: &mut [StringRecord],
) {
    for knob in lab.knobs().iter().filter(|knob| is_later(knob)) {
        if !positions.contains_key(knob.key) {
            positions.insert(knob.key.to_owned(), names.len());
            names.push(knob.key.to_owned());
            for row in &mut *rows {
                row.push_field(knob.default);
            }
        }
    }
}
