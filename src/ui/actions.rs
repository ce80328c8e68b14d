//! What one key or one button does.

mod digits;
mod time;

use eframe::egui::{
    Context, Event, Id, Key, KeyboardShortcut, Modifiers, Popup, Response, ViewportCommand,
};

use crate::labs::{Lab, LabAction, Preset, Shortcut};
pub(super) use time::TimeAction;

/// Something the user asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// Start or stop the clock.
    TogglePlay,
    /// Take so many steps, then stop.
    Step(u64),
    /// Back to step 0 with the same seeds.
    Reset,
    /// Back to step 0 with other seeds.
    NewSeeds,
    /// Go on at full speed until every run has converged or diverged, or the recipe ends.
    RunToConvergence,
    /// Open a preset.
    Open(&'static Preset),
    /// Open a lab with its defaults, by [`Lab::id`].
    OpenDefaults(&'static str),
    /// Light or dark.
    ToggleTheme,
    /// The lecture layout on or off.
    ToggleProjector,
    /// To the plots so many pages on.
    Walk(i32),
    /// To the preset so many places on.
    WalkPresets(i32),
    /// One plot in place of many, or back.
    ToggleSize,
    /// Control panel on or off.
    ToggleControls,
    /// Logarithmic or linear time.
    ToggleLogTime,
    /// The theory over the runs on or off.
    ToggleTheory,
    /// The whole screen or a window.
    ToggleFullScreen,
    /// List the keys.
    ToggleHelp,
    /// Something that the lab does to the settings.
    Lab(&'static LabAction),
    /// Ask where to save the plots, or the one that fills the window.
    SavePlots,
    /// Ask where to save a picture of the window.
    SaveWindow,
    /// Ask where to save the run's numbers.
    SaveData,
    /// Ask where to save a clip of the run so far.
    SaveClip,
    /// Begin to record a clip, or end and save it.
    Record,
    /// Put a picture of the plots on the clipboard.
    CopyPlots,
    /// Put a link to the run on the clipboard.
    CopyLink,
    /// Open the link on the clipboard. A browser hands nothing over that was not pasted with its own key.
    #[cfg(not(target_arch = "wasm32"))]
    PasteLink,
    /// Ask for a file to open.
    OpenFile,
    /// From the live view to the sweeps, or back.
    ToggleSweeps,
    /// The equations under the plots on or off.
    ToggleEquations,
    /// Put the preset's question to the audience.
    AskQuestion,
    /// The pen over the plots, or the pointer again.
    Annotate,
    /// Remove everything that was drawn over the plots.
    ClearAnnotations,
    /// List everything that can be done.
    OpenCommands,
    /// Follow a tour that ships, by its name.
    StartTour(&'static str),
    /// Back from an enlarged plot or a stopped time.
    Back,
    /// Take back the last change.
    Undo,
    /// Make it again.
    Redo,
    /// Something about what is shown of time, and of runs that have been.
    Time(TimeAction),
}

/// A key with its action and its line in the help.
#[derive(Clone, Copy)]
struct Binding {
    modifiers: Modifiers,
    key: Key,
    action: Action,
    keys: &'static str,
    help: &'static str,
}

const fn binding(
    modifiers: Modifiers,
    key: Key,
    action: Action,
    keys: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        modifiers,
        key,
        action,
        keys,
        help,
    }
}

/// The key that records a clip, and the one that copies a link. A browser has a use of its own for the desktop's.
const RECORD: (Modifiers, Key) = if cfg!(target_arch = "wasm32") {
    (Modifiers::SHIFT, Key::C)
} else {
    (Modifiers::COMMAND, Key::R)
};
const COPY_LINK: (Modifiers, Key) = if cfg!(target_arch = "wasm32") {
    (Modifiers::NONE, Key::C)
} else {
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::C)
};

/// What these keys are called.
pub(super) const RECORD_KEYS: &str = if cfg!(target_arch = "wasm32") {
    "Shift+C"
} else {
    "Ctrl+R"
};
pub(super) const COPY_LINK_KEYS: &str = if cfg!(target_arch = "wasm32") {
    "C"
} else {
    "Ctrl+Shift+C"
};

const BINDINGS: [Binding; 27] = [
    binding(
        Modifiers::SHIFT,
        Key::R,
        Action::NewSeeds,
        "Shift+R",
        "new seeds",
    ),
    binding(
        Modifiers::SHIFT,
        Key::S,
        Action::SaveWindow,
        "Shift+S",
        "save a picture of the window",
    ),
    binding(
        Modifiers::NONE,
        Key::S,
        Action::SavePlots,
        "S",
        "save the plots: picture, clip or data",
    ),
    binding(
        COPY_LINK.0,
        COPY_LINK.1,
        Action::CopyLink,
        COPY_LINK_KEYS,
        "copy a link to the run; Ctrl+V opens one",
    ),
    binding(
        Modifiers::COMMAND,
        Key::O,
        Action::OpenFile,
        "Ctrl+O",
        "open a recipe, a picture that holds one, or a table",
    ),
    binding(
        RECORD.0,
        RECORD.1,
        Action::Record,
        RECORD_KEYS,
        "record a clip from now, or end it",
    ),
    binding(
        Modifiers::NONE,
        Key::R,
        Action::Reset,
        "R",
        "reset, same seeds",
    ),
    binding(
        Modifiers::NONE,
        Key::End,
        Action::RunToConvergence,
        "End",
        "run to convergence",
    ),
    binding(
        Modifiers::NONE,
        Key::W,
        Action::ToggleSweeps,
        "W",
        "sweeps over settings and seeds, or back to the live run",
    ),
    binding(
        Modifiers::NONE,
        Key::L,
        Action::ToggleLogTime,
        "L",
        "logarithmic or linear time",
    ),
    binding(
        Modifiers::NONE,
        Key::O,
        Action::ToggleTheory,
        "O",
        "theory overlays on or off",
    ),
    binding(
        Modifiers::NONE,
        Key::E,
        Action::ToggleEquations,
        "E",
        "equations with live numbers on or off",
    ),
    binding(
        Modifiers::NONE,
        Key::Q,
        Action::AskQuestion,
        "Q",
        "put the preset's question to the audience; 1 to 4 count hands",
    ),
    binding(
        Modifiers::NONE,
        Key::A,
        Action::Annotate,
        "A",
        "pen, arrow, text and spotlight over the plots",
    ),
    binding(
        Modifiers::NONE,
        Key::X,
        Action::ClearAnnotations,
        "X",
        "clear what was drawn over the plots",
    ),
    binding(
        Modifiers::COMMAND,
        Key::K,
        Action::OpenCommands,
        "Ctrl+K",
        "list of everything: actions, presets, pictures, settings",
    ),
    binding(
        Modifiers::NONE,
        Key::H,
        Action::ToggleControls,
        "H",
        "hide or show the controls",
    ),
    binding(
        Modifiers::NONE,
        Key::T,
        Action::ToggleTheme,
        "T",
        "light or dark",
    ),
    binding(
        Modifiers::NONE,
        Key::F2,
        Action::ToggleProjector,
        "F2",
        "lecture layout: one or two plots in large type",
    ),
    binding(
        Modifiers::NONE,
        Key::PageDown,
        Action::Walk(1),
        "PgDn",
        "the next plots; after the last ones the next preset",
    ),
    binding(
        Modifiers::NONE,
        Key::PageUp,
        Action::Walk(-1),
        "PgUp",
        "the plots before",
    ),
    binding(
        Modifiers::SHIFT,
        Key::PageDown,
        Action::WalkPresets(1),
        "Shift+PgDn",
        "the next preset",
    ),
    binding(
        Modifiers::SHIFT,
        Key::PageUp,
        Action::WalkPresets(-1),
        "Shift+PgUp",
        "the preset before",
    ),
    binding(
        Modifiers::NONE,
        Key::M,
        Action::ToggleSize,
        "M",
        "enlarge a plot, or shrink it again",
    ),
    binding(
        Modifiers::NONE,
        Key::F11,
        Action::ToggleFullScreen,
        "F11",
        "full screen",
    ),
    binding(
        Modifiers::NONE,
        Key::Escape,
        Action::Back,
        "Esc",
        "close a dialog, follow the run again, stop running to convergence, shrink a plot",
    ),
    binding(
        Modifiers::NONE,
        Key::Questionmark,
        Action::ToggleHelp,
        "?",
        "this list",
    ),
];

/// Every key but those of a lab, in the order of the list of keys; what a lecture needs first comes first.
fn bindings() -> impl Iterator<Item = &'static Binding> {
    time::BINDINGS.iter().chain(&BINDINGS)
}

/// A widget used with the mouse gives the keyboard back, so that the arrow keys step the clock and
/// not the slider that was last dragged.
pub(super) fn release_focus(ctx: &Context) {
    if ctx.input(|input| input.pointer.any_released()) && !ctx.text_edit_focused() {
        ctx.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
    }
}

/// Where it is noted which widget has the arrow keys.
fn arrows() -> Id {
    Id::unique("the arrow keys are its own")
}

/// Notes that the arrow keys belong to this widget while it has the keyboard: it is a slider.
pub(super) fn keep_arrows(slider: &Response) {
    if slider.has_focus() {
        slider
            .ctx
            .data_mut(|data| data.insert_temp(arrows(), slider.id));
    }
}

/// The key of a lab's action.
fn shortcut_of(action: &LabAction) -> Option<KeyboardShortcut> {
    let Shortcut {
        letter,
        shift,
        command,
    } = action.shortcut;
    let mut modifiers = Modifiers::NONE;
    if shift {
        modifiers = modifiers.plus(Modifiers::SHIFT);
    }
    if command {
        modifiers = modifiers.plus(Modifiers::COMMAND);
    }
    let key = Key::from_name(&letter.to_string())?;
    Some(KeyboardShortcut::new(modifiers, key))
}

/// What a shortcut is called in the list of keys.
fn keys_of(action: &LabAction) -> String {
    let shortcut = action.shortcut;
    let command = if shortcut.command { "Ctrl+" } else { "" };
    let shift = if shortcut.shift { "Shift+" } else { "" };
    format!("{command}{shift}{}", shortcut.letter)
}

/// The actions whose keys were pressed this frame; none while the user types.
pub(super) fn pressed(ctx: &Context, lab: &dyn Lab) -> Vec<Action> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    // What was reached with Tab keeps the keys it understands: a slider the arrows, anything else Space.
    let focused = ctx.memory(|memory| memory.focused());
    let takes_arrows = focused.is_some() && ctx.data(|data| data.get_temp(arrows())) == focused;
    // Esc closes an open list first.
    let list_open = Popup::is_any_open(ctx);
    let is_taken = |key: Key| match key {
        Key::ArrowLeft | Key::ArrowRight => takes_arrows,
        Key::Space => focused.is_some(),
        Key::Escape => focused.is_some() || list_open,
        _ => false,
    };
    let fixed = bindings().filter(|binding| !is_taken(binding.key));
    let fixed = fixed.map(|binding| {
        let shortcut = KeyboardShortcut::new(binding.modifiers, binding.key);
        (shortcut, binding.action)
    });
    let of_lab = lab.actions().iter();
    let of_lab = of_lab.filter_map(|action| Some((shortcut_of(action)?, Action::Lab(action))));
    let mut keys: Vec<_> = fixed.chain(of_lab).collect();
    // A shortcut without modifiers would also match the key with them. Equal ones are the window's.
    keys.sort_by_key(|(shortcut, _)| {
        let Modifiers { shift, command, .. } = shortcut.modifiers;
        std::cmp::Reverse(u8::from(shift) + u8::from(command))
    });
    ctx.input_mut(|input| {
        let mut actions = Vec::new();
        for (mut shortcut, action) in keys {
            // `?` needs Shift on most keyboards; the logical key already says what is meant.
            if matches!(shortcut.logical_key, Key::Questionmark | Key::Plus)
                && !input.modifiers.command
            {
                shortcut.modifiers = input.modifiers;
            }
            while input.consume_shortcut(&shortcut) {
                actions.push(action);
            }
        }
        // The toolkit makes Ctrl+C an event of its own.
        let copied = |event: &Event| matches!(event, Event::Copy);
        if input.events.iter().any(copied) {
            actions.push(Action::CopyPlots);
        }
        actions.extend(digits::presets(input, lab));
        actions
    })
}

/// (keys, what they do, the action) of everything that has a key.
pub(super) fn listed(lab: &'static dyn Lab) -> Vec<(String, &'static str, Action)> {
    let fixed = bindings().map(|binding| (binding.keys.to_owned(), binding.help, binding.action));
    let of_lab = lab.actions().iter();
    let of_lab = of_lab.map(|action| (keys_of(action), action.help, Action::Lab(action)));
    fixed.chain(of_lab).collect()
}

/// (keys, what they do) for the help.
pub(super) fn help(lab: &'static dyn Lab) -> Vec<(String, &'static str)> {
    let others = [
        ("1 … 9", "presets"),
        ("Ctrl+C", "copy the plots as a picture"),
        ("Ctrl + − 0", "zoom in, out, back"),
    ];
    let others = others.map(|(keys, help)| (keys.to_owned(), help));
    let listed = listed(lab).into_iter();
    listed
        .map(|(keys, help, _)| (keys, help))
        .chain(others)
        .collect()
}

/// Switches between the whole screen and a window.
pub(super) fn toggle_full_screen(ctx: &Context) {
    let full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
    ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;

    #[test]
    fn no_key_means_two_things_and_the_list_begins_with_space() {
        for lab in LABS {
            let listed = listed(*lab);
            assert_eq!(listed[0].0, "Space");
            let of_lab = lab.actions().iter().filter_map(shortcut_of);
            let fixed =
                bindings().map(|binding| KeyboardShortcut::new(binding.modifiers, binding.key));
            let mut all: Vec<String> = fixed
                .chain(of_lab)
                .map(|keys| format!("{keys:?}"))
                .collect();
            all.sort();
            for pair in all.windows(2) {
                assert_ne!(pair[0], pair[1], "{}", lab.id());
            }
        }
    }
}
