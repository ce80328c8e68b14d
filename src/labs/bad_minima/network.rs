//! The network: two hidden layers of ReLU and one output, f(p) = w₃·relu(W₂ relu(W₁p + b₁) + b₂) + b₃, in single
//! precision, on one flat vector θ.
//!
//! | part of θ | numbers |
//! |---|---|
//! | W₁ | s for the abscissa, then s for the ordinate |
//! | b₁ | s |
//! | W₂ | s·s, row i from unit i of the first layer to all of the second |
//! | b₂, w₃ | s each |
//! | b₃ | 1 |
//!
//! s is the width h rounded up to whole registers. The units beyond h have no weights: their gradients are 0, so
//! that they stay so under every rule.

use std::ops::Range;

use crate::model::kernels::{Strided, WIDEST, add_product_of, exp, vectorised};
use crate::model::random::{Generator, standard_normal};

/// A point of the plane.
pub type Point = [f32; 2];

/// Points that pass through the network together: their activations stay in the nearest cache.
const BLOCK: usize = 50;

/// The weights as matrices, for exports and pictures: W₁ (h × 2), b₁, W₂ (h × h, a row per unit it leads from), b₂, w₃ and b₃.
pub const MATRICES: &[&str] = &["w1", "b1", "w2", "b2", "w3", "b3"];

/// The size of a network, and the room that it works in.
#[derive(Clone, Debug)]
pub struct Network {
    width: usize,
    stride: usize,
    /// Activations of the layers and their gradients, a row of s numbers per point.
    first: Vec<f32>,
    second: Vec<f32>,
    first_slope: Vec<f32>,
    second_slope: Vec<f32>,
    /// W₂ with its rows and columns exchanged.
    turned: Vec<f32>,
    outputs: Vec<f32>,
}

/// Where the parts of θ are.
struct Parts {
    first_x: Range<usize>,
    first_y: Range<usize>,
    first_bias: Range<usize>,
    second: Range<usize>,
    second_bias: Range<usize>,
    last: Range<usize>,
    last_bias: usize,
}

impl Network {
    /// With hidden layers of `width` ≥ 1 units.
    pub fn new(width: usize) -> Self {
        let stride = width.next_multiple_of(WIDEST);
        let room = || vec![0.0; BLOCK * stride];
        Self {
            width,
            stride,
            first: room(),
            second: room(),
            first_slope: room(),
            second_slope: room(),
            turned: vec![0.0; stride * stride],
            outputs: Vec::new(),
        }
    }

    /// Units per hidden layer.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Numbers of θ.
    pub fn dimension(&self) -> usize {
        self.parts().last_bias + 1
    }

    fn parts(&self) -> Parts {
        let s = self.stride;
        let second = 3 * s..3 * s + s * s;
        let end = second.end;
        Parts {
            first_x: 0..s,
            first_y: s..2 * s,
            first_bias: 2 * s..3 * s,
            second,
            second_bias: end..end + s,
            last: end + s..end + 2 * s,
            last_bias: end + 2 * s,
        }
    }

    /// θ₀: W₁ and b₁ ~ N(0, 2²), W₂ ~ N(0, 2/h), w₃ ~ N(0, 1/h), b₂ = b₃ = 0.
    pub fn random(&self, generator: &mut Generator) -> Vec<f32> {
        let parts = self.parts();
        let mut theta = vec![0.0; self.dimension()];
        let mut fill = |numbers: &mut [f32], deviation: f64| {
            for number in numbers {
                let normal = standard_normal(generator);
                *number = (deviation * normal) as f32;
            }
        };
        let h = self.width as f64;
        for part in [parts.first_x, parts.first_y, parts.first_bias] {
            fill(&mut theta[part][..self.width], 2.0);
        }
        for row in theta[parts.second]
            .chunks_exact_mut(self.stride)
            .take(self.width)
        {
            fill(&mut row[..self.width], (2.0 / h).sqrt());
        }
        fill(&mut theta[parts.last][..self.width], h.recip().sqrt());
        theta
    }

    /// The activations of both layers at a block of points, and f there, in `self.outputs`.
    fn forward(&mut self, theta: &[f32], points: &[Point]) {
        let parts = self.parts();
        let s = self.stride;
        let (first, second) = (
            &mut self.first[..points.len() * s],
            &mut self.second[..points.len() * s],
        );
        let [x, y, bias] =
            [parts.first_x, parts.first_y, parts.first_bias].map(|part| &theta[part]);
        vectorised(
            #[inline(always)]
            || {
                for (row, point) in first.chunks_exact_mut(s).zip(points) {
                    let weights = x.iter().zip(y).zip(bias);
                    for (unit, ((x, y), bias)) in row.iter_mut().zip(weights) {
                        *unit = relu(x * point[0] + y * point[1] + bias);
                    }
                }
            },
        );
        for row in second.chunks_exact_mut(s) {
            row.copy_from_slice(&theta[parts.second_bias.clone()]);
        }
        add_product_of(
            Strided {
                numbers: first,
                outer: s,
                inner: 1,
            },
            &theta[parts.second],
            s,
            second,
        );
        let (last, bias) = (&theta[parts.last], theta[parts.last_bias]);
        self.outputs.resize(points.len(), 0.0);
        let outputs = &mut self.outputs;
        vectorised(
            #[inline(always)]
            || {
                for (row, output) in second.chunks_exact_mut(s).zip(&mut *outputs) {
                    for unit in &mut *row {
                        *unit = relu(*unit);
                    }
                    *output = bias + inner_product(row, last);
                }
            },
        );
    }

    /// f at points.
    pub fn outputs(&mut self, theta: &[f32], points: &[Point]) -> Vec<f32> {
        let mut all = Vec::with_capacity(points.len());
        for block in points.chunks(BLOCK) {
            self.forward(theta, block);
            all.extend_from_slice(&self.outputs);
        }
        all
    }

    /// f at points, and how many units of the second layer are 0 at all of them.
    pub fn outputs_and_silence(&mut self, theta: &[f32], points: &[Point]) -> (Vec<f32>, usize) {
        let mut all = Vec::with_capacity(points.len());
        let mut speaks = vec![false; self.width];
        for block in points.chunks(BLOCK) {
            self.forward(theta, block);
            all.extend_from_slice(&self.outputs);
            for row in self.second.chunks_exact(self.stride).take(block.len()) {
                for (speaks, unit) in speaks.iter_mut().zip(row) {
                    *speaks |= *unit > 0.0;
                }
            }
        }
        let silent = speaks.iter().filter(|speaks| !**speaks).count();
        (all, silent)
    }

    /// Writes the gradient of mean ln(1 + e^(−y f)) + ½λ‖θ‖² over `gradient` and returns the mean loss without
    /// the decay; labels are ±1.
    pub fn loss_and_gradient(
        &mut self,
        theta: &[f32],
        (points, labels): (&[Point], &[f32]),
        decay: f32,
        gradient: &mut [f32],
    ) -> f64 {
        let parts = self.parts();
        let s = self.stride;
        vectorised(
            #[inline(always)]
            || {
                for (gradient, weight) in gradient.iter_mut().zip(theta) {
                    *gradient = decay * weight;
                }
            },
        );
        let matrix = &theta[parts.second];
        for (from, row) in matrix.chunks_exact(s).enumerate() {
            for (to, weight) in row.iter().enumerate() {
                self.turned[to * s + from] = *weight;
            }
        }
        let each = (points.len() as f64).recip();
        let mut loss = 0.0;
        for (block, labels) in points.chunks(BLOCK).zip(labels.chunks(BLOCK)) {
            self.forward(theta, block);
            for (output, label) in self.outputs.iter_mut().zip(labels) {
                let (term, slope) = logistic(*output, *label);
                loss += each * term;
                *output = (each * slope) as f32;
            }
            self.backward(theta, block, gradient);
        }
        loss
    }

    /// Adds the gradients at a block of points, whose slopes of the loss are in `self.outputs`.
    fn backward(&mut self, theta: &[f32], points: &[Point], gradient: &mut [f32]) {
        let parts = self.parts();
        let s = self.stride;
        let rows = points.len() * s;
        let last = &theta[parts.last.clone()];
        let (first, second) = (&self.first[..rows], &self.second[..rows]);
        let (first_slope, second_slope) = (
            &mut self.first_slope[..rows],
            &mut self.second_slope[..rows],
        );
        let outputs = &self.outputs;
        let (before, after) = gradient.split_at_mut(parts.second_bias.start);
        let (biases, lasts) = after.split_at_mut(s);
        first_slope.fill(0.0);
        vectorised(
            #[inline(always)]
            || {
                for ((units, slopes), output) in second
                    .chunks_exact(s)
                    .zip(second_slope.chunks_exact_mut(s))
                    .zip(outputs)
                {
                    let numbers = units.iter().zip(slopes).zip(last);
                    let gradients = biases.iter_mut().zip(&mut *lasts);
                    for (((unit, slope), weight), (bias, last)) in numbers.zip(gradients) {
                        *slope = if *unit > 0.0 { output * weight } else { 0.0 };
                        *bias += *slope;
                        *last += output * unit;
                    }
                    lasts[s] += output;
                }
            },
        );
        let by_point = |numbers| Strided {
            numbers,
            outer: s,
            inner: 1,
        };
        let by_unit = Strided {
            numbers: first,
            outer: 1,
            inner: s,
        };
        let (edges, matrix) = before.split_at_mut(parts.second.start);
        add_product_of(by_unit, second_slope, s, matrix);
        add_product_of(by_point(second_slope), &self.turned, s, first_slope);
        let (xs, rest) = edges.split_at_mut(s);
        let (ys, biases) = rest.split_at_mut(s);
        vectorised(
            #[inline(always)]
            || {
                for ((units, slopes), point) in first
                    .chunks_exact(s)
                    .zip(first_slope.chunks_exact(s))
                    .zip(points)
                {
                    let gradients = xs.iter_mut().zip(&mut *ys).zip(&mut *biases);
                    for ((unit, slope), ((x, y), bias)) in units.iter().zip(slopes).zip(gradients) {
                        let slope = if *unit > 0.0 { *slope } else { 0.0 };
                        *x += slope * point[0];
                        *y += slope * point[1];
                        *bias += slope;
                    }
                }
            },
        );
    }

    /// θ as [`MATRICES`], without the units that are not there.
    pub fn matrices(&self, theta: &[f32]) -> Vec<Vec<f64>> {
        let parts = self.parts();
        let wide = |part: Range<usize>| -> Vec<f64> {
            let numbers = theta[part][..self.width].iter();
            numbers.map(|number| f64::from(*number)).collect()
        };
        let (x, y) = (wide(parts.first_x), wide(parts.first_y));
        let first = x.into_iter().zip(y).flat_map(|(x, y)| [x, y]).collect();
        let rows = theta[parts.second].chunks_exact(self.stride);
        let second = rows.take(self.width).flat_map(|row| &row[..self.width]);
        vec![
            first,
            wide(parts.first_bias),
            second.map(|number| f64::from(*number)).collect(),
            wide(parts.second_bias),
            wide(parts.last),
            vec![f64::from(theta[parts.last_bias])],
        ]
    }

    /// The network and the θ that [`Self::matrices`] made these of; `None` if they are not a network's.
    pub fn of_matrices(matrices: &[Vec<f64>]) -> Option<(Self, Vec<f32>)> {
        let [first, first_bias, second, second_bias, last, last_bias] = matrices else {
            return None;
        };
        let width = first_bias.len();
        let fits = width > 0
            && first.len() == 2 * width
            && second.len() == width * width
            && second_bias.len() == width
            && last.len() == width
            && last_bias.len() == 1;
        if !fits {
            return None;
        }
        let network = Self::new(width);
        let parts = network.parts();
        let mut theta = vec![0.0; network.dimension()];
        let mut fill = |start: usize, numbers: &mut dyn Iterator<Item = f64>| {
            for (weight, number) in theta[start..].iter_mut().zip(numbers) {
                *weight = number as f32;
            }
        };
        fill(parts.first_x.start, &mut first.iter().copied().step_by(2));
        fill(
            parts.first_y.start,
            &mut first.iter().copied().skip(1).step_by(2),
        );
        fill(parts.first_bias.start, &mut first_bias.iter().copied());
        for (at, row) in second.chunks_exact(width).enumerate() {
            fill(
                parts.second.start + at * network.stride,
                &mut row.iter().copied(),
            );
        }
        fill(parts.second_bias.start, &mut second_bias.iter().copied());
        fill(parts.last.start, &mut last.iter().copied());
        fill(parts.last_bias, &mut last_bias.iter().copied());
        Some((network, theta))
    }
}

#[inline(always)]
fn relu(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

/// ⟨a, b⟩ in [`WIDEST`] chains, added as a balanced tree, whatever the registers.
#[inline(always)]
fn inner_product(a: &[f32], b: &[f32]) -> f32 {
    let (a, _) = a.as_chunks::<WIDEST>();
    let (b, _) = b.as_chunks::<WIDEST>();
    let mut sums = [0.0; WIDEST];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..WIDEST {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut half = WIDEST / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

/// ln(1 + e^(−yf)) and its derivative by f, −y/(1 + e^(yf)).
pub fn logistic(output: f32, label: f32) -> (f64, f64) {
    let margin = f64::from(output) * f64::from(label);
    // Beyond ±500 the loss is −margin or 0 to the last digit.
    let decay = exp(-margin.abs().min(500.0));
    let loss = libm::log1p(decay) + (-margin).max(0.0);
    let share = if margin > 0.0 { decay } else { 1.0 } / (1.0 + decay);
    (loss, -f64::from(label) * share)
}

/// P(label = +1) = 1/(1 + e^(−f)).
pub fn probability(output: f32) -> f64 {
    let output = f64::from(output);
    let decay = exp(-output.abs().min(500.0));
    let share = if output > 0.0 { 1.0 } else { decay };
    share / (1.0 + decay)
}
