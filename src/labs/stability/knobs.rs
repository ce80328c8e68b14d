//! The lab's knobs, each declared once.

use std::sync::LazyLock;

use super::data::{Inputs, Target};
use super::methods::{METHODS, Method};
use super::settings::Initialisation;
use crate::knobs::{Kind, Knob, Knobs, Landmark, Role};
use crate::labs::arithmetic;

const DATA: &str = "Data";
const NETWORK: &str = "Network";
const STEP_SIZE: &str = "Step size";
const ALGORITHMS: &str = "Algorithms";
const RUN: &str = "Run";

const MAX_SEED: u64 = 999_999;

/// The most runs of an algorithm.
const MAX_RUNS: u64 = 50;

fn count(min: u64, max: u64) -> Kind {
    Kind::Count {
        min,
        max,
        auto: None,
    }
}

/// A number with an automatic word, over a range of which a slider covers a part.
fn real([min, max]: [f64; 2], slider: [f64; 2], auto: Option<&'static str>) -> Kind {
    Kind::Real {
        min,
        max,
        slider,
        logarithmic: min > 0.0,
        auto,
        vector: false,
    }
}

/// Whether a method that differs from GD in this way runs.
fn runs(knobs: &Knobs, differs: fn(&Method) -> bool) -> bool {
    let mut methods = METHODS.iter().filter(|method| differs(method));
    methods.any(|method| knobs.count(method.runs_key) > 0)
}

/// Every setting of the lab, in the order of the control panel and of recipe files.
pub(super) static KNOBS: LazyLock<Vec<Knob>> = LazyLock::new(|| {
    let mut knobs = data_knobs();
    knobs.extend(network_knobs());
    knobs.extend(step_size_knobs());
    knobs.extend(algorithm_knobs());
    knobs.extend(run_knobs());
    knobs
});

fn data_knobs() -> Vec<Knob> {
    vec![
        Knob::new(
            DATA,
            "target_function",
            "Labels y",
            Kind::Choice(Target::CHOICES),
            "sine",
            "What the labels are, without noise; or N(0, 0.25) whatever x is, which no stable minimum can fit at a large η.",
        ),
        Knob::new(
            DATA,
            "inputs",
            "Inputs x",
            Kind::Choice(Inputs::CHOICES),
            "grid",
            "Evenly on ±2, each moved by up to 0.12; or drawn from a law and standardised. g, the price of a bend of f, \
             depends on them alone.",
        ),
        Knob {
            unit: "samples",
            ..Knob::new(
                DATA,
                "n",
                "n",
                count(1, 100),
                "8",
                "Number of samples. What is measured of the sharpness takes n² per neuron.",
            )
        },
        Knob {
            role: Some(Role::DataSeed),
            ..Knob::new(
                DATA,
                "data_seed",
                "Data seed",
                count(0, MAX_SEED),
                "0",
                "Seed of the inputs and of random labels.",
            )
        },
    ]
}

fn network_knobs() -> Vec<Knob> {
    vec![
        Knob {
            unit: "neurons",
            ..Knob::new(
                NETWORK,
                "neurons",
                "Width k",
                count(1, 400),
                "60",
                "f(x) = Σᵢ w2ᵢ max(0, w1ᵢx + b1ᵢ) + b2 with k neurons: each bends f at its knot τᵢ = −b1ᵢ/w1ᵢ by mᵢ = w2ᵢ|w1ᵢ|.",
            )
        },
        Knob::new(
            NETWORK,
            "initialisation",
            "Start",
            Kind::Choice(Initialisation::CHOICES),
            "rough",
            "Rough: w1 = ±1, knots on ±2.2, w2 ~ N(0, roughness²): a gentle step size ends at an interpolant that is \
             wiggly between the samples. Default of PyTorch: w1, b1 on ±1, w2, b2 on ±1/√k, which is smooth from the start.",
        ),
        Knob {
            role: Some(Role::InitialisationScale),
            relevant: |knobs| knobs.word("initialisation") == "rough",
            ..Knob::new(
                NETWORK,
                "roughness",
                "Roughness",
                real([1e-3, 10.0], [0.1, 3.0], None),
                "1.5",
                "Standard deviation of w2 at a rough start: λ at the start grows with its square.",
            )
        },
        Knob {
            role: Some(Role::NoiseSeed),
            ..Knob::new(
                NETWORK,
                "init_seed",
                "Initial seed",
                count(0, MAX_SEED),
                "0",
                "Seed of the weights at the start. The first runs of all algorithms start alike, so do the second ones, \
                 and so on.",
            )
        },
    ]
}

fn step_size_knobs() -> Vec<Knob> {
    vec![
        Knob {
            live: true,
            role: Some(Role::StepSize),
            auto_fact: Some("gentle_step_size"),
            landmark: Some(Landmark {
                fact: "eta_star",
                symbol: "η*",
                about: "η as a multiple of η* = 1/(W* + ½), marked on the slider. W* is the least ∫|f''|g of any \
                        interpolant, so that no stable minimum beyond η* interpolates; runs give up at 50 % to 80 % of it.",
            }),
            ..Knob::new(
                STEP_SIZE,
                "step_size",
                "η",
                real([1e-5, 10.0], [1e-3, 1.0], Some("auto")),
                "auto",
                "Step size η of all runs. A minimum can be stable only if λₘₐₓ ≤ 2/η. auto: 1/λ at the start, the \
                 median over the runs. A change acts on the running simulation, at the rate of the slew limit.",
            )
        },
        Knob {
            unit: "steps",
            ..Knob::new(
                STEP_SIZE,
                "warm_up",
                "Gentle steps",
                count(0, 10_000_000),
                "5000",
                "Steps at the gentle step size 1/λ before η heads for its setting. A cold start with a large η diverges \
                 or kills neurons.",
            )
        },
        Knob {
            unit: "× / 100",
            live: true,
            ..Knob::new(
                STEP_SIZE,
                "slew",
                "Slew limit",
                real([1.000_1, 1e6], [1.01, 10.0], Some("none")),
                "1.03",
                "The most that η changes by in 100 steps, as a factor. Near 2/η a jump of η by a factor of 3 mostly \
                 diverges. none: η jumps.",
            )
        },
        Knob::new(
            STEP_SIZE,
            "kicks",
            "Kicks",
            Kind::Points { max: 1000.0 },
            "",
            "Steps and factors such as 4000:3: there η is multiplied at once, past the slew limit, and for good (Fig 1). \
             Key K adds one of ×3 at the cursor.",
        ),
        Knob {
            live: true,
            ..Knob::new(
                STEP_SIZE,
                "jitter",
                "Jitter σ",
                Kind::Real {
                    min: 0.0,
                    max: 1e-2,
                    slider: [0.0, 1e-5],
                    logarithmic: false,
                    auto: None,
                    vector: false,
                },
                "1e-6",
                "Standard deviation of normals that are added to every weight at every step. Without any, GD converges so \
                 exactly that it can sit on an unstable minimum, like a pencil on its tip, for thousands of steps.",
            )
        },
    ]
}

fn algorithm_knobs() -> Vec<Knob> {
    let counts = METHODS.iter().map(|method| Knob {
        unit: "runs",
        role: Some(Role::Runs),
        ..Knob::new(
            ALGORITHMS,
            method.runs_key,
            method.family.label,
            count(0, MAX_RUNS),
            method.default_runs,
            method.family.about,
        )
    });
    let mut knobs: Vec<Knob> = counts.collect();
    knobs.extend([
        Knob {
            unit: "samples",
            relevant: |knobs| runs(knobs, |method| method.samples),
            ..Knob::new(
                ALGORITHMS,
                "batch",
                "Batch B",
                count(1, 100),
                "1",
                "Samples per SGD step, drawn with replacement.",
            )
        },
        Knob {
            relevant: |knobs| runs(knobs, |method| method.has_momentum),
            ..Knob::new(
                ALGORITHMS,
                "momentum",
                "Momentum μ",
                Kind::Real {
                    min: 0.0,
                    max: 0.999,
                    slider: [0.0, 0.99],
                    logarithmic: false,
                    auto: None,
                    vector: false,
                },
                "0.5",
                "Heavy ball's μ: its threshold is 2(1 + μ)/η.",
            )
        },
        Knob {
            role: Some(Role::NoiseSeed),
            ..Knob::new(
                ALGORITHMS,
                "sampling_seed",
                "Sampling seed",
                count(0, MAX_SEED),
                "0",
                "Seed of SGD's batches and of the jitter, which use streams of their own in every run.",
            )
        },
    ]);
    knobs
}

fn run_knobs() -> Vec<Knob> {
    vec![
        Knob {
            unit: "steps",
            role: Some(Role::Length),
            ..Knob::new(
                RUN,
                "steps",
                "Length K",
                count(1, 1_000_000_000),
                "30000",
                "Steps after which the clock stops; playing on is possible.",
            )
        },
        arithmetic::knob(RUN),
        Knob {
            unit: "steps/s",
            live: true,
            role: Some(Role::Pace),
            ..Knob::new(
                RUN,
                "speed",
                "Speed",
                real([1.0, 1e9], [1.0, 1e6], Some("max")),
                "max",
                "Steps a second, or max for as fast as it goes.",
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;

    #[test]
    fn every_word_of_a_choice_stands_for_a_value_of_its_own() {
        for (key, choices) in [
            ("inputs", Inputs::CHOICES),
            ("target_function", Target::CHOICES),
            ("initialisation", Initialisation::CHOICES),
        ] {
            let mut known = Vec::new();
            for choice in choices {
                let mut knobs = Knobs::new(&KNOBS);
                knobs.set_text(key, choice.id).unwrap();
                let settings = Settings::from_knobs(&knobs).unwrap();
                assert!(!known.contains(&settings), "{key} {}", choice.id);
                known.push(settings);
            }
        }
        assert_eq!(Target::ALL.len(), Target::CHOICES.len());
        assert_eq!(Inputs::ALL.len(), Inputs::CHOICES.len());
    }

    #[test]
    fn what_cannot_run_is_refused_with_a_reason() {
        for (settings, reason) in [
            (vec![("gd_runs", "0")], "nothing runs"),
            (vec![("sgd_runs", "1"), ("batch", "9")], "lower `batch`"),
        ] {
            let mut knobs = Knobs::new(&KNOBS);
            for (key, text) in settings {
                knobs.set_text(key, text).unwrap();
            }
            let error = Settings::from_knobs(&knobs).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
