//! A table of numbers with a verdict each.

use eframe::egui::{Align2, Grid, RichText, ScrollArea, Sense, Ui, vec2};

use super::{CellContext, describe};
use crate::scene::Panel;
use crate::scene::pictures::card::{CardRow, Verdict};
use crate::ui::theme;

/// What a broken condition means where the claim comes true all the same.
const WORKS_ANYWAY: &str = "outside the theorem, still works";

/// Draws the panel.
pub(super) fn card_ui(ui: &mut Ui, panel: &Panel, rows: &[CardRow], context: &CellContext<'_>) {
    let size = if context.enlarged { 17.0 } else { 14.0 };
    let area = ScrollArea::vertical()
        .id_salt(panel.id)
        .auto_shrink(false)
        .show(ui, |ui| {
            Grid::new(panel.id)
                .num_columns(3)
                .min_col_width(0.0)
                .spacing([8.0, 3.0])
                .show(ui, |ui| {
                    for row in rows {
                        row_ui(ui, row, size, context);
                    }
                });
        });
    let words: Vec<String> = rows
        .iter()
        .filter(|row| row.verdict != Verdict::Heading)
        .map(|row| format!("{}: {}{}", row.label, row.value, row.verdict.spoken()))
        .collect();
    let response = ui.interact(area.inner_rect, ui.scope_id().with("card"), Sense::hover());
    describe(&response, panel.title, &words.join("; "));
}

fn row_ui(ui: &mut Ui, row: &CardRow, size: f32, context: &CellContext<'_>) {
    let dark = context.dark;
    if row.verdict == Verdict::Heading {
        ui.label("");
        // Painted over both columns: a long heading must not push the numbers out of the cell.
        let (rect, _) = ui.allocate_exact_size(vec2(1.0, 1.3 * size), Sense::hover());
        let font = theme::bold(size);
        let color = theme::text(dark);
        let painter = ui.painter();
        painter.text(
            rect.left_center(),
            Align2::LEFT_CENTER,
            &row.label,
            font,
            color,
        );
        ui.end_row();
        return;
    }
    let (mark, color) = match row.verdict {
        Verdict::Holds => ("✓", theme::holds(dark)),
        Verdict::Fails => ("✗", theme::warning(dark)),
        Verdict::WorksAnyway => ("✗", theme::weak_text(dark)),
        Verdict::Open => ("…", theme::weak_text(dark)),
        Verdict::Plain | Verdict::Heading => ("", theme::text(dark)),
    };
    ui.label(RichText::new(mark).font(theme::bold(size)).color(color));
    ui.label(RichText::new(&row.label).size(size))
        .on_hover_text(row.hint);
    ui.horizontal(|ui| {
        ui.label(RichText::new(&row.value).font(theme::bold(size)))
            .on_hover_text(row.hint);
        if row.verdict == Verdict::WorksAnyway {
            let words = if context.enlarged {
                WORKS_ANYWAY
            } else {
                "still works"
            };
            ui.label(RichText::new(words).size(size - 1.0).italics())
                .on_hover_text(WORKS_ANYWAY);
        }
    });
    ui.end_row();
}
