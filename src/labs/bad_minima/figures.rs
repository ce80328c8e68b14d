//! Figures by name.

use super::sweeps::PLAIN;
use crate::labs::figures::{
    AxisName, Drawing, FamilyName, FigureContent, NamedFigure, PageWidth, Publication, RunFigure,
    RunPart, SweepFigure, SweepPlot, side_by_side,
};
use crate::labs::{Steps, SweepPlan, Vary};
use crate::scene::{Content, Ink, Layer, Pattern, Shape};

/// The publication.
pub(super) const PAPER: Publication = Publication {
    authors: "Liu, Papailiopoulos and Achlioptas",
    title: "Bad Global Minima Exist and SGD Can Reach Them",
    url: "https://arxiv.org/abs/1906.02613",
};

/// The first fresh seed; the presets, with which the figures are looked at, have others.
const FRESH: u64 = 1000;

/// Both networks at the end of 400 epochs without regularisers.
const PLAIN_END: &[(&str, &str)] = &[("steps", "700")];

const BOTH: &[FamilyName] = &[
    FamilyName {
        id: "random-start",
        label: "random start",
    },
    FamilyName {
        id: "adversarial-start",
        label: "adversarial start",
    },
];

const TEST_ERROR: AxisName = AxisName {
    column: "test_error",
    label: "test error",
};

/// Every figure by name.
pub(super) static FIGURES: &[NamedFigure] = &[
    NamedFigure {
        id: "bad-minima-planes",
        title: "Two global minima",
        claim: "Both networks fit every training point and were trained by the same SGD; one has a far longer boundary and a \
                lower test accuracy.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            parts: &[RunPart {
                preset: "bad-minima",
                settings: PLAIN_END,
                panels: &["field_random", "field_adversarial", "three_bars"],
            }],
            columns: 3,
            theory: true,
            compose: side_by_side,
        }),
    },
    NamedFigure {
        id: "bad-minima-phases",
        title: "Memorise, unlearn, regularise",
        claim: "The true labels repair the boundary just enough; with momentum, L2 and augmentation it melts.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            parts: &[RunPart {
                preset: "bad-minima",
                settings: &[],
                panels: &["test_accuracy", "boundary_length", "distances"],
            }],
            columns: 3,
            theory: true,
            compose: phases,
        }),
    },
    NamedFigure {
        id: "bad-minima-rescued",
        title: "After the regularisers",
        claim: "The same two networks at the end of all three phases: they differ no more.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            parts: &[RunPart {
                preset: "bad-minima",
                settings: &[],
                panels: &["field_random", "field_adversarial", "three_bars"],
            }],
            columns: 3,
            theory: true,
            compose: side_by_side,
        }),
    },
    NamedFigure {
        id: "bad-minima-copies",
        title: "How many copies",
        claim: "The more copies are memorised, the worse the end, up to three per point; then they no longer fit, and it gets no \
                worse.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[SweepPlan {
                preset: "bad-minima-waiting",
                settings: PLAIN,
                over: &["memory_copies=0:4:5:lin"],
                seeds: 10,
                vary: Vary::All,
                steps: Steps::Recipe,
            }],
            first_seed: FRESH,
            title: "Test error after 400 epochs of SGD",
            about: "Medians and 10 % to 90 % bands over 10 data sets and starts.",
            families: BOTH,
            plot: SweepPlot::Curves {
                quantity: TEST_ERROR,
                axis: "copies per point R",
                symbol: "R",
            },
        }),
    },
    NamedFigure {
        id: "bad-minima-any-two",
        title: "Any two regularisers suffice?",
        claim: "Every pair brings the network back where L2 is weak, and augmentation alone nearly does as well; L2 alone has to be \
                strong, and with momentum at λ = .05 it is too strong. Momentum alone is in part a larger step.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[SweepPlan {
                preset: "bad-minima-any-two",
                settings: &[("speed", "max")],
                over: &["l2_strength=0.002,0.005,0.01,0.02,0.05"],
                seeds: 10,
                vary: Vary::All,
                steps: Steps::Recipe,
            }],
            first_seed: FRESH,
            title: "Test error after 400 epochs",
            about: "Medians and 10 % to 90 % bands over 10 data sets and starts, from the same adversarial start each; curves \
                    without L2 are level.",
            families: &[
                FamilyName {
                    id: "adversarial-start",
                    label: "none",
                },
                FamilyName {
                    id: "rescue-m",
                    label: "momentum",
                },
                FamilyName {
                    id: "rescue-l2",
                    label: "L2",
                },
                FamilyName {
                    id: "rescue-a",
                    label: "augmentation",
                },
                FamilyName {
                    id: "rescue-m-l2",
                    label: "momentum, L2",
                },
                FamilyName {
                    id: "rescue-m-a",
                    label: "momentum, augmentation",
                },
                FamilyName {
                    id: "rescue-l2-a",
                    label: "L2, augmentation",
                },
            ],
            plot: SweepPlot::Curves {
                quantity: TEST_ERROR,
                axis: "strength of L2 λ",
                symbol: "λ",
            },
        }),
    },
];

/// With a line where the task begins.
fn phases(parts: Vec<Drawing>) -> Drawing {
    let mut drawing = side_by_side(parts);
    let begins = drawing.knobs.count("pretraining_steps") as f64;
    for cell in &mut drawing.cells {
        if let Content::Plot(plot) = &mut cell.content
            && plot.x.time
        {
            let line = Shape::Vertical(begins, Pattern::Dotted);
            plot.layers
                .push(Layer::new("the task begins", Ink::Weak, 1.4, line));
        }
    }
    drawing
}
