//! What a plot says differently in a lecture: names at the ends of lines, numbers over the frame.

use crate::scene::view::View;
use crate::scene::{LegendEntry, Plot, Shape, Swatch, pictures};
use crate::sim::families::{FamilyRuns, families};
use crate::ui::plot::LineEnd;

/// Letters of a name that has room for the number of its runs.
const SHORT: usize = 12;

/// Takes the numbers out of a plot and finds the lines that can be named at their ends. Returns what stands over the
/// frame, the numbers and the other families' names, and the ends.
pub(super) fn told_at_ends(plot: &mut Plot, view: &View<'_>) -> (Vec<LegendEntry>, Vec<LineEnd>) {
    let shown = families(view.history).into_iter();
    let shown = shown.filter(|known| !view.hidden.contains(&known.family.id));
    let ends: Vec<LineEnd> = if plot.x.time {
        shown
            .filter_map(|family| end_of(plot, view, &family))
            .collect()
    } else {
        Vec::new()
    };
    let mut told = std::mem::take(&mut plot.live.readout);
    let is_told = |entry: &LegendEntry| {
        ends.iter().any(|end| entry.label.starts_with(&end.words))
            || told.iter().any(|told| told.label.starts_with(&entry.label))
    };
    let names = pictures::legend(view).into_iter();
    let names = names.filter(|entry| !is_told(entry) && is_drawn(plot, entry));
    told.extend(names.collect::<Vec<_>>());
    (told, ends)
}

/// Whether a plot has what an entry of a legend stands for.
fn is_drawn(plot: &Plot, entry: &LegendEntry) -> bool {
    let is_ring = matches!(entry.swatch, Swatch::Point { .. });
    plot.layers.iter().any(|layer| {
        let fits = !is_ring || matches!(layer.shape, Shape::Points { filled: false, .. });
        layer.ink == entry.ink && fits
    })
}

/// The name of a family at the end of its lines, if the plot has some.
fn end_of(plot: &Plot, view: &View<'_>, family: &FamilyRuns) -> Option<LineEnd> {
    let runs = family.runs.iter();
    let mut names: Vec<String> = runs
        .map(|run| view.history.setup.runs[*run].label.clone())
        .collect();
    names.push(format!("{} median", family.family.label));
    let is_line = |name: &String| {
        let mut layers = plot.layers.iter();
        layers.any(|layer| layer.name == *name && matches!(layer.shape, Shape::Line { .. }))
    };
    names.retain(is_line);
    // How many there are is said over the frame as well.
    let title = family.title();
    let is_short = title.chars().count() <= SHORT;
    (!names.is_empty()).then(|| LineEnd {
        words: if is_short {
            title
        } else {
            family.family.label.to_owned()
        },
        ink: family.family.look.ink,
        layers: names,
    })
}
