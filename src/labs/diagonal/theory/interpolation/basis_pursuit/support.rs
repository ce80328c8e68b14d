//! Least squares on independent columns of Qᵀ, by one QR factorisation.

use faer::Mat;

use super::POLISHING;
use crate::labs::diagonal::theory::interpolation::Interpolation;
use crate::model::dense;

pub(super) struct Support<'a> {
    columns: &'a [usize],
    /// The columns, rank × their number.
    active: Mat<f64>,
    /// Orthonormal, and the triangle R: active = along · R.
    along: Mat<f64>,
    triangle: Mat<f64>,
}

impl<'a> Support<'a> {
    pub(super) fn new(interpolation: &Interpolation, columns: &'a [usize]) -> Self {
        let active = interpolation.columns(columns);
        let (along, triangle) = dense::orthogonal(active.as_ref());
        Self {
            columns,
            active,
            along,
            triangle,
        }
    }

    /// Writes the coefficients of the columns with which they come closest to `coordinates`.
    pub(super) fn interpolate(&self, coordinates: &[f64], beta: &mut [f64]) {
        let mut found = vec![0.0; self.columns.len()];
        for _ in 0..POLISHING {
            let fitted = dense::product(self.active.as_ref(), &found);
            let missing = difference(coordinates, &fitted);
            let mut step = dense::transposed_product(self.along.as_ref(), &missing);
            dense::solve_upper(self.triangle.as_ref(), false, &mut step);
            add(&mut found, &step);
        }
        for (&j, found) in self.columns.iter().zip(&found) {
            beta[j] = *found;
        }
    }

    /// The smallest ν whose products with the columns are `bounds`.
    pub(super) fn least_dual(&self, bounds: &[f64]) -> Vec<f64> {
        let mut dual = vec![0.0; self.active.nrows()];
        for _ in 0..POLISHING {
            let products = dense::transposed_product(self.active.as_ref(), &dual);
            let mut step = difference(bounds, &products);
            dense::solve_upper(self.triangle.as_ref(), true, &mut step);
            add(&mut dual, &dense::product(self.along.as_ref(), &step));
        }
        dual
    }
}

/// a − b.
fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// a ← a + b.
fn add(a: &mut [f64], b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
}
