//! Where gradient flow ends, found by solving for it instead of integrating (mathematics §4, §10).
//!
//! Along gradient flow every weight depends on time through one number per coordinate,
//! q = Xᵀλ(t), so the end is the one λ with Xβ(Xᵀλ) = y:
//!
//! - p = 2: w±' = ∓w± Xᵀr/n multiplies the weights, w±² → w±² e^{±4q}. From w± = α this is
//!   β = 2α² sinh(4q), the stationarity of argmin φ_α (eq. 4).
//! - p ≥ 3: w±' = ∓(p/2) w±^{p−1} Xᵀr/n shifts a power of them, w±^{2−p} → w±^{2−p} ∓ q, up to the
//!   q where a weight becomes infinite.
//!
//! In both cases β(q) increases, and is the derivative of a convex function: the Legendre
//! conjugate of the potential. So the end of training is also the Bregman projection of the
//! current β on the interpolators, whatever state the weights are in.
//!
//! For small α the dual problem is stiff: the exponents must change by ln α⁻² before β does.
//! Newton then starts at an α where β is nearly linear in q, and follows the solution to the
//! wanted weights.

mod exponential;
mod path;
mod power;
#[cfg(test)]
mod testing;

use crate::model::arithmetic::Elementary as _;
pub(super) use exponential::Exponential;
use path::{ON_THE_WAY, follow};
use power::Power;

use super::newton::{GOAL, Newton};
use super::{Interpolation, InterpolationError};
use crate::model::kernels;

/// Newton steps allowed from a start that may be close.
const DIRECT_STEPS: usize = 12;

/// Newton steps allowed in total for p ≥ 3, where every step may take 70 % of the way to infinity.
const MAX_POWER_STEPS: usize = 400;

/// Newton steps for p ≥ 3 between two changes of the origin of q.
const STEPS_PER_REBASE: usize = 4;

/// How often the residual may fail to halve between two such changes.
const MAX_STALLS: usize = 10;

/// For p ≥ 3: by how much rounding of the initial weights may change the largest |β| at most.
const RESOLVED: f64 = 1e-6;

/// A smooth interpolator: where gradient flow ends.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLimit {
    /// The interpolator, length d.
    pub beta: Vec<f64>,
    /// The dual in the orthonormal basis of the row space, length rank: q = Q·dual. See
    /// [`Interpolation::row_dual`] for one entry per row of X.
    pub dual: Vec<f64>,
    /// Newton steps it took.
    pub newton_steps: usize,
}

impl Interpolation {
    /// argmin φ_α subject to Xβ = y (eq. 4), for ln α per coordinate.
    ///
    /// `warm` is the dual of an earlier solution, for a nearby α; without one the solution is
    /// followed down from a large α. ln α may be far below the logarithm of the smallest double.
    ///
    /// # Errors
    /// For arguments of the wrong length or not finite, and if Newton's method does not converge.
    pub fn least_entropy(
        &self,
        log_alpha: &[f64],
        warm: Option<&[f64]>,
    ) -> Result<FlowLimit, InterpolationError> {
        self.least_divergence(log_alpha, &vec![0.0; self.d], warm)
    }

    /// argmin D_φα(·, β₀) subject to Xβ = y, for ln α and asinh(β₀/2α²) = ln(w₊/w₋) per coordinate: eq. 4 for a
    /// start at β₀. `warm` and errors as in [`Self::least_entropy`].
    pub fn least_divergence(
        &self,
        log_alpha: &[f64],
        tilt: &[f64],
        warm: Option<&[f64]>,
    ) -> Result<FlowLimit, InterpolationError> {
        self.check_length("ln α", log_alpha)?;
        self.check_length("asinh(β₀/2α²)", tilt)?;
        if log_alpha.iter().chain(tilt).any(|log| !log.is_finite()) {
            return Err(InterpolationError::BadValue {
                what: "ln α and asinh(β₀/2α²) must be finite",
            });
        }
        self.solve_exponential(&self.mirror(log_alpha, tilt), warm)
    }

    fn mirror(&self, log_alpha: &[f64], tilt: &[f64]) -> Exponential {
        let squares = |sign: f64| {
            let entries = log_alpha.iter().zip(tilt);
            let entries =
                entries.map(|(log, tilt)| 2.0 * log - self.scale.logarithm() + sign * tilt);
            entries.collect()
        };
        Exponential {
            tilt: tilt.to_vec(),
            log_minus: squares(-1.0),
            log_plus: squares(1.0),
        }
    }

    /// The mirror map for one α for all coordinates.
    pub(super) fn common_mirror(&self, log_alpha: f64) -> Exponential {
        self.mirror(&vec![log_alpha; self.d], &vec![0.0; self.d])
    }

    /// Where gradient flow from the weights (w₊, w₋) of a depth-p network, β = w₊^p − w₋^p, ends.
    ///
    /// That is the Bregman projection of the current β on the interpolators. Weights that are
    /// exactly 0 stay 0. At p = 2 the signs of the weights do not matter.
    ///
    /// # Errors
    /// For p < 2 and for arguments of the wrong length or not finite; if Newton's method does not
    /// converge, as where weights that are 0 leave no interpolator in reach; and for p ≥ 3
    /// [`InterpolationError::Unresolvable`] if the weights are so small that q has too few digits
    /// to say where they end.
    pub fn flow_limit(
        &self,
        depth: u32,
        w_plus: &[f64],
        w_minus: &[f64],
    ) -> Result<FlowLimit, InterpolationError> {
        self.check_length("w₊", w_plus)?;
        self.check_length("w₋", w_minus)?;
        if w_plus.iter().chain(w_minus).any(|w| !w.is_finite()) {
            return Err(InterpolationError::BadValue {
                what: "weights must be finite",
            });
        }
        match depth {
            0 | 1 => Err(InterpolationError::BadValue {
                what: "the depth must be at least 2",
            }),
            2 => {
                let end = Exponential::from_weights(w_plus, w_minus, self.scale.logarithm());
                let current = vec![0.0; self.rank()];
                self.solve_exponential(&end, Some(&current))
            }
            _ => self.solve_power(depth, w_plus, w_minus),
        }
    }

    /// Qᵀβ/scale of every interpolator.
    pub(super) fn scaled_coordinates(&self) -> Vec<f64> {
        self.coordinates.iter().map(|c| c / self.scale).collect()
    }

    fn solve_exponential(
        &self,
        end: &Exponential,
        warm: Option<&[f64]>,
    ) -> Result<FlowLimit, InterpolationError> {
        let target = self.scaled_coordinates();
        let start = warm.filter(|warm| warm.len() == self.rank());
        let zero = vec![0.0; self.rank()];
        let mut newton = Newton::new(
            &self.basis,
            &target,
            self.d,
            start.unwrap_or(&zero).to_vec(),
        );
        newton.watch = self.watch.clone();
        let mut steps = 0;
        if start.is_some() {
            let outcome = newton.run(end, GOAL, DIRECT_STEPS);
            steps += outcome.steps;
            if outcome.residual <= newton.acceptable() {
                return Ok(self.limit(newton, steps, 1.0));
            }
        }
        newton.dual.copy_from_slice(&zero);
        let outcome = follow(&mut newton, end);
        steps += outcome.steps;
        if outcome.residual <= newton.acceptable() {
            return Ok(self.limit(newton, steps, 1.0));
        }
        let residual = outcome.residual;
        Err(InterpolationError::NotConverged { steps, residual })
    }

    fn solve_power(
        &self,
        depth: u32,
        w_plus: &[f64],
        w_minus: &[f64],
    ) -> Result<FlowLimit, InterpolationError> {
        let target = self.scaled_coordinates();
        let p = f64::from(depth);
        // Weights in units of those that make β one unit.
        let unit = self.scale.to_the(p.recip());
        let mut mirror = Power::from_weights(depth, w_plus, w_minus, unit);
        let mut newton = Newton::new(&self.basis, &target, self.d, vec![0.0; self.rank()]);
        newton.watch = self.watch.clone();
        let mut dual = vec![0.0; self.rank()];
        let mut steps = 0;
        let mut stalls = 0;
        let mut residual = f64::INFINITY;
        while residual > GOAL && steps < MAX_POWER_STEPS {
            let outcome = newton.run(&mirror, GOAL, STEPS_PER_REBASE);
            mirror.rebase(&newton.q);
            for (dual, more) in dual.iter_mut().zip(&mut newton.dual) {
                *dual += std::mem::take(more);
            }
            steps += outcome.steps;
            let previous = std::mem::replace(&mut residual, outcome.residual);
            let stalled = residual < ON_THE_WAY && residual > 0.5 * previous;
            stalls += usize::from(stalled);
            if stalls > MAX_STALLS || outcome.steps == 0 || !residual.is_finite() {
                break;
            }
            // dβ/dq ∝ |w|^{2p−2} is far below β ∝ |w|^p for small weights, so that H may be
            // singular in directions in which β still counts.
            newton.orthogonal |= stalled;
        }
        let acceptable = newton.acceptable();
        kernels::transposed_matrix_vector(&self.basis, &dual, &mut newton.q);
        // What rounding of q, or of the initial weights, changes in β.
        let error = 4.0 * f64::EPSILON * mirror.steepest() * kernels::max_abs(&newton.q);
        if error.is_nan() || error > RESOLVED {
            return Err(InterpolationError::Unresolvable { error });
        }
        if residual.is_nan() || residual > acceptable {
            return Err(InterpolationError::NotConverged { steps, residual });
        }
        newton.dual = dual;
        Ok(self.limit(newton, steps, unit.to_the(2.0 - p)))
    }

    fn limit(&self, newton: Newton<'_>, newton_steps: usize, dual_unit: f64) -> FlowLimit {
        let rescaled = |v: Vec<f64>, unit: f64| v.into_iter().map(|v| v * unit).collect();
        FlowLimit {
            beta: rescaled(newton.beta, self.scale),
            dual: rescaled(newton.dual, dual_unit),
            newton_steps,
        }
    }
}
