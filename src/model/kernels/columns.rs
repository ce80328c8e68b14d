//! X β by combinations of the columns of X, so that nothing has to be summed across lanes and many β
//! share each load of X.
//!
//! An entry of X β has two chains of fused products, one over each half of the columns in their order:
//! the same bits however many β are multiplied at a time. Two, because a single β has to keep as
//! many additions in flight as their latency takes.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::lanes::{
    LANES, Lanes, add_product, difference, load, load_tail, splat, store, store_tail, sum, total,
    with_lanes,
};
use crate::model::aligned::PackedColumns;

/// One of the vectors that [`residuals`] multiplies at a time.
#[derive(Debug)]
pub struct Image<'a> {
    /// v, an entry per column; what lies behind is not read.
    pub v: &'a [f64],
    /// Where M v − y goes, an entry per row.
    pub r: &'a mut [f64],
    /// Where ‖M v − y‖₂² goes.
    pub squares: &'a mut f64,
}

/// r = M v − y and ‖r‖₂² of each v in one reading of M. Whoever comes again and again does so forwards and
/// backwards in turn: what a cache holds of M is then read first.
pub fn residuals(columns: &PackedColumns, backwards: bool, y: &[f64], images: &mut [Image<'_>]) {
    with_lanes(Residuals {
        columns,
        backwards,
        y,
        images,
    });
}

/// Chunks of a panel that stay in the nearest cache while every vector passes by, 32 kB.
const BLOCK: usize = 512;

/// Vectors that share each load of M, where the registers hold their sums.
pub const SHARED: usize = 4;

struct Residuals<'a, 'b> {
    columns: &'a PackedColumns,
    backwards: bool,
    y: &'a [f64],
    images: &'a mut [Image<'b>],
}

/// The rows of a panel: `P` chunks.
type Column<const P: usize> = [[f64; LANES]; P];

/// Σⱼ vⱼ·(column j) of `V` vectors, after what is there already.
#[inline(always)]
fn combinations<S: Simd, const P: usize, const V: usize>(
    simd: S,
    columns: &[Column<P>],
    vectors: &[&[f64]; V],
    before: Option<&[Sums<P>; V]>,
) -> [Sums<P>; V] {
    let mut factors: [&[f64]; V] = [&[]; V];
    let mut sums = [[splat(simd, 0.0); P]; V];
    for vector in 0..V {
        // Cut to the same length once, so that the loop has no bounds to check.
        factors[vector] = &vectors[vector][..columns.len()];
        if let Some(before) = before {
            for (sum, before) in sums[vector].iter_mut().zip(&before[vector].0) {
                *sum = load(simd, before);
            }
        }
    }
    for (column, numbers) in columns.iter().enumerate() {
        let mut chunks = [splat(simd, 0.0); P];
        for at in 0..P {
            chunks[at] = load(simd, &numbers[at]);
        }
        for vector in 0..V {
            let factor = splat(simd, factors[vector][column]);
            for at in 0..P {
                add_product(simd, &mut sums[vector][at], &chunks[at], &factor);
            }
        }
    }
    stored::<S, P, _>(&sums)
}

/// [`combinations`] for one vector of both halves side by side, `low.len()` ≥ `high.len()`.
#[inline(always)]
fn both_combinations<S: Simd, const P: usize>(
    simd: S,
    [low, high]: [&[Column<P>]; 2],
    v: &[f64],
) -> [Sums<P>; 2] {
    let (v_low, v_high) = v.split_at(low.len());
    let len = high.len();
    let (v_first, v_high) = (&v_low[..len], &v_high[..len]);
    let mut sums = [[splat(simd, 0.0); P]; 2];
    for (column, (low, high)) in low.iter().zip(high).enumerate() {
        let factor = splat(simd, v_first[column]);
        for at in 0..P {
            add_product(simd, &mut sums[0][at], &load(simd, &low[at]), &factor);
        }
        let factor = splat(simd, v_high[column]);
        for at in 0..P {
            add_product(simd, &mut sums[1][at], &load(simd, &high[at]), &factor);
        }
    }
    if len < low.len() {
        let factor = splat(simd, v_low[len]);
        for at in 0..P {
            add_product(simd, &mut sums[0][at], &load(simd, &low[len][at]), &factor);
        }
    }
    stored::<S, P, _>(&sums)
}

/// From registers to memory.
#[inline(always)]
fn stored<S: Simd, const P: usize, const V: usize>(sums: &[[Lanes<S>; P]; V]) -> [Sums<P>; V] {
    let mut numbers = [Sums([[0.0; LANES]; P]); V];
    for (numbers, sums) in numbers.iter_mut().zip(sums) {
        for (chunk, sum) in numbers.0.iter_mut().zip(sums) {
            store::<S>(sum, chunk);
        }
    }
    numbers
}

/// A panel of `P` chunks of rows.
struct Panel<'a, const P: usize> {
    /// The columns of either chain.
    halves: [&'a [Column<P>]; 2],
    rows: Range<usize>,
    y: &'a [f64],
}

impl<const P: usize> Panel<'_, P> {
    /// One vector alone.
    #[inline(always)]
    fn write_one<S: Simd>(&self, simd: S, image: &mut Image<'_>) {
        if S::F64_LANES < LANES {
            self.write_group(simd, std::array::from_mut(image));
            return;
        }
        let [low, high] = both_combinations(simd, self.halves, image.v);
        self.write_residual(simd, [&low, &high], image);
    }

    /// No more vectors than fit the registers.
    #[inline(always)]
    fn write_group<S: Simd, const V: usize>(&self, simd: S, images: &mut [Image<'_>; V]) {
        let [low, high] = self.halves;
        let mut vectors: [[&[f64]; V]; 2] = [[&[]; V]; 2];
        for vector in 0..V {
            let (v_low, v_high) = images[vector].v.split_at(low.len());
            (vectors[0][vector], vectors[1][vector]) = (v_low, v_high);
        }
        let low = combinations(simd, low, &vectors[0], None);
        let high = combinations(simd, high, &vectors[1], None);
        for ((image, low), high) in images.iter_mut().zip(&low).zip(&high) {
            self.write_residual(simd, [low, high], image);
        }
    }

    /// Any number of vectors, each block of columns for all of them in turn.
    #[inline(always)]
    fn write_many<S: Simd>(&self, simd: S, images: &mut [Image<'_>]) {
        let [low, high] = self.halves;
        let mut sums = vec![Sums([[0.0; LANES]; P]); 2 * images.len()];
        let (low_sums, high_sums) = sums.split_at_mut(images.len());
        for (columns, start, sums) in [(low, 0, &mut *low_sums), (high, low.len(), high_sums)] {
            let mut span = start..start;
            for block in columns.chunks(BLOCK / P) {
                span = span.end..span.end + block.len();
                let mut all = (&*images, &mut *sums);
                if S::F64_LANES == LANES {
                    all = add_block::<S, P, SHARED>(simd, block, &span, all);
                    all = add_block::<S, P, 2>(simd, block, &span, all);
                }
                add_block::<S, P, 1>(simd, block, &span, all);
            }
        }
        let (low_sums, high_sums) = sums.split_at(images.len());
        for ((image, low), high) in images.iter_mut().zip(low_sums).zip(high_sums) {
            self.write_residual(simd, [low, high], image);
        }
    }

    /// r = the sum of both chains − y.
    #[inline(always)]
    fn write_residual<S: Simd>(&self, simd: S, [low, high]: [&Sums<P>; 2], image: &mut Image<'_>) {
        let (y, y_tail) = self.y.as_chunks::<LANES>();
        let (r, r_tail) = image.r[self.rows.clone()].as_chunks_mut::<LANES>();
        for (((low, high), y), r) in low.0.iter().zip(&high.0).zip(y).zip(&mut *r) {
            let image = total(simd, &load(simd, low), &load(simd, high));
            store::<S>(&difference(simd, &image, &load(simd, y)), r);
        }
        if r.len() < P {
            let image = total(
                simd,
                &load(simd, &low.0[P - 1]),
                &load(simd, &high.0[P - 1]),
            );
            let now = difference(simd, &image, &load_tail(simd, y_tail));
            store_tail(simd, &now, r_tail);
        }
    }
}

/// Sums on their way through memory, which would take twice as long if they straddled cache lines.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Sums<const P: usize>(Column<P>);

/// Adds a block of columns to the sums of as many groups of `V` vectors as there are; returns the rest.
#[inline(always)]
fn add_block<'a, S: Simd, const P: usize, const V: usize>(
    simd: S,
    block: &[Column<P>],
    span: &Range<usize>,
    (images, sums): (&'a [Image<'a>], &'a mut [Sums<P>]),
) -> (&'a [Image<'a>], &'a mut [Sums<P>]) {
    let (groups, rest) = images.as_chunks::<V>();
    let (group_sums, rest_sums) = sums.as_chunks_mut::<V>();
    for (images, sums) in groups.iter().zip(group_sums) {
        let mut vectors: [&[f64]; V] = [&[]; V];
        for vector in 0..V {
            vectors[vector] = &images[vector].v[span.clone()];
        }
        *sums = combinations(simd, block, &vectors, Some(sums));
    }
    (rest, rest_sums)
}

impl Residuals<'_, '_> {
    /// The rows of a panel of `P` chunks.
    #[inline(always)]
    fn panel<S: Simd, const P: usize>(&mut self, simd: S, panel: &Range<usize>) {
        let columns: &[Column<P>] = self.columns.panel(panel).as_chunks().0;
        let rows = panel.start * LANES..self.y.len().min(panel.end * LANES);
        let panel = Panel {
            halves: columns.split_at(columns.len().div_ceil(2)).into(),
            y: &self.y[rows.clone()],
            rows,
        };
        let fits = S::F64_LANES == LANES;
        if let [image] = self.images {
            panel.write_one(simd, image);
        } else if fits && let Ok(images) = <&mut [_; 2]>::try_from(&mut *self.images) {
            panel.write_group(simd, images);
        } else if fits && let Ok(images) = <&mut [_; SHARED]>::try_from(&mut *self.images) {
            panel.write_group(simd, images);
        } else {
            panel.write_many(simd, self.images);
        }
    }
}

impl WithSimd for Residuals<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let panels = self.columns.panels();
        for at in 0..panels.len() {
            let panel = &panels[if self.backwards {
                panels.len() - 1 - at
            } else {
                at
            }];
            match panel.len() {
                1 => self.panel::<S, 1>(simd, panel),
                2 => self.panel::<S, 2>(simd, panel),
                3 => self.panel::<S, 3>(simd, panel),
                4 => self.panel::<S, 4>(simd, panel),
                _ => self.panel::<S, { PackedColumns::WIDEST_PANEL }>(simd, panel),
            }
        }
        for image in self.images {
            let mut squares = splat(simd, 0.0);
            let (chunks, tail) = image.r.as_chunks::<LANES>();
            for chunk in chunks {
                let chunk = load(simd, chunk);
                add_product(simd, &mut squares, &chunk, &chunk);
            }
            let tail = load_tail(simd, tail);
            add_product(simd, &mut squares, &tail, &tail);
            *image.squares = sum(simd, &squares);
        }
    }
}
