//! Whether a run has collapsed to the saddle w = 0, from which nothing brings it back.
//!
//! Near w = 0 the residual is −y, whatever the weights are: the gradient is gⱼ = (Xᵀy/n)ⱼ and the loss L(0). There
//! stochastic gradient flow is a random walk of the logarithms, with Itô's term written out,
//!
//! d ln w±ⱼ = (±gⱼ − λ − σⱼ²/2) dt + σⱼ dB, with σⱼ² = 4γ(L(0) + δ²)Dⱼ,
//!
//! and weight decay λ. Where the shrinkage σⱼ²/2 = 2γDⱼ(L(0) + δ²) outruns |gⱼ| in every coordinate, which takes
//! a large γ, every weight falls for ever: the loss stays at L(0). A weight can still rise by chance.
//! exp(θ ln w) is a supermartingale for θⱼ = 1 − 2(|gⱼ| − λ)/σⱼ² (Lundberg's exponent, also of log-Euler's
//! steps, whose increments are Gaussian), so that the chance that a weight ever grows to ω again is at most
//! (w/ω)^θ. A run has collapsed once the sum of these chances is below [`CHANCE`].
//!
//! ω is where all that begins to fail: as long as every |w| ≤ ω, ‖Xβ‖ ≤ ω²√n Σⱼ√Dⱼ stays below [`SMALL`]·‖y‖, and
//! with it L above (1 − SMALL)²L(0) and the gradient within 2·SMALL·√(L(0)Dⱼ) of gⱼ. These worse numbers
//! are the ones that are used.
//!
//! A later, smaller γ can bring a run back, as long as its weights are not 0 within rounding: the status is that of
//! the settings in force. Deeper networks do not collapse: near 0 their noise vanishes faster than their gradient.

use super::network::Weights;
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;
use crate::model::regression::Regression;

/// How probable a return may be.
const CHANCE: f64 = 1e-9;

/// ‖Xβ‖/‖y‖ below which the residual counts as −y.
const SMALL: f64 = 0.01;

/// The noise of a rule at the saddle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaddleNoise {
    /// (4L/n)I for the samples: σⱼ² = 4γ(L + δ²)Dⱼ.
    Isotropic,
    /// SGD's own covariance: σⱼ² = γ(XᵀCX)ⱼⱼ, C = diag(r² + 4δ²)/n − rrᵀ/n².
    OfSamples,
}

/// What is in force.
#[derive(Clone, Copy, Debug)]
pub(super) struct InForce {
    /// γ.
    pub(super) step_size: f64,
    /// δ, as long as it lasts for ever; 0 otherwise.
    pub(super) lasting_label_noise: f64,
    /// λ.
    pub(super) weight_decay: f64,
}

/// The problem as it looks from w = 0.
pub(super) struct Saddle {
    /// √L(0).
    root_loss: f64,
    /// The most that |w| may be, ω.
    largest: f64,
    coordinates: Vec<Coordinate>,
}

struct Coordinate {
    /// |gⱼ|, no less than it is within reach of the saddle.
    gradient: f64,
    /// Dⱼ.
    mean_square: f64,
    /// √(Σᵢ xᵢⱼ²rᵢ²/n), no more than it is within reach.
    weighted: f64,
}

impl Saddle {
    /// Of these data; `None` where w = 0 is a solution.
    pub(super) fn new(problem: &Regression) -> Option<Self> {
        let (n, d) = (problem.n() as f64, problem.d());
        let (x, y) = (problem.train.features(), &problem.train.y);
        let root_loss = (kernels::dot(y, y) / (4.0 * n)).sqrt();
        let roots = problem
            .column_mean_square
            .iter()
            .map(|square| square.sqrt());
        let all: f64 = roots.sum();
        if !(root_loss > 0.0 && all > 0.0) {
            return None;
        }
        let coordinate = |j: usize| {
            let column = || x.iter().skip(j).step_by(d).zip(y);
            let gradient: f64 = column().map(|(x, y)| x * y / n).sum();
            let weighted: f64 = column().map(|(x, y)| (x * y).powi(2) / n).sum();
            let largest = column().map(|(x, _)| x.abs()).fold(0.0, f64::max);
            let mean_square = problem.column_mean_square[j];
            // ‖r + y‖ ≤ SMALL·‖y‖, and ‖y‖ = 2√n·√L(0).
            let away = 2.0 * SMALL * root_loss;
            Coordinate {
                gradient: gradient.abs() + away * mean_square.sqrt(),
                mean_square,
                weighted: (weighted.sqrt() - away * largest).max(0.0),
            }
        };
        Some(Self {
            root_loss,
            largest: (2.0 * SMALL * root_loss / all).sqrt(),
            coordinates: (0..d).map(coordinate).collect(),
        })
    }

    /// Whether a run of depth 2 with these weights has collapsed. Subnormal weights count as 0: a factor near 1 is
    /// rounded away.
    pub(super) fn holds(&self, weights: &Weights, noise: SaddleNoise, in_force: InForce) -> bool {
        let pairs = weights.w_plus.iter().zip(&*weights.w_minus);
        // A feature that is 0 everywhere moves no weight and is moved by none.
        let felt = self.coordinates.iter().zip(pairs);
        let mut felt = felt.filter(|(of, _)| of.mean_square > 0.0);
        weights.depth == 2
            && felt
                .try_fold(0.0, |sum, (of, (plus, minus))| {
                    let largest = plus.abs().max(minus.abs());
                    let exponent = self.exponent(of, noise, in_force);
                    let sum = if largest < f64::MIN_POSITIVE {
                        sum
                    } else if exponent > 0.0 && largest <= self.largest {
                        sum + 2.0 * (largest / self.largest).to_the(exponent)
                    } else {
                        return None;
                    };
                    (sum < CHANCE).then_some(sum)
                })
                .is_some()
    }

    /// θ. Beyond 1 it would rely on the decay, which no noise is needed for.
    fn exponent(&self, of: &Coordinate, noise: SaddleNoise, in_force: InForce) -> f64 {
        let loss = ((1.0 - SMALL) * self.root_loss).powi(2);
        let labels = in_force.lasting_label_noise.powi(2);
        let variance = match noise {
            SaddleNoise::Isotropic => 4.0 * (loss + labels) * of.mean_square,
            SaddleNoise::OfSamples => {
                of.weighted.powi(2) + 4.0 * labels * of.mean_square - of.gradient.powi(2)
            }
        };
        let variance = (in_force.step_size * variance).max(0.0);
        (1.0 - 2.0 * (of.gradient - in_force.weight_decay) / variance).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::dynamics::testing::problem;

    fn weights(d: usize, size: f64) -> Weights {
        Weights {
            w_plus: vec![size; d].into_iter().collect(),
            w_minus: vec![size; d].into_iter().collect(),
            depth: 2,
        }
    }

    /// Where the shrinkage outruns the largest gradient, by a factor of 2, and where it falls short by 2.
    #[test]
    fn only_shrinkage_that_outruns_every_gradient_makes_a_collapse() {
        let problem = problem();
        let saddle = Saddle::new(&problem).unwrap();
        let (n, d) = (problem.n() as f64, problem.d());
        let y = &problem.train.y;
        let loss = y.iter().map(|y| y * y).sum::<f64>() / (4.0 * n);
        let needed = (0..d).map(|j| {
            let gradient: f64 = (0..problem.n())
                .map(|i| problem.train.x[[i, j]] * y[i] / n)
                .sum();
            gradient.abs() / (2.0 * loss * problem.column_mean_square[j])
        });
        let edge = needed.fold(0.0, f64::max);
        let at = |gamma: f64| InForce {
            step_size: gamma,
            lasting_label_noise: 0.0,
            weight_decay: 0.0,
        };
        let tiny = weights(d, 1e-60);
        assert!(saddle.holds(&tiny, SaddleNoise::Isotropic, at(2.0 * edge)));
        assert!(!saddle.holds(&tiny, SaddleNoise::Isotropic, at(0.5 * edge)));
        // What has not fallen yet may still grow.
        assert!(!saddle.holds(&weights(d, 0.1), SaddleNoise::Isotropic, at(2.0 * edge)));
        // Nothing grows from exact zeros.
        assert!(saddle.holds(&weights(d, 0.0), SaddleNoise::Isotropic, at(0.5 * edge)));
        // Decay alone is enough where it outruns the gradient.
        let decayed = InForce {
            weight_decay: 10.0,
            ..at(0.5 * edge)
        };
        assert!(saddle.holds(&tiny, SaddleNoise::Isotropic, decayed));
        let deep = Weights { depth: 3, ..tiny };
        assert!(!saddle.holds(&deep, SaddleNoise::Isotropic, at(2.0 * edge)));
    }
}
