//! Products of matrices of single precision, for networks of a few thousand weights.
//!
//! Every entry of a product is one chain of fused products in the order of the inner index. Nothing is summed
//! across lanes, so that the bits do not depend on the width of the registers.

use pulp::Simd as _;

use super::lanes::{InLanes, Machine, Singles, single_product_and_sum, with_lanes};

/// Rows are a multiple of so many numbers: the widest register's.
pub const WIDEST: usize = 16;

/// A matrix, or its transpose, in memory: entry (k, t) is `numbers[k·outer + t·inner]`.
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a> {
    /// The entries.
    pub numbers: &'a [f32],
    /// From a row to the next.
    pub outer: usize,
    /// From a column to the next.
    pub inner: usize,
}

/// out ← out + C·M. The rows of M and of out have `width` numbers, a multiple of [`WIDEST`]; C has a row for
/// each row of out, and a column for each row of M.
///
/// # Panics
/// If the sizes do not fit.
pub fn add_product_of(c: Strided<'_>, m: &[f32], width: usize, out: &mut [f32]) {
    struct Product<'a> {
        c: Strided<'a>,
        m: &'a [f32],
        width: usize,
        out: &'a mut [f32],
    }

    impl InLanes for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) {
            let registers = self.width / S::F32_LANES;
            let (m, _) = S::Simd::as_simd_f32s(self.m);
            let (out, _) = S::Simd::as_mut_simd_f32s(self.out);
            // As many sums at a time as hide the latency of additions: where a row has few registers, of two rows.
            let paired = if registers <= 4 {
                out.len() / registers / 2
            } else {
                0
            };
            let (pairs, rest) = out.split_at_mut(2 * paired * registers);
            for (pair, out) in pairs.chunks_exact_mut(2 * registers).enumerate() {
                rows::<S, 2>(simd, self.c.below(2 * pair), m, out);
            }
            for (row, out) in rest.chunks_exact_mut(registers).enumerate() {
                rows::<S, 1>(simd, self.c.below(2 * paired + row), m, out);
            }
        }
    }

    assert!(
        width.is_multiple_of(WIDEST) && m.len().is_multiple_of(width.max(1)),
        "rows of another width"
    );
    with_lanes(Product { c, m, width, out });
}

impl Strided<'_> {
    fn below(self, k: usize) -> Self {
        Self {
            numbers: &self.numbers[k * self.outer..],
            ..self
        }
    }
}

/// `R` rows of the product.
#[inline(always)]
fn rows<S: Machine, const R: usize>(
    simd: S,
    c: Strided<'_>,
    m: &[Singles<S>],
    out: &mut [Singles<S>],
) {
    let registers = out.len() / R;
    let mut first = 0;
    while first < registers {
        first += match registers - first {
            8.. => panel::<S, R, 8>(simd, c, m, first, out),
            4..8 => panel::<S, R, 4>(simd, c, m, first, out),
            2..4 => panel::<S, R, 2>(simd, c, m, first, out),
            _ => panel::<S, R, 1>(simd, c, m, first, out),
        };
    }
}

/// `P` registers of `R` rows of the product from register `first` on; returns P.
#[inline(always)]
fn panel<S: Machine, const R: usize, const P: usize>(
    simd: S,
    c: Strided<'_>,
    m: &[Singles<S>],
    first: usize,
    out: &mut [Singles<S>],
) -> usize {
    let registers = out.len() / R;
    let mut sums = [[simd.instructions().splat_f32s(0.0); P]; R];
    // Number by number: copied as a whole they would not stay in registers.
    for (row, sums) in sums.iter_mut().enumerate() {
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum = out[row * registers + first + at];
        }
    }
    let mut place = 0;
    for numbers in m.chunks_exact(registers) {
        let numbers = &numbers[first..first + P];
        for (row, sums) in sums.iter_mut().enumerate() {
            let factor = simd
                .instructions()
                .splat_f32s(c.numbers[row * c.outer + place]);
            for (sum, number) in sums.iter_mut().zip(numbers) {
                *sum = single_product_and_sum(simd, factor, *number, *sum);
            }
        }
        place += c.inner;
    }
    for (row, sums) in sums.iter().enumerate() {
        for (at, sum) in sums.iter().enumerate() {
            out[row * registers + first + at] = *sum;
        }
    }
    P
}
