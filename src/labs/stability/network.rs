//! One hidden layer of ReLU neurons in one input: f(x) = Σᵢ w2ᵢ max(0, w1ᵢx + b1ᵢ) + b2.
//!
//! The parameters are one flat vector (w1, b1, w2, b2) of 3k + 1 numbers, which is what
//! [`crate::optim`] steps. Sums over neurons run in fixed lanes, so that their rounding does not
//! depend on the width of a processor's registers.

use crate::optim::Objective;

/// Neurons whose sums are kept apart.
const LANES: usize = 8;

/// An input weight smaller than this bends f nowhere.
const STRAIGHT: f64 = 1e-12;

/// The parameters by their parts.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a> {
    /// Input weights w1, length k.
    pub w1: &'a [f64],
    /// Input biases b1, length k.
    pub b1: &'a [f64],
    /// Output weights w2, length k.
    pub w2: &'a [f64],
    /// Output bias.
    pub b2: f64,
}

/// Where a neuron bends f, and by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knot {
    /// τ = −b1/w1.
    pub at: f64,
    /// m = w2|w1|: f'' has the mass m at τ.
    pub mass: f64,
    /// Whether the neuron is active to the right of τ, or to its left.
    pub opens_right: bool,
}

/// Numbers of parameters of a network of `neurons` neurons.
pub fn size(neurons: usize) -> usize {
    3 * neurons + 1
}

impl<'a> Network<'a> {
    /// Of flat parameters.
    ///
    /// # Panics
    /// If their number is not 3k + 1.
    pub fn of(parameters: &'a [f64]) -> Self {
        let neurons = parameters.len() / 3;
        assert_eq!(parameters.len(), size(neurons), "w1, b1, w2 and b2");
        let (w1, rest) = parameters.split_at(neurons);
        let (b1, rest) = rest.split_at(neurons);
        let (w2, b2) = rest.split_at(neurons);
        Self {
            w1,
            b1,
            w2,
            b2: b2[0],
        }
    }

    /// f(x).
    pub fn value(&self, x: f64) -> f64 {
        let mut sums = [0.0; LANES];
        let mut add = |w1: &[f64], b1: &[f64], w2: &[f64]| {
            for (((sum, w1), b1), w2) in sums.iter_mut().zip(w1).zip(b1).zip(w2) {
                *sum += w2 * relu(w1 * x + b1);
            }
        };
        let (w1, w1_rest) = self.w1.as_chunks::<LANES>();
        let (b1, b1_rest) = self.b1.as_chunks::<LANES>();
        let (w2, w2_rest) = self.w2.as_chunks::<LANES>();
        for ((w1, b1), w2) in w1.iter().zip(b1).zip(w2) {
            add(w1, b1, w2);
        }
        add(w1_rest, b1_rest, w2_rest);
        sums.iter().sum::<f64>() + self.b2
    }

    /// The neurons, as (w1, b1, w2).
    pub fn neurons(&self) -> impl Iterator<Item = [f64; 3]> + use<'a> {
        let weights = self.w1.iter().zip(self.b1).zip(self.w2);
        weights.map(|((w1, b1), w2)| [*w1, *b1, *w2])
    }

    /// Where f bends; neurons whose output does not depend on x bend nothing.
    pub fn knots(&self) -> impl Iterator<Item = Knot> + use<'a> {
        let bent = self.neurons().filter(|[w1, ..]| w1.abs() > STRAIGHT);
        bent.map(|[w1, b1, w2]| Knot {
            at: -b1 / w1,
            mass: w2 * w1.abs(),
            opens_right: w1 > 0.0,
        })
    }

    /// Neurons that are active at none of these inputs: no gradient reaches them.
    pub fn never_active(&self, x: &[f64]) -> usize {
        let is_dead = |[w1, b1, _]: &[f64; 3]| x.iter().all(|x| w1 * x + b1 <= 0.0);
        self.neurons().filter(is_dead).count()
    }

    /// f'(x) where f does not bend.
    pub fn slope(&self, x: f64) -> f64 {
        let active = self.neurons().filter(|[w1, b1, _]| w1 * x + b1 > 0.0);
        active.map(|[w1, _, w2]| w2 * w1).sum()
    }
}

/// max(0, z).
pub(super) fn relu(z: f64) -> f64 {
    if z > 0.0 { z } else { 0.0 }
}

/// L = Σⱼ (f(xⱼ) − yⱼ)²/2n over some samples.
#[derive(Debug)]
pub struct LeastSquares<'a> {
    /// Inputs.
    pub x: &'a [f64],
    /// Labels.
    pub y: &'a [f64],
    /// Room for the residuals e = f(x) − y.
    pub residuals: &'a mut Vec<f64>,
}

impl LeastSquares<'_> {
    /// L, and the residuals on the way.
    pub fn loss(&mut self, network: Network<'_>) -> f64 {
        self.residuals.clear();
        let pairs = self.x.iter().zip(self.y);
        let residuals = pairs.map(|(x, y)| network.value(*x) - y);
        self.residuals.extend(residuals);
        let squares = self.residuals.iter().map(|e| e * e);
        squares.sum::<f64>() / (2 * self.x.len()) as f64
    }
}

impl Objective<f64> for LeastSquares<'_> {
    /// With a = 1[w1x + b1 > 0]: ∂L/∂w1 = w2·mean(e a x), ∂L/∂b1 = w2·mean(e a), ∂L/∂w2 = mean(e max(0, w1x + b1)),
    /// ∂L/∂b2 = mean(e).
    fn loss_and_gradient(&mut self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let network = Network::of(parameters);
        let loss = self.loss(network);
        let neurons = network.w1.len();
        let scale = (self.x.len() as f64).recip();
        let (g1, rest) = gradient.split_at_mut(neurons);
        let (gb, rest) = rest.split_at_mut(neurons);
        let (g2, bias) = rest.split_at_mut(neurons);
        bias[0] = scale * self.residuals.iter().sum::<f64>();
        let blocks = (g1.chunks_mut(LANES).zip(gb.chunks_mut(LANES))).zip(g2.chunks_mut(LANES));
        for (at, ((g1, gb), g2)) in blocks.enumerate() {
            let from = LANES * at;
            let [w1, b1, w2] = [network.w1, network.b1, network.w2].map(|part| block(part, from));
            let [means1, meansb, means2] = self.block_sums(&w1, &b1);
            for lane in 0..g1.len() {
                g1[lane] = scale * w2[lane] * means1[lane];
                gb[lane] = scale * w2[lane] * meansb[lane];
                g2[lane] = scale * means2[lane];
            }
        }
        loss
    }
}

/// [`LANES`] entries from one on, zeros where there are no more: a neuron of zeros is never active.
fn block(part: &[f64], from: usize) -> [f64; LANES] {
    let part = &part[from..];
    if let Some(whole) = part.first_chunk() {
        return *whole;
    }
    let mut filled = [0.0; LANES];
    filled[..part.len()].copy_from_slice(part);
    filled
}

impl LeastSquares<'_> {
    /// Σ e a x, Σ e a and Σ e max(0, w1x + b1) of some neurons.
    fn block_sums(&self, w1: &[f64; LANES], b1: &[f64; LANES]) -> [[f64; LANES]; 3] {
        let [mut sums1, mut sumsb, mut sums2] = [[0.0; LANES]; 3];
        for (x, e) in self.x.iter().zip(&*self.residuals) {
            for lane in 0..LANES {
                let z = w1[lane] * x + b1[lane];
                let active = if z > 0.0 { *e } else { 0.0 };
                sums1[lane] += active * x;
                sumsb[lane] += active;
                sums2[lane] += active * z;
            }
        }
        [sums1, sumsb, sums2]
    }
}

#[cfg(test)]
mod tests {
    use super::super::selftest::{inputs, random_parameters};
    use super::*;

    fn loss(parameters: &[f64], x: &[f64], y: &[f64]) -> f64 {
        // As the definition prints it, without lanes.
        let network = Network::of(parameters);
        let value = |x: f64| {
            let terms = network.neurons();
            terms
                .map(|[w1, b1, w2]| w2 * (w1 * x + b1).max(0.0))
                .sum::<f64>()
                + network.b2
        };
        let squares = x.iter().zip(y).map(|(x, y)| (value(*x) - y).powi(2));
        squares.sum::<f64>() / (2.0 * x.len() as f64)
    }

    /// Central differences of step h = 1e-6 are off by h²|L'''|/6 ≈ 1e-12·100 and by rounding 1e-16·L/h ≈ 1e-9 for
    /// L ≈ 10, unless a knot lies within h of a sample, which has a chance of about 1e-5 per neuron.
    #[test]
    fn the_gradient_is_that_of_finite_differences_at_any_width() {
        for (seed, neurons) in [(1, 1), (2, 7), (3, 8), (4, 60)] {
            let parameters = random_parameters(seed, neurons);
            let (x, y) = inputs(seed, 9);
            let mut gradient = vec![f64::NAN; parameters.len()];
            let mut objective = LeastSquares {
                x: &x,
                y: &y,
                residuals: &mut Vec::new(),
            };
            let at = objective.loss_and_gradient(&parameters, &mut gradient);
            assert!((at - loss(&parameters, &x, &y)).abs() <= 1e-13 * at);
            for (j, g) in gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut moved = parameters.clone();
                    moved[j] += by;
                    loss(&moved, &x, &y)
                };
                let difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!(
                    (g - difference).abs() < 1e-6,
                    "{neurons} {j}: {g} {difference}"
                );
            }
        }
    }

    #[test]
    fn the_masses_are_the_change_of_the_slope() {
        for seed in 0..20 {
            let parameters = random_parameters(seed, 1 + seed as usize);
            let network = Network::of(&parameters);
            let bend: f64 = network.knots().map(|knot| knot.mass).sum();
            let change = network.slope(1e9) - network.slope(-1e9);
            // A few dozen terms of size one.
            assert!((bend - change).abs() < 1e-12, "{seed}");
        }
    }

    #[test]
    fn neurons_that_no_sample_reaches_are_counted() {
        // Open to the right of 3; to the left of −3; everywhere; nowhere.
        let parameters = [
            1.0, -1.0, 0.0, 0.0, -3.0, -3.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 0.5,
        ];
        let network = Network::of(&parameters);
        assert_eq!(network.never_active(&[-2.0, 0.0, 2.0]), 3);
        assert_eq!(network.never_active(&[4.0]), 2);
        assert_eq!(network.value(0.0), 1.5);
        assert_eq!(network.knots().count(), 2);
    }
}
