//! The label-noise level δ as a function of the step (eq. 9, 10).
//!
//! The same value drives the simulation, the strip under the time axis and the export. Steps are
//! iterations k, not flow time t = kγ.

use crate::labs::diagonal::choices::chosen;
use crate::model::arithmetic::Elementary as _;

/// The kinds of [`NoiseSchedule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::labs::diagonal) enum NoiseKind {
    None,
    Constant,
    StepOff,
    Exponential,
    PowerLaw,
    PiecewiseLinear,
}

chosen! { NoiseKind:
    None => "none", "none";
    Constant => "constant", "constant";
    StepOff => "step-off", "on until k, then off";
    Exponential => "exponential", "exponential decay";
    PowerLaw => "power-law", "power-law decay";
    PiecewiseLinear => "piecewise", "drawn by hand";
}

/// δ(k).
#[derive(Clone, Debug, PartialEq)]
pub enum NoiseSchedule {
    /// δ = 0.
    None,
    /// δ = level.
    Constant {
        /// δ.
        level: f64,
    },
    /// δ = level for k < until, then 0: the paper's figure 5.
    StepOff {
        /// δ before the switch.
        level: f64,
        /// First step without noise.
        until: u64,
    },
    /// δ = level · exp(−k/time).
    Exponential {
        /// δ at k = 0.
        level: f64,
        /// Steps over which δ falls by e.
        time: f64,
    },
    /// δ = level · (1 + k/time)^−exponent.
    PowerLaw {
        /// δ at k = 0.
        level: f64,
        /// Steps after which the decay sets in.
        time: f64,
        /// Power of the decay.
        exponent: f64,
    },
    /// Straight lines between the vertices (k, δ), steps strictly increasing; constant outside.
    PiecewiseLinear {
        /// The vertices.
        points: Vec<[f64; 2]>,
    },
}

impl NoiseSchedule {
    /// δ at step k. Uses the portable `libm`, so that replays agree between C libraries.
    pub fn level(&self, step: u64) -> f64 {
        let k = step as f64;
        match self {
            Self::None => 0.0,
            Self::Constant { level } => *level,
            Self::StepOff { level, until } => {
                if step < *until {
                    *level
                } else {
                    0.0
                }
            }
            Self::Exponential { level, time } => level * libm::exp(-k / time),
            Self::PowerLaw {
                level,
                time,
                exponent,
            } => level * libm::pow(1.0 + k / time, -exponent),
            Self::PiecewiseLinear { points } => interpolate(points, k),
        }
    }
}

impl NoiseSchedule {
    /// The δ that lasts for ever.
    pub fn lasting(&self) -> f64 {
        match self {
            Self::Constant { level } => *level,
            Self::PiecewiseLinear { points } => {
                let levels = points.iter().map(|[_, level]| *level);
                levels.reduce(f64::min).unwrap_or(0.0)
            }
            Self::None
            | Self::StepOff { .. }
            | Self::Exponential { .. }
            | Self::PowerLaw { .. } => 0.0,
        }
    }

    /// Σ δ(k)² over the first `steps` steps; times γ this is the dose ∫δ²dt of eq. 10. In closed
    /// form, because a recipe may have ten thousand million steps.
    pub fn energy(&self, steps: u64) -> f64 {
        let all = steps as f64;
        match self {
            Self::None => 0.0,
            Self::Constant { level } => level * level * all,
            Self::StepOff { level, until } => level * level * steps.min(*until) as f64,
            // A geometric series of ratio e^(−2/time).
            Self::Exponential { level, time } => {
                level * level * (-2.0 * all / time).exponential_minus_one()
                    / (-2.0 / time).exponential_minus_one()
            }
            Self::PowerLaw {
                level,
                time,
                exponent,
            } => level * level * power_sum(*time, 2.0 * exponent, steps),
            Self::PiecewiseLinear { points } => piecewise_energy(points, steps),
        }
    }
}

/// Σ (1 + k/time)^−q for k < steps: the first terms one by one, the smooth rest by Euler–Maclaurin
/// to the third derivative, whose remainder is below 1e-12 of the sum there.
fn power_sum(time: f64, q: f64, steps: u64) -> f64 {
    const DIRECT: u64 = 2_000;
    let term = |k: f64| (1.0 + k / time).to_the(-q);
    let head: f64 = (0..steps.min(DIRECT)).map(|k| term(k as f64)).sum();
    if steps <= DIRECT {
        return head;
    }
    let (from, to) = (DIRECT as f64, steps as f64);
    let integral = if (q - 1.0).abs() < 1e-12 {
        time * ((time + to) / (time + from)).logarithm()
    } else {
        let at = |k: f64| (1.0 + k / time).to_the(1.0 - q);
        time * (at(to) - at(from)) / (1.0 - q)
    };
    let slope = |k: f64| -q / time * (1.0 + k / time).to_the(-q - 1.0);
    head + integral + 0.5 * (term(from) - term(to)) + (slope(to) - slope(from)) / 12.0
}

/// The sum of squares of straight lines, segment by segment.
fn piecewise_energy(points: &[[f64; 2]], steps: u64) -> f64 {
    let end = steps as f64;
    let inner = points.iter().map(|[x, _]| x.ceil());
    let cuts: Vec<f64> = std::iter::once(0.0)
        .chain(inner)
        .chain(std::iter::once(end))
        .map(|x| x.clamp(0.0, end))
        .collect();
    cuts.windows(2)
        .map(|pair| {
            let count = pair[1] - pair[0];
            if count < 1.0 {
                return 0.0;
            }
            // Two steps of the segment fix its line.
            let first = interpolate(points, pair[0]);
            let slope = if count > 1.0 {
                interpolate(points, pair[0] + 1.0) - first
            } else {
                0.0
            };
            count * first * first
                + first * slope * count * (count - 1.0)
                + slope * slope * (count - 1.0) * count * (2.0 * count - 1.0) / 6.0
        })
        .sum()
}

fn interpolate(points: &[[f64; 2]], k: f64) -> f64 {
    let after = points.partition_point(|[x, _]| *x <= k);
    match (
        after.checked_sub(1).map(|before| points[before]),
        points.get(after),
    ) {
        (Some([x0, y0]), Some([x1, y1])) => y0 + (y1 - y0) * (k - x0) / (x1 - x0),
        (Some([_, y]), None) | (None, Some(&[_, y])) => y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schedule_follows_its_formula() {
        assert_eq!(NoiseSchedule::None.level(3), 0.0);
        assert_eq!(NoiseSchedule::Constant { level: 0.5 }.level(1_000_000), 0.5);
        let step_off = NoiseSchedule::StepOff {
            level: 1.0,
            until: 1000,
        };
        assert_eq!(
            [step_off.level(0), step_off.level(999), step_off.level(1000)],
            [1.0, 1.0, 0.0]
        );
        let exponential = NoiseSchedule::Exponential {
            level: 2.0,
            time: 100.0,
        };
        assert!((exponential.level(100) - 2.0 / std::f64::consts::E).abs() < 1e-15);
        let power = NoiseSchedule::PowerLaw {
            level: 1.0,
            time: 10.0,
            exponent: 0.5,
        };
        assert!((power.level(30) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn vertices_are_joined_by_lines_and_held_outside() {
        let schedule = NoiseSchedule::PiecewiseLinear {
            points: vec![[10.0, 1.0], [20.0, 0.0], [30.0, 0.5]],
        };
        let levels = [0, 10, 15, 20, 25, 30, 99].map(|k| schedule.level(k));
        assert_eq!(levels, [1.0, 1.0, 0.5, 0.0, 0.25, 0.5, 0.5]);
        assert_eq!(
            NoiseSchedule::PiecewiseLinear { points: vec![] }.level(5),
            0.0
        );
    }

    /// Closed forms against the plain sum; 1e-10 covers the rounding of 50 000 additions.
    #[test]
    fn energy_is_the_sum_of_squares() {
        let schedules = [
            NoiseSchedule::None,
            NoiseSchedule::Constant { level: 0.3 },
            NoiseSchedule::StepOff {
                level: 1.5,
                until: 1_000,
            },
            NoiseSchedule::Exponential {
                level: 2.0,
                time: 700.0,
            },
            NoiseSchedule::PowerLaw {
                level: 1.0,
                time: 1.0,
                exponent: 0.5,
            },
            NoiseSchedule::PowerLaw {
                level: 1.0,
                time: 5_000.0,
                exponent: 2.5,
            },
            NoiseSchedule::PiecewiseLinear {
                points: vec![[10.0, 1.0], [100.5, 0.2], [101.0, 3.0], [20_000.0, 0.5]],
            },
        ];
        for schedule in schedules {
            for steps in [0, 1, 2, 50, 101, 1_000, 50_000] {
                let sum: f64 = (0..steps).map(|k| schedule.level(k).powi(2)).sum();
                let energy = schedule.energy(steps);
                assert!(
                    (energy - sum).abs() <= 1e-10 * sum,
                    "{schedule:?} {steps}: {energy} {sum}"
                );
            }
        }
    }
}
