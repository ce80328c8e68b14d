//! A data set with what is computed once for it.

use super::data::DataSource;
use super::flattest::{Bounds, flattest};
use super::interpolant::{largest_step_size, least_curvature};
use super::laws::Law;
use super::network::Network;
use super::observables::Reading;
use super::sharpness::{Workspace, sharpness};
use super::weight::Weight;
use crate::model::random::{Stream, generator};
use crate::sim::experiment::Facts;

/// See the module.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Inputs, increasing.
    pub x: Vec<f64>,
    /// Labels.
    pub y: Vec<f64>,
    /// g of the inputs.
    pub weight: Weight,
    /// W*, the least ∫|f''|g of an interpolant; `None` if the labels contradict each other.
    pub least_curvature: Option<f64>,
}

/// Names of the vectors that hold a sample of each law, in the order of [`Law::ALL`].
pub(super) const GALLERY: [&str; 7] = [
    "sample_uniform",
    "sample_gaussian",
    "sample_laplace",
    "sample_bimodal",
    "sample_exponential",
    "sample_arcsine",
    "sample_triangular",
];

impl Problem {
    /// Of these samples.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        let weight = Weight::new(&x);
        let least_curvature = least_curvature(&x, &y, &weight);
        Self {
            x,
            y,
            weight,
            least_curvature,
        }
    }

    /// What is recorded of a run with these parameters at a step size, whose loss is known. `threshold` is 1, or 1 + μ
    /// with momentum.
    pub(super) fn read(
        &self,
        parameters: &[f64],
        training_loss: f64,
        step_size: f64,
        threshold: f64,
        workspace: &mut Workspace,
    ) -> Reading {
        let network = Network::of(parameters);
        let sharpness = sharpness(network, &self.x, workspace);
        Reading {
            training_loss,
            sharpness,
            stability: 0.5 * sharpness * step_size / threshold,
            flattest: flattest(network, &self.x, sharpness, workspace),
            bounds: Bounds::of(network, &self.weight),
            bends: self.bends(network),
            never_active: network.never_active(&self.x),
        }
    }

    /// Σ|m| in the middle half of the range of the inputs, in the rest of it, and outside.
    fn bends(&self, network: Network<'_>) -> [f64; 3] {
        let (first, last) = (self.x[0], self.x[self.x.len() - 1]);
        let centre = 0.5 * (first + last);
        let reach = 0.5 * (last - first);
        let mut sums = [0.0; 3];
        for knot in network.knots() {
            let far = (knot.at - centre).abs();
            let band = usize::from(far > 0.5 * reach) + usize::from(far > reach);
            sums[band] += knot.mass.abs();
        }
        sums
    }

    /// What holds for every run.
    pub(super) fn facts(&self, source: &DataSource, gentle: f64, sharpest: f64) -> Facts {
        let mut facts = Facts::default();
        facts.scalars.extend([
            ("n", self.x.len() as f64),
            ("gentle_step_size", gentle),
            ("median_first_sharpness", sharpest),
        ]);
        if let Some(least) = self.least_curvature {
            let star = largest_step_size(least);
            facts
                .scalars
                .extend([("least_curvature", least), ("eta_star", star)]);
        }
        facts.vectors.extend([
            ("sample_inputs", self.x.clone()),
            ("sample_labels", self.y.clone()),
        ]);
        for (index, (law, name)) in Law::ALL.into_iter().zip(GALLERY).enumerate() {
            // Streams beside that of the data themselves.
            let mut random = generator(source.seed, Stream::Data, 1 + index);
            let sample = law.standardised(self.x.len(), &mut random);
            facts.vectors.insert(name, sample);
        }
        facts
    }
}
