//! What lines mean: legends in a wrapping row, numbers in a corner of a frame.

use eframe::egui::{
    Align2, FontSelection, Painter, Pos2, Rect, Sense, Stroke, TextWrapMode, Ui, Vec2, WidgetText,
    pos2, vec2,
};

use super::layers::marker_shape;
use super::strokes::polyline;
use crate::palette::{Line, Look};
use crate::scene::{LegendEntry, Pattern, Swatch};
use crate::ui::theme;

/// Size of a legend's swatches.
const SWATCH: Vec2 = vec2(20.0, 18.0);

/// A legend: swatches with their words, one after the other in a wrapping row.
pub(in crate::ui) fn legend_ui<'a>(ui: &mut Ui, entries: impl Iterator<Item = &'a LegendEntry>) {
    for entry in entries {
        let words = WidgetText::from(entry.label.as_str());
        let words = words.into_galley(
            ui,
            Some(TextWrapMode::Extend),
            f32::INFINITY,
            FontSelection::Default,
        );
        // A swatch and its words stay together.
        if ui.available_size_before_wrap().x < words.size().x + SWATCH.x + 12.0 {
            ui.end_row();
        }
        let (rect, _) = ui.allocate_exact_size(SWATCH, Sense::hover());
        swatch_ui(ui.painter(), rect, entry, ui.visuals().dark_mode);
        ui.label(words);
    }
}

fn swatch_ui(painter: &Painter, rect: Rect, entry: &LegendEntry, dark: bool) {
    let color = theme::mixed(entry.ink, entry.opacity, dark);
    match entry.swatch {
        Swatch::Line {
            pattern,
            marked,
            width,
        } => {
            let stroke = Stroke::new(1.4 * width as f32, color);
            let ends = [rect.left_center(), rect.right_center()];
            polyline(painter, rect, &ends, stroke, pattern);
            if marked {
                painter.circle_filled(rect.center(), 3.5, color);
            }
        }
        Swatch::Point { marker, filled } => {
            painter.add(marker_shape(rect.center(), marker, 5.0, filled, color));
        }
        Swatch::Patch => {
            painter.rect_filled(rect.shrink(3.0), 2.0, color);
        }
    }
}

/// A piece of a line in the look of a family.
pub(in crate::ui) fn mark_of_look(painter: &Painter, rect: Rect, look: Look, dark: bool) {
    let color = theme::color(look.ink, dark);
    let stroke = Stroke::new((look.width as f32).max(2.0), color);
    let ends = [rect.left_center(), rect.right_center()];
    let pattern = match look.line {
        Line::Dashed => Pattern::Dashed,
        Line::Solid | Line::Marked => Pattern::Solid,
    };
    polyline(painter, rect, &ends, stroke, pattern);
    if look.line == Line::Marked {
        painter.circle_filled(rect.center(), 3.5, color);
    }
}

/// Numbers behind small patches, in a corner of a plot's frame.
pub(in crate::ui) fn corner_ui(
    painter: &Painter,
    frame: Rect,
    corner: Align2,
    entries: &[LegendEntry],
    dark: bool,
) {
    if entries.is_empty() {
        return;
    }
    let size = if frame.height() < 160.0 || entries.len() > 3 {
        13.0
    } else {
        15.0
    };
    let galleys: Vec<_> = entries
        .iter()
        .map(|entry| {
            let (font, color) = (theme::bold(size), theme::text(dark));
            painter.layout_no_wrap(entry.label.clone(), font, color)
        })
        .collect();
    let widths = galleys.iter().map(|galley| galley.size().x);
    let heights = galleys.iter().map(|galley| galley.size().y);
    let room = vec2(
        widths.fold(0.0, f32::max) + 20.0,
        heights.sum::<f32>() + 4.0,
    );
    let ground = corner.align_size_within_rect(room, frame.shrink(4.0));
    painter.rect_filled(ground, 3.0, theme::ground(dark).gamma_multiply(0.8));
    let mut y = ground.top() + 2.0;
    for (entry, galley) in entries.iter().zip(galleys) {
        let height = galley.size().y;
        let middle = pos2(ground.left() + 7.0, y + height / 2.0);
        let patch = Rect::from_center_size(middle, Vec2::splat(9.0));
        painter.rect_filled(patch, 2.0, theme::color(entry.ink, dark));
        painter.galley(
            Pos2::new(ground.left() + 16.0, y),
            galley,
            theme::text(dark),
        );
        y += height;
    }
}
