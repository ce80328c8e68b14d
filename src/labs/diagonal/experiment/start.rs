//! Fitting the settings to the data: sizes and the step size.

use crate::knobs::KnobError;
use crate::labs::diagonal::Prepared;
use crate::labs::diagonal::dynamics::sgd::auto_loss_every;
use crate::labs::diagonal::initialisation::Initialisation;
use crate::labs::diagonal::settings::Settings;
use crate::labs::diagonal::starts;
use crate::labs::diagonal::theory::step_size::StepSizeLimits;
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;
use crate::model::regression::Regression;

/// What follows from the settings once the data are there.
pub(in crate::labs::diagonal) struct Start {
    pub(in crate::labs::diagonal) limits: StepSizeLimits,
    pub(in crate::labs::diagonal) step_size: f64,
    pub(in crate::labs::diagonal) initialisation: Initialisation,
}

/// Fits the settings to the data: α gets one entry per coordinate, how often to compute the loss is chosen, and
/// what contradicts the data's size is refused.
pub(in crate::labs::diagonal) fn start(
    prepared: &Prepared,
    settings: &mut Settings,
) -> Result<Start, KnobError> {
    let problem = &prepared.problem;
    let (n, d) = (problem.n(), problem.d());
    if settings.alpha.len() == 1 {
        settings.alpha = vec![settings.alpha[0]; d];
    } else if settings.alpha.len() != d {
        let found = settings.alpha.len();
        return Err(KnobError::Conflict(format!(
            "`alpha` has {found} entries but d = {d}: give one, or d"
        )));
    }
    check_alpha(settings)?;
    if settings.batch > n {
        let batch = settings.batch;
        return Err(KnobError::Conflict(format!(
            "a batch of {batch} does not fit n = {n} samples: lower `batch`"
        )));
    }
    let loss_every = settings.loss_every;
    settings.loss_every = Some(loss_every.unwrap_or_else(|| auto_loss_every(n, d)));
    let initialisation =
        starts::initialisation(&settings.start, prepared, &settings.alpha, &settings.watch)?;
    let mut widest = prepared.limit.clone();
    if initialisation.tilt().is_some() {
        // Training may begin where the loss is more curved than where it ends.
        let beta = initialisation.weights(settings.depth).beta();
        for (widest, beta) in widest.iter_mut().zip(beta) {
            *widest = widest.abs().max(beta.abs());
        }
    }
    let limits = StepSizeLimits::at(problem, &widest, &settings.alpha, settings.depth);
    let step_size = resolve_step_size(settings, problem, &limits)?;
    Ok(Start {
        limits,
        step_size,
        initialisation,
    })
}

/// Refuses an α whose powers are no numbers: the curvature of the loss goes with α²ᵖ⁻², φ_α with αᵖ squared.
fn check_alpha(settings: &Settings) -> Result<(), KnobError> {
    let p = settings.depth;
    // Room for a few factors of the data's size below the 308 decades that numbers have.
    let decades = 300 / (2 * p);
    let sound = 10_f64.to_the_whole(-(decades as i32))..=10_f64.to_the_whole(decades as i32);
    match settings.alpha.iter().find(|alpha| !sound.contains(alpha)) {
        None => Ok(()),
        Some(alpha) => Err(KnobError::Conflict(format!(
            "`alpha` cannot be {alpha:e} at depth {p}, where its power {} is no number that can be computed with: take one \
             from 1e-{decades} to 1e{decades}",
            2 * p
        ))),
    }
}

/// The step size that is set, or the recommended one.
pub(super) fn resolve_step_size(
    settings: &Settings,
    problem: &Regression,
    limits: &StepSizeLimits,
) -> Result<f64, KnobError> {
    let step_size = settings
        .step_size
        .unwrap_or_else(|| limits.gamma_recommended());
    if step_size.is_finite() && step_size > 0.0 {
        return Ok(step_size);
    }
    let reason = why_none(problem, limits);
    Err(KnobError::Conflict(format!(
        "these data have no automatic step size: {reason}"
    )))
}

/// Why there is no automatic step size, and what to do.
fn why_none(problem: &Regression, limits: &StepSizeLimits) -> String {
    let largest = |numbers: &[f64]| kernels::max_abs(numbers);
    let [x, y] = [largest(problem.train.features()), largest(&problem.train.y)];
    if x == 0.0 {
        return "X is all zero. Use other features, or set `step_size`".to_owned();
    }
    for (name, size) in [("X", x), ("y", y)] {
        if !size.is_finite() {
            return format!("{name} is not finite. Use other data");
        }
    }
    let squares = largest(&problem.column_mean_square);
    if !squares.is_finite() {
        return format!(
            "the squares of X overflow, whose largest entry is {x:.1e}. Divide X by a number as large"
        );
    }
    if squares == 0.0 || limits.trace == 0.0 {
        return format!(
            "the squares of X are too small for numbers, its largest entry being {x:.1e}. Divide X by a number as small"
        );
    }
    format!(
        "the curvature of the loss overflows, the largest entries of X and y being {x:.1e} and {y:.1e}. Divide both by \
         numbers as large, or lower α"
    )
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::labs::diagonal::theory::step_size::approximate_limit;
    use crate::model::regression::{Rows, Validation};

    #[test]
    fn what_overflows_is_named() {
        for (x, y, said) in [
            (0.0, 1.0, "X is all zero"),
            (f64::INFINITY, 1.0, "X is not finite"),
            (1.0, f64::NAN, "y is not finite"),
            (
                1e160,
                1.0,
                "the squares of X overflow, whose largest entry is 2.0e160",
            ),
            (1e-170, 1.0, "the squares of X are too small for numbers"),
            (1e150, 1e170, "the curvature of the loss overflows"),
        ] {
            let rows = Rows {
                x: array![[x, -x, 2.0 * x]],
                y: vec![y],
            };
            let problem = Regression::new(rows, Validation::Unavailable);
            let limit = approximate_limit(&problem);
            let limits = StepSizeLimits::at(&problem, &limit, &[0.1; 3], 2);
            let error = why_none(&problem, &limits);
            assert!(error.contains(said), "{x} {y}: {error}");
        }
    }
}
