//! The networks of an experiment: where each starts, and which regularisers are its own.

use crate::palette::{Ink, Line, Look};
use crate::sim::experiment::{Family, RunInfo};

/// Which of the three explicit regularisers act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Regularisers {
    /// Momentum.
    pub(super) momentum: bool,
    /// L2, weight decay.
    pub(super) decay: bool,
    /// Augmentation, fresh noise on the inputs.
    pub(super) augmentation: bool,
}

impl Regularisers {
    /// How many act.
    pub(super) fn count(self) -> usize {
        [self.momentum, self.decay, self.augmentation]
            .into_iter()
            .filter(|acts| *acts)
            .count()
    }

    /// Their names, such as `momentum and L2`; empty if none acts.
    pub(super) fn in_words(self) -> String {
        let named = [
            (self.momentum, "momentum"),
            (self.decay, "L2"),
            (self.augmentation, "augmentation"),
        ];
        let names: Vec<&str> = named
            .into_iter()
            .filter_map(|(acts, name)| acts.then_some(name))
            .collect();
        match names.as_slice() {
            [first, middle, last] => format!("{first}, {middle} and {last}"),
            names => names.join(" and "),
        }
    }
}

/// What a network is trained on before the task, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It waits at θ₀.
    Untouched,
    /// It memorises the copies with labels of a coin.
    RandomLabels,
    /// It learns the copies with the labels of their originals.
    TrueLabels,
    /// It starts where the one with random labels is when the task begins.
    Adversary,
}

/// A network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Member {
    /// Where it starts.
    pub(super) origin: Origin,
    /// The regularisers that are its own; `None` for those that the switches say.
    pub(super) own: Option<Regularisers>,
    /// Its family, of which it is the only one.
    pub(super) family: Family,
}

impl Member {
    /// Its name in files and on the screen.
    pub(super) fn info(&self) -> RunInfo {
        RunInfo {
            name: self.family.id.to_owned(),
            label: self.family.label.to_owned(),
            family: self.family,
        }
    }
}

const fn family(
    id: &'static str,
    label: &'static str,
    look: (Ink, Line, f64),
    about: &'static str,
) -> Family {
    Family {
        id,
        label,
        about,
        look: Look {
            ink: look.0,
            line: look.1,
            width: look.2,
        },
    }
}

/// The network that starts at random.
pub(super) const RANDOM: Family = family(
    "random-start",
    "Random",
    (Ink::Green, Line::Solid, 2.6),
    "Trained by SGD from the random weights θ₀.",
);

/// The one that starts where it has memorised garbage.
pub(super) const ADVERSARIAL: Family = family(
    "adversarial-start",
    "Adversarial",
    (Ink::Purple, Line::Marked, 2.6),
    "From the same θ₀, but first trained until it has memorised noisy copies of the points with labels of a coin; then \
     by the same SGD on the same points.",
);

/// The one that starts where it has learned the truth in the same way.
pub(super) const CONTROL: Family = family(
    "true-label-start",
    "True labels",
    (Ink::Green, Line::Dashed, 1.6),
    "Pretrained like the adversarial one, but with the true labels on the copies: what pretraining costs by itself.",
);

const SINGLE: &str =
    "From the adversarial start, with this regulariser from the beginning of the task on.";
const SEVERAL: &str =
    "From the adversarial start, with these regularisers from the beginning of the task on.";

const fn rescue(
    [momentum, decay, augmentation]: [bool; 3],
    id: &'static str,
    label: &'static str,
    look: (Ink, Line, f64),
    about: &'static str,
) -> Member {
    Member {
        origin: Origin::Adversary,
        own: Some(Regularisers {
            momentum,
            decay,
            augmentation,
        }),
        family: family(id, label, look, about),
    }
}

/// From the adversarial start with every choice of regularisers.
pub(super) const RESCUES: [Member; 7] = [
    rescue(
        [true, false, false],
        "rescue-m",
        "M",
        (Ink::Vermillion, Line::Solid, 1.6),
        SINGLE,
    ),
    rescue(
        [false, true, false],
        "rescue-l2",
        "L2",
        (Ink::Vermillion, Line::Marked, 1.6),
        SINGLE,
    ),
    rescue(
        [false, false, true],
        "rescue-a",
        "A",
        (Ink::Vermillion, Line::Dashed, 1.6),
        SINGLE,
    ),
    rescue(
        [true, true, false],
        "rescue-m-l2",
        "M, L2",
        (Ink::Blue, Line::Solid, 1.6),
        SEVERAL,
    ),
    rescue(
        [true, false, true],
        "rescue-m-a",
        "M, A",
        (Ink::Blue, Line::Marked, 1.6),
        SEVERAL,
    ),
    rescue(
        [false, true, true],
        "rescue-l2-a",
        "L2, A",
        (Ink::Blue, Line::Dashed, 1.6),
        SEVERAL,
    ),
    rescue(
        [true, true, true],
        "rescue-all",
        "All",
        (Ink::Text, Line::Dashed, 1.6),
        SEVERAL,
    ),
];

/// The networks that are always there, and the control.
pub(super) const PAIR: [Member; 2] = [
    Member {
        origin: Origin::Untouched,
        own: None,
        family: RANDOM,
    },
    Member {
        origin: Origin::RandomLabels,
        own: None,
        family: ADVERSARIAL,
    },
];

/// See [`CONTROL`].
pub(super) const CONTROL_MEMBER: Member = Member {
    origin: Origin::TrueLabels,
    own: None,
    family: CONTROL,
};

/// Every network there can be, in the order of legends.
pub(super) fn all() -> impl Iterator<Item = Member> {
    let known = PAIR.into_iter().chain([CONTROL_MEMBER]);
    known.chain(RESCUES)
}
