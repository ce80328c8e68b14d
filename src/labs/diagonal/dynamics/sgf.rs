//! Stochastic gradient flow, the Itô SDE (3), with label noise (10):
//!
//! dw± = −∇L(w±) dt ± 2√(γ(L+δ²)/n) w± ⊙ XᵀdB, the same n-dimensional B for both signs; at depth p
//! the noise is p√(γ(L+δ²)/n) w±ᵖ⁻¹ ⊙ XᵀdB.
//!
//! Two schemes, both of strong order ½ and weak order 1:
//! - *Euler–Maruyama* on w, the paper's choice with dt = γ/10. Weights may change sign.
//! - *log-Euler*: Euler on the mirror form d ln w± = ∓dz − 2γ(L+δ²)diag(XᵀX/n)dt, where Itô's term
//!   has become explicit. Keeps w± > 0 and w₊w₋ = α_t² exactly, and is more accurate at dt = γ than
//!   Euler–Maruyama at γ/10. For p ≥ 3 the mirror variable is v± = w±²⁻ᵖ and Itô's formula gives
//!   dv± = ±½p(p−2)dz + ½p²(p−1)(p−2)γ(L+δ²)w±ᵖ⁻²diag(XᵀX/n)dt; as p → 2, (v±)^(−1/(p−2)) → log-Euler.
//!   It keeps w± > 0 and v₊ + v₋ = α₊²⁻ᵖ + α₋²⁻ᵖ, the two effective initialisations, exactly.

use std::sync::Arc;

use rayon::ThreadPool;

use super::ledger::Losses;
use super::substeps::{Integrator, SubStep, SubSteps};
use super::{Forward, Hyper, Method, Progress};
use crate::labs::diagonal::choices::{Chosen as _, chosen};
use crate::labs::diagonal::network::Weights;
use crate::model::aligned::{self, Aligned};
use crate::model::kernels;
use crate::model::random::{Normals, Stream};
use crate::model::regression::Regression;
use crate::palette::{Ink, Line, Look};

/// How the SDE is integrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Euler on ln w±, the mirror variable, and on w±²⁻ᵖ for depths p ≥ 3.
    LogEuler,
    /// Euler–Maruyama on w±.
    EulerMaruyama,
}

chosen! { Scheme:
    LogEuler => "log-euler", "log-Euler";
    EulerMaruyama => "euler-maruyama", "Euler–Maruyama";
}

impl Scheme {
    /// The name of the scheme as it is at depth p, for summaries.
    pub fn id_at(self, depth: u32) -> &'static str {
        match self {
            Self::LogEuler if depth > 2 => "mirror-euler",
            Self::LogEuler | Self::EulerMaruyama => self.id(),
        }
    }

    /// Sub-steps per γ-step unless the user says otherwise.
    pub fn default_substeps(self) -> usize {
        match self {
            Self::LogEuler => 4,
            Self::EulerMaruyama => 10,
        }
    }
}

/// Stochastic gradient flow.
pub static SGF: Method = Method {
    id: "sgf",
    label: "SGF",
    about: "Stochastic gradient flow (eq. 3): dw± = −∇L dt ± 2√(γL/n) w± ⊙ XᵀdB. \
            Each run has its own Brownian motion.",
    look: Look {
        ink: Ink::Green,
        line: Line::Dashed,
        width: 1.8,
    },
    max_runs: 40,
    default_runs: "2",
    any_depth: true,
    any_weights: true,
    covered_by_theorem: true,
    build: |problem, hyper| {
        let integrator = StochasticGradientFlow::new(problem, hyper);
        Box::new(SubSteps::new(integrator, hyper))
    },
};

/// |z| or Itô shrinkage above which a log-Euler step counts as divergence: e³⁰ per sub-step, 60
/// times what stable runs at γ_auto reach. Both together stay within what the exponential takes.
pub(super) const MAX_LOG_STEP: f64 = 30.0;

/// Growth of a mirror variable w±²⁻ᵖ in one sub-step above which it counts as divergence, about e³⁰ like
/// [`MAX_LOG_STEP`]; decay to 0 or below does, too.
const MAX_MIRROR_RATIO: f64 = 1e13;

struct StochasticGradientFlow {
    forward: Forward,
    /// As long as a padded row.
    increment: Aligned,
    /// XᵀN of the sub-step, for a large X.
    noise_gradient: Aligned,
    normals: Aligned,
    /// The largest entry of diag(XᵀX/n).
    largest_mean_square: f64,
    scheme: Scheme,
    brownian: Normals,
}

impl StochasticGradientFlow {
    fn new(problem: &Regression, hyper: &Hyper) -> Self {
        Self {
            forward: Forward::new(problem),
            increment: aligned::zeros(problem.design.stride()),
            noise_gradient: aligned::zeros(if problem.design.is_large() {
                problem.design.stride()
            } else {
                0
            }),
            normals: aligned::zeros(problem.n()),
            largest_mean_square: kernels::max_abs(&problem.column_mean_square),
            scheme: hyper.scheme,
            brownian: Normals::new(hyper.brownian_seed, Stream::Brownian, hyper.index),
        }
    }

    /// z = Xᵀ(drift·r − diffusion·N), after [`Integrator::prepare`].
    fn write_increment(&mut self, problem: &Regression, drift: f64, diffusion: f64) {
        let design = &problem.design;
        if design.is_large() {
            for (z, noise) in self.increment.iter_mut().zip(self.noise_gradient.iter()) {
                *z = drift * *z - diffusion * noise;
            }
            return;
        }
        let residual = &mut self.forward.residual;
        for (r, normal) in residual.iter_mut().zip(&self.normals) {
            *r = drift * *r - diffusion * normal;
        }
        kernels::transposed_matrix_vector(design.numbers(), residual, &mut self.increment);
    }

    /// A Euler step of the mirror variable with the increment as drift z and shrinkage
    /// s·diag(XᵀX/n), s = 2γ(L+δ²)dt; no step at all if it is so large that it counts as divergence.
    fn mirror_step(&self, problem: &Regression, weights: &mut Weights, shrinkage: f64) -> Progress {
        let d = &problem.column_mean_square;
        let (w_plus, w_minus) = (&mut weights.w_plus, &mut weights.w_minus);
        if weights.depth > 2 {
            let z = &self.increment[..problem.d()];
            let p = f64::from(weights.depth);
            let ito = 0.25 * p * p * (p - 1.0) * (p - 2.0) * shrinkage;
            let limit = MAX_MIRROR_RATIO;
            return if kernels::mirror_step(w_plus, w_minus, weights.depth, z, ito, d, limit) {
                Progress::Stepped
            } else {
                Progress::Diverged
            };
        }
        let largest_shrinkage = shrinkage * self.largest_mean_square;
        if kernels::max_abs(&self.increment) > MAX_LOG_STEP || largest_shrinkage > MAX_LOG_STEP {
            return Progress::Diverged;
        }
        // In whole lanes: the zeros behind the weights stay zero.
        let (w_plus, w_minus) = (w_plus.padded_mut(), w_minus.padded_mut());
        kernels::exponential_step(w_plus, w_minus, &self.increment, shrinkage, d.padded());
        Progress::Stepped
    }
}

impl Integrator for StochasticGradientFlow {
    fn prepare(&mut self, problem: &Regression, weights: &Weights, _label_noise: f64) -> Losses {
        self.brownian.fill(&mut self.normals);
        if problem.design.is_large() {
            let noise = Some((self.normals.padded(), &mut self.noise_gradient[..]));
            let gradient = &mut self.increment;
            return self
                .forward
                .compute_in_one_reading(problem, weights, gradient, noise);
        }
        self.forward.compute(problem, weights)
    }

    fn normals(&self) -> &[f64] {
        &self.normals
    }

    fn advance(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        substep: &SubStep,
    ) -> Progress {
        // L̃ = L + δ² (eq. 10); z = Xᵀ(dt·r/n − 2√(γL̃/n)·√dt·N).
        let (gamma, dt) = (substep.step_size, substep.dt);
        let noisy_loss = substep.loss + substep.label_noise * substep.label_noise;
        let n = problem.n() as f64;
        let diffusion = 2.0 * (gamma * noisy_loss / n * dt).sqrt();
        self.write_increment(problem, dt / n, diffusion);
        match self.scheme {
            Scheme::EulerMaruyama => {
                self.forward.descend(problem, weights, 1.0, &self.increment);
                Progress::Stepped
            }
            Scheme::LogEuler => self.mirror_step(problem, weights, 2.0 * gamma * noisy_loss * dt),
        }
    }

    fn use_threads(&mut self, pool: &Arc<ThreadPool>) {
        self.forward.use_threads(pool);
    }

    fn restart(&mut self) {
        self.forward.restart();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::diagonal::dynamics::testing::{
        HYPER, coefficient, one_step, problem, weights,
    };
    use crate::labs::diagonal::dynamics::{Ledger, StepSettings, TapeData};

    /// A weight after a sub-step: dw = −(p/2)wᵖ⁻¹ Xᵀr/n dt + p√(γL̃/n)wᵖ⁻¹ XᵀdB = −wᵖ⁻¹dz, or its Itô form, where
    /// d⟨w⟩ = p²w²ᵖ⁻²·`variance`.
    fn moved(scheme: Scheme, depth: u32, w: f64, z: f64, variance: f64) -> f64 {
        let p = f64::from(depth);
        match scheme {
            Scheme::EulerMaruyama => w - w.powf(p - 1.0) * z,
            Scheme::LogEuler if depth == 2 => w * (-z - 2.0 * variance).exp(),
            Scheme::LogEuler => {
                // w²⁻ᵖ, whose second derivative is (p−2)(p−1)w⁻ᵖ.
                let quadratic = p * p * w.powf(2.0 * p - 2.0) * variance;
                let v = w.powf(2.0 - p)
                    + (p - 2.0) * z
                    + 0.5 * (p - 2.0) * (p - 1.0) * w.powf(-p) * quadratic;
                v.powf(-1.0 / (p - 2.0))
            }
        }
    }

    /// Both schemes' sub-steps written out with the recorded normals, at every depth; 1e-13 relative
    /// per step.
    #[test]
    fn a_step_is_the_stated_recursion_on_the_recorded_normals() {
        let problem = problem();
        let (n, d) = (problem.n(), problem.d());
        let (gamma, delta, substeps) = (0.05, 0.2, 3);
        for depth in 2..=6 {
            let p = f64::from(depth);
            let start = weights(d, depth);
            for scheme in [Scheme::LogEuler, Scheme::EulerMaruyama] {
                let settings = StepSettings {
                    step_size: gamma,
                    label_noise: delta,
                };
                let hyper = Hyper {
                    scheme,
                    substeps,
                    ..HYPER
                };
                let (after, mut rule) = one_step(&SGF, &hyper, settings, &start);
                let TapeData::Reals(normals) = &rule.tapes()[0].data else {
                    panic!("normals are real")
                };
                let dt = gamma / substeps as f64;
                let mut w = start.clone();
                for normals in normals.chunks_exact(n) {
                    let residual: Vec<f64> = (0..n)
                        .map(|i| {
                            let prediction: f64 = (0..d)
                                .map(|j| problem.train.x[[i, j]] * coefficient(&w, j))
                                .sum();
                            prediction - problem.train.y[i]
                        })
                        .collect();
                    let loss = residual.iter().map(|r| r * r).sum::<f64>() / (4.0 * n as f64);
                    let noisy = loss + delta * delta;
                    for j in 0..d {
                        let sum = |of: &dyn Fn(usize) -> f64| -> f64 {
                            (0..n).map(|i| problem.train.x[[i, j]] * of(i)).sum()
                        };
                        let gradient = sum(&|i| residual[i] / n as f64);
                        let brownian = sum(&|i| dt.sqrt() * normals[i]);
                        let mean_square = problem.column_mean_square[j];
                        let z = 0.5 * p * gradient * dt
                            - p * (gamma * noisy / n as f64).sqrt() * brownian;
                        let variance = gamma * noisy * mean_square * dt;
                        let moved = |w, sign: f64| moved(scheme, depth, w, sign * z, variance);
                        w.w_plus[j] = moved(w.w_plus[j], 1.0);
                        w.w_minus[j] = moved(w.w_minus[j], -1.0);
                    }
                }
                for j in 0..d {
                    assert!(
                        (after.w_plus[j] / w.w_plus[j] - 1.0).abs() < 1e-13,
                        "{scheme:?}, p={depth}"
                    );
                    assert!(
                        (after.w_minus[j] / w.w_minus[j] - 1.0).abs() < 1e-13,
                        "{scheme:?}, p={depth}"
                    );
                }
            }
        }
    }

    /// A large γ makes z too large. Label noise alone does so to the shrinkage 2sD, s = γδ²dt = 12,
    /// before z, of standard deviation 2√(sD) ≈ 9, comes near the limit of 30. At depth 3 a large
    /// γ makes the shrinkage too large, and 1.5z = −4 one of the mirror variables 1/w± ≤ 3.4 negative.
    #[test]
    fn a_jump_of_the_logarithm_is_divergence() {
        let problem = problem();
        for (depth, step_size, label_noise) in [(2, 1e6, 0.0), (2, 1e-3, 3.5e3), (3, 1e9, 0.0)] {
            // One sub-step, so that none goes well before.
            let hyper = Hyper {
                substeps: 1,
                ..HYPER
            };
            let mut rule = (SGF.build)(&problem, &hyper);
            let mut weights = weights(problem.d(), depth);
            let before = weights.clone();
            let mut ledger = Ledger::new(&problem, &weights.beta());
            let settings = StepSettings {
                step_size,
                label_noise,
            };
            assert_eq!(
                rule.step(&problem, &mut weights, settings, &mut ledger),
                Progress::Diverged
            );
            assert_eq!(weights, before);
        }
        let mut weights = weights(problem.d(), 3);
        let before = weights.clone();
        let z = vec![-4.0 / 1.5; problem.d()];
        let d = &problem.column_mean_square;
        let (w_plus, w_minus) = (&mut weights.w_plus, &mut weights.w_minus);
        let limit = MAX_MIRROR_RATIO;
        assert!(!kernels::mirror_step(w_plus, w_minus, 3, &z, 0.0, d, limit));
        assert_eq!(weights, before);
    }
}
