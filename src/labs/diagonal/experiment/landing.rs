//! Where a run is going to end, said before it gets there, and how surely.
//!
//! From weights w± gradient flow ends at a point that is computed
//! ([`Interpolation::flow_limit`](crate::labs::diagonal::theory::interpolation::Interpolation::flow_limit)), and the loss
//! that it meets on its way there is known as well: ∫L = ½ D_φ(β∞, β) with α = √|w₊w₋| (Prop. 7). A run that takes steps,
//! or has noise, ends elsewhere because α goes on shrinking. Noise takes 2γD ∫L from ln α (eq. 5), and the steps of GD,
//! which multiply w₊w₋ by 1 − γ²g² with gⱼ² ≤ 4DⱼL, take no more. The loss that is still to come is that of the flow,
//! times what the run has met of it more than the flow since that was computed before. Which coordinates shrink by how much is
//! random: the bound is how far the validation loss can move if each of them shrinks by up to [`SAFETY`] times as much, by
//! its derivative and, before a run is ended, by where the flow ends with the coordinates shrunk that raise it, and with
//! those that lower it.

use super::runs::Run;
use crate::labs::diagonal::Prepared;
use crate::labs::diagonal::initialisation::Initialisation;
use crate::labs::diagonal::network::{Weights, effective_alpha};
use crate::labs::diagonal::observables::{self, RunState};
use crate::labs::diagonal::potential::divergence;
use crate::labs::diagonal::settings::Settings;
use crate::labs::diagonal::theory::interpolation::{FlowLimit, Interpolation};
use crate::model::arithmetic::Elementary as _;
use crate::model::regression::Regression;
use crate::sim::experiment::Destination;

/// Steps at a look over those at the one before. The loss between two looks is a mean over many steps.
const APART: f64 = 1.1;

/// How much more a coordinate of α may shrink than expected: the loss to come is random, and what it does to a coordinate
/// depends on how the residuals go with its features.
const SAFETY: f64 = 3.0;

/// n²d above which a destination takes longer than what it saves.
const LARGEST: usize = 1_000_000_000;

/// How exactly destinations are solved for, relative: the residual that Newton's method accepts.
const ROUNDING: f64 = 1e-12;

/// When a run was looked at, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    next: u64,
    last: Option<Look>,
    /// ∫L and D_φ(β∞, β) when the destination was computed last.
    solved: Option<[f64; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    time: f64,
    /// ∫L so far.
    integral: f64,
    /// L between the look before and this one, and the time in the middle; of the first look there is none.
    mean: Option<[f64; 2]>,
}

/// What all runs share.
pub(super) struct Circumstances<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) settings: &'a Settings,
    pub(super) step: u64,
    pub(super) time: f64,
    pub(super) step_size: f64,
    /// The relative error of the validation loss that is asked for.
    pub(super) tolerance: f64,
}

impl Outlook {
    /// Looks at a run, if it is time; its destination if that is known well enough.
    ///
    /// A run is never judged while label noise or weight decay moves it, by a rule that the theorem does not cover, at
    /// another depth than 2, on large data, nor before its loss falls at a steady rate.
    pub(super) fn look(&mut self, run: &Run, now: &Circumstances<'_>) -> Option<Destination> {
        let Circumstances { settings, step, .. } = *now;
        let schedule = &settings.noise_schedule;
        if settings.depth != 2
            || settings.weight_decay > 0.0
            || !run.is_covered
            || now.prepared.problem.n().pow(2) * now.prepared.problem.d() > LARGEST
            || schedule.energy(u64::MAX) > schedule.energy(step)
        {
            *self = Self::default();
            return None;
        }
        if step < self.next {
            return None;
        }
        self.next = (step as f64 * APART) as u64 + 1;
        let (integral, time) = (run.ledger.loss_integral, now.time);
        let last = self.last.replace(Look {
            time,
            integral,
            mean: None,
        })?;
        let mean = [
            (integral - last.integral) / (time - last.time),
            0.5 * (time + last.time),
        ];
        self.last.as_mut()?.mean = Some(mean);
        // Validation moves at least about as far as α, relatively: before, computing would be to no purpose.
        if now.mean_shrinkage() * rough_tail(last.mean?, mean)? > now.tolerance {
            return None;
        }
        now.destination(run, &mut self.solved)
    }
}

/// ∫L from the later of two mean losses on, if they go on falling at the rate at which they do; `None` if they do not.
fn rough_tail([before, earlier]: [f64; 2], [loss, later]: [f64; 2]) -> Option<f64> {
    let rate = (before / loss).logarithm() / (later - earlier);
    let tail = loss / rate;
    (rate > 0.0 && tail.is_finite()).then_some(tail)
}

impl Circumstances<'_> {
    /// 2γD on average over the coordinates: what ∫L = 1 takes from ln α.
    fn mean_shrinkage(&self) -> f64 {
        let d = &self.prepared.problem.column_mean_square;
        2.0 * self.step_size * d.iter().sum::<f64>() / d.len() as f64
    }

    /// The destination of a run whose loss falls steadily, with the bound on its error, if that is small enough. What was
    /// seen when it was computed before is replaced by what is seen now.
    fn destination(&self, run: &Run, before: &mut Option<[f64; 2]>) -> Option<Destination> {
        let problem = &self.prepared.problem;
        let references = self.prepared.references().ok()?;
        let interpolation = references.interpolation.clone();
        let interpolation = interpolation.watched(&self.settings.watch);
        let Weights {
            w_plus, w_minus, ..
        } = &run.weights;
        let limit = interpolation.flow_limit(2, w_plus, w_minus).ok()?;
        let landing = &limit.beta;
        let alpha: Vec<f64> = effective_alpha(w_plus, w_minus, 2).collect();
        let tilt = w_plus.iter().zip(&**w_minus);
        let tilt: Vec<f64> = tilt
            .map(|(plus, minus)| (plus / minus).abs().logarithm())
            .collect();
        let left = divergence(landing, &alpha, &tilt);
        let met = run.ledger.loss_integral;
        let [met_before, left_before] = before.replace([met, left])?;
        let excess = (met - met_before) / (0.5 * (left_before - left));
        // Where it has not fallen, nothing is known of how it goes on.
        if !excess.is_finite() || excess <= 0.0 {
            return None;
        }
        let to_come = 0.5 * left * excess.max(1.0);
        // As with the rough tail: the derivative would be computed to no purpose.
        if self.mean_shrinkage() * to_come > self.tolerance {
            return None;
        }
        let start = [&*alpha, &tilt];
        let relative_error = self.relative_error(&interpolation, &limit, start, to_come)?;
        Some(Destination {
            values: values_at(problem, run, landing, &alpha),
            relative_error,
        })
    }

    /// The bound on the error of the validation loss where the flow ends from weights with these α and ln(w₊/w₋), if this
    /// much of ∫L is still to come; `None` if it is not small enough.
    fn relative_error(
        &self,
        interpolation: &Interpolation,
        limit: &FlowLimit,
        [alpha, tilt]: [&[f64]; 2],
        to_come: f64,
    ) -> Option<f64> {
        let problem = &self.prepared.problem;
        let landing = &limit.beta;
        let validation = problem.validation_loss(landing);
        let gradient = problem.validation_gradient(landing)?;
        let slopes = interpolation.sensitivity(landing, alpha, &gradient)?;
        let shrinkage = problem.column_mean_square.iter();
        let shrinkage = shrinkage.map(|d| SAFETY * 2.0 * self.step_size * to_come * d);
        let shrinkage: Vec<f64> = shrinkage.collect();
        let pairs = slopes.iter().zip(&shrinkage);
        let moved: f64 = pairs.map(|(slope, by)| slope.abs() * by).sum();
        // Rounding moves β in units of its size, and validation is the square of its distance from β*.
        let rounding = ROUNDING.max(residual_of(problem, landing));
        let at_zero = problem.validation_loss(&vec![0.0; landing.len()]);
        let rounding = 2.0 * rounding * (at_zero / validation).sqrt();
        let within = |moved: f64| {
            let relative_error = moved / validation + rounding;
            (relative_error <= self.tolerance).then_some(relative_error)
        };
        within(moved)?;
        // First order is not all: the ends themselves, with the coordinates shrunk that lower validation or raise it.
        let [falls, rises] = [1.0, -1.0].map(|sign: f64| {
            let entries = alpha.iter().zip(slopes.iter().zip(&shrinkage));
            let entries = entries.map(|(alpha, (slope, by))| {
                alpha.logarithm() - if slope * sign > 0.0 { *by } else { 0.0 }
            });
            let log_alpha: Vec<f64> = entries.collect();
            let end = interpolation.least_divergence(&log_alpha, tilt, Some(&limit.dual));
            Some((problem.validation_loss(&end.ok()?.beta) - validation).abs())
        });
        within(moved.max(falls? + rises?))
    }
}

/// ‖Xβ − y‖/‖y‖.
fn residual_of(problem: &Regression, beta: &[f64]) -> f64 {
    let at_zero = problem.training_loss(&vec![0.0; beta.len()]);
    (problem.training_loss(beta) / at_zero).sqrt()
}

/// What is recorded of a run that stands at `beta` with this α. What it has met on its way is what it has met by now.
fn values_at(problem: &Regression, run: &Run, beta: &[f64], alpha: &[f64]) -> Vec<f64> {
    let weights = Initialisation::at(alpha, beta).weights(2);
    observables::values(&RunState {
        problem,
        weights: &weights,
        beta,
        training_loss: problem.training_loss(beta),
        effective_alpha: alpha,
        depth_alpha: None,
        alpha: run.initialisation.alpha(),
        ledger: &run.ledger,
    })
}
