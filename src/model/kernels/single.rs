//! Products of matrices of single precision, for networks of a few thousand weights.
//!
//! Every entry of a product is one chain of fused products in the order of the inner index. Nothing is summed
//! across lanes, so that the bits do not depend on the width of the registers.

use pulp::{Simd, WithSimd};

use super::lanes::with_lanes;

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

    impl WithSimd for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let registers = self.width / S::F32_LANES;
            let (m, _) = S::as_simd_f32s(self.m);
            let (out, _) = S::as_mut_simd_f32s(self.out);
            for (k, out) in out.chunks_exact_mut(registers).enumerate() {
                let c = Strided {
                    numbers: &self.c.numbers[k * self.c.outer..],
                    ..self.c
                };
                // As many sums at a time as hide the latency of additions.
                let mut first = 0;
                while first < registers {
                    first += match registers - first {
                        8.. => panel::<S, 8>(simd, c, m, registers, first, out),
                        4..8 => panel::<S, 4>(simd, c, m, registers, first, out),
                        2..4 => panel::<S, 2>(simd, c, m, registers, first, out),
                        _ => panel::<S, 1>(simd, c, m, registers, first, out),
                    };
                }
            }
        }
    }

    assert!(
        width.is_multiple_of(WIDEST) && m.len().is_multiple_of(width.max(1)),
        "rows of another width"
    );
    with_lanes(Product { c, m, width, out });
}

/// `P` registers of a row of the product from register `first` on; returns P.
#[inline(always)]
fn panel<S: Simd, const P: usize>(
    simd: S,
    c: Strided<'_>,
    m: &[S::f32s],
    registers: usize,
    first: usize,
    out: &mut [S::f32s],
) -> usize {
    let mut sums = [simd.splat_f32s(0.0); P];
    sums.copy_from_slice(&out[first..first + P]);
    for (t, row) in m.chunks_exact(registers).enumerate() {
        let factor = simd.splat_f32s(c.numbers[t * c.inner]);
        let row = &row[first..first + P];
        for at in 0..P {
            sums[at] = simd.mul_add_e_f32s(factor, row[at], sums[at]);
        }
    }
    out[first..first + P].copy_from_slice(&sums);
    P
}
