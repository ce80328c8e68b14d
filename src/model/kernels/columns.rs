//! X β by combinations of the columns of X, so that nothing has to be summed across lanes and many β
//! share each load of X.
//!
//! An entry of X β has two chains of fused products, one over each half of the columns in their order:
//! the same bits however many β are multiplied at a time. Two, because a single β has to keep as
//! many additions in flight as their latency takes.

use std::ops::Range;

use super::lanes::{
    Fusible, InLanes, LANES, Lanes, Machine, add_product, difference, load, product_and_sum, splat,
    store, sum, total, vectorised_and_fused, with_lanes,
};
use super::products::dot;
use crate::model::aligned::PackedColumns;

/// One of the vectors that [`residuals`] multiplies at a time.
#[derive(Debug)]
pub struct Image<'a> {
    /// v, an entry per column; what lies behind is not read.
    pub v: &'a [f64],
    /// Where M v − y goes, an entry per row, and zeros up to whole lanes.
    pub r: &'a mut [f64],
    /// Where ‖M v − y‖₂² goes.
    pub squares: &'a mut f64,
}

/// r = M v − y and ‖r‖₂² of each v in one reading of M.
///
/// y is padded with zeros to whole lanes. A caller that repeats the product alternates the direction, so that
/// what a cache still holds of M is read first.
pub fn residuals(columns: &PackedColumns, backwards: bool, y: &[f64], images: &mut [Image<'_>]) {
    let panels = columns.panels();
    for at in 0..panels.len() {
        let panel = &panels[if backwards { panels.len() - 1 - at } else { at }];
        // One function for each width: in a common one, each call would prepare for all of them.
        match panel.len() {
            1 => Panel::<1>::new(columns, panel, y).write(images),
            2 => Panel::<2>::new(columns, panel, y).write(images),
            3 => Panel::<3>::new(columns, panel, y).write(images),
            4 => Panel::<4>::new(columns, panel, y).write(images),
            _ => Panel::<{ PackedColumns::WIDEST_PANEL }>::new(columns, panel, y).write(images),
        }
    }
    if panels.len() > 1 {
        for image in images {
            *image.squares = dot(image.r, image.r);
        }
    }
}

/// ⟨row, v⟩ − y of one row of M, with the bits that [`residuals`] gives it.
///
/// The two chains of [`residuals`] one product at a time: a sum in lanes would be faster, but of other bits.
pub fn residual_of_row(row: &[f64], v: &[f64], y: f64) -> f64 {
    struct Chains<'a> {
        row: [&'a [f64]; 2],
        v: [&'a [f64]; 2],
    }

    impl Fusible for Chains<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<const FUSED: bool>(self) -> f64 {
            let [row_low, row_high] = self.row;
            let len = row_high.len();
            let (row_first, row_last) = row_low.split_at(len);
            let (v_first, v_last) = self.v[0].split_at(len);
            let v_high = &self.v[1][..len];
            let mut sums = [0.0; 2];
            for at in 0..len {
                sums[0] = product_and_sum::<FUSED>(row_first[at], v_first[at], sums[0]);
                sums[1] = product_and_sum::<FUSED>(row_high[at], v_high[at], sums[1]);
            }
            if let ([x], [v]) = (row_last, v_last) {
                sums[0] = product_and_sum::<FUSED>(*x, *v, sums[0]);
            }
            sums[0] + sums[1]
        }
    }

    let middle = row.len().div_ceil(2);
    let product = vectorised_and_fused(Chains {
        row: row.split_at(middle).into(),
        v: v[..row.len()].split_at(middle).into(),
    });
    product - y
}

/// Chunks of a panel that stay in the nearest cache while every vector is multiplied, 32 kB.
const BLOCK: usize = 512;

/// Vectors that share each load of M, where the registers hold their sums.
pub const SHARED: usize = 4;

/// The rows of a panel: `P` chunks.
type Column<const P: usize> = [[f64; LANES]; P];

/// Σⱼ vⱼ·(column j) of `V` vectors, after what is there already.
#[inline(always)]
fn combinations<S: Machine, const P: usize, const V: usize>(
    simd: S,
    columns: &[Column<P>],
    vectors: &[&[f64]; V],
    before: Option<&[Sums<P>; V]>,
) -> [[Lanes<S>; P]; V] {
    let mut factors: [&[f64]; V] = [&[]; V];
    let mut sums = [[splat(simd, 0.0); P]; V];
    for vector in 0..V {
        // Cut to the same length once, so that the loop has no bounds to check.
        factors[vector] = &vectors[vector][..columns.len()];
        if let Some(before) = before {
            sums[vector] = before[vector].load(simd);
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
    sums
}

/// [`combinations`] for one vector of both halves side by side, `low.len()` ≥ `high.len()`.
#[inline(always)]
fn both_combinations<S: Machine, const P: usize>(
    simd: S,
    [low, high]: [&[Column<P>]; 2],
    v: &[f64],
) -> [[Lanes<S>; P]; 2] {
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
    sums
}

/// The sums of both chains.
#[inline(always)]
fn totals<S: Machine, const P: usize>(
    simd: S,
    low: &[Lanes<S>; P],
    high: &[Lanes<S>; P],
) -> [Lanes<S>; P] {
    let mut totals = *low;
    for at in 0..P {
        totals[at] = total(simd, &low[at], &high[at]);
    }
    totals
}

/// Sums kept in memory, aligned: loads and stores that straddle cache lines would take twice as long.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Sums<const P: usize>(Column<P>);

impl<const P: usize> Sums<P> {
    const ZERO: Self = Self([[0.0; LANES]; P]);

    #[inline(always)]
    fn load<S: Machine>(&self, simd: S) -> [Lanes<S>; P] {
        let mut sums = [splat(simd, 0.0); P];
        for (sum, numbers) in sums.iter_mut().zip(&self.0) {
            *sum = load(simd, numbers);
        }
        sums
    }

    #[inline(always)]
    fn store<S: Machine>(&mut self, sums: &[Lanes<S>; P]) {
        for (sum, numbers) in sums.iter().zip(&mut self.0) {
            store::<S>(sum, numbers);
        }
    }
}

/// A panel of `P` chunks of rows.
#[derive(Clone, Copy)]
struct Panel<'a, const P: usize> {
    /// The columns of either chain.
    halves: [&'a [Column<P>]; 2],
    /// Its first row.
    start: usize,
    y: &'a Column<P>,
}

impl<'a, const P: usize> Panel<'a, P> {
    fn new(columns: &'a PackedColumns, panel: &Range<usize>, y: &'a [f64]) -> Self {
        let columns: &[Column<P>] = columns.panel(panel).as_chunks().0;
        let start = panel.start * LANES;
        Self {
            halves: columns.split_at(columns.len().div_ceil(2)).into(),
            start,
            y: y[start..panel.end * LANES]
                .as_chunks()
                .0
                .try_into()
                .expect("a panel has as many chunks as it is wide"),
        }
    }

    /// Writes the residuals of its rows, and their squares as if there were no others.
    fn write(self, images: &mut [Image<'_>]) {
        if let [image] = images {
            with_lanes(One(self, image));
        } else if let Ok(images) = <&mut [_; 2]>::try_from(&mut *images) {
            with_lanes(Group(self, images));
        } else if let Ok(images) = <&mut [_; SHARED]>::try_from(&mut *images) {
            with_lanes(Group(self, images));
        } else {
            with_lanes(Many(self, images));
        }
    }

    /// r = the sum of both chains − y.
    #[inline(always)]
    fn write_residual<S: Machine>(&self, simd: S, sums: &[Lanes<S>; P], image: &mut Image<'_>) {
        let r = image.r[self.start..].as_chunks_mut::<LANES>().0;
        let r = &mut r[..P];
        let mut squares = splat(simd, 0.0);
        for at in 0..P {
            let now = difference(simd, &sums[at], &load(simd, &self.y[at]));
            store::<S>(&now, &mut r[at]);
            add_product(simd, &mut squares, &now, &now);
        }
        *image.squares = sum(simd, &squares);
    }
}

/// One vector alone.
struct One<'a, 'b, const P: usize>(Panel<'a, P>, &'a mut Image<'b>);

impl<const P: usize> InLanes for One<'_, '_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Machine>(self, simd: S) {
        let Self(panel, image) = self;
        if S::F64_LANES == LANES {
            let [low, high] = both_combinations(simd, panel.halves, image.v);
            panel.write_residual(simd, &totals(simd, &low, &high), image);
        } else {
            write_group(simd, &panel, std::array::from_mut(image));
        }
    }
}

/// No more vectors than fit the registers of AVX-512.
struct Group<'a, 'b, const P: usize, const V: usize>(Panel<'a, P>, &'a mut [Image<'b>; V]);

impl<const P: usize, const V: usize> InLanes for Group<'_, '_, P, V> {
    type Output = ();

    #[inline(always)]
    fn run<S: Machine>(self, simd: S) {
        let Self(panel, images) = self;
        if S::F64_LANES == LANES {
            write_group(simd, &panel, images);
        } else {
            for image in images {
                write_group(simd, &panel, std::array::from_mut(image));
            }
        }
    }
}

#[inline(always)]
fn write_group<S: Machine, const P: usize, const V: usize>(
    simd: S,
    panel: &Panel<'_, P>,
    images: &mut [Image<'_>; V],
) {
    let [low, high] = panel.halves;
    let mut vectors: [[&[f64]; V]; 2] = [[&[]; V]; 2];
    for vector in 0..V {
        let (v_low, v_high) = images[vector].v.split_at(low.len());
        (vectors[0][vector], vectors[1][vector]) = (v_low, v_high);
    }
    // Through memory: a loop that the compiler does not unroll cannot index registers.
    let mut sums = [Sums::ZERO; V];
    let low = combinations(simd, low, &vectors[0], None);
    for vector in 0..V {
        sums[vector].store::<S>(&low[vector]);
    }
    let high = combinations(simd, high, &vectors[1], None);
    for vector in 0..V {
        let low = sums[vector].load(simd);
        sums[vector].store::<S>(&totals(simd, &low, &high[vector]));
    }
    for (image, sums) in images.iter_mut().zip(&sums) {
        panel.write_residual(simd, &sums.load(simd), image);
    }
}

/// Any number of vectors, each block of columns for all of them in turn.
struct Many<'a, 'b, const P: usize>(Panel<'a, P>, &'a mut [Image<'b>]);

impl<const P: usize> InLanes for Many<'_, '_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Machine>(self, simd: S) {
        let Self(panel, images) = self;
        let [low, high] = panel.halves;
        let mut sums = vec![Sums::ZERO; 2 * images.len()];
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
            let sums = totals(simd, &low.load(simd), &high.load(simd));
            panel.write_residual(simd, &sums, image);
        }
    }
}

/// Adds a block of columns to the sums of as many groups of `V` vectors as there are; returns the rest.
#[inline(always)]
fn add_block<'a, S: Machine, const P: usize, const V: usize>(
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
        let after = combinations(simd, block, &vectors, Some(sums));
        for (memory, sums) in sums.iter_mut().zip(&after) {
            memory.store::<S>(sums);
        }
    }
    (rest, rest_sums)
}
