//! Following the solution of depth 2 from a large α, where it is easy to find, to the wanted weights.

use super::exponential::{Exponential, capped_exp};
use crate::labs::diagonal::theory::interpolation::newton::{GOAL, Newton, Outcome};
use crate::model::kernels;

/// Residual at which the path of solutions is followed before the end of it.
pub(super) const ON_THE_WAY: f64 = 1e-2;

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

/// Follows the solution from a large common α, where β is nearly linear in q, to `end`.
pub(super) fn follow(newton: &mut Newton<'_>, end: &Exponential) -> Outcome {
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
            let next = if h < 1.0 - at { at + h } else { 1.0 };
            now = path.at(next);
            let (goal, steps_allowed) = if next < 1.0 {
                (ON_THE_WAY, STEPS_PER_STRETCH)
            } else {
                (GOAL, LAST_STEPS)
            };
            outcome = newton.run(&now, goal, steps_allowed);
            steps += outcome.steps + 1;
            let arrived = outcome.residual <= goal || outcome.residual <= newton.acceptable();
            if arrived {
                at = next;
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
