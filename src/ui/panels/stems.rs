//! The entries of a vector at the cursor, over rings for the truth, its support first.

use eframe::egui::Ui;
use egui_plot::{HLine, Line, MarkerShape, PlotPoints, Points};

use super::{Axes, Memory, Scene, describe, follow, plot, rings_ui, set_bounds};
use crate::scene::Panel;
use crate::scene::pictures::VectorEntry;
use crate::scene::pictures::stems::Arrangement;
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel.
pub(super) fn stems_ui(
    ui: &mut Ui,
    panel: &Panel,
    entry: VectorEntry,
    reference: &str,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) {
    let facts = &scene.history.setup.facts;
    let truth = scene.fact(reference);
    let states: Vec<_> = scene
        .first_runs()
        .into_iter()
        .filter_map(|run| {
            Some((
                run,
                scene.history.runs[run].state_at(time.row(scene.history, run)?)?,
            ))
        })
        .collect();
    let len = states.first().map_or(0, |(_, state)| state[0].len());
    let arrangement = Arrangement::new(truth, len);
    let values: Vec<(usize, Vec<f64>)> = states
        .iter()
        .map(|(run, state)| {
            (
                *run,
                arrangement
                    .entries
                    .iter()
                    .map(|j| entry(facts, state, *j))
                    .collect(),
            )
        })
        .collect();
    let finite = |values: &mut dyn Iterator<Item = f64>| {
        values
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), v| {
                (low.min(v), high.max(v))
            })
    };
    let (low, high) = finite(&mut values.iter().flat_map(|(_, values)| values.iter().copied()));
    let (truth_low, truth_high) = finite(&mut truth.into_iter().flatten().copied());
    memory.bounds.include(
        1.05 * low.min(truth_low),
        1.05 * high.max(truth_high),
        false,
    );
    let x = memory.x_view.unwrap_or_else(|| arrangement.range());
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let plot = plot(panel.id, &Axes::linear(&arrangement.label), scene.dark)
        .x_axis_formatter(|_, _| String::new());
    let response = plot.show(ui, |plot| {
        set_bounds(plot, x, y);
        plot.hline(
            HLine::new("zero", 0.0)
                .color(theme::weak_text(scene.dark))
                .width(1.0)
                .allow_hover(false),
        );
        let many = values.len();
        for (which, (run, values)) in values.iter().enumerate() {
            let heads = arrangement.heads(values, which, many);
            stems_of_run(plot, scene, *run, heads);
        }
        if let Some(truth) = truth {
            rings_ui(plot, arrangement.rings(truth));
        }
    });
    follow(&response, memory, x, y);
    describe(&response.response, panel.title, "");
}

fn stems_of_run(
    plot: &mut egui_plot::PlotUi<'_>,
    scene: &Scene<'_>,
    run: usize,
    heads: Vec<[f64; 2]>,
) {
    let style = scene.style(run);
    let label = &scene.history.setup.runs[run].label;
    for [x, y] in &heads {
        let stem = Line::new(label.clone(), PlotPoints::from(vec![[*x, 0.0], [*x, *y]]))
            .color(style.color)
            .width(1.4);
        plot.line(stem.id((label, x.to_bits())).allow_hover(false));
    }
    let shape = match style.line {
        theme::Line::Solid => MarkerShape::Square,
        theme::Line::Marked => MarkerShape::Circle,
        theme::Line::Dashed => MarkerShape::Diamond,
    };
    let markers = Points::new(label.clone(), heads)
        .color(style.color)
        .radius(2.6)
        .shape(shape);
    plot.points(markers.id((label, "heads")).allow_hover(false));
}
