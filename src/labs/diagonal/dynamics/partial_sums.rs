//! Xβ − y and Xᵀr of an X so large that its rows are read in parts, on all cores where there are any to spare.
//!
//! The parts follow from the size of X alone and their sums are added in their order, so that neither the number of
//! threads nor their pace changes a bit. A smaller X is one part: nothing is added that was not before.

use std::mem::take;
use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::model::aligned::{self, Aligned, InterleavedRows};
use crate::model::arithmetic::Arithmetic;
use crate::model::kernels::{self, Part};

/// The sums of the parts, kept from step to step, and the threads that make them.
#[derive(Debug, Default)]
pub(super) struct PartialSums {
    gradients: Vec<Aligned>,
    /// Those of Xᵀc, if ever asked for.
    along: Vec<Aligned>,
    pool: Option<Arc<ThreadPool>>,
}

impl PartialSums {
    /// Lets the parts be read by the threads of a pool.
    pub(super) fn use_threads(&mut self, pool: &Arc<ThreadPool>) {
        self.pool = Some(pool.clone());
    }

    /// What [`kernels::residual_and_products`] writes for `whole`, which has all rows.
    pub(super) fn write(
        &mut self,
        matrix: &InterleavedRows,
        backwards: bool,
        v: &[f64],
        whole: Part<'_>,
    ) {
        let ranges = matrix.parts();
        if ranges.len() < 2 {
            kernels::residual_and_products(matrix, backwards, v, whole);
            return;
        }
        let Part {
            y,
            mut r,
            g,
            along: whole_along,
            ..
        } = whole;
        let (c, mut h) = whole_along.unzip();
        let fit = |sums: &mut Vec<Aligned>, len| {
            sums.resize_with(ranges.len(), || aligned::zeros(len));
        };
        fit(&mut self.gradients, g.len());
        if h.is_some() {
            fit(&mut self.along, g.len());
        }
        let mut along = self.along.iter_mut();
        let parts = ranges.into_iter().zip(&mut self.gradients);
        let mut parts: Vec<Part<'_>> = parts
            .map(|(blocks, gradient)| {
                let rows =
                    blocks.start * InterleavedRows::BLOCK..blocks.end * InterleavedRows::BLOCK;
                let (own, rest) = take(&mut r).split_at_mut(rows.len());
                r = rest;
                let along = c.and_then(|c| Some((&c[rows.clone()], along.next()?.padded_mut())));
                Part {
                    blocks,
                    y: &y[rows],
                    r: own,
                    g: gradient.padded_mut(),
                    along,
                }
            })
            .collect();
        if backwards {
            parts.reverse();
        }
        let arithmetic = Arithmetic::here();
        let read = |part| {
            arithmetic.run(|| kernels::residual_and_products(matrix, backwards, v, part));
        };
        if let Some(pool) = &self.pool {
            pool.install(|| parts.into_par_iter().for_each(read));
        } else {
            parts.into_iter().for_each(read);
        }
        kernels::sum(self.gradients.iter().map(|sum| sum.padded()), g);
        if let Some(h) = &mut h {
            kernels::sum(self.along.iter().map(|sum| sum.padded()), h);
        }
    }
}
