//! Several plots of sweeps side by side: quantities over a step size, shares of runs over two settings.

use super::sweeps::{curves, medians, quantity, values};
use crate::format::{number, short};
use crate::labs::figures::{AxisName, Measured, ShareMap};
use crate::scene::{Cell, Layer, LegendEntry, Pattern, Shape, Swatch};
use crate::sim::experiment::Family;
use crate::sweep::Sweep;
use crate::sweep::picture::{self as pictures, Shown};
use crate::sweep::summary::Results;

/// Width of the line at the largest step size, in points of the screen.
const MARK: f64 = 1.4;

/// Cells with their legend and the numbers behind them.
pub(super) type Drawn = (Vec<Cell>, Vec<LegendEntry>, Measured);

/// A cell for every quantity over the step size, with a dashed line at the largest one at which the median run of a
/// family has settled.
pub(super) fn quantities(
    ended: (&Sweep, &Results),
    names: &[AxisName],
    settled: (AxisName, f64),
    [axis, symbol]: [&str; 2],
    families: &[Family],
) -> Drawn {
    let marks = marks(ended, settled, symbol, families);
    let mut legend = Vec::new();
    let mut measured = Measured::default();
    let cells = names.iter().map(|name| {
        let (mut plot, entries) = curves(ended, *name, axis, families);
        plot.layers
            .retain(|layer| !matches!(layer.shape, Shape::Vertical(..)));
        plot.layers
            .extend(marks.iter().map(|(layer, _)| layer.clone()));
        if legend.is_empty() {
            legend.extend(entries.into_iter().take(families.len()));
        }
        let more = medians(ended, *name, symbol, families);
        measured.columns.extend(more.columns);
        if measured.rows.is_empty() {
            measured.rows = more.rows;
        } else {
            for ((_, row), (_, more)) in measured.rows.iter_mut().zip(more.rows) {
                row.extend(more);
            }
        }
        Cell::of_plot(name.label, plot)
    });
    let cells = cells.collect();
    legend.push(pictures::band_entry());
    legend.extend(marks.into_iter().map(|(_, entry)| entry));
    (cells, legend, measured)
}

/// The largest step size of each family at which half of its runs have ended with less than this.
fn marks(
    (sweep, results): (&Sweep, &Results),
    (name, below): (AxisName, f64),
    symbol: &str,
    families: &[Family],
) -> Vec<(Layer, LegendEntry)> {
    let marks = families.iter().filter_map(|family| {
        let settled = |(place, value): (u64, &f64)| {
            let band = results.band(place, family.id, name.column)?;
            (band.median < below).then_some(*value)
        };
        let largest = (0..).zip(values(sweep)).filter_map(settled).last()?;
        let label = format!(
            "{}: largest {symbol} with median {} < {}",
            family.label,
            name.label,
            number(below, 1)
        );
        let ink = family.look.ink;
        let line = Shape::Vertical(largest, Pattern::Dashed);
        let layer = Layer::new(label.clone(), ink, MARK, line);
        let entry = LegendEntry {
            label,
            ink,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern: Pattern::Dashed,
                marked: false,
                width: MARK,
            },
        };
        Some((layer, entry))
    });
    marks.collect()
}

/// A map for every plan and family, of the part of its runs that have succeeded, and where half of them begin to.
pub(super) fn shares(ended: &[(&Sweep, &Results)], maps: &[ShareMap], names: [&str; 2]) -> Drawn {
    let mut legend = Vec::new();
    let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
    let cells = maps.iter().map(|map| {
        let (sweep, results) = ended[map.plan];
        let success = sweep.base().lab.roles().success;
        let column = success.map_or("", |success| success.column);
        let shown = Shown::Share(map.family);
        let mut plot = pictures::map(
            sweep,
            results,
            quantity(AxisName { column, label: "" }),
            shown,
        );
        let [across, up] = names;
        across.clone_into(&mut plot.x.label);
        up.clone_into(&mut plot.y.label);
        // The border is the same on all of them.
        let key = std::mem::take(&mut plot.key);
        if legend.is_empty() {
            legend = key;
        }
        for (at, (value, least)) in halves((sweep, results), column, shown).enumerate() {
            if rows.len() <= at {
                rows.push((format!("{up} = {}", short(value, 3)), Vec::new()));
            }
            rows[at].1.push(least);
        }
        Cell::of_plot(map.title, plot)
    });
    let cells = cells.collect();
    let columns = maps.iter();
    let columns = columns.map(|map| format!("{} at which half succeed: {}", names[0], map.title));
    let measured = Measured {
        columns: columns.collect(),
        rows,
    };
    (cells, legend, measured)
}

/// For every value of the second axis the least value of the first at which half of the runs succeed; NaN if there is
/// none.
fn halves(
    (sweep, results): (&Sweep, &Results),
    column: &str,
    shown: Shown,
) -> impl Iterator<Item = (f64, f64)> {
    let [across, up] = [0, 1].map(|at| sweep.axes().get(at).map_or(&[][..], |axis| axis.values()));
    let half = move |column_at: usize, row: usize| {
        let place = (column_at * up.len() + row) as u64;
        let share = pictures::number_at(sweep, results, place, column, shown);
        share.is_some_and(|share| share >= 0.5)
    };
    up.iter().enumerate().map(move |(row, value)| {
        let least = across.iter().enumerate().find(|(at, _)| half(*at, row));
        (*value, least.map_or(f64::NAN, |(_, least)| *least))
    })
}
