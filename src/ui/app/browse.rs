//! The platform's file dialogs.

use eframe::egui::Context;
use pollster::block_on;
use rfd::AsyncFileDialog;

use super::App;
use crate::ui::share::jobs::Ended;

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

    /// Asks with the platform's dialog what to open.
    pub(super) fn browse_to_open(&mut self, ctx: &Context) {
        let folder = self.choices.folder.clone().unwrap_or_default();
        let chosen = AsyncFileDialog::new().set_directory(folder).pick_file();
        self.start(ctx, None, move |_| match block_on(chosen) {
            Some(file) => Ended::Open(file.path().to_owned()),
            None => Ended::Cancelled,
        });
    }
}
