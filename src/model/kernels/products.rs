//! Inner products and what is made of them. A dot product has the same bits however many are computed
//! at a time, and whether or not its vectors are padded with zeros to whole lanes.

use super::lanes::{
    InLanes, LANES, Machine, add_product, difference, load, load_tail, splat, store, store_tail,
    sum, sums, with_lanes,
};

/// ⟨a, b⟩ of two slices of the same length.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    struct Dot<'a>(&'a [f64], &'a [f64]);

    impl InLanes for Dot<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) -> f64 {
            dots::<S, 1>(simd, self.0, self.1)[0]
        }
    }

    with_lanes(Dot(a, b))
}

/// ⟨row, v⟩ of the `R` rows of `block`, row-major with `v.len()` columns.
#[inline(always)]
fn dots<S: Machine, const R: usize>(simd: S, block: &[f64], v: &[f64]) -> [f64; R] {
    let (chunks, tail) = v.as_chunks::<LANES>();
    let mut rows: [(&[[f64; LANES]], &[f64]); R] = [(&[], &[]); R];
    for row in 0..R {
        let (row_chunks, row_tail) = block[row * v.len()..(row + 1) * v.len()].as_chunks();
        // Cut to the same length once, so that the loop has no bounds to check.
        rows[row] = (&row_chunks[..chunks.len()], row_tail);
    }
    let mut totals = [splat(simd, 0.0); R];
    for (at, v) in chunks.iter().enumerate() {
        let v = load(simd, v);
        for row in 0..R {
            add_product(simd, &mut totals[row], &load(simd, &rows[row].0[at]), &v);
        }
    }
    if !tail.is_empty() {
        let v = load_tail(simd, tail);
        for row in 0..R {
            add_product(simd, &mut totals[row], &load_tail(simd, rows[row].1), &v);
        }
    }
    let mut out = [0.0; R];
    if R == LANES {
        let (eights, _) = totals.as_chunks::<LANES>();
        for (out, eight) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(eights) {
            *out = sums(simd, eight);
        }
    } else {
        for row in 0..R {
            out[row] = sum(simd, &totals[row]);
        }
    }
    out
}

/// ⟨row, v⟩ of eight rows, as many of them at a time as hide the latency of additions and fit the
/// registers.
#[inline(always)]
fn eight_dots<S: Machine>(simd: S, block: &[f64], v: &[f64]) -> [f64; LANES] {
    if S::F64_LANES == LANES {
        return dots(simd, block, v);
    }
    let (upper, lower) = block.split_at(4 * v.len());
    let [a, b, c, d] = dots(simd, upper, v);
    let [e, f, g, h] = dots(simd, lower, v);
    [a, b, c, d, e, f, g, h]
}

/// out = M v for the row-major M of shape `out.len()` × `v.len()`.
pub fn matrix_vector(matrix: &[f64], v: &[f64], out: &mut [f64]) {
    struct Product<'a> {
        matrix: &'a [f64],
        v: &'a [f64],
        out: &'a mut [f64],
    }

    impl InLanes for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) {
            let Self { matrix, v, out } = self;
            let (out, out_rest) = out.as_chunks_mut::<LANES>();
            let (blocks, rest) = matrix.split_at(out.len() * LANES * v.len());
            for (block, out) in blocks.chunks_exact(LANES * v.len()).zip(out) {
                *out = eight_dots(simd, block, v);
            }
            for (row, out) in rest.chunks_exact(v.len()).zip(out_rest) {
                [*out] = dots(simd, row, v);
            }
        }
    }

    with_lanes(Product { matrix, v, out });
}

/// r = M v − y for the row-major M of shape `r.len()` × `v.len()`; returns ‖r‖₂².
pub fn residual(matrix: &[f64], v: &[f64], y: &[f64], r: &mut [f64]) -> f64 {
    struct Residual<'a> {
        matrix: &'a [f64],
        v: &'a [f64],
        y: &'a [f64],
        r: &'a mut [f64],
    }

    impl InLanes for Residual<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<S: Machine>(self, simd: S) -> f64 {
            let Self { matrix, v, y, r } = self;
            let (r, r_rest) = r.as_chunks_mut::<LANES>();
            let (y, y_rest) = y.as_chunks::<LANES>();
            let (blocks, rest) = matrix.split_at(r.len() * LANES * v.len());
            let mut squares = splat(simd, 0.0);
            for ((block, r), y) in blocks.chunks_exact(LANES * v.len()).zip(r).zip(y) {
                let image = load(simd, &eight_dots(simd, block, v));
                let now = difference(simd, &image, &load(simd, y));
                store::<S>(&now, r);
                add_product(simd, &mut squares, &now, &now);
            }
            for ((row, r), y) in rest
                .chunks_exact(v.len())
                .zip(r_rest.iter_mut())
                .zip(y_rest)
            {
                let [image] = dots(simd, row, v);
                *r = image - y;
            }
            let now = load_tail(simd, r_rest);
            add_product(simd, &mut squares, &now, &now);
            sum(simd, &squares)
        }
    }

    with_lanes(Residual { matrix, v, y, r })
}

/// out = Mᵀ c for the row-major M of shape `c.len()` × `out.len()`.
pub fn transposed_matrix_vector(matrix: &[f64], c: &[f64], out: &mut [f64]) {
    with_lanes(TransposedProduct { matrix, c, out });
}

struct TransposedProduct<'a> {
    matrix: &'a [f64],
    c: &'a [f64],
    out: &'a mut [f64],
}

impl TransposedProduct<'_> {
    /// The columns of `P` chunks from column `first` on, held in registers over all rows.
    #[inline(always)]
    fn panel<S: Machine, const P: usize>(&mut self, simd: S, first: usize) {
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
    fn tail<S: Machine>(&mut self, simd: S, first: usize) {
        let mut sums = splat(simd, 0.0);
        for (row, c) in self.matrix.chunks_exact(self.out.len()).zip(self.c) {
            let row = load_tail(simd, &row[first..]);
            add_product(simd, &mut sums, &row, &splat(simd, *c));
        }
        store_tail(simd, &sums, &mut self.out[first..]);
    }
}

impl InLanes for TransposedProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Machine>(mut self, simd: S) {
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
