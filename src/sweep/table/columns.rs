//! The columns of a table: their order, and what is in them.

use serde::{Deserialize, Serialize};

use super::super::run::{CellResult, RunEnd};
use super::super::{Finish, Sweep, Vary};
use crate::format::exact;
use crate::knobs::{Kind, Knob, Role};
use crate::sim::experiment::Column;

/// A column as another program should know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// Its name in the table.
    pub name: String,
    /// `integer`, `number`, `boolean` or `text`; a number may be NaN, and an integer where it is not known.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is.
    pub about: String,
}

impl Described {
    fn new(name: &str, kind: &str, about: &str) -> Self {
        let [name, kind, about] = [name, kind, about].map(str::to_owned);
        Self { name, kind, about }
    }
}

/// A column of tables whose runs may end once it is known where they are going to end.
pub(in crate::sweep) const DESTINATION_ERROR: &str = "destination_error";

/// One that tells of a run what is neither a setting nor recorded.
pub(super) struct OfRun {
    name: &'static str,
    kind: &'static str,
    about: &'static str,
    pub(super) text: fn(&CellResult, &RunEnd) -> String,
}

/// The columns between the seeds and the recorded quantities. Those of the step size are for labs that have one.
pub(super) fn of_run(sweep: &Sweep) -> Vec<OfRun> {
    let base = sweep.base();
    let mut columns = vec![
        OfRun {
            name: "run",
            kind: "text",
            about: "the run of its cell",
            text: |_, run| run.name.clone(),
        },
        OfRun {
            name: "algorithm",
            kind: "text",
            about: "its algorithm",
            text: |_, run| run.family.id.to_owned(),
        },
    ];
    if let Some(name) = base.lab.roles().largest_step_size {
        columns.push(OfRun {
            name,
            kind: "number",
            about: "the step size beyond which runs are expected to diverge",
            text: |cell, _| exact(cell.largest_step_size),
        });
    }
    if let Some(knob) = base.knobs.knob_of(Role::StepSize) {
        columns.push(OfRun {
            name: knob.key,
            kind: "number",
            about: "the step size at the start, chosen or set",
            text: |cell, _| exact(cell.step_size),
        });
    }
    columns.extend([
        OfRun {
            name: "status",
            kind: "text",
            about: "how it has ended: converged, finished (at its last step), diverged, collapsed, not started, or destination (it \
                    ended early: what is recorded is told of where it was going to end)",
            text: |_, run| run.status.to_owned(),
        },
        OfRun {
            name: "steps_taken",
            kind: "integer",
            about: "the steps after which it has ended",
            text: |_, run| run.steps.to_string(),
        },
    ]);
    if sweep.finish() != Finish::End {
        columns.extend([
            OfRun {
                name: DESTINATION_ERROR,
                kind: "number",
                about: "of a run that ended by its destination, a bound on the relative error of what it is validated by",
                text: |_, run| exact(run.destination_error.unwrap_or(f64::NAN)),
            },
            OfRun {
                name: "steps_saved",
                kind: "integer",
                about: "of a run that ended by its destination, the steps that it would have gone on for at most",
                text: |cell, run| {
                    let saved = run.destination_error.map(|_| cell.length.saturating_sub(run.steps));
                    saved.unwrap_or(0).to_string()
                },
            },
        ]);
    }
    columns
}

/// The settings that stand before [`of_run`] and behind the quantities. A column that is named like a
/// setting holds the setting; the step size, which may have been chosen automatically, is one of the run's.
pub(super) fn settings(sweep: &Sweep) -> (Vec<&'static Knob>, Vec<&'static Knob>) {
    let knobs = &sweep.base().knobs;
    let step_size = knobs.key_of(Role::StepSize);
    let axes = sweep.axes().iter().map(|axis| axis.key());
    let mut first: Vec<&str> = axes.filter(|key| Some(*key) != step_size).collect();
    for seed in Vary::All.seeds(knobs) {
        if !first.contains(&seed) {
            first.push(seed);
        }
    }
    let of = |key: &&str| knobs.table().iter().find(|knob| knob.key == *key);
    let last = knobs.table().iter();
    let last = last.filter(|knob| !first.contains(&knob.key) && Some(knob.key) != step_size);
    (first.iter().filter_map(of).collect(), last.collect())
}

/// What a setting's column holds.
fn kind(knob: &Knob) -> String {
    let or = |word: Option<&str>| word.map_or_else(String::new, |word| format!(" or {word}"));
    match knob.kind {
        Kind::Switch => "boolean".to_owned(),
        Kind::Count { auto, .. } => format!("integer{}", or(auto)),
        Kind::Real { auto, vector, .. } => {
            let list = if vector {
                " or numbers, comma-separated"
            } else {
                ""
            };
            format!("number{}{list}", or(auto))
        }
        Kind::Choice(_) | Kind::Text | Kind::Points { .. } => "text".to_owned(),
    }
}

/// All columns, in their order.
pub(super) fn of(sweep: &Sweep, recorded: &[Column]) -> Vec<Described> {
    let setting = |knob: &&Knob| Described::new(knob.key, &kind(knob), knob.help);
    let (first, last) = settings(sweep);
    let about =
        "the number of the place and of its seeds, from 0: seeds count fastest, then the last axis";
    let mut columns = vec![Described::new("cell", "integer", about)];
    columns.extend(first.iter().map(setting));
    let of_run = of_run(sweep);
    columns.extend(
        of_run
            .iter()
            .map(|of| Described::new(of.name, of.kind, of.about)),
    );
    columns.extend(recorded.iter().map(|column| {
        let kind = if column.counts { "integer" } else { "number" };
        let about = format!("at the end: {}", column.about);
        Described::new(column.id, kind, &about)
    }));
    columns.extend(last.iter().map(setting));
    columns
}

/// A recorded value. What counts something is a whole number wherever it is one: nothing is lost if it is not.
pub(super) fn recorded(column: &Column, value: f64) -> String {
    /// Up to here every whole number is one of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if column.counts && value.fract() == 0.0 && value.abs() <= EXACT {
        return (value as i64).to_string();
    }
    exact(value)
}
