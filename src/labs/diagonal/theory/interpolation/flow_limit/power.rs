//! The mirror map of depths p ≥ 3.

use crate::labs::diagonal::theory::interpolation::newton::Mirror;

/// β = Σ over both weights of sign·(start − sign·q)^{−k}, k = p/(p−2): depth p ≥ 3, in units of
/// scale^{1/p}.
#[derive(Clone, Debug)]
pub(super) struct Power {
    exponent: f64,
    /// |w|^{2−p} at q = 0, for w₊ and w₋ of each coordinate; ∞ for a weight that is 0.
    start: Vec<[f64; 2]>,
    /// The difference of the two, kept apart because it is much smaller for large weights.
    gap: Vec<f64>,
    /// The sign with which each weight enters β. A negative weight to an odd power enters with the
    /// other sign, and its modulus then moves as if it were the other weight.
    sign: Vec<[f64; 2]>,
}

impl Power {
    pub(super) fn from_weights(depth: u32, w_plus: &[f64], w_minus: &[f64], unit: f64) -> Self {
        let p = f64::from(depth);
        let power = |w: f64| libm::pow(w.abs() / unit, 2.0 - p);
        let flips = |w: f64| {
            if depth % 2 == 1 && w < 0.0 { -1.0 } else { 1.0 }
        };
        let pairs = || w_plus.iter().zip(w_minus);
        // w₊^{2−p} − w₋^{2−p} = w₋^{2−p} (e^{(2−p) ln(w₊/w₋)} − 1).
        let gap = |plus: f64, minus: f64| {
            let ratio = libm::log1p((plus.abs() - minus.abs()) / minus.abs());
            power(minus) * libm::expm1((2.0 - p) * ratio)
        };
        Self {
            exponent: p / (p - 2.0),
            start: pairs()
                .map(|(plus, minus)| [power(*plus), power(*minus)])
                .collect(),
            gap: pairs().map(|(plus, minus)| gap(*plus, *minus)).collect(),
            sign: pairs()
                .map(|(plus, minus)| [flips(*plus), -flips(*minus)])
                .collect(),
        }
    }

    /// Makes the weights at q the new start: the flow goes on from there.
    ///
    /// Where q is far from its start, |w|^{2−p} − q has lost its digits to cancellation. Keeping it
    /// instead of q makes the result exact for initial weights that differ by rounding.
    pub(super) fn rebase(&mut self, q: &[f64]) {
        for (((start, gap), sign), q) in self
            .start
            .iter_mut()
            .zip(&mut self.gap)
            .zip(&self.sign)
            .zip(q)
        {
            for side in 0..2 {
                start[side] -= sign[side] * q;
            }
            *gap -= (sign[0] - sign[1]) * q;
        }
    }

    /// The largest |dβ/dq|.
    pub(super) fn steepest(&self) -> f64 {
        self.start
            .iter()
            .flatten()
            .map(|left| self.exponent * libm::pow(*left, -self.exponent - 1.0))
            .fold(0.0, f64::max)
    }
}

impl Mirror for Power {
    fn evaluate(&self, q: &[f64], beta: &mut [f64], slope: &mut [f64]) {
        let k = self.exponent;
        for (((((beta, slope), q), start), gap), sign) in beta
            .iter_mut()
            .zip(slope)
            .zip(q)
            .zip(&self.start)
            .zip(&self.gap)
            .zip(&self.sign)
        {
            let left = [start[0] - sign[0] * q, start[1] - sign[1] * q];
            if left[0] <= 0.0 || left[1] <= 0.0 {
                *beta = f64::NAN;
                *slope = f64::NAN;
                continue;
            }
            let powers = left.map(|left| libm::pow(left, -k));
            *slope = k * (powers[0] / left[0] + powers[1] / left[1]);
            // Equal powers of opposite sign cancel for weights much larger than β.
            let near = left[0] < 2.0 * left[1] && left[1] < 2.0 * left[0];
            *beta = if near && sign[0] != sign[1] {
                let gap = gap - (sign[0] - sign[1]) * q;
                sign[0] * powers[1] * libm::expm1(-k * libm::log1p(gap / left[1]))
            } else {
                sign[0] * powers[0] + sign[1] * powers[1]
            };
        }
    }

    fn longest_step(&self, q: &[f64], dq: &[f64]) -> f64 {
        let mut longest = f64::INFINITY;
        for (((q, dq), start), sign) in q.iter().zip(dq).zip(&self.start).zip(&self.sign) {
            for side in 0..2 {
                let towards = sign[side] * dq;
                if towards > 0.0 {
                    longest = longest.min(0.7 * (start[side] - sign[side] * q) / towards);
                }
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Q, W_MINUS, W_PLUS, check_slope};
    use super::*;

    #[test]
    fn slopes_are_the_derivatives_of_beta() {
        for depth in [3, 4, 7] {
            check_slope(&Power::from_weights(depth, &W_PLUS, &W_MINUS, 1.0), 4, &Q);
        }
    }

    /// At q = 0, β is that of the weights; and a new origin of q changes nothing.
    #[test]
    fn powers_start_at_the_weights_and_can_be_rebased() {
        for depth in [3, 4, 5] {
            let mut mirror = Power::from_weights(depth, &W_PLUS, &W_MINUS, 1.0);
            let (mut beta, mut slope) = ([0.0; 4], [0.0; 4]);
            mirror.evaluate(&[0.0; 4], &mut beta, &mut slope);
            for j in 0..4 {
                let expected = W_PLUS[j].powi(depth as i32) - W_MINUS[j].powi(depth as i32);
                assert!((beta[j] - expected).abs() <= 1e-14, "depth {depth}: {j}");
            }
            let (mut at, mut rebased) = ([0.0; 4], [0.0; 4]);
            mirror.evaluate(&Q, &mut at, &mut slope);
            mirror.rebase(&Q);
            mirror.evaluate(&[0.0; 4], &mut rebased, &mut slope);
            for j in 0..4 {
                assert!((at[j] - rebased[j]).abs() <= 1e-13 * at[j].abs(), "{j}");
            }
        }
    }
}
