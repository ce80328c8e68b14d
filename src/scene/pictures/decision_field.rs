//! What a run says of every point of the plane, as a map with the curve where it changes its mind, under the points
//! that it has learned.

use std::sync::Arc;

use super::{NOT_AVAILABLE, Picture, dots, empty, swatch_entry};
use crate::model::level_set::zero_set;
use crate::scene::curves::Curve;
use crate::scene::memory::{KeptMap, Memory};
use crate::scene::view::View;
use crate::scene::{
    Axis, Colours, Content, Ink, Layer, LegendEntry, Live, Marker, Pattern, Plot, Shape, Swatch,
    Tiles,
};
use crate::sim::history::History;

/// Places along a side from which the curve is found, and tiles of a window.
const FINE: usize = 96;

/// Tiles along a side of a page, where each of them is an object.
const COARSE: usize = 72;

/// What the colours span: the pale ones in the middle, on which points can be seen.
const SHADES: (f64, f64) = (-0.5, 1.5);

/// Widths of the run's curve and of the one that is known beforehand.
const CURVE: f64 = 2.4;
const TRUTH: f64 = 1.8;

/// Radius of points of first and second rank.
const RADII: [f64; 2] = [4.2, 2.4];

/// See the module.
#[derive(Debug)]
pub struct DecisionField {
    /// The family whose first run is shown.
    pub family: &'static str,
    /// Half the side of the square around the origin that is shown.
    pub reach: f64,
    /// What the run says, positive or negative, at so many places along each side of the square: row by row from the
    /// lowest ordinate, from its state.
    pub field: fn(&[Vec<f64>], usize) -> Vec<f64>,
    /// What the colours show of it, from 0 to 1.
    pub shade: fn(f64) -> f64,
    /// The points to be drawn for a run at a row.
    pub points: fn(&History, usize, usize) -> Vec<PointSet>,
    /// Vectors of the abscissae and ordinates of the curve that is known beforehand.
    pub truth: [&'static str; 2],
    /// What is said of a run at a row, beside the swatch of its curve.
    pub remark: fn(&History, usize, usize) -> String,
}

/// Points of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSet {
    /// What they are.
    pub name: &'static str,
    /// Where.
    pub at: Vec<[f64; 2]>,
    /// Their colour.
    pub ink: Ink,
    /// Their shape.
    pub marker: Marker,
    /// Whether they are only there for comparison.
    pub second_rank: bool,
}

impl Picture for DecisionField {
    fn content(&self, _ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, view, memory))
    }
}

fn side(reach: f64, places: usize) -> Vec<f64> {
    let step = 2.0 * reach / (places - 1) as f64;
    (0..places).map(|at| -reach + step * at as f64).collect()
}

fn map(spec: &DecisionField, state: &Arc<[Vec<f64>]>, tiles: usize) -> KeptMap {
    let fine = side(spec.reach, FINE);
    let values = (spec.field)(state, FINE);
    let pieces = if values.len() == FINE * FINE {
        zero_set(&fine, &fine, &values)
    } else {
        Vec::new()
    };
    let (side, values) = if tiles == FINE {
        (fine, values)
    } else {
        (side(spec.reach, tiles), (spec.field)(state, tiles))
    };
    KeptMap {
        state: state.clone(),
        tiles: Tiles {
            x: side.clone(),
            y: side,
            numbers: values.into_iter().map(spec.shade).collect(),
            scale: Axis {
                range: Some(SHADES),
                bare: true,
                ..Axis::default()
            },
            colours: Colours::Diverging,
            sides: Default::default(),
        },
        pieces,
    }
}

fn plot(spec: &DecisionField, view: &View<'_>, memory: &mut Memory) -> Plot {
    let axis = |axis: usize| Axis {
        range: Some(view.visible(axis, (-spec.reach, spec.reach))),
        bare: true,
        ..Axis::default()
    };
    let history = view.history;
    let runs = view.first_runs().into_iter();
    let mut of_family = runs.filter(|run| history.setup.runs[*run].family.id == spec.family);
    let shown = of_family
        .next()
        .and_then(|run| Some((run, view.row(run)?, view.state(run)?)));
    let Some((run, row, state)) = shown else {
        let note = if view.hidden.contains(&spec.family) {
            "left out in the legend"
        } else {
            NOT_AVAILABLE
        };
        return empty(axis(0), axis(1), note);
    };
    let tiles = if view.window.is_some() { FINE } else { COARSE };
    let kept = memory.map(run, state, || map(spec, state, tiles));
    let mut layers = point_layers((spec.points)(history, run, row));
    let remark = (spec.remark)(history, run, row);
    let mut key = vec![line_entry(
        remark.clone(),
        view.ink(run),
        Pattern::Solid,
        CURVE,
    )];
    if view.theory
        && let Some(truth) = truth(spec, history)
    {
        layers.push(truth);
        let (ink, pattern) = (Ink::Reference, Pattern::Dashed);
        key.push(line_entry("true boundary".to_owned(), ink, pattern, TRUTH));
    }
    layers.push(Layer::new(
        format!("{}, boundary", view.label(run)),
        view.ink(run),
        CURVE,
        Shape::Segments(kept.pieces.clone()),
    ));
    Plot {
        x: axis(0),
        y: axis(1),
        equal_scales: true,
        tiles: Some(Box::new(kept.tiles.clone())),
        layers,
        key,
        live: Box::new(Live {
            words: remark,
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// What a line means.
fn line_entry(label: String, ink: Ink, pattern: Pattern, width: f64) -> LegendEntry {
    let swatch = Swatch::Line {
        pattern,
        marked: false,
        width,
    };
    swatch_entry(label, ink, swatch)
}

/// The curve that is known beforehand.
fn truth(spec: &DecisionField, history: &History) -> Option<Layer> {
    let [x, y] = spec.truth.map(|id| history.vector(id).unwrap_or_default());
    let points: Vec<[f64; 2]> = x.iter().zip(y).map(|(x, y)| [*x, *y]).collect();
    (!points.is_empty()).then(|| {
        let shape = Shape::Line {
            curve: Curve::Points(points),
            pattern: Pattern::Dashed,
            marked: false,
        };
        Layer::new("true boundary", Ink::Reference, TRUTH, shape)
    })
}

/// Points on a rim of the ground's colour, so that they are seen on any tile; those of first rank on top.
fn point_layers(mut sets: Vec<PointSet>) -> Vec<Layer> {
    sets.sort_by_key(|set| !set.second_rank);
    let layers = sets.into_iter().flat_map(|set| {
        let radius = RADII[usize::from(set.second_rank)];
        let rim = dots(
            format!("rim of {}", set.name),
            Ink::Ground,
            set.at.clone(),
            set.marker,
            radius + 1.2,
        );
        [rim, dots(set.name, set.ink, set.at, set.marker, radius)]
    });
    layers.collect()
}
