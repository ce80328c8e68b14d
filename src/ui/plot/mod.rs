//! A plot of the scene in the window: axes that can be moved, and every layer painted over them.
//!
//! `egui_plot` has the axes, the grid, panning and zooming; it is linear, so a logarithmic axis shows
//! log₁₀ of its values. The layers are painted by us, each kind of shape in one place: bands and lines that
//! rise by [`curves`], under everything else, the rest by [`layers`].

mod axes;
mod curves;
mod ends;
mod handle;
mod key;
mod layers;
mod map;
mod readout;
pub(super) mod strokes;
mod words;

use eframe::egui::{Align2, CursorIcon, FontId, Painter, Pos2, Rect, Ui, Vec2, pos2, vec2};
use egui_plot::PlotResponse;

pub(super) use axes::{Axes, Margins, set_bounds, unnumbered};
pub(super) use ends::LineEnd;
pub(super) use key::{legend_ui, legend_width, mark_of_look};
pub(super) use map::tile_at;
pub(super) use readout::{freest_of, readout_ui};

use curves::KeptCurves;
use layers::KeptPoints;
use map::KeptTiles;

use super::time_axis::TimeAxis;
use super::{script, theme};
use crate::scene::Plot;
use crate::scene::bounds::SteadyBounds;
use crate::scene::fitted::Fitted;
use crate::scene::polyline::Frame;
use crate::scene::scale::{FLOOR_WORDS, value_at};

/// Radians per dragged pixel.
const TURN: f64 = 0.01;

/// A plot lower than this has no room for the name of the time axis, which is above all plots as well.
const LOW: f32 = 200.0;

/// How a window paints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// White on black.
    pub(super) dark: bool,
    /// How much broader strokes are than on an ordinary screen.
    pub(super) scale: f32,
    /// How much larger type is than in a small cell.
    pub(super) size: f32,
    /// The smallest type, in points.
    pub(super) least: f32,
}

impl Style {
    /// Running text of so many points.
    fn font(self, points: f32) -> FontId {
        FontId::proportional(self.size * points)
    }

    /// Bold text of so many points.
    fn bold(self, points: f32) -> FontId {
        theme::bold(self.size * points)
    }
}

/// What a plot remembers between frames.
#[derive(Clone, Debug, Default)]
pub(super) struct PlotMemory {
    /// The visible part of axes that the user has moved, abscissa and ordinate, in places.
    pub(super) moved: [Option<(f64, f64)>; 2],
    /// How a picture of three dimensions has been turned: yaw and pitch in radians.
    pub(super) turn: Option<[f64; 2]>,
    /// What an ordinate that asks for no range has come to span.
    grown: SteadyBounds,
    /// What is visible, abscissae and ordinates, while a handle is being dragged.
    held: Option<[(f64, f64); 2]>,
    /// The curves as they were painted last.
    curves: KeptCurves,
    /// Where the points of large clouds were.
    points: KeptPoints,
    /// The tiles of a map as they were painted.
    tiles: KeptTiles,
    /// The size of the frame: smaller than the cell, which holds the labels too.
    size: Option<Vec2>,
    /// Which of their places the numbers stand at.
    readout: Option<usize>,
}

impl PlotMemory {
    /// Starts anew for other data. A turned picture stays turned, and a hand that changes the data
    /// by dragging in the picture keeps hold of it.
    pub(super) fn forget(&mut self) {
        *self = Self {
            turn: self.turn,
            held: self.held,
            ..Self::default()
        };
    }

    /// The tiles as they were painted last.
    #[cfg(test)]
    pub(super) fn tiles(&self) -> std::sync::Arc<eframe::egui::epaint::Mesh> {
        self.tiles.mesh()
    }

    /// The width and height of the frame, as far as they are known.
    pub(super) fn size(&self, ui: &Ui) -> [f64; 2] {
        let size = self.size.unwrap_or_else(|| ui.available_size());
        [size.x.round().into(), size.y.round().into()]
    }
}

/// A plot on the screen: its frame, and where its values are in it.
pub(super) struct Placed<'a> {
    pub(super) response: PlotResponse<()>,
    /// Settings whose point is being dragged, with their values.
    pub(super) set: Vec<(&'static str, f64)>,
    fitted: Fitted<'a>,
    /// Where words are written.
    taken: Vec<Rect>,
    /// What may be painted into, around the frame.
    cell: Rect,
}

impl Placed<'_> {
    /// Where a point is on the screen, if it has a place on the axes.
    pub(super) fn at(&self, point: [f64; 2]) -> Option<Pos2> {
        let [x, y] = self.fitted.place(&self.exact_frame(), point)?;
        Some(Pos2::new(x as f32, y as f32))
    }

    /// How far right a value is on the screen, if it has a place on the axis.
    pub(super) fn across(&self, x: f64) -> Option<f32> {
        let frame = self.exact_frame();
        Some(frame.at([self.fitted.x.part(x)?, 0.0])[0] as f32)
    }

    /// How far down a value is on the screen, if it has a place on the axis.
    fn down(&self, y: f64) -> Option<f32> {
        let frame = self.exact_frame();
        Some(frame.at([0.0, self.fitted.y.part(y)?])[1] as f32)
    }

    /// How far right a place of the abscissa is on the screen.
    pub(super) fn across_place(&self, place: f64) -> f32 {
        self.fitted.of_places(&self.exact_frame(), [place, 0.0])[0] as f32
    }

    /// Whether the abscissa is the time that all such plots share.
    pub(super) fn is_over_time(&self) -> bool {
        self.fitted.plot.x.time
    }

    /// The frame of the plot.
    pub(super) fn frame(&self) -> Rect {
        *self.response.transform.frame()
    }

    fn exact_frame(&self) -> Frame {
        strokes::exact_frame(self.frame())
    }

    /// The values under a point of the screen.
    pub(super) fn values_at(&self, at: Pos2) -> [f64; 2] {
        let place = self.response.transform.value_from_position(at);
        let plot = self.fitted.plot;
        [value_at(place.x, plot.x.log), value_at(place.y, plot.y.log)]
    }
}

/// Draws a plot into the room that is left. A plot over time shares its abscissa with the others.
pub(super) fn plot_ui<'a>(
    ui: &mut Ui,
    id: &'static str,
    plot: &'a Plot,
    ends: &[LineEnd],
    memory: &mut PlotMemory,
    time: Option<&mut TimeAxis>,
    style: Style,
) -> Placed<'a> {
    let mut whole = ui.available_rect_before_wrap();
    let mut fitted = Fitted::new(plot);
    for (axis, scale) in [&mut fitted.x, &mut fitted.y].into_iter().enumerate() {
        let moved = memory.moved[axis];
        let held = memory.held.map(|held| held[axis]);
        scale.range = held.or(moved).unwrap_or(scale.range);
    }
    if plot.y.range.is_none() && memory.moved[1].is_none() {
        let (low, high) = fitted.y.range;
        memory.grown.include(low, high, plot.y.log);
        fitted.y.range = memory.grown.range();
    }
    let axes = Axes {
        log_x: plot.x.log,
        log_y: plot.y.log,
        bare_x: plot.x.bare,
        bare_y: plot.y.bare,
        x_label: if plot.x.time && whole.height() < LOW {
            ""
        } else {
            &plot.x.label
        },
        y_label: &plot.y.label,
    };
    let right = map::width(plot, style) + ends::room(ui.painter(), ends, style);
    let margins = margins(ui, &axes, &mut fitted, whole, right, style);
    ui.add_space(margins.top);
    whole.min.y += margins.top;
    let mut shown = axes::unnumbered(id, &axes, &margins, style).width(whole.width() - right);
    if plot.equal_scales {
        // Box and axis zoom would change the aspect ratio.
        shown = shown.allow_boxed_zoom(false).allow_axis_zoom_drag(false);
        shown = shown.show_grid(false);
    }
    if plot.x.bare && plot.y.bare {
        shown = shown.show_grid(false);
    }
    if plot.live.turnable {
        shown = shown.allow_zoom(false);
    }
    shown = shown.allow_drag(!plot.live.turnable && memory.held.is_none());
    let response = shown.show(ui, |plot| {
        fitted.equalise(&strokes::exact_frame(plot.response().rect));
        set_bounds(plot, fitted.x.range, fitted.y.range);
    });
    follow(&response, &fitted, memory, time);
    // What is dragged or zoomed to in this frame is painted in this frame.
    let bounds = response.transform.bounds();
    for (axis, scale) in [&mut fitted.x, &mut fitted.y].into_iter().enumerate() {
        scale.range = (bounds.min()[axis], bounds.max()[axis]);
    }
    let mut placed = Placed {
        response,
        set: Vec::new(),
        fitted,
        taken: Vec::new(),
        cell: ui.clip_rect(),
    };
    let painter = ui.painter().with_clip_rect(placed.frame());
    map::map_ui(ui, &painter, &placed, style, &mut memory.tiles);
    floor_ground_ui(&painter, &placed, style);
    curves::curves_ui(&painter, &placed, style, &mut memory.curves);
    layers::layers_ui(&painter, &placed, style, &mut memory.points);
    placed.taken = words::words_ui(&painter, &placed, style);
    note_ui(&painter, &placed, style);
    turn_ui(ui, &painter, &placed, memory, style);
    let scales = [&placed.fitted.x, &placed.fitted.y];
    margins.paint(ui.painter(), &axes, scales, [placed.frame(), whole], style);
    let named = ends::ends_ui(ui.painter(), &placed, ends, whole, style);
    placed.taken.extend(named);
    placed.set = handle::handles_ui(ui, &painter, &placed, memory, style.dark);
    placed
}

/// Takes over panning, zooming and double-clicking in a plot, and over time where the pointer is.
fn follow(
    response: &PlotResponse<()>,
    fitted: &Fitted<'_>,
    memory: &mut PlotMemory,
    time: Option<&mut TimeAxis>,
) {
    memory.size = Some(response.transform.frame().size());
    let asked = [fitted.x.range, fitted.y.range];
    let moved = moved(response, asked);
    let reset = response.response.double_clicked();
    let take = |view: &mut Option<(f64, f64)>, moved: Option<(f64, f64)>| {
        *view = if reset { None } else { moved.or(*view) };
    };
    take(&mut memory.moved[1], moved[1]);
    match time.filter(|_| fitted.plot.x.time) {
        None => take(&mut memory.moved[0], moved[0]),
        Some(time) => {
            take(&mut time.view, moved[0]);
            if response.response.hovered()
                && let Some(pointer) = response.response.hover_pos()
            {
                time.pointed = Some(response.transform.value_from_position(pointer).x);
            }
        }
    }
}

/// The bounds the user has dragged or zoomed to, if they differ from those asked for.
fn moved(response: &PlotResponse<()>, asked: [(f64, f64); 2]) -> [Option<(f64, f64)>; 2] {
    // Dragging, wheel and box zoom act after the bounds were set; without the pointer nothing can.
    let hand = &response.response;
    if !hand.hovered() && !hand.dragged() && !hand.drag_stopped() {
        return [None; 2];
    }
    let bounds = response.transform.bounds();
    [0, 1].map(|axis| {
        let now = (bounds.min()[axis], bounds.max()[axis]);
        let asked = asked[axis];
        let span = asked.1 - asked.0;
        let moved = (now.0 - asked.0).abs() + (now.1 - asked.1).abs() > 1e-6 * span;
        (moved && now.0.is_finite() && now.1.is_finite() && now.1 - now.0 > 1e-9).then_some(now)
    })
}

/// The room around the frame of a plot: the numbers of an ordinate depend on how high it is, and its height on the
/// numbers of the abscissa.
fn margins(
    ui: &Ui,
    axes: &Axes<'_>,
    fitted: &mut Fitted<'_>,
    whole: Rect,
    right: f32,
    style: Style,
) -> Margins {
    let new =
        |fitted: &Fitted<'_>| Margins::new(ui.painter(), axes, &fitted.y, whole.height(), style);
    let margins = new(fitted);
    if !fitted.plot.equal_scales {
        return margins;
    }
    let min = whole.min + vec2(margins.left, margins.top);
    let frame = Rect::from_min_max(min, whole.max - vec2(right, margins.bottom));
    // Only a guess of the frame: the ranges are widened once it is known, and not twice.
    let ranges = [fitted.x.range, fitted.y.range];
    fitted.equalise(&strokes::exact_frame(frame));
    let margins = new(fitted);
    [fitted.x.range, fitted.y.range] = ranges;
    margins
}

/// The lowest part of a logarithmic axis, where all is drawn that is smaller: what is 0 up to rounding.
fn floor_of(placed: &Placed<'_>) -> Option<Rect> {
    let frame = placed.frame();
    let part = placed.fitted.y.floor()?;
    let top = frame.bottom() - part as f32 * frame.height();
    Some(Rect::from_min_max(pos2(frame.left(), top), frame.max))
}

fn floor_ground_ui(painter: &Painter, placed: &Placed<'_>, style: Style) {
    if let Some(floor) = floor_of(placed) {
        let ground = theme::grid(style.dark).gamma_multiply(0.5);
        painter.rect_filled(floor, 0.0, ground);
    }
}

/// Says what the floor is, where there are no other words.
pub(super) fn floor_words_ui(painter: &Painter, placed: &Placed<'_>, style: Style) {
    let Some(floor) = floor_of(placed) else {
        return;
    };
    let color = theme::weak_text(style.dark);
    let words = script::galley(painter, FLOOR_WORDS, &style.font(13.0), color);
    let room = Rect::from_min_max(floor.min - vec2(0.0, words.size().y), floor.right_top());
    let room = room.shrink2(vec2(6.0, 0.0));
    let places = [Align2::LEFT_TOP, Align2::CENTER_TOP, Align2::RIGHT_TOP];
    let places = places.map(|place| place.align_size_within_rect(words.size(), room));
    let free = |place: &Rect| !placed.taken.iter().any(|taken| taken.intersects(*place));
    if let Some(place) = places.into_iter().find(free) {
        painter.galley(place.min, words, color);
    }
}

/// What an empty plot says.
fn note_ui(painter: &Painter, placed: &Placed<'_>, style: Style) {
    let note = &placed.fitted.plot.note;
    if note.is_empty() {
        return;
    }
    let frame = placed.frame();
    let color = theme::weak_text(style.dark);
    let mut job = script::job(note, &style.font(theme::TICK), color);
    job.wrap.max_width = 0.9 * frame.width();
    let galley = painter.layout_job(job);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), frame);
    painter.galley(at.min, galley, color);
}

/// Lets a picture of three dimensions be turned, and says that it can be.
fn turn_ui(ui: &Ui, painter: &Painter, placed: &Placed<'_>, memory: &mut PlotMemory, style: Style) {
    if !placed.fitted.plot.live.turnable {
        return;
    }
    let response = &placed.response.response;
    if response.double_clicked() {
        memory.turn = None;
    } else if response.dragged() {
        let by = response.drag_delta();
        let [yaw, pitch] = memory.turn.unwrap_or_default();
        let quarter = std::f64::consts::FRAC_PI_2;
        memory.turn = Some([
            yaw + TURN * f64::from(by.x),
            (pitch + TURN * f64::from(by.y)).clamp(-quarter, quarter),
        ]);
    }
    if response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    } else if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    let hint = if memory.turn.is_some() {
        "double-click to turn back"
    } else {
        "drag to turn"
    };
    let at = placed.frame().left_bottom() + vec2(6.0, -3.0);
    let color = theme::weak_text(style.dark);
    painter.text(at, Align2::LEFT_BOTTOM, hint, style.font(13.0), color);
}
