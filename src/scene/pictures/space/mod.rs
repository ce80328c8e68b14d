//! The runs in two or three dimensions, with all interpolators as a line.

pub mod camera;
mod flat;
mod movable;
mod orbit;
mod parts;

use parts::{Parts, Solutions, Track, dimensions};

use super::{BAND, FAINT, PALE, Picture, empty, plain, words, words_along};
use crate::format::number;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Plot};
use crate::sim::experiment::Facts;

/// Said of problems that have no such picture, or not yet.
const NOTHING_TO_DRAW: &str = "nothing to draw in two or three dimensions yet";

/// The name of the line of interpolators.
const ZERO_LOSS: &str = "zero loss";

/// A picture of the parameter space itself, for problems of two or three dimensions.
#[derive(Debug)]
pub struct Space {
    /// The point of a run, from its state: 2 or 3 coordinates.
    pub point: fn(&Facts, &[Vec<f64>]) -> Vec<f64>,
    /// Two points of the line of all interpolators, from the constants; `None` without one.
    pub line: fn(&Facts) -> Option<[Vec<f64>; 2]>,
    /// In two dimensions, the closed curve through `through` on which the potential of a run in this
    /// state is constant.
    pub level: fn(&Facts, &[Vec<f64>], &[f64]) -> Vec<[f64; 2]>,
    /// In two dimensions, the paths of gradient flow from a few other scales: name and points.
    pub fan: fn(&Facts) -> Vec<(String, Vec<[f64; 2]>)>,
    /// The names of the axes.
    pub axes: [&'static str; 3],
    /// Names and vectors of single points.
    pub marks: &'static [(&'static str, &'static str)],
    /// In two dimensions, a vector that may be dragged, and the settings of its coordinates.
    pub handle: (&'static str, [&'static str; 2]),
    /// The start of the runs, where settings move it.
    pub start: Option<Movable>,
    /// Vectors of the corner of a right angle with the line of interpolators, and of a point on its other leg.
    pub right_angle: Option<[&'static str; 2]>,
    /// In three dimensions, a plane to hold the runs against.
    pub plane: fn(&Facts) -> Option<Plane3>,
    /// In three dimensions, the lines of a curved surface.
    pub sheet: fn(&Facts) -> Vec<Vec<[f64; 3]>>,
}

/// A plane in a picture of three dimensions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane3 {
    /// What it is.
    pub name: &'static str,
    /// A point of it.
    pub through: [f64; 3],
    /// Two orthonormal directions in it, along the sides of the piece that is drawn.
    pub sides: [[f64; 3]; 2],
    /// Where the viewer is at first, as a direction.
    pub towards: [f64; 3],
    /// What is upwards to them.
    pub up: [f64; 3],
    /// Whether it is tinted.
    pub tinted: bool,
}

/// A point that settings move.
#[derive(Clone, Copy, Debug)]
pub struct Movable {
    /// The vector where it is while all settings are 0.
    pub base: &'static str,
    /// Settings and the vectors along which they move it: two that a hand moves together, and one off their plane,
    /// with a handle of its own in three dimensions. A vector that is not known has no handle.
    pub along: [(&'static str, &'static str); 3],
    /// What the two handles are.
    pub names: [&'static str; 2],
    /// What dragging them does.
    pub hints: [&'static str; 2],
}

impl Picture for Space {
    fn content(&self, _ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, view, memory))
    }
}

fn plot(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
    match dimensions(space, view.history) {
        Some(2) => flat::flat(space, view, memory),
        Some(3) => orbit::orbit(space, view, memory),
        _ => empty(Axis::default(), Axis::default(), NOTHING_TO_DRAW),
    }
}

/// Where the first run of each family is.
fn in_words<const D: usize>(view: &View<'_>, tracks: &[Track<D>]) -> String {
    let first = tracks.iter().filter(|track| track.first);
    let words = first.map(|track| {
        let coordinates = track.now().map(|part| number(part, 3)).join(", ");
        format!("{} at ({coordinates})", view.label(track.run))
    });
    words.collect::<Vec<_>>().join("; ")
}

/// The ways of the runs, what stands back of them first: a noisy run would black out the picture, so
/// only as much of its end as goes once across and down the frame is in full colour, and nothing of
/// the runs after the first of a family.
fn ways<const D: usize>(
    view: &View<'_>,
    picture: &Parts<D>,
    place: impl Fn(&[f64; D]) -> [f64; 2],
) -> (Vec<Layer>, Vec<Layer>) {
    let (mut past, mut recent) = (Vec::new(), Vec::new());
    for track in &picture.tracks {
        let label = view.label(track.run);
        let way: Vec<[f64; 2]> = track.points.iter().map(&place).collect();
        let start = if track.first {
            tail_start(&way, 4.0 * picture.reach)
        } else {
            way.len()
        };
        if start > 0 {
            // The piece between the two parts belongs to the past.
            let points = way[..way.len().min(start + 1)].to_vec();
            let name = format!("{label} before");
            past.push(plain(name, view.ink(track.run), 1.0, points).faded(PALE));
        }
        if track.first {
            let points = way[start..].to_vec();
            recent.push(view.line(label, track.run, points));
        }
    }
    (past, recent)
}

/// Where the last part of a way begins that is at most `length` long.
fn tail_start(points: &[[f64; 2]], length: f64) -> usize {
    let mut left = length;
    let mut start = points.len().saturating_sub(1);
    while start > 0 {
        let ([x0, y0], [x1, y1]) = (points[start - 1], points[start]);
        left -= (x1 - x0).hypot(y1 - y0);
        if left < 0.0 {
            break;
        }
        start -= 1;
    }
    start
}

fn heads<const D: usize>(
    view: &View<'_>,
    tracks: &[Track<D>],
    place: impl Fn(&[f64; D]) -> [f64; 2],
) -> Vec<Layer> {
    let tracks = tracks.iter();
    tracks
        .map(|track| view.head(track.run, place(&track.now()), track.first))
        .collect()
}

fn named_rings<const D: usize>(
    marks: &[(&'static str, [f64; D])],
    place: impl Fn(&[f64; D]) -> [f64; 2],
    outwards: [i8; 2],
) -> Vec<Layer> {
    let named = marks.iter().flat_map(|(name, mark)| {
        let at = place(mark);
        [
            super::rings(*name, vec![at]),
            words(*name, at, outwards, 17.0, Ink::Text),
        ]
    });
    named.collect()
}

/// The name of the line of interpolators, near the lower end of what can be seen of it.
fn zero_loss<const D: usize>(
    solutions: Option<&Solutions<D>>,
    reach: f64,
    place: impl Fn(&[f64; D]) -> [f64; 2],
    visible: [(f64, f64); 2],
    outwards: [i8; 2],
) -> Option<Layer> {
    const PLACES: i32 = 40;
    let solutions = solutions?;
    let places = (-PLACES..=PLACES).map(|i| {
        let distance = 2.0 * reach * f64::from(i) / f64::from(PLACES);
        place(&solutions.at(distance))
    });
    let mut inside: Vec<[f64; 2]> = places
        .filter(|at| {
            let ranges = at.iter().zip(visible);
            ranges
                .into_iter()
                .all(|(at, (low, high))| (low..=high).contains(at))
        })
        .collect();
    inside.sort_by(|a, b| a[1].total_cmp(&b[1]));
    let at = inside.split_off(2.min(inside.len().saturating_sub(1)));
    (!at.is_empty()).then(|| words_along(ZERO_LOSS, at, outwards, 14.0, Ink::Weak))
}

/// The side of a point on which a direction leads away.
fn side(direction: [f64; 2]) -> [i8; 2] {
    direction.map(|part| if part < 0.0 { -1 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_way_is_counted_from_its_end() {
        let way: Vec<[f64; 2]> = (0..10).map(|i| [f64::from(i), 0.0]).collect();
        assert_eq!(tail_start(&way, 3.5), 6);
        assert_eq!(tail_start(&way, 100.0), 0);
        assert_eq!(tail_start(&way, 0.0), 9);
        assert_eq!(tail_start(&[], 1.0), 0);
    }
}
