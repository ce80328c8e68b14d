//! Every kind of shape on the screen. Lengths are pixels.

use eframe::egui::{Color32, Painter, Pos2, Rect, Shape as Drawing, Stroke, vec2};

use egui_plot::{FilledArea, Line, PlotPoints, PlotUi};

use super::strokes::{self, exact_frame, on_screen, polyline};
use super::{Placed, Style};
use crate::scene::columns::Reduced;
use crate::scene::curves::Curve;
use crate::scene::fitted::Fitted;
use crate::scene::polyline::{self as lines, Point, straightened};
use crate::scene::{Layer, Marker, Pattern, Shape};
use crate::ui::theme;

/// Pixels by which a line may miss a point without anybody seeing it.
const INVISIBLE: f64 = 0.1;

/// Pixels of a dash over time, and of the gap after it.
const DASHES: [i64; 2] = [9, 5];

/// Pixel columns between the markers of a line over time, and from those of one to those of the next.
const MARKERS: [i64; 2] = [90, 22];

/// Radius of these markers.
const MARKER: f32 = 3.2;

/// Between the markers of other lines.
const MARKERS_APART: f64 = 64.0;

/// Gives the plot its bands and the lines that rise: it fills dense ones instead of stroking every swing.
/// Bands are under everything else.
pub(super) fn curves_ui(plot: &mut PlotUi<'_>, fitted: &Fitted<'_>, style: Style) {
    let frame = exact_frame(plot.response().rect);
    let layers = || fitted.plot.layers.iter().enumerate();
    for (at, layer) in layers() {
        if let Shape::Band(ribbon) = &layer.shape {
            let color = theme::color(layer.ink, style.dark).gamma_multiply(layer.opacity as f32);
            let stretches = fitted.stretches(&frame, 1.0, ribbon).into_iter();
            for (piece, (x, low, high)) in stretches.enumerate() {
                let area = FilledArea::new(layer.name.clone(), &x, &low, &high);
                let area = area.fill_color(color).id((at, piece));
                plot.add(area.allow_hover(false));
            }
        }
    }
    let (low, high) = fitted.y.range;
    let tolerance = INVISIBLE * (high - low) / frame.size()[1].max(1.0);
    let (left, right) = fitted.x.range;
    let pixel = (right - left) / frame.size()[0].max(1.0);
    for (at, layer) in layers() {
        let Shape::Line { curve, pattern, .. } = &layer.shape else {
            continue;
        };
        let Some(reduced) = is_plots(*pattern)
            .then(|| fitted.reduced(&frame, curve, 1.0))
            .flatten()
        else {
            continue;
        };
        let [on, off] = DASHES;
        let pieces = match pattern {
            Pattern::Dashed => {
                let dashes = reduced.dashes(on, off).into_iter();
                dashes.map(|dash| straightened(dash, tolerance)).collect()
            }
            Pattern::Solid | Pattern::Dotted => reduced.straight_lines(tolerance),
        };
        for (piece, points) in pieces.into_iter().enumerate() {
            let points = PlotPoints::from(beside_steps(points, pixel));
            let line = Line::new(layer.name.clone(), points)
                .color(theme::mixed(layer.ink, layer.opacity, style.dark))
                .width(layer.width as f32 * style.scale)
                .id((at, piece));
            plot.line(line.allow_hover(false));
        }
    }
}

/// Pixels from a step to the point beside it: what lies within one pixel is a column of the plot's.
const BESIDE: f64 = 1.5;

/// A line with a point beside every step, [`BESIDE`] pixels away from it. The plot takes what lies in one column of pixels as a
/// whole and fills up to the next: from far away, a step after a level would be a wedge.
fn beside_steps(points: Vec<[f64; 2]>, pixel: f64) -> Vec<[f64; 2]> {
    let is_step = |[from, to]: [[f64; 2]; 2]| to[0] - from[0] <= pixel;
    let is_far = |[from, to]: [[f64; 2]; 2]| to[0] - from[0] > 2.0 * BESIDE * pixel;
    // A point of the line near one of its corners, towards another one.
    let beside = |from: [f64; 2], to: [f64; 2]| {
        let part = BESIDE * pixel / (to[0] - from[0]).abs();
        [0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis]))
    };
    let corners = points.array_windows().filter(|[before, at, after]| {
        let sides = [[*before, *at], [*at, *after]];
        sides.into_iter().any(is_step) && sides.into_iter().any(is_far)
    });
    if corners.count() == 0 {
        return points;
    }
    let mut braced = Vec::with_capacity(2 * points.len());
    for (at, &point) in points.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| points[before]);
        let after = points.get(at + 1).copied();
        let (Some(before), Some(after)) = (before, after) else {
            braced.push(point);
            continue;
        };
        let sides = [[before, point], [point, after]];
        if is_far(sides[0]) && is_step(sides[1]) {
            braced.push(beside(point, before));
        }
        braced.push(point);
        if is_step(sides[0]) && is_far(sides[1]) {
            braced.push(beside(point, after));
        }
    }
    braced
}

/// Whether [`curves_ui`] draws rising lines of this pattern; it knows no dots.
fn is_plots(pattern: Pattern) -> bool {
    pattern != Pattern::Dotted
}

/// Paints everything else.
pub(super) fn layers_ui(painter: &Painter, placed: &Placed<'_>, style: Style) {
    let mut marked = 0;
    for layer in &placed.fitted.plot.layers {
        layer_ui(painter, placed, layer, style, &mut marked);
    }
}

fn layer_ui(painter: &Painter, placed: &Placed<'_>, layer: &Layer, style: Style, marked: &mut i64) {
    let Style { dark, scale } = style;
    // Lines are opaque, so that one that crosses itself does not darken; areas let what is under them be
    // seen.
    let opaque = theme::mixed(layer.ink, layer.opacity, dark);
    let clear = theme::color(layer.ink, dark).gamma_multiply(layer.opacity as f32);
    let stroke = Stroke::new(layer.width as f32 * scale, opaque);
    let frame = placed.frame();
    let at = |point: &[f64; 2]| placed.at(*point);
    let straight = |ends: [Option<Pos2>; 2], pattern| match (ends, pattern) {
        ([Some(from), Some(to)], Pattern::Solid) => {
            painter.line_segment([from, to], stroke);
        }
        ([Some(from), Some(to)], Pattern::Dashed | Pattern::Dotted) => {
            polyline(painter, frame, &[from, to], stroke, pattern);
        }
        _ => {}
    };
    match &layer.shape {
        Shape::Line {
            curve,
            pattern,
            marked: has_markers,
        } => {
            let nth = has_markers.then_some(*marked);
            *marked += i64::from(*has_markers);
            line_ui(painter, placed, curve, stroke, *pattern, nth, scale);
        }
        Shape::Area(corners) => area_ui(painter, placed, corners, clear),
        Shape::Points {
            at: points,
            marker,
            radius,
            filled,
        } => {
            let radius = *radius as f32 * scale.sqrt();
            let points = points.iter().filter_map(at);
            for at in apart(points, frame.expand(2.0 * radius)) {
                painter.extend(marker_shapes(at, *marker, radius, *filled, clear));
            }
        }
        Shape::Segments(segments) => {
            for ends in segments {
                straight([at(&ends[0]), at(&ends[1])], Pattern::Solid);
            }
        }
        Shape::Bars { bars, width } => bars_ui(painter, placed, bars, *width, clear),
        Shape::Horizontal(y, pattern) => {
            if let Some(part) = placed.fitted.y.part(*y) {
                let ends = [0.0, 1.0].map(|x| Some(on_screen(exact_frame(frame).at([x, part]))));
                straight(ends, *pattern);
            }
        }
        Shape::Vertical(x, pattern) => {
            if let Some(part) = placed.fitted.x.part(*x) {
                let ends = [0.0, 1.0].map(|y| Some(on_screen(exact_frame(frame).at([part, y]))));
                straight(ends, *pattern);
            }
        }
        Shape::Arrow([from, to]) => {
            if let [Some(from), Some(to)] = [at(from), at(to)] {
                strokes::arrow(painter, from, to, stroke);
            }
        }
        // Bands are in the plot already; words come above everything, so that nothing crosses them.
        Shape::Band(_) | Shape::Text { .. } => {}
    }
}

fn area_ui(painter: &Painter, placed: &Placed<'_>, corners: &[[f64; 2]], color: Color32) {
    let corners: Vec<Pos2> = corners.iter().filter_map(|at| placed.at(*at)).collect();
    // A convex polygon far beyond the frame costs nothing, but says nothing either.
    let near = placed.frame().expand(4.0 * placed.frame().width());
    if corners.iter().any(|at| near.contains(*at)) {
        painter.add(Drawing::convex_polygon(corners, color, Stroke::NONE));
    }
}

fn bars_ui(painter: &Painter, placed: &Placed<'_>, bars: &[[f64; 3]], width: f64, color: Color32) {
    for [x, from, to] in bars {
        let corners = [[x - 0.5 * width, *from], [x + 0.5 * width, *to]];
        if let [Some(low), Some(high)] = corners.map(|corner| placed.at(corner)) {
            painter.rect_filled(Rect::from_two_pos(low, high), 0.0, color);
        }
    }
}

/// A line, with markers if it is number `nth` of those that wear some.
fn line_ui(
    painter: &Painter,
    placed: &Placed<'_>,
    curve: &Curve,
    stroke: Stroke,
    pattern: Pattern,
    nth: Option<i64>,
    scale: f32,
) {
    if is_plots(pattern) && nth.is_none() && curve.rises() {
        // In the plot already, all of it.
        return;
    }
    let radius = MARKER * scale.sqrt();
    let frame = placed.exact_frame();
    if let Some(reduced) = placed.fitted.reduced(&frame, curve, 1.0) {
        if !is_plots(pattern) {
            dotted_ui(painter, placed, &reduced, stroke, pattern);
        }
        if let Some(nth) = nth {
            let [apart, shift] = MARKERS;
            let markers = reduced.markers(apart, (shift * nth).rem_euclid(apart));
            for at in markers {
                let at = on_screen(placed.fitted.of_places(&frame, at));
                painter.circle_filled(at, radius, stroke.color);
            }
        }
        return;
    }
    let logs = [placed.fitted.plot.x.log, placed.fitted.plot.y.log];
    let places: Vec<Option<Pos2>> = curve.points(logs).iter().map(|at| placed.at(*at)).collect();
    for piece in places.split(Option::is_none) {
        let piece: Vec<Pos2> = piece.iter().copied().flatten().collect();
        polyline(painter, placed.frame(), &piece, stroke, pattern);
        if nth.is_some() {
            let piece: Vec<Point> = piece.iter().copied().map(strokes::exact).collect();
            for at in lines::beads(&piece, MARKERS_APART) {
                painter.circle_filled(on_screen(at), radius, stroke.color);
            }
        }
    }
}

/// A line that rises, in dots.
fn dotted_ui(
    painter: &Painter,
    placed: &Placed<'_>,
    reduced: &Reduced,
    stroke: Stroke,
    pattern: Pattern,
) {
    let frame = placed.exact_frame();
    for piece in reduced.lines() {
        let points = piece.into_iter();
        let points = points.map(|at| on_screen(placed.fitted.of_places(&frame, at)));
        let points: Vec<Pos2> = points.collect();
        polyline(painter, placed.frame(), &points, stroke, pattern);
    }
}

/// The points inside `near`, one for each square of a few pixels: a cloud of a hundred thousand dots costs
/// no more than its picture can show.
fn apart(points: impl Iterator<Item = Pos2>, near: Rect) -> impl Iterator<Item = Pos2> {
    const SQUARE: f32 = 1.5;
    let [columns, rows] = [near.width(), near.height()].map(|side| (side / SQUARE) as usize + 1);
    let mut taken = vec![false; columns * rows];
    points.filter(move |at| {
        if !near.contains(*at) {
            return false;
        }
        let [column, row] = [at.x - near.left(), at.y - near.top()].map(|x| (x / SQUARE) as usize);
        !std::mem::replace(&mut taken[row * columns + column], true)
    })
}

/// A marker.
pub(super) fn marker_shapes(
    at: Pos2,
    marker: Marker,
    radius: f32,
    filled: bool,
    color: Color32,
) -> Vec<Drawing> {
    let stroke = Stroke::new(0.4 * radius + 0.4, color);
    let strokes = |ends: [[f32; 4]; 2]| {
        let ends = ends.map(|[a, b, c, d]| [vec2(a, b), vec2(c, d)].map(|end| at + radius * end));
        ends.map(|ends| Drawing::line_segment(ends, stroke))
            .to_vec()
    };
    let corners = match marker {
        Marker::Circle if filled => return vec![Drawing::circle_filled(at, radius, color)],
        Marker::Circle => return vec![Drawing::circle_stroke(at, radius, stroke)],
        Marker::Cross => return strokes([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]]),
        Marker::Plus => return strokes([[-1.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]]),
        Marker::Square => [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
        Marker::Diamond => [[0.0, -1.2], [1.2, 0.0], [0.0, 1.2], [-1.2, 0.0]],
    };
    let outline = corners.map(|[x, y]| at + radius * vec2(x, y)).to_vec();
    vec![if filled {
        Drawing::convex_polygon(outline, color, Stroke::NONE)
    } else {
        Drawing::closed_line(outline, stroke)
    }]
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    #[test]
    fn a_step_has_neighbours_on_the_line() {
        let step = [[0.0, 1.0], [10.0, 3.0], [10.5, 9.0], [20.5, 9.0]];
        let braced = beside_steps(step.to_vec(), 1.0);
        let expected = [
            [0.0, 1.0],
            [8.5, 2.7],
            [10.0, 3.0],
            [10.5, 9.0],
            [12.0, 9.0],
            [20.5, 9.0],
        ];
        assert_eq!(braced.len(), expected.len());
        for (point, expected) in braced.iter().zip(&expected) {
            assert!((point[0] - expected[0]).abs() + (point[1] - expected[1]).abs() < 1e-12);
        }
        let slope = [[0.0, 0.0], [5.0, 1.0], [10.0, 5.0]];
        assert_eq!(beside_steps(slope.to_vec(), 1.0), slope);
    }

    #[test]
    fn dots_on_the_same_spot_are_one_and_none_is_drawn_outside() {
        let near = Rect::from_min_max(pos2(10.0, 10.0), pos2(40.0, 25.0));
        let points = [
            pos2(10.0, 10.0),
            pos2(10.4, 10.4),
            pos2(30.0, 20.0),
            pos2(40.0, 25.0),
            pos2(41.0, 20.0),
            pos2(20.0, 9.0),
        ];
        let shown: Vec<Pos2> = apart(points.into_iter(), near).collect();
        assert_eq!(shown, [points[0], points[2], points[3]]);
    }
}
