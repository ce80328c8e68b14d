//! Products with an X that does not fit the nearest cache, in one reading of it: a block of rows comes from
//! memory for X β and is still near when its residual goes back through it.

use pulp::{Simd, WithSimd};

use super::lanes::{LANES, Lanes, add_product, load, splat, store, sum, with_lanes};
use crate::model::aligned::InterleavedRows;

const ROWS: usize = InterleavedRows::BLOCK;

/// A chunk of columns of the rows of a block.
type Chunk = [[f64; LANES]; ROWS];

/// r = M v − y and g = Mᵀ r in one reading of M. With `c`, also h = Mᵀ c.
///
/// v, g and h are as long as a padded row; y, r and c as many as there are padded rows, with zeros where
/// there are none. A caller that repeats the product alternates the direction, so that what a cache still holds
/// of M is read first.
pub fn residual_and_products(
    matrix: &InterleavedRows,
    backwards: bool,
    v: &[f64],
    y: &[f64],
    r: &mut [f64],
    g: &mut [f64],
    along: Option<(&[f64], &mut [f64])>,
) {
    with_lanes(Products {
        matrix,
        backwards,
        v,
        y,
        r,
        g,
        along,
    });
}

struct Products<'a> {
    matrix: &'a InterleavedRows,
    backwards: bool,
    v: &'a [f64],
    y: &'a [f64],
    r: &'a mut [f64],
    g: &'a mut [f64],
    along: Option<(&'a [f64], &'a mut [f64])>,
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let v = self.v.as_chunks().0;
        let y = self.y.as_chunks::<ROWS>().0;
        let r = self.r.as_chunks_mut::<ROWS>().0;
        let g = self.g.as_chunks_mut().0;
        g.fill([0.0; LANES]);
        let mut along = self.along.map(|(c, h)| {
            let h = h.as_chunks_mut().0;
            h.fill([0.0; LANES]);
            (c.as_chunks::<ROWS>().0, h)
        });
        let blocks = self.matrix.blocks();
        for at in 0..blocks {
            let at = if self.backwards { blocks - 1 - at } else { at };
            let block = self.matrix.block(at);
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
fn dots<S: Simd>(simd: S, block: &[Chunk], v: &[[f64; LANES]]) -> [f64; ROWS] {
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
fn add_rows<S: Simd>(simd: S, block: &[Chunk], c: &[f64; ROWS], sums: &mut [[f64; LANES]]) {
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
fn dots_and_sums<S: Simd>(
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
fn splats<S: Simd>(simd: S, c: &[f64; ROWS]) -> [Lanes<S>; ROWS] {
    let mut factors = [splat(simd, 0.0); ROWS];
    for row in 0..ROWS {
        factors[row] = splat(simd, c[row]);
    }
    factors
}

#[inline(always)]
fn folded<S: Simd>(simd: S, totals: &[Lanes<S>; ROWS]) -> [f64; ROWS] {
    let mut sums = [0.0; ROWS];
    for row in 0..ROWS {
        sums[row] = sum(simd, &totals[row]);
    }
    sums
}
