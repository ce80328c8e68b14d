//! The cells of the window: a title with the alternatives, and the picture of the panel that is shown.

mod card;
mod ends;
mod hover;
pub(super) mod strip;

use std::collections::BTreeMap;

use eframe::egui::{
    Align, Color32, ComboBox, FontId, Layout, Popup, Rect, Response, Role, Sense, SetOpenCommand,
    Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::controls::frame_ui;
use super::lecture::LEAST_TYPE;
use super::plot::{
    LineEnd, PlotMemory, Style, floor_words_ui, legend_ui, legend_width, plot_ui, readout_ui,
};
use super::time_axis::TimeAxis;
use super::{script, theme};
use crate::knobs::Knobs;
use crate::scene::ghosts::{self, Ghost, GhostMemory};
use crate::scene::memory::Memory as SceneMemory;
use crate::scene::view::{View, Window};
use crate::scene::{Content, LegendEntry, Panel, Plot, pictures};
use crate::sim::history::History;

/// Side of the button that enlarges.
const ENLARGE: f32 = 20.0;

/// Everything a panel reads.
pub(super) struct CellContext<'a> {
    pub(super) history: &'a History,
    /// Runs that are kept for comparison.
    pub(super) ghosts: &'a [Ghost<'a>],
    pub(super) knobs: &'a Knobs,
    /// Whether the theory is drawn over the runs.
    pub(super) theory: bool,
    /// Families switched off in the legend.
    pub(super) hidden: &'a [&'static str],
    pub(super) dark: bool,
    pub(super) stroke_scale: f32,
    /// Whether one plot fills the window: then there is room to say what it shows.
    pub(super) enlarged: bool,
    /// Whether one can be made to fill it.
    pub(super) resizable: bool,
    /// How much larger type is than in a small cell.
    pub(super) size: f32,
    /// Whether what lines mean is said at their ends, and numbers stand over the frame and not in it.
    pub(super) lecture: bool,
    /// The pictures that are spoken of, which wear a frame.
    pub(super) lit: &'a [&'static str],
}

impl CellContext<'_> {
    fn style(&self) -> Style {
        Style {
            dark: self.dark,
            scale: self.stroke_scale,
            size: self.size,
            least: if self.lecture { LEAST_TYPE } else { 0.0 },
        }
    }
}

/// What a panel remembers between frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Of its plot on the screen.
    plot: PlotMemory,
    /// Of its picture: curves as far as they have been reduced, and what the axes have come to span.
    picture: SceneMemory,
    /// Of the numbers at the pointer.
    told: hover::Place,
    /// Of the runs that are kept for comparison.
    ghosts: Vec<GhostMemory>,
}

impl Memory {
    /// Starts anew for other data.
    pub(super) fn forget(&mut self) {
        self.plot.forget();
        self.picture = SceneMemory::default();
    }
}

/// The memories of all panels, forgotten when other data are loaded.
pub(super) type Memories = BTreeMap<&'static str, Memory>;

/// What the user asked for in a cell.
#[derive(Debug, Default)]
pub(super) struct CellResponse {
    /// Another panel of the cell.
    pub(super) show: Option<&'static str>,
    /// Enlarge or shrink.
    pub(super) toggle_size: bool,
    /// Something to do with the picture.
    pub(super) asked: Option<PictureAction>,
    /// Settings dragged in the picture.
    pub(super) set: Vec<(&'static str, f64)>,
}

/// What a picture's own menu offers.
#[derive(Clone, Copy, Debug)]
pub(super) enum PictureAction {
    /// Save it.
    Save,
    /// Copy it.
    Copy,
}

/// One cell: a title row with the alternatives, what lines mean, and the picture.
pub(super) fn cell_ui(
    ui: &mut Ui,
    rect: Rect,
    cell: &'static [Panel],
    shown: &'static Panel,
    context: &CellContext<'_>,
    time: &mut TimeAxis,
    memories: &mut Memories,
) -> CellResponse {
    let mut response = CellResponse::default();
    // The last tick label of a plot reaches over its frame.
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - 10.0, rect.bottom()));
    // Two pictures of the same cell can stand beside each other in a lecture.
    let id = if context.lecture {
        shown.id
    } else {
        cell[0].id
    };
    let mut ui = ui.new_child(UiBuilder::new().max_rect(inner).id_salt(id));
    let ui = &mut ui;
    ui.set_clip_rect(rect.intersect(ui.clip_rect()));
    let memory = memories.entry(shown.id).or_default();
    let view = view_of(ui, context, time, &memory.plot);
    let mut content = pictures::cell(shown, &view, &mut memory.picture).content;
    ghosts::add(
        &mut content,
        shown,
        &view,
        context.ghosts,
        &mut memory.ghosts,
    );
    let (numbers, ends) = match &mut content {
        Content::Plot(plot) if context.lecture => ends::told_at_ends(plot, &view),
        _ => (Vec::new(), Vec::new()),
    };
    let key = match &content {
        Content::Plot(plot) => &plot.key[..],
        Content::Table(_) => &[],
    };
    header_ui(ui, cell, shown, [key, &numbers], context, &mut response);
    if context.enlarged && !context.lecture {
        let font = FontId::proportional(15.0);
        let mut about = script::job(shown.about, &font, theme::text(context.dark));
        about.wrap.max_width = ui.available_width();
        ui.label(about);
    }
    let told = ui
        .rect_contains_pointer(rect)
        .then(|| hover::told(shown, &view, time));
    match content {
        Content::Table(rows) => card::card_ui(ui, shown, &rows, context),
        Content::Plot(plot) => {
            let told = told.unwrap_or_default();
            let drawn = (&plot, &ends[..]);
            response.set = picture_ui(ui, shown, drawn, memory, time, context, &told);
        }
    }
    menu_ui(ui, rect, shown, context, &mut response);
    if context.lit.contains(&shown.id) {
        // Around the labels of its axes, in the room between cells.
        frame_ui(ui, rect.shrink(0.5));
    }
    response
}

/// The title with the list of pictures at the left, the button that enlarges at the right, and what lines
/// mean between them or on rows of its own.
fn header_ui(
    ui: &mut Ui,
    cell: &'static [Panel],
    shown: &'static Panel,
    [key, numbers]: [&[LegendEntry]; 2],
    context: &CellContext<'_>,
    response: &mut CellResponse,
) {
    let mut fits = key.is_empty();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        response.show = title_ui(ui, cell, shown, context);
        let length = legend_width(ui, key.iter(), context.size) + ENLARGE + 12.0;
        if length < ui.available_width() {
            fits = true;
            ui.add_space(6.0);
            legend_ui(ui, key.iter(), context.size);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !context.resizable {
                return;
            }
            let name = format!("Enlarge {}", shown.title);
            let (rect, button) = ui.allocate_exact_size(Vec2::splat(ENLARGE), Sense::click());
            let color = if button.hovered() {
                theme::text(context.dark)
            } else {
                theme::weak_text(context.dark)
            };
            enlarge_icon(ui, rect, color);
            let button = button.on_hover_text(format!("{name}, or shrink it again (Esc)"));
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            response.toggle_size = button.clicked();
        });
    });
    // Numbers change: they have a row of their own however long they are.
    let rest = if fits { &[] } else { key };
    if !(numbers.is_empty() && rest.is_empty()) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(5.0, 0.0);
            legend_ui(ui, numbers.iter().chain(rest), context.size);
        });
    }
}

/// What of the history the picture is to show, and to which pixels.
fn view_of<'a>(
    ui: &Ui,
    context: &'a CellContext<'_>,
    time: &'a TimeAxis,
    memory: &PlotMemory,
) -> View<'a> {
    View {
        history: context.history,
        knobs: context.knobs,
        clock: time.clock,
        log_time: time.log,
        theory: context.theory,
        hidden: context.hidden,
        cursor: None,
        until: None,
        window: Some(Window {
            readings: time.readings(),
            time: time.range(),
            cursor: time.cursor(),
            moved: memory.moved,
            size: memory.size(ui),
            turn: memory.turn,
        }),
    }
}

/// A plot with its numbers where they cover least; returns the settings that were dragged.
fn picture_ui(
    ui: &mut Ui,
    panel: &'static Panel,
    (plot, ends): (&Plot, &[LineEnd]),
    memory: &mut Memory,
    time: &mut TimeAxis,
    context: &CellContext<'_>,
    told: &hover::Told,
) -> Vec<(&'static str, f64)> {
    let style = context.style();
    let mut placed = plot_ui(
        ui,
        panel.id,
        plot,
        ends,
        &mut memory.plot,
        Some(time),
        style,
    );
    let painter = ui.painter().with_clip_rect(placed.frame());
    let taken = readout_ui(&painter, &mut placed, &mut memory.plot, style);
    floor_words_ui(&painter, &placed, style);
    describe(&placed.response.response, panel.title, &plot.live.words);
    hover::hover_ui(ui, &placed, panel, told, time, taken, &mut memory.told);
    placed.set
}

/// The menu under the right mouse button. A right drag is the plot's own and zooms.
fn menu_ui(
    ui: &Ui,
    rect: Rect,
    shown: &Panel,
    context: &CellContext<'_>,
    response: &mut CellResponse,
) {
    let cell = ui.interact(rect, ui.scope_id().with("menu"), Sense::hover());
    let clicked = cell.contains_pointer() && ui.input(|input| input.pointer.secondary_clicked());
    let menu = Popup::menu(&cell)
        .open_memory(clicked.then_some(SetOpenCommand::Bool(true)))
        .at_pointer_fixed();
    menu.show(|ui| {
        if ui.button(format!("Save “{}” …", shown.title)).clicked() {
            response.asked = Some(PictureAction::Save);
        }
        if ui.button("Copy as a picture").clicked() {
            response.asked = Some(PictureAction::Copy);
        }
        if !context.resizable {
            return;
        }
        let words = if context.enlarged {
            "Shrink"
        } else {
            "Enlarge"
        };
        response.toggle_size |= ui.button(words).clicked();
    });
}

/// The title of a cell, which opens the list of its pictures; returns the one that was chosen.
fn title_ui(
    ui: &mut Ui,
    cell: &'static [Panel],
    shown: &'static Panel,
    context: &CellContext<'_>,
) -> Option<&'static str> {
    let facts = &context.history.setup.facts;
    let choices: Vec<&Panel> = cell
        .iter()
        .filter(|panel| (panel.relevant)(facts))
        .collect();
    let font = theme::bold(context.size * 15.0);
    let title = script::job(shown.title, &font, theme::text(context.dark));
    if choices.len() < 2 {
        script::hint(ui.label(title), shown.about);
        return None;
    }
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(("pictures", cell[0].id)).selected_text(title);
    let combo = combo.height(400.0).show_ui(ui, |ui| {
        for panel in choices {
            let label = ui.selectable_label(panel.id == shown.id, panel.title);
            if label.on_hover_text(panel.about).clicked() {
                chosen = Some(panel.id);
            }
        }
    });
    let name = format!("Picture: {}", shown.title);
    super::controls::name(&combo.response, &name);
    script::hint(combo.response, shown.about);
    chosen
}

/// Two corners of a frame, pointing outwards.
fn enlarge_icon(ui: &Ui, rect: Rect, color: Color32) {
    let rect = rect.shrink(4.5);
    let stroke = Stroke::new(1.6, color);
    for (corner, inwards) in [
        (rect.right_top(), vec2(-1.0, 1.0)),
        (rect.left_bottom(), vec2(1.0, -1.0)),
    ] {
        ui.painter()
            .line_segment([corner, corner + vec2(6.0 * inwards.x, 0.0)], stroke);
        ui.painter()
            .line_segment([corner, corner + vec2(0.0, 6.0 * inwards.y)], stroke);
    }
    ui.painter()
        .line_segment([rect.right_top(), rect.left_bottom()], stroke);
}

/// A plot's name for assistive technology and tests, with what it says in words.
pub(super) fn describe(response: &Response, title: &str, values: &str) {
    let text = if values.is_empty() {
        title.to_owned()
    } else {
        format!("{title}: {values}")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
}
