//! The entries of a vector against time: the support of the truth, and the largest others.

use eframe::egui::Ui;
use egui_plot::{Line, PlotPoints};

use super::{Axes, Memory, Scene, cursor_ui, describe, follow_time, plot, rings_ui, set_bounds};
use crate::scene::Panel;
use crate::scene::curves::straightened;
use crate::scene::pictures::VectorEntry;
use crate::scene::pictures::paths::{WIDTHS, chosen, ends};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel.
pub(super) fn paths_ui(
    ui: &mut Ui,
    panel: &Panel,
    entry: VectorEntry,
    reference: &str,
    scene: &Scene<'_>,
    time: &mut TimeAxis,
    memory: &mut Memory,
) {
    let truth = scene.fact(reference);
    let x = time.range();
    let pixels = memory.pixels(ui);
    let mut curves = Vec::new();
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for run in scene.first_runs() {
        let Some((_, last)) = scene.history.runs[run].states().last() else {
            continue;
        };
        let drawn = chosen(entry, &scene.history.setup.facts, last, truth);
        let kept = &mut memory.kept;
        kept.keep_entries(run, |j| drawn.iter().any(|(_, drawn)| *drawn == j));
        for (support, j) in drawn {
            for points in kept.entry(scene, time, (run, j), entry, pixels).lines() {
                for [_, y] in &points {
                    low = low.min(*y);
                    high = high.max(*y);
                }
                curves.push((run, support, points));
            }
        }
    }
    memory.bounds.include(1.05 * low, 1.05 * high, false);
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let tolerance = memory.tolerance(ui, y);
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
                PlotPoints::from(straightened(&points, tolerance)),
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
