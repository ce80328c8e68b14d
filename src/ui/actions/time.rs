//! Keys of the clock, of what is shown of time, and of runs that have been.

use eframe::egui::{Key, Modifiers};

use super::{Action, Binding, binding};

/// Something about what is shown of time, and of runs that have been.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) enum TimeAction {
    /// The clock, or the recording while the user looks back.
    PlayOrReplay,
    /// Play the recording from the cursor on, or stop it.
    Replay,
    /// Look so many recorded rows back.
    Back(isize),
    /// Look so many recorded rows further on.
    On(isize),
    /// Look so many recorded rows further on while the user looks back, else take so many steps.
    Forward(isize, u64),
    /// Follow the run again.
    FollowRun,
    /// Set a bookmark, or take it away.
    ToggleBookmark,
    /// To the next bookmark, or to the one before.
    Jump(bool),
    /// Play a range over and over, or no longer.
    ToggleLoop,
    /// Play the recording faster, or slower.
    Rate(bool),
    /// Remove the vertex of the schedule that was touched last.
    DeleteVertex,
    /// Keep the run as a ghost.
    Pin,
    /// Show the newest pin and pin what was shown.
    SwapPin,
    /// Take every pin away.
    ClearPins,
}

/// Space first: it is what a new user looks for.
pub(super) static BINDINGS: [Binding; 19] = [
    binding(
        Modifiers::NONE,
        Key::Space,
        Action::Time(TimeAction::PlayOrReplay),
        "Space",
        "play or pause; while looking back, the recording",
    ),
    binding(
        Modifiers::SHIFT,
        Key::ArrowRight,
        Action::Time(TimeAction::Forward(10, 100)),
        "Shift+→",
        "100 steps; while looking back, ten rows on",
    ),
    binding(
        Modifiers::SHIFT,
        Key::ArrowLeft,
        Action::Time(TimeAction::Back(10)),
        "Shift+←",
        "look ten rows back",
    ),
    binding(
        Modifiers::NONE,
        Key::ArrowRight,
        Action::Time(TimeAction::Forward(1, 1)),
        "→",
        "one step; while looking back, one row on",
    ),
    binding(
        Modifiers::NONE,
        Key::ArrowLeft,
        Action::Time(TimeAction::Back(1)),
        "←",
        "look one row back",
    ),
    binding(
        Modifiers::SHIFT,
        Key::Space,
        Action::Time(TimeAction::Replay),
        "Shift+Space",
        "play the recording, or stop it",
    ),
    binding(
        Modifiers::NONE,
        Key::Minus,
        Action::Time(TimeAction::Rate(false)),
        "−",
        "play the recording slower",
    ),
    binding(
        Modifiers::NONE,
        Key::Plus,
        Action::Time(TimeAction::Rate(true)),
        "+",
        "play the recording faster",
    ),
    binding(
        Modifiers::NONE,
        Key::B,
        Action::Time(TimeAction::ToggleBookmark),
        "B",
        "bookmark this step, or no longer",
    ),
    binding(
        Modifiers::SHIFT,
        Key::B,
        Action::Time(TimeAction::ToggleLoop),
        "Shift+B",
        "play over and over between two bookmarks, or no longer",
    ),
    binding(
        Modifiers::NONE,
        Key::Comma,
        Action::Time(TimeAction::Jump(false)),
        ",",
        "to the bookmark before",
    ),
    binding(
        Modifiers::NONE,
        Key::Period,
        Action::Time(TimeAction::Jump(true)),
        ".",
        "to the next bookmark",
    ),
    binding(
        Modifiers::NONE,
        Key::P,
        Action::Time(TimeAction::Pin),
        "P",
        "pin the run: keep it as a ghost in every plot over time",
    ),
    binding(
        Modifiers::SHIFT,
        Key::P,
        Action::Time(TimeAction::SwapPin),
        "Shift+P",
        "swap the run and the newest pin",
    ),
    binding(
        Modifiers::COMMAND,
        Key::P,
        Action::Time(TimeAction::ClearPins),
        "Ctrl+P",
        "take all pins away",
    ),
    binding(
        Modifiers::NONE,
        Key::Delete,
        Action::Time(TimeAction::DeleteVertex),
        "Delete",
        "remove the vertex of the schedule that was touched last",
    ),
    binding(
        Modifiers::COMMAND,
        Key::Z,
        Action::Undo,
        "Ctrl+Z",
        "undo the last change; the run before it is shown at once",
    ),
    binding(
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::Z,
        Action::Redo,
        "Ctrl+Shift+Z",
        "make it again",
    ),
    binding(
        Modifiers::COMMAND,
        Key::Y,
        Action::Redo,
        "Ctrl+Y",
        "make it again",
    ),
];
