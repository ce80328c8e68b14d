//! Every preset shows its point, on data sets that nobody has picked.
//!
//! Each test runs a preset's own recipe headless, up to the step at which the window would stop,
//! over data sets other than the shipped one, and asserts what the preset claims. Thresholds are
//! those of the calibration study (over other generators and seeds) or lie well inside what 40
//! further data sets gave; the comments state both, as median [smallest, largest] over data sets.
//! Validation losses differ a hundredfold between data sets: only ratios within one are compared.

mod large_steps;
mod paper;
mod regimes;

use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::{Recipe, preset, presets};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use std::fmt;
use std::ops::Range;

/// Seeds of the data sets: neither shipped with a preset nor used to choose settings or thresholds.
const FRESH: Range<u64> = 1000..1012;

/// What a finished run of a recipe left behind.
struct Outcome {
    families: Vec<&'static str>,
    columns: Vec<&'static str>,
    /// Named arrays of the data set: name, shape, numbers.
    data: Vec<(&'static str, Vec<usize>, Vec<f64>)>,
    /// Mean square of every feature.
    column_mean_square: Vec<f64>,
    end: Sample,
    /// First recorded step at which the training loss of run 0 was below half of its start.
    half_loss_step: Option<u64>,
}

impl Outcome {
    /// The column's last value for every run of a family; infinite for a diverged run, which is
    /// worse than any other, not missing.
    fn values(&self, family: &str, column: &str) -> Vec<f64> {
        let at = self.columns.iter().position(|id| *id == column);
        let at = at.unwrap_or_else(|| panic!("no column `{column}`"));
        let runs = self.families.iter().zip(&self.end.runs);
        runs.filter(|(id, _)| **id == family)
            .map(|(_, run)| run.as_ref().map_or(f64::INFINITY, |run| run.values[at]))
            .collect()
    }

    fn median(&self, family: &str, column: &str) -> f64 {
        Sorted::new(self.values(family, column)).median()
    }

    /// Median of `above` over median of `below`.
    fn ratio(&self, column: &str, above: &str, below: &str) -> f64 {
        self.median(above, column) / self.median(below, column)
    }

    /// β of the first run of a family.
    fn beta(&self, family: &str) -> Vec<f64> {
        let at = self.families.iter().position(|id| *id == family);
        let at = at.unwrap_or_else(|| panic!("no run of `{family}`"));
        let state = &self.end.runs[at]
            .as_ref()
            .expect("it did not diverge")
            .state;
        let pairs = state[0].iter().zip(&state[1]);
        pairs
            .map(|(plus, minus)| plus * plus - minus * minus)
            .collect()
    }

    fn array(&self, name: &str) -> &[f64] {
        let array = self.data.iter().find(|(id, ..)| *id == name);
        &array.unwrap_or_else(|| panic!("no array `{name}`")).2
    }
}

/// Numbers in increasing order; prints them all, for failure messages.
struct Sorted(Vec<f64>);

impl Sorted {
    fn new(mut numbers: Vec<f64>) -> Self {
        assert!(numbers.iter().all(|number| !number.is_nan()), "{numbers:?}");
        numbers.sort_by(f64::total_cmp);
        Self(numbers)
    }

    fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 {
            self.0[middle]
        } else {
            0.5 * (self.0[middle - 1] + self.0[middle])
        }
    }

    fn min(&self) -> f64 {
        self.0[0]
    }

    fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    /// Fraction above a level.
    fn share_above(&self, level: f64) -> f64 {
        self.0.iter().filter(|number| **number > level).count() as f64 / self.0.len() as f64
    }

    /// Writes the measurement to the test's captured output, for `--nocapture`.
    #[expect(
        clippy::print_stdout,
        reason = "captured by the test harness, and how one reads the margins"
    )]
    fn report(self, what: &str) -> Self {
        println!("{what}: {self}");
        self
    }
}

impl fmt::Display for Sorted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "median {:.4}, all", self.median())?;
        self.0
            .iter()
            .try_for_each(|number| write!(f, " {number:.4}"))
    }
}

fn recipe(id: &str, changes: &[(&str, &str)]) -> Recipe {
    let preset = preset(id).unwrap_or_else(|error| panic!("{error}"));
    let mut recipe = preset.recipe();
    change(&mut recipe, changes);
    recipe
}

fn change(recipe: &mut Recipe, changes: &[(&str, &str)]) {
    for (key, value) in changes {
        let changed = recipe.knobs.set_text(key, value);
        changed.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The same recipe on another data set, with other samples and other Brownian motions.
fn with_seeds(recipe: &Recipe, seed: u64) -> Recipe {
    let mut recipe = recipe.clone();
    let seed = &*seed.to_string();
    change(
        &mut recipe,
        &["data_seed", "sampling_seed", "brownian_seed"].map(|key| (key, seed)),
    );
    recipe
}

/// Runs a recipe to its end, or until every run has converged, as the window does.
fn run(recipe: &Recipe) -> Outcome {
    let experiment = recipe.lab.experiment(&recipe.knobs, false);
    let experiment = experiment.unwrap_or_else(|error| panic!("{error}"));
    let setup = experiment.setup().clone();
    let data = experiment.data();
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    session.stop_when_converged(true);
    session.advance_to(recipe.knobs.count("steps"), None);
    let loss = setup.column("training_loss").expect("a recorded column");
    let first_losses: Vec<(u64, f64)> = session
        .take_samples()
        .iter()
        .filter_map(|sample| Some((sample.step, sample.runs[0].as_ref()?.values[loss])))
        .collect();
    let half_loss_step = first_losses
        .iter()
        .find(|(_, loss)| *loss < 0.5 * first_losses[0].1)
        .map(|(step, _)| *step);
    Outcome {
        families: setup.runs.iter().map(|run| run.family.id).collect(),
        columns: setup.columns.iter().map(|column| column.id).collect(),
        column_mean_square: setup.facts.vectors["column_mean_square"].clone(),
        data,
        end: session.experiment().sample(),
        half_loss_step,
    }
}

/// Measures on many data sets, two at a time.
fn over_data_sets<T: Send>(seeds: Range<u64>, measure: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let half = |parity: u64| {
        let measure = &measure;
        let seeds = seeds.clone().filter(move |seed| seed % 2 == parity);
        move || seeds.map(measure).collect::<Vec<T>>()
    };
    std::thread::scope(|scope| {
        let odd = scope.spawn(half(1));
        let mut all = half(0)();
        all.extend(odd.join().expect("the measurement panicked"));
        all
    })
}

/// Every number a measurement gave, over all data sets.
fn pooled<T>(outcomes: &[T], numbers: impl Fn(&T) -> Vec<f64>) -> Sorted {
    Sorted::new(outcomes.iter().flat_map(numbers).collect())
}

/// One number per data set.
fn each<T>(outcomes: &[T], number: impl Fn(&T) -> f64) -> Sorted {
    Sorted::new(outcomes.iter().map(number).collect())
}

/// Validation of GD over that of every single run of a family.
fn run_by_run(outcome: &Outcome, family: &str) -> Vec<f64> {
    let gd = outcome.median("gd", "validation_loss");
    let runs = outcome.values(family, "validation_loss");
    runs.into_iter().map(|validation| gd / validation).collect()
}

fn outcomes(recipe: &Recipe) -> Vec<Outcome> {
    over_data_sets(FRESH, |seed| run(&with_seeds(recipe, seed)))
}

/// A talk waits no longer than this for the point to show.
#[test]
fn every_preset_ends_within_20_seconds_at_its_speed() {
    for preset in presets() {
        let knobs = preset.recipe().knobs;
        let speed = knobs
            .real_or_auto("speed")
            .expect("a preset names its speed: `max` would differ from machine to machine");
        let seconds = knobs.count("steps") as f64 / speed;
        assert!(seconds <= 20.0, "{} takes {seconds} s", preset.id);
    }
}

/// The pictures that ship show what their text says: no run diverges, and where noise is to help
/// (or not to), it does so in every single run on the screen.
#[test]
fn the_shipped_pictures_show_their_point() {
    // The other labs' presets have tests of their own.
    let all = LABS[0].presets();
    let numbers = 0..all.len() as u64;
    over_data_sets(numbers, |number| {
        let id = all[number as usize].id;
        let outcome = run(&recipe(id, &[]));
        assert!(
            outcome.end.runs.iter().all(Option::is_some),
            "{id} diverges"
        );
        for family in ["sgd", "sgf"] {
            let runs = run_by_run(&outcome, family);
            if runs.is_empty() {
                continue;
            }
            let ratios = Sorted::new(runs).report(&format!("{id}: GD/{family}"));
            let as_told = match id {
                "kernel" => ratios.min() > 0.95 && ratios.max() < 1.05,
                "fourier-dense" => ratios.max() < 1.0,
                "depth-3" => ratios.min() > 0.7 && ratios.max() < 1.4,
                _ => ratios.min() > 1.0,
            };
            assert!(as_told, "{id}, {family}: {ratios}");
        }
    });
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}
