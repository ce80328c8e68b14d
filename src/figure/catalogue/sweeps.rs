//! Figures of many runs: one point per recipe, or a median and a band over seeds.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{Made, Measured, Progress};
use crate::figure::{
    Axis, Cell, Content, Entry, Figure, Ink, Layer, Marker, Pattern, Plot, Shape, Swatch,
};
use crate::format::{number, short};
use crate::labs::LabError;
use crate::palette;
use crate::recipe::{Recipe, preset};
use crate::statistics::rank_correlation;
use crate::sweep::run::run;
use crate::sweep::summary::{Band, Results};
use crate::sweep::{self, Steps, Sweep, SweepError, Vary};

/// Fresh data sets and seeds behind every median.
const SEEDS: u64 = 10;

/// The first of them; the presets, with which the figures are looked at, have others.
const FIRST_SEED: &str = "1000";

/// Runs sweeps one after the other, on all cores.
fn results(sweeps: &[Sweep], progress: &Progress<'_>) -> Result<Vec<Results>, LabError> {
    let total: u64 = sweeps.iter().map(Sweep::cells).sum();
    let done = AtomicUsize::new(0);
    let results = sweeps.iter().map(|sweep| {
        let results = Mutex::new(Results::new(sweep));
        let order = sweep.order(0..sweep.cells());
        let ended = run(sweep, &order, &AtomicBool::new(false), &|result| {
            let done = 1 + done.fetch_add(1, Ordering::Relaxed);
            progress(done as f64 / total as f64);
            // A poisoned lock only means that another thread has died.
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.insert(result);
            ControlFlow::Continue(())
        });
        match ended {
            Ok(()) => Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner)),
            Err(SweepError::Lab { source, .. }) => Err(source),
            Err(error) => panic!("a sweep of the catalogue: {error}"),
        }
    });
    results.collect()
}

/// A preset with other settings, which are known to exist and to take the values.
fn base(id: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(id).map_or_else(|error| panic!("{error}"), |preset| preset.recipe());
    for (key, value) in settings {
        let set = recipe.knobs.set_text(key, value);
        set.unwrap_or_else(|error| panic!("{id}: {error}"));
    }
    recipe
}

/// A sweep over one setting, or over seeds alone, which is known to be possible.
fn sweep(
    recipe: &Recipe,
    over: Option<(&str, &[f64])>,
    seeds: u64,
    vary: Vary,
    steps: Steps,
) -> Sweep {
    let axis = over.map(|(key, values)| {
        let axis = sweep::Axis::new(key, values.iter().copied(), &recipe.knobs);
        axis.unwrap_or_else(|error| panic!("{error}"))
    });
    let sweep = Sweep::new(
        recipe.clone(),
        axis.into_iter().collect(),
        seeds,
        vary,
        steps,
    );
    sweep.unwrap_or_else(|error| panic!("{error}"))
}

/// The recipe with other first seeds.
fn with_seeds(recipe: &Recipe, vary: Vary, first: &str) -> Recipe {
    let mut recipe = recipe.clone();
    for key in vary.seeds() {
        let set = recipe.knobs.set_text(key, first);
        set.unwrap_or_else(|error| panic!("{error}"));
    }
    recipe
}

/// The values of a sweep's axis.
fn values(sweep: &Sweep) -> &[f64] {
    sweep.axes().first().map_or(&[], |axis| axis.values())
}

/// Median and band of a family over a sweep.
fn curve(sweep: &Sweep, results: &Results, family: &'static str, label: &str) -> [Layer; 2] {
    let places = (0..).zip(values(sweep));
    let bands: Vec<(f64, Band)> = places
        .filter_map(|(place, x)| Some((*x, results.band(place, family, "validation_loss")?)))
        .collect();
    let style = palette::family(family, false);
    let layer = |name: String, shape, opacity| Layer {
        name,
        shape,
        ink: Ink::Family(family),
        opacity,
        width: f64::from(style.width),
    };
    let line = Shape::Line {
        points: bands.iter().map(|(x, band)| [*x, band.median]).collect(),
        pattern: Pattern::Solid,
        marked: false,
    };
    let band = Shape::Band {
        x: bands.iter().map(|(x, _)| *x).collect(),
        low: bands.iter().map(|(_, band)| band.low).collect(),
        high: bands.iter().map(|(_, band)| band.high).collect(),
    };
    [
        layer(format!("{label}, 10 % to 90 %"), band, 0.2),
        layer(format!("{label}, median"), line, 1.0),
    ]
}

/// The places that were run, as points on a curve.
fn dots(line: &Layer) -> Layer {
    let at = match &line.shape {
        Shape::Line { points, .. } => points.clone(),
        _ => Vec::new(),
    };
    let marker = match line.ink {
        Ink::Family("gd") => Marker::Square,
        _ => Marker::Circle,
    };
    Layer {
        shape: Shape::Points {
            at,
            marker,
            radius: 3.4,
            filled: true,
        },
        ..line.clone()
    }
}

fn family_entry(family: &'static str, label: String, marker: Marker) -> Entry {
    Entry {
        label,
        ink: Ink::Family(family),
        opacity: 1.0,
        swatch: Swatch::Point {
            marker,
            filled: true,
        },
    }
}

fn validation_axis() -> Axis {
    Axis {
        label: "‖β − β*‖₂²".to_owned(),
        log: true,
        ..Axis::default()
    }
}

fn single(title: &str, about: String, plot: Plot, legend: Vec<Entry>) -> Figure {
    Figure {
        title: String::new(),
        cells: vec![Cell {
            title: title.to_owned(),
            about,
            content: Content::Plot(plot),
        }],
        columns: 1,
        legend,
        footer: String::new(),
    }
}

/// Median validation losses per place, for the index.
fn medians(
    sweep: &Sweep,
    results: &Results,
    symbol: &str,
    families: &[(&'static str, &'static str)],
) -> Measured {
    let row = |(place, x): (u64, &f64)| {
        let medians = families.iter().map(|(family, _)| {
            let band = results.band(place, family, "validation_loss");
            band.map_or(f64::NAN, |band| band.median)
        });
        (format!("{symbol} = {}", short(*x, 2)), medians.collect())
    };
    Measured {
        columns: families.iter().map(|(_, column)| *column).collect(),
        rows: (0..).zip(values(sweep)).map(row).collect(),
    }
}

const GD_AND_SGD: [(&str, &str); 2] = [
    ("gd", "median_validation_loss_gd"),
    ("sgd", "median_validation_loss_sgd"),
];

/// Final validation losses of GD and SGD against one setting of a recipe, on fresh data.
struct Against {
    recipe: Recipe,
    key: &'static str,
    values: &'static [f64],
    steps: Steps,
    symbol: &'static str,
    axis: &'static str,
    about: String,
    /// Whether the median of γ_auto is marked on the axis.
    marks_auto: bool,
}

impl Against {
    fn make(self, progress: &Progress<'_>) -> Result<Made, LabError> {
        const AUTO: &str = "γ_auto, median";
        const WIDTH: f64 = 1.4;
        let over = Some((self.key, self.values));
        let fresh = with_seeds(&self.recipe, Vary::All, FIRST_SEED);
        let sweep = sweep(&fresh, over, SEEDS, Vary::All, self.steps);
        let results = &results(std::slice::from_ref(&sweep), progress)?[0];
        let mut layers: Vec<Layer> = [("gd", "GD"), ("sgd", "SGD")]
            .into_iter()
            .flat_map(|(family, label)| curve(&sweep, results, family, label))
            .collect();
        layers.extend(layers.clone().iter().skip(1).step_by(2).map(dots));
        let mut legend = vec![
            family_entry("gd", "GD".to_owned(), Marker::Square),
            family_entry("sgd", "SGD".to_owned(), Marker::Circle),
        ];
        if self.marks_auto {
            let auto = results.gamma_auto();
            layers.extend(auto.map(|auto| Layer {
                name: AUTO.to_owned(),
                shape: Shape::Vertical(auto, Pattern::Dashed),
                ink: Ink::Weak,
                opacity: 1.0,
                width: WIDTH,
            }));
            legend.push(Entry {
                label: AUTO.to_owned(),
                ink: Ink::Weak,
                opacity: 1.0,
                swatch: Swatch::Line {
                    pattern: Pattern::Dashed,
                    marked: false,
                    width: WIDTH,
                },
            });
        }
        let plot = Plot {
            x: Axis {
                label: self.axis.to_owned(),
                log: true,
                ..Axis::default()
            },
            y: validation_axis(),
            layers,
            ..Plot::default()
        };
        let title = "Validation loss at the end";
        Ok(Made {
            figure: single(title, self.about.clone(), plot, legend),
            provenance: self.about,
            recipe: self.recipe,
            measured: medians(&sweep, results, self.symbol, &GD_AND_SGD),
        })
    }
}

/// Fig 1 right: final validation loss against α, with γ chosen anew for every α.
pub(super) fn initialisation_scales(progress: &Progress<'_>) -> Result<Made, LabError> {
    let against = Against {
        recipe: base("fig1-left", &[("sgd_runs", "1"), ("step_size", "auto")]),
        key: "alpha",
        values: &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0],
        steps: Steps::Auto,
        symbol: "α",
        axis: "initialisation scale α",
        about: format!(
            "Medians and 10 % to 90 % bands over {SEEDS} data sets; γ = 0.9 γ_auto at every α."
        ),
        marks_auto: false,
    };
    against.make(progress)
}

/// Bonus 2: final validation loss against γ.
pub(super) fn step_sizes(progress: &Progress<'_>) -> Result<Made, LabError> {
    let against = Against {
        recipe: base("fig1-left", &[("sgd_runs", "1"), ("alpha", "0.1")]),
        key: "step_size",
        values: &[0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.2, 0.3],
        steps: Steps::FlowTime(4000.0),
        symbol: "γ",
        axis: "step size γ",
        about: format!(
            "Medians and 10 % to 90 % bands over {SEEDS} data sets at α = 0.1; a curve ends where half of the runs diverge."
        ),
        marks_auto: true,
    };
    against.make(progress)
}

/// Bonus 3: the integral of the training loss against the validation loss, on one data set.
pub(super) fn training_speeds(progress: &Progress<'_>) -> Result<Made, LabError> {
    const SIZES: [f64; 4] = [0.02, 0.05, 0.08, 0.1];
    const FLOWS: u64 = 30;
    let recipe = base(
        "fig2",
        &[("gd_runs", "0"), ("sgf_runs", "0"), ("sgd_runs", "1")],
    );
    let flow = base(
        "fig2",
        &[("gd_runs", "0"), ("sgf_runs", "1"), ("sgd_runs", "0")],
    );
    let [descents, flows] = [&recipe, &flow].map(|recipe| with_seeds(recipe, Vary::Noise, "0"));
    let over = Some(("step_size", &SIZES[..]));
    let sweeps = [
        sweep(&descents, over, SEEDS, Vary::Noise, Steps::FlowTime(4000.0)),
        sweep(&flows, None, FLOWS, Vary::Noise, Steps::Recipe),
    ];
    let ended = results(&sweeps, progress)?;
    let cloud = |family: &str| -> Vec<[f64; 2]> {
        let clouds = ended.iter();
        let clouds =
            clouds.flat_map(|cells| cells.cloud(family, ["loss_integral", "validation_loss"]));
        clouds.collect()
    };
    let clouds = [
        ("sgd", "SGD, four γ", Marker::Circle),
        ("sgf", "SGF", Marker::Diamond),
    ];
    let mut layers = Vec::new();
    let mut legend = Vec::new();
    let mut measured = Measured {
        columns: vec!["rank_correlation", "runs"],
        rows: Vec::new(),
    };
    for (family, label, marker) in clouds {
        let at = cloud(family);
        let correlation = rank_correlation(&at);
        legend.push(family_entry(
            family,
            format!("{label}: rank correlation {}", number(correlation, 3)),
            marker,
        ));
        measured
            .rows
            .push((label.to_owned(), vec![correlation, at.len() as f64]));
        layers.push(Layer {
            name: label.to_owned(),
            shape: Shape::Points {
                at,
                marker,
                radius: 3.6,
                filled: true,
            },
            ink: Ink::Family(family),
            opacity: 0.7,
            width: 1.4,
        });
    }
    let plot = Plot {
        x: Axis {
            label: "∫L ds over the whole run".to_owned(),
            log: true,
            ..Axis::default()
        },
        y: validation_axis(),
        layers,
        ..Plot::default()
    };
    let about = format!(
        "One data set, α = 0.1. SGD at γ = {}, {SEEDS} seeds each; {FLOWS} runs of SGF at γ = {}.",
        SIZES.map(|size| short(size, 3)).join(", "),
        short(flow.knobs.real("step_size"), 3)
    );
    Ok(Made {
        figure: single("Validation loss at the end", about.clone(), plot, legend),
        provenance: about,
        recipe,
        measured,
    })
}
