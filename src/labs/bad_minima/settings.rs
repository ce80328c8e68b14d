//! What the knobs say, as the experiment needs it.

use super::data::{Law, Task};
use super::families::Regularisers;
use crate::knobs::Knobs;

/// Epochs of a step on the clock while copies are memorised; after them it is looked whether all are.
pub(super) const EPOCHS_PER_STEP: u64 = 20;

/// Samples of a batch while copies are memorised.
pub(super) const MEMORISED_BATCH: usize = 50;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    /// The law of the points.
    pub(super) law: Law,
    /// n.
    pub(super) train_points: usize,
    /// R.
    pub(super) copies: usize,
    /// σ of the copies.
    pub(super) copy_noise: f64,
    /// Seed of the points, the copies and the coin.
    pub(super) point_seed: u64,
    /// h.
    pub(super) width: usize,
    /// Seed of θ₀.
    pub(super) initial_seed: u64,
    /// P: steps on the clock before the task begins.
    pub(super) pretraining_steps: u64,
    /// Adam's step size meanwhile.
    pub(super) pretraining_step_size: f32,
    /// γ of SGD.
    pub(super) step_size: f32,
    /// b.
    pub(super) batch: usize,
    /// Seed of the order of the samples and of the input noise.
    pub(super) order_seed: u64,
    /// What the switches say.
    pub(super) switches: Regularisers,
    /// μ, where momentum acts.
    pub(super) momentum: f32,
    /// λ, where L2 acts.
    pub(super) decay: f32,
    /// Deviation of the input noise, where augmentation acts.
    pub(super) augmentation: f64,
    /// Whether there is a control.
    pub(super) control: bool,
    /// Whether every choice of regularisers is tried.
    pub(super) rescues: bool,
}

impl Settings {
    /// Reads them.
    pub(super) fn from_knobs(knobs: &Knobs) -> Self {
        Self {
            law: Law::of(knobs.word("point_set")),
            train_points: knobs.count("train_points") as usize,
            copies: knobs.count("memory_copies") as usize,
            copy_noise: knobs.real("copy_noise"),
            point_seed: knobs.count("point_seed"),
            width: knobs.count("hidden_width") as usize,
            initial_seed: knobs.count("initial_seed"),
            pretraining_steps: knobs.count("pretraining_steps"),
            pretraining_step_size: knobs.real("pretraining_step_size") as f32,
            step_size: knobs.real("step_size") as f32,
            batch: knobs.count("batch_size") as usize,
            order_seed: knobs.count("order_seed"),
            switches: Regularisers {
                momentum: knobs.switch("with_momentum"),
                decay: knobs.switch("with_l2"),
                augmentation: knobs.switch("with_augmentation"),
            },
            momentum: knobs.real("momentum") as f32,
            decay: knobs.real("l2_strength") as f32,
            augmentation: knobs.real("augmentation_noise"),
            control: knobs.switch("with_control"),
            rescues: knobs.switch("with_rescues"),
        }
    }

    /// The points.
    pub(super) fn task(&self) -> Task {
        let Self {
            law,
            train_points,
            copies,
            copy_noise,
            point_seed,
            ..
        } = *self;
        Task::new(law, train_points, copies, copy_noise, point_seed)
    }

    /// The same with these regularisers and no others.
    pub(super) fn with(&self, acting: Regularisers) -> Self {
        Self {
            switches: acting,
            ..*self
        }
    }

    /// μ in force.
    pub(super) fn momentum_in_force(&self) -> f32 {
        if self.switches.momentum {
            self.momentum
        } else {
            0.0
        }
    }

    /// λ in force.
    pub(super) fn decay_in_force(&self) -> f32 {
        if self.switches.decay { self.decay } else { 0.0 }
    }

    /// Deviation of the input noise in force.
    pub(super) fn augmentation_in_force(&self) -> f64 {
        if self.switches.augmentation {
            self.augmentation
        } else {
            0.0
        }
    }
}
