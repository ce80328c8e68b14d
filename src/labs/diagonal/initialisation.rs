//! Where a run starts: the weights w± with w₊w₋ = α² and w₊² − w₋² = β₀.
//!
//! The paper starts at w± = α, so that β₀ = 0. From any other weights of a network of depth 2 its
//! argument holds word for word: gradient flow multiplies w± by e^{∓Xᵀs}, so that α = √(w₊w₋) is conserved,
//! the mirror variable ln(w₊/w₋) = asinh(β/2α²) = 4∇φ_α(β) moves within span(Xᵀ), and the end is the
//! interpolator of least Bregman divergence D_φα(β, β₀). The noise shrinks α_t as in eq. 5 and 10 and leaves
//! the mirror variable's part outside span(Xᵀ) alone.
//!
//! That part is all that a start leaves behind. A start that was trained from w± = α on other labels of the
//! *same* inputs has none: it ends where w± = α does.

use std::sync::Arc;

use super::network::Weights;
use super::potential::{asinh_ratio, divergence, divergence_from_zero};
use super::theory::interpolation::{FlowLimit, Interpolation, InterpolationError};
use crate::model::aligned::Aligned;
use crate::model::arithmetic::Elementary as _;
use crate::model::kernels;

/// The weights at the start of a run, in the form that the theory reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Initialisation {
    alpha: Arc<[f64]>,
    /// θ = ln(w₊/w₋) = asinh(β₀/2α²), length d; `None` for β₀ = 0.
    tilt: Option<Arc<[f64]>>,
}

impl Initialisation {
    /// w± = α, so β₀ = 0: the paper's.
    pub fn symmetric(alpha: impl Into<Arc<[f64]>>) -> Self {
        Self {
            alpha: alpha.into(),
            tilt: None,
        }
    }

    /// The weights with √(w₊w₋) = α and β₀ = `beta`, both of length d, for depth 2.
    pub fn at(alpha: impl Into<Arc<[f64]>>, beta: &[f64]) -> Self {
        let alpha = alpha.into();
        let tilt = beta.iter().zip(alpha.iter());
        let tilt = tilt.map(|(&beta, &alpha)| asinh_ratio(beta, alpha));
        Self {
            tilt: Some(tilt.collect()),
            alpha,
        }
    }

    /// The same mirror variable with another α of length d.
    pub fn with_alpha(&self, alpha: Vec<f64>) -> Self {
        Self {
            alpha: alpha.into(),
            tilt: self.tilt.clone(),
        }
    }

    /// √(w₊w₋), length d.
    pub fn alpha(&self) -> &[f64] {
        &self.alpha
    }

    /// ln(w₊/w₋) = 4∇φ_α(β₀), length d; `None` where it is 0 everywhere.
    pub fn tilt(&self) -> Option<&[f64]> {
        self.tilt.as_deref()
    }

    /// argmin D_φα(·, β₀) among the interpolators for these ln α and the start's θ, from `warm` if that is near.
    pub fn least_divergence(
        &self,
        interpolation: &Interpolation,
        log_alpha: &[f64],
        warm: Option<&[f64]>,
    ) -> Result<FlowLimit, InterpolationError> {
        match &self.tilt {
            None => interpolation.least_entropy(log_alpha, warm),
            Some(tilt) => interpolation.least_divergence(log_alpha, tilt, warm),
        }
    }

    /// D_φα(β, β₀).
    pub fn divergence(&self, beta: &[f64]) -> f64 {
        match &self.tilt {
            None => divergence_from_zero(beta, &self.alpha),
            Some(tilt) => divergence(beta, &self.alpha, tilt),
        }
    }

    /// How much of the mirror variable asinh(β/2α²) less θ is outside the row space, relative to the former.
    pub fn off_row_space(&self, interpolation: &Interpolation, mut mirror: Vec<f64>) -> f64 {
        let Some(tilt) = &self.tilt else {
            return interpolation.off_row_space(&mirror);
        };
        let size = kernels::dot(&mirror, &mirror).sqrt();
        for (mirror, tilt) in mirror.iter_mut().zip(tilt.iter()) {
            *mirror -= tilt;
        }
        let rest = interpolation.reject(&mirror);
        kernels::dot(&rest, &rest).sqrt() / size
    }

    /// w± = α e^{±θ/2} of a network of depth p; a start with β₀ ≠ 0 is for p = 2.
    pub fn weights(&self, depth: u32) -> Weights {
        let Some(tilt) = &self.tilt else {
            return Weights::start(&self.alpha, depth);
        };
        let side = |sign: f64| -> Aligned {
            let entries = self.alpha.iter().zip(tilt.iter());
            let entries = entries.map(|(alpha, tilt)| alpha * (sign * 0.5 * tilt).exponential());
            entries.collect()
        };
        Weights {
            w_plus: side(1.0),
            w_minus: side(-1.0),
            depth,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two numbers that define the start, recovered from the weights. The exponential of θ/2 ≤ 12
    /// carries its argument's rounding, 12ε; the difference of squares adds no cancellation where |β₀| ≫ α².
    #[test]
    fn the_weights_have_the_product_and_the_difference_asked_for() {
        let (alpha, beta) = ([0.1, 0.05, 0.2, 1e-3], [2.0, -0.7, 0.0, 1e-2]);
        let weights = Initialisation::at(alpha.to_vec(), &beta).weights(2);
        for j in 0..4 {
            let product = weights.w_plus[j] * weights.w_minus[j];
            assert!((product / (alpha[j] * alpha[j]) - 1.0).abs() < 1e-14);
            assert!((weights.beta()[j] - beta[j]).abs() <= 1e-13 * beta[j].abs());
        }
    }

    #[test]
    fn the_symmetric_start_is_that_of_the_paper_to_the_last_bit() {
        let start = Initialisation::symmetric(vec![0.1, 0.3]);
        for depth in [2, 4] {
            assert_eq!(start.weights(depth), Weights::start(&[0.1, 0.3], depth));
        }
        assert_eq!(start.tilt(), None);
    }
}
