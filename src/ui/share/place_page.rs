//! What a download is called: the browser knows where it keeps them, and gives another name to one that is taken.

use std::path::PathBuf;

use eframe::egui::{TextEdit, Ui};

use super::dialog::Answer;
use crate::files::{FOLDER_EXTENSION, download, limits};

/// Room for a name: as wide as the list of what can be saved.
const NAME: f32 = 260.0;

/// See the module.
#[derive(Debug)]
pub(super) struct Place {
    name: String,
    /// The first part of the file's name, from the recipe.
    stem: String,
}

impl Place {
    pub(super) fn new(stem: String, _folder: PathBuf) -> Self {
        Self {
            name: String::new(),
            stem,
        }
    }

    /// Suggests a name.
    pub(super) fn suggest(&mut self, what: &str, extension: &str) {
        self.name = format!("{}-{what}.{extension}", self.stem);
    }

    /// The name that is asked for, if one is, as a file can have it.
    pub(super) fn path(&self, is_folder: bool) -> Option<PathBuf> {
        let name = self.name.trim();
        if name.is_empty() {
            return None;
        }
        let mut name = download::name_of(name);
        let extension = format!(".{FOLDER_EXTENSION}");
        if is_folder && !name.ends_with(&extension) {
            name += &extension;
        }
        Some(name.into())
    }

    /// Nothing is ever replaced.
    pub(super) fn is_taken(&self) -> bool {
        false
    }

    /// Draws the field.
    pub(super) fn ui(&mut self, ui: &mut Ui, is_folder: bool) -> Option<Answer> {
        let label = ui.label(if is_folder { "Archive" } else { "File" });
        let field = TextEdit::singleline(&mut self.name)
            .char_limit(limits::TEXT)
            .desired_width(NAME);
        ui.add(field).labelled_by(label.id);
        ui.end_row();
        None
    }
}
