//! The strip under the time plots: what is scheduled over the steps, live changes, and a handle to
//! stop and move time, with the controls of the recording beside it.

mod vertices;

use eframe::egui::{
    Button, CursorIcon, PointerButton, Pos2, Rect, Response, RichText, Sense, Stroke, Ui,
    UiBuilder, pos2, vec2,
};
use egui_plot::{
    Line, MarkerShape, PlotPoints, PlotResponse, PlotTransform, PlotUi, Points, Span, VLine,
};

use super::{CellContext, describe};
use crate::format::number;
use crate::knobs::{Knobs, Role};
use crate::labs::Strip;
use crate::scene::scale::Scale;
use crate::sim::history::History;
use crate::ui::actions::TimeAction;
use crate::ui::playback::{Playback, playback_ui};
use crate::ui::plot::{Axes, Margins, Style, set_bounds, unnumbered};
use crate::ui::time_axis::TimeAxis;
use crate::ui::{script, theme};
use vertices::{add_vertex, move_vertex, remove_vertex, vertices};

/// Pixels around a vertex in which it can be grabbed.
const GRAB: f32 = 10.0;

/// Room for the controls of the recording, and how narrow a strip goes without them.
const CONTROLS: [f32; 2] = [196.0, 520.0];

/// Room for half of the last number of the axis, where nothing is right of it.
const LAST_NUMBER: f32 = 12.0;

/// What the strip remembers between frames.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct StripState {
    /// How the recording is played.
    pub(in crate::ui) playback: Playback,
    /// What was asked for with its controls.
    pub(in crate::ui) asked: Vec<TimeAction>,
    /// Why a drawn vertex was not taken.
    pub(in crate::ui) refused: Option<String>,
    /// Whether the vertex touched last is to be removed.
    pub(in crate::ui) delete_vertex: bool,
    /// The vertex being dragged.
    dragged: Option<usize>,
    /// The one that was touched last.
    touched: Option<usize>,
    /// What the scale goes up to while a vertex is dragged: it must not run away from the hand.
    held: Option<f64>,
    /// Where time stood before the button went down.
    before: Option<Before>,
    /// Where a range that is to be played over and over begins.
    loop_from: Option<f64>,
}

/// Where time stood before a click.
#[derive(Clone, Copy, Debug)]
struct Before {
    pinned: Option<f64>,
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
    fn levels(&self, held: Option<f64>) -> (f64, f64) {
        let highest = self.highest;
        let top = if highest > 0.0 { 1.7 * highest } else { 1.0 };
        (0.0, held.unwrap_or(top))
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
    let [controls, least] = CONTROLS;
    let whole = ui.available_rect_before_wrap();
    let mut scrubber = whole;
    if whole.width() > least {
        scrubber.set_right(whole.right() - controls);
        let room = Rect::from_min_max(pos2(scrubber.right() + 8.0, whole.top()), whole.max);
        let mut ui = ui.new_child(UiBuilder::new().max_rect(room).id_salt("playback"));
        let asked = playback_ui(&mut ui, &mut state.playback, time);
        state.asked.extend(asked);
        pen_ui(&mut ui, strip, knobs);
    } else {
        scrubber.set_right(whole.right() - LAST_NUMBER);
    }
    let mut ui = ui.new_child(UiBuilder::new().max_rect(scrubber).id_salt("scrubber"));
    scrubber_ui(&mut ui, strip, knobs, context, time, state);
}

/// A button that lets the schedule be drawn, where the lab has one, and takes it away where it is drawn.
fn pen_ui(ui: &mut Ui, strip: Option<&Strip>, knobs: &mut Knobs) {
    let Some(strip) = strip else { return };
    if ui.available_height() < 18.0 || knobs.knob_of(Role::Vertices).is_none() {
        return;
    }
    let is_drawn = knobs.is_relevant(Role::Vertices);
    let (text, hint) = if is_drawn {
        (
            format!("Remove {}", strip.symbol),
            format!("No drawn schedule of {} any more", strip.label),
        )
    } else {
        (
            format!("Draw {} over time", strip.symbol),
            format!(
                "Switches {} on, with a schedule that is drawn in the strip: drag a vertex, double-click for another \
                 one, Delete removes it",
                strip.label
            ),
        )
    };
    let button = ui.add(Button::new(RichText::new(text).size(13.0)));
    if !button.on_hover_text(hint).clicked() {
        return;
    }
    if is_drawn {
        knobs.make_irrelevant(Role::Vertices);
    } else {
        // There is a setting that makes it so.
        drop(knobs.make_relevant(Role::Vertices));
    }
}

fn scrubber_ui(
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
    } = plot_ui(ui, context, time, &schedule, state);
    let title = match strip {
        _ if time.pinned.is_some() => "Looking back: Esc follows the run again".to_owned(),
        Some(strip) if schedule.highest > 0.0 => match (strip.note)(knobs, history) {
            note if note.is_empty() => strip.label.to_owned(),
            note => format!("{}: {note}", strip.label),
        },
        Some(strip) => format!("{}.  Drag here to look back in time", strip.nothing),
        None => "Drag here to look back in time".to_owned(),
    };
    title_ui(ui, *transform.frame(), &title);
    describe(&response, "Time strip", &title);
    let hand = Hand {
        response: &response,
        transform: &transform,
        schedule: &schedule,
        context,
        shift: ui.input(|input| input.modifiers.shift),
    };
    if let Some(refused) = hand.act(ui, knobs, time, state) {
        state.refused = Some(refused);
    }
    if response.hovered() && state.dragged.is_none() {
        let Some(pointer) = response.hover_pos() else {
            return;
        };
        let under = transform.value_from_position(pointer);
        time.pointed = Some(under.x);
        let step = time.step_at(history, under.x);
        let level = strip.map(|strip| {
            let level = number(planned(Some(strip), knobs, step), 3);
            format!("{} = {level}", strip.label)
        });
        let drawn = schedule.drawn;
        response.on_hover_ui_at_pointer(|ui| hint_ui(ui, context, time, under.x, level, drawn));
    }
}

/// What the hand does in the strip.
struct Hand<'a> {
    response: &'a Response,
    transform: &'a PlotTransform,
    schedule: &'a Schedule,
    context: &'a CellContext<'a>,
    /// Whether a range is being chosen.
    shift: bool,
}

impl Hand<'_> {
    /// Scrubs, chooses a range, or draws; returns why a vertex was not taken.
    fn act(
        &self,
        ui: &Ui,
        knobs: &mut Knobs,
        time: &mut TimeAxis,
        state: &mut StripState,
    ) -> Option<String> {
        let Self {
            response,
            transform,
            schedule,
            ..
        } = self;
        if std::mem::take(&mut state.delete_vertex) {
            return self.delete(knobs, state);
        }
        let pointer = response.interact_pointer_pos();
        let Some(pointer) = pointer.or_else(|| response.hover_pos()) else {
            self.let_go(state);
            return None;
        };
        let near = schedule.vertex_near(transform, pointer);
        if near.is_some() {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
        }
        let is_primary = |ui: &Ui| ui.input(|input| input.pointer.primary_pressed());
        if is_primary(ui) && response.is_pointer_button_down_on() && !response.double_clicked() {
            let pinned = time.pinned;
            state.before = state.before.or(Some(Before { pinned }));
            // The pointer may move before that counts as a drag.
            state.dragged = near;
            state.touched = near.or(state.touched);
            state.held = near.map(|_| schedule.levels(None).1);
        }
        let under = transform.value_from_position(pointer);
        let step = time.step_at(self.context.history, under.x);
        let mut refused = None;
        if response.double_clicked() {
            // The first of the two clicks has scrubbed.
            time.pinned = state.before.and_then(|before| before.pinned);
            if schedule.drawn && near.is_none() {
                refused = add_vertex(knobs, step, under.y, &mut state.touched);
            } else if !schedule.drawn {
                time.pinned = None;
            }
        } else if let Some(vertex) = state.dragged {
            if response.dragged_by(PointerButton::Primary) {
                refused = move_vertex(knobs, vertex, step, under.y);
            }
        } else if self.shift && response.dragged_by(PointerButton::Primary) {
            let from = *state.loop_from.get_or_insert(under.x);
            let steps = [from, under.x].map(|at| {
                let step = time.step_at(self.context.history, at);
                step.round() as u64
            });
            state.playback.loop_between(steps);
        } else if response.dragged_by(PointerButton::Primary) || response.clicked() {
            let (first, last) = time.range();
            time.pinned = Some(under.x.clamp(first, last));
        } else if response.secondary_clicked()
            && let Some(vertex) = near
        {
            state.touched = Some(vertex);
            refused = self.delete(knobs, state);
        }
        self.let_go(state);
        refused
    }

    fn delete(&self, knobs: &mut Knobs, state: &mut StripState) -> Option<String> {
        if !self.schedule.drawn {
            return Some("there is no drawn schedule to remove a vertex of".to_owned());
        }
        let Some(vertex) = state.touched.take() else {
            return Some("touch a vertex first, then Delete removes it".to_owned());
        };
        remove_vertex(knobs, vertex)
    }

    fn let_go(&self, state: &mut StripState) {
        if !self.response.is_pointer_button_down_on() {
            state.dragged = None;
            state.held = None;
            state.loop_from = None;
            if !self.response.clicked() && !self.response.hovered() {
                state.before = None;
            }
        }
        if self.response.double_clicked() {
            state.before = None;
        }
    }
}

/// The schedule with its scale where a lab has one, marks of live changes, and the cursor.
fn plot_ui(
    ui: &mut Ui,
    context: &CellContext<'_>,
    time: &TimeAxis,
    schedule: &Schedule,
    state: &StripState,
) -> PlotResponse<()> {
    let history = context.history;
    let color = theme::text(context.dark);
    let axes = Axes {
        log_x: time.log,
        // A scale of nothing says nothing.
        bare_y: schedule.highest == 0.0 && !schedule.drawn,
        ..Axes::default()
    };
    let levels = schedule.levels(state.held);
    let scale = |log, range| Scale { log, range };
    let [x, y] = [scale(time.log, time.range()), scale(false, levels)];
    // As large as in a cell, whether a plot fills the window or not.
    let style = Style {
        size: 1.0,
        ..context.style()
    };
    let whole = ui.available_rect_before_wrap();
    let margins = Margins::new(ui.painter(), &axes, &y, whole.height(), style);
    let plot = unnumbered("strip", &axes, &margins, style)
        .height(whole.height())
        .sense(Sense::click_and_drag())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .show_grid([true, false]);
    let response = plot.show(ui, |plot| {
        set_bounds(plot, time.range(), levels);
        recording_ui(plot, context, time, levels, &state.playback);
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
    });
    let frame = *response.transform.frame();
    margins.paint(ui.painter(), &axes, [&x, &y], [frame, whole], style);
    response
}

/// What belongs to the recording: the range that is played over and over, the bookmarks, and where the
/// pointer is in the plots.
fn recording_ui(
    plot: &mut PlotUi<'_>,
    context: &CellContext<'_>,
    time: &TimeAxis,
    levels: (f64, f64),
    playback: &Playback,
) {
    let history = context.history;
    let last = history.step.last().copied().unwrap_or(0);
    let place = |step: u64| time.place_of(history, step as f64);
    let accent = theme::warning(context.dark);
    if let Some(ends) = playback.looped(last) {
        let span = Span::new("loop", place(ends[0])..=place(ends[1]));
        let fill = accent.gamma_multiply(0.16);
        plot.span(span.axis(egui_plot::Axis::X).fill(fill));
    }
    let flags: Vec<[f64; 2]> = playback
        .bookmarks()
        .iter()
        .map(|step| [place(*step), levels.0 + 0.12 * (levels.1 - levels.0)])
        .collect();
    for [x, _] in &flags {
        let line = VLine::new("bookmark", *x).color(theme::text(context.dark));
        plot.vline(
            line.width(1.0)
                .allow_hover(false)
                .id(("bookmark", x.to_bits())),
        );
    }
    let flags = Points::new("bookmarks", flags).color(theme::text(context.dark));
    plot.points(flags.shape(MarkerShape::Up).radius(6.0).allow_hover(false));
    if let Some(hover) = time.hover() {
        let line = VLine::new("hover", hover).color(theme::weak_text(context.dark));
        plot.vline(line.width(1.0).allow_hover(false));
    }
}

fn title_ui(ui: &Ui, frame: Rect, text: &str) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter().with_clip_rect(frame);
    let at = frame.left_top() + vec2(8.0, 3.0);
    let color = theme::weak_text(dark);
    let longest = frame.width() - 16.0;
    let words = script::cut(&painter, text, &theme::tick_font(), color, longest);
    painter.galley(at, words, color);
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
    // As the clock says it: the step that has been taken there.
    let step = format!("{} = {}", context.history.setup.clock.step, step.floor());
    let words: Vec<String> = std::iter::once(step).chain(level).collect();
    ui.label(RichText::new(words.join(", ")).font(theme::bold(14.0)));
    for mark in context.history.marks.iter().filter(|mark| {
        let at = time.place_of_step(context.history, mark.step as f64);
        at.is_some_and(|at| (at - place).abs() < 0.02 * (time.range().1 - time.range().0))
    }) {
        ui.label(format!("at k = {}: {}", mark.step, mark.text));
    }
    ui.weak(if drawn {
        "Drag a vertex; double-click adds one, Delete or right-click removes the one touched last"
    } else {
        "Drag to look back, Shift+drag to loop a range; double-click or Esc to follow the run again"
    });
}
