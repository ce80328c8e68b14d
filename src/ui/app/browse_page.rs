//! What a browser does with files and pictures: its dialog, what is dropped, the clipboard. A browser tells no paths and
//! reads no files by them: what is brought into the page comes with its content, and stays for as long as it is open.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use super::App;
use super::door::Wish;
use super::open::PICTURES;
use super::run_copy::ClipPlan;
use crate::figure::image::{Image, Packed};
use crate::files::memory;
use crate::knobs::{Role, Value};
use crate::model::data::excerpt;
use crate::recipe::{Recipe, RecipeError, carrier};
use crate::tours::Tour;
use crate::ui::share::jobs::Ended;
use crate::ui::share::opening::Asked;
use crate::web::{Brought, News, Writer, clipboard, files};

/// What a file is to the window.
enum Meant {
    Recipe(Recipe),
    Tour(Tour),
    Table(Vec<u8>),
}

impl App {
    /// Shows the browser's dialog.
    pub(super) fn take_asked(&mut self, _ctx: &Context, asked: Asked) {
        match asked {
            Asked::Browse => {
                if let Err(reason) = files::choose() {
                    self.refused = Some(reason);
                }
            }
        }
    }

    /// Has the files read that were dropped onto the page, and takes in what has been read and done meanwhile.
    pub(super) fn open_dropped_file(&mut self, ctx: &Context) {
        let dropped: Vec<_> = ctx.input(|input| {
            let files = input.raw.dropped_files.iter();
            files.filter_map(|file| file.web_file().cloned()).collect()
        });
        if !dropped.is_empty() {
            files::bring(dropped);
        }
        while let Some(news) = News::next() {
            match news {
                News::Files(files) => self.take_in_files(ctx, files),
                News::Copied(Ok(())) => {
                    self.show_message(ctx, "The picture is on the clipboard".to_owned());
                }
                News::Copied(Err(reason)) => {
                    self.refused = Some(format!(
                        "the browser does not take the picture to the clipboard ({reason}): save it instead"
                    ));
                }
            }
        }
    }

    /// Draws and writes a clip: a frame of it in every frame of the page, which would stand still otherwise, then all of
    /// them at once.
    pub(super) fn start_clip(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        plan: ClipPlan,
        path: PathBuf,
    ) {
        let mut drawn = Vec::new();
        self.jobs.start_in_pieces(ctx, name, move |handle| {
            if drawn.len() < plan.frames() {
                handle.report(drawn.len() as f64 / plan.frames() as f64);
                return match plan.draw(drawn.len()) {
                    Ok(image) => {
                        drawn.push(Packed::new(&image));
                        None
                    }
                    Err(error) => Some(Ended::Failed(error.to_string())),
                };
            }
            Some(plan.write(&path, |at| drawn[at].image(), handle))
        });
    }

    /// Has a worker run a recipe once more and write everything about it.
    pub(super) fn start_folder(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        recipe: Recipe,
        path: PathBuf,
        record_noise: bool,
    ) {
        let writer = match Writer::start(&recipe, &path, record_noise) {
            Ok(writer) => writer,
            Err(reason) => {
                self.refused = Some(reason);
                return;
            }
        };
        self.jobs.start_in_pieces(ctx, name, move |handle| {
            let progress = |part| {
                // The job is asked in every frame whether it was cancelled.
                handle.report(part);
            };
            match writer.is_done(progress) {
                Ok(false) => None,
                Ok(true) => Some(Ended::Message(format!("Saved {}", path.display()))),
                Err(reason) => Some(Ended::Failed(reason)),
            }
        });
    }

    /// Puts a picture on the clipboard; [`News`] says whether the browser took it.
    pub(super) fn put_on_clipboard(&mut self, _ctx: &Context, image: &Image) {
        clipboard::put(image);
    }

    /// Takes in files that were brought together: keeps the tables, opens the first recipe or tour and pins the runs of
    /// the other recipes. Where there are only tables, the first one is the data.
    fn take_in_files(&mut self, ctx: &Context, files: Vec<Brought>) {
        self.refused = None;
        let (mut recipes, mut tour, mut table) = (Vec::new(), None, None);
        for Brought { name, content } in files {
            match content.and_then(|bytes| meant(&name, bytes)) {
                Ok(Meant::Recipe(recipe)) => recipes.push(recipe),
                Ok(Meant::Tour(found)) => tour = tour.or(Some(found)),
                Ok(Meant::Table(bytes)) => {
                    let was_there = memory::read(Path::new(&name)).is_some();
                    match memory::keep(&name, bytes) {
                        Ok(()) => table = table.or(Some((name, was_there))),
                        Err(reason) => self.warn(cannot_open(&name, &reason)),
                    }
                }
                Err(reason) => self.warn(cannot_open(&name, &reason)),
            }
        }
        // What could not be opened is said; the others are opened all the same.
        let refused = self.refused.take();
        let mut recipes = recipes.into_iter();
        if let Some(tour) = tour {
            self.follow(tour);
        } else if let Some(recipe) = recipes.next() {
            self.let_in(recipe, None, Wish::Open { play: false });
        } else if let Some((name, was_there)) = table {
            self.take_brought_table(ctx, &name, was_there);
        }
        let room = self.room_for_pins(recipes.len());
        for recipe in recipes.take(room) {
            self.let_in(recipe, None, Wish::Pin);
        }
        self.refused = refused.or_else(|| self.refused.take());
    }

    /// Takes a table that is in the page now: as what the recipe on the screen has been missing, or as its data.
    fn take_brought_table(&mut self, ctx: &Context, name: &str, was_there: bool) {
        let knobs = &mut self.live.intent.recipe.knobs;
        let mut named = knobs.files().into_iter();
        if !named.any(|file| memory::file_name(file) == name) {
            self.take_table(Path::new(name));
            return;
        }
        if was_there {
            // Chosen anew, so meant as it is now; a lab without a setting for a checksum has none to forget.
            drop(knobs.set_of(Role::DataChecksum, Value::Word(String::new())));
        }
        let panels = self.choices.chosen(self.live.lab());
        let recipe = Recipe {
            panels,
            ..self.live.recipe_to_start()
        };
        self.open(recipe);
        self.show_message(ctx, format!("Read {}", excerpt(name)));
    }
}

fn cannot_open(name: &str, reason: &str) -> String {
    if reason.contains(name) {
        return reason.to_owned();
    }
    format!("cannot open {}: {reason}", excerpt(name))
}

/// What a file is, by its name and its content.
fn meant(name: &str, bytes: Vec<u8>) -> Result<Meant, String> {
    let extension = Path::new(name).extension().unwrap_or_default();
    let extension = extension.to_string_lossy().to_ascii_lowercase();
    match &*extension {
        "csv" => return Ok(Meant::Table(bytes)),
        "tour" => {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_not_text| "it is not a text in UTF-8".to_owned())?;
            let tour = Tour::read(name, &text).map_err(|error| error.to_string())?;
            return Ok(Meant::Tour(tour));
        }
        "zip" => return run_in_archive(name, bytes).map(Meant::Recipe),
        _ => {}
    }
    match carrier::read(Path::new(name), &bytes) {
        Ok(recipe) => Ok(Meant::Recipe(recipe)),
        Err(RecipeError::Nothing { .. }) if !PICTURES.contains(&&*extension) => {
            Ok(Meant::Table(bytes))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The recipe of a run's folder that comes as an archive, whose data are kept if the recipe reads them.
fn run_in_archive(name: &str, bytes: Vec<u8>) -> Result<Recipe, String> {
    let folder = name.strip_suffix(".zip").unwrap_or(name);
    for (file, bytes) in carrier::unpack(bytes)? {
        memory::keep(&format!("{folder}/{file}"), bytes)?;
    }
    let recipe = carrier::open(Path::new(folder)).map_err(|error| error.to_string());
    let is_read = |recipe: &Recipe| {
        let mut files = recipe.knobs.files().into_iter();
        files.any(|file| Path::new(file).parent() == Some(Path::new(folder)))
    };
    if !recipe.as_ref().is_ok_and(is_read) {
        memory::forget_folder(folder);
    }
    recipe
}
