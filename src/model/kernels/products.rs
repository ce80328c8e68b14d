//! Inner products and what is made of them. A dot product has the same bits however many are computed
//! at a time, and whether or not its vectors are padded with zeros to whole lanes.

use pulp::{Simd, WithSimd};

use super::lanes::{
    LANES, add_product, difference, load, load_tail, splat, store, sum, with_lanes,
};

/// ⟨a, b⟩ of two slices of the same length.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    struct Dot<'a>(&'a [f64], &'a [f64]);

    impl WithSimd for Dot<'_> {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            dots::<S, 1>(simd, self.0, self.1)[0]
        }
    }

    with_lanes(Dot(a, b))
}

/// ‖a − b‖₂² of two slices of the same length.
pub fn distance_squared(a: &[f64], b: &[f64]) -> f64 {
    /// Sums that grow side by side, so that none waits for itself.
    const SUMS: usize = 4;

    struct Distance<'a>(&'a [f64], &'a [f64]);

    impl WithSimd for Distance<'_> {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            let (a, a_tail) = self.0.as_chunks::<LANES>();
            let (b, b_tail) = self.1[..self.0.len()].as_chunks::<LANES>();
            let mut sums = [splat(simd, 0.0); SUMS];
            let (a_blocks, a_rest) = a.as_chunks::<SUMS>();
            let (b_blocks, b_rest) = b.as_chunks::<SUMS>();
            for (a, b) in a_blocks.iter().zip(b_blocks) {
                for at in 0..SUMS {
                    let gap = difference(simd, &load(simd, &a[at]), &load(simd, &b[at]));
                    add_product(simd, &mut sums[at], &gap, &gap);
                }
            }
            for (a, b) in a_rest.iter().zip(b_rest) {
                let gap = difference(simd, &load(simd, a), &load(simd, b));
                add_product(simd, &mut sums[0], &gap, &gap);
            }
            let gap = difference(simd, &load_tail(simd, a_tail), &load_tail(simd, b_tail));
            add_product(simd, &mut sums[0], &gap, &gap);
            let [a, b, c, d] = &sums;
            (sum(simd, a) + sum(simd, c)) + (sum(simd, b) + sum(simd, d))
        }
    }

    with_lanes(Distance(a, b))
}

/// ⟨row, v⟩ of the `R` rows of `block`, row-major with `v.len()` columns.
#[inline(always)]
fn dots<S: Simd, const R: usize>(simd: S, block: &[f64], v: &[f64]) -> [f64; R] {
    let (chunks, tail) = v.as_chunks::<LANES>();
    let mut rows: [(&[[f64; LANES]], &[f64]); R] = [(&[], &[]); R];
    for row in 0..R {
        let (row_chunks, row_tail) = block[row * v.len()..(row + 1) * v.len()].as_chunks();
        // Cut to the same length once, so that the loop has no bounds to check.
        rows[row] = (&row_chunks[..chunks.len()], row_tail);
    }
    let mut sums = [splat(simd, 0.0); R];
    for (at, v) in chunks.iter().enumerate() {
        let v = load(simd, v);
        for row in 0..R {
            add_product(simd, &mut sums[row], &load(simd, &rows[row].0[at]), &v);
        }
    }
    if !tail.is_empty() {
        let v = load_tail(simd, tail);
        for row in 0..R {
            add_product(simd, &mut sums[row], &load_tail(simd, rows[row].1), &v);
        }
    }
    let mut out = [0.0; R];
    for row in 0..R {
        out[row] = sum(simd, &sums[row]);
    }
    out
}

/// out = M v for the row-major M of shape `out.len()` × `v.len()`.
pub fn matrix_vector(matrix: &[f64], v: &[f64], out: &mut [f64]) {
    struct Product<'a> {
        matrix: &'a [f64],
        v: &'a [f64],
        out: &'a mut [f64],
    }

    impl Product<'_> {
        /// `R` rows share each load of v.
        #[inline(always)]
        fn by_blocks<S: Simd, const R: usize>(self, simd: S) {
            let Self { matrix, v, out } = self;
            let (out_blocks, out_rest) = out.as_chunks_mut::<R>();
            let (matrix_blocks, matrix_rest) = matrix.split_at(out_blocks.len() * R * v.len());
            let blocks = matrix_blocks.chunks_exact(R * v.len());
            for (block, out) in blocks.zip(out_blocks) {
                *out = dots(simd, block, v);
            }
            for (row, out) in matrix_rest.chunks_exact(v.len()).zip(out_rest) {
                [*out] = dots(simd, row, v);
            }
        }
    }

    impl WithSimd for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            // As many chains of additions as hide their latency and fit the registers.
            if S::F64_LANES == LANES {
                self.by_blocks::<S, 8>(simd);
            } else {
                self.by_blocks::<S, 4>(simd);
            }
        }
    }

    with_lanes(Product { matrix, v, out });
}

/// out = Mᵀ c for the row-major M of shape `c.len()` × `out.len()`.
pub fn transposed_matrix_vector(matrix: &[f64], c: &[f64], out: &mut [f64]) {
    struct Product<'a> {
        matrix: &'a [f64],
        c: &'a [f64],
        out: &'a mut [f64],
    }

    impl Product<'_> {
        /// The columns of `P` chunks from column `first` on, held in registers over all rows.
        #[inline(always)]
        fn panel<S: Simd, const P: usize>(&mut self, simd: S, first: usize) {
            let columns = first..first + P * LANES;
            let mut sums = [splat(simd, 0.0); P];
            for (row, c) in self.matrix.chunks_exact(self.out.len()).zip(self.c) {
                let c = splat(simd, *c);
                let (chunks, _) = row[columns.clone()].as_chunks::<LANES>();
                for at in 0..P {
                    add_product(simd, &mut sums[at], &load(simd, &chunks[at]), &c);
                }
            }
            let (chunks, _) = self.out[columns].as_chunks_mut::<LANES>();
            for at in 0..P {
                store::<S>(&sums[at], &mut chunks[at]);
            }
        }

        #[inline(always)]
        fn tail<S: Simd>(&mut self, simd: S, first: usize) {
            let mut sums = splat(simd, 0.0);
            for (row, c) in self.matrix.chunks_exact(self.out.len()).zip(self.c) {
                let row = load_tail(simd, &row[first..]);
                add_product(simd, &mut sums, &row, &splat(simd, *c));
            }
            let mut numbers = [0.0; LANES];
            store::<S>(&sums, &mut numbers);
            let tail = &mut self.out[first..];
            tail.copy_from_slice(&numbers[..tail.len()]);
        }
    }

    impl WithSimd for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(mut self, simd: S) {
            if self.out.is_empty() {
                return;
            }
            // Half of the registers at least stay free for what is added.
            let most = if S::F64_LANES == LANES { 16 } else { 6 };
            let chunks = self.out.len() / LANES;
            let panels = chunks.div_ceil(most);
            let mut done = 0;
            for panel in 0..panels {
                let next = chunks * (panel + 1) / panels;
                let first = done * LANES;
                match next - done {
                    1 => self.panel::<S, 1>(simd, first),
                    2 => self.panel::<S, 2>(simd, first),
                    3 => self.panel::<S, 3>(simd, first),
                    4 => self.panel::<S, 4>(simd, first),
                    5 => self.panel::<S, 5>(simd, first),
                    6 => self.panel::<S, 6>(simd, first),
                    7 => self.panel::<S, 7>(simd, first),
                    8 => self.panel::<S, 8>(simd, first),
                    9 => self.panel::<S, 9>(simd, first),
                    10 => self.panel::<S, 10>(simd, first),
                    11 => self.panel::<S, 11>(simd, first),
                    12 => self.panel::<S, 12>(simd, first),
                    13 => self.panel::<S, 13>(simd, first),
                    14 => self.panel::<S, 14>(simd, first),
                    15 => self.panel::<S, 15>(simd, first),
                    _ => self.panel::<S, 16>(simd, first),
                }
                done = next;
            }
            if !self.out.len().is_multiple_of(LANES) {
                self.tail(simd, done * LANES);
            }
        }
    }

    with_lanes(Product { matrix, c, out });
}

/// r = M v − y and g = Mᵀ r in one reading of M, for matrices that do not fit a cache. With `c`, also
/// h = Mᵀ c.
///
/// M is row-major of shape `r.len()` × `v.len()`, whole lanes wide; g and h are as long as v.
pub fn residual_and_products(
    matrix: &[f64],
    v: &[f64],
    y: &[f64],
    r: &mut [f64],
    g: &mut [f64],
    along: Option<(&[f64], &mut [f64])>,
) {
    /// Rows that are read from memory once and then a second time from the nearest cache.
    const ROWS: usize = 4;

    struct Products<'a> {
        matrix: &'a [f64],
        v: &'a [f64],
        y: &'a [f64],
        r: &'a mut [f64],
        g: &'a mut [f64],
        along: Option<(&'a [f64], &'a mut [f64])>,
    }

    /// sum ← sum + Σᵢ cᵢ · row i, of the `R` rows of `block`.
    #[inline(always)]
    fn add_rows<S: Simd, const R: usize>(simd: S, block: &[f64], c: &[f64], sum: &mut [f64]) {
        let mut rows: [&[[f64; LANES]]; R] = [&[]; R];
        let mut factors = [splat(simd, 0.0); R];
        let (sums, _) = sum.as_chunks_mut::<LANES>();
        for row in 0..R {
            let start = row * LANES * sums.len();
            rows[row] = &block[start..].as_chunks().0[..sums.len()];
            factors[row] = splat(simd, c[row]);
        }
        for (at, sum) in sums.iter_mut().enumerate() {
            let mut total = load(simd, sum);
            for row in 0..R {
                let row_chunk = load(simd, &rows[row][at]);
                add_product(simd, &mut total, &row_chunk, &factors[row]);
            }
            store::<S>(&total, sum);
        }
    }

    impl Products<'_> {
        #[inline(always)]
        fn block<S: Simd, const R: usize>(&mut self, simd: S, first: usize) {
            let rows = first..first + R;
            let width = self.v.len();
            let block = &self.matrix[first * width..(first + R) * width];
            let r = &mut self.r[rows.clone()];
            r.copy_from_slice(&dots::<S, R>(simd, block, self.v));
            for (r, y) in r.iter_mut().zip(&self.y[rows.clone()]) {
                *r -= y;
            }
            add_rows::<S, R>(simd, block, r, self.g);
            if let Some((c, h)) = &mut self.along {
                add_rows::<S, R>(simd, block, &c[rows], h);
            }
        }
    }

    impl WithSimd for Products<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(mut self, simd: S) {
            self.g.fill(0.0);
            if let Some((_, h)) = &mut self.along {
                h.fill(0.0);
            }
            let n = self.r.len();
            let in_blocks = n - n % ROWS;
            for first in (0..in_blocks).step_by(ROWS) {
                self.block::<S, ROWS>(simd, first);
            }
            for first in in_blocks..n {
                self.block::<S, 1>(simd, first);
            }
        }
    }

    assert!(v.len().is_multiple_of(LANES), "rows are padded");
    with_lanes(Products {
        matrix,
        v,
        y,
        r,
        g,
        along,
    });
}
