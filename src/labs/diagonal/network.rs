//! The diagonal linear network of depth p, β = w₊ᵖ − w₋ᵖ; p = 2 is the paper's (§2).

use crate::model::aligned::Aligned;
use crate::model::arithmetic::Elementary;
use crate::model::kernels;

/// The network's parameters, d of each sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// w₊, length d.
    pub w_plus: Aligned,
    /// w₋, length d.
    pub w_minus: Aligned,
    /// p ≥ 2.
    pub depth: u32,
}

impl Weights {
    /// w₊ = w₋ = α, so β = 0, for depth p ≥ 2.
    pub fn start(alpha: &[f64], depth: u32) -> Self {
        Self {
            w_plus: alpha.into(),
            w_minus: alpha.into(),
            depth,
        }
    }

    /// β = w₊ᵖ − w₋ᵖ, length d.
    pub fn beta(&self) -> Vec<f64> {
        let mut beta = vec![0.0; self.w_plus.len()];
        self.write_beta(&mut beta);
        beta
    }

    /// Writes β = w₊ᵖ − w₋ᵖ to a slice of length d.
    pub fn write_beta(&self, beta: &mut [f64]) {
        if self.depth == 2 {
            kernels::squared_difference(&self.w_plus, &self.w_minus, beta);
        } else {
            kernels::power_difference(&self.w_plus, &self.w_minus, self.depth, beta);
        }
    }

    /// [`Self::write_beta`]; returns ‖β − target‖₂².
    pub fn write_beta_and_distance(&self, target: &[f64], beta: &mut [f64]) -> f64 {
        let Self {
            w_plus, w_minus, ..
        } = self;
        if self.depth == 2 {
            kernels::squared_difference_and_distance(w_plus, w_minus, target, beta)
        } else {
            self.write_beta(beta);
            kernels::distance_squared(beta, target)
        }
    }

    /// w± ← w± ∓ (p/2) w±ᵖ⁻¹ ⊙ c·g, for a g that is at least as long as the weights. With c = γ/n and
    /// g = Xᵀr, r = Xβ − y, a step of gradient descent: ∇_{w±}L = ±(p/2) w±ᵖ⁻¹ ⊙ Xᵀr/n.
    pub fn descend(&mut self, c: f64, g: &[f64]) {
        let Self {
            w_plus,
            w_minus,
            depth,
        } = self;
        if *depth == 2 && g.len() >= w_plus.padded().len() {
            // The zeros behind the weights stay zero.
            kernels::multiplicative_step(w_plus.padded_mut(), w_minus.padded_mut(), c, g);
        } else if *depth == 2 {
            kernels::multiplicative_step(w_plus, w_minus, c, g);
        } else {
            kernels::power_step(w_plus, w_minus, *depth, c, g);
        }
    }

    /// [`Self::descend`] followed by [`Self::write_beta`] in one pass, for p = 2 and a g as long as a padded
    /// row; with a target, returns ‖β − target‖₂².
    #[inline(always)]
    pub fn descend_and_write_beta(
        &mut self,
        c: f64,
        g: &[f64],
        target: Option<&Aligned>,
        beta: &mut Aligned,
    ) -> Option<f64> {
        let (plus, minus) = (self.w_plus.padded_mut(), self.w_minus.padded_mut());
        let (target, beta) = (target.map(Aligned::padded), beta.padded_mut());
        kernels::multiplicative_step_and_difference(plus, minus, c, g, target, beta)
    }

    /// w± ← `factor`·w±.
    pub fn scale(&mut self, factor: f64) {
        for w in self.w_plus.iter_mut().chain(&mut self.w_minus) {
            *w *= factor;
        }
    }

    /// The effective initialisation of [`effective_alpha`], length d.
    pub fn effective_alpha(&self) -> Vec<f64> {
        effective_alpha(&self.w_plus, &self.w_minus, self.depth).collect()
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

/// What gradient flow conserves, as an initialisation, coordinate by coordinate: √|w₊w₋| for p = 2
/// and ((|w₊|²⁻ᵖ + |w₋|²⁻ᵖ)/2)^(−1/(p−2)) for p ≥ 3.
///
/// For stochastic gradient flow with p = 2 it equals α_t = α ⊙ exp(−2γ diag(XᵀX/n) ∫(L+δ²)) (eq. 5,
/// 10); with p ≥ 3 it is the same mean of the two [`depth_effective_alpha`]. Discrete steps may flip
/// the sign of a weight, hence the moduli.
pub fn effective_alpha(
    w_plus: &[f64],
    w_minus: &[f64],
    depth: u32,
) -> impl ExactSizeIterator<Item = f64> {
    w_plus.iter().zip(w_minus).map(move |(plus, minus)| {
        let (plus, minus) = (plus.abs(), minus.abs());
        if depth == 2 {
            return (plus * minus).sqrt();
        }
        // Relative to the smaller one, so that no power of it overflows.
        let (small, large) = (plus.min(minus), plus.max(minus));
        if small == 0.0 {
            return 0.0;
        }
        let ratio = kernels::power(small / large, depth - 2);
        small / kernels::root(0.5 * (1.0 + ratio), depth - 2)
    })
}

/// The effective initialisation of one sign for depth p ≥ 3, length d:
/// α±(t) = (α²⁻ᵖ + ½p²(p−1)(p−2) diag(XᵀX/n) I±)^(−1/(p−2)), I± = ∫γ(L+δ²)|w±|ᵖ⁻²dt.
///
/// Stochastic gradient flow at time t is where gradient flow from w± = α±(t) could be: Itô's formula
/// for the mirror variable w±²⁻ᵖ, whose correction differs between the signs. As p → 2 both tend to
/// eq. 10. `integral` is I± of [`crate::labs::diagonal::dynamics::Ledger::power_integrals`], where empty means 0.
pub fn depth_effective_alpha(
    alpha: &[f64],
    column_mean_square: &[f64],
    integral: &[f64],
    depth: u32,
) -> Vec<f64> {
    let p = f64::from(depth);
    let factor = 0.5 * p * p * (p - 1.0) * (p - 2.0);
    let integral = integral.iter().copied().chain(std::iter::repeat(0.0));
    let entries = alpha.iter().zip(column_mean_square).zip(integral);
    let shrunk = entries.map(|((alpha, mean_square), integral)| {
        let growth = factor * mean_square * integral * kernels::power(*alpha, depth - 2);
        alpha / kernels::root(1.0 + growth, depth - 2)
    });
    shrunk.collect()
}

/// (∏ vᵢ)^(1/d) of positive numbers, through logarithms so that nothing underflows.
pub fn geometric_mean(v: impl ExactSizeIterator<Item = f64>) -> f64 {
    let len = v.len() as f64;
    (v.map(Elementary::logarithm).sum::<f64>() / len).exponential()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_is_the_difference_of_squares_without_cancellation() {
        let weights = Weights {
            w_plus: vec![2.0, 1e3 + 1e-6].into(),
            w_minus: vec![1.0, 1e3].into(),
            depth: 2,
        };
        let beta = weights.beta();
        assert_eq!(beta[0], 3.0);
        // (a−b)(a+b) keeps the digits of a−b, here exact to its own rounding in a.
        let exact = (weights.w_plus[1] - 1e3) * (weights.w_plus[1] + 1e3);
        assert_eq!(beta[1], exact);
    }

    #[test]
    fn effective_alpha_is_the_start_and_ignores_signs() {
        assert_eq!(
            Weights::start(&[0.1, 0.25], 2).effective_alpha(),
            [0.1, 0.25]
        );
        let flipped = Weights {
            w_plus: vec![-4.0].into(),
            w_minus: vec![1.0].into(),
            depth: 2,
        };
        assert_eq!(flipped.effective_alpha(), [2.0]);
        assert_eq!(flipped.sign_flips(), 1);
    }

    /// p = 3: 2/(1/4 + 1) = 1.6; p = 4: (2/(1/16 + 1))^½. Powers of 1e-200 underflow, the mean not.
    #[test]
    fn deep_effective_alpha_is_the_conserved_power_mean() {
        let at = |plus, minus, depth| effective_alpha(&[plus], &[minus], depth).next().unwrap();
        assert!((at(-4.0, 1.0, 3) - 1.6).abs() < 1e-15);
        assert!((at(4.0, 1.0, 4) - (2.0_f64 / 1.0625).sqrt()).abs() < 1e-15);
        for depth in 2..=6 {
            let start = Weights::start(&[0.2], depth).effective_alpha()[0];
            assert!((start / 0.2 - 1.0).abs() < 1e-15, "{depth}");
        }
        assert!((at(1e-200, 1e-200, 6) / 1e-200 - 1.0).abs() < 1e-15);
        assert_eq!(at(0.0, 1.0, 5), 0.0);
    }

    /// No noise; p = 3 by hand; and for small I the relative shrinkage ½p²(p−1) D I αᵖ⁻², which at
    /// p = 2 is that of eq. 5, 2DI.
    #[test]
    fn the_two_initialisations_follow_their_formula() {
        assert_eq!(
            depth_effective_alpha(&[0.2, 0.3], &[1.0, 2.0], &[], 3),
            [0.2, 0.3]
        );
        let shrunk = depth_effective_alpha(&[0.2], &[1.5], &[0.7], 3)[0];
        assert!((shrunk - 1.0 / (5.0 + 9.0 * 1.5 * 0.7)).abs() < 1e-15);
        for depth in 3..=6 {
            let p = f64::from(depth);
            let shrunk = depth_effective_alpha(&[1.0], &[1.0], &[1e-8], depth)[0];
            let expected = 0.5 * p * p * (p - 1.0) * 1e-8;
            assert!(((1.0 - shrunk) / expected - 1.0).abs() < 1e-5, "{depth}");
        }
    }

    #[test]
    fn geometric_mean_survives_tiny_numbers() {
        let mean = geometric_mean([1e-300, 1e-100].into_iter());
        assert!((mean / 1e-200 - 1.0).abs() < 1e-12);
    }
}
