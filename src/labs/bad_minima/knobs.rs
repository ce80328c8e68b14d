//! The lab's knobs, declared once.

use super::data::Law;
use crate::knobs::{Kind, Knob, Knobs, Role};
use crate::labs::arithmetic;

const POINTS: &str = "Points";
const NETWORK: &str = "Network";
const MEMORY: &str = "Memorising";
const TASK: &str = "SGD on the task";
const REGULARISERS: &str = "Regularisers";
const COMPARISON: &str = "Comparison";
const RUN: &str = "Run";

const MAX_SEED: u64 = 999_999;

const fn count(min: u64, max: u64) -> Kind {
    Kind::Count {
        min,
        max,
        auto: None,
    }
}

const fn real(min: f64, max: f64, slider: [f64; 2], logarithmic: bool) -> Kind {
    Kind::Real {
        min,
        max,
        slider,
        logarithmic,
        auto: None,
        vector: false,
    }
}

/// A switch of a regulariser that acts at once.
const fn live_switch(key: &'static str, label: &'static str, help: &'static str) -> Knob {
    Knob {
        live: true,
        ..Knob::new(REGULARISERS, key, label, Kind::Switch, "false", help)
    }
}

/// How strongly a regulariser acts, at once.
const fn live_strength(
    key: &'static str,
    label: &'static str,
    kind: Kind,
    default: &'static str,
    relevant: fn(&Knobs) -> bool,
    help: &'static str,
) -> Knob {
    Knob {
        live: true,
        relevant,
        ..Knob::new(REGULARISERS, key, label, kind, default, help)
    }
}

const fn seed(
    group: &'static str,
    key: &'static str,
    label: &'static str,
    role: Role,
    help: &'static str,
) -> Knob {
    Knob {
        role: Some(role),
        ..Knob::new(group, key, label, count(0, MAX_SEED), "0", help)
    }
}

fn acts(knobs: &Knobs, switch: &str) -> bool {
    knobs.switch(switch) || knobs.switch("with_rescues")
}

fn memorises(knobs: &Knobs) -> bool {
    knobs.count("memory_copies") > 0
}

/// Every setting, in the order of the control panel and of recipe files.
pub(super) static KNOBS: [Knob; 23] = [
    Knob::new(
        POINTS,
        "point_set",
        "Points",
        Kind::Choice(Law::CHOICES),
        "disk",
        "Disk: class +1 within radius .75 of a disk of radius 1.15. Rings: radius .45 and .95. Moons: two interleaved \
         half circles that overlap. Wave: above or below a sine.",
    ),
    Knob::new(
        POINTS,
        "train_points",
        "n",
        count(1, 500),
        "60",
        "Training points, the classes in turn.",
    ),
    seed(
        POINTS,
        "point_seed",
        "Point seed",
        Role::DataSeed,
        "Seed of the training and test points, of the copies' noise and of their coin.",
    ),
    Knob::new(
        NETWORK,
        "hidden_width",
        "Width h",
        count(1, 128),
        "64",
        "Units in each of the two hidden layers of the ReLU network 2-h-h-1.",
    ),
    seed(
        NETWORK,
        "initial_seed",
        "Start seed",
        Role::NoiseSeed,
        "Seed of the random weights θ₀ that all networks begin with.",
    ),
    Knob::new(
        MEMORY,
        "memory_copies",
        "Copies R",
        count(0, 8),
        "2",
        "How many noisy copies of every training input are to be memorised, each with the label of a fair coin (Liu, \
         Papailiopoulos, Achlioptas). Beyond 3 a plane has no more room: the cap comes first.",
    ),
    Knob {
        relevant: memorises,
        ..Knob::new(
            MEMORY,
            "copy_noise",
            "Copy noise σ",
            real(0.0, 1.0, [0.0, 0.4], false),
            "0.12",
            "Standard deviation of the copies' noise. At 0 every copy sits on its original.",
        )
    },
    Knob {
        unit: "× 20 epochs",
        ..Knob::new(
            MEMORY,
            "pretraining_steps",
            "Cap P",
            count(0, 3000),
            "300",
            "Steps before the task begins, of 20 epochs each. A network that has memorised all copies rests until then; \
             one that has not is taken as it is.",
        )
    },
    Knob {
        relevant: memorises,
        ..Knob::new(
            MEMORY,
            "pretraining_step_size",
            "Adam's step size",
            real(1e-5, 1.0, [1e-4, 0.1], true),
            "0.01",
            "Step size of Adam on the copies, in batches of 50 and without regularisers. The authors use SGD, which takes \
             five times as many epochs.",
        )
    },
    Knob {
        live: true,
        role: Some(Role::StepSize),
        ..Knob::new(
            TASK,
            "step_size",
            "Step size γ",
            real(1e-5, 1e3, [1e-3, 1.0], true),
            "0.01",
            "Step size of SGD. Ten times the usual one half escapes by itself. Acts at once.",
        )
    },
    Knob {
        unit: "samples",
        ..Knob::new(
            TASK,
            "batch_size",
            "Batch b",
            count(1, 500),
            "10",
            "Samples per step of SGD; every epoch has a new order, the same for all networks.",
        )
    },
    seed(
        TASK,
        "order_seed",
        "Order seed",
        Role::NoiseSeed,
        "Seed of the order of the samples and of the input noise.",
    ),
    live_switch(
        "with_momentum",
        "Momentum",
        "v ← μv − γg, w ← w + v. At the same γ this is also a step 1/(1 − μ) times as large. Acts at once, on the task.",
    ),
    live_strength(
        "momentum",
        "μ",
        real(0.0, 0.99, [0.0, 0.99], false),
        "0.9",
        |knobs| acts(knobs, "with_momentum"),
        "How much of the velocity stays from step to step.",
    ),
    live_switch(
        "with_l2",
        "L2",
        "Adds λθ to the gradient, for all weights and biases. Acts at once, on the task.",
    ),
    live_strength(
        "l2_strength",
        "λ",
        real(0.0, 1.0, [0.0, 0.05], false),
        "0.005",
        |knobs| acts(knobs, "with_l2"),
        "Strength of the decay.",
    ),
    live_switch(
        "with_augmentation",
        "Augmentation",
        "Moves every input by fresh normal noise in every epoch. Acts at once, on the task.",
    ),
    live_strength(
        "augmentation_noise",
        "Noise of inputs",
        real(0.0, 1.0, [0.0, 0.3], false),
        "0.1",
        |knobs| acts(knobs, "with_augmentation"),
        "Standard deviation of the noise on the inputs.",
    ),
    Knob::new(
        COMPARISON,
        "with_control",
        "True-label control",
        Kind::Switch,
        "false",
        "Also pretrain a network on the same copies with their true labels: what part of the loss is not due to random \
         labels?",
    ),
    Knob::new(
        COMPARISON,
        "with_rescues",
        "All choices of regularisers",
        Kind::Switch,
        "false",
        "Seven further networks start where the adversarial one does, one for each choice of momentum, L2 and \
         augmentation, whatever the switches say.",
    ),
    Knob {
        unit: "steps",
        role: Some(Role::Length),
        ..Knob::new(
            RUN,
            "steps",
            "Length K",
            count(1, 1_000_000),
            "1100",
            "Steps after which the clock stops; playing on is possible.",
        )
    },
    arithmetic::knob(RUN),
    Knob {
        kind: Kind::Real {
            min: 1.0,
            max: 1e6,
            slider: [1.0, 1e4],
            logarithmic: true,
            auto: Some("max"),
            vector: false,
        },
        unit: "steps/s",
        live: true,
        role: Some(Role::Pace),
        ..Knob::new(
            RUN,
            "speed",
            "Speed",
            Kind::Switch,
            "80",
            "Steps a second, or max for as fast as it goes.",
        )
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        let knobs = Knobs::new(&KNOBS);
        let keys: Vec<_> = knobs.iter().map(|(knob, _)| knob.key).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "`{key}` is declared twice");
        }
        assert!(
            knobs
                .iter()
                .all(|(knob, _)| !knob.help.is_empty() && !knob.label.is_empty())
        );
    }
}
