//! The knobs of the data and of what the runs are trained on.

use super::{
    DATA, MAX_SEED, MEMORY, count, is_csv, is_plane, is_random, is_relabelled, is_sparse, kind,
    real,
};
use crate::knobs::{Kind, Knob, Role};
use crate::labs::choices::Chosen as _;
use crate::labs::linear::problem::Loss;
use crate::labs::linear::settings::{DataKind, Labels};
use crate::labs::tables::{PATH_HELP, TARGET_HELP, reading_knobs};

pub(super) fn data_knobs() -> Vec<Knob> {
    let number = |key, label, default, help| Knob {
        relevant: is_plane,
        ..Knob::new(DATA, key, label, real([-5.0, 5.0], false), default, help)
    };
    let mut knobs = vec![
        Knob::new(
            DATA,
            "loss",
            "Loss",
            Kind::Choice(Loss::CHOICES),
            "square",
            "Square: L = ‖Xw − y‖²/2n, whose zeros are many. Logistic: L = mean ln(1 + exp(−y⟨x, w⟩)), which has no \
             minimum where the classes can be separated: only directions have a limit.",
        ),
        Knob::new(
            DATA,
            "data",
            "Data set",
            Kind::Choice(DataKind::CHOICES),
            "space",
            "One equation in two unknowns; two in three, whose solutions are a line; y = Xw* with x ~ N(0, I) and a \
             sparse w*; two classes in the plane: a wedge, in which the margins of ℓ₁, ℓ₂ and ℓ∞ differ, or two normal \
             ones; your own table. No model has an intercept.",
        ),
        Knob {
            relevant: is_random,
            ..Knob::new(DATA, "n", "n", count(1, 200), "20", "Number of samples n.")
        },
        Knob {
            relevant: is_sparse,
            ..Knob::new(
                DATA,
                "d",
                "d",
                count(1, 500),
                "100",
                "Number of coefficients d.",
            )
        },
        Knob {
            relevant: is_sparse,
            ..Knob::new(
                DATA,
                "sparsity",
                "Non-zeros",
                count(0, 500),
                "5",
                "‖w*‖₀: how many entries of w* are ±1 and not 0.",
            )
        },
        number(
            "datum_x1",
            "x₁",
            "1",
            "First feature of the only sample: the interpolators are the line x₁w₁ + x₂w₂ = y.",
        ),
        number(
            "datum_x2",
            "x₂",
            "0.45",
            "Second feature of the only sample.",
        ),
        number("datum_y", "y", "1", "Label of the only sample."),
        Knob {
            relevant: |knobs| kind(knobs) == DataKind::Blobs,
            ..Knob::new(
                DATA,
                "class_distance",
                "Distance",
                real([0.0, 20.0], false),
                "7",
                "Between the centres of the classes, in their standard deviations. Near ones overlap: then no direction \
                 separates them, and there is no margin.",
            )
        },
        Knob {
            role: Some(Role::DataFile),
            relevant: is_csv,
            ..Knob::new(DATA, "csv_path", "File", Kind::Text, "", PATH_HELP)
        },
        Knob {
            relevant: is_csv,
            ..Knob::new(
                DATA,
                "csv_target",
                "Label column",
                Kind::Text,
                "",
                TARGET_HELP,
            )
        },
    ];
    knobs.extend(reading_knobs(DATA));
    knobs.push(Knob {
        role: Some(Role::DataSeed),
        relevant: is_random,
        ..Knob::new(
            DATA,
            "data_seed",
            "Data seed",
            count(0, MAX_SEED),
            "0",
            "Seed of X, of w*, of random labels and of noisy copies, which use streams of their own.",
        )
    });
    knobs
}

pub(super) fn memory_knobs() -> Vec<Knob> {
    vec![
        Knob {
            live: true,
            relevant: is_relabelled,
            ..Knob::new(
                MEMORY,
                "labels",
                "Labels",
                Kind::Choice(Labels::CHOICES),
                "true",
                "What the runs are trained on: the data; the same x with labels from N(0, mean y²); or noisy copies of x \
                 with such labels. A change acts at once: every run goes on from where it is.",
            )
        },
        Knob {
            relevant: is_relabelled,
            ..Knob::new(
                MEMORY,
                "copies",
                "Copies R",
                count(1, 4),
                "2",
                "How many noisy copies of every x there are.",
            )
        },
        Knob {
            relevant: is_relabelled,
            ..Knob::new(
                MEMORY,
                "copy_noise",
                "Noise σ",
                real([0.0, 2.0], false),
                "0.5",
                "Standard deviation of what is added to every entry of a copy. With σ = 0 the copies contradict each \
                 other, but leave the span as little as x itself.",
            )
        },
        Knob {
            live: true,
            ..Knob::new(
                MEMORY,
                "weight_decay",
                "Weight decay λ",
                real([0.0, 1.0], false),
                "0",
                "λw is added to every gradient: it shrinks what the data do not see. Acts at once.",
            )
        },
    ]
}
