//! The handful of vector loops in which all the time is spent.
//!
//! Sums have eight lanes on every machine, and the same products are fused: see `lanes` for why that gives
//! the same bits on every instruction set of interest.

mod blocks;
mod columns;
mod lanes;
mod normals;
mod products;
mod vectors;

pub use blocks::residual_and_products;
pub use columns::{Image, SHARED, residuals};
pub(crate) use lanes::LANES;
use lanes::{Fusible, product_and_sum, vectorised, vectorised_and_fused};
pub use normals::{Generators, fill_normals};
pub use products::{dot, matrix_vector, residual, transposed_matrix_vector};
pub use vectors::{
    distance_squared, multiplicative_step, multiplicative_step_and_difference,
    squared_difference_and_distance,
};

/// out = Σᵢ cᵢ · (row `rows[i]` of M), for a few chosen rows of the row-major M.
pub fn combine_rows(matrix: &[f64], rows: &[usize], c: &[f64], out: &mut [f64]) {
    let d = out.len();
    vectorised(
        #[inline(always)]
        || {
            out.fill(0.0);
            for (&row, c) in rows.iter().zip(c) {
                for (out, x) in out.iter_mut().zip(&matrix[row * d..(row + 1) * d]) {
                    *out += c * x;
                }
            }
        },
    );
}

/// β = w₊² − w₋², as (w₊ − w₋)(w₊ + w₋) so that nothing cancels.
pub fn squared_difference(w_plus: &[f64], w_minus: &[f64], beta: &mut [f64]) {
    vectorised(
        #[inline(always)]
        || {
            for ((beta, plus), minus) in beta.iter_mut().zip(w_plus).zip(w_minus) {
                *beta = (plus - minus) * (plus + minus);
            }
        },
    );
}

/// β = w₊ᵖ − w₋ᵖ; [`squared_difference`] is the faster one for p = 2.
pub fn power_difference(w_plus: &[f64], w_minus: &[f64], depth: u32, beta: &mut [f64]) {
    #[inline(always)]
    fn unrolled(w_plus: &[f64], w_minus: &[f64], depth: u32, beta: &mut [f64]) {
        for ((beta, plus), minus) in beta.iter_mut().zip(w_plus).zip(w_minus) {
            *beta = difference_of_powers(*plus, *minus, depth);
        }
    }
    vectorised(
        #[inline(always)]
        || match depth {
            3 => unrolled(w_plus, w_minus, 3, beta),
            4 => unrolled(w_plus, w_minus, 4, beta),
            _ => unrolled(w_plus, w_minus, depth, beta),
        },
    );
}

/// w± ← w± ∓ (p/2) w±ᵖ⁻¹ ⊙ c·g: a Euler step of either sign at depth p; [`multiplicative_step`] is
/// the faster one for p = 2.
pub fn power_step(w_plus: &mut [f64], w_minus: &mut [f64], depth: u32, c: f64, g: &[f64]) {
    #[inline(always)]
    fn unrolled(w_plus: &mut [f64], w_minus: &mut [f64], depth: u32, c: f64, g: &[f64]) {
        let half = 0.5 * f64::from(depth) * c;
        for ((plus, minus), g) in w_plus.iter_mut().zip(w_minus).zip(g) {
            let g = half * g;
            *plus -= g * power(*plus, depth - 1);
            *minus += g * power(*minus, depth - 1);
        }
    }
    vectorised(
        #[inline(always)]
        || match depth {
            3 => unrolled(w_plus, w_minus, 3, c, g),
            4 => unrolled(w_plus, w_minus, 4, c, g),
            _ => unrolled(w_plus, w_minus, depth, c, g),
        },
    );
}

/// v± ← v± ± ½p(p−2) z + s·c ⊙ w±ᵖ⁻², a Euler step of the mirror variable v± = w±²⁻ᵖ of depth p ≥ 3.
///
/// Leaves everything as it is and returns false if a v± would grow to
/// `limit` times its size or become negative, where w± is infinite.
#[must_use]
pub fn mirror_step(
    w_plus: &mut [f64],
    w_minus: &mut [f64],
    depth: u32,
    z: &[f64],
    shrinkage: f64,
    c: &[f64],
    limit: f64,
) -> bool {
    /// v after the step over v before.
    #[inline(always)]
    fn ratio(w: f64, depth: u32, drift: f64, shrinkage: f64) -> f64 {
        let reciprocal = power(w, depth - 2);
        1.0 + reciprocal * (drift + shrinkage * reciprocal)
    }
    #[inline(always)]
    fn unrolled(
        w_plus: &mut [f64],
        w_minus: &mut [f64],
        depth: u32,
        z: &[f64],
        shrinkage: f64,
        c: &[f64],
        limit: f64,
    ) -> bool {
        let half = 0.5 * f64::from(depth * (depth - 2));
        let mut within = true;
        let accepts = |ratio: f64| ratio > 0.0 && ratio < limit;
        for (((plus, minus), z), c) in w_plus.iter().zip(&*w_minus).zip(z).zip(c) {
            let (drift, shrinkage) = (half * z, shrinkage * c);
            within &= accepts(ratio(*plus, depth, drift, shrinkage));
            within &= accepts(ratio(*minus, depth, -drift, shrinkage));
        }
        if !within {
            return false;
        }
        for (((plus, minus), z), c) in w_plus.iter_mut().zip(w_minus).zip(z).zip(c) {
            let (drift, shrinkage) = (half * z, shrinkage * c);
            *plus /= root(ratio(*plus, depth, drift, shrinkage), depth - 2);
            *minus /= root(ratio(*minus, depth, -drift, shrinkage), depth - 2);
        }
        true
    }
    vectorised(
        #[inline(always)]
        || match depth {
            3 => unrolled(w_plus, w_minus, 3, z, shrinkage, c, limit),
            4 => unrolled(w_plus, w_minus, 4, z, shrinkage, c, limit),
            _ => unrolled(w_plus, w_minus, depth, z, shrinkage, c, limit),
        },
    )
}

/// sum ← sum + s·|w|ᵏ, entry by entry.
pub fn add_powers(sum: &mut [f64], s: f64, w: &[f64], k: u32) {
    vectorised(
        #[inline(always)]
        || {
            for (sum, w) in sum.iter_mut().zip(w) {
                *sum += s * power(w.abs(), k);
            }
        },
    );
}

/// w± ← w± ⊙ exp(∓z − s·c): a log-Euler step with drift z and shrinkage s·c.
///
/// The exponents must lie within ±700; callers treat far smaller ones as divergence already.
pub fn exponential_step(
    w_plus: &mut [f64],
    w_minus: &mut [f64],
    z: &[f64],
    shrinkage: f64,
    c: &[f64],
) {
    struct Step<'a> {
        w_plus: &'a mut [f64],
        w_minus: &'a mut [f64],
        z: &'a [f64],
        shrinkage: f64,
        c: &'a [f64],
    }

    impl Fusible for Step<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FUSED: bool>(self) {
            let weights = self.w_plus.iter_mut().zip(self.w_minus);
            for (((plus, minus), z), c) in weights.zip(self.z).zip(self.c) {
                let q = self.shrinkage * c;
                *plus *= exponential::<FUSED>(-z - q);
                *minus *= exponential::<FUSED>(z - q);
            }
        }
    }

    vectorised_and_fused(Step {
        w_plus,
        w_minus,
        z,
        shrinkage,
        c,
    });
}

/// out = eᵛ entry by entry, for |v| ≤ 700.
pub fn exponentials(v: &[f64], out: &mut [f64]) {
    struct Exponentials<'a>(&'a [f64], &'a mut [f64]);

    impl Fusible for Exponentials<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FUSED: bool>(self) {
            for (out, v) in self.1.iter_mut().zip(self.0) {
                *out = exponential::<FUSED>(*v);
            }
        }
    }

    vectorised_and_fused(Exponentials(v, out));
}

/// out = Σₖ termsₖ·θᵏ, entry by entry, by Horner's rule.
pub fn polynomials(terms: &[Vec<f64>], theta: f64, out: &mut [f64]) {
    vectorised(
        #[inline(always)]
        || {
            out.fill(0.0);
            for term in terms.iter().rev() {
                for (out, term) in out.iter_mut().zip(term) {
                    *out = *out * theta + term;
                }
            }
        },
    );
}

/// The largest |vᵢ|; NaN counts as infinite.
pub fn max_abs(v: &[f64]) -> f64 {
    #[inline(always)]
    fn larger(largest: f64, x: f64) -> f64 {
        let size = if x.is_nan() { f64::INFINITY } else { x.abs() };
        if size > largest { size } else { largest }
    }
    vectorised(
        #[inline(always)]
        || {
            let (chunks, tail) = v.as_chunks::<LANES>();
            let mut lanes = [0.0; LANES];
            for chunk in chunks {
                for lane in 0..LANES {
                    lanes[lane] = larger(lanes[lane], chunk[lane]);
                }
            }
            lanes
                .iter()
                .chain(tail)
                .fold(0.0, |largest, x| larger(largest, *x))
        },
    )
}

/// xᵏ by repeated multiplication: `powi` may round differently from one platform to the next.
#[inline(always)]
pub(crate) fn power(x: f64, k: u32) -> f64 {
    let mut power = 1.0;
    for _ in 0..k {
        power *= x;
    }
    power
}

/// x^(1/k) of x ≥ 0 for k ≥ 1: up to k = 4, which is as deep as the knob goes, from roots that round
/// alike on every platform and without a general power.
#[inline(always)]
pub(crate) fn root(x: f64, k: u32) -> f64 {
    match k {
        1 => x,
        2 => x.sqrt(),
        3 => libm::cbrt(x),
        4 => x.sqrt().sqrt(),
        _ => libm::pow(x, f64::from(k).recip()),
    }
}

/// aᵖ − bᵖ as (a − b) Σᵢ aᵖ⁻¹⁻ⁱ bⁱ, so that nothing cancels for a, b > 0; for p = 2 these are the bits
/// of (a − b)(a + b).
#[inline(always)]
pub(crate) fn difference_of_powers(a: f64, b: f64, depth: u32) -> f64 {
    let (mut sum, mut power_of_b) = (1.0, 1.0);
    for _ in 1..depth {
        power_of_b *= b;
        sum = sum * a + power_of_b;
    }
    (a - b) * sum
}

/// eˣ for |x| ≤ 700, within 1.5 units in the last place.
pub(crate) fn exp(x: f64) -> f64 {
    exponential::<false>(x)
}

/// eˣ for |x| ≤ 700, with fused multiply-adds or without.
///
/// The platform's `exp` cannot be vectorised and differs between C libraries, and a replay must
/// not. Cody–Waite reduction x = k ln 2 + r, |r| ≤ ½ ln 2, then the Taylor polynomial to r¹³
/// (remainder below 2⁻⁵⁶ relative).
#[inline(always)]
fn exponential<const FUSED: bool>(x: f64) -> f64 {
    /// 1/k! for k = 12 to 2, after 1/13!.
    const TAYLOR: [f64; 11] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
    ];
    // Adding 1.5·2⁵² leaves the nearest integer in the low bits of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = product_and_sum::<FUSED>(x, std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = product_and_sum::<FUSED>(-k, LN_2_HIGH, x);
    let r = product_and_sum::<FUSED>(-k, LN_2_LOW, r);
    let mut p = 1.0 / 6_227_020_800.0;
    for term in TAYLOR {
        p = product_and_sum::<FUSED>(p, r, term);
    }
    let tail = product_and_sum::<FUSED>(r * r, p, r);
    let power_of_two = f64::from_bits((shifted.to_bits().wrapping_add(1023)) << 52);
    product_and_sum::<FUSED>(power_of_two, tail, power_of_two)
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;
    use crate::model::aligned::{Aligned, InterleavedRows, PackedColumns};
    use crate::model::random;

    fn reals(rng: &mut random::Generator, len: usize) -> Vec<f64> {
        (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    /// Plain sums in index order; n·ε·Σ|terms| bounds the difference of any two orders.
    #[test]
    fn products_agree_with_plain_sums_for_every_remainder() {
        let mut rng = random::generator(1, random::Stream::Data, 0);
        for (n, d) in [(1, 1), (3, 7), (4, 8), (5, 9), (40, 100), (7, 33)] {
            let matrix = reals(&mut rng, n * d);
            let v = reals(&mut rng, d);
            let c = reals(&mut rng, n);
            let mut forward = vec![0.0; n];
            matrix_vector(&matrix, &v, &mut forward);
            let mut back = vec![1.0; d];
            transposed_matrix_vector(&matrix, &c, &mut back);
            for i in 0..n {
                let plain: f64 = (0..d).map(|j| matrix[i * d + j] * v[j]).sum();
                assert!(
                    (forward[i] - plain).abs() <= 1e-15 * (d as f64),
                    "row {i} of {n}×{d}"
                );
                assert_eq!(
                    forward[i],
                    dot(&matrix[i * d..(i + 1) * d], &v),
                    "blocking must not change bits"
                );
            }
            for j in 0..d {
                let plain: f64 = (0..n).map(|i| matrix[i * d + j] * c[i]).sum();
                assert!(
                    (back[j] - plain).abs() <= 1e-15 * (n as f64),
                    "column {j} of {n}×{d}"
                );
            }
            let rows = [n - 1, 0];
            let mut combined = vec![9.0; d];
            combine_rows(&matrix, &rows, &[2.0, -0.5], &mut combined);
            for j in 0..d {
                let plain = 2.0 * matrix[(n - 1) * d + j] - 0.5 * matrix[j];
                assert!((combined[j] - plain).abs() <= 1e-15);
            }
            let plain: f64 = v.iter().map(|v| (v - 0.25) * (v - 0.25)).sum();
            assert!((distance_squared(&v, &vec![0.25; d]) - plain).abs() <= 1e-15 * (d as f64));
        }
    }

    /// Everything that sums or fuses, for lengths with and without a remainder: the same bits from every
    /// instruction set. One that cannot fuse would differ, so the comparison leaves it out.
    #[test]
    fn instruction_sets_agree_to_the_bit() {
        let mut rng = random::generator(4, random::Stream::Data, 0);
        for (n, d) in [(1, 1), (3, 7), (9, 16), (40, 100), (21, 264)] {
            let matrix = reals(&mut rng, n * d);
            let [v, w, u] = [(); 3].map(|()| reals(&mut rng, d));
            let [y, c] = [(); 2].map(|()| reals(&mut rng, n));
            let results = lanes::testing::under_each(|| {
                let mut all = vec![dot(&v, &w), distance_squared(&v, &w)];
                let mut image = vec![0.0; n];
                matrix_vector(&matrix, &v, &mut image);
                all.extend(&image);
                all.push(residual(&matrix, &v, &y, &mut image));
                all.extend(&image);
                let columns = PackedColumns::new(&matrix, d);
                for count in [1, 6] {
                    let vectors = [&v, &w, &u, &v, &w, &u].map(Vec::clone);
                    for (r, squares) in column_residuals(&columns, false, &y, &vectors[..count]) {
                        all.extend(r);
                        all.push(squares);
                    }
                }
                let mut back = vec![0.0; d];
                transposed_matrix_vector(&matrix, &c, &mut back);
                all.extend(&back);
                all.push(squared_difference_and_distance(&v, &w, &u, &mut back));
                all.extend(&back);
                let (mut plus, mut minus) = (v.clone(), w.clone());
                multiplicative_step(&mut plus, &mut minus, 0.3, &u);
                exponential_step(&mut plus, &mut minus, &u, 0.1, &v);
                all.extend(plus.iter().chain(&minus));
                for parts in in_one_reading(&matrix, true, &v, &y, &c) {
                    all.extend(&parts);
                }
                all.into_iter().map(f64::to_bits).collect::<Vec<u64>>()
            });
            assert!(results.iter().all(|bits| *bits == results[0]), "{n}×{d}");
        }
    }

    /// One reading of the matrix against two, row by row the same dot products; the sums over rows
    /// are added in another order, n·ε·Σ|terms|.
    #[test]
    fn one_reading_of_a_matrix_is_as_good_as_two() {
        let mut rng = random::generator(5, random::Stream::Data, 0);
        for (n, d) in [(1, 1), (7, 24), (40, 100)] {
            let matrix = reals(&mut rng, n * d);
            let v = reals(&mut rng, d);
            let [y, c] = [(); 2].map(|()| reals(&mut rng, n));
            let mut expected_r = vec![9.0; n];
            let squares = residual(&matrix, &v, &y, &mut expected_r);
            assert_eq!(squares, dot(&expected_r, &expected_r));
            let [mut expected, mut expected_along] = [(); 2].map(|()| vec![9.0; d]);
            transposed_matrix_vector(&matrix, &expected_r, &mut expected);
            transposed_matrix_vector(&matrix, &c, &mut expected_along);
            for backwards in [false, true] {
                let [r, g, along] = in_one_reading(&matrix, backwards, &v, &y, &c);
                assert_eq!(r[..], expected_r);
                let largest = max_abs(&r).max(1.0);
                for (found, expected) in [(&g, &expected), (&along, &expected_along)] {
                    for (found, expected) in found.iter().zip(expected) {
                        assert!(
                            (found - expected).abs() <= 1e-15 * n as f64 * largest,
                            "{n}×{d}"
                        );
                    }
                }
            }
        }
    }

    /// r, Mᵀr and Mᵀc.
    fn in_one_reading(
        matrix: &[f64],
        backwards: bool,
        v: &[f64],
        y: &[f64],
        c: &[f64],
    ) -> [Aligned; 3] {
        let rows = InterleavedRows::new(matrix, v.len());
        let [v, y, c] = [v, y, c].map(Aligned::from);
        let mut r = Aligned::from(vec![9.0; y.len()]);
        let [mut g, mut h] = [(); 2].map(|()| Aligned::from(vec![9.0; v.len()]));
        residual_and_products(
            &rows,
            backwards,
            v.padded(),
            y.padded(),
            r.padded_mut(),
            g.padded_mut(),
            Some((c.padded(), h.padded_mut())),
        );
        for numbers in [&r, &g, &h] {
            let behind = &numbers.padded()[numbers.len()..];
            assert!(behind.iter().all(|zero| *zero == 0.0));
        }
        [r, g, h]
    }

    /// One by one against plain sums, n·ε·Σ|terms|; many at a time against one by one, to the bit: with
    /// groups and single ones, panels of different widths, half a chunk of rows, several blocks of columns.
    #[test]
    fn residuals_of_many_are_those_of_each() {
        let mut rng = random::generator(8, random::Stream::Data, 0);
        for (n, d, count) in [
            (1, 1, 2),
            (3, 8, 1),
            (40, 100, 7),
            (93, 33, 5),
            (44, 431, 4),
        ] {
            let matrix = reals(&mut rng, n * d);
            let y = reals(&mut rng, n);
            let columns = PackedColumns::new(&matrix, d);
            // Longer than a row, as a padded vector.
            let vectors: Vec<Vec<f64>> = (0..count).map(|_| reals(&mut rng, d + 3)).collect();
            let together = column_residuals(&columns, false, &y, &vectors);
            for (v, (r, squares)) in vectors.iter().zip(&together) {
                let alone = column_residuals(&columns, true, &y, std::slice::from_ref(v));
                assert_eq!((r, squares), (&alone[0].0, &alone[0].1), "{n}×{d}");
                assert_eq!(*squares, dot(r, r));
                for (i, r) in r.iter().enumerate() {
                    let plain: f64 = (0..d).map(|j| matrix[i * d + j] * v[j]).sum();
                    assert!(
                        (r - (plain - y[i])).abs() <= 1e-15 * (d + 1) as f64,
                        "{n}×{d}"
                    );
                }
            }
        }
    }

    fn column_residuals(
        columns: &PackedColumns,
        backwards: bool,
        y: &[f64],
        vectors: &[Vec<f64>],
    ) -> Vec<(Vec<f64>, f64)> {
        let y = Aligned::from(y);
        let mut found = vec![(vec![9.0; y.padded().len()], 9.0); vectors.len()];
        let images = vectors.iter().zip(&mut found);
        let mut images: Vec<Image<'_>> = images
            .map(|(v, (r, squares))| Image { v, r, squares })
            .collect();
        residuals(columns, backwards, y.padded(), &mut images);
        for (r, _) in &mut found {
            assert!(r.drain(y.len()..).all(|zero| zero == 0.0));
        }
        found
    }

    /// Zeros behind a vector and its rows change no bit of a product.
    #[test]
    fn padding_changes_nothing() {
        let mut rng = random::generator(6, random::Stream::Data, 0);
        let (n, d) = (13, 27);
        let matrix = reals(&mut rng, n * d);
        let padded = crate::model::aligned::PaddedRows::new(&matrix, d);
        let v = reals(&mut rng, d);
        let mut padded_v = v.clone();
        padded_v.resize(padded.stride(), 0.0);
        let [mut plain, mut wide] = [(); 2].map(|()| vec![0.0; n]);
        matrix_vector(&matrix, &v, &mut plain);
        matrix_vector(padded.numbers(), &padded_v, &mut wide);
        assert_eq!(plain, wide);
        let (mut back, mut wide_back) = (vec![0.0; d], vec![9.0; padded.stride()]);
        transposed_matrix_vector(&matrix, &plain, &mut back);
        transposed_matrix_vector(padded.numbers(), &plain, &mut wide_back);
        assert_eq!(back, wide_back[..d]);
        assert!(wide_back[d..].iter().all(|zero| *zero == 0.0));
        assert_eq!(&padded.row(5)[..d], &matrix[5 * d..6 * d]);
    }

    /// Against the recursions written out; three roundings per entry.
    #[test]
    fn steps_and_differences_are_what_they_say() {
        let mut rng = random::generator(7, random::Stream::Data, 0);
        for d in [1, 8, 13, 100] {
            let [plus, minus, g] = [(); 3].map(|()| reals(&mut rng, d));
            let mut beta = vec![0.0; d];
            let distance = squared_difference_and_distance(&plus, &minus, &g, &mut beta);
            assert_eq!(distance, distance_squared(&beta, &g));
            let (mut after_plus, mut after_minus) = (plus.clone(), minus.clone());
            // A longer g, as of a padded row.
            let longer = [&g[..], &[7.0; 3]].concat();
            multiplicative_step(&mut after_plus, &mut after_minus, 0.4, &longer);
            for j in 0..d {
                assert_eq!(beta[j], (plus[j] - minus[j]) * (plus[j] + minus[j]));
                assert!((after_plus[j] - plus[j] * (1.0 - 0.4 * g[j])).abs() < 1e-15);
                assert!((after_minus[j] - minus[j] * (1.0 + 0.4 * g[j])).abs() < 1e-15);
            }
        }
    }

    /// In whole lanes, the zeros behind the weights included.
    #[test]
    fn a_step_with_the_coefficients_it_leads_to_has_the_bits_of_both_apart() {
        let mut rng = random::generator(9, random::Stream::Data, 0);
        for d in [1, 8, 13, 32, 100] {
            let [plus, minus, g, target] = [(); 4].map(|()| Aligned::from(reals(&mut rng, d)));
            let (mut plus_apart, mut minus_apart) = (plus.clone(), minus.clone());
            let mut beta_apart = vec![0.0; d];
            multiplicative_step(&mut plus_apart, &mut minus_apart, 0.4, &g);
            let distance_apart = squared_difference_and_distance(
                &plus_apart,
                &minus_apart,
                &target,
                &mut beta_apart,
            );
            let together = lanes::testing::under_each(|| {
                let step = |target| {
                    let (mut plus, mut minus) = (plus.clone(), minus.clone());
                    let mut beta = Aligned::from(vec![9.0; d]);
                    let distance = multiplicative_step_and_difference(
                        plus.padded_mut(),
                        minus.padded_mut(),
                        0.4,
                        g.padded(),
                        target,
                        beta.padded_mut(),
                    );
                    (plus, minus, beta, distance)
                };
                let with_target = step(Some(target.padded()));
                [(with_target, Some(distance_apart)), (step(None), None)]
            });
            for ((plus, minus, beta, distance), expected) in together.into_iter().flatten() {
                assert_eq!((plus, minus), (plus_apart.clone(), minus_apart.clone()));
                assert_eq!((&beta[..], distance), (&beta_apart[..], expected));
                assert!(beta.padded()[d..].iter().all(|zero| *zero == 0.0));
            }
        }
    }

    /// Against the library's powers; p roundings of ε each, and p = 2 to the bit.
    #[test]
    fn powers_and_roots_match_the_platform() {
        let mut rng = random::generator(3, random::Stream::Data, 0);
        for _ in 0..1_000 {
            let (a, b): (f64, f64) = (rng.random_range(0.0..3.0), rng.random_range(-3.0..3.0));
            assert_eq!(difference_of_powers(a, b, 2), (a - b) * (a + b));
            for k in 1..=6 {
                let ours = difference_of_powers(a, b, k);
                let scale = a.powi(k as i32) + b.abs().powi(k as i32);
                assert!((ours - (a.powi(k as i32) - b.powi(k as i32))).abs() <= 4e-15 * scale);
                assert!(
                    (power(root(a, k), k) / a - 1.0).abs() < 4e-15,
                    "{a}^(1/{k})"
                );
            }
        }
        assert_eq!(power(-2.0, 3), -8.0);
    }

    #[test]
    fn exp_matches_the_platform_to_rounding() {
        let mut rng = random::generator(2, random::Stream::Data, 0);
        for _ in 0..100_000 {
            let x = rng.random_range(-700.0..700.0);
            let relative = (exp(x) / f64::exp(x) - 1.0).abs();
            assert!(
                relative <= 4.0 * f64::EPSILON,
                "exp({x}) is off by {relative:e}"
            );
        }
        assert_eq!(exp(0.0), 1.0);
        let v = reals(&mut rng, 37);
        let mut out = vec![0.0; 37];
        exponentials(&v, &mut out);
        for (v, out) in v.iter().zip(&out) {
            assert!((out / exp(*v) - 1.0).abs() <= 2.0 * f64::EPSILON);
        }
    }

    #[test]
    fn polynomials_are_evaluated_entry_by_entry() {
        let terms = [vec![1.0; 11], vec![2.0; 11], vec![-4.0; 11]];
        let mut out = vec![9.0; 11];
        polynomials(&terms, 0.5, &mut out);
        assert_eq!(out, [1.0; 11]);
    }

    #[test]
    fn max_abs_sees_nan() {
        assert_eq!(max_abs(&[1.0, -3.0, 2.0]), 3.0);
        assert_eq!(max_abs(&[1.0, f64::NAN, 2.0]), f64::INFINITY);
        let mut long = vec![-2.0; 37];
        long[11] = f64::NAN;
        assert_eq!(max_abs(&long), f64::INFINITY);
        long[11] = -7.0;
        assert_eq!(max_abs(&long), 7.0);
    }
}
