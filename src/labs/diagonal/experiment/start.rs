//! Fitting the settings to the data: sizes and the step size.

use crate::knobs::KnobError;
use crate::labs::diagonal::Prepared;
use crate::labs::diagonal::initialisation::Initialisation;
use crate::labs::diagonal::settings::Settings;
use crate::labs::diagonal::starts;
use crate::labs::diagonal::theory::step_size::StepSizeLimits;

/// What follows from the settings once the data are there.
pub(in crate::labs::diagonal) struct Start {
    pub(in crate::labs::diagonal) limits: StepSizeLimits,
    pub(in crate::labs::diagonal) step_size: f64,
    pub(in crate::labs::diagonal) initialisation: Initialisation,
}

/// Fits the settings to the data: α gets one entry per coordinate, and what contradicts the data's
/// size is refused.
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
    if settings.batch > n {
        let batch = settings.batch;
        return Err(KnobError::Conflict(format!(
            "a batch of {batch} does not fit n = {n} samples: lower `batch`"
        )));
    }
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
    let step_size = resolve_step_size(settings, &limits)?;
    Ok(Start {
        limits,
        step_size,
        initialisation,
    })
}

/// The step size that is set, or the recommended one.
pub(super) fn resolve_step_size(
    settings: &Settings,
    limits: &StepSizeLimits,
) -> Result<f64, KnobError> {
    let step_size = settings
        .step_size
        .unwrap_or_else(|| limits.gamma_recommended());
    if step_size.is_finite() && step_size > 0.0 {
        return Ok(step_size);
    }
    Err(KnobError::Conflict(
        "these data have no automatic step size (X or y is all zero, or not finite): set `step_size`".to_owned(),
    ))
}
