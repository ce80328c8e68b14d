//! The layout of a narrow window, such as a phone's, and of a frame in another page: one plot, or two side by side, a
//! short bar over them, and the settings in a drawer in their place.

use eframe::egui::{
    Align, Button, CentralPanel, FontId, Label, Layout, Panel as EguiPanel, ScrollArea, Ui,
};

use super::App;
use super::plots::Shown;
use crate::ui::actions::Action;
use crate::ui::playback::said_ui;
use crate::ui::{header, preset_menu, script, status, theme};

/// A window narrower than this has this layout, in points of the screen.
const NARROW: f32 = 640.0;

/// One lower than this has no room for what is said over the plots.
const LOW: f32 = 420.0;

/// Type of what is said over the plots.
const TYPE: f32 = 14.0;

/// What of a run is on the screen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CompactView {
    /// Whether the window has this layout, as of the last frame.
    pub(super) is_on: bool,
    /// Whether it has it at any width, and only what a frame in another page needs.
    pub(super) is_minimal: bool,
    /// Whether the settings are shown in the place of the plots.
    pub(super) drawer: bool,
    /// The first plot that is shown.
    at: usize,
    /// How many are shown.
    columns: usize,
}

impl CompactView {
    /// For another preset.
    pub(super) fn start_over(&mut self) {
        self.at = 0;
    }

    /// The plots on the screen.
    pub(super) fn shown(&self, all: &[Shown]) -> Vec<Shown> {
        let columns = self.columns.max(1);
        let first = self.at.min(all.len().saturating_sub(columns));
        all.iter().skip(first).take(columns).copied().collect()
    }

    /// To the plots before or after; from the last one to the first.
    pub(super) fn walk(&mut self, by: i32, all: usize) {
        let places = (all + 1).saturating_sub(self.columns.max(1)).max(1) as i64;
        let to = (self.at as i64).min(places - 1) + i64::from(by);
        self.at = to.rem_euclid(places) as usize;
    }
}

impl App {
    /// Sees whether the window is narrow.
    pub(super) fn fit_compact(&mut self, ui: &Ui) {
        let width = ui.available_width();
        // The lecture layout is magnified to the window, which is no narrower for that.
        let width = if self.choices.projector {
            width * ui.ctx().zoom_factor()
        } else {
            width
        };
        let is_narrow = width < NARROW;
        self.compact.is_on = is_narrow || self.compact.is_minimal;
        self.compact.columns = if is_narrow { 1 } else { 2 };
    }

    /// Everything in the window.
    pub(super) fn compact_ui(&mut self, ui: &mut Ui) {
        let room = ui.available_height();
        let header = EguiPanel::top("header").show(ui, |ui| self.compact_header_ui(ui, room));
        let mut bars = header.response.rect.height();
        if !self.compact.is_minimal || self.status_line().1 {
            let status = EguiPanel::bottom("status").show(ui, |ui| self.compact_status_ui(ui));
            bars += status.response.rect.height();
        }
        self.settle(ui.ctx(), bars);
        if self.compact.drawer {
            CentralPanel::default().show(ui, |ui| {
                ScrollArea::vertical().show(ui, |ui| self.controls_ui(ui));
            });
            return;
        }
        self.compact_card_ui(ui);
        let pages = EguiPanel::bottom("pages").show(ui, |ui| self.compact_pages_ui(ui));
        if let Some(action) = pages.inner {
            self.act(&ui.ctx().clone(), action);
        }
        self.plots_in_middle_ui(ui);
    }

    fn compact_header_ui(&mut self, ui: &mut Ui, room: f32) {
        ui.add_space(4.0);
        if let Some(history) = &self.live.screen.history {
            let length = self.live.intent.recipe.knobs.length();
            self.time.prepare(history, length);
        }
        self.follow_recording(ui);
        let mut asked = Vec::new();
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.compact_menu_ui(ui, &mut asked);
                let play = if self.live.playing() {
                    header::PAUSE
                } else {
                    header::PLAY
                };
                let play = header::steady_button_ui(ui, play, &[header::PLAY, header::PAUSE]);
                if play.clicked() {
                    asked.push(Action::TogglePlay);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    if self.compact.is_minimal {
                        let title = script::job(
                            &self.live.title(),
                            &theme::bold(15.0),
                            theme::text(ui.visuals().dark_mode),
                        );
                        ui.add(Label::new(title).truncate());
                    } else {
                        preset_menu::presets_ui(ui, &self.live, 1.0, &mut asked);
                    }
                });
            });
        });
        for action in asked {
            self.act(&ui.ctx().clone(), action);
        }
        if room > LOW && !self.question_ui(ui) {
            let caption = header::caption(&self.live, &self.time, &self.hidden);
            said_ui(ui, &self.time, |ui| {
                let font = FontId::proportional(TYPE);
                let mut job = script::job(&caption, &font, theme::text(ui.visuals().dark_mode));
                job.wrap.max_width = ui.available_width();
                ui.add(Label::new(job).wrap());
            });
        }
        ui.add_space(2.0);
    }

    /// What has no room in the bar.
    fn compact_menu_ui(&self, ui: &mut Ui, asked: &mut Vec<Action>) {
        let mut item = |ui: &mut Ui, text: &str, action: Action| {
            if ui.add(Button::new(text)).clicked() {
                asked.push(action);
            }
        };
        ui.menu_button("More", |ui| {
            let settings = if self.compact.drawer {
                "Plots"
            } else {
                "Settings"
            };
            item(ui, settings, Action::ToggleControls);
            ui.separator();
            item(ui, "Reset", Action::Reset);
            item(ui, "New seeds", Action::NewSeeds);
            item(ui, "One step", Action::Step(1));
            item(ui, "A hundred steps", Action::Step(100));
            item(ui, "Converge", Action::RunToConvergence);
            ui.separator();
            let recording = self.recording_from.is_some();
            for (text, _, action) in header::share_items(recording) {
                item(ui, text, action);
            }
            ui.separator();
            item(ui, "Sweeps", Action::ToggleSweeps);
            let colours = if self.choices.dark { "Light" } else { "Dark" };
            item(ui, colours, Action::ToggleTheme);
            item(ui, "Keys", Action::ToggleHelp);
        })
        .response
        .on_hover_text("Settings, and everything else");
    }

    /// A tour or a question to be answered before the run.
    fn compact_card_ui(&mut self, ui: &mut Ui) {
        if self.teaching.tour.is_some() || self.teaching.prediction.is_some() {
            self.card_below_ui(ui);
        }
    }

    /// The way to the other plots.
    fn compact_pages_ui(&self, ui: &mut Ui) -> Option<Action> {
        let mut asked = None;
        ui.horizontal(|ui| {
            if ui
                .button("◀")
                .on_hover_text("The plot before (PgUp)")
                .clicked()
            {
                asked = Some(Action::Walk(-1));
            }
            if ui
                .button("▶")
                .on_hover_text("The next plot (PgDn)")
                .clicked()
            {
                asked = Some(Action::Walk(1));
            }
            header::clock_ui(ui, &self.live, &self.time);
        });
        asked
    }

    fn compact_status_ui(&mut self, ui: &mut Ui) {
        status::steady_ui(ui, |ui| self.status_ui(ui));
    }
}
