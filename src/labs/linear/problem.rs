//! The training set of a linear model, and its two losses.
//!
//! L(w) = (1/n) Σ ℓ(⟨xᵢ, w⟩, yᵢ), with ℓ = ½(⟨x, w⟩ − y)² or ℓ = ln(1 + exp(−y⟨x, w⟩)). Under the logistic
//! loss yᵢ = ±1 is folded into the rows, zᵢ = yᵢxᵢ, as in Soudry et al. (2018): labels are 1 then.

use crate::model::kernels;

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// ½(⟨x, w⟩ − y)².
    Square,
    /// ln(1 + exp(−⟨z, w⟩)).
    Logistic,
}

impl Loss {
    /// ℓ at a prediction.
    pub fn value(self, prediction: f64, label: f64) -> f64 {
        match self {
            Self::Square => 0.5 * (prediction - label) * (prediction - label),
            Self::Logistic => softplus(-prediction),
        }
    }

    /// dℓ/d⟨x, w⟩ at a prediction.
    pub fn slope(self, prediction: f64, label: f64) -> f64 {
        match self {
            Self::Square => prediction - label,
            Self::Logistic => -sigmoid(-prediction),
        }
    }

    /// The largest d²ℓ/d⟨x, w⟩².
    pub fn largest_curvature(self) -> f64 {
        match self {
            Self::Square => 1.0,
            Self::Logistic => 0.25,
        }
    }
}

/// ln(1 + eᵗ) without overflow.
fn softplus(t: f64) -> f64 {
    t.max(0.0) + libm::log1p(libm::exp(-t.abs()))
}

/// 1/(1 + e⁻ᵗ); keeps its relative precision where it is tiny.
fn sigmoid(t: f64) -> f64 {
    if t >= 0.0 {
        1.0 / (1.0 + libm::exp(-t))
    } else {
        let e = libm::exp(t);
        e / (1.0 + e)
    }
}

/// Rows and labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Features, n × d, row-major; under the logistic loss the zᵢ.
    pub x: Vec<f64>,
    /// Labels, n.
    pub y: Vec<f64>,
    /// Number of coefficients.
    pub d: usize,
    /// What is minimised.
    pub loss: Loss,
}

impl Problem {
    /// Number of rows.
    pub fn n(&self) -> usize {
        self.y.len()
    }

    /// xᵢ.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.d..(i + 1) * self.d]
    }

    /// L(w).
    pub fn loss_at(&self, w: &[f64]) -> f64 {
        let rows = self.x.chunks_exact(self.d).zip(&self.y);
        let sum: f64 = rows
            .map(|(x, y)| self.loss.value(kernels::dot(x, w), *y))
            .sum();
        sum / self.n() as f64
    }

    /// Writes ∇L(w) over `gradient`, returns L(w). `slopes` is scratch of length n.
    pub fn loss_and_gradient(&self, w: &[f64], slopes: &mut [f64], gradient: &mut [f64]) -> f64 {
        let share = (self.n() as f64).recip();
        kernels::matrix_vector(&self.x, w, slopes);
        let mut sum = 0.0;
        for (slope, y) in slopes.iter_mut().zip(&self.y) {
            let prediction = *slope;
            sum += self.loss.value(prediction, *y);
            *slope = share * self.loss.slope(prediction, *y);
        }
        kernels::transposed_matrix_vector(&self.x, slopes, gradient);
        share * sum
    }

    /// Writes ∇L(w)/L(w) = ∇ ln L(w) over `gradient`, returns ln L(w), of the logistic loss alone.
    ///
    /// Every exponential is taken relative to that of the smallest margin, so that the direction is right long
    /// after e^(−margin) has left the range of doubles.
    pub fn log_loss_and_gradient(
        &self,
        w: &[f64],
        margins: &mut [f64],
        gradient: &mut [f64],
    ) -> f64 {
        kernels::matrix_vector(&self.x, w, margins);
        let smallest = margins.iter().copied().fold(f64::INFINITY, f64::min);
        let unit = smallest.max(0.0);
        let mut sum = 0.0;
        for margin in margins.iter_mut() {
            let (m, e) = (*margin, libm::exp(unit - margin.max(0.0)));
            // ln(1 + e⁻ᵐ)·e^unit and σ(−m)·e^unit, for m ≥ 0 as series in e⁻ᵐ.
            let tail = libm::exp(-m.abs());
            sum += if m > 36.0 {
                e
            } else {
                softplus(-m) * libm::exp(unit)
            };
            *margin = if m >= 0.0 {
                -e / (1.0 + tail)
            } else {
                -sigmoid(-m)
            };
        }
        let scale = sum.recip();
        for slope in margins.iter_mut() {
            *slope *= scale;
        }
        kernels::transposed_matrix_vector(&self.x, margins, gradient);
        libm::log(sum) - unit - libm::log(self.n() as f64)
    }

    /// The least of ⟨xᵢ, w⟩.
    pub fn smallest_margin(&self, w: &[f64]) -> f64 {
        let rows = self.x.chunks_exact(self.d);
        let margins = rows.map(|x| kernels::dot(x, w));
        margins.fold(f64::INFINITY, f64::min)
    }

    /// λ_max(XᵀX/n), by power iterations from a fixed start: the same bits on every machine.
    pub fn largest_eigenvalue(&self) -> f64 {
        const ITERATIONS: usize = 500;
        let mut v: Vec<f64> = (0..self.d).map(|j| 1.0 + 0.1 * (j % 7) as f64).collect();
        let mut images = vec![0.0; self.n()];
        let mut value = 0.0;
        for _ in 0..ITERATIONS {
            let length = kernels::dot(&v, &v).sqrt();
            if length == 0.0 {
                return 0.0;
            }
            for v in &mut v {
                *v /= length;
            }
            kernels::matrix_vector(&self.x, &v, &mut images);
            let next = kernels::dot(&images, &images) / self.n() as f64;
            let settled = (next - value).abs() <= 1e-12 * next;
            value = next;
            kernels::transposed_matrix_vector(&self.x, &images, &mut v);
            if settled {
                break;
            }
        }
        value
    }

    /// max ‖xᵢ‖².
    pub fn longest_row(&self) -> f64 {
        let rows = self.x.chunks_exact(self.d);
        rows.map(|x| kernels::dot(x, x)).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(loss: Loss) -> Problem {
        Problem {
            x: vec![0.9, -0.8, 0.8, 0.2, 0.9, -0.2],
            y: vec![1.0, 0.8],
            d: 3,
            loss,
        }
    }

    /// Central differences: h² L''' ~ 1e-10 and ε L/h ~ 1e-10 at h = 1e-5.
    #[test]
    fn gradients_are_those_of_the_losses() {
        let w = [0.3, -0.7, 1.1];
        for loss in [Loss::Square, Loss::Logistic] {
            let problem = problem(loss);
            let mut gradient = [0.0; 3];
            let value = problem.loss_and_gradient(&w, &mut [0.0; 2], &mut gradient);
            assert!((value - problem.loss_at(&w)).abs() < 1e-15);
            for j in 0..3 {
                let moved = |h: f64| {
                    let mut moved = w;
                    moved[j] += h;
                    problem.loss_at(&moved)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((slope - gradient[j]).abs() < 1e-9, "{loss:?} {j}");
            }
        }
    }

    /// Against ∇L/L where neither under- nor overflows, on both sides of zero margin; far out ln L is minus the
    /// smallest margin plus a constant, and the direction is that of the closest rows.
    #[test]
    fn the_logarithm_of_the_loss_agrees_and_goes_further() {
        let problem = problem(Loss::Logistic);
        for scale in [-30.0, -1.0, 0.0, 1e-3, 1.0, 8.0, 30.0] {
            let w = [0.3 * scale, 0.9 * scale, 1.1 * scale];
            let (mut plain, mut of_log) = ([0.0; 3], [0.0; 3]);
            let value = problem.loss_and_gradient(&w, &mut [0.0; 2], &mut plain);
            let log = problem.log_loss_and_gradient(&w, &mut [0.0; 2], &mut of_log);
            assert!(
                (log - value.ln()).abs() < 1e-12 * log.abs().max(1.0),
                "{scale}"
            );
            for (a, b) in plain.iter().zip(of_log) {
                assert!((a / value - b).abs() < 1e-12, "{scale}");
            }
        }
        let w = [2e4, 1e4, 0.0];
        let mut gradient = [0.0; 3];
        let log = problem.log_loss_and_gradient(&w, &mut [0.0; 2], &mut gradient);
        // Margins 10 000 and 13 000: one row is left, L = ½e^(−10 000).
        assert!((log + 1e4 + 2.0_f64.ln()).abs() < 1e-8, "{log}");
        for (g, x) in gradient.iter().zip(problem.row(0)) {
            assert!((g + x).abs() < 1e-12);
        }
    }

    #[test]
    fn the_largest_eigenvalue_is_the_matrix_norm() {
        // XXᵀ/2 by hand: its trace is 2.98/2, its determinant (2.09·0.89 − 0.7²)/4.
        let (trace, determinant) = (1.49_f64, (2.09 * 0.89 - 0.49) / 4.0);
        let expected = 0.5 * (trace + (trace * trace - 4.0 * determinant).sqrt());
        let found = problem(Loss::Square).largest_eigenvalue();
        assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
    }
}
