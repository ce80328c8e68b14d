//! The mathematics that labs share: data, regression, loops, random numbers. No time, no threads, no
//! screen.

pub mod aligned;
pub mod arithmetic;
pub mod data;
pub mod dense;
pub mod kernels;
pub mod level_set;
pub mod random;
pub mod regression;
pub mod watch;
