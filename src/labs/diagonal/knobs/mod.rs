//! The lab's knobs: every setting of the control panel, of `--set` and of recipe files, declared
//! once.

use std::sync::LazyLock;

use crate::knobs::{Choice, Kind, Knob, Knobs, Landmark};
use crate::labs::diagonal::dynamics::{METHODS, Method};

const DATA: &str = "Data";
const NETWORK: &str = "Network and step size";
const ALGORITHMS: &str = "Algorithms";
const LABEL_NOISE: &str = "Label noise";
const RUN: &str = "Run";

fn always(_: &Knobs) -> bool {
    true
}

/// Whether n and d can be chosen.
fn sized(knobs: &Knobs) -> bool {
    sparse(knobs) || fourier(knobs)
}

/// Whether anything about the data is drawn at random.
fn seeded(knobs: &Knobs) -> bool {
    sized(knobs) || csv(knobs)
}

fn plane_toy(knobs: &Knobs) -> bool {
    knobs.word("data") == "plane-toy"
}

fn sparse(knobs: &Knobs) -> bool {
    knobs.word("data") == "sparse"
}

fn fourier(knobs: &Knobs) -> bool {
    knobs.word("data") == "fourier"
}

fn csv(knobs: &Knobs) -> bool {
    knobs.word("data") == "csv"
}

fn noise_is(kinds: &'static [&'static str]) -> impl Fn(&Knobs) -> bool {
    move |knobs| kinds.contains(&knobs.word("label_noise"))
}

fn count(min: u64, max: u64) -> Kind {
    Kind::Count {
        min,
        max,
        auto: None,
    }
}

fn real(min: f64, max: f64, logarithmic: bool) -> Kind {
    Kind::Real {
        min,
        max,
        slider: [min, max],
        logarithmic,
        auto: None,
        vector: false,
    }
}

fn knob(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    kind: Kind,
    default: &'static str,
    help: &'static str,
) -> Knob {
    Knob {
        key,
        label,
        group,
        kind,
        default,
        unit: "",
        help,
        live: false,
        auto_fact: None,
        landmark: None,
        relevant: always,
    }
}

/// The knob for a method's number of runs.
fn runs_knob(method: &'static Method) -> Knob {
    Knob {
        key: String::leak(method.runs_key()),
        label: method.label,
        kind: count(0, method.max_runs),
        default: method.default_runs,
        unit: if method.max_runs == 1 { "run" } else { "runs" },
        ..knob(ALGORITHMS, "", "", Kind::Switch, "", method.about)
    }
}

/// Every setting of the lab, in the order of the control panel and of recipe files.
pub(super) static KNOBS: LazyLock<Vec<Knob>> = LazyLock::new(|| {
    let mut knobs = data_knobs();
    knobs.extend(network_knobs());
    knobs.extend(METHODS.iter().map(|method| runs_knob(method)));
    knobs.extend(algorithm_knobs());
    knobs.extend(label_noise_knobs());
    knobs.extend(run_knobs());
    knobs
});

const MAX_SEED: u64 = 999_999;

/// Beyond it the step size falls below what is of use, and no new picture appears.
const MAX_DEPTH: u64 = 6;

fn data_knobs() -> Vec<Knob> {
    let choices = Kind::Choice(&[
        Choice {
            id: "sparse",
            label: "Sparse regression",
        },
        Choice {
            id: "fourier",
            label: "Fourier features",
        },
        Choice {
            id: "csv",
            label: "CSV file",
        },
        Choice {
            id: "plane-toy",
            label: "2-D toy",
        },
        Choice {
            id: "space-toy",
            label: "3-D toy",
        },
    ]);
    let laws = Kind::Choice(&[
        Choice {
            id: "signs",
            label: "±1",
        },
        Choice {
            id: "paper-like",
            label: "|N(0,1)|, unit norm",
        },
        Choice {
            id: "ones",
            label: "all 1",
        },
        Choice {
            id: "normal",
            label: "N(0,1)",
        },
    ]);
    let truths = Kind::Choice(&[
        Choice {
            id: "sparse",
            label: "sparse: cos3 − sin7 + cos12",
        },
        Choice {
            id: "dense",
            label: "dense: ±1 everywhere",
        },
    ]);
    vec![
        knob(
            DATA,
            "data",
            "Data set",
            choices,
            "sparse",
            "Sparse regression: x ~ N(0, I), y = Xβ* without noise (paper §5). Fourier features: cos 2πix and sin 2πix \
             at uniform points. CSV: your own table. 2-D toy: one equation x₁β₁ + x₂β₂ = y. 3-D toy: √2·β₁ + β₃ = 1 and \
             √2·β₂ + β₃ = 1. The toys are validated against their ℓ₁ solution.",
        ),
        Knob {
            relevant: sized,
            ..knob(
                DATA,
                "n",
                "n",
                count(1, 100_000),
                "40",
                "Number of training samples n, the rows of X.",
            )
        },
        Knob {
            relevant: sized,
            ..knob(
                DATA,
                "d",
                "d",
                count(1, 1_000_000),
                "100",
                "Number of coefficients d, the columns of X.",
            )
        },
        Knob {
            relevant: sparse,
            ..knob(
                DATA,
                "sparsity",
                "Non-zeros",
                count(0, 1_000_000),
                "5",
                "‖β*‖₀: how many entries of β* are not 0.",
            )
        },
        Knob {
            relevant: sparse,
            ..knob(
                DATA,
                "beta_law",
                "Law of β*",
                laws,
                "signs",
                "How the non-zero entries of β* are drawn.",
            )
        },
        Knob {
            relevant: fourier,
            ..knob(
                DATA,
                "fourier_truth",
                "Truth",
                truths,
                "sparse",
                "Sparse: cos(2π·3x) − sin(2π·7x) + cos(2π·12x). Dense: ±1 on every feature, where the ℓ₂ bias is the \
                 better one.",
            )
        },
        Knob {
            relevant: fourier,
            ..knob(
                DATA,
                "fourier_weighted",
                "Weights 1/i",
                Kind::Switch,
                "false",
                "Scale feature i by 1/i. Then diag(XᵀX/n) is not constant, and noise favours low frequencies.",
            )
        },
        Knob {
            relevant: csv,
            ..knob(
                DATA,
                "csv_path",
                "File",
                Kind::Text,
                "",
                "Path of a comma-separated table of numbers; a header line is optional. Dropping a file on the window \
                 sets it.",
            )
        },
        Knob {
            relevant: csv,
            ..knob(
                DATA,
                "csv_target",
                "Label column",
                Kind::Text,
                "",
                "Name of the column y. Empty: the last column.",
            )
        },
        Knob {
            relevant: csv,
            ..knob(
                DATA,
                "holdout_fraction",
                "Held out",
                real(0.0, 0.9, false),
                "0.2",
                "Fraction of the rows kept for the validation loss. 0: all rows train, and there is no validation loss.",
            )
        },
        Knob {
            relevant: plane_toy,
            ..knob(
                DATA,
                "toy_x1",
                "x₁",
                real(-5.0, 5.0, false),
                "1",
                "First feature of the only sample: the interpolators are the line x₁β₁ + x₂β₂ = y.",
            )
        },
        Knob {
            relevant: plane_toy,
            ..knob(
                DATA,
                "toy_x2",
                "x₂",
                real(-5.0, 5.0, false),
                "2",
                "Second feature of the only sample. The ℓ₁ solution lies on the axis of the larger one.",
            )
        },
        Knob {
            relevant: plane_toy,
            ..knob(
                DATA,
                "toy_y",
                "y",
                real(-5.0, 5.0, false),
                "2",
                "Label of the only sample.",
            )
        },
        Knob {
            relevant: seeded,
            ..knob(
                DATA,
                "data_seed",
                "Data seed",
                count(0, MAX_SEED),
                "0",
                "Seed of X and β* (of the hold-out draw for a CSV file). Independent of the other seeds.",
            )
        },
    ]
}

fn network_knobs() -> Vec<Knob> {
    vec![
        knob(
            NETWORK,
            "depth",
            "Depth p",
            count(2, MAX_DEPTH),
            "2",
            "β = w₊ᵖ − w₋ᵖ. The paper's theorem is for p = 2; p ≥ 3 is for exploration, for GD, SGD and SGF only. There \
             the noise makes two effective α, one for each sign, and SGD's benefit does not carry over.",
        ),
        Knob {
            kind: Kind::Real {
                min: 1e-8,
                max: 1e3,
                slider: [1e-4, 10.0],
                logarithmic: true,
                auto: None,
                vector: true,
            },
            ..knob(
                NETWORK,
                "alpha",
                "α",
                Kind::Switch,
                "0.1",
                "Initialisation scale: w₊ = w₋ = α, so β = 0. GD ends at the interpolator of least φ_α (eq. 2): ℓ₁-like \
                 for small α (rich), ℓ₂-like for large α (kernel). The slides' α is twice this one.",
            )
        },
        Knob {
            kind: Kind::Real {
                min: 1e-7,
                max: 10.0,
                slider: [1e-4, 2.0],
                logarithmic: true,
                auto: Some("auto"),
                vector: false,
            },
            live: true,
            auto_fact: Some("gamma_recommended"),
            landmark: Some(Landmark {
                fact: "gamma_auto",
                symbol: "γ_auto",
                about: "γ as a multiple of γ_auto, marked on the slider, beyond which single-sample SGD is expected \
                        to diverge: 1 run in 240 did at the mark, 1 in 15 at 1.1×, nearly all at 1.7×. GD alone \
                        goes further, and label noise lowers the limit.",
            }),
            ..knob(
                NETWORK,
                "step_size",
                "γ",
                Kind::Switch,
                "auto",
                "Step size γ, shared by all algorithms; flow time is t = kγ. auto = 0.9 γ_auto with \
                 γ_auto = 2/(tr H + 2λ_max(H)), H = (2/n) X diag(√(β²+4α⁴)) Xᵀ, and less at larger depth. Acts at \
                 once.",
            )
        },
    ]
}

fn algorithm_knobs() -> Vec<Knob> {
    let schemes = Kind::Choice(&[
        Choice {
            id: "log-euler",
            label: "log-Euler",
        },
        Choice {
            id: "euler-maruyama",
            label: "Euler–Maruyama",
        },
    ]);
    vec![
        Knob {
            unit: "samples",
            ..knob(
                ALGORITHMS,
                "batch",
                "Batch b",
                count(1, 100_000),
                "1",
                "Samples per SGD step. The noise, and with it the shrinkage of α, is divided by b: γ_eff = γ/b with \
                 replacement, γ(n−b)/(b(n−1)) without.",
            )
        },
        knob(
            ALGORITHMS,
            "replacement",
            "With replacement",
            Kind::Switch,
            "true",
            "Whether a batch may hold the same sample twice. Makes no difference for b = 1.",
        ),
        knob(
            ALGORITHMS,
            "sgf_scheme",
            "SGF scheme",
            schemes,
            "log-euler",
            "log-Euler steps ln w±: w > 0 and w₊w₋ = α_t² hold exactly. For depth p ≥ 3 it steps w±²⁻ᵖ instead, with the \
             same merits. Euler–Maruyama with γ/10 is the paper's choice.",
        ),
        Knob {
            kind: Kind::Count {
                min: 1,
                max: 100,
                auto: Some("auto"),
            },
            live: true,
            auto_fact: Some("sgf_substeps"),
            ..knob(
                ALGORITHMS,
                "sgf_substeps",
                "SGF sub-steps",
                Kind::Switch,
                "auto",
                "dt = γ/m with m sub-steps per step of γ. auto: 4 for log-Euler, 10 for Euler–Maruyama. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| knobs.count("langevin_runs") > 0,
            ..knob(
                ALGORITHMS,
                "temperature",
                "Temperature T",
                real(1e-7, 1e-1, true),
                "1e-4",
                "Temperature of Langevin dynamics, dw± = −∇L dt + √(2T) dB±: the loss it settles at grows with it.",
            )
        },
        knob(
            ALGORITHMS,
            "sampling_seed",
            "Sampling seed",
            count(0, MAX_SEED),
            "0",
            "Seed of SGD's samples and label-noise signs; every run has its own sub-stream.",
        ),
        knob(
            ALGORITHMS,
            "brownian_seed",
            "Brownian seed",
            count(0, MAX_SEED),
            "0",
            "Seed of the Brownian motions of SGF and of the other noises, which share them; every run has its own \
             sub-stream.",
        ),
    ]
}

fn label_noise_knobs() -> Vec<Knob> {
    let kinds = Kind::Choice(&[
        Choice {
            id: "none",
            label: "none",
        },
        Choice {
            id: "constant",
            label: "constant",
        },
        Choice {
            id: "step-off",
            label: "on until k, then off",
        },
        Choice {
            id: "exponential",
            label: "exponential decay",
        },
        Choice {
            id: "power-law",
            label: "power-law decay",
        },
        Choice {
            id: "piecewise",
            label: "drawn by hand",
        },
    ]);
    let live = |key, label, kind, default, help| Knob {
        live: true,
        ..knob(LABEL_NOISE, key, label, kind, default, help)
    };
    vec![
        live(
            "label_noise",
            "Schedule δ",
            kinds,
            "none",
            "Label noise: SGD sees labels shifted by ±2δ (eq. 9), SGF the loss L + δ² in its noise (eq. 10). It shrinks \
             the effective α further. Acts at once.",
        ),
        Knob {
            relevant: |knobs| {
                noise_is(&["constant", "step-off", "exponential", "power-law"])(knobs)
            },
            ..live(
                "label_noise_level",
                "Level δ",
                real(0.0, 10.0, false),
                "1",
                "δ at the start of the schedule, in units of y. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| noise_is(&["step-off"])(knobs),
            unit: "steps",
            ..live(
                "label_noise_until",
                "Until k",
                count(0, 1_000_000_000),
                "1000",
                "First step without label noise (iterations, not flow time). Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| noise_is(&["exponential", "power-law"])(knobs),
            unit: "steps",
            ..live(
                "label_noise_time",
                "Decay time τ",
                real(1.0, 1e9, true),
                "1000",
                "Exponential: δ exp(−k/τ). Power law: δ (1 + k/τ)^−p. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| noise_is(&["power-law"])(knobs),
            ..live(
                "label_noise_exponent",
                "Power p",
                real(0.01, 10.0, false),
                "0.5",
                "Power of the decay δ (1 + k/τ)^−p. Acts at once.",
            )
        },
        Knob {
            relevant: |knobs| noise_is(&["piecewise"])(knobs),
            ..live(
                "label_noise_points",
                "Vertices k:δ",
                Kind::Points { max: 10.0 },
                "0:1,1000:1,1001:0",
                "Vertices of δ(k), joined by straight lines and held outside. Drag them in the strip under the plots; \
                 double-click there adds one, right-click removes one. Acts at once.",
            )
        },
    ]
}

fn run_knobs() -> Vec<Knob> {
    vec![
        knob(
            RUN,
            "forks",
            "Forks",
            Kind::Text,
            "",
            "Runs that start from the α another run has at a step: `gd from sgd-1 at 12000`, or `gf` for gradient flow; \
             `predicted` behind it takes α of eq. 5 instead of √|w₊w₋|, `late` starts at that step. Several with semicolons. \
             Key F adds one at the cursor.",
        ),
        Knob {
            unit: "steps",
            ..knob(
                RUN,
                "steps",
                "Length K",
                count(1, 10_000_000_000),
                "100000",
                "Steps after which the clock stops; playing on is possible.",
            )
        },
        knob(
            RUN,
            "tolerance",
            "Tolerance L <",
            real(1e-30, 1.0, true),
            "1e-12",
            "The clock stops once every run's training loss is below this (or the run has diverged).",
        ),
        Knob {
            kind: Kind::Real {
                min: 1.0,
                max: 1e9,
                slider: [1.0, 1e6],
                logarithmic: true,
                auto: Some("max"),
                vector: false,
            },
            unit: "steps/s",
            live: true,
            ..knob(
                RUN,
                "speed",
                "Speed",
                Kind::Switch,
                "max",
                "Steps a second, or max for as fast as it goes.",
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        let knobs = Knobs::new(&KNOBS);
        let keys: Vec<_> = knobs.iter().map(|(knob, _)| knob.key).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "`{key}` is declared twice");
        }
        assert!(
            knobs
                .iter()
                .all(|(knob, _)| !knob.help.is_empty() && !knob.label.is_empty())
        );
    }
}
