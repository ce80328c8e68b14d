//! The integrals and extremes of a run, updated at every step, sampled or not.

use super::estimate::Variance;
use crate::labs::diagonal::dynamics::Progress;
use crate::labs::diagonal::network::Weights;
use crate::model::kernels;
use crate::model::regression::Regression;

/// Smallest and largest value seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Smallest.
    pub low: f64,
    /// Largest.
    pub high: f64,
}

impl Extent {
    const EMPTY: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };

    /// Whether no value was seen.
    pub fn is_empty(&self) -> bool {
        self.low > self.high
    }

    fn include(&mut self, value: f64) {
        // Not `f64::min` and `f64::max`, which take several instructions for a NaN that never occurs, nor
        // branches, which cannot be predicted.
        self.low = if value < self.low { value } else { self.low };
        self.high = if value > self.high { value } else { self.high };
    }
}

/// How strongly a rule's noise shrinks the effective initialisation, relative to eq. 5: the
/// exponent is 2 diag(XᵀX/n) ∫γ(sampling·L + labels·δ²)dt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseShare {
    /// Share of the sampling noise: 1 for one sample per step and for SGF, 1/b or
    /// (n−b)/(b(n−1)) for batches, 0 for GD.
    pub sampling: f64,
    /// Share of the label noise: 1, 1/b or 0.
    pub labels: f64,
}

impl NoiseShare {
    /// No noise: GD and gradient flow.
    pub const NONE: Self = Self {
        sampling: 0.0,
        labels: 0.0,
    };

    /// All of eq. 10: stochastic gradient flow.
    pub const FULL: Self = Self {
        sampling: 1.0,
        labels: 1.0,
    };
}

/// Running sums and extremes of one run.
///
/// The integrals are left Riemann sums over every sub-step, so they do not depend on which steps
/// are shown; gradient flow's ∫L is exact. Where a rule does not compute the loss of every step, its place in them
/// is taken by an estimate without bias (`Ledger::enter_estimate`).
#[derive(Clone, Debug)]
pub struct Ledger {
    /// ∫L dt.
    pub loss_integral: f64,
    /// The estimated variance of [`Ledger::loss_integral`]: 0 while the loss of every step is computed.
    pub loss_integral_variance: Variance,
    /// ∫δ² dt.
    pub noise_integral: f64,
    /// ∫γ(f_L L + f_δ δ²) dt with the rule's [`NoiseShare`]: half the exponent of eq. 5 and 10 per
    /// unit of diag(XᵀX/n), also when γ changes on the way.
    pub shrinkage: f64,
    /// The estimated variance of [`Ledger::shrinkage`].
    pub shrinkage_variance: Variance,
    /// The label noise's part of [`Ledger::shrinkage`].
    pub label_shrinkage: f64,
    /// ∫λ dt of the weight decay λ: what it adds to −ln(α_t/α).
    pub decay_integral: f64,
    /// For depth p ≥ 3, ∫γ(f_L L + f_δ δ²)|w±|ᵖ⁻²dt of either sign, length d each, of which
    /// [`crate::labs::diagonal::network::depth_effective_alpha`] makes the two effective initialisations.
    /// Empty for p = 2 and until a rule with noise enters something.
    pub power_integrals: [Vec<f64>; 2],
    /// Single-sample gradients computed so far.
    pub gradient_evaluations: f64,
    /// L at the start of the last step that has computed it; where every step does, the status of a run costs
    /// nothing.
    pub last_loss: f64,
    /// Extremes of L since [`Ledger::forget_extremes`], of the steps that have computed it.
    pub training: Extent,
    /// Extremes of the validation loss; left empty for hold-out data, where every step would cost
    /// another pass over the held-out rows.
    pub validation: Extent,
    divergence_bound: f64,
}

impl Ledger {
    /// L above this multiple of its start, or of 1 if that is more, counts as diverged: stable
    /// runs stay below 11 L(0), and below 2600 L(0) with strong label noise.
    const DIVERGENCE_FACTOR: f64 = 1e6;

    /// An empty ledger for a run that starts at `beta`.
    pub fn new(problem: &Regression, beta: &[f64]) -> Self {
        let start = problem.training_loss(beta);
        Self {
            loss_integral: 0.0,
            loss_integral_variance: Variance::default(),
            noise_integral: 0.0,
            shrinkage: 0.0,
            shrinkage_variance: Variance::default(),
            label_shrinkage: 0.0,
            decay_integral: 0.0,
            power_integrals: [Vec::new(), Vec::new()],
            gradient_evaluations: 0.0,
            training: Extent::EMPTY,
            validation: Extent::EMPTY,
            last_loss: start,
            divergence_bound: Self::DIVERGENCE_FACTOR * start.max(1.0),
        }
    }

    /// Whether a loss is finite and within the bound.
    pub fn accepts(&self, loss: f64) -> bool {
        loss <= self.divergence_bound
    }

    /// Enters the state at the start of a (sub-)step of length dt; the step is not to be taken if its loss is out of
    /// bounds.
    #[inline(always)]
    pub fn enter(&mut self, losses: Losses, step: &StepRecord) -> Progress {
        let loss = losses.training;
        if !self.accepts(loss) {
            return Progress::Diverged;
        }
        self.last_loss = loss;
        self.training.include(loss);
        self.add(loss, losses.validation, step);
        Progress::Stepped
    }

    /// Enters the state at the start of a step that computes the residuals of its own samples alone, drawn afresh:
    /// their mean takes the place of L, and `variance` is what [`Variance`] says of it.
    ///
    /// L ≥ rᵢ²/4n for every i: what is beyond the bound by one sample has diverged without doubt.
    pub(crate) fn enter_estimate(
        &mut self,
        drawn: &DrawnLosses,
        variance: Variance,
        step: &StepRecord,
    ) -> Progress {
        let loss = drawn.training;
        if !loss.is_finite() || !self.accepts(drawn.least) {
            return Progress::Diverged;
        }
        self.add(loss, drawn.validation, step);
        self.loss_integral_variance.add(step.dt, variance);
        let weight = step.step_size * step.dt * step.share.sampling;
        self.shrinkage_variance.add(weight, variance);
        Progress::Stepped
    }

    /// Adds a step to the integrals.
    #[inline(always)]
    fn add(&mut self, loss: f64, validation: Option<f64>, step: &StepRecord) {
        if let Some(validation) = validation {
            self.validation.include(validation);
        }
        let noise = step.label_noise * step.label_noise;
        self.loss_integral += loss * step.dt;
        self.noise_integral += noise * step.dt;
        self.shrinkage += step.shrinkage(loss);
        self.label_shrinkage += step.step_size * step.dt * step.share.labels * noise;
        self.gradient_evaluations += step.gradients as f64;
    }

    /// Enters what the noise of a (sub-)step does to either sign of a network of depth p ≥ 3, from
    /// the weights before it; nothing for p = 2, where both signs share [`Ledger::shrinkage`].
    #[inline(always)]
    pub(crate) fn enter_powers(&mut self, weights: &Weights, loss: f64, step: &StepRecord) {
        if weights.depth > 2 {
            self.add_powers(weights, step.shrinkage(loss));
        }
    }

    #[inline(never)]
    fn add_powers(&mut self, weights: &Weights, shrinkage: f64) {
        let signs = [&weights.w_plus, &weights.w_minus];
        for (integral, w) in self.power_integrals.iter_mut().zip(signs) {
            integral.resize(w.len(), 0.0);
            kernels::add_powers(integral, shrinkage, w, weights.depth - 2);
        }
    }

    /// Replaces ∫L by a better value, for rules that know it more accurately than the sum does.
    pub(crate) fn set_loss_integral(&mut self, value: f64) {
        self.loss_integral = value;
    }

    /// Starts new extremes, after a sample has recorded the old ones.
    pub fn forget_extremes(&mut self) {
        self.training = Extent::EMPTY;
        self.validation = Extent::EMPTY;
    }
}

/// The losses that a forward pass finds.
#[derive(Clone, Copy, Debug)]
pub struct Losses {
    /// L.
    pub training: f64,
    /// ‖β − β*‖², where β* is known.
    pub validation: Option<f64>,
}

/// What the drawn samples of a step say of the losses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawnLosses {
    /// The mean of rᵢ²/4 over them, whose own mean is L.
    pub(crate) training: f64,
    /// What L is not below.
    pub(crate) least: f64,
    /// ‖β − β*‖², where β* is known.
    pub(crate) validation: Option<f64>,
}

/// One (sub-)step to be entered in a [`Ledger`].
#[derive(Clone, Copy, Debug)]
pub struct StepRecord {
    /// Its length in flow time: γ, or γ/m for one of m sub-steps.
    pub dt: f64,
    /// γ.
    pub step_size: f64,
    /// δ, for rules that have label noise.
    pub label_noise: f64,
    /// How much of the noise the rule has.
    pub share: NoiseShare,
    /// Single-sample gradients that it computes.
    pub gradients: usize,
}

impl StepRecord {
    /// A whole step of a rule without noise.
    pub fn without_noise(step_size: f64, gradients: usize) -> Self {
        Self {
            dt: step_size,
            step_size,
            label_noise: 0.0,
            share: NoiseShare::NONE,
            gradients,
        }
    }

    /// γ(f_L L + f_δ δ²)dt.
    fn shrinkage(&self, loss: f64) -> f64 {
        let noise = self.label_noise * self.label_noise;
        self.step_size * self.dt * (self.share.sampling * loss + self.share.labels * noise)
    }
}
