//! Polylines painted over a plot, cut to its frame.
//!
//! `egui_plot` dashes a line by its whole length, on screen or off, and hangs on one that reaches
//! far; here only what can be seen is dashed. Lengths are pixels.

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, pos2};

use crate::scene::Pattern;
use crate::scene::polyline::{self, Frame};

/// Points nearer to each other than this cannot be told apart.
const FINEST: f64 = 0.75;

/// Paints a polyline.
pub(in crate::ui) fn polyline(
    painter: &Painter,
    frame: Rect,
    points: &[Pos2],
    stroke: Stroke,
    pattern: Pattern,
) {
    let points: Vec<_> = points.iter().copied().map(exact).collect();
    let frame = exact_frame(frame.expand(stroke.width));
    for piece in polyline::visible(&polyline::thinned(&points, FINEST), &frame) {
        let piece: Vec<Pos2> = piece.into_iter().map(on_screen).collect();
        match pattern {
            Pattern::Solid => {
                painter.add(Shape::line(piece, stroke));
            }
            Pattern::Dashed => {
                painter.extend(Shape::dashed_line(&piece, stroke, 8.0, 5.0));
            }
            Pattern::Dotted => {
                let radius = 0.6 * stroke.width;
                painter.extend(Shape::dotted_line(&piece, stroke.color, 5.0, radius));
            }
        }
    }
}

/// An arrow with a filled head.
pub(super) fn arrow(painter: &Painter, from: Pos2, to: Pos2, stroke: Stroke) {
    let along = (to - from).normalized();
    let size = 5.0 * stroke.width.max(1.0).sqrt() + 2.0;
    let base = to - size * along;
    painter.line_segment([from, base], stroke);
    let wing = 0.45 * size * along.rot90();
    let head = vec![to, base + wing, base - wing];
    painter.add(Shape::convex_polygon(head, stroke.color, Stroke::NONE));
}

/// A point of the screen, as the scene has it.
pub(super) fn exact(at: Pos2) -> [f64; 2] {
    [at.x.into(), at.y.into()]
}

/// A point of the scene on the screen.
pub(super) fn on_screen([x, y]: [f64; 2]) -> Pos2 {
    pos2(x as f32, y as f32)
}

/// A frame of the screen, as the scene has it.
pub(super) fn exact_frame(rect: Rect) -> Frame {
    Frame {
        min: exact(rect.min),
        max: exact(rect.max),
    }
}
