//! Numbers of a history that pictures and captions read.

use super::families::{ADVERSARIAL, CONTROL};
use super::network::{Network, probability};
use super::probe::grid;
use crate::scene::pictures::decision_field::PointSet;
use crate::scene::{Ink, Marker};
use crate::sim::experiment::RunStatus;
use crate::sim::history::History;

/// A share in per cent without the sign: 99.5, 100.
pub(super) fn per_cent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A share in per cent: 99.5 %, 100 %.
pub(super) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", per_cent(share))
}

/// The only run of a family.
pub(super) fn run_of(history: &History, family: &str) -> Option<usize> {
    let mut runs = history.setup.runs.iter();
    runs.position(|info| info.family.id == family)
}

/// A recorded quantity of a run at a row; `None` where it is not known.
pub(super) fn number_at(history: &History, run: usize, column: &str, row: usize) -> Option<f64> {
    let source = history.setup.find(column)?;
    let value = history.runs[run].number_at(source, row)?;
    value.is_finite().then_some(value)
}

/// The first row of the task, if it has begun.
pub(super) fn beginning(history: &History) -> Option<usize> {
    let begins = history.scalar("task_begins")?;
    let before = |step: &u64| (*step as f64) < begins;
    let row = history.step.partition_point(before);
    (row < history.len()).then_some(row)
}

/// Whether copies are being memorised at a row.
pub(super) fn memorises(history: &History, row: usize) -> bool {
    history.shared_at("pretraining_on", row) == Some(1.0)
}

/// Whether a run is one that memorises first.
fn is_pretrained(history: &History, run: usize) -> bool {
    let family = history.setup.runs[run].family.id;
    [ADVERSARIAL.id, CONTROL.id].contains(&family)
}

/// The step at which a run left all bounds.
pub(super) fn diverged(history: &History, run: usize) -> Option<u64> {
    match history.status[run] {
        RunStatus::Diverged { step } => Some(step),
        _ => None,
    }
}

/// f of a recorded network on a grid of the square; nothing if the state is not a network's.
pub(super) fn field(state: &[Vec<f64>], places: usize) -> Vec<f64> {
    let Some((mut network, theta)) = Network::of_matrices(state) else {
        return Vec::new();
    };
    let values = grid(&mut network, &theta, places);
    values.into_iter().map(f64::from).collect()
}

/// P(label = +1) for a value of f.
pub(super) fn shade(value: f64) -> f64 {
    probability(value as f32)
}

/// The points that a run learns at a row: the copies while they are memorised, the training points afterwards.
pub(super) fn points(history: &History, run: usize, row: usize) -> Vec<PointSet> {
    let copies = memorises(history, row) && is_pretrained(history, run);
    let names = if copies {
        let true_labels = history.setup.runs[run].family.id == CONTROL.id;
        let labels = if true_labels {
            "copies_true_labels"
        } else {
            "copies_labels"
        };
        ["copies_x", "copies_y", labels]
    } else {
        ["train_x", "train_y", "train_labels"]
    };
    let [x, y, labels] = names.map(|name| history.vector(name).unwrap_or_default());
    let class = |positive: bool| -> Vec<[f64; 2]> {
        let places = x.iter().zip(y).zip(labels);
        let chosen = places.filter(|(_, label)| (**label > 0.0) == positive);
        chosen.map(|((x, y), _)| [*x, *y]).collect()
    };
    let set = |name, positive, ink, marker| PointSet {
        name,
        at: class(positive),
        ink,
        marker,
        second_rank: copies,
    };
    vec![
        set("class −1", false, Ink::Vermillion, Marker::Square),
        set("class +1", true, Ink::Blue, Marker::Circle),
    ]
}

/// What a run's picture says of it at a row.
pub(super) fn remark(history: &History, run: usize, row: usize) -> String {
    if diverged(history, run).is_some() && row + 1 >= history.runs[run].len() {
        return "diverged".to_owned();
    }
    let share = |column: &str| number_at(history, run, column, row).map(percent);
    if memorises(history, row) {
        return match share("copies_accuracy") {
            Some(learned) if is_pretrained(history, run) => format!("{learned} of the copies"),
            _ => "waits for the task".to_owned(),
        };
    }
    match (share("train_accuracy"), share("test_accuracy")) {
        (Some(train), Some(test)) => format!("train {train}, test {test}"),
        _ => "not begun".to_owned(),
    }
}
