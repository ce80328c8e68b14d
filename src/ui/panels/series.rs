//! A recorded quantity against time, one curve per run.

use eframe::egui::{Align2, Color32, RichText, Sense, Ui};
use egui_plot::{HLine, LineStyle, MarkerShape, Points, VLine};

use super::kept::Extent;
use super::{
    Axes, Memory, Scene, cursor_ui, curve_ui, describe, follow_time, plot, readout_ui, set_bounds,
};
use crate::format::number;
use crate::scene::Panel;
use crate::scene::pictures::series::Series;
use crate::sim::experiment::{Family, RunStatus, Source};
use crate::statistics::median;
use crate::ui::axis;
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel.
pub(super) fn series_ui(
    ui: &mut Ui,
    panel: &Panel,
    spec: &Series,
    scene: &Scene<'_>,
    time: &mut TimeAxis,
    memory: &mut Memory,
) {
    let setup = &scene.history.setup;
    let source = setup.source(spec.column);
    let tracked = matches!(source, Source::Recorded(column) if setup.columns[column].tracked);
    let companion = spec.companion.map(|id| setup.source(id));
    let companion =
        companion.filter(|source| scene.theory || !matches!(source, Source::Insight(_)));
    let reference = spec.reference.and_then(|(_, id)| scene.history.scalar(id));
    include_bounds(spec, scene, source, companion, reference, memory);
    let x = time.range();
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let (pixels, tolerance) = (memory.pixels(ui), memory.tolerance(ui, y));
    let response = plot(panel.id, &Axes::over(time, spec.log_y), scene.dark).show(ui, |plot| {
        set_bounds(plot, x, y);
        if let Some(value) = reference
            && let Some(place) = axis::place(value, spec.log_y)
        {
            plot.hline(
                HLine::new("reference", place)
                    .color(theme::REFERENCE)
                    .width(2.0)
                    .allow_hover(false),
            );
        }
        for mark in &scene.history.marks {
            if let Some(place) = time.place_of_step(scene.history, mark.step as f64) {
                let line = VLine::new("change", place)
                    .color(theme::weak_text(scene.dark))
                    .width(1.0);
                plot.vline(
                    line.style(LineStyle::dashed_dense())
                        .allow_hover(false)
                        .id(("change", mark.step)),
                );
            }
        }
        let kept = &mut memory.kept;
        for run in scene.runs() {
            if let Some(companion) = companion {
                let reduced = kept.curve(scene, time, (run, companion), spec.log_y, pixels);
                dotted_ui(plot, scene, run, reduced);
            }
            let reduced = kept.curve(scene, time, (run, source), spec.log_y, pixels);
            curve_ui(plot, scene, run, reduced, tracked, tolerance);
            if matches!(scene.history.status[run], RunStatus::Diverged { .. }) {
                cross_ui(plot, scene, run, reduced);
            }
        }
        cursor_ui(plot, scene, time);
    });
    follow_time(&response, time, memory, y);
    let rows = medians(scene, time, source);
    let words: Vec<_> = rows.iter().map(|(_, text)| text.as_str()).collect();
    describe(&response.response, panel.title, &words.join(", "));
    // Losses fall, what is drawn linearly mostly rises: the other corner is free.
    let corner = if spec.log_y {
        Align2::RIGHT_TOP
    } else {
        Align2::RIGHT_BOTTOM
    };
    let frame = *response.transform.frame();
    if rows.is_empty() && !scene.history.is_empty() {
        let text = "not available for these data";
        let color = theme::weak_text(scene.dark);
        ui.painter().text(
            frame.center(),
            Align2::CENTER_CENTER,
            text,
            theme::tick_font(),
            color,
        );
    }
    readout_ui(ui, frame, corner, &rows, scene.dark);
    if response.response.hovered() && !response.response.dragged() {
        response
            .response
            .on_hover_ui_at_pointer(|ui| all_values_ui(ui, panel, scene, time, source));
    }
}

/// Keeps everything drawn inside the bounds.
fn include_bounds(
    spec: &Series,
    scene: &Scene<'_>,
    source: Source,
    companion: Option<Source>,
    reference: Option<f64>,
    memory: &mut Memory,
) {
    let mut extent = Extent::NONE;
    for run in scene.runs() {
        for source in std::iter::once(source).chain(companion) {
            let of_run = memory.kept.extent(scene, run, source, spec.log_y);
            extent.include_extent(of_run);
        }
    }
    if let Some(reference) = reference {
        extent.include(reference, spec.log_y);
    }
    let Extent { mut low, high, .. } = extent;
    if !spec.log_y && low >= 0.0 {
        low = 0.0;
    }
    let place = |value: f64| axis::place(value, spec.log_y).unwrap_or(f64::NAN);
    memory.bounds.include(place(low), place(high), spec.log_y);
}

/// The companion quantity: dots in the run's colour.
fn dotted_ui(
    plot: &mut egui_plot::PlotUi<'_>,
    scene: &Scene<'_>,
    run: usize,
    reduced: &crate::scene::curves::Reduced,
) {
    let style = scene.style(run);
    let dots = Points::new("predicted", reduced.markers(7, 0))
        .color(style.color)
        .radius(1.4 * scene.stroke_scale);
    plot.points(dots.id(("predicted", run)).allow_hover(false));
}

/// Marks where a run was stopped.
fn cross_ui(
    plot: &mut egui_plot::PlotUi<'_>,
    scene: &Scene<'_>,
    run: usize,
    reduced: &crate::scene::curves::Reduced,
) {
    let Some(last) = reduced.lines().last().and_then(|line| line.last()).copied() else {
        return;
    };
    let cross = Points::new("diverged", vec![last])
        .color(scene.style(run).color)
        .radius(7.0);
    plot.points(
        cross
            .shape(MarkerShape::Cross)
            .id(("diverged", run))
            .allow_hover(false),
    );
}

/// The median over each family at the cursor, as a read-out; a family without any finite value is
/// left out.
fn medians(scene: &Scene<'_>, time: &TimeAxis, source: Source) -> Vec<(Color32, String)> {
    let infos = &scene.history.setup.runs;
    let mut families: Vec<(&'static str, Family, Vec<f64>)> = Vec::new();
    for run in scene.runs() {
        // The last value of a run that has been stopped says nothing about now.
        if has_ended(scene, time, run) {
            continue;
        }
        let Some(value) = value_at(scene, time, run, source) else {
            continue;
        };
        match families
            .iter_mut()
            .find(|(family, ..)| *family == infos[run].family.id)
        {
            Some((.., values)) => values.push(value),
            None => families.push((infos[run].family.id, infos[run].family, vec![value])),
        }
    }
    families
        .into_iter()
        .filter_map(|(_, family, values)| {
            let median = median(values)?;
            let color = theme::style(family.look, scene.dark).color;
            Some((color, format!("{} {}", family.label, number(median, 3))))
        })
        .collect()
}

/// Whether a run diverged before the time at the cursor.
fn has_ended(scene: &Scene<'_>, time: &TimeAxis, run: usize) -> bool {
    let row = time.row(scene.history, run);
    matches!(scene.history.status[run], RunStatus::Diverged { .. })
        && row.is_some_and(|row| row + 1 == scene.history.runs[run].len())
        && time.leading_row(scene.history) > row
}

fn value_at(scene: &Scene<'_>, time: &TimeAxis, run: usize, source: Source) -> Option<f64> {
    let row = time.row(scene.history, run)?;
    scene.history.runs[run].number_at(source, row)
}

/// Every run's value at the cursor.
fn all_values_ui(ui: &mut Ui, panel: &Panel, scene: &Scene<'_>, time: &TimeAxis, source: Source) {
    let step = time
        .leading_row(scene.history)
        .and_then(|row| scene.history.step.get(row))
        .copied()
        .unwrap_or(0);
    let flow = scene
        .history
        .row_at(step as f64)
        .and_then(|row| scene.history.time.get(row))
        .copied()
        .unwrap_or(0.0);
    ui.label(
        RichText::new(format!(
            "{} at k = {step}, t = {}",
            panel.title,
            number(flow, 4)
        ))
        .font(theme::bold(14.0)),
    );
    for run in scene.runs().take(24) {
        if let Some(value) = value_at(scene, time, run, source) {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size([9.0, 9.0].into(), Sense::hover());
                ui.painter().rect_filled(rect, 2.0, scene.style(run).color);
                ui.label(format!(
                    "{}  {}",
                    scene.history.setup.runs[run].label,
                    number(value, 5)
                ));
            });
        }
    }
}
