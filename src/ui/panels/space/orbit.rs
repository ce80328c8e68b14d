//! Three coefficients: an orthographic view that can be turned, at first along the normal of the
//! plane that a symmetric start stays in.

use eframe::egui::{
    Align2, CursorIcon, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, vec2,
};

use super::{View, say, tracks};
use crate::scene::Panel;
use crate::scene::pictures::space::Space;
use crate::scene::pictures::space::camera::{AXES, Camera, outline, unit};
use crate::scene::pictures::space::{
    self, PARTS, PLANE_OF_SYMMETRY, Solutions, Track, ZERO_LOSS, centre, dot, joined, marks, reach,
};
use crate::ui::panels::strokes::{Labels, Pattern, arrow, clipped, corner_towards, head, polyline};
use crate::ui::panels::{Memory, Scene, readout_ui};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Radians per dragged pixel.
const TURN: f64 = 0.01;

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
    let marks = marks::<3>(space, scene.history);
    let solutions = Solutions::<3>::of(space, scene.history);
    let reach = reach(solutions.as_ref(), &marks, &tracks, &mut memory.bounds);
    let camera = Camera::new(space.symmetry).turned(memory.turn.unwrap_or_default());
    let stage = Stage {
        painter: ui.painter().with_clip_rect(frame),
        frame,
        camera,
        centre: centre(solutions.as_ref()),
        pixels: 0.5 * f64::from(frame.size().min_elem()) / (PARTS[0] * reach),
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
        outline(self.normal, &self.centre, PARTS[2] * self.reach)
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
            end[axis] = PARTS[1] * self.reach;
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
        for (at, name) in joined(self.axis_ends(), AXES, |a, b| a.distance(b) < 16.0) {
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
                labels.write_along(places, corner, ZERO_LOSS, 14.0, weak);
            }
        }
        let [corner, other, ..] = self.places(&self.quad())[..] else {
            return;
        };
        // Along the lower edge, unless that is turned away or out of the frame.
        let places = (0..8).map(|i| corner + (i as f32 / 10.0) * (other - corner));
        let anchor = Align2::RIGHT_BOTTOM;
        labels.write_along(places, anchor, PLANE_OF_SYMMETRY, 13.0, weak);
    }
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

/// How far from the plane of symmetry each family's first run is, in words.
fn off_plane(
    tracks: &[Track<3>],
    scene: &Scene<'_>,
    normal: [f64; 3],
) -> Vec<(eframe::egui::Color32, String)> {
    let depths = space::depths(tracks, normal).into_iter();
    depths
        .map(|(run, depth)| {
            let label = &scene.history.setup.runs[run].label;
            (scene.style(run).color, space::off_plane(label, depth))
        })
        .collect()
}
