//! How the labels of a synthetic problem are observed: from coefficients of another size, and with noise.
//!
//! y = X(sβ*) + σε with ε ~ N(0, I). The validation loss stays the distance to sβ*.

use crate::model::random::{Stream, generator, standard_normal};
use crate::model::regression::{Regression, Rows, Validation};

/// What is done to β* and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// s, by which β* is multiplied.
    pub scale: f64,
    /// σ, the standard deviation of what is added to every label.
    pub noise: f64,
    /// Seed of ε, which has a stream of its own.
    pub seed: u64,
}

impl Default for Observation {
    /// As it is generated.
    fn default() -> Self {
        Self {
            scale: 1.0,
            noise: 0.0,
            seed: 0,
        }
    }
}

impl Observation {
    /// The problem as it is observed; bit for bit the same for s = 1 and σ = 0.
    pub fn of(&self, problem: Regression) -> Regression {
        let Validation::Truth(truth) = &problem.validation else {
            return problem;
        };
        if self.scale == 1.0 && self.noise == 0.0 {
            return problem;
        }
        let truth: Vec<f64> = truth.iter().map(|beta| self.scale * beta).collect();
        let n = problem.n();
        let mut train = Rows {
            x: problem.train.x,
            y: vec![0.0; n],
        };
        let mut y = vec![0.0; n];
        train.residual(&truth, &mut y);
        if self.noise > 0.0 {
            let mut rng = generator(self.seed, Stream::Observation, 0);
            for label in &mut y {
                *label += self.noise * standard_normal(&mut rng);
            }
        }
        train.y = y;
        Regression::new(train, Validation::Truth((&truth[..]).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};

    fn problem() -> Regression {
        let source = SparseGaussian {
            n: 2000,
            d: 10,
            sparsity: 3,
            beta_law: BetaLaw::Signs,
            seed: 0,
        };
        source.generate().unwrap()
    }

    #[test]
    fn labels_follow_the_scaled_truth_up_to_noise_of_the_asked_size() {
        let plain = problem();
        assert_eq!(
            Observation::default().of(plain.clone()).train.y,
            plain.train.y
        );
        let scaled = Observation {
            scale: 4.0,
            ..Observation::default()
        };
        let scaled = scaled.of(plain.clone());
        // A power of 2 scales without rounding.
        let expected: Vec<f64> = plain.train.y.iter().map(|y| 4.0 * y).collect();
        assert_eq!(scaled.train.y, expected);
        assert_eq!(scaled.training_loss(scaled.beta_star().unwrap()), 0.0);
        let noisy = |noise, seed| Observation {
            scale: 1.0,
            noise,
            seed,
        };
        let observed = noisy(0.5, 3).of(plain.clone());
        assert_eq!(observed.beta_star(), plain.beta_star());
        let errors = observed.train.y.iter().zip(&plain.train.y);
        let errors: Vec<f64> = errors.map(|(noisy, plain)| noisy - plain).collect();
        let mean = errors.iter().sum::<f64>() / 2000.0;
        let deviation = (errors.iter().map(|e| e * e).sum::<f64>() / 2000.0).sqrt();
        // Four standard errors, σ/√n and σ/√(2n).
        assert!(mean.abs() < 4.0 * 0.5 / 2000_f64.sqrt(), "{mean}");
        assert!(
            (deviation - 0.5).abs() < 4.0 * 0.5 / 4000_f64.sqrt(),
            "{deviation}"
        );
        let again = noisy(0.5, 3).of(plain.clone());
        assert_eq!(again.train.y, observed.train.y);
        assert_ne!(noisy(0.5, 4).of(plain).train.y, observed.train.y);
    }
}
