//! A density on a line that every run's state has, over the weight that it is measured by.

use super::{
    FAINT, NOT_AVAILABLE, Picture, apart_at_jumps, dots, empty, extent, plain, swatch_entry,
};
use crate::format::number;
use crate::scene::bounds::SteadyBounds;
use crate::scene::curves::Ribbon;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, LegendEntry, Marker, Pattern, Plot, Shape, Swatch};
use crate::sim::experiment::Facts;

/// Places at which a smooth density is evaluated.
const PLACES: usize = 161;

/// The part of the frame's height that the weight fills.
const WEIGHT: f64 = 0.85;

/// Opacity of the weight, under everything else.
const SHADE: f64 = 0.28;

/// What the abscissa is.
const ABSCISSA: &str = "x";

/// See the module.
#[derive(Debug)]
pub struct Density {
    /// How it is drawn.
    pub drawn: Drawn,
    /// The corners of the weight's graph, from left to right. Its height has a scale of its own.
    pub weight: fn(&Facts) -> Vec<[f64; 2]>,
    /// What the weight is called.
    pub name: &'static str,
    /// A vector of places that are marked on the axis.
    pub places: &'static str,
    /// What the abscissa spans.
    pub range: [f64; 2],
}

/// How a density is drawn, from a run's state.
#[derive(Clone, Copy, Debug)]
pub enum Drawn {
    /// As a curve through its values at given places, with that of the start behind it.
    Smooth(fn(&Facts, &[Vec<f64>], &[f64]) -> Vec<f64>),
    /// As a stem for each of its points (place, height).
    Stems(fn(&Facts, &[Vec<f64>]) -> Vec<[f64; 2]>),
}

impl Picture for Density {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }
}

impl Density {
    /// The points of a state's density in the range of the picture.
    fn points(&self, facts: &Facts, state: &[Vec<f64>]) -> Vec<[f64; 2]> {
        let [low, high] = self.range;
        match self.drawn {
            Drawn::Smooth(density) => {
                let step = (high - low) / (PLACES - 1) as f64;
                let places: Vec<f64> = (0..PLACES).map(|at| low + step * at as f64).collect();
                let heights = density(facts, state, &places);
                places.into_iter().zip(heights).map(Into::into).collect()
            }
            Drawn::Stems(stems) => {
                let mut points = stems(facts, state);
                points.retain(|[x, y]| (low..=high).contains(x) && y.is_finite());
                points
            }
        }
    }
}

fn plot(spec: &Density, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let facts = &view.history.setup.facts;
    let first_runs = view.first_runs();
    let now: Vec<(usize, Vec<[f64; 2]>)> = first_runs
        .iter()
        .filter_map(|run| Some((*run, spec.points(facts, view.state(*run)?))))
        .collect();
    for run in &first_runs {
        let states = view.sound_states(*run);
        for (_, state) in states.first().into_iter().chain(states.last()) {
            include(&mut memory.bounds, &spec.points(facts, state));
        }
    }
    if view.window.is_some() {
        // A window remembers what it has shown.
        for (_, points) in &now {
            include(&mut memory.bounds, points);
        }
    }
    let x = Axis {
        label: ABSCISSA.to_owned(),
        range: Some(spec.range.into()),
        ..Axis::default()
    };
    let y = Axis {
        label: ordinate.to_owned(),
        range: view.span(&memory.bounds, false),
        ..Axis::default()
    };
    if now.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let top = y.range.map_or(1.0, |(_, high)| high);
    let (mut layers, mut key) = weight(spec, facts, top);
    if let Drawn::Smooth(_) = spec.drawn {
        let mut starts = Vec::new();
        for run in &first_runs {
            let first = view.history.runs[*run].states().first();
            if let Some((_, state)) = first {
                starts.push((*run, spec.points(facts, state)));
            }
        }
        for (run, points) in starts {
            let name = format!("{} at the start", view.label(run));
            layers.push(plain(name, view.ink(run), 1.2, points).faded(FAINT));
        }
        let swatch = Swatch::Line {
            pattern: Pattern::Solid,
            marked: false,
            width: 1.2,
        };
        key.push(LegendEntry {
            opacity: FAINT,
            ..swatch_entry("at the start", Ink::Text, swatch)
        });
    }
    for (run, points) in now {
        let label = view.label(run);
        match spec.drawn {
            Drawn::Smooth(_) => layers.push(view.line(label, run, points)),
            Drawn::Stems(_) => {
                let stems = points.iter().map(|[x, y]| [[*x, 0.0], [*x, *y]]).collect();
                let stems = Shape::Segments(stems);
                layers.push(Layer::new(
                    format!("{label} stems"),
                    view.ink(run),
                    1.4,
                    stems,
                ));
                layers.push(dots(label, view.ink(run), points, Marker::Circle, 2.6));
            }
        }
    }
    let places = view.history.vector(spec.places).unwrap_or_default();
    let places: Vec<[f64; 2]> = places.iter().map(|x| [*x, 0.0]).collect();
    layers.push(dots("samples", Ink::Text, places, Marker::Circle, 3.0));
    Plot {
        x,
        y,
        layers,
        key,
        ..Plot::default()
    }
}

/// The weight as a shade from 0 up, with the height of its peak in the key.
fn weight(spec: &Density, facts: &Facts, top: f64) -> (Vec<Layer>, Vec<LegendEntry>) {
    let graph = (spec.weight)(facts);
    let Some((_, peak)) = extent(graph.iter().map(|[_, y]| *y)).filter(|(_, peak)| *peak > 0.0)
    else {
        return (Vec::new(), Vec::new());
    };
    let scale = WEIGHT * top / peak;
    let outline: Vec<[f64; 2]> = graph.iter().map(|[x, y]| [*x, scale * y]).collect();
    let band = Shape::Band(Ribbon::Between {
        x: outline.iter().map(|[x, _]| *x).collect(),
        low: vec![0.0; outline.len()],
        high: outline.iter().map(|[_, y]| *y).collect(),
    });
    let layers = vec![
        Layer::new(spec.name, Ink::Reference, 0.0, band).faded(SHADE),
        plain(spec.name, Ink::Reference, 1.2, apart_at_jumps(&outline)),
    ];
    let label = format!("{}, own scale: peak {}", spec.name, number(peak, 2));
    let key = vec![swatch_entry(label, Ink::Reference, Swatch::Patch)];
    (layers, key)
}

fn include(bounds: &mut SteadyBounds, points: &[[f64; 2]]) {
    if let Some((_, high)) = extent(points.iter().map(|[_, y]| *y)) {
        bounds.include(0.0, 1.05 * high, false);
    }
}
