//! What the lab's quantities are to code that knows no lab, and what its clock is called.

use crate::sim::roles::{ClockWords, Roles, Truth};

pub(super) const ROLES: Roles = Roles {
    loss: Some("training_loss"),
    merit: Some("validation_loss"),
    predictor: Some("loss_integral"),
    cost: Some("gradient_evaluations"),
    listed: &[
        "training_loss",
        "validation_loss",
        "loss_integral",
        "alpha_measured",
    ],
    step_size: Some("step_size"),
    first_step_size: Some("gamma"),
    largest_step_size: Some("gamma_auto"),
    truth: Some(Truth {
        vector: "beta_star",
        label: "β*",
        about: "The true coefficients, and lines for their norms",
    }),
};

pub(super) const CLOCK: ClockWords = ClockWords {
    step: "k",
    time: "t",
    steps_axis: "iterations k",
    time_axis: "time t = kγ",
    cost_axis: "gradient evaluations",
    about: "GD spends n single-sample gradients a step, SGD b, SGF n per sub-step.",
};
