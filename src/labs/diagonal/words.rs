//! What the lab's quantities are to code that knows no lab, and what its clock is called.

use crate::sim::roles::{ClockWords, Roles, Success, Truth};

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
    success: Some(Success {
        column: "relative_error",
        below: 0.01,
        word: "find β*",
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

/// For who has never been here.
pub(super) const WELCOME: &[&str] = &[
    "GD, gradient descent, sees all samples at every step; SGD draws one of them at random; SGF, stochastic gradient \
     flow, is SGD in continuous time.",
    "All start from weights of size α, take steps of size γ and fit the data. β* is the sparse truth that none of them is \
     told: validation is the distance to it.",
    "A smaller α or more noise makes the solution sparser: move α at the left and see.",
];
