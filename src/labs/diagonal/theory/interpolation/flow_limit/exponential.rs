//! The mirror map of depth 2.

use crate::labs::diagonal::theory::interpolation::newton::Mirror;
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;

/// How far an exponent may move in one Newton step.
const LONGEST_EXPONENT: f64 = 1.5;

/// Below e to this, relative to the scale, a weight's square is lost in rounding: until it rises
/// above, it may move freely.
const NEGLIGIBLE: f64 = -37.0;

/// β = e^{ln w₊² + 4q} − e^{ln w₋² − 4q}: depth 2, weights in units of √scale.
#[derive(Clone, Debug)]
pub(in super::super) struct Exponential {
    /// ln w₊², −∞ for a weight that is 0.
    pub(super) log_plus: Vec<f64>,
    /// ln w₋², −∞ for a weight that is 0.
    pub(super) log_minus: Vec<f64>,
    /// ½(ln w₊² − ln w₋²), computed without cancellation.
    pub(super) tilt: Vec<f64>,
}

impl Exponential {
    pub(super) fn from_weights(w_plus: &[f64], w_minus: &[f64], log_scale: f64) -> Self {
        let log_squares = |w: &[f64]| {
            w.iter()
                .map(|w| 2.0 * w.abs().logarithm() - log_scale)
                .collect::<Vec<f64>>()
        };
        let tilt = w_plus.iter().zip(w_minus).map(|(plus, minus)| {
            let (plus, minus) = (plus.abs(), minus.abs());
            if plus < 2.0 * minus && minus < 2.0 * plus {
                libm::log1p((plus - minus) / minus)
            } else {
                libm::log(plus) - libm::log(minus)
            }
        });
        Self {
            tilt: tilt.collect(),
            log_plus: log_squares(w_plus),
            log_minus: log_squares(w_minus),
        }
    }

    /// β and dβ/dq of the coordinates from `first` on, as many as `q` has.
    pub(in super::super) fn evaluate_from(
        &self,
        first: usize,
        q: &[f64],
        beta: &mut [f64],
        slope: &mut [f64],
    ) {
        let [plus, minus, tilt] =
            [&self.log_plus, &self.log_minus, &self.tilt].map(|v| &v[first..first + q.len()]);
        let logs = plus.iter().zip(minus).zip(tilt);
        for (((beta, slope), q), ((plus, minus), tilt)) in
            beta.iter_mut().zip(slope).zip(q).zip(logs)
        {
            let plus = capped_exp(plus + 4.0 * q);
            let minus = capped_exp(minus - 4.0 * q);
            let angle = tilt + 4.0 * q;
            // For α² ≫ |β| the two squares cancel.
            *beta = if angle.abs() < 0.5 {
                2.0 * (plus * minus).sqrt() * short_sinh(angle)
            } else {
                plus - minus
            };
            *slope = 4.0 * (plus + minus);
        }
    }
}

/// eˣ, 0 below the range of doubles and kept from overflowing above it.
pub(super) fn capped_exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    kernels::exp(x.min(600.0))
}

/// sinh s for |s| ≤ ½: the odd Taylor polynomial, remainder below 2⁻⁵⁴ relative.
fn short_sinh(s: f64) -> f64 {
    let square = s * s;
    let mut sum = 1.0 / 6_227_020_800.0;
    for reciprocal in [
        1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        1.0 / 5_040.0,
        1.0 / 120.0,
        1.0 / 6.0,
    ] {
        sum = sum * square + reciprocal;
    }
    s + s * square * sum
}

impl Mirror for Exponential {
    fn evaluate(&self, q: &[f64], beta: &mut [f64], slope: &mut [f64]) {
        self.evaluate_from(0, q, beta, slope);
    }

    fn longest_step(&self, q: &[f64], dq: &[f64]) -> f64 {
        let mut longest = f64::INFINITY;
        let logs = self.log_plus.iter().zip(&self.log_minus);
        for ((q, dq), (plus, minus)) in q.iter().zip(dq).zip(logs) {
            let (rising, falling) = if *dq > 0.0 {
                (plus + 4.0 * q, minus - 4.0 * q)
            } else {
                (minus - 4.0 * q, plus + 4.0 * q)
            };
            let room = if falling > NEGLIGIBLE {
                LONGEST_EXPONENT
            } else {
                (NEGLIGIBLE - rising).max(LONGEST_EXPONENT)
            };
            longest = longest.min(room / (4.0 * dq.abs()));
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Q, W_MINUS, W_PLUS, check_slope};
    use super::*;

    /// The Taylor polynomial against the platform's sinh, at the ends of its range and at 0.
    #[test]
    fn short_sinh_is_exact_to_rounding() {
        for s in [1e-12_f64, 1e-3, 0.1, 0.3, 0.5] {
            let relative = short_sinh(s) / s.sinh() - 1.0;
            assert!(relative.abs() <= 4.0 * f64::EPSILON, "{s}: {relative:e}");
            assert_eq!(short_sinh(-s), -short_sinh(s));
        }
        assert_eq!(short_sinh(0.0), 0.0);
    }

    #[test]
    fn slopes_are_the_derivatives_of_beta() {
        check_slope(&Exponential::from_weights(&W_PLUS, &W_MINUS, 0.0), 4, &Q);
    }
}
