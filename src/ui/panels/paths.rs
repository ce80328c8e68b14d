//! The entries of a vector against time: the support of the truth, and the largest others.

use eframe::egui::Ui;
use egui_plot::{Line, PlotPoints};

use super::{Axes, Memory, Scene, cursor_ui, describe, follow_time, plot, rings_ui, set_bounds};
use crate::figure::panels::paths::{WIDTHS, chosen, ends};
use crate::labs::{Entry, Panel};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel.
pub(super) fn paths_ui(
    ui: &mut Ui,
    panel: &Panel,
    entry: Entry,
    reference: &str,
    scene: &Scene<'_>,
    time: &mut TimeAxis,
    memory: &mut Memory,
) {
    let truth = scene.fact(reference);
    let x = time.range();
    let pixels = f64::from(ui.available_width());
    let mut curves = Vec::new();
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for run in scene.first_runs() {
        for (support, points) in paths_of_run(scene, time, run, entry, truth, pixels) {
            for [_, y] in &points {
                low = low.min(*y);
                high = high.max(*y);
            }
            curves.push((run, support, points));
        }
    }
    memory.bounds.include(1.05 * low, 1.05 * high, false);
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let response = plot(panel.id, &Axes::over(time, false), scene.dark).show(ui, |plot| {
        set_bounds(plot, x, y);
        for (at, (run, support, points)) in curves.into_iter().enumerate() {
            let style = scene.style(run);
            let (color, width) = if support {
                (style.color, WIDTHS[0])
            } else {
                (theme::faint(style.color), WIDTHS[1])
            };
            let line = Line::new(
                scene.history.setup.runs[run].label.clone(),
                PlotPoints::from(points),
            );
            plot.line(
                line.color(color)
                    .width(width * scene.stroke_scale)
                    .id(("path", at))
                    .allow_hover(false),
            );
        }
        if let Some(truth) = truth {
            rings_ui(plot, ends(truth, x.1));
        }
        cursor_ui(plot, scene, time);
    });
    follow_time(&response, time, memory, y);
    describe(&response.response, panel.title, "");
}

/// Whether each path belongs to the support, and its points: one state per pixel.
fn paths_of_run(
    scene: &Scene<'_>,
    time: &TimeAxis,
    run: usize,
    entry: Entry,
    truth: Option<&[f64]>,
    pixels: f64,
) -> Vec<(bool, Vec<[f64; 2]>)> {
    let facts = &scene.history.setup.facts;
    let states = scene.history.runs[run].states();
    let Some((_, last)) = states.last() else {
        return Vec::new();
    };
    let chosen = chosen(entry, facts, last, truth);
    let (low, high) = time.range();
    let pixel = (high - low) / pixels.max(1.0);
    let places = time.places(run);
    let mut paths: Vec<(bool, Vec<[f64; 2]>)> = chosen
        .iter()
        .map(|(support, _)| (*support, Vec::new()))
        .collect();
    let mut next = f64::NEG_INFINITY;
    for (at, (row, state)) in states.iter().enumerate() {
        let Some(x) = places.get(*row).copied().flatten() else {
            continue;
        };
        if x < next && at + 1 < states.len() {
            continue;
        }
        next = x + pixel;
        for ((_, path), (_, j)) in paths.iter_mut().zip(&chosen) {
            let y = entry(facts, state, *j);
            if y.is_finite() {
                path.push([x, y]);
            }
        }
    }
    paths
}
