//! Axes on paper: what they span, where their ticks are and what these are called.

use super::Axis;
use crate::format::{number, power_of_ten, short};

/// Nothing below this is of interest on a logarithmic axis; smaller values are drawn at it.
pub const FLOOR: f64 = 1e-16;

/// An axis of known length.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Whether it is logarithmic.
    pub log: bool,
    /// What it spans, in places: log₁₀ of a value on a logarithmic axis.
    pub range: (f64, f64),
}

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, from 0 to 1.
    pub at: f64,
    /// Its number; empty for a mark between numbers.
    pub label: String,
}

/// Whether a value has a place on an axis.
pub fn has_place(value: f64, log: bool) -> bool {
    value.is_finite() && (!log || value > 0.0)
}

/// Where a value is on an axis, `None` if it has no place there.
pub fn place(value: f64, log: bool) -> Option<f64> {
    has_place(value, log).then(|| if log { value.max(FLOOR).log10() } else { value })
}

/// The value at a place of an axis.
pub fn value_at(place: f64, log: bool) -> f64 {
    if log { 10_f64.powf(place) } else { place }
}

impl Scale {
    /// Spans what the axis asks for, or the given values with a little air.
    pub fn new(axis: &Axis, values: impl Iterator<Item = f64>) -> Self {
        let log = axis.log;
        let asked = axis
            .range
            .and_then(|(low, high)| Some((place(low, log)?, place(high, log)?)));
        let range = asked.unwrap_or_else(|| {
            // The least value has the least place: two logarithms are enough.
            let values = values.filter(|value| has_place(*value, log));
            let ends = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
                [low.min(value), high.max(value)]
            });
            let [Some(low), Some(high)] = ends.map(|value| place(value, log)) else {
                return if log { (-1.0, 0.0) } else { (0.0, 1.0) };
            };
            let air = 0.03 * (high - low);
            (low - air, high + air)
        });
        // A constant has no extent of its own.
        let (low, high) = range;
        let least = if log {
            0.1
        } else {
            1e-9 * low.abs().max(high.abs()).max(1e-300)
        };
        let range = if high - low < least {
            let half = if log {
                0.5
            } else {
                (0.5 * low.abs()).max(1e-12)
            };
            (low - half, high + half)
        } else {
            range
        };
        Self { log, range }
    }

    /// From 0 to 1 on the axis, less or more beyond its ends; `None` for what has no place.
    pub fn part(&self, value: f64) -> Option<f64> {
        let (low, high) = self.range;
        Some((place(value, self.log)? - low) / (high - low))
    }

    /// At most about `most` numbers, but at least two, and marks between them.
    pub fn ticks(&self, most: f64) -> Vec<Tick> {
        let most = most.max(2.0);
        let (low, high) = self.range;
        let slack = 1e-9 * (high - low);
        let inside = |at: &f64| (low - slack..=high + slack).contains(at);
        let ticks = if self.log {
            self.log_ticks(most, inside)
        } else {
            round_numbers(self.range, most)
        };
        let ticks = ticks.into_iter().filter(|(at, _)| inside(at));
        ticks
            .map(|(at, label)| Tick {
                at: (at - low) / (high - low),
                label,
            })
            .collect()
    }

    /// Marks of a logarithmic axis: numbers at decades, else at some of the digits as well, else round ones.
    fn log_ticks(&self, most: f64, inside: impl Fn(&f64) -> bool) -> Vec<(f64, String)> {
        let (low, high) = self.range;
        let numbers = |ticks: &[(f64, String)]| {
            let named = ticks.iter().filter(|(_, label)| !label.is_empty());
            named.filter(|(at, _)| inside(at)).count()
        };
        let span = high - low;
        let coarsest = EVERY
            .iter()
            .position(|every| span / f64::from(*every) <= most);
        let coarsest = coarsest.unwrap_or(EVERY.len() - 1);
        let coarse = EVERY[..=coarsest].iter().rev();
        let at_decades = coarse.map(|every| decades(self.range, *every, &[]));
        // Less than two decades: some digits get numbers as well.
        let digits = DIGITS
            .iter()
            .filter(|digits| span * digits.len() as f64 <= most + 2.0);
        let at_digits = digits.map(|digits| decades(self.range, 1, digits));
        let mut found = at_decades.chain(at_digits);
        if let Some(found) = found.find(|ticks| numbers(ticks) >= 2) {
            return found;
        }
        // A small part of a decade: round numbers as on a linear axis.
        let values = [low, high].map(|at| value_at(at, true)).into();
        let numbers = round_numbers(values, most).into_iter();
        let positive = numbers.filter(|(value, _)| *value > 0.0);
        positive
            .map(|(value, label)| (value.log10(), label))
            .collect()
    }

    /// Two round numbers near the ends, for an axis on which no others have room.
    pub fn outer_ticks(&self) -> Vec<Tick> {
        const FINE: f64 = 12.0;
        let (low, high) = self.range;
        let values = [low, high].map(|at| value_at(at, self.log)).into();
        let numbers = round_numbers(values, FINE).into_iter();
        let known = numbers.filter_map(|(value, label)| {
            let part = self.part(value)?;
            let tick = Tick { at: part, label };
            (0.0..=1.0).contains(&part).then_some(tick)
        });
        let known: Vec<Tick> = known.collect();
        match &known[..] {
            [first, .., last] => vec![first.clone(), last.clone()],
            _ => known,
        }
    }

    /// How far up an axis that reaches down to [`FLOOR`] what is drawn at it ends; `None` for any other.
    pub fn floor(&self) -> Option<f64> {
        let (low, high) = self.range;
        let floor = FLOOR.log10() + 0.25;
        (self.log && low < floor && floor < high).then(|| (floor - low) / (high - low))
    }
}

/// Said at the [`FLOOR`] of a logarithmic axis.
pub const FLOOR_WORDS: &str = "0 up to rounding";

/// Decades between numbers.
const EVERY: [i32; 8] = [1, 2, 3, 5, 10, 20, 50, 100];

/// Digits that have numbers on an axis of a decade or so, besides 1.
const DIGITS: [&[i32]; 3] = [&[3], &[2, 5], &[2, 3, 4, 5, 6, 7, 8, 9]];

/// Marks at decades, those at every so many of them and at some digits with their numbers.
fn decades((low, high): (f64, f64), every: i32, named: &[i32]) -> Vec<(f64, String)> {
    let mut ticks = Vec::new();
    for decade in low.floor() as i32..=high.ceil() as i32 {
        let at = f64::from(decade);
        if decade.rem_euclid(every) == 0 {
            ticks.push((at, power_of_ten(decade)));
        } else if every <= 5 {
            ticks.push((at, String::new()));
        }
        if every == 1 && high - low <= 7.0 {
            for digit in 2..10 {
                let at = at + f64::from(digit).log10();
                let label = if named.contains(&digit) {
                    number(10_f64.powf(at), 1)
                } else {
                    String::new()
                };
                ticks.push((at, label));
            }
        }
    }
    ticks
}

/// Multiples of a round step in a range, at most about `most` but at least two, with their labels.
fn round_numbers((low, high): (f64, f64), most: f64) -> Vec<(f64, String)> {
    let rough = (high - low) / most;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let steps = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1].map(|m| m * magnitude);
    let multiples = |step: f64| {
        // Ends that are meant to be multiples are so but for rounding.
        let slack = 1e-9 * (high - low);
        [
            ((low - slack) / step).ceil(),
            ((high + slack) / step).floor(),
        ]
        .map(|at| at as i64)
    };
    let has_room = |step: &&f64| **step >= rough * (1.0 - 1e-9);
    // The finest of them that is coarse enough, or the coarsest that has two multiples.
    let coarse = steps.iter().rev().find(has_room).unwrap_or(&steps[0]);
    let fine = steps.iter().filter(|step| *step <= coarse);
    let has_two = |step: &&f64| {
        let [first, last] = multiples(**step);
        last > first
    };
    let step = *fine.clone().find(has_two).unwrap_or(coarse);
    let [first, last] = multiples(step);
    (first..=last)
        .map(|at| {
            let at = at as f64 * step;
            (at, round_label(at, step))
        })
        .collect()
}

/// Label of a multiple of `step`, without trailing zeros, from ten thousand on as 20k or 1.5M.
pub fn round_label(value: f64, step: f64) -> String {
    // Rounding noise around zero is zero.
    if value.abs() < 1e-9 * step {
        return "0".to_owned();
    }
    let (unit, suffix) = match value.abs() {
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let magnitude = (value.abs() / step).max(1.0).log10().floor() as usize;
    format!("{}{suffix}", short(value / unit, magnitude + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(log: bool, range: (f64, f64)) -> Scale {
        let axis = Axis {
            log,
            range: Some(range),
            ..Axis::default()
        };
        Scale::new(&axis, std::iter::empty())
    }

    fn labels(scale: &Scale, most: f64) -> Vec<String> {
        let ticks = scale.ticks(most).into_iter().map(|tick| tick.label);
        ticks.filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn decades_thin_out_and_less_than_one_shows_digits() {
        let wide = scale(true, (1e-6, 1.0));
        assert_eq!(labels(&wide, 7.0).len(), 7);
        assert_eq!(labels(&wide, 4.0), ["10⁻⁶", "10⁻⁴", "10⁻²", "1"]);
        assert_eq!(labels(&scale(true, (0.015, 0.08)), 5.0), ["0.02", "0.05"]);
        // Cut at the floor.
        let deep = labels(&scale(true, (1e-300, 1.0)), 5.0);
        assert_eq!(deep, ["10⁻¹⁵", "10⁻¹⁰", "10⁻⁵", "1"]);
    }

    #[test]
    fn a_small_part_of_a_decade_has_round_numbers() {
        for (low, high) in [
            (2.2, 4.8),
            (0.0211, 0.0249),
            (1.2e-7, 1.6e-7),
            (300.0, 302.0),
        ] {
            let labels = labels(&scale(true, (low, high)), 5.0);
            assert!(labels.len() >= 2, "{low} to {high}: {labels:?}");
        }
        assert_eq!(labels(&scale(true, (2.2, 4.8)), 5.0), ["3", "4"]);
    }

    /// Every place that an axis may start at and every length that it may have, from a factor of 1.001 to 20 decades.
    #[test]
    fn every_axis_shows_at_least_two_numbers_and_no_two_are_alike() {
        let mut ranges = Vec::new();
        for start in 0..37 {
            let low = f64::from(start) * 0.37 - 15.3;
            for span in [
                1.001_f64.log10(),
                0.003,
                0.01,
                0.05,
                0.12,
                0.3,
                0.47,
                0.7,
                0.95,
                1.3,
                1.9,
                2.6,
                5.1,
                9.7,
                20.0,
            ] {
                ranges.push((true, (low, low + span)));
                let [low, high] = [low, low + span].map(|at| 10_f64.powf(at));
                ranges.extend([
                    (false, (low, high)),
                    (false, (-low, high)),
                    (false, (0.0, high)),
                ]);
            }
        }
        for (log, range) in ranges {
            let scale = Scale { log, range };
            for most in [2.0, 2.7, 3.5, 5.0, 9.0] {
                let labels = labels(&scale, most);
                assert!(labels.len() >= 2, "{log} {range:?} {most}: {labels:?}");
                // Twice as many where fewer would be none: they are short, and what has no room is left out.
                assert!(
                    labels.len() as f64 <= 2.0 * most + 3.0,
                    "{log} {range:?} {most}: {labels:?}"
                );
                let mut once = labels.clone();
                once.dedup();
                assert_eq!(labels, once, "{log} {range:?} {most}");
            }
        }
    }

    #[test]
    fn the_floor_is_known_where_it_can_be_seen() {
        let floor = |log, range| Scale { log, range }.floor();
        assert_eq!(floor(true, (-16.0, 0.0)), Some(0.25 / 16.0));
        assert_eq!(floor(true, (-15.0, 0.0)), None);
        assert_eq!(floor(false, (-16.0, 0.0)), None);
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(
            labels(&scale(false, (0.0, 0.93)), 5.0),
            ["0", "0.2", "0.4", "0.6", "0.8"]
        );
        assert_eq!(
            labels(&scale(false, (0.0, 150_000.0)), 4.0),
            ["0", "50k", "100k", "150k"]
        );
        assert_eq!(round_label(-2.0, 1.0), "−2");
        assert_eq!(round_label(-1e-17, 0.1), "0");
        assert_eq!(round_label(0.30000000000000004, 0.1), "0.3");
        assert_eq!(round_label(1_500_000.0, 5e5), "1.5M");
    }

    #[test]
    fn what_has_no_place_and_what_has_no_extent() {
        assert_eq!(place(0.0, true), None);
        assert_eq!(place(f64::NAN, false), None);
        assert_eq!(place(1e-300, true), Some(-16.0));
        for (log, value) in [(false, 0.0), (false, 3.0), (true, 3.0)] {
            let axis = Axis {
                log,
                ..Axis::default()
            };
            let scale = Scale::new(&axis, std::iter::once(value));
            let part = scale.part(value).unwrap();
            assert!((part - 0.5).abs() < 0.51, "{part}");
            assert!(!scale.ticks(5.0).is_empty());
        }
        let axis = Axis::default();
        assert!(
            Scale::new(&axis, [f64::NAN].into_iter())
                .part(0.5)
                .is_some()
        );
    }
}
