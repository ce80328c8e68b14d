//! Every kind of shape on the screen. Lengths are pixels.

use eframe::egui::{Color32, Painter, Pos2, Rect, Shape as Drawing, Stroke, vec2};

use super::curves::is_stroked;
use super::strokes::{self, exact_frame, on_screen, polyline};
use super::{Placed, Style};
use crate::scene::columns::Reduced;
use crate::scene::curves::Curve;
use crate::scene::polyline::{self as lines, Frame, Point};
use crate::scene::stroke::Placing;
use crate::scene::{Layer, Marker, Pattern, Shape};
use crate::ui::theme;

/// Pixel columns between the markers of a line over time, and from those of one to those of the next.
const MARKERS: [i64; 2] = [90, 22];

/// Radius of these markers.
const MARKER: f32 = 3.2;

/// Between the markers of other lines.
const MARKERS_APART: f64 = 64.0;

/// Layers of as many points keep from frame to frame where those are.
const MANY: usize = 2000;

/// Where the points of large layers were painted last.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptPoints {
    page: Option<(Frame, Placing, [bool; 2])>,
    /// By large layer, its points and those that are seen.
    layers: Vec<(Vec<Point>, Vec<Pos2>)>,
    /// How many large layers have been painted in this frame.
    painted: usize,
}

impl KeptPoints {
    fn begin(&mut self, placed: &Placed<'_>) {
        let frame = placed.exact_frame();
        let plot = placed.fitted.plot;
        let page = Some((
            frame,
            placed.fitted.placing(&frame),
            [plot.x.log, plot.y.log],
        ));
        if self.page != page {
            self.page = page;
            self.layers.clear();
        }
        self.painted = 0;
    }

    /// Those of the next large layer, found anew unless it has the points that it had.
    fn next(&mut self, points: &[Point], find: impl FnOnce() -> Vec<Pos2>) -> &[Pos2] {
        let at = self.painted;
        self.painted += 1;
        // By their bits: the numbers of runs that have diverged are none, which equal nothing.
        let kept = self.layers.get(at);
        let is_kept = kept.is_some_and(|(of, _)| bits(of).eq(bits(points)));
        if !is_kept {
            self.layers.truncate(at);
            self.layers.push((points.to_vec(), find()));
        }
        &self.layers[at].1
    }
}

fn bits(points: &[Point]) -> impl Iterator<Item = u64> {
    points.as_flattened().iter().map(|x| x.to_bits())
}

/// Paints everything but the bands and the lines that rise, which are under it.
pub(super) fn layers_ui(
    painter: &Painter,
    placed: &Placed<'_>,
    style: Style,
    kept: &mut KeptPoints,
) {
    kept.begin(placed);
    let mut marked = 0;
    for layer in &placed.fitted.plot.layers {
        layer_ui(painter, placed, layer, style, &mut marked, kept);
    }
}

fn layer_ui(
    painter: &Painter,
    placed: &Placed<'_>,
    layer: &Layer,
    style: Style,
    marked: &mut i64,
    kept: &mut KeptPoints,
) {
    let Style { dark, scale, .. } = style;
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
            let seen = || -> Vec<Pos2> {
                // What is in the frame is drawn whole, also at its edge.
                apart(points.iter().filter_map(at), frame.expand(0.5)).collect()
            };
            let found;
            let points = if points.len() < MANY {
                found = seen();
                &found
            } else {
                kept.next(points, seen)
            };
            let shape = |at: &Pos2| marker_shape(*at, *marker, radius, *filled, clear);
            let painter = painter.with_clip_rect(placed.cell.intersect(frame.expand(2.0 * radius)));
            painter.extend(points.iter().map(shape));
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
        // Bands are painted already; words come above everything, so that nothing crosses them.
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
    if is_stroked(pattern) && nth.is_none() && curve.rises() {
        // Painted already, all of it.
        return;
    }
    let radius = MARKER * scale.sqrt();
    let frame = placed.exact_frame();
    if let Some(reduced) = placed.fitted.reduced(&frame, curve, 1.0) {
        if !is_stroked(pattern) {
            dotted_ui(painter, placed, &reduced, stroke, pattern);
        }
        if let Some(nth) = nth {
            let [apart, shift] = MARKERS;
            let markers = reduced.markers(apart, (shift * nth).rem_euclid(apart));
            painter.extend(markers.into_iter().map(|at| {
                let at = on_screen(placed.fitted.of_places(&frame, at));
                Drawing::circle_filled(at, radius, stroke.color)
            }));
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
pub(super) fn marker_shape(
    at: Pos2,
    marker: Marker,
    radius: f32,
    filled: bool,
    color: Color32,
) -> Drawing {
    let stroke = Stroke::new(0.4 * radius + 0.4, color);
    let strokes = |ends: [[f32; 4]; 2]| {
        let ends = ends.map(|[a, b, c, d]| [vec2(a, b), vec2(c, d)].map(|end| at + radius * end));
        let lines = ends.map(|ends| Drawing::line_segment(ends, stroke));
        Drawing::Vec(lines.to_vec())
    };
    let corners = match marker {
        Marker::Circle if filled => return Drawing::circle_filled(at, radius, color),
        Marker::Circle => return Drawing::circle_stroke(at, radius, stroke),
        Marker::Cross => return strokes([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]]),
        Marker::Plus => return strokes([[-1.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]]),
        Marker::Square => [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
        Marker::Diamond => [[0.0, -1.2], [1.2, 0.0], [0.0, 1.2], [-1.2, 0.0]],
    };
    let outline = corners.map(|[x, y]| at + radius * vec2(x, y)).to_vec();
    if filled {
        Drawing::convex_polygon(outline, color, Stroke::NONE)
    } else {
        Drawing::closed_line(outline, stroke)
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

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
