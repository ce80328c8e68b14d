//! What follows the pointer over a plot against time: a hairline in all of them, and in the one that is
//! pointed at the numbers there. Nothing else does: what is said belongs to the scrubber.

use eframe::egui::{Area, Frame, Id, Order, Rect, RichText, Stroke, Ui, Vec2, pos2, vec2};

use crate::format::number;
use crate::scene::view::{View, Window};
use crate::scene::{LegendEntry, Panel};
use crate::ui::plot::{self, Placed, legend_ui};
use crate::ui::theme;
use crate::ui::time_axis::TimeAxis;

/// Pixels between the numbers and what they are beside.
const GAP: f32 = 8.0;

/// The numbers under the pointer.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When that is.
    moment: String,
    readings: Vec<LegendEntry>,
}

/// Where the numbers were last, so that they do not jump about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    at: Option<usize>,
    size: Option<Vec2>,
}

/// The numbers of a picture against time where the pointer is.
pub(super) fn told(panel: &Panel, view: &View<'_>, time: &TimeAxis) -> Told {
    let Some((window, hover)) = view.window.zip(time.hover()) else {
        return Told::default();
    };
    let there = View {
        window: Some(Window {
            cursor: Some(hover),
            ..window
        }),
        ..*view
    };
    let row = there.leading_row();
    let history = view.history;
    let step = history.step.get(row).copied().unwrap_or(0);
    let passed = history.time.get(row).copied().unwrap_or(0.0);
    let words = &history.setup.clock;
    Told {
        moment: format!(
            "{} = {step}, {} = {}",
            words.step,
            words.time,
            number(passed, 4)
        ),
        readings: panel.picture.readings(&there),
    }
}

/// Draws the hairline, and the numbers where they cover no curve.
pub(super) fn hover_ui(
    ui: &Ui,
    placed: &Placed<'_>,
    panel: &'static Panel,
    told: &Told,
    time: &TimeAxis,
    taken: Option<Rect>,
    place: &mut Place,
) {
    if time.pointed.is_some() && time.pointed != time.hover() {
        // The other plots have been drawn for where the pointer was.
        ui.ctx().request_repaint();
    }
    let Some(hover) = time.hover().filter(|_| placed.is_over_time()) else {
        *place = Place::default();
        return;
    };
    let dark = ui.visuals().dark_mode;
    let frame = placed.frame();
    let x = placed.across_place(hover);
    if frame.x_range().contains(x) {
        let stroke = Stroke::new(1.0, theme::weak_text(dark).gamma_multiply(0.5));
        let painter = ui.painter().with_clip_rect(frame);
        painter.vline(x, frame.y_range(), stroke);
    }
    let response = &placed.response.response;
    if !response.hovered() || response.dragged() || told.readings.is_empty() {
        *place = Place::default();
        return;
    }
    let size = place
        .size
        .unwrap_or_else(|| vec2(170.0, 30.0 + 19.0 * told.readings.len() as f32));
    let room = room(ui, placed, size, x, taken, place);
    let area = Area::new(Id::unique(("told", panel.id)))
        .order(Order::Tooltip)
        .interactable(false)
        .constrain(true)
        .fixed_pos(room.min);
    let shown = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style())
            .inner_margin(5.0)
            .show(ui, |ui| numbers_ui(ui, panel, told));
    });
    let size = shown.response.rect.size();
    if place.size.replace(size) != Some(size) {
        ui.ctx().request_repaint();
    }
}

fn numbers_ui(ui: &mut Ui, panel: &Panel, told: &Told) {
    ui.spacing_mut().item_spacing = vec2(5.0, 1.0);
    ui.label(RichText::new(panel.title).font(theme::bold(14.0)));
    ui.label(RichText::new(format!("at {}", told.moment)).font(theme::bold(14.0)));
    for entry in &told.readings {
        ui.horizontal(|ui| legend_ui(ui, std::iter::once(entry), 1.0));
    }
}

/// Where numbers of this size cover no curve: in the frame beside the hairline, else outside of it.
fn room(
    ui: &Ui,
    placed: &Placed<'_>,
    size: Vec2,
    x: f32,
    taken: Option<Rect>,
    place: &mut Place,
) -> Rect {
    let frame = placed.frame().shrink(3.0);
    let sides = [x + GAP, x - GAP - size.x];
    let heights = [
        frame.top(),
        frame.bottom() - size.y,
        frame.center().y - 0.5 * size.y,
    ];
    let corners = sides
        .into_iter()
        .flat_map(|left| heights.map(|top| Rect::from_min_size(pos2(left, top), size)));
    let screen = ui.ctx().content_rect();
    let left =
        (x - 0.5 * size.x).clamp(screen.left(), (screen.right() - size.x).max(screen.left()));
    // Far enough from the frame for the title, or for the numbers of the axis.
    let outside = [frame.top() - size.y - 3.0 * GAP, frame.bottom() + 3.0 * GAP]
        .map(|top| Rect::from_min_size(pos2(left, top), size));
    let rooms: Vec<Rect> = corners.chain(outside).collect();
    let inside = |room: &Rect| {
        frame.contains_rect(*room) && taken.is_none_or(|taken| !taken.intersects(*room))
    };
    let fits = |at: usize| match at {
        0..6 => inside(&rooms[at]),
        _ => screen.contains_rect(rooms[at]),
    };
    let chosen = plot::freest_of(&rooms, placed, place.at, fits);
    place.at = Some(chosen);
    rooms[chosen]
}
