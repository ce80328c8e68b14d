//! What the runs of an experiment are held against, from one training set and one start.

use super::problem::{Loss, Problem};
use super::rules::{Hyper, Method};
use super::theory::bregman::Projector;
use super::theory::margins::{LargestMargin, Norm, largest_margin};
use super::theory::potential::Potential;
use super::theory::span::Span;

/// What a run on the square loss is held against.
#[derive(Clone, Debug)]
pub(super) struct Landing {
    /// In which the run never leaves the span; the Euclidean one where it has none.
    pub(super) potential: Potential,
    /// ∇Ψ(w₀).
    pub(super) anchor: Vec<f64>,
    /// The Bregman projection of w₀ in the run's own potential.
    pub(super) point: Option<Vec<f64>>,
}

impl Landing {
    /// Of a run of a method that starts at `w0`.
    pub(super) fn new(method: &Method, hyper: &Hyper, span: &Span, start: &[f64]) -> Self {
        let own = (method.potential)(hyper);
        let potential = own.clone().unwrap_or(Potential::Euclidean);
        let project = |own: &Potential| Projector::new(own, span, start).solution();
        let point = match hyper.loss {
            Loss::Square => own.as_ref().and_then(project),
            Loss::Logistic => None,
        };
        Self {
            anchor: potential.dual(start),
            potential,
            point,
        }
    }
}

/// The answers of the logistic loss; a direction that is not known is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Margins {
    pub(super) one: Option<LargestMargin>,
    pub(super) two: Option<LargestMargin>,
    pub(super) infinity: Option<LargestMargin>,
}

impl Margins {
    /// Of a training set; nothing for the square loss.
    pub(super) fn new(problem: &Problem) -> Self {
        if problem.loss == Loss::Square {
            return Self::default();
        }
        let two = largest_margin(&problem.x, problem.d, &Norm::Two);
        if two.is_none() {
            return Self::default();
        }
        Self {
            one: largest_margin(&problem.x, problem.d, &Norm::One),
            two,
            infinity: largest_margin(&problem.x, problem.d, &Norm::Infinity),
        }
    }

    /// Whether the two classes can be separated by a line through 0.
    pub(super) fn exist(&self) -> bool {
        self.two.is_some()
    }

    /// The answer of a run's own norm.
    pub(super) fn own(&self, problem: &Problem, norm: Option<Norm>) -> Option<OwnMargin> {
        if !self.exist() {
            return None;
        }
        let norm = norm?;
        let solved = match norm {
            Norm::One => self.one.clone(),
            Norm::Two => self.two.clone(),
            Norm::Infinity => self.infinity.clone(),
            Norm::Power(_) | Norm::Preconditioned(_) => {
                largest_margin(&problem.x, problem.d, &norm)
            }
        };
        let w = solved?.w;
        Some(OwnMargin {
            best: norm.value(&w).recip(),
            direction: w,
            norm,
        })
    }

    /// How ‖w‖ grows with time t under gradient flow: slope s and offset c of s ln t + c.
    ///
    /// w(t) = ŵ ln t + ρ with n⁻¹exp(−⟨zᵢ, ρ⟩) = αᵢ on the support vectors (Soudry et al. 2018, theorem 4),
    /// so that ⟨ŵ, ρ⟩ = −Σ αᵢ ln(nαᵢ) and ‖w‖ = ‖ŵ‖ ln t + ⟨ŵ, ρ⟩/‖ŵ‖ up to what vanishes like 1/ln t.
    pub(super) fn growth(&self, n: usize) -> Option<[f64; 2]> {
        /// Multipliers below this are the solver's zeros.
        const ZERO: f64 = 1e-8;
        let two = self.two.as_ref()?;
        let size = Norm::Two.value(&two.w);
        let active = two.multipliers.iter().filter(|alpha| **alpha > ZERO);
        let pull: f64 = active
            .map(|alpha| -alpha * libm::log(n as f64 * alpha))
            .sum();
        Some([size, pull / size])
    }
}

/// The largest margin of a run's own norm.
#[derive(Clone, Debug)]
pub(super) struct OwnMargin {
    /// Where it is reached, of any length.
    pub(super) direction: Vec<f64>,
    /// In which it is measured.
    pub(super) norm: Norm,
    /// max over w of min ⟨zᵢ, w⟩/‖w‖.
    pub(super) best: f64,
}

/// The angle between two vectors, accurate where it is tiny; NaN where one of them is 0.
pub(super) fn angle(a: &[f64], b: &[f64]) -> f64 {
    let [a_size, b_size] = [a, b].map(|v| Norm::Two.value(v));
    let gap = |sign: f64| -> f64 {
        let pairs = a.iter().zip(b);
        let parts = pairs.map(|(a, b)| a / a_size - sign * b / b_size);
        parts.map(|part| part * part).sum::<f64>().sqrt()
    };
    2.0 * libm::atan2(gap(1.0), gap(-1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_right_however_small_or_large() {
        for expected in [1e-12_f64, 1e-3, 0.7, 2.0, 3.1] {
            let found = angle(&[2.0, 0.0], &[expected.cos(), expected.sin()]);
            assert!(
                (found / expected - 1.0).abs() < 1e-12,
                "{expected}: {found}"
            );
        }
        assert!(angle(&[0.0, 0.0], &[1.0, 0.0]).is_nan());
    }
}
