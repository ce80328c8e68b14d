//! What leaves the window: pictures, clips and data, saved or copied, each with the recipe of its run.

use std::path::{Path, PathBuf};
use std::time::Instant;

use eframe::egui::{ColorImage, Context, Vec2};
use pollster::block_on;
use rfd::AsyncFileDialog;

use super::{App, NEWS};
use crate::export;
use crate::figure::Figure;
use crate::figure::catalogue;
use crate::figure::clip::{self, Clip, Outcome, playback};
use crate::figure::csv::csv;
use crate::figure::image::Image;
use crate::figure::imprint::Imprint;
use crate::figure::output::{self, PIXELS_PER_POINT};
use crate::figure::page::Page;
use crate::files;
use crate::format::count;
use crate::labs::Lab;
use crate::recipe::Recipe;
use crate::scene::Panel;
use crate::scene::clock::Clock;
use crate::scene::memory::Memory;
use crate::scene::pictures::cell;
use crate::scene::view::View;
use crate::sim::history::History;
use crate::sim::schedule::SamplingSchedule;
use crate::ui::share::dialog::{Answer, Dialog, Format, Subject};
use crate::ui::share::jobs::{Ended, Handle};
use crate::ui::state::Choices;

/// Width of saved plots at 1×, in pixels: of all of them, and of a single one.
pub(super) const WIDTHS: [f64; 2] = [1280.0, 800.0];

/// What is kept of the window's view for a picture that is drawn on another thread.
#[derive(Clone)]
struct Sitting {
    recipe: Recipe,
    history: History,
    panels: Vec<&'static Panel>,
    clock: Clock,
    log_time: bool,
    theory: bool,
    hidden: Vec<&'static str>,
    cursor: Option<u64>,
}

impl Sitting {
    /// The pictures, up to step `until` of a history that goes further.
    fn figure(&self, until: Option<u64>) -> Figure {
        let view = View {
            history: &self.history,
            knobs: &self.recipe.knobs,
            clock: self.clock,
            log_time: self.log_time,
            theory: self.theory,
            hidden: &self.hidden,
            cursor: self.cursor.filter(|_| until.is_none()),
            until,
            window: None,
        };
        let cells = self
            .panels
            .iter()
            .map(|panel| cell(panel, &view, &mut Memory::default()));
        let mut figure = Figure::of(cells, self.panels.len().min(3), &view);
        figure.title.clone_from(&self.recipe.title);
        figure.footer = self.footer(until);
        figure
    }

    fn footer(&self, until: Option<u64>) -> String {
        let last = self.history.len().saturating_sub(1);
        let step = until.or(self.cursor);
        let row = step.and_then(|step| self.history.row_at(step as f64));
        let Recipe { lab, knobs, .. } = &self.recipe;
        let line = lab.provenance(knobs, &self.history, row.unwrap_or(last));
        catalogue::footer(&line, &self.recipe.title)
    }

    fn imprint(&self) -> Imprint {
        Imprint::of(&self.recipe, &self.recipe.title, &self.recipe.about)
    }

    fn page(&self, dark: bool) -> Page {
        let width = WIDTHS[usize::from(self.panels.len() == 1)] / PIXELS_PER_POINT;
        Page {
            width,
            height: None,
            type_size: 11.0,
            dark,
        }
    }
}

impl App {
    /// Opens the dialog that saves.
    pub(super) fn ask_to_save(&mut self, subject: Subject) {
        let steps = self.steps_for_clip();
        let folder = self.choices.folder.clone();
        let folder = folder.filter(|folder| folder.is_dir());
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let title = if self.sweeping {
            self.bench.subject().0
        } else {
            &self.link.recipe.title
        };
        let mut dialog = Dialog::new(subject, title, folder, steps);
        dialog.of_sweep = self.sweeping;
        self.dialog = Some(dialog);
    }

    /// From where the user has begun to record, or from the start, to now.
    fn steps_for_clip(&self) -> [u64; 2] {
        let last = self.link.history.as_ref();
        let last = last.and_then(|history| history.step.last().copied());
        let last = last.unwrap_or(0);
        let first = self.recording_from.filter(|first| *first < last);
        [first.unwrap_or(0), last]
    }

    /// Starts recording, or ends it and asks where to save the clip.
    pub(super) fn toggle_recording(&mut self) {
        if self.recording_from.is_some() {
            self.ask_to_save(Subject::Clip);
            self.recording_from = None;
        } else {
            self.recording_from = Some(self.link.step());
        }
    }

    /// What a plain "save" is about: the plot that fills the window, or all of them.
    pub(super) fn plots_in_view(&self) -> Subject {
        let panel = self.enlarged.and_then(|id| {
            let mut panels = self.link.lab().cells().iter().copied().flatten();
            panels.find(|panel| panel.id == id)
        });
        panel.map_or(Subject::Plots, Subject::Plot)
    }

    /// The window's view of the run, or why there is nothing to save.
    fn sitting(&self, subject: Subject) -> Result<Sitting, String> {
        let (Some(history), Some(recipe)) = (&self.link.history, self.recipe_of_run()) else {
            return Err("there is no run yet to save".to_owned());
        };
        if history.step.last().is_none_or(|step| *step == 0) {
            return Err("nothing has happened yet: the run is at step 0".to_owned());
        }
        let panels = match subject {
            Subject::Plot(panel) => vec![panel],
            _ => visible(self.link.lab(), &self.choices, history),
        };
        let cursor = self.time.pinned;
        Ok(Sitting {
            recipe,
            history: history.clone(),
            panels,
            clock: self.choices.clock,
            log_time: self.choices.log_time,
            theory: self.choices.theory,
            hidden: self.hidden.clone(),
            cursor: cursor.map(|place| self.time.step_at(history, place).round() as u64),
        })
    }

    /// Draws the dialog, takes its answer, and takes in what jobs have done.
    pub(super) fn share_ui(&mut self, ctx: &Context) {
        if let Some(dialog) = &mut self.dialog {
            let plots = self.link.history.as_ref();
            let plots = plots.map_or_else(Vec::new, |history| {
                visible(self.link.recipe.lab, &self.choices, history)
            });
            match dialog.show(ctx, &plots) {
                Some(Answer::Close) => self.dialog = None,
                Some(Answer::Browse) => self.browse(ctx),
                Some(Answer::Save(path)) => self.save(ctx, &path),
                Some(Answer::Copy) => self.copy(ctx),
                None => {}
            }
        }
        for ended in self.jobs.ended() {
            self.take_result(ctx, ended);
        }
    }

    fn take_result(&mut self, ctx: &Context, ended: Ended) {
        match ended {
            Ended::Said(words) => self.say(ctx, words),
            Ended::Failed(reason) => self.refused = Some(reason),
            Ended::Cancelled => {}
            Ended::Picture(image) => {
                let size = [image.width as usize, image.height as usize];
                ctx.copy_image(ColorImage::from_rgba_unmultiplied(size, &image.pixels));
                self.say(ctx, "The picture is on the clipboard".to_owned());
            }
            Ended::SaveTo(path) => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.choose(path);
                }
            }
            Ended::Open(path) => self.open_file(&path),
        }
    }

    fn say(&mut self, ctx: &Context, words: String) {
        self.said = Some((words, Instant::now()));
        ctx.request_repaint_after(NEWS);
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

    /// Asks with the platform's dialog where to save. Where there is none it returns at once, and the
    /// path field is still there.
    fn browse(&mut self, ctx: &Context) {
        let Some(dialog) = &self.dialog else { return };
        let (name, folder) = dialog.proposal();
        let native = AsyncFileDialog::new()
            .set_directory(folder)
            .set_file_name(name);
        // Made on the window's thread, as some platforms demand; waited for on another.
        let chosen = native.save_file();
        self.start(ctx, None, move |_| match block_on(chosen) {
            Some(file) => Ended::SaveTo(file.path().to_owned()),
            None => Ended::Cancelled,
        });
    }

    /// Asks with the platform's dialog what to open.
    pub(super) fn browse_to_open(&mut self, ctx: &Context) {
        let folder = self.choices.folder.clone().unwrap_or_default();
        let chosen = AsyncFileDialog::new().set_directory(folder).pick_file();
        self.start(ctx, None, move |_| match block_on(chosen) {
            Some(file) => Ended::Open(file.path().to_owned()),
            None => Ended::Cancelled,
        });
    }

    fn save(&mut self, ctx: &Context, path: &Path) {
        let Some(dialog) = self.dialog.take() else {
            return;
        };
        self.refused = None;
        if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
            self.choices.folder = Some(folder.to_owned());
        }
        let done = match dialog.subject {
            Subject::Sweep => self.save_sweep(ctx, &dialog, path),
            Subject::Window => self.save_window(ctx, &dialog, path),
            _ => self.save_run(ctx, dialog, path),
        };
        if let Err(reason) = done {
            self.refused = Some(reason);
        }
    }

    /// The line under a picture of the window, and what it carries.
    fn window_subject(&self) -> Result<(String, Imprint), String> {
        if self.sweeping {
            return Ok((self.bench.footer(), self.sweep_imprint()));
        }
        let sitting = self.sitting(Subject::Window)?;
        Ok((sitting.footer(None), sitting.imprint()))
    }

    fn save_window(&mut self, ctx: &Context, dialog: &Dialog, path: &Path) -> Result<(), String> {
        let (footer, imprint) = self.window_subject()?;
        let picture = self.window_picture(window_size(ctx), dialog.scale, dialog.dark, &footer);
        let path = path.to_owned();
        self.start(ctx, Some(saving(&path)), move |_| {
            let image = picture.rasterise();
            let texts = imprint.texts();
            said(
                &path,
                files::write_with(&path, |file| image.write_png(file, &texts)),
            )
        });
        Ok(())
    }

    fn save_run(&mut self, ctx: &Context, dialog: Dialog, path: &Path) -> Result<(), String> {
        let sitting = self.sitting(dialog.subject)?;
        let path = path.to_owned();
        let name = Some(saving(&path));
        match (dialog.format, dialog.subject) {
            (Format::Figure(format), _) => self.start(ctx, name, move |_| {
                let page = sitting.page(dialog.dark);
                let (figure, imprint) = (sitting.figure(None), sitting.imprint());
                let scale = f64::from(dialog.scale);
                said(
                    &path,
                    output::write(&path, &figure, &page, &imprint, format, scale),
                )
            }),
            (Format::Csv, Subject::Data) => self.start(ctx, name, move |_| {
                let history = &sitting.history;
                said(
                    &path,
                    files::write_with(&path, |file| export::tidy_csv(history, file)),
                )
            }),
            (Format::Csv, _) => self.start(ctx, name, move |_| {
                let table = csv(&sitting.figure(None));
                said(&path, files::write(&path, table.as_bytes()))
            }),
            (Format::Clip(format), _) => {
                self.start(ctx, name, move |handle| {
                    write_clip(&sitting, &dialog, format, &path, handle)
                });
            }
            (Format::Folder, _) => {
                let record_noise = dialog.record_noise;
                self.start(ctx, name, move |handle| {
                    write_run(sitting.recipe, &path, record_noise, handle)
                });
            }
        }
        Ok(())
    }

    fn copy(&mut self, ctx: &Context) {
        let Some(dialog) = self.dialog.take() else {
            return;
        };
        self.copy_picture(ctx, dialog.subject, dialog.scale, dialog.dark);
    }

    /// Puts a picture on the clipboard.
    pub(super) fn copy_picture(&mut self, ctx: &Context, subject: Subject, scale: f32, dark: bool) {
        let done = match subject {
            Subject::Sweep => self.copy_sweep(ctx, scale, dark),
            Subject::Window => self.copy_window(ctx, scale, dark),
            _ => self.copy_plots(ctx, subject, scale, dark),
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
        subject: Subject,
        scale: f32,
        dark: bool,
    ) -> Result<(), String> {
        let sitting = self.sitting(subject)?;
        self.start(ctx, None, move |_| {
            drawn(&sitting.figure(None), &sitting.page(dark), scale)
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

/// The pictures that are shown, one per cell.
fn visible(lab: &dyn Lab, choices: &Choices, history: &History) -> Vec<&'static Panel> {
    let facts = &history.setup.facts;
    let cells = lab.cells().iter();
    cells.map(|cell| choices.panel(cell, facts)).collect()
}

/// What the status line says of a written file.
pub(super) fn said<E: std::fmt::Display>(path: &Path, written: Result<(), E>) -> Ended {
    match written {
        Ok(()) => Ended::Said(format!("Saved {}", path.display())),
        Err(error) => Ended::Failed(error.to_string()),
    }
}

fn write_clip(
    sitting: &Sitting,
    dialog: &Dialog,
    format: clip::Format,
    path: &Path,
    handle: &Handle,
) -> Ended {
    let settings = dialog.clip;
    let [width, height] = settings.size;
    let frames = (settings.seconds * settings.frames_per_second).round() as usize;
    let steps = playback(settings.steps[0], settings.steps[1], frames, settings.law);
    let [points_wide, points_high] = settings
        .size
        .map(|pixels| f64::from(pixels) / PIXELS_PER_POINT);
    let page = Page {
        width: points_wide,
        height: Some(points_high),
        // Legible at the size of a slide, whatever the number of pixels.
        type_size: points_wide / 72.0,
        dark: dialog.dark,
    };
    let imprint = sitting.imprint();
    let clip = Clip {
        width,
        height,
        frames: steps.len(),
        frames_per_second: settings.frames_per_second,
        text: &imprint.texts(),
    };
    let draw = |at: usize| -> Result<Image, output::FigureError> {
        output::image(&sitting.figure(Some(steps[at])), &page, 1.0)
    };
    let mut progress = |done: usize| handle.report(done as f64 / steps.len() as f64);
    match clip::write(path, format, &clip, draw, &mut progress) {
        Ok(Outcome::Written { bytes }) => Ended::Said(format!(
            "Saved {} ({} kB)",
            path.display(),
            count(bytes.div_ceil(1000))
        )),
        Ok(Outcome::Cancelled) => Ended::Cancelled,
        Err(error) => Ended::Failed(error.to_string()),
    }
}

/// Runs the recipe once more up to the step on the screen and writes everything about it: the window
/// keeps fewer states than a run has, and the theory of few of them.
fn write_run(mut recipe: Recipe, path: &Path, record_noise: bool, handle: &Handle) -> Ended {
    let steps = recipe.step;
    let limited = recipe.knobs.set("steps", crate::knobs::Value::Count(steps));
    if let Err(error) = limited {
        return Ended::Failed(error.to_string());
    }
    let options = export::Options {
        out: PathBuf::from(path),
        record_noise,
        theory: export::Theory::Auto,
        schedule: SamplingSchedule::LogSpaced,
        spare_cores: 1,
    };
    let go_on = |step: u64| handle.report(step as f64 / steps as f64);
    match export::run(&recipe, &options, go_on) {
        Ok(_) => Ended::Said(format!("Saved {}", path.display())),
        Err(export::ExportError::Cancelled) => Ended::Cancelled,
        Err(error) => Ended::Failed(error.to_string()),
    }
}
