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
//! For small α the dual problem is stiff: the exponents must travel ln α⁻² before anything moves.
//! Newton then starts at an α where β is nearly linear in q, and follows the solution to the
//! wanted weights.

use super::newton::{GOAL, Mirror, Newton, Outcome};
use super::{Interpolation, InterpolationError};
use crate::model::kernels;

/// Residual at which the path of solutions is followed before the end of it.
const ON_THE_WAY: f64 = 1e-2;

/// Newton steps allowed from a start that may be close.
const DIRECT_STEPS: usize = 12;

/// How far an exponent may move in one Newton step.
const LONGEST_EXPONENT: f64 = 1.5;

/// Below e to this, relative to the scale, a weight's square is lost in rounding: until it rises
/// above, it may move freely.
const NEGLIGIBLE: f64 = -37.0;

/// How far the largest exponent may move in the first stretch of the path that is followed.
const FIRST_REACH: f64 = 2.0;

/// And in the shortest one, after which the path is given up.
const SHORTEST_REACH: f64 = 1e-3;

/// Newton steps at the end of a stretch, before a shorter one is tried.
const STEPS_PER_STRETCH: usize = 25;

/// Newton steps at the end of the path.
const LAST_STEPS: usize = 100;

/// Newton steps allowed in total.
const MAX_STEPS: usize = 4000;

/// The same for p ≥ 3, where every step may take 70 % of the way to infinity.
const MAX_POWER_STEPS: usize = 400;

/// Newton steps for p ≥ 3 between two changes of the origin of q.
const STEPS_PER_REBASE: usize = 4;

/// How often the residual may fail to halve between two such changes.
const MAX_STALLS: usize = 10;

/// For p ≥ 3: by how much rounding of the initial weights may change the largest |β| at most.
const RESOLVED: f64 = 1e-6;

/// A smooth interpolator: where gradient flow ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
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
    /// `warm` is the dual of an earlier landing, for a nearby α; without one the solution is
    /// followed down from a large α. ln α may be far below the logarithm of the smallest double.
    ///
    /// # Errors
    /// For arguments of the wrong length or not finite, and if Newton's method does not converge.
    pub fn least_entropy(
        &self,
        log_alpha: &[f64],
        warm: Option<&[f64]>,
    ) -> Result<Landing, InterpolationError> {
        self.check_length("ln α", log_alpha)?;
        if log_alpha.iter().any(|log| !log.is_finite()) {
            return Err(InterpolationError::BadValue {
                what: "ln α must be finite",
            });
        }
        let squared: Vec<f64> = log_alpha
            .iter()
            .map(|log| 2.0 * log - self.scale.ln())
            .collect();
        let end = Exponential {
            tilt: vec![0.0; self.d],
            log_minus: squared.clone(),
            log_plus: squared,
        };
        self.land_exponential(&end, warm)
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
    ) -> Result<Landing, InterpolationError> {
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
                let end = Exponential::from_weights(w_plus, w_minus, self.scale.ln());
                let current = vec![0.0; self.rank()];
                self.land_exponential(&end, Some(&current))
            }
            _ => self.land_power(depth, w_plus, w_minus),
        }
    }

    /// Qᵀβ/scale of every interpolator.
    fn scaled_coordinates(&self) -> Vec<f64> {
        self.coordinates.iter().map(|c| c / self.scale).collect()
    }

    fn land_exponential(
        &self,
        end: &Exponential,
        warm: Option<&[f64]>,
    ) -> Result<Landing, InterpolationError> {
        let target = self.scaled_coordinates();
        let start = warm.filter(|warm| warm.len() == self.rank());
        let zero = vec![0.0; self.rank()];
        let mut newton = Newton::new(
            &self.basis,
            &target,
            self.d,
            start.unwrap_or(&zero).to_vec(),
        );
        let mut steps = 0;
        if start.is_some() {
            let outcome = newton.run(end, GOAL, DIRECT_STEPS);
            steps += outcome.steps;
            if outcome.residual <= newton.acceptable() {
                return Ok(self.landing(newton, steps, 1.0));
            }
        }
        newton.dual.copy_from_slice(&zero);
        let outcome = follow(&mut newton, end);
        steps += outcome.steps;
        if outcome.residual <= newton.acceptable() {
            return Ok(self.landing(newton, steps, 1.0));
        }
        let residual = outcome.residual;
        Err(InterpolationError::NotConverged { steps, residual })
    }

    fn land_power(
        &self,
        depth: u32,
        w_plus: &[f64],
        w_minus: &[f64],
    ) -> Result<Landing, InterpolationError> {
        let target = self.scaled_coordinates();
        let p = f64::from(depth);
        // Weights in units of those that make β one unit.
        let unit = self.scale.powf(p.recip());
        let mut mirror = Power::from_weights(depth, w_plus, w_minus, unit);
        let mut newton = Newton::new(&self.basis, &target, self.d, vec![0.0; self.rank()]);
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
        Ok(self.landing(newton, steps, unit.powf(2.0 - p)))
    }

    fn landing(&self, newton: Newton<'_>, newton_steps: usize, dual_unit: f64) -> Landing {
        let rescaled = |v: Vec<f64>, unit: f64| v.into_iter().map(|v| v * unit).collect();
        Landing {
            beta: rescaled(newton.beta, self.scale),
            dual: rescaled(newton.dual, dual_unit),
            newton_steps,
        }
    }
}

/// Follows the solution from a large common α, where β is nearly linear in q, to `end`.
fn follow(newton: &mut Newton<'_>, end: &Exponential) -> Outcome {
    let path = Path::to(end);
    let mut now = path.at(0.0);
    let mut outcome = newton.run(&now, ON_THE_WAY, 60);
    let mut steps = outcome.steps;
    let mut change = vec![0.0; newton.beta.len()];
    let mut reach = FIRST_REACH;
    let mut at = 0.0;
    while at < 1.0 && outcome.residual <= ON_THE_WAY && steps < MAX_STEPS {
        path.change(&now, &newton.q, &mut change);
        let Some((tangent, dq)) = newton.tangent(&change) else {
            break;
        };
        let travel = (4.0 * kernels::max_abs(&dq)).max(path.longest / 3.0);
        let here = newton.dual.clone();
        loop {
            let h = (reach / travel).min(1.0 - at);
            for ((dual, here), tangent) in newton.dual.iter_mut().zip(&here).zip(&tangent) {
                *dual = here + h * tangent;
            }
            let ahead = if h < 1.0 - at { at + h } else { 1.0 };
            now = path.at(ahead);
            let (goal, patience) = if ahead < 1.0 {
                (ON_THE_WAY, STEPS_PER_STRETCH)
            } else {
                (GOAL, LAST_STEPS)
            };
            outcome = newton.run(&now, goal, patience);
            steps += outcome.steps + 1;
            let arrived = outcome.residual <= goal || outcome.residual <= newton.acceptable();
            if arrived {
                at = ahead;
                break;
            }
            reach *= 0.25;
            if reach < SHORTEST_REACH || steps > MAX_STEPS {
                return Outcome { steps, ..outcome };
            }
        }
        reach = match outcome.steps {
            0..=2 => 1.5 * reach,
            3..=5 => reach,
            _ => (0.5 * reach).max(0.5),
        };
    }
    Outcome { steps, ..outcome }
}

/// β = e^{ln w₊² + 4q} − e^{ln w₋² − 4q}: depth 2, weights in units of √scale.
#[derive(Clone, Debug)]
struct Exponential {
    /// ln w₊², −∞ for a weight that is 0.
    log_plus: Vec<f64>,
    /// ln w₋², −∞ for a weight that is 0.
    log_minus: Vec<f64>,
    /// ½(ln w₊² − ln w₋²), computed without cancellation.
    tilt: Vec<f64>,
}

impl Exponential {
    fn from_weights(w_plus: &[f64], w_minus: &[f64], log_scale: f64) -> Self {
        let log_squares = |w: &[f64]| {
            w.iter()
                .map(|w| 2.0 * w.abs().ln() - log_scale)
                .collect::<Vec<f64>>()
        };
        let tilt = w_plus.iter().zip(w_minus).map(|(plus, minus)| {
            let (plus, minus) = (plus.abs(), minus.abs());
            if plus < 2.0 * minus && minus < 2.0 * plus {
                libm::log1p((plus - minus) / minus)
            } else {
                libm::log(plus) - libm::log(minus)
            }
        });
        Self {
            tilt: tilt.collect(),
            log_plus: log_squares(w_plus),
            log_minus: log_squares(w_minus),
        }
    }
}

/// eˣ, 0 below the range of doubles and kept from overflowing above it.
fn capped_exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    kernels::exp(x.min(600.0))
}

/// sinh s for |s| ≤ ½: the odd Taylor polynomial, remainder below 2⁻⁵⁴ relative.
fn short_sinh(s: f64) -> f64 {
    let square = s * s;
    let mut sum = 1.0 / 6_227_020_800.0;
    for reciprocal in [
        1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        1.0 / 5_040.0,
        1.0 / 120.0,
        1.0 / 6.0,
    ] {
        sum = sum * square + reciprocal;
    }
    s + s * square * sum
}

impl Mirror for Exponential {
    fn evaluate(&self, q: &[f64], beta: &mut [f64], slope: &mut [f64]) {
        let logs = self.log_plus.iter().zip(&self.log_minus).zip(&self.tilt);
        for (((beta, slope), q), ((plus, minus), tilt)) in
            beta.iter_mut().zip(slope).zip(q).zip(logs)
        {
            let plus = capped_exp(plus + 4.0 * q);
            let minus = capped_exp(minus - 4.0 * q);
            let angle = tilt + 4.0 * q;
            // For α² ≫ |β| the two squares cancel.
            *beta = if angle.abs() < 0.5 {
                2.0 * (plus * minus).sqrt() * short_sinh(angle)
            } else {
                plus - minus
            };
            *slope = 4.0 * (plus + minus);
        }
    }

    fn longest_step(&self, q: &[f64], dq: &[f64]) -> f64 {
        let mut longest = f64::INFINITY;
        let logs = self.log_plus.iter().zip(&self.log_minus);
        for ((q, dq), (plus, minus)) in q.iter().zip(dq).zip(logs) {
            let (rising, falling) = if *dq > 0.0 {
                (plus + 4.0 * q, minus - 4.0 * q)
            } else {
                (minus - 4.0 * q, plus + 4.0 * q)
            };
            let room = if falling > NEGLIGIBLE {
                LONGEST_EXPONENT
            } else {
                (NEGLIGIBLE - rising).max(LONGEST_EXPONENT)
            };
            longest = longest.min(room / (4.0 * dq.abs()));
        }
        longest
    }
}

/// The straight line, in the logarithms, from one large α for all coordinates to `end`.
struct Path<'a> {
    end: &'a Exponential,
    /// ln α² at the start.
    start: f64,
    /// The longest way a logarithm has to go.
    longest: f64,
}

impl<'a> Path<'a> {
    fn to(end: &'a Exponential) -> Self {
        let logs = || end.log_plus.iter().chain(&end.log_minus);
        // 2(½ ln scale + 0.7), where sinh is linear up to a few per cent.
        let start = logs().copied().fold(1.4, f64::max);
        let longest = logs()
            .filter(|log| log.is_finite())
            .fold(0.0, |longest: f64, log| longest.max(start - log));
        Self {
            end,
            start,
            longest,
        }
    }

    fn at(&self, tau: f64) -> Exponential {
        let between = |logs: &[f64]| {
            logs.iter()
                .map(|end| (1.0 - tau) * self.start + tau * end)
                .map(|log| if log.is_nan() { f64::NEG_INFINITY } else { log })
                .collect()
        };
        Exponential {
            log_plus: between(&self.end.log_plus),
            log_minus: between(&self.end.log_minus),
            tilt: self.end.tilt.iter().map(|tilt| tau * tilt).collect(),
        }
    }

    /// dβ/dτ at fixed q.
    fn change(&self, now: &Exponential, q: &[f64], change: &mut [f64]) {
        let ends = self.end.log_plus.iter().zip(&self.end.log_minus);
        let logs = now.log_plus.iter().zip(&now.log_minus);
        for (((change, q), (end_plus, end_minus)), (plus, minus)) in
            change.iter_mut().zip(q).zip(ends).zip(logs)
        {
            let part = |square: f64, end: f64| {
                if square > 0.0 {
                    square * (end - self.start)
                } else {
                    0.0
                }
            };
            *change = part(capped_exp(plus + 4.0 * q), *end_plus)
                - part(capped_exp(minus - 4.0 * q), *end_minus);
        }
    }
}

/// β = Σ over both weights of sign·(start − sign·q)^{−k}, k = p/(p−2): depth p ≥ 3, in units of
/// scale^{1/p}.
#[derive(Clone, Debug)]
struct Power {
    exponent: f64,
    /// |w|^{2−p} at q = 0, for w₊ and w₋ of each coordinate; ∞ for a weight that is 0.
    start: Vec<[f64; 2]>,
    /// The difference of the two, kept apart because it is much smaller for large weights.
    gap: Vec<f64>,
    /// The sign with which each weight enters β. A negative weight to an odd power enters with the
    /// other sign, and its modulus then moves as if it were the other weight.
    sign: Vec<[f64; 2]>,
}

impl Power {
    fn from_weights(depth: u32, w_plus: &[f64], w_minus: &[f64], unit: f64) -> Self {
        let p = f64::from(depth);
        let power = |w: f64| libm::pow(w.abs() / unit, 2.0 - p);
        let flips = |w: f64| {
            if depth % 2 == 1 && w < 0.0 { -1.0 } else { 1.0 }
        };
        let pairs = || w_plus.iter().zip(w_minus);
        // w₊^{2−p} − w₋^{2−p} = w₋^{2−p} (e^{(2−p) ln(w₊/w₋)} − 1).
        let gap = |plus: f64, minus: f64| {
            let ratio = libm::log1p((plus.abs() - minus.abs()) / minus.abs());
            power(minus) * libm::expm1((2.0 - p) * ratio)
        };
        Self {
            exponent: p / (p - 2.0),
            start: pairs()
                .map(|(plus, minus)| [power(*plus), power(*minus)])
                .collect(),
            gap: pairs().map(|(plus, minus)| gap(*plus, *minus)).collect(),
            sign: pairs()
                .map(|(plus, minus)| [flips(*plus), -flips(*minus)])
                .collect(),
        }
    }

    /// Makes the weights at q the new start: the flow goes on from there.
    ///
    /// Where q has travelled far, |w|^{2−p} − q has lost its digits to cancellation. Keeping it
    /// instead of q makes the result exact for initial weights that differ by rounding.
    fn rebase(&mut self, q: &[f64]) {
        for (((start, gap), sign), q) in self
            .start
            .iter_mut()
            .zip(&mut self.gap)
            .zip(&self.sign)
            .zip(q)
        {
            for side in 0..2 {
                start[side] -= sign[side] * q;
            }
            *gap -= (sign[0] - sign[1]) * q;
        }
    }

    /// The largest |dβ/dq|.
    fn steepest(&self) -> f64 {
        self.start
            .iter()
            .flatten()
            .map(|left| self.exponent * libm::pow(*left, -self.exponent - 1.0))
            .fold(0.0, f64::max)
    }
}

impl Mirror for Power {
    fn evaluate(&self, q: &[f64], beta: &mut [f64], slope: &mut [f64]) {
        let k = self.exponent;
        for (((((beta, slope), q), start), gap), sign) in beta
            .iter_mut()
            .zip(slope)
            .zip(q)
            .zip(&self.start)
            .zip(&self.gap)
            .zip(&self.sign)
        {
            let left = [start[0] - sign[0] * q, start[1] - sign[1] * q];
            if left[0] <= 0.0 || left[1] <= 0.0 {
                *beta = f64::NAN;
                *slope = f64::NAN;
                continue;
            }
            let powers = left.map(|left| libm::pow(left, -k));
            *slope = k * (powers[0] / left[0] + powers[1] / left[1]);
            // Equal powers of opposite sign cancel for weights much larger than β.
            let near = left[0] < 2.0 * left[1] && left[1] < 2.0 * left[0];
            *beta = if near && sign[0] != sign[1] {
                let gap = gap - (sign[0] - sign[1]) * q;
                sign[0] * powers[1] * libm::expm1(-k * libm::log1p(gap / left[1]))
            } else {
                sign[0] * powers[0] + sign[1] * powers[1]
            };
        }
    }

    fn longest_step(&self, q: &[f64], dq: &[f64]) -> f64 {
        let mut longest = f64::INFINITY;
        for (((q, dq), start), sign) in q.iter().zip(dq).zip(&self.start).zip(&self.sign) {
            for side in 0..2 {
                let towards = sign[side] * dq;
                if towards > 0.0 {
                    longest = longest.min(0.7 * (start[side] - sign[side] * q) / towards);
                }
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Taylor polynomial against the platform's sinh, at the ends of its range and at 0.
    #[test]
    fn short_sinh_is_exact_to_rounding() {
        for s in [1e-12_f64, 1e-3, 0.1, 0.3, 0.5] {
            let relative = short_sinh(s) / s.sinh() - 1.0;
            assert!(relative.abs() <= 4.0 * f64::EPSILON, "{s}: {relative:e}");
            assert_eq!(short_sinh(-s), -short_sinh(s));
        }
        assert_eq!(short_sinh(0.0), 0.0);
    }

    /// dβ/dq by central differences with h = 1e-6, where both formulas for β are in use.
    fn check_slope(mirror: &impl Mirror, d: usize, q: &[f64]) {
        let h = 1e-6;
        let (mut beta, mut slope) = (vec![0.0; d], vec![0.0; d]);
        let (mut ahead, mut behind, mut unused) = (beta.clone(), beta.clone(), beta.clone());
        mirror.evaluate(q, &mut beta, &mut slope);
        let moved = |h: f64| q.iter().map(|q| q + h).collect::<Vec<f64>>();
        mirror.evaluate(&moved(h), &mut ahead, &mut unused);
        mirror.evaluate(&moved(-h), &mut behind, &mut unused);
        for j in 0..d {
            let difference = (ahead[j] - behind[j]) / (2.0 * h);
            assert!(
                (difference - slope[j]).abs() <= 1e-7 * slope[j].max(1.0),
                "{j}: {difference} {}",
                slope[j]
            );
        }
    }

    const W_PLUS: [f64; 4] = [0.7, -0.9, 1.3, 0.0];
    const W_MINUS: [f64; 4] = [0.6, 0.2, -1.2, 0.8];
    const Q: [f64; 4] = [0.05, -0.02, 0.1, 0.03];

    #[test]
    fn slopes_are_the_derivatives_of_beta() {
        check_slope(&Exponential::from_weights(&W_PLUS, &W_MINUS, 0.0), 4, &Q);
        for depth in [3, 4, 7] {
            check_slope(&Power::from_weights(depth, &W_PLUS, &W_MINUS, 1.0), 4, &Q);
        }
    }

    /// At q = 0, β is that of the weights; and a new origin of q changes nothing.
    #[test]
    fn powers_start_at_the_weights_and_can_be_rebased() {
        for depth in [3, 4, 5] {
            let mut mirror = Power::from_weights(depth, &W_PLUS, &W_MINUS, 1.0);
            let (mut beta, mut slope) = ([0.0; 4], [0.0; 4]);
            mirror.evaluate(&[0.0; 4], &mut beta, &mut slope);
            for j in 0..4 {
                let expected = W_PLUS[j].powi(depth as i32) - W_MINUS[j].powi(depth as i32);
                assert!((beta[j] - expected).abs() <= 1e-14, "depth {depth}: {j}");
            }
            let (mut at, mut rebased) = ([0.0; 4], [0.0; 4]);
            mirror.evaluate(&Q, &mut at, &mut slope);
            mirror.rebase(&Q);
            mirror.evaluate(&[0.0; 4], &mut rebased, &mut slope);
            for j in 0..4 {
                assert!((at[j] - rebased[j]).abs() <= 1e-13 * at[j].abs(), "{j}");
            }
        }
    }
}
