//! The application: `logic` takes in what the simulation has sent, `ui` lays out.

mod act;
#[cfg(target_arch = "wasm32")]
mod address;
#[cfg(not(target_arch = "wasm32"))]
mod browse;
#[cfg(target_arch = "wasm32")]
#[path = "app/browse_page.rs"]
mod browse;
mod compact;
mod door;
mod faults;
mod help;
mod kept;
#[cfg(test)]
mod layout_tests;
mod lecture;
mod look_back;
mod open;
mod picture;
mod plots;
mod run_copy;
mod share;
mod sweeps;
mod teach;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    CentralPanel, Context, FontId, Frame, Id, Margin, Panel as EguiPanel, Theme, Ui, UiBuilder,
    ViewportCommand, Visuals, vec2,
};
use web_time::Instant;

use super::actions;
use super::live::{LiveRun, ROWS_EXPECTED};
use super::panels::Memories;
use super::panels::strip::StripState;
use super::pins::Pins;
use super::share::dialog::Dialog;
use super::share::jobs::Jobs;
use super::share::opening::Opening;
use super::state::Choices;
use super::sweep::Sweeps;
use super::teach::Teaching;
use super::time_axis::TimeAxis;
use super::undo::Undo;
use super::{controls, header, progress, script, status, theme};
use crate::format::{count, readable};
use crate::knobs::in_labels;
use crate::labs::{LABS, Preset};
use crate::recipe::{Recipe, first};
use kept::{Checked, UNKEPT};

/// How long the status line says what has been saved.
const MESSAGE_TIME: Duration = Duration::from_secs(8);

/// Said where a window begins with what was on the screen last.
const REOPENED: &str = "Ready: the settings of the last session, at step 0. Space runs";

/// Everything on the screen.
pub struct App {
    live: LiveRun,
    choices: Choices,
    time: TimeAxis,
    /// What the panels remember, by lab: panels of two labs may have the same name.
    memories: BTreeMap<&'static str, Memories>,
    strip: StripState,
    drafts: controls::Drafts,
    /// Families switched off in the legend.
    hidden: Vec<&'static str>,
    /// The cell that fills the window, by its first panel.
    enlarged: Option<&'static str>,
    help: bool,
    /// A refused entry, shown until the next one or until it has been read.
    refused: Option<String>,
    /// The one that was shown last, and since when.
    refused_since: Option<(String, Instant)>,
    /// What has been saved or copied, and when; shown for [`MESSAGE_TIME`], or until there is a warning.
    message: Option<(String, Instant)>,
    /// The open "save" dialog.
    dialog: Option<Dialog>,
    /// The open window for the path of a file to open.
    opening: Option<Opening>,
    /// Pictures and files under way.
    jobs: Jobs,
    /// The first step of the clip that is being recorded.
    recording_from: Option<u64>,
    /// The history that the plots' bounds belong to, as counted by the live run.
    seen: u64,
    /// How many rows of which history the last frame had.
    drawn: (u64, usize),
    /// What the bars above and below the plots came to in the last frame.
    height_of_bars: f32,
    /// The second view.
    sweeps: Sweeps,
    /// Whether it is the one on the screen.
    sweeping: bool,
    /// The title of the window.
    titled: String,
    /// What can be undone.
    undo: Undo,
    /// Whether what was on the screen has been kept in this frame already.
    left: bool,
    /// Runs that are kept for comparison.
    pins: Pins,
    /// What the lecture layout shows.
    lecture: lecture::LectureView,
    /// What the layout of a narrow window shows.
    compact: compact::CompactView,
    /// What helps to teach.
    teaching: Teaching,
    /// The run that is in the page's address.
    #[cfg(target_arch = "wasm32")]
    linked: Option<Recipe>,
    /// Whether it has been said that nothing can be kept for the next session.
    unkept: bool,
    /// Recipes that wait for somebody to agree to what they read, the first being asked about.
    asking: VecDeque<door::Asking>,
}

impl App {
    /// Starts the simulation with `recipe`, or with the last session's, or with the first preset.
    pub fn new(
        ctx: &Context,
        storage: Option<&dyn eframe::Storage>,
        recipe: Option<Recipe>,
    ) -> Result<Self, std::io::Error> {
        let mut choices: Choices = storage
            .and_then(|storage| eframe::get_value(storage, "choices"))
            .unwrap_or_default();
        choices.take_over_older();
        let mut refused = None;
        let mut is_reopened = false;
        // Who has chosen a recipe knows where they are.
        let is_first_visit = recipe.is_none() && !choices.welcomed;
        let recipe = if let Some(recipe) = recipe {
            choices.show_only(recipe.lab, &recipe.panels);
            recipe
        } else {
            let remembered = choices.remembered_recipe().unwrap_or_else(|error| {
                refused = Some(format!("the last session cannot be opened: {error}"));
                None
            });
            is_reopened = remembered.is_some();
            remembered.unwrap_or_else(first_recipe)
        };
        theme::install(ctx);
        let mut app = Self {
            live: LiveRun::new(ctx, recipe)?,
            choices,
            time: TimeAxis::default(),
            memories: BTreeMap::new(),
            strip: StripState::default(),
            drafts: controls::Drafts::new(),
            hidden: Vec::new(),
            enlarged: None,
            help: false,
            refused,
            refused_since: None,
            message: is_reopened.then(|| (REOPENED.to_owned(), Instant::now())),
            dialog: None,
            opening: None,
            jobs: Jobs::default(),
            recording_from: None,
            seen: 0,
            drawn: (0, 0),
            height_of_bars: 0.0,
            sweeps: Sweeps::new(),
            sweeping: false,
            titled: String::new(),
            undo: Undo::default(),
            left: false,
            pins: Pins::default(),
            lecture: lecture::LectureView::default(),
            compact: compact::CompactView::default(),
            teaching: Teaching {
                welcome: is_first_visit,
                ..Teaching::default()
            },
            #[cfg(target_arch = "wasm32")]
            linked: None,
            unkept: false,
            asking: VecDeque::new(),
        };
        if is_first_visit {
            app.play();
        }
        app.apply_theme(ctx);
        Ok(app)
    }

    fn apply_theme(&self, ctx: &Context) {
        ctx.set_theme(if self.choices.dark {
            Theme::Dark
        } else {
            Theme::Light
        });
    }

    /// The recipe on the screen.
    pub fn recipe(&self) -> &Recipe {
        &self.live.intent.recipe
    }

    /// The recipe that made the run on the screen: its live changes, the step it has reached and the
    /// pictures shown included. `None` while there is no run.
    pub fn recipe_of_run(&self) -> Option<Recipe> {
        let mut recipe = self.live.recipe_of_run()?;
        recipe.panels = self.choices.chosen(recipe.lab);
        Some(recipe)
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.live.step()
    }

    /// Whether there is a run to draw.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn shows_plots(&self) -> bool {
        self.live.screen.history.is_some()
    }

    /// Opens in the lecture layout.
    pub(super) fn lecture(&mut self, ctx: &Context) {
        if !self.choices.projector {
            self.toggle_lecture(ctx);
        }
    }

    /// Starts the clock as soon as the recipe is loaded.
    pub(super) fn play(&mut self) {
        self.live.play_from_the_start();
    }

    /// Whether the clock is meant to run.
    pub fn playing(&self) -> bool {
        self.live.playing()
    }

    /// The status line.
    pub fn status(&self) -> String {
        self.status_line().0
    }

    /// The status line, and whether it is a warning.
    fn status_line(&self) -> (String, bool) {
        let table = self.live.lab().knobs();
        if let Some(refused) = &self.refused {
            return (in_labels(refused, table), true);
        }
        let (line, warn) = if self.sweeping {
            self.sweeps.status()
        } else {
            let (line, warn) = status::line(&self.live);
            (in_labels(&line, table), warn)
        };
        let message = self.message.as_ref();
        match message.filter(|(_, at)| at.elapsed() < MESSAGE_TIME) {
            Some((message, _)) if !warn => (message.clone(), false),
            _ => (line, warn),
        }
    }

    /// Takes in what the simulation has sent. Also called while the window is hidden.
    pub fn receive(&mut self) {
        self.sweeps.receive();
        self.live.receive(self.choices.theory);
        if self.seen != self.live.screen.generation {
            self.seen = self.live.screen.generation;
            self.note_files_read();
            let labs = self.memories.values_mut();
            for memory in labs.flat_map(|panels| panels.values_mut()) {
                memory.forget();
            }
        }
    }

    /// Lays out the window.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.undo.see(&self.live.intent.recipe);
        self.forget_refusal(&ctx);
        self.fit_lecture(&ctx);
        self.teach(ui);
        for action in actions::pressed(&ctx, self.live.lab()) {
            self.act(&ctx, action);
        }
        self.open_dropped_file(&ctx);
        self.open_pasted_link(&ctx);
        self.title_window(&ctx);
        self.window_ui(ui);
        self.help_ui(&ctx);
        self.share_ui(&ctx);
        self.commands_ui(&ctx);
        actions::release_focus(&ctx);
        self.watch_changes(&ctx);
        self.live.take_over_changes();
    }

    /// Says in the window's title what is on the screen.
    fn title_window(&mut self, ctx: &Context) {
        let subject = if self.sweeping {
            self.sweeps.subject().0.to_owned()
        } else {
            self.live.title()
        };
        if self.titled != subject {
            let title = format!("{subject} – Implicit Bias Lab");
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
            self.titled = subject;
        }
    }

    /// Everything that belongs to the window itself.
    fn window_ui(&mut self, ui: &mut Ui) {
        self.asking_ui(ui);
        self.fit_compact(ui);
        if self.sweeping {
            self.sweeps_ui(ui);
            return;
        }
        let lab = self.live.lab();
        let (clock, log) = (self.choices.clock_of(lab), self.choices.has_log_time(lab));
        let history = self.live.screen.history.as_ref();
        self.time.change(history, clock, log);
        if self.compact.is_on {
            self.compact_ui(ui);
            return;
        }
        if self.choices.projector {
            self.lecture_ui(ui);
            return;
        }
        let header = EguiPanel::top("header").show(ui, |ui| self.header_ui(ui));
        let status = EguiPanel::bottom("status")
            .show(ui, |ui| status::steady_ui(ui, |ui| self.status_ui(ui)));
        let bars = [header.response, status.response];
        self.settle(ui.ctx(), bars.map(|bar| bar.rect.height()).iter().sum());
        self.middle_ui(ui, self.choices.controls);
    }

    /// What is between the bars: what helps to teach, the controls, the plots.
    fn middle_ui(&mut self, ui: &mut Ui, controls: bool) {
        self.teaching_ui(ui);
        if controls {
            // Bars above come and go with the data: what is dragged or focused here keeps its identity.
            let steady = UiBuilder::new().scope_id(Id::unique("controls of the run"));
            controls_panel().show(ui, |ui| {
                ui.scope_builder(steady, |ui| self.controls_ui(ui));
            });
        }
        self.plots_in_middle_ui(ui);
    }

    /// The plots, in all the room that is left, and what is drawn over them.
    fn plots_in_middle_ui(&mut self, ui: &mut Ui) {
        let plots = CentralPanel::default()
            .frame(plots_frame(ui))
            .show(ui, |ui| self.plots_ui(ui));
        self.teaching.annotations.over_ui(ui, plots.response.rect);
        self.settle_axes(ui.ctx());
    }

    /// A plot has the room for its numbers that those of its last frame came to: after the last row there is
    /// one frame more. While the clock runs, the frame of the next rows is that one.
    fn settle_axes(&mut self, ctx: &Context) {
        let history = self.live.screen.history.as_ref();
        let rows = history.map_or(0, |history| history.step.len());
        let drawn = (self.live.screen.generation, rows);
        if std::mem::replace(&mut self.drawn, drawn) == drawn {
            return;
        }
        if self.live.playing() {
            ctx.request_repaint_after(ROWS_EXPECTED);
        } else {
            ctx.request_repaint();
        }
    }

    /// A panel has the height that its last frame came to: one that has wrapped in another way, or has lost a
    /// progress bar, is laid out once more before it is shown. There might be no other frame for long.
    fn settle(&mut self, ctx: &Context, height_of_bars: f32) {
        if self.height_of_bars != height_of_bars {
            self.height_of_bars = height_of_bars;
            ctx.request_discard("a bar has another height");
            // If this pass was laid out anew already.
            ctx.request_repaint();
        }
    }

    fn header_ui(&mut self, ui: &mut Ui) {
        ui.add_space(4.0);
        let asked = header::transport_ui(
            ui,
            &mut self.live,
            &self.choices,
            self.recording_from.is_some(),
            &mut self.refused,
        );
        for action in asked {
            self.act(&ui.ctx().clone(), action);
        }
        if let Some(history) = &self.live.screen.history {
            self.time
                .prepare(history, self.live.intent.recipe.knobs.length());
        }
        self.follow_recording(ui);
        let height = ui.spacing().interact_size.y * 2.0;
        ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
            ui.set_min_height(height);
            if !self.question_ui(ui) {
                header::caption_ui(ui, &self.live, &self.time, &self.hidden);
            }
        });
        ui.add_space(2.0);
    }

    /// The status line as it is set.
    fn status_words(&self, dark: bool) -> LayoutJob {
        let (line, warn) = self.status_line();
        let line = readable(&line);
        if warn {
            script::job(&line, &theme::bold(15.0), theme::warning(dark))
        } else {
            script::job(&line, &FontId::proportional(15.0), theme::text(dark))
        }
    }

    fn status_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            let text = self.status_words(ui.visuals().dark_mode);
            // Before the words, whose length changes: a button keeps its place under the hand.
            status::remedies_ui(ui, &mut self.live);
            ui.label(text);
            progress::progress_ui(ui, &self.live);
            self.cancel_loading_ui(ui);
            self.jobs.progress_ui(ui);
            if let Some(first) = self.recording_from {
                let words = format!("Recording from k = {}: save the clip", count(first));
                if ui.button(words).clicked() {
                    self.toggle_recording();
                }
            }
        });
    }

    fn controls_ui(&mut self, ui: &mut Ui) {
        let facts = self
            .live
            .screen
            .history
            .as_ref()
            .map(|history| history.setup.clone());
        let before = self.live.intent.recipe.knobs.clone();
        let facts = facts.as_ref().map(|setup| &setup.facts);
        let entered = controls::controls_ui(
            ui,
            &mut self.live.intent.recipe.knobs,
            facts,
            &mut self.drafts,
            self.teaching.lit_control(),
        );
        let changed = self.live.intent.recipe.knobs != before;
        entered.note_in(&mut self.refused, changed);
    }
}

/// What a window opens with that has nothing to remember.
pub(super) fn first_recipe() -> Recipe {
    LABS[0].opening().map_or_else(first, Preset::recipe)
}

/// The panel at the left.
fn controls_panel() -> EguiPanel {
    EguiPanel::left("controls")
        .resizable(true)
        .default_size(376.0)
        .size_range(240.0..=460.0)
}

/// What surrounds the plots.
fn plots_frame(ui: &Ui) -> Frame {
    Frame::new()
        .inner_margin(Margin::same(6))
        .fill(ui.visuals().panel_fill)
}

impl eframe::App for App {
    fn logic(&mut self, _ctx: &Context, _frame: &mut eframe::Frame) {
        self.receive();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        // One that never loads would hang the next start as well.
        if let Some(recipe) = self.live.recipe_that_loaded() {
            self.choices.remember(&recipe);
        }
        let mut storage = Checked::new(storage);
        eframe::set_value(&mut storage, "choices", &self.choices);
        if storage.has_refused() && !std::mem::replace(&mut self.unkept, true) {
            self.warn(UNKEPT.to_owned());
        }
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        // Pan, zoom and scroll positions of the last session would surprise; choices are kept above.
        false
    }
}
