//! The checked settings of one experiment, read from the knobs.

use super::data::DataSource;
use super::problem::Loss;
use super::rules::{Hyper, METHODS, Method, Step};
use super::theory::potential::Potential;
use crate::knobs::{KnobError, Knobs, Value};
use crate::labs::choices::{Chosen as _, chosen};
use crate::labs::tables;

/// The kinds of [`DataSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataKind {
    Plane,
    Space,
    Sparse,
    Wedge,
    Blobs,
    Csv,
}

chosen! { DataKind:
    Plane => "plane", "2-D: one equation";
    Space => "space", "3-D: two equations";
    Sparse => "sparse", "Sparse regression";
    Wedge => "wedge", "2-D: wedge of two classes";
    Blobs => "blobs", "2-D: two normal classes";
    Csv => "csv", "CSV file";
}

chosen! { Loss:
    Square => "square", "Square";
    Logistic => "logistic", "Logistic";
}

/// The kinds of potentials of mirror descent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PotentialKind {
    Power,
    Hypentropy,
    Entropy,
}

chosen! { PotentialKind:
    Power => "lp", "ℓₚ";
    Hypentropy => "hypentropy", "hypentropy";
    Entropy => "entropy", "entropy, w > 0";
}

/// What the runs are trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// The data themselves.
    True,
    /// The same rows with random labels.
    Random,
    /// Noisy copies of the rows with random labels.
    Copies,
}

chosen! { Labels:
    True => "true", "true";
    Random => "random-same-x", "random, same x";
    Copies => "random-noisy-copies", "random, noisy copies of x";
}

/// The shifts of the start, by setting: along a direction of the span, another, and one off it.
pub(super) const SHIFTS: [&str; 3] = ["start_span_1", "start_span_2", "start_off"];

/// Checked settings of one experiment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) source: DataSource,
    pub(super) loss: Loss,
    pub(super) labels: Labels,
    pub(super) copies: usize,
    pub(super) copy_noise: f64,
    pub(super) label_seed: u64,
    /// w₀ before the shifts: one number, or one per coordinate.
    pub(super) start: Vec<f64>,
    /// How far w₀ is shifted along the two directions of the span, and off it.
    pub(super) shifts: [f64; 3],
    pub(super) potential: Potential,
    pub(super) preconditioner: Vec<f64>,
    /// γ, or `None` for the recommended one.
    pub(super) step_size: Option<f64>,
    pub(super) momentum: f64,
    pub(super) sign_step: f64,
    pub(super) adam_step: f64,
    pub(super) batch: usize,
    pub(super) weight_decay: f64,
    pub(super) label_noise: f64,
    pub(super) temperature: f64,
    pub(super) seed: u64,
    /// Number of runs per entry of [`METHODS`].
    pub(super) runs: Vec<usize>,
    pub(super) tolerance: f64,
}

impl Settings {
    /// Reads the knobs. Rules that tie them to the data's size are checked once the data are there.
    pub(super) fn from_knobs(knobs: &Knobs) -> Result<Self, KnobError> {
        let loss = Loss::of(knobs, "loss");
        let runs: Vec<usize> = METHODS.iter().map(|method| runs(knobs, method)).collect();
        if runs.iter().all(|runs| *runs == 0) {
            return Err(KnobError::Conflict(
                "no algorithm is switched on: choose at least one run".to_owned(),
            ));
        }
        let own_step = |key: &str, square: f64| {
            let usual = match loss {
                Loss::Square => square,
                Loss::Logistic => 0.1,
            };
            knobs.real_or_auto(key).unwrap_or(usual)
        };
        Ok(Self {
            source: source(knobs),
            loss,
            labels: labels(knobs),
            copies: knobs.count("copies") as usize,
            copy_noise: knobs.real("copy_noise"),
            label_seed: knobs.count("data_seed"),
            start: reals(knobs, "w0"),
            shifts: SHIFTS.map(|key| knobs.real(key)),
            potential: potential(knobs),
            preconditioner: reals(knobs, "preconditioner"),
            step_size: knobs.real_or_auto("step_size"),
            momentum: knobs.real("momentum"),
            sign_step: own_step("sign_step", 0.01),
            adam_step: own_step("adam_step", 0.02),
            batch: knobs.count("batch") as usize,
            weight_decay: knobs.real("weight_decay"),
            label_noise: knobs.real("label_noise_level"),
            temperature: knobs.real("temperature"),
            seed: knobs.count("sampling_seed"),
            runs,
            tolerance: knobs.real("tolerance"),
        })
    }

    /// What the rule of run number `index` of a method is built from, for d coefficients.
    pub(super) fn hyper(&self, d: usize, index: usize, record: bool) -> Hyper {
        let preconditioner = self.preconditioner.iter().copied().cycle();
        Hyper {
            loss: self.loss,
            d,
            potential: self.potential.clone(),
            momentum: self.momentum,
            sign_step: self.sign_step,
            adam_step: self.adam_step,
            preconditioner: preconditioner.take(d).collect(),
            batch: self.batch,
            seed: self.seed,
            index,
            record,
        }
    }

    /// What a step number `number` of the training set is made with.
    pub(super) fn step(&self, step_size: f64, number: u64) -> Step {
        Step {
            step_size,
            weight_decay: self.weight_decay,
            label_noise: self.label_noise,
            temperature: self.temperature,
            number,
        }
    }

    /// The methods that run, with how many runs each.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&'static Method, usize)> {
        let pairs = METHODS.iter().zip(&self.runs);
        pairs
            .filter(|(_, runs)| **runs > 0)
            .map(|(method, runs)| (method, *runs))
    }
}

/// How many runs of a method the settings ask for: none under a loss that it is not for.
pub(super) fn runs(knobs: &Knobs, method: &Method) -> usize {
    if method.losses.contains(&Loss::of(knobs, "loss")) {
        knobs.count(&method.runs_key()) as usize
    } else {
        0
    }
}

/// The training set; only data with a truth are relabelled.
pub(super) fn labels(knobs: &Knobs) -> Labels {
    if DataKind::of(knobs, "data") == DataKind::Sparse && Loss::of(knobs, "loss") == Loss::Square {
        Labels::of(knobs, "labels")
    } else {
        Labels::True
    }
}

fn source(knobs: &Knobs) -> DataSource {
    let (n, seed) = (knobs.count("n") as usize, knobs.count("data_seed"));
    match DataKind::of(knobs, "data") {
        DataKind::Plane => DataSource::Plane {
            x: ["datum_x1", "datum_x2"].map(|key| knobs.real(key)),
            y: knobs.real("datum_y"),
        },
        DataKind::Space => DataSource::Space,
        DataKind::Sparse => DataSource::Sparse {
            n,
            d: knobs.count("d") as usize,
            sparsity: knobs.count("sparsity") as usize,
            seed,
        },
        DataKind::Wedge => DataSource::Wedge { n, seed },
        DataKind::Blobs => DataSource::Blobs {
            n,
            distance: knobs.real("class_distance"),
            seed,
        },
        DataKind::Csv => DataSource::Csv(tables::table(knobs)),
    }
}

/// That of mirror descent.
pub(super) fn potential(knobs: &Knobs) -> Potential {
    match PotentialKind::of(knobs, "potential") {
        PotentialKind::Power => Potential::Power(knobs.real("p")),
        PotentialKind::Hypentropy => Potential::Hypentropy(knobs.real("alpha")),
        PotentialKind::Entropy => Potential::Entropy,
    }
}

fn reals(knobs: &Knobs, key: &str) -> Vec<f64> {
    match knobs.get(key) {
        Value::Reals(reals) => reals.clone(),
        _ => vec![knobs.real(key)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::linear::knobs::KNOBS;

    #[test]
    fn the_defaults_are_a_valid_experiment_and_no_run_at_all_is_refused() {
        let mut knobs = Knobs::new(&KNOBS);
        Settings::from_knobs(&knobs).unwrap();
        for method in METHODS {
            knobs.set_text(&method.runs_key(), "0").unwrap();
        }
        let message = Settings::from_knobs(&knobs).unwrap_err().to_string();
        assert!(message.contains("at least one run"), "{message}");
    }

    #[test]
    fn algorithms_of_the_other_loss_do_not_run() {
        let mut knobs = Knobs::new(&KNOBS);
        for key in ["kaczmarz_runs", "normalised_runs"] {
            knobs.set_text(key, "1").unwrap();
        }
        let running = |knobs: &Knobs| -> Vec<&str> {
            let settings = Settings::from_knobs(knobs).unwrap();
            settings.methods().map(|(method, _)| method.id).collect()
        };
        assert!(running(&knobs).contains(&"kaczmarz") && !running(&knobs).contains(&"normalised"));
        knobs.set_text("loss", "logistic").unwrap();
        assert!(!running(&knobs).contains(&"kaczmarz") && running(&knobs).contains(&"normalised"));
    }

    /// Every word that a choice knob accepts stands for a value.
    #[test]
    fn every_word_of_a_choice_stands_for_a_value() {
        let words = |ids: &[&str]| ids.join(" | ");
        for (key, expected) in [
            (
                "loss",
                words(&Loss::ALL.iter().map(|v| v.id()).collect::<Vec<_>>()),
            ),
            (
                "data",
                words(&DataKind::ALL.iter().map(|v| v.id()).collect::<Vec<_>>()),
            ),
            (
                "potential",
                words(
                    &PotentialKind::ALL
                        .iter()
                        .map(|v| v.id())
                        .collect::<Vec<_>>(),
                ),
            ),
            (
                "labels",
                words(&Labels::ALL.iter().map(|v| v.id()).collect::<Vec<_>>()),
            ),
        ] {
            let knob = KNOBS.iter().find(|knob| knob.key == key).unwrap();
            assert_eq!(knob.range(), expected);
        }
    }
}
