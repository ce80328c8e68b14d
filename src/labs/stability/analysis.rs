//! The exact sharpness of recorded states.

use super::data::DataSource;
use super::network::Network;
use super::sharpness::Hessian;
use crate::sim::analysis::{Analyst, Insight, RecordedState};
use crate::sim::experiment::Facts;

/// See the module.
pub(super) struct ExactSharpness {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl ExactSharpness {
    pub(super) fn new(source: &DataSource) -> Self {
        let (x, y) = source.generate();
        Self { x, y }
    }
}

impl Analyst for ExactSharpness {
    fn study(&mut self) -> Option<Facts> {
        None
    }

    fn examine(&mut self, state: &RecordedState) -> Insight {
        let parameters = state.state.concat();
        let exact = Hessian::new(Network::of(&parameters), &self.x, &self.y).largest();
        Insight {
            values: vec![exact],
            vectors: Vec::new(),
        }
    }
}
