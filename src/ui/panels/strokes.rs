//! Polylines and labels painted over a plot: lines cut to the frame, labels that keep apart.
//!
//! `egui_plot` dashes a line by its whole length, on screen or off, and hangs on one that reaches
//! far; here only what can be seen is dashed. Lengths are pixels.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use super::Scene;
use crate::scene::polyline;
use crate::ui::theme;

/// How a polyline is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) enum Pattern {
    Solid,
    Dashed,
    Dotted,
}

/// Points nearer to each other than this cannot be told apart.
const FINEST: f64 = 0.75;

/// Between the markers of a marked line.
const MARKERS_APART: f64 = 64.0;

/// Paints a polyline.
pub(in crate::ui) fn polyline(
    painter: &Painter,
    frame: Rect,
    points: &[Pos2],
    stroke: Stroke,
    pattern: Pattern,
) {
    let points: Vec<_> = points.iter().copied().map(exact).collect();
    let frame = frame_of(frame.expand(stroke.width));
    for piece in polyline::visible(&polyline::thinned(&points, FINEST), &frame) {
        let piece: Vec<Pos2> = piece.into_iter().map(screen).collect();
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

/// What of a run's polyline stands back: a noisy run would black out the picture, so only as much of
/// its end as goes once across and down the frame is in full colour, and nothing of the runs after
/// the first of a family.
pub(super) fn run_past(
    painter: &Painter,
    frame: Rect,
    points: &[Pos2],
    scene: &Scene<'_>,
    run: usize,
    first: bool,
) {
    let end = if first {
        tail_start(points, frame.width() + frame.height())
    } else {
        points.len()
    };
    // The piece between the two parts belongs to the past.
    let past = &points[..points.len().min(end + 1)];
    let color = theme::pale(scene.style(run).color, scene.dark);
    let stroke = Stroke::new(scene.stroke_scale, color);
    polyline(painter, frame, past, stroke, Pattern::Solid);
}

/// The rest of the polyline of a family's first run, in the family's style.
pub(super) fn run_line(
    painter: &Painter,
    frame: Rect,
    points: &[Pos2],
    scene: &Scene<'_>,
    run: usize,
) {
    let recent = &points[tail_start(points, frame.width() + frame.height())..];
    graph(painter, frame, recent, scene, run);
}

/// A whole polyline in a family's style.
pub(super) fn graph(
    painter: &Painter,
    frame: Rect,
    points: &[Pos2],
    scene: &Scene<'_>,
    run: usize,
) {
    let style = scene.style(run);
    let pattern = match style.line {
        theme::Line::Dashed => Pattern::Dashed,
        theme::Line::Solid | theme::Line::Marked => Pattern::Solid,
    };
    let stroke = Stroke::new(style.width.max(2.0 * scene.stroke_scale), style.color);
    polyline(painter, frame, points, stroke, pattern);
    if style.line == theme::Line::Marked {
        let radius = 3.2 * scene.stroke_scale.sqrt();
        let points: Vec<_> = points.iter().copied().map(exact).collect();
        for at in polyline::beads(&points, MARKERS_APART) {
            painter.circle_filled(screen(at), radius, style.color);
        }
    }
}

/// Where the last part of a polyline begins that is at most `length` long.
fn tail_start(points: &[Pos2], length: f32) -> usize {
    let mut left = length;
    let mut start = points.len().saturating_sub(1);
    while start > 0 {
        left -= points[start].distance(points[start - 1]);
        // Also where a point is nowhere.
        if left.is_nan() || left < 0.0 {
            break;
        }
        start -= 1;
    }
    start
}

/// Paints where a run is, in front of its path.
pub(super) fn head(painter: &Painter, at: Pos2, scene: &Scene<'_>, run: usize, first: bool) {
    let size = if first { 5.5 } else { 3.5 } * scene.stroke_scale.sqrt();
    let rim = Stroke::new(1.5, theme::ground(scene.dark));
    painter.circle(at, size, scene.style(run).color, rim);
}

/// A ring for what is known beforehand.
pub(super) fn ring(painter: &Painter, at: Pos2, scene: &Scene<'_>) {
    let scale = scene.stroke_scale.sqrt();
    let stroke = Stroke::new(2.6 * scale, theme::REFERENCE);
    painter.circle_stroke(at, 7.0 * scale, stroke);
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

/// How long a polyline is.
pub(super) fn length(points: &[Pos2]) -> f32 {
    let pairs = points.windows(2);
    pairs.map(|pair| pair[0].distance(pair[1])).sum()
}

/// The part of a straight line inside `frame`, its ends untouched where they are inside.
pub(super) fn clipped(line: [Pos2; 2], frame: Rect) -> Option<[Pos2; 2]> {
    Some(polyline::clipped(line.map(exact), frame_of(frame))?.map(screen))
}

fn exact(at: Pos2) -> [f64; 2] {
    [at.x.into(), at.y.into()]
}

fn screen([x, y]: [f64; 2]) -> Pos2 {
    pos2(x as f32, y as f32)
}

fn frame_of(rect: Rect) -> polyline::Frame {
    polyline::Frame {
        min: exact(rect.min),
        max: exact(rect.max),
    }
}

/// The corner of a text that lies at a point from which the text is to extend in a direction.
pub(super) fn corner_towards(direction: Vec2) -> Align2 {
    match (direction.x >= 0.0, direction.y >= 0.0) {
        (true, true) => Align2::LEFT_TOP,
        (true, false) => Align2::LEFT_BOTTOM,
        (false, true) => Align2::RIGHT_TOP,
        (false, false) => Align2::RIGHT_BOTTOM,
    }
}

/// Labels over a picture: one that would cover an earlier one or leave the frame is not written.
pub(super) struct Labels<'a> {
    painter: &'a Painter,
    frame: Rect,
    dark: bool,
    taken: Vec<Rect>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(painter: &'a Painter, frame: Rect, dark: bool) -> Self {
        Self {
            painter,
            frame,
            dark,
            taken: Vec::new(),
        }
    }

    /// Writes a label; whether there was room.
    pub(super) fn write(
        &mut self,
        at: Pos2,
        anchor: Align2,
        text: &str,
        size: f32,
        color: Color32,
    ) -> bool {
        let font = theme::bold(size);
        let galley = self.painter.layout_no_wrap(text.to_owned(), font, color);
        let rect = anchor.anchor_size(at, galley.size());
        if !self.claim(rect) {
            return false;
        }
        let ground = theme::ground(self.dark).gamma_multiply(0.75);
        self.painter
            .rect_filled(rect.shrink2(vec2(0.0, 2.0)), 3.0, ground);
        self.painter.galley(rect.min, galley, color);
        true
    }

    /// Writes a label at the first of some places where there is room.
    pub(super) fn write_along(
        &mut self,
        places: impl Iterator<Item = Pos2>,
        anchor: Align2,
        text: &str,
        size: f32,
        color: Color32,
    ) {
        for at in places {
            if self.write(at, anchor, text, size, color) {
                return;
            }
        }
    }

    /// Keeps a place free of later labels.
    pub(super) fn reserve(&mut self, rect: Rect) {
        self.taken.push(rect);
    }

    fn claim(&mut self, rect: Rect) -> bool {
        let free = is_free(&self.taken, rect, self.frame);
        if free {
            self.taken.push(rect);
        }
        free
    }
}

fn is_free(taken: &[Rect], rect: Rect, frame: Rect) -> bool {
    frame.contains_rect(rect)
        && taken
            .iter()
            .all(|other| !other.expand(3.0).intersects(rect))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect {
        min: Pos2::ZERO,
        max: pos2(100.0, 100.0),
    };

    #[test]
    fn the_tail_of_a_path_is_counted_from_its_end() {
        let path: Vec<Pos2> = (0..10).map(|i| pos2(i as f32, 0.0)).collect();
        assert_eq!(tail_start(&path, 3.5), 6);
        assert_eq!(tail_start(&path, 100.0), 0);
        assert_eq!(tail_start(&path, 0.0), 9);
        assert_eq!(tail_start(&[], 1.0), 0);
    }

    #[test]
    fn labels_keep_apart_and_inside() {
        let at = |x: f32, y: f32| Rect::from_min_size(pos2(x, y), vec2(30.0, 12.0));
        let taken = [at(10.0, 10.0)];
        assert!(!is_free(&taken, at(10.0, 20.0), FRAME), "overlapping");
        assert!(!is_free(&taken, at(10.0, 24.0), FRAME), "touching");
        assert!(is_free(&taken, at(10.0, 40.0), FRAME));
        assert!(!is_free(&taken, at(80.0, 40.0), FRAME), "outside");
    }

    #[test]
    fn text_extends_away_from_where_it_is_anchored() {
        assert_eq!(corner_towards(vec2(1.0, -1.0)), Align2::LEFT_BOTTOM);
        assert_eq!(corner_towards(vec2(-1.0, 1.0)), Align2::RIGHT_TOP);
    }
}
