//! What the theory predicts before anything has run.

pub mod edge;
pub mod forecast;
pub mod hypotheses;
pub mod interpolation;
pub mod recovery;
pub mod sharpness;
pub mod step_size;
