//! A recipe's history as the window has it, without the window and its threads.

use std::time::Duration;

use web_time::Instant;

use crate::labs::LabError;
use crate::model::watch::Watch;
use crate::recipe::Recipe;
use crate::sim::analysis::{self, Analyst, RecordedState};
use crate::sim::history::History;
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;

/// How long to simulate before the progress is told.
const SLICE: Duration = Duration::from_millis(50);

/// Runs a recipe up to step `until`, beyond convergence like `run`; `progress` hears the steps taken so
/// far.
///
/// With `theory`, the references of the data are found as well, and, where that does not take much
/// longer than the runs, what holds for as many states as the window would look at, the last ones
/// included. Searches that take trial runs are left to the window.
pub fn simulate(
    recipe: &Recipe,
    until: u64,
    theory: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<History, LabError> {
    let mut go_on = |step: u64| {
        progress(step);
        true
    };
    Ok(simulated(recipe, until, theory, &Watch::default(), &mut go_on)?.0)
}

/// The same, unless it is given up, as long as `go_on` says so when it hears of the steps; `None` if it has not.
pub fn simulate_while(
    recipe: &Recipe,
    until: u64,
    watch: &Watch,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<History>, LabError> {
    let (history, whole) = simulated(recipe, until, false, watch, go_on)?;
    Ok(whole.then_some(history))
}

/// The history, and whether it is all of it.
fn simulated(
    recipe: &Recipe,
    until: u64,
    theory: bool,
    watch: &Watch,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<(History, bool), LabError> {
    let lab = recipe.lab;
    let experiment = lab.experiment_watched(&recipe.knobs, false, watch)?;
    let mut history = History::new(experiment.setup().clone());
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    loop {
        session.advance_to(until, Some(Instant::now() + SLICE));
        for sample in session.take_samples() {
            history.push(&sample);
        }
        if !go_on(session.step()) {
            return Ok((history, false));
        }
        if session.step() >= until {
            break;
        }
    }
    history.status = session.status();
    if history.step.last() != Some(&session.step()) {
        history.set_latest(&session.experiment().sample());
    }
    for mark in session.take_marks() {
        history.mark(mark);
    }
    if theory
        && let Some(mut analyst) = find_references(recipe, &mut history)?
        && analyst.is_quick()
    {
        examine(&mut *analyst, &mut history);
    }
    Ok((history, true))
}

/// Finds the references of a history's data, which a folder does not keep; returns who knows them.
pub fn find_references(
    recipe: &Recipe,
    history: &mut History,
) -> Result<Option<Box<dyn Analyst>>, LabError> {
    let mut analyst = recipe.lab.analyst(&recipe.knobs)?;
    while let Some(found) = analyst
        .as_mut()
        .and_then(|analyst| analyst.study_references())
    {
        history.findings.extend(found);
    }
    Ok(analyst)
}

fn examine(analyst: &mut dyn Analyst, history: &mut History) {
    let tell = |analyst: &mut dyn Analyst, history: &mut History, subject: &RecordedState| {
        let insight = analyst.examine(subject);
        history.add_insight(subject.run, subject.row, insight.values);
    };
    loop {
        let subjects = analysis::plan(history, usize::MAX);
        if subjects.is_empty() {
            break;
        }
        for subject in &subjects {
            tell(analyst, history, subject);
        }
    }
    // The state between two scheduled samples, which nothing will replace here.
    for row in history.scheduled_len()..history.len() {
        for run in 0..history.runs.len() {
            if let Some(subject) = RecordedState::of(history, run, row) {
                tell(analyst, history, &subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::preset;
    use crate::sim::experiment::RunStatus;

    #[test]
    fn the_history_is_the_windows_and_the_newest_state_is_examined() {
        let recipe = preset("fig2").unwrap().recipe();
        let mut heard = Vec::new();
        let history = simulate(&recipe, 1001, true, &mut |step| heard.push(step)).unwrap();
        assert_eq!(heard.last(), Some(&1001));
        assert_eq!(history.step.last(), Some(&1001));
        assert_eq!(history.scheduled_len() + 1, history.len());
        for run in &history.runs {
            let rows = run.examined();
            assert!((100..1000).contains(&rows.len()));
            assert_eq!(rows.last(), Some(&(history.len() - 1)));
        }
        assert!(history.vector("least_l1").is_some());
        assert!(
            analysis::plan(&history, 1).is_empty(),
            "nothing left to ask"
        );
        let bare = simulate(&recipe, 1001, false, &mut |_| {}).unwrap();
        assert!(bare.findings.vectors.is_empty() && bare.runs[0].examined().is_empty());
        assert_eq!(bare.runs[1].values, history.runs[1].values);
    }

    #[test]
    fn references_are_found_for_a_history_that_lacks_them() {
        let recipe = preset("fig2").unwrap().recipe();
        let whole = simulate(&recipe, 10, true, &mut |_| {}).unwrap();
        let mut bare = simulate(&recipe, 10, false, &mut |_| {}).unwrap();
        assert!(bare.vector("plane_least_l2").is_none());
        find_references(&recipe, &mut bare).unwrap();
        let names =
            |history: &History| -> Vec<&str> { history.findings.vectors.keys().copied().collect() };
        assert_eq!(names(&bare), names(&whole));
        assert_eq!(
            bare.vector("plane_least_l2"),
            whole.vector("plane_least_l2")
        );
    }

    #[test]
    fn it_goes_on_after_everything_has_converged() {
        let recipe = preset("toy-large").unwrap().recipe();
        let history = simulate(&recipe, 20_000, false, &mut |_| {}).unwrap();
        let converged = |status: &RunStatus| *status == RunStatus::Converged;
        assert!(history.status.iter().all(converged));
        assert_eq!(history.step.last(), Some(&20_000));
    }

    #[test]
    fn a_recipe_that_cannot_run_is_refused() {
        let mut recipe = preset("fig2").unwrap().recipe();
        recipe.knobs.set_text("batch", "1000").unwrap();
        assert!(simulate(&recipe, 10, false, &mut |_| {}).is_err());
    }
}
