//! The solution on one interval: every mode's scalar equation, solved exactly for a polynomial right-hand side.

use std::f64::consts::PI;

use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;

/// Nodes at which N is interpolated.
pub(super) const NODES: usize = 6;
/// Coefficients of q(θ) = q₀ + N(θ): powers 0 … 7.
pub(super) const POWERS: usize = NODES + 2;
/// Power series of a solution for |z| ≤ [`STIFF`]: 4³³/33! is below 1e-17.
const TERMS: usize = 34;
/// |z| above which the closed form e^{zθ} loses less to cancellation than the power series.
const STIFF: f64 = 4.0;

/// Node i = 1 … 6: sin²(πi/12), crowded at both ends, the right one included.
pub(super) fn node(i: usize) -> f64 {
    (PI * (i + 1) as f64 / (2 * NODES) as f64).sine().powi(2)
}

/// Coefficients of θ², …, θ⁷ (first index) in the polynomials that are 1 at one node (second index)
/// and 0 at the others and, doubly, at 0.
pub(super) fn interpolation() -> [[f64; NODES]; NODES] {
    let mut table = [[0.0; NODES]; NODES];
    for at in 0..NODES {
        let mut product = [0.0; NODES];
        product[0] = 1.0 / node(at).powi(2);
        for other in (0..NODES).filter(|other| *other != at) {
            let gap = node(at) - node(other);
            for power in (0..NODES).rev() {
                let below = power.checked_sub(1).map_or(0.0, |below| product[below]);
                product[power] = (below - node(other) * product[power]) / gap;
            }
        }
        for (row, coefficient) in table.iter_mut().zip(product) {
            row[at] = coefficient;
        }
    }
    table
}
/// Solutions of y' = zy + q(θ), y(0) = 0, for every mode: a·e^{zθ} + Σ pₖθᵏ.
pub(super) struct Solution {
    /// Length of the interval; θ = 1 is its end.
    pub(super) length: f64,
    /// z: the Jacobian's eigenvalues times the length.
    pub(super) exponents: Vec<f64>,
    amplitudes: Vec<f64>,
    /// pₖ for every mode, by power.
    terms: Vec<Vec<f64>>,
}

impl Solution {
    pub(super) fn new(length: f64, spectrum: &[f64]) -> Self {
        Self {
            length,
            exponents: spectrum.iter().map(|rate| length * rate).collect(),
            amplitudes: vec![0.0; spectrum.len()],
            terms: vec![vec![0.0; spectrum.len()]; TERMS],
        }
    }

    /// Solves for the right-hand sides `q`, given by power.
    pub(super) fn solve(&mut self, q: &[Vec<f64>; POWERS]) {
        for (mode, &z) in self.exponents.iter().enumerate() {
            if z < -STIFF {
                let mut above = 0.0;
                for power in (0..POWERS).rev() {
                    above = ((power + 1) as f64 * above - q[power][mode]) / z;
                    self.terms[power][mode] = above;
                }
                self.amplitudes[mode] = -above;
            } else {
                let mut term = 0.0;
                for power in 1..TERMS {
                    let source = q.get(power - 1).map_or(0.0, |q| q[mode]);
                    term = (z * term + source) / power as f64;
                    self.terms[power][mode] = term;
                }
            }
        }
    }

    /// Drops the powers that no digit depends on.
    pub(super) fn trim(&mut self) {
        let sizes: Vec<f64> = self
            .terms
            .iter()
            .map(|term| kernels::max_abs(term))
            .collect();
        let largest = kernels::max_abs(&sizes);
        let used = sizes
            .iter()
            .rposition(|size| *size > 1e-18 * largest)
            .map_or(1, |last| last + 1);
        self.terms.truncate(used);
    }

    /// y(θ) of every mode.
    pub(super) fn at(&self, theta: f64, y: &mut [f64]) {
        kernels::polynomials(&self.terms, theta, y);
        for ((y, a), z) in y.iter_mut().zip(&self.amplitudes).zip(&self.exponents) {
            if *a != 0.0 {
                *y += a * kernels::exp((z * theta).max(-700.0));
            }
        }
    }
}
