//! Numbers that start on a cache line, which doubles the speed at which AVX-512 reads them.

use std::ops::{Deref, DerefMut, Range};
use std::slice;

use aligned_vec::{AVec, ConstAlign, avec};

use super::kernels::LANES;

/// A vector of fixed length that starts on a cache line, with zeros behind it up to whole lanes.
#[derive(Clone, Debug)]
pub struct Aligned {
    numbers: AVec<f64, ConstAlign<64>>,
    len: usize,
}

/// That many zeros.
pub fn zeros(len: usize) -> Aligned {
    Aligned {
        numbers: avec![[64]| 0.0; len.next_multiple_of(LANES)],
        len,
    }
}

impl Aligned {
    /// The numbers and the zeros behind them, for loops without a remainder.
    #[inline]
    pub fn padded(&self) -> &[f64] {
        &self.numbers
    }

    /// The same, for loops that keep the zeros zero.
    #[inline]
    pub fn padded_mut(&mut self) -> &mut [f64] {
        &mut self.numbers
    }
}

impl PartialEq for Aligned {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Deref for Aligned {
    type Target = [f64];

    #[inline]
    fn deref(&self) -> &[f64] {
        &self.numbers[..self.len]
    }
}

impl DerefMut for Aligned {
    #[inline]
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.numbers[..self.len]
    }
}

impl From<&[f64]> for Aligned {
    fn from(numbers: &[f64]) -> Self {
        let mut aligned = zeros(numbers.len());
        aligned.copy_from_slice(numbers);
        aligned
    }
}

impl From<Vec<f64>> for Aligned {
    fn from(numbers: Vec<f64>) -> Self {
        Self::from(&numbers[..])
    }
}

impl FromIterator<f64> for Aligned {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        Self::from(numbers.into_iter().collect::<Vec<f64>>())
    }
}

impl<'a> IntoIterator for &'a Aligned {
    type Item = &'a f64;
    type IntoIter = slice::Iter<'a, f64>;

    fn into_iter(self) -> slice::Iter<'a, f64> {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Aligned {
    type Item = &'a mut f64;
    type IntoIter = slice::IterMut<'a, f64>;

    fn into_iter(self) -> slice::IterMut<'a, f64> {
        self.iter_mut()
    }
}

/// A size in bytes that fits the nearest cache of every machine of interest.
const CACHE: usize = 48 << 10;

/// A row-major matrix, each of whose rows starts on a cache line and is padded with zeros.
#[derive(Clone, Debug)]
pub struct PaddedRows {
    numbers: Aligned,
    stride: usize,
}

impl PaddedRows {
    /// Copies a row-major matrix of at least one column.
    pub fn new(numbers: &[f64], columns: usize) -> Self {
        let stride = columns.next_multiple_of(LANES);
        let mut padded = zeros(numbers.len() / columns * stride);
        for (padded, row) in padded
            .chunks_exact_mut(stride)
            .zip(numbers.chunks_exact(columns))
        {
            padded[..columns].copy_from_slice(row);
        }
        Self {
            numbers: padded,
            stride,
        }
    }

    /// The rows one after the other, padding included.
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// Row i, padding included.
    #[inline]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.numbers[i * self.stride..(i + 1) * self.stride]
    }

    /// Whether two readings cost more than one: the matrix does not fit the nearest cache.
    pub fn is_large(&self) -> bool {
        size_of_val(&self.numbers[..]) > CACHE
    }

    /// Length of a row, padding included.
    pub fn stride(&self) -> usize {
        self.stride
    }
}

/// A matrix in the order of loops that read it once and need several rows at a time.
///
/// Block after block of rows, and within each chunk after chunk of its columns, so that it arrives from memory
/// in one stream. Zeros pad the columns to whole chunks and the rows to whole blocks.
#[derive(Clone, Debug)]
pub struct InterleavedRows {
    numbers: Aligned,
    /// Chunks of a row.
    chunks: usize,
}

impl InterleavedRows {
    /// Rows of a block: read from memory once, and then a second time from the nearest cache.
    pub const BLOCK: usize = 4;

    /// Copies a row-major matrix of at least one column.
    pub fn new(numbers: &[f64], columns: usize) -> Self {
        let chunks = columns.div_ceil(LANES);
        let rows = (numbers.len() / columns).next_multiple_of(Self::BLOCK);
        let mut interleaved = zeros(rows * chunks * LANES);
        let blocks = interleaved.as_chunks_mut().0.as_chunks_mut().0;
        for (at, row) in numbers.chunks_exact(columns).enumerate() {
            let block: &mut [[[f64; LANES]; Self::BLOCK]] =
                &mut blocks[at / Self::BLOCK * chunks..][..chunks];
            for (chunk, part) in block.iter_mut().zip(row.chunks(LANES)) {
                chunk[at % Self::BLOCK][..part.len()].copy_from_slice(part);
            }
        }
        Self {
            numbers: interleaved,
            chunks,
        }
    }

    /// The blocks in parts whose sums over rows are made apart, by whichever thread, and added in this order. They
    /// follow from the size of the matrix alone, and a matrix of less than 8 MB is one part.
    pub fn parts(&self) -> Vec<Range<usize>> {
        /// What is worth a thread's while.
        const LEAST_BYTES: usize = 4 << 20;
        /// Blocks beside whose reading the addition of another sum costs little.
        const LEAST_BLOCKS: usize = 16;
        const MOST: usize = 32;
        let (blocks, bytes) = (self.blocks(), size_of_val(&self.numbers[..]));
        let most = (blocks / LEAST_BLOCKS).min(MOST);
        let parts = (bytes / LEAST_BYTES).min(most).max(1);
        let ends = (0..parts).map(|at| blocks * at / parts..blocks * (at + 1) / parts);
        ends.collect()
    }

    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.numbers.len() / (self.chunks * LANES * Self::BLOCK)
    }

    /// The chunks of columns of a block, a part of each of its rows in every one.
    #[inline]
    pub fn block(&self, at: usize) -> &[[[f64; LANES]; Self::BLOCK]] {
        let (blocks, _) = self.numbers.as_chunks().0.as_chunks();
        &blocks[at * self.chunks..(at + 1) * self.chunks]
    }
}

/// A matrix in the order of loops that read it column by column.
///
/// Panels of a few chunks of rows follow one another, each with its part of every column in turn. Zeros pad
/// the rows to a whole chunk.
#[derive(Clone, Debug)]
pub struct PackedColumns {
    numbers: Aligned,
    panels: Vec<Range<usize>>,
    columns: usize,
}

impl PackedColumns {
    /// Chunks of rows in a panel, at the most: their sums for four vectors fill the registers of AVX-512.
    pub const WIDEST_PANEL: usize = 5;

    /// Copies a row-major matrix of at least one column.
    pub fn new(numbers: &[f64], columns: usize) -> Self {
        let chunks = (numbers.len() / columns).div_ceil(LANES);
        let panels = chunks.div_ceil(Self::WIDEST_PANEL);
        let starts = (0..panels).map(|panel| chunks * panel / panels);
        let ends = (1..=panels).map(|panel| chunks * panel / panels);
        let panels: Vec<Range<usize>> = starts.zip(ends).map(|(start, end)| start..end).collect();
        let mut packed = zeros(chunks * LANES * columns);
        for panel in &panels {
            let width = panel.len() * LANES;
            let rows = numbers
                .chunks_exact(columns)
                .skip(panel.start * LANES)
                .take(width);
            for (at, row) in rows.enumerate() {
                for (column, x) in row.iter().enumerate() {
                    packed[panel.start * LANES * columns + column * width + at] = *x;
                }
            }
        }
        Self {
            numbers: packed,
            panels,
            columns,
        }
    }

    /// The chunks of rows that every panel holds; their numbers differ by one at the most.
    pub fn panels(&self) -> &[Range<usize>] {
        &self.panels
    }

    /// The chunks of a panel, column after column.
    pub fn panel(&self, panel: &Range<usize>) -> &[[f64; LANES]] {
        let (chunks, _) = self.numbers.as_chunks();
        &chunks[panel.start * self.columns..panel.end * self.columns]
    }
}
