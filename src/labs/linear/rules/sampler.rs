//! Batches of rows, drawn uniformly with replacement.

use rand::RngExt as _;

use crate::model::random::{Generator, Stream, generator};
use crate::sim::tape::Tape;

/// Draws batches, and noise for the labels of its rows.
#[derive(Debug)]
pub(super) struct Sampler {
    samples: Generator,
    signs: Generator,
    batch: Vec<usize>,
    /// The drawn rows and what was added to their labels, if that is recorded.
    pub(super) tapes: Vec<Tape>,
}

impl Sampler {
    /// Run number `index` of every algorithm sees the same rows.
    pub(super) fn new(seed: u64, index: usize, batch: usize, record: bool) -> Self {
        let tapes = || {
            vec![
                Tape::integers("samples", batch).flat(),
                Tape::reals("label_noise", batch).flat(),
            ]
        };
        Self {
            samples: generator(seed, Stream::Samples, index),
            signs: generator(seed, Stream::LabelSigns, index),
            batch: vec![0; batch],
            tapes: if record { tapes() } else { Vec::new() },
        }
    }

    /// The next batch of n rows.
    pub(super) fn draw(&mut self, n: usize) -> &[usize] {
        for row in &mut self.batch {
            *row = self.samples.random_range(0..n);
        }
        for tape in &mut self.tapes {
            tape.push_indices(&self.batch);
        }
        &self.batch
    }

    /// ±δ, for the label of a drawn row; 0 without drawing where δ is 0.
    pub(super) fn label_noise(&mut self, delta: f64) -> f64 {
        let noise = match delta > 0.0 {
            true if self.signs.random() => delta,
            true => -delta,
            false => return 0.0,
        };
        for tape in &mut self.tapes {
            tape.push_reals(&[noise]);
        }
        noise
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
