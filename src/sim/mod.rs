//! Running an experiment: when to sample, what was sampled, the thread that does both, and the
//! thread that analyses what was sampled.
//!
//! This floor stands beside [`crate::model`] and knows no mathematics. It drives anything that
//! implements [`Experiment`].
//!
//! [`Experiment`]: experiment::Experiment

pub mod analysis;
pub mod census;
pub mod experiment;
pub mod families;
pub mod history;
pub mod message;
pub mod names;
pub mod progress;
pub mod roles;
pub mod schedule;
pub mod session;
pub mod tape;
pub mod threads;
pub mod worker;
