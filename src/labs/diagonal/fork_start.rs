//! Where a fork starts: the run that is forked, simulated once more.

use super::fork::Fork;
use super::settings::Settings;
use crate::knobs::KnobError;
use crate::labs::diagonal::dynamics::{Ledger, METHODS, Method, Progress, StepSettings};
use crate::labs::diagonal::network::Weights;
use crate::model::regression::Regression;

/// α of the forked run at its step, length d: measured or predicted.
pub(super) fn alpha(
    fork: &Fork,
    problem: &Regression,
    settings: &Settings,
    step_size: f64,
) -> Result<Vec<f64>, KnobError> {
    if settings.depth > 2 && (fork.predicted || !fork.method().any_depth) {
        return Err(KnobError::Conflict(format!(
            "the fork `{fork}` is for depth 2: eq. 5 and gradient flow are; write `gd` without `predicted`"
        )));
    }
    let (method, index) = source(fork, settings)?;
    let mut rule = (method.build)(problem, &settings.hyper(index, false));
    let mut weights = Weights::start(&settings.alpha, settings.depth);
    let mut ledger = Ledger::new(problem, &weights.beta());
    for step in 0..fork.step {
        let now = StepSettings {
            step_size,
            label_noise: settings.noise_schedule.level(step),
        };
        if rule.step(problem, &mut weights, now, &mut ledger) == Progress::Diverged {
            return Err(KnobError::Conflict(format!(
                "`{}` cannot be forked at step {}: it diverged at step {step}",
                fork.run, fork.step
            )));
        }
    }
    if !fork.predicted {
        return Ok(weights.effective_alpha());
    }
    let entries = settings.alpha.iter().zip(&problem.column_mean_square);
    let shrunk = entries.map(|(alpha, d)| alpha * (-2.0 * d * ledger.shrinkage).exp());
    Ok(shrunk.collect())
}

/// The method and number of the forked run.
fn source(fork: &Fork, settings: &Settings) -> Result<(&'static Method, usize), KnobError> {
    let runs = METHODS.iter().copied().zip(&settings.runs);
    let mut candidates =
        runs.flat_map(|(method, &count)| (0..count).map(move |index| (method, index)));
    candidates
        .find(|(method, index)| method.run(*index).name == fork.run)
        .ok_or_else(|| {
            KnobError::Conflict(format!(
                "there is no run `{}` to fork: switch it on, or empty `forks`",
                fork.run
            ))
        })
}
