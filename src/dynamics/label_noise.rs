//! The label-noise level δ as a function of the step (eq. 9, 10).
//!
//! The same value drives the simulation, the strip under the time axis and the export. Steps are
//! iterations k, not flow time t = kγ.

/// δ(k).
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
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

impl Schedule {
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
        assert_eq!(Schedule::None.level(3), 0.0);
        assert_eq!(Schedule::Constant { level: 0.5 }.level(1_000_000), 0.5);
        let step_off = Schedule::StepOff {
            level: 1.0,
            until: 1000,
        };
        assert_eq!(
            [step_off.level(0), step_off.level(999), step_off.level(1000)],
            [1.0, 1.0, 0.0]
        );
        let exponential = Schedule::Exponential {
            level: 2.0,
            time: 100.0,
        };
        assert!((exponential.level(100) - 2.0 / std::f64::consts::E).abs() < 1e-15);
        let power = Schedule::PowerLaw {
            level: 1.0,
            time: 10.0,
            exponent: 0.5,
        };
        assert!((power.level(30) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn vertices_are_joined_by_lines_and_held_outside() {
        let schedule = Schedule::PiecewiseLinear {
            points: vec![[10.0, 1.0], [20.0, 0.0], [30.0, 0.5]],
        };
        let levels = [0, 10, 15, 20, 25, 30, 99].map(|k| schedule.level(k));
        assert_eq!(levels, [1.0, 1.0, 0.5, 0.0, 0.25, 0.5, 0.5]);
        assert_eq!(Schedule::PiecewiseLinear { points: vec![] }.level(5), 0.0);
    }
}
