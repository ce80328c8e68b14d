//! The table of algorithms.
//!
//! Blue and red ones never leave the span of the data, green ones never leave it in the dual of their potential;
//! purple and black ones leave it.

use super::gradient::{Length, Parts};
use super::{Hyper, Method, Rule, kaczmarz, mirror};
use crate::labs::linear::problem::Loss;
use crate::labs::linear::theory::margins::Norm;
use crate::labs::linear::theory::potential::Potential;
use crate::optim;
use crate::palette::{Ink, Line, Look};

const fn look(ink: Ink, line: Line) -> Look {
    let width = match line {
        Line::Solid => 2.4,
        Line::Marked | Line::Dashed => 1.8,
    };
    Look { ink, line, width }
}

/// Runs of a stochastic method at most.
const MOST: u64 = 50;

const BOTH: &[Loss] = &[Loss::Square, Loss::Logistic];
const SQUARE: &[Loss] = &[Loss::Square];
const LOGISTIC: &[Loss] = &[Loss::Logistic];

/// Plain gradient descent, which the others vary.
const GD: Method = Method {
    id: "gd",
    label: "GD",
    about: "w ← w − γ∇L(w): every step is in the span of the data.",
    look: look(Ink::Blue, Line::Solid),
    max_runs: 1,
    default_runs: "1",
    losses: BOTH,
    stochastic: false,
    potential: |_| Some(Potential::Euclidean),
    norm: |_| Some(Norm::Two),
    pace: |_| Some(1.0),
    build: |hyper, _| Parts::PLAIN.build(hyper),
};

const SGD: Method = Method {
    id: "sgd",
    label: "SGD",
    about: "w ← w − γ∇L_b(w) for a batch b drawn at random: every step is in the span of the data.",
    look: look(Ink::Vermillion, Line::Marked),
    max_runs: MOST,
    stochastic: true,
    build: |hyper, _| {
        let parts = Parts {
            sampled: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

const HEAVY_BALL: Method = Method {
    id: "heavy-ball",
    label: "Heavy ball",
    about: "v ← μv − γ∇L(w), w ← w + v, from v = 0 (Polyak): in the span of the data.",
    look: look(Ink::Blue, Line::Dashed),
    default_runs: "0",
    pace: |hyper| Some(with_momentum(hyper)),
    build: |hyper, _| {
        with_rule(
            hyper,
            optim::Rule::HeavyBall {
                momentum: hyper.momentum,
            },
        )
    },
    ..GD
};

const NESTEROV: Method = Method {
    id: "nesterov",
    label: "Nesterov",
    about: "v ← μv − γ∇L(w + μv), w ← w + v, from v = 0: in the span of the data.",
    look: look(Ink::Blue, Line::Marked),
    default_runs: "0",
    pace: |hyper| Some(with_momentum(hyper)),
    build: |hyper, _| {
        with_rule(
            hyper,
            optim::Rule::Nesterov {
                momentum: hyper.momentum,
            },
        )
    },
    ..GD
};

const KACZMARZ: Method = Method {
    id: "kaczmarz",
    label: "Kaczmarz",
    about: "w moves to the nearest point that fits one sample drawn at random; γ plays no part.",
    look: look(Ink::Vermillion, Line::Dashed),
    default_runs: "0",
    max_runs: MOST,
    losses: SQUARE,
    build: kaczmarz::build,
    ..GD
};

const LABEL_NOISE: Method = Method {
    id: "label-noise",
    label: "SGD, label noise",
    about: "SGD whose labels are y ± δ: it never settles, and never leaves the span of the data.",
    look: look(Ink::Vermillion, Line::Solid),
    default_runs: "0",
    losses: SQUARE,
    build: |hyper, _| {
        let parts = Parts {
            sampled: true,
            noisy_labels: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..SGD
};

const MIRROR: Method = Method {
    id: "mirror",
    label: "Mirror descent",
    about: "∇Ψ(w) ← ∇Ψ(w) − γ∇L(w): the dual moves in the span of the data. γ is halved until no step overshoots.",
    look: look(Ink::Green, Line::Solid),
    default_runs: "0",
    potential: |hyper| Some(hyper.potential.clone()),
    norm: |hyper| Norm::of(&hyper.potential),
    pace: |_| None,
    build: mirror::build,
    ..GD
};

const STOCHASTIC_MIRROR: Method = Method {
    id: "stochastic-mirror",
    label: "Stochastic mirror",
    about: "∇Ψ(w) ← ∇Ψ(w) − γ∇L_b(w) for a batch b drawn at random.",
    look: look(Ink::Green, Line::Marked),
    max_runs: MOST,
    default_runs: "0",
    build: mirror::build_stochastic,
    ..MIRROR
};

const PRECONDITIONED: Method = Method {
    id: "preconditioned",
    label: "Preconditioned GD",
    about: "w ← w − γP∇L(w) with a fixed diagonal P: mirror descent with Ψ = ½Σw²/P, so P⁻¹(w − w₀) is in the span.",
    look: look(Ink::Green, Line::Dashed),
    default_runs: "0",
    potential: |hyper| Some(Potential::Preconditioned(hyper.preconditioner.clone())),
    norm: |hyper| Some(Norm::Preconditioned(hyper.preconditioner.clone())),
    pace: |_| None,
    build: |hyper, _| {
        let parts = Parts {
            preconditioned: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

const NORMALISED: Method = Method {
    id: "normalised",
    label: "Normalised GD",
    about: "w ← w − γ∇L(w)/L(w): steps that do not shrink with the loss, so that ‖w‖ grows like k and not ln k.",
    look: look(Ink::Text, Line::Solid),
    default_runs: "0",
    losses: LOGISTIC,
    pace: |_| None,
    build: |hyper, _| {
        let parts = Parts {
            normalised: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

const ADAM: Method = Method {
    id: "adam",
    label: "Adam",
    about: "Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 (Kingma and Ba) and a step size of its own: leaves the span.",
    look: look(Ink::Purple, Line::Solid),
    potential: |_| None,
    norm: |_| Some(Norm::Infinity),
    pace: |_| None,
    build: |hyper, _| {
        let length = match hyper.loss {
            Loss::Square => Length::Own(hyper.adam_step),
            Loss::Logistic => Length::Root(hyper.adam_step),
        };
        let parts = Parts {
            rule: optim::Rule::adam(),
            length,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

const SIGN: Method = Method {
    id: "sign",
    label: "Sign GD",
    about: "w ← w − γₖ sign ∇L(w), steepest descent in ℓ∞ with a step size of its own: leaves the span.",
    look: look(Ink::Purple, Line::Dashed),
    default_runs: "0",
    potential: |_| None,
    norm: |_| Some(Norm::Infinity),
    pace: |_| None,
    build: |hyper, _| {
        let length = match hyper.loss {
            Loss::Square => Length::Geometric(hyper.sign_step),
            Loss::Logistic => Length::Root(hyper.sign_step),
        };
        let parts = Parts {
            rule: optim::Rule::Sign,
            length,
            normalised: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

const COORDINATE: Method = Method {
    id: "coordinate",
    label: "Coordinate descent",
    about: "wⱼ ← wⱼ − γ∂ⱼL(w) (over L under the logistic loss) for the j of the largest ∣∂ⱼL∣ alone, steepest descent in \
            ℓ₁: leaves the span.",
    look: look(Ink::Purple, Line::Marked),
    default_runs: "0",
    potential: |_| None,
    norm: |_| Some(Norm::One),
    pace: |_| None,
    build: |hyper, _| {
        let parts = Parts {
            rule: optim::Rule::Coordinate,
            normalised: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

const LANGEVIN: Method = Method {
    id: "langevin",
    label: "Langevin",
    about: "w ← w − γ∇L(w) + √(2γT) ξ: the noise is in every direction, and nothing pulls it back along the solutions.",
    look: look(Ink::Text, Line::Marked),
    max_runs: MOST,
    default_runs: "0",
    losses: SQUARE,
    potential: |_| None,
    norm: |_| None,
    pace: |_| None,
    build: |hyper, _| {
        let parts = Parts {
            heated: true,
            ..Parts::PLAIN
        };
        parts.build(hyper)
    },
    ..GD
};

/// Every algorithm, in the order of the legend.
pub static METHODS: &[Method] = &[
    GD,
    SGD,
    HEAVY_BALL,
    NESTEROV,
    KACZMARZ,
    LABEL_NOISE,
    MIRROR,
    STOCHASTIC_MIRROR,
    PRECONDITIONED,
    NORMALISED,
    ADAM,
    SIGN,
    COORDINATE,
    LANGEVIN,
];

/// A velocity that decays by μ adds up to 1/(1 − μ) steps.
fn with_momentum(hyper: &Hyper) -> f64 {
    (1.0 - hyper.momentum).recip()
}

fn with_rule(hyper: &Hyper, rule: optim::Rule<f64>) -> Box<dyn Rule> {
    let parts = Parts {
        rule,
        ..Parts::PLAIN
    };
    parts.build(hyper)
}
