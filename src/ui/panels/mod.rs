//! The kinds of picture. Each file draws one of them for any lab that declares it.

mod card;
mod functions;
mod kept;
mod paths;
mod plane;
mod profile;
mod series;
mod space;
mod stems;
pub(super) mod strip;
pub(super) mod strokes;
mod thermometer;

use std::any::Any;
use std::collections::BTreeMap;

use eframe::egui::{
    Align, Align2, Color32, ComboBox, Layout, Popup, Rect, Response, RichText, Role, Sense,
    SetOpenCommand, Stroke, Ui, UiBuilder, Vec2, Vec2b, WidgetInfo, pos2, vec2,
};
use egui_plot::{
    AxisHints, Line, MarkerShape, Plot, PlotPoints, PlotResponse, PlotUi, Points, VLine,
};

use super::axis::{self, SteadyBounds};
use super::theme;
use super::time_axis::TimeAxis;
use crate::knobs::Knobs;
use crate::scene::Panel;
use crate::scene::curves::{Reduced, straightened};
use crate::scene::pictures;
use crate::scene::pictures::card::Card;
use crate::scene::pictures::paths::Paths;
use crate::scene::pictures::profile::Profile;
use crate::scene::pictures::stems::Stems;
use crate::sim::history::History;

/// Everything a panel reads.
pub(super) struct Scene<'a> {
    pub(super) history: &'a History,
    pub(super) knobs: &'a Knobs,
    /// Whether the theory is drawn over the runs.
    pub(super) theory: bool,
    /// Families switched off in the legend.
    pub(super) hidden: &'a [&'static str],
    pub(super) dark: bool,
    pub(super) stroke_scale: f32,
    /// Whether one plot fills the window: then there is room to say what it shows.
    pub(super) enlarged: bool,
}

impl Scene<'_> {
    /// The runs to be drawn, later ones on top.
    fn runs(&self) -> impl Iterator<Item = usize> {
        pictures::shown_runs(self.history, self.hidden)
    }

    /// The first run of each family to be drawn.
    fn first_runs(&self) -> Vec<usize> {
        pictures::first_runs(self.history, self.hidden)
    }

    /// A vector that does not change while the experiment runs, such as β*.
    fn fact(&self, id: &str) -> Option<&[f64]> {
        self.history.vector(id)
    }

    fn style(&self, run: usize) -> theme::FamilyStyle {
        let mut style = theme::style(self.history.setup.runs[run].family.look, self.dark);
        style.width *= self.stroke_scale;
        style
    }
}

/// Pixels by which a line may miss a point without anybody seeing it.
const INVISIBLE: f64 = 0.1;

/// What a panel remembers between frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) bounds: SteadyBounds,
    /// How a three-dimensional picture has been turned: yaw and pitch in radians.
    turn: Option<[f64; 2]>,
    /// The ordinates the user has panned or zoomed to, and the abscissae of a plot without time.
    pub(super) y_view: Option<(f64, f64)>,
    pub(super) x_view: Option<(f64, f64)>,
    /// What is visible, abscissae and ordinates, while something in the picture is being dragged.
    held: Option<[(f64, f64); 2]>,
    kept: kept::Kept,
    /// The frame of the plot: smaller than its cell, which holds the labels too.
    frame: Option<Vec2>,
}

impl Memory {
    /// How many pixel columns curves are reduced to.
    fn pixels(&self, ui: &Ui) -> f64 {
        let frame = self.frame.unwrap_or_else(|| ui.available_size());
        f64::from(frame.x.round())
    }

    /// How far a line may pass a point by, in places of an axis that shows `y`.
    fn tolerance(&self, ui: &Ui, y: (f64, f64)) -> f64 {
        let frame = self.frame.unwrap_or_else(|| ui.available_size());
        INVISIBLE * (y.1 - y.0) / f64::from(frame.y.max(1.0))
    }

    /// Starts anew for other data. A turned picture stays turned, and a hand that changes the data
    /// by dragging in the picture keeps hold of it.
    pub(super) fn forget(&mut self) {
        *self = Self {
            turn: self.turn,
            held: self.held,
            ..Self::default()
        };
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
    pub(super) asked: Option<Asked>,
    /// Settings dragged in the picture.
    pub(super) set: Vec<(&'static str, f64)>,
}

/// What a picture's own menu offers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// Save it.
    Save,
    /// Copy it.
    Copy,
}

/// One cell: a title row with the alternatives and the read-out, and the plot.
pub(super) fn cell_ui(
    ui: &mut Ui,
    rect: Rect,
    cell: &'static [Panel],
    shown: &'static Panel,
    scene: &Scene<'_>,
    time: &mut TimeAxis,
    memories: &mut Memories,
) -> CellResponse {
    let mut response = CellResponse::default();
    // The last tick label of a plot reaches over its frame.
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - 10.0, rect.bottom()));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(inner).id_salt(cell[0].id));
    let ui = &mut ui;
    ui.set_clip_rect(rect.intersect(ui.clip_rect()));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        response.show = title_ui(ui, cell, shown, scene);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Enlarge {}", shown.title);
            let (rect, button) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::click());
            let color = if button.hovered() {
                theme::text(scene.dark)
            } else {
                theme::weak_text(scene.dark)
            };
            enlarge_icon(ui, rect, color);
            let button = button.on_hover_text(format!("{name}, or shrink it again (Esc)"));
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            response.toggle_size = button.clicked();
        });
    });
    if scene.enlarged {
        ui.label(shown.about);
    }
    let memory = memories.entry(shown.id).or_default();
    let picture: &dyn Any = shown.picture;
    if let Some(spec) = picture.downcast_ref() {
        series::series_ui(ui, shown, spec, scene, time, memory);
    } else if let Some(Stems { entry, reference }) = picture.downcast_ref() {
        stems::stems_ui(ui, shown, *entry, reference, scene, time, memory);
    } else if let Some(Paths { entry, reference }) = picture.downcast_ref() {
        paths::paths_ui(ui, shown, *entry, reference, scene, time, memory);
    } else if let Some(Profile {
        curve,
        bounds,
        range,
    }) = picture.downcast_ref()
    {
        profile::profile_ui(ui, shown, *curve, bounds, *range, scene, time, memory);
    } else if let Some(spec) = picture.downcast_ref() {
        thermometer::thermometer_ui(ui, shown, spec, scene, time, memory);
    } else if let Some(spec) = picture.downcast_ref() {
        plane::plane_ui(ui, shown, spec, scene, time, memory);
    } else if let Some(spec) = picture.downcast_ref() {
        functions::functions_ui(ui, shown, spec, scene, time, memory);
    } else if let Some(space) = picture.downcast_ref() {
        response.set = space::space_ui(ui, shown, space, scene, time, memory);
    } else if let Some(Card { rows }) = picture.downcast_ref() {
        card::card_ui(ui, shown, *rows, scene, time);
    }
    menu_ui(ui, rect, shown, scene, &mut response);
    response
}

/// The menu under the right mouse button. A right drag is the plot's own and zooms.
fn menu_ui(ui: &Ui, rect: Rect, shown: &Panel, scene: &Scene<'_>, response: &mut CellResponse) {
    let cell = ui.interact(rect, ui.scope_id().with("menu"), Sense::hover());
    let clicked = cell.contains_pointer() && ui.input(|input| input.pointer.secondary_clicked());
    let menu = Popup::menu(&cell)
        .open_memory(clicked.then_some(SetOpenCommand::Bool(true)))
        .at_pointer_fixed();
    menu.show(|ui| {
        if ui.button(format!("Save “{}” …", shown.title)).clicked() {
            response.asked = Some(Asked::Save);
        }
        if ui.button("Copy as a picture").clicked() {
            response.asked = Some(Asked::Copy);
        }
        let words = if scene.enlarged { "Shrink" } else { "Enlarge" };
        response.toggle_size |= ui.button(words).clicked();
    });
}

/// The title of a cell, which opens the list of its pictures; returns the one that was chosen.
fn title_ui(
    ui: &mut Ui,
    cell: &'static [Panel],
    shown: &'static Panel,
    scene: &Scene<'_>,
) -> Option<&'static str> {
    let facts = &scene.history.setup.facts;
    let choices: Vec<&Panel> = cell
        .iter()
        .filter(|panel| (panel.relevant)(facts))
        .collect();
    let title = RichText::new(shown.title).font(theme::bold(15.0));
    if choices.len() < 2 {
        ui.label(title).on_hover_text(shown.about);
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
    combo.response.on_hover_text(shown.about);
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

/// The axes of a plot.
#[derive(Default)]
pub(super) struct Axes<'a> {
    pub(super) log_x: bool,
    pub(super) log_y: bool,
    pub(super) x_label: &'a str,
    pub(super) y_label: &'a str,
}

impl<'a> Axes<'a> {
    /// A plot over time.
    fn over(time: &TimeAxis, log_y: bool) -> Self {
        Axes {
            log_x: time.log,
            log_y,
            x_label: time.clock.label(),
            y_label: "",
        }
    }

    /// A plot over something else.
    fn linear(x_label: &'a str) -> Self {
        Axes {
            x_label,
            ..Axes::default()
        }
    }
}

/// A plot with our axes: no auto bounds, no legend of its own, double-click to fit.
pub(super) fn plot<'a>(id: &'static str, axes: &Axes<'_>, dark: bool) -> Plot<'a> {
    let Axes {
        log_x,
        log_y,
        x_label,
        y_label,
    } = *axes;
    let mut x_axis = AxisHints::new_x()
        .label_spacing(24.0..=60.0)
        .tick_label_font(theme::tick_font())
        .tick_label_color(theme::weak_text(dark))
        .formatter(if log_x {
            axis::decade_label
        } else {
            axis::linear_label
        });
    if !x_label.is_empty() {
        x_axis = x_axis.label(RichText::new(x_label).size(14.0));
    }
    let mut y_axis = AxisHints::new_y()
        .label_spacing(14.0..=25.0)
        .min_thickness(44.0)
        .tick_label_font(theme::tick_font())
        .tick_label_color(theme::weak_text(dark))
        .formatter(if log_y {
            axis::decade_label
        } else {
            axis::linear_label
        });
    if !y_label.is_empty() {
        y_axis = y_axis.label(RichText::new(y_label).size(14.0));
    }
    let mut plot = Plot::new(id)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .grid_color(theme::grid(dark))
        .grid_spacing(14.0..=160.0)
        .auto_bounds(Vec2b::FALSE)
        .allow_double_click_reset(false)
        .allow_scroll(false)
        .show_crosshair(false)
        .set_margin_fraction(vec2(0.0, 0.0));
    if log_x {
        plot = plot.x_grid_spacer(axis::decades);
    }
    if log_y {
        plot = plot.y_grid_spacer(axis::decades);
    }
    plot
}

/// Sets a plot's bounds for this frame.
pub(super) fn set_bounds(plot: &mut PlotUi<'_>, x: (f64, f64), y: (f64, f64)) {
    plot.set_plot_bounds_x(x.0..=x.1);
    plot.set_plot_bounds_y(y.0..=y.1);
}

/// The bounds the user has dragged or zoomed to, if they differ from those asked for: (x, y).
type Moved = (Option<(f64, f64)>, Option<(f64, f64)>);

fn moved<R>(response: &PlotResponse<R>, x: (f64, f64), y: (f64, f64)) -> Moved {
    // Dragging, wheel and box zoom act after the bounds were set; without the pointer nothing can.
    if !response.response.hovered()
        && !response.response.dragged()
        && !response.response.drag_stopped()
    {
        return (None, None);
    }
    let bounds = response.transform.bounds();
    let differs = |now: (f64, f64), asked: (f64, f64)| {
        let span = asked.1 - asked.0;
        let moved = (now.0 - asked.0).abs() + (now.1 - asked.1).abs() > 1e-6 * span;
        (moved && now.0.is_finite() && now.1.is_finite() && now.1 - now.0 > 1e-9).then_some(now)
    };
    (
        differs((bounds.min()[0], bounds.max()[0]), x),
        differs((bounds.min()[1], bounds.max()[1]), y),
    )
}

/// The line that marks the same time in every plot.
fn cursor_ui(plot: &mut PlotUi<'_>, scene: &Scene<'_>, time: &TimeAxis) {
    if let Some(cursor) = time.cursor() {
        let line = VLine::new("cursor", cursor).color(theme::text(scene.dark));
        plot.vline(line.width(1.0).allow_hover(false));
    }
}

/// Rings for what is known beforehand.
fn rings_ui(plot: &mut PlotUi<'_>, at: Vec<[f64; 2]>) {
    let rings = Points::new("truth", at).color(theme::REFERENCE);
    let rings = rings.filled(false).radius(6.5).shape(MarkerShape::Circle);
    plot.points(rings.allow_hover(false));
}

/// The curve of one run's column in its family's style.
fn curve_ui(
    plot: &mut PlotUi<'_>,
    scene: &Scene<'_>,
    run: usize,
    reduced: &Reduced,
    with_band: bool,
    tolerance: f64,
) {
    let style = scene.style(run);
    let label = &scene.history.setup.runs[run].label;
    if with_band {
        for (at, (x, low, high)) in reduced.bands().into_iter().enumerate() {
            let area = egui_plot::FilledArea::new(label.clone(), &x, &low, &high)
                .fill_color(theme::band(style.color))
                .id((label, "band", at))
                .allow_hover(false);
            plot.add(area);
        }
    }
    let pieces = match style.line {
        theme::Line::Dashed => reduced.dashes(9, 5),
        theme::Line::Solid | theme::Line::Marked => reduced.lines(),
    };
    for (at, points) in pieces.into_iter().enumerate() {
        let points = straightened(&points, tolerance);
        let line = Line::new(label.clone(), PlotPoints::from(points))
            .color(style.color)
            .width(style.width)
            .id((label, at))
            .allow_hover(false);
        plot.line(line);
    }
    if style.line == theme::Line::Marked {
        let markers = reduced.markers(90, 22 * run as i64);
        let points = Points::new(label.clone(), markers)
            .color(style.color)
            .radius(3.2 * scene.stroke_scale.sqrt())
            .shape(MarkerShape::Circle)
            .id((label, "markers"))
            .allow_hover(false);
        plot.points(points);
    }
}

/// Takes over panning, zooming, pointing and double-clicking in a plot over time.
fn follow_time(
    response: &PlotResponse<()>,
    time: &mut TimeAxis,
    memory: &mut Memory,
    y: (f64, f64),
) {
    memory.frame = Some(response.transform.frame().size());
    let (x_moved, y_moved) = moved(response, time.range(), y);
    if response.response.double_clicked() {
        time.view = None;
        memory.y_view = None;
    } else {
        time.view = x_moved.or(time.view);
        memory.y_view = y_moved.or(memory.y_view);
    }
    if response.response.hovered()
        && let Some(pointer) = response.response.hover_pos()
    {
        time.pointed = Some(response.transform.value_from_position(pointer).x);
    }
}

/// The same for a plot that has no time axis.
pub(super) fn follow(
    response: &PlotResponse<()>,
    memory: &mut Memory,
    x: (f64, f64),
    y: (f64, f64),
) {
    memory.frame = Some(response.transform.frame().size());
    let (x_moved, y_moved) = moved(response, x, y);
    if response.response.double_clicked() {
        memory.x_view = None;
        memory.y_view = None;
    } else {
        memory.x_view = x_moved.or(memory.x_view);
        memory.y_view = y_moved.or(memory.y_view);
    }
}

/// Values per family behind small swatches, in a corner of a plot's frame.
fn readout_ui(ui: &Ui, frame: Rect, corner: Align2, rows: &[(Color32, String)], dark: bool) {
    if rows.is_empty() {
        return;
    }
    let painter = ui.painter().with_clip_rect(frame);
    let size = if frame.height() < 160.0 || rows.len() > 3 {
        13.0
    } else {
        15.0
    };
    let galleys: Vec<_> = rows
        .iter()
        .map(|(color, text)| {
            (
                *color,
                painter.layout_no_wrap(text.clone(), theme::bold(size), theme::text(dark)),
            )
        })
        .collect();
    let width = galleys
        .iter()
        .map(|(_, galley)| galley.size().x)
        .fold(0.0, f32::max)
        + 20.0;
    let height = galleys
        .iter()
        .map(|(_, galley)| galley.size().y)
        .sum::<f32>()
        + 4.0;
    let ground = corner.align_size_within_rect(vec2(width, height), frame.shrink(4.0));
    painter.rect_filled(ground, 3.0, theme::ground(dark).gamma_multiply(0.8));
    let mut y = ground.top() + 2.0;
    for (color, galley) in galleys {
        let size = galley.size();
        let swatch =
            Rect::from_center_size(pos2(ground.left() + 7.0, y + size.y / 2.0), vec2(9.0, 9.0));
        painter.rect_filled(swatch, 2.0, color);
        painter.galley(pos2(ground.left() + 16.0, y), galley, theme::text(dark));
        y += size.y;
    }
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
