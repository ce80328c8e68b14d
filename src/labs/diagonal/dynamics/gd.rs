//! Gradient descent, w± ← w± − γ∇L(w±) (paper §2), at any depth.
//!
//! Stable up to about γ = 2/λ_max(H) of [`crate::labs::diagonal::theory::step_size`]; not checked here. Weights may
//! change sign near that limit and are never clamped.

use std::sync::Arc;

use rayon::ThreadPool;

use super::ledger::StepRecord;
use super::{Dynamics, Forward, Hyper, Ledger, Method, Progress, StepSettings};
use crate::labs::diagonal::network::Weights;
use crate::model::aligned::{self, Aligned};
use crate::model::regression::Regression;
use crate::palette::{Ink, Line, Look};

/// Gradient descent.
pub static GD: Method = Method {
    id: "gd",
    label: "GD",
    about: "Gradient descent: w± ← w± ∓ (γ/n) w± ⊙ Xᵀ(Xβ − y). Deterministic; one run.",
    look: Look {
        ink: Ink::Blue,
        line: Line::Solid,
        width: 2.6,
    },
    max_runs: 1,
    default_runs: "1",
    any_depth: true,
    any_weights: true,
    covered_by_theorem: true,
    build: |problem, _hyper: &Hyper| Box::new(GradientDescent::new(problem)),
};

struct GradientDescent {
    forward: Forward,
    /// As long as a padded row.
    gradient: Aligned,
}

impl GradientDescent {
    fn new(problem: &Regression) -> Self {
        Self {
            forward: Forward::new(problem),
            gradient: aligned::zeros(problem.design.stride()),
        }
    }
}

impl Dynamics for GradientDescent {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        let gradient = &mut self.gradient;
        let losses = self
            .forward
            .compute_with_gradient(problem, weights, gradient);
        let gamma = settings.step_size;
        let record = StepRecord::without_noise(gamma, problem.n());
        if ledger.enter(losses, &record) == Progress::Diverged {
            return Progress::Diverged;
        }
        let c = gamma / problem.n() as f64;
        self.forward.descend(problem, weights, c, &self.gradient);
        Progress::Stepped
    }

    fn use_threads(&mut self, pool: &Arc<ThreadPool>) {
        self.forward.use_threads(pool);
    }

    fn restart(&mut self) {
        self.forward.restart();
    }
}
