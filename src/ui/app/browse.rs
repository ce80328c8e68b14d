//! What the platform does with files and pictures: its dialogs, what is dropped, the clipboard.

use std::path::PathBuf;

use eframe::egui::{ColorImage, Context};
use pollster::block_on;
use rfd::AsyncFileDialog;

use super::App;
use super::run_copy::ClipPlan;
use crate::export::{self, ExportError};
use crate::figure::image::Image;
use crate::recipe::Recipe;
use crate::ui::share::jobs::Ended;
use crate::ui::share::opening::Asked;

impl App {
    /// Asks with the platform's dialog where to save. Where there is none it returns at once, and the
    /// path field is still there.
    pub(super) fn browse(&mut self, ctx: &Context) {
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

    /// Does what was asked for in the window that opens files.
    pub(super) fn take_asked(&mut self, ctx: &Context, asked: Asked) {
        match asked {
            Asked::Open(path) => self.open_file(&path),
            Asked::Browse => self.browse_to_open(ctx),
            Asked::Close => {}
        }
    }

    /// Opens what is dropped onto the window.
    pub(super) fn open_dropped_file(&mut self, ctx: &Context) {
        let paths: Vec<PathBuf> = ctx.input(|input| {
            let files = input.raw.dropped_files.iter();
            files.map(|file| file.path().to_path_buf()).collect()
        });
        self.open_files(&paths);
    }

    /// Draws and writes a clip.
    pub(super) fn start_clip(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        plan: ClipPlan,
        path: PathBuf,
    ) {
        self.start(ctx, name, move |handle| {
            plan.write(&path, |at| plan.draw(at), handle)
        });
    }

    /// Runs a recipe once more and writes everything about it.
    pub(super) fn start_folder(
        &mut self,
        ctx: &Context,
        name: Option<String>,
        recipe: Recipe,
        path: PathBuf,
        record_noise: bool,
    ) {
        self.start(ctx, name, move |handle| {
            let saved = Ended::Message(format!("Saved {}", path.display()));
            match export::run_again(recipe, path, record_noise, |part| handle.report(part)) {
                Ok(()) => saved,
                Err(ExportError::Cancelled) => Ended::Cancelled,
                Err(error) => Ended::Failed(error.to_string()),
            }
        });
    }

    /// Puts a picture on the clipboard.
    pub(super) fn put_on_clipboard(&mut self, ctx: &Context, image: &Image) {
        let size = [image.width as usize, image.height as usize];
        ctx.copy_image(ColorImage::from_rgba_unmultiplied(size, &image.pixels));
        self.show_message(ctx, "The picture is on the clipboard".to_owned());
    }

    /// Asks with the platform's dialog what to open.
    fn browse_to_open(&mut self, ctx: &Context) {
        let folder = self.choices.folder.clone().unwrap_or_default();
        let chosen = AsyncFileDialog::new().set_directory(folder).pick_file();
        self.start(ctx, None, move |_| match block_on(chosen) {
            Some(file) => Ended::Open(file.path().to_owned()),
            None => Ended::Cancelled,
        });
    }
}
