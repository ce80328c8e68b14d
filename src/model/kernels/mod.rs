//! The vector loops in which nearly all of the time is spent.
//!
//! Sums have eight lanes on every machine, and the same products are fused, or none under
//! [`Arithmetic::Plain`](super::arithmetic::Arithmetic::Plain): see `lanes` for why that gives the same bits on every
//! instruction set of interest.

mod blocks;
mod columns;
mod lanes;
mod normals;
mod products;
mod single;
#[cfg(test)]
mod tests;
mod vectors;

pub use blocks::{Part, residual_and_products};
pub use columns::{Image, SHARED, residual_of_row, residuals};
#[cfg(test)]
pub(crate) use lanes::testing::under_each;
use lanes::{Fusible, product_and_sum, vectorised_and_fused};
pub(crate) use lanes::{LANES, vectorised};
pub use normals::{Generators, fill_normals};
pub use products::{dot, matrix_vector, residual, transposed_matrix_vector};
pub use single::{Strided, WIDEST, add_product_of};
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

/// out = the sum of some vectors as long, in their order; at least one.
pub fn sum<'a>(mut vectors: impl Iterator<Item = &'a [f64]>, out: &mut [f64]) {
    if let Some(first) = vectors.next() {
        out.copy_from_slice(first);
    }
    for vector in vectors {
        vectorised(
            #[inline(always)]
            || {
                for (out, x) in out.iter_mut().zip(vector) {
                    *out += x;
                }
            },
        );
    }
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

/// (a, b) ← (c·a − s·b, s·a + c·b), entry by entry: a turn by the angle of cosine c and sine s.
pub fn rotate(a: &mut [f64], b: &mut [f64], cosine: f64, sine: f64) {
    vectorised(
        #[inline(always)]
        || {
            for (a, b) in a.iter_mut().zip(&mut *b) {
                (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
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
