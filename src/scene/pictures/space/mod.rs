//! The runs in two or three dimensions, with all interpolators as a line.

pub mod camera;

use std::sync::Arc;

use camera::{AXES, Camera, outline, unit};

use super::{BAND, FAINT, PALE, Picture, empty, patch, plain, words};
use crate::format::number;
use crate::knobs::Knobs;
use crate::scene::bounds::SteadyBounds;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Handle, Ink, Layer, Live, Pattern, Plot, Shape};
use crate::sim::experiment::Facts;
use crate::sim::families::{first_runs, shown_runs};
use crate::sim::history::History;

/// Said of problems that have no such picture, or not yet.
pub const NOTHING_TO_DRAW: &str = "nothing to draw in two or three dimensions yet";

/// The name of the line of interpolators.
pub const ZERO_LOSS: &str = "zero loss";

/// The name of the plane that a symmetric start stays in.
pub const PLANE_OF_SYMMETRY: &str = "plane of symmetry";

/// How many coordinates a run's point has.
pub fn dimensions(space: &Space, history: &History) -> Option<usize> {
    let facts = &history.setup.facts;
    if let Some([point, _]) = (space.line)(facts) {
        return Some(point.len());
    }
    let mut states = history.runs.iter().flat_map(|run| run.states());
    let (_, state) = states.next()?;
    Some((space.point)(facts, state).len())
}

/// A point of the picture, if it has the picture's dimension and is somewhere.
pub fn point<const D: usize>(coordinates: &[f64]) -> Option<[f64; D]> {
    let point: [f64; D] = coordinates.try_into().ok()?;
    point.iter().all(|part| part.is_finite()).then_some(point)
}

/// Where a run has been.
#[derive(Clone, Debug)]
pub struct Track<const D: usize> {
    /// The run.
    pub run: usize,
    /// Whether it is the first of its family.
    pub first: bool,
    /// Never empty.
    pub points: Vec<[f64; D]>,
    /// The last state.
    pub state: Arc<[Vec<f64>]>,
}

impl<const D: usize> Track<D> {
    /// Where it is.
    pub fn now(&self) -> [f64; D] {
        self.points[self.points.len() - 1]
    }
}

/// The kept points of the runs to be drawn, each up to its row, the first runs of the families last,
/// on top.
pub fn tracks<const D: usize>(
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
pub fn leader<const D: usize>(tracks: &[Track<D>]) -> Option<&Track<D>> {
    let first = tracks.iter().filter(|track| track.first);
    first.min_by_key(|track| track.run)
}

/// The level set of the potential through where a run is; `None` where it has none.
pub fn level(space: &Space, facts: &Facts, track: &Track<2>) -> Option<Vec<[f64; 2]>> {
    let curve = (space.level)(facts, &track.state, &track.now());
    let finite = curve.iter().flatten().all(|part| part.is_finite());
    (finite && !curve.is_empty()).then_some(curve)
}

/// The single points that are known so far.
pub fn marks<const D: usize>(space: &Space, history: &History) -> Vec<(&'static str, [f64; D])> {
    let known = space.marks.iter();
    known
        .filter_map(|(name, vector)| Some((*name, point(history.vector(vector)?)?)))
        .collect()
}

/// All interpolators: the point of the line nearest to the origin, and its direction.
#[derive(Clone, Copy, Debug)]
pub struct Solutions<const D: usize> {
    /// The interpolator of least ℓ₂ norm.
    pub nearest: [f64; D],
    /// Of length 1.
    pub along: [f64; D],
}

impl<const D: usize> Solutions<D> {
    /// Of an experiment; `None` where interpolators are no line.
    pub fn of(space: &Space, history: &History) -> Option<Self> {
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
    pub fn at(&self, distance: f64) -> [f64; D] {
        std::array::from_fn(|i| self.nearest[i] + distance * self.along[i])
    }
}

/// The scalar product.
pub fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The length of a vector.
pub fn norm<const D: usize>(a: &[f64; D]) -> f64 {
    dot(a, a).sqrt()
}

/// How far from the origin the picture has to reach.
///
/// Every interpolator of interest is at most √d times as far as the nearest one, by ‖β_ℓ1‖₂ ≤
/// ‖β_ℓ1‖₁ ≤ ‖β_ℓ2‖₁; the frame follows a run only where nothing else gives the scale.
pub fn reach<const D: usize>(
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

/// A vector of the data in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vector {
    /// Where it points to.
    pub head: [f64; 2],
    /// The settings of its coordinates, if it may be dragged.
    pub settings: Option<[&'static str; 2]>,
}

impl Vector {
    /// The one that a picture declares.
    pub fn of(space: &Space, history: &History, knobs: &Knobs) -> Option<Self> {
        let (fact, keys) = space.handle;
        let known = history.vector(fact).and_then(point);
        let settable = |key: &&str| {
            let mut table = knobs.table().iter();
            table.any(|knob| knob.key == *key && (knob.relevant)(knobs))
        };
        if keys.iter().all(settable) {
            // The setting is ahead of the experiment while it is being dragged.
            let set = keys.map(|key| knobs.real_or_auto(key));
            if let [Some(x), Some(y)] = set {
                return Some(Self {
                    head: [x, y],
                    settings: Some(keys),
                });
            }
        }
        let settings = None;
        known.map(|head| Self { head, settings })
    }
}

/// The visible part of the plane, (x, y): everything within reach, and what can be dragged.
pub fn whole_view(reach: f64, vector: Option<&Vector>) -> [(f64, f64); 2] {
    let handle = vector.filter(|vector| vector.settings.is_some());
    let head = handle.map_or([0.0; 2], |vector| vector.head);
    head.map(|part| ((1.15 * part).min(-reach), (1.15 * part).max(reach)))
}

/// What stays in the middle of a view of three dimensions.
pub fn centre(solutions: Option<&Solutions<3>>) -> [f64; 3] {
    solutions.map_or([0.0; 3], |solutions| {
        solutions.nearest.map(|part| 0.9 * part)
    })
}

/// The parts of the reach in three dimensions: what half of the shorter side of a frame shows, the
/// length of an axis, and half the side of the piece of the plane of symmetry.
pub const PARTS: [f64; 3] = [0.6 * 0.5 / 0.42, 0.7, 0.66];

/// How far in front of or behind the plane of symmetry each family's first run is: its depth in the
/// view along the normal. In the order of the runs.
pub fn depths(tracks: &[Track<3>], normal: [f64; 3]) -> Vec<(usize, f64)> {
    let Some(normal) = unit(normal) else {
        return Vec::new();
    };
    let first = tracks.iter().filter(|track| track.first);
    let mut depths: Vec<(usize, f64)> = first
        .map(|track| (track.run, dot(&track.now(), &normal).abs()))
        .collect();
    depths.sort_by_key(|(run, _)| *run);
    depths
}

/// A depth in words.
pub fn off_plane(label: &str, depth: f64) -> String {
    format!("{label} {depth:.3} off plane")
}

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
    /// Names and vectors of single points.
    pub marks: &'static [(&'static str, &'static str)],
    /// In two dimensions, a vector that may be dragged, and the settings of its coordinates.
    pub handle: (&'static str, [&'static str; 2]),
    /// In three dimensions, the normal of the plane that a symmetric start stays in.
    pub symmetry: [f64; 3],
}

impl Picture for Space {
    fn content(&self, _ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, view, memory))
    }
}

fn plot(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
    match dimensions(space, view.history) {
        Some(2) => flat(space, view, memory),
        Some(3) => orbit(space, view, memory),
        _ => empty(Axis::default(), Axis::default(), NOTHING_TO_DRAW),
    }
}

/// Two coefficients: the plane itself.
fn flat(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
    let history = view.history;
    let facts = &history.setup.facts;
    let parts = Parts::<2>::of(space, view, memory);
    let Parts {
        tracks,
        marks,
        solutions,
        reach,
    } = &parts;
    let vector = Vector::of(space, history, view.knobs);
    let visible = whole_view(*reach, vector.as_ref());
    let visible = [0, 1].map(|axis| view.visible(axis, visible[axis]));
    let cross = [
        Shape::Horizontal as fn(f64, Pattern) -> Shape,
        Shape::Vertical,
    ];
    let names = ["β₂ = 0", "β₁ = 0"];
    let mut layers: Vec<Layer> = cross
        .into_iter()
        .zip(names)
        .map(|(line, name)| Layer::new(name, Ink::Weak, 1.0, line(0.0, Pattern::Solid)))
        .collect();
    if let Some(track) = leader(tracks)
        && let Some(curve) = level(space, facts, track)
    {
        let name = format!("level of φ through {}", view.label(track.run));
        let ink = view.ink(track.run);
        let area = Shape::Area(curve.clone());
        layers.push(Layer::new(format!("{name}, inside"), ink, 0.0, area).faded(BAND));
        layers.push(plain(name, ink, 2.0, curve).faded(FAINT));
    }
    let place = |at: &[f64; 2]| *at;
    let (past, recent) = ways(view, &parts, place);
    layers.extend(past);
    let fan = (space.fan)(facts);
    for (name, path) in &fan {
        layers.push(plain(name, Ink::Weak, 1.2, path.clone()));
    }
    if let Some(solutions) = solutions {
        // Beyond any frame.
        let ends = [-10.0 * reach, 10.0 * reach].map(|distance| solutions.at(distance));
        layers.push(plain("all interpolators", Ink::Weak, 2.0, ends.to_vec()));
    }
    if let Some(Vector { head, .. }) = vector {
        let arrow = Shape::Arrow([[0.0; 2], head]);
        layers.push(Layer::new("x", Ink::Weak, 1.8, arrow));
    }
    layers.extend(recent);
    layers.extend(heads(view, tracks, place));
    // Beyond the line of solutions there is nothing else.
    let outwards = side(solutions.map_or([1.0; 2], |solutions| solutions.nearest));
    layers.extend(named_rings(marks, place, outwards));
    if let Some(Vector { head, .. }) = vector {
        layers.push(words("x", head, [1, 0], 17.0, Ink::Text));
    }
    layers.extend(zero_loss(
        solutions.as_ref(),
        *reach,
        place,
        visible,
        outwards,
    ));
    for (name, path) in fan {
        layers.extend(
            path.last()
                .map(|end| words(name, *end, outwards, 13.0, Ink::Weak)),
        );
    }
    let [x, y] = [0, 1].map(|axis| Axis {
        label: AXES[axis].to_owned(),
        range: Some(visible[axis]),
        ..Axis::default()
    });
    let handle = vector.and_then(|vector| {
        Some(Handle {
            at: vector.head,
            settings: vector.settings?,
            name: "Data vector x",
            hint: "Drag the sample x: the line ⟨x, β⟩ = y turns and moves with it",
        })
    });
    Plot {
        x,
        y,
        equal_scales: true,
        layers,
        live: Live {
            words: in_words(view, tracks),
            handle,
            ..Live::default()
        },
        ..Plot::default()
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

/// Three coefficients, in the view along the normal of the plane that a symmetric start stays in.
fn orbit(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
    let parts = Parts::<3>::of(space, view, memory);
    let Parts {
        tracks,
        marks,
        solutions,
        reach,
    } = &parts;
    let turn = view.window.and_then(|window| window.turn);
    let camera = Camera::new(space.symmetry).turned(turn.unwrap_or_default());
    let centre = centre(solutions.as_ref());
    let place = |point: &[f64; 3]| {
        let [right, up, _] = camera.coordinates(&std::array::from_fn(|i| point[i] - centre[i]));
        [right, up]
    };
    let [half, axis, quad] = PARTS.map(|part| part * reach);
    let outline = outline(space.symmetry, &centre, quad).map(|corner| place(&corner));
    let outline_layer = plain(PLANE_OF_SYMMETRY, Ink::Weak, 1.5, outline.to_vec());
    let mut layers = vec![outline_layer.faded(FAINT)];
    let (past, recent) = ways(view, &parts, place);
    layers.extend(past);
    let ends = [0, 1, 2].map(|which| {
        let mut end = [0.0; 3];
        end[which] = axis;
        place(&end)
    });
    let origin = place(&[0.0; 3]);
    // What points at the viewer has no length.
    let close = 0.05 * 2.0 * half;
    let apart = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let axes = joined(ends, AXES, |a, b| apart(a, b) < close);
    for (end, name) in &axes {
        if apart(origin, *end) > close {
            let arrow = Shape::Arrow([origin, *end]);
            layers.push(Layer::new(name, Ink::Weak, 1.2, arrow));
        }
    }
    if let Some(solutions) = solutions {
        let ends = [-reach, *reach].map(|distance| place(&solutions.at(distance)));
        layers.push(plain("all interpolators", Ink::Weak, 2.0, ends.to_vec()));
    }
    layers.extend(recent);
    if turn.is_some() {
        layers.extend(plumb_lines(view, tracks, space.symmetry, place));
    }
    layers.extend(heads(view, tracks, place));
    let outwards = side(solutions.map_or([1.0; 2], |solutions| {
        let nearest = place(&solutions.nearest);
        [nearest[0] - origin[0], nearest[1] - origin[1]]
    }));
    layers.extend(named_rings(marks, place, outwards));
    for (end, name) in axes {
        let along = [end[0] - origin[0], end[1] - origin[1]];
        let beyond = if along[0].abs() > along[1].abs() {
            [side(along)[0], 0]
        } else {
            [0, side(along)[1]]
        };
        layers.push(words(name, end, beyond, 16.0, Ink::Weak));
    }
    let visible = [(-half, half); 2];
    layers.extend(zero_loss(
        solutions.as_ref(),
        *reach,
        place,
        visible,
        outwards,
    ));
    layers.push(words(
        PLANE_OF_SYMMETRY,
        outline[0],
        [-1, 1],
        13.0,
        Ink::Weak,
    ));
    let key = depths(tracks, space.symmetry).into_iter();
    let key = key.map(|(run, depth)| patch(off_plane(view.label(run), depth), view.ink(run)));
    let bare = Axis {
        range: Some((-half, half)),
        bare: true,
        ..Axis::default()
    };
    Plot {
        x: bare.clone(),
        y: bare,
        equal_scales: true,
        layers,
        key: key.collect(),
        live: Live {
            words: in_words(view, tracks),
            turnable: true,
            ..Live::default()
        },
        ..Plot::default()
    }
}

/// From the first runs down to the plane of symmetry; seen along its normal they have no length.
fn plumb_lines(
    view: &View<'_>,
    tracks: &[Track<3>],
    normal: [f64; 3],
    place: impl Fn(&[f64; 3]) -> [f64; 2],
) -> Vec<Layer> {
    let Some(normal) = unit(normal) else {
        return Vec::new();
    };
    let first = tracks.iter().filter(|track| track.first);
    let lines = first.map(|track| {
        let now = track.now();
        let depth = dot(&now, &normal);
        let foot = std::array::from_fn(|i| now[i] - depth * normal[i]);
        let name = format!("{} to the plane", view.label(track.run));
        let points = [now, foot].map(|end| place(&end)).to_vec();
        plain(name, view.ink(track.run), 1.5, points).faded(FAINT)
    });
    lines.collect()
}

/// What the pictures of any dimension show.
struct Parts<const D: usize> {
    tracks: Vec<Track<D>>,
    marks: Vec<(&'static str, [f64; D])>,
    solutions: Option<Solutions<D>>,
    reach: f64,
}

impl<const D: usize> Parts<D> {
    fn of(space: &Space, view: &View<'_>, memory: &mut Memory) -> Self {
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
    let at = inside.get(2).or_else(|| inside.first())?;
    Some(words(ZERO_LOSS, *at, outwards, 14.0, Ink::Weak))
}

/// The side of a point on which a direction leads away.
fn side(direction: [f64; 2]) -> [i8; 2] {
    direction.map(|part| if part < 0.0 { -1 } else { 1 })
}

/// The names of points; those that are near each other share one.
pub fn joined<P: Copy>(
    at: [P; 3],
    names: [&str; 3],
    near: impl Fn(P, P) -> bool,
) -> Vec<(P, String)> {
    let mut labels: Vec<(P, String)> = Vec::new();
    for (at, name) in at.into_iter().zip(names) {
        match labels.iter_mut().find(|(other, _)| near(*other, at)) {
            Some((_, label)) => {
                label.push_str(", ");
                label.push_str(name);
            }
            None => labels.push((at, name.to_owned())),
        }
    }
    labels
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

    #[test]
    fn the_tail_of_a_way_is_counted_from_its_end() {
        let way: Vec<[f64; 2]> = (0..10).map(|i| [f64::from(i), 0.0]).collect();
        assert_eq!(tail_start(&way, 3.5), 6);
        assert_eq!(tail_start(&way, 100.0), 0);
        assert_eq!(tail_start(&way, 0.0), 9);
        assert_eq!(tail_start(&[], 1.0), 0);
    }

    #[test]
    fn names_at_one_place_are_joined() {
        let at = [10.0, 12.0, 90.0];
        let labels = joined(at, AXES, |a: f64, b: f64| (a - b).abs() < 16.0);
        let names: Vec<&str> = labels.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["β₁, β₂", "β₃"]);
    }
}
