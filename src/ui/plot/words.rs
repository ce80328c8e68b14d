//! The words in a plot: those that would cover earlier ones or leave the frame are left out, as on a page.

use eframe::egui::{Painter, Pos2, Rect, Vec2, pos2, vec2};

use super::{Placed, Style};
use crate::scene::Shape;
use crate::ui::{script, theme};

/// Returns their rooms.
pub(super) fn words_ui(painter: &Painter, placed: &Placed<'_>, style: Style) -> Vec<Rect> {
    let frame = placed.frame();
    let mut taken: Vec<Rect> = Vec::new();
    for layer in &placed.fitted.plot.layers {
        let Shape::Text {
            at,
            text,
            side,
            size,
        } = &layer.shape
        else {
            continue;
        };
        let color = theme::color(layer.ink, style.dark);
        let size = (style.size * *size as f32).max(style.least);
        let galley = script::galley(painter, text, &theme::bold(size), color);
        let rooms = at
            .iter()
            .filter_map(|at| Some(text_rect(placed.at(*at)?, *side, galley.size(), size)));
        // A line is higher than its letters.
        let letters = |rect: Rect| rect.shrink2(vec2(0.0, 0.2 * rect.height()));
        let free = |rect: &Rect| is_free(&taken, letters(*rect), frame);
        let Some(whole) = rooms.into_iter().find(free) else {
            continue;
        };
        let rect = letters(whole);
        taken.push(rect);
        let ground = theme::ground(style.dark).gamma_multiply(0.75);
        painter.rect_filled(rect, 3.0, ground);
        painter.galley(whole.min, galley, color);
    }
    taken
}

/// Words of this size on one side of a point.
fn text_rect(at: Pos2, side: [i8; 2], room: Vec2, size: f32) -> Rect {
    let gap = 0.55 * size;
    let left = match side[0] {
        ..0 => at.x - room.x - gap,
        0 => at.x - 0.5 * room.x,
        1.. => at.x + gap,
    };
    let top = match side[1] {
        ..0 => at.y + 0.3 * gap,
        0 => at.y - 0.5 * room.y,
        1.. => at.y - room.y - 0.3 * gap,
    };
    Rect::from_min_size(pos2(left, top), room)
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

    #[test]
    fn words_keep_apart_and_inside() {
        let frame = Rect::from_min_max(Pos2::ZERO, pos2(100.0, 100.0));
        let at = |x: f32, y: f32| Rect::from_min_size(pos2(x, y), vec2(30.0, 12.0));
        let taken = [at(10.0, 10.0)];
        assert!(!is_free(&taken, at(10.0, 20.0), frame), "overlapping");
        assert!(!is_free(&taken, at(10.0, 24.0), frame), "touching");
        assert!(is_free(&taken, at(10.0, 40.0), frame));
        assert!(!is_free(&taken, at(80.0, 40.0), frame), "outside");
    }
}
