//! Where a fork starts: the run that is forked, simulated once more.

use super::experiment::Start;
use super::fork::{Fork, ForkedRun, Origin};
use super::initialisation::Initialisation;
use super::settings::Settings;
use crate::knobs::KnobError;
use crate::labs::LabError;
use crate::labs::diagonal::dynamics::{Ledger, Method, Progress, StepSettings, decay, methods};
use crate::model::arithmetic::Elementary as _;
use crate::model::regression::Regression;

/// The part of ∫L that may be left where α counts as α∞: at most L·t is, if L goes on falling as it has.
const LEFT: f64 = 0.01;

/// Where a fork starts.
pub(super) struct ForkStart {
    /// The weights.
    pub(super) initialisation: Initialisation,
    /// Whether the forked run had come to its end by then, so that its α was α∞.
    pub(super) is_final: bool,
}

/// Where the fork starts: at the forked run's α, measured or predicted, and with the mirror variable that
/// the recipe's runs start from.
pub(super) fn fork_start(
    fork: &Fork,
    problem: &Regression,
    settings: &Settings,
    start: &Start,
) -> Result<ForkStart, LabError> {
    if settings.depth > 2 && !fork.method().any_depth {
        return Err(for_depth_two(fork).into());
    }
    let forked = match &fork.origin {
        Origin::Symmetric => {
            return Ok(ForkStart {
                initialisation: Initialisation::symmetric(settings.alpha.clone()),
                is_final: false,
            });
        }
        Origin::Run(forked) => forked,
    };
    if settings.depth > 2 && forked.predicted {
        return Err(for_depth_two(fork).into());
    }
    let (method, index) = source(forked, settings)?;
    let mut rule = (method.build)(problem, &settings.hyper(index, false));
    rule.watch(&settings.watch);
    let mut weights = start.initialisation.weights(settings.depth);
    let mut ledger = Ledger::new(problem, &weights.beta());
    let label = method.run(index).label;
    settings
        .watch
        .begin(format!("run {label} to step"), forked.step);
    for step in 0..forked.step {
        settings.watch.check()?;
        settings.watch.note_done(step);
        let now = StepSettings {
            step_size: start.step_size,
            label_noise: settings.noise_schedule.level(step),
        };
        if rule.step(problem, &mut weights, now, &mut ledger) == Progress::Diverged {
            settings.watch.check()?;
            return Err(LabError::Knob(KnobError::Conflict(format!(
                "`{}` cannot be forked at step {}: it diverged at step {step}",
                forked.name, forked.step
            ))));
        }
        decay(
            &mut *rule,
            &mut weights,
            &mut ledger,
            settings.weight_decay * start.step_size,
        );
    }
    let alpha = if forked.predicted {
        let entries = settings.alpha.iter().zip(&problem.column_mean_square);
        let shrunk = entries.map(|(alpha, d)| {
            alpha * (-2.0 * d * ledger.shrinkage - ledger.decay_integral).exponential()
        });
        shrunk.collect()
    } else {
        weights.effective_alpha()
    };
    let time = forked.step as f64 * start.step_size;
    let is_settled = settings.noise_schedule.level(forked.step) == 0.0
        && settings.weight_decay == 0.0
        && ledger.last_loss * time < LEFT * ledger.loss_integral;
    Ok(ForkStart {
        initialisation: start.initialisation.with_alpha(alpha),
        is_final: is_settled || forked.step >= settings.steps,
    })
}

fn for_depth_two(fork: &Fork) -> KnobError {
    KnobError::Conflict(format!(
        "the fork `{fork}` is for depth 2: eq. 5 and gradient flow are; write `gd` without `predicted`"
    ))
}

/// The method and number of the forked run.
fn source(forked: &ForkedRun, settings: &Settings) -> Result<(&'static Method, usize), KnobError> {
    let runs = methods().iter().copied().zip(&settings.runs);
    let mut candidates =
        runs.flat_map(|(method, &count)| (0..count).map(move |index| (method, index)));
    candidates
        .find(|(method, index)| method.run(*index).name == forked.name)
        .ok_or_else(|| {
            KnobError::Conflict(format!(
                "there is no run `{}` to fork: switch it on, or empty `forks`",
                forked.name
            ))
        })
}
