//! The paper's figures and the slides' pictures.

use super::settings;
use super::starts::StartKind;
use crate::format::{count, short};
use crate::labs::diagonal::dynamics::Method;
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::labs::figures::{
    AxisName, Drawing, FamilyName, FigureContent, NamedFigure, PageWidth, Publication, RunFigure,
    RunPart, ShareMap, SweepFigure, SweepPlot, side_by_side,
};
use crate::labs::{Steps, SweepPlan, Vary};
use crate::scene::{Content, Ink, Layer, LegendEntry, Pattern, Shape, Swatch};

/// The paper.
pub(super) const PAPER: Publication = Publication {
    authors: "Pesme, Pillaud-Vivien and Flammarion",
    title: "Implicit Bias of SGD for Diagonal Linear Networks: a Provable Benefit of Stochasticity, NeurIPS 2021",
    url: "https://arxiv.org/abs/2106.09524",
};

/// The first fresh seed; the presets, with which the figures are looked at, have others.
const FRESH: u64 = 1000;

const VALIDATION: AxisName = AxisName {
    column: "validation_loss",
    label: "‖β − β*‖₂²",
};

const INTEGRAL: AxisName = AxisName {
    column: "loss_integral",
    label: "∫L ds over the whole run",
};

/// What validation losses are drawn under.
const AT_THE_END: &str = "Validation loss at the end";

const GD_AND_SGD: &[FamilyName] = &[
    FamilyName {
        id: "gd",
        label: "GD",
    },
    FamilyName {
        id: "sgd",
        label: "SGD",
    },
];

/// A map of recovery over n and s.
const RECOVERY: SweepPlan = SweepPlan {
    preset: "fig1-left",
    settings: &[],
    over: &["n=5:60:12:lin", "sparsity=1:19:7:lin"],
    seeds: 5,
    vary: Vary::All,
    steps: Steps::Recipe,
};

const LOSSES: &[&str] = &["training_loss", "validation_loss"];

/// As the paper has it: nothing but the runs.
const fn runs(parts: &'static [RunPart], columns: usize) -> RunFigure {
    RunFigure {
        parts,
        columns,
        theory: false,
        compose: side_by_side,
    }
}

/// Every figure by name, in the order of the paper, then of the slides.
pub(super) static FIGURES: &[NamedFigure] = &[
    NamedFigure {
        id: "fig1-left",
        title: "Fig 1 left: SGD beats GD",
        claim: "From the same small initialisation and with the same step size, SGD ends at a solution that \
                generalises better than GD's.",
        width: PageWidth::OneColumn,
        content: FigureContent::Runs(runs(
            &[RunPart::new("fig1-left", &[], &["validation_loss"])],
            1,
        )),
    },
    NamedFigure {
        id: "fig1-right",
        title: "Fig 1 right: the gain grows as α falls",
        claim: "Over a range of α, SGD's validation loss is below GD's, by more than an order of magnitude for \
                small α; for large α the kernel regime leaves no difference.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[SweepPlan {
                preset: "fig1-left",
                settings: &[("sgd_runs", "1"), ("step_size", "auto")],
                over: &["alpha=0.005,0.01,0.02,0.05,0.1,0.2,0.3,0.5,1"],
                seeds: 10,
                vary: Vary::All,
                steps: Steps::Auto,
            }],
            first_seed: FRESH,
            title: AT_THE_END,
            about: "Medians and 10 % to 90 % bands over 10 data sets; γ = 0.9 γ_auto at every α.",
            families: GD_AND_SGD,
            plot: SweepPlot::Curves {
                quantity: VALIDATION,
                axis: "initialisation scale α",
                symbol: "α",
            },
        }),
    },
    NamedFigure {
        id: "fig2",
        title: "Fig 2: the slower the loss falls, the better the end",
        claim: "SGD's training loss falls more slowly than GD's, so its integral is larger and its validation \
                loss ends lower.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new(
                "fig2",
                &[],
                &["training_loss", "loss_integral", "validation_loss"],
            )],
            3,
        )),
    },
    NamedFigure {
        id: "fig3",
        title: "Fig 3: SGF is a good model of SGD",
        claim: "Five runs of SGD and five of the stochastic gradient flow of eq. 3 train and validate alike.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(&[RunPart::new("fig3", &[], LOSSES)], 2)),
    },
    NamedFigure {
        id: "fig4",
        title: "Fig 4: SGD from α is GD from α∞",
        claim: "GD started from the effective initialisation α∞ of eq. 5, which is smaller than α, ends where SGD \
                from α ends.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            compose: side_by_side,
            ..runs(&[RunPart::new("fig4", &[], LOSSES)], 2)
        }),
    },
    NamedFigure {
        id: "fig5",
        title: "Fig 5: label noise, then none",
        claim: "Label noise for the first 1000 iterations slows training down and ends at a much better solution \
                (App. D.1).",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            compose: label_noise,
            ..runs(
                &[
                    RunPart::new(
                        "fig5-label-noise",
                        &[("gd_runs", "0"), ("sgd_runs", "1"), ("sgf_runs", "0")],
                        LOSSES,
                    ),
                    RunPart::new(
                        "fig5-label-noise",
                        &[
                            ("gd_runs", "1"),
                            ("sgd_runs", "1"),
                            ("sgf_runs", "0"),
                            ("label_noise", "none"),
                        ],
                        LOSSES,
                    ),
                ],
                2,
            )
        }),
    },
    NamedFigure {
        id: "toy",
        title: "Slides: gradient flow from a large, an intermediate and a small α",
        claim: "The initialisation decides where on the line of interpolators the flow ends: near the least ℓ₂ norm \
                for large α, near the least ℓ₁ norm for small α.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            theory: true,
            compose: by_scale,
            ..runs(
                &[
                    RunPart::new("toy-large", &[], &["space"]),
                    RunPart::new("toy-medium", &[], &["space"]),
                    RunPart::new("toy-small", &[], &["space"]),
                ],
                3,
            )
        }),
    },
    NamedFigure {
        id: "alpha-infinity",
        title: "Slides: noise from α, gradient flow from α∞",
        claim: "The stochastic flow from α and gradient flow from the smaller α∞ end at the same point.",
        width: PageWidth::OneColumn,
        content: FigureContent::Runs(RunFigure {
            theory: true,
            compose: same_end,
            ..runs(
                &[RunPart::new(
                    "toy-3d",
                    &[
                        ("sgd_runs", "0"),
                        ("sgf_runs", "1"),
                        ("forks", "gf from sgf-1 at 12000 predicted"),
                    ],
                    &["space"],
                )],
                1,
            )
        }),
    },
    NamedFigure {
        id: "fourier-sparse",
        title: "Slides: Fourier features, sparse truth",
        claim: "Where the truth is sparse, the sparser solution of SGD is also the better function.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new(
                "fourier-sparse",
                &[],
                &["function", "validation_loss"],
            )],
            2,
        )),
    },
    NamedFigure {
        id: "fourier-dense",
        title: "Slides: Fourier features, dense truth",
        claim: "Where the truth is dense, SGD's sparser solution does not generalise better: bias is not \
                generalisation.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new(
                "fourier-dense",
                &[],
                &["function", "validation_loss"],
            )],
            2,
        )),
    },
    NamedFigure {
        id: "bonus0",
        title: "Slides, bonus 0: not every noise helps",
        claim: "The structure of the noise matters: without Xᵀ in the diffusion, or as Langevin noise, it does not \
                lead to a better interpolator.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            theory: true,
            ..runs(
                &[RunPart::new(
                    "other-noises",
                    &[],
                    &["training_loss", "validation_loss", "kkt_residual"],
                )],
                3,
            )
        }),
    },
    NamedFigure {
        id: "bonus2",
        title: "Slides, bonus 2: GD's step size hardly matters",
        claim: "GD's validation loss hardly depends on the step size; SGD's falls towards the edge of divergence.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[SweepPlan {
                preset: "fig1-left",
                settings: &[("sgd_runs", "1"), ("alpha", "0.1")],
                over: &["step_size=0.01,0.02,0.03,0.05,0.07,0.1,0.13,0.2,0.3"],
                seeds: 10,
                vary: Vary::All,
                steps: Steps::FlowTime(4000.0),
            }],
            first_seed: FRESH,
            title: AT_THE_END,
            about: "Medians and 10 % to 90 % bands over 10 data sets at α = 0.1; a curve ends where half of the runs \
                    diverge.",
            families: GD_AND_SGD,
            plot: SweepPlot::Curves {
                quantity: VALIDATION,
                axis: "step size γ",
                symbol: "γ",
            },
        }),
    },
    NamedFigure {
        id: "bonus3",
        title: "Slides, bonus 3: training speed and generalisation",
        claim: "The larger the integral of the training loss, the lower the validation loss: exactly so for SGF, as \
                a trend for SGD.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[
                SweepPlan {
                    preset: "fig2",
                    settings: &[("gd_runs", "0"), ("sgf_runs", "0"), ("sgd_runs", "1")],
                    over: &["step_size=0.02,0.05,0.08,0.1"],
                    seeds: 10,
                    vary: Vary::Noise,
                    steps: Steps::FlowTime(4000.0),
                },
                SweepPlan {
                    preset: "fig2",
                    settings: &[("gd_runs", "0"), ("sgf_runs", "1"), ("sgd_runs", "0")],
                    over: &[],
                    seeds: 30,
                    vary: Vary::Noise,
                    steps: Steps::Recipe,
                },
            ],
            first_seed: 0,
            title: AT_THE_END,
            about: "One data set, α = 0.1. SGD at γ = 0.02, 0.05, 0.08, 0.1, 10 seeds each; 30 runs of SGF at γ = 0.1.",
            families: &[
                FamilyName {
                    id: "sgd",
                    label: "SGD, four γ",
                },
                FamilyName {
                    id: "sgf",
                    label: "SGF",
                },
            ],
            plot: SweepPlot::Cloud([INTEGRAL, VALIDATION]),
        }),
    },
    NamedFigure {
        id: "memory",
        title: "What a start leaves behind",
        claim: "Garbage fitted on the same inputs is forgotten, garbage on noisy copies remembered; at an interpolator GD \
                does not move and label noise does.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            compose: by_start,
            ..runs(
                &[
                    RunPart::new("memory-same-inputs", &[], &["validation_loss"]),
                    RunPart::new("memory-noisy-copies", &[], &["validation_loss"]),
                    RunPart::new("memory-interpolator", &[], &["validation_loss"]),
                ],
                3,
            )
        }),
    },
    NamedFigure {
        id: "recovery",
        title: "How many samples it takes to find β*",
        claim: "GD from α = 1 finds β* nowhere here, SGD from α = 0.1 with many samples, GD from α = 0.01 with fewer; after label \
                noise SGD finds it nearly from the least n on that the ℓ₁ norm needs.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[
                SweepPlan {
                    settings: &[
                        ("sgd_runs", "0"),
                        ("alpha", "1"),
                        ("step_size", "auto"),
                        ("steps", "20000"),
                    ],
                    ..RECOVERY
                },
                SweepPlan {
                    settings: &[
                        ("sgd_runs", "0"),
                        ("alpha", "0.01"),
                        ("step_size", "auto"),
                        ("steps", "50000"),
                    ],
                    ..RECOVERY
                },
                SweepPlan {
                    settings: &[
                        ("gd_runs", "0"),
                        ("sgd_runs", "1"),
                        ("alpha", "0.1"),
                        ("step_size", "auto"),
                        ("steps", "30000"),
                    ],
                    ..RECOVERY
                },
                SweepPlan {
                    preset: "fig5-label-noise",
                    settings: &[
                        ("gd_runs", "0"),
                        ("sgd_runs", "1"),
                        ("sgf_runs", "0"),
                        ("step_size", "0.03"),
                        ("label_noise_level", "0.5"),
                        ("label_noise_until", "15000"),
                        ("steps", "40000"),
                    ],
                    ..RECOVERY
                },
            ],
            first_seed: FRESH,
            title: "Share of runs with ‖β − β*‖² < 0.01 ‖β*‖²",
            about: "d = 100, 5 data sets a tile. Line: n* = d ψ(s/d), where the least ℓ₁ norm begins to recover β* \
                    (Amelunxen et al. 2014).",
            families: GD_AND_SGD,
            plot: SweepPlot::Shares {
                maps: &[
                    ShareMap {
                        plan: 0,
                        family: "gd",
                        title: "GD from α = 1",
                    },
                    ShareMap {
                        plan: 1,
                        family: "gd",
                        title: "GD from α = 0.01",
                    },
                    ShareMap {
                        plan: 2,
                        family: "sgd",
                        title: "SGD from α = 0.1",
                    },
                    ShareMap {
                        plan: 3,
                        family: "sgd",
                        title: "SGD from α = 0.1, label noise at first",
                    },
                ],
                axes: ["samples n", "non-zeros s"],
            },
        }),
    },
    NamedFigure {
        id: "large-steps",
        title: "Even et al.: test loss and gain against γ",
        claim: "Towards the largest stable γ GD's test loss rises and SGD's falls, though both lower α: it matters where \
                (see `gain`).",
        width: PageWidth::TwoColumns,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[SweepPlan {
                preset: "large-steps",
                settings: &[("steps", "40000")],
                over: &["step_size=0.01:3:25"],
                seeds: 15,
                vary: Vary::All,
                steps: Steps::Recipe,
            }],
            first_seed: FRESH,
            title: AT_THE_END,
            about: "n = 20, d = 30, 3 normal entries in β*, α = 0.1/√2; medians and 10 % to 90 % bands over 15 data sets \
                    after 40 000 steps (the paper: 100 000).",
            families: GD_AND_SGD,
            plot: SweepPlot::Quantities {
                quantities: &[
                    VALIDATION,
                    AxisName {
                        column: "gain",
                        label: "‖gain‖₁",
                    },
                ],
                settled: (
                    AxisName {
                        column: "training_loss",
                        label: "L",
                    },
                    1e-3,
                ),
                axis: "step size γ",
                symbol: "γ",
            },
        }),
    },
    NamedFigure {
        id: "gain",
        title: "Even et al.: where the gain is",
        claim: "GD's gain sits on the support of β*, where α should not shrink; SGD's is spread over all coordinates. One \
                data set, in units where β* = ±1.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new("gain", &[], &["gain", "validation_loss"])],
            2,
        )),
    },
    NamedFigure {
        id: "edge-of-stability",
        title: "Even et al.: GD at the edge of stability",
        claim: "With γ so large that the loss oscillates, GD's sharpness comes to rest at 2/γ, its coefficients on the support \
                jump and others are pushed up; gradient flow finds β*.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            theory: true,
            ..runs(
                &[RunPart::new(
                    "edge-of-stability",
                    &[],
                    &["training_loss", "sharpness", "paths", "gain"],
                )],
                2,
            )
        }),
    },
];

/// Fig 5: SGD with label noise for a while, over SGD and GD without.
fn label_noise(parts: Vec<Drawing>) -> Drawing {
    let Ok([mut with, without]) = <[Drawing; 2]>::try_from(parts) else {
        panic!("the figure has two parts");
    };
    let until = with.knobs.count("label_noise_until");
    for (cell, other) in with.cells.iter_mut().zip(without.cells) {
        let (Content::Plot(plot), Content::Plot(other)) = (&mut cell.content, other.content) else {
            continue;
        };
        let mut layers: Vec<Layer> = other.layers.into_iter().map(without_noise).collect();
        layers.append(&mut plot.layers);
        layers.push(Layer::new(
            "label noise ends",
            Ink::Weak,
            1.4,
            Shape::Vertical(until as f64, Pattern::Dotted),
        ));
        plot.layers = layers;
        plot.y.range = union(plot.y.range, other.y.range);
        plot.x.range = union(plot.x.range, other.x.range);
    }
    let line = |method: &Method, label: &str, marked, pattern, width, opacity| LegendEntry {
        label: label.to_owned(),
        ink: method.look.ink,
        opacity,
        swatch: Swatch::Line {
            pattern,
            marked,
            width,
        },
    };
    with.legend = vec![
        line(&GD, "GD", false, Pattern::Solid, 2.6, 1.0),
        line(&SGD, "SGD", false, Pattern::Dashed, 1.6, FAINT),
        line(&SGD, "SGD with label noise", true, Pattern::Solid, 1.6, 1.0),
        LegendEntry {
            label: format!("label noise ends, k = {}", count(until)),
            ink: Ink::Weak,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern: Pattern::Dotted,
                marked: false,
                width: 1.4,
            },
        },
    ];
    for (name, _) in &mut with.measured.rows {
        name.push_str(" with label noise");
    }
    with.measured.rows.extend(without.measured.rows);
    with
}

/// How strong a line of second rank is.
const FAINT: f64 = 0.7;

/// A layer of the runs without label noise, told apart from those with it by its line.
fn without_noise(mut layer: Layer) -> Layer {
    layer.name.push_str(" without label noise");
    if layer.ink == SGD.look.ink
        && let Shape::Line {
            pattern, marked, ..
        } = &mut layer.shape
    {
        (*pattern, *marked) = (Pattern::Dashed, false);
        layer.opacity *= FAINT;
    }
    layer
}

fn union(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    let (a, b) = (a?, b?);
    Some((a.0.min(b.0), a.1.max(b.1)))
}

/// The slides' three toys side by side.
fn by_scale(mut parts: Vec<Drawing>) -> Drawing {
    for part in &mut parts {
        let knobs = &part.knobs;
        for cell in &mut part.cells {
            cell.title = format!("α = {}", short(knobs.real("alpha"), 3));
        }
        for (name, _) in &mut part.measured.rows {
            *name = format!("{name} from α = {}", knobs.get("alpha"));
        }
    }
    side_by_side(parts)
}

/// Three starts side by side, each under its name.
fn by_start(mut parts: Vec<Drawing>) -> Drawing {
    for part in &mut parts {
        let start = settings::start(&part.knobs);
        let title = match start.kind {
            StartKind::Symmetric => "w± = α".to_owned(),
            StartKind::Interpolator => "at an interpolator".to_owned(),
            StartKind::RandomLabels if start.copy_noise == 0.0 => {
                "garbage on the same inputs".to_owned()
            }
            StartKind::RandomLabels => format!("garbage on {} noisy copies", start.copies),
        };
        for cell in &mut part.cells {
            cell.title.clone_from(&title);
        }
        for (name, _) in &mut part.measured.rows {
            *name = format!("{name}, {title}");
        }
    }
    side_by_side(parts)
}

/// SGF from α and gradient flow from the α∞ it comes to, in the three-dimensional toy.
fn same_end(parts: Vec<Drawing>) -> Drawing {
    let mut drawing = side_by_side(parts);
    for cell in &mut drawing.cells {
        if let Content::Plot(plot) = &mut cell.content {
            plot.key.clear();
        }
    }
    drawing
}

#[cfg(test)]
mod tests {
    use crate::recipe::preset;

    #[test]
    fn the_fork_of_the_toy_is_at_its_end() {
        let toy = preset("toy-3d").unwrap().recipe();
        assert_eq!(toy.knobs.length(), 12_000);
    }
}
