//! Batches of rows, drawn uniformly with replacement.

use rand::RngExt as _;

use crate::model::random::{Generator, Stream, generator};
use crate::sim::tape::{Tape, TapeData};

/// Draws batches, and noise for the labels of its rows.
#[derive(Debug)]
pub(super) struct Sampler {
    samples: Generator,
    signs: Generator,
    batch: Vec<usize>,
    /// The drawn rows, if they are recorded.
    pub(super) tapes: Vec<Tape>,
}

impl Sampler {
    /// Run number `index` of every algorithm sees the same rows.
    pub(super) fn new(seed: u64, index: usize, batch: usize, record: bool) -> Self {
        let tape = || Tape {
            name: "samples",
            width: batch,
            flat: true,
            data: TapeData::Integers(Vec::new()),
        };
        Self {
            samples: generator(seed, Stream::Samples, index),
            signs: generator(seed, Stream::LabelSigns, index),
            batch: vec![0; batch],
            tapes: record.then(tape).into_iter().collect(),
        }
    }

    /// The next batch of n rows.
    pub(super) fn draw(&mut self, n: usize) -> &[usize] {
        for row in &mut self.batch {
            *row = self.samples.random_range(0..n);
        }
        for tape in &mut self.tapes {
            if let TapeData::Integers(rows) = &mut tape.data {
                rows.extend(self.batch.iter().map(|row| *row as i64));
            }
        }
        &self.batch
    }

    /// ±1, for the label of a drawn row.
    pub(super) fn sign(&mut self) -> f64 {
        if self.signs.random() { 1.0 } else { -1.0 }
    }

    /// How many rows a batch has.
    pub(super) fn size(&self) -> usize {
        self.batch.len()
    }

    /// Row number `at` of the last batch.
    pub(super) fn row(&self, at: usize) -> usize {
        self.batch[at]
    }
}
