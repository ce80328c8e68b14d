//! The axes of a plot, with the numbers that a page has.
//!
//! `egui_plot` has the grid, panning and zooming. Of its numbers it leaves out what it thinks too close, and it knows
//! no superscripts, so those of a plot are ours: their room is known before the plot is laid out.

use std::sync::Arc;

use eframe::egui::epaint::TextShape;
use eframe::egui::{Galley, Painter, Rect, Stroke, Vec2b, pos2, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotUi};

use super::Style;
use crate::scene::scale::{Scale, Tick};
use crate::ui::{script, theme};

/// Pixels between grid lines at the least; what `egui_plot` reckons a step in.
const FINEST_GRID: f32 = 14.0;

/// Pixels of an axis for each of its numbers, in ordinary type.
const PER_NUMBER: [f64; 2] = [58.0, 28.0];

/// Between a number and its axis, and between an axis and its label.
const GAP: f32 = 5.0;

/// Between two numbers, in units of their height.
const APART: [f32; 2] = [0.55, -0.25];

/// The axes of a plot.
#[derive(Default)]
pub(in crate::ui) struct Axes<'a> {
    pub(in crate::ui) log_x: bool,
    pub(in crate::ui) log_y: bool,
    pub(in crate::ui) bare_x: bool,
    pub(in crate::ui) bare_y: bool,
    pub(in crate::ui) x_label: &'a str,
    pub(in crate::ui) y_label: &'a str,
}

/// A plot that does nothing by itself but to follow the hand.
fn still(plot: Plot<'_>, dark: bool) -> Plot<'_> {
    plot.grid_color(theme::grid(dark))
        .grid_spacing(FINEST_GRID..=160.0)
        .auto_bounds(Vec2b::FALSE)
        .allow_double_click_reset(false)
        .allow_scroll(false)
        .show_crosshair(false)
        .set_margin_fraction(vec2(0.0, 0.0))
}

/// A plot without numbers, with room for [`Margins`] to paint them, and with nothing automatic.
pub(in crate::ui) fn unnumbered<'a>(
    id: &'static str,
    axes: &Axes<'_>,
    margins: &Margins,
    style: Style,
) -> Plot<'a> {
    let none =
        |hints: AxisHints<'a>, room: f32| hints.formatter(|_, _| String::new()).min_thickness(room);
    let x_axis = none(AxisHints::new_x(), margins.bottom);
    let y_axis = none(AxisHints::new_y(), margins.left);
    let (log_x, log_y) = (axes.log_x, axes.log_y);
    let size = f64::from(style.size);
    still(Plot::new(id), style.dark)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .show_axes([margins.bottom > 0.0, margins.left > 0.0])
        .x_grid_spacer(move |input| marks(&input, 0, log_x, size))
        .y_grid_spacer(move |input| marks(&input, 1, log_y, size))
}

/// The room around a frame, and what is written there.
pub(in crate::ui) struct Margins {
    /// Left of the frame: the ordinate's numbers and its label.
    pub(super) left: f32,
    /// Under it.
    pub(super) bottom: f32,
    /// Over it, for half of the topmost number.
    pub(super) top: f32,
}

impl Margins {
    /// What the axes need around a frame that is about this high.
    pub(in crate::ui) fn new(
        painter: &Painter,
        axes: &Axes<'_>,
        y: &Scale,
        height: f32,
        style: Style,
    ) -> Self {
        let line = |points: f32| {
            let font = style.font(points);
            painter.fonts_mut(|fonts| fonts.row_height(&font))
        };
        let (number, label) = (line(theme::TICK), line(theme::LABEL));
        let bottom = match (axes.bare_x, axes.x_label.is_empty()) {
            (true, true) => 0.0,
            (true, false) => label + GAP,
            (false, true) => number + GAP,
            (false, false) => number + label + GAP,
        };
        let beside = if axes.y_label.is_empty() {
            0.0
        } else {
            label + 2.0
        };
        if axes.bare_y {
            return Self {
                left: beside,
                bottom,
                top: 0.0,
            };
        }
        let widths = numbers_of(painter, y, 1, height - bottom, style);
        let widths = widths.iter().map(|(_, galley)| galley.size().x);
        // Not less than four digits take: the frame keeps its place while a run fills it.
        let widest = widths.fold(2.6 * style.size * theme::TICK, f32::max);
        Self {
            left: beside + widest + 2.0 * GAP,
            bottom,
            top: 0.42 * number,
        }
    }

    /// Paints numbers and labels around a frame in a cell that ends at `whole`.
    pub(in crate::ui) fn paint(
        &self,
        painter: &Painter,
        axes: &Axes<'_>,
        scales: [&Scale; 2],
        [frame, whole]: [Rect; 2],
        style: Style,
    ) {
        let [weak, text] = [theme::weak_text(style.dark), theme::text(style.dark)];
        let mark = Stroke::new(1.0, weak);
        let mut under = frame.bottom();
        if !axes.bare_x {
            for (x, rect, galley) in numbers_ui(painter, scales[0], 0, [frame, whole], style) {
                let from = pos2(x, frame.bottom());
                painter.line_segment([from, from + vec2(0.0, 3.0)], mark);
                painter.galley(rect.min, galley, weak);
                under = under.max(rect.bottom());
            }
        }
        if !axes.y_label.is_empty() || !axes.x_label.is_empty() {
            let label = |words: &str, longest: f32| {
                script::cut(painter, words, &style.font(theme::LABEL), text, longest)
            };
            let galley = label(axes.x_label, whole.width());
            let x = frame.center().x - 0.5 * galley.size().x;
            let x = x.min(whole.right() - galley.size().x).max(whole.left());
            painter.galley(
                pos2(x, under.max(frame.bottom() + self.bottom - galley.size().y)),
                galley,
                text,
            );
            let galley = label(axes.y_label, whole.height());
            let y = frame.center().y + 0.5 * galley.size().x;
            let y = y.max(whole.top() + galley.size().x).min(whole.bottom());
            let at = pos2(frame.left() - self.left, y);
            let upwards = TextShape::new(at, galley, text);
            painter.add(upwards.with_angle(-std::f32::consts::FRAC_PI_2));
        }
        if !axes.bare_y {
            for (y, rect, galley) in numbers_ui(painter, scales[1], 1, [frame, whole], style) {
                let to = pos2(frame.left(), y);
                painter.line_segment([to - vec2(3.0, 0.0), to], mark);
                painter.galley(rect.min, galley, weak);
            }
        }
    }
}

/// The numbers along one side of a frame that have room in a cell.
fn numbers_ui(
    painter: &Painter,
    scale: &Scale,
    axis: usize,
    [frame, whole]: [Rect; 2],
    style: Style,
) -> Vec<Placed> {
    let place = |(part, galley): (f64, Arc<Galley>)| {
        let size = galley.size();
        let part = part as f32;
        let (at, corner) = if axis == 0 {
            let x = frame.left() + part * frame.width();
            (x, pos2(x - 0.5 * size.x, frame.bottom() + GAP - 1.0))
        } else {
            let y = frame.bottom() - part * frame.height();
            (y, pos2(frame.left() - GAP - size.x, y - 0.5 * size.y))
        };
        (at, Rect::from_min_size(corner, size), galley)
    };
    let length = [frame.width(), frame.height()][axis];
    let numbers = numbers_of(painter, scale, axis, length, style).into_iter();
    let placed = kept(numbers.map(place).collect(), whole, axis);
    if placed.len() > 1 {
        return placed;
    }
    let outer = laid_out(painter, scale.outer_ticks(), style).into_iter();
    let outer = kept(outer.map(place).collect(), whole, axis);
    if outer.len() > 1 { outer } else { placed }
}

/// A number: where its mark is, its room, and itself.
type Placed = (f32, Rect, Arc<Galley>);

/// Those of some numbers, in order along an axis, that have room: every one, every second one, and so on; two as long
/// as there is room for two.
fn kept(placed: Vec<Placed>, whole: Rect, axis: usize) -> Vec<Placed> {
    let span = |rect: &Rect| {
        let range = [rect.x_range(), rect.y_range()][axis];
        let gap = 0.5 * APART[axis] * rect.height();
        [range.min - gap, range.max + gap]
    };
    let whole = [whole.x_range(), whole.y_range()][axis];
    // The last number may reach over the frame, but not out of the cell.
    let inside = |rect: &Rect| {
        let range = [rect.x_range(), rect.y_range()][axis];
        range.min >= whole.min - 10.0 && range.max <= whole.max + 10.0
    };
    let placed: Vec<Placed> = placed
        .into_iter()
        .filter(|(_, rect, _)| inside(rect))
        .collect();
    let apart = |step: &usize| {
        let spans: Vec<[f32; 2]> = placed
            .iter()
            .step_by(*step)
            .map(|(_, rect, _)| span(rect))
            .collect();
        let mut pairs = spans.array_windows();
        // Upwards the ordinate's numbers have falling coordinates.
        pairs.all(|[a, b]| a[1] <= b[0] || b[1] <= a[0])
    };
    let step = (1..placed.len().max(2))
        .find(apart)
        .unwrap_or(placed.len().max(1));
    placed.into_iter().step_by(step).collect()
}

/// The numbers of an axis of this length, each with its part of the way along it.
fn numbers_of(
    painter: &Painter,
    scale: &Scale,
    axis: usize,
    length: f32,
    style: Style,
) -> Vec<(f64, Arc<Galley>)> {
    let most = (f64::from(length / style.size) / PER_NUMBER[axis]).min(9.0);
    laid_out(painter, scale.ticks(most), style)
}

fn laid_out(painter: &Painter, ticks: Vec<Tick>, style: Style) -> Vec<(f64, Arc<Galley>)> {
    let named = ticks.into_iter().filter(|tick| !tick.label.is_empty());
    let color = theme::weak_text(style.dark);
    let galleys = named.map(|tick| {
        let font = style.font(theme::TICK);
        (tick.at, script::galley(painter, &tick.label, font, color))
    });
    galleys.collect()
}

/// Sets a plot's bounds for this frame.
pub(in crate::ui) fn set_bounds(plot: &mut PlotUi<'_>, x: (f64, f64), y: (f64, f64)) {
    plot.set_plot_bounds_x(x.0..=x.1);
    plot.set_plot_bounds_y(y.0..=y.1);
}

/// Pixels that a mark pretends to be apart from the next, so that its line is drawn in full.
const PRETENDED: f64 = 400.0;

/// The marks of an axis whose numbers are so much larger than in a small cell.
fn marks(input: &GridInput, axis: usize, log: bool, size: f64) -> Vec<GridMark> {
    let range = input.bounds;
    let pixel = input.base_step_size / f64::from(FINEST_GRID);
    let most = ((range.1 - range.0) / (size * pixel) / PER_NUMBER[axis]).min(9.0);
    let ticks = Scale { log, range }.ticks(most).into_iter();
    let named = ticks.filter(|tick| !tick.label.is_empty());
    let marks = named.map(|tick| GridMark {
        value: range.0 + tick.at * (range.1 - range.0),
        step_size: PRETENDED * pixel,
    });
    marks.collect()
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Context, Pos2, Vec2};

    use super::*;

    /// Frames as small as those of a full window, ordinary and large type.
    #[test]
    fn two_numbers_have_room_on_every_axis() {
        let ctx = Context::default();
        theme::install(&ctx);
        let output = ctx.run_ui(Default::default(), |ui| {
            for (log, range) in [
                (true, (-16.0, 2.0)),
                (true, (-3.3, -3.1)),
                (false, (0.0, 1.9)),
                (false, (123_456.0, 123_457.0)),
                (false, (-2e-7, 3e-7)),
            ] {
                for (size, length) in [(1.0, 150.0), (1.0, 300.0), (1.4, 300.0)] {
                    let style = Style {
                        dark: false,
                        scale: 1.0,
                        size,
                        least: 0.0,
                    };
                    let scale = Scale { log, range };
                    let frame = Rect::from_min_size(pos2(60.0, 8.0), Vec2::splat(length));
                    let whole = Rect::from_min_max(Pos2::ZERO, frame.max + vec2(10.0, 20.0));
                    for axis in [0, 1] {
                        let numbers = numbers_ui(ui.painter(), &scale, axis, [frame, whole], style);
                        assert!(numbers.len() >= 2, "{log} {range:?} {size} {length} {axis}");
                        for [(_, a, _), (_, b, _)] in numbers.array_windows() {
                            assert!(!a.shrink(2.0).intersects(b.shrink(2.0)), "{log} {range:?}");
                        }
                    }
                }
            }
        });
        output.drop_without_applying_deltas();
    }
}
