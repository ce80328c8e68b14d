//! Functions of one variable that do not change with time: what is known of the data.

use super::{NOT_AVAILABLE, Picture, apart_at_jumps, dots, empty, extent, plain, swatch_entry};
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, LegendEntry, Marker, Pattern, Plot, Swatch};
use crate::sim::history::History;

/// Radius of the places, in points of the screen.
const PLACE: f64 = 3.0;

/// What the abscissa is.
const ABSCISSA: &str = "x";

/// See the module.
#[derive(Debug)]
pub struct Graphs {
    /// The functions, later ones on top.
    pub graphs: fn(&History) -> Vec<Graph>,
    /// A vector of places that are marked on the axis.
    pub places: &'static str,
    /// What the abscissa spans.
    pub range: [f64; 2],
    /// What the ordinate reaches, so that several pictures can be compared.
    pub top: f64,
}

/// One function.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Its name in the key.
    pub name: &'static str,
    /// Its points, from left to right.
    pub points: Vec<[f64; 2]>,
    /// Its colour.
    pub ink: Ink,
    /// Its width, in points of the screen.
    pub width: f64,
}

impl Picture for Graphs {
    fn content(&self, ordinate: &str, view: &View<'_>, _memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view))
    }
}

fn plot(spec: &Graphs, ordinate: &str, view: &View<'_>) -> Plot {
    let graphs = (spec.graphs)(view.history);
    let highest = extent(
        graphs
            .iter()
            .flat_map(|graph| &graph.points)
            .map(|[_, y]| *y),
    );
    let top = highest.map_or(spec.top, |(_, high)| spec.top.max(1.05 * high));
    let x = Axis {
        label: ABSCISSA.to_owned(),
        range: Some(spec.range.into()),
        ..Axis::default()
    };
    let y = Axis {
        label: ordinate.to_owned(),
        range: Some((0.0, top)),
        ..Axis::default()
    };
    if graphs.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let mut layers = Vec::new();
    let mut key: Vec<LegendEntry> = Vec::new();
    for graph in graphs {
        if key.iter().all(|known| known.label != graph.name) {
            let swatch = Swatch::Line {
                pattern: Pattern::Solid,
                marked: false,
                width: graph.width,
            };
            key.push(swatch_entry(graph.name, graph.ink, swatch));
        }
        layers.push(plain(
            graph.name,
            graph.ink,
            graph.width,
            apart_at_jumps(&graph.points),
        ));
    }
    let places = view.history.vector(spec.places).unwrap_or_default();
    let places: Vec<[f64; 2]> = places.iter().map(|x| [*x, 0.0]).collect();
    layers.push(dots("samples", Ink::Text, places, Marker::Circle, PLACE));
    Plot {
        x,
        y,
        layers,
        key,
        ..Plot::default()
    }
}
