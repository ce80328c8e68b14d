//! The equations under the plots: every symbol over its number. Who points at one is shown where the number comes
//! from.

use eframe::egui::{FontId, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Pointed;
use crate::scene::equation::{Equation, Term};
use crate::ui::theme;

/// Type sizes of symbols and numbers.
const SYMBOL: f32 = 16.0;
const NUMBER: f32 = 14.0;

/// Room for the row of numbers, and how much closer it is to the symbols than rows of text are.
const NUMBER_ROW: f32 = 17.0;
const GAP: f32 = 3.0;

/// Draws the equations side by side, or below each other where they do not fit; returns what is pointed at.
pub(in crate::ui) fn equations_ui(ui: &mut Ui, equations: &[Equation]) -> Pointed {
    let mut pointed = Pointed::default();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 2.0);
        for (at, equation) in equations.iter().enumerate() {
            if at > 0 {
                ui.add_space(24.0);
            }
            equation_ui(ui, equation, &mut pointed);
        }
    });
    pointed
}

fn equation_ui(ui: &mut Ui, equation: &Equation, pointed: &mut Pointed) {
    let dark = ui.visuals().dark_mode;
    if !equation.of.is_empty() {
        let name = RichText::new(&equation.of).font(theme::bold(NUMBER));
        let name = name.color(theme::color(equation.ink, dark));
        ui.label(name).on_hover_text(equation.about);
    }
    for term in &equation.terms {
        term_ui(ui, term, pointed);
    }
}

/// One symbol over its number, or a sign at the height of the symbols.
fn term_ui(ui: &mut Ui, term: &Term, pointed: &mut Pointed) {
    let color = theme::text(ui.visuals().dark_mode);
    let is_sign = term.value.is_empty();
    let font = if is_sign {
        FontId::proportional(SYMBOL)
    } else {
        theme::bold(SYMBOL)
    };
    let laid_out =
        |text: &str, font: FontId| ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let symbol = laid_out(term.symbol, font);
    let number = laid_out(&term.value, FontId::proportional(NUMBER));
    let width = symbol.size().x.max(number.size().x);
    let height = symbol.size().y + NUMBER_ROW;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let below = rect.min.y + symbol.size().y - GAP;
    for (galley, top) in [(symbol, rect.min.y), (number, below)] {
        let left = rect.center().x - 0.5 * galley.size().x;
        ui.painter().galley(pos2(left, top), galley, color);
    }
    if is_sign {
        return;
    }
    let words = format!("{} = {}", term.symbol, term.value);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    if response.hovered() {
        *pointed = Pointed {
            control: term.knob,
            pictures: term.pictures,
        };
    }
    response.on_hover_text(term.about);
}
