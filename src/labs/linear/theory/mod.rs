//! Where the runs must end: Bregman projections for the square loss, maximum margins for the logistic one.

pub mod bregman;
pub mod margins;
pub mod potential;
pub mod span;
