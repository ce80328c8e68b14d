//! Figures of the table of a sweep.

use super::Made;
use crate::figure::Figure;
use crate::knobs::nearest;
use crate::labs::figures::Measured;
use crate::scene::{Cell, Content};
use crate::sweep::Sweep;
use crate::sweep::picture::Shown;
use crate::sweep::pictures::Pictures;
use crate::sweep::summary::Results;

/// The picture of every run as a dot.
const RUNS: &str = "runs";

/// The picture of the part of a family's runs that succeed.
const SHARE: &str = "share";

/// The pictures of a sweep that was read from a table: what a window shows of it, or those of these names.
///
/// A name is that of a recorded quantity; on a map a family or two may follow, as in `validation_loss:sgd/gd`.
pub fn of_table(sweep: &Sweep, results: &Results, names: &[String]) -> Result<Made, String> {
    let usual = Pictures::of(sweep, results, None, None);
    let usual = usual.ok_or("it holds no finished cell")?;
    let mut figure = Figure::of_sweep(&usual);
    if !names.is_empty() {
        let cells = names.iter().map(|name| cell(sweep, results, &usual, name));
        figure.cells = cells.collect::<Result<_, _>>()?;
        figure.columns = figure.cells.len().min(3);
        if names.iter().all(|name| name == RUNS) {
            figure.legend.clear();
        }
    }
    if figure.cells.is_empty() {
        return Err("this lab has nothing to show of runs at a single place".to_owned());
    }
    Ok(Made {
        figure,
        recipe: sweep.base().clone(),
        measured: Measured::default(),
        provenance: sweep.cells_in_words(),
    })
}

/// One of them by its name.
fn cell(sweep: &Sweep, results: &Results, usual: &Pictures, name: &str) -> Result<Cell, String> {
    if name == RUNS {
        return usual
            .cloud_cell()
            .ok_or_else(|| "this lab has no picture of its runs one by one".to_owned());
    }
    let (id, families) = match name.split_once(':') {
        Some((id, families)) => (id, Some(families)),
        None => (name, None),
    };
    let is_map = sweep.axes().len() == 2;
    let can_share = is_map && sweep.base().lab.roles().success.is_some();
    let known = usual.columns.iter().map(|column| column.id);
    let known = known.chain([RUNS]).chain(can_share.then_some(SHARE));
    if !known.clone().any(|known| known == id) {
        let near = nearest(id, known.clone());
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let known: Vec<&str> = known.collect();
        return Err(format!(
            "there is no picture `{id}` of it{hint} (there are {})",
            known.join(", ")
        ));
    }
    if usual.over.is_none() {
        return Err(format!(
            "pictures are over one setting or two: of this sweep there is only `{RUNS}`"
        ));
    }
    let family = |id: &str| {
        let known = usual.families.iter().find(|family| family.id == id);
        let all = usual.families.iter().map(|family| family.id);
        known.map(|family| family.id).ok_or_else(|| {
            format!(
                "it has no runs of `{id}`: {}",
                all.collect::<Vec<_>>().join(", ")
            )
        })
    };
    let of = match families {
        None if id == SHARE => Some(Shown::Share(usual.of.family())),
        None => None,
        Some(_) if !is_map => {
            return Err(format!(
                "over one setting all algorithms are drawn: write `{id}` alone"
            ));
        }
        Some(one) if id == SHARE => Some(Shown::Share(family(one)?)),
        Some(families) => Some(match families.split_once('/') {
            Some((above, below)) => Shown::Ratio(family(above)?, family(below)?),
            None => Shown::Median(family(families)?),
        }),
    };
    // The share is what a map with a border shows unless it is told what else.
    let of = of.or(match usual.of {
        Shown::Share(family) => Some(Shown::Median(family)),
        _ => None,
    });
    let pictures = Pictures::of(sweep, results, Some(id), of);
    let cell = pictures.as_ref().and_then(Pictures::over_cell);
    let mut cell = cell.ok_or("it holds no finished cell")?;
    cell.title = match &cell.content {
        Content::Plot(plot) => match &plot.tiles {
            Some(tiles) => tiles.scale.label.clone(),
            None => format!("{} at the end", plot.y.label),
        },
        Content::Table(_) => cell.title,
    };
    Ok(cell)
}
