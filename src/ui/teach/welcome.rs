//! Three lines for who is here for the first time: what the letters on the screen are.

use eframe::egui::{FontId, RichText, Ui};

use super::words_ui;
use crate::labs::Lab;
use crate::ui::theme;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Asked {
    /// Follow this tour, by its name.
    Tour(&'static str),
    /// Show the lines no more.
    Close,
}

/// Draws the lines.
pub(in crate::ui) fn welcome_ui(ui: &mut Ui, lab: &dyn Lab) -> Option<Asked> {
    let mut asked = None;
    let font = FontId::proportional(16.0);
    let (last, first) = lab.welcome().split_last().unwrap_or((&"", &[]));
    for line in first {
        words_ui(ui, line, &font);
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(*last).font(font));
        ui.add_space(12.0);
        if let Some(first) = lab.tours().first() {
            let tour = ui.button(RichText::new("▶ Take the tour").font(theme::bold(15.0)));
            let hint = "A few minutes, one key to go on, Esc to leave";
            if tour.on_hover_text(hint).clicked() {
                asked = Some(Asked::Tour(first.id));
            }
        }
        let close = ui.button("Close");
        if close
            .on_hover_text("Close these lines and look around")
            .clicked()
        {
            asked = Some(Asked::Close);
        }
    });
    asked
}
