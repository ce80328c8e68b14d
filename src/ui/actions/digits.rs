//! The keys of the presets.

use eframe::egui::{Event, InputState, Key, Modifiers};

use super::Action;
use crate::labs::Lab;

const DIGITS: [Key; 9] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

/// The presets whose digits were pressed. Keys are known by their places: some keyboards have digits only with Shift.
pub(super) fn presets(input: &mut InputState, lab: &dyn Lab) -> Vec<Action> {
    let mut actions = Vec::new();
    input.events.retain(|event| {
        let Event::Key {
            key,
            physical_key,
            pressed: true,
            modifiers: Modifiers::NONE,
            ..
        } = event
        else {
            return true;
        };
        let place = physical_key.unwrap_or(*key);
        let at = DIGITS.iter().position(|digit| *digit == place);
        let preset = at.and_then(|at| lab.presets().get(at));
        actions.extend(preset.map(Action::Open));
        preset.is_none()
    });
    actions
}
