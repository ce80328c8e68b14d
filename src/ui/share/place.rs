//! Where to save: a path of the disk, typed or from the platform's dialog.

use std::path::{Path, PathBuf};

use eframe::egui::{TextEdit, Ui};

use super::dialog::Answer;
use crate::files::limits;

/// Room for a path, the folder of a desktop and the name that is suggested in it included.
const PATH: f32 = 520.0;

/// See the module.
#[derive(Debug)]
pub(super) struct Place {
    path: String,
    /// The first part of the file's name, from the recipe.
    stem: String,
    folder: PathBuf,
    /// A path that the user has agreed to replace.
    may_replace: Option<PathBuf>,
}

impl Place {
    pub(super) fn new(stem: String, folder: PathBuf) -> Self {
        Self {
            path: String::new(),
            stem,
            folder,
            may_replace: None,
        }
    }

    /// Suggests a name that is not taken.
    pub(super) fn suggest(&mut self, what: &str, extension: &str) {
        let name = |number: u32| {
            let number = if number == 1 {
                String::new()
            } else {
                format!("-{number}")
            };
            let name = format!("{}-{what}{number}", self.stem);
            let file = if extension.is_empty() {
                name
            } else {
                format!("{name}.{extension}")
            };
            self.folder.join(file)
        };
        let free = (1..1000).map(name).find(|path| !path.exists());
        self.path = free.unwrap_or_else(|| name(1000)).display().to_string();
        self.may_replace = None;
    }

    /// The file's name and folder for the platform's dialog.
    pub(super) fn proposal(&self) -> (String, PathBuf) {
        let path = Path::new(&self.path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = path.parent().unwrap_or(&self.folder);
        (name.into_owned(), folder.to_owned())
    }

    /// Takes a path from the platform's dialog, which has asked before replacing.
    pub(super) fn choose(&mut self, path: PathBuf) {
        self.path = path.display().to_string();
        self.may_replace = Some(path);
    }

    /// What is asked for, if anything is.
    pub(super) fn path(&self, _is_folder: bool) -> Option<PathBuf> {
        let path = self.path.trim();
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    /// Whether something would be lost that nobody has agreed to lose.
    pub(super) fn is_taken(&self) -> bool {
        let path = PathBuf::from(self.path.trim());
        is_taken(&path) && self.may_replace.as_ref() != Some(&path)
    }

    /// Draws the field and the button for the platform's dialog.
    pub(super) fn ui(&mut self, ui: &mut Ui, is_folder: bool) -> Option<Answer> {
        let label = ui.label(if is_folder { "Folder" } else { "File" });
        let mut browse = false;
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.path)
                .char_limit(limits::TEXT)
                .desired_width(PATH);
            if ui.add(field).labelled_by(label.id).changed() {
                self.may_replace = None;
            }
            browse = ui
                .button("Browse…")
                .on_hover_text("The system's file dialog")
                .clicked();
        });
        ui.end_row();
        browse.then_some(Answer::Browse)
    }
}

/// Whether something would be lost by writing here.
fn is_taken(path: &Path) -> bool {
    match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialog::Dialog;
    use super::super::item::Item;
    use super::*;

    #[test]
    fn a_suggested_name_is_free_and_a_taken_one_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let new = || Dialog::new(Item::Plots, "Fig 2", folder.path().to_owned(), [0, 10]);
        let first = new().proposal().0;
        assert_eq!(first, "fig-2-plots.png");
        std::fs::write(folder.path().join(&first), "").unwrap();
        assert_eq!(new().proposal().0, "fig-2-plots-2.png");
        assert!(is_taken(&folder.path().join(&first)) && is_taken(folder.path()));
        assert!(!is_taken(&folder.path().join("empty")));
    }
}
