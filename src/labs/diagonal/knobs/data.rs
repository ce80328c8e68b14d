//! The knobs of the data.

use super::{DATA, MAX_SEED, count, real};
use crate::knobs::{Kind, Knob, Knobs, POSITIVE, Role};
use crate::labs::diagonal::choices::Chosen as _;
use crate::labs::diagonal::settings::DataKind;
use crate::labs::diagonal::starts::StartKind;
use crate::labs::tables::{PATH_HELP, TARGET_HELP, reading_knobs};
use crate::model::data::fourier::FourierTruth;
use crate::model::data::sparse::BetaLaw;

fn plane_toy(knobs: &Knobs) -> bool {
    DataKind::of(knobs, "data") == DataKind::PlaneToy
}

fn sparse(knobs: &Knobs) -> bool {
    DataKind::of(knobs, "data") == DataKind::Sparse
}

fn fourier(knobs: &Knobs) -> bool {
    DataKind::of(knobs, "data") == DataKind::Fourier
}

fn csv(knobs: &Knobs) -> bool {
    DataKind::of(knobs, "data") == DataKind::Csv
}

/// Whether n and d can be chosen.
fn sized(knobs: &Knobs) -> bool {
    sparse(knobs) || fourier(knobs)
}

/// Whether anything about the data, or about a start that was trained on others, is drawn at random.
fn seeded(knobs: &Knobs) -> bool {
    sized(knobs) || csv(knobs) || StartKind::of(knobs, "initialisation") != StartKind::Symmetric
}

pub(super) fn data_knobs() -> Vec<Knob> {
    let mut knobs = vec![
        Knob::new(
            DATA,
            "data",
            "Data set",
            Kind::Choice(DataKind::CHOICES),
            "sparse",
            "Sparse regression: x ~ N(0, I), y = Xβ* without noise (paper §5). Fourier features: cos 2πix and sin 2πix \
             at uniform points. CSV: your own table. 2-D toy: one equation x₁β₁ + x₂β₂ = y. 3-D toy: √2·β₁ + β₃ = 1 and \
             √2·β₂ + β₃ = 1. The toys are validated against their ℓ₁ solution.",
        ),
        Knob {
            relevant: sized,
            ..Knob::new(
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
            ..Knob::new(
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
            ..Knob::new(
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
            ..Knob::new(
                DATA,
                "beta_law",
                "Law of β*",
                Kind::Choice(BetaLaw::CHOICES),
                "signs",
                "How the non-zero entries of β* are drawn.",
            )
        },
        Knob {
            relevant: fourier,
            ..Knob::new(
                DATA,
                "fourier_truth",
                "Truth",
                Kind::Choice(FourierTruth::CHOICES),
                "sparse",
                "Sparse: cos(2π·3x) − sin(2π·7x) + cos(2π·12x). Dense: ±1 on every feature, where the ℓ₂ bias is the \
                 better one.",
            )
        },
        Knob {
            relevant: fourier,
            ..Knob::new(
                DATA,
                "fourier_weighted",
                "Weights 1/i",
                Kind::Switch,
                "false",
                "Scale feature i by 1/i. Then diag(XᵀX/n) is not constant, and noise favours low frequencies.",
            )
        },
        Knob {
            role: Some(Role::DataFile),
            relevant: csv,
            ..Knob::new(DATA, "csv_path", "File", Kind::Text, "", PATH_HELP)
        },
        Knob {
            relevant: csv,
            ..Knob::new(
                DATA,
                "csv_target",
                "Label column",
                Kind::Text,
                "",
                TARGET_HELP,
            )
        },
        Knob {
            relevant: csv,
            ..Knob::new(
                DATA,
                "holdout_fraction",
                "Held out",
                real(0.0, 0.9, false),
                "0.2",
                "Fraction of the rows kept for the validation loss. 0: all rows train, and there is no validation loss.",
            )
        },
    ];
    knobs.extend(reading_knobs(DATA));
    knobs.extend(table_knobs());
    knobs.extend(toy_knobs());
    knobs.extend(observation_knobs());
    knobs.push(Knob {
        role: Some(Role::DataSeed),
        relevant: seeded,
        ..Knob::new(
            DATA,
            "data_seed",
            "Data seed",
            count(0, MAX_SEED),
            "0",
            "Seed of X and β* (of the hold-out draw for a CSV file), and of what an `initialisation` other than symmetric \
             draws, in streams of their own. Independent of the other seeds.",
        )
    });
    knobs.push(Knob {
        role: Some(Role::DataSeed),
        relevant: |knobs| sized(knobs) && knobs.real("observation_noise") > 0.0,
        ..Knob::new(
            DATA,
            "observation_seed",
            "Noise seed",
            count(0, MAX_SEED),
            "0",
            "Seed of the noise on y, in a stream of its own: the same X and β* can be observed many times.",
        )
    });
    knobs
}

/// What is done with the rows and columns of a table.
fn table_knobs() -> [Knob; 4] {
    [
        Knob {
            role: Some(Role::DataCompanion),
            relevant: csv,
            ..Knob::new(
                DATA,
                "csv_validation",
                "Validation file",
                Kind::Text,
                "",
                "Path of a table of validation rows, with the same columns. Then no row is held out.",
            )
        },
        Knob {
            role: Some(Role::DataCompanion),
            relevant: csv,
            ..Knob::new(
                DATA,
                "csv_truth",
                "File of β*",
                Kind::Text,
                "",
                "Path of the d coefficients that the labels were made with, in a row or a column: the validation loss is \
                 ‖β − β*‖² then, and no row is held out.",
            )
        },
        Knob {
            relevant: csv,
            ..Knob::new(
                DATA,
                "standardise",
                "Standardise",
                Kind::Switch,
                "false",
                "Centre every feature and scale it to variance 1, by the training rows; constant features become 0. One γ \
                 suits all columns then. dataset.npz has x_mean and x_scale to undo it.",
            )
        },
        Knob {
            relevant: csv,
            ..Knob::new(
                DATA,
                "intercept",
                "Intercept",
                Kind::Switch,
                "false",
                "Centre the label and every feature, by the training rows, which is the same as fitting an intercept. \
                 dataset.npz has x_mean and y_mean to undo it.",
            )
        },
    ]
}

/// How the labels of synthetic data come about.
fn observation_knobs() -> [Knob; 2] {
    let size = |[min, max]: [f64; 2], slider, logarithmic| Kind::Real {
        min,
        max,
        slider,
        logarithmic,
        auto: None,
        vector: false,
    };
    [
        Knob {
            relevant: sized,
            ..Knob::new(
                DATA,
                "beta_scale",
                "Scale of β*",
                size(POSITIVE, [0.1, 10.0], true),
                "1",
                "Multiplies β*, and y with it. s times β*, √s times α and γ/s is the same problem in other units.",
            )
        },
        Knob {
            relevant: sized,
            ..Knob::new(
                DATA,
                "observation_noise",
                "Noise on y",
                size([0.0, f64::MAX], [0.0, 2.0], false),
                "0",
                "Standard deviation σ of the noise in the data: y = Xβ* + σε with ε ~ N(0, I), drawn once. The validation \
                 loss is still ‖β − β*‖². Label noise δ is drawn anew at every step.",
            )
        },
    ]
}

fn toy_knobs() -> [Knob; 3] {
    [
        Knob {
            relevant: plane_toy,
            ..Knob::new(
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
            ..Knob::new(
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
            ..Knob::new(
                DATA,
                "toy_y",
                "y",
                real(-5.0, 5.0, false),
                "2",
                "Label of the only sample.",
            )
        },
    ]
}
