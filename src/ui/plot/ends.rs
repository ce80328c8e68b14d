//! What lines are, said at their ends: where a legend would be too far away to be read along with them.

use std::sync::Arc;

use eframe::egui::{Galley, Painter, Pos2, Rect, Stroke, pos2, vec2};

use super::strokes::on_screen;
use super::{Placed, Style};
use crate::scene::{Ink, Layer, Shape};
use crate::ui::{script, theme};

/// Type size of the words.
const WORDS: f32 = 15.0;

/// Words longer than this are cut: they are whole over the frame.
const LONGEST: f32 = 145.0;

/// Between a line's end and its words.
const GAP: f32 = 7.0;

/// Of the height of a line of text, how far apart the middles of two of them are.
const LEADING: f32 = 0.86;

/// Some words for the ends of lines.
#[derive(Clone, Debug)]
pub(in crate::ui) struct LineEnd {
    /// What the lines are.
    pub(in crate::ui) words: String,
    /// Their colour.
    pub(in crate::ui) ink: Ink,
    /// The names of their layers. The words stand at the end of the one in the middle.
    pub(in crate::ui) layers: Vec<String>,
}

fn galley(painter: &Painter, end: &LineEnd, style: Style) -> Arc<Galley> {
    let color = theme::color(end.ink, style.dark);
    let longest = style.size * LONGEST;
    script::cut(painter, &end.words, &style.bold(WORDS), color, longest)
}

/// The room right of a frame that the words of lines need which reach its end.
pub(super) fn room(painter: &Painter, ends: &[LineEnd], style: Style) -> f32 {
    let widths = ends
        .iter()
        .map(|end| galley(painter, end, style).size().x + GAP);
    widths.fold(0.0, f32::max)
}

/// Paints the words in a cell that ends at `whole`; returns their rooms.
pub(super) fn ends_ui(
    painter: &Painter,
    placed: &Placed<'_>,
    ends: &[LineEnd],
    whole: Rect,
    style: Style,
) -> Vec<Rect> {
    let mut rooms = Vec::new();
    let frame = placed.frame();
    let found = ends.iter().filter_map(|end| {
        let at = middle_end(placed, end)?;
        Some((at, galley(painter, end, style)))
    });
    let mut found: Vec<(Pos2, Arc<Galley>)> = found.collect();
    found.sort_by(|(a, _), (b, _)| a.y.total_cmp(&b.y));
    let heights: Vec<f32> = found
        .iter()
        .map(|(_, galley)| LEADING * galley.size().y)
        .collect();
    let asked: Vec<f32> = found.iter().map(|(at, _)| at.y).collect();
    let middles = spread(&asked, &heights, [frame.top(), frame.bottom()]);
    for ((at, galley), middle) in found.into_iter().zip(middles) {
        let size = galley.size();
        let left = (at.x + GAP).min(whole.right() - size.x);
        let rect = Rect::from_min_size(pos2(left, middle - 0.5 * size.y), size);
        let color = galley
            .job
            .sections
            .first()
            .map_or_else(|| theme::text(style.dark), |section| section.format.color);
        if (middle - at.y).abs() > 0.4 * size.y {
            painter.line_segment(
                [at + vec2(1.5, 0.0), pos2(left - 1.0, middle)],
                Stroke::new(1.0, color),
            );
        }
        let ground = theme::ground(style.dark).gamma_multiply(0.8);
        let patch = rect.shrink2(vec2(0.0, 0.2 * size.y)).intersect(frame);
        if patch.is_positive() {
            painter.rect_filled(patch, 2.0, ground);
        }
        painter.galley(rect.min, galley, color);
        rooms.push(rect);
    }
    rooms
}

/// The last visible point of the line in the middle of those that a label is for.
fn middle_end(placed: &Placed<'_>, end: &LineEnd) -> Option<Pos2> {
    let layers = placed.fitted.plot.layers.iter();
    let meant = layers.filter(|layer| end.layers.contains(&layer.name));
    let mut ends: Vec<Pos2> = meant.filter_map(|layer| last(placed, layer)).collect();
    ends.sort_by(|a, b| a.y.total_cmp(&b.y));
    ends.get(ends.len() / 2).copied()
}

fn last(placed: &Placed<'_>, layer: &Layer) -> Option<Pos2> {
    let Shape::Line { curve, .. } = &layer.shape else {
        return None;
    };
    let fitted = &placed.fitted;
    let frame = placed.exact_frame();
    let reduced = fitted.reduced(&frame, curve, 1.0)?;
    let lines = reduced.lines();
    let points = lines.iter().flatten().rev();
    let mut points = points.map(|at| on_screen(fitted.of_places(&frame, *at)));
    let seen = placed.frame().expand(1.0);
    points.find(|at| seen.contains(*at))
}

/// Middles of labels of these heights, as near to those asked for, in order, as they can be without touching and
/// within limits.
fn spread(asked: &[f32], heights: &[f32], [top, bottom]: [f32; 2]) -> Vec<f32> {
    let mut middles = asked.to_vec();
    let apart = |at: usize| 0.5 * (heights[at - 1] + heights[at]);
    // Neighbours that touch are moved apart by half of what is missing each, until none do.
    for _round in 0..64 {
        let mut moved = false;
        for at in 1..middles.len() {
            let missing = middles[at - 1] + apart(at) - middles[at];
            if missing > 0.01 {
                middles[at - 1] -= 0.5 * missing;
                middles[at] += 0.5 * missing;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let mut limit = top;
    for (middle, height) in middles.iter_mut().zip(heights) {
        *middle = middle.max(limit + 0.5 * height);
        limit = *middle + 0.5 * height;
    }
    let mut limit = bottom;
    for (middle, height) in middles.iter_mut().zip(heights).rev() {
        *middle = middle.min(limit - 0.5 * height);
        limit = *middle - 0.5 * height;
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_at_the_ends_of_lines_keep_apart_and_inside() {
        let heights = [16.0; 4];
        for asked in [
            [10.0, 60.0, 110.0, 160.0],
            [50.0, 50.0, 50.0, 50.0],
            [0.0, 1.0, 199.0, 200.0],
            [300.0, 300.0, 300.0, 300.0],
        ] {
            let middles = spread(&asked, &heights, [0.0, 200.0]);
            for pair in middles.windows(2) {
                assert!(pair[1] - pair[0] >= 15.9, "{asked:?}: {middles:?}");
            }
            assert!(middles[0] >= 7.9 && middles[3] <= 192.1, "{middles:?}");
        }
        let free = [10.0, 60.0, 110.0, 160.0];
        assert_eq!(spread(&free, &heights, [0.0, 200.0]), free);
    }
}
