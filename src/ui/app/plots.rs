//! The plots of the live run, in cells, above the strip.

use eframe::egui::{Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2, pos2, vec2};

use super::App;
use crate::knobs::{Knobs, Role, Value};
use crate::labs::Strip;
use crate::scene::Panel;
use crate::sim::history::History;
use crate::ui::actions::Action;
use crate::ui::panels::strip::strip_ui;
use crate::ui::panels::{CellContext, CellResponse, Memories, PictureAction, cell_ui};
use crate::ui::pins::pins_ui;
use crate::ui::share::item::Item;
use crate::ui::time_axis::TimeAxis;
use crate::ui::{header, status};

/// Smallest cell in which a plot can still be read.
const MIN_CELL: Vec2 = vec2(250.0, 160.0);

/// Below this a plot is not worth drawing.
const MIN_PLOT: f32 = 90.0;

/// Height of the strip under the plots, and of one that nothing is scheduled in.
const STRIP_HEIGHTS: [f32; 2] = [84.0, 56.0];

/// How much broader strokes are in a lecture than its magnification makes them.
pub(super) const LECTURE_STROKES: f32 = 1.2;

/// The same in a lecture, whose type is larger.
const LECTURE_STRIP: [f32; 2] = [76.0, 50.0];

/// Type of a plot that fills the window, in units of what it has in a cell: for the narrowest and the broadest one.
const ENLARGED: [f32; 2] = [1.15, 1.5];

/// The width at which it has type as large as in a cell.
const USUAL: f32 = 800.0;

/// A cell and the picture that is shown in it.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) cell: &'static [Panel],
    pub(super) panel: &'static Panel,
}

impl App {
    pub(super) fn plots_ui(&mut self, ui: &mut Ui) {
        let lecture = self.choices.projector;
        if self.compact.is_on {
            ui.horizontal_wrapped(|ui| header::legend_ui(ui, &self.live, &mut self.hidden));
        } else if !lecture {
            self.legend_row_ui(ui);
        }
        let Some(history) = &self.live.screen.history else {
            ui.centered_and_justified(|ui| ui.label(status::line(&self.live).0));
            return;
        };
        let whole = ui.available_rect_before_wrap();
        if whole.height() < MIN_PLOT || whole.width() < MIN_PLOT {
            return;
        }
        let strip = self.live.lab().strip();
        let has_schedule = strip.is_some_and(|strip| {
            let knobs = &self.live.intent.recipe.knobs;
            !lecture || is_scheduled(strip, knobs, history)
        });
        let heights = if lecture {
            LECTURE_STRIP
        } else {
            STRIP_HEIGHTS
        };
        let [grid, strip] = grid_and_strip(whole, heights, has_schedule);
        let (cells, single) = self.cells(history);
        let recipe = &mut self.live.intent.recipe;
        // The strip may change them while the scene is still in use.
        let knobs = recipe.knobs.clone();
        let ghosts = self.pins.ghosts(recipe.lab);
        let lit = self.teaching.lit_pictures();
        let [narrow, broad] = ENLARGED;
        let context = CellContext {
            history,
            lit: &lit,
            ghosts: &ghosts,
            knobs: &knobs,
            hidden: &self.hidden,
            theory: self.choices.theory && !self.teaching.hides_theory(),
            dark: ui.visuals().dark_mode,
            enlarged: single,
            resizable: !self.compact.is_on,
            stroke_scale: if lecture { LECTURE_STROKES } else { 1.0 },
            size: if single {
                (grid.width() / USUAL).clamp(narrow, broad)
            } else {
                1.0
            },
            lecture,
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

    /// The plots on the screen, and whether one fills it.
    fn cells(&self, history: &History) -> (Vec<Shown>, bool) {
        if self.compact.is_on {
            return (self.compact.shown(&self.lecture_plots()), false);
        }
        if self.choices.projector {
            let shown = self.lecture.shown(&self.lecture_plots());
            return (shown, self.lecture.single);
        }
        let lab = self.live.intent.recipe.lab;
        let cells = self.choices.visible(lab, &history.setup.facts);
        let cells = cells.map(|(cell, panel)| Shown { cell, panel });
        let mut cells: Vec<Shown> = cells.collect();
        let fills_window = |shown: &Shown| Some(shown.cell[0].id) == self.enlarged;
        let single = cells.iter().any(fills_window);
        if single {
            cells.retain(fills_window);
        }
        (cells, single)
    }

    /// The families, where the clock stands, and what the time axis counts.
    fn legend_row_ui(&mut self, ui: &mut Ui) {
        let row = ui.horizontal_wrapped(|ui| {
            header::legend_ui(ui, &self.live, &mut self.hidden);
            let asked = pins_ui(ui, &self.pins, &self.live.intent.recipe);
            self.act_on_pins(asked);
            ui.separator();
            header::clock_ui(ui, &self.live, &self.time);
            if ui.available_size_before_wrap().x < 350.0 {
                ui.end_row();
            }
            header::axis_ui(ui, self.live.lab(), &mut self.choices)
        });
        if row.inner {
            self.act(&ui.ctx().clone(), Action::ToggleProjector);
        }
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
        if response.toggle_size && self.choices.projector {
            let all = self.lecture_plots();
            self.lecture.toggle_size(&all, Some(panel));
        } else if response.toggle_size {
            self.enlarged = match self.enlarged {
                Some(_) => None,
                None => Some(cell[0].id),
            };
        }
    }

    /// The picture that fills the window, if one does.
    pub(super) fn enlarged_panel(&self, history: &History) -> Option<&'static Panel> {
        let (cells, single) = self.cells(history);
        single.then(|| cells.first().map(|shown| shown.panel))?
    }
}

/// Whether anything is, was or will be scheduled.
fn is_scheduled(strip: &Strip, knobs: &Knobs, history: &History) -> bool {
    let past = history.shared(strip.shared).unwrap_or_default();
    let steps = std::iter::successors(Some(0), |step: &u64| Some(step + 1 + step / 8));
    let mut planned = steps.take_while(|step| *step <= knobs.length());
    knobs.is_relevant(Role::Vertices)
        || past.iter().any(|level| *level > 0.0)
        || planned.any(|step| (strip.level)(knobs, step) > 0.0)
}

/// Room for the cells and for the strip under them, which is empty where room is short.
fn grid_and_strip(whole: Rect, [high, low]: [f32; 2], has_schedule: bool) -> [Rect; 2] {
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
