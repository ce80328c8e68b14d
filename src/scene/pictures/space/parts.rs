//! What the pictures of any dimension show: runs as tracks, single points, the line of interpolators.

use std::sync::Arc;

use super::{Space, plain};
use crate::scene::bounds::SteadyBounds;
use crate::scene::curves::Curve;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Ink, Layer, Pattern, Shape};
use crate::sim::experiment::Facts;
use crate::sim::families::{first_runs, shown_runs};
use crate::sim::history::History;

/// How many coordinates a run's point has.
pub(super) fn dimensions(space: &Space, history: &History) -> Option<usize> {
    let facts = &history.setup.facts;
    if let Some([point, _]) = (space.line)(facts) {
        return Some(point.len());
    }
    let mut states = history.runs.iter().flat_map(|run| run.states());
    let (_, state) = states.next()?;
    Some((space.point)(facts, state).len())
}

/// A point of the picture, if it has the picture's dimension and is somewhere.
pub(super) fn point<const D: usize>(coordinates: &[f64]) -> Option<[f64; D]> {
    let point: [f64; D] = coordinates.try_into().ok()?;
    point.iter().all(|part| part.is_finite()).then_some(point)
}

/// Where a run has been.
#[derive(Clone, Debug)]
pub(super) struct Track<const D: usize> {
    /// The run.
    pub(super) run: usize,
    /// Whether it is the first of its family.
    pub(super) first: bool,
    /// Never empty.
    pub(super) points: Vec<[f64; D]>,
    /// The last state.
    pub(super) state: Arc<[Vec<f64>]>,
}

impl<const D: usize> Track<D> {
    /// Where it is.
    pub(super) fn now(&self) -> [f64; D] {
        self.points[self.points.len() - 1]
    }
}

/// The kept points of the runs to be drawn, each up to its row, the first runs of the families last,
/// on top.
pub(super) fn tracks<const D: usize>(
    space: &Space,
    history: &History,
    hidden: &[&'static str],
    row: impl Fn(usize) -> Option<usize>,
) -> Vec<Track<D>> {
    let facts = &history.setup.facts;
    let first_runs = first_runs(history, hidden);
    let mut tracks: Vec<Track<D>> = shown_runs(history, hidden)
        .filter_map(|run| {
            let row = row(run)?;
            let states = history.runs[run].states();
            let until = states.partition_point(|(kept, _)| *kept <= row);
            let points: Vec<[f64; D]> = states[..until]
                .iter()
                .filter_map(|(_, state)| point(&(space.point)(facts, state)))
                .collect();
            let (_, state) = states[..until].last()?;
            let track = Track {
                run,
                first: first_runs.contains(&run),
                points,
                state: state.clone(),
            };
            (!track.points.is_empty()).then_some(track)
        })
        .collect();
    tracks.sort_by_key(|track| track.first);
    tracks
}

/// The first run of all, on which a level set hangs.
pub(super) fn leader<const D: usize>(tracks: &[Track<D>]) -> Option<&Track<D>> {
    let first = tracks.iter().filter(|track| track.first);
    first.min_by_key(|track| track.run)
}

/// The level set of the potential through where a run is; `None` where it has none.
pub(super) fn level(space: &Space, facts: &Facts, track: &Track<2>) -> Option<Vec<[f64; 2]>> {
    let curve = (space.level)(facts, &track.state, &track.now());
    let finite = curve.iter().flatten().all(|part| part.is_finite());
    (finite && !curve.is_empty()).then_some(curve)
}

/// The single points that are known so far.
pub(super) fn marks<const D: usize>(
    space: &Space,
    history: &History,
) -> Vec<(&'static str, [f64; D])> {
    let known = space.marks.iter();
    known
        .filter_map(|(name, vector)| Some((*name, point(history.vector(vector)?)?)))
        .collect()
}

/// All interpolators: the point of the line nearest to the origin, and its direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solutions<const D: usize> {
    /// The interpolator of least ℓ₂ norm.
    pub(super) nearest: [f64; D],
    /// Of length 1.
    pub(super) along: [f64; D],
}

impl<const D: usize> Solutions<D> {
    /// Of an experiment; `None` where interpolators are no line.
    pub(super) fn of(space: &Space, history: &History) -> Option<Self> {
        let [from, to] = (space.line)(&history.setup.facts)?;
        Self::through(point(&from)?, point(&to)?)
    }

    fn through(from: [f64; D], to: [f64; D]) -> Option<Self> {
        let along: [f64; D] = std::array::from_fn(|i| to[i] - from[i]);
        let length = norm(&along);
        if length.is_nan() || length == 0.0 {
            return None;
        }
        let along = along.map(|part| part / length);
        let back = dot(&from, &along);
        let nearest = std::array::from_fn(|i| from[i] - back * along[i]);
        Some(Self { nearest, along })
    }

    /// The one at a distance from the nearest one.
    pub(super) fn at(&self, distance: f64) -> [f64; D] {
        std::array::from_fn(|i| self.nearest[i] + distance * self.along[i])
    }
}

/// A right angle between the line of interpolators and the way to its corner, with that way.
pub(super) fn right_angle<const D: usize>(
    space: &Space,
    history: &History,
    solutions: &Solutions<D>,
    reach: f64,
    place: impl Fn(&[f64; D]) -> [f64; 2],
) -> Vec<Layer> {
    let ends = space
        .right_angle
        .map(|ends| ends.map(|end| point(history.vector(end)?)));
    let Some([Some(corner), Some(from)]) = ends else {
        return Vec::new();
    };
    let back: [f64; D] = std::array::from_fn(|i| from[i] - corner[i]);
    let (distance, leg) = (norm(&back), 0.07 * reach);
    if distance <= 2.0 * leg {
        return Vec::new();
    }
    let at = |along: f64, aside: f64| {
        let (a, b) = (along * leg / distance, aside * leg);
        place(&std::array::from_fn(|i| {
            corner[i] + a * back[i] + b * solutions.along[i]
        }))
    };
    let way = Shape::Line {
        curve: Curve::Points(vec![place(&from), place(&corner)]),
        pattern: Pattern::Dotted,
        marked: false,
    };
    let square = [at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)];
    vec![
        Layer::new("shortest way", Ink::Weak, 1.2, way),
        plain("right angle", Ink::Text, 1.5, square.to_vec()),
    ]
}

/// The scalar product.
pub(super) fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The length of a vector.
pub(super) fn norm<const D: usize>(a: &[f64; D]) -> f64 {
    dot(a, a).sqrt()
}

/// How far from the origin the picture has to reach.
///
/// Every interpolator of interest is at most √d times as far as the nearest one, by ‖β_ℓ1‖₂ ≤
/// ‖β_ℓ1‖₁ ≤ ‖β_ℓ2‖₁; the frame follows a run only where nothing else gives the scale.
pub(super) fn reach<const D: usize>(
    solutions: Option<&Solutions<D>>,
    marks: &[(&'static str, [f64; D])],
    bounds: &mut SteadyBounds,
    farthest_run: impl FnOnce() -> f64,
) -> f64 {
    let marks = marks.iter().map(|(_, mark)| norm(mark)).fold(0.0, f64::max);
    if let Some(solutions) = solutions {
        let nearest = norm(&solutions.nearest);
        if nearest > 0.0 {
            return 1.5 * nearest;
        }
    }
    if marks > 0.0 {
        return 1.4 * marks;
    }
    bounds.include(0.0, farthest_run(), false);
    1.2 * bounds.range().1
}

/// What the pictures of any dimension show.
pub(super) struct Parts<const D: usize> {
    pub(super) tracks: Vec<Track<D>>,
    pub(super) marks: Vec<(&'static str, [f64; D])>,
    pub(super) solutions: Option<Solutions<D>>,
    pub(super) reach: f64,
}

impl<const D: usize> Parts<D> {
    pub(super) fn of(space: &Space, view: &View<'_>, memory: &mut Memory) -> Self {
        let history = view.history;
        let up_to =
            |row: &dyn Fn(usize) -> Option<usize>| tracks::<D>(space, history, view.hidden, row);
        let marks = marks(space, history);
        let solutions = Solutions::of(space, history);
        let reach = reach(solutions.as_ref(), &marks, &mut memory.bounds, || {
            let ends = up_to(&|run| history.runs[run].len().checked_sub(1));
            ends.iter()
                .map(|track| norm(&track.now()))
                .fold(0.0, f64::max)
        });
        Self {
            tracks: up_to(&|run| view.row(run)),
            marks,
            solutions,
            reach,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_known_by_its_nearest_point() {
        // b₁ + 2b₂ = 2.
        let line = Solutions::through([2.0, 0.0], [0.0, 1.0]).unwrap();
        assert!((line.nearest[0] - 0.4).abs() < 1e-12 && (line.nearest[1] - 0.8).abs() < 1e-12);
        let far = line.at(3.0);
        assert!((far[0] + 2.0 * far[1] - 2.0).abs() < 1e-12);
        assert!(Solutions::through([1.0, 1.0], [1.0, 1.0]).is_none());
    }

    #[test]
    fn a_point_elsewhere_is_no_point() {
        assert_eq!(point::<2>(&[1.0, 2.0]), Some([1.0, 2.0]));
        assert_eq!(point::<2>(&[1.0, f64::NAN]), None);
        assert_eq!(point::<3>(&[1.0, 2.0]), None);
    }
}
