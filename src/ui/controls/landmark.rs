//! The mark on a slider, and the value as a multiple of it.

use eframe::egui::{FontId, Rect, Response, Stroke, Ui, vec2};

use super::LABEL_WIDTH;
use crate::format::number;
use crate::knobs::{Kind, Knob, Value};
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

/// The ends of a knob's slider: as declared, or as wide and around its landmark, which is where the values of use are,
/// whatever the size of the data.
pub(super) fn slider(knob: &Knob, [low, high]: [f64; 2], facts: Option<&Facts>) -> (f64, f64) {
    let landmark = knob.landmark.as_ref();
    let at = landmark.and_then(|landmark| facts?.scalars.get(landmark.fact).copied());
    let (Some(at), Kind::Real { min, max, .. }) = (at, &knob.kind) else {
        return (low, high);
    };
    let half = (high / low).sqrt();
    let around = ((at / half).max(*min), (at * half).min(*max));
    if at > 0.0 && half > 1.0 && around.0 < around.1 {
        around
    } else {
        (low, high)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Role;
    use crate::recipe::preset;

    #[test]
    fn a_slider_is_as_wide_as_declared_and_centred_on_its_landmark() {
        let knobs = preset("fig2").unwrap().recipe().knobs;
        let knob = knobs.knob_of(Role::StepSize).unwrap();
        let around = |at: f64| {
            let mut facts = Facts::default();
            facts.scalars.insert("gamma_auto", at);
            slider(knob, [1e-4, 1.0], Some(&facts))
        };
        let (low, high) = around(9e-11);
        // Four decades, two on either side; a few roundings.
        assert!((low / 9e-13 - 1.0).abs() < 1e-12, "{low}");
        assert!((high / 9e-9 - 1.0).abs() < 1e-12, "{high}");
        // Before anything is known, and where there is nothing to know.
        assert_eq!(slider(knob, [1e-4, 1.0], None), (1e-4, 1.0));
        assert_eq!(around(0.0), (1e-4, 1.0));
        assert_eq!(around(f64::NAN), (1e-4, 1.0));
        assert!(around(f64::MAX).1.is_finite() && around(f64::MIN_POSITIVE).0 > 0.0);
    }
}
