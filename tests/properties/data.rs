//! Random data, and runs of a lab on them: through a file, so that every rule of every lab is reached by the settings
//! that everyone has.

use implicit_bias_lab::labs::{LABS, Lab};
use implicit_bias_lab::model::regression::{Regression, Rows, Validation};
use implicit_bias_lab::recipe::Recipe;
use ndarray::Array2;
use proptest::prelude::*;
use std::fmt::Write as _;

/// Rows of features with their labels.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) n: usize,
    pub(crate) d: usize,
    /// n × d, row after row.
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
}

/// Fewer rows than columns, so that there are interpolators.
pub(crate) fn data() -> impl Strategy<Value = Data> {
    (1_usize..6, 1_usize..7).prop_flat_map(|(n, more)| {
        let d = n + more;
        // Away from 0, where signs and sizes of features mean something.
        let entry = prop_oneof![0.1..1.5, -1.5..-0.1];
        let x = prop::collection::vec(entry.clone(), n * d);
        let y = prop::collection::vec(entry, n);
        (x, y).prop_map(move |(x, y)| Data { n, d, x, y })
    })
}

impl Data {
    /// X → aX, y → by.
    pub(crate) fn scaled(&self, a: f64, b: f64) -> Self {
        Self {
            x: self.x.iter().map(|x| a * x).collect(),
            y: self.y.iter().map(|y| b * y).collect(),
            ..*self
        }
    }

    /// Every column times a number of its own.
    pub(crate) fn times(&self, factors: &[f64]) -> Self {
        let entry = |at: usize| self.x[at] * factors[at % self.d];
        Self {
            x: (0..self.x.len()).map(entry).collect(),
            y: self.y.clone(),
            ..*self
        }
    }

    /// Column j is what was column `order[j]`.
    pub(crate) fn permuted(&self, order: &[usize]) -> Self {
        let entry = |at: usize| self.x[at / self.d * self.d + order[at % self.d]];
        Self {
            x: (0..self.x.len()).map(entry).collect(),
            y: self.y.clone(),
            ..*self
        }
    }

    pub(crate) fn problem(&self) -> Regression {
        let x = Array2::from_shape_vec((self.n, self.d), self.x.clone()).unwrap();
        let y = self.y.clone();
        Regression::new(Rows { x, y }, Validation::Unavailable)
    }

    /// The table that reads back bit for bit, the label last.
    fn table(&self) -> String {
        let mut text = String::new();
        for (row, label) in self.x.chunks_exact(self.d).zip(&self.y) {
            for x in row {
                write!(text, "{x:?},").unwrap();
            }
            writeln!(text, "{label:?}").unwrap();
        }
        text
    }
}

/// The lab of this name.
pub(crate) fn lab(id: &str) -> &'static dyn Lab {
    *LABS.iter().find(|lab| lab.id() == id).unwrap()
}

/// Where a run is after some steps, its vectors one behind the other; nothing if it has diverged.
pub(crate) type End = Option<Vec<f64>>;

/// (name, end) of every run of a lab on these data.
pub(crate) fn ends(
    lab: &'static dyn Lab,
    data: &Data,
    settings: &[(&str, String)],
    steps: u64,
) -> Vec<(String, End)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, data.table()).unwrap();
    let mut recipe = Recipe::new(lab);
    let mut set = |key: &str, value: &str| {
        if lab.knobs().iter().any(|knob| knob.key == key) {
            recipe.knobs.set_text(key, value).unwrap();
        }
    };
    set("data", "csv");
    set("csv_path", path.to_str().unwrap());
    set("csv_header", "no");
    set("holdout_fraction", "0");
    // What a lab runs unless told.
    for knob in lab
        .knobs()
        .iter()
        .filter(|knob| knob.key.ends_with("_runs"))
    {
        set(knob.key, "0");
    }
    for (key, value) in settings {
        set(key, value);
    }
    let mut experiment = lab.experiment(&recipe.knobs, false).unwrap();
    experiment.advance(steps);
    let names = experiment.setup().runs.iter().map(|run| run.name.clone());
    let names: Vec<String> = names.collect();
    let runs = experiment.sample().runs.into_iter();
    let runs = runs.map(|run| run.map(|run| run.state.concat()));
    names.into_iter().zip(runs).collect()
}

/// The largest difference, in units of the largest entry.
pub(crate) fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let size = b.iter().fold(0.0_f64, |size, b| size.max(b.abs()));
    let gap = a
        .iter()
        .zip(b)
        .fold(0.0_f64, |gap, (a, b)| gap.max((a - b).abs()));
    if gap == 0.0 { 0.0 } else { gap / size }
}

/// The bits of some numbers.
pub(crate) fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// A number as settings read it.
pub(crate) fn text(number: f64) -> String {
    format!("{number:?}")
}
