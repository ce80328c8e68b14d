//! Two coefficients: the plane itself.

use super::parts::{Parts, Track, leader, level, point, right_angle};
use super::{
    BAND, FAINT, Space, heads, in_words, named_rings, plain, side, ways, words, zero_loss,
};
use crate::knobs::Knobs;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Follower, Handle, Ink, Layer, Live, Pattern, Plot, Shape};
use crate::sim::history::History;

/// A vector of the data in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vector {
    /// Where it points to.
    pub(super) head: [f64; 2],
    /// The settings of its coordinates, if it may be dragged.
    pub(super) settings: Option<[&'static str; 2]>,
}

impl Vector {
    /// The one that a picture declares.
    pub(super) fn of(space: &Space, history: &History, knobs: &Knobs) -> Option<Self> {
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

    /// What drags it.
    fn handle(&self) -> Option<Handle> {
        let [x, y] = self.settings?;
        let follower = |setting, along| Follower {
            setting,
            constant: 0.0,
            along,
        };
        Some(Handle {
            at: self.head,
            settings: vec![follower(x, [1.0, 0.0]), follower(y, [0.0, 1.0])],
            // At the origin there is no direction.
            may_vanish: false,
            name: "Data vector x",
            hint: "Drag the sample x: the line ⟨x, β⟩ = y turns and moves with it",
        })
    }
}

/// The visible part of the plane, (x, y): everything within reach, and what can be dragged.
pub(super) fn whole_view(reach: f64, vector: Option<&Vector>) -> [(f64, f64); 2] {
    let handle = vector.filter(|vector| vector.settings.is_some());
    let head = handle.map_or([0.0; 2], |vector| vector.head);
    head.map(|part| ((1.15 * part).min(-reach), (1.15 * part).max(reach)))
}

/// Two coefficients: the plane itself.
pub(super) fn flat(space: &Space, view: &View<'_>, memory: &mut Memory) -> Plot {
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
    let mut layers = Vec::from(zero_lines());
    layers.extend(level_layers(space, view, tracks));
    let place = |at: &[f64; 2]| *at;
    let (past, recent) = ways(view, &parts, place);
    layers.extend(past);
    let fan = if view.theory {
        (space.fan)(facts)
    } else {
        Vec::new()
    };
    for (name, path) in &fan {
        layers.push(plain(name, Ink::Weak, 1.2, path.clone()));
    }
    if let Some(solutions) = solutions {
        // Beyond any frame.
        let ends = [-10.0 * reach, 10.0 * reach].map(|distance| solutions.at(distance));
        layers.push(plain("all interpolators", Ink::Weak, 2.0, ends.to_vec()));
        layers.extend(right_angle(space, history, solutions, *reach, place));
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
    let start = space
        .start
        .as_ref()
        .and_then(|start| start.in_the_plane(view));
    let vector = vector.and_then(|vector| vector.handle());
    let [x, y] = [0, 1].map(|axis| Axis {
        label: space.axes[axis].to_owned(),
        range: Some(visible[axis]),
        ..Axis::default()
    });
    Plot {
        x,
        y,
        equal_scales: true,
        layers,
        live: Box::new(Live {
            words: in_words(view, tracks),
            handles: vector.into_iter().chain(start).collect(),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// Where a coefficient is 0.
fn zero_lines() -> [Layer; 2] {
    let line = |name: &str, shape| Layer::new(name, Ink::Weak, 1.0, shape);
    [
        line(
            "second coefficient 0",
            Shape::Horizontal(0.0, Pattern::Solid),
        ),
        line("first coefficient 0", Shape::Vertical(0.0, Pattern::Solid)),
    ]
}

/// The level set of the potential on which the first run is.
fn level_layers(space: &Space, view: &View<'_>, tracks: &[Track<2>]) -> Vec<Layer> {
    let facts = &view.history.setup.facts;
    let Some((track, curve)) =
        leader(tracks).and_then(|track| Some((track, level(space, facts, track)?)))
    else {
        return Vec::new();
    };
    let name = format!("level of φ through {}", view.label(track.run));
    let ink = view.ink(track.run);
    let area = Shape::Area(curve.clone());
    vec![
        Layer::new(format!("{name}, inside"), ink, 0.0, area).faded(BAND),
        plain(name, ink, 2.0, curve).faded(FAINT),
    ]
}
