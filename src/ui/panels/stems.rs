//! The entries of a vector at the cursor, over rings for the truth, its support first.

use eframe::egui::Ui;
use egui_plot::{HLine, Line, MarkerShape, PlotPoints, Points};

use super::{Axes, Memory, Scene, describe, follow, plot, rings_ui, set_bounds};
use crate::labs::{Entry, Panel};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// More entries than this cannot be told apart; the support of the truth comes first.
const MOST: usize = 400;

/// The order of display: entries of the truth that are not 0, then the rest, and how many come
/// first.
pub(super) fn support_first(reference: Option<&[f64]>, len: usize) -> (Vec<usize>, usize) {
    let size = |j: usize| reference.map_or(0.0, |reference| reference[j].abs());
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by_key(|j| size(*j) == 0.0);
    let support = order.iter().take_while(|j| size(**j) > 0.0).count();
    (order, support)
}

/// Where the entries stand: those of the support get room for a ring and one stem per family.
fn abscissae(support: usize, len: usize) -> Vec<f64> {
    let rest = len as f64;
    let wide = (rest / 16.0)
        .min(0.66 * rest / support.max(1) as f64)
        .max(1.0);
    let start = wide * support.min(len) as f64;
    (0..len)
        .map(|at| {
            if at < support {
                wide * at as f64
            } else {
                start + (at - support) as f64
            }
        })
        .collect()
}

/// Draws the panel.
pub(super) fn stems_ui(
    ui: &mut Ui,
    panel: &Panel,
    entry: Entry,
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
    let (order, support) = support_first(truth, len);
    let shown = &order[..len.min(MOST)];
    let places = abscissae(support, shown.len());
    let values: Vec<(usize, Vec<f64>)> = states
        .iter()
        .map(|(run, state)| {
            (
                *run,
                shown.iter().map(|j| entry(facts, state, *j)).collect(),
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
    let end = places.last().copied().unwrap_or(1.0);
    let x = memory
        .x_view
        .unwrap_or((-0.02 * end - 1.0, 1.02 * end + 1.0));
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let cut = if len > MOST {
        format!(" (first {MOST})")
    } else {
        String::new()
    };
    let label = match support {
        0 => format!("coordinates j{cut}"),
        _ if support >= shown.len() => format!("coordinates j, all in the support of β*{cut}"),
        _ => format!("support of β*, then the others{cut}"),
    };
    let plot =
        plot(panel.id, &Axes::linear(&label), scene.dark).x_axis_formatter(|_, _| String::new());
    let response = plot.show(ui, |plot| {
        set_bounds(plot, x, y);
        plot.hline(
            HLine::new("zero", 0.0)
                .color(theme::weak_text(scene.dark))
                .width(1.0)
                .allow_hover(false),
        );
        let many = values.len();
        for (at, (run, values)) in values.iter().enumerate() {
            // Side by side within a coordinate, so that agreement can be seen.
            let shift = at as f64 - (many as f64 - 1.0) / 2.0;
            stems_of_run(plot, scene, *run, &places, values, shift);
        }
        if let Some(truth) = truth {
            let rings: Vec<[f64; 2]> = shown
                .iter()
                .enumerate()
                .filter(|(_, j)| truth[**j] != 0.0)
                .map(|(at, j)| [places[at], truth[*j]])
                .collect();
            rings_ui(plot, rings);
        }
    });
    follow(&response, memory, x, y);
    describe(&response.response, panel.title, "");
}

fn stems_of_run(
    plot: &mut egui_plot::PlotUi<'_>,
    scene: &Scene<'_>,
    run: usize,
    places: &[f64],
    values: &[f64],
    shift: f64,
) {
    let style = scene.style(run);
    let label = &scene.history.setup.runs[run].label;
    let points: Vec<[f64; 2]> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
        .map(|(at, value)| {
            let room = if at + 1 < places.len() {
                places[at + 1] - places[at]
            } else {
                1.0
            };
            [places[at] + 0.2 * room * shift, *value]
        })
        .collect();
    for [x, y] in &points {
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
    let markers = Points::new(label.clone(), points)
        .color(style.color)
        .radius(2.6)
        .shape(shape);
    plot.points(markers.id((label, "heads")).allow_hover(false));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_support_comes_first_in_its_own_order() {
        let (order, support) = support_first(Some(&[0.0, 1.0, 0.0, -2.0]), 4);
        assert_eq!((order, support), (vec![1, 3, 0, 2], 2));
        assert_eq!(support_first(None, 3), (vec![0, 1, 2], 0));
    }
}
