//! The interior-point route: the linear program by a conic solver.
//!
//! Its answer is in the middle of the solutions where there are several, and needs neither a path
//! without ties nor independent columns. It is polished by pseudoinverses on its support.
//!
//! With many columns, only those whose dual is near its bound are given to the solver, judged by
//! the dual of a smooth interpolator at small α. Columns whose bound the result violates are added
//! until there are none, so that the proof covers every column.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver as _, NonnegativeConeT, SolverStatus,
};
use faer::Mat;

use super::{Candidate, POLISHING, Proven, Solutions};
use crate::labs::diagonal::theory::interpolation::{Interpolation, InterpolationError};
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;

/// Up to this many columns, or four times the rank, all are given to the solver at once.
const ALL_COLUMNS: usize = 600;

/// Rounds of adding violated columns.
const MAX_ROUNDS: usize = 30;

impl Interpolation {
    /// The least norm by the conic solver, polished, with what is known about it.
    pub(super) fn solve_by_interior_point(
        &self,
        columns: &[usize],
        weights: &[f64],
    ) -> Result<Proven, InterpolationError> {
        let solved = self.generate_columns(columns, weights)?;
        let polished = match self.polish(&solved, weights) {
            Some(polished) if polished.is_proven() => return Ok(polished),
            polished => polished,
        };
        let mut plain = self.prove(solved, weights);
        // Its coefficients are small where they should be 0, and say nothing about others.
        plain.solutions = Solutions::Undecided;
        Ok(match polished {
            Some(polished) if polished.gap <= plain.gap => polished,
            _ => plain,
        })
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
            .map(|w| 0.5 * self.scale.logarithm() - LOG_SMALL * w / mean)
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
        let watch = self.watch.clone();
        solver.set_termination_callback(move |_| watch.is_given_up());
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
    fn polish(&self, solved: &Candidate, weights: &[f64]) -> Option<Proven> {
        let support = self.support(solved, weights);
        let (rank, count) = (self.rank(), support.len());
        let active = self.columns(&support);
        let factors = active.thin_svd().ok()?;
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
        Some(self.prove(candidate, weights))
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
}
