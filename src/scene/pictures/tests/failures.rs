//! What runs that have diverged leave alone.

use super::*;
use crate::recipe::Recipe;
use crate::sim::census::sound_rows;
use crate::sim::experiment::{RunStatus, Source};

/// Where some SGD runs diverge after some steps, and GD does not.
fn partly_diverged() -> (Recipe, History) {
    let recipe = recipe(
        "fig2",
        &[("step_size", "0.3"), ("sgd_runs", "4"), ("sgf_runs", "0")],
    );
    let history = run(&recipe);
    let diverged = |status: &&RunStatus| matches!(status, RunStatus::Diverged { .. });
    let many = history.status.iter().filter(diverged).count();
    assert!(
        (1..history.runs.len()).contains(&many),
        "{:?}",
        history.status
    );
    (recipe, history)
}

/// The same with the rows of explosions taken out.
fn without_explosions(history: &History) -> History {
    let mut calm = history.clone();
    for run in 0..calm.runs.len() {
        let sound = sound_rows(history, run);
        let rows = &mut calm.runs[run];
        let columns = rows.values.iter_mut().chain(&mut rows.low);
        for column in columns.chain(&mut rows.high) {
            column.truncate(sound);
        }
    }
    calm
}

#[test]
fn the_last_values_of_diverged_runs_leave_the_axes_alone() {
    let (recipe, history) = partly_diverged();
    let calm = without_explosions(&history);
    for id in [
        "training_loss",
        "validation_loss",
        "loss_integral",
        "norm_l1",
        "effective_alpha",
    ] {
        let panel = panel(&recipe, id);
        let [with, without] = [&history, &calm].map(|history| {
            let plot = plot(panel, &view(history, &recipe)).unwrap();
            plot.y.range.unwrap()
        });
        assert_eq!(with, without, "{id}");
        // Nor do their own curves on a linear axis, and where the theory would end from them.
        let alive: Vec<usize> = (0..history.runs.len())
            .filter(|run| !history.status[*run].has_failed())
            .collect();
        let source = history.setup.find(panel.id).unwrap_or(Source::Recorded(0));
        let most = alive.iter().filter_map(|run| {
            let (_, high) = Memory::default().extent(&history, *run, source, false)?;
            Some(high)
        });
        let most = most.fold(0.0, f64::max);
        if id == "loss_integral" {
            assert!(with.1 < 2.0 * most, "{with:?} for {most}");
        } else if id == "validation_loss" {
            assert!(with.0 > 1e-6, "{with:?}");
        }
    }
    // The crosses stay in the frame.
    let loss = plot(panel(&recipe, "validation_loss"), &view(&history, &recipe)).unwrap();
    let (low, high) = loss.y.range.unwrap();
    let crosses = loss.layers.iter();
    for cross in crosses.filter(|layer| layer.name.ends_with(" diverged")) {
        let Shape::Points { at, .. } = &cross.shape else {
            panic!("{:?}", cross.shape)
        };
        let inside = at.iter().all(|[_, y]| (low..=high).contains(y));
        assert!(inside, "{at:?} in {low} to {high}");
        // Where they went out: at the top, and whole.
        let share = |y: f64| (y / low).ln() / (high / low).ln();
        let at_top = at.iter().all(|[_, y]| (0.9..0.97).contains(&share(*y)));
        assert!(at_top, "{at:?} in {low} to {high}");
    }
}

/// A window learns of a divergence after it has drawn the explosion: its axes go back.
#[test]
fn a_window_goes_back_to_the_axes_without_the_explosion() {
    let (recipe, history) = partly_diverged();
    let mut unknown = history.clone();
    unknown.status.fill(RunStatus::Running);
    let panel = panel(&recipe, "validation_loss");
    let mut memory = Memory::default();
    let mut range = |history: &History| {
        let content = cell(panel, &view(history, &recipe), &mut memory).content;
        let Content::Plot(plot) = content else {
            panic!("a plot")
        };
        plot.y.range.unwrap()
    };
    let exploded = range(&unknown);
    let known = range(&history);
    assert!(exploded.1 > 10.0 * known.1, "{exploded:?} and {known:?}");
    let fresh = plot(panel, &view(&history, &recipe)).unwrap();
    assert_eq!(known, fresh.y.range.unwrap());
}

#[test]
fn what_may_still_be_found_out_is_not_called_unavailable() {
    let recipe = recipe("fig2", &[]);
    let mut history = simulate(&recipe, STEPS, false, &mut |_| {}).unwrap();
    let of_theory = panel(&recipe, "kkt_residual");
    for (is_studied_now, note) in [(true, BEING_COMPUTED), (false, NOT_COMPUTED)] {
        history.is_studied_now = is_studied_now;
        let plot = plot(of_theory, &view(&history, &recipe)).unwrap();
        assert_eq!(plot.note, note);
    }
    history.is_studied_now = true;
    history.study_stage = Some("α-path, point 3 of 129".to_owned());
    let plot = plot(of_theory, &view(&history, &recipe)).unwrap();
    assert!(plot.note.contains("point 3 of 129"), "{}", plot.note);
}
