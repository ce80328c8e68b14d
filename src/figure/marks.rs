//! Markers and arrows on a page. Lengths are points.

use super::plot::line_width;
use super::svg::Sheet;
use crate::scene::polyline::Point;
use crate::scene::{Layer, Marker};

/// Markers of one kind.
pub(super) fn mark(
    sheet: &mut Sheet,
    at: &[Point],
    marker: Marker,
    radius: f64,
    filled: bool,
    layer: &Layer,
    em: f64,
) {
    let color = sheet.color(layer.ink);
    let width = line_width(layer.width.max(1.4), em);
    let strokes = |ends: &[[[f64; 2]; 2]]| -> Vec<Vec<Point>> {
        let ends = ends.iter();
        let of_marker = |[x, y]: &Point| {
            let ends = ends.clone();
            let moved =
                ends.map(|line| line.map(|[a, b]| [x + radius * a, y + radius * b]).to_vec());
            moved.collect::<Vec<_>>()
        };
        at.iter().flat_map(of_marker).collect()
    };
    let corners: &[[f64; 2]] = match marker {
        Marker::Circle if filled => return sheet.discs(at, radius, color, layer.opacity),
        Marker::Circle => {
            for point in at {
                sheet.ring(*point, radius, color, width);
            }
            return;
        }
        Marker::Cross => {
            let lines = strokes(&[[[-0.8, -0.8], [0.8, 0.8]], [[-0.8, 0.8], [0.8, -0.8]]]);
            return sheet.line(&lines, color, layer.opacity, width, &[]);
        }
        Marker::Plus => {
            let lines = strokes(&[[[-1.0, 0.0], [1.0, 0.0]], [[0.0, -1.0], [0.0, 1.0]]]);
            return sheet.line(&lines, color, layer.opacity, width, &[]);
        }
        Marker::Square => &[[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
        Marker::Diamond => &[[0.0, -1.1], [1.1, 0.0], [0.0, 1.1], [-1.1, 0.0]],
    };
    for [x, y] in at {
        let outline = corners
            .iter()
            .map(|[a, b]| [x + radius * a, y + radius * b]);
        let mut outline: Vec<Point> = outline.collect();
        if filled {
            sheet.area(&outline, color, layer.opacity);
        } else {
            outline.push(outline[0]);
            outline.push(outline[1]);
            sheet.line(&[outline], color, layer.opacity, width, &[]);
        }
    }
}

/// An arrow with a filled head.
pub(super) fn arrow(sheet: &mut Sheet, from: Point, to: Point, width: f64, layer: &Layer) {
    let color = sheet.color(layer.ink);
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    if length.is_nan() || length == 0.0 {
        return;
    }
    let along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    let head = (5.0 * width).min(0.5 * length);
    let base = [to[0] - head * along[0], to[1] - head * along[1]];
    let wing = [-0.4 * head * along[1], 0.4 * head * along[0]];
    sheet.line(&[vec![from, base]], color, layer.opacity, width, &[]);
    let corners = [
        to,
        [base[0] + wing[0], base[1] + wing[1]],
        [base[0] - wing[0], base[1] - wing[1]],
    ];
    sheet.area(&corners, color, layer.opacity);
}
