//! What lines mean: legends in a wrapping row.

use std::sync::Arc;

use eframe::egui::{FontId, Galley, Painter, Rect, Sense, Stroke, Ui, Vec2, vec2};

use super::layers::marker_shape;
use super::strokes::polyline;
use crate::palette::{Line, Look};
use crate::scene::{LegendEntry, Pattern, Swatch};
use crate::ui::{script, theme};

/// Size of a legend's swatches.
const SWATCH: Vec2 = vec2(20.0, 18.0);

/// Type size of its words.
const WORDS: f32 = 15.0;

/// A legend: swatches with their words, one after the other in a wrapping row.
pub(in crate::ui) fn legend_ui<'a>(
    ui: &mut Ui,
    entries: impl Iterator<Item = &'a LegendEntry>,
    size: f32,
) {
    let swatch = vec2(SWATCH.x, size * SWATCH.y);
    for entry in entries {
        let words = words_of(ui, entry, size);
        // A swatch and its words stay together.
        if ui.available_size_before_wrap().x < words.size().x + swatch.x + 12.0 {
            ui.end_row();
        }
        let (rect, _) = ui.allocate_exact_size(swatch, Sense::hover());
        swatch_ui(ui.painter(), rect, entry, ui.visuals().dark_mode);
        ui.label(words);
    }
}

/// How long a legend is on a single row.
pub(in crate::ui) fn legend_width<'a>(
    ui: &Ui,
    entries: impl Iterator<Item = &'a LegendEntry>,
    size: f32,
) -> f32 {
    let gap = 2.0 * ui.spacing().item_spacing.x;
    let widths = entries.map(|entry| SWATCH.x + words_of(ui, entry, size).size().x + gap);
    widths.sum()
}

fn words_of(ui: &Ui, entry: &LegendEntry, size: f32) -> Arc<Galley> {
    let font = FontId::proportional(size * WORDS);
    let color = theme::text(ui.visuals().dark_mode);
    script::galley(ui.painter(), &entry.label, &font, color)
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
