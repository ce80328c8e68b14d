//! Three coefficients, seen at first along the normal of the plane that a symmetric start stays in.

use super::camera::{AXES, Camera, outline, unit};
use super::parts::{Parts, Solutions, Track, dot};
use super::{FAINT, Space, heads, in_words, named_rings, plain, side, ways, words, zero_loss};
use crate::scene::memory::Memory;
use crate::scene::pictures::patch;
use crate::scene::view::View;
use crate::scene::{Axis, Ink, Layer, LegendEntry, Live, Plot, Shape};

/// The name of the plane that a symmetric start stays in.
pub(super) const PLANE_OF_SYMMETRY: &str = "plane of symmetry";

/// What stays in the middle of a view of three dimensions.
pub(super) fn centre(solutions: Option<&Solutions<3>>) -> [f64; 3] {
    solutions.map_or([0.0; 3], |solutions| {
        solutions.nearest.map(|part| 0.9 * part)
    })
}

/// The parts of the reach in three dimensions: what half of the shorter side of a frame shows, the
/// length of an axis, and half the side of the piece of the plane of symmetry.
pub(super) const PARTS: [f64; 3] = [0.6 * 0.5 / 0.42, 0.7, 0.66];

/// How far in front of or behind the plane of symmetry each family's first run is: its depth in the
/// view along the normal. In the order of the runs.
pub(super) fn depths(tracks: &[Track<3>], normal: [f64; 3]) -> Vec<(usize, f64)> {
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
pub(super) fn off_plane(label: &str, depth: f64) -> String {
    format!("{label} {depth:.3} off plane")
}

/// Three coefficients, in the view along the normal of the plane that a symmetric start stays in.
pub(super) fn orbit(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
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
    let origin = place(&[0.0; 3]);
    let axes = axes(axis, 0.05 * 2.0 * half, place);
    layers.extend(axes.iter().filter_map(|(end, name, long)| {
        let arrow = Shape::Arrow([origin, *end]);
        long.then(|| Layer::new(name, Ink::Weak, 1.2, arrow))
    }));
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
    layers.extend(axis_names(axes, origin));
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
        key: depth_key(view, tracks, space.symmetry),
        live: Box::new(Live {
            words: in_words(view, tracks),
            turnable: true,
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// How far each family's first run is from the plane of symmetry.
fn depth_key(view: &View<'_>, tracks: &[Track<3>], normal: [f64; 3]) -> Vec<LegendEntry> {
    let depths = depths(tracks, normal).into_iter();
    depths
        .map(|(run, depth)| patch(off_plane(view.label(run), depth), view.ink(run)))
        .collect()
}

/// The ends of the axes with their names, those that are nearly the same together, and whether each is
/// longer than `close`: what points at the viewer has no length.
fn axes(
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
    let axes = joined(ends, AXES, |a, b| apart(a, b) < close).into_iter();
    axes.map(|(end, name)| (end, name, apart(origin, end) > close))
        .collect()
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
        let labels = joined(at, AXES, |a: f64, b: f64| (a - b).abs() < 16.0);
        let names: Vec<&str> = labels.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["β₁, β₂", "β₃"]);
    }
}
