//! How far what takes time has come: running to convergence, and a run that is simulated once more.

use eframe::egui::{ProgressBar, Ui};

use super::live::LiveRun;
use crate::format::count;
use crate::knobs::Role;
use crate::sim::progress::steps_to_convergence;

/// How long a bar is.
const BAR: f32 = 140.0;

/// Bars for what is under way.
pub(super) fn progress_ui(ui: &mut Ui, live: &LiveRun) {
    if let Some(part) = live.screen.reattached() {
        ui.add(ProgressBar::new(part as f32).desired_width(BAR));
        ui.label("Simulating the run once more to go on with it");
    }
    if let (Some(_), Some(part)) = (live.preparing(), live.prepared_part()) {
        ui.add(ProgressBar::new(part as f32).desired_width(BAR));
    }
    if !live.is_converging() {
        return;
    }
    let (Some(status), Some(history)) = (&live.screen.status, &live.screen.history) else {
        return;
    };
    let bound = status.bound.unwrap_or(u64::MAX);
    let tolerance = live.intent.recipe.knobs.real_of(Role::Tolerance);
    let left = tolerance.and_then(|tolerance| steps_to_convergence(history, tolerance));
    let to_bound = bound.saturating_sub(status.step);
    let converges = left.filter(|left| *left <= to_bound);
    let steps = converges.unwrap_or(to_bound);
    let part = status.step as f64 / (status.step.saturating_add(steps)).max(1) as f64;
    let rate = status.steps_per_second;
    let about = if converges.is_some() {
        "about"
    } else {
        "at most"
    };
    let time = if rate > 0.0 {
        format!(": {about} {} left", in_words(steps as f64 / rate))
    } else {
        String::new()
    };
    let words = if converges.is_some() {
        format!("To convergence{time}. Esc stops")
    } else {
        let bound = count(bound);
        format!("To convergence, no further than k = {bound}{time}. Esc stops")
    };
    ui.add(ProgressBar::new(part as f32).desired_width(BAR));
    ui.label(words);
}

/// A time to wait for.
fn in_words(seconds: f64) -> String {
    match seconds {
        ..1.0 => "a second".to_owned(),
        1.0..90.0 => format!("{seconds:.0} s"),
        90.0..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_suits_them() {
        let words = [0.2, 12.3, 200.0, 20_000.0].map(in_words);
        assert_eq!(words, ["a second", "12 s", "3 min", "6 h"]);
    }
}
