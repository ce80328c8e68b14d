//! Centring and scaling the columns of a problem by its training rows, in a way that can be undone.
//!
//! z_j = (x_j − mean x_j)/scale_j and u = y − mean y. A fit u ≈ ⟨z, β⟩ is y ≈ b + ⟨x, β'⟩ with β'_j = β_j/scale_j and
//! b = mean y − Σ_j β'_j mean x_j.

use ndarray::Array2;

use crate::model::regression::{Regression, Rows, Validation};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Mean 0 and variance 1 of every feature.
    pub standardise: bool,
    /// Mean 0 of the label and of every feature, which is what an intercept amounts to: the best b for any β makes
    /// the mean residual 0.
    pub intercept: bool,
}

impl Wish {
    /// Whether nothing is.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// What was done, as a sentence.
    pub fn in_words(self) -> &'static str {
        match (self.standardise, self.intercept) {
            (false, false) => "The columns are as in the file.",
            (true, false) => {
                "Features are centred and scaled to variance 1 by the training rows: β is per standard deviation."
            }
            (false, true) => {
                "Features and label are centred by the training rows, which stands for an intercept."
            }
            (true, true) => {
                "Features are centred and scaled to variance 1 and the label is centred, by the training rows: β is per \
                 standard deviation, and an intercept is fitted."
            }
        }
    }
}

/// What was done to the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// What was taken from each feature.
    pub x_mean: Vec<f64>,
    /// What each was then divided by.
    pub x_scale: Vec<f64>,
    /// What was taken from the label.
    pub y_mean: f64,
}

impl Scaling {
    /// The scaling of these training rows.
    pub fn of(train: &Rows, wish: Wish) -> Self {
        let n = train.y.len() as f64;
        let d = train.x.ncols();
        let rows = || train.features().chunks_exact(d.max(1));
        let mut x_mean = vec![0.0; d];
        let mut x_scale = vec![1.0; d];
        for row in rows() {
            for (sum, x) in x_mean.iter_mut().zip(row) {
                *sum += x / n;
            }
        }
        // Exact where a column is constant: what is left of rounding is not to be blown up to variance 1.
        for (column, mean) in x_mean.iter_mut().enumerate() {
            let first = train.x.get((0, column)).copied().unwrap_or_default();
            if rows().all(|row| row[column] == first) {
                *mean = first;
            }
        }
        if wish.standardise {
            let mut variance = vec![0.0; d];
            for row in rows() {
                for ((sum, x), mean) in variance.iter_mut().zip(row).zip(&x_mean) {
                    *sum += (x - mean) * (x - mean) / n;
                }
            }
            for (scale, variance) in x_scale.iter_mut().zip(variance) {
                if variance > 0.0 && variance.is_finite() {
                    *scale = variance.sqrt();
                }
            }
        }
        let y_mean = if wish.intercept {
            train.y.iter().map(|y| y / n).sum()
        } else {
            0.0
        };
        Self {
            x_mean,
            x_scale,
            y_mean,
        }
    }

    /// The problem in the new units.
    pub fn apply(&self, problem: &Regression) -> Regression {
        let rows = |rows: &Rows| Rows {
            x: Array2::from_shape_fn(rows.x.raw_dim(), |(row, column)| {
                (rows.x[(row, column)] - self.x_mean[column]) / self.x_scale[column]
            }),
            y: rows.y.iter().map(|y| y - self.y_mean).collect(),
        };
        let validation = match &problem.validation {
            Validation::HoldOut(held_out) => Validation::HoldOut(rows(held_out)),
            Validation::Truth(truth) => {
                let scaled = truth.iter().zip(&self.x_scale);
                let scaled: Vec<f64> = scaled.map(|(beta, scale)| beta * scale).collect();
                Validation::Truth((&scaled[..]).into())
            }
            Validation::Unavailable => Validation::Unavailable,
        };
        Regression::new(rows(&problem.train), validation)
    }

    /// The arrays that undo it.
    pub fn arrays(&self) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
        vec![
            ("x_mean", vec![self.x_mean.len()], self.x_mean.clone()),
            ("x_scale", vec![self.x_scale.len()], self.x_scale.clone()),
            ("y_mean", vec![1], vec![self.y_mean]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn problem() -> Regression {
        let train = Rows {
            x: array![[1.0, 5.1, 1e6], [2.0, 5.1, 3e6], [6.0, 5.1, 2e6]],
            y: vec![1.0, 2.0, 6.0],
        };
        let held_out = Rows {
            x: array![[3.0, 7.1, 2e6]],
            y: vec![3.0],
        };
        Regression::new(train, Validation::HoldOut(held_out))
    }

    #[test]
    fn columns_have_mean_0_and_variance_1_and_constants_vanish() {
        let wish = Wish {
            standardise: true,
            intercept: true,
        };
        let scaling = Scaling::of(&problem().train, wish);
        let scaled = scaling.apply(&problem());
        for (column, variance) in [(0, 1.0), (1, 0.0), (2, 1.0)] {
            let values = scaled.train.x.column(column);
            // A few roundings of numbers of order 1.
            assert!((values.sum() / 3.0).abs() < 1e-15);
            let square = values.iter().map(|x| x * x).sum::<f64>() / 3.0;
            assert!((square - variance).abs() < 1e-14, "{column}: {square}");
        }
        assert!(scaled.train.y.iter().sum::<f64>().abs() < 1e-14);
        // Rows held out are told in the units of the training rows.
        let Validation::HoldOut(held_out) = &scaled.validation else {
            panic!("the held-out rows are gone");
        };
        assert_eq!(held_out.x[(0, 0)], 0.0);
        assert_eq!(held_out.y, [0.0]);
    }

    #[test]
    fn a_fit_in_the_new_units_is_one_in_the_old() {
        let wish = Wish {
            standardise: true,
            intercept: true,
        };
        let (old, beta) = (problem(), [0.7, -2.0, 0.4]);
        let scaling = Scaling::of(&old.train, wish);
        let new = scaling.apply(&old);
        let undone = beta
            .iter()
            .zip(&scaling.x_scale)
            .map(|(b, scale)| b / scale);
        let undone: Vec<f64> = undone.collect();
        let shift = undone.iter().zip(&scaling.x_mean).map(|(b, mean)| b * mean);
        let intercept = scaling.y_mean - shift.sum::<f64>();
        for row in 0..3 {
            let fit = |x: &Array2<f64>, beta: &[f64]| {
                let terms = x.row(row).into_iter().zip(beta);
                terms.map(|(x, b)| x * b).sum::<f64>()
            };
            let residual = fit(&new.train.x, &beta) - new.train.y[row];
            let expected = intercept + fit(&old.train.x, &undone) - old.train.y[row];
            // The intercept is of order 10: a few of its roundings.
            assert!((residual - expected).abs() < 1e-13, "{row}");
        }
    }

    #[test]
    fn centring_alone_leaves_the_scale() {
        let wish = Wish {
            standardise: false,
            intercept: true,
        };
        let scaling = Scaling::of(&problem().train, wish);
        assert_eq!(scaling.x_scale, [1.0; 3]);
        assert_eq!((scaling.x_mean[0], scaling.y_mean), (3.0, 3.0));
    }
}
