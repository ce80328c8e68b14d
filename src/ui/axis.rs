//! Linear and logarithmic axes: transforms and ticks.
//!
//! `egui_plot` is linear, so a logarithmic axis plots log₁₀ of the value and brings its own grid and
//! labels. Nothing non-finite may reach it: values ≤ 0 have no place on a log axis and break the
//! curve, values below [`FLOOR`](crate::scene::scale::FLOOR) are drawn at it.

use std::ops::RangeInclusive;

use egui_plot::{GridInput, GridMark};

use crate::format::{number, power_of_ten};
pub(super) use crate::scene::bounds::SteadyBounds;
pub(super) use crate::scene::scale::place;
use crate::scene::scale::round_label;

/// The value at a place of an axis.
pub(super) fn value_at(place: f64, log: bool) -> f64 {
    if log { 10_f64.powf(place) } else { place }
}

/// Grid marks of a logarithmic axis: decades, and 2 … 9 between them where there is room. Only
/// marks inside the bounds: labels of others would be painted outside the frame.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that `egui_plot` asks for"
)]
pub(super) fn decades(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    // base_step_size is the span of the smallest useful gap; decades thin out to 2, 5, 10, … .
    let every = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
        .into_iter()
        .find(|every| *every >= 2.5 * input.base_step_size)
        .unwrap_or(100.0);
    let mut marks = Vec::new();
    let first = (low / every).floor() as i64;
    let last = (high / every).ceil() as i64;
    for decade in first..=last {
        let value = decade as f64 * every;
        marks.push(GridMark {
            value,
            step_size: every,
        });
        if every == 1.0 && high - low <= 8.0 {
            marks.extend((2..10).map(|digit| GridMark {
                value: value + f64::from(digit).log10(),
                step_size: 0.1,
            }));
        }
    }
    marks.retain(|mark| (low..=high).contains(&mark.value));
    marks
}

/// Label of a mark of [`decades`]: powers of ten, and nothing between them unless fewer than two
/// decades are visible.
pub(super) fn decade_label(mark: GridMark, range: &RangeInclusive<f64>) -> String {
    if mark.step_size >= 1.0 {
        return power_of_ten(mark.value.round() as i32);
    }
    if range.end() - range.start() > 1.3 {
        return String::new();
    }
    let value = 10_f64.powf(mark.value);
    let leading = value / 10_f64.powf(mark.value.floor());
    if (leading - 2.0).abs() < 0.01 || (leading - 5.0).abs() < 0.01 {
        number(value, 1)
    } else {
        String::new()
    }
}

/// Label of a mark of a linear axis.
pub(super) fn linear_label(mark: GridMark, _range: &RangeInclusive<f64>) -> String {
    round_label(mark.value, mark.step_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decade_labels_are_powers_of_ten() {
        let marks = decades(GridInput {
            bounds: (-5.5, 1.2),
            base_step_size: 0.3,
        });
        let labels: Vec<_> = marks
            .iter()
            .map(|mark| decade_label(*mark, &(-5.5..=1.2)))
            .filter(|label| !label.is_empty())
            .collect();
        assert_eq!(labels, ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1", "10"]);
    }
}
