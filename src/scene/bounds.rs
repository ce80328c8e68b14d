//! Bounds of an axis that stop at round numbers and do not jump.

/// Bounds of one axis that only grow, in whole decades or round numbers, until the data change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SteadyBounds {
    range: Option<(f64, f64)>,
}

impl SteadyBounds {
    /// Makes room for values from `low` to `high`, given in axis places.
    pub fn include(&mut self, low: f64, high: f64, log: bool) {
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
    pub fn range(&self) -> (f64, f64) {
        let (low, high) = self.range.unwrap_or((0.0, 1.0));
        let air = 0.02 * (high - low);
        (low - air, high + air)
    }

    /// The bounds without air, in values: what an axis on paper spans.
    pub fn values(&self, log: bool) -> Option<(f64, f64)> {
        let (low, high) = self.range?;
        Some(if log {
            (10_f64.powf(low), 10_f64.powf(high))
        } else {
            (low, high)
        })
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
        assert_eq!(bounds.values(true), Some((0.001, 10.0)));
        let mut linear = SteadyBounds::default();
        linear.include(0.0, 0.93, false);
        assert_eq!(linear.range, Some((0.0, 1.0)));
        let mut narrow = SteadyBounds::default();
        narrow.include(79.0_f64.log10(), 99.0_f64.log10(), true);
        assert_eq!(narrow.range, Some((50.0_f64.log10(), 2.0)));
        linear.include(0.0, f64::NAN, false);
        assert_eq!(linear.range, Some((0.0, 1.0)));
    }
}
