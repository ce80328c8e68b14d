//! The runs in two or three dimensions, with all interpolators as a line.

mod flat;
mod orbit;

use eframe::egui::{Align2, Painter, Pos2, Rect, Ui, Vec2};

use super::strokes::{Labels, ring, run_line, run_past};
use super::{Memory, Scene, describe};
use crate::format::number;
use crate::scene::Panel;
use crate::scene::pictures::space::Space;
use crate::scene::pictures::space::{self, NOTHING_TO_DRAW, Track};
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
    match space::dimensions(space, scene.history) {
        Some(2) => return flat::flat_ui(ui, panel, space, scene, time, memory),
        Some(3) => orbit::orbit_ui(ui, panel, space, scene, time, memory),
        _ => {
            let rect = ui.available_rect_before_wrap();
            let color = theme::weak_text(scene.dark);
            let (at, font) = (rect.center(), theme::tick_font());
            ui.painter()
                .text(at, Align2::CENTER_CENTER, NOTHING_TO_DRAW, font, color);
        }
    }
    Vec::new()
}

/// The tracks of the runs to be drawn up to the cursor.
fn tracks<const D: usize>(space: &Space, scene: &Scene<'_>, time: &TimeAxis) -> Vec<Track<D>> {
    let row = |run| time.row(scene.history, run);
    space::tracks(space, scene.history, scene.hidden, row)
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
