//! The strip under the time plots: what is scheduled over the steps, live changes, and a handle to
//! stop and move time.

use eframe::egui::{CursorIcon, PointerButton, Pos2, Rect, RichText, Sense, Stroke, Ui, vec2};
use egui_plot::{Line, PlotPoints, PlotResponse, PlotTransform, Points, VLine};

use super::CellContext;
use crate::format::number;
use crate::knobs::{Kind, Knobs, Role, Value};
use crate::labs::Strip;
use crate::sim::history::History;
use crate::ui::plot::{Axes, plot, set_bounds};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Pixels around a vertex in which it can be grabbed.
const GRAB: f32 = 10.0;

/// What the strip remembers between frames.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct StripState {
    /// The vertex being dragged.
    dragged: Option<usize>,
}

/// What the strip shows in this frame.
struct Schedule {
    /// The level over the visible range, in axis places: as it was applied, then as it is planned.
    curve: Vec<[f64; 2]>,
    highest: f64,
    /// Whether the user draws it.
    drawn: bool,
    /// Where the vertices of a drawn one are, in axis places; `None` if that is off the axis.
    vertices: Vec<Option<[f64; 2]>>,
}

impl Schedule {
    fn new(
        strip: Option<&Strip>,
        knobs: &Knobs,
        history: &History,
        time: &TimeAxis,
        pixels: usize,
    ) -> Self {
        let past = strip.and_then(|strip| history.shared(strip.shared));
        let past = past.unwrap_or_default();
        let last_step = history.step.last().copied().unwrap_or(0) as f64;
        let level_at = |place: f64| {
            let step = time.step_at(history, place);
            match history.row_at(step) {
                Some(row) if step <= last_step && row + 1 < past.len() => past[row],
                _ => planned(strip, knobs, step),
            }
        };
        let (first, last) = time.range();
        let curve: Vec<[f64; 2]> = (0..=pixels)
            .map(|pixel| first + (last - first) * pixel as f64 / pixels as f64)
            .map(|place| [place, level_at(place)])
            .collect();
        let drawn = knobs.is_relevant(Role::Vertices);
        let points = if drawn { vertices(knobs) } else { Vec::new() };
        let levels = curve.iter().chain(&points).map(|[_, level]| *level);
        let place_of =
            |[step, level]: &[f64; 2]| Some([time.place_of_step(history, step.max(1.0))?, *level]);
        Self {
            highest: levels.fold(0.0, f64::max),
            drawn,
            vertices: points.iter().map(place_of).collect(),
            curve,
        }
    }

    /// The visible levels; above the curve is room for the title.
    fn levels(&self) -> (f64, f64) {
        let highest = self.highest;
        (0.0, if highest > 0.0 { 1.7 * highest } else { 1.0 })
    }

    /// The vertex that can be grabbed at a point of the screen.
    fn vertex_near(&self, transform: &PlotTransform, at: Pos2) -> Option<usize> {
        self.vertices.iter().position(|vertex| {
            vertex.is_some_and(|[x, y]| {
                let place = egui_plot::PlotPoint::new(x, y);
                transform.position_from_point(&place).distance(at) < GRAB
            })
        })
    }
}

/// The level that is planned at a step.
fn planned(strip: Option<&Strip>, knobs: &Knobs, step: f64) -> f64 {
    strip.map_or(0.0, |strip| (strip.level)(knobs, step.round() as u64))
}

/// Draws the strip; vertices of a hand-drawn schedule are edited in place.
pub(in crate::ui) fn strip_ui(
    ui: &mut Ui,
    strip: Option<&Strip>,
    knobs: &mut Knobs,
    context: &CellContext<'_>,
    time: &mut TimeAxis,
    state: &mut StripState,
) {
    let history = context.history;
    let pixels = ui.available_width().max(64.0) as usize;
    let schedule = Schedule::new(strip, knobs, history, time, pixels);
    let PlotResponse {
        response,
        transform,
        ..
    } = plot_ui(ui, context, time, &schedule, strip.is_some());
    let title = match strip {
        _ if time.pinned.is_some() => {
            "time stopped here: double-click or Esc to let it go on".to_owned()
        }
        Some(strip) if schedule.highest > 0.0 => match (strip.note)(knobs, history) {
            note if note.is_empty() => strip.label.to_owned(),
            note => format!("{}: {note}", strip.label),
        },
        Some(strip) => format!("{}.  Drag here to look back in time", strip.nothing),
        None => "Drag here to look back in time".to_owned(),
    };
    title_ui(ui, *transform.frame(), &title);
    let pointer = response.interact_pointer_pos();
    let Some(pointer) = pointer.or_else(|| response.hover_pos()) else {
        state.dragged = None;
        return;
    };
    if schedule.vertex_near(&transform, pointer).is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    if response.drag_started_by(PointerButton::Primary) {
        // The pointer has moved since the button went down.
        let origin = ui.input(|input| input.pointer.press_origin());
        state.dragged = schedule.vertex_near(&transform, origin.unwrap_or(pointer));
    }
    let under = transform.value_from_position(pointer);
    let step = time.step_at(history, under.x);
    if let Some(vertex) = state.dragged {
        move_vertex(knobs, vertex, step, under.y);
    } else if response.double_clicked() {
        // The first of the two clicks has stopped time.
        time.pinned = None;
        if schedule.drawn {
            add_vertex(knobs, step, under.y);
        }
    } else if response.dragged_by(PointerButton::Primary) || response.clicked() {
        let (first, last) = time.range();
        time.pinned = Some(under.x.clamp(first, last));
    } else if response.secondary_clicked()
        && let Some(vertex) = schedule.vertex_near(&transform, pointer)
    {
        remove_vertex(knobs, vertex);
    }
    if !response.is_pointer_button_down_on() {
        state.dragged = None;
    }
    if response.hovered() && state.dragged.is_none() {
        let level = strip.map(|strip| {
            let level = number(planned(Some(strip), knobs, step), 3);
            format!("{} = {level}", strip.symbol)
        });
        let drawn = schedule.drawn;
        response.on_hover_ui_at_pointer(|ui| hint_ui(ui, context, time, under.x, level, drawn));
    }
}

/// The schedule with its scale where a lab has one, marks of live changes, and the cursor.
fn plot_ui(
    ui: &mut Ui,
    context: &CellContext<'_>,
    time: &TimeAxis,
    schedule: &Schedule,
    has_schedule: bool,
) -> PlotResponse<()> {
    let history = context.history;
    let color = theme::text(context.dark);
    let axes = Axes {
        log_x: time.log,
        bare_y: !has_schedule,
        ..Axes::default()
    };
    let plot = plot("strip", &axes, context.dark)
        .height(ui.available_height())
        .sense(Sense::click_and_drag())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .show_grid([true, false]);
    plot.show(ui, |plot| {
        set_bounds(plot, time.range(), schedule.levels());
        if schedule.highest > 0.0 {
            let line = Line::new("scheduled", PlotPoints::from(schedule.curve.clone()));
            let line = line.color(color).width(1.6).fill(0.0).fill_alpha(0.12);
            plot.line(line.allow_hover(false));
        }
        for mark in &history.marks {
            if let Some(place) = time.place_of_step(history, mark.step as f64) {
                let line = VLine::new("change", place)
                    .color(theme::warning(context.dark))
                    .width(1.5);
                plot.vline(line.allow_hover(false).id(("change", mark.step)));
            }
        }
        if schedule.drawn {
            let vertices: Vec<[f64; 2]> = schedule.vertices.iter().flatten().copied().collect();
            let vertices = Points::new("vertices", vertices).color(color).radius(5.0);
            plot.points(vertices.allow_hover(false));
        }
        let last_step = history.step.last().copied().unwrap_or(0);
        let now = time.place_of_step(history, last_step as f64);
        if let Some(cursor) = time.cursor().or(now) {
            let width = if time.pinned.is_some() { 2.5 } else { 1.0 };
            let line = VLine::new("cursor", cursor).color(color).width(width);
            plot.vline(line.allow_hover(false));
        }
    })
}

fn title_ui(ui: &Ui, frame: Rect, text: &str) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter().with_clip_rect(frame);
    let at = frame.left_top() + vec2(8.0, 3.0);
    painter.text(
        at,
        eframe::egui::Align2::LEFT_TOP,
        text,
        theme::tick_font(),
        theme::weak_text(dark),
    );
    painter.rect_stroke(
        frame,
        0.0,
        Stroke::new(1.0, theme::grid(dark)),
        eframe::egui::StrokeKind::Inside,
    );
}

fn hint_ui(
    ui: &mut Ui,
    context: &CellContext<'_>,
    time: &TimeAxis,
    place: f64,
    level: Option<String>,
    drawn: bool,
) {
    let step = time.step_at(context.history, place);
    let step = format!("{} = {step:.0}", context.history.setup.clock.step);
    let words: Vec<String> = std::iter::once(step).chain(level).collect();
    ui.label(RichText::new(words.join(", ")).font(theme::bold(14.0)));
    for mark in context.history.marks.iter().filter(|mark| {
        let at = time.place_of_step(context.history, mark.step as f64);
        at.is_some_and(|at| (at - place).abs() < 0.02 * (time.range().1 - time.range().0))
    }) {
        ui.label(format!("at k = {}: {}", mark.step, mark.text));
    }
    ui.weak(if drawn {
        "Drag a vertex; double-click adds one, right-click removes one"
    } else {
        "Drag to look back; double-click to let time go on"
    });
}

fn vertices(knobs: &Knobs) -> Vec<[f64; 2]> {
    knobs.points_of(Role::Vertices).unwrap_or_default().to_vec()
}

fn store(knobs: &mut Knobs, points: Vec<[f64; 2]>) {
    // A vertex dragged past its neighbour is refused, which stops it there.
    drop(knobs.set_of(Role::Vertices, Value::Points(points)));
}

fn move_vertex(knobs: &mut Knobs, vertex: usize, step: f64, level: f64) {
    let mut points = vertices(knobs);
    if let Some(point) = points.get_mut(vertex) {
        *point = [step.round().max(0.0), rounded(knobs, level)];
        store(knobs, points);
    }
}

fn add_vertex(knobs: &mut Knobs, step: f64, level: f64) {
    let mut points = vertices(knobs);
    let step = step.round().max(0.0);
    let at = points.partition_point(|[x, _]| *x < step);
    points.insert(at, [step, rounded(knobs, level)]);
    store(knobs, points);
}

fn remove_vertex(knobs: &mut Knobs, vertex: usize) {
    let mut points = vertices(knobs);
    if points.len() > 1 && vertex < points.len() {
        points.remove(vertex);
        store(knobs, points);
    }
}

/// Two decimals are as fine as anybody draws.
fn rounded(knobs: &Knobs, level: f64) -> f64 {
    let highest = match knobs.knob_of(Role::Vertices).map(|knob| &knob.kind) {
        Some(Kind::Points { max }) => *max,
        _ => f64::INFINITY,
    };
    (level.clamp(0.0, highest) * 100.0).round() / 100.0
}
