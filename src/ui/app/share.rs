//! What leaves the window: pictures, clips and data, saved or copied, each with the recipe of its run.

use std::io::Write;
use std::path::Path;

use eframe::egui::{Context, Vec2};
use web_time::Instant;

use super::run_copy::{ClipPlan, RunCopy};
use super::{App, MESSAGE_TIME};
use crate::export;
use crate::figure::Figure;
use crate::figure::csv::csv;
use crate::figure::imprint::Imprint;
use crate::figure::output;
use crate::figure::page::Page;
use crate::files;
use crate::scene::Panel;
use crate::sim::history::History;
use crate::ui::header;
use crate::ui::share::dialog::{Answer, Dialog};
use crate::ui::share::item::{Format, Item};
use crate::ui::share::jobs::{Ended, Handle};

impl App {
    /// Opens the dialog that saves.
    pub(super) fn ask_to_save(&mut self, item: Item) {
        let steps = self.steps_for_clip();
        let folder = self.choices.folder.clone();
        let folder = folder.filter(|folder| folder.is_dir());
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let title = if self.sweeping {
            self.sweeps.subject().0.to_owned()
        } else {
            self.live.title()
        };
        let mut dialog = Dialog::new(item, &title, folder, steps);
        dialog.of_sweep = self.sweeping;
        self.dialog = Some(dialog);
    }

    /// From where the user has begun to record, or from the start, to now.
    fn steps_for_clip(&self) -> [u64; 2] {
        let last = self.live.screen.history.as_ref();
        let last = last.and_then(|history| history.step.last().copied());
        let last = last.unwrap_or(0);
        let first = self.recording_from.filter(|first| *first < last);
        [first.unwrap_or(0), last]
    }

    /// Starts recording, or ends it and asks where to save the clip.
    pub(super) fn toggle_recording(&mut self) {
        if self.recording_from.is_some() {
            self.ask_to_save(Item::Clip);
            self.recording_from = None;
        } else {
            self.recording_from = Some(self.live.step());
        }
    }

    /// What a plain "save" is about: the plot that fills the window, or all of them.
    pub(super) fn plots_in_view(&self) -> Item {
        let history = self.live.screen.history.as_ref();
        let panel = history.and_then(|history| self.enlarged_panel(history));
        panel.map_or(Item::Plots, Item::Plot)
    }

    /// The pictures that are shown, one per cell.
    fn visible(&self, history: &History) -> Vec<&'static Panel> {
        let facts = &history.setup.facts;
        let visible = self.choices.visible(self.live.lab(), facts);
        visible.map(|(_, panel)| panel).collect()
    }

    /// The window's view of the run, or why there is nothing to save.
    fn run_copy(&self, item: Item) -> Result<RunCopy, String> {
        let (Some(history), Some(recipe)) = (&self.live.screen.history, self.recipe_of_run())
        else {
            return Err("there is no run yet to save".to_owned());
        };
        if history.step.last().is_none_or(|step| *step == 0) {
            return Err("nothing has happened yet: the run is at step 0".to_owned());
        }
        let panels = match item {
            Item::Plot(panel) => vec![panel],
            _ => self.visible(history),
        };
        let cursor = self.time.pinned;
        Ok(RunCopy {
            recipe,
            title: self.live.title(),
            caption: header::caption(&self.live, &self.time, &self.hidden),
            history: history.clone(),
            panels,
            clock: self.choices.clock_of(self.live.lab()),
            log_time: self.choices.has_log_time(self.live.lab()),
            theory: self.choices.theory && !self.teaching.hides_theory(),
            hidden: self.hidden.clone(),
            cursor: cursor.map(|place| self.time.step_at(history, place).round() as u64),
            pins: self.pins.described(&self.live.intent.recipe),
        })
    }

    /// Draws the dialog, takes its answer, and takes in what jobs have done.
    pub(super) fn share_ui(&mut self, ctx: &Context) {
        let plots = self.live.screen.history.as_ref();
        let plots = plots.filter(|_| self.dialog.is_some());
        let plots = plots.map_or_else(Vec::new, |history| self.visible(history));
        if let Some(dialog) = &mut self.dialog {
            match dialog.show(ctx, &plots) {
                Some(Answer::Close) => self.dialog = None,
                #[cfg(not(target_arch = "wasm32"))]
                Some(Answer::Browse) => self.browse(ctx),
                Some(Answer::Save(path)) => self.save(ctx, &path),
                Some(Answer::Copy) => self.copy(ctx),
                None => {}
            }
        }
        if let Some(opening) = &mut self.opening
            && let Some(asked) = opening.show(ctx)
        {
            self.opening = None;
            self.take_asked(ctx, asked);
        }
        for ended in self.jobs.ended() {
            self.take_result(ctx, ended);
        }
    }

    fn take_result(&mut self, ctx: &Context, ended: Ended) {
        match ended {
            Ended::Message(words) => self.show_message(ctx, words),
            Ended::Failed(reason) => self.refused = Some(reason),
            Ended::Cancelled => {}
            Ended::Picture(image) => self.put_on_clipboard(ctx, &image),
            #[cfg(not(target_arch = "wasm32"))]
            Ended::SaveTo(path) => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.choose(path);
                }
            }
            #[cfg(not(target_arch = "wasm32"))]
            Ended::Open(path) => self.open_file(&path),
            Ended::Pinned(kept) => self.pin_computed(*kept),
        }
    }

    pub(super) fn show_message(&mut self, ctx: &Context, words: String) {
        self.message = Some((words, Instant::now()));
        ctx.request_repaint_after(MESSAGE_TIME);
    }

    pub(super) fn start(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        work: impl FnOnce(&Handle) -> Ended + Send + 'static,
    ) {
        if let Err(reason) = self.jobs.start(ctx, name, work) {
            self.refused = Some(reason);
        }
    }

    fn save(&mut self, ctx: &Context, path: &Path) {
        let Some(dialog) = self.dialog.take() else {
            return;
        };
        self.refused = None;
        if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
            self.choices.folder = Some(folder.to_owned());
        }
        let done = match dialog.item {
            Item::Sweep => self.save_sweep(ctx, &dialog, path),
            Item::Window => self.save_window(ctx, &dialog, path),
            _ => self.save_run(ctx, &dialog, path),
        };
        if let Err(reason) = done {
            self.refused = Some(reason);
        }
    }

    /// The line under a picture of the window, and what it carries.
    fn window_subject(&self) -> Result<(String, Imprint), String> {
        if self.sweeping {
            return Ok((self.sweeps.footer(), self.sweep_imprint()));
        }
        let copy = self.run_copy(Item::Window)?;
        Ok((copy.footer(None), copy.imprint()))
    }

    fn save_window(&mut self, ctx: &Context, dialog: &Dialog, path: &Path) -> Result<(), String> {
        let (footer, imprint) = self.window_subject()?;
        let picture = self.window_picture(window_size(ctx), dialog.scale, dialog.dark, &footer);
        let path = path.to_owned();
        self.start(ctx, Some(saving(&path)), move |_| {
            let texts = imprint.texts();
            saved(
                &path,
                files::write_with(&path, |file| {
                    picture.rasterise().write_png(file, &texts, None)
                }),
            )
        });
        Ok(())
    }

    fn save_run(&mut self, ctx: &Context, dialog: &Dialog, path: &Path) -> Result<(), String> {
        let copy = self.run_copy(dialog.item)?;
        let path = path.to_owned();
        let name = Some(saving(&path));
        let (dark, captioned) = (dialog.dark, dialog.captioned);
        let scale = f64::from(dialog.scale);
        match (dialog.format, dialog.item) {
            (Format::Figure(format), _) => self.start(ctx, name, move |_| {
                let page = copy.page(dark);
                let (mut figure, imprint) = (copy.figure(None), copy.imprint());
                if captioned {
                    figure.caption = copy.caption;
                }
                saved(
                    &path,
                    output::write(&path, &figure, &page, &imprint, format, scale),
                )
            }),
            (Format::Csv, Item::Data) => self.start(ctx, name, move |_| {
                let history = &copy.history;
                saved(
                    &path,
                    files::write_with(&path, |file| export::tidy_csv(history, file)),
                )
            }),
            (Format::Csv, _) => self.start(ctx, name, move |_| {
                let table =
                    |file: &mut dyn Write| file.write_all(csv(&copy.figure(None)).as_bytes());
                saved(&path, files::write_with(&path, table))
            }),
            (Format::Clip(format), _) => {
                let plan = ClipPlan::new(copy, dialog, format);
                self.start_clip(ctx, name, plan, path);
            }
            (Format::Folder, _) => {
                self.start_folder(ctx, name, copy.recipe, path, dialog.record_noise);
            }
        }
        Ok(())
    }

    fn copy(&mut self, ctx: &Context) {
        let Some(dialog) = self.dialog.take() else {
            return;
        };
        self.copy_picture(ctx, dialog.item, dialog.scale, dialog.dark);
    }

    /// Puts a picture on the clipboard.
    pub(super) fn copy_picture(&mut self, ctx: &Context, item: Item, scale: f32, dark: bool) {
        let done = match item {
            Item::Sweep => self.copy_sweep(ctx, scale, dark),
            Item::Window => self.copy_window(ctx, scale, dark),
            _ => self.copy_plots(ctx, item, scale, dark),
        };
        self.refused = done.err();
    }

    fn copy_window(&mut self, ctx: &Context, scale: f32, dark: bool) -> Result<(), String> {
        let (footer, _) = self.window_subject()?;
        let picture = self.window_picture(window_size(ctx), scale, dark, &footer);
        self.start(ctx, None, move |_| Ended::Picture(picture.rasterise()));
        Ok(())
    }

    fn copy_plots(
        &mut self,
        ctx: &Context,
        item: Item,
        scale: f32,
        dark: bool,
    ) -> Result<(), String> {
        let copy = self.run_copy(item)?;
        self.start(ctx, None, move |_| {
            drawn(&copy.figure(None), &copy.page(dark), scale)
        });
        Ok(())
    }
}

/// A figure as a picture for the clipboard.
pub(super) fn drawn(figure: &Figure, page: &Page, scale: f32) -> Ended {
    match output::image(figure, page, f64::from(scale)) {
        Ok(image) => Ended::Picture(image),
        Err(error) => Ended::Failed(error.to_string()),
    }
}

/// What the progress bar says while a file is written.
pub(super) fn saving(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    format!("Saving {file}")
}

/// The window's size in points of the screen, whatever its zoom.
fn window_size(ctx: &Context) -> Vec2 {
    ctx.content_rect().size() * ctx.zoom_factor()
}

/// What the status line says of a written file.
pub(super) fn saved<E: std::fmt::Display>(path: &Path, written: Result<(), E>) -> Ended {
    match written {
        Ok(()) => Ended::Message(format!("Saved {}", path.display())),
        Err(error) => Ended::Failed(error.to_string()),
    }
}
