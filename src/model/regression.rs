//! The regression problem: features, labels, what is known of the truth, and the loss.

use std::sync::OnceLock;

use ndarray::Array2;

use crate::model::aligned::{Aligned, InterleavedRows, PackedColumns, PaddedRows, zeros};
use crate::model::kernels;

/// Labelled rows.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Features, m × d, row-major.
    pub x: Array2<f64>,
    /// Labels, m.
    pub y: Vec<f64>,
}

impl Rows {
    /// The features as one row-major slice.
    ///
    /// # Panics
    /// Never: the constructors of this crate build standard-layout arrays only.
    pub fn features(&self) -> &[f64] {
        self.x
            .as_slice()
            .expect("feature matrices are built in row-major order")
    }

    /// Xβ − y, written to `residual`.
    pub fn residual(&self, beta: &[f64], residual: &mut [f64]) {
        kernels::matrix_vector(self.features(), beta, residual);
        for (r, y) in residual.iter_mut().zip(&self.y) {
            *r -= y;
        }
    }

    /// ‖Xβ − y‖²/m.
    pub fn mean_squared_error(&self, beta: &[f64]) -> f64 {
        let mut residual = vec![0.0; self.y.len()];
        self.residual(beta, &mut residual);
        kernels::dot(&residual, &residual) / self.y.len() as f64
    }
}

/// How a solution is validated.
#[derive(Clone, Debug)]
pub enum Validation {
    /// ‖β − β*‖₂², for generated data.
    Truth(Aligned),
    /// Mean squared error on rows that are not trained on, for measured data.
    HoldOut(Rows),
    /// Nothing to compare with.
    Unavailable,
}

/// A linear regression problem with the loss L(β) = ‖Xβ − y‖²/(4n) (paper §2).
///
/// ```
/// use implicit_bias_lab::model::regression::{Regression, Rows, Validation};
///
/// let x = ndarray::array![[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]];
/// let problem = Regression::new(Rows { x, y: vec![2.0, 1.0] }, Validation::Unavailable);
/// assert_eq!(problem.training_loss(&[0.0, 1.0, 0.0]), 0.0);
/// assert_eq!(problem.training_loss(&[0.0; 3]), (4.0 + 1.0) / 8.0);
/// ```
#[derive(Clone, Debug)]
pub struct Regression {
    /// Training rows.
    pub train: Rows,
    /// What the coefficients are validated against.
    pub validation: Validation,
    /// diag(XᵀX/n), length d.
    pub column_mean_square: Aligned,
    /// A copy of the training features in the order of the inner loops.
    pub design: PaddedRows,
    /// A copy of the training labels, padded to whole lanes.
    pub labels: Aligned,
    columns: OnceLock<PackedColumns>,
    interleaved: OnceLock<InterleavedRows>,
}

impl Regression {
    /// A problem from its rows.
    pub fn new(train: Rows, validation: Validation) -> Self {
        let n = train.y.len() as f64;
        let mut column_mean_square = zeros(train.x.ncols());
        for row in train.features().chunks_exact(train.x.ncols()) {
            for (sum, x) in column_mean_square.iter_mut().zip(row) {
                *sum += x * x / n;
            }
        }
        let design = PaddedRows::new(train.features(), train.x.ncols());
        let labels = Aligned::from(&train.y[..]);
        Self {
            train,
            validation,
            column_mean_square,
            design,
            labels,
            columns: OnceLock::new(),
            interleaved: OnceLock::new(),
        }
    }

    /// Number of training rows n.
    pub fn n(&self) -> usize {
        self.train.y.len()
    }

    /// Number of coefficients d.
    pub fn d(&self) -> usize {
        self.train.x.ncols()
    }

    /// The training features by columns, for the rules that need all of them for Xβ alone; copied
    /// when first needed, since the other rules need no such copy.
    pub fn columns(&self) -> &PackedColumns {
        self.columns
            .get_or_init(|| PackedColumns::new(self.train.features(), self.d()))
    }

    /// The training features in blocks of rows, for the rules that also need Xᵀr of a large X; copied when
    /// first needed.
    pub fn interleaved_rows(&self) -> &InterleavedRows {
        self.interleaved
            .get_or_init(|| InterleavedRows::new(self.train.features(), self.d()))
    }

    /// β*, where the data were generated from one.
    pub fn beta_star(&self) -> Option<&Aligned> {
        match &self.validation {
            Validation::Truth(beta_star) => Some(beta_star),
            Validation::HoldOut(_) | Validation::Unavailable => None,
        }
    }

    /// L from a residual: ‖r‖²/(4n).
    pub fn loss_of(&self, residual: &[f64]) -> f64 {
        kernels::dot(residual, residual) / (4.0 * self.n() as f64)
    }

    /// The training loss L(β).
    pub fn training_loss(&self, beta: &[f64]) -> f64 {
        self.train.mean_squared_error(beta) / 4.0
    }

    /// The validation loss, NaN where unavailable.
    pub fn validation_loss(&self, beta: &[f64]) -> f64 {
        match &self.validation {
            Validation::Truth(beta_star) => kernels::distance_squared(beta, beta_star),
            Validation::HoldOut(rows) => rows.mean_squared_error(beta),
            Validation::Unavailable => f64::NAN,
        }
    }

    /// The gradient of the validation loss, length d, where there is one.
    pub fn validation_gradient(&self, beta: &[f64]) -> Option<Vec<f64>> {
        match &self.validation {
            Validation::Truth(beta_star) => {
                let pairs = beta.iter().zip(beta_star.iter());
                Some(pairs.map(|(beta, truth)| 2.0 * (beta - truth)).collect())
            }
            Validation::HoldOut(rows) => {
                let mut residual = vec![0.0; rows.y.len()];
                rows.residual(beta, &mut residual);
                let scale = 2.0 / rows.y.len() as f64;
                let mut gradient = vec![0.0; beta.len()];
                for (row, r) in rows.x.outer_iter().zip(&residual) {
                    for (gradient, x) in gradient.iter_mut().zip(row) {
                        *gradient += scale * r * x;
                    }
                }
                Some(gradient)
            }
            Validation::Unavailable => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn small() -> Regression {
        let train = Rows {
            x: array![[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]],
            y: vec![1.0, -2.0],
        };
        Regression::new(train, Validation::Truth(vec![1.0, 0.0, 0.0].into()))
    }

    #[test]
    fn loss_and_column_means_match_hand_computation() {
        let problem = small();
        // β = (1, 1, 0): Xβ − y = (2, 2.5); L = (4 + 6.25)/8.
        assert_eq!(problem.training_loss(&[1.0, 1.0, 0.0]), 10.25 / 8.0);
        assert_eq!(problem.validation_loss(&[1.0, 1.0, 0.5]), 1.25);
        assert_eq!(problem.column_mean_square[..], [0.625, 2.0, 5.0]);
    }
}
