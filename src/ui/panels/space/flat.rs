//! Two coefficients: the plane itself, with a level curve of the potential and a vector to drag.

use eframe::egui::{
    Align2, CursorIcon, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_plot::{HLine, PlotPoint, PlotResponse, VLine};

use super::{View, say, tracks};
use crate::scene::Panel;
use crate::scene::pictures::space::Space;
use crate::scene::pictures::space::camera::AXES;
use crate::scene::pictures::space::{
    Solutions, Track, Vector, ZERO_LOSS, leader, level, marks, norm, reach, whole_view,
};
use crate::ui::panels::strokes::{Labels, Pattern, arrow, clipped, corner_towards, head, polyline};
use crate::ui::panels::{Axes, Memory, Scene, follow, plot, set_bounds};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Pixels around the vector's head in which it can be grabbed.
const GRAB: f32 = 12.0;

/// The visible part of the plane: (x, y).
pub(in crate::ui::panels) type Visible = [(f64, f64); 2];

/// Draws the panel; returns the settings that were dragged.
pub(super) fn flat_ui(
    ui: &mut Ui,
    panel: &Panel,
    space: &Space,
    scene: &Scene<'_>,
    time: &TimeAxis,
    memory: &mut Memory,
) -> Vec<(&'static str, f64)> {
    let tracks = tracks::<2>(space, scene, time);
    let marks = marks::<2>(space, scene.history);
    let solutions = Solutions::<2>::of(space, scene.history);
    let vector = Vector::of(space, scene.history, scene.knobs);
    let reach = reach(solutions.as_ref(), &marks, &tracks, &mut memory.bounds);
    let whole = whole_view(reach, vector.as_ref());
    let free = [
        memory.x_view.unwrap_or(whole[0]),
        memory.y_view.unwrap_or(whole[1]),
    ];
    let asked = memory.held.unwrap_or(free);
    let mut view = asked;
    let weak = theme::weak_text(scene.dark);
    // Box and axis zoom would change the aspect ratio.
    let plot = plot(panel.id, &Axes::default(), scene.dark)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_drag(memory.held.is_none())
        .show_grid(false);
    let response = plot.show(ui, |plot| {
        view = fitted(asked, plot.response().rect.size());
        set_bounds(plot, view[0], view[1]);
        plot.hline(
            HLine::new("β₂ = 0", 0.0)
                .color(weak)
                .width(1.0)
                .allow_hover(false),
        );
        plot.vline(
            VLine::new("β₁ = 0", 0.0)
                .color(weak)
                .width(1.0)
                .allow_hover(false),
        );
    });
    follow(&response, memory, view[0], view[1]);
    let canvas = Canvas::new(ui, &response, scene);
    canvas.level(space, &tracks);
    canvas.past(&tracks);
    let fan = (space.fan)(&scene.history.setup.facts);
    for (_, path) in &fan {
        canvas.thin(path, 1.2);
    }
    if let Some(solutions) = &solutions {
        canvas.thin(&canvas.ends(solutions), 2.0);
    }
    if let Some(vector) = &vector {
        canvas.vector(vector.head);
    }
    canvas.runs(&tracks);
    canvas.write(&marks, &fan, solutions.as_ref(), vector.as_ref());
    say(&response.response, panel, scene, &tracks);
    let handle = vector.filter(|vector| vector.settings.is_some());
    handle.map_or_else(Vec::new, |vector| {
        drag(ui, &response, &vector, scene, view, memory)
    })
}

/// A view widened in one direction so that both axes have the same scale on a frame of this size.
fn fitted(view: Visible, size: Vec2) -> Visible {
    let [x, y] = view;
    let (width, height) = (f64::from(size.x), f64::from(size.y));
    if !(width >= 1.0 && height >= 1.0) {
        return view;
    }
    let per_pixel = ((x.1 - x.0) / width).max((y.1 - y.0) / height);
    let around = |(low, high): (f64, f64), pixels: f64| {
        let (middle, half) = (0.5 * (low + high), 0.5 * per_pixel * pixels);
        (middle - half, middle + half)
    };
    [around(x, width), around(y, height)]
}

/// Where the picture is painted: over the plot's axes.
struct Canvas<'a, 'h> {
    painter: Painter,
    frame: Rect,
    response: &'a PlotResponse<()>,
    scene: &'a Scene<'h>,
}

impl View<2> for Canvas<'_, '_> {
    fn canvas(&self) -> (&Painter, Rect, &Scene<'_>) {
        (&self.painter, self.frame, self.scene)
    }

    fn place(&self, [x, y]: &[f64; 2]) -> Pos2 {
        let transform = &self.response.transform;
        transform.position_from_point(&PlotPoint::new(*x, *y))
    }
}

impl<'a, 'h> Canvas<'a, 'h> {
    fn new(ui: &Ui, response: &'a PlotResponse<()>, scene: &'a Scene<'h>) -> Self {
        let frame = *response.transform.frame();
        Self {
            painter: ui.painter().with_clip_rect(frame),
            frame,
            response,
            scene,
        }
    }

    fn thin(&self, points: &[[f64; 2]], width: f32) {
        let color = theme::weak_text(self.scene.dark);
        let stroke = Stroke::new(width * self.scene.stroke_scale, color);
        let (painter, frame) = (&self.painter, self.frame);
        polyline(painter, frame, &self.places(points), stroke, Pattern::Solid);
    }

    /// Two solutions beyond the frame.
    fn ends(&self, solutions: &Solutions<2>) -> [[f64; 2]; 2] {
        let bounds = self.response.transform.bounds();
        let corners = [bounds.min(), bounds.max()].map(|corner| norm(&corner));
        let far = corners[0] + corners[1];
        [-far, far].map(|distance| solutions.at(distance))
    }

    /// The level set of the potential through where the first run is.
    fn level(&self, space: &Space, tracks: &[Track<2>]) {
        let facts = &self.scene.history.setup.facts;
        let Some((track, curve)) =
            leader(tracks).and_then(|track| Some((track, level(space, facts, track)?)))
        else {
            return;
        };
        let curve = self.places(&curve);
        let style = self.scene.style(track.run);
        // A convex polygon far beyond the frame costs nothing, but says nothing either.
        if curve
            .iter()
            .any(|at| self.frame.expand(4.0 * self.frame.width()).contains(*at))
        {
            let fill = theme::band(style.color);
            let shape = Shape::convex_polygon(curve.clone(), fill, Stroke::NONE);
            self.painter.add(shape);
        }
        let stroke = Stroke::new(2.0 * self.scene.stroke_scale, theme::faint(style.color));
        polyline(&self.painter, self.frame, &curve, stroke, Pattern::Solid);
    }

    fn vector(&self, to: [f64; 2]) {
        let (from, to) = (self.place(&[0.0; 2]), self.place(&to));
        if from.distance(to) < 1.0 {
            return;
        }
        let color = theme::weak_text(self.scene.dark);
        let stroke = Stroke::new(1.8 * self.scene.stroke_scale, color);
        arrow(&self.painter, from, to, stroke);
    }

    fn runs(&self, tracks: &[Track<2>]) {
        self.recent(tracks);
        for track in tracks {
            let at = self.place(&track.now());
            head(&self.painter, at, self.scene, track.run, track.first);
        }
    }

    /// Marks and everything in words; what comes first has the first choice of a place.
    fn write(
        &self,
        marks: &[(&str, [f64; 2])],
        fan: &[(String, Vec<[f64; 2]>)],
        solutions: Option<&Solutions<2>>,
        vector: Option<&Vector>,
    ) {
        let (text, weak) = (
            theme::text(self.scene.dark),
            theme::weak_text(self.scene.dark),
        );
        let mut labels = Labels::new(&self.painter, self.frame, self.scene.dark);
        // Beyond the line of solutions there is nothing else.
        let outwards = solutions.map_or(vec2(1.0, -1.0), |solutions| {
            self.place(&solutions.nearest) - self.place(&[0.0; 2])
        });
        let corner = corner_towards(outwards);
        let aside = 10.0 * vec2(outwards.x.signum(), 0.4 * outwards.y.signum());
        self.name_marks(marks, &mut labels, corner, aside);
        if let Some(vector) = vector {
            let at = self.place(&vector.head);
            let right = labels.write(at + vec2(11.0, 0.0), Align2::LEFT_CENTER, "x", 17.0, text);
            if !right {
                labels.write(at - vec2(11.0, 0.0), Align2::RIGHT_CENTER, "x", 17.0, text);
            }
        }
        let [x_axis, y_axis] = self.axis_ends();
        labels.write(x_axis, Align2::RIGHT_BOTTOM, AXES[0], 16.0, weak);
        labels.write(y_axis, Align2::LEFT_TOP, AXES[1], 16.0, weak);
        if let Some(solutions) = solutions
            && let Some([from, to]) =
                clipped(self.ends(solutions).map(|end| self.place(&end)), self.frame)
        {
            // From the lower end on.
            let (from, to) = if from.y > to.y {
                (from, to)
            } else {
                (to, from)
            };
            let places = (0..24).map(|i| from + (i as f32 / 30.0) * (to - from) + 0.4 * aside);
            labels.write_along(places, corner, ZERO_LOSS, 14.0, weak);
        }
        for (name, path) in fan {
            if let Some(end) = path.last() {
                labels.write(self.place(end) + aside, corner, name, 13.0, weak);
            }
        }
    }

    /// Where the axes leave the frame at the right and at the top, for their names.
    fn axis_ends(&self) -> [Pos2; 2] {
        let origin = self.place(&[0.0; 2]);
        [
            pos2(self.frame.right() - 5.0, origin.y - 1.0),
            pos2(origin.x + 5.0, self.frame.top() + 2.0),
        ]
    }
}

/// Lets the vector's head be dragged; returns its coordinates then.
fn drag(
    ui: &Ui,
    plot: &PlotResponse<()>,
    vector: &Vector,
    scene: &Scene<'_>,
    view: Visible,
    memory: &mut Memory,
) -> Vec<(&'static str, f64)> {
    let transform = &plot.transform;
    let frame = *transform.frame();
    let [x, y] = vector.head;
    let at = transform.position_from_point(&PlotPoint::new(x, y));
    let grip = Rect::from_center_size(at, Vec2::splat(2.0 * GRAB));
    // On top of the plot, which would pan.
    let handle = ui.interact(grip, ui.scope_id().with("vector"), Sense::drag());
    handle.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Data vector x"));
    grip_ui(ui, frame, at, &handle, scene);
    memory.held = handle.dragged().then_some(view);
    let Some(pointer) = handle.interact_pointer_pos().filter(|_| handle.dragged()) else {
        if handle.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
            handle.on_hover_text("Drag the sample x: the line ⟨x, β⟩ = y turns and moves with it");
        }
        return Vec::new();
    };
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let to = transform.value_from_position(frame.clamp(pointer));
    let to = [to.x, to.y].map(rounded);
    match vector.settings {
        // Without a direction there is no line.
        Some(settings) if to != [0.0; 2] => settings.into_iter().zip(to).collect(),
        _ => Vec::new(),
    }
}

fn grip_ui(ui: &Ui, frame: Rect, at: Pos2, handle: &Response, scene: &Scene<'_>) {
    let painter = ui.painter().with_clip_rect(frame);
    let color = theme::text(scene.dark);
    let fill = if handle.hovered() || handle.dragged() {
        color
    } else {
        theme::ground(scene.dark)
    };
    painter.circle(at, 6.0, fill, Stroke::new(2.0, color));
}

/// Two decimals are as fine as a hand draws.
fn rounded(part: f64) -> f64 {
    // Adding 0 turns −0 into 0.
    (part * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_axes_have_one_scale_and_nothing_is_cut_off() {
        let [x, y] = fitted([(-1.0, 1.0), (-1.0, 3.0)], vec2(400.0, 100.0));
        assert!(((x.1 - x.0) / 400.0 - (y.1 - y.0) / 100.0).abs() < 1e-12);
        assert_eq!(y, (-1.0, 3.0));
        assert!(x.0 <= -1.0 && x.1 >= 1.0);
        let again = fitted([x, y], vec2(400.0, 100.0));
        assert!((again[0].0 - x.0).abs() < 1e-12, "a fitted view stays");
        let view = [(-1.0, 1.0), (-1.0, 1.0)];
        assert_eq!(fitted(view, Vec2::ZERO), view);
    }

    #[test]
    fn a_dragged_vector_has_two_decimals() {
        assert_eq!(rounded(1.23456), 1.23);
        assert!(rounded(-0.001).is_sign_positive());
    }
}
