//! How far the loss of a few drawn samples may be from the loss of all.
//!
//! L̂ = mean of rᵢ²/4 over samples i that are drawn afresh has the mean L, given all that was before. So the errors
//! L̂ₖ − Lₖ of different steps are uncorrelated, sums of them have no bias, and their variances add. The
//! variance of a single L̂ is estimated in two ways:
//!
//! - *By the spread* of rᵢ² over all samples where the loss was computed last, relative to L², times the square of a
//!   running mean of L̂. Hardly noisy; assumes that the rᵢ² keep their shape, not their size, from one loss
//!   to the next, and is too much by up to a half while L falls within a few steps.
//! - *By successive differences*, (L̂ₖ − L̂ₖ₋₁)²/2. Assumes nothing but that the variance changes little within a
//!   step, and errs by (Lₖ − Lₖ₋₁)²/2 to the safe side; but it is noisy where few steps make up the sum: large
//!   rᵢ² that were not drawn are missing in both the sum and its error.
//!
//! The larger of both sums is taken. A tenth to a quarter too much in the standard error is the price: on
//! problems of 20 to 40 samples, of which 40 to 100 steps make up ∫L, differences alone left 1 % and more of the runs
//! outside three standard errors, where a normal law leaves 0.3 %, and both left 0.6 % at the most.

/// What is kept from step to step.
#[derive(Debug, Default)]
pub(super) struct LossEstimate {
    /// The variance of L̂ over L² where the loss was computed last.
    spread: f64,
    /// The running mean of L̂.
    level: f64,
    /// L̂ of the last step.
    before: f64,
    /// Whether L̂ is the loss itself, all samples being drawn at every step.
    is_exact: bool,
}

/// A variance, or a sum of variances, estimated in the two ways of this file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variance {
    by_spread: f64,
    by_differences: f64,
}

impl Variance {
    /// The larger of both.
    pub fn value(self) -> f64 {
        self.by_spread.max(self.by_differences)
    }

    /// Adds that of `factor` times what `other` is the variance of.
    pub(super) fn add(&mut self, factor: f64, other: Self) {
        let square = factor * factor;
        self.by_spread += square * other.by_spread;
        self.by_differences += square * other.by_differences;
    }
}

impl LossEstimate {
    /// L̂ enters the running mean with this weight: as few steps as still average some of its noise away.
    const WEIGHT: f64 = 1.0 / 16.0;

    /// Begins anew from the loss of all samples and the one of those drawn, which the sampling noise has the `share`
    /// of.
    pub(super) fn begin(&mut self, residual: &[f64], loss: f64, drawn: f64, share: f64) {
        let squares = residual.iter().map(|r| r * r / (4.0 * loss));
        let fourth: f64 = squares.map(|square| square * square).sum();
        let spread = share * (fourth / residual.len() as f64 - 1.0).max(0.0);
        *self = Self {
            // All residuals may be 0.
            spread: if spread.is_finite() { spread } else { 0.0 },
            level: loss,
            before: drawn,
            is_exact: share == 0.0,
        };
    }

    /// Takes the next L̂ in; returns its variance.
    pub(super) fn next(&mut self, drawn: f64) -> Variance {
        if self.is_exact {
            return Variance::default();
        }
        let variance = Variance {
            by_spread: self.spread * self.level * self.level,
            by_differences: 0.5 * (drawn - self.before) * (drawn - self.before),
        };
        self.level += Self::WEIGHT * (drawn - self.level);
        self.before = drawn;
        variance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Residuals 1 and 3: rᵢ²/4 is ¼ or 9/4, either of them 1 away from the mean.
    #[test]
    fn both_ways_agree_on_what_can_be_enumerated() {
        let mut estimate = LossEstimate::default();
        estimate.begin(&[1.0, 3.0], 1.25, 0.25, 1.0);
        let variance = estimate.next(2.25);
        assert!((variance.by_spread - 1.0).abs() < 1e-15, "{variance:?}");
        // Of the pairs of draws, half differ, by 2.
        assert_eq!(variance.by_differences, 2.0);
        let again = estimate.next(2.25);
        assert_eq!(again.by_differences, 0.0);
        assert!(again.by_spread > variance.by_spread);
        assert_eq!(again.value(), again.by_spread);
    }

    #[test]
    fn a_vanished_loss_and_a_full_batch_are_certain() {
        let mut estimate = LossEstimate::default();
        estimate.begin(&[0.0, 0.0], 0.0, 0.0, 1.0);
        assert_eq!(estimate.next(0.0).value(), 0.0);
        estimate.begin(&[1.0, 3.0], 1.25, 1.25, 0.0);
        assert_eq!(estimate.next(0.7).value(), 0.0);
    }
}
