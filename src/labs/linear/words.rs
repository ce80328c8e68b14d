//! What the lab's quantities are to code that knows no lab, and what its clock is called.

use crate::sim::roles::{ClockWords, Roles, Truth};

pub(super) const ROLES: Roles = Roles {
    loss: Some("training_loss"),
    merit: Some("merit"),
    predictor: Some("predicted_merit"),
    cost: Some("gradient_evaluations"),
    listed: &[
        "training_loss",
        "merit",
        "theory_distance",
        "off_span",
        "margin_ratio",
    ],
    step_size: Some("step_size"),
    first_step_size: Some("gamma"),
    largest_step_size: Some("gamma_edge"),
    truth: Some(Truth {
        vector: "w_star",
        label: "w*",
        about: "The true coefficients; of two or three, the sparsest that fit",
    }),
    success: None,
};

pub(super) const CLOCK: ClockWords = ClockWords {
    step: "k",
    time: "t",
    steps_axis: "iterations k",
    time_axis: "time t = kγ",
    cost_axis: "gradient evaluations",
    about: "Full steps take n single-sample gradients, stochastic ones b, Kaczmarz one.",
};
