//! The forward pass that every rule starts with: β, the residual r = Xβ − y, and the losses.
//!
//! Parts of it may be computed before the step that needs them: β at the end of the step before, or all of it
//! for many runs at once. A rule that needs the residuals of a few samples alone may leave out the others, and
//! with them the loss.

use std::sync::Arc;

use rayon::ThreadPool;

use super::ledger::{DrawnLosses, Losses};
use super::partial_sums::PartialSums;
use crate::labs::diagonal::network::Weights;
use crate::model::aligned::{self, Aligned};
use crate::model::kernels::{self, Image, Part};
use crate::model::regression::Regression;

/// The forward pass of one run.
#[derive(Debug)]
pub struct Forward {
    /// β, then zeros up to the stride of the design.
    padded_beta: Aligned,
    pub(super) residual: Aligned,
    /// ‖r‖₂².
    squares: f64,
    /// ‖β − β*‖², where β* is known.
    validation: Option<f64>,
    d: usize,
    precomputed: Precomputed,
    /// Whether the next pass reads X backwards, as every other one does.
    backwards: bool,
    sums: PartialSums,
}

/// Which parts of the next forward pass have been computed already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Precomputed {
    #[default]
    Nothing,
    /// β, from [`Forward::descend`].
    Beta,
    /// All of it, from [`forward_all`].
    Everything,
}

impl Forward {
    /// For a problem of this size.
    pub fn new(problem: &Regression) -> Self {
        Self {
            padded_beta: aligned::zeros(problem.design.stride()),
            residual: aligned::zeros(problem.n()),
            squares: 0.0,
            validation: None,
            d: problem.d(),
            precomputed: Precomputed::Nothing,
            backwards: false,
            sums: PartialSums::default(),
        }
    }

    /// Lets a single pass use several threads, where X is large enough.
    pub(super) fn use_threads(&mut self, pool: &Arc<ThreadPool>) {
        self.sums.use_threads(pool);
    }

    /// Computes β and r = Xβ − y.
    pub(super) fn compute(&mut self, problem: &Regression, weights: &Weights) -> Losses {
        self.write_beta(problem, weights);
        let design = problem.design.numbers();
        let y = &problem.train.y;
        self.squares = kernels::residual(design, &self.padded_beta, y, &mut self.residual);
        self.losses(problem)
    }

    /// The same with X by columns, unless [`forward_all`] has done it.
    pub(super) fn compute_by_columns(&mut self, problem: &Regression, weights: &Weights) -> Losses {
        if self.precomputed != Precomputed::Everything {
            let backwards = self.next_direction();
            let image = self.prepare(problem, weights);
            let labels = problem.labels.padded();
            kernels::residuals(problem.columns(), backwards, labels, &mut [image]);
        }
        self.precomputed = Precomputed::Nothing;
        self.losses(problem)
    }

    /// Computes β and the residuals of a few samples alone, whose bits are those of a whole pass.
    pub(super) fn compute_drawn(
        &mut self,
        problem: &Regression,
        weights: &Weights,
        drawn: &[usize],
    ) -> DrawnLosses {
        self.write_beta(problem, weights);
        let mut largest = 0.0_f64;
        for &i in drawn {
            let row = &problem.design.row(i)[..self.d];
            let r = kernels::residual_of_row(row, &self.padded_beta, problem.train.y[i]);
            self.residual[i] = r;
            largest = largest.max(r * r);
        }
        DrawnLosses {
            training: self.mean_over(drawn),
            least: largest / (4.0 * problem.n() as f64),
            validation: self.validation,
        }
    }

    /// The mean of rᵢ²/4 over a few samples whose residuals have been computed.
    pub(super) fn mean_over(&self, drawn: &[usize]) -> f64 {
        let squares = drawn.iter().map(|&i| self.residual[i] * self.residual[i]);
        squares.sum::<f64>() / (4.0 * drawn.len() as f64)
    }

    /// Whether this pass reads X backwards; the next one goes the other way.
    fn next_direction(&mut self) -> bool {
        self.backwards = !self.backwards;
        !self.backwards
    }

    /// Computes β and returns where Xβ − y is to be written. Inlined, because the processor has to wait when
    /// parts that were written one by one are soon read together.
    #[inline(always)]
    fn prepare(&mut self, problem: &Regression, weights: &Weights) -> Image<'_> {
        self.write_beta(problem, weights);
        self.precomputed = Precomputed::Everything;
        Image {
            v: &self.padded_beta,
            r: self.residual.padded_mut(),
            squares: &mut self.squares,
        }
    }

    /// Computes β, r = Xβ − y and Xᵀr, the last written to `gradient`: as long as a padded row of
    /// [`Regression::design`], with zeros behind its d numbers.
    pub fn compute_with_gradient(
        &mut self,
        problem: &Regression,
        weights: &Weights,
        gradient: &mut [f64],
    ) -> Losses {
        let design = &problem.design;
        if design.is_large() {
            return self.compute_in_one_reading(problem, weights, gradient, None);
        }
        let losses = self.compute(problem, weights);
        kernels::transposed_matrix_vector(design.numbers(), &self.residual, gradient);
        losses
    }

    /// The same in one reading of X, for a large X; on request with Xᵀc for a further vector c.
    pub(super) fn compute_in_one_reading(
        &mut self,
        problem: &Regression,
        weights: &Weights,
        gradient: &mut [f64],
        along: Option<(&[f64], &mut [f64])>,
    ) -> Losses {
        self.write_beta(problem, weights);
        let backwards = self.next_direction();
        let matrix = problem.interleaved_rows();
        let whole = Part {
            blocks: 0..matrix.blocks(),
            y: problem.labels.padded(),
            r: self.residual.padded_mut(),
            g: gradient,
            along,
        };
        self.sums.write(matrix, backwards, &self.padded_beta, whole);
        self.squares = kernels::dot(&self.residual, &self.residual);
        self.losses(problem)
    }

    /// Forgets what has been computed of the next pass.
    pub fn restart(&mut self) {
        self.precomputed = Precomputed::Nothing;
    }

    /// Moves the weights as [`Weights::descend`] does. Nothing else may move them before the next pass, whose
    /// β is computed here.
    #[inline(always)]
    pub(super) fn descend(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        c: f64,
        g: &[f64],
    ) {
        if weights.depth == 2 {
            let (target, beta) = (problem.beta_star(), &mut self.padded_beta);
            self.validation = weights.descend_and_write_beta(c, g, target, beta);
            self.precomputed = Precomputed::Beta;
        } else {
            weights.descend(c, g);
        }
    }

    /// Computes β, and ‖β − β*‖² on the way where β* is known, unless [`Self::descend`] has done it.
    #[inline(always)]
    fn write_beta(&mut self, problem: &Regression, weights: &Weights) {
        if std::mem::take(&mut self.precomputed) == Precomputed::Beta {
            debug_assert!(
                self.holds_beta_of(weights),
                "the weights were moved between descend and the next pass"
            );
            return;
        }
        let beta = &mut self.padded_beta[..self.d];
        self.validation = if let Some(beta_star) = problem.beta_star() {
            Some(weights.write_beta_and_distance(beta_star, beta))
        } else {
            weights.write_beta(beta);
            None
        };
    }

    fn holds_beta_of(&self, weights: &Weights) -> bool {
        let mut entries = self.padded_beta.iter().zip(weights.beta());
        entries.all(|(held, beta)| *held == beta || beta.is_nan())
    }

    /// The losses at β.
    fn losses(&self, problem: &Regression) -> Losses {
        Losses {
            training: self.squares / (4.0 * problem.n() as f64),
            validation: self.validation,
        }
    }
}

/// Does the next forward pass of many runs in one reading of X. The results are those of one pass per run,
/// bit for bit.
pub fn forward_all<'a>(
    problem: &Regression,
    runs: impl Iterator<Item = (&'a mut Forward, &'a Weights)>,
) {
    let mut backwards = false;
    let images = runs.map(|(forward, weights)| {
        backwards = forward.next_direction();
        forward.prepare(problem, weights)
    });
    let mut images: Vec<Image<'_>> = images.collect();
    let labels = problem.labels.padded();
    kernels::residuals(problem.columns(), backwards, labels, &mut images);
}

/// How many runs to step together, with [`forward_all`] doing their forward passes.
///
/// While X fits the nearest cache: as many as share each load of it, so that their weights fit the cache, too.
/// For a large X: all of them.
pub fn group_size(problem: &Regression) -> usize {
    if problem.design.is_large() {
        usize::MAX
    } else {
        kernels::SHARED
    }
}
