//! One-dimensional regression on Fourier features (cos 2πix, sin 2πix), i = 1 … d/2.

use std::f64::consts::TAU;

use ndarray::Array2;
use rand::RngExt as _;

use super::{DataError, check_size};
use crate::model::arithmetic::Elementary as _;
use crate::model::random::{Stream, generator};
use crate::model::regression::{Regression, Rows, Validation};

/// The function to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FourierTruth {
    /// cos(2π·3x) − sin(2π·7x) + cos(2π·12x): three coefficients.
    Sparse,
    /// ±1 on every feature.
    Dense,
}

/// The (frequency, is a sine, amplitude) triples of [`FourierTruth::Sparse`].
const SPARSE_TERMS: [(usize, bool, f64); 3] = [(3, false, 1.0), (7, true, -1.0), (12, false, 1.0)];

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fourier {
    /// Points x, uniform on [0, 1).
    pub n: usize,
    /// Features, an even number: column 2(i−1) is the cosine of frequency i, the next its sine.
    pub d: usize,
    /// Whether feature i carries the weight 1/i.
    pub weighted: bool,
    /// The function to learn.
    pub truth: FourierTruth,
    /// Seed of the points and of the dense signs, which use streams of their own.
    pub seed: u64,
}

impl Fourier {
    /// Draws the points and labels them without noise.
    pub fn generate(&self) -> Result<Regression, DataError> {
        let Self { n, d, .. } = *self;
        check_size(n, d)?;
        if !d.is_multiple_of(2) {
            return Err(DataError::Settings(format!(
                "Fourier features come in pairs: `d` must be even, not {d}"
            )));
        }
        let beta_star = self.beta_star()?;
        let points = self.points();
        let x = Array2::from_shape_fn((n, d), |(i, j)| self.feature(j, points[i]));
        let mut train = Rows { x, y: vec![0.0; n] };
        let mut y = vec![0.0; n];
        train.residual(&beta_star, &mut y);
        train.y = y;
        Ok(Regression::new(train, Validation::Truth(beta_star.into())))
    }

    /// The points x of the training rows.
    pub fn points(&self) -> Vec<f64> {
        let mut rng = generator(self.seed, Stream::Data, 0);
        (0..self.n).map(|_| rng.random()).collect()
    }

    /// The function Σⱼ βⱼ featureⱼ(x), by rotation from frequency to frequency: one pair of
    /// trigonometric functions per point.
    pub fn function(beta: &[f64], weighted: bool, x: f64) -> f64 {
        let (sin, cos) = ((TAU * x).sine(), (TAU * x).cosine());
        let (mut wave_cos, mut wave_sin) = (cos, sin);
        let mut sum = 0.0;
        for (at, pair) in beta.chunks(2).enumerate() {
            let weight = if weighted { 1.0 / (at + 1) as f64 } else { 1.0 };
            let sine = pair.get(1).copied().unwrap_or(0.0);
            sum += weight * (pair[0] * wave_cos + sine * wave_sin);
            (wave_cos, wave_sin) = (
                wave_cos * cos - wave_sin * sin,
                wave_sin * cos + wave_cos * sin,
            );
        }
        sum
    }

    /// The frequency i of feature `column`.
    pub fn frequency(column: usize) -> usize {
        column / 2 + 1
    }

    /// Feature `column` at the point `x`.
    pub fn feature(&self, column: usize, x: f64) -> f64 {
        let frequency = Self::frequency(column) as f64;
        let wave = if column.is_multiple_of(2) {
            (TAU * frequency * x).cosine()
        } else {
            (TAU * frequency * x).sine()
        };
        wave * self.weight(column)
    }

    /// The weight that feature `column` carries.
    pub fn weight(&self, column: usize) -> f64 {
        if self.weighted {
            1.0 / Self::frequency(column) as f64
        } else {
            1.0
        }
    }

    fn beta_star(&self) -> Result<Vec<f64>, DataError> {
        let mut beta = vec![0.0; self.d];
        match self.truth {
            FourierTruth::Sparse => {
                for (frequency, sine, amplitude) in SPARSE_TERMS {
                    let column = 2 * (frequency - 1) + usize::from(sine);
                    let weight = self.weight(column);
                    let entry = beta.get_mut(column).ok_or_else(|| {
                        DataError::Settings(format!(
                            "the sparse truth reaches frequency 12: `d` must be at least 24, not {}",
                            self.d
                        ))
                    })?;
                    // The function's amplitude is the coefficient times the feature's weight.
                    *entry = amplitude / weight;
                }
            }
            FourierTruth::Dense => {
                let mut rng = generator(self.seed, Stream::Truth, 0);
                for entry in &mut beta {
                    *entry = [1.0, -1.0][usize::from(rng.random::<bool>())];
                }
            }
        }
        Ok(beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Fourier = Fourier {
        n: 30,
        d: 100,
        weighted: false,
        truth: FourierTruth::Sparse,
        seed: 3,
    };

    #[test]
    fn the_sparse_labels_are_the_stated_function_with_and_without_weights() {
        let mut rng = generator(DEFAULT.seed, Stream::Data, 0);
        let points: Vec<f64> = (0..DEFAULT.n).map(|_| rng.random()).collect();
        for weighted in [false, true] {
            let problem = Fourier {
                weighted,
                ..DEFAULT
            }
            .generate()
            .unwrap();
            for (x, y) in points.iter().zip(&problem.train.y) {
                let truth = (TAU * 3.0 * x).cos() - (TAU * 7.0 * x).sin() + (TAU * 12.0 * x).cos();
                assert!((truth - y).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn odd_or_short_feature_lists_are_refused() {
        assert!(Fourier { d: 99, ..DEFAULT }.generate().is_err());
        let message = Fourier { d: 20, ..DEFAULT }
            .generate()
            .unwrap_err()
            .to_string();
        assert!(message.contains("at least 24"), "{message}");
        assert!(
            Fourier {
                d: 20,
                truth: FourierTruth::Dense,
                ..DEFAULT
            }
            .generate()
            .is_ok()
        );
    }
}
