//! The samples: inputs on a line, and what their labels are.

use rand::RngExt as _;

use super::laws::Law;
use crate::knobs::Choice;
use crate::model::random::{Generator, Stream, generator, standard_normal};

/// What the labels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// sin 1.6x.
    Sine,
    /// sin 2.5x.
    FastSine,
    /// cos 2x.
    Cosine,
    /// tanh 3x.
    Step,
    /// |x| − 1.
    Absolute,
    /// exp(−2x²).
    Bump,
    /// N(0, 0.25), whatever x is.
    Random,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Sine,
        Self::FastSine,
        Self::Cosine,
        Self::Step,
        Self::Absolute,
        Self::Bump,
        Self::Random,
    ];
    /// Their words, in the same order.
    pub const CHOICES: &'static [Choice] = &[
        choice("sine", "sin 1.6x"),
        choice("fast-sine", "sin 2.5x"),
        choice("cosine", "cos 2x"),
        choice("step", "tanh 3x"),
        choice("absolute", "|x| − 1"),
        choice("bump", "exp(−2x²)"),
        choice("random", "random labels"),
    ];
}

/// Where the inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// Evenly from −2 to 2, each moved a little.
    Grid,
    /// Drawn from a law, then standardised.
    Drawn(Law),
}

impl Inputs {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Grid,
        Self::Drawn(Law::Uniform),
        Self::Drawn(Law::Gaussian),
        Self::Drawn(Law::Laplace),
        Self::Drawn(Law::Bimodal),
        Self::Drawn(Law::Exponential),
        Self::Drawn(Law::Arcsine),
        Self::Drawn(Law::Triangular),
    ];
    /// Their words, in the same order.
    pub const CHOICES: &'static [Choice] = &[
        choice("grid", "grid on ±2"),
        choice("uniform", "uniform"),
        choice("gaussian", "Gaussian"),
        choice("laplace", "Laplace"),
        choice("bimodal", "bimodal"),
        choice("exponential", "exponential"),
        choice("arcsine", "arcsine"),
        choice("triangular", "triangular"),
    ];
}

const fn choice(id: &'static str, label: &'static str) -> Choice {
    Choice { id, label }
}

/// Half the length of the grid.
const REACH: f64 = 2.0;

/// How far an input of the grid is moved at most, and as a part of the distance to the next.
const MOVED: [f64; 2] = [0.12, 0.33];

/// Standard deviation of random labels.
const NOISE: f64 = 0.5;

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataSource {
    /// Inputs.
    pub inputs: Inputs,
    /// Labels.
    pub target: Target,
    /// Samples.
    pub n: usize,
    /// Seed of both, which use streams of their own.
    pub seed: u64,
}

impl DataSource {
    /// Inputs, increasing, and labels.
    pub fn generate(&self) -> (Vec<f64>, Vec<f64>) {
        let mut random = generator(self.seed, Stream::Data, 0);
        let x = match self.inputs {
            Inputs::Grid => grid(self.n, &mut random),
            Inputs::Drawn(law) => law.standardised(self.n, &mut random),
        };
        let mut random = generator(self.seed, Stream::Truth, 0);
        let y = x.iter().map(|x| self.target.label(*x, &mut random));
        let y = y.collect();
        (x, y)
    }
}

fn grid(n: usize, random: &mut Generator) -> Vec<f64> {
    let apart = 2.0 * REACH / n.saturating_sub(1).max(1) as f64;
    let most = MOVED[0].min(MOVED[1] * apart);
    let first = if n == 1 { 0.0 } else { -REACH };
    let place = |j: usize| first + apart * j as f64;
    (0..n)
        .map(|j| place(j) + most * (2.0 * random.random::<f64>() - 1.0))
        .collect()
}

impl Target {
    fn label(self, x: f64, random: &mut Generator) -> f64 {
        match self {
            Self::Sine => libm::sin(1.6 * x),
            Self::FastSine => libm::sin(2.5 * x),
            Self::Cosine => libm::cos(2.0 * x),
            Self::Step => libm::tanh(3.0 * x),
            Self::Absolute => x.abs() - 1.0,
            Self::Bump => libm::exp(-2.0 * x * x),
            Self::Random => NOISE * standard_normal(random),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_increase_and_every_law_is_standardised() {
        for inputs in Inputs::ALL {
            for n in [1, 2, 9, 40] {
                let source = DataSource {
                    inputs,
                    target: Target::Random,
                    n,
                    seed: 3,
                };
                let (x, y) = source.generate();
                assert_eq!([x.len(), y.len()], [n; 2]);
                assert!(x.windows(2).all(|pair| pair[0] < pair[1]), "{inputs:?}");
                assert!(x.iter().chain(&y).all(|part| part.is_finite()));
                if inputs != Inputs::Grid && n > 1 {
                    let mean = x.iter().sum::<f64>() / n as f64;
                    let square = x.iter().map(|x| x * x).sum::<f64>() / n as f64;
                    assert!(mean.abs() < 1e-12 && (square - 1.0).abs() < 1e-12);
                }
                assert_eq!(source.generate(), (x, y));
            }
        }
    }
}
