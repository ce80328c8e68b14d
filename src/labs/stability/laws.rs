//! Seven laws of the inputs with zero mean and unit variance, and their g in closed form.
//!
//! With F the distribution function, M(x) = ∫ t p(t) dt over t < x, and zero mean, g of the population (Mulayoff et
//! al., eq. 23) is min(g⁻, g⁺) with g⁻(x) = (xF − M)√(F² + M²), g⁺(x) = (−M − x(1 − F))√((1 − F)² + M²).

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2, TAU};

use rand::RngExt as _;

use crate::model::random::{Generator, standard_normal};

/// A law of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Uniform on ±√3.
    Uniform,
    /// N(0, 1).
    Gaussian,
    /// Density e^(−√2|x|)/√2.
    Laplace,
    /// Half N(a, s²), half N(−a, s²) with a² = 0.8, s² = 0.2.
    Bimodal,
    /// Exponential with mean 1, minus 1.
    Exponential,
    /// √2 sin of a uniform angle.
    Arcsine,
    /// Triangular on ±√6.
    Triangular,
}

/// Half the width of the uniform law.
const UNIFORM: f64 = 1.732_050_807_568_877_2;
/// Half the width of the triangular law.
const TRIANGULAR: f64 = 2.449_489_742_783_178;
/// a and s of the bimodal law: √0.8, √0.2.
const MODES: [f64; 2] = [0.894_427_190_999_915_9, 0.447_213_595_499_957_9];

/// Φ.
fn normal_below(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The density of N(0, 1).
fn normal_density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) / TAU.sqrt()
}

impl Law {
    /// All of them, in the order of the gallery.
    pub const ALL: [Self; 7] = [
        Self::Uniform,
        Self::Gaussian,
        Self::Laplace,
        Self::Bimodal,
        Self::Exponential,
        Self::Arcsine,
        Self::Triangular,
    ];

    /// F(x) and M(x).
    fn below(self, x: f64) -> [f64; 2] {
        match self {
            Self::Uniform => {
                let x = x.clamp(-UNIFORM, UNIFORM);
                [
                    (x + UNIFORM) / (2.0 * UNIFORM),
                    (x * x - 3.0) / (4.0 * UNIFORM),
                ]
            }
            Self::Gaussian => [normal_below(x), -normal_density(x)],
            Self::Laplace => {
                let scale = FRAC_1_SQRT_2;
                let tail = 0.5 * libm::exp(-x.abs() / scale);
                let below = if x < 0.0 { tail } else { 1.0 - tail };
                [below, -tail * (x.abs() + scale)]
            }
            Self::Bimodal => {
                let [a, s] = MODES;
                let [u, v] = [(x + a) / s, (x - a) / s];
                let mean = -a * normal_below(u) - s * normal_density(u) + a * normal_below(v)
                    - s * normal_density(v);
                [0.5 * (normal_below(u) + normal_below(v)), 0.5 * mean]
            }
            Self::Exponential => {
                let z = (x + 1.0).max(0.0);
                let above = libm::exp(-z);
                [1.0 - above, -z * above]
            }
            Self::Arcsine => {
                let x = x.clamp(-SQRT_2, SQRT_2);
                [
                    0.5 + libm::asin(x / SQRT_2) / PI,
                    -(2.0 - x * x).max(0.0).sqrt() / PI,
                ]
            }
            Self::Triangular => {
                let c = TRIANGULAR;
                let a = x.abs().min(c);
                let tail = (c - a) * (c - a) / (2.0 * c * c);
                let below = if x < 0.0 { tail } else { 1.0 - tail };
                let cube = c * c * c;
                let mean = (-cube / 6.0 + c * a * a / 2.0 - a * a * a / 3.0) / (c * c);
                [below, mean]
            }
        }
    }

    /// g of the population at a place.
    pub fn weight(self, x: f64) -> f64 {
        let [below, mean] = self.below(x);
        let above = 1.0 - below;
        let left = (x * below - mean) * libm::hypot(below, mean);
        let right = (-mean - x * above) * libm::hypot(above, mean);
        // Far out both are 0 up to rounding.
        left.min(right).max(0.0)
    }

    /// A draw.
    pub fn sample(self, random: &mut Generator) -> f64 {
        // In (0, 1], of which a logarithm can be taken.
        let mut part = || 1.0 - random.random::<f64>();
        match self {
            Self::Uniform => UNIFORM * (2.0 * part() - 1.0),
            Self::Gaussian => standard_normal(random),
            Self::Laplace => {
                let size = -FRAC_1_SQRT_2 * libm::log(part());
                if part() > 0.5 { size } else { -size }
            }
            Self::Bimodal => {
                let [a, s] = MODES;
                let centre = if part() > 0.5 { a } else { -a };
                centre + s * standard_normal(random)
            }
            Self::Exponential => -libm::log(part()) - 1.0,
            Self::Arcsine => SQRT_2 * libm::sin(PI * (part() - 0.5)),
            Self::Triangular => TRIANGULAR * (part() + part() - 1.0),
        }
    }

    /// `count` draws, shifted and scaled to mean 0 and variance 1 where that is possible, increasing.
    pub fn standardised(self, count: usize, random: &mut Generator) -> Vec<f64> {
        let mut draws: Vec<f64> = (0..count).map(|_| self.sample(random)).collect();
        let n = count as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let scale = if variance > 0.0 {
            variance.sqrt().recip()
        } else {
            1.0
        };
        for x in &mut draws {
            *x = scale * (*x - mean);
        }
        draws.sort_by(f64::total_cmp);
        draws
    }
}

#[cfg(test)]
mod tests {
    use super::super::weight::Weight;
    use super::*;
    use crate::model::random::{Stream, generator};

    /// The peaks of independent code, and where they are; to the digits that were written down.
    #[test]
    fn the_peaks_are_those_of_the_table() {
        let table = [
            (Law::Uniform, 0.2864, 0.0),
            (Law::Gaussian, 0.2552, 0.0),
            (Law::Laplace, 0.2165, 0.0),
            (Law::Bimodal, 0.3037, 0.0),
            (Law::Exponential, 0.2190, -0.09),
            (Law::Arcsine, 0.3029, 0.0),
            (Law::Triangular, 0.2635, 0.0),
        ];
        for (law, peak, place) in table {
            let places = (-3000..=3000).map(|step| f64::from(step) / 1000.0);
            let (at, highest) = places
                .map(|x| (x, law.weight(x)))
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap();
            assert!((highest - peak).abs() < 6e-5, "{law:?}: {highest}");
            assert!((at - place).abs() < 6e-3, "{law:?}: {at}");
        }
    }

    /// Empirical means over N = 400 000 draws are off by 1/√N = 1.6e-3 times standard deviations of at most 1, and g
    /// is a product of two of them of size one: 5e-3 is three standard deviations.
    #[test]
    fn g_of_the_population_is_that_of_a_large_sample() {
        for (index, law) in Law::ALL.into_iter().enumerate() {
            let mut random = generator(77, Stream::Checks, index);
            let draws: Vec<f64> = (0..400_000).map(|_| law.sample(&mut random)).collect();
            let n = draws.len() as f64;
            let mean = draws.iter().sum::<f64>() / n;
            let square = draws.iter().map(|x| x * x).sum::<f64>() / n;
            assert!(mean.abs() < 8e-3 && (square - 1.0).abs() < 2e-2, "{law:?}");
            let weight = Weight::new(&draws);
            for step in -30..=30 {
                let x = f64::from(step) / 10.0;
                let (sampled, exact) = (weight.at(x), law.weight(x));
                assert!(
                    (sampled - exact).abs() < 5e-3,
                    "{law:?} {x}: {sampled} {exact}"
                );
            }
        }
    }
}
