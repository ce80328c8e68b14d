//! What the lab's quantities are to code that knows no lab, and what its clock is called.

use crate::sim::roles::{ClockWords, Roles};

pub(super) const ROLES: Roles = Roles {
    loss: Some("training_loss"),
    merit: Some("curvature"),
    predictor: Some("sharpness"),
    listed: &[
        "training_loss",
        "sharpness",
        "stability",
        "flattest",
        "curvature",
        "never_active",
    ],
    step_size: Some("step_size"),
    first_step_size: Some("eta"),
    largest_step_size: Some("eta_star"),
    ..Roles::NONE
};

pub(super) const CLOCK: ClockWords = ClockWords {
    step: "k",
    time: "t",
    steps_axis: "iterations k",
    time_axis: "time t = Ση",
    cost_axis: "iterations k",
    about: "All runs take their steps together, with the same η.",
};
