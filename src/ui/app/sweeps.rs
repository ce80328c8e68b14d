//! The second view in the window.

use std::path::Path;

use eframe::egui::{CentralPanel, Context, Label, Panel, RichText, ScrollArea, Ui};

use super::plots::LECTURE_STROKES;
use super::run_copy::WIDTHS;
use super::share::{drawn, saved, saving};
use super::{App, controls_panel, plots_frame};
use crate::figure::imprint::Imprint;
use crate::figure::output::{self, PIXELS_PER_POINT};
use crate::figure::page::{Ground, Page};
use crate::ui::actions::{Action, TimeAction};
use crate::ui::header;
use crate::ui::share::dialog::Dialog;
use crate::ui::share::item::{Format, Item};
use crate::ui::sweep::Request;

impl App {
    /// Whether the sweeps are on the screen.
    pub fn sweeping(&self) -> bool {
        self.sweeping
    }

    /// Finished cells and all of them, of the sweep on the screen.
    pub fn sweep_progress(&self) -> Option<[u64; 2]> {
        self.sweeps.progress()
    }

    pub(super) fn show_sweeps(&mut self, show: bool) {
        self.sweeping = show;
        if show {
            self.sweeps.enter(&self.live.intent.recipe);
        }
        self.dialog = None;
    }

    /// Does what a key means here; whether it means the same in both views.
    pub(super) fn act_on_sweeps(&mut self, ctx: &Context, action: Action) -> bool {
        match action {
            Action::ToggleSweeps => self.show_sweeps(false),
            Action::TogglePlay | Action::Time(TimeAction::PlayOrReplay) => {
                let request = self.sweeps.toggle(ctx);
                self.take_request(request);
            }
            Action::SavePlots => self.take_request(Some(Request::Save)),
            Action::CopyPlots => {
                self.copy_picture(ctx, Item::Sweep, 2.0, self.choices.dark);
            }
            Action::Back if self.dialog.is_none() && !self.help => self.show_sweeps(false),
            // The live run's alone.
            Action::Step(_)
            | Action::Reset
            | Action::NewSeeds
            | Action::RunToConvergence
            | Action::Lab(_)
            | Action::ToggleLogTime
            | Action::Walk(_)
            | Action::WalkPresets(_)
            | Action::ToggleSize
            | Action::ToggleTheory
            | Action::SaveData
            | Action::SaveClip
            | Action::Record
            | Action::CopyLink
            | Action::Time(_)
            | Action::ToggleEquations
            | Action::AskQuestion
            | Action::Annotate
            | Action::ClearAnnotations => {}
            Action::SaveWindow
            | Action::Open(_)
            | Action::OpenDefaults(_)
            | Action::ToggleTheme
            | Action::ToggleProjector
            | Action::ToggleControls
            | Action::ToggleFullScreen
            | Action::ToggleHelp
            | Action::OpenFile
            | Action::Undo
            | Action::Redo
            | Action::OpenCommands
            | Action::StartTour(_)
            | Action::Back => return false,
            #[cfg(not(target_arch = "wasm32"))]
            Action::PasteLink => return false,
        }
        true
    }

    fn take_request(&mut self, request: Option<Request>) {
        match request {
            Some(Request::Open(recipe)) => self.open(*recipe),
            Some(Request::Save) => self.ask_to_save(Item::Sweep),
            // Both at full speed would share the cores.
            Some(Request::Started) => self.live.set_playing(false),
            None => {}
        }
    }

    /// Everything in the window while the sweeps are on the screen.
    pub(super) fn sweeps_ui(&mut self, ui: &mut Ui) {
        let header = Panel::top("header").show(ui, |ui| {
            ui.add_space(4.0);
            let mut actions = Vec::new();
            let mut request = None;
            ui.horizontal_wrapped(|ui| {
                let live = ui.button("◀ Live");
                if live.on_hover_text("Back to the live run (W)").clicked() {
                    actions.push(Action::ToggleSweeps);
                }
                ui.separator();
                request = self.sweeps.transport_ui(ui, &self.live.intent.recipe);
                ui.separator();
                header::view_ui(ui, &self.choices, &mut actions);
            });
            self.take_request(request);
            for action in actions {
                self.act(&ui.ctx().clone(), action);
            }
            self.sweeps.form_ui(ui);
            let caption = RichText::new(self.sweeps.caption()).size(17.0);
            ui.add(Label::new(caption).wrap());
            ui.add_space(2.0);
        });
        let status = Panel::bottom("status").show(ui, |ui| self.status_ui(ui));
        let bars = [header.response, status.response];
        self.settle(ui.ctx(), bars.map(|bar| bar.rect.height()).iter().sum());
        if self.compact.is_on && self.compact.drawer {
            CentralPanel::default().show(ui, |ui| {
                let area = ScrollArea::vertical();
                let entered = area.show(ui, |ui| self.sweeps.controls_ui(ui)).inner;
                entered.note_in(&mut self.refused, false);
            });
            return;
        }
        let controls = if self.compact.is_on {
            false
        } else if self.choices.projector {
            self.lecture.controls
        } else {
            self.choices.controls
        };
        if controls {
            controls_panel().show(ui, |ui| {
                self.sweeps
                    .controls_ui(ui)
                    .note_in(&mut self.refused, false);
            });
        }
        let scale = if self.choices.projector {
            LECTURE_STROKES
        } else {
            1.0
        };
        let mut request = None;
        CentralPanel::default()
            .frame(plots_frame(ui))
            .show(ui, |ui| request = self.sweeps.pictures_ui(ui, scale));
        self.take_request(request);
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
            let figure = self.sweeps.figure().ok_or_else(nothing)?;
            let (page, imprint) = (page(dialog.dark), self.sweep_imprint());
            let scale = f64::from(dialog.scale);
            self.start(ctx, Some(saving(&path)), move |_| {
                saved(
                    &path,
                    output::write(&path, &figure, &page, &imprint, format, scale),
                )
            });
        } else {
            let table = self.sweeps.table().ok_or_else(nothing)?;
            self.start(ctx, Some(saving(&path)), move |_| {
                saved(&path, table(&path))
            });
        }
        Ok(())
    }

    /// What a picture of the sweep carries: the recipe that is varied.
    pub(super) fn sweep_imprint(&self) -> Imprint {
        let (title, recipe) = self.sweeps.subject();
        Imprint::of(recipe, title, &recipe.about)
    }

    /// Puts the pictures on the clipboard.
    pub(super) fn copy_sweep(
        &mut self,
        ctx: &Context,
        scale: f32,
        dark: bool,
    ) -> Result<(), String> {
        let figure = self.sweeps.figure();
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
        ground: Ground::of_theme(dark),
        tight: false,
    }
}
