//! The directions that runs on the logistic loss tend to: argmin ‖w‖ subject to ⟨zᵢ, w⟩ ≥ 1.
//!
//! The norm is the one in which a rule measures its steps: ℓ₂ for GD (Soudry et al. 2018, theorem 3), others for
//! steepest descent in others (Gunasekar et al. 2018) and for mirror descent (Sun et al. 2022).
//!
//! A conic interior-point method solves them all: a quadratic program for ℓ₂ and for preconditioned steps, linear
//! ones for ℓ₁ and ℓ_∞, power cones for ℓ_p. Where no w separates the data, none of them has a solution.
//!
//! Power cones take powers and logarithms from the platform. Under [`Arithmetic::Plain`] only which constraints hold
//! with equality is taken from them, and the ℓ_p-smallest w on these is found anew, by the projection of
//! [`bregman`](super::bregman).

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{self, NonnegativeConeT, PowerConeT};
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver as _, SolverStatus};

use super::bregman::Projector;
use super::potential::Potential;
use super::span::Span;
use crate::model::arithmetic::Arithmetic;
use crate::model::kernels;

/// The norm whose margin is largest.
#[derive(Clone, Debug, PartialEq)]
pub enum Norm {
    /// Σ∣w∣: steepest coordinate descent.
    One,
    /// √Σw²: gradient descent.
    Two,
    /// max∣w∣: sign descent.
    Infinity,
    /// (Σ∣w∣ᵖ)^(1/p): mirror descent with the ℓ_p potential.
    Power(f64),
    /// √Σw²/Pⱼ: preconditioned gradient descent.
    Preconditioned(Vec<f64>),
}

impl Norm {
    /// That of mirror descent; `None` for potentials that are no power of a norm.
    pub fn of(potential: &Potential) -> Option<Self> {
        match potential {
            Potential::Euclidean => Some(Self::Two),
            Potential::Preconditioned(p) => Some(Self::Preconditioned(p.clone())),
            Potential::Power(p) if *p == 2.0 => Some(Self::Two),
            Potential::Power(p) => Some(Self::Power(*p)),
            Potential::Hypentropy(_) | Potential::Entropy => None,
        }
    }

    /// ‖w‖.
    pub fn value(&self, w: &[f64]) -> f64 {
        match self {
            Self::One => w.iter().map(|w| w.abs()).sum(),
            Self::Two => kernels::dot(w, w).sqrt(),
            Self::Infinity => kernels::max_abs(w),
            Self::Power(p) => {
                // In units of the largest entry, so that no power over- or underflows.
                let unit = kernels::max_abs(w);
                if unit == 0.0 {
                    return 0.0;
                }
                let sum: f64 = w.iter().map(|w| libm::pow(w.abs() / unit, *p)).sum();
                unit * libm::pow(sum, p.recip())
            }
            Self::Preconditioned(p) => {
                let squares = w.iter().zip(p).map(|(w, p)| w * w / p);
                squares.sum::<f64>().sqrt()
            }
        }
    }
}

/// A solution.
#[derive(Clone, Debug, PartialEq)]
pub struct LargestMargin {
    /// argmin ‖w‖ subject to ⟨zᵢ, w⟩ ≥ 1; the margin is 1/‖w‖.
    pub w: Vec<f64>,
    /// The multipliers αᵢ ≥ 0 of the constraints; for ℓ₂, w = Σ αᵢzᵢ.
    pub multipliers: Vec<f64>,
}

/// The solution for rows `z` (n × d); `None` if no w separates them (or the solver stops early).
pub fn largest_margin(z: &[f64], d: usize, norm: &Norm) -> Option<LargestMargin> {
    let mut program = Program::new(z, d);
    match norm {
        Norm::Two => program.quadratic(|_| 1.0),
        Norm::Preconditioned(p) => program.quadratic(|j| p[j].recip()),
        Norm::One => program.one(),
        Norm::Infinity => program.infinity(),
        Norm::Power(p) => program.power(*p),
    }
    let found = program.solve()?;
    match norm {
        Norm::Power(p) if Arithmetic::is_plain_here() => Some(LargestMargin {
            w: on_the_margin(z, d, *p, &found).unwrap_or(found.w),
            multipliers: found.multipliers,
        }),
        _ => Some(found),
    }
}

/// The ℓ_p-smallest w that has ⟨zᵢ, w⟩ = 1 on the rows that carry a solution; `None` if it is none itself.
fn on_the_margin(z: &[f64], d: usize, p: f64, solution: &LargestMargin) -> Option<Vec<f64>> {
    /// What is left of a multiplier that is 0, and of a margin that is 1, at the tolerance of the solver.
    const SMALL: f64 = 1e-6;
    let negligible = SMALL * kernels::max_abs(&solution.multipliers);
    let rows = || z.chunks_exact(d);
    let carrying = rows().zip(&solution.multipliers);
    let carrying = carrying.filter(|(_, multiplier)| **multiplier > negligible);
    let x: Vec<f64> = carrying.flat_map(|(row, _)| row).copied().collect();
    let span = Span::new(&x, d, &vec![1.0; x.len() / d]);
    let potential = Potential::Power(p);
    let w = Projector::new(&potential, &span, &vec![0.0; d]).solution()?;
    let holds = |row| kernels::dot(row, &w) >= 1.0 - SMALL;
    rows().all(holds).then_some(w)
}

/// ½xᵀ diag(curvature) x + costᵀx subject to a conic constraint on each row of `rows`.
struct Program {
    d: usize,
    margins: usize,
    curvature: Vec<f64>,
    cost: Vec<f64>,
    /// Column, row and value of the constraint matrix A in Ax + s = b.
    entries: Vec<(usize, usize, f64)>,
    bounds: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

impl Program {
    /// −⟨zᵢ, w⟩ + s = −1 with s ≥ 0, the variables w first.
    fn new(z: &[f64], d: usize) -> Self {
        let n = z.len() / d;
        let entries = z.iter().enumerate().map(|(at, z)| (at % d, at / d, -z));
        Self {
            d,
            margins: n,
            curvature: vec![0.0; d],
            cost: vec![0.0; d],
            entries: entries.collect(),
            bounds: vec![-1.0; n],
            cones: vec![NonnegativeConeT(n)],
        }
    }

    /// ½Σ weightⱼ wⱼ².
    fn quadratic(&mut self, weight: impl Fn(usize) -> f64) {
        for (j, curvature) in self.curvature.iter_mut().enumerate() {
            *curvature = weight(j);
        }
    }

    /// Adds `count` variables of a cost; returns the first.
    fn variables(&mut self, count: usize, cost: f64) -> usize {
        let first = self.cost.len();
        self.cost.resize(first + count, cost);
        self.curvature.resize(first + count, 0.0);
        first
    }

    /// ±wⱼ ≤ t(j).
    fn bound(&mut self, bound_of: impl Fn(usize) -> usize) {
        for sign in [1.0, -1.0] {
            for j in 0..self.d {
                let row = self.bounds.len();
                self.entries.push((j, row, sign));
                self.entries.push((bound_of(j), row, -1.0));
                self.bounds.push(0.0);
            }
        }
        self.cones.push(NonnegativeConeT(2 * self.d));
    }

    /// Σ tⱼ with ∣wⱼ∣ ≤ tⱼ.
    fn one(&mut self) {
        let first = self.variables(self.d, 1.0);
        self.bound(|j| first + j);
    }

    /// t with ∣wⱼ∣ ≤ t.
    fn infinity(&mut self) {
        let bound = self.variables(1, 1.0);
        self.bound(|_| bound);
    }

    /// Σ tⱼ with ∣wⱼ∣ ≤ tⱼ^(1/p)·1^(1−1/p).
    fn power(&mut self, p: f64) {
        let first = self.variables(self.d, 1.0);
        for j in 0..self.d {
            let row = self.bounds.len();
            self.entries.push((first + j, row, -1.0));
            self.entries.push((j, row + 2, -1.0));
            self.bounds.extend([0.0, 1.0, 0.0]);
            self.cones.push(PowerConeT(p.recip()));
        }
    }

    fn solve(mut self) -> Option<LargestMargin> {
        let (rows, columns) = (self.bounds.len(), self.cost.len());
        self.entries.sort_by_key(|(column, row, _)| (*column, *row));
        let mut starts = vec![0; columns + 1];
        for (column, _, _) in &self.entries {
            starts[column + 1] += 1;
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let constraints = CscMatrix::new(
            rows,
            columns,
            starts,
            self.entries.iter().map(|(_, row, _)| *row).collect(),
            self.entries.iter().map(|(_, _, value)| *value).collect(),
        );
        let curvature = CscMatrix::new(
            columns,
            columns,
            (0..=columns).collect(),
            (0..columns).collect(),
            self.curvature,
        );
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-12,
            tol_gap_rel: 1e-12,
            tol_feas: 1e-12,
            ..DefaultSettings::default()
        };
        let mut solver = DefaultSolver::new(
            &curvature,
            &self.cost,
            &constraints,
            &self.bounds,
            &self.cones,
            settings,
        )
        .ok()?;
        solver.solve();
        let solution = &solver.solution;
        // The last digits of a degenerate program may be out of reach: what counts is that it was solved.
        let solved = matches!(
            solution.status,
            SolverStatus::Solved | SolverStatus::AlmostSolved | SolverStatus::InsufficientProgress
        );
        let w = solution.x.get(..self.d)?.to_vec();
        let usable = solved && w.iter().all(|w| w.is_finite()) && w.iter().any(|w| *w != 0.0);
        usable.then(|| LargestMargin {
            w,
            multipliers: solution.z[..self.margins].to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows around (1, 0.5) that are all active for some norm: the wedge of the lab without its random points.
    const Z: [f64; 8] = [1.0, 0.5, 1.3, 2.0, 2.5, -0.4, 1.6, 0.9];

    /// The largest margin over a fine fan of directions in the plane, refined twice: 1e-4 of a quarter turn each,
    /// so the margin is right to the square of the last spacing, and the angle to that spacing or better.
    fn by_angle(norm: &Norm) -> [f64; 2] {
        let margin = |angle: f64| {
            let w = [angle.cos(), angle.sin()];
            let smallest = Z
                .chunks_exact(2)
                .map(|z| z[0] * w[0] + z[1] * w[1])
                .fold(f64::INFINITY, f64::min);
            smallest / norm.value(&w)
        };
        let (mut middle, mut width) = (0.5, 1.2);
        for _ in 0..3 {
            let angles = (-10_000..=10_000).map(|i| middle + width * f64::from(i) / 1e4);
            middle = angles
                .max_by(|a, b| margin(*a).total_cmp(&margin(*b)))
                .unwrap();
            width *= 1e-3;
        }
        [middle.cos(), middle.sin()]
    }

    #[test]
    fn margins_are_the_largest_of_all_directions() {
        let norms = [
            Norm::One,
            Norm::Two,
            Norm::Infinity,
            Norm::Power(1.5),
            Norm::Power(3.0),
            Norm::Power(6.0),
            Norm::Preconditioned(vec![1.0, 0.2]),
        ];
        let arithmetics = [Arithmetic::Fused, Arithmetic::Plain];
        let cases = norms
            .iter()
            .flat_map(|norm| arithmetics.map(|of| (norm, of)));
        for (norm, arithmetic) in cases {
            let found = arithmetic.run(|| largest_margin(&Z, 2, norm).unwrap().w);
            let length = found[0].hypot(found[1]);
            let expected = by_angle(norm);
            for (found, expected) in found.iter().zip(expected) {
                let error = (found / length - expected).abs();
                assert!(error < 1e-6, "{norm:?}: {error:e}");
            }
            let smallest = Z
                .chunks_exact(2)
                .map(|z| z[0] * found[0] + z[1] * found[1])
                .fold(f64::INFINITY, f64::min);
            assert!((smallest - 1.0).abs() < 1e-8, "{norm:?}: {smallest}");
        }
    }

    #[test]
    fn the_multipliers_make_the_answer_of_the_rows() {
        let answer = largest_margin(&Z, 2, &Norm::Two).unwrap();
        for j in 0..2 {
            let sum: f64 = Z
                .chunks_exact(2)
                .zip(&answer.multipliers)
                .map(|(z, alpha)| alpha * z[j])
                .sum();
            assert!((sum - answer.w[j]).abs() < 1e-9);
        }
    }

    #[test]
    fn what_cannot_be_separated_has_no_margin() {
        let opposed = [1.0, 0.5, -1.0, -0.4, 0.2, -1.0];
        for norm in [Norm::One, Norm::Two, Norm::Infinity, Norm::Power(3.0)] {
            assert_eq!(largest_margin(&opposed, 2, &norm), None, "{norm:?}");
        }
    }
}
