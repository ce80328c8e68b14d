//! Figures of many runs: a median and a band over seeds, or a point per run.

use super::{Asked, Made, MakeError, Progress, recipe_of};
use crate::figure::Figure;
use crate::format::short;
use crate::labs::SweepPlan;
use crate::labs::figures::{AxisName, FamilyName, Measured, SweepFigure, SweepPlot};
use crate::recipe::Recipe;
use crate::scene::curves::Curve;
use crate::scene::{Axis, Cell, Content, Ink, Layer, LegendEntry, Pattern, Plot, Shape, Swatch};
use crate::sim::experiment::Family;
use crate::statistics::rank_correlation;
use crate::sweep::picture::{self as pictures, Quantity};
use crate::sweep::summary::Results;
use crate::sweep::{Sweep, SweepError};

/// Width of a line to compare with, in points of the screen.
const LIMIT: f64 = 2.0;

/// Runs sweeps one after the other, on all cores.
fn results(sweeps: &[Sweep], progress: &Progress<'_>) -> Result<Vec<Results>, SweepError> {
    let total: u64 = sweeps.iter().map(Sweep::cells).sum();
    let mut before = 0;
    let results = sweeps.iter().map(|sweep| {
        let order = sweep.order(0..sweep.cells());
        let ended = Results::of(sweep, &order, &|done| {
            progress((before + done as u64) as f64 / total as f64);
        });
        before += sweep.cells();
        ended
    });
    results.collect()
}

/// The recipe of a plan with the figure's first seeds, and what was asked.
fn recipe(plan: &SweepPlan, first_seed: u64, asked: &Asked<'_>) -> Result<Recipe, MakeError> {
    let mut recipe = recipe_of(plan.preset, plan.settings);
    for key in plan.vary.seeds(&recipe.knobs) {
        let set = recipe.knobs.set_text(key, &first_seed.to_string());
        set.unwrap_or_else(|error| panic!("{error}"));
    }
    (asked.change)(&mut recipe)?;
    Ok(recipe)
}

/// The sweep of a plan with a recipe for it. It varies no setting that was asked for.
fn sweep(plan: &SweepPlan, recipe: Recipe) -> Result<Sweep, MakeError> {
    let declared = recipe_of(plan.preset, plan.settings);
    let set: Vec<&str> = recipe
        .knobs
        .changed_from(&declared.knobs)
        .map(|(knob, _)| knob.key)
        .collect();
    let sweep = plan.of(recipe)?;
    let mut axes = sweep.axes().iter().map(|axis| axis.key());
    match axes.find(|key| set.contains(key)) {
        Some(key) => Err(MakeError::Varied(key)),
        None => Ok(sweep),
    }
}

/// The values of a sweep's axis.
pub(super) fn values(sweep: &Sweep) -> &[f64] {
    sweep.axes().first().map_or(&[], |axis| axis.values())
}

/// The families that are drawn, by the names that the figure gives them.
fn families(results: &[Results], names: &[FamilyName]) -> Vec<Family> {
    let known: Vec<Family> = results.iter().flat_map(Results::families).collect();
    let named = names.iter().filter_map(|name| {
        let family = known.iter().find(|family| family.id == name.id)?;
        Some(Family {
            label: name.label,
            ..*family
        })
    });
    named.collect()
}

pub(super) fn quantity(name: AxisName) -> Quantity<'static> {
    Quantity {
        id: name.column,
        label: name.label,
    }
}

/// Runs the sweeps of a figure, and draws where they end.
pub(super) fn make(
    spec: &SweepFigure,
    asked: &Asked<'_>,
    progress: &Progress<'_>,
) -> Result<Made, MakeError> {
    let plans = spec.plans.iter();
    let sweeps = plans.map(|plan| sweep(plan, recipe(plan, spec.first_seed, asked)?));
    let sweeps: Vec<Sweep> = sweeps.collect::<Result<_, _>>()?;
    let results = results(&sweeps, progress)?;
    let families = families(&results, spec.families);
    let alone = |plot: Plot| {
        vec![Cell {
            title: spec.title.to_owned(),
            about: spec.about.to_owned(),
            content: Content::Plot(plot),
        }]
    };
    let (cells, legend, measured) = match spec.plot {
        SweepPlot::Curves {
            quantity,
            axis,
            symbol,
        } => {
            let ended = (&sweeps[0], &results[0]);
            let (plot, mut legend) = curves(ended, quantity, axis, &families);
            legend.push(pictures::band_entry());
            (
                alone(plot),
                legend,
                medians(ended, quantity, symbol, &families),
            )
        }
        SweepPlot::Several {
            quantities,
            ordinate,
            limit,
            axis,
            symbol,
        } => {
            let ended = (&sweeps[0], &results[0]);
            let family = families.first().copied();
            let rows: Vec<(AxisName, Family)> = quantities
                .iter()
                .filter_map(|(name, look)| {
                    let (label, look) = (name.label, *look);
                    Some((
                        *name,
                        Family {
                            label,
                            look,
                            ..family?
                        },
                    ))
                })
                .collect();
            let (plot, mut legend) = several(ended, &rows, [axis, ordinate], limit);
            legend.push(pictures::band_entry());
            (alone(plot), legend, several_medians(ended, &rows, symbol))
        }
        SweepPlot::Cloud(axes) => {
            let (plot, legend) = pictures::cloud(&results, axes.map(quantity), &families);
            let measured = correlations(&plot, &families);
            (alone(plot), legend, measured)
        }
        SweepPlot::Quantities {
            quantities,
            settled,
            axis,
            symbol,
        } => {
            let ended = (&sweeps[0], &results[0]);
            super::several::quantities(ended, quantities, settled, [axis, symbol], &families)
        }
        SweepPlot::Shares { maps, axes } => {
            let ended: Vec<(&Sweep, &Results)> = sweeps.iter().zip(&results).collect();
            super::several::shares(&ended, maps, axes)
        }
    };
    Ok(Made {
        figure: Figure {
            columns: cells.len().min(2),
            cells,
            legend,
            ..Figure::default()
        },
        provenance: spec.about.to_owned(),
        recipe: sweeps[0].base().clone(),
        measured,
    })
}

pub(super) fn curves(
    (sweep, results): (&Sweep, &Results),
    name: AxisName,
    axis: &str,
    families: &[Family],
) -> (Plot, Vec<LegendEntry>) {
    let mut plot = pictures::curves(sweep, results, quantity(name), families);
    axis.clone_into(&mut plot.x.label);
    let entries = families.iter();
    let entries = entries.map(|family| pictures::entry(family, family.label.to_owned()));
    let mut legend: Vec<LegendEntry> = entries.collect();
    legend.append(&mut plot.key);
    (plot, legend)
}

/// Several quantities over one axis, each as if it were a family, with a line to compare with under them.
fn several(
    ended: (&Sweep, &Results),
    rows: &[(AxisName, Family)],
    [axis, ordinate]: [&str; 2],
    (name, limit): (&str, fn(f64) -> f64),
) -> (Plot, Vec<LegendEntry>) {
    let line = Shape::Line {
        curve: Curve::Points(values(ended.0).iter().map(|x| [*x, limit(*x)]).collect()),
        pattern: Pattern::Solid,
        marked: false,
    };
    let mut whole = Plot {
        layers: vec![Layer::new(name, Ink::Reference, LIMIT, line)],
        ..Plot::default()
    };
    let swatch = Swatch::Line {
        pattern: Pattern::Solid,
        marked: false,
        width: LIMIT,
    };
    let mut legend = vec![LegendEntry {
        label: name.to_owned(),
        ink: Ink::Reference,
        opacity: 1.0,
        swatch,
    }];
    let mut marks = Vec::new();
    for (at, (name, family)) in rows.iter().enumerate() {
        let (mut plot, mut entries) = curves(ended, *name, axis, std::slice::from_ref(family));
        if at > 0 {
            // The marks on the axis are the same for all of them.
            plot.layers
                .retain(|layer| !matches!(layer.shape, Shape::Vertical(..)));
            entries.truncate(1);
        }
        whole.x = plot.x;
        whole.layers.append(&mut plot.layers);
        legend.push(entries.remove(0));
        marks.append(&mut entries);
    }
    legend.append(&mut marks);
    whole.y = Axis {
        label: ordinate.to_owned(),
        log: true,
        ..Axis::default()
    };
    (whole, legend)
}

/// Their medians per place.
fn several_medians(
    (sweep, results): (&Sweep, &Results),
    rows: &[(AxisName, Family)],
    symbol: &str,
) -> Measured {
    let row = |(place, x): (u64, &f64)| {
        let medians = rows.iter().map(|(name, family)| {
            let band = results.band(place, family.id, name.column);
            band.map_or(f64::NAN, |band| band.median)
        });
        (format!("{symbol} = {}", short(*x, 2)), medians.collect())
    };
    let columns = rows.iter();
    Measured {
        columns: columns
            .map(|(name, _)| format!("median_{}", name.column))
            .collect(),
        rows: (0..).zip(values(sweep)).map(row).collect(),
    }
}

/// The medians per place, for the index.
pub(super) fn medians(
    (sweep, results): (&Sweep, &Results),
    name: AxisName,
    symbol: &str,
    families: &[Family],
) -> Measured {
    let row = |(place, x): (u64, &f64)| {
        let medians = families.iter().map(|family| {
            let band = results.band(place, family.id, name.column);
            band.map_or(f64::NAN, |band| band.median)
        });
        (format!("{symbol} = {}", short(*x, 2)), medians.collect())
    };
    let columns = families.iter();
    let columns = columns.map(|family| format!("median_{}_{}", name.column, family.id));
    Measured {
        columns: columns.collect(),
        rows: (0..).zip(values(sweep)).map(row).collect(),
    }
}

/// How far one quantity of a cloud orders the other, per family.
fn correlations(plot: &Plot, families: &[Family]) -> Measured {
    let mut measured = Measured {
        columns: ["rank_correlation", "runs"].map(str::to_owned).into(),
        rows: Vec::new(),
    };
    for (layer, family) in plot.layers.iter().zip(families) {
        if let Shape::Points { at, .. } = &layer.shape {
            let numbers = vec![rank_correlation(at), at.len() as f64];
            measured.rows.push((family.label.to_owned(), numbers));
        }
    }
    measured
}
