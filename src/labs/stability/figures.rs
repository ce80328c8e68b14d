//! The paper's figures.

use super::methods::METHODS;
use crate::format::short;
use crate::labs::figures::{
    AxisName, Drawing, FamilyName, FigureContent, NamedFigure, PageWidth, Publication, RunFigure,
    RunPart, SweepFigure, SweepPlot, side_by_side,
};
use crate::labs::{Steps, SweepPlan, Vary};
use crate::palette::{Line, Look};
use crate::scene::{Content, Ink, Layer, LegendEntry, Pattern, Plot, Shape, Swatch};

/// The paper.
pub(super) const PAPER: Publication = Publication {
    authors: "Mulayoff, Michaeli and Soudry",
    title: "The Implicit Bias of Minima Stability: A View from Function Space",
    url: "https://papers.neurips.cc/paper/2021/hash/944a5ae3483ed5c1e10bbccb7942a279-Abstract.html",
};

/// The first fresh seed; the presets have others.
const FRESH: u64 = 1000;

/// The pictures of Fig 1, and the steps around the kick that the first of them shows.
const FIG1: &[&str] = &["training_loss", "learned_function", "second_derivative"];
const KICK: (f64, f64) = (3000.0, 6000.0);

const fn look(ink: Ink, line: Line) -> Look {
    Look {
        ink,
        line,
        width: 1.8,
    }
}

const GD: &[FamilyName] = &[FamilyName {
    id: "gd",
    label: "GD",
}];

/// Independent runs at constant step sizes after a gentle start.
const PLAN: SweepPlan = SweepPlan {
    preset: "relu-sizes",
    settings: &[],
    over: &["step_size=0.01:0.5:14"],
    seeds: 8,
    vary: Vary::All,
    steps: Steps::Recipe,
};

const HOW: &str = "Medians and 10 % to 90 % bands over 8 data sets and starts (8 samples of sin 1.6x, 60 neurons); \
                   5000 gentle steps, then η rises by at most 3 % in 100 steps; 30 000 steps in all. Settings are ours, \
                   not the paper's.";

/// Every figure by name.
pub(super) static FIGURES: &[NamedFigure] = &[
    NamedFigure {
        id: "stability-fig1",
        title: "Fig 1: a larger step size leaves a minimum for a smoother one",
        claim: "GD goes on at a gentle η, or with three times it from step 4000 on: then the loss explodes, and GD \
                converges to another minimum, whose f is smoother where g is large.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            parts: &[
                RunPart::new("relu-kick", &[("kicks", "")], FIG1),
                RunPart::new("relu-kick", &[], FIG1),
            ],
            columns: 3,
            theory: false,
            compose: with_and_without_a_kick,
        }),
    },
    NamedFigure {
        id: "stability-fig2",
        title: "Fig 2: the price of a bend",
        claim: "g of seven laws with zero mean and unit variance, and of a sample of 20 of each: large in the middle, 0 \
                outside the data.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            parts: &[RunPart::new(
                "relu-weight",
                &[("steps", "1")],
                &[
                    "weight_uniform",
                    "weight_gaussian",
                    "weight_laplace",
                    "weight_bimodal",
                    "weight_exponential",
                    "weight_arcsine",
                    "weight_triangular",
                ],
            )],
            columns: 4,
            theory: false,
            compose: gallery,
        }),
    },
    NamedFigure {
        id: "stability-fig3a",
        title: "Fig 3a: the larger the step size, the smoother the function",
        claim: "From the same start and on the same data, GD finds smoother interpolants at larger η, where the data are; \
                outside them f stays as it was.",
        width: PageWidth::OneColumn,
        content: FigureContent::Runs(RunFigure {
            parts: &[
                RunPart::new(
                    "relu-sizes",
                    &[("step_size", "auto")],
                    &["learned_function"],
                ),
                RunPart::new(
                    "relu-sizes",
                    &[("step_size", "0.03")],
                    &["learned_function"],
                ),
                RunPart::new("relu-sizes", &[("step_size", "0.1")], &["learned_function"]),
                RunPart::new("relu-sizes", &[("step_size", "0.4")], &["learned_function"]),
            ],
            columns: 1,
            theory: false,
            compose: by_step_size,
        }),
    },
    NamedFigure {
        id: "stability-fig3b",
        title: "Fig 3b: the bound on the second derivative",
        claim: "∫|f''|g falls as η grows and stays below 1/η − ½ wherever GD interpolates.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[PLAN],
            first_seed: FRESH,
            title: "∫|f''|g at the end",
            about: HOW,
            families: GD,
            plot: SweepPlot::Several {
                quantities: &[(
                    AxisName {
                        column: "curvature",
                        label: "∫|f''|g",
                    },
                    look(Ink::Blue, Line::Solid),
                )],
                ordinate: "∫|f''|g",
                limit: ("1/η − ½", |eta| 1.0 / eta - 0.5),
                axis: "step size η",
                symbol: "η",
            },
        }),
    },
    NamedFigure {
        id: "stability-fig3c",
        title: "Fig 3c: GD ends where the sharpness is 2/η",
        claim: "The sharpness at the end is 2/η; the flattest rescaling of the same f and the bounds from f alone are below \
                it, and near it at the largest η.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[PLAN],
            first_seed: FRESH,
            title: "Sharpness at the end",
            about: HOW,
            families: GD,
            plot: SweepPlot::Several {
                quantities: &[
                    (
                        AxisName {
                            column: "sharpness",
                            label: "sharpness λ",
                        },
                        look(Ink::Blue, Line::Solid),
                    ),
                    (
                        AxisName {
                            column: "flattest",
                            label: "flattest rescaling",
                        },
                        look(Ink::Vermillion, Line::Marked),
                    ),
                    (
                        AxisName {
                            column: "lower_bound",
                            label: "1 + 2∫|f''|g",
                        },
                        look(Ink::Green, Line::Dashed),
                    ),
                ],
                ordinate: "λₘₐₓ",
                limit: ("2/η", |eta| 2.0 / eta),
                axis: "step size η",
                symbol: "η",
            },
        }),
    },
];

/// The plots of a drawing.
fn plots(drawing: &mut Drawing) -> impl Iterator<Item = &mut Plot> {
    let cells = drawing.cells.iter_mut();
    cells.filter_map(|cell| match &mut cell.content {
        Content::Plot(plot) => Some(plot),
        Content::Table(_) => None,
    })
}

/// Fig 1: what the runs do with and without a kick, in one set of pictures.
fn with_and_without_a_kick(parts: Vec<Drawing>) -> Drawing {
    let Ok([constant, mut kicked]) = <[Drawing; 2]>::try_from(parts) else {
        panic!("the figure has two parts");
    };
    let styles = [
        ("constant η = 1/λ", Ink::Text),
        ("three times η from k = 4000 on", Ink::Green),
    ];
    for (cell, other) in kicked.cells.iter_mut().zip(constant.cells) {
        let (Content::Plot(plot), Content::Plot(other)) = (&mut cell.content, other.content) else {
            continue;
        };
        let (mut runs, mut layers) = split(std::mem::take(&mut plot.layers));
        let (mut others, _) = split(other.layers);
        for (runs, (name, ink)) in [&mut others, &mut runs].into_iter().zip(styles) {
            for layer in runs {
                layer.name = format!("{}, {name}", layer.name);
                layer.ink = ink;
            }
        }
        layers.append(&mut others);
        layers.append(&mut runs);
        plot.layers = layers;
        plot.key.retain(|entry| !entry.label.starts_with("at "));
        if plot.x.time {
            plot.x.log = false;
            plot.x.range = Some(KICK);
            let ranges = plot.y.range.zip(other.y.range);
            plot.y.range = ranges.map(|(a, b)| (a.0.min(b.0), a.1.max(b.1)));
        }
    }
    let entries = styles.map(|(name, ink)| line_entry(name.to_owned(), ink, Pattern::Solid));
    kicked.legend = entries.into();
    let rename = |rows: Vec<(String, Vec<f64>)>, what: &str| -> Vec<(String, Vec<f64>)> {
        let rows = rows.into_iter();
        rows.map(|(name, row)| (format!("{name}, {what}"), row))
            .collect()
    };
    let mut rows = rename(constant.measured.rows, styles[0].0);
    rows.extend(rename(kicked.measured.rows, styles[1].0));
    kicked.measured.rows = rows;
    kicked
}

/// The layers of runs as they are now, and what belongs to none; what runs were before is left out.
fn split(layers: Vec<Layer>) -> (Vec<Layer>, Vec<Layer>) {
    let label = METHODS[0].family.label;
    let layers = layers.into_iter();
    let (runs, others): (Vec<Layer>, Vec<Layer>) =
        layers.partition(|layer| layer.name.starts_with(label));
    let now = runs
        .into_iter()
        .filter(|layer| !layer.name.contains(" at "));
    (now.collect(), others)
}

/// A line of a legend.
fn line_entry(label: String, ink: Ink, pattern: Pattern) -> LegendEntry {
    LegendEntry {
        label,
        ink,
        opacity: 1.0,
        swatch: Swatch::Line {
            pattern,
            marked: false,
            width: 2.4,
        },
    }
}

/// Fig 2: the names of the laws suffice.
fn gallery(parts: Vec<Drawing>) -> Drawing {
    let mut whole = side_by_side(parts);
    let mut key = Vec::new();
    for plot in plots(&mut whole) {
        key = std::mem::take(&mut plot.key);
    }
    whole.legend = key;
    whole.measured.rows.clear();
    whole.measured.columns.clear();
    whole
}

/// Fig 3a: the functions of all parts in one picture.
fn by_step_size(parts: Vec<Drawing>) -> Drawing {
    const STYLES: [(Ink, Pattern); 4] = [
        (Ink::Weak, Pattern::Dotted),
        (Ink::Green, Pattern::Dashed),
        (Ink::Vermillion, Pattern::Solid),
        (Ink::Blue, Pattern::Solid),
    ];
    let label = format!("{} 1", METHODS[0].family.label);
    let mut lines = Vec::new();
    let mut legend = Vec::new();
    let mut rows = Vec::new();
    let mut whole = None;
    for (mut drawing, (ink, pattern)) in parts.into_iter().zip(STYLES) {
        let eta = drawing.knobs.real_or_auto("step_size");
        let name = eta.map_or_else(
            || "gentle, η = 1/λ".to_owned(),
            |eta| format!("η = {}", short(eta, 2)),
        );
        for plot in plots(&mut drawing) {
            let own = plot.layers.iter().filter(|layer| layer.name == label);
            lines.extend(own.cloned().map(|mut layer| {
                layer.name.clone_from(&name);
                layer.ink = ink;
                if let Shape::Line { pattern: own, .. } = &mut layer.shape {
                    *own = pattern;
                }
                layer
            }));
        }
        rows.extend(
            drawing
                .measured
                .rows
                .drain(..)
                .map(|(_, row)| (name.clone(), row)),
        );
        legend.push(line_entry(name, ink, pattern));
        whole.get_or_insert(drawing);
    }
    let mut whole = whole.expect("the figure has parts");
    for plot in plots(&mut whole) {
        plot.layers.retain(|layer| layer.name == "samples");
        plot.layers.splice(0..0, lines.drain(..));
        plot.key.clear();
    }
    whole.measured.rows = rows;
    whole.legend = legend;
    whole
}
