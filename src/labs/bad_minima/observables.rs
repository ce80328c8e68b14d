//! What is recorded of every network.

use std::sync::LazyLock;

use super::probe::{Probe, separation};
use super::training::Run;
use crate::sim::experiment::Column;

/// One recorded quantity.
struct Observable {
    column: Column,
    value: fn(&Run, &Probe) -> f64,
}

const fn observable(
    id: &'static str,
    label: &'static str,
    about: &'static str,
    value: fn(&Run, &Probe) -> f64,
) -> Observable {
    Observable {
        column: Column::new(id, label, about),
        value,
    }
}

impl Observable {
    /// The same as one that counts something.
    const fn counted(self) -> Self {
        Self {
            column: self.column.counted(),
            ..self
        }
    }
}

static OBSERVABLES: [Observable; 12] = [
    observable(
        "task_loss",
        "L",
        "mean ln(1 + e^(−yf)) over the training points",
        |_, probe| probe.loss,
    ),
    observable(
        "train_accuracy",
        "train",
        "share of the training points with yf > 0",
        |_, probe| probe.train_accuracy,
    ),
    observable(
        "test_accuracy",
        "test",
        "share of 1000 further points of the same law with yf > 0",
        |_, probe| probe.test_accuracy,
    ),
    observable(
        "test_error",
        "test error",
        "1 − test accuracy",
        |_, probe| 1.0 - probe.test_accuracy,
    ),
    observable(
        "copies_accuracy",
        "copies",
        "share of the copies that bear the label which was to be memorised; not known without copies",
        |_, probe| probe.copies_accuracy,
    ),
    observable(
        "boundary_length",
        "boundary",
        "length of the curve f = 0 within [−1.7, 1.7]²",
        |_, probe| probe.boundary_length,
    ),
    observable(
        "median_margin",
        "margin",
        "median over the training points of the distance to the curve f = 0",
        |_, probe| probe.median_margin,
    ),
    observable(
        "distance_from_start",
        "‖θ − θ₀‖",
        "distance from the random weights that all begin with",
        |run, _| separation(&run.theta, &run.start),
    ),
    observable(
        "distance_from_entry",
        "‖θ − θ(P)‖",
        "distance from the weights with which the task began",
        |run, _| {
            let entry = run.entry.as_ref();
            entry.map_or(f64::NAN, |entry| separation(&run.theta, entry))
        },
    ),
    observable(
        "weight_norm",
        "‖θ‖",
        "norm of all weights",
        |_, probe| probe.norm,
    ),
    observable(
        "silent_units",
        "silent",
        "units of the second layer that are 0 on every training point",
        |_, probe| probe.silent_units as f64,
    )
    .counted(),
    observable(
        "sample_gradients",
        "gradients",
        "single-sample gradients computed, for the copies and for the task",
        |run, _| run.gradients,
    )
    .counted(),
];

/// The columns.
pub(super) static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = OBSERVABLES.iter();
    columns.map(|observable| observable.column).collect()
});

/// A number per column.
pub(super) fn values(run: &Run, probe: &Probe) -> Vec<f64> {
    let values = OBSERVABLES
        .iter()
        .map(|observable| (observable.value)(run, probe));
    values.collect()
}
