//! "Open a file": a path that is typed, for whoever has no file dialog or does not want one.

use std::path::PathBuf;

use eframe::egui::{Align2, Button, Context, Key, RichText, TextEdit, Ui, Window};

use crate::files::limits;
use crate::ui::theme;

/// The open window.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct Opening {
    path: String,
    /// Whether the field has been given the keyboard.
    focused: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Asked {
    /// Open this file or folder.
    Open(PathBuf),
    /// Show the platform's dialog.
    Browse,
    /// Nothing.
    Close,
}

impl Opening {
    /// Draws the window; returns the answer once there is one.
    pub(in crate::ui) fn show(&mut self, ctx: &Context) -> Option<Asked> {
        let mut open = true;
        let mut asked = None;
        Window::new("Open")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
            .show(ctx, |ui| asked = self.ui(ui));
        if !open || ctx.input(|input| input.key_pressed(Key::Escape)) {
            return Some(Asked::Close);
        }
        asked
    }

    fn ui(&mut self, ui: &mut Ui) -> Option<Asked> {
        let mut asked = None;
        let label = ui.label("A recipe, a saved picture, the folder of a run, a table or a tour:");
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.path)
                .char_limit(limits::TEXT)
                .desired_width(420.0)
                .hint_text("Its path");
            let field = ui.add(field).labelled_by(label.id);
            if !std::mem::replace(&mut self.focused, true) {
                field.request_focus();
            }
            let browse = ui.button("Browse…");
            if browse.on_hover_text("The system's file dialog").clicked() {
                asked = Some(Asked::Browse);
            }
        });
        ui.add_space(8.0);
        let path = self.path.trim();
        ui.horizontal(|ui| {
            let text = RichText::new("Open").font(theme::bold(15.0));
            let open = ui.add_enabled(!path.is_empty(), Button::new(text));
            let enter = ui.input(|input| input.key_pressed(Key::Enter));
            if open.clicked() || (enter && open.enabled()) {
                asked = Some(Asked::Open(PathBuf::from(path)));
            }
            if ui.button("Close").clicked() {
                asked = Some(Asked::Close);
            }
        });
        asked
    }
}
