//! How far runs are from convergence, as far as their losses tell.

use super::experiment::{RunStatus, Source};
use super::history::{History, RunHistory};
use crate::format;

/// A loss that falls by less than so many standard errors from one quarter of the steps to the next is not
/// known to fall: noise seems to one time in a thousand.
const STANDARD_ERRORS: f64 = 3.0;

/// A loss that is still more than this part of what it was at the start is no interpolation: the residuals are more
/// than a thousandth of the labels.
const FAR: f64 = 1e-6;

/// Where the loss of a run began and where it is.
#[derive(Clone, Copy, Debug)]
pub struct Losses {
    /// How the run is doing.
    pub status: RunStatus,
    /// At its first sample.
    pub first: f64,
    /// At its last.
    pub last: f64,
}

/// The run that has come nearest to a loss of 0, of runs that have ended, if none of them has come near. A run that has
/// diverged or collapsed says so itself.
fn nearest(runs: impl Iterator<Item = Losses>) -> Option<Losses> {
    let mut best: Option<Losses> = None;
    for run in runs.filter(|run| run.status == RunStatus::Running && run.first > 0.0) {
        if run.last <= FAR * run.first {
            return None;
        }
        if best.is_none_or(|best| run.last < best.last) {
            best = Some(run);
        }
    }
    best
}

/// What is to be said of runs that have ended after so many steps, if none of them has come near to a loss of 0.
pub fn far_from_interpolation(runs: impl Iterator<Item = Losses>, steps: u64) -> Option<String> {
    let Losses { first, last, .. } = nearest(runs)?;
    let (now, before) = (format::short(last, 3), format::short(first, 3));
    Some(format!(
        "No run has interpolated the data: after {} step{} the smallest training loss is {now}, and it began at {before}. \
         Longer runs or a larger step size may come nearer, unless no coefficients fit all rows.",
        format::count(steps),
        if steps == 1 { "" } else { "s" },
    ))
}

/// The smallest loss of a history that has come to the end of its clock, if it is far from 0 in that sense.
pub fn loss_far_from_interpolation(history: &History) -> Option<f64> {
    let loss = history.setup.find(history.setup.roles.loss?)?;
    let runs = history.runs.iter().zip(&history.status);
    let losses = runs.filter_map(|(run, status)| {
        let mut known = run.numbers(loss).filter(|(_, loss)| !loss.is_nan());
        Some(Losses {
            status: *status,
            first: known.next()?.1,
            last: run.number_at(loss, run.len().checked_sub(1)?)?,
        })
    });
    nearest(losses).map(|run| run.last)
}

/// The steps that are left until every run that has not diverged has a loss below `tolerance`.
///
/// The losses are taken to go on falling as they did over the last half of the steps: exponentially, as they do
/// near a minimum that they can reach. `None` where that cannot be told, or where a loss no longer falls.
pub fn steps_to_convergence(history: &History, tolerance: f64) -> Option<u64> {
    let loss = history.setup.find(history.setup.roles.loss?)?;
    let runs = history.runs.iter().zip(&history.status);
    let going =
        runs.filter(|(_, status)| matches!(status, RunStatus::Running | RunStatus::Waiting));
    let mut most: Option<f64> = None;
    for (run, _) in going {
        let left = steps_of_run(history, run, loss, tolerance)?;
        most = Some(most.map_or(left, |most| most.max(left)));
    }
    // More than anybody waits for says no more than that it takes long.
    most.filter(|steps| *steps < 1e15).map(|steps| steps as u64)
}

fn steps_of_run(history: &History, run: &RunHistory, loss: Source, tolerance: f64) -> Option<f64> {
    let last = run.len().checked_sub(1)?;
    let now = history.step[last] as f64;
    let [earlier, later] = [[0.5, 0.75], [0.75, 1.0]].map(|[from, to]| {
        let rows = [from, to].map(|part| history.row_at(part * now));
        let rows = rows[0]? + 1..=rows[1]?.min(last);
        // The logarithms of single losses of a noisy run scatter, and their mean does not.
        let known = rows.filter_map(|row| {
            let loss = run.number_at(loss, row)?;
            (loss > 0.0).then(|| (history.step[row] as f64, loss.ln()))
        });
        let [mut count, mut step, mut log, mut square] = [0.0; 4];
        for (at, loss) in known {
            (count, step) = (count + 1.0, step + at);
            (log, square) = (log + loss, square + loss * loss);
        }
        let mean = log / count;
        // Of the mean, squared.
        let error = (square / count - mean * mean).max(0.0) / count;
        (count > 0.0).then_some((step / count, mean, error))
    });
    let ((early, before, error), (late, after, other)) = (earlier?, later?);
    let fall = before - after;
    if fall <= STANDARD_ERRORS * (error + other).sqrt() || late <= early {
        return None;
    }
    let per_step = fall / (late - early);
    let left = (after - tolerance.ln()) / per_step - (now - late);
    Some(left.max(0.0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sim::experiment::{RunSample, Sample, Setup};
    use crate::sim::history::tests::setup;
    use crate::sim::roles::Roles;

    /// A run whose losses these are, at steps of increasing distance.
    fn history(loss: impl Fn(f64) -> f64) -> History {
        let setup = Setup {
            roles: Roles {
                loss: Some("value"),
                ..Roles::NONE
            },
            ..Setup::clone(&setup(1))
        };
        let mut history = History::new(Arc::new(setup));
        let mut step = 0_u64;
        while step < 10_000 {
            history.push(&Sample {
                step,
                time: step as f64,
                shared: vec![0.1],
                runs: vec![Some(RunSample::new(vec![loss(step as f64)], []))],
            });
            step += 1 + step / 100;
        }
        history
    }

    #[test]
    fn an_exponential_loss_tells_when_it_will_be_small_enough() {
        let history = history(|step| (-1e-3 * step).exp());
        let now = *history.step.last().unwrap() as f64;
        // exp(−k/1000) = 1e-12 at k = 12 000 ln 10.
        let expected = 12.0 * 10_f64.ln() * 1e3 - now;
        let left = steps_to_convergence(&history, 1e-12).unwrap() as f64;
        // Exact up to rounding to a whole step.
        assert!((left - expected).abs() < 2.0, "{left} {expected}");
    }

    #[test]
    fn runs_are_far_from_interpolation_if_the_best_of_them_is() {
        let run = |status, first, last| Losses {
            status,
            first,
            last,
        };
        let going = |last| run(RunStatus::Running, 6000.0, last);
        let far = |runs: &[Losses]| far_from_interpolation(runs.iter().copied(), 100_000);
        let words = far(&[going(5800.0), going(5500.0)]).unwrap();
        assert!(words.contains("5500") && words.contains("6000"), "{words}");
        assert!(far(&[going(1.0)]).is_some());
        assert_eq!(far(&[going(5800.0), going(0.001)]), None);
        // These say so themselves, and who starts at 0 has nothing to reach.
        let diverged = RunStatus::Diverged { step: 7 };
        assert_eq!(far(&[run(diverged, 6000.0, 1e9)]), None);
        assert_eq!(far(&[run(RunStatus::Running, 0.0, 0.1)]), None);
        assert_eq!(far(&[]), None);
        assert_eq!(loss_far_from_interpolation(&history(|_| 0.1)), Some(0.1));
        let falls = history(|step| (-2e-3 * step).exp());
        assert_eq!(loss_far_from_interpolation(&falls), None);
    }

    #[test]
    fn of_a_loss_that_stands_still_nothing_can_be_told() {
        assert_eq!(steps_to_convergence(&history(|_| 0.1), 1e-12), None);
        let noisy = |step: f64| 0.1 * (1.0 + 0.5 * (1.7 * step).sin());
        assert_eq!(steps_to_convergence(&history(noisy), 1e-12), None);
    }
}
