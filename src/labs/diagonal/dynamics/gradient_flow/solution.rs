//! The solution on one interval: every mode's scalar equation, solved exactly for a polynomial right-hand side.
//!
//! Polynomials in θ ∈ [0, 1] are sums of Chebyshev's, Σ aₖ Tₖ(2θ − 1). Powers of θ would lose
//! three digits with every four degrees.
//!
//! With ζ = z/2 and g = q/2 an equation y' = zy + q(θ), y(0) = 0, is dy/dx = ζy + g on [−1, 1]. Integrated, it couples
//! neighbouring coefficients alone,
//!
//! aₖ + ζ(aₖ₊₁ − cₖ₋₁aₖ₋₁)/2k = (cₖ₋₁gₖ₋₁ − gₖ₊₁)/2k, k ≥ 1, with c₀ = 2 and otherwise 1,
//!
//! and y(0) = 0 determines a₀. Elimination from the highest k down divides by sums of positive numbers, whatever ζ ≤ 0.
//! This is the method of Clenshaw, "The numerical solution of linear differential equations in Chebyshev series" (1957).
//! Where e^{zθ} would take too many coefficients it is set apart: y = a·e^{zθ} + p(θ) with the polynomial p that
//! solves the equation, whose coefficients follow from p' = ζp + g, the highest first.

use std::f64::consts::PI;

use crate::model::arithmetic::Elementary as _;
use crate::model::dense;
use crate::model::kernels;

/// Nodes at which N is interpolated.
pub(super) const NODES: usize = 16;
/// Coefficients of q(θ) = q₀ + N(θ), of degree `NODES` + 1.
pub(super) const COEFFICIENTS: usize = NODES + 2;
/// Coefficients of a solution for |z| ≤ [`STIFF`]: the next of e^{zθ} are below 1e-18.
const TERMS: usize = 42;
/// |z| above which e^{zθ} is set apart. There the coefficients of p, to which the highest of q contribute most, are at
/// most some hundred times those of q.
const STIFF: f64 = 32.0;

/// Node i = 1 … 16: sin²(πi/32), crowded at both ends, the right one included.
pub(super) fn node(i: usize) -> f64 {
    square((PI * (i + 1) as f64 / (2 * NODES) as f64).sine())
}

fn square(x: f64) -> f64 {
    x * x
}

/// T₀, …, T₄₁ at 2θ − 1.
pub(super) fn chebyshev(theta: f64) -> [f64; TERMS] {
    let x = 2.0 * theta - 1.0;
    let mut values = [1.0; TERMS];
    values[1] = x;
    for k in 2..TERMS {
        values[k] = 2.0 * x * values[k - 1] - values[k - 2];
    }
    values
}

/// Coefficients (first index) of the polynomials that are 1 at one node (second index) and 0 at the others and,
/// doubly, at 0: from their values at as many points as they have coefficients.
pub(super) fn interpolation() -> [[f64; NODES]; COEFFICIENTS] {
    let mut table = [[0.0; NODES]; COEFFICIENTS];
    let points: [f64; COEFFICIENTS] =
        std::array::from_fn(|at| (PI * (2 * at + 1) as f64 / (4 * COEFFICIENTS) as f64).sine());
    for point in points.map(square) {
        let weights = chebyshev(point);
        for at in 0..NODES {
            let others = (0..NODES).filter(|other| *other != at);
            let value = others.fold(square(point / node(at)), |value, other| {
                value * (point - node(other)) / (node(at) - node(other))
            });
            for (k, row) in table.iter_mut().enumerate() {
                let norm = if k == 0 { 1.0 } else { 2.0 } / COEFFICIENTS as f64;
                row[at] += norm * weights[k] * value;
            }
        }
    }
    table
}

/// The scalar equations of an interval: what their solutions need that does not depend on q.
pub(super) struct Equations {
    /// z of every mode: the Jacobian's eigenvalues times the length, not increasing.
    exponents: Vec<f64>,
    /// How many of them are not below −[`STIFF`]; the fields below are of these alone, by k and then by mode.
    mild: usize,
    /// What is left of aₖ's own coefficient when all higher ones have been eliminated, inverted.
    inverse: Vec<f64>,
    /// The solution for q = 0 that has a₀ = 1.
    free: Vec<f64>,
    /// Its value at θ = 0.
    free_at_start: Vec<f64>,
}

impl Equations {
    pub(super) fn new(length: f64, spectrum: &[f64]) -> Self {
        let exponents: Vec<f64> = spectrum.iter().map(|rate| length * rate).collect();
        let mild = exponents.partition_point(|z| *z >= -STIFF);
        let half = |mode: usize| 0.5 * exponents[mode];
        let mut inverse = vec![1.0; TERMS * mild];
        for k in (1..TERMS - 1).rev() {
            let scale = ((4 * k * (k + 1)) as f64).recip();
            for mode in 0..mild {
                let above = inverse[(k + 1) * mild + mode];
                inverse[k * mild + mode] = (1.0 + square(half(mode)) * scale * above).recip();
            }
        }
        let mut free = vec![1.0; TERMS * mild];
        for k in 1..TERMS {
            for mode in 0..mild {
                let below = free[(k - 1) * mild + mode];
                free[k * mild + mode] = half(mode) * coupling(k) * below * inverse[k * mild + mode];
            }
        }
        let mut free_at_start = vec![0.0; mild];
        at_start(&free, mild, &mut free_at_start);
        Self {
            exponents,
            mild,
            inverse,
            free,
            free_at_start,
        }
    }

    /// Solves for the right-hand sides `q`, given by coefficient and then by mode.
    pub(super) fn solve(&self, q: &[f64], solution: &mut Solution) {
        kernels::vectorised(
            #[inline(always)]
            || {
                self.solve_mild(q, solution);
                self.solve_stiff(q, solution);
            },
        );
    }

    #[inline(always)]
    fn solve_mild(&self, q: &[f64], solution: &mut Solution) {
        let (modes, mild) = (self.exponents.len(), self.mild);
        let z = &self.exponents[..mild];
        let row = |k: usize| k * modes..k * modes + mild;
        let own = |k: usize| k * mild..(k + 1) * mild;
        solution.terms[COEFFICIENTS * modes..].fill(0.0);
        // Down: what the higher coefficients add to each right-hand side. Those above the degree of ∫q are 0.
        for k in (1..=COEFFICIENTS).rev() {
            let (now, above) = solution.terms.split_at_mut((k + 1) * modes);
            let now = &mut now[row(k)];
            let scale = 0.5 * coupling(k);
            for (now, before) in now.iter_mut().zip(&q[row(k - 1)]) {
                *now = scale * before;
            }
            let scale = 0.25 / k as f64;
            if k + 1 < COEFFICIENTS {
                for (now, after) in now.iter_mut().zip(&q[row(k + 1)]) {
                    *now -= scale * after;
                }
            }
            let (above, inverse) = (&above[..mild], &self.inverse[own(k + 1)]);
            for (((now, above), inverse), z) in now.iter_mut().zip(above).zip(inverse).zip(z) {
                *now -= scale * z * above * inverse;
            }
        }
        // Up, from a₀ = 0.
        solution.terms[row(0)].fill(0.0);
        for k in 1..TERMS {
            let (below, now) = solution.terms.split_at_mut(k * modes);
            let (below, now) = (&below[row(k - 1)], &mut now[..mild]);
            let scale = 0.5 * coupling(k);
            for (((now, below), inverse), z) in
                now.iter_mut().zip(below).zip(&self.inverse[own(k)]).zip(z)
            {
                *now = (*now + scale * z * below) * inverse;
            }
        }
        // As much of the solution for q = 0 as makes y(0) = 0.
        let offset = &mut solution.amplitudes[..mild];
        at_start(&solution.terms, modes, offset);
        for (offset, free) in offset.iter_mut().zip(&self.free_at_start) {
            *offset /= free;
        }
        for k in 0..TERMS {
            let now = solution.terms[row(k)].iter_mut();
            for ((now, free), offset) in now.zip(&self.free[own(k)]).zip(&*offset) {
                *now -= offset * free;
            }
        }
        offset.fill(0.0);
    }

    #[inline(always)]
    fn solve_stiff(&self, q: &[f64], solution: &mut Solution) {
        let (modes, mild) = (self.exponents.len(), self.mild);
        let z = &self.exponents[mild..];
        let row = |k: usize| k * modes + mild..(k + 1) * modes;
        // Coefficients k and k + 1 of p'.
        let (mut now, mut above) = (vec![0.0; z.len()], vec![0.0; z.len()]);
        for k in (0..COEFFICIENTS).rev() {
            let share = if k == 0 { 1.0 } else { 2.0 };
            let terms = solution.terms[row(k)].iter_mut();
            for ((((term, q), z), now), above) in
                terms.zip(&q[row(k)]).zip(z).zip(&mut now).zip(&mut above)
            {
                // T₀' = 0 and Tₖ'/2k = Tₖ₋₁ + Tₖ₋₃ + …, in which T₀ counts half.
                *term = (share * *now - q) / z;
                (*now, *above) = (*above + 2.0 * k as f64 * *term, *now);
            }
        }
        let amplitudes = &mut solution.amplitudes[mild..];
        at_start(&solution.terms[mild..], modes, amplitudes);
        for amplitude in amplitudes {
            *amplitude = -*amplitude;
        }
    }
}

/// cₖ₋₁/2k.
#[inline(always)]
fn coupling(k: usize) -> f64 {
    if k == 1 { 1.0 } else { 0.5 / k as f64 }
}

/// Values at θ = 0, Σ (−1)ᵏ aₖ, of the first `out.len()` of `modes` sums with these coefficients.
#[inline(always)]
fn at_start(terms: &[f64], modes: usize, out: &mut [f64]) {
    out.fill(0.0);
    for (k, terms) in terms.chunks(modes.max(1)).enumerate() {
        let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
        for (out, term) in out.iter_mut().zip(terms) {
            *out += sign * term;
        }
    }
}

/// Solutions of the equations of an interval: a·e^{zθ} + Σ aₖTₖ(2θ − 1) of every mode.
pub(super) struct Solution {
    /// Length of the interval; θ = 1 is its end.
    pub(super) length: f64,
    /// z of every mode.
    pub(super) exponents: Vec<f64>,
    amplitudes: Vec<f64>,
    /// aₖ by k and then by mode.
    terms: Vec<f64>,
}

impl Solution {
    /// 0, on an interval of this length with these equations.
    pub(super) fn new(length: f64, equations: &Equations) -> Self {
        let exponents = equations.exponents.clone();
        Self {
            length,
            amplitudes: vec![0.0; exponents.len()],
            terms: vec![0.0; TERMS * exponents.len()],
            exponents,
        }
    }

    /// Drops the highest coefficients, as far as no digit depends on them.
    pub(super) fn trim(&mut self) {
        let modes = self.exponents.len();
        let negligible = 1e-18 * kernels::max_abs(&self.terms);
        let used = self.terms.iter().rposition(|term| term.abs() > negligible);
        self.terms
            .truncate(used.map_or(1, |last| last / modes + 1) * modes);
    }

    /// Writes y(θ) of every mode, for one θ after the other.
    pub(super) fn at(&self, thetas: &[f64], y: &mut [f64]) {
        let modes = self.exponents.len();
        let used = self.terms.len() / modes;
        let weights: Vec<f64> = thetas
            .iter()
            .flat_map(|theta| chebyshev(*theta).into_iter().take(used))
            .collect();
        dense::transposed_products(&self.terms, &weights, thetas.len(), y);
        for (y, theta) in y.chunks_exact_mut(modes).zip(thetas) {
            for ((y, a), z) in y.iter_mut().zip(&self.amplitudes).zip(&self.exponents) {
                if *a != 0.0 {
                    *y += a * kernels::exp((z * theta).max(-700.0));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The coefficients of θⁿ: 2¹⁻²ⁿ times the binomial coefficients of 2n above n − k, the first halved.
    fn power(n: usize) -> [f64; COEFFICIENTS] {
        let mut coefficients = [0.0; COEFFICIENTS];
        // Those of 2n above n − k, by k from n down.
        let mut binomial = 1.0;
        for k in (0..=n).rev() {
            let share = if k == 0 { 0.5 } else { 1.0 };
            coefficients[k] = share * binomial * 2.0_f64.powi(1 - 2 * n as i32);
            binomial *= (n + k) as f64 / (n - k + 1) as f64;
        }
        coefficients
    }

    /// ∫₀¹ e^{z(1−s)} sⁿ ds, from the power series in z or from repeated integration by parts, whichever has terms that
    /// do not grow and cancel; the worst, n = 0 and z = −5, loses two digits.
    fn integral(z: f64, n: usize) -> f64 {
        if z > -(n as f64 + 6.0) {
            let mut term = 1.0 / (n + 1) as f64;
            let mut sum = 0.0;
            for power in 1..80 {
                sum += term;
                term *= z / (n + 1 + power) as f64;
            }
            return sum;
        }
        // n!/zⁿ⁺¹ (eᶻ − Σⱼ zʲ/j!), j ≤ n, the largest power first.
        let mut term = -1.0 / z;
        let mut sum = 0.0;
        for power in (0..=n).rev() {
            sum += term;
            term *= power as f64 / z;
        }
        let factorial = (1..=n).fold(1.0 / z, |product, k| product * k as f64 / z);
        sum + factorial * z.exp()
    }

    /// Mild modes and stiff ones, and those between, against the variation of constants. Rounding is some hundred ε
    /// of the coefficients of q where e^{zθ} is set apart, and some ten elsewhere.
    #[test]
    fn equations_are_solved_to_rounding() {
        let z = [
            0.0, -1e-9, -0.7, -5.0, -17.0, -31.9, -32.1, -100.0, -1e3, -1e7,
        ];
        for n in [0, 1, 5, 12, COEFFICIENTS - 1] {
            let spectrum = z.map(|z| z / 3.0);
            let equations = Equations::new(3.0, &spectrum);
            let mut solution = Solution::new(3.0, &equations);
            let q: Vec<f64> = power(n)
                .into_iter()
                .flat_map(|coefficient| [coefficient; 10])
                .collect();
            equations.solve(&q, &mut solution);
            solution.trim();
            // y(θ) is θⁿ⁺¹ times y(1) for zθ.
            let thetas = [0.0, 0.2, 0.77, 1.0];
            let mut y = vec![9.0; thetas.len() * z.len()];
            solution.at(&thetas, &mut y);
            for (theta, y) in thetas.iter().zip(y.chunks_exact(z.len())) {
                for (y, z) in y.iter().zip(&z) {
                    let expected = theta.powi(n as i32 + 1) * integral(z * theta, n);
                    let error = (y - expected).abs();
                    assert!(error < 1e-13, "n = {n}, z = {z}, θ = {theta}: {error:e}");
                }
            }
        }
    }

    /// What has a double zero at 0 and no higher degree is found whole: sums of sixteen terms of at most 2.
    #[test]
    fn polynomials_are_interpolated_to_rounding() {
        let table = interpolation();
        for n in [2, 3, 11, COEFFICIENTS - 1] {
            for (row, expected) in table.iter().zip(power(n)) {
                let found: f64 = (0..NODES).map(|at| row[at] * node(at).powi(n as i32)).sum();
                assert!((found - expected).abs() < 1e-13, "{n}: {found} {expected}");
            }
        }
    }
}
