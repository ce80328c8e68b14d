//! Standard normals, eight pairs at a time, by the transformation of Box and Muller:
//! (√(−2 ln u) cos ω, √(−2 ln u) sin ω) with u uniform on (0, 1] and ω on the circle.
//!
//! Nothing is rejected, so the lanes stay together, and every pair takes one 64-bit number for u and one for ω. With 52 bits u ends at 2⁻⁵² and the normals at 8.5 standard deviations, beyond which
//! lies one of 10¹⁶.

use std::f64::consts::{FRAC_PI_2, LN_2, SQRT_2};

use super::lanes::{Fusible, LANES, product_and_sum, vectorised_and_fused};

/// The states of eight generators Xoshiro256++, word by word.
pub type Generators = [[u64; LANES]; 4];

/// Fills `out`, sixteen numbers at a time. The rest of the last sixteen is dropped, so that the next call starts
/// with a fresh sixteen whatever the length of `out`.
pub fn fill_normals(generators: &mut Generators, out: &mut [f64]) {
    struct Fill<'a> {
        generators: &'a mut Generators,
        out: &'a mut [f64],
    }

    impl Fusible for Fill<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FUSED: bool>(self) {
            // A copy stays in registers.
            let mut generators = *self.generators;
            let (blocks, rest) = self.out.as_chunks_mut();
            for block in blocks {
                *block = sixteen::<FUSED>(&mut generators);
            }
            if !rest.is_empty() {
                rest.copy_from_slice(&sixteen::<FUSED>(&mut generators)[..rest.len()]);
            }
            *self.generators = generators;
        }
    }

    vectorised_and_fused(Fill { generators, out });
}

#[inline(always)]
fn sixteen<const FUSED: bool>(generators: &mut Generators) -> [f64; 2 * LANES] {
    let (lengths, turns) = (next(generators), next(generators));
    let mut normals = [0.0; 2 * LANES];
    let (first, second) = normals.split_at_mut(LANES);
    for lane in 0..LANES {
        (first[lane], second[lane]) = pair::<FUSED>(lengths[lane], turns[lane]);
    }
    normals
}

/// The next number of each Xoshiro256++ (Blackman and Vigna).
#[inline(always)]
fn next([a, b, c, d]: &mut Generators) -> [u64; LANES] {
    let mut numbers = [0; LANES];
    for lane in 0..LANES {
        let sum = a[lane].wrapping_add(d[lane]);
        numbers[lane] = sum.rotate_left(23).wrapping_add(a[lane]);
        let shifted = b[lane] << 17;
        c[lane] ^= a[lane];
        d[lane] ^= b[lane];
        b[lane] ^= c[lane];
        a[lane] ^= d[lane];
        c[lane] ^= shifted;
        d[lane] = d[lane].rotate_left(45);
    }
    numbers
}

#[inline(always)]
fn pair<const FUSED: bool>(length: u64, turn: u64) -> (f64, f64) {
    let length = (-2.0 * logarithm::<FUSED>(2.0 - from_one_to_two(length))).sqrt();
    let (sine, cosine) = sine_and_cosine::<FUSED>(from_one_to_two(turn) - 1.5);
    // The angle lies within an eighth of a turn of the first axis; the bits that it has not used take it
    // to any of the four half axes.
    let sign = (turn & 2) << 62;
    let along = f64::from_bits((length * cosine).to_bits() ^ sign);
    let across = length * sine;
    if turn & 1 == 0 {
        (along, across)
    } else {
        (across, along)
    }
}

/// 52 bits as a number in [1, 2).
#[inline(always)]
fn from_one_to_two(bits: u64) -> f64 {
    f64::from_bits(1.0_f64.to_bits() | (bits >> 12))
}

/// ln u for u in [2⁻⁵², 1], within 3 units in the last place.
///
/// u = 2ᵏ m with m in [√½, √2), and ln m = 2 artanh s, s = (m − 1)/(m + 1), by its Taylor series to s²¹
/// (|s| < 0.172; remainder below 2⁻⁵⁵ relative).
#[inline(always)]
fn logarithm<const FUSED: bool>(u: f64) -> f64 {
    const TAYLOR: [f64; 10] = [
        1.0 / 19.0,
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
        1.0,
    ];
    const MANTISSA: u64 = (1 << 52) - 1;
    /// 2⁵² as bits: what is or-ed to it is added.
    const TWO_TO_52: u64 = 0x4330_0000_0000_0000;
    let smallest = (0.5 * SQRT_2).to_bits();
    let shifted = u.to_bits() + (1.0_f64.to_bits() - smallest);
    let m = f64::from_bits((shifted & MANTISSA) + smallest);
    let k = f64::from_bits(TWO_TO_52 | (shifted >> 52)) - (4_503_599_627_370_496.0 + 1_023.0);
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut series = 1.0 / 21.0;
    for term in TAYLOR {
        series = product_and_sum::<FUSED>(series, square, term);
    }
    product_and_sum::<FUSED>(k, LN_2, 2.0 * s * series)
}

/// (sin x, cos x), x = πr/2 with |r| ≤ ½, within 2 units in the last place: Taylor polynomials to x¹⁵ and
/// x¹⁶ (remainders below 2⁻⁵³ relative).
#[inline(always)]
fn sine_and_cosine<const FUSED: bool>(r: f64) -> (f64, f64) {
    const SINE: [f64; 7] = [
        1.0 / 6_227_020_800.0,
        -1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        -1.0 / 5_040.0,
        1.0 / 120.0,
        -1.0 / 6.0,
        1.0,
    ];
    const COSINE: [f64; 8] = [
        -1.0 / 87_178_291_200.0,
        1.0 / 479_001_600.0,
        -1.0 / 3_628_800.0,
        1.0 / 40_320.0,
        -1.0 / 720.0,
        1.0 / 24.0,
        -0.5,
        1.0,
    ];
    let x = FRAC_PI_2 * r;
    let square = x * x;
    let mut sine = -1.0 / 1_307_674_368_000.0;
    for term in SINE {
        sine = product_and_sum::<FUSED>(sine, square, term);
    }
    let mut cosine = 1.0 / 20_922_789_888_000.0;
    for term in COSINE {
        cosine = product_and_sum::<FUSED>(cosine, square, term);
    }
    (x * sine, cosine)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, PI};

    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::model::arithmetic::Arithmetic;
    use crate::model::kernels::under_each;
    use crate::model::random::{Generator, Normals, Stream};

    fn normals(len: usize) -> Vec<f64> {
        let mut normals = vec![0.0; len];
        Normals::new(4, Stream::Checks, 0).fill(&mut normals);
        normals
    }

    /// The crate's generators and the platform's functions instead of ours. Both round ln, √, sin and cos by
    /// a few ε, of lengths up to 8.5.
    #[test]
    fn normals_are_box_and_mullers_of_xoshiro() {
        let mut generators = Generators::default();
        for (at, word) in generators.as_flattened_mut().iter_mut().enumerate() {
            *word = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(at as u64 + 1);
        }
        let mut theirs: Vec<Generator> = (0..LANES)
            .map(|lane| {
                let words = generators.map(|words| words[lane].to_le_bytes());
                Generator::from_seed(words.as_flattened().try_into().unwrap())
            })
            .collect();
        let mut ours = [0.0; 1_600];
        fill_normals(&mut generators, &mut ours);
        for block in ours.chunks_exact(2 * LANES) {
            let lengths: Vec<u64> = theirs.iter_mut().map(|rng| rng.next_u64()).collect();
            let turns: Vec<u64> = theirs.iter_mut().map(|rng| rng.next_u64()).collect();
            for lane in 0..LANES {
                let unit = |bits: u64| (bits >> 12) as f64 / (1_u64 << 52) as f64;
                let length = (-2.0 * (1.0 - unit(lengths[lane])).ln()).sqrt();
                // An eighth of a turn to either side of one of the half axes, mirrored on the second.
                let within = FRAC_PI_2 * (unit(turns[lane]) - 0.5);
                let angle = match turns[lane] & 3 {
                    0 => within,
                    1 => FRAC_PI_2 - within,
                    2 => PI - within,
                    _ => -FRAC_PI_2 + within,
                };
                let expected = (length * angle.cos(), length * angle.sin());
                let found = (block[lane], block[LANES + lane]);
                assert!(
                    (found.0 - expected.0).abs() < 1e-14,
                    "{found:?}, {expected:?}"
                );
                assert!(
                    (found.1 - expected.1).abs() < 1e-14,
                    "{found:?}, {expected:?}"
                );
            }
        }
    }

    /// Kolmogorov's distance to Φ: √n D exceeds 1.95 once in a thousand sets of normals, and this set is always
    /// the same. Moments to five standard deviations, 1/√n times √2, √15 and √96; so the correlations of the
    /// two of a pair and of neighbouring lanes; and how many lie beyond 4 (63 of a million).
    #[test]
    fn normals_are_normal() {
        let normals = normals(1_000_000);
        let n = normals.len() as f64;
        let mut sorted = normals.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let distance = sorted.iter().enumerate().map(|(rank, x)| {
            let phi = 0.5 * libm::erfc(-x / SQRT_2);
            (phi - rank as f64 / n)
                .abs()
                .max((phi - (rank + 1) as f64 / n).abs())
        });
        assert!(n.sqrt() * distance.fold(0.0, f64::max) < 1.95);
        let mean = |f: &dyn Fn(f64) -> f64| normals.iter().map(|x| f(*x)).sum::<f64>() / n;
        for (found, expected, variance) in [
            (mean(&|x| x), 0.0, 1.0_f64),
            (mean(&|x| x * x), 1.0, 2.0),
            (mean(&|x| x.powi(3)), 0.0, 15.0),
            (mean(&|x| x.powi(4)), 3.0, 96.0),
        ] {
            assert!(
                (found - expected).abs() < 5.0 * (variance / n).sqrt(),
                "{found}"
            );
        }
        for lag in [1, LANES, 2 * LANES] {
            let pairs = normals.iter().zip(&normals[lag..]);
            let covariance = pairs.map(|(a, b)| a * b).sum::<f64>() / n;
            assert!(covariance.abs() < 5.0 / n.sqrt(), "lag {lag}: {covariance}");
        }
        let far = normals.iter().filter(|x| x.abs() > 4.0).count() as f64;
        assert!((far - 63.3).abs() < 5.0 * 63.3_f64.sqrt(), "{far}");
    }

    #[test]
    fn normals_are_the_same_on_every_instruction_set_and_begin_alike() {
        for arithmetic in [Arithmetic::Fused, Arithmetic::Plain] {
            arithmetic.run(|| {
                let all = under_each(|| normals(100));
                for one in &all {
                    assert_eq!(one, &all[0]);
                }
                for len in [1, 7, 8, 16, 40] {
                    assert_eq!(normals(len), all[0][..len]);
                }
            });
        }
    }

    /// Both ends, and where the exponent of u changes.
    #[test]
    fn logarithms_are_those_of_the_platform() {
        let ends = [1.0, 1.0 - f64::EPSILON, 0.5 * SQRT_2, 0.25, f64::EPSILON];
        let between = (1..2_000).map(|at| (f64::from(at) / 2_000.0).powi(7).max(f64::EPSILON));
        for u in ends.into_iter().chain(between) {
            let (ours, theirs) = (logarithm::<false>(u), u.ln());
            assert!(
                (ours - theirs).abs() <= 3.0 * f64::EPSILON * theirs.abs(),
                "ln {u}"
            );
        }
    }
}
