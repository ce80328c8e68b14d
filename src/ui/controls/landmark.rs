//! The mark on a slider, and the value as a multiple of it.

use eframe::egui::{FontId, Rect, Response, Stroke, Ui, vec2};

use super::LABEL_WIDTH;
use crate::format::number;
use crate::knobs::{Knob, Value};
use crate::sim::experiment::Facts;
use crate::ui::{script, theme};

/// A second line: the value as a multiple of its landmark.
pub(super) fn multiple_ui(ui: &mut Ui, knob: &Knob, value: &Value, facts: Option<&Facts>) {
    let Some(landmark) = &knob.landmark else {
        return;
    };
    let fact = |name: &str| facts.and_then(|facts| facts.scalars.get(name)).copied();
    let Some(at) = fact(landmark.fact) else {
        return;
    };
    let value = if let Value::Real(real) = value {
        Some(*real)
    } else {
        knob.auto_fact.and_then(fact)
    };
    let Some(ratio) = value.map(|value| value / at) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.add_space(LABEL_WIDTH + 6.0);
        let text = format!("= {} {}", number(ratio, 2), landmark.symbol);
        let dark = ui.visuals().dark_mode;
        let text = if ratio > 1.0 {
            script::job(&text, &theme::bold(15.0), theme::warning(dark))
        } else {
            script::job(&text, &FontId::proportional(15.0), theme::weak_text(dark))
        };
        script::hint(ui.label(text), landmark.about);
    });
}

/// A tick on a slider's rail, and a stripe from there to its end.
pub(super) fn landmark_ui(ui: &Ui, slider: &Response, at: f64, (low, high): (f64, f64)) {
    let share = ((at / low).ln() / (high / low).ln()).clamp(0.0, 1.0) as f32;
    // The rail is the slider without its number field; its handle keeps half its size from the ends.
    let rail_width = ui.spacing().slider_width;
    let rail = Rect::from_min_size(
        slider.rect.left_top(),
        vec2(rail_width, slider.rect.height()),
    )
    .shrink2(vec2(6.0, 0.0));
    let x = rail.left() + share * rail.width();
    let color = theme::warning(ui.visuals().dark_mode);
    let painter = ui.painter();
    painter.line_segment(
        [
            [x, rail.top() + 2.0].into(),
            [x, rail.bottom() - 2.0].into(),
        ],
        Stroke::new(2.0, color),
    );
    let y = rail.bottom() - 3.0;
    painter.line_segment(
        [[x, y].into(), [rail.right(), y].into()],
        Stroke::new(2.0, color),
    );
}
