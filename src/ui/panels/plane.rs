//! Runs as paths in a plane, over a curve and marks of it.

use eframe::egui::{Align2, Pos2, RichText, Stroke, Ui};
use egui_plot::{Line, LineStyle, MarkerShape, PlotPoint, PlotPoints, PlotResponse, Points, Text};

use super::strokes::{self, Pattern};
use super::{Axes, Memory, Scene, describe, follow, plot, rings_ui, set_bounds};
use crate::format::number;
use crate::scene::Panel;
use crate::scene::pictures::plane::{Plane as Spec, frame, landing, marks, path, points, ticks};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// A run, its points, and the abscissa at which it is expected to end.
type Path = (usize, Vec<[f64; 2]>, Option<f64>);

/// Draws the panel.
pub(super) fn plane_ui(
    ui: &mut Ui,
    panel: &Panel,
    spec: &Spec,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) {
    let curve = points(scene.history, spec.curve);
    let marks = marks(scene.history, spec.marks);
    let paths: Vec<Path> = scene
        .runs()
        .filter_map(|run| {
            let row = time.row(scene.history, run)?;
            let path = path(scene.history, &spec.point, run, row);
            let landing = landing(scene.history, spec.landing, run, row);
            (!path.is_empty()).then_some((run, path, landing))
        })
        .collect();
    let level = marks.first().map(|(_, [_, y])| *y);
    let all = curve
        .iter()
        .chain(marks.iter().map(|(_, mark)| mark))
        .chain(paths.iter().flat_map(|(_, path, _)| path))
        .copied();
    let [x, y] = frame(all);
    let (x, y) = (memory.x_view.unwrap_or(x), memory.y_view.unwrap_or(y));
    let axes = Axes {
        x_label: spec.axes[0],
        y_label: spec.axes[1],
        ..Axes::default()
    };
    let response = plot(panel.id, &axes, scene.dark).show(ui, |plot| {
        set_bounds(plot, x, y);
        curve_of_interpolators(plot, spec, scene, curve, level, x);
        for (run, _, landing) in &paths {
            landing_ui(plot, scene, *run, landing.zip(level));
        }
        rings_ui(plot, marks.iter().map(|(_, mark)| *mark).collect());
        for (name, [x, place]) in &marks {
            let label = RichText::new(*name)
                .size(17.0)
                .color(theme::text(scene.dark));
            let at = PlotPoint::new(*x, *place + 0.03 * (y.1 - y.0));
            let text = Text::new(*name, at, label).anchor(Align2::CENTER_BOTTOM);
            plot.text(text.allow_hover(false));
        }
    });
    follow(&response, memory, x, y);
    ways_ui(ui, &response, scene, &paths);
    let words: Vec<String> = paths
        .iter()
        .filter_map(|(run, path, _)| {
            let [x, y] = path.last()?;
            let label = &scene.history.setup.runs[*run].label;
            Some(format!("{label} at ({}, {})", number(*x, 3), number(*y, 3)))
        })
        .collect();
    describe(&response.response, panel.title, &words.join(", "));
}

fn curve_of_interpolators(
    plot: &mut egui_plot::PlotUi<'_>,
    spec: &Spec,
    scene: &Scene<'_>,
    curve: &[[f64; 2]],
    level: Option<f64>,
    x: (f64, f64),
) {
    let weak = theme::weak_text(scene.dark);
    if let Some(level) = level {
        let line = Line::new(
            "all interpolators",
            PlotPoints::from(vec![[x.0, level], [x.1, level]]),
        );
        plot.line(
            line.color(weak)
                .width(1.0)
                .style(LineStyle::dashed_loose())
                .allow_hover(false),
        );
    }
    let line = Line::new("argmin φ", PlotPoints::from(curve.to_vec()));
    plot.line(line.color(theme::REFERENCE).width(3.0).allow_hover(false));
    let labels = scene.fact(spec.labels).unwrap_or_default();
    for (alpha, [x, y], has_room) in ticks(curve, labels) {
        let tick = Points::new("α", vec![[x, y]])
            .shape(MarkerShape::Plus)
            .radius(5.0)
            .color(theme::REFERENCE);
        plot.points(tick.allow_hover(false).id(("tick", x.to_bits())));
        let text = format!("α = {}", number(alpha, 1));
        if has_room {
            let label = RichText::new(&text).size(13.0).color(weak);
            plot.text(
                Text::new(text, PlotPoint::new(x, y), label)
                    .anchor(Align2::LEFT_TOP)
                    .allow_hover(false),
            );
        }
    }
}

/// The ways of the runs and where they are. Painted over the plot, whose own dashes hang on a line
/// that is magnified.
fn ways_ui(ui: &Ui, response: &PlotResponse<()>, scene: &Scene<'_>, paths: &[Path]) {
    let frame = *response.transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let place = |[x, y]: &[f64; 2]| {
        let point = PlotPoint::new(*x, *y);
        response.transform.position_from_point(&point)
    };
    let first_runs = scene.first_runs();
    // The way of one run per family is enough ink; all of them show where they are.
    for (run, path, _) in paths.iter().filter(|(run, ..)| first_runs.contains(run)) {
        let way: Vec<Pos2> = path.iter().map(place).collect();
        let style = scene.style(*run);
        let pattern = match style.line {
            theme::Line::Dashed => Pattern::Dashed,
            theme::Line::Solid | theme::Line::Marked => Pattern::Solid,
        };
        let stroke = Stroke::new(style.width, theme::faint(style.color));
        strokes::polyline(&painter, frame, &way, stroke, pattern);
    }
    for (run, path, _) in paths {
        if let Some(now) = path.last() {
            let first = first_runs.contains(run);
            strokes::head(&painter, place(now), scene, *run, first);
        }
    }
}

/// Where a run is expected to end.
fn landing_ui(
    plot: &mut egui_plot::PlotUi<'_>,
    scene: &Scene<'_>,
    run: usize,
    landing: Option<(f64, f64)>,
) {
    let Some((x, y)) = landing else {
        return;
    };
    let label = &scene.history.setup.runs[run].label;
    let landing = Points::new(label.clone(), vec![[x, y]])
        .color(scene.style(run).color)
        .radius(7.0)
        .filled(false)
        .shape(MarkerShape::Diamond);
    plot.points(landing.id((label, "landing")).allow_hover(false));
}
