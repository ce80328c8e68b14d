//! Gradient flow, ẇ± = −∇L(w±): the limit γ → 0 of GD, whose end point is exactly the interpolator of
//! least φ_α (paper §3, eq. 4).
//!
//! # State
//!
//! With ṡ = r(β(s))/n ∈ Rⁿ and s(0) = 0 the weights are w± = w±(0) ⊙ exp(∓u), u = Xᵀs, whatever they
//! start from: positive weights stay positive and w₊w₋ is constant to rounding. The integral of the
//! loss needs no quadrature. Along the flow d‖w‖²/dt = −2⟨Xβ, r⟩/n and d⟨y, s⟩/dt = ⟨y, r⟩/n, hence
//!
//! ∫₀ᵗ L = ⅛(‖w(0)‖² − ‖w(t)‖²) − ¼⟨y, s(t)⟩,
//!
//! which tends to ½D_φα(β∞, 0). It replaces the ledger's Riemann sum.
//!
//! The module `integrator` says how it is integrated.

mod field;
mod integrator;
mod solution;
#[cfg(test)]
mod tests;

use integrator::Flow;

use super::ledger::StepRecord;
use super::{Dynamics, Forward, Hyper, Ledger, Method, Progress, StepSettings};
use crate::labs::diagonal::network::Weights;
use crate::model::regression::Regression;
use crate::model::watch::Watch;
use crate::palette::{Ink, Line, Look};

/// Gradient flow.
pub static GF: Method = Method {
    id: "gf",
    label: "GF",
    about: "Gradient flow: dw± = −∇L(w±) dt, GD's limit for γ → 0, to about nine digits whatever γ. It ends at \
            the interpolator of least φ_α (eq. 4). Its gradient count is that of the integrator. One run.",
    look: Look {
        ink: Ink::Text,
        line: Line::Dashed,
        width: 1.8,
    },
    max_runs: 1,
    default_runs: "0",
    any_depth: false,
    any_weights: false,
    covered_by_theorem: true,
    build: |problem, _hyper: &Hyper| Box::new(GradientFlow::new(problem)),
};

struct GradientFlow {
    forward: Forward,
    /// Made at the first step, where the run starts.
    flow: Option<Flow>,
    time: f64,
    watch: Watch,
}

impl GradientFlow {
    fn new(problem: &Regression) -> Self {
        Self {
            forward: Forward::new(problem),
            flow: None,
            time: 0.0,
            watch: Watch::default(),
        }
    }
}

impl Dynamics for GradientFlow {
    fn step(
        &mut self,
        problem: &Regression,
        weights: &mut Weights,
        settings: StepSettings,
        ledger: &mut Ledger,
    ) -> Progress {
        let losses = self.forward.compute(problem, weights);
        let flow = self
            .flow
            .get_or_insert_with(|| Flow::new(problem, weights.clone()));
        let gamma = settings.step_size;
        let time = self.time + gamma;
        let evaluations = flow.field.evaluations;
        if flow.reach(time, &self.watch).is_none() {
            return Progress::Diverged;
        }
        let gradients = (flow.field.evaluations - evaluations) * problem.n();
        let record = StepRecord::without_noise(gamma, gradients);
        if ledger.enter(losses, &record) == Progress::Diverged {
            return Progress::Diverged;
        }
        self.time = time;
        ledger.set_loss_integral(flow.write_weights(time, weights));
        Progress::Stepped
    }

    fn restart(&mut self) {
        self.flow = None;
        self.time = 0.0;
    }

    fn watch(&mut self, watch: &Watch) {
        self.watch = watch.clone();
    }
}
