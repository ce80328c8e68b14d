//! Three coefficients: runs, a plane and a surface that they are held against, the line of interpolators.

use super::camera::{Camera, outline};
use super::parts::{Parts, Solutions, Track, dot, right_angle};
use super::{
    FAINT, Plane3, Space, heads, in_words, named_rings, plain, side, ways, words, zero_loss,
};
use crate::scene::curves::Curve;
use crate::scene::memory::Memory;
use crate::scene::pictures::patch;
use crate::scene::view::View;
use crate::scene::{Axis, Handle, Ink, Layer, LegendEntry, Live, Pattern, Plot, Shape};

/// Families whose depths are told in numbers.
const TOLD: usize = 3;

/// Opacity of a tinted plane, and of the lines of a surface.
const TINT: f64 = 0.12;
const MESH: f64 = 0.3;

/// Where a viewer is that no plane tells.
const TOWARDS: [f64; 3] = [1.0, -1.0, 0.6];
const UP: [f64; 3] = [0.0, 0.0, 1.0];

/// What stays in the middle of a view of three dimensions.
pub(super) fn centre(solutions: Option<&Solutions<3>>) -> [f64; 3] {
    solutions.map_or([0.0; 3], |solutions| {
        solutions.nearest.map(|part| 0.9 * part)
    })
}

/// The parts of the reach in three dimensions: what half of the shorter side of a frame shows, the
/// length of an axis, and half the side of the piece of the plane of symmetry.
pub(super) const PARTS: [f64; 3] = [0.6 * 0.5 / 0.42, 0.7, 0.66];

/// How far off the plane each family's first run is, in the order of the runs.
pub(super) fn depths(tracks: &[Track<3>], plane: &Plane3) -> Vec<(usize, f64)> {
    let first = tracks.iter().filter(|track| track.first);
    let mut depths: Vec<(usize, f64)> = first
        .map(|track| (track.run, plane.height(&track.now()).abs()))
        .collect();
    depths.sort_by_key(|(run, _)| *run);
    depths
}

/// A depth in words.
pub(super) fn off_plane(label: &str, depth: f64) -> String {
    format!("{label} {depth:.3} off plane")
}

/// Three coefficients.
pub(super) fn orbit(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
    let facts = &view.history.setup.facts;
    let parts = Parts::<3>::of(space, view, memory);
    let Parts {
        tracks,
        marks,
        solutions,
        reach,
    } = &parts;
    let turn = view.window.and_then(|window| window.turn);
    let plane = (space.plane)(facts);
    let (towards, up) = plane.map_or((TOWARDS, UP), |plane| (plane.towards, plane.up));
    let camera = Camera::new(towards, up).turned(turn.unwrap_or_default());
    let centre = centre(solutions.as_ref());
    let place = |point: &[f64; 3]| {
        let [right, up, _] = camera.coordinates(&std::array::from_fn(|i| point[i] - centre[i]));
        [right, up]
    };
    let [half, axis, quad] = PARTS.map(|part| part * reach);
    let corners = plane.map(|plane| (plane, outline(&plane, &centre, quad).map(|c| place(&c))));
    let mut layers: Vec<Layer> = corners
        .iter()
        .flat_map(|(plane, corners)| plane_layers(plane, corners))
        .collect();
    layers.extend(sheet(space, view, place));
    let (past, recent) = ways(view, &parts, place);
    layers.extend(past);
    let origin = place(&[0.0; 3]);
    let axes = axes(space.axes, axis, 0.05 * 2.0 * half, place);
    layers.extend(axis_arrows(&axes, origin));
    if let Some(solutions) = solutions {
        let ends = [-reach, *reach].map(|distance| place(&solutions.at(distance)));
        layers.push(plain("all interpolators", Ink::Weak, 2.0, ends.to_vec()));
        layers.extend(right_angle(space, view.history, solutions, *reach, place));
    }
    layers.extend(recent);
    // Seen along the normal, what leads down to the plane has no length.
    let oblique = |plane: &Plane3| dot(&camera.towards, &plane.normal()).abs() < 0.999;
    if let Some(plane) = plane.filter(oblique) {
        layers.extend(plumb_lines(view, tracks, &plane, place));
    }
    layers.extend(heads(view, tracks, place));
    let outwards = side(solutions.map_or([1.0; 2], |solutions| {
        let nearest = place(&solutions.nearest);
        [nearest[0] - origin[0], nearest[1] - origin[1]]
    }));
    layers.extend(named_rings(marks, place, outwards));
    layers.extend(axis_names(axes, origin));
    layers.extend(zero_loss(
        solutions.as_ref(),
        *reach,
        place,
        [(-half, half); 2],
        outwards,
    ));
    layers.extend(
        corners
            .iter()
            .map(|(plane, corners)| words(plane.name, corners[0], [-1, 1], 13.0, Ink::Weak)),
    );
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
        key: plane.map_or_else(Vec::new, |plane| depth_key(view, tracks, &plane)),
        live: Box::new(Live {
            words: in_words(view, tracks),
            handles: handles(space, view, 0.4 * reach, place),
            turnable: true,
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// What can be dragged.
fn handles(
    space: &Space,
    view: &View<'_>,
    apart: f64,
    place: impl Fn(&[f64; 3]) -> [f64; 2],
) -> Vec<Handle> {
    let start = space.start.as_ref();
    start.map_or_else(Vec::new, |start| start.in_space(view, apart, place))
}

/// The piece of a plane.
fn plane_layers(plane: &Plane3, corners: &[[f64; 2]; 5]) -> Vec<Layer> {
    let outline = plain(plane.name, Ink::Weak, 1.5, corners.to_vec()).faded(FAINT);
    let tint = plane.tinted.then(|| {
        let name = format!("{}, inside", plane.name);
        Layer::new(name, Ink::Blue, 0.0, Shape::Area(corners.to_vec())).faded(TINT)
    });
    tint.into_iter().chain([outline]).collect()
}

/// The lines of the surface.
fn sheet(space: &Space, view: &View<'_>, place: impl Fn(&[f64; 3]) -> [f64; 2]) -> Vec<Layer> {
    let lines = (space.sheet)(&view.history.setup.facts).into_iter();
    let layers = lines.map(|line| {
        let shape = Shape::Line {
            curve: Curve::Points(line.iter().map(&place).collect()),
            pattern: Pattern::Solid,
            marked: false,
        };
        Layer::new("surface", Ink::Green, 1.0, shape).faded(MESH)
    });
    layers.collect()
}

/// How far each family's first run is off the plane; of many the picture itself must do.
fn depth_key(view: &View<'_>, tracks: &[Track<3>], plane: &Plane3) -> Vec<LegendEntry> {
    let depths = depths(tracks, plane);
    let told = depths.len() <= TOLD;
    depths
        .into_iter()
        .filter(|_| told)
        .map(|(run, depth)| patch(off_plane(view.label(run), depth), view.ink(run)))
        .collect()
}

/// The ends of the axes with their names, those that are nearly the same together, and whether each is
/// longer than `close`: what points at the viewer has no length.
fn axes(
    names: [&str; 3],
    length: f64,
    close: f64,
    place: impl Fn(&[f64; 3]) -> [f64; 2],
) -> Vec<([f64; 2], String, bool)> {
    let ends = [0, 1, 2].map(|which| {
        let mut end = [0.0; 3];
        end[which] = length;
        place(&end)
    });
    let origin = place(&[0.0; 3]);
    let apart = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let axes = joined(ends, names, |a, b| apart(a, b) < close).into_iter();
    axes.map(|(end, name)| (end, name, apart(origin, end) > close))
        .collect()
}

/// The axes as arrows, those that can be seen.
fn axis_arrows(axes: &[([f64; 2], String, bool)], origin: [f64; 2]) -> impl Iterator<Item = Layer> {
    axes.iter().filter_map(move |(end, name, long)| {
        let arrow = Shape::Arrow([origin, *end]);
        long.then(|| Layer::new(name, Ink::Weak, 1.2, arrow))
    })
}

/// The names of the axes beyond their ends.
fn axis_names(
    axes: Vec<([f64; 2], String, bool)>,
    origin: [f64; 2],
) -> impl Iterator<Item = Layer> {
    axes.into_iter().map(move |(end, name, _)| {
        let along = [end[0] - origin[0], end[1] - origin[1]];
        let beyond = if along[0].abs() > along[1].abs() {
            [side(along)[0], 0]
        } else {
            [0, side(along)[1]]
        };
        words(name, end, beyond, 16.0, Ink::Weak)
    })
}

/// From the first runs down to the plane.
fn plumb_lines(
    view: &View<'_>,
    tracks: &[Track<3>],
    plane: &Plane3,
    place: impl Fn(&[f64; 3]) -> [f64; 2],
) -> Vec<Layer> {
    let normal = plane.normal();
    let first = tracks.iter().filter(|track| track.first);
    let lines = first.map(|track| {
        let now = track.now();
        let height = plane.height(&now);
        let foot = std::array::from_fn(|i| now[i] - height * normal[i]);
        let name = format!("{} to the plane", view.label(track.run));
        let points = [now, foot].map(|end| place(&end)).to_vec();
        plain(name, view.ink(track.run), 1.5, points).faded(FAINT)
    });
    lines.collect()
}

/// The names of points; those that are near each other share one.
pub(super) fn joined<P: Copy>(
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
    fn names_at_one_place_are_joined() {
        let at = [10.0, 12.0, 90.0];
        let labels = joined(at, ["β₁", "β₂", "β₃"], |a: f64, b: f64| {
            (a - b).abs() < 16.0
        });
        let names: Vec<&str> = labels.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["β₁, β₂", "β₃"]);
    }
}
