//! What the theory predicts before anything has run.

pub mod step_size;
