//! argmin φ_α as a function of α: the curve from the ℓ₁- to the ℓ₂-smallest interpolator.

use super::tracking::Tracker;
use super::{Interpolation, InterpolationError};
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;

/// Grid points per decade of α in [`AlphaPath::new`].
const PER_DECADE: i32 = 16;

/// The decades of α that [`AlphaPath::new`] covers.
const DECADES: std::ops::RangeInclusive<i32> = -6..=2;

impl Interpolation {
    /// argmin φ_α for one α for all coordinates, at every ln α of a grid, in the order given.
    ///
    /// Each solution starts from its neighbour's, so that a sorted grid is fastest; from large α to
    /// small, better still. Whoever watches is told how many are done.
    ///
    /// # Errors
    /// As [`least_entropy`](Self::least_entropy).
    pub fn entropy_path(&self, log_alphas: &[f64]) -> Result<Vec<Vec<f64>>, InterpolationError> {
        let mut tracker = Tracker::new(self);
        self.watch.begin("α-path, point", log_alphas.len() as u64);
        let solve = |(done, &log_alpha): (usize, &f64)| {
            let solution = tracker.solve(log_alpha);
            self.watch.note_done(done as u64 + 1);
            solution
        };
        log_alphas.iter().enumerate().map(solve).collect()
    }
}

/// argmin φ_α on a grid of α.
#[derive(Clone, Debug)]
pub struct AlphaPath {
    /// ln α, strictly increasing.
    log_alphas: Vec<f64>,
    /// argmin φ_α at each, length d.
    betas: Vec<Vec<f64>>,
}

impl AlphaPath {
    /// The path over α = 10⁻⁶…10², sixteen points per decade.
    ///
    /// # Errors
    /// As [`Interpolation::least_entropy`].
    pub fn new(interpolation: &Interpolation) -> Result<Self, InterpolationError> {
        let grid: Vec<f64> = (DECADES.start() * PER_DECADE..=DECADES.end() * PER_DECADE)
            .map(|step| f64::from(step) / f64::from(PER_DECADE) * std::f64::consts::LN_10)
            .collect();
        Self::on_grid(interpolation, &grid)
    }

    /// The path over a strictly increasing grid of ln α with at least one point.
    ///
    /// # Errors
    /// As [`Interpolation::least_entropy`], and for a grid that is empty or not increasing.
    pub fn on_grid(
        interpolation: &Interpolation,
        log_alphas: &[f64],
    ) -> Result<Self, InterpolationError> {
        if log_alphas.is_empty() || !log_alphas.is_sorted_by(|a, b| a < b) {
            return Err(InterpolationError::BadValue {
                what: "the grid of ln α must be increasing and not empty",
            });
        }
        let descending: Vec<f64> = log_alphas.iter().rev().copied().collect();
        let mut betas = interpolation.entropy_path(&descending)?;
        betas.reverse();
        Ok(Self {
            log_alphas: log_alphas.to_vec(),
            betas,
        })
    }

    /// ln α of the grid, increasing.
    pub fn log_alphas(&self) -> &[f64] {
        &self.log_alphas
    }

    /// argmin φ_α at each grid point, length d each.
    pub fn betas(&self) -> &[Vec<f64>] {
        &self.betas
    }

    /// The α whose argmin φ_α is nearest to `beta` in ℓ₂, and the distance to it divided by its
    /// norm (by nothing where that is 0).
    ///
    /// Between grid points the path is the cubic through four of them, within about 3e-5 of the truth in [`AlphaPath::new`].
    /// α beyond the grid's ends is not searched.
    ///
    /// # Panics
    /// If `beta` is shorter than the path's d.
    pub fn equivalent_alpha(&self, beta: &[f64]) -> (f64, f64) {
        let distance = |at: usize| kernels::distance_squared(&self.betas[at], beta);
        let nearest = (0..self.betas.len())
            .map(|at| (at, distance(at)))
            .fold((0, f64::INFINITY), |best, next| {
                if next.1 < best.1 { next } else { best }
            })
            .0;
        let last = self.betas.len() - 1;
        let on_grid = (self.log_alphas[nearest], distance(nearest));
        let (log_alpha, squared) = [nearest.saturating_sub(1), nearest]
            .into_iter()
            .filter(|&left| left < last)
            .map(|left| self.nearest_between(left, beta))
            .fold(
                on_grid,
                |best, next| if next.1 < best.1 { next } else { best },
            );
        let size = super::norm(&self.betas[nearest]);
        let distance = squared.max(0.0).sqrt();
        let relative = if size == 0.0 {
            distance
        } else {
            distance / size
        };
        (log_alpha.exponential(), relative)
    }

    /// The nearest point of the path between the grid points `left` and `left + 1`: its ln α and
    /// squared distance.
    fn nearest_between(&self, left: usize, beta: &[f64]) -> (f64, f64) {
        let first = left
            .saturating_sub(1)
            .min(self.betas.len().saturating_sub(4));
        let nodes = first..(first + 4).min(self.betas.len());
        // On the cubic, β(t) − beta = Σ cᵢ(t)(βᵢ − beta) since the weights cᵢ add up to 1; its
        // square only needs the products of the differences.
        let gaps: Vec<Vec<f64>> = self.betas[nodes.clone()]
            .iter()
            .map(|node| node.iter().zip(beta).map(|(a, b)| a - b).collect())
            .collect();
        let products: Vec<Vec<f64>> = gaps
            .iter()
            .map(|a| gaps.iter().map(|b| kernels::dot(a, b)).collect())
            .collect();
        let squared = |log_alpha: f64| {
            let weights = lagrange(&self.log_alphas[nodes.clone()], log_alpha);
            weights
                .iter()
                .zip(&products)
                .map(|(weight, row)| weight * kernels::dot(&weights, row))
                .sum::<f64>()
        };
        golden_section(self.log_alphas[left], self.log_alphas[left + 1], squared)
    }
}

/// The weights with which values at `nodes` enter their interpolating polynomial at `x`.
pub(super) fn lagrange(nodes: &[f64], x: f64) -> Vec<f64> {
    let weight = |i: usize| {
        (0..nodes.len())
            .filter(|&k| k != i)
            .map(|k| (x - nodes[k]) / (nodes[i] - nodes[k]))
            .product()
    };
    (0..nodes.len()).map(weight).collect()
}

/// The minimum of a unimodal function between `low` and `high` and its value, to 1e-7 of their
/// distance.
fn golden_section(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let mut inner = [high - RATIO * (high - low), low + RATIO * (high - low)];
    let mut values = inner.map(&f);
    for _ in 0..34 {
        if values[0] <= values[1] {
            high = inner[1];
            inner = [high - RATIO * (high - low), inner[0]];
            values = [f(inner[0]), values[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + RATIO * (high - low)];
            values = [values[1], f(inner[1])];
        }
    }
    if values[0] <= values[1] {
        (inner[0], values[0])
    } else {
        (inner[1], values[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lagrange_weights_reproduce_cubics() {
        let nodes = [-1.0, 0.5, 1.0, 3.0];
        let cubic = |x: f64| 2.0 - x + 0.5 * x * x * x;
        for x in [-0.3, 0.5, 2.0] {
            let value: f64 = lagrange(&nodes, x)
                .iter()
                .zip(nodes)
                .map(|(weight, node)| weight * cubic(node))
                .sum();
            assert!((value - cubic(x)).abs() <= 1e-14, "{x}");
        }
        assert_eq!(lagrange(&[2.0], 7.0), [1.0]);
    }

    /// f is flat to rounding within √ε of its minimum, hence 1e-7.
    #[test]
    fn golden_section_finds_inner_and_outer_minima() {
        for (minimum, expected) in [(0.3, 0.3), (-1.0, 0.0), (2.0, 1.0)] {
            let (x, _) = golden_section(0.0, 1.0, |x| (x - minimum) * (x - minimum));
            assert!((x - expected).abs() <= 2e-7, "{minimum}: {x}");
        }
    }
}
