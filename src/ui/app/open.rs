//! What comes into the window: dropped and chosen files, pasted links, recipes.

use std::path::{Path, PathBuf};

use eframe::egui::{Context, Event};

use super::App;
use super::door::Wish;
use crate::files::input;
use crate::knobs::{KnobError, Role, Value};
use crate::labs::Lab;
use crate::recipe::{Recipe, RecipeError, carrier, link};

/// Files that are no table even if they hold no recipe.
pub(super) const PICTURES: &[&str] = &["png", "apng", "gif", "svg", "pdf"];

impl App {
    /// Opens the first of some files, and pins the runs of the others.
    pub fn open_files(&mut self, paths: &[PathBuf]) {
        let Some((first, others)) = paths.split_first() else {
            return;
        };
        self.open_file(first);
        // A file that cannot be opened is said to be; the others can be pinned all the same.
        let refused = self.refused.take();
        self.pin_files(others);
        self.refused = refused.or_else(|| self.refused.take());
    }

    /// Opens whatever carries a recipe, and takes a table as data. What cannot be opened is explained
    /// in the status line.
    pub fn open_file(&mut self, path: &Path) {
        self.refused = None;
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let extension = extension.to_string_lossy();
        if extension == "csv" {
            self.take_table(path);
            return;
        }
        if extension == "tour" {
            self.open_tour(path);
            return;
        }
        let may_be_a_table = !PICTURES.contains(&&*extension) && input::is_file(path);
        match carrier::open(path) {
            Ok(recipe) => self.let_in(recipe, Some(path), Wish::Open { play: false }),
            Err(RecipeError::Nothing { .. }) if may_be_a_table => self.take_table(path),
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    /// Reads the data from this file, if the lab has a setting for that.
    pub(super) fn take_table(&mut self, path: &Path) {
        let recipe = &mut self.live.intent.recipe;
        let mut knobs = recipe.knobs.clone();
        let text = Value::Word(path.display().to_string());
        // Chosen now, so meant as it is now; a lab without a setting for a checksum has none to forget.
        drop(knobs.set_of(Role::DataChecksum, Value::Word(String::new())));
        let set = knobs.set_of(Role::DataFile, text);
        match set.and_then(|()| knobs.make_relevant(Role::DataFile)) {
            Ok(()) => {
                recipe.knobs = knobs;
                self.choices.allow_reading(path.display().to_string());
            }
            Err(KnobError::Lacking { .. }) => {
                let lab = recipe.lab.title();
                self.refused = Some(format!("{lab} reads no data from files"));
            }
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    /// A link that is pasted anywhere but into a text field is opened.
    pub(super) fn open_pasted_link(&mut self, ctx: &Context) {
        if ctx.text_edit_focused() {
            return;
        }
        let pasted = ctx.input(|input| {
            input.events.iter().find_map(|event| match event {
                Event::Paste(text) => Some(text.clone()),
                _ => None,
            })
        });
        let Some(pasted) = pasted else { return };
        self.refused = None;
        match link::find(pasted.as_bytes()).map(link::decode) {
            Some(Ok(recipe)) => {
                if let Some(page) = link::page(&pasted) {
                    self.choices.page = Some(page.to_owned());
                }
                self.let_in(recipe, None, Wish::Open { play: false });
            }
            Some(Err(error)) => self.refused = Some(error.to_string()),
            None => {
                self.refused =
                    Some("there is no link in what was pasted: links begin with ibl:".to_owned());
            }
        }
    }

    /// Copies a link to the run on the screen, behind the address of a page where one is known: a browser opens it
    /// there, and a desktop as it is.
    pub fn copy_link(&mut self, ctx: &Context) {
        self.refused = None;
        let Some(recipe) = self.recipe_of_run() else {
            self.refused = Some("there is no run yet to link to".to_owned());
            return;
        };
        let link = link::encode(&recipe);
        let Some(page) = self.page() else {
            ctx.copy_text(link);
            return;
        };
        ctx.copy_text(format!("{page}#{link}"));
        self.show_message(
            ctx,
            format!("A link that opens at {page} is on the clipboard"),
        );
    }

    /// The page that links open in: the one that the window is in, or whose address came with a pasted link last.
    fn page(&self) -> Option<String> {
        #[cfg(target_arch = "wasm32")]
        let here = Some(crate::web::page());
        #[cfg(not(target_arch = "wasm32"))]
        let here = self.choices.page.clone();
        here
    }

    /// Replaces the recipe, with its pictures: they are the same whatever was on the screen before.
    pub(super) fn open(&mut self, recipe: Recipe) {
        self.leave();
        self.close_welcome();
        self.enter(recipe.lab);
        self.choices.show_only(recipe.lab, &recipe.panels);
        self.live.open(recipe);
    }

    /// Leaves whatever belongs to the run on the screen, for one of this lab.
    pub(super) fn enter(&mut self, lab: &'static dyn Lab) {
        self.sweeping = false;
        self.time.view = None;
        self.time.pinned = None;
        self.strip.playback.forget();
        self.dialog = None;
        self.opening = None;
        self.recording_from = None;
        self.lecture.start_over();
        self.compact.start_over();
        self.teaching.prediction = None;
        // They point at what was on the screen.
        self.teaching.annotations.clear();
        if lab.id() != self.live.lab().id() {
            // Names of another lab, which may be those of this one by accident.
            self.hidden.clear();
            self.enlarged = None;
            self.drafts.clear();
        }
    }
}
