//! What the key K does: a kick at the cursor.

use crate::knobs::{Knobs, Value};
use crate::labs::{LabAction, Shortcut};
use crate::sim::history::History;

/// By how much a kick multiplies η (Mulayoff et al., Fig 1).
const FACTOR: f64 = 3.0;

pub(super) static ACTIONS: [LabAction; 1] = [LabAction {
    id: "kick",
    help: "kick: three times η at the cursor, past the slew limit",
    shortcut: Shortcut {
        letter: 'K',
        shift: false,
        command: false,
    },
    act: kicked,
}];

/// The settings with one more kick.
fn kicked(knobs: &Knobs, history: &History, row: usize) -> Result<Knobs, String> {
    if history.marks.iter().any(|mark| !mark.settings.is_empty()) {
        return Err(
            "a setting was changed on the way, which a new start would not repeat: reset (R), then kick".to_owned(),
        );
    }
    let step = history.step.get(row).copied().unwrap_or(0) as f64;
    let mut kicks = knobs.points("kicks").to_vec();
    match kicks.iter_mut().find(|[at, _]| *at == step) {
        Some([_, factor]) => *factor *= FACTOR,
        None => kicks.push([step, FACTOR]),
    }
    kicks.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut changed = knobs.clone();
    let set = changed.set("kicks", Value::Points(kicks));
    set.map(|()| changed).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::LAB;
    use super::*;
    use crate::labs::Lab as _;

    #[test]
    fn a_kick_is_added_at_the_row_and_twice_is_nine_times() {
        let knobs = Knobs::new(LAB.knobs());
        let mut experiment = LAB.experiment(&knobs, false).unwrap();
        let mut history = History::new(experiment.setup().clone());
        history.push(&experiment.sample());
        experiment.advance(20);
        history.push(&experiment.sample());
        let once = kicked(&knobs, &history, 1).unwrap();
        assert_eq!(once.points("kicks"), [[20.0, 3.0]]);
        let twice = kicked(&once, &history, 1).unwrap();
        assert_eq!(twice.points("kicks"), [[20.0, 9.0]]);
        let earlier = kicked(&twice, &history, 0).unwrap();
        assert_eq!(earlier.points("kicks"), [[0.0, 3.0], [20.0, 9.0]]);
    }
}
