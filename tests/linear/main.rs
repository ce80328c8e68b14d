//! The linear models' theorems, through the lab as users have it, against numbers found in other ways.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod inputs;
mod margins;
mod memory;
mod pictures;
mod solutions;

use implicit_bias_lab::knobs::Knobs;
use implicit_bias_lab::labs::linear::LAB;
use implicit_bias_lab::labs::linear::rules::METHODS;
use implicit_bias_lab::labs::{Lab as _, RecordingExperiment};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;

/// Seeds that neither a preset nor a threshold was chosen with.
const FRESH: std::ops::Range<u64> = 1000..1008;

/// The lab's defaults with these settings, and runs of no algorithm but these.
fn knobs(settings: &[(&str, &str)], running: &[&str]) -> Knobs {
    let mut knobs = Knobs::new(LAB.knobs());
    for method in METHODS {
        let runs = if running.contains(&method.id) {
            "1"
        } else {
            "0"
        };
        knobs.set_text(&method.runs_key(), runs).unwrap();
    }
    for (key, value) in settings {
        knobs.set_text(key, value).unwrap();
    }
    knobs
}

/// An experiment being run, with changes of its settings on the way.
struct Course {
    knobs: Knobs,
    session: Session<dyn RecordingExperiment>,
}

impl Course {
    fn new(knobs: &Knobs) -> Self {
        let experiment = LAB.experiment(knobs, false).unwrap();
        let schedule = SamplingSchedule::Every { stride: 1 << 40 };
        Self {
            session: Session::new(experiment, schedule, knobs.clone(), Vec::new()),
            knobs: knobs.clone(),
        }
    }

    /// The state at a step.
    fn at(&mut self, step: u64) -> State {
        self.session.advance_to(step, None);
        let sample = self.session.experiment().sample();
        let columns = self.session.experiment().setup().columns;
        let names = self.session.experiment().setup().runs.iter();
        State {
            names: names.map(|run| run.family.id).collect(),
            columns: columns.iter().map(|column| column.id).collect(),
            sample,
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        self.knobs.set_text(key, value).unwrap();
        let change = (key.to_owned(), self.knobs.get(key).clone());
        self.session.retune(vec![change]).unwrap();
    }

    fn array(&mut self, name: &str) -> Vec<f64> {
        let arrays = self.session.experiment().data();
        let array = arrays.into_iter().find(|(id, ..)| *id == name);
        array.unwrap_or_else(|| panic!("no array `{name}`")).2
    }
}

/// The runs at a step.
struct State {
    names: Vec<&'static str>,
    columns: Vec<&'static str>,
    sample: Sample,
}

impl State {
    fn position(&self, family: &str) -> usize {
        let at = self.names.iter().position(|name| *name == family);
        at.unwrap_or_else(|| panic!("no run of `{family}`"))
    }

    /// w of the first run of an algorithm.
    fn w(&self, family: &str) -> &[f64] {
        let run = self.sample.runs[self.position(family)].as_ref();
        &run.expect("it has not diverged").state[0]
    }

    /// A recorded quantity of it.
    fn value(&self, family: &str, column: &str) -> f64 {
        let run = self.sample.runs[self.position(family)].as_ref();
        let at = self.columns.iter().position(|id| *id == column).unwrap();
        run.expect("it has not diverged").values[at]
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A⁻¹b by Gauss's elimination with pivots.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n)
            .max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs()))
            .unwrap();
        a.swap(k, pivot);
        b.swap(k, pivot);
        for i in k + 1..n {
            let factor = a[i][k] / a[k][k];
            let (upper, lower) = a.split_at_mut(i);
            for (lower, upper) in lower[0][k..].iter_mut().zip(&upper[k][k..]) {
                *lower -= factor * upper;
            }
            b[i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - known) / a[k][k];
    }
    b
}

/// Xᵀ(XXᵀ)⁻¹r for independent rows.
fn least_norm(x: &[f64], d: usize, r: Vec<f64>) -> Vec<f64> {
    let rows: Vec<&[f64]> = x.chunks_exact(d).collect();
    let gram = rows
        .iter()
        .map(|a| rows.iter().map(|b| dot(a, b)).collect());
    let weights = solve(gram.collect(), r);
    let mut w = vec![0.0; d];
    for (row, weight) in rows.iter().zip(weights) {
        w.iter_mut().zip(*row).for_each(|(w, x)| *w += weight * x);
    }
    w
}

/// v − X⁺Xv.
fn off_span(x: &[f64], d: usize, v: &[f64]) -> Vec<f64> {
    let images = x.chunks_exact(d).map(|row| dot(row, v)).collect();
    let inside = least_norm(x, d, images);
    v.iter().zip(inside).map(|(v, p)| v - p).collect()
}

/// Numbers in increasing order, printed for `--nocapture`.
#[expect(
    clippy::print_stdout,
    reason = "captured by the test harness, and how one reads the margins"
)]
fn sorted(what: &str, mut numbers: Vec<f64>) -> Vec<f64> {
    assert!(
        numbers.iter().all(|number| !number.is_nan()),
        "{what}: {numbers:?}"
    );
    numbers.sort_by(f64::total_cmp);
    println!(
        "{what}: median {:.4e} [{:.4e}, {:.4e}]",
        median(&numbers),
        numbers[0],
        numbers[numbers.len() - 1]
    );
    numbers
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        0.5 * (sorted[middle - 1] + sorted[middle])
    }
}
