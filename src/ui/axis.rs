//! Linear and logarithmic axes: transforms, ticks, and bounds that do not jump.
//!
//! `egui_plot` is linear, so a logarithmic axis plots log₁₀ of the value and brings its own grid and
//! labels. Nothing non-finite may reach it: values ≤ 0 have no place on a log axis and break the
//! curve, values below [`FLOOR`](crate::figure::scale::FLOOR) are drawn at it.

use std::ops::RangeInclusive;

use egui_plot::{GridInput, GridMark};

pub(super) use crate::figure::scale::place;
use crate::figure::scale::round_label;
use crate::format::{number, power_of_ten};

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

/// Bounds of one axis that only grow, in whole decades or round numbers, until the data change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SteadyBounds {
    range: Option<(f64, f64)>,
}

impl SteadyBounds {
    /// Makes room for values from `low` to `high`, given in axis places.
    pub(super) fn include(&mut self, low: f64, high: f64, log: bool) {
        if !(low.is_finite() && high.is_finite()) {
            return;
        }
        let (mut low, mut high) = (low, high);
        if low == high && !log {
            // A constant: nothing to scale by yet if it is 0, its own size otherwise.
            if low == 0.0 {
                return;
            }
            (low, high) = (low - 0.5 * low.abs(), high + 0.5 * high.abs());
        }
        if let Some((old_low, old_high)) = self.range {
            low = low.min(old_low);
            high = high.max(old_high);
            if (low, high) == (old_low, old_high) {
                return;
            }
        }
        self.range = Some(if log {
            decades_around(low, high)
        } else {
            round_out(low, high)
        });
    }

    /// The bounds with a little air, or 0 … 1 if nothing is there yet.
    pub(super) fn range(&self) -> (f64, f64) {
        let (low, high) = self.range.unwrap_or((0.0, 1.0));
        let air = 0.02 * (high - low);
        (low - air, high + air)
    }
}

/// The smallest enclosing interval of whole decades, or of 1, 2, 5 marks for less than a decade.
fn decades_around(low: f64, high: f64) -> (f64, f64) {
    if high - low >= 1.0 {
        return (low.floor(), high.ceil());
    }
    let marks = |place: f64| [1.0, 2.0, 5.0, 10.0].map(|digit: f64| place.floor() + digit.log10());
    let start = marks(low)
        .into_iter()
        .filter(|mark| *mark <= low)
        .fold(low.floor(), f64::max);
    let end = marks(high)
        .into_iter()
        .filter(|mark| *mark > high)
        .fold(high.floor() + 1.0, f64::min);
    (start, end)
}

/// The smallest enclosing interval whose ends are multiples of a round step.
fn round_out(low: f64, high: f64) -> (f64, f64) {
    let span = (high - low).max(1e-12 * high.abs()).max(f64::MIN_POSITIVE);
    let magnitude = 10_f64.powf(span.log10().floor());
    let step = [0.2, 0.5, 1.0]
        .into_iter()
        .map(|m| m * magnitude)
        .find(|step| span / step <= 6.0)
        .unwrap_or(magnitude);
    ((low / step).floor() * step, (high / step).ceil() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_bounds_only_grow_and_stop_at_round_numbers() {
        let mut bounds = SteadyBounds::default();
        bounds.include(-2.3, 0.4, true);
        assert_eq!(bounds.range, Some((-3.0, 1.0)));
        bounds.include(-1.0, 0.0, true);
        assert_eq!(bounds.range, Some((-3.0, 1.0)));
        let mut linear = SteadyBounds::default();
        linear.include(0.0, 0.93, false);
        assert_eq!(linear.range, Some((0.0, 1.0)));
        let mut narrow = SteadyBounds::default();
        narrow.include(79.0_f64.log10(), 99.0_f64.log10(), true);
        assert_eq!(narrow.range, Some((50.0_f64.log10(), 2.0)));
        linear.include(0.0, f64::NAN, false);
        assert_eq!(linear.range, Some((0.0, 1.0)));
    }

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
