//! Seeded randomness: one named portable generator, one disjoint stream per use.
//!
//! Xoshiro256++ is published with reference output and jump polynomials, so a recipe replays on
//! any machine, and it feeds normals twice as fast as `ChaCha8`. A stream is `kind` long jumps (2¹⁹²
//! draws each) and `index` jumps (2¹²⁸ draws each) from the seed's start: streams cannot overlap.
//!
//! The normals that drive Brownian motions are drawn eight at a time, in less than half of the time of single
//! draws ([`Normals`]).

use rand::distr::Open01;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_distr::StandardNormal;
pub use rand_xoshiro::Xoshiro256PlusPlus as Generator;

use crate::model::arithmetic::Arithmetic;
use crate::model::kernels::{self, Generators};

/// What a stream is used for. Streams of different kinds never share a draw, so that label noise
/// can be switched on without changing which samples SGD sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Features.
    Data,
    /// The true coefficients.
    Truth,
    /// Which rows are held out for validation.
    HoldOut,
    /// Which samples SGD draws.
    Samples,
    /// The signs of SGD's label noise.
    LabelSigns,
    /// Brownian increments.
    Brownian,
    /// Brownian increments beyond the n that every noise shares.
    FurtherBrownian,
    /// What the self-test draws for itself.
    Checks,
    /// Weights at the start of a network.
    Initialisation,
    /// What is added to inputs while a network trains.
    InputNoise,
    /// What is added to labels when they are observed.
    Observation,
}

/// The generator of stream `kind`, number `index`, of a seed.
pub fn generator(seed: u64, kind: Stream, index: usize) -> Generator {
    let mut generator = Generator::seed_from_u64(seed);
    for _ in 0..kind as usize {
        generator.long_jump();
    }
    for _ in 0..index {
        generator.jump();
    }
    generator
}

/// Standard normals of one stream: eight generators side by side, whose states the stream has drawn.
#[derive(Clone, Debug)]
pub struct Normals(Generators);

impl Normals {
    /// Of stream `kind`, number `index`, of a seed.
    pub fn new(seed: u64, kind: Stream, index: usize) -> Self {
        let mut stream = generator(seed, kind, index);
        let mut generators = Generators::default();
        for word in generators.as_flattened_mut() {
            *word = stream.next_u64();
        }
        Self(generators)
    }

    /// The next `out.len()` of them.
    pub fn fill(&mut self, out: &mut [f64]) {
        kernels::fill_normals(&mut self.0, out);
    }
}

/// A standard normal.
///
/// Under [`Arithmetic::Plain`] the same on every machine, up to one in 10¹⁶: `rand_distr` takes its ziggurat from
/// a table, and only beyond 3.65, in one draw of 4,000, a logarithm from the platform. Such a draw is made again here.
/// (It compares an exponential with a uniform number for one draw of 70, which comes out otherwise if they agree to the
/// last digit.)
pub fn standard_normal(generator: &mut Generator) -> f64 {
    let before = Arithmetic::is_plain_here().then(|| generator.clone());
    let normal: f64 = generator.sample(StandardNormal);
    match before {
        Some(before) if normal.abs() >= TAIL => {
            *generator = before;
            normal_of_the_tail(generator).copysign(normal)
        }
        _ => normal,
    }
}

/// Where the ziggurat of `rand_distr` ends.
const TAIL: f64 = 3.654_152_885_361_009;

/// The size of the draw that comes next, which is known to lie beyond [`TAIL`], by `rand_distr`'s own steps.
fn normal_of_the_tail(generator: &mut Generator) -> f64 {
    // In another layer than the lowest it was refused, which took one number more.
    while generator.next_u64() & 0xff != 0 {
        generator.next_u64();
    }
    let mut logarithm = || libm::log(generator.sample(Open01));
    loop {
        let [x, y] = [logarithm() / TAIL, logarithm()];
        if -2.0 * y >= x * x {
            return TAIL - x;
        }
    }
}

/// The seed that follows one: a well-mixed function of it, with at most six digits.
pub fn next_seed(seed: u64) -> u64 {
    generator(seed, Stream::Data, 0).next_u64() % 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The draws, and where they leave the generator. Both take logarithms to a unit in the last place.
    #[test]
    fn normals_of_the_tail_are_those_of_the_library() {
        let [mut theirs, mut ours] = [(); 2].map(|()| generator(3, Stream::Checks, 0));
        let mut beyond = 0;
        for _ in 0..1_000_000 {
            let expected: f64 = theirs.sample(StandardNormal);
            let normal = Arithmetic::Plain.run(|| standard_normal(&mut ours));
            assert!((normal - expected).abs() <= 4.0 * f64::EPSILON * expected.abs());
            beyond += u32::from(normal.abs() > TAIL);
        }
        // P(|z| > 3.654) = 2.58e-4: 258 ± 16, five deviations.
        assert!((178..338).contains(&beyond), "{beyond}");
        assert_eq!(theirs, ours);
    }

    /// The reference implementation's first output for the state (1, 2, 3, 4), as published with
    /// the algorithm: a changed generator would silently break every saved recipe.
    #[test]
    fn the_generator_is_xoshiro256_plus_plus() {
        let mut state = [0_u8; 32];
        for (word, bytes) in [1_u64, 2, 3, 4].iter().zip(state.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut generator = Generator::from_seed(state);
        assert_eq!(
            [generator.next_u64(), generator.next_u64()],
            [41_943_041, 58_720_359]
        );
    }

    #[test]
    fn streams_differ_by_seed_kind_and_index() {
        let draw = |seed, kind, index| generator(seed, kind, index).next_u64();
        let reference = draw(1, Stream::Samples, 0);
        assert_ne!(reference, draw(2, Stream::Samples, 0));
        assert_ne!(reference, draw(1, Stream::Brownian, 0));
        assert_ne!(reference, draw(1, Stream::Samples, 1));
        assert_eq!(reference, draw(1, Stream::Samples, 0));
    }
}
