//! Running an experiment: when to sample, what was sampled, and the thread that does both.
//!
//! This floor stands beside [`crate::model`] and knows no mathematics. It drives anything that
//! implements [`Experiment`].
//!
//! [`Experiment`]: experiment::Experiment

pub mod experiment;
pub mod history;
pub mod message;
pub mod schedule;
pub mod session;
pub mod worker;
