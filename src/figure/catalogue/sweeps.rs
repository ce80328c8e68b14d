//! Figures of many runs: one point per recipe, or a median and a band over seeds.

use super::{Made, Measured, Progress};
use crate::figure::Figure;
use crate::format::short;
use crate::labs::LabError;
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::labs::diagonal::dynamics::sgf::SGF;
use crate::recipe::{Recipe, preset};
use crate::scene::{Cell, Content, LegendEntry, Plot, Shape};
use crate::sim::experiment::Family;
use crate::statistics::rank_correlation;
use crate::sweep::picture::{self as pictures, Quantity};
use crate::sweep::summary::Results;
use crate::sweep::{self, Steps, Sweep, SweepError, Vary};

/// Fresh data sets and seeds behind every median.
const SEEDS: u64 = 10;

/// The first of them; the presets, with which the figures are looked at, have others.
const FIRST_SEED: &str = "1000";

const VALIDATION: Quantity<'static> = Quantity {
    id: "validation_loss",
    label: "‖β − β*‖₂²",
};

const INTEGRAL: Quantity<'static> = Quantity {
    id: "loss_integral",
    label: "∫L ds over the whole run",
};

/// Runs sweeps one after the other, on all cores.
fn results(sweeps: &[Sweep], progress: &Progress<'_>) -> Result<Vec<Results>, LabError> {
    let total: u64 = sweeps.iter().map(Sweep::cells).sum();
    let mut before = 0;
    let results = sweeps.iter().map(|sweep| {
        let order = sweep.order(0..sweep.cells());
        let ended = Results::of(sweep, &order, &|done| {
            progress((before + done as u64) as f64 / total as f64);
        });
        before += sweep.cells();
        ended.map_err(|error| match error {
            SweepError::Lab { source, .. } => source,
            error => panic!("a sweep of the catalogue: {error}"),
        })
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
    for key in vary.seeds(&recipe.knobs) {
        let set = recipe.knobs.set_text(key, first);
        set.unwrap_or_else(|error| panic!("{error}"));
    }
    recipe
}

/// The values of a sweep's axis.
fn values(sweep: &Sweep) -> &[f64] {
    sweep.axes().first().map_or(&[], |axis| axis.values())
}

fn single(title: &str, about: String, plot: Plot, legend: Vec<LegendEntry>) -> Figure {
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
}

impl Against {
    fn make(self, progress: &Progress<'_>) -> Result<Made, LabError> {
        let over = Some((self.key, self.values));
        let fresh = with_seeds(&self.recipe, Vary::All, FIRST_SEED);
        let sweep = sweep(&fresh, over, SEEDS, Vary::All, self.steps);
        let results = &results(std::slice::from_ref(&sweep), progress)?[0];
        let families = [GD.family(), SGD.family()];
        let mut plot = pictures::curves(&sweep, results, VALIDATION, &families);
        self.axis.clone_into(&mut plot.x.label);
        let mut legend = families
            .map(|family| pictures::entry(&family, family.label.to_owned()))
            .to_vec();
        legend.append(&mut plot.key);
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
    let descent = Family {
        label: "SGD, four γ",
        ..SGD.family()
    };
    let families = [descent, SGF.family()];
    let (plot, legend) = pictures::cloud(&ended, [INTEGRAL, VALIDATION], &families);
    let mut measured = Measured {
        columns: vec!["rank_correlation", "runs"],
        rows: Vec::new(),
    };
    for (layer, Family { label, .. }) in plot.layers.iter().zip(families) {
        if let Shape::Points { at, .. } = &layer.shape {
            let numbers = vec![rank_correlation(at), at.len() as f64];
            measured.rows.push((label.to_owned(), numbers));
        }
    }
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
