//! The plots of the live run, in cells, above the strip.

use eframe::egui::{Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2, pos2, vec2};

use super::App;
use crate::knobs::Value;
use crate::scene::Panel;
use crate::sim::history::History;
use crate::ui::panels::strip::strip_ui;
use crate::ui::panels::{CellContext, CellResponse, Memories, PictureAction, cell_ui};
use crate::ui::share::item::Item;
use crate::ui::time_axis::TimeAxis;
use crate::ui::{header, status};

/// Smallest cell in which a plot can still be read.
const MIN_CELL: Vec2 = vec2(250.0, 160.0);

/// Below this a plot is not worth drawing.
const MIN_PLOT: f32 = 90.0;

/// Height of the strip under the plots, and of one that nothing is scheduled in.
const STRIP_HEIGHTS: [f32; 2] = [84.0, 56.0];

/// A cell and the picture that is shown in it.
#[derive(Clone, Copy)]
struct Shown {
    cell: &'static [Panel],
    panel: &'static Panel,
}

impl App {
    pub(super) fn plots_ui(&mut self, ui: &mut Ui) {
        self.legend_row_ui(ui);
        let Some(history) = &self.live.screen.history else {
            ui.centered_and_justified(|ui| ui.label(status::line(&self.live).0));
            return;
        };
        let whole = ui.available_rect_before_wrap();
        if whole.height() < MIN_PLOT || whole.width() < MIN_PLOT {
            return;
        }
        let has_schedule = self.live.lab().strip().is_some();
        let [grid, strip] = grid_and_strip(whole, has_schedule);
        let recipe = &mut self.live.intent.recipe;
        // The strip may change them while the scene is still in use.
        let knobs = recipe.knobs.clone();
        let cells = self.choices.visible(recipe.lab, &history.setup.facts);
        let cells = cells.map(|(cell, panel)| Shown { cell, panel });
        let mut cells: Vec<Shown> = cells.collect();
        let fills_window = |shown: &Shown| Some(shown.cell[0].id) == self.enlarged;
        if cells.iter().any(fills_window) {
            cells.retain(fills_window);
        }
        let lit = self.teaching.lit_pictures();
        let context = CellContext {
            history,
            lit: &lit,
            knobs: &knobs,
            hidden: &self.hidden,
            theory: self.choices.theory && !self.teaching.hides_theory(),
            dark: ui.visuals().dark_mode,
            enlarged: self.enlarged.is_some(),
            stroke_scale: if self.choices.projector { 1.6 } else { 1.0 },
        };
        let lab = recipe.lab;
        let memories = self.memories.entry(lab.id()).or_default();
        let mut grid_ui = ui.new_child(UiBuilder::new().max_rect(grid).id_salt(lab.id()));
        let responses = cells_ui(&mut grid_ui, &cells, &context, &mut self.time, memories);
        if strip.is_positive() {
            let mut ui = ui.new_child(UiBuilder::new().max_rect(strip).id_salt("strip"));
            let knobs = &mut recipe.knobs;
            strip_ui(
                &mut ui,
                lab.strip(),
                knobs,
                &context,
                &mut self.time,
                &mut self.strip,
            );
        }
        ui.advance_cursor_after_rect(whole);
        for (shown, response) in cells.into_iter().zip(responses) {
            self.take_response(ui, shown, response);
        }
    }

    /// The families, where the clock stands, and what the time axis counts.
    fn legend_row_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            header::legend_ui(ui, &self.live, &mut self.hidden);
            ui.separator();
            header::clock_ui(ui, &self.live, &self.time);
            if ui.available_size_before_wrap().x < 270.0 {
                ui.end_row();
            }
            header::axis_ui(ui, self.live.lab(), &mut self.choices);
        });
    }

    /// Does what the user asked for in a cell.
    fn take_response(&mut self, ui: &Ui, shown: Shown, response: CellResponse) {
        let Shown { cell, panel } = shown;
        let recipe = &mut self.live.intent.recipe;
        for (key, value) in response.set {
            // Dragged beyond its range a setting stays where it was.
            drop(recipe.knobs.set(key, Value::Real(value)));
        }
        if let Some(id) = response.show {
            self.choices.choose(recipe.lab, cell, id);
        }
        match response.asked {
            Some(PictureAction::Save) => self.ask_to_save(Item::Plot(panel)),
            Some(PictureAction::Copy) => {
                let (ctx, dark) = (ui.ctx().clone(), self.choices.dark);
                self.copy_picture(&ctx, Item::Plot(panel), 2.0, dark);
            }
            None => {}
        }
        if response.toggle_size {
            self.enlarged = match self.enlarged {
                Some(_) => None,
                None => Some(cell[0].id),
            };
        }
    }

    /// The picture that fills the window, if one does.
    pub(super) fn enlarged_panel(&self, history: &History) -> Option<&'static Panel> {
        let facts = &history.setup.facts;
        let mut visible = self.choices.visible(self.live.lab(), facts);
        let (_, panel) = visible.find(|(cell, _)| Some(cell[0].id) == self.enlarged)?;
        Some(panel)
    }
}

/// Room for the cells and for the strip under them, which is empty where room is short.
fn grid_and_strip(whole: Rect, has_schedule: bool) -> [Rect; 2] {
    let [high, low] = STRIP_HEIGHTS;
    let height = if whole.height() <= 3.0 * high {
        0.0
    } else if has_schedule {
        high
    } else {
        low
    };
    let strip = Rect::from_min_max(pos2(whole.left(), whole.bottom() - height), whole.max);
    let grid = Rect::from_min_max(whole.min, pos2(whole.right(), strip.top() - 4.0));
    [grid, strip]
}

/// Draws the cells; returns what was asked for in each.
fn cells_ui(
    ui: &mut Ui,
    cells: &[Shown],
    context: &CellContext<'_>,
    time: &mut TimeAxis,
    memories: &mut Memories,
) -> Vec<CellResponse> {
    let visible = ui.max_rect();
    let area = ScrollArea::vertical().auto_shrink(false);
    area.show(ui, |ui| {
        let rects = cell_rects(ui, visible, cells.len());
        let cells = cells.iter().zip(rects);
        cells
            .map(|(Shown { cell, panel }, rect)| {
                cell_ui(ui, rect, cell, panel, context, time, memories)
            })
            .collect()
    })
    .inner
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
        Sense::hover(),
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
