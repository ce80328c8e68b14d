//! How the end of gradient flow depends on α, to first order.

use super::Interpolation;
use super::newton::Newton;
use crate::model::arithmetic::Elementary as _;

impl Interpolation {
    /// ∂V/∂ln αⱼ at the end `beta` of gradient flow, for a function V of β with this gradient there, while ln(w₊/w₋)
    /// keeps its part outside the row space; all of length d. `None` if the linear system is singular.
    ///
    /// With βⱼ = 2αⱼ² sinh(4qⱼ + θⱼ), q = Q·dual, a change of ln α alone moves βⱼ by 2βⱼ, and a change of q by
    /// hⱼ = √(βⱼ² + 4αⱼ⁴) in units of ¼dqⱼ. What keeps Qᵀβ gives ∂V/∂ln αⱼ = 2βⱼ (gⱼ − (Q z)ⱼ) with
    /// (Qᵀ diag(h) Q) z = Qᵀ diag(h) g.
    pub fn sensitivity(&self, beta: &[f64], alpha: &[f64], gradient: &[f64]) -> Option<Vec<f64>> {
        let entries = beta.iter().zip(alpha);
        let slope: Vec<f64> = entries.map(|(b, a)| b.hypotenuse(2.0 * a * a)).collect();
        let pulled: Vec<f64> = slope.iter().zip(gradient).map(|(h, g)| h * g).collect();
        let mut newton = Newton::with_slope(&self.basis, &self.coordinates, slope);
        // −Q z
        let (_, kept) = newton.tangent(&pulled)?;
        let parts = beta.iter().zip(gradient).zip(&kept);
        Some(parts.map(|((b, g), kept)| 2.0 * b * (g + kept)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::network::Weights;
    use crate::model::data::sparse::{BetaLaw, SparseGaussian};

    /// Against central differences of the end itself: 1e-4 in ln α is off by 1e-8 of the third derivative, and the end
    /// is known to 1e-12, which the step magnifies to 1e-8. Both are far below 1e-5 of the largest entry.
    #[test]
    fn it_is_the_derivative_of_where_the_flow_ends() {
        for (alpha, seed) in [(1.0, 1), (0.1, 2), (0.01, 3)] {
            let data = SparseGaussian {
                n: 8,
                d: 15,
                sparsity: 3,
                beta_law: BetaLaw::Normal,
                seed,
            };
            let problem = data.generate().unwrap();
            let interpolation = Interpolation::new(&problem).unwrap();
            let scales: Vec<f64> = (0..15).map(|j| alpha * (1.0 + 0.05 * j as f64)).collect();
            // Away from w₊ = w₋.
            let mut weights = Weights::start(&scales, 2);
            for (j, w) in weights.w_plus.iter_mut().enumerate() {
                *w *= 1.0 + 0.03 * j as f64;
            }
            let end = |weights: &Weights| {
                let limit = interpolation.flow_limit(2, &weights.w_plus, &weights.w_minus);
                limit.unwrap().beta
            };
            let beta = end(&weights);
            let gradient = problem.validation_gradient(&beta).unwrap();
            let found = interpolation.sensitivity(&beta, &weights.effective_alpha(), &gradient);
            let found = found.unwrap();
            let largest = found.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            for (j, found) in found.into_iter().enumerate() {
                let moved = |h: f64| {
                    let mut moved = weights.clone();
                    moved.w_plus[j] *= h.exp();
                    moved.w_minus[j] *= h.exp();
                    problem.validation_loss(&end(&moved))
                };
                let slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                assert!(
                    (found - slope).abs() < 1e-5 * largest,
                    "α = {alpha}, j = {j}: {found} and {slope}"
                );
            }
        }
    }
}
