//! The two-layer diagonal linear network β = w₊² − w₋² (paper §2).

use crate::model::kernels;

/// The network's parameters, d of each sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// w₊, length d.
    pub w_plus: Vec<f64>,
    /// w₋, length d.
    pub w_minus: Vec<f64>,
}

impl Weights {
    /// w₊ = w₋ = α, so β = 0.
    pub fn start(alpha: &[f64]) -> Self {
        Self {
            w_plus: alpha.to_vec(),
            w_minus: alpha.to_vec(),
        }
    }

    /// β = w₊² − w₋², length d.
    pub fn beta(&self) -> Vec<f64> {
        let mut beta = vec![0.0; self.w_plus.len()];
        kernels::squared_difference(&self.w_plus, &self.w_minus, &mut beta);
        beta
    }

    /// The effective initialisation √|w₊w₋|, length d.
    pub fn effective_alpha(&self) -> Vec<f64> {
        effective_alpha(&self.w_plus, &self.w_minus).collect()
    }

    /// How many of the 2d weights have turned negative.
    pub fn sign_flips(&self) -> usize {
        self.w_plus
            .iter()
            .chain(&self.w_minus)
            .filter(|w| **w < 0.0)
            .count()
    }
}

/// √|w₊w₋|, coordinate by coordinate.
///
/// For stochastic gradient flow it equals α_t = α ⊙ exp(−2γ diag(XᵀX/n) ∫(L+δ²)) (eq. 5, 10).
/// Discrete steps may flip the sign of a weight, hence the modulus.
pub fn effective_alpha(w_plus: &[f64], w_minus: &[f64]) -> impl ExactSizeIterator<Item = f64> {
    w_plus
        .iter()
        .zip(w_minus)
        .map(|(plus, minus)| (plus.abs() * minus.abs()).sqrt())
}

/// (∏ vᵢ)^(1/d) of positive numbers, through logarithms so that nothing underflows.
pub fn geometric_mean(v: impl ExactSizeIterator<Item = f64>) -> f64 {
    let len = v.len() as f64;
    (v.map(f64::ln).sum::<f64>() / len).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_is_the_difference_of_squares_without_cancellation() {
        let weights = Weights {
            w_plus: vec![2.0, 1e3 + 1e-6],
            w_minus: vec![1.0, 1e3],
        };
        let beta = weights.beta();
        assert_eq!(beta[0], 3.0);
        // (a−b)(a+b) keeps the digits of a−b, here exact to its own rounding in a.
        let exact = (weights.w_plus[1] - 1e3) * (weights.w_plus[1] + 1e3);
        assert_eq!(beta[1], exact);
    }

    #[test]
    fn effective_alpha_is_the_start_and_ignores_signs() {
        assert_eq!(Weights::start(&[0.1, 0.25]).effective_alpha(), [0.1, 0.25]);
        let flipped = Weights {
            w_plus: vec![-4.0],
            w_minus: vec![1.0],
        };
        assert_eq!(flipped.effective_alpha(), [2.0]);
        assert_eq!(flipped.sign_flips(), 1);
    }

    #[test]
    fn geometric_mean_survives_tiny_numbers() {
        let mean = geometric_mean([1e-300, 1e-100].into_iter());
        assert!((mean / 1e-200 - 1.0).abs() < 1e-12);
    }
}
