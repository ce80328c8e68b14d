//! What the theory predicts before anything has run.

pub mod interpolation;
pub mod step_size;
