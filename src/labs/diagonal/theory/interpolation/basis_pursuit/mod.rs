//! The interpolator of least (weighted) ℓ₁ norm (mathematics §4), with its own proof.
//!
//! | route | where it is taken |
//! |---|---|
//! | `homotopy` | first: exact, and milliseconds where interior-point methods take seconds |
//! | `conic` | where the first gives no answer that is proven to be the only one: ties, duplicated columns, several solutions |
//!
//! Either names a support. On it, β solves Xβ = y and the dual meets its bounds, both by least
//! squares, so that no digit depends on how the support was found. What is returned carries its own
//! proof, a dual inside the bounds whose value is the norm of β up to rounding.
//!
//! The end of the entropy's path, argmin φ_α for α → 0, is the same interpolator, but its
//! supports are told apart only at α exponentially small in the distance of the next column to its
//! bound, and each of its Newton steps costs what rank/2 stretches of the homotopy cost.

mod conic;
mod gram;
mod homotopy;
mod support;

use faer::Mat;

use support::Support;

use super::{Interpolation, InterpolationError, norm};
use crate::model::dense;
use crate::model::kernels;

/// Largest duality gap, relative to the norm, that counts as a proof.
const PROVEN_GAP: f64 = 1e-9;

/// Largest relative residual of Xβ = y that is returned.
const FEASIBLE: f64 = 1e-10;

/// Below this distance to 1, |Xᵀλ|/weight may be 1: another column could enter the support.
const STRICT: f64 = 1e-7;

/// Columns of a support whose triangle falls by this factor may be dependent.
const DEPENDENT: f64 = 1e-10;

/// Coefficients below this part of the largest are rounding.
const NEGLIGIBLE: f64 = 1e-12;

/// Rounds of least squares on the support; the second removes the rounding of the first.
const POLISHING: usize = 2;

/// The interpolator of least (weighted) ℓ₁ norm, with its proof.
#[derive(Clone, Debug, PartialEq)]
pub struct LeastL1 {
    /// The interpolator, length d; exactly 0 off its support.
    pub beta: Vec<f64>,
    /// Σⱼ weightsⱼ |βⱼ|.
    pub norm: f64,
    /// λ, one entry per row of X, with |Xᵀλ| ≤ weights, and = weights·sign(β) on the support.
    pub dual: Vec<f64>,
    /// (norm − yᵀλ)/norm: by how much, relatively, any interpolator could be smaller at most. 0
    /// for β = 0.
    pub duality_gap: f64,
    /// Whether there are others of this norm.
    pub solutions: Solutions,
}

/// How many interpolators have the least norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solutions {
    /// One: the columns that are at their bounds are independent, and every solution lives on them.
    One,
    /// More than one: the columns of β's support are dependent, so that β can be moved both ways
    /// without a change of its norm.
    Several,
    /// More columns are at their bounds than are independent, but β does not use them all.
    Undecided,
}

impl Solutions {
    /// What is to be said where there may be several.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Several => {
                Some("Several interpolators have the least ℓ₁ norm: what is shown is one of them.")
            }
            Self::Undecided => {
                Some("The ℓ₁ interpolator shown has the least norm, but may not be the only one.")
            }
        }
    }
}

/// A primal and dual candidate in the orthonormal basis.
struct Candidate {
    beta: Vec<f64>,
    dual: Vec<f64>,
}

/// A candidate with what is known about it.
struct Proven {
    candidate: Candidate,
    gap: f64,
    residual: f64,
    solutions: Solutions,
}

impl Proven {
    fn is_proven(&self) -> bool {
        self.gap <= PROVEN_GAP && self.residual <= FEASIBLE
    }
}

impl Interpolation {
    /// The interpolator of smallest ‖β‖₁.
    ///
    /// Sparse ones take less time than the factorisation in [`Interpolation::new`], dense ones about
    /// n products with X; where several are as small it takes milliseconds at n = 40, d = 100 and a
    /// minute at n = 500, d = 10 000: call it once.
    ///
    /// # Errors
    /// If the linear solver stops early or its answer cannot be proven.
    pub fn least_l1(&self) -> Result<LeastL1, InterpolationError> {
        self.least_weighted_l1(&vec![1.0; self.d])
    }

    /// The interpolator of smallest Σⱼ weightsⱼ|βⱼ|, for weights > 0 (≥ 0 where the column of X is
    /// zero, and then without effect).
    ///
    /// With weights diag(XᵀX/n) it is the limit of long training with label noise (erratum E7).
    ///
    /// # Errors
    /// As [`least_l1`](Self::least_l1), and for weights of the wrong length or out of range.
    pub fn least_weighted_l1(&self, weights: &[f64]) -> Result<LeastL1, InterpolationError> {
        self.least_of_scaled(weights, |columns, scaled| {
            match self.solve_by_homotopy(scaled) {
                Some(proven) => Ok(proven),
                None => self.solve_by_interior_point(columns, scaled),
            }
        })
    }

    /// The same by the interior-point solver alone, at its price: what the other route is compared
    /// with.
    ///
    /// # Errors
    /// As [`least_weighted_l1`](Self::least_weighted_l1).
    pub fn least_weighted_l1_by_interior_point(
        &self,
        weights: &[f64],
    ) -> Result<LeastL1, InterpolationError> {
        self.least_of_scaled(weights, |columns, scaled| {
            self.solve_by_interior_point(columns, scaled)
        })
    }

    /// Checks the weights and gives `solve` the columns that are not zero and weights of at most 1.
    fn least_of_scaled(
        &self,
        weights: &[f64],
        solve: impl FnOnce(&[usize], &[f64]) -> Result<Proven, InterpolationError>,
    ) -> Result<LeastL1, InterpolationError> {
        self.check_length("weights", weights)?;
        let columns: Vec<usize> = (0..self.d).filter(|&j| !self.column_is_zero(j)).collect();
        if weights.iter().any(|w| !(0.0..f64::INFINITY).contains(w))
            || columns.iter().any(|&j| weights[j] == 0.0)
        {
            return Err(InterpolationError::BadValue {
                what: "ℓ₁ weights must be positive",
            });
        }
        let unit = columns
            .iter()
            .fold(0.0, |unit: f64, &j| unit.max(weights[j]));
        if norm(&self.coordinates) == 0.0 || unit == 0.0 {
            return Ok(LeastL1 {
                beta: vec![0.0; self.d],
                norm: 0.0,
                dual: vec![0.0; self.n],
                duality_gap: 0.0,
                solutions: Solutions::One,
            });
        }
        // A zero column has no bound to meet; any positive weight keeps it out.
        let scaled: Vec<f64> = weights
            .iter()
            .map(|w| if *w == 0.0 { 1.0 } else { w / unit })
            .collect();
        let proven = solve(&columns, &scaled)?;
        if !proven.is_proven() {
            return Err(InterpolationError::NotCertified {
                gap: proven.gap,
                residual: proven.residual,
            });
        }
        let beta: Vec<f64> = proven.candidate.beta;
        let dual: Vec<f64> = proven.candidate.dual.iter().map(|v| v * unit).collect();
        Ok(LeastL1 {
            norm: weighted_norm(&beta, weights),
            beta,
            dual: self.row_dual(&dual),
            duality_gap: proven.gap,
            solutions: proven.solutions,
        })
    }

    fn column_is_zero(&self, j: usize) -> bool {
        self.basis.iter().skip(j).step_by(self.d).all(|q| *q == 0.0)
    }

    /// The end of the lasso's path, if it is proven to be the only solution.
    fn solve_by_homotopy(&self, weights: &[f64]) -> Option<Proven> {
        let end = homotopy::follow(&self.basis, &self.coordinates, weights, &self.watch)?;
        let active = Support::new(self, &end.active);
        let signed = end.active.iter().zip(&end.signs);
        let bounds: Vec<f64> = signed.map(|(&j, sign)| weights[j] * sign).collect();
        let dual = active.least_dual(&bounds);
        let mut beta = vec![0.0; self.d];
        active.interpolate(&self.coordinates, &mut beta);
        // Coefficients that reach 0 together with λ are left with rounding of either sign.
        let negligible = NEGLIGIBLE * kernels::max_abs(&beta);
        let signed = end.active.iter().zip(&end.signs);
        let used = signed.filter(|&(&j, sign)| beta[j] * sign > negligible);
        let used: Vec<usize> = used.map(|(&j, _)| j).collect();
        if used.len() < end.active.len() {
            beta.fill(0.0);
            Support::new(self, &used).interpolate(&self.coordinates, &mut beta);
        }
        let proven = self.prove(Candidate { beta, dual }, weights);
        (proven.is_proven() && proven.solutions == Solutions::One).then_some(proven)
    }

    /// Columns of Qᵀ.
    fn columns(&self, columns: &[usize]) -> Mat<f64> {
        Mat::from_fn(self.rank(), columns.len(), |k, i| {
            self.basis[k * self.d + columns[i]]
        })
    }

    /// Shrinks the dual into its bounds and measures the gap that is left.
    fn prove(&self, mut candidate: Candidate, weights: &[f64]) -> Proven {
        let mut pull = vec![0.0; self.d];
        kernels::transposed_matrix_vector(&self.basis, &candidate.dual, &mut pull);
        let excess = pull
            .iter()
            .zip(weights)
            .fold(1.0, |excess: f64, (pull, weight)| {
                excess.max(pull.abs() / weight)
            });
        for dual in &mut candidate.dual {
            *dual /= excess;
        }
        let size = weighted_norm(&candidate.beta, weights);
        let value = kernels::dot(&candidate.dual, &self.coordinates);
        Proven {
            gap: ((size - value) / size).abs(),
            residual: self.residual(&candidate.beta),
            solutions: self.solutions(&candidate.beta, &pull, weights),
            candidate,
        }
    }

    /// How many solutions there are, by the columns that the optimal β and dual leave to them.
    fn solutions(&self, beta: &[f64], pull: &[f64], weights: &[f64]) -> Solutions {
        let on = |beta: &f64| *beta != 0.0;
        let at_bound = |j: &usize| on(&beta[*j]) || pull[*j].abs() >= (1.0 - STRICT) * weights[*j];
        let possible: Vec<usize> = (0..self.d).filter(at_bound).collect();
        if self.are_independent(&possible) {
            return Solutions::One;
        }
        let support: Vec<usize> = (0..self.d).filter(|&j| on(&beta[j])).collect();
        if support.len() < possible.len() && self.are_independent(&support) {
            return Solutions::Undecided;
        }
        Solutions::Several
    }

    fn are_independent(&self, columns: &[usize]) -> bool {
        if columns.len() > self.rank() {
            return false;
        }
        let triangle = dense::triangle_of(self.columns(columns).as_ref());
        let sizes: Vec<f64> = (0..columns.len()).map(|k| triangle[(k, k)].abs()).collect();
        let largest = kernels::max_abs(&sizes);
        sizes.iter().all(|size| *size > DEPENDENT * largest)
    }
}

fn weighted_norm(beta: &[f64], weights: &[f64]) -> f64 {
    beta.iter().zip(weights).map(|(b, w)| w * b.abs()).sum()
}
