//! Products with an X that does not fit the nearest cache, in one reading of it: a block of rows comes from
//! memory for X β and is still near when its residual goes back through it.

use std::ops::Range;

use super::lanes::{
    InLanes, LANES, Lanes, Machine, add_product, load, splat, store, sum, with_lanes,
};
use crate::model::aligned::InterleavedRows;

const ROWS: usize = InterleavedRows::BLOCK;

/// A chunk of columns of the rows of a block.
type Chunk = [[f64; LANES]; ROWS];

/// Some of the rows of a matrix, with what is made of them.
#[derive(Debug)]
pub struct Part<'a> {
    /// Their blocks.
    pub blocks: Range<usize>,
    /// The labels of these rows, zeros where a block has none.
    pub y: &'a [f64],
    /// Where M v − y of these rows goes, as long as y.
    pub r: &'a mut [f64],
    /// Where Mᵀ r over these rows goes, as long as a padded row.
    pub g: &'a mut [f64],
    /// A factor for each of these rows, and where Mᵀ c over them goes.
    pub along: Option<(&'a [f64], &'a mut [f64])>,
}

/// r = M v − y and g = Mᵀ r in one reading of the rows of a part. With `along`, also h = Mᵀ c.
///
/// v is as long as a padded row. A caller that repeats the product alternates the direction, so that what a cache
/// still holds of M is read first.
pub fn residual_and_products(matrix: &InterleavedRows, backwards: bool, v: &[f64], part: Part<'_>) {
    with_lanes(Products {
        matrix,
        backwards,
        v,
        part,
    });
}

struct Products<'a> {
    matrix: &'a InterleavedRows,
    backwards: bool,
    v: &'a [f64],
    part: Part<'a>,
}

impl InLanes for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Machine>(self, simd: S) {
        let Part {
            blocks,
            y,
            r,
            g,
            along,
        } = self.part;
        let v = self.v.as_chunks().0;
        let y = y.as_chunks::<ROWS>().0;
        let r = r.as_chunks_mut::<ROWS>().0;
        let g = g.as_chunks_mut().0;
        g.fill([0.0; LANES]);
        let mut along = along.map(|(c, h)| {
            let h = h.as_chunks_mut().0;
            h.fill([0.0; LANES]);
            (c.as_chunks::<ROWS>().0, h)
        });
        for at in 0..blocks.len() {
            let at = if self.backwards {
                blocks.len() - 1 - at
            } else {
                at
            };
            let block = self.matrix.block(blocks.start + at);
            let images = if let Some((c, h)) = &mut along {
                dots_and_sums(simd, block, v, &c[at], h)
            } else {
                dots(simd, block, v)
            };
            for row in 0..ROWS {
                r[at][row] = images[row] - y[at][row];
            }
            add_rows(simd, block, &r[at], g);
        }
    }
}

/// ⟨row, v⟩ of each row.
#[inline(always)]
fn dots<S: Machine>(simd: S, block: &[Chunk], v: &[[f64; LANES]]) -> [f64; ROWS] {
    let mut totals = [splat(simd, 0.0); ROWS];
    for (chunk, v) in block.iter().zip(v) {
        let v = load(simd, v);
        for row in 0..ROWS {
            add_product(simd, &mut totals[row], &load(simd, &chunk[row]), &v);
        }
    }
    folded(simd, &totals)
}

/// sum ← sum + Σᵢ cᵢ · row i.
#[inline(always)]
fn add_rows<S: Machine>(simd: S, block: &[Chunk], c: &[f64; ROWS], sums: &mut [[f64; LANES]]) {
    let factors = splats(simd, c);
    for (chunk, sum) in block.iter().zip(sums) {
        let mut total = load(simd, sum);
        for row in 0..ROWS {
            add_product(simd, &mut total, &load(simd, &chunk[row]), &factors[row]);
        }
        store::<S>(&total, sum);
    }
}

/// [`dots`] with v and [`add_rows`] at once: the second costs little beside waiting for the memory.
#[inline(always)]
fn dots_and_sums<S: Machine>(
    simd: S,
    block: &[Chunk],
    v: &[[f64; LANES]],
    c: &[f64; ROWS],
    sums: &mut [[f64; LANES]],
) -> [f64; ROWS] {
    let factors = splats(simd, c);
    let mut totals = [splat(simd, 0.0); ROWS];
    for ((chunk, v), sum) in block.iter().zip(v).zip(sums) {
        let v = load(simd, v);
        let mut total = load(simd, sum);
        for row in 0..ROWS {
            let numbers = load(simd, &chunk[row]);
            add_product(simd, &mut totals[row], &numbers, &v);
            add_product(simd, &mut total, &numbers, &factors[row]);
        }
        store::<S>(&total, sum);
    }
    folded(simd, &totals)
}

#[inline(always)]
fn splats<S: Machine>(simd: S, c: &[f64; ROWS]) -> [Lanes<S>; ROWS] {
    let mut factors = [splat(simd, 0.0); ROWS];
    for row in 0..ROWS {
        factors[row] = splat(simd, c[row]);
    }
    factors
}

#[inline(always)]
fn folded<S: Machine>(simd: S, totals: &[Lanes<S>; ROWS]) -> [f64; ROWS] {
    let mut sums = [0.0; ROWS];
    for row in 0..ROWS {
        sums[row] = sum(simd, &totals[row]);
    }
    sums
}
