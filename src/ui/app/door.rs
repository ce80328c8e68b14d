//! The door: what comes in from elsewhere is asked about before it reads files, and what takes too long is given up.

use std::path::Path;

use eframe::egui::{Context, Panel as EguiPanel, RichText, Ui};

use super::App;
use crate::files::input::ONLY_WHAT_IS_BROUGHT;
use crate::model::data::excerpt;
use crate::recipe::{Recipe, carrier};
use crate::ui::theme;

/// What the buttons say.
const READ: &str = "Read it";
const LEAVE: &str = "Leave it";

/// A recipe that reads files which nobody here has named, and what is to become of it if it may.
pub(super) struct Asking {
    recipe: Recipe,
    /// The files.
    files: Vec<String>,
    wish: Wish,
    /// Whether the answer that reads nothing has been given the keyboard.
    focused: bool,
}

/// What is to become of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// It is opened, and started if that is so.
    Open { play: bool },
    /// It is simulated and pinned.
    Pin,
}

impl App {
    /// Takes in a recipe that has come from elsewhere: at once, unless it reads files that nobody here has typed, chosen
    /// or agreed to. `from` is the file that carried it; the data that a run has written beside it are its own.
    pub(super) fn let_in(&mut self, recipe: Recipe, from: Option<&Path>, wish: Wish) {
        let is_own =
            |file: &str| from.is_some_and(|from| carrier::is_own_data(from, Path::new(file)));
        let files = recipe.knobs.files().into_iter();
        let may_read = |file: &str| ONLY_WHAT_IS_BROUGHT || self.choices.may_read(file);
        let unknown = files.filter(|file| !may_read(file) && !is_own(file));
        let files: Vec<String> = unknown.map(str::to_owned).collect();
        let asking = Asking {
            recipe,
            files,
            wish,
            focused: false,
        };
        if asking.files.is_empty() {
            self.admit(asking);
        } else if wish == Wish::Pin {
            self.asking.push_back(asking);
        } else {
            // What is opened last is meant.
            self.asking.retain(|asking| asking.wish == Wish::Pin);
            self.asking.push_front(asking);
        }
    }

    /// The same for what the window is opened with.
    #[cfg(not(target_arch = "wasm32"))]
    pub(in crate::ui) fn let_in_at_start(&mut self, recipe: Recipe, play: bool) {
        self.let_in(recipe, None, Wish::Open { play });
    }

    fn admit(&mut self, asking: Asking) {
        let Asking { recipe, wish, .. } = asking;
        match wish {
            Wish::Open { play } => {
                self.open(recipe);
                if play {
                    self.live.play_when_loaded();
                }
            }
            Wish::Pin => self.pin_recipe(recipe),
        }
    }

    /// Asks about the files of a recipe, in a strip at the top, while everything else goes on.
    pub(super) fn asking_ui(&mut self, ui: &mut Ui) {
        let Some(asking) = self.asking.front_mut() else {
            return;
        };
        let mut answer = None;
        EguiPanel::top("asking").show(ui, |ui| {
            ui.add_space(4.0);
            ui.horizontal_wrapped(|ui| {
                let font = theme::bold(15.0);
                ui.label(RichText::new(question(&asking.recipe.title, &asking.files)).font(font));
                let leave = ui.button(LEAVE);
                if !std::mem::replace(&mut asking.focused, true) {
                    leave.request_focus();
                }
                let leave = leave.on_hover_text("Everything stays as it is (Esc)");
                if leave.clicked() {
                    answer = Some(false);
                }
                let hint = "Opens the recipe, and reads this file from now on";
                if ui.button(READ).on_hover_text(hint).clicked() {
                    answer = Some(true);
                }
            });
            ui.add_space(4.0);
        });
        match answer {
            Some(true) => {
                if let Some(asking) = self.asking.pop_front() {
                    self.admit(asking);
                }
            }
            Some(false) => self.leave_asked(),
            None => {}
        }
    }

    /// Leaves alone what is being asked about.
    pub(super) fn leave_asked(&mut self) {
        let Some(asking) = self.asking.pop_front() else {
            return;
        };
        let ctx = self.live.wake.clone();
        self.say(
            &ctx,
            format!("{} was not opened", excerpt(&asking.recipe.title)),
        );
    }

    /// Whether something is being asked about.
    pub(super) fn is_asking(&self) -> bool {
        !self.asking.is_empty()
    }

    /// Notes that the files of the run on the screen were read with somebody's consent.
    pub(super) fn note_files_read(&mut self) {
        if let Some(recipe) = self.live.recipe_that_loaded() {
            for file in recipe.knobs.files() {
                self.choices.allow_reading(file.to_owned());
            }
        }
    }

    /// Gives up a recipe that is being loaded, and goes back to what was on the screen before.
    pub(super) fn cancel_loading(&mut self, ctx: &Context) {
        if !self.live.cancel_load() {
            return;
        }
        self.refused = None;
        self.undo(ctx);
        if self.refused.is_some() || self.live.is_loading() {
            self.refused = Some("given up: open another recipe, or change a setting".to_owned());
        } else {
            self.say(
                ctx,
                "Given up: this is how it was before. Ctrl+Shift+Z tries again".to_owned(),
            );
        }
    }

    /// A button that gives up what is being loaded.
    pub(super) fn cancel_loading_ui(&mut self, ui: &mut Ui) {
        if self.live.preparing().is_none() {
            return;
        }
        let cancel = ui.button("Cancel");
        if cancel
            .on_hover_text("Give it up, and go back (Esc)")
            .clicked()
        {
            self.cancel_loading(&ui.ctx().clone());
        }
    }
}

/// The question, such as `“Houses” reads /home/me/houses.csv. Read it?`
fn question(title: &str, files: &[String]) -> String {
    let title = excerpt(title);
    let files: Vec<String> = files.iter().map(|file| excerpt(file)).collect();
    match &files[..] {
        [file] => format!("“{title}” reads a file of this computer: {file}. Read it?"),
        _ => format!(
            "“{title}” reads files of this computer: {}. Read them?",
            files.join(", ")
        ),
    }
}
