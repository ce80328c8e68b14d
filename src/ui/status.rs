//! The status line, and what it offers where runs have failed.

use eframe::egui::{Id, Ui};

use super::live::LiveRun;
use crate::format::{count, number, short};
use crate::knobs::{Kind, Knobs, Role, Value};
use crate::sim::experiment::RunStatus;
use crate::sim::history::History;
use crate::sim::message::{FURTHER, Pause, Phase, Status};
use crate::sim::progress::loss_far_from_interpolation;

/// The line at the bottom of the window, and whether it is a warning.
pub(super) fn line(live: &LiveRun) -> (String, bool) {
    if let Some(problem) = &live.problem {
        return (problem.clone(), true);
    }
    if let Some(words) = live.preparing() {
        return (format!("{words} Esc gives it up"), false);
    }
    let (Some(status), Some(history)) = (&live.screen.status, &live.screen.history) else {
        let line = if live.is_loading() {
            "Preparing the data …"
        } else {
            "Nothing is loaded: open a recipe, or change a setting"
        };
        return (line.to_owned(), false);
    };
    let failed = failures(history);
    let knobs = &live.intent.recipe.knobs;
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("{failed} — {}", live.lab().remedy(history)));
    }
    parts.push(match ending(status.phase, status.step, knobs, history) {
        Phase::Playing => "Running".to_owned(),
        Phase::Paused(Pause::Requested) if status.step == 0 => {
            "Ready: press Space to run".to_owned()
        }
        Phase::Paused(Pause::Requested) => "Paused. Space goes on".to_owned(),
        Phase::Paused(Pause::Converged) => converged(knobs, history),
        Phase::Paused(Pause::ReachedEnd) => {
            let far = live.lab().is_to_interpolate(knobs);
            let far = far.then(|| loss_far_from_interpolation(history)).flatten();
            let far = far.map_or_else(String::new, |loss| {
                format!(", not interpolated (loss {})", short(loss, 3))
            });
            format!(
                "End of the recipe after {} steps{far}. Space goes on",
                count(status.step)
            )
        }
        Phase::Paused(Pause::ReachedBound) => format!(
            "Not converged after {} steps. Converge goes on {FURTHER} times as far",
            count(status.step)
        ),
        Phase::Paused(Pause::AllDiverged) => "Every run has diverged".to_owned(),
    });
    parts.extend(changed_here(status, history));
    parts.extend(history.setup.facts.remarks.iter().cloned());
    parts.extend(history.findings.remarks.iter().cloned());
    parts.extend(live.theory_problem().map(str::to_owned));
    // Remarks are sentences of their own, with or without their full stop.
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_end_matches('.'))
        .collect();
    (parts.join(".  "), !failed.is_empty())
}

/// Rows that the line keeps the room for, once it has needed it.
const ROWS: f32 = 2.0;

/// Draws the status in a bar that becomes no lower at the same width, up to [`ROWS`]: what is said in it moves no
/// plot.
pub(super) fn steady_ui<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let id = Id::unique("height of the status");
    let width = ui.available_width();
    let most = ROWS * (ui.spacing().interact_size.y + ui.spacing().item_spacing.y);
    let known: Option<[f32; 2]> = ui.ctx().data(|data| data.get_temp(id));
    let known = known.filter(|[of, _]| *of == width);
    let least = known.map_or(0.0, |[_, height]| height.min(most));
    ui.set_min_height(least);
    let inner = add(ui);
    let height = ui.min_rect().height().max(least);
    ui.ctx()
        .data_mut(|data| data.insert_temp(id, [width, height]));
    inner
}

/// How a paused run stands, whatever it was paused for: a restarted run that has caught up with one that had ended
/// has ended as well.
fn ending(phase: Phase, step: u64, knobs: &Knobs, history: &History) -> Phase {
    if phase != Phase::Paused(Pause::Requested) || step == 0 {
        return phase;
    }
    let is =
        |is: fn(&RunStatus) -> bool| !history.status.is_empty() && history.status.iter().all(is);
    if is(|status| matches!(status, RunStatus::Diverged { .. })) {
        Phase::Paused(Pause::AllDiverged)
    } else if is(|status| *status == RunStatus::Converged || status.has_failed()) {
        Phase::Paused(Pause::Converged)
    } else if step >= knobs.length() {
        Phase::Paused(Pause::ReachedEnd)
    } else {
        phase
    }
}

/// A setting that was changed where the run stands, and shows in nothing yet.
fn changed_here(status: &Status, history: &History) -> Option<String> {
    let mark = history.marks.last()?;
    let is_here = mark.step == status.step && !mark.planned && !mark.settings.is_empty();
    let is_paused = status.phase != Phase::Playing && status.step > 0;
    (is_here && is_paused).then(|| {
        format!(
            "{} from here on: Space goes on with it, R starts again with it",
            mark.text
        )
    })
}

/// What has converged, when nobody waits for any run any more: only those that have are spoken of.
fn converged(knobs: &Knobs, history: &History) -> String {
    let count_of =
        |is: fn(&RunStatus) -> bool| history.status.iter().filter(|status| is(status)).count();
    let all = history.status.len();
    let converged = count_of(|status| *status == RunStatus::Converged);
    let failed = count_of(|status| status.has_failed());
    let loss = history.setup.roles.loss.map(|id| id.replace('_', " "));
    let tolerance = knobs.real_of(Role::Tolerance);
    let below = loss.zip(tolerance);
    let below = below.map(|(loss, tolerance)| format!("{loss} is below {}", number(tolerance, 1)));
    match (converged, failed) {
        // Nothing is left that could go on.
        (0, _) => format!("No run has converged: {failed} of {all} have failed"),
        (_, 0) => below.map_or_else(
            || "Converged. Space goes on".to_owned(),
            |below| format!("Converged: every {below}. Space goes on"),
        ),
        _ => {
            let (runs, whose) = if converged == 1 {
                (format!("1 of {all} runs has converged"), "its")
            } else {
                (format!("{converged} of {all} runs have converged"), "their")
            };
            below.map_or_else(
                || format!("{runs}. Space goes on"),
                |below| format!("{runs}: {whose} {below}. Space goes on"),
            )
        }
    }
}

/// Which runs have failed, how, and when if that is known.
fn failures(history: &History) -> String {
    let runs = || history.setup.runs.iter().zip(&history.status);
    let clauses = runs().filter_map(|(info, status)| match status {
        RunStatus::Diverged { step } => {
            Some(format!("{} diverged at step {}", info.label, count(*step)))
        }
        RunStatus::Collapsed => Some(format!(
            "{} collapsed: nothing moves it any more",
            info.label
        )),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Converged => None,
    });
    let clauses: Vec<String> = clauses.collect();
    if clauses.len() <= 3 {
        return clauses.join(", ");
    }
    let left = |is: fn(&RunStatus) -> bool| {
        let told = runs().filter(|(_, status)| status.has_failed()).skip(2);
        told.filter(|(_, status)| is(status)).count()
    };
    let kinds = [
        (
            left(|status| matches!(status, RunStatus::Diverged { .. })),
            "diverged",
        ),
        (left(|status| *status == RunStatus::Collapsed), "collapsed"),
    ];
    let kinds = kinds.into_iter().filter(|(many, _)| *many > 0);
    let kinds: Vec<String> = kinds
        .map(|(many, word)| format!("{many} more runs {word}"))
        .collect();
    format!("{}; {}", clauses[..2].join(", "), kinds.join(", "))
}

/// What can be done on the spot: about a thread that is gone, to start it again; about failed runs, the step size
/// that the lab chooses itself, where another one is set, and the same settings once more from the start.
pub(super) fn remedies_ui(ui: &mut Ui, live: &mut LiveRun) {
    if live.thread_gone {
        let hint = "A new simulation with the settings as they are now, from step 0";
        if ui.button("Start again").on_hover_text(hint).clicked() {
            live.restart_thread();
        }
        return;
    }
    if live.theory_problem().is_some() {
        let hint = "Computes the overlays of this run once more";
        let button = ui.button("Start the theory again");
        if button.on_hover_text(hint).clicked() {
            live.restart_theory();
        }
    }
    let history = live.screen.history.as_ref();
    let failed = |history: &History| history.status.iter().any(|status| status.has_failed());
    if !history.is_some_and(failed) {
        return;
    }
    let knobs = &mut live.intent.recipe.knobs;
    if let Some((label, word)) = automatic_step_size(knobs) {
        let hint = format!("Lets {label} follow the data and the start, and runs all from step 0");
        let button = ui.button(format!("Start with {label} {word}"));
        if button.on_hover_text(hint).clicked() {
            // The word is one that the knob takes.
            drop(knobs.set_of(Role::StepSize, Value::Word(word.to_owned())));
            live.reset(true);
            return;
        }
    }
    let hint = "All runs from step 0, with the settings as they are now";
    if ui.button("Start again").on_hover_text(hint).clicked() {
        live.reset(true);
    }
}

/// The step size's name and its automatic word, if it has one and is set to something else.
fn automatic_step_size(knobs: &Knobs) -> Option<(&'static str, &'static str)> {
    let knob = knobs.knob_of(Role::StepSize)?;
    let Kind::Real {
        auto: Some(word), ..
    } = knob.kind
    else {
        return None;
    };
    knobs.real_of(Role::StepSize)?;
    Some((knob.label, word))
}
