//! What the lab's quantities are to code that knows no lab, and what its clock is called.

use crate::sim::roles::{ClockWords, Roles};

pub(super) const ROLES: Roles = Roles {
    loss: Some("task_loss"),
    merit: Some("test_error"),
    predictor: Some("boundary_length"),
    cost: Some("sample_gradients"),
    listed: &[
        "train_accuracy",
        "test_accuracy",
        "boundary_length",
        "median_margin",
        "distance_from_start",
        "distance_from_entry",
        "copies_accuracy",
    ],
    step_size: Some("step_size"),
    first_step_size: Some("starting_step_size"),
    ..Roles::NONE
};

pub(super) const CLOCK: ClockWords = ClockWords {
    step: "k",
    time: "epochs",
    steps_axis: "steps k (20 epochs each, then 1)",
    time_axis: "epochs",
    cost_axis: "single-sample gradients",
    about: "A step is 20 epochs on the copies before the task begins, and then one epoch on the training points.",
};
