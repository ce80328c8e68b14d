//! argmin φ_α for one common α after another, each from those before it.
//!
//! What costs in Newton's method is H = Qᵀ diag(dβ/dq) Q, rank²·d. From one α to a near one H
//! changes little, up to a factor: dβ/dq by at most the ratio of the α² in either direction. So a
//! factor of an earlier H makes conjugate gradients converge by a digit per product with Q, and a
//! polynomial through the last duals in ln α leaves few digits to find. Where that fails, the
//! solution is found as if alone.

use faer::{Mat, MatRef};

use super::flow_limit::{Exponential, FlowLimit};
use super::newton::{GOAL, SHIFT, acceptable};
use super::{Interpolation, InterpolationError};
use crate::model::dense::{self, Cholesky};
use crate::model::kernels;

/// Columns of Qᵀ that a product takes from memory at once: they stay near for its second half.
const BLOCK: usize = 64;

/// And of a product of all pairs.
const WIDE_BLOCK: usize = 512;

/// Solutions that the polynomial goes through.
const KNOWN: usize = 6;

/// The largest residual of a prediction from which the solution is searched for.
const NEAR: f64 = 0.1;

/// Newton steps per α.
const STEPS: usize = 8;

/// Products per Newton step.
const PRODUCTS: usize = 40;

/// The largest part of the residual that a Newton step may leave.
const LEFT: f64 = 1e-2;

/// Solves for one α after another.
pub(super) struct Tracker<'a> {
    interpolation: &'a Interpolation,
    /// Q by columns of X: d × rank, row-major; empty until it is needed.
    columns: Vec<f64>,
    /// c in units of the scale.
    target: Vec<f64>,
    /// ‖c‖ in these units, or 1 for 0.
    size: f64,
    /// ln α and the dual of the last solutions, the newest last.
    known: Vec<(f64, Vec<f64>)>,
    factor: Option<Cholesky>,
    /// Products since the factor was made.
    spent: usize,
    dual: Vec<f64>,
    q: Vec<f64>,
    beta: Vec<f64>,
    slope: Vec<f64>,
    /// Qᵀβ − c.
    gradient: Vec<f64>,
}

impl<'a> Tracker<'a> {
    pub(super) fn new(interpolation: &'a Interpolation) -> Self {
        let (rank, d) = (interpolation.rank(), interpolation.d());
        let target = interpolation.scaled_coordinates();
        Self {
            interpolation,
            columns: Vec::new(),
            size: super::norm_or_one(&target),
            known: Vec::new(),
            factor: None,
            spent: 0,
            dual: vec![0.0; rank],
            q: vec![0.0; d],
            beta: vec![0.0; d],
            slope: vec![0.0; d],
            gradient: vec![0.0; rank],
            target,
        }
    }

    /// argmin φ_α for this ln α.
    ///
    /// # Errors
    /// As [`Interpolation::least_entropy`].
    pub(super) fn solve(&mut self, log_alpha: f64) -> Result<Vec<f64>, InterpolationError> {
        let beta = match self.continue_to(log_alpha) {
            Some(()) => self
                .beta
                .iter()
                .map(|b| b * self.interpolation.scale)
                .collect(),
            None => self.solve_alone(log_alpha)?,
        };
        if self.known.len() == KNOWN {
            self.known.remove(0);
        }
        self.known.push((log_alpha, self.dual.clone()));
        Ok(beta)
    }

    fn solve_alone(&mut self, log_alpha: f64) -> Result<Vec<f64>, InterpolationError> {
        let warm = self.known.last().map(|(_, dual)| dual.as_slice());
        let log_alphas = vec![log_alpha; self.interpolation.d()];
        let FlowLimit { beta, dual, .. } = self.interpolation.least_entropy(&log_alphas, warm)?;
        self.dual = dual;
        self.factor = None;
        Ok(beta)
    }

    /// From the prediction by Newton's method; `None` where that does not get there.
    fn continue_to(&mut self, log_alpha: f64) -> Option<()> {
        self.predict(log_alpha)?;
        self.arrange_columns()?;
        let mirror = self.interpolation.common_mirror(log_alpha);
        let mut residual = self.evaluate(&mirror);
        if residual.is_nan() || residual > NEAR {
            return None;
        }
        for _ in 0..STEPS {
            if residual <= GOAL {
                return Some(());
            }
            self.interpolation.watch.check().ok()?;
            let step = self.step(residual)?;
            for (dual, step) in self.dual.iter_mut().zip(&step) {
                *dual += step;
            }
            let previous = std::mem::replace(&mut residual, self.evaluate(&mirror));
            let no_longer_falls = residual.is_nan() || residual > 0.5 * previous;
            if no_longer_falls {
                return (residual <= self.acceptable()).then_some(());
            }
        }
        (residual <= self.acceptable()).then_some(())
    }

    /// Makes the copy of Q, unless that is empty.
    fn arrange_columns(&mut self) -> Option<()> {
        let (rank, d) = (self.target.len(), self.beta.len());
        if rank * d == 0 {
            return None;
        }
        if self.columns.is_empty() {
            self.columns = vec![0.0; rank * d];
            for (k, row) in self.interpolation.basis.chunks_exact(d).enumerate() {
                for (column, q) in self.columns.chunks_exact_mut(rank).zip(row) {
                    column[k] = *q;
                }
            }
        }
        Some(())
    }

    /// The dual by the polynomial through the last ones.
    fn predict(&mut self, log_alpha: f64) -> Option<()> {
        self.known.last()?;
        let nodes: Vec<f64> = self.known.iter().map(|(log_alpha, _)| *log_alpha).collect();
        let weights = super::alpha_path::lagrange(&nodes, log_alpha);
        self.dual.fill(0.0);
        for (weight, (_, known)) in weights.iter().zip(&self.known) {
            for (dual, known) in self.dual.iter_mut().zip(known) {
                *dual += weight * known;
            }
        }
        Some(())
    }

    /// Brings everything up to date with the dual; returns ‖Qᵀβ − c‖/‖c‖.
    fn evaluate(&mut self, mirror: &Exponential) -> f64 {
        let rank = self.target.len();
        let mut part = vec![0.0; rank];
        for (gradient, target) in self.gradient.iter_mut().zip(&self.target) {
            *gradient = -target;
        }
        for (at, block) in self.columns.chunks(BLOCK * rank).enumerate() {
            let range = at * BLOCK..at * BLOCK + block.len() / rank;
            let [q, beta, slope] =
                [&mut self.q, &mut self.beta, &mut self.slope].map(|v| &mut v[range.clone()]);
            kernels::matrix_vector(block, &self.dual, q);
            mirror.evaluate_from(range.start, q, beta, slope);
            kernels::transposed_matrix_vector(block, beta, &mut part);
            add(&mut self.gradient, 1.0, &part);
        }
        super::norm(&self.gradient) / self.size
    }

    /// The residual that rounding leaves, as in Newton's method for a single α.
    fn acceptable(&self) -> f64 {
        acceptable(&self.q, &self.beta, &self.slope, self.size)
    }

    /// −H⁻¹ gradient, to the accuracy that is of use at this residual.
    fn step(&mut self, residual: f64) -> Option<Vec<f64>> {
        let goal = (0.3 * GOAL / residual).max(residual.min(LEFT)) * super::norm(&self.gradient);
        let is_fresh = self.factor.is_none() || self.spent >= self.worth();
        if is_fresh {
            self.factorise()?;
        }
        let found = self.conjugate_gradients(goal);
        if found.is_some() || is_fresh {
            return found;
        }
        self.factorise()?;
        self.conjugate_gradients(goal)
    }

    /// Products that cost about as much as a factor, which does rank/4 times their multiply-adds
    /// but has them in the cache.
    fn worth(&self) -> usize {
        (self.target.len() / 6).max(6)
    }

    /// Cholesky of H.
    fn factorise(&mut self) -> Option<()> {
        let rank = self.target.len();
        let mut hessian = Mat::<f64>::zeros(rank, rank);
        let mut weighted = Vec::with_capacity(WIDE_BLOCK * rank);
        let blocks = self.columns.chunks(WIDE_BLOCK * rank);
        for (block, slopes) in blocks.zip(self.slope.chunks(WIDE_BLOCK)) {
            weighted.clear();
            for (column, slope) in block.chunks_exact(rank).zip(slopes) {
                let root = slope.sqrt();
                weighted.extend(column.iter().map(|q| q * root));
            }
            let block = MatRef::from_row_major_slice(&weighted, slopes.len(), rank);
            dense::add_gram(block.transpose(), &mut hessian);
        }
        let largest = (0..rank).fold(0.0, |largest: f64, k| largest.max(hessian[(k, k)]));
        for k in 0..rank {
            hessian[(k, k)] += SHIFT * largest;
        }
        self.factor = Some(Cholesky::of(&hessian)?);
        self.spent = 0;
        Some(())
    }

    /// −H⁻¹ gradient up to a rest of this norm, by conjugate gradients preconditioned with the
    /// factor.
    fn conjugate_gradients(&mut self, goal: f64) -> Option<Vec<f64>> {
        let rank = self.target.len();
        let mut found = vec![0.0; rank];
        let mut rest: Vec<f64> = self.gradient.iter().map(|g| -g).collect();
        let mut image = vec![0.0; rank];
        let mut direction = self.precondition(&rest)?;
        let mut energy = kernels::dot(&rest, &direction);
        for _ in 0..PRODUCTS {
            self.interpolation.watch.check().ok()?;
            self.hessian_times(&direction, &mut image);
            let length = energy / kernels::dot(&direction, &image);
            if !length.is_finite() {
                return None;
            }
            add(&mut found, length, &direction);
            add(&mut rest, -length, &image);
            if super::norm(&rest) <= goal {
                return Some(found);
            }
            let next = self.precondition(&rest)?;
            let previous = std::mem::replace(&mut energy, kernels::dot(&rest, &next));
            for (direction, next) in direction.iter_mut().zip(&next) {
                *direction = next + energy / previous * *direction;
            }
        }
        None
    }

    fn precondition(&self, v: &[f64]) -> Option<Vec<f64>> {
        Some(self.factor.as_ref()?.solve(v))
    }

    /// H v.
    fn hessian_times(&mut self, v: &[f64], image: &mut [f64]) {
        let rank = v.len();
        let (mut along, mut part) = ([0.0; BLOCK], vec![0.0; rank]);
        image.fill(0.0);
        let blocks = self.columns.chunks(BLOCK * rank);
        for (block, slopes) in blocks.zip(self.slope.chunks(BLOCK)) {
            let along = &mut along[..slopes.len()];
            kernels::matrix_vector(block, v, along);
            for (along, slope) in along.iter_mut().zip(slopes) {
                *along *= slope;
            }
            kernels::transposed_matrix_vector(block, along, &mut part);
            add(image, 1.0, &part);
        }
        self.spent += 1;
    }
}

/// a ← a + c·b.
fn add(a: &mut [f64], c: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += c * b;
    }
}
