//! The right-hand side of the flow, its Jacobian and their rounding errors.

use faer::{Mat, MatRef};

use crate::labs::diagonal::network::Weights;
use crate::model::dense::{self, Reduced};
use crate::model::kernels;
use crate::model::regression::Regression;

/// Largest |u| that the exponentials are asked for.
const MAX_EXPONENT: f64 = 300.0;

/// The right-hand side ṡ = r/n as a function of u = Xᵀs.
///
/// For n > d the rows are first reduced to the d × d factor R of X = QR, with Qᵀy and Qᵀs for y and s:
/// what of y lies outside the range of X only adds a constant to the loss.
pub(super) struct Field {
    /// X or R, row-major.
    pub(super) x: Vec<f64>,
    /// y or Qᵀy.
    pub(super) y: Vec<f64>,
    /// n, whatever the number of rows.
    samples: f64,
    pub(super) start: Weights,
    /// The loss that no β removes because of the reduction; 0 for n ≤ d.
    pub(super) unreachable: f64,
    frobenius: f64,
    moved: Weights,
    pub(super) growth: Vec<f64>,
    /// Residuals computed so far.
    pub(super) evaluations: usize,
}

impl Field {
    pub(super) fn new(problem: &Regression, start: Weights) -> Self {
        let (n, d) = (problem.n(), problem.d());
        let features = problem.train.features();
        let (x, y, unreachable) = if n <= d {
            (features.to_vec(), problem.train.y.clone(), 0.0)
        } else {
            let Reduced { x, y, outside } = dense::reduced(features, &problem.train.y);
            (x, y, outside / (4.0 * n as f64))
        };
        Self {
            frobenius: kernels::dot(&x, &x).sqrt(),
            x,
            y,
            samples: n as f64,
            moved: start.clone(),
            start,
            unreachable,
            growth: vec![0.0; d],
            evaluations: 0,
        }
    }

    /// Writes w±(0) ⊙ exp(∓u), and leaves exp(u) in `growth`.
    pub(super) fn weights(&mut self, u: &[f64], weights: &mut Weights) {
        kernels::exponentials(u, &mut self.growth);
        let signs = weights.w_plus.iter_mut().zip(&mut weights.w_minus);
        let starts = self.start.w_plus.iter().zip(&self.start.w_minus);
        for (((w_plus, w_minus), (plus, minus)), growth) in signs.zip(starts).zip(&self.growth) {
            *w_plus = plus / growth;
            *w_minus = minus * growth;
        }
    }

    /// Writes r/n for one u after the other; `None` where one of them is out of bounds.
    pub(super) fn rates(&mut self, u: &[f64], rates: &mut [f64]) -> Option<()> {
        if kernels::max_abs(u) > MAX_EXPONENT {
            return None;
        }
        let d = self.growth.len();
        let mut moved = std::mem::replace(&mut self.moved, Weights::start(&[], 2));
        let mut beta = vec![0.0; u.len()];
        for (u, beta) in u.chunks_exact(d).zip(beta.chunks_exact_mut(d)) {
            self.weights(u, &mut moved);
            kernels::squared_difference(&moved.w_plus, &moved.w_minus, beta);
        }
        self.moved = moved;
        let count = u.len() / d;
        dense::products(&self.x, &beta, count, rates);
        for rate in rates.chunks_exact_mut(self.y.len()) {
            for (rate, y) in rate.iter_mut().zip(&self.y) {
                *rate = (*rate - y) / self.samples;
            }
        }
        self.evaluations += count;
        Some(())
    }

    /// w₊² + w₋² where a rate was last computed.
    pub(super) fn mass(&self) -> Vec<f64> {
        let pairs = self.moved.w_plus.iter().zip(&self.moved.w_minus);
        pairs
            .map(|(plus, minus)| plus * plus + minus * minus)
            .collect()
    }

    /// Eigenvectors (as columns of a row-major matrix) and eigenvalues of the Jacobian where w₊² + w₋² is
    /// `mass`; eigenvalues do not increase.
    pub(super) fn modes(&self, mass: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let (rows, d) = (self.y.len(), mass.len());
        let mut scaled = self.x.clone();
        for row in scaled.chunks_exact_mut(d) {
            for (x, mass) in row.iter_mut().zip(mass) {
                *x *= mass.sqrt();
            }
        }
        let gram = lower_products(&scaled, rows, d);
        if (0..rows).any(|i| !gram[(i, i)].is_finite()) {
            return None;
        }
        let (basis, values) = dense::eigen(rows, |i, j| gram[(i, j)])?;
        // Rounding may leave a null mode slightly positive.
        let rates = (0..rows).map(|k| (-2.0 / self.samples * values[k]).min(0.0));
        Some((basis, rates.collect()))
    }

    /// Size of the rounding errors of the rate.
    pub(super) fn rounding(&self, mass: &[f64]) -> f64 {
        let size = self.frobenius * kernels::dot(mass, mass).sqrt();
        4.0 * f64::EPSILON * (size + kernels::dot(&self.y, &self.y).sqrt()) / self.samples
    }
}

/// The lower triangle of the inner products of the rows of a row-major matrix.
fn lower_products(x: &[f64], rows: usize, d: usize) -> Mat<f64> {
    /// Multiply-adds below which one product after the other takes no time that counts.
    const FEW: usize = 10_000_000;
    let mut products = Mat::zeros(rows, rows);
    if rows * rows * d > FEW {
        dense::gram(MatRef::from_row_major_slice(x, rows, d), &mut products);
        return products;
    }
    let row = |i: usize| &x[i * d..(i + 1) * d];
    for j in 0..rows {
        for i in j..rows {
            products[(i, j)] = kernels::dot(row(i), row(j));
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few products and many, each against a plain sum: rounding is below d ulps of the sum of d numbers of at most 1.
    #[test]
    fn products_are_those_of_the_rows() {
        for (rows, d) in [(5, 30), (101, 1000)] {
            let x: Vec<f64> = (0..rows * d).map(|at| (at as f64).sin()).collect();
            let products = lower_products(&x, rows, d);
            for i in 0..rows {
                for j in 0..=i {
                    let product: f64 = (0..d).map(|k| x[i * d + k] * x[j * d + k]).sum();
                    let error = (products[(i, j)] - product).abs();
                    assert!(error <= d as f64 * f64::EPSILON * d as f64, "{i} {j}");
                }
            }
        }
    }
}
