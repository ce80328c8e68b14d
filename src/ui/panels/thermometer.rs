//! One bar per coordinate, from where a positive quantity started to where it is, with a tick where
//! the theory puts it.

use eframe::egui::{Align2, Rect, Ui, pos2};
use egui_plot::{HLine, PlotPoint};

use super::{Axes, Memory, Scene, describe, follow, plot, readout_ui, set_bounds};
use crate::scene::Panel;
use crate::scene::pictures::thermometer::Thermometer;
use crate::scene::pictures::thermometer::{ABSCISSA, MOST, PREDICTED, choose, common_start};
use crate::ui::axis;
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel: the first run of the last family that has a dose, because bars of several would
/// hide each other.
pub(super) fn thermometer_ui(
    ui: &mut Ui,
    panel: &Panel,
    spec: &Thermometer,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) {
    let facts = &scene.history.setup.facts;
    let source = scene.history.setup.source(spec.dose);
    let candidates = scene.first_runs().into_iter().filter_map(|run| {
        let row = time.row(scene.history, run)?;
        let history = &scene.history.runs[run];
        let dose = history.number_at(source, row)?;
        Some(((run, history.state_at(row)?), dose))
    });
    let shown = choose(candidates);
    let start = scene.fact(spec.start).unwrap_or_default();
    let len = start.len().min(MOST);
    // (start, now, predicted) in places of a logarithmic axis.
    let place = |value: f64| axis::place(value, true);
    let bars: Vec<(Option<f64>, Option<f64>, Option<f64>)> = (0..len)
        .map(|j| {
            let now = shown.and_then(|((_, state), _)| place((spec.now)(facts, state, j)));
            let predicted = shown.and_then(|(_, dose)| place((spec.predicted)(facts, dose, j)));
            (place(start[j]), now, predicted)
        })
        .collect();
    let levels = bars
        .iter()
        .flat_map(|(start, now, predicted)| [*start, *now, *predicted])
        .flatten();
    let (low, high) = levels.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), level| {
        (low.min(level), high.max(level))
    });
    if low <= high {
        memory.bounds.include(low - 0.1, high + 0.1, true);
    }
    let x = memory.x_view.unwrap_or((-1.0, len as f64));
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let axes = Axes {
        log_y: true,
        x_label: ABSCISSA,
        ..Axes::default()
    };
    let response = plot(panel.id, &axes, scene.dark).show(ui, |plot| {
        set_bounds(plot, x, y);
        if let Some(level) = common_start(start).and_then(place) {
            plot.hline(
                HLine::new("start", level)
                    .color(theme::weak_text(scene.dark))
                    .width(1.5)
                    .allow_hover(false),
            );
        }
    });
    follow(&response, memory, x, y);
    let frame = *response.transform.frame();
    let Some(((run, _), _)) = shown else {
        describe(&response.response, panel.title, "");
        return;
    };
    let style = scene.style(run);
    let painter = ui.painter().with_clip_rect(frame);
    let at = |x: f64, y: f64| {
        response
            .transform
            .position_from_point(&PlotPoint::new(x, y))
    };
    for (j, (start, now, predicted)) in bars.iter().enumerate() {
        let (left, right) = (j as f64 - 0.4, j as f64 + 0.4);
        if let (Some(start), Some(now)) = (start, now) {
            let bar = Rect::from_two_pos(at(left, *start), at(right, *now));
            painter.rect_filled(bar, 0.0, theme::bar(style.color));
        }
        if let Some(predicted) = predicted {
            let tick = at(j as f64, *predicted);
            let half = (0.5 * (at(right, 0.0).x - at(left, 0.0).x)).max(1.5);
            painter.line_segment(
                [pos2(tick.x - half, tick.y), pos2(tick.x + half, tick.y)],
                (1.6 * scene.stroke_scale, theme::text(scene.dark)),
            );
        }
    }
    let label = &scene.history.setup.runs[run].label;
    let rows = [
        (style.color, format!("{label} √|w₊w₋|")),
        (theme::text(scene.dark), PREDICTED.to_owned()),
    ];
    describe(&response.response, panel.title, &format!("bars of {label}"));
    readout_ui(ui, frame, Align2::RIGHT_BOTTOM, &rows, scene.dark);
}
