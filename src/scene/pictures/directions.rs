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

/// The angles of a run up to where it is shown.
fn angles(spec: &Directions, view: &View<'_>, run: usize) -> Vec<f64> {
    let Some(row) = view.row(run) else {
        return Vec::new();
    };
    let facts = &view.history.setup.facts;
    let states = view.history.runs[run].states();
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
    let families: Vec<_> = view.families().collect();
    let rim = unit * (RADII[0] + RADII[1] * families.len().max(1) as f64);
    let rays = spec.rays.iter().filter_map(|(name, vector)| {
        let angle = history.vector(vector).and_then(angle)?;
        Some((*name, angle))
    });
    let rays: Vec<(&str, f64)> = rays.collect();
    let tips = rays.iter().map(|(_, angle)| on_circle(1.12 * rim, *angle));
    let shown: Vec<[f64; 2]> = points.iter().flatten().copied().chain(tips).collect();
    let axis = |label: &str, axis: usize| {
        let parts = shown.iter().map(|point| point[axis]);
        let (low, high) = extent(parts).unwrap_or((-1.0, 1.0));
        let air = 0.06 * (high - low);
        // Without known directions the runs may point anywhere.
        let range = if rays.is_empty() {
            (-1.1 * rim, 1.1 * rim)
        } else {
            (low - air, high + air)
        };
        Axis {
            label: label.to_owned(),
            range: Some(view.visible(axis, range)),
            ..Axis::default()
        }
    };
    let (x, y) = (axis(spec.axes[0], 0), axis(spec.axes[1], 1));
    if unit <= 0.0 {
        return empty(x, y, NOT_AVAILABLE);
    }
    let mut layers = Vec::new();
    layers.extend(rays.iter().flat_map(|(name, angle)| ray(name, *angle, rim)));
    let [plus, minus] = points;
    layers.push(dots("class +", Ink::Text, plus, Marker::Circle, 4.0));
    let rings = Shape::Points {
        at: minus,
        marker: Marker::Square,
        radius: 4.0,
        filled: false,
    };
    layers.push(Layer::new("class −", Ink::Text, 1.4, rings));
    let first_runs = view.first_runs();
    let mut told = Vec::new();
    for (at, family) in families.iter().enumerate() {
        let radius = unit * (RADII[0] + RADII[1] * at as f64);
        for run in &family.runs {
            let angles = angles(spec, view, *run);
            let Some(now) = angles.last() else { continue };
            let first = first_runs.contains(run);
            if first {
                let way = angles
                    .windows(2)
                    .flat_map(|pair| arc(radius, pair[0], pair[1]));
                let way = view.way(view.label(*run), *run, way.collect());
                layers.push(way);
                let [x, y] = on_circle(1.0, *now).map(|part| number(part, 3));
                told.push(format!("{} towards ({x}, {y})", view.label(*run)));
            }
            let name = format!("{} now", view.label(*run));
            let size = if first { 5.5 } else { 3.5 };
            let at = vec![on_circle(radius, *now)];
            layers.push(dots(
                name,
                view.ink(*run),
                at,
                marker(view.look(*run)),
                size,
            ));
        }
    }
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
