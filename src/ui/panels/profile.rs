//! A function of one variable that changes with time, between two fixed ones.

use eframe::egui::{Align2, RichText, Ui};
use egui_plot::{Line, LineStyle, PlotPoint, PlotPoints, Text};

use super::{Axes, Memory, Scene, describe, follow, plot, readout_ui, set_bounds};
use crate::scene::Panel;
use crate::scene::curves::{Samples, reduce};
use crate::scene::pictures::NamedFunction;
use crate::scene::pictures::profile::{ABSCISSA, ORDINATES, abscissae, alpha, name_at};
use crate::sim::experiment::Facts;
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel.
#[expect(
    clippy::too_many_arguments,
    reason = "the fields of one Picture variant, used here only"
)]
pub(super) fn profile_ui(
    ui: &mut Ui,
    panel: &Panel,
    curve: fn(&Facts, &[Vec<f64>], &[f64]) -> Vec<f64>,
    bounds: &[NamedFunction],
    range: [f64; 2],
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) {
    let abscissae = abscissae(range);
    let x = memory.x_view.unwrap_or((1.04 * range[0], 1.04 * range[1]));
    let y = memory.y_view.unwrap_or(ORDINATES);
    let mut rows = Vec::new();
    let pixels = f64::from(ui.available_width());
    let tolerance = memory.tolerance(ui, y);
    let response = plot(panel.id, &Axes::linear(ABSCISSA), scene.dark).show(ui, |plot| {
        set_bounds(plot, x, y);
        for (at, (name, function)) in bounds.iter().enumerate() {
            let points: Vec<[f64; 2]> = abscissae.iter().map(|b| [*b, function(*b)]).collect();
            let line = Line::new(*name, PlotPoints::from(points))
                .color(theme::weak_text(scene.dark))
                .width(1.2);
            plot.line(
                line.style(LineStyle::Dotted { spacing: 5.0 })
                    .allow_hover(false),
            );
            let ([b, value], side) = name_at(at, *function, range);
            let anchor = if side[0] < 0 {
                Align2::RIGHT_BOTTOM
            } else {
                Align2::LEFT_TOP
            };
            let label = RichText::new(*name)
                .size(14.0)
                .color(theme::weak_text(scene.dark));
            plot.text(
                Text::new(*name, PlotPoint::new(b, value), label)
                    .anchor(anchor)
                    .allow_hover(false),
            );
        }
        for run in scene.first_runs() {
            let Some(row) = time.row(scene.history, run) else {
                continue;
            };
            let Some(state) = scene.history.runs[run].state_at(row) else {
                continue;
            };
            let style = scene.style(run);
            let values = curve(&scene.history.setup.facts, state, &abscissae);
            let places: Vec<Option<f64>> = abscissae.iter().map(|b| Some(*b)).collect();
            let samples = Samples {
                x: &places,
                y: &values,
                low: &[],
                high: &[],
                log_y: false,
            };
            super::curve_ui(
                plot,
                scene,
                run,
                &reduce(&samples, x, pixels),
                false,
                tolerance,
            );
            let words = alpha(scene.history, run, row);
            rows.extend(words.map(|words| (style.color, words)));
        }
    });
    follow(&response, memory, x, y);
    let words: Vec<_> = rows.iter().map(|(_, text)| text.as_str()).collect();
    describe(&response.response, panel.title, &words.join(", "));
    // The picture is empty in the middle, above the curves.
    readout_ui(
        ui,
        *response.transform.frame(),
        Align2::CENTER_TOP,
        &rows,
        scene.dark,
    );
}
