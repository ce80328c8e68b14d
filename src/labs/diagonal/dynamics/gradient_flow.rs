//! Gradient flow, ẇ± = −∇L(w±): the limit γ → 0 of GD, whose end point is exactly the interpolator of
//! least φ_α (paper §3, eq. 4).
//!
//! # State
//!
//! With ṡ = r(β(s))/n ∈ Rⁿ and s(0) = 0 the weights are w± = w±(0) ⊙ exp(∓u), u = Xᵀs, whatever they
//! start from: positive weights stay positive and w₊w₋ is constant to rounding. The integral of the
//! loss needs no quadrature. Along the flow d‖w‖²/dt = −2⟨Xβ, r⟩/n and d⟨y, s⟩/dt = ⟨y, r⟩/n, hence
//!
//! ∫₀ᵗ L = ⅛(‖w(0)‖² − ‖w(t)‖²) − ¼⟨y, s(t)⟩,
//!
//! which tends to ½D_φα(β∞, 0). It replaces the ledger's Riemann sum.
//!
//! # Integrator
//!
//! The Jacobian −(2/n) X diag(w₊² + w₋²) Xᵀ is symmetric and ≤ 0. One eigendecomposition per interval
//! turns the flow into scalar equations y' = zy + q₀ + N(θ), θ ∈ [0, 1], where only N, which vanishes to
//! second order at θ = 0, couples the modes. N is interpolated at six nodes and the scalar equations are
//! then solved exactly; iterating the two gains two orders of the step length at a time. This is
//! collocation in the exponential (Rosenbrock) form of Hochbruck and Ostermann, "Exponential
//! integrators", Acta Numerica 19 (2010), of order 8. What makes it fit:
//!
//! - no step-size limit from stiffness: the eigenvalues span ten decades from a small α;
//! - near an interpolator the flow is linear and N vanishes quadratically, so that every residual mode
//!   decays by its own exponential down to rounding (L ~ 1e-30) in ever longer intervals;
//! - the solution is a function of θ, not a table: γ only says where it is looked at.
//!
//! The flow is contractive in s (its Jacobian is ≤ 0), so local errors add up and are never amplified.
//! Errors are measured where they matter, as max|Xᵀδs|, the relative error of the weights, and as the
//! defect of the differential equation relative to the residual.
//!
//! Costs: an interval takes about 30 evaluations of the residual, O(d·min(n,d)²) for the Jacobian and
//! O(min(n,d)³) for its eigenvectors: 0.4 ms at 40 × 100, 0.1 s at 400 × 1000. A whole run takes 20 (α = 1)
//! to 160 (α = 1e-4) intervals whatever γ. In between, a γ-step costs some two and a half GD steps. Replays agree to the last bit on one machine, and to the tolerance
//! between machines, since the eigenvectors' rounding depends on the instruction set.

use std::f64::consts::PI;

use super::ledger::{Entry, NoiseShare};
use super::{Dynamics, Forward, Hyper, Ledger, Method, Progress, StepSettings};
use crate::labs::diagonal::network::Weights;
use crate::model::kernels;
use crate::model::regression::Regression;
use crate::palette::{Ink, Line, Look};

/// Gradient flow.
pub static GF: Method = Method {
    id: "gf",
    label: "GF",
    about: "Gradient flow: dw± = −∇L(w±) dt, GD's limit for γ → 0, to about nine digits whatever γ. It ends at \
            the interpolator of least φ_α (eq. 4). Its gradient count is that of the integrator. One run.",
    look: Look {
        ink: Ink::Text,
        line: Line::Dashed,
        width: 1.8,
    },
    max_runs: 1,
    default_runs: "0",
    any_depth: false,
    build: |problem, _hyper: &Hyper| Box::new(GradientFlow::new(problem)),
};

/// Nodes at which N is interpolated.
const NODES: usize = 6;
/// Coefficients of q(θ) = q₀ + N(θ): powers 0 … 7.
const POWERS: usize = NODES + 2;
/// Power series of a solution for |z| ≤ [`STIFF`]: 4³³/33! is below 1e-17.
const TERMS: usize = 34;
/// |z| above which the closed form e^{zθ} loses less to cancellation than the power series.
const STIFF: f64 = 4.0;
/// Allowed max|Xᵀδs| of an interval.
const WEIGHT_TOLERANCE: f64 = 1e-11;
/// Allowed defect, relative to the residual at the end of an interval.
const DEFECT_TOLERANCE: f64 = 1e-6;
/// Below this change of u over an interval the flow is linear to twice as many digits.
const LINEAR: f64 = 1e-7;
/// Where the defect is measured: near the largest |θ²∏(θ − cᵢ)|.
const PROBE: f64 = 0.85;
const MAX_SWEEPS: usize = 12;
const MAX_ATTEMPTS: usize = 60;
/// Largest |u| that the exponentials are asked for.
const MAX_EXPONENT: f64 = 300.0;

/// Node i = 1 … 6: sin²(πi/12), crowded at both ends, the right one included.
fn node(i: usize) -> f64 {
    (PI * (i + 1) as f64 / (2 * NODES) as f64).sin().powi(2)
}

/// Coefficients of θ², …, θ⁷ (first index) in the polynomials that are 1 at one node (second index)
/// and 0 at the others and, doubly, at 0.
fn interpolation() -> [[f64; NODES]; NODES] {
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

struct GradientFlow {
    forward: Forward,
    /// Made at the first step, where the run starts.
    flow: Option<Flow>,
    time: f64,
}

impl GradientFlow {
    fn new(problem: &Regression) -> Self {
        Self {
            forward: Forward::new(problem),
            flow: None,
            time: 0.0,
        }
    }
}

impl Dynamics for GradientFlow {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        let losses = self.forward.look(problem, weights);
        let flow = self
            .flow
            .get_or_insert_with(|| Flow::new(problem, weights.clone()));
        let gamma = settings.step_size;
        let time = self.time + gamma;
        let evaluations = flow.field.evaluations;
        if flow.reach(time).is_none() {
            return Progress::Diverged;
        }
        let entry = Entry {
            dt: gamma,
            step_size: gamma,
            label_noise: 0.0,
            share: NoiseShare::NONE,
            gradients: (flow.field.evaluations - evaluations) * problem.n(),
        };
        if ledger.enter(losses, &entry) == Progress::Diverged {
            return Progress::Diverged;
        }
        self.time = time;
        ledger.set_loss_integral(flow.look(time, weights));
        Progress::Stepped
    }

    fn restart(&mut self) {
        self.flow = None;
        self.time = 0.0;
    }
}

/// The right-hand side ṡ = r/n as a function of u = Xᵀs.
///
/// For n > d the rows are first reduced to the d × d factor R of X = QR, with Qᵀy and Qᵀs for y and s:
/// what of y lies outside the range of X only adds a constant to the loss.
struct Field {
    /// X or R, row-major.
    x: Vec<f64>,
    /// y or Qᵀy.
    y: Vec<f64>,
    /// n, whatever the number of rows.
    samples: f64,
    start: Weights,
    /// The loss that no β removes because of the reduction; 0 for n ≤ d.
    unreachable: f64,
    frobenius: f64,
    moved: Weights,
    growth: Vec<f64>,
    beta: Vec<f64>,
    /// Residuals computed so far.
    evaluations: usize,
}

impl Field {
    fn new(problem: &Regression, start: Weights) -> Self {
        let (n, d) = (problem.n(), problem.d());
        let features = problem.train.features();
        let (x, y, unreachable) = if n <= d {
            (features.to_vec(), problem.train.y.clone(), 0.0)
        } else {
            let factors = faer::Mat::from_fn(n, d, |i, j| features[i * d + j]).qr();
            let (q, r) = (factors.compute_thin_Q(), factors.thin_R());
            let x = (0..d * d).map(|at| r[(at / d, at % d)]).collect();
            let labels = &problem.train.y;
            let y: Vec<f64> = (0..d)
                .map(|j| (0..n).map(|i| q[(i, j)] * labels[i]).sum())
                .collect();
            let outside = |i: usize| {
                let inside: f64 = y.iter().enumerate().map(|(j, y)| q[(i, j)] * y).sum();
                (labels[i] - inside).powi(2)
            };
            let lost = (0..n).map(outside).sum::<f64>() / (4.0 * n as f64);
            (x, y, lost)
        };
        Self {
            frobenius: kernels::dot(&x, &x).sqrt(),
            x,
            y,
            samples: n as f64,
            moved: start.clone(),
            start,
            unreachable,
            growth: vec![0.0; d],
            beta: vec![0.0; d],
            evaluations: 0,
        }
    }

    /// Writes w±(0) ⊙ exp(∓u), and leaves exp(u) in `growth`.
    fn weights(&mut self, u: &[f64], weights: &mut Weights) {
        kernels::exponentials(u, &mut self.growth);
        let signs = weights.w_plus.iter_mut().zip(&mut weights.w_minus);
        let starts = self.start.w_plus.iter().zip(&self.start.w_minus);
        for (((w_plus, w_minus), (plus, minus)), growth) in signs.zip(starts).zip(&self.growth) {
            *w_plus = plus / growth;
            *w_minus = minus * growth;
        }
    }

    /// Writes r/n; `None` where u is out of bounds.
    fn rate(&mut self, u: &[f64], rate: &mut [f64]) -> Option<()> {
        if kernels::max_abs(u) > MAX_EXPONENT {
            return None;
        }
        let mut moved = std::mem::replace(&mut self.moved, Weights::start(&[], 2));
        self.weights(u, &mut moved);
        kernels::squared_difference(&moved.w_plus, &moved.w_minus, &mut self.beta);
        self.moved = moved;
        kernels::matrix_vector(&self.x, &self.beta, rate);
        for (rate, y) in rate.iter_mut().zip(&self.y) {
            *rate = (*rate - y) / self.samples;
        }
        self.evaluations += 1;
        Some(())
    }

    /// w₊² + w₋² where the rate was last computed.
    fn mass(&self) -> Vec<f64> {
        let pairs = self.moved.w_plus.iter().zip(&self.moved.w_minus);
        pairs
            .map(|(plus, minus)| plus * plus + minus * minus)
            .collect()
    }

    /// Eigenvectors (as columns of a row-major matrix) and eigenvalues of the Jacobian where the rate
    /// was last computed.
    fn modes(&self, mass: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let (rows, d) = (self.y.len(), mass.len());
        let mut scaled = self.x.clone();
        for row in scaled.chunks_exact_mut(d) {
            for (x, mass) in row.iter_mut().zip(mass) {
                *x *= mass.sqrt();
            }
        }
        let row = |i: usize| &scaled[i * d..(i + 1) * d];
        let gram = faer::Mat::from_fn(rows, rows, |i, j| {
            if i >= j {
                kernels::dot(row(i), row(j))
            } else {
                0.0
            }
        });
        if (0..rows).any(|i| !gram[(i, i)].is_finite()) {
            return None;
        }
        let eigen = gram.self_adjoint_eigen(faer::Side::Lower).ok()?;
        let (vectors, values) = (eigen.U(), eigen.S().column_vector());
        let basis = (0..rows * rows)
            .map(|at| vectors[(at / rows, at % rows)])
            .collect();
        // Rounding may leave a null mode slightly positive.
        let rates = (0..rows).map(|k| (-2.0 / self.samples * values[k]).min(0.0));
        Some((basis, rates.collect()))
    }

    /// Size of the rounding errors of the rate.
    fn rounding(&self, mass: &[f64]) -> f64 {
        let size = self.frobenius * kernels::dot(mass, mass).sqrt();
        4.0 * f64::EPSILON * (size + kernels::dot(&self.y, &self.y).sqrt()) / self.samples
    }
}

/// Solutions of y' = zy + q(θ), y(0) = 0, for every mode: a·e^{zθ} + Σ pₖθᵏ.
struct Solution {
    /// Length of the interval; θ = 1 is its end.
    length: f64,
    /// z: the Jacobian's eigenvalues times the length.
    exponents: Vec<f64>,
    amplitudes: Vec<f64>,
    /// pₖ for every mode, by power.
    terms: Vec<Vec<f64>>,
}

impl Solution {
    fn new(length: f64, spectrum: &[f64]) -> Self {
        Self {
            length,
            exponents: spectrum.iter().map(|rate| length * rate).collect(),
            amplitudes: vec![0.0; spectrum.len()],
            terms: vec![vec![0.0; spectrum.len()]; TERMS],
        }
    }

    /// Solves for the right-hand sides `q`, given by power.
    fn solve(&mut self, q: &[Vec<f64>; POWERS]) {
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
    fn trim(&mut self) {
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
    fn at(&self, theta: f64, y: &mut [f64]) {
        kernels::polynomials(&self.terms, theta, y);
        for ((y, a), z) in y.iter_mut().zip(&self.amplitudes).zip(&self.exponents) {
            if *a != 0.0 {
                *y += a * kernels::exp((z * theta).max(-700.0));
            }
        }
    }
}

/// The flow on the current interval, and what it takes to make the next one.
struct Flow {
    field: Field,
    interpolation: [[f64; NODES]; NODES],
    /// Where the interval begins: time, u, ⟨y, s⟩ and the rate.
    time: f64,
    u: Vec<f64>,
    work: f64,
    rate: Vec<f64>,
    /// Eigenvectors of the Jacobian there.
    basis: Vec<f64>,
    /// The interval, of length 0 before the first.
    solution: Solution,
    /// Length to try next.
    next: f64,
    /// Scratch: modes, rows, coordinates.
    modal: Vec<f64>,
    shift: Vec<f64>,
    there: Vec<f64>,
}

/// An interval that was tried.
struct Attempt {
    solution: Solution,
    /// Estimated error in units of the tolerances.
    error: f64,
}

impl Flow {
    fn new(problem: &Regression, start: Weights) -> Self {
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
            solution: Solution::new(0.0, &[]),
            next: 0.0,
            modal: vec![0.0; rows],
            shift: vec![0.0; rows],
            there: vec![0.0; d],
        }
    }

    /// Makes intervals until one holds `time`; `None` if that fails.
    fn reach(&mut self, time: f64) -> Option<()> {
        while time > self.time + self.solution.length {
            self.advance()?;
        }
        Some(())
    }

    /// Moves the weights to `time`, which must lie in the current interval, and returns ∫₀ L.
    fn look(&mut self, time: f64, weights: &mut Weights) -> f64 {
        let theta = ((time - self.time) / self.solution.length).clamp(0.0, 1.0);
        self.solution.at(theta, &mut self.modal);
        let work = self.work + self.displace();
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

    /// u at the displacement `modal` from the interval's beginning, written to `there`; returns the
    /// change of ⟨y, s⟩.
    fn displace(&mut self) -> f64 {
        kernels::matrix_vector(&self.basis, &self.modal, &mut self.shift);
        kernels::transposed_matrix_vector(&self.field.x, &self.shift, &mut self.there);
        for (there, u) in self.there.iter_mut().zip(&self.u) {
            *there += u;
        }
        kernels::dot(&self.field.y, &self.shift)
    }

    /// Goes to the end of the interval and makes the next one.
    fn advance(&mut self) -> Option<()> {
        let (spectrum, rounding) = self.enter_next()?;
        let mut length = self.next;
        for _ in 0..MAX_ATTEMPTS {
            let attempt = self.attempt(length, &spectrum, length * rounding);
            let error = attempt
                .as_ref()
                .map_or(f64::INFINITY, |attempt| attempt.error);
            // The estimate falls like length⁹.
            let factor = (0.85 * error.powf(-1.0 / 9.0)).clamp(0.25, 8.0);
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
    fn enter_next(&mut self) -> Option<(Vec<f64>, f64)> {
        if self.solution.length > 0.0 {
            self.solution.at(1.0, &mut self.modal);
            self.work += self.displace();
            self.u.copy_from_slice(&self.there);
            self.time += self.solution.length;
        }
        self.field.rate(&self.u, &mut self.rate)?;
        let mass = self.field.mass();
        let (basis, spectrum) = self.field.modes(&mass)?;
        self.basis = basis;
        if self.solution.length == 0.0 {
            kernels::transposed_matrix_vector(&self.field.x, &self.rate, &mut self.there);
            let speed = kernels::max_abs(&self.there);
            self.next = if speed > 0.0 { 0.1 / speed } else { 1.0 };
        }
        Some((spectrum, self.field.rounding(&mass)))
    }

    /// Solves on an interval of this length, whose N is known up to `rounding`; `None` if the iteration does not settle.
    fn attempt(&mut self, length: f64, spectrum: &[f64], rounding: f64) -> Option<Attempt> {
        let rows = self.rate.len();
        let mut start = vec![0.0; rows];
        kernels::transposed_matrix_vector(&self.basis, &self.rate, &mut start);
        let mut q: [Vec<f64>; POWERS] = std::array::from_fn(|_| vec![0.0; rows]);
        for (q, rate) in q[0].iter_mut().zip(&start) {
            *q = length * rate;
        }
        let mut solution = Solution::new(length, spectrum);
        solution.solve(&q);
        solution.at(1.0, &mut self.modal);
        self.displace();
        if largest_gap(&self.there, &self.u) < LINEAR {
            return Some(Attempt {
                solution,
                error: 0.0,
            });
        }

        let mut nonlinear = vec![vec![0.0; rows]; NODES];
        let mut visited = vec![self.u.clone(); NODES];
        let mut last_change = f64::INFINITY;
        let mut scale = 0.0;
        for sweep in 0.. {
            let (mut change, mut turn) = (0.0_f64, 0.0_f64);
            for (at, (nonlinear, visited)) in nonlinear.iter_mut().zip(&mut visited).enumerate() {
                let old = nonlinear.clone();
                scale = self.nonlinearity(&solution, node(at), &q[0], nonlinear)?;
                change = change.max(largest_gap(&self.there, visited));
                visited.copy_from_slice(&self.there);
                turn = turn.max(kernels::distance_squared(nonlinear, &old).sqrt());
            }
            for (q, coefficients) in q[2..].iter_mut().zip(&self.interpolation) {
                q.fill(0.0);
                for (coefficient, nonlinear) in coefficients.iter().zip(&nonlinear) {
                    for (q, nonlinear) in q.iter_mut().zip(nonlinear) {
                        *q += coefficient * nonlinear;
                    }
                }
            }
            solution.solve(&q);
            if change <= 0.1 * WEIGHT_TOLERANCE && turn <= 0.1 * DEFECT_TOLERANCE * scale + rounding
            {
                break;
            }
            let stalls = sweep > 1 && change > 0.5 * last_change && change > WEIGHT_TOLERANCE;
            if stalls || sweep == MAX_SWEEPS {
                return None;
            }
            last_change = change;
        }

        let mut defect = vec![0.0; rows];
        self.nonlinearity(&solution, PROBE, &q[0], &mut defect)?;
        for (mode, defect) in defect.iter_mut().enumerate() {
            let interpolated = (2..POWERS)
                .rev()
                .fold(0.0, |sum, power| sum * PROBE + q[power][mode]);
            *defect -= interpolated * PROBE * PROBE;
        }
        let of_rate = kernels::dot(&defect, &defect).sqrt() / (DEFECT_TOLERANCE * scale + rounding);
        // |∫₀¹ e^{(1−θ)z} dθ| ≤ min(1, 1/|z|) bounds what a defect does to a mode.
        for (modal, (defect, z)) in self
            .modal
            .iter_mut()
            .zip(defect.iter().zip(&solution.exponents))
        {
            *modal = defect / z.abs().max(1.0);
        }
        self.displace();
        let of_weights = largest_gap(&self.there, &self.u) / WEIGHT_TOLERANCE;
        Some(Attempt {
            solution,
            error: of_rate.max(of_weights),
        })
    }

    /// Writes N(θ) at the solution's value there, leaving u in `there`; returns the norm of the rate,
    /// in the units of N. `None` where the solution is out of bounds.
    fn nonlinearity(
        &mut self,
        solution: &Solution,
        theta: f64,
        start: &[f64],
        nonlinear: &mut [f64],
    ) -> Option<f64> {
        solution.at(theta, &mut self.modal);
        self.displace();
        self.field.rate(&self.there, &mut self.shift)?;
        let length = solution.length;
        kernels::transposed_matrix_vector(&self.basis, &self.shift, nonlinear);
        for (mode, nonlinear) in nonlinear.iter_mut().enumerate() {
            *nonlinear =
                length * *nonlinear - start[mode] - solution.exponents[mode] * self.modal[mode];
        }
        Some(length * kernels::dot(&self.shift, &self.shift).sqrt())
    }
}

/// The largest |aⱼ − bⱼ|.
fn largest_gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::potential::{asinh_ratio, divergence_from_zero};
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};
    use crate::model::regression::Validation;

    fn problem(n: usize, d: usize, seed: u64) -> Regression {
        let source = SparseGaussian {
            n,
            d,
            sparsity: 3.min(d),
            beta_law: BetaLaw::Signs,
            seed,
        };
        source.generate().unwrap()
    }

    struct Run<'a> {
        problem: &'a Regression,
        rule: GradientFlow,
        weights: Weights,
        ledger: Ledger,
    }

    impl<'a> Run<'a> {
        fn new(problem: &'a Regression, weights: Weights) -> Self {
            Self {
                problem,
                rule: GradientFlow::new(problem),
                ledger: Ledger::new(problem, &weights.beta()),
                weights,
            }
        }

        fn from_alpha(problem: &'a Regression, alpha: f64) -> Self {
            Self::new(problem, Weights::start(&vec![alpha; problem.d()], 2))
        }

        fn step(&mut self, step_size: f64) {
            let settings = StepSettings {
                step_size,
                label_noise: 0.0,
            };
            let progress =
                self.rule
                    .step(self.problem, &mut self.weights, settings, &mut self.ledger);
            assert_eq!(progress, Progress::Stepped);
        }

        fn loss(&self) -> f64 {
            self.problem.training_loss(&self.weights.beta())
        }
    }

    fn relative_gap(a: &[f64], b: &[f64]) -> f64 {
        (kernels::distance_squared(a, b) / kernels::dot(b, b)).sqrt()
    }

    /// Runs until the loss is below 1e-28 of its start.
    fn settled(problem: &Regression, alpha: f64, step_size: f64) -> Run<'_> {
        let mut run = Run::from_alpha(problem, alpha);
        let enough = 1e-28 * run.loss();
        let mut steps = 0;
        while run.loss() > enough {
            run.step(step_size);
            steps += 1;
            assert!(steps < 100_000, "α = {alpha}: L = {:e}", run.loss());
        }
        run
    }

    /// Residual of a vector after projection on the range of Xᵀ, relative to its norm: least squares
    /// by the normal equations, refined once.
    fn outside_row_space(problem: &Regression, v: &[f64]) -> f64 {
        use faer::linalg::solvers::Solve as _;
        let (n, x) = (problem.n(), problem.train.features());
        let row = |i: usize| &x[i * v.len()..(i + 1) * v.len()];
        let gram = faer::Mat::from_fn(n, n, |i, k| kernels::dot(row(i), row(k)));
        let factor = gram.llt(faer::Side::Lower).unwrap();
        let mut rest = v.to_vec();
        for _ in 0..2 {
            let seen = faer::Mat::from_fn(n, 1, |i, _| kernels::dot(row(i), &rest));
            let solved = factor.solve(&seen);
            let dual: Vec<f64> = (0..n).map(|i| solved[(i, 0)]).collect();
            let mut image = vec![0.0; v.len()];
            kernels::transposed_matrix_vector(x, &dual, &mut image);
            for (rest, image) in rest.iter_mut().zip(&image) {
                *rest -= image;
            }
        }
        (kernels::dot(&rest, &rest) / kernels::dot(v, v)).sqrt()
    }

    /// ∫L = ½D_φα(β∞, 0), w₊w₋ = α² and asinh(β/2α²) ∈ span(Xᵀ), which makes β∞ the interpolator of
    /// least φ_α. The bounds are rounding times a margin of 100, not the integrator's tolerance: the
    /// first holds to second order in its errors, the others by construction.
    #[test]
    fn the_end_is_the_least_entropy_and_the_loss_integral_half_its_divergence() {
        for alpha in [0.01, 0.1, 0.3, 1.0] {
            for seed in 0..5 {
                let problem = problem(10, 20, seed);
                let run = settled(&problem, alpha, if alpha < 0.1 { 5.0 } else { 0.1 });
                let beta = run.weights.beta();
                let expected = 0.5 * divergence_from_zero(&beta, &[alpha; 20]);
                let gap = run.ledger.loss_integral / expected - 1.0;
                assert!(
                    gap.abs() < 1e-11,
                    "α = {alpha}, seed {seed}: ∫L off by {gap:e}"
                );
                assert_eq!(run.ledger.shrinkage, 0.0);
                for a in run.weights.effective_alpha() {
                    assert!(
                        (a / alpha - 1.0).abs() < 1e-13,
                        "α = {alpha}, seed {seed}: {a}"
                    );
                }
                let mirror: Vec<f64> = beta.iter().map(|b| asinh_ratio(*b, alpha)).collect();
                let outside = outside_row_space(&problem, &mirror);
                assert!(outside < 1e-11, "α = {alpha}, seed {seed}: {outside:e}");
            }
        }
    }

    /// Classical Runge–Kutta on the weights themselves, in plain loops. With h = 5e-4 and rates of a
    /// few units its error is about (3h)⁴ ~ 1e-11.
    fn runge_kutta(problem: &Regression, start: &Weights, time: f64) -> (Weights, f64) {
        let d = problem.d();
        let slope = |w: &[f64]| -> Vec<f64> {
            let beta: Vec<f64> = (0..d).map(|j| w[j] * w[j] - w[d + j] * w[d + j]).collect();
            let mut r = vec![0.0; problem.n()];
            problem.train.residual(&beta, &mut r);
            let g = |j: usize| -> f64 {
                (0..problem.n())
                    .map(|i| problem.train.x[[i, j]] * r[i] / problem.n() as f64)
                    .sum()
            };
            let plus = (0..d).map(|j| -w[j] * g(j));
            let minus = (0..d).map(|j| w[d + j] * g(j));
            let loss = r.iter().map(|r| r * r).sum::<f64>() / (4.0 * problem.n() as f64);
            plus.chain(minus).chain([loss]).collect()
        };
        let mut w: Vec<f64> = start.w_plus.iter().chain(&start.w_minus).copied().collect();
        w.push(0.0);
        let steps = (time / 5e-4).round() as usize;
        let h = time / steps as f64;
        for _ in 0..steps {
            let moved = |slope: &[f64], h: f64| -> Vec<f64> {
                w.iter().zip(slope).map(|(w, k)| w + h * k).collect()
            };
            let a = slope(&w);
            let b = slope(&moved(&a, 0.5 * h));
            let c = slope(&moved(&b, 0.5 * h));
            let e = slope(&moved(&c, h));
            for (at, w) in w.iter_mut().enumerate() {
                *w += h / 6.0 * (a[at] + 2.0 * b[at] + 2.0 * c[at] + e[at]);
            }
        }
        let weights = Weights {
            w_plus: w[..d].into(),
            w_minus: w[d..2 * d].into(),
            depth: 2,
        };
        (weights, w[2 * d])
    }

    /// From α = 0.1, and from weights with no symmetry and some of them negative; β and ∫L.
    #[test]
    fn the_path_is_that_of_an_explicit_method_with_tiny_steps() {
        let problem = problem(5, 8, 1);
        let uneven = Weights {
            w_plus: (0..8).map(|j| 0.1 + 0.03 * f64::from(j)).collect(),
            w_minus: (0..8).map(|j| 0.3 - 0.07 * f64::from(j)).collect(),
            depth: 2,
        };
        for start in [Weights::start(&[0.1; 8], 2), uneven] {
            let mut run = Run::new(&problem, start.clone());
            let (mut reference, mut integral) = (start, 0.0);
            for _ in 0..6 {
                (0..25).for_each(|_| run.step(0.04));
                let (weights, part) = runge_kutta(&problem, &reference, 1.0);
                (reference, integral) = (weights, integral + part);
                let gap = relative_gap(&run.weights.beta(), &reference.beta());
                assert!(gap < 1e-9, "{gap:e}");
                let gap = run.ledger.loss_integral / integral - 1.0;
                assert!(gap.abs() < 1e-9, "{gap:e}");
            }
        }
    }

    /// γ says where the flow is looked at, and may change on the way.
    #[test]
    fn the_step_size_moves_nothing_but_the_clock() {
        let problem = problem(10, 20, 2);
        let mut coarse = Run::from_alpha(&problem, 0.1);
        let mut fine = Run::from_alpha(&problem, 0.1);
        for _ in 0..20 {
            (0..10).for_each(|_| coarse.step(0.1));
            (0..100).for_each(|_| fine.step(0.01));
            let gap = relative_gap(&coarse.weights.beta(), &fine.weights.beta());
            assert!(gap < 1e-11, "{gap:e}");
        }
        let mut mixed = Run::from_alpha(&problem, 0.1);
        (0..5).for_each(|_| mixed.step(2.0));
        (0..1000).for_each(|_| mixed.step(0.01));
        let gap = relative_gap(&mixed.weights.beta(), &coarse.weights.beta());
        assert!(gap < 1e-9, "{gap:e}");
        // The integrator's work does not depend on it either.
        let counts = [&coarse, &fine].map(|run| run.ledger.gradient_evaluations);
        assert_eq!(counts[0], counts[1]);
    }

    /// β at t = 2 in intervals of equal length.
    fn with_fixed_intervals(problem: &Regression, intervals: usize) -> Vec<f64> {
        let start = Weights::start(&vec![0.3; problem.d()], 2);
        let mut flow = Flow::new(problem, start.clone());
        let mut weights = start;
        for _ in 0..intervals {
            let (spectrum, rounding) = flow.enter_next().unwrap();
            let attempt = flow.attempt(2.0 / intervals as f64, &spectrum, rounding);
            flow.solution = attempt.unwrap().solution;
        }
        flow.look(flow.time + flow.solution.length, &mut weights);
        weights.beta()
    }

    /// Interpolation at six nodes and, doubly, at the start: the interval's error is O(h⁹), the
    /// path's O(h⁸). The finest path stands in for the solution.
    #[test]
    fn the_integrator_has_order_eight() {
        let problem = problem(5, 8, 1);
        let exact = with_fixed_intervals(&problem, 64);
        let errors = [4, 8]
            .map(|intervals| relative_gap(&with_fixed_intervals(&problem, intervals), &exact));
        let order = (errors[0] / errors[1]).log2();
        assert!(errors[1] > 1e-12 && order > 7.5, "{order} {errors:?}");
    }

    /// Late residuals fall by one exponential, down to rounding, in few intervals: ln L against t has
    /// a constant slope, −2 times the smallest decay rate.
    #[test]
    fn residuals_fall_exponentially_down_to_rounding() {
        let problem = problem(10, 20, 3);
        let mut run = Run::from_alpha(&problem, 0.1);
        let mut logs = Vec::new();
        while run.loss() > 1e-29 {
            (0..20).for_each(|_| run.step(1.0));
            logs.push(run.loss().ln());
        }
        let late: Vec<f64> = logs
            .windows(2)
            .filter(|pair| pair[0] < 1e-12_f64.ln() && pair[1] > 1e-26_f64.ln())
            .map(|pair| pair[0] - pair[1])
            .collect();
        assert!(late.len() > 3, "{logs:?}");
        for slope in &late {
            assert!(
                (slope / late[late.len() - 1] - 1.0).abs() < 1e-3,
                "{late:?}"
            );
        }
        // And rounding does not make it work for nothing afterwards.
        let before = run.ledger.gradient_evaluations;
        (0..1000).for_each(|_| run.step(100.0));
        let after = run.ledger.gradient_evaluations - before;
        assert!(run.loss() < 1e-28 && after < 200.0 * 10.0, "{after}");
    }

    /// From α = 1e-4 and up to t = 1e6 the decay rates span ten decades. Seen: 163 intervals at
    /// 40 × 100.
    #[test]
    fn tiny_alpha_takes_few_intervals() {
        let problem = SparseGaussian {
            n: 40,
            d: 100,
            sparsity: 5,
            beta_law: BetaLaw::Signs,
            seed: 3,
        };
        let problem = problem.generate().unwrap();
        let mut run = Run::from_alpha(&problem, 1e-4);
        (0..1000).for_each(|_| run.step(1000.0));
        let evaluations = run.ledger.gradient_evaluations / 40.0;
        assert!(evaluations < 15_000.0, "{evaluations}");
        assert!(run.loss() < 1e-12, "{:e}", run.loss());
        let expected = 0.5 * divergence_from_zero(&run.weights.beta(), &[1e-4; 100]);
        assert!((run.ledger.loss_integral / expected - 1.0).abs() < 1e-6);
    }

    /// More samples than coefficients and labels out of reach: the reduced problem is the same flow.
    #[test]
    fn more_samples_than_coefficients_are_the_same_flow() {
        let wide = problem(12, 4, 5);
        let mut rows = wide.train.clone();
        for (i, y) in rows.y.iter_mut().enumerate() {
            *y += 0.3 * f64::from(i as u32 % 3) - 0.2;
        }
        let problem = Regression::new(rows, Validation::Unavailable);
        let start = Weights::start(&[0.2; 4], 2);
        let mut run = Run::new(&problem, start.clone());
        (0..30).for_each(|_| run.step(0.1));
        let (weights, integral) = runge_kutta(&problem, &start, 3.0);
        let gap = relative_gap(&run.weights.beta(), &weights.beta());
        assert!(gap < 1e-9, "{gap:e}");
        let gap = run.ledger.loss_integral / integral - 1.0;
        assert!(gap.abs() < 1e-9, "{gap:e}");
    }

    /// GD ends O(γ) away from the flow's end.
    #[test]
    fn gradient_descent_tends_to_the_flow_linearly_in_the_step_size() {
        let problem = problem(10, 20, 1);
        let limit = settled(&problem, 0.1, 0.1).weights.beta();
        let gap = |gamma: f64| {
            let mut rule = (crate::labs::diagonal::dynamics::gd::GD.build)(
                &problem,
                &crate::labs::diagonal::dynamics::testing::HYPER,
            );
            let mut weights = Weights::start(&[0.1; 20], 2);
            let mut ledger = Ledger::new(&problem, &weights.beta());
            while ledger.last_loss > 1e-26 {
                let settings = StepSettings {
                    step_size: gamma,
                    label_noise: 0.0,
                };
                let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
                assert_eq!(progress, Progress::Stepped);
            }
            relative_gap(&weights.beta(), &limit)
        };
        let ratio = gap(0.05) / gap(0.025);
        assert!((1.8..=2.2).contains(&ratio), "{ratio}");
    }

    #[test]
    fn weights_that_are_not_finite_are_divergence() {
        let problem = problem(5, 8, 1);
        let mut rule = GradientFlow::new(&problem);
        let mut weights = Weights::start(&[f64::NAN; 8], 2);
        let mut ledger = Ledger::new(&problem, &[0.0; 8]);
        let settings = StepSettings {
            step_size: 0.1,
            label_noise: 0.0,
        };
        let progress = rule.step(&problem, &mut weights, settings, &mut ledger);
        assert_eq!(progress, Progress::Diverged);
    }
}
