//! Labels with sub- and superscripts on the screen.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, Color32, FontId, Galley, Painter, Response, TextStyle, Ui};

use crate::typeset::{DROP, Level, RISE, SCRIPT, spelled};

/// How far a small section that is aligned with the top or the bottom of its line lies from the baseline, in units of
/// the type size: from the heights of the bundled text font.
const TOP: f64 = 1.069 * (1.0 - SCRIPT);
const BOTTOM: f64 = 0.293 * (1.0 - SCRIPT);
/// How much smaller a label may be where it has little room.
const SMALLER: f32 = 0.9;

/// The height of its lines.
const LINE: f64 = 1.362;

/// A label as the toolkit lays it out.
pub(super) fn job(text: &str, font: &FontId, color: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    add(&mut job, text, font, color);
    job
}

/// Adds a label to a job.
pub(super) fn add(job: &mut LayoutJob, text: &str, font: &FontId, color: Color32) {
    for piece in spelled(text) {
        job.append(&piece.text, 0.0, format(font, color, piece.level));
    }
}

fn format(font: &FontId, color: Color32, level: Level) -> TextFormat {
    let plain = TextFormat::simple(font.clone(), color);
    let small = FontId::new(SCRIPT as f32 * font.size, font.family.clone());
    // A line that is lower than its letters moves them out of it, at the edge that it is aligned with.
    let line = |beyond: f64| Some(font.size * (SCRIPT * LINE - 2.0 * beyond) as f32);
    match level {
        Level::Line => plain,
        Level::Below => TextFormat {
            line_height: line(DROP - BOTTOM),
            valign: Align::BOTTOM,
            font_id: small,
            ..plain
        },
        Level::Above => TextFormat {
            line_height: line(RISE - TOP),
            valign: Align::TOP,
            font_id: small,
            ..plain
        },
    }
}

/// A label on one line, laid out.
pub(super) fn galley(painter: &Painter, text: &str, font: &FontId, color: Color32) -> Arc<Galley> {
    painter.layout_job(job(text, font, color))
}

/// A label on one line that is no longer than this: in a little smaller type if need be, and cut in the end.
pub(super) fn cut(
    painter: &Painter,
    text: &str,
    font: &FontId,
    color: Color32,
    longest: f32,
) -> Arc<Galley> {
    let at = |part: f32| {
        let font = FontId::new(part * font.size, font.family.clone());
        let mut job = job(text, &font, color);
        job.wrap.max_width = longest.max(1.0);
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        painter.layout_job(job)
    };
    let whole = at(1.0);
    if whole.elided { at(SMALLER) } else { whole }
}

/// A label as a widget in running text.
pub(super) fn label(ui: &mut Ui, text: &str) -> Response {
    let font = TextStyle::Body.resolve(ui.style());
    let color = ui.visuals().text_color();
    ui.label(job(text, &font, color))
}

/// A tooltip, if there is something to say: not while something is dragged, which is watched in the plots.
pub(super) fn hint(response: Response, text: &str) -> Response {
    let drags = response.ctx.input(|input| input.pointer.any_down());
    if text.is_empty() || drags {
        return response;
    }
    response.on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        label(ui, text);
    })
}

#[cfg(test)]
mod tests {
    use eframe::egui::Context;

    use super::*;
    use crate::ui::theme;

    /// The baselines of the sections, downwards from the first one.
    fn baselines(text: &str, size: f32) -> Vec<f32> {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut found = Vec::new();
        let output = ctx.run_ui(Default::default(), |ui| {
            let font = FontId::proportional(size);
            let galley = galley(ui.painter(), text, &font, Color32::BLACK);
            let glyphs = &galley.rows[0].row.glyphs;
            found = glyphs
                .iter()
                .map(|glyph| glyph.pos.y - glyphs[0].pos.y)
                .collect();
        });
        output.drop_without_applying_deltas();
        found
    }

    #[test]
    fn scripts_stand_below_and_above_the_line() {
        let size = 40.0;
        let found = baselines("x₁²y", size);
        let expected = [0.0, DROP, -RISE, 0.0].map(|part| part as f32 * size);
        for (found, expected) in found.iter().zip(expected) {
            // Ascents and heights of a font are rounded to pixels.
            assert!((found - expected).abs() < 1.6, "{found} {expected}");
        }
    }
}
