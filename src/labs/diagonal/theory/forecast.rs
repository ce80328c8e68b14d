//! What label noise will do to the effective initialisation, before anything has run (eq. 10).
//!
//! Eq. 10 shrinks α by exp(−2γ D ∫(L+δ²)dt), D = diag(XᵀX/n). While δ lasts, the loss does not
//! vanish but fluctuates around the floor L = γδ² tr H/(2 − γ(tr H + 2λ_max(H))) of the noisy linear
//! recursion at the limit, so that L + δ² is known in advance but for the initial descent,
//! which only shrinks α further.

use crate::labs::diagonal::dynamics::label_noise::NoiseSchedule;
use crate::labs::diagonal::theory::step_size::StepSizeLimits;

/// A forecast for single-sample noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// ∫δ²dt = γ Σ δ².
    pub dose: f64,
    /// γ ∫(L + δ²)dt with the floor in place of L: half the exponent per unit of D. To be multiplied
    /// by the batch's share of the noise.
    pub shrinkage: f64,
    /// L floor over δ², `None` where the noisy recursion has no floor.
    pub floor: Option<f64>,
}

impl Forecast {
    /// For `steps` steps of size γ under `schedule`.
    pub fn new(
        schedule: &NoiseSchedule,
        steps: u64,
        step_size: f64,
        limits: &StepSizeLimits,
    ) -> Self {
        let dose = step_size * schedule.energy(steps);
        let room = 2.0 - step_size * (limits.trace + 2.0 * limits.lambda_max);
        let floor = (room > 0.0).then(|| step_size * limits.trace / room);
        Self {
            dose,
            shrinkage: step_size * dose * (1.0 + floor.unwrap_or(0.0)),
            floor,
        }
    }

    /// ln(α̃∞/α) of a coordinate with mean square `column_mean_square`.
    pub fn log_shrink(&self, column_mean_square: f64) -> f64 {
        -2.0 * self.shrinkage * column_mean_square
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// δ = .5, γ = .02 on ±1 data at α = .1: the floor was predicted at .029 and seen at .027–.042.
    /// There γ_auto ≈ .1, tr H ≈ 10 + 2Σ2α²D ≈ 14 and λ_max(H) ≈ 4, whence .25·.02·14/(2 − .02·22).
    #[test]
    fn the_floor_is_the_one_that_was_measured() {
        let limits = StepSizeLimits {
            trace: 14.0,
            lambda_max: 4.0,
            depth: 2,
        };
        let schedule = NoiseSchedule::Constant { level: 0.5 };
        let forecast = Forecast::new(&schedule, 10_000, 0.02, &limits);
        let floor = forecast.floor.unwrap() * 0.25;
        assert!((0.025..0.05).contains(&floor), "{floor}");
        assert!((forecast.dose - 50.0).abs() < 1e-9, "{forecast:?}");
        let beyond = Forecast::new(&schedule, 10_000, 0.2, &limits);
        assert_eq!(beyond.floor, None);
    }
}
