//! Noiseless sparse Gaussian regression: x ~ N(0, I), y = Xβ* (paper §5).

use ndarray::Array2;
use rand::RngExt as _;

use super::{DataError, check_size};
use crate::model::random::{Stream, generator, standard_normal};
use crate::model::regression::{Regression, Rows, Validation};

/// The law of the non-zero entries of β*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BetaLaw {
    /// ±1 with equal chances.
    Signs,
    /// |N(0, 1)|, then divided by the ℓ₂ norm of all of them.
    PaperLike,
    /// All 1.
    Ones,
    /// N(0, 1).
    Normal,
}

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SparseGaussian {
    /// Rows.
    pub n: usize,
    /// Columns.
    pub d: usize,
    /// Non-zero entries of β*, the first ones: the columns are exchangeable.
    pub sparsity: usize,
    /// Law of the non-zero entries.
    pub beta_law: BetaLaw,
    /// Seed of X and β*, which use streams of their own.
    pub seed: u64,
}

impl SparseGaussian {
    /// Draws X row by row, then β*, and labels without noise.
    pub fn generate(&self) -> Result<Regression, DataError> {
        let Self { n, d, sparsity, .. } = *self;
        check_size(n, d)?;
        if sparsity > d {
            return Err(DataError::Settings(format!(
                "{sparsity} non-zeros do not fit {d} coefficients: lower `sparsity` or raise `d`"
            )));
        }
        let mut rng = generator(self.seed, Stream::Data, 0);
        let x = Array2::from_shape_simple_fn((n, d), || standard_normal(&mut rng));
        let beta_star = self.beta_star();
        let mut train = Rows { x, y: vec![0.0; n] };
        let mut y = vec![0.0; n];
        train.residual(&beta_star, &mut y);
        train.y = y;
        Ok(Regression::new(train, Validation::Truth(beta_star.into())))
    }

    fn beta_star(&self) -> Vec<f64> {
        let mut rng = generator(self.seed, Stream::Truth, 0);
        let mut beta = vec![0.0; self.d];
        let support = &mut beta[..self.sparsity];
        for entry in support.iter_mut() {
            *entry = match self.beta_law {
                BetaLaw::Signs => [1.0, -1.0][usize::from(rng.random::<bool>())],
                BetaLaw::PaperLike => standard_normal(&mut rng).abs(),
                BetaLaw::Ones => 1.0,
                BetaLaw::Normal => standard_normal(&mut rng),
            };
        }
        if self.beta_law == BetaLaw::PaperLike {
            let norm = support.iter().map(|b| b * b).sum::<f64>().sqrt();
            for entry in support {
                *entry /= norm;
            }
        }
        beta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: SparseGaussian = SparseGaussian {
        n: 40,
        d: 100,
        sparsity: 5,
        beta_law: BetaLaw::Signs,
        seed: 0,
    };

    #[test]
    fn labels_are_noiseless_and_the_truth_has_the_asked_support() {
        for beta_law in [
            BetaLaw::Signs,
            BetaLaw::PaperLike,
            BetaLaw::Ones,
            BetaLaw::Normal,
        ] {
            let problem = SparseGaussian {
                beta_law,
                ..DEFAULT
            }
            .generate()
            .unwrap();
            let beta_star = problem.beta_star().unwrap().to_vec();
            assert_eq!(beta_star.iter().filter(|b| **b != 0.0).count(), 5);
            assert_eq!(problem.training_loss(&beta_star), 0.0);
            assert_eq!((problem.n(), problem.d()), (40, 100));
        }
        let unit = SparseGaussian {
            beta_law: BetaLaw::PaperLike,
            ..DEFAULT
        }
        .beta_star();
        assert!((unit.iter().map(|b| b * b).sum::<f64>() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_truth_does_not_move_the_features() {
        let a = DEFAULT.generate().unwrap();
        let b = SparseGaussian {
            sparsity: 9,
            ..DEFAULT
        }
        .generate()
        .unwrap();
        assert_eq!(a.train.x, b.train.x);
        let c = SparseGaussian { seed: 1, ..DEFAULT }.generate().unwrap();
        assert_ne!(a.train.x, c.train.x);
    }

    #[test]
    fn impossible_sizes_are_refused_with_advice() {
        let message = SparseGaussian {
            sparsity: 101,
            ..DEFAULT
        }
        .generate()
        .unwrap_err()
        .to_string();
        assert!(message.contains("lower `sparsity`"), "{message}");
        let message = SparseGaussian {
            d: 1_000_000,
            ..DEFAULT
        }
        .generate()
        .unwrap_err()
        .to_string();
        assert!(message.contains("lower n or d"), "{message}");
    }
}
