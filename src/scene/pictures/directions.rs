//! Two classes of points in the plane, known directions as rays, and where the runs point to.
//!
//! Lengths say nothing here: each family has a circle of its own around the points, on which its runs are
//! where they point to, so that none hides another.

use std::f64::consts::TAU;

use super::{FAINT, NOT_AVAILABLE, Picture, dots, empty, extent, plain, words};
use crate::format::number;
use crate::scene::curves::Curve;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Live, Marker, Pattern, Plot, Shape, marker};
use crate::sim::experiment::Facts;
use crate::sim::history::History;

/// The radius of the first circle, and from one to the next, in units of the farthest point.
const RADII: [f64; 2] = [1.1, 0.055];

/// Points of a whole circle.
const POINTS: f64 = 180.0;

/// See the module. What is not known is left out.
#[derive(Debug)]
pub struct Directions {
    /// A vector of the points (x₀, y₀, x₁, y₁, …),
    pub points: &'static str,
    /// and one with a number per point whose sign is its class.
    pub classes: &'static str,
    /// The vector of a run, from its state, whose direction is shown.
    pub vector: fn(&Facts, &[Vec<f64>]) -> Vec<f64>,
    /// Names and vectors of the known directions.
    pub rays: &'static [(&'static str, &'static str)],
    /// What the axes show.
    pub axes: [&'static str; 2],
}

impl Picture for Directions {
    fn content(&self, _ordinate: &str, view: &View<'_>, _memory: &mut Memory) -> Content {
        Content::Plot(plot(self, view))
    }
}

/// The angle of a vector of the plane; `None` for 0 and for vectors elsewhere.
fn angle(vector: &[f64]) -> Option<f64> {
    match *vector {
        [x, y] if x != 0.0 || y != 0.0 => Some(y.atan2(x)).filter(|angle| angle.is_finite()),
        _ => None,
    }
}

fn on_circle(radius: f64, angle: f64) -> [f64; 2] {
    [radius * angle.cos(), radius * angle.sin()]
}

/// The shorter way round a circle from one angle to another.
fn arc(radius: f64, from: f64, to: f64) -> Vec<[f64; 2]> {
    let turn = (to - from + 1.5 * TAU).rem_euclid(TAU) - 0.5 * TAU;
    let pieces = (POINTS * turn.abs() / TAU).ceil().max(1.0);
    (0..=pieces as usize)
        .map(|i| on_circle(radius, from + turn * i as f64 / pieces))
        .collect()
}

/// The angles of a run up to a row.
fn angles(spec: &Directions, history: &History, run: usize, row: usize) -> Vec<f64> {
    let facts = &history.setup.facts;
    let states = history.runs[run].states();
    let until = states.partition_point(|(kept, _)| *kept <= row);
    let vectors = states[..until].iter();
    vectors
        .filter_map(|(_, state)| angle(&(spec.vector)(facts, state)))
        .collect()
}

/// The two classes of points.
fn classes(spec: &Directions, history: &History) -> [Vec<[f64; 2]>; 2] {
    let points = history.vector(spec.points).unwrap_or_default();
    let classes = history.vector(spec.classes).unwrap_or_default();
    let mut split = [Vec::new(), Vec::new()];
    for (point, class) in points.as_chunks().0.iter().zip(classes) {
        split[usize::from(*class < 0.0)].push(*point);
    }
    split
}

fn plot(spec: &Directions, view: &View<'_>) -> Plot {
    let history = view.history;
    let points = classes(spec, history);
    let lengths = points.iter().flatten().map(|[x, y]| x.hypot(*y));
    let unit = lengths.fold(0.0, f64::max);
    let families = view.families().count();
    let rim = unit * (RADII[0] + RADII[1] * families.max(1) as f64);
    let rays: Vec<(&str, f64)> = (spec.rays.iter())
        .filter_map(|(name, vector)| Some((*name, angle(history.vector(vector)?)?)))
        .collect();
    // Whatever a run will ever point to has room, so that the axes stand still.
    let ever = view
        .first_runs()
        .into_iter()
        .flat_map(|run| angles(spec, history, run, usize::MAX));
    let tips = rays.iter().map(|(_, angle)| *angle).chain(ever);
    let tips = tips.map(|angle| on_circle(1.12 * rim, angle));
    let shown: Vec<[f64; 2]> = points.iter().flatten().copied().chain(tips).collect();
    let [x, y] = [0, 1].map(|axis| {
        let parts = shown.iter().map(|point| point[axis]);
        let (low, high) = extent(parts).unwrap_or((-1.0, 1.0));
        let air = 0.06 * (high - low);
        Axis {
            label: spec.axes[axis].to_owned(),
            range: Some(view.visible(axis, (low - air, high + air))),
            ..Axis::default()
        }
    });
    if unit <= 0.0 {
        return empty(x, y, NOT_AVAILABLE);
    }
    let mut layers = Vec::new();
    layers.extend(rays.iter().flat_map(|(name, angle)| ray(name, *angle, rim)));
    layers.extend(point_layers(points));
    let (runs, told) = run_layers(spec, view, unit);
    layers.extend(runs);
    Plot {
        x,
        y,
        equal_scales: true,
        layers,
        live: Box::new(Live {
            words: told.join("; "),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// The points of the two classes.
fn point_layers([plus, minus]: [Vec<[f64; 2]>; 2]) -> [Layer; 2] {
    let squares = Shape::Points {
        at: minus,
        marker: Marker::Square,
        radius: 4.0,
        filled: false,
    };
    [
        dots("class +", Ink::Text, plus, Marker::Circle, 4.0),
        Layer::new("class −", Ink::Text, 1.4, squares),
    ]
}

/// Where the runs point to, each family on a circle of its own, and the same in words.
fn run_layers(spec: &Directions, view: &View<'_>, unit: f64) -> (Vec<Layer>, Vec<String>) {
    let first_runs = view.first_runs();
    let (mut layers, mut told) = (Vec::new(), Vec::new());
    for (at, family) in view.families().enumerate() {
        let radius = unit * (RADII[0] + RADII[1] * at as f64);
        for run in family.runs {
            let row = view.row(run);
            let angles = row.map(|row| angles(spec, view.history, run, row));
            let angles = angles.unwrap_or_default();
            let Some(now) = angles.last() else { continue };
            let first = first_runs.contains(&run);
            if first {
                let pairs = angles.windows(2);
                let way = pairs.flat_map(|pair| arc(radius, pair[0], pair[1]));
                layers.push(view.way(view.label(run), run, way.collect()));
                let [x, y] = on_circle(1.0, *now).map(|part| number(part, 3));
                told.push(format!("{} towards ({x}, {y})", view.label(run)));
            }
            let name = format!("{} now", view.label(run));
            let size = if first { 5.5 } else { 3.5 };
            let at = vec![on_circle(radius, *now)];
            let marker = marker(view.look(run));
            layers.push(dots(name, view.ink(run), at, marker, size));
        }
    }
    (layers, told)
}

/// A known direction: a ray, its name, and the line between the classes that it stands on.
fn ray(name: &str, angle: f64, rim: f64) -> Vec<Layer> {
    let tip = on_circle(rim, angle);
    let side = on_circle(0.75 * rim, angle + 0.25 * TAU);
    let boundary = Shape::Line {
        curve: Curve::Points(vec![side, side.map(|part| -part)]),
        pattern: Pattern::Dotted,
        marked: false,
    };
    let outwards = tip.map(|part| {
        if part.abs() < 0.2 * rim {
            0
        } else {
            part.signum() as i8
        }
    });
    vec![
        Layer::new(format!("boundary of {name}"), Ink::Reference, 1.4, boundary).faded(FAINT),
        plain(name, Ink::Reference, 2.0, vec![[0.0; 2], tip]),
        words(
            name,
            on_circle(1.03 * rim, angle),
            outwards,
            16.0,
            Ink::Text,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_take_the_shorter_way() {
        for (from, to, length) in [(0.1, 0.4, 0.3), (3.0, -3.0, TAU - 6.0), (0.0, 0.0, 0.0)] {
            let arc = arc(2.0, from, to);
            let pieces = arc.windows(2);
            let sum: f64 = pieces
                .map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]))
                .sum();
            // Chords of two degrees are shorter than their arcs by 5e-5.
            assert!(
                (sum - 2.0 * length).abs() <= 1e-4 * length,
                "{from} {to}: {sum}"
            );
            assert!((arc[0][0] - 2.0 * from.cos()).abs() < 1e-12);
        }
    }

    #[test]
    fn what_has_no_direction_is_left_out() {
        assert_eq!(angle(&[0.0, 2.0]), Some(0.25 * TAU));
        assert_eq!(angle(&[0.0, 0.0]), None);
        assert_eq!(angle(&[1.0, f64::NAN]), None);
        assert_eq!(angle(&[1.0, 2.0, 3.0]), None);
    }
}
