//! The second view in the window.

use std::path::Path;

use eframe::egui::{CentralPanel, Context, Label, Panel, RichText, Ui};

use super::share::{WIDTHS, drawn, said, saving};
use super::{App, controls_panel, plots_frame};
use crate::figure::imprint::Imprint;
use crate::figure::output::{self, PIXELS_PER_POINT};
use crate::figure::page::Page;
use crate::files;
use crate::ui::actions::Action;
use crate::ui::header;
use crate::ui::share::dialog::{Dialog, Format, Subject};
use crate::ui::sweep::Asked;

impl App {
    /// Whether the sweeps are on the screen.
    pub fn sweeping(&self) -> bool {
        self.sweeping
    }

    /// Finished cells and all of them, of the sweep on the screen.
    pub fn sweep_progress(&self) -> Option<[u64; 2]> {
        self.bench.progress()
    }

    pub(super) fn show_sweeps(&mut self, show: bool) {
        self.sweeping = show;
        self.dialog = None;
    }

    /// Does what a key means here; whether it means the same in both views.
    pub(super) fn act_on_sweeps(&mut self, ctx: &Context, action: Action) -> bool {
        match action {
            Action::ToggleSweeps => self.show_sweeps(false),
            Action::TogglePlay => {
                let asked = self.bench.toggle(ctx);
                self.answer(asked);
            }
            Action::SavePlots => self.answer(Some(Asked::Save)),
            Action::CopyPlots => {
                self.copy_picture(ctx, Subject::Sweep, 2.0, self.choices.dark);
            }
            Action::Back if self.dialog.is_none() && !self.help => self.show_sweeps(false),
            // The live run's alone.
            Action::Step(_)
            | Action::Reset
            | Action::NewSeeds
            | Action::RunToConvergence
            | Action::Lab(_)
            | Action::ToggleLogTime
            | Action::ToggleTheory
            | Action::SaveData
            | Action::SaveClip
            | Action::Record
            | Action::CopyLink => {}
            Action::SaveWindow
            | Action::Open(_)
            | Action::ToggleTheme
            | Action::ToggleProjector
            | Action::ToggleControls
            | Action::ToggleFullScreen
            | Action::ToggleHelp
            | Action::PasteLink
            | Action::OpenFile
            | Action::Back => return false,
        }
        true
    }

    fn answer(&mut self, asked: Option<Asked>) {
        match asked {
            Some(Asked::Open(recipe)) => self.open(*recipe),
            Some(Asked::Save) => self.ask_to_save(Subject::Sweep),
            // Both at full speed would share the cores.
            Some(Asked::Started) => self.link.set_playing(false),
            None => {}
        }
    }

    /// Everything in the window while the sweeps are on the screen.
    pub(super) fn sweeps_ui(&mut self, ui: &mut Ui) {
        let header = Panel::top("header").show(ui, |ui| {
            ui.add_space(4.0);
            let mut actions = Vec::new();
            let mut asked = None;
            ui.horizontal_wrapped(|ui| {
                let live = ui.button("◀ Live");
                if live.on_hover_text("Back to the live run (W)").clicked() {
                    actions.push(Action::ToggleSweeps);
                }
                ui.separator();
                asked = self.bench.transport_ui(ui, &self.link.recipe);
                ui.separator();
                header::view_ui(ui, &self.choices, &mut actions);
            });
            self.answer(asked);
            for action in actions {
                self.act(&ui.ctx().clone(), action);
            }
            self.bench.form_ui(ui);
            let caption = RichText::new(self.bench.caption()).size(17.0);
            ui.add(Label::new(caption).wrap());
            ui.add_space(2.0);
        });
        self.settle(ui.ctx(), header.response.rect.height());
        Panel::bottom("status").show(ui, |ui| self.status_ui(ui));
        if self.choices.controls {
            controls_panel().show(ui, |ui| {
                if let Some(refused) = self.bench.controls_ui(ui) {
                    self.refused = Some(refused);
                }
            });
        }
        let scale = if self.choices.projector { 1.6 } else { 1.0 };
        let mut asked = None;
        CentralPanel::default()
            .frame(plots_frame(ui))
            .show(ui, |ui| asked = self.bench.pictures_ui(ui, scale));
        self.answer(asked);
    }

    /// Writes the pictures or the table.
    pub(super) fn save_sweep(
        &mut self,
        ctx: &Context,
        dialog: &Dialog,
        path: &Path,
    ) -> Result<(), String> {
        let nothing = || "there is no sweep yet to save".to_owned();
        let path = path.to_owned();
        if let Format::Figure(format) = dialog.format {
            let figure = self.bench.figure().ok_or_else(nothing)?;
            let (page, imprint) = (page(dialog.dark), self.sweep_imprint());
            let scale = f64::from(dialog.scale);
            self.start(ctx, Some(saving(&path)), move |_| {
                said(
                    &path,
                    output::write(&path, &figure, &page, &imprint, format, scale),
                )
            });
        } else {
            let table = self.bench.table().ok_or_else(nothing)?;
            self.start(ctx, Some(saving(&path)), move |_| {
                said(&path, files::write_with(&path, |file| table(file)))
            });
        }
        Ok(())
    }

    /// What a picture of the sweep carries: the recipe that is varied.
    pub(super) fn sweep_imprint(&self) -> Imprint {
        let (title, recipe) = self.bench.subject();
        Imprint::of(recipe, title, &recipe.about)
    }

    /// Puts the pictures on the clipboard.
    pub(super) fn copy_sweep(
        &mut self,
        ctx: &Context,
        scale: f32,
        dark: bool,
    ) -> Result<(), String> {
        let figure = self.bench.figure();
        let figure = figure.ok_or_else(|| "there is no sweep yet to copy".to_owned())?;
        self.start(ctx, None, move |_| drawn(&figure, &page(dark), scale));
        Ok(())
    }
}

fn page(dark: bool) -> Page {
    Page {
        width: WIDTHS[0] / PIXELS_PER_POINT,
        height: None,
        type_size: 11.0,
        dark,
    }
}
