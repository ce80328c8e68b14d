//! The lecture layout: one or two plots at a time, large enough for the last row, and the way through them without
//! a mouse.

use eframe::egui::{Align, Context, Label, Layout, Panel as EguiPanel, Ui, Vec2};

use super::App;
use super::plots::Shown;
use crate::labs::Lab;
use crate::recipe::shipped;
use crate::scene::Panel;
use crate::sim::experiment::Facts;
use crate::ui::pins::pins_ui;
use crate::ui::playback::said_ui;
use crate::ui::state::Choices;
use crate::ui::{controls, header, lecture, progress, status};

/// Height of the bar with the settings: that of a number field.
const BAR: f32 = 26.0;

/// What of a lab is on the screen.
#[derive(Clone, Debug, Default)]
pub(super) struct LectureView {
    /// The first of the plots that are shown.
    at: usize,
    /// Whether there is only one of them.
    pub(super) single: bool,
    /// Whether the control panel is shown all the same.
    pub(super) controls: bool,
    /// The window that the layout has been magnified to.
    fitted: Vec2,
}

impl LectureView {
    /// For another preset.
    pub(super) fn start_over(&mut self) {
        self.at = 0;
    }

    fn step(&self) -> usize {
        if self.single { 1 } else { 2 }
    }

    /// The plots on the screen.
    pub(super) fn shown(&self, all: &[Shown]) -> Vec<Shown> {
        let at = self.at.min(all.len().saturating_sub(1));
        let step = self.step();
        // Pairs stay pairs, wherever a single one was looked at.
        let first = at - at % step;
        all.iter().skip(first).take(step).copied().collect()
    }

    fn page(&self, all: usize) -> [usize; 2] {
        let step = self.step();
        let at = self.at.min(all.saturating_sub(1));
        [at / step + 1, all.div_ceil(step).max(1)]
    }

    /// To one plot, or back to two.
    pub(super) fn toggle_size(&mut self, all: &[Shown], panel: Option<&Panel>) {
        let of = panel.and_then(|panel| all.iter().position(|shown| shown.panel.id == panel.id));
        self.at = of.unwrap_or(self.at);
        self.single = !self.single;
    }

    /// To the next page or the one before; whether there is one.
    fn walk(&mut self, pages: i32, all: usize) -> bool {
        let step = self.step() as i64;
        let first = (self.at as i64) - (self.at as i64) % step;
        let to = first + step * i64::from(pages);
        let known = (0..all as i64).contains(&to);
        if known {
            self.at = to as usize;
        }
        known
    }
}

/// The plots of a preset in the order of a lecture: those in its cells, what the lab puts first and then what the
/// recipe asks for before the others; after them the cells' alternatives.
pub(super) fn plots_of(
    lab: &'static dyn Lab,
    facts: &Facts,
    choices: &Choices,
    asked: &[String],
) -> Vec<Shown> {
    let first = lab.lecture().panels;
    let visible = choices.visible(lab, facts);
    let mut cells: Vec<Shown> = visible.map(|(cell, panel)| Shown { cell, panel }).collect();
    let relevant = |cell: &'static [Panel]| cell.iter().filter(|panel| (panel.relevant)(facts));
    cells.sort_by_key(|shown| {
        let declared = |id: &str| first.iter().position(|first| *first == id);
        let of_recipe = |id: &str| asked.iter().position(|asked| asked == id);
        let ranks = relevant(shown.cell).filter_map(|panel| {
            let late = |rank| rank + first.len();
            declared(panel.id).or_else(|| of_recipe(panel.id).map(late))
        });
        ranks.min().unwrap_or(usize::MAX)
    });
    let others = cells.iter().flat_map(|shown| {
        let others = relevant(shown.cell).filter(|panel| panel.id != shown.panel.id);
        others.map(|panel| Shown {
            cell: std::slice::from_ref(panel),
            panel,
        })
    });
    let others: Vec<Shown> = others.collect();
    cells.extend(others);
    cells
}

impl App {
    /// The plots that a lecture can show now.
    pub(super) fn lecture_plots(&self) -> Vec<Shown> {
        let Some(history) = &self.live.screen.history else {
            return Vec::new();
        };
        let recipe = &self.live.intent.recipe;
        plots_of(
            recipe.lab,
            &history.setup.facts,
            &self.choices,
            &recipe.panels,
        )
    }

    /// Goes to a picture, alone or beside its neighbour.
    pub(super) fn show_in_lecture(&mut self, picture: &str, single: bool) {
        let all = self.lecture_plots();
        let at = all.iter().position(|shown| shown.panel.id == picture);
        self.lecture.at = at.unwrap_or(self.lecture.at);
        self.lecture.single = single;
    }

    /// Magnifies the layout to the window; how much more the user does is left alone until the window has another
    /// size.
    pub(super) fn fit_lecture(&mut self, ctx: &Context) {
        if !self.choices.projector {
            return;
        }
        let window = ctx.content_rect().size() * ctx.zoom_factor();
        if (window - self.lecture.fitted).abs().max_elem() > 1.0 {
            self.lecture.fitted = window;
            ctx.set_zoom_factor(lecture::zoom(window.into()));
        }
    }

    /// Enters the lecture layout or leaves it.
    pub(super) fn toggle_lecture(&mut self, ctx: &Context) {
        self.choices.projector = !self.choices.projector;
        self.lecture = LectureView::default();
        if self.choices.projector {
            self.choices.dark = false;
            self.apply_theme(ctx);
            self.fit_lecture(ctx);
        } else {
            ctx.set_zoom_factor(1.0);
        }
    }

    /// To the plots before or after those on the screen; beyond the last ones to the next preset.
    pub(super) fn walk(&mut self, pages: i32) {
        if self.compact.is_on {
            let all = self.lecture_plots().len();
            self.compact.walk(pages, all);
            return;
        }
        if self.choices.projector {
            let all = self.lecture_plots().len();
            if !self.lecture.walk(pages, all) {
                self.walk_presets(pages);
            }
            return;
        }
        let Some(history) = &self.live.screen.history else {
            return;
        };
        let visible = self.choices.visible(self.live.lab(), &history.setup.facts);
        let ids: Vec<&'static str> = visible.map(|(cell, _)| cell[0].id).collect();
        let now = ids.iter().position(|id| Some(*id) == self.enlarged);
        let to = match now {
            Some(now) => now as i64 + i64::from(pages),
            None if pages > 0 => 0,
            None => ids.len() as i64 - 1,
        };
        self.enlarged = ids
            .get(to.rem_euclid(ids.len().max(1) as i64) as usize)
            .copied();
    }

    /// To the preset before or after the one on the screen.
    pub(super) fn walk_presets(&mut self, by: i32) {
        let presets = shipped(self.live.lab());
        let title = &self.live.intent.recipe.title;
        let now = presets.iter().position(|preset| preset.title == *title);
        let to = match now {
            Some(now) => now as i64 + i64::from(by),
            None => 0,
        };
        let to = usize::try_from(to).ok();
        if let Some(recipe) = to.and_then(|to| presets.get(to)) {
            self.open(recipe.clone());
        }
    }

    /// One plot in place of many, or back.
    pub(super) fn toggle_size(&mut self) {
        if self.compact.is_on {
            return;
        }
        if self.choices.projector {
            let all = self.lecture_plots();
            self.lecture.toggle_size(&all, None);
        } else if self.enlarged.take().is_none() {
            self.walk(1);
        }
    }

    /// Everything in the window.
    pub(super) fn lecture_ui(&mut self, ui: &mut Ui) {
        let header = EguiPanel::top("header").show(ui, |ui| self.lecture_header_ui(ui));
        let status = EguiPanel::bottom("status").show(ui, |ui| self.lecture_status_ui(ui));
        let settings = EguiPanel::bottom("settings").show(ui, |ui| self.lecture_settings_ui(ui));
        let bars = [header.response, status.response, settings.response];
        self.settle(ui.ctx(), bars.map(|bar| bar.rect.height()).iter().sum());
        self.middle_ui(ui, self.lecture.controls);
    }

    fn lecture_header_ui(&mut self, ui: &mut Ui) {
        ui.add_space(3.0);
        if let Some(history) = &self.live.screen.history {
            let length = self.live.intent.recipe.knobs.length();
            self.time.prepare(history, length);
        }
        self.follow_recording(ui);
        let asked = lecture::transport_ui(
            ui,
            &self.live,
            &self.choices,
            &self.time,
            self.recording_from.is_some(),
            &mut self.hidden,
        );
        for action in asked {
            self.act(&ui.ctx().clone(), action);
        }
        if self.question_ui(ui) {
            return;
        }
        let caption = header::caption(&self.live, &self.time, &self.hidden);
        said_ui(ui, &self.time, |ui| lecture::caption_ui(ui, &caption));
        if self.pins.len() > 0 {
            let asked =
                ui.horizontal_wrapped(|ui| pins_ui(ui, &self.pins, &self.live.intent.recipe));
            self.act_on_pins(asked.inner);
        }
    }

    /// The settings that matter, and the way to other plots.
    fn lecture_settings_ui(&mut self, ui: &mut Ui) {
        let history = self.live.screen.history.as_ref();
        let setup = history.map(|history| history.setup.clone());
        let facts = setup.as_ref().map(|setup| &setup.facts);
        let plots = self.lecture_plots().len();
        let page = self.lecture.page(plots);
        let mut asked = None;
        ui.add_space(2.0);
        ui.horizontal(|ui| {
            ui.set_min_height(BAR);
            let knobs = &mut self.live.intent.recipe.knobs;
            let before = knobs.clone();
            let chosen = lecture::knobs_of(self.live.intent.recipe.lab, knobs);
            let entered = controls::slim_ui(ui, &chosen, knobs, facts, self.teaching.lit_control());
            let changed = *knobs != before;
            entered.note_in(&mut self.refused, changed);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                asked = lecture::pages_ui(ui, page);
            });
        });
        ui.add_space(1.0);
        if let Some(action) = asked {
            self.act(&ui.ctx().clone(), action);
        }
    }

    /// The status on one line.
    fn lecture_status_ui(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            self.jobs.progress_ui(ui);
            let text = self.status_words(ui.visuals().dark_mode);
            if self.recording_from.is_some() && ui.button("Save the clip").clicked() {
                self.toggle_recording();
            }
            progress::progress_ui(ui, &self.live);
            self.cancel_loading_ui(ui);
            status::remedies_ui(ui, &mut self.live);
            ui.add(Label::new(text).truncate());
        });
    }
}
