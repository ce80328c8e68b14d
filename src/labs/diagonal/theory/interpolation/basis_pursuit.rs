//! The interpolator of least (weighted) ℓ₁ norm, by linear programming (mathematics §4).
//!
//! An interior-point method solves the dual, max cᵀν subject to |Qν| ≤ weights, whose multipliers
//! are β. Its answer is then polished: on the support, β solves Xβ = y and ν meets its bounds, both
//! by least squares. What is returned carries its own proof, a dual inside the bounds whose value
//! is the norm of β up to rounding.
//!
//! With many columns, only those whose dual is near its bound are given to the solver, judged by
//! the dual of a smooth interpolator at small α. Columns whose bound the result violates are added
//! until there are none, so that the proof covers every column.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver as _, NonnegativeConeT, SolverStatus,
};
use faer::Mat;

use super::{Interpolation, InterpolationError, norm};
use crate::model::kernels;

/// Largest duality gap, relative to the norm, that counts as a proof.
const PROVEN_GAP: f64 = 1e-9;

/// Largest relative residual of Xβ = y that is returned.
const FEASIBLE: f64 = 1e-10;

/// Below this distance to 1, |Xᵀλ|/weight may be 1: another column could enter the support.
const STRICT: f64 = 1e-7;

/// Up to this many columns, or four times the rank, all are given to the solver at once.
const ALL_COLUMNS: usize = 600;

/// Rounds of least squares on the support; the second removes the rounding of the first.
const POLISHING: usize = 2;

/// Rounds of adding violated columns.
const MAX_ROUNDS: usize = 30;

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
    /// Whether β is the only interpolator of this norm: the columns of its support are independent
    /// and all the others are strictly inside their bounds.
    pub unique_support: bool,
}

/// A primal and dual candidate in the orthonormal basis.
struct Candidate {
    beta: Vec<f64>,
    dual: Vec<f64>,
}

impl Interpolation {
    /// The interpolator of smallest ‖β‖₁. Takes milliseconds at n = 40, d = 100 and a minute at
    /// n = 500, d = 10 000: call it once.
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
                unique_support: true,
            });
        }
        // A zero column has no bound to meet; any positive weight keeps it out.
        let scaled: Vec<f64> = weights
            .iter()
            .map(|w| if *w == 0.0 { 1.0 } else { w / unit })
            .collect();
        let solved = self.generate_columns(&columns, &scaled)?;
        let mut proven = self.polish(&solved, &scaled);
        if !proven.is_proven() {
            let plain = self.prove(solved, &scaled, false);
            if plain.gap < proven.gap {
                proven = plain;
            }
        }
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
            unique_support: proven.unique,
        })
    }

    fn column_is_zero(&self, j: usize) -> bool {
        self.basis.iter().skip(j).step_by(self.d).all(|q| *q == 0.0)
    }

    /// Solves the linear program over all columns by way of those that matter.
    fn generate_columns(
        &self,
        columns: &[usize],
        weights: &[f64],
    ) -> Result<Candidate, InterpolationError> {
        let few = ALL_COLUMNS.max(4 * self.rank());
        let mut chosen = vec![false; self.d];
        if columns.len() <= few {
            for &j in columns {
                chosen[j] = true;
            }
        } else {
            for j in self.nearly_active(columns, weights)?.into_iter().take(few) {
                chosen[j] = true;
            }
        }
        let mut pull = vec![0.0; self.d];
        for _ in 0..MAX_ROUNDS {
            let selected: Vec<usize> = (0..self.d).filter(|&j| chosen[j]).collect();
            let candidate = self.solve_on(&selected, weights)?;
            kernels::transposed_matrix_vector(&self.basis, &candidate.dual, &mut pull);
            let mut violated: Vec<usize> = columns
                .iter()
                .copied()
                .filter(|&j| !chosen[j] && pull[j].abs() > weights[j])
                .collect();
            if violated.is_empty() {
                return Ok(candidate);
            }
            violated.sort_by(|&a, &b| {
                (pull[b].abs() / weights[b]).total_cmp(&(pull[a].abs() / weights[a]))
            });
            for j in violated.into_iter().take(self.rank().max(10)) {
                chosen[j] = true;
            }
        }
        Err(InterpolationError::SolverStopped {
            status: "too many columns matter".to_owned(),
        })
    }

    /// The columns in the order in which a smooth interpolator close to ℓ₁ would use them.
    ///
    /// With α_j = scale·e^{−L·weight} the potential is L·Σ weight|β| to leading order, so that
    /// 4q/(2L·weight) is nearly a dual of the linear program.
    fn nearly_active(
        &self,
        columns: &[usize],
        weights: &[f64],
    ) -> Result<Vec<usize>, InterpolationError> {
        const LOG_SMALL: f64 = 7.0;
        let mean = columns.iter().map(|&j| weights[j]).sum::<f64>() / columns.len() as f64;
        let log_alpha: Vec<f64> = weights
            .iter()
            .map(|w| 0.5 * self.scale.ln() - LOG_SMALL * w / mean)
            .collect();
        let limit = self.least_entropy(&log_alpha, None)?;
        let mut pull = vec![0.0; self.d];
        kernels::transposed_matrix_vector(&self.basis, &limit.dual, &mut pull);
        let mut order = columns.to_vec();
        order.sort_by(|&a, &b| {
            (pull[b].abs() / weights[b]).total_cmp(&(pull[a].abs() / weights[a]))
        });
        Ok(order)
    }

    /// min −cᵀν subject to Qν ≤ weights and −Qν ≤ weights, over the rows of Q in `selected`; the
    /// multipliers of the two are the positive and negative part of β.
    fn solve_on(
        &self,
        selected: &[usize],
        weights: &[f64],
    ) -> Result<Candidate, InterpolationError> {
        let (rank, count) = (self.rank(), selected.len());
        let objective: Vec<f64> = self.coordinates.iter().map(|c| -c / self.scale).collect();
        let mut values = Vec::with_capacity(2 * rank * count);
        for row in self.basis.chunks_exact(self.d) {
            values.extend(selected.iter().map(|&j| row[j]));
            values.extend(selected.iter().map(|&j| -row[j]));
        }
        let constraints = CscMatrix::new(
            2 * count,
            rank,
            (0..=rank).map(|k| 2 * count * k).collect(),
            (0..rank).flat_map(|_| 0..2 * count).collect(),
            values,
        );
        let bounds: Vec<f64> = selected
            .iter()
            .chain(selected)
            .map(|&j| weights[j])
            .collect();
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-11,
            tol_gap_rel: 1e-11,
            tol_feas: 1e-11,
            ..DefaultSettings::default()
        };
        let stopped = |status: String| InterpolationError::SolverStopped { status };
        let mut solver = DefaultSolver::new(
            &CscMatrix::zeros((rank, rank)),
            &objective,
            &constraints,
            &bounds,
            &[NonnegativeConeT(2 * count)],
            settings,
        )
        .map_err(|error| stopped(error.to_string()))?;
        solver.solve();
        let solution = &solver.solution;
        // The proof that follows is stricter than any status.
        if !matches!(
            solution.status,
            SolverStatus::Solved | SolverStatus::AlmostSolved | SolverStatus::InsufficientProgress
        ) {
            return Err(stopped(solution.status.to_string()));
        }
        let mut beta = vec![0.0; self.d];
        for (k, &j) in selected.iter().enumerate() {
            beta[j] = self.scale * (solution.z[k] - solution.z[count + k]);
        }
        Ok(Candidate {
            beta,
            dual: solution.x.clone(),
        })
    }

    /// Least squares on the support for both β and ν.
    ///
    /// Both are corrections of the solver's answer by a pseudoinverse, so that they also make sense
    /// where several solutions exist and the solver has found one in their middle, whose support
    /// has dependent columns.
    fn polish(&self, solved: &Candidate, weights: &[f64]) -> Proven {
        let support = self.support(solved, weights);
        let (rank, count) = (self.rank(), support.len());
        let active = Mat::from_fn(rank, count, |k, i| self.basis[k * self.d + support[i]]);
        let Ok(factors) = active.thin_svd() else {
            return self.prove(
                Candidate {
                    beta: solved.beta.clone(),
                    dual: solved.dual.clone(),
                },
                weights,
                false,
            );
        };
        let values = factors.S().column_vector();
        let largest = if values.nrows() == 0 { 0.0 } else { values[0] };
        let independent = (0..values.nrows())
            .take_while(|&k| values[k] > 1e-12 * largest)
            .count();
        let left = factors.U().subcols(0, independent);
        let right = factors.V().subcols(0, independent);
        let inverse = Mat::from_fn(independent, independent, |i, k| {
            if i == k { values[i].recip() } else { 0.0 }
        });

        let mut beta = Mat::from_fn(count, 1, |i, _| solved.beta[support[i]]);
        let mut dual = Mat::from_fn(rank, 1, |k, _| solved.dual[k]);
        let labels = Mat::from_fn(rank, 1, |k, _| self.coordinates[k]);
        let bounds = Mat::from_fn(count, 1, |i, _| {
            weights[support[i]].copysign(solved.beta[support[i]])
        });
        for _ in 0..POLISHING {
            let missing = &labels - &active * &beta;
            beta += right * (&inverse * (left.transpose() * missing));
            let missing = &bounds - active.transpose() * &dual;
            dual += left * (&inverse * (right.transpose() * missing));
        }

        let mut candidate = Candidate {
            beta: vec![0.0; self.d],
            dual: (0..rank).map(|k| dual[(k, 0)]).collect(),
        };
        for (i, &j) in support.iter().enumerate() {
            candidate.beta[j] = beta[(i, 0)];
        }
        self.prove(candidate, weights, independent == count)
    }

    /// Where β is further from 0 than its multiplier from its bound (strict complementarity).
    fn support(&self, solved: &Candidate, weights: &[f64]) -> Vec<usize> {
        let mut pull = vec![0.0; self.d];
        kernels::transposed_matrix_vector(&self.basis, &solved.dual, &mut pull);
        let largest = kernels::max_abs(&solved.beta);
        (0..self.d)
            .filter(|&j| solved.beta[j].abs() / largest > 1.0 - pull[j].abs() / weights[j])
            .filter(|&j| solved.beta[j] != 0.0)
            .collect()
    }

    /// Shrinks the dual into its bounds and measures the gap that is left.
    fn prove(&self, mut candidate: Candidate, weights: &[f64], independent: bool) -> Proven {
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
        let strict = pull
            .iter()
            .zip(&candidate.beta)
            .zip(weights)
            .all(|((pull, beta), weight)| *beta != 0.0 || pull.abs() < (1.0 - STRICT) * weight);
        Proven {
            gap: ((size - value) / size).abs(),
            residual: self.residual(&candidate.beta),
            unique: independent && strict,
            candidate,
        }
    }
}

/// A candidate with what is known about it.
struct Proven {
    candidate: Candidate,
    gap: f64,
    residual: f64,
    unique: bool,
}

impl Proven {
    fn is_proven(&self) -> bool {
        self.gap <= PROVEN_GAP && self.residual <= FEASIBLE
    }
}

fn weighted_norm(beta: &[f64], weights: &[f64]) -> f64 {
    beta.iter().zip(weights).map(|(b, w)| w * b.abs()).sum()
}
