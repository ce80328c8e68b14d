//! Where training can end: the solutions of Xβ = y, and which of them each rule singles out.
//!
//! | module | which interpolator |
//! |---|---|
//! | this one | the ℓ₂-smallest, the limit for large α |
//! | [`basis_pursuit`] | the (weighted) ℓ₁-smallest, the limit for small α |
//! | [`flow_limit`] | argmin φ_α (eq. 4) and the end of gradient flow from any weights, at any depth |
//! | [`alpha_path`] | argmin φ_α as a function of α, and the α that explains a given β best |
//!
//! Everything is expressed in an orthonormal basis Q (d × rank) of the row space of X: Xβ = y is
//! Qᵀβ = c, the projection on the row space is QQᵀ, and the duals of the smooth interpolators are
//! coordinates in that basis, q = Q·dual. So neither dependent rows nor an ill-conditioned X
//! enter any of the iterations.

pub mod alpha_path;
pub mod basis_pursuit;
pub mod flow_limit;

mod newton;
mod sensitivity;
mod tracking;

pub use alpha_path::AlphaPath;
pub use basis_pursuit::{LeastL1, Solutions};
pub use flow_limit::FlowLimit;

use std::sync::Arc;

use faer::{Mat, MatRef};

use crate::model::dense;
use crate::model::kernels;
use crate::model::regression::Regression;
use crate::model::watch::Watch;

/// How far from interpolating, relative to the labels, the ℓ₂-smallest candidate may be.
const CONSISTENT: f64 = 1e-10;

/// Why an interpolator could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InterpolationError {
    /// The labels are not in the range of X.
    #[error(
        "no β fits all rows: the best one misses the labels by {distance:.1e} of their size. \
         Use fewer rows than columns, or remove rows that contradict each other"
    )]
    NoInterpolator {
        /// The smallest ‖Xβ − y‖/‖y‖, rows scaled to unit norm.
        distance: f64,
    },
    /// An argument has the wrong length.
    #[error("{what} has {found} entries where {expected} are needed: pass one per coordinate")]
    WrongLength {
        /// The argument.
        what: &'static str,
        /// The length needed.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// An argument has an entry out of range.
    #[error("{what}: remove or replace the offending entries")]
    BadValue {
        /// The requirement that was violated.
        what: &'static str,
    },
    /// Newton's method did not reach the tolerance.
    #[error(
        "Newton's method stopped after {steps} steps at a relative residual of {residual:.1e}: \
         the weights may not be able to reach an interpolator, or α may be too extreme; \
         move α towards 1"
    )]
    NotConverged {
        /// Newton steps taken.
        steps: usize,
        /// ‖Xβ − y‖/‖y‖ in the orthonormal basis.
        residual: f64,
    },
    /// The end of training of a deep network depends on digits that its weights do not have.
    #[error(
        "where training ends is not resolvable at this depth: rounding of the weights alone may \
         move it by {error:.1e} of its size. Use larger initial weights or a smaller depth"
    )]
    Unresolvable {
        /// Change of β, relative to the largest |β| of the ℓ₂-smallest interpolator.
        error: f64,
    },
    /// The linear program was solved, but not to a duality gap that proves it.
    #[error(
        "the ℓ₁ solution is not proven: its duality gap is {gap:.1e} and its residual \
         {residual:.1e}. Rescale columns of very different sizes"
    )]
    NotCertified {
        /// Relative duality gap.
        gap: f64,
        /// ‖Xβ − y‖/‖y‖ in the orthonormal basis.
        residual: f64,
    },
    /// The linear solver gave up.
    #[error("the ℓ₁ solver stopped early ({status}). Rescale columns of very different sizes")]
    SolverStopped {
        /// What the solver said.
        status: String,
    },
}

/// The interpolators of one data set; made once per data set, then shared between threads.
///
/// ```
/// use implicit_bias_lab::labs::diagonal::theory::interpolation::Interpolation;
/// use implicit_bias_lab::model::data::sparse::{BetaLaw, SparseGaussian};
///
/// let problem = SparseGaussian { n: 40, d: 100, sparsity: 5, beta_law: BetaLaw::Signs, seed: 1 }.generate()?;
/// let interpolation = Interpolation::new(&problem)?;
/// // With this many rows the ℓ₁-smallest interpolator is β*, and the ℓ₂-smallest one is far from it.
/// assert!(problem.validation_loss(&interpolation.least_l1()?.beta) < 1e-16);
/// assert!(problem.validation_loss(interpolation.least_l2()) > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Interpolation {
    /// Number of rows of X.
    n: usize,
    /// Number of coefficients.
    d: usize,
    /// Qᵀ, rank × d, row-major: an orthonormal basis of the row space of X. Copies share it.
    basis: Arc<[f64]>,
    /// c = Qᵀβ of every interpolator β, length rank.
    coordinates: Vec<f64>,
    least_l2: Vec<f64>,
    /// max |least_l2|, or 1 where that vanishes: the unit in which β is solved for.
    scale: f64,
    rows: Arc<IndependentRows>,
    watch: Watch,
}

/// The rows of X that the basis was made from: diag(norms)⁻¹ X\[indices\] = Tᵀ Qᵀ.
#[derive(Clone, Debug)]
struct IndependentRows {
    indices: Vec<usize>,
    norms: Vec<f64>,
    /// T, upper triangular, rank × rank.
    triangle: Mat<f64>,
}

impl Interpolation {
    /// Factorises X and finds the ℓ₂-smallest interpolator; about 6n²d multiply-adds.
    ///
    /// X may have any shape and rank, as long as some β satisfies Xβ = y up to rounding.
    ///
    /// # Errors
    /// [`InterpolationError::NoInterpolator`] if y is not in the range of X,
    /// [`InterpolationError::BadValue`] if the data are not finite.
    pub fn new(problem: &Regression) -> Result<Self, InterpolationError> {
        let (n, d) = (problem.n(), problem.d());
        let x = problem.train.features();
        let y = &problem.train.y;
        if !kernels::max_abs(x).is_finite() || !kernels::max_abs(y).is_finite() {
            return Err(InterpolationError::BadValue {
                what: "features and labels must be finite",
            });
        }
        // Rows of unit norm: whether rows depend on each other does not depend on their units.
        let norms: Vec<f64> = x.chunks_exact(d).map(norm_or_one).collect();
        let unit_rows = Mat::from_fn(d, n, |j, i| x[i * d + j] / norms[i]);
        let labels: Vec<f64> = y.iter().zip(&norms).map(|(y, norm)| y / norm).collect();

        let (basis, rows) = independent_rows(unit_rows.as_ref(), &norms);
        let rank = rows.indices.len();
        let mut solution = Self {
            n,
            d,
            basis: basis.into(),
            coordinates: vec![0.0; rank],
            least_l2: vec![0.0; d],
            scale: 1.0,
            rows: rows.into(),
            watch: Watch::default(),
        };
        let residual = solution.fit(unit_rows.as_ref(), &labels);
        let label_norm = norm(&labels);
        // An ill-conditioned X fits its labels to rounding of ‖X‖‖β‖ only.
        let rounding = 1e-13 * (n as f64).sqrt() * norm(&solution.least_l2);
        if residual > CONSISTENT * label_norm + rounding {
            let distance = residual / label_norm;
            return Err(InterpolationError::NoInterpolator { distance });
        }
        let largest = kernels::max_abs(&solution.least_l2);
        if largest > 0.0 {
            solution.scale = largest;
        }
        Ok(solution)
    }

    /// The same for somebody who may give it up meanwhile: what is searched for is then not found.
    /// A copy costs little.
    #[must_use]
    pub fn watched(self, watch: &Watch) -> Self {
        Self {
            watch: watch.clone(),
            ..self
        }
    }

    /// Solves Tᵀc = labels with one step of iterative refinement, and returns the residual.
    fn fit(&mut self, unit_rows: MatRef<'_, f64>, labels: &[f64]) -> f64 {
        let mut residual = labels.to_vec();
        for _ in 0..2 {
            let indices = self.rows.indices.iter();
            let mut step: Vec<f64> = indices.map(|i| residual[*i]).collect();
            dense::solve_upper(self.rows.triangle.as_ref(), true, &mut step);
            for (c, step) in self.coordinates.iter_mut().zip(&step) {
                *c += step;
            }
            kernels::transposed_matrix_vector(&self.basis, &self.coordinates, &mut self.least_l2);
            let fitted = dense::transposed_product(unit_rows, &self.least_l2);
            let pairs = labels.iter().zip(&fitted);
            residual = pairs.map(|(label, fitted)| label - fitted).collect();
        }
        norm(&residual)
    }

    /// The rank of X.
    pub fn rank(&self) -> usize {
        self.rows.indices.len()
    }

    /// The number of coefficients d.
    pub fn d(&self) -> usize {
        self.d
    }

    /// The interpolator of smallest ‖β‖₂, length d.
    pub fn least_l2(&self) -> &[f64] {
        &self.least_l2
    }

    /// ‖(I−P)z‖/‖z‖ with P the projection on the row space of X; 0 for z = 0.
    ///
    /// For z = asinh(β/2α²) and an interpolator β it is the KKT residual of min φ_α.
    pub fn off_row_space(&self, z: &[f64]) -> f64 {
        let size = norm(z);
        if size == 0.0 {
            return 0.0;
        }
        norm(&self.reject(z)) / size
    }

    /// (I−P)z: z minus its projection on the row space of X, length d.
    pub fn reject(&self, z: &[f64]) -> Vec<f64> {
        let mut rest = z.to_vec();
        let mut along = vec![0.0; self.rank()];
        let mut projection = vec![0.0; self.d];
        // The second pass removes what rounding of the first left along the row space.
        for _ in 0..2 {
            kernels::matrix_vector(&self.basis, &rest, &mut along);
            kernels::transposed_matrix_vector(&self.basis, &along, &mut projection);
            for (rest, projection) in rest.iter_mut().zip(&projection) {
                *rest -= projection;
            }
        }
        rest
    }

    /// λ with Xᵀλ = Q·dual, one entry per row of X and 0 for rows that depend on the others.
    ///
    /// For [`FlowLimit::dual`] at depth 2, λ is the dual of mathematics §4: 4Xᵀλ = ln(w₊/w₋) − its
    /// value at the start.
    pub fn row_dual(&self, dual: &[f64]) -> Vec<f64> {
        let mut solved = dual.to_vec();
        dense::solve_upper(self.rows.triangle.as_ref(), false, &mut solved);
        let mut by_row = vec![0.0; self.n];
        for (k, &row) in self.rows.indices.iter().enumerate() {
            by_row[row] = solved[k] / self.rows.norms[k];
        }
        by_row
    }

    /// ‖Qᵀβ − c‖/‖c‖, how far β is from interpolating; absolute where c = 0.
    fn residual(&self, beta: &[f64]) -> f64 {
        let mut along = vec![0.0; self.rank()];
        kernels::matrix_vector(&self.basis, beta, &mut along);
        let size = norm(&self.coordinates);
        let distance = kernels::distance_squared(&along, &self.coordinates).sqrt();
        if size == 0.0 {
            distance
        } else {
            distance / size
        }
    }

    /// `Err` unless `v` has one entry per coordinate.
    fn check_length(&self, what: &'static str, v: &[f64]) -> Result<(), InterpolationError> {
        if v.len() == self.d {
            return Ok(());
        }
        Err(InterpolationError::WrongLength {
            what,
            expected: self.d,
            found: v.len(),
        })
    }
}

/// ‖v‖₂.
fn norm(v: &[f64]) -> f64 {
    let largest = kernels::max_abs(v);
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    // Squares of numbers below 1e-154 underflow.
    if largest > 1e-140 && largest < 1e140 {
        return kernels::dot(v, v).sqrt();
    }
    let scaled: Vec<f64> = v.iter().map(|v| v / largest).collect();
    largest * kernels::dot(&scaled, &scaled).sqrt()
}

fn norm_or_one(row: &[f64]) -> f64 {
    let norm = norm(row);
    if norm == 0.0 { 1.0 } else { norm }
}

/// An orthonormal basis (row-major Qᵀ) of the span of the columns of `columns` (d × n).
fn independent_rows(columns: MatRef<'_, f64>, norms: &[f64]) -> (Vec<f64>, IndependentRows) {
    let pivoted = dense::pivoted(columns);
    let rows = IndependentRows {
        norms: pivoted.order.iter().map(|&i| norms[i]).collect(),
        indices: pivoted.order,
        triangle: pivoted.triangle,
    };
    (pivoted.basis.concat(), rows)
}
