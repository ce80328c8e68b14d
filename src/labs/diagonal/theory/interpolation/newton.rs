//! Damped Newton for Qᵀβ(Q·dual) = c, the stationarity of a convex dual.
//!
//! Each coordinate of β increases with its own q = (Q·dual)ⱼ, so the equations are the gradient of
//! a convex function of `dual` with Hessian H = Qᵀ diag(dβ/dq) Q.
//!
//! # Accuracy
//! For small α the entries of dβ/dq span more than the 16 digits of a double and H is numerically
//! singular. That only affects directions in which β hardly moves: they may be solved badly, or
//! damped by the small multiple of the identity added to H. β itself stays accurate, because the
//! returned β *is* β(Q·dual), hence the exact answer to labels perturbed by the residual, and the
//! answer depends on the labels with the factor ‖DQ(QᵀDQ)⁻¹‖, which is bounded over all diagonal
//! D > 0 (Stewart 1989). A residual of 1e-12 therefore certifies β however small α is.

use faer::{Mat, MatRef};

use crate::model::dense::{self, Cholesky};
use crate::model::kernels;
use crate::model::watch::Watch;

/// Relative residual at which Newton stops at once.
pub(super) const GOAL: f64 = 1e-13;

/// Relative residual that is good enough once it no longer falls.
const ACCEPTED: f64 = 1e-12;

/// The largest residual that is put down to rounding.
const LARGEST_ROUNDING: f64 = 1e-9;

/// What is added to the diagonal of H, in units of its largest entry: the size of its rounding.
pub(super) const SHIFT: f64 = 1e-14;

/// How β depends on q, coordinate by coordinate.
pub(super) trait Mirror {
    /// Writes β(q) and dβ/dq ≥ 0. Outside the domain of q, β is not finite.
    fn evaluate(&self, q: &[f64], beta: &mut [f64], slope: &mut [f64]);

    /// The largest t for which the linearisation at q is still useful at q + t·dq.
    fn longest_step(&self, q: &[f64], dq: &[f64]) -> f64;
}

/// Where and how an iteration ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) steps: usize,
    /// ‖Qᵀβ − c‖/‖c‖.
    pub(super) residual: f64,
}

/// The equations and the buffers to solve them with; `beta` and `q` belong to `dual`.
pub(super) struct Newton<'a> {
    basis: &'a [f64],
    target: &'a [f64],
    /// What residuals are divided by: ‖c‖, or 1 where that is 0.
    size: f64,
    pub(super) dual: Vec<f64>,
    pub(super) q: Vec<f64>,
    pub(super) beta: Vec<f64>,
    slope: Vec<f64>,
    gradient: Vec<f64>,
    trial: Vec<f64>,
    dq: Vec<f64>,
    /// Qᵀ diag(√slope), rank × d, row-major.
    weighted: Vec<f64>,
    hessian: Mat<f64>,
    /// Whether to solve by QR of diag(√slope)·Q, which has the square root of the condition number
    /// of H and costs several times more.
    pub(super) orthogonal: bool,
    pub(super) watch: Watch,
}

impl<'a> Newton<'a> {
    /// Starts at `dual`; `basis` is rank × d, row-major, and `target` is c.
    pub(super) fn new(basis: &'a [f64], target: &'a [f64], d: usize, dual: Vec<f64>) -> Self {
        let rank = target.len();
        Self {
            basis,
            target,
            size: super::norm_or_one(target),
            dual,
            q: vec![0.0; d],
            beta: vec![0.0; d],
            slope: vec![0.0; d],
            gradient: vec![0.0; rank],
            trial: vec![0.0; rank],
            dq: vec![0.0; d],
            weighted: vec![0.0; rank * d],
            hessian: Mat::zeros(rank, rank),
            orthogonal: false,
            watch: Watch::default(),
        }
    }

    /// At a point of which nothing but dβ/dq is known, for [`Self::tangent`].
    pub(super) fn with_slope(basis: &'a [f64], target: &'a [f64], slope: Vec<f64>) -> Self {
        let start = vec![0.0; target.len()];
        let mut newton = Self::new(basis, target, slope.len(), start);
        newton.slope = slope;
        newton
    }

    /// Newton steps until the residual is at most `goal`, or acceptable and no longer falling, or
    /// `max_steps` are used up.
    pub(super) fn run(&mut self, mirror: &impl Mirror, goal: f64, max_steps: usize) -> Outcome {
        let mut residual = self.evaluate(mirror);
        let mut steps = 0;
        while residual > goal && residual.is_finite() && steps < max_steps {
            if self.watch.is_given_up() {
                break;
            }
            let gradient = std::mem::take(&mut self.gradient);
            let direction = self.solve(&gradient);
            self.gradient = gradient;
            let Some(direction) = direction else {
                break;
            };
            self.step(mirror, &direction);
            steps += 1;
            let previous = residual;
            residual = self.evaluate(mirror);
            if previous <= self.acceptable() && residual > 0.5 * previous {
                break;
            }
        }
        Outcome { steps, residual }
    }

    /// Moves the dual along `direction`, as far as convexity says that it helps.
    fn step(&mut self, mirror: &impl Mirror, direction: &[f64]) {
        let slope = kernels::dot(&self.gradient, direction);
        kernels::transposed_matrix_vector(self.basis, direction, &mut self.dq);
        let mut t = mirror.longest_step(&self.q, &self.dq).min(1.0);
        self.trial.copy_from_slice(&self.dual);
        // The slope of the objective along the line rises from negative to positive. Looking at it
        // instead of the objective costs no digits to cancellation near the solution.
        for _ in 0..40 {
            for ((dual, start), direction) in self.dual.iter_mut().zip(&self.trial).zip(direction) {
                *dual = start + t * direction;
            }
            let residual = self.evaluate(mirror);
            let ahead = kernels::dot(&self.gradient, direction);
            if residual.is_finite() && (ahead <= 0.5 * slope.abs() || residual <= self.acceptable())
            {
                return;
            }
            t *= 0.5;
        }
    }

    /// The residual that is good enough at the current point.
    pub(super) fn acceptable(&self) -> f64 {
        acceptable(&self.q, &self.beta, &self.slope, self.size)
    }

    /// Brings q, β, its slope and the gradient up to date with `dual`; returns the residual.
    pub(super) fn evaluate(&mut self, mirror: &impl Mirror) -> f64 {
        kernels::transposed_matrix_vector(self.basis, &self.dual, &mut self.q);
        mirror.evaluate(&self.q, &mut self.beta, &mut self.slope);
        kernels::matrix_vector(self.basis, &self.beta, &mut self.gradient);
        for (gradient, target) in self.gradient.iter_mut().zip(self.target) {
            *gradient -= target;
        }
        super::norm(&self.gradient) / self.size
    }

    /// −H⁻¹v at the current point, or `None` if H is zero or not finite.
    fn solve(&mut self, v: &[f64]) -> Option<Vec<f64>> {
        let (rank, d) = (self.target.len(), self.beta.len());
        for (slope, root) in self.slope.iter().zip(&mut self.dq) {
            *root = slope.sqrt();
        }
        for (weighted, row) in self
            .weighted
            .chunks_exact_mut(d)
            .zip(self.basis.chunks_exact(d))
        {
            for ((weighted, x), root) in weighted.iter_mut().zip(row).zip(&self.dq) {
                *weighted = x * root;
            }
        }
        let weighted = MatRef::from_row_major_slice(&self.weighted, rank, d);
        let right_side: Vec<f64> = v.iter().map(|v| -v).collect();
        if self.orthogonal {
            return solve_by_qr(weighted.transpose(), right_side);
        }
        dense::gram(weighted, &mut self.hessian);
        let largest = (0..rank).fold(0.0, |largest: f64, k| largest.max(self.hessian[(k, k)]));
        if largest <= 0.0 || !largest.is_finite() {
            return None;
        }
        // Rounding may leave H indefinite by more than the first shift where rank·d is large.
        for shift in [SHIFT, 1e2 * SHIFT, 1e4 * SHIFT] {
            for k in 0..rank {
                self.hessian[(k, k)] += shift * largest;
            }
            if let Some(factor) = Cholesky::of(&self.hessian) {
                return Some(factor.solve(&right_side));
            }
        }
        None
    }

    /// How the dual follows a change of β at fixed q: −H⁻¹ Qᵀ `change`, and the same in q.
    pub(super) fn tangent(&mut self, change: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut along = vec![0.0; self.target.len()];
        kernels::matrix_vector(self.basis, change, &mut along);
        let tangent = self.solve(&along)?;
        let mut dq = vec![0.0; self.beta.len()];
        kernels::transposed_matrix_vector(self.basis, &tangent, &mut dq);
        Some((tangent, dq))
    }
}

/// The residual that is good enough at a point: 1e-12, or what rounding of q and of Qᵀβ leaves where entries of very
/// different size meet.
pub(super) fn acceptable(q: &[f64], beta: &[f64], slope: &[f64], size: f64) -> f64 {
    let change = kernels::max_abs(q) * kernels::max_abs(slope) + kernels::max_abs(beta);
    let rounding = 8.0 * f64::EPSILON * change / size;
    rounding.clamp(ACCEPTED, LARGEST_ROUNDING)
}

/// (MᵀM)⁻¹v by QR of M, or `None` if M does not have full rank or is not finite.
fn solve_by_qr(m: MatRef<'_, f64>, mut v: Vec<f64>) -> Option<Vec<f64>> {
    let triangle = dense::triangle_of(m);
    dense::solve_upper(triangle.as_ref(), true, &mut v);
    dense::solve_upper(triangle.as_ref(), false, &mut v);
    kernels::max_abs(&v).is_finite().then_some(v)
}
