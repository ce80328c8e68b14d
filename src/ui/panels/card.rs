//! A table of numbers with a verdict each.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Color32, FontId, ScrollArea, Sense, Ui, pos2, vec2};

use super::{CellContext, describe};
use crate::scene::Panel;
use crate::scene::pictures::card::{CardRow, Verdict};
use crate::ui::{script, theme};

/// What a broken condition means where the claim comes true all the same.
const WORKS_ANYWAY: &str = "outside the theorem, still works";

/// Of a row's width, what a number may take and still leave its label beside it.
const BESIDE: f32 = 0.55;

/// Draws the panel.
pub(super) fn card_ui(ui: &mut Ui, panel: &Panel, rows: &[CardRow], context: &CellContext<'_>) {
    let size = context.size * theme::TICK;
    let area = ScrollArea::vertical()
        .id_salt(panel.id)
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            // The bar of a card that scrolls must not lie over its numbers.
            let width = ui.available_width() - 10.0;
            for row in rows {
                row_ui(ui, row, size, width, context);
            }
        });
    let words: Vec<String> = rows
        .iter()
        .filter(|row| row.verdict != Verdict::Heading)
        .map(|row| format!("{}: {}{}", row.label, row.value, row.verdict.spoken()))
        .collect();
    let response = ui.interact(area.inner_rect, ui.scope_id().with("card"), Sense::hover());
    describe(&response, panel.title, &words.join("; "));
}

/// A row: the mark, the label in as many lines as it takes, and the number at the right, or under the label where it
/// is long. Nothing is cut.
fn row_ui(ui: &mut Ui, row: &CardRow, size: f32, width: f32, context: &CellContext<'_>) {
    let dark = context.dark;
    let text = theme::text(dark);
    let (plain, bold) = (FontId::proportional(size), theme::bold(size));
    let laid_out = |mut job: LayoutJob, width: f32, align: Align| {
        job.wrap.max_width = width.max(1.0);
        job.halign = align;
        ui.painter().layout_job(job)
    };
    let (mark, color) = mark_of(row.verdict, dark);
    let indent = 1.3 * size;
    let room = width - indent;
    let label_font = if row.verdict == Verdict::Heading {
        bold.clone()
    } else {
        plain.clone()
    };
    let mut value = script::job(&row.value, &bold.clone(), text);
    if row.verdict == Verdict::WorksAnyway {
        let words = if context.enlarged {
            WORKS_ANYWAY
        } else {
            "still works"
        };
        script::add(
            &mut value,
            &format!("  {words}"),
            &plain,
            theme::weak_text(dark),
        );
    }
    let beside = laid_out(value.clone(), f32::INFINITY, Align::LEFT);
    let is_beside = beside.size().x <= BESIDE * room;
    let taken = if is_beside && !row.value.is_empty() {
        beside.size().x + 8.0
    } else {
        0.0
    };
    let label = script::job(&row.label, &label_font, text);
    let label = laid_out(label, room - taken, Align::LEFT);
    let under = laid_out(value, room, Align::RIGHT);
    let height = if is_beside {
        label.size().y.max(beside.size().y)
    } else {
        label.size().y + under.size().y
    };
    let mark = script::galley(ui.painter(), mark, &bold, color);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let painter = ui.painter();
    painter.galley(rect.min, mark, color);
    let under_label = rect.top() + label.size().y;
    painter.galley(rect.min + vec2(indent, 0.0), label, text);
    if is_beside {
        painter.galley(
            pos2(rect.right() - beside.size().x, rect.top()),
            beside,
            text,
        );
    } else {
        painter.galley(pos2(rect.right(), under_label), under, text);
    }
    if !row.hint.is_empty() {
        script::hint(response, row.hint);
    }
}

fn mark_of(verdict: Verdict, dark: bool) -> (&'static str, Color32) {
    match verdict {
        Verdict::Holds => ("✓", theme::holds(dark)),
        Verdict::Fails => ("✗", theme::warning(dark)),
        Verdict::WorksAnyway => ("✗", theme::weak_text(dark)),
        Verdict::Open => ("…", theme::weak_text(dark)),
        Verdict::Plain | Verdict::Heading => ("", theme::text(dark)),
    }
}
