//! The mathematics of the problem: data, network, potential. No time, no threads, no screen.

pub mod aligned;
pub mod data;
pub mod deep_potential;
pub mod kernels;
pub mod network;
pub mod potential;
pub mod random;
pub mod regression;
