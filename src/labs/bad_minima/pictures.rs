//! The lab's pictures, in cells.

use super::families::{ADVERSARIAL, CONTROL, RANDOM};
use super::probe::REACH;
use super::readings::{field, per_cent, points, remark, shade};
use crate::format::number;
use crate::scene::Panel;
use crate::scene::pictures::decision_field::DecisionField;
use crate::scene::pictures::grouped_bars::{BarGroup, Full, GroupedBars};
use crate::scene::pictures::series::{Level, Reference, Series};
use crate::sim::experiment::Facts;

/// What the network of a family says of the plane.
const fn plane(family: &'static str) -> DecisionField {
    DecisionField {
        family,
        reach: REACH,
        field,
        shade,
        points,
        truth: ["law_x", "law_y"],
        remark,
    }
}

/// A quantity over time.
const fn series(column: &'static str, reference: Option<Reference>) -> Series {
    Series {
        column,
        companion: None,
        log_y: false,
        reference,
    }
}

fn is_on(facts: &Facts, name: &str) -> bool {
    facts.scalars.get(name).is_some_and(|on| *on > 0.0)
}

pub(super) static CELLS: &[&[Panel]] = &[
    &[Panel::new(
        "field_random",
        "Random start",
        |_| "",
        &plane(RANDOM.id),
        "What the network from random weights says of every point: blue is class +1, red is class −1, pale where it is \
         unsure. The curve is where it changes its mind. Circles and squares are the training points of either class.",
    )],
    &[Panel::new(
        "field_adversarial",
        "Adversarial start",
        |_| "",
        &plane(ADVERSARIAL.id),
        "The same of the network that has memorised garbage first. Before the task begins: the noisy copies with labels of \
         a coin. Afterwards: the same training points as on the left, with their true labels.",
    )],
    &[
        Panel::new(
            "test_accuracy",
            "Test accuracy",
            |_| "share right",
            &series("test_accuracy", None),
            "Share of 1000 further points of the same law that each network classifies rightly.",
        ),
        Panel::new(
            "train_accuracy",
            "Training accuracy",
            |_| "share right",
            &series("train_accuracy", None),
            "Share of the training points that each network classifies rightly: the comparison is void unless it is 1 for \
             both.",
        ),
        Panel::new(
            "task_loss",
            "Training loss",
            |_| "L",
            &Series {
                log_y: true,
                ..series("task_loss", None)
            },
            "L = mean ln(1 + e^(−yf)) over the training points.",
        ),
        Panel {
            relevant: |facts| is_on(facts, "has_control"),
            ..Panel::new(
                "field_control",
                "True-label start",
                |_| "",
                &plane(CONTROL.id),
                "The same of the network that was pretrained on the same copies with their true labels.",
            )
        },
    ],
    &[
        Panel::new(
            "boundary_length",
            "Boundary length",
            |_| "length of f = 0",
            &series(
                "boundary_length",
                Some(Reference {
                    name: "true boundary",
                    level: Level::Fact("law_length"),
                }),
            ),
            "How long the curve f = 0 is within [−1.7, 1.7]²: a complexity that can be seen.",
        ),
        Panel::new(
            "median_margin",
            "Median margin",
            |_| "distance to f = 0",
            &series("median_margin", None),
            "Median distance of a training point to the curve f = 0.",
        ),
        Panel::new(
            "weight_norm",
            "Norm of the weights",
            |_| "‖θ‖",
            &series("weight_norm", None),
            "‖θ‖ of all weights and biases.",
        ),
        Panel::new(
            "silent_units",
            "Silent units",
            |_| "of the second layer",
            &series("silent_units", None),
            "Units of the second layer that are 0 on every training point. If all are, the network is a constant.",
        ),
    ],
    &[
        Panel::new(
            "distances",
            "Distance in weights",
            |_| "distance",
            &Series {
                companion: Some("distance_from_entry"),
                log_y: true,
                ..series("distance_from_start", None)
            },
            "Lines: distance from the random weights θ₀ that all began with. Dots: from the weights with which the task began, \
             which for the adversarial network are those that had memorised the copies.",
        ),
        Panel {
            relevant: |facts| is_on(facts, "copies_size"),
            ..Panel::new(
                "copies_accuracy",
                "Copies remembered",
                |_| "share right",
                &series("copies_accuracy", None),
                "Share of the copies that bear the label which was memorised: a half is chance.",
            )
        },
    ],
    &[
        Panel::new(
            "three_bars",
            "Train, test, complexity",
            |_| "",
            &GroupedBars {
                groups: &[
                    BarGroup {
                        label: "train, %",
                        column: "train_accuracy",
                        full: Full::Number(1.0),
                        in_words: per_cent,
                    },
                    BarGroup {
                        label: "test, %",
                        column: "test_accuracy",
                        full: Full::Number(1.0),
                        in_words: per_cent,
                    },
                    BarGroup {
                        label: "boundary",
                        column: "boundary_length",
                        full: Full::EverLargest,
                        in_words: |length| number(length, 3),
                    },
                ],
            },
            "Training accuracy, test accuracy, and the length of the boundary beside the longest that this history has.",
        ),
        Panel::new(
            "error_bars",
            "Test error",
            |_| "",
            &GroupedBars {
                groups: &[BarGroup {
                    label: "test error, %",
                    column: "test_error",
                    full: Full::NowLargest,
                    in_words: per_cent,
                }],
            },
            "Share of the test points that each network gets wrong, beside the largest of them.",
        ),
    ],
];
