//! A point of a plot that sets two settings while it is dragged.

use eframe::egui::{CursorIcon, Painter, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use super::{Placed, PlotMemory};
use crate::ui::theme;

/// Pixels around the point in which it can be grabbed.
const GRAB: f32 = 12.0;

/// Lets the point be dragged; returns the settings then.
pub(super) fn handle_ui(
    ui: &Ui,
    painter: &Painter,
    placed: &Placed<'_>,
    memory: &mut PlotMemory,
    dark: bool,
) -> Vec<(&'static str, f64)> {
    let Some(handle) = placed.fitted.plot.live.handle else {
        memory.held = None;
        return Vec::new();
    };
    let Some(at) = placed.at(handle.at) else {
        return Vec::new();
    };
    let grip = Rect::from_center_size(at, Vec2::splat(2.0 * GRAB));
    // On top of the plot, which would pan.
    let response = ui.interact(grip, ui.scope_id().with("handle"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, handle.name));
    let color = theme::text(dark);
    let fill = if response.hovered() || response.dragged() {
        color
    } else {
        theme::ground(dark)
    };
    painter.circle(at, 6.0, fill, Stroke::new(2.0, color));
    let ranges = [placed.fitted.x.range, placed.fitted.y.range];
    memory.held = response.dragged().then_some(ranges);
    let pointer = response.interact_pointer_pos();
    let Some(pointer) = pointer.filter(|_| response.dragged()) else {
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
            response.on_hover_text(handle.hint);
        }
        return Vec::new();
    };
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let to = placed.values_at(placed.frame().clamp(pointer));
    let to = to.map(rounded);
    // At the origin there is no direction.
    if to == [0.0; 2] {
        return Vec::new();
    }
    handle.settings.into_iter().zip(to).collect()
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
    fn a_dragged_point_has_two_decimals() {
        assert_eq!(rounded(1.23456), 1.23);
        assert!(rounded(-0.001).is_sign_positive());
    }
}
