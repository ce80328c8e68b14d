//! The integrator of gradient flow, an exponential collocation method of order 18.
//!
//! The Jacobian −(2/n) X diag(w₊² + w₋²) Xᵀ is symmetric and ≤ 0. One eigendecomposition per interval
//! turns the flow into scalar equations y' = zy + q₀ + N(θ), θ ∈ [0, 1], where only N, which vanishes to
//! second order at θ = 0, couples the modes. N is interpolated at sixteen nodes and the scalar equations are
//! then solved exactly; iterating the two gains two orders of the step length at a time. This is
//! collocation in the exponential (Rosenbrock) form of Hochbruck and Ostermann, "Exponential
//! integrators", Acta Numerica 19 (2010), of order 18. What makes it fit:
//!
//! - no step-size limit from stiffness: the eigenvalues span ten decades from a small α;
//! - near an interpolator the flow is linear and N vanishes quadratically, so that every residual mode
//!   decays by its own exponential down to rounding (L ~ 1e-30) in ever longer intervals;
//! - the solution is a function of θ, not a table: γ only says where it is read;
//! - what costs is the eigenvectors, once an interval, and a high order needs few intervals. N at all nodes at a time
//!   is a few products of matrices, which read X twice.
//!
//! The flow is contractive in s (its Jacobian is ≤ 0), so local errors add up and are never amplified.
//! Errors are measured where they matter, as max|Xᵀδs|, the relative error of the weights, and as the
//! defect of the differential equation relative to the residual; rounding, of which short intervals have as much, is
//! not counted.
//!
//! Costs: an interval takes some seven sweeps over the nodes, O(d·min(n,d)²) for the Jacobian and
//! O(min(n,d)³) for its eigenvectors: 0.4 ms at 40 × 100, 40 ms at 400 × 1000. A whole run takes 8 (α = 1)
//! to 40 (α = 1e-4) intervals whatever γ. In between, a γ-step costs some two and a half GD steps. Replays
//! agree to the last bit on one machine, and to the tolerance between machines, since the eigenvectors' rounding
//! depends on the instruction set.

use super::field::Field;
use super::solution::{COEFFICIENTS, Equations, NODES, Solution, chebyshev, interpolation, node};
use crate::labs::diagonal::network::Weights;
use crate::model::arithmetic::Elementary as _;
use crate::model::dense;
use crate::model::kernels;
use crate::model::regression::Regression;
use crate::model::watch::Watch;

/// Allowed max|Xᵀδs| of an interval.
const WEIGHT_TOLERANCE: f64 = 1e-11;
/// Allowed defect, relative to the residual at the end of an interval.
const DEFECT_TOLERANCE: f64 = 1e-6;
/// Below this change of u over an interval the flow is linear to twice as many digits.
const LINEAR: f64 = 1e-7;
/// Less of an error does not promise that an interval more than three times as long has little.
const LEAST_ERROR: f64 = 1e-11;
/// Where the defect is measured, between nodes 10 and 11: near the largest |θ²∏(θ − cᵢ)|.
const PROBE: f64 = 0.735;
const MAX_SWEEPS: usize = 30;
const MAX_ATTEMPTS: usize = 60;

/// The flow on the current interval, and what it takes to make the next one.
pub(super) struct Flow {
    pub(super) field: Field,
    interpolation: [[f64; NODES]; COEFFICIENTS],
    /// Where the interval begins: time, u, ⟨y, s⟩ and the rate.
    pub(super) time: f64,
    u: Vec<f64>,
    work: f64,
    rate: Vec<f64>,
    /// Eigenvectors of the Jacobian there.
    basis: Vec<f64>,
    /// The interval, of length 0 before the first.
    pub(super) solution: Solution,
    /// Length to try next.
    next: f64,
    /// Scratch, for one θ or several: modes, rows, coordinates.
    modal: Vec<f64>,
    shift: Vec<f64>,
    there: Vec<f64>,
}

/// An interval that was tried.
pub(super) struct Attempt {
    pub(super) solution: Solution,
    /// Estimated error in units of the tolerances.
    error: f64,
}

impl Flow {
    pub(super) fn new(problem: &Regression, start: Weights) -> Self {
        let field = Field::new(problem, start);
        let (rows, d) = (field.y.len(), problem.d());
        Self {
            field,
            interpolation: interpolation(),
            time: 0.0,
            u: vec![0.0; d],
            work: 0.0,
            rate: vec![0.0; rows],
            basis: Vec::new(),
            solution: Solution::new(0.0, &Equations::new(0.0, &[])),
            next: 0.0,
            modal: vec![0.0; rows],
            shift: vec![0.0; rows],
            there: vec![0.0; d],
        }
    }

    /// Makes intervals until one holds `time`; `None` if that fails or is given up.
    pub(super) fn reach(&mut self, time: f64, watch: &Watch) -> Option<()> {
        while time > self.time + self.solution.length {
            self.advance(watch)?;
        }
        Some(())
    }

    /// Moves the weights to `time`, which must lie in the current interval, and returns ∫₀ L.
    pub(super) fn write_weights(&mut self, time: f64, weights: &mut Weights) -> f64 {
        let theta = ((time - self.time) / self.solution.length).clamp(0.0, 1.0);
        let work = self.work + self.displace_along_solution(theta);
        self.field.weights(&self.there, weights);
        // 1 − e^{∓2u} = ±sinh 2u − 2sinh²u, in which nothing cancels for equal starting weights.
        let start = &self.field.start;
        let lost: f64 = start
            .w_plus
            .iter()
            .zip(&start.w_minus)
            .zip(&self.field.growth)
            .map(|((plus, minus), up)| {
                let down = 1.0 / up;
                let (sinh, cosh) = (0.5 * (up - down), 0.5 * (up + down));
                let beta = (plus - minus) * (plus + minus);
                2.0 * sinh * (beta * cosh - (plus * plus + minus * minus) * sinh)
            })
            .sum();
        0.125 * lost - 0.25 * work + time * self.field.unreachable
    }

    /// Writes u on the current interval to `there`; returns the change of ⟨y, s⟩ since its beginning.
    fn displace_along_solution(&mut self, theta: f64) -> f64 {
        self.modal.resize(self.rate.len(), 0.0);
        self.solution.at(&[theta], &mut self.modal);
        self.displace();
        kernels::dot(&self.field.y, &self.shift)
    }

    /// Writes u on an interval that is tried to `there`, for one θ after the other.
    fn displace_along(&mut self, solution: &Solution, thetas: &[f64]) {
        self.modal.resize(thetas.len() * self.rate.len(), 0.0);
        solution.at(thetas, &mut self.modal);
        self.displace();
    }

    /// Writes u at the displacements `modal` from the interval's beginning to `there`, and those of s to `shift`.
    fn displace(&mut self) {
        let count = self.modal.len() / self.rate.len();
        self.shift.resize(self.modal.len(), 0.0);
        self.there.resize(count * self.u.len(), 0.0);
        dense::products(&self.basis, &self.modal, count, &mut self.shift);
        dense::transposed_products(&self.field.x, &self.shift, count, &mut self.there);
        for there in self.there.chunks_exact_mut(self.u.len()) {
            for (there, u) in there.iter_mut().zip(&self.u) {
                *there += u;
            }
        }
    }

    /// Goes to the end of the interval and makes the next one.
    fn advance(&mut self, watch: &Watch) -> Option<()> {
        watch.check().ok()?;
        let (spectrum, rounding) = self.enter_next()?;
        let mut length = self.next;
        for _ in 0..MAX_ATTEMPTS {
            watch.check().ok()?;
            let attempt = self.attempt(length, &spectrum, length * rounding);
            let error = attempt
                .as_ref()
                .map_or(f64::INFINITY, |attempt| attempt.error);
            // The estimate falls like length¹⁹.
            let factor = (0.8 * error.to_the(-1.0 / (NODES + 3) as f64)).clamp(0.25, 8.0);
            if let Some(Attempt { mut solution, .. }) = attempt
                && error <= 1.0
            {
                // An interval that the clock cannot resolve would never end.
                if self.time + length <= self.time {
                    return None;
                }
                solution.trim();
                self.solution = solution;
                self.next = length * factor;
                return Some(());
            }
            length *= factor.min(0.8);
        }
        None
    }

    /// Makes the end of the interval the beginning of the next; returns the Jacobian's eigenvalues
    /// there and the size of the rate's rounding errors.
    pub(super) fn enter_next(&mut self) -> Option<(Vec<f64>, f64)> {
        if self.solution.length > 0.0 {
            self.work += self.displace_along_solution(1.0);
            self.u.copy_from_slice(&self.there);
            self.time += self.solution.length;
        }
        self.field.rates(&self.u, &mut self.rate)?;
        let mass = self.field.mass();
        let (basis, spectrum) = self.field.modes(&mass)?;
        self.basis = basis;
        if self.solution.length == 0.0 {
            let mut speeds = vec![0.0; self.u.len()];
            kernels::transposed_matrix_vector(&self.field.x, &self.rate, &mut speeds);
            let speed = kernels::max_abs(&speeds);
            self.next = if speed > 0.0 { 0.5 / speed } else { 1.0 };
        }
        Some((spectrum, self.field.rounding(&mass)))
    }

    /// Solves on an interval of this length, whose N is known up to `rounding`; `None` if the iteration does
    /// not converge.
    pub(super) fn attempt(
        &mut self,
        length: f64,
        spectrum: &[f64],
        rounding: f64,
    ) -> Option<Attempt> {
        let rows = self.rate.len();
        let mut start = vec![0.0; rows];
        kernels::transposed_matrix_vector(&self.basis, &self.rate, &mut start);
        for start in &mut start {
            *start *= length;
        }
        let mut q = vec![0.0; COEFFICIENTS * rows];
        q[..rows].copy_from_slice(&start);
        let equations = Equations::new(length, spectrum);
        let mut solution = Solution::new(length, &equations);
        equations.solve(&q, &mut solution);
        self.displace_along(&solution, &[1.0]);
        if largest_gap(&self.there, &self.u) < LINEAR {
            return Some(Attempt {
                solution,
                error: 0.0,
            });
        }

        let nodes: [f64; NODES] = std::array::from_fn(node);
        let mut nonlinear = vec![0.0; NODES * rows];
        let mut before = vec![0.0; NODES * rows];
        let mut visited = self.u.repeat(NODES);
        let mut last_change = f64::INFINITY;
        let mut scale = 0.0;
        for sweep in 0.. {
            std::mem::swap(&mut before, &mut nonlinear);
            scale = self.nonlinearities(&solution, &nodes, &start, &mut nonlinear)?;
            let change = largest_gap(&self.there, &visited);
            visited.copy_from_slice(&self.there);
            let pairs = nonlinear.chunks_exact(rows).zip(before.chunks_exact(rows));
            let turns = pairs.map(|(now, before)| kernels::distance_squared(now, before).sqrt());
            let turn = turns.fold(0.0, f64::max);
            for (q, coefficients) in q.chunks_exact_mut(rows).zip(&self.interpolation) {
                kernels::transposed_matrix_vector(&nonlinear, coefficients, q);
            }
            for (q, start) in q.iter_mut().zip(&start) {
                *q += start;
            }
            equations.solve(&q, &mut solution);
            if change <= 0.1 * WEIGHT_TOLERANCE && turn <= 0.1 * DEFECT_TOLERANCE * scale + rounding
            {
                break;
            }
            let stalls = sweep > 1 && change > 0.5 * last_change;
            // What still changes is rounding, which no interval has less of.
            if stalls && turn <= rounding {
                break;
            }
            if (stalls && change > WEIGHT_TOLERANCE) || sweep == MAX_SWEEPS {
                return None;
            }
            last_change = change;
        }

        let allowed = DEFECT_TOLERANCE * scale + rounding;
        let error = self.error(&solution, &q, &start, allowed, rounding)?;
        Some(Attempt { solution, error })
    }

    /// The error of a solution for the right-hand sides `q` in units of the tolerances, of which `allowed` is that
    /// of the defect, without the share of rounding.
    fn error(
        &mut self,
        solution: &Solution,
        q: &[f64],
        start: &[f64],
        allowed: f64,
        rounding: f64,
    ) -> Option<f64> {
        let rows = self.rate.len();
        let mut defect = vec![0.0; rows];
        self.nonlinearities(solution, &[PROBE], start, &mut defect)?;
        let mut interpolated = vec![0.0; rows];
        let weights = &chebyshev(PROBE)[..COEFFICIENTS];
        kernels::transposed_matrix_vector(q, weights, &mut interpolated);
        for ((defect, interpolated), start) in defect.iter_mut().zip(&interpolated).zip(start) {
            *defect -= interpolated - start;
        }
        let size = kernels::dot(&defect, &defect).sqrt();
        let excess = size - rounding;
        if excess <= 0.0 {
            return Some(LEAST_ERROR);
        }
        // |∫₀¹ e^{(1−θ)z} dθ| ≤ min(1, 1/|z|) bounds what a defect does to a mode.
        for (modal, (defect, z)) in self
            .modal
            .iter_mut()
            .zip(defect.iter().zip(&solution.exponents))
        {
            *modal = defect / z.abs().max(1.0);
        }
        self.displace();
        let of_weights = largest_gap(&self.there, &self.u) / WEIGHT_TOLERANCE * (excess / size);
        Some((excess / allowed).max(of_weights).max(LEAST_ERROR))
    }

    /// Writes N(θ) at the solution's values there, for one θ after the other, leaving each u in `there`; returns the
    /// norm of the rate at the last of them, in the units of N. `None` where the solution is out of bounds.
    fn nonlinearities(
        &mut self,
        solution: &Solution,
        thetas: &[f64],
        start: &[f64],
        nonlinear: &mut [f64],
    ) -> Option<f64> {
        self.displace_along(solution, thetas);
        self.field.rates(&self.there, &mut self.shift)?;
        let (length, rows) = (solution.length, start.len());
        dense::transposed_products(&self.basis, &self.shift, thetas.len(), nonlinear);
        let modal = self.modal.chunks_exact(rows);
        for (nonlinear, modal) in nonlinear.chunks_exact_mut(rows).zip(modal) {
            for (mode, (nonlinear, modal)) in nonlinear.iter_mut().zip(modal).enumerate() {
                *nonlinear = length * *nonlinear - start[mode] - solution.exponents[mode] * modal;
            }
        }
        let last = &self.shift[self.shift.len() - rows..];
        Some(length * kernels::dot(last, last).sqrt())
    }
}

/// The largest |aⱼ − bⱼ|.
fn largest_gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}
