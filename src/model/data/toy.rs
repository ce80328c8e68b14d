//! Problems of two and three coefficients, small enough to draw.

use std::f64::consts::SQRT_2;

use ndarray::{Array2, array};

use super::DataError;
use crate::model::regression::{Regression, Rows, Validation};

/// Which problem. Nothing in them is random; the truth is the interpolator of least ℓ₁ norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Toy {
    /// n = 1, d = 2: the interpolators are the line x₁β₁ + x₂β₂ = y.
    ///
    /// The least ℓ₁ norm is |y|/max|xⱼ|, on the axis of the larger feature: (0, y/x₂) for
    /// |x₂| > |x₁|, (y/x₁, 0) for |x₁| > |x₂|. For |x₁| = |x₂| it is reached on a segment, of which the
    /// middle is taken: every flow from equal weights ends there by symmetry.
    Plane {
        /// The sample's features.
        x: [f64; 2],
        /// Its label.
        y: f64,
    },
    /// n = 2, d = 3: X = [[√2, 0, 1], [0, √2, 1]], y = (1, 1), whose columns have the same norm. The
    /// interpolators are the line (t, t, 1 − √2t), with the ℓ₁ solution at t = 0 and the ℓ₂ solution at
    /// t = 1/√8; deterministic flows from equal weights stay in the plane β₁ = β₂.
    Space,
}

impl Toy {
    /// The problem.
    pub fn generate(&self) -> Result<Regression, DataError> {
        let (x, y, truth): (Array2<f64>, _, _) = match *self {
            Self::Plane { x: [x1, x2], y } => {
                if x1 == 0.0 && x2 == 0.0 {
                    return Err(DataError::Settings(
                        "a sample whose features are both 0 says nothing: set `toy_x1` or `toy_x2`"
                            .to_owned(),
                    ));
                }
                let truth = if x1.abs() > x2.abs() {
                    vec![y / x1, 0.0]
                } else if x2.abs() > x1.abs() {
                    vec![0.0, y / x2]
                } else {
                    vec![0.5 * y / x1, 0.5 * y / x2]
                };
                (array![[x1, x2]], vec![y], truth)
            }
            Self::Space => (
                array![[SQRT_2, 0.0, 1.0], [0.0, SQRT_2, 1.0]],
                vec![1.0, 1.0],
                vec![0.0, 0.0, 1.0],
            ),
        };
        Ok(Regression::new(
            Rows { x, y },
            Validation::Truth(truth.into()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm_l1(beta: &[f64]) -> f64 {
        beta.iter().map(|b| b.abs()).sum()
    }

    /// The truth interpolates, and no other point of the line of interpolators has a smaller ℓ₁ norm.
    #[test]
    fn the_truth_is_the_interpolator_of_least_l1_norm() {
        let plane = |x1, x2, y| Toy::Plane { x: [x1, x2], y };
        for toy in [
            plane(1.0, 2.0, 2.0),
            plane(-3.0, 2.0, 1.5),
            plane(0.0, -1.0, 2.0),
            plane(2.0, -2.0, -1.0),
            plane(1.0, 2.0, 0.0),
            Toy::Space,
        ] {
            let problem = toy.generate().unwrap();
            let truth = problem.beta_star().unwrap();
            assert!(problem.training_loss(truth) < 1e-30);
            let direction = match toy {
                Toy::Plane { x: [x1, x2], .. } => vec![-x2, x1],
                Toy::Space => vec![1.0, 1.0, -SQRT_2],
            };
            for t in [-2.0, -0.1, -1e-3, 1e-3, 0.1, 2.0] {
                let other: Vec<f64> = truth
                    .iter()
                    .zip(&direction)
                    .map(|(truth, v)| truth + t * v)
                    .collect();
                assert!(problem.training_loss(&other) < 1e-25);
                assert!(norm_l1(&other) > norm_l1(truth) - 1e-12, "{toy:?} {t}");
            }
        }
        let problem = Toy::Space.generate().unwrap();
        assert!(
            problem
                .column_mean_square
                .iter()
                .all(|d| (d - 1.0).abs() < 1e-15)
        );
    }

    #[test]
    fn a_sample_without_features_is_refused() {
        let nothing = Toy::Plane {
            x: [0.0, 0.0],
            y: 1.0,
        };
        let message = nothing.generate().unwrap_err().to_string();
        assert!(message.contains("`toy_x1`"), "{message}");
    }
}
