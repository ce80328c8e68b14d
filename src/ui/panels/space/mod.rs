//! The runs in two or three dimensions, with all interpolators as a line.

mod flat;
mod orbit;

use std::sync::Arc;

use eframe::egui::{Align2, Painter, Pos2, Rect, Ui, Vec2};

use super::strokes::{Labels, ring, run_line, run_past};
use super::{Memory, Scene, describe};
use crate::format::number;
use crate::labs::{Panel, Space};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Draws the panel; returns the settings that were dragged.
pub(super) fn space_ui(
    ui: &mut Ui,
    panel: &Panel,
    space: &Space,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) -> Vec<(&'static str, f64)> {
    let room = ui.available_size().min_elem();
    if room.is_nan() || room < 1.0 {
        return Vec::new();
    }
    match dimensions(space, scene) {
        Some(2) => return flat::flat_ui(ui, panel, space, scene, time, memory),
        Some(3) => orbit::orbit_ui(ui, panel, space, scene, time, memory),
        _ => {
            let rect = ui.available_rect_before_wrap();
            let color = theme::weak_text(scene.dark);
            let text = "nothing to draw in two or three dimensions yet";
            let (at, font) = (rect.center(), theme::tick_font());
            ui.painter()
                .text(at, Align2::CENTER_CENTER, text, font, color);
        }
    }
    Vec::new()
}

/// How many coordinates a run's point has.
fn dimensions(space: &Space, scene: &Scene<'_>) -> Option<usize> {
    let facts = &scene.history.setup.facts;
    if let Some([point, _]) = (space.line)(facts) {
        return Some(point.len());
    }
    let mut states = scene.history.runs.iter().flat_map(|run| run.states());
    let (_, state) = states.next()?;
    Some((space.point)(facts, state).len())
}

/// A point of the picture, if it has the picture's dimension and is somewhere.
fn point<const D: usize>(coordinates: &[f64]) -> Option<[f64; D]> {
    let point: [f64; D] = coordinates.try_into().ok()?;
    point.iter().all(|part| part.is_finite()).then_some(point)
}

/// Where a run has been.
struct Track<const D: usize> {
    run: usize,
    /// Whether it is the first of its family.
    first: bool,
    /// Never empty.
    points: Vec<[f64; D]>,
    /// The state at the cursor.
    state: Arc<[Vec<f64>]>,
}

impl<const D: usize> Track<D> {
    fn now(&self) -> [f64; D] {
        self.points[self.points.len() - 1]
    }
}

/// The kept points of the runs to be drawn up to the cursor, the first runs of the families last,
/// on top.
fn tracks<const D: usize>(space: &Space, scene: &Scene<'_>, time: &TimeAxis) -> Vec<Track<D>> {
    let facts = &scene.history.setup.facts;
    let first_runs = scene.first_runs();
    let mut tracks: Vec<Track<D>> = scene
        .runs()
        .filter_map(|run| {
            let row = time.row(scene.history, run)?;
            let states = scene.history.runs[run].states();
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

/// What the views of any dimension paint alike, once they say where a point is.
trait View<const D: usize> {
    /// What is painted on, how much of it, and what is shown.
    fn canvas(&self) -> (&Painter, Rect, &Scene<'_>);

    /// Where a point is on the screen.
    fn place(&self, point: &[f64; D]) -> Pos2;

    fn places(&self, points: &[[f64; D]]) -> Vec<Pos2> {
        points.iter().map(|point| self.place(point)).collect()
    }

    /// What stands back of the runs' ways.
    fn past(&self, tracks: &[Track<D>]) {
        let (painter, frame, scene) = self.canvas();
        for track in tracks {
            let path = self.places(&track.points);
            run_past(painter, frame, &path, scene, track.run, track.first);
        }
    }

    /// The last stretch of the way of every family's first run.
    fn recent(&self, tracks: &[Track<D>]) {
        let (painter, frame, scene) = self.canvas();
        for track in tracks.iter().filter(|track| track.first) {
            let path = self.places(&track.points);
            run_line(painter, frame, &path, scene, track.run);
        }
    }

    /// Rings with their names, kept clear of what is written later.
    fn name_marks(
        &self,
        marks: &[(&str, [f64; D])],
        labels: &mut Labels<'_>,
        corner: Align2,
        aside: Vec2,
    ) {
        let (painter, _, scene) = self.canvas();
        let text = theme::text(scene.dark);
        for (_, mark) in marks {
            ring(painter, self.place(mark), scene);
        }
        for (name, mark) in marks {
            labels.write(self.place(mark) + aside, corner, name, 17.0, text);
        }
        for (_, mark) in marks {
            labels.reserve(Rect::from_center_size(self.place(mark), Vec2::splat(14.0)));
        }
    }
}

/// The single points that are known so far.
fn marks<const D: usize>(space: &Space, scene: &Scene<'_>) -> Vec<(&'static str, [f64; D])> {
    let known = space.marks.iter();
    known
        .filter_map(|(name, vector)| Some((*name, point(scene.fact(vector)?)?)))
        .collect()
}

/// All interpolators: the point of the line nearest to the origin, and its direction.
#[derive(Clone, Copy)]
struct Solutions<const D: usize> {
    nearest: [f64; D],
    along: [f64; D],
}

impl<const D: usize> Solutions<D> {
    fn of(space: &Space, scene: &Scene<'_>) -> Option<Self> {
        let [from, to] = (space.line)(&scene.history.setup.facts)?;
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

    fn at(&self, distance: f64) -> [f64; D] {
        std::array::from_fn(|i| self.nearest[i] + distance * self.along[i])
    }
}

fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm<const D: usize>(a: &[f64; D]) -> f64 {
    dot(a, a).sqrt()
}

/// How far from the origin the picture has to reach. Every interpolator of interest is at most √d
/// times as far as the nearest one, by ‖β_ℓ1‖₂ ≤ ‖β_ℓ1‖₁ ≤ ‖β_ℓ2‖₁; the frame follows a run only
/// where nothing else gives the scale.
fn reach<const D: usize>(
    solutions: Option<&Solutions<D>>,
    marks: &[(&'static str, [f64; D])],
    tracks: &[Track<D>],
    memory: &mut Memory,
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
    let runs = tracks.iter().map(|track| norm(&track.now()));
    memory.bounds.include(0.0, runs.fold(0.0, f64::max), false);
    1.2 * memory.bounds.range().1
}

/// The picture in words.
fn say<const D: usize>(
    response: &eframe::egui::Response,
    panel: &Panel,
    scene: &Scene<'_>,
    tracks: &[Track<D>],
) {
    let words: Vec<String> = tracks
        .iter()
        .filter(|track| track.first)
        .map(|track| {
            let coordinates = track.now().map(|part| number(part, 3)).join(", ");
            let label = &scene.history.setup.runs[track.run].label;
            format!("{label} at ({coordinates})")
        })
        .collect();
    describe(response, panel.title, &words.join("; "));
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
