//! Stochastic gradient flow, the Itô SDE (3), with label noise (10):
//!
//! dw± = −∇L(w±) dt ± 2√(γ(L+δ²)/n) w± ⊙ XᵀdB, the same n-dimensional B for both signs.
//!
//! Two schemes, both of strong order ½ and weak order 1:
//! - *Euler–Maruyama* on w, the paper's choice with dt = γ/10. Weights may change sign.
//! - *log-Euler*: Euler on the mirror form d ln w± = ∓dz − 2γ(L+δ²)diag(XᵀX/n)dt, where Itô's term
//!   has become explicit. Keeps w± > 0 and w₊w₋ = α_t² exactly, and is more accurate at dt = γ than
//!   Euler–Maruyama at γ/10.

use rand::RngExt as _;
use rand_distr::StandardNormal;

use super::ledger::{Entry, NoiseShare};
use super::{Dynamics, Forward, Hyper, Ledger, Method, Progress, StepSettings, Tape, TapeData};
use crate::model::kernels;
use crate::model::network::Weights;
use crate::model::random::{Generator, Stream, generator};
use crate::model::regression::Regression;

/// How the SDE is integrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Euler on ln w±.
    LogEuler,
    /// Euler–Maruyama on w±.
    EulerMaruyama,
}

impl Scheme {
    /// The scheme's name in recipes and summaries.
    pub fn id(self) -> &'static str {
        match self {
            Self::LogEuler => "log-euler",
            Self::EulerMaruyama => "euler-maruyama",
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
    max_runs: 40,
    default_runs: "2",
    build: |problem, hyper| Box::new(StochasticGradientFlow::new(problem, hyper)),
};

/// |z| or Itô shrinkage above which a log-Euler step counts as divergence: e³⁰ per sub-step, 60
/// times what stable runs at γ_auto reach. Both together stay within what the exponential takes.
pub(super) const MAX_LOG_STEP: f64 = 30.0;

struct StochasticGradientFlow {
    forward: Forward,
    increment: Vec<f64>,
    normals: Vec<f64>,
    scheme: Scheme,
    substeps: usize,
    brownian: Generator,
    tapes: Vec<Tape>,
}

impl StochasticGradientFlow {
    fn new(problem: &Regression, hyper: &Hyper) -> Self {
        let tape = |name, width| Tape {
            name,
            width,
            data: TapeData::Reals(Vec::new()),
        };
        Self {
            forward: Forward::new(problem),
            increment: vec![0.0; problem.d()],
            normals: vec![0.0; problem.n()],
            scheme: hyper.scheme,
            substeps: hyper.substeps,
            brownian: generator(hyper.brownian_seed, Stream::Brownian, hyper.index),
            tapes: if hyper.record {
                vec![tape("brownian", problem.n()), tape("delta", 1)]
            } else {
                Vec::new()
            },
        }
    }

    fn draw_normals(&mut self, delta: f64) {
        for normal in &mut self.normals {
            *normal = self.brownian.sample(StandardNormal);
        }
        if let [brownian, deltas] = &mut self.tapes[..]
            && let (TapeData::Reals(brownian), TapeData::Reals(deltas)) =
                (&mut brownian.data, &mut deltas.data)
        {
            brownian.extend_from_slice(&self.normals);
            deltas.push(delta);
        }
    }

    fn substep(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        let gamma = settings.step_size;
        let dt = gamma / self.substeps as f64;
        let loss = self.forward.look(problem, weights);
        let entry = Entry {
            dt,
            step_size: gamma,
            label_noise: settings.label_noise,
            share: NoiseShare {
                sampling: 1.0,
                labels: 1.0,
            },
            gradients: problem.n(),
        };
        if ledger.enter(problem, &self.forward.beta, loss, &entry) == Progress::Diverged {
            return Progress::Diverged;
        }
        self.draw_normals(settings.label_noise);

        // L̃ = L + δ² (eq. 10); z = Xᵀ(dt·r/n − 2√(γL̃/n)·√dt·N).
        let noisy_loss = loss + settings.label_noise * settings.label_noise;
        let n = problem.n() as f64;
        let drift = dt / n;
        let diffusion = 2.0 * (gamma * noisy_loss / n * dt).sqrt();
        for (r, normal) in self.forward.residual.iter_mut().zip(&self.normals) {
            *r = drift * *r - diffusion * normal;
        }
        kernels::transposed_matrix_vector(
            problem.train.features(),
            &self.forward.residual,
            &mut self.increment,
        );
        match self.scheme {
            Scheme::EulerMaruyama => {
                kernels::multiplicative_step(
                    &mut weights.w_plus,
                    &mut weights.w_minus,
                    &self.increment,
                );
            }
            Scheme::LogEuler => {
                let shrinkage = 2.0 * gamma * noisy_loss * dt;
                let d = &problem.column_mean_square;
                if kernels::max_abs(&self.increment) > MAX_LOG_STEP
                    || shrinkage * kernels::max_abs(d) > MAX_LOG_STEP
                {
                    return Progress::Diverged;
                }
                kernels::exponential_step(
                    &mut weights.w_plus,
                    &mut weights.w_minus,
                    &self.increment,
                    shrinkage,
                    d,
                );
            }
        }
        Progress::Stepped
    }
}

impl Dynamics for StochasticGradientFlow {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        for _ in 0..self.substeps {
            if self.substep(problem, weights, settings, ledger) == Progress::Diverged {
                return Progress::Diverged;
            }
        }
        Progress::Stepped
    }

    fn set_substeps(&mut self, substeps: usize) {
        self.substeps = substeps;
    }

    fn tapes(&mut self) -> &mut [Tape] {
        &mut self.tapes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::testing::{HYPER, one_step, problem, weights};

    /// Both schemes' sub-steps written out with the recorded normals; 1e-13 relative per step.
    #[test]
    fn a_step_is_the_stated_recursion_on_the_recorded_normals() {
        let problem = problem();
        let (n, d) = (problem.n(), problem.d());
        let start = weights(d);
        let (gamma, delta, substeps) = (0.05, 0.2, 3);
        for scheme in [Scheme::LogEuler, Scheme::EulerMaruyama] {
            let settings = StepSettings {
                step_size: gamma,
                label_noise: delta,
            };
            let (after, mut rule) = one_step(
                &SGF,
                &Hyper {
                    scheme,
                    substeps,
                    ..HYPER
                },
                settings,
                &start,
            );
            let TapeData::Reals(normals) = &rule.tapes()[0].data else {
                panic!("normals are real")
            };
            let dt = gamma / substeps as f64;
            let mut w = start.clone();
            for normals in normals.chunks_exact(n) {
                let residual: Vec<f64> = (0..n)
                    .map(|i| {
                        let prediction: f64 = (0..d)
                            .map(|j| {
                                problem.train.x[[i, j]]
                                    * (w.w_plus[j].powi(2) - w.w_minus[j].powi(2))
                            })
                            .sum();
                        prediction - problem.train.y[i]
                    })
                    .collect();
                let loss = residual.iter().map(|r| r * r).sum::<f64>() / (4.0 * n as f64);
                let sigma = 2.0 * (gamma * (loss + delta * delta) / n as f64).sqrt();
                for j in 0..d {
                    let z: f64 = (0..n)
                        .map(|i| {
                            let noise = sigma * dt.sqrt() * normals[i];
                            problem.train.x[[i, j]] * (dt * residual[i] / n as f64 - noise)
                        })
                        .sum();
                    let q =
                        2.0 * gamma * (loss + delta * delta) * problem.column_mean_square[j] * dt;
                    let (plus, minus) = match scheme {
                        Scheme::LogEuler => (f64::exp(-z - q), f64::exp(z - q)),
                        Scheme::EulerMaruyama => (1.0 - z, 1.0 + z),
                    };
                    w.w_plus[j] *= plus;
                    w.w_minus[j] *= minus;
                }
            }
            for j in 0..d {
                assert!(
                    (after.w_plus[j] / w.w_plus[j] - 1.0).abs() < 1e-13,
                    "{scheme:?}"
                );
                assert!(
                    (after.w_minus[j] / w.w_minus[j] - 1.0).abs() < 1e-13,
                    "{scheme:?}"
                );
            }
        }
    }

    /// A large γ makes z too large. Label noise alone does so to the shrinkage 2sD, s = γδ²dt = 12,
    /// before z, of standard deviation 2√(sD) ≈ 9, comes near the limit of 30.
    #[test]
    fn a_jump_of_the_logarithm_is_divergence() {
        let problem = problem();
        for (step_size, label_noise) in [(1e6, 0.0), (1e-3, 7e3)] {
            let mut rule = (SGF.build)(&problem, &HYPER);
            let mut weights = weights(problem.d());
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
    }
}
