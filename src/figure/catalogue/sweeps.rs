//! Figures of many runs: one point per recipe, or a median and a band over seeds.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{Made, Measured, Progress};
use crate::figure::{
    Axis, Cell, Content, Entry, Figure, Ink, Layer, Marker, Pattern, Plot, Shape, Swatch,
};
use crate::format::{number, short};
use crate::labs::LabError;
use crate::palette;
use crate::recipe::{Recipe, preset};
use crate::sim::experiment::RunStatus;
use crate::sim::schedule::Schedule;
use crate::sim::session::Session;
use crate::statistics::{median, quantiles, rank_correlation};

/// Fresh data sets and seeds behind every median.
const SEEDS: u64 = 10;

/// The band's lower end, the median and the band's upper end.
const BAND: [f64; 3] = [0.1, 0.5, 0.9];

/// How a run has ended.
#[derive(Clone, Debug)]
struct Ended {
    family: &'static str,
    /// γ of the run, and what the theory of step sizes says of it.
    gamma_auto: f64,
    /// NaN if it diverged.
    validation_loss: f64,
    loss_integral: f64,
}

/// Runs recipes to convergence or their last step, on all cores; the order is the recipes'.
fn ends(recipes: &[Recipe], progress: &Progress<'_>) -> Result<Vec<Vec<Ended>>, LabError> {
    let done = AtomicUsize::new(0);
    let ended = recipes.par_iter().map(|recipe| {
        let ended = end(recipe);
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        progress(done as f64 / recipes.len() as f64);
        ended
    });
    ended.collect()
}

fn end(recipe: &Recipe) -> Result<Vec<Ended>, LabError> {
    let experiment = recipe.lab.experiment(&recipe.knobs, false)?;
    let setup = experiment.setup().clone();
    let mut session = Session::new(
        experiment,
        Schedule::LogSpaced,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    session.stop_when_converged(true);
    session.advance_to(recipe.knobs.count("steps"), None);
    let statuses = session.status();
    let last = session.experiment().sample();
    let runs = setup.runs.iter().zip(statuses).zip(last.runs);
    let ended = runs.map(|((info, status), sample)| {
        let value = |id: &str| match (&sample, status) {
            (Some(sample), RunStatus::Running | RunStatus::Converged) => {
                sample.values[setup.column(id)]
            }
            _ => f64::NAN,
        };
        let gamma_auto = setup.facts.scalars.get("gamma_auto");
        Ended {
            family: info.family,
            gamma_auto: gamma_auto.copied().unwrap_or(f64::NAN),
            validation_loss: value("validation_loss"),
            loss_integral: value("loss_integral"),
        }
    });
    Ok(ended.collect())
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

fn with(recipe: &Recipe, key: &str, value: &str) -> Recipe {
    let mut recipe = recipe.clone();
    let set = recipe.knobs.set_text(key, value);
    set.unwrap_or_else(|error| panic!("{key}: {error}"));
    recipe
}

fn with_seeds(recipe: &Recipe, seed: u64) -> Recipe {
    let keys = ["data_seed", "sampling_seed", "brownian_seed"];
    keys.iter().fold(recipe.clone(), |recipe, key| {
        with(&recipe, key, &seed.to_string())
    })
}

/// The end of every run at one place of a sweep.
type Place = (f64, Vec<Ended>);

/// Runs a recipe with one setting at several values, each with fresh seeds.
fn sweep(
    recipe: &Recipe,
    key: &str,
    values: &[f64],
    steps: impl Fn(f64) -> u64,
    progress: &Progress<'_>,
) -> Result<Vec<Place>, LabError> {
    let at = |value: &f64| {
        let recipe = with(recipe, key, &value.to_string());
        let recipe = with(&recipe, "steps", &steps(*value).to_string());
        (0..SEEDS).map(move |seed| with_seeds(&recipe, 1000 + seed))
    };
    let recipes: Vec<Recipe> = values.iter().flat_map(at).collect();
    let mut ended = ends(&recipes, progress)?.into_iter();
    let place = |value: &f64| {
        let runs = ended.by_ref().take(SEEDS as usize).flatten();
        (*value, runs.collect())
    };
    Ok(values.iter().map(place).collect())
}

/// Validation losses of a family at one place. Empty if half of its runs or more diverged: the rest
/// would flatter it.
fn validations(place: &Place, family: &str) -> Vec<f64> {
    let runs = place.1.iter().filter(|run| run.family == family);
    let all: Vec<f64> = runs.map(|run| run.validation_loss).collect();
    let finite: Vec<f64> = all
        .iter()
        .copied()
        .filter(|loss| loss.is_finite())
        .collect();
    if 2 * finite.len() > all.len() {
        finite
    } else {
        Vec::new()
    }
}

/// Median and band of a family over a sweep.
fn curve(places: &[Place], family: &'static str, label: &str) -> [Layer; 2] {
    let losses: Vec<(f64, Vec<f64>)> = places
        .iter()
        .map(|place| (place.0, validations(place, family)))
        .filter(|(_, losses)| !losses.is_empty())
        .collect();
    let [low, middle, high] = BAND.map(|part| -> Vec<f64> {
        let quantile = |(_, losses): &(f64, Vec<f64>)| quantiles(losses.iter().copied(), [part]);
        losses
            .iter()
            .filter_map(quantile)
            .map(|[value]| value)
            .collect()
    });
    let x: Vec<f64> = losses.iter().map(|(x, _)| *x).collect();
    let style = palette::family(family, false);
    let layer = |name: String, shape, opacity| Layer {
        name,
        shape,
        ink: Ink::Family(family),
        opacity,
        width: f64::from(style.width),
    };
    let points = x.iter().copied().zip(middle).map(|(x, y)| [x, y]);
    let line = Shape::Line {
        points: points.collect(),
        pattern: Pattern::Solid,
        marked: false,
    };
    let band = Shape::Band { x, low, high };
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
    let (marker, filled) = match line.ink {
        Ink::Family("gd") => (Marker::Square, true),
        _ => (Marker::Circle, true),
    };
    Layer {
        shape: Shape::Points {
            at,
            marker,
            radius: 3.4,
            filled,
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
fn medians(places: &[Place], symbol: &str, families: &[(&'static str, &'static str)]) -> Measured {
    let row = |place: &Place| {
        let medians = families
            .iter()
            .map(|(family, _)| median(validations(place, family)).unwrap_or(f64::NAN));
        (
            format!("{symbol} = {}", short(place.0, 2)),
            medians.collect(),
        )
    };
    Measured {
        columns: families.iter().map(|(_, column)| *column).collect(),
        rows: places.iter().map(row).collect(),
    }
}

const GD_AND_SGD: [(&str, &str); 2] = [
    ("gd", "median_validation_loss_gd"),
    ("sgd", "median_validation_loss_sgd"),
];

/// Fig 1 right: final validation loss against α, with γ chosen anew for every α.
pub(super) fn initialisation_scales(progress: &Progress<'_>) -> Result<Made, LabError> {
    const SCALES: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0];
    let recipe = base("fig1-left", &[("sgd_runs", "1"), ("step_size", "auto")]);
    // The waiting time at the origin grows like log 1/α, and the noise of SGD like 1/α slows the rest.
    let steps = |scale: f64| if scale < 0.01 { 1_000_000 } else { 200_000 };
    let places = sweep(&recipe, "alpha", &SCALES, steps, progress)?;
    let mut layers: Vec<Layer> = [("gd", "GD"), ("sgd", "SGD")]
        .into_iter()
        .flat_map(|(family, label)| curve(&places, family, label))
        .collect();
    layers.extend(layers.clone().iter().skip(1).step_by(2).map(dots));
    let plot = Plot {
        x: Axis {
            label: "initialisation scale α".to_owned(),
            log: true,
            ..Axis::default()
        },
        y: validation_axis(),
        layers,
        ..Plot::default()
    };
    let about = format!(
        "Medians and 10 % to 90 % bands over {SEEDS} data sets; γ = 0.9 γ_auto at every α."
    );
    let legend = vec![
        family_entry("gd", "GD".to_owned(), Marker::Square),
        family_entry("sgd", "SGD".to_owned(), Marker::Circle),
    ];
    Ok(Made {
        figure: single("Validation loss at the end", about.clone(), plot, legend),
        provenance: about,
        recipe,
        measured: medians(&places, "α", &GD_AND_SGD),
    })
}

/// Bonus 2: final validation loss against γ.
pub(super) fn step_sizes(progress: &Progress<'_>) -> Result<Made, LabError> {
    const SIZES: [f64; 9] = [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.2, 0.3];
    let settings = [("sgd_runs", "1"), ("alpha", "0.1")];
    let recipe = base("fig1-left", &settings);
    let steps = |size: f64| (4000.0 / size) as u64;
    let places = sweep(&recipe, "step_size", &SIZES, steps, progress)?;
    let mut layers: Vec<Layer> = [("gd", "GD"), ("sgd", "SGD")]
        .into_iter()
        .flat_map(|(family, label)| curve(&places, family, label))
        .collect();
    layers.extend(layers.clone().iter().skip(1).step_by(2).map(dots));
    let auto = places
        .iter()
        .flat_map(|(_, runs)| runs)
        .map(|run| run.gamma_auto);
    if let Some(auto) = median(auto) {
        layers.push(Layer {
            name: "γ_auto, median".to_owned(),
            shape: Shape::Vertical(auto, Pattern::Dashed),
            ink: Ink::Weak,
            opacity: 1.0,
            width: 1.4,
        });
    }
    let plot = Plot {
        x: Axis {
            label: "step size γ".to_owned(),
            log: true,
            ..Axis::default()
        },
        y: validation_axis(),
        layers,
        ..Plot::default()
    };
    let about = format!(
        "Medians and 10 % to 90 % bands over {SEEDS} data sets at α = 0.1; a curve ends where half of the runs diverge."
    );
    let legend = vec![
        family_entry("gd", "GD".to_owned(), Marker::Square),
        family_entry("sgd", "SGD".to_owned(), Marker::Circle),
        Entry {
            label: "γ_auto, median".to_owned(),
            ink: Ink::Weak,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern: Pattern::Dashed,
                marked: false,
                width: 1.4,
            },
        },
    ];
    Ok(Made {
        figure: single("Validation loss at the end", about.clone(), plot, legend),
        provenance: about,
        recipe,
        measured: medians(&places, "γ", &GD_AND_SGD),
    })
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
    let noise = |recipe: &Recipe, seed: u64| {
        let recipe = with(recipe, "sampling_seed", &seed.to_string());
        with(&recipe, "brownian_seed", &seed.to_string())
    };
    let mut recipes: Vec<Recipe> = Vec::new();
    for size in SIZES {
        let recipe = with(&recipe, "step_size", &size.to_string());
        let recipe = with(&recipe, "steps", &((4000.0 / size) as u64).to_string());
        recipes.extend((0..SEEDS).map(|seed| noise(&recipe, seed)));
    }
    recipes.extend((0..FLOWS).map(|seed| noise(&flow, seed)));
    let ended = ends(&recipes, progress)?;
    let cloud = |family: &str| -> Vec<[f64; 2]> {
        let runs = ended.iter().flatten().filter(|run| run.family == family);
        runs.map(|run| [run.loss_integral, run.validation_loss])
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_threads_does_not_show() {
        let recipes: Vec<Recipe> = (1..=6)
            .map(|seed| {
                let seed = seed.to_string();
                base("fig2", &[("data_seed", &seed), ("steps", "300")])
            })
            .collect();
        let ended = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            let ended = pool.install(|| ends(&recipes, &|_| {})).unwrap();
            let bits = ended.iter().flatten().map(|ended| {
                let numbers = [ended.validation_loss, ended.loss_integral, ended.gamma_auto];
                (ended.family, numbers.map(f64::to_bits))
            });
            bits.collect::<Vec<_>>()
        };
        let alone = ended(1);
        assert_eq!(alone.len(), 6 * 5);
        assert_eq!(alone, ended(4));
    }
}
