//! The function of one variable that each run has learned, through the samples it has seen.

use eframe::egui::Ui;

use super::{Memory, Scene};
use crate::labs::Panel;
use crate::sim::experiment::Facts;
use crate::ui::time_axis::TimeAxis;

/// What to draw.
pub(super) struct Spec<'a> {
    pub(super) coefficients: fn(&Facts, &[Vec<f64>]) -> Vec<f64>,
    pub(super) evaluate: fn(&Facts, &[f64], f64) -> f64,
    pub(super) samples: [&'static str; 2],
    pub(super) fixed: &'a [(&'static str, &'static str)],
    pub(super) range: [f64; 2],
}

/// Draws the panel.
pub(super) fn functions_ui(
    _ui: &mut Ui,
    _panel: &Panel,
    _spec: &Spec<'_>,
    _scene: &Scene<'_>,
    _time: &TimeAxis,
    _memory: &mut Memory,
) {
}
