//! Least squares on independent columns of Qᵀ, by one QR factorisation.

use faer::linalg::triangular_solve;
use faer::{Mat, Par};

use super::POLISHING;
use crate::labs::diagonal::theory::interpolation::Interpolation;

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
        let factors = active.qr();
        Self {
            columns,
            along: factors.compute_thin_Q(),
            triangle: factors.thin_R().to_owned(),
            active,
        }
    }

    /// Writes the coefficients of the columns with which they come closest to `coordinates`.
    pub(super) fn interpolate(&self, coordinates: &[f64], beta: &mut [f64]) {
        let labels = Mat::from_fn(coordinates.len(), 1, |k, _| coordinates[k]);
        let mut found = Mat::<f64>::zeros(self.columns.len(), 1);
        for _ in 0..POLISHING {
            let mut step = self.along.transpose() * (&labels - &self.active * &found);
            let triangle = self.triangle.as_ref();
            triangular_solve::solve_upper_triangular_in_place(triangle, step.as_mut(), Par::Seq);
            found += step;
        }
        for (i, &j) in self.columns.iter().enumerate() {
            beta[j] = found[(i, 0)];
        }
    }

    /// The smallest ν whose products with the columns are `bounds`.
    pub(super) fn least_dual(&self, bounds: &[f64]) -> Vec<f64> {
        let bounds = Mat::from_fn(bounds.len(), 1, |i, _| bounds[i]);
        let mut dual = Mat::<f64>::zeros(self.active.nrows(), 1);
        for _ in 0..POLISHING {
            let mut step = &bounds - self.active.transpose() * &dual;
            let triangle = self.triangle.transpose();
            triangular_solve::solve_lower_triangular_in_place(triangle, step.as_mut(), Par::Seq);
            dual += &self.along * step;
        }
        (0..dual.nrows()).map(|k| dual[(k, 0)]).collect()
    }
}
