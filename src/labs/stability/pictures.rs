//! The lab's pictures, in cells.

use super::laws::Law;
use super::network::Network;
use super::problem::GALLERY;
use super::weight::Weight;
use crate::format::short;
use crate::scene::pictures::density::{Density, Drawn};
use crate::scene::pictures::functions::Functions;
use crate::scene::pictures::graphs::{Graph, Graphs};
use crate::scene::pictures::series::{Level, Reference, Series};
use crate::scene::pictures::trail::{Trail, TrailLine};
use crate::scene::{Ink, Panel, Pattern};
use crate::sim::experiment::Facts;
use crate::sim::history::History;

/// What is drawn of the line of inputs: beyond them f is free.
const RANGE: [f64; 2] = [-3.0, 3.0];

/// Width of the Gaussian that smooths f''.
const SMOOTH: f64 = 0.12;

/// Earlier functions that are drawn: more cannot be told apart.
const EARLIER: usize = 3;

/// The parameters of a state as one vector.
fn parameters(_: &Facts, state: &[Vec<f64>]) -> Vec<f64> {
    state.concat()
}

/// f(x).
fn learned(_: &Facts, parameters: &[f64], x: f64) -> f64 {
    Network::of(parameters).value(x)
}

/// |f''| convolved with a Gaussian: smoothed first, so that neighbours of opposite sign cancel.
fn second_derivative(facts: &Facts, state: &[Vec<f64>], places: &[f64]) -> Vec<f64> {
    let parameters = parameters(facts, state);
    let knots: Vec<[f64; 2]> = Network::of(&parameters)
        .knots()
        .map(|knot| [knot.at, knot.mass])
        .collect();
    let scale = (SMOOTH * std::f64::consts::TAU.sqrt()).recip();
    let height = |x: f64| {
        let terms = knots.iter().map(|[at, mass]| {
            let z = (x - at) / SMOOTH;
            mass * scale * libm::exp(-0.5 * z * z)
        });
        terms.sum::<f64>().abs()
    };
    places.iter().map(|x| height(*x)).collect()
}

/// (τ, |m|) per neuron.
fn bends(facts: &Facts, state: &[Vec<f64>]) -> Vec<[f64; 2]> {
    let parameters = parameters(facts, state);
    let knots = Network::of(&parameters).knots();
    knots.map(|knot| [knot.at, knot.mass.abs()]).collect()
}

/// The graph of g of the inputs.
fn weight(facts: &Facts) -> Vec<[f64; 2]> {
    let inputs = facts.vectors.get("sample_inputs");
    inputs.map_or_else(Vec::new, |x| Weight::new(x).graph())
}

/// The ends of the gentle steps and of every stretch with a setting of its own before a row, by η there.
fn checkpoints(history: &History, row: usize) -> Vec<(String, usize)> {
    let warm_up = history.scalar("warm_up").into_iter();
    let kicks = history
        .vector("kick_steps")
        .unwrap_or_default()
        .iter()
        .copied();
    let changes = history.marks.iter().map(|mark| mark.step as f64);
    let mut steps: Vec<f64> = warm_up.chain(kicks).chain(changes).collect();
    steps.retain(|step| *step > 0.0);
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    // The last row before the change: the one at its step shows what holds from there on.
    let rows = steps.iter().filter_map(|step| history.row_at(step - 1.0));
    let mut rows: Vec<usize> = rows.filter(|at| *at + 1 < row).collect();
    rows.dedup();
    rows.drain(..rows.len().saturating_sub(EARLIER));
    let named = rows.into_iter().filter_map(|row| {
        let eta = history.shared_at("step_size", row)?;
        Some((format!("at η = {}", short(eta, 2)), row))
    });
    named.collect()
}

fn step_size(history: &History, row: usize) -> Option<f64> {
    history.shared.first()?.get(row).copied()
}

/// 2/η at a row.
fn two_over_step_size(history: &History, row: usize) -> Option<f64> {
    Some(2.0 / step_size(history, row)?)
}

/// 1/η − ½ at a row.
fn curvature_bound(history: &History, row: usize) -> Option<f64> {
    Some(step_size(history, row)?.recip() - 0.5)
}

/// g of a law over a sample of it.
fn gallery(history: &History, law: usize) -> Vec<Graph> {
    /// Points of the closed form.
    const POINTS: usize = 241;
    let [low, high] = RANGE;
    let places = (0..POINTS).map(|at| low + (high - low) * at as f64 / (POINTS - 1) as f64);
    let sample = history.vector(GALLERY[law]).unwrap_or_default();
    let population = places.map(|x| [x, Law::ALL[law].weight(x)]).collect();
    vec![
        Graph {
            name: "population",
            points: population,
            ink: Ink::Reference,
            width: 3.0,
        },
        Graph {
            name: "this sample",
            points: Weight::new(sample).graph(),
            ink: Ink::Blue,
            width: 1.6,
        },
    ]
}

/// A quantity over time.
const fn series(column: &'static str, log_y: bool) -> Series {
    Series {
        column,
        companion: None,
        log_y,
        reference: None,
    }
}

const TWO_OVER_ETA: Option<Reference> = Some(Reference {
    name: "2/η",
    level: Level::Follows(two_over_step_size),
});

const fn trail_line(
    column: &'static str,
    name: &'static str,
    pattern: Pattern,
    opacity: f64,
) -> TrailLine {
    TrailLine {
        column,
        name,
        pattern,
        opacity,
    }
}

macro_rules! gallery_panel {
    ($id:literal, $title:literal, $law:literal) => {
        Panel::new(
            $id,
            $title,
            |_| "g(x)",
            &Graphs {
                graphs: |history| gallery(history, $law),
                places: GALLERY[$law],
                range: RANGE,
                top: 0.35,
            },
            "g of the population (thick) and of a standardised sample of as many inputs as the data have (thin, its places \
             as dots): the price of a bend of f at x. New seeds draw another sample.",
        )
    };
}

pub(super) static CELLS: &[&[Panel]] = &[
    &[Panel::new(
        "learned_function",
        "Function f(x)",
        |_| "f(x)",
        &Functions {
            coefficients: parameters,
            evaluate: learned,
            samples: ["sample_inputs", "sample_labels"],
            fixed: &[],
            range: RANGE,
            room: [0.3, 0.35],
            before: checkpoints,
        },
        "The samples and what the first run of each algorithm has learned: now, and before the last changes of η.",
    )],
    &[
        Panel::new(
            "second_derivative",
            "Second derivative |f''|",
            |_| "|f''| (smoothed)",
            &Density {
                drawn: Drawn::Smooth(second_derivative),
                weight,
                name: "g",
                places: "sample_inputs",
                range: RANGE,
            },
            "|f''| smoothed by a Gaussian of width 0.12, now and at the start, over g, the price of a bend at x. Stability \
             bounds ∫|f''|g: bends go where g is large and stay where it is 0.",
        ),
        Panel::new(
            "knots",
            "Knots of f",
            |_| "|m|",
            &Density {
                drawn: Drawn::Stems(bends),
                weight,
                name: "g",
                places: "sample_inputs",
                range: RANGE,
            },
            "A stem of height |mᵢ| = |w2ᵢw1ᵢ| at the knot τᵢ = −b1ᵢ/w1ᵢ of every neuron, over g.",
        ),
        gallery_panel!("weight_uniform", "g: uniform", 0),
        gallery_panel!("weight_gaussian", "g: Gaussian", 1),
        gallery_panel!("weight_laplace", "g: Laplace", 2),
        gallery_panel!("weight_bimodal", "g: bimodal", 3),
        gallery_panel!("weight_exponential", "g: exponential", 4),
        gallery_panel!("weight_arcsine", "g: arcsine", 5),
        gallery_panel!("weight_triangular", "g: triangular", 6),
    ],
    &[Panel::new(
        "edge_trail",
        "Sharpness against η",
        |_| "λₘₐₓ",
        &Trail {
            across: ("step_size", "step size η"),
            quantities: &[
                trail_line("sharpness", "sharpness λ", Pattern::Solid, 1.0),
                trail_line("flattest", "flattest rescaling", Pattern::Dashed, 1.0),
                trail_line("oriented_bound", "1 + 2Σ|m|g±", Pattern::Dotted, 1.0),
                trail_line("lower_bound", "1 + 2∫|f''|g", Pattern::Dotted, 0.55),
            ],
            limit: ("2/η", |eta| 2.0 / eta),
            mark: ("η*", "eta_star"),
        },
        "The way of the first run of each algorithm as η changes; dots: where all runs are. A minimum above 2/η is not \
         stable, none below the dotted line has this f, and none beyond η* = 1/(W* + ½) interpolates.",
    )],
    &[
        Panel::new(
            "sharpness",
            "Sharpness",
            |_| "λₘₐₓ",
            &Series {
                companion: Some("flattest"),
                reference: TWO_OVER_ETA,
                ..series("sharpness", true)
            },
            "λₘₐₓ of the Gauss–Newton matrix; dots: the flattest rescaling of the same f. The line is 2/η, which bounds \
             minima and not what happens on the way.",
        ),
        Panel::new(
            "stability",
            "Stability λη/2",
            |_| "λη/2",
            &Series {
                reference: Some(Reference {
                    name: "1",
                    level: Level::Follows(|_, _| Some(1.0)),
                }),
                ..series("stability", false)
            },
            "λη/2, for heavy ball λη/2(1 + μ): a minimum can be stable up to 1 and not beyond.",
        ),
        Panel::new(
            "exact_sharpness",
            "Exact sharpness",
            |_| "λₘₐₓ(∇²L)",
            &Series {
                companion: Some("exact_sharpness"),
                reference: TWO_OVER_ETA,
                ..series("sharpness", true)
            },
            "Line: λₘₐₓ of the Gauss–Newton matrix; dots: λₘₐₓ of the exact Hessian. They differ only where the residuals \
             are large.",
        ),
    ],
    &[
        Panel::new(
            "training_loss",
            "Training loss L",
            |_| "L(θ)",
            &series("training_loss", true),
            "L = Σ(f(xⱼ) − yⱼ)²/2n; the shade spans the extremes between recorded steps. Above η* it cannot reach 0.",
        ),
        Panel::new(
            "never_active",
            "Dead neurons",
            |_| "dead neurons",
            &series("never_active", false),
            "Neurons that are active at no input, which large jumps of η leave behind.",
        ),
    ],
    &[
        Panel::new(
            "curvature",
            "∫|f''|g",
            |_| "∫|f''|g",
            &Series {
                reference: Some(Reference {
                    name: "1/η − ½",
                    level: Level::Follows(curvature_bound),
                }),
                ..series("curvature", true)
            },
            "∫|f''|g = Σ|mᵢ|g(τᵢ), which stability bounds by 1/η − ½ at a minimum (Theorem 1).",
        ),
        Panel::new(
            "bend_middle",
            "Bends in the middle",
            |_| "Σ|m| in the middle",
            &Series {
                companion: Some("bend_outside"),
                ..series("bend_middle", true)
            },
            "Line: Σ|m| of knots in the middle half of the data; dots: of knots outside them, where g = 0 and nothing asks \
             f to be smooth.",
        ),
    ],
];
