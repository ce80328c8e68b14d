//! The function of one variable that each run has learned, through the samples it has seen.

use eframe::egui::{Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};
use egui_plot::PlotPoint;

use super::strokes::{self, Pattern, polyline};
use super::{Axes, Memory, Scene, describe, follow, plot, set_bounds};
use crate::scene::Panel;
use crate::scene::pictures::functions::Functions;
use crate::scene::pictures::functions::{
    ABSCISSA, CROWDED, Graph, abscissae, graph, include, samples,
};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Abscissae at which a function is evaluated, at most.
const MOST: f32 = 600.0;

/// Draws the panel.
pub(super) fn functions_ui(
    ui: &mut Ui,
    panel: &Panel,
    spec: &Functions,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) {
    let x = memory.x_view.unwrap_or_else(|| abscissae(spec.range));
    let visible = [x.0.max(spec.range[0]), x.1.min(spec.range[1])];
    let count = (2.0 * ui.available_width()).clamp(2.0, MOST) as usize;
    let facts = &scene.history.setup.facts;
    let graph = |coefficients: &[f64]| {
        let function = |x: f64| (spec.evaluate)(facts, coefficients, x);
        graph(function, visible, count)
    };
    let samples = samples(scene.history, spec.samples);
    let fixed: Vec<(&str, Graph)> = spec
        .fixed
        .iter()
        .filter_map(|(name, vector)| Some((*name, graph(scene.fact(vector)?)?)))
        .collect();
    let truth = spec.fixed.first().map(|(name, _)| *name);
    let runs: Vec<(usize, Graph)> = scene
        .first_runs()
        .into_iter()
        .filter_map(|run| {
            let row = time.row(scene.history, run)?;
            let state = scene.history.runs[run].state_at(row)?;
            let coefficients = (spec.coefficients)(facts, state);
            Some((run, graph(&coefficients)?))
        })
        .collect();
    let known = fixed.iter().filter(|(name, _)| Some(*name) == truth);
    let known = known.flat_map(|(_, graph)| graph).chain(&samples);
    include(&mut memory.bounds, known);
    let y = memory.y_view.unwrap_or_else(|| memory.bounds.range());
    let response = plot(panel.id, &Axes::linear(ABSCISSA), scene.dark).show(ui, |plot| {
        set_bounds(plot, x, y);
    });
    follow(&response, memory, x, y);
    let frame = *response.transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let place = |graph: &[[f64; 2]]| -> Vec<Pos2> {
        let transform = &response.transform;
        let points = graph.iter();
        points
            .map(|[x, y]| transform.position_from_point(&PlotPoint::new(*x, *y)))
            .collect()
    };
    let mut key = Key::new(&painter, frame, scene);
    if !samples.is_empty() {
        key.entry("samples", |painter, at| {
            dot(painter, at.center(), frame, scene);
        });
    }
    let fixed: Vec<(&str, Vec<Pos2>)> = fixed
        .iter()
        .map(|(name, graph)| (*name, place(graph)))
        .collect();
    let mut graphs = fixed.iter().map(|(_, graph)| graph);
    let crowded =
        graphs.any(|graph| f64::from(strokes::length(graph)) > CROWDED * f64::from(frame.width()));
    for (at, (name, graph)) in fixed.iter().enumerate() {
        let is_truth = Some(*name) == truth;
        // They come back where a part is magnified.
        if crowded && !is_truth {
            continue;
        }
        let (stroke, pattern) = if is_truth {
            look_of_truth(crowded, scene)
        } else {
            look_of_other(at, scene)
        };
        polyline(&painter, frame, graph, stroke, pattern);
        key.entry(name, move |painter, at| {
            let line = [at.left_center(), at.right_center()];
            polyline(painter, frame, &line, stroke, pattern);
        });
    }
    for (run, graph) in &runs {
        let graph = place(graph);
        if crowded {
            let stroke = Stroke::new(1.2 * scene.stroke_scale, scene.style(*run).color);
            polyline(&painter, frame, &graph, stroke, Pattern::Solid);
        } else {
            strokes::graph(&painter, frame, &graph, scene, *run);
        }
    }
    for at in place(&samples) {
        dot(&painter, at, frame, scene);
    }
    key.show();
    let names: Vec<&str> = runs
        .iter()
        .map(|(run, _)| scene.history.setup.runs[*run].label.as_str())
        .chain(fixed.iter().map(|(name, _)| *name))
        .collect();
    describe(&response.response, panel.title, &names.join(", "));
}

/// The truth is a broad pale line under the others.
fn look_of_truth(crowded: bool, scene: &Scene<'_>) -> (Stroke, Pattern) {
    let width = if crowded { 3.0 } else { 6.0 };
    let color = theme::faint(theme::REFERENCE);
    (
        Stroke::new(width * scene.stroke_scale, color),
        Pattern::Solid,
    )
}

/// What is only for comparison is thin.
fn look_of_other(at: usize, scene: &Scene<'_>) -> (Stroke, Pattern) {
    let pattern = if at % 2 == 1 {
        Pattern::Dashed
    } else {
        Pattern::Dotted
    };
    let color = theme::weak_text(scene.dark);
    (Stroke::new(1.8 * scene.stroke_scale, color), pattern)
}

fn dot(painter: &Painter, at: Pos2, frame: Rect, scene: &Scene<'_>) {
    let rim = Stroke::new(1.5, theme::ground(scene.dark));
    let size = (0.014 * frame.height()).clamp(3.6, 5.0) * scene.stroke_scale.sqrt();
    painter.circle(at, size, theme::text(scene.dark), rim);
}

/// What the lines that are not in the legend mean, in a row along the top of the frame.
struct Key<'a> {
    painter: &'a Painter,
    frame: Rect,
    dark: bool,
    entries: Vec<(&'a str, Box<dyn Fn(&Painter, Rect) + 'a>)>,
}

impl<'a> Key<'a> {
    fn new(painter: &'a Painter, frame: Rect, scene: &Scene<'_>) -> Self {
        Self {
            painter,
            frame,
            dark: scene.dark,
            entries: Vec::new(),
        }
    }

    fn entry(&mut self, name: &'a str, swatch: impl Fn(&Painter, Rect) + 'a) {
        self.entries.push((name, Box::new(swatch)));
    }

    fn show(self) {
        const SWATCH: f32 = 18.0;
        let color = theme::text(self.dark);
        let mut at = self.frame.left_top() + vec2(8.0, 3.0);
        for (name, swatch) in self.entries {
            let font = theme::bold(14.0);
            let galley = self.painter.layout_no_wrap(name.to_owned(), font, color);
            let size = galley.size();
            let width = SWATCH + 5.0 + size.x;
            if at.x + width > self.frame.right() {
                at = pos2(self.frame.left() + 8.0, at.y + size.y);
            }
            let ground = Rect::from_min_size(at, vec2(width, size.y)).expand2(vec2(4.0, 0.0));
            let paper = theme::ground(self.dark).gamma_multiply(0.8);
            self.painter.rect_filled(ground, 2.0, paper);
            swatch(self.painter, Rect::from_min_size(at, vec2(SWATCH, size.y)));
            self.painter
                .galley(at + vec2(SWATCH + 5.0, 0.0), galley, color);
            at.x += width + 11.0;
        }
    }
}
