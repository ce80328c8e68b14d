//! The axes of a plot, with the numbers that a page has.

use std::cell::RefCell;
use std::rc::Rc;

use eframe::egui::{RichText, Vec2b, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotUi};

use crate::scene::scale::Scale;
use crate::ui::theme;

/// Pixels between grid lines at the least; what `egui_plot` reckons a step in.
const FINEST_GRID: f32 = 14.0;

/// Pixels of an axis for each of its numbers.
const PER_NUMBER: [f64; 2] = [58.0, 28.0];

/// The axes of a plot.
#[derive(Default)]
pub(in crate::ui) struct Axes<'a> {
    pub(in crate::ui) log_x: bool,
    pub(in crate::ui) log_y: bool,
    pub(in crate::ui) bare_x: bool,
    pub(in crate::ui) bare_y: bool,
    pub(in crate::ui) x_label: &'a str,
    pub(in crate::ui) y_label: &'a str,
}

/// A plot with our axes: no automatic bounds, no legend of its own.
pub(in crate::ui) fn plot<'a>(id: &'static str, axes: &Axes<'_>, dark: bool) -> Plot<'a> {
    let label = |hints: AxisHints<'a>, label: &str| {
        if label.is_empty() {
            hints
        } else {
            hints.label(RichText::new(label).size(14.0))
        }
    };
    // The grid works the numbers of an axis out; its labels read them.
    let [x_numbers, y_numbers] = [0, 1].map(|_| Rc::new(RefCell::new(Vec::new())));
    let look = |hints: AxisHints<'a>, numbers: Rc<RefCell<Numbers>>, bare: bool| {
        hints
            .tick_label_font(theme::tick_font())
            .tick_label_color(theme::weak_text(dark))
            .formatter(move |mark, _| {
                if bare {
                    return String::new();
                }
                number_at(mark, &numbers.borrow())
            })
    };
    let x_axis = AxisHints::new_x().label_spacing(24.0..=60.0);
    let x_axis = label(look(x_axis, x_numbers.clone(), axes.bare_x), axes.x_label);
    let y_axis = AxisHints::new_y().label_spacing(14.0..=25.0);
    let y_axis = y_axis.min_thickness(if axes.bare_y { 0.0 } else { 44.0 });
    let y_axis = label(look(y_axis, y_numbers.clone(), axes.bare_y), axes.y_label);
    let (log_x, log_y) = (axes.log_x, axes.log_y);
    Plot::new(id)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .show_axes([!(axes.bare_x && axes.x_label.is_empty()), !axes.bare_y])
        .grid_color(theme::grid(dark))
        .grid_spacing(FINEST_GRID..=160.0)
        .x_grid_spacer(move |input| marks(&input, 0, log_x, &x_numbers))
        .y_grid_spacer(move |input| marks(&input, 1, log_y, &y_numbers))
        .auto_bounds(Vec2b::FALSE)
        .allow_double_click_reset(false)
        .allow_scroll(false)
        .show_crosshair(false)
        .set_margin_fraction(vec2(0.0, 0.0))
}

/// Sets a plot's bounds for this frame.
pub(in crate::ui) fn set_bounds(plot: &mut PlotUi<'_>, x: (f64, f64), y: (f64, f64)) {
    plot.set_plot_bounds_x(x.0..=x.1);
    plot.set_plot_bounds_y(y.0..=y.1);
}

/// The numbers of an axis with their places.
type Numbers = Vec<(f64, String)>;

/// Pixels that a mark pretends to be apart from the next, so that its number is written in full.
const APART: f64 = 400.0;

/// The marks of an axis, whose numbers are kept.
fn marks(input: &GridInput, axis: usize, log: bool, numbers: &RefCell<Numbers>) -> Vec<GridMark> {
    let range = input.bounds;
    let pixel = input.base_step_size / f64::from(FINEST_GRID);
    let most = ((range.1 - range.0) / pixel / PER_NUMBER[axis]).min(9.0);
    let ticks = Scale { log, range }.ticks(most).into_iter();
    let labelled = ticks.filter(|tick| !tick.label.is_empty());
    let placed = labelled.map(|tick| (range.0 + tick.at * (range.1 - range.0), tick.label));
    let placed: Numbers = placed.collect();
    let marks = placed.iter().map(|(value, _)| GridMark {
        value: *value,
        step_size: APART * pixel,
    });
    let marks = marks.collect();
    numbers.replace(placed);
    marks
}

/// The number of one of the [`marks`].
fn number_at(mark: GridMark, numbers: &Numbers) -> String {
    let mut same = numbers.iter().filter(|(value, _)| *value == mark.value);
    same.next()
        .map_or_else(String::new, |(_, label)| label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_has_its_number_and_there_are_at_least_two() {
        let ranges = [
            (-5.5, 1.2, true),
            (0.31, 0.42, true),
            (-0.02, 0.93, false),
            (0.0, 15_000.0, false),
        ];
        for (low, high, log) in ranges {
            let input = GridInput {
                bounds: (low, high),
                base_step_size: (high - low) / 350.0 * f64::from(FINEST_GRID),
            };
            for axis in [0, 1] {
                let numbers = RefCell::default();
                let marks = marks(&input, axis, log, &numbers);
                let labels: Vec<String> = marks
                    .iter()
                    .map(|mark| number_at(*mark, &numbers.borrow()))
                    .collect();
                assert!(labels.len() >= 2, "{low} to {high}: {labels:?}");
                assert!(labels.iter().all(|label| !label.is_empty()), "{labels:?}");
            }
        }
    }
}
