//! The runs in two or three dimensions, with all interpolators as a line.

use eframe::egui::Ui;

use super::{Memory, Scene};
use crate::labs::{Panel, Space};
use crate::ui::time_axis::TimeAxis;

/// Draws the panel; returns the settings that were dragged.
pub(super) fn space_ui(
    _ui: &mut Ui,
    _panel: &Panel,
    _space: &Space,
    _scene: &Scene<'_>,
    _time: &TimeAxis,
    _memory: &mut Memory,
) -> Vec<(&'static str, f64)> {
    Vec::new()
}
