//! Points of a plot that set settings while they are dragged.

use eframe::egui::{
    CursorIcon, Painter, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

use super::{Placed, PlotMemory};
use crate::scene::Handle;
use crate::ui::theme;

/// Pixels around the point in which it can be grabbed.
const GRAB: f32 = 12.0;

/// Lets the points be dragged; returns the settings of the one that is.
pub(super) fn handles_ui(
    ui: &Ui,
    painter: &Painter,
    placed: &Placed<'_>,
    memory: &mut PlotMemory,
    dark: bool,
) -> Vec<(&'static str, f64)> {
    let mut set = Vec::new();
    let mut held = false;
    for handle in &placed.fitted.plot.live.handles {
        if let Some((to, response)) = handle_ui(ui, painter, placed, handle, dark) {
            held |= response.dragged();
            set.extend(to.map(|to| settings(handle, to)).unwrap_or_default());
        }
    }
    let ranges = [placed.fitted.x.range, placed.fitted.y.range];
    if held {
        memory.held = Some(ranges);
    } else if !ui.input(|input| input.pointer.any_down()) {
        // A picture that waits for its data has no points for a while, and a hand may still be on one.
        memory.held = None;
    }
    set
}

/// Draws one of them; returns where it is dragged to.
fn handle_ui(
    ui: &Ui,
    painter: &Painter,
    placed: &Placed<'_>,
    handle: &Handle,
    dark: bool,
) -> Option<(Option<[f64; 2]>, Response)> {
    let at = placed.at(handle.at)?;
    let grip = Rect::from_center_size(at, Vec2::splat(2.0 * GRAB));
    // On top of the plot, which would pan.
    let id = ui.scope_id().with(handle.name);
    let response = ui.interact(grip, id, Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, handle.name));
    let color = theme::text(dark);
    let fill = if response.hovered() || response.dragged() {
        color
    } else {
        theme::ground(dark)
    };
    painter.circle(at, 6.0, fill, Stroke::new(2.0, color));
    let pointer = response.interact_pointer_pos();
    let Some(pointer) = pointer.filter(|_| response.dragged()) else {
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
            response.clone().on_hover_text(handle.hint);
        }
        return Some((None, response));
    };
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let to = placed.values_at(placed.frame().clamp(pointer));
    Some((Some(to), response))
}

/// The settings of a handle that is dragged to a point.
fn settings(handle: &Handle, [x, y]: [f64; 2]) -> Vec<(&'static str, f64)> {
    let followers = handle.settings.iter();
    let values = followers.map(|follower| {
        let value = follower.constant + follower.along[0] * x + follower.along[1] * y;
        (follower.setting, rounded(value))
    });
    let values: Vec<_> = values.collect();
    let vanish = values.iter().all(|(_, value)| *value == 0.0);
    if vanish && !handle.may_vanish {
        return Vec::new();
    }
    values
}

/// Two decimals are as fine as a hand draws.
fn rounded(part: f64) -> f64 {
    // Adding 0 turns −0 into 0.
    (part * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Follower;

    #[test]
    fn settings_follow_a_dragged_point() {
        let follower = |setting, constant, along| Follower {
            setting,
            constant,
            along,
        };
        let mut handle = Handle {
            at: [0.0; 2],
            settings: vec![
                follower("a", 1.0, [2.0, 0.0]),
                follower("b", 0.0, [-1.0, 1.0]),
            ],
            may_vanish: false,
            name: "",
            hint: "",
        };
        assert_eq!(settings(&handle, [1.0, 3.0]), [("a", 3.0), ("b", 2.0)]);
        assert_eq!(settings(&handle, [-0.5, -0.5]), []);
        handle.may_vanish = true;
        assert_eq!(settings(&handle, [-0.5, -0.5]), [("a", 0.0), ("b", 0.0)]);
    }

    #[test]
    fn a_dragged_point_has_two_decimals() {
        assert_eq!(rounded(1.23456), 1.23);
        assert!(rounded(-0.001).is_sign_positive());
    }
}
