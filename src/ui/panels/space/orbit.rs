//! Three coefficients: an orthographic view that can be turned, at first along the normal of the
//! plane that a symmetric start stays in.

use eframe::egui::{
    Align2, CursorIcon, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, vec2,
};

use super::{Solutions, Track, View, dot, marks, norm, reach, say, tracks};
use crate::labs::{Panel, Space};
use crate::ui::panels::strokes::{Labels, Pattern, arrow, clipped, corner_towards, head, polyline};
use crate::ui::panels::{Memory, Scene, readout_ui};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Radians per dragged pixel.
const TURN: f64 = 0.01;

const AXES: [&str; 3] = ["β₁", "β₂", "β₃"];

/// Draws the panel.
pub(super) fn orbit_ui(
    ui: &mut Ui,
    panel: &Panel,
    space: &Space,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) {
    let (frame, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    turn(&response, memory);
    let cursor = if response.dragged() {
        CursorIcon::Grabbing
    } else {
        CursorIcon::Grab
    };
    let response = response.on_hover_cursor(cursor);
    let tracks = tracks::<3>(space, scene, time);
    let marks = marks::<3>(space, scene);
    let solutions = Solutions::<3>::of(space, scene);
    let reach = reach(solutions.as_ref(), &marks, &tracks, memory);
    let camera = Camera::new(space.symmetry).turned(memory.turn.unwrap_or_default());
    let centre = solutions.map_or([0.0; 3], |solutions| {
        solutions.nearest.map(|part| 0.9 * part)
    });
    let stage = Stage {
        painter: ui.painter().with_clip_rect(frame),
        frame,
        camera,
        centre,
        pixels: 0.42 * f64::from(frame.size().min_elem()) / (0.6 * reach),
        reach,
        normal: space.symmetry,
        scene,
    };
    stage.ground(ui);
    stage.symmetry();
    stage.past(&tracks);
    stage.axes();
    if let Some(solutions) = &solutions {
        let line = [-reach, reach].map(|distance| solutions.at(distance));
        stage.thin(&line, 2.0, theme::weak_text(scene.dark));
    }
    stage.runs(&tracks);
    stage.write(&marks, solutions.as_ref(), memory.turn.is_some());
    say(&response, panel, scene, &tracks);
    readout_ui(
        ui,
        frame,
        Align2::RIGHT_TOP,
        &off_plane(&tracks, scene, space.symmetry),
        scene.dark,
    );
}

fn turn(response: &eframe::egui::Response, memory: &mut Memory) {
    if response.double_clicked() {
        memory.turn = None;
    } else if response.dragged() {
        let by = response.drag_delta();
        let [yaw, pitch] = memory.turn.unwrap_or_default();
        let quarter = std::f64::consts::FRAC_PI_2;
        memory.turn = Some([
            yaw + TURN * f64::from(by.x),
            (pitch + TURN * f64::from(by.y)).clamp(-quarter, quarter),
        ]);
    }
}

/// An orthonormal frame: what is drawn to the right, upwards, and towards the viewer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Camera {
    right: [f64; 3],
    up: [f64; 3],
    towards: [f64; 3],
}

impl Camera {
    /// Looks against `normal`, with the third axis upwards.
    fn new(normal: [f64; 3]) -> Self {
        let towards = unit(normal).unwrap_or([1.0, 0.0, 0.0]);
        let upright = |axis: [f64; 3]| {
            let lean = dot(&axis, &towards);
            let up: [f64; 3] = std::array::from_fn(|i| axis[i] - lean * towards[i]);
            (norm(&up) > 1e-3).then(|| unit(up)).flatten()
        };
        let up = upright([0.0, 0.0, 1.0]).or_else(|| upright([0.0, 1.0, 0.0]));
        let up = up.unwrap_or([0.0, 0.0, 1.0]);
        Self {
            right: cross(up, towards),
            up,
            towards,
        }
    }

    /// Turned by dragging: what is in front follows the pointer.
    fn turned(self, [yaw, pitch]: [f64; 2]) -> Self {
        let Self { right, up, towards } = self;
        let mix = |a: [f64; 3], b: [f64; 3], angle: f64| -> [f64; 3] {
            let (sin, cos) = angle.sin_cos();
            std::array::from_fn(|i| cos * a[i] + sin * b[i])
        };
        let (right, towards) = (mix(right, towards, yaw), mix(towards, right, -yaw));
        let (up, towards) = (mix(up, towards, -pitch), mix(towards, up, pitch));
        Self { right, up, towards }
    }

    /// To the right, upwards and towards the viewer.
    fn coordinates(&self, point: &[f64; 3]) -> [f64; 3] {
        [&self.right, &self.up, &self.towards].map(|axis| dot(axis, point))
    }
}

fn unit(a: [f64; 3]) -> Option<[f64; 3]> {
    let length = norm(&a);
    (length > 0.0 && length.is_finite()).then(|| a.map(|part| part / length))
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// Where the picture is painted.
struct Stage<'a, 'h> {
    painter: Painter,
    frame: Rect,
    camera: Camera,
    /// What stays in the middle.
    centre: [f64; 3],
    /// Pixels per unit.
    pixels: f64,
    reach: f64,
    /// Of the plane of symmetry.
    normal: [f64; 3],
    scene: &'a Scene<'h>,
}

impl View<3> for Stage<'_, '_> {
    fn canvas(&self) -> (&Painter, Rect, &Scene<'_>) {
        (&self.painter, self.frame, self.scene)
    }

    fn place(&self, point: &[f64; 3]) -> Pos2 {
        let from_centre = std::array::from_fn(|i| point[i] - self.centre[i]);
        let [x, y, _] = self.camera.coordinates(&from_centre);
        let offset = vec2((self.pixels * x) as f32, (-self.pixels * y) as f32);
        self.frame.center() + offset
    }
}

impl Stage<'_, '_> {
    fn thin(&self, points: &[[f64; 3]], width: f32, color: eframe::egui::Color32) {
        let stroke = Stroke::new(width * self.scene.stroke_scale, color);
        let places = self.places(points);
        polyline(&self.painter, self.frame, &places, stroke, Pattern::Solid);
    }

    /// The same sheet as under a plot.
    fn ground(&self, ui: &Ui) {
        let stroke = ui.visuals().widgets.noninteractive.bg_stroke;
        let fill = theme::ground(self.scene.dark);
        self.painter
            .rect(self.frame, 2.0, fill, stroke, StrokeKind::Inside);
    }

    /// The outline of the plane that a symmetric start stays in.
    fn symmetry(&self) {
        let quad = self.quad();
        self.thin(&quad, 1.5, theme::grid(self.scene.dark));
    }

    fn quad(&self) -> [[f64; 3]; 5] {
        let face = Camera::new(self.normal);
        let [right, up, _] = face.coordinates(&self.centre);
        let half = 0.66 * self.reach;
        let corners = [
            (1.0, -1.0),
            (-1.0, -1.0),
            (-1.0, 1.0),
            (1.0, 1.0),
            (1.0, -1.0),
        ];
        corners.map(|(a, b)| {
            let (a, b) = (right + a * half, up + b * half);
            std::array::from_fn(|i| a * face.right[i] + b * face.up[i])
        })
    }

    fn axes(&self) {
        let origin = self.place(&[0.0; 3]);
        let stroke = Stroke::new(1.2, theme::weak_text(self.scene.dark));
        for end in self.axis_ends() {
            if origin.distance(end) > 12.0 {
                arrow(&self.painter, origin, end, stroke);
            }
        }
    }

    fn axis_ends(&self) -> [Pos2; 3] {
        [0, 1, 2].map(|axis| {
            let mut end = [0.0; 3];
            end[axis] = 0.7 * self.reach;
            self.place(&end)
        })
    }

    fn runs(&self, tracks: &[Track<3>]) {
        self.recent(tracks);
        for track in tracks {
            let now = track.now();
            // A plumb line to the plane: seen from its normal it has no length.
            if track.first
                && let Some(normal) = unit(self.normal)
            {
                let depth = dot(&now, &normal);
                let foot = std::array::from_fn(|i| now[i] - depth * normal[i]);
                let color = theme::faint(self.scene.style(track.run).color);
                self.thin(&[now, foot], 1.5, color);
            }
            let at = self.place(&now);
            head(&self.painter, at, self.scene, track.run, track.first);
        }
    }

    /// Marks and everything in words; what comes first has the first choice of a place.
    fn write(&self, marks: &[(&str, [f64; 3])], solutions: Option<&Solutions<3>>, turned: bool) {
        let dark = self.scene.dark;
        let weak = theme::weak_text(dark);
        let mut labels = Labels::new(&self.painter, self.frame, dark);
        let origin = self.place(&[0.0; 3]);
        let outwards = solutions.map_or(vec2(1.0, -1.0), |solutions| {
            self.place(&solutions.nearest) - origin
        });
        let corner = corner_towards(outwards);
        let aside = 10.0 * vec2(outwards.x.signum(), 0.4 * outwards.y.signum());
        self.name_marks(marks, &mut labels, corner, aside);
        for (at, name) in joined(self.axis_ends(), AXES) {
            let away = (at - origin).normalized();
            let anchor = anchor_beyond(away);
            labels.write(at + 4.0 * away, anchor, &name, 16.0, weak);
        }
        let hint = if turned {
            "double-click to face the plane of symmetry"
        } else {
            "drag to turn"
        };
        let at = self.frame.left_bottom() + vec2(6.0, -3.0);
        let font = eframe::egui::FontId::proportional(13.0);
        let hint = self.painter.text(at, Align2::LEFT_BOTTOM, hint, font, weak);
        labels.reserve(hint);
        if let Some(solutions) = solutions {
            let ends =
                [-self.reach, self.reach].map(|distance| self.place(&solutions.at(distance)));
            if let Some([from, to]) = clipped(ends, self.frame) {
                let (from, to) = if from.y > to.y {
                    (from, to)
                } else {
                    (to, from)
                };
                let places = (0..24).map(|i| from + (i as f32 / 30.0) * (to - from) + 0.4 * aside);
                labels.write_along(places, corner, "zero loss", 14.0, weak);
            }
        }
        let [corner, other, ..] = self.places(&self.quad())[..] else {
            return;
        };
        // Along the lower edge, unless that is turned away or out of the frame.
        let places = (0..8).map(|i| corner + (i as f32 / 10.0) * (other - corner));
        let anchor = Align2::RIGHT_BOTTOM;
        labels.write_along(places, anchor, "plane of symmetry", 13.0, weak);
    }
}

/// The names of points; those at the same place of the screen share one.
fn joined(at: [Pos2; 3], names: [&str; 3]) -> Vec<(Pos2, String)> {
    let mut labels: Vec<(Pos2, String)> = Vec::new();
    for (at, name) in at.into_iter().zip(names) {
        match labels
            .iter_mut()
            .find(|(other, _)| other.distance(at) < 16.0)
        {
            Some((_, label)) => {
                label.push_str(", ");
                label.push_str(name);
            }
            None => labels.push((at, name.to_owned())),
        }
    }
    labels
}

/// The anchor of a text that continues an arrow.
fn anchor_beyond(direction: Vec2) -> Align2 {
    if direction.x.abs() > direction.y.abs() {
        if direction.x > 0.0 {
            Align2::LEFT_CENTER
        } else {
            Align2::RIGHT_CENTER
        }
    } else if direction.y > 0.0 {
        Align2::CENTER_TOP
    } else {
        Align2::CENTER_BOTTOM
    }
}

/// How far in front of or behind the plane of symmetry each family's first run is: its depth in the
/// view along the normal.
fn off_plane(
    tracks: &[Track<3>],
    scene: &Scene<'_>,
    normal: [f64; 3],
) -> Vec<(eframe::egui::Color32, String)> {
    let Some(normal) = unit(normal) else {
        return Vec::new();
    };
    let mut first: Vec<&Track<3>> = tracks.iter().filter(|track| track.first).collect();
    first.sort_by_key(|track| track.run);
    let row = |track: &Track<3>| {
        let now = track.now();
        let depth = dot(&now, &normal).abs();
        let label = &scene.history.setup.runs[track.run].label;
        (
            scene.style(track.run).color,
            format!("{label} {depth:.3} off plane"),
        )
    };
    first.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    const SYMMETRY: [f64; 3] = [1.0, -1.0, 0.0];

    fn near(a: [f64; 3], b: [f64; 3]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn the_first_view_shows_the_plane_of_symmetry_face_on() {
        let camera = Camera::new(SYMMETRY);
        let half = 0.5_f64.sqrt();
        // s = (β₁+β₂)/√2 to the right, β₃ upwards; on the plane there is no depth.
        assert!(near(
            camera.coordinates(&[1.0, 1.0, 0.0]),
            [2.0 * half, 0.0, 0.0]
        ));
        assert!(near(camera.coordinates(&[0.0, 0.0, 1.0]), [0.0, 1.0, 0.0]));
        assert!(near(
            camera.coordinates(&[1.0, 0.0, 0.0]),
            [half, 0.0, half]
        ));
    }

    #[test]
    fn every_view_is_orthonormal() {
        for normal in [SYMMETRY, [0.0, 0.0, 1.0], [0.0; 3], [1.0, 2.0, 3.0]] {
            for turn in [[0.0, 0.0], [0.7, -0.4], [3.0, 1.5]] {
                let camera = Camera::new(normal).turned(turn);
                let axes = [camera.right, camera.up, camera.towards];
                for (i, a) in axes.iter().enumerate() {
                    for (j, b) in axes.iter().enumerate() {
                        let expected = f64::from(u8::from(i == j));
                        assert!((dot(a, b) - expected).abs() < 1e-12, "{normal:?} {turn:?}");
                    }
                }
                assert!(near(cross(camera.right, camera.up), camera.towards));
            }
        }
    }

    #[test]
    fn what_is_in_front_follows_the_pointer() {
        let still = Camera::new(SYMMETRY);
        let front = still.towards;
        let right = still.turned([0.3, 0.0]).coordinates(&front);
        assert!(right[0] > 0.0 && right[1].abs() < 1e-12);
        let down = still.turned([0.0, 0.3]).coordinates(&front);
        assert!(down[1] < 0.0 && down[0].abs() < 1e-12);
    }

    #[test]
    fn names_at_one_place_are_joined() {
        let at = [pos2(10.0, 0.0), pos2(12.0, 1.0), pos2(0.0, -90.0)];
        let labels = joined(at, AXES);
        let names: Vec<&str> = labels.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["β₁, β₂", "β₃"]);
    }
}
