//! The path of the lasso down to the interpolator of least ℓ₁ norm.
//!
//! β(λ) = argmin ½‖Qᵀβ − c‖² + λ Σ weightsⱼ|βⱼ| is piecewise linear in λ (Osborne, Presnell and
//! Turlach 2000; Efron et al. 2004). It begins at 0 for large λ and ends, at λ → 0, in an
//! interpolator of least norm. On a stretch the coefficients of the active columns follow a line
//! until another column reaches its bound, |Qⱼr| = λ·weightⱼ, or an active coefficient reaches 0;
//! the last stretch ends at λ = 0, and r/λ, constant on it, is the dual. A stretch costs one
//! product with Q; there are about as many as coefficients where the solution is sparse, and one to
//! two times the rank where it is dense, where an interior-point method takes fifteen
//! factorisations of rank²·d.
//!
//! Ties, dependent columns and paths without end are not resolved here: there is no answer then.

use super::gram::GramFactor;
use crate::model::kernels;
use crate::model::watch::Watch;

/// Below this, the distance of a column to its bound does not shrink.
const SLOWEST: f64 = 1e-12;

/// Events later than this part of the way to λ = 0 are rounding at its end.
const LAST: f64 = 1.0 - 1e-9;

/// Stretches between two computations of β and the correlations from the data.
const STRETCHES_PER_REFRESH: usize = 24;

/// Most stretches per rank.
const MOST_STRETCHES: usize = 8;

/// Where the path ends.
pub(super) struct End {
    /// The active columns, which are independent; the coefficients of some may end at 0.
    pub(super) active: Vec<usize>,
    /// The signs of their coefficients.
    pub(super) signs: Vec<f64>,
}

/// What ends a stretch.
enum Event {
    Joins { column: usize, sign: f64 },
    Leaves { place: usize },
    Ends,
}

struct Path<'a> {
    /// Qᵀ, rank × d, row-major.
    basis: &'a [f64],
    target: &'a [f64],
    /// 1/weight of every column.
    scales: Vec<f64>,
    lambda: f64,
    /// Qⱼr/weightⱼ for all columns, r = c − Qᵀβ; ±λ on the active ones.
    correlations: Vec<f64>,
    /// How fast these fall per λ.
    rates: Vec<f64>,
    is_active: Vec<bool>,
    active: Vec<usize>,
    signs: Vec<f64>,
    /// weightⱼβⱼ of the active columns.
    beta: Vec<f64>,
    /// How fast these rise per λ.
    direction: Vec<f64>,
    /// Qⱼ/weightⱼ of the active columns, one after the other.
    columns: Vec<f64>,
    /// Their products with c.
    images: Vec<f64>,
    factor: GramFactor,
    /// The column that left last, on its way inwards, with the sign that it had.
    left: Option<(usize, f64)>,
}

/// Follows the path for weights > 0; `None` where it cannot be told which way it goes, or given up.
pub(super) fn follow(basis: &[f64], target: &[f64], weights: &[f64], watch: &Watch) -> Option<End> {
    let mut path = Path::new(basis, target, weights)?;
    for stretch in 1..MOST_STRETCHES * (target.len() + 8) {
        watch.check().ok()?;
        if path.advance()? {
            return Some(End {
                active: path.active,
                signs: path.signs,
            });
        }
        if stretch % STRETCHES_PER_REFRESH == 0 {
            path.refresh();
        }
    }
    None
}

impl<'a> Path<'a> {
    /// At the largest λ, where the first column joins.
    fn new(basis: &'a [f64], target: &'a [f64], weights: &[f64]) -> Option<Self> {
        let d = weights.len();
        let mut path = Self {
            basis,
            target,
            scales: weights.iter().map(|w| w.recip()).collect(),
            lambda: 0.0,
            correlations: vec![0.0; d],
            rates: vec![0.0; d],
            is_active: vec![false; d],
            active: Vec::new(),
            signs: Vec::new(),
            beta: Vec::new(),
            direction: Vec::new(),
            columns: Vec::new(),
            images: Vec::new(),
            factor: GramFactor::default(),
            left: None,
        };
        path.correlate(target);
        path.lambda = kernels::max_abs(&path.correlations);
        let first = |c: &f64| c.abs() >= path.lambda;
        let column = path.correlations.iter().position(first)?;
        let sign = 1.0_f64.copysign(path.correlations[column]);
        path.join(column, sign).then_some(path)
    }

    fn rank(&self) -> usize {
        self.target.len()
    }

    /// The correlations of all columns with `residual`.
    fn correlate(&mut self, residual: &[f64]) {
        kernels::transposed_matrix_vector(self.basis, residual, &mut self.correlations);
        for (correlation, scale) in self.correlations.iter_mut().zip(&self.scales) {
            *correlation *= scale;
        }
    }

    /// Goes to the end of the stretch; whether that is the end of the path. `None` where the next
    /// stretch has no direction.
    fn advance(&mut self) -> Option<bool> {
        self.direction.clone_from(&self.signs);
        self.factor.solve(&mut self.direction);
        let mut fall = vec![0.0; self.rank()];
        kernels::transposed_matrix_vector(&self.columns, &self.direction, &mut fall);
        kernels::transposed_matrix_vector(self.basis, &fall, &mut self.rates);
        for (rate, scale) in self.rates.iter_mut().zip(&self.scales) {
            *rate *= scale;
        }
        let (length, event) = self.next_event();
        if matches!(event, Event::Ends) {
            return Some(true);
        }
        self.lambda -= length;
        for (beta, direction) in self.beta.iter_mut().zip(&self.direction) {
            *beta += length * direction;
        }
        for (correlation, rate) in self.correlations.iter_mut().zip(&self.rates) {
            *correlation -= length * rate;
        }
        self.left = None;
        match event {
            Event::Joins { column, sign } => self.join(column, sign).then_some(false),
            Event::Leaves { place } => {
                self.leave(place);
                (!self.active.is_empty()).then_some(false)
            }
            Event::Ends => Some(true),
        }
    }

    /// The first event along the current direction, and how far λ falls until then.
    fn next_event(&self) -> (f64, Event) {
        let mut first = (LAST * self.lambda, Event::Ends);
        let entries = self.beta.iter().zip(&self.direction).zip(&self.signs);
        for (place, ((beta, direction), sign)) in entries.enumerate() {
            if direction * sign < 0.0 {
                let length = (beta / direction).abs();
                if length < first.0 {
                    first = (length, Event::Leaves { place });
                }
            }
        }
        // As many columns as dimensions: the residual shrinks without turning, and so do all the
        // correlations, in proportion to λ.
        if self.active.len() == self.rank() {
            return first;
        }
        for (column, (correlation, rate)) in self.correlations.iter().zip(&self.rates).enumerate() {
            for sign in [1.0, -1.0] {
                let approach = 1.0 - sign * rate;
                let gap = (self.lambda - sign * correlation).max(0.0);
                // Written as a product, this is false for nearly all columns without a division.
                if gap < first.0 * approach
                    && approach > SLOWEST
                    && !self.is_active[column]
                    && self.left != Some((column, sign))
                {
                    first = (gap / approach, Event::Joins { column, sign });
                }
            }
        }
        first
    }

    /// `false` if the column depends on the active ones.
    fn join(&mut self, column: usize, sign: f64) -> bool {
        let entries = self.basis.iter().skip(column).step_by(self.scales.len());
        let entries: Vec<f64> = entries.map(|q| q * self.scales[column]).collect();
        let mut products = vec![0.0; self.active.len()];
        kernels::matrix_vector(&self.columns, &entries, &mut products);
        if !self.factor.push(products, kernels::dot(&entries, &entries)) {
            return false;
        }
        self.images.push(kernels::dot(&entries, self.target));
        self.columns.extend(entries);
        self.is_active[column] = true;
        self.active.push(column);
        self.signs.push(sign);
        self.beta.push(0.0);
        true
    }

    fn leave(&mut self, place: usize) {
        let rank = self.rank();
        self.factor.remove(place);
        self.columns.drain(place * rank..(place + 1) * rank);
        self.images.remove(place);
        self.beta.remove(place);
        let column = self.active.remove(place);
        self.is_active[column] = false;
        self.left = Some((column, self.signs.remove(place)));
    }

    /// β and the correlations at the current λ from the data: G β = Qᵀc − λ·signs on the active
    /// columns.
    fn refresh(&mut self) {
        let images = self.images.iter().zip(&self.signs);
        self.beta = images
            .map(|(image, sign)| image - self.lambda * sign)
            .collect();
        self.factor.solve(&mut self.beta);
        let mut residual = vec![0.0; self.rank()];
        kernels::transposed_matrix_vector(&self.columns, &self.beta, &mut residual);
        for (residual, target) in residual.iter_mut().zip(self.target) {
            *residual = target - *residual;
        }
        self.correlate(&residual);
    }
}
