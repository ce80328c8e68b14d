//! The application: `logic` takes in what the simulation has sent, `ui` lays out.

mod picture;
mod share;
mod sweeps;

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{
    self, CentralPanel, Context, Event, Frame, Grid, Margin, Panel as EguiPanel, Rect, RichText,
    ScrollArea, Theme, Ui, ViewportCommand, Window, pos2, vec2,
};

use super::actions::{self, Action};
use super::link::Link;
use super::panels::strip::{StripState, strip_ui};
use super::panels::{Asked, Memories, Scene, cell_ui};
use super::share::dialog::{Dialog, Subject};
use super::share::jobs::Jobs;
use super::state::Choices;
use super::sweep::Bench;
use super::time_axis::TimeAxis;
use super::{controls, header, status, theme};
use crate::format::count;
use crate::knobs::Value;
use crate::labs::{LABS, LabAction};
use crate::model::random::next_seed;
use crate::recipe::{Recipe, RecipeError, carrier, link};
use crate::scene::Panel;

/// Smallest cell in which a plot can still be read.
const MIN_CELL: egui::Vec2 = vec2(250.0, 190.0);

/// How long the status line says what has been saved.
const NEWS: Duration = Duration::from_secs(8);

const STRIP_HEIGHT: f32 = 84.0;

/// Files that are no table even if they hold no recipe.
const PICTURES: &[&str] = &["png", "apng", "gif", "svg", "pdf"];

/// Type size in a lecture hall: tick labels of 22 px.
const PROJECTOR_ZOOM: f32 = 1.6;

/// Below this a plot is not worth drawing.
const MIN_PLOT: f32 = 90.0;

/// Everything on the screen.
pub struct App {
    link: Link,
    choices: Choices,
    time: TimeAxis,
    memories: Memories,
    strip: StripState,
    drafts: controls::Drafts,
    hidden: Vec<&'static str>,
    /// The panel that fills the window.
    enlarged: Option<&'static str>,
    help: bool,
    /// A refused entry, shown until the next one.
    refused: Option<String>,
    /// Good news and when it came; it steps back after [`NEWS`], and for a warning at once.
    said: Option<(String, Instant)>,
    /// The open "save" dialog.
    dialog: Option<Dialog>,
    /// Pictures and files under way.
    jobs: Jobs,
    /// The first step of the clip that is being recorded.
    recording_from: Option<u64>,
    /// The history that the plots' bounds belong to, as counted by the link.
    seen: u64,
    /// What the header came to in the last frame.
    header_height: f32,
    /// The second view.
    bench: Bench,
    /// Whether it is the one on the screen.
    sweeping: bool,
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
        let recipe = if let Some(recipe) = recipe {
            choices.shown.clear();
            choices.show(recipe.lab, &recipe.panels);
            recipe
        } else {
            let remembered = choices.recipe.as_ref();
            let remembered = remembered.and_then(|text| Recipe::from_toml(text).ok());
            remembered.unwrap_or_else(|| first_recipe())
        };
        theme::install(ctx);
        let app = Self {
            link: Link::new(ctx, recipe)?,
            choices,
            time: TimeAxis::default(),
            memories: Memories::default(),
            strip: StripState::default(),
            drafts: controls::Drafts::new(),
            hidden: Vec::new(),
            enlarged: None,
            help: false,
            refused: None,
            said: None,
            dialog: None,
            jobs: Jobs::default(),
            recording_from: None,
            seen: 0,
            header_height: 0.0,
            bench: Bench::new(),
            sweeping: false,
        };
        app.apply_theme(ctx);
        if app.choices.projector {
            ctx.set_zoom_factor(PROJECTOR_ZOOM);
        }
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
        &self.link.recipe
    }

    /// The recipe that made the run on the screen: its live changes, the step it has reached and the
    /// pictures shown included. `None` while there is no run.
    pub fn recipe_of_run(&self) -> Option<Recipe> {
        let mut recipe = self.link.recipe_of_run()?;
        recipe.panels = self.choices.panels(recipe.lab);
        Some(recipe)
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.link.step()
    }

    /// Whether there is a run to draw.
    pub(super) fn shows_plots(&self) -> bool {
        self.link.history.is_some()
    }

    /// Starts the clock as soon as the recipe is loaded.
    pub(super) fn play(&mut self) {
        self.link.play_from_the_start();
    }

    /// Whether the clock is meant to run.
    pub fn playing(&self) -> bool {
        self.link.playing()
    }

    /// How things stand, in words.
    pub fn status(&self) -> String {
        self.status_line().0
    }

    /// The status and whether it asks for attention.
    fn status_line(&self) -> (String, bool) {
        if let Some(refused) = &self.refused {
            return (refused.clone(), true);
        }
        let (line, warn) = if self.sweeping {
            self.bench.status()
        } else {
            status::line(&self.link)
        };
        let said = self.said.as_ref().filter(|(_, at)| at.elapsed() < NEWS);
        match said {
            Some((said, _)) if !warn => (said.clone(), false),
            _ => (line, warn),
        }
    }

    /// Takes in what the simulation has sent. Also called while the window is hidden.
    pub fn receive(&mut self) {
        self.bench.receive();
        self.link.receive(self.choices.theory);
        if self.seen != self.link.generation {
            self.seen = self.link.generation;
            for memory in self.memories.values_mut() {
                memory.forget();
            }
        }
    }

    /// Lays out the window.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        for action in actions::pressed(&ctx, self.link.lab()) {
            self.act(&ctx, action);
        }
        self.open_dropped_file(&ctx);
        self.open_pasted_link(&ctx);
        self.window_ui(ui);
        self.help_ui(&ctx);
        self.share_ui(&ctx);
        actions::release_focus(&ctx);
        self.link.take_over_changes();
    }

    /// Everything that belongs to the window itself.
    fn window_ui(&mut self, ui: &mut Ui) {
        if self.sweeping {
            self.sweeps_ui(ui);
            return;
        }
        self.time.clock = self.choices.clock;
        if self.time.log != self.choices.log_time {
            self.time.log = self.choices.log_time;
            self.time.view = None;
            self.time.pinned = None;
        }
        let header = EguiPanel::top("header").show(ui, |ui| self.header_ui(ui));
        self.settle(ui.ctx(), header.response.rect.height());
        EguiPanel::bottom("status").show(ui, |ui| self.status_ui(ui));
        if self.choices.controls {
            controls_panel().show(ui, |ui| self.controls_ui(ui));
        }
        CentralPanel::default()
            .frame(plots_frame(ui))
            .show(ui, |ui| self.plots_ui(ui));
    }

    /// A panel has the height that its last frame came to: a header that has wrapped in another way is
    /// laid out once more before it is shown.
    fn settle(&mut self, ctx: &Context, header_height: f32) {
        if self.header_height != header_height {
            self.header_height = header_height;
            ctx.request_discard("the header has another height");
        }
    }

    fn header_ui(&mut self, ui: &mut Ui) {
        ui.add_space(4.0);
        let asked = header::transport_ui(
            ui,
            &mut self.link,
            &self.choices,
            self.recording_from.is_some(),
        );
        for action in asked {
            self.act(&ui.ctx().clone(), action);
        }
        if let Some(history) = &self.link.history {
            self.time
                .prepare(history, self.link.recipe.knobs.count("steps"));
        }
        let height = ui.spacing().interact_size.y * 2.0;
        ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
            ui.set_min_height(height);
            header::caption_ui(ui, &self.link, &self.time);
        });
        ui.add_space(2.0);
    }

    fn status_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            let (line, warn) = self.status_line();
            let text = RichText::new(line);
            let dark = ui.visuals().dark_mode;
            ui.label(if warn {
                text.color(theme::warning(dark)).strong()
            } else {
                text
            });
            if self.link.dead && ui.button("Restart the simulation").clicked() {
                self.link.revive();
            }
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
            .link
            .history
            .as_ref()
            .map(|history| history.setup.clone());
        let before = self.link.recipe.knobs.clone();
        let facts = facts.as_ref().map(|setup| &setup.facts);
        let refused =
            controls::controls_ui(ui, &mut self.link.recipe.knobs, facts, &mut self.drafts);
        if refused.is_some() || self.link.recipe.knobs != before {
            self.refused = refused;
        }
    }

    fn plots_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            header::legend_ui(ui, &self.link, &mut self.hidden);
            ui.separator();
            header::clock_ui(ui, &self.link, &self.time);
            if ui.available_size_before_wrap().x < 270.0 {
                ui.end_row();
            }
            header::axis_ui(ui, &mut self.choices);
        });
        let cells = self.link.lab().cells();
        let Some(history) = &self.link.history else {
            ui.centered_and_justified(|ui| ui.label(status::line(&self.link).0));
            return;
        };
        // The strip may change them while the scene is still in use.
        let knobs = self.link.recipe.knobs.clone();
        let scene = Scene {
            history,
            knobs: &knobs,
            hidden: &self.hidden,
            theory: self.choices.theory,
            dark: ui.visuals().dark_mode,
            enlarged: self.enlarged.is_some(),
            stroke_scale: if self.choices.projector { 1.6 } else { 1.0 },
        };
        let facts = &history.setup.facts;
        let shown = |cell: &'static [Panel]| self.choices.panel(cell, facts);
        let visible: Vec<(&'static [Panel], &'static Panel)> = match self.enlarged {
            Some(id) => cells
                .iter()
                .map(|cell| (*cell, shown(cell)))
                .filter(|(_, panel)| panel.id == id)
                .collect(),
            None => cells.iter().map(|cell| (*cell, shown(cell))).collect(),
        };
        let whole = ui.available_rect_before_wrap();
        if whole.height() < MIN_PLOT || whole.width() < MIN_PLOT {
            return;
        }
        // Where room is short, the plots have it.
        let strip_height = if whole.height() > 3.0 * STRIP_HEIGHT {
            STRIP_HEIGHT
        } else {
            0.0
        };
        let strip =
            Rect::from_min_max(pos2(whole.left(), whole.bottom() - strip_height), whole.max);
        let grid = Rect::from_min_max(whole.min, pos2(whole.right(), strip.top() - 4.0));
        let mut responses = Vec::new();
        let mut time = std::mem::take(&mut self.time);
        let memories = &mut self.memories;
        let mut grid_ui = ui.new_child(egui::UiBuilder::new().max_rect(grid));
        ScrollArea::vertical()
            .auto_shrink(false)
            .show(&mut grid_ui, |ui| {
                for ((cell, panel), rect) in visible.iter().zip(cell_rects(ui, grid, visible.len()))
                {
                    let response = cell_ui(ui, rect, cell, panel, &scene, &mut time, memories);
                    responses.push((*cell, *panel, response));
                }
            });
        if strip.is_positive() {
            let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(strip).id_salt("strip"));
            let (lab, knobs) = (self.link.recipe.lab, &mut self.link.recipe.knobs);
            strip_ui(&mut ui, lab, knobs, &scene, &mut time, &mut self.strip);
        }
        self.time = time;
        ui.advance_cursor_after_rect(whole);
        for (cell, panel, response) in responses {
            for (key, value) in response.set {
                // Dragged beyond its range a setting stays where it was.
                drop(self.link.recipe.knobs.set(key, Value::Real(value)));
            }
            if let Some(id) = response.show {
                self.choices
                    .shown
                    .insert(cell[0].id.to_owned(), id.to_owned());
                self.enlarged = self.enlarged.map(|_| id);
            }
            match response.asked {
                Some(Asked::Save) => self.ask_to_save(Subject::Plot(panel)),
                Some(Asked::Copy) => {
                    let (ctx, dark) = (ui.ctx().clone(), self.choices.dark);
                    self.copy_picture(&ctx, Subject::Plot(panel), 2.0, dark);
                }
                None => {}
            }
            if response.toggle_size {
                self.enlarged = if self.enlarged.is_some() {
                    None
                } else {
                    Some(panel.id)
                };
            }
        }
    }

    fn help_ui(&mut self, ctx: &Context) {
        let lab = self.link.lab();
        Window::new("Keys").open(&mut self.help).collapsible(false).resizable(false).show(ctx, |ui| {
            Grid::new("keys").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
                for (keys, help) in actions::help(lab) {
                    ui.label(RichText::new(keys).font(theme::bold(15.0)));
                    ui.label(help);
                    ui.end_row();
                }
            });
            ui.add_space(6.0);
            ui.label("In a plot: drag to pan, Ctrl+wheel or right-drag to zoom, double-click to fit.");
        });
    }

    fn open_dropped_file(&mut self, ctx: &Context) {
        let Some(path) = ctx.input(|input| {
            input
                .raw
                .dropped_files
                .first()
                .map(|file| file.path().to_path_buf())
        }) else {
            return;
        };
        self.open_file(&path);
    }

    /// Opens whatever carries a recipe, and takes a table as data. What cannot be opened is explained
    /// in the status line.
    pub fn open_file(&mut self, path: &Path) {
        self.refused = None;
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let extension = extension.to_string_lossy();
        if extension == "csv" {
            self.take_table(path);
            return;
        }
        let may_be_a_table = !PICTURES.contains(&&*extension) && path.is_file();
        match carrier::open(path) {
            Ok(recipe) => self.open(recipe),
            Err(RecipeError::Nothing { .. }) if may_be_a_table => self.take_table(path),
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    fn take_table(&mut self, path: &Path) {
        let knobs = &mut self.link.recipe.knobs;
        let words = [
            ("data", "csv".to_owned()),
            ("csv_path", path.display().to_string()),
        ];
        for (key, word) in words {
            if let Err(error) = knobs.set(key, Value::Word(word)) {
                self.refused = Some(error.to_string());
            }
        }
    }

    /// A link that is pasted anywhere but into a text field is opened.
    fn open_pasted_link(&mut self, ctx: &Context) {
        if ctx.text_edit_focused() {
            return;
        }
        let pasted = ctx.input(|input| {
            input.events.iter().find_map(|event| match event {
                Event::Paste(text) => Some(text.clone()),
                _ => None,
            })
        });
        let Some(pasted) = pasted else { return };
        self.refused = None;
        match link::find(pasted.as_bytes()).map(link::decode) {
            Some(Ok(recipe)) => self.open(recipe),
            Some(Err(error)) => self.refused = Some(error.to_string()),
            None => {
                self.refused =
                    Some("there is no link in what was pasted: links begin with ibl:".to_owned());
            }
        }
    }

    /// Copies a link to the run on the screen.
    pub fn copy_link(&mut self, ctx: &Context) {
        self.refused = None;
        match self.recipe_of_run() {
            Some(recipe) => ctx.copy_text(link::encode(&recipe)),
            None => self.refused = Some("there is no run yet to link to".to_owned()),
        }
    }

    fn act(&mut self, ctx: &Context, action: Action) {
        self.refused = None;
        self.said = None;
        if self.sweeping && self.act_on_sweeps(ctx, action) {
            return;
        }
        match action {
            Action::ToggleSweeps => self.show_sweeps(true),
            Action::TogglePlay => self.link.set_playing(!self.link.playing()),
            Action::Step(steps) => self.link.take_steps(steps),
            Action::Reset => self.link.reset(false),
            Action::NewSeeds => self.new_seeds(),
            Action::RunToConvergence => self.link.run_to_convergence(),
            Action::Open(preset) => self.open(preset.recipe()),
            Action::ToggleTheme => {
                self.choices.dark = !self.choices.dark;
                self.apply_theme(ctx);
            }
            Action::ToggleProjector => self.toggle_projector(ctx),
            Action::ToggleControls => self.choices.controls = !self.choices.controls,
            Action::ToggleLogTime => self.choices.log_time = !self.choices.log_time,
            Action::ToggleTheory => self.choices.theory = !self.choices.theory,
            Action::ToggleFullScreen => actions::toggle_full_screen(ctx),
            Action::ToggleHelp => self.help = !self.help,
            Action::Lab(action) => self.act_of_lab(action),
            Action::SavePlots => self.ask_to_save(self.plots_in_view()),
            Action::SaveWindow => self.ask_to_save(Subject::Window),
            Action::SaveData => self.ask_to_save(Subject::Data),
            Action::SaveClip => self.ask_to_save(Subject::Clip),
            Action::Record => self.toggle_recording(),
            Action::CopyPlots => {
                self.copy_picture(ctx, self.plots_in_view(), 2.0, self.choices.dark);
            }
            Action::CopyLink => self.copy_link(ctx),
            Action::PasteLink => ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            Action::OpenFile => self.browse_to_open(ctx),
            Action::Back => {
                self.help = false;
                if self.dialog.take().is_none() && self.time.pinned.take().is_none() {
                    self.enlarged = None;
                }
            }
        }
    }

    /// Changes the settings as the lab says, for the row at the cursor; the changed recipe then starts over
    /// and catches up.
    fn act_of_lab(&mut self, action: &LabAction) {
        let Some(history) = &self.link.history else {
            return;
        };
        if !self.link.recipe.changes.is_empty() {
            self.refused = Some("a recipe with planned changes cannot be forked".to_owned());
            return;
        }
        let row = self.time.leading_row(history).unwrap_or(0);
        let knobs = &self.link.recipe.knobs;
        match (action.act)(knobs, history, row) {
            Ok(changed) => self.link.recipe.knobs = changed,
            Err(reason) => self.refused = Some(reason),
        }
    }

    /// Replaces the recipe, with its pictures: they are the same whatever was on the screen before.
    fn open(&mut self, recipe: Recipe) {
        self.sweeping = false;
        self.time.view = None;
        self.time.pinned = None;
        self.dialog = None;
        self.recording_from = None;
        self.choices.shown.clear();
        self.choices.show(recipe.lab, &recipe.panels);
        self.link.open(recipe);
    }

    fn new_seeds(&mut self) {
        let knobs = &mut self.link.recipe.knobs;
        for key in ["data_seed", "sampling_seed", "brownian_seed"] {
            let next = next_seed(knobs.count(key));
            // `next_seed` stays inside the range of the seed knobs.
            drop(knobs.set(key, Value::Count(next)));
        }
        let playing = self.link.playing();
        self.link.reset(playing);
    }

    fn toggle_projector(&mut self, ctx: &Context) {
        self.choices.projector = !self.choices.projector;
        if self.choices.projector {
            self.choices.dark = false;
            self.choices.controls = false;
        }
        self.apply_theme(ctx);
        ctx.set_zoom_factor(if self.choices.projector {
            PROJECTOR_ZOOM
        } else {
            1.0
        });
    }
}

/// What a window opens with that has nothing to remember.
fn first_recipe() -> Recipe {
    let lab = LABS[0];
    let first = lab.presets().first();
    first.map_or_else(|| Recipe::new(lab), |preset| preset.recipe())
}

/// The panel at the left.
fn controls_panel() -> EguiPanel {
    EguiPanel::left("controls")
        .resizable(true)
        .default_size(352.0)
        .size_range(240.0..=460.0)
}

/// What surrounds the plots.
fn plots_frame(ui: &Ui) -> Frame {
    Frame::new()
        .inner_margin(Margin::same(6))
        .fill(ui.visuals().panel_fill)
}

/// Rectangles of the cells: as many columns as fit, rows no lower than [`MIN_CELL`], scrolled if
/// need be. Reserves their room in `ui`.
fn cell_rects(ui: &mut Ui, visible: Rect, cells: usize) -> Vec<Rect> {
    let cells = cells.max(1);
    let fitting = (visible.width() / MIN_CELL.x).floor().max(1.0) as usize;
    let columns = fitting.min(3).min(cells);
    let rows = cells.div_ceil(columns);
    let height = (visible.height() / rows as f32).max(MIN_CELL.y);
    let scrolls = height * rows as f32 > visible.height() + 1.0;
    let width = (visible.width() - if scrolls { 14.0 } else { 0.0 }) / columns as f32;
    let (whole, _) = ui.allocate_exact_size(
        vec2(width * columns as f32, height * rows as f32),
        egui::Sense::hover(),
    );
    let rect = |at: usize| {
        let corner = whole.min
            + vec2(
                (at % columns) as f32 * width,
                (at / columns) as f32 * height,
            );
        Rect::from_min_size(corner, vec2(width, height)).shrink(4.0)
    };
    (0..cells).map(rect).collect()
}

impl eframe::App for App {
    fn logic(&mut self, _ctx: &Context, _frame: &mut eframe::Frame) {
        self.receive();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.choices.recipe = Some(self.link.recipe_to_start().to_toml());
        eframe::set_value(storage, "choices", &self.choices);
    }

    fn persist_egui_memory(&self) -> bool {
        // Pan, zoom and scroll positions of the last session would surprise; choices are kept above.
        false
    }
}
