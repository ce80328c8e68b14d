//! Quantities of the runs against one that all runs share, such as the step size, on logarithmic axes: a trail
//! that grows while the latter is changed.

use super::{NOT_AVAILABLE, Picture, empty, extent, swatch_entry};
use crate::format::number;
use crate::scene::curves::Curve;
use crate::scene::memory::Memory;
use crate::scene::scale::place;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, LegendEntry, Live, Pattern, Plot, Shape, Swatch};
use crate::sim::experiment::Source;

/// Points of a trail nearer to each other than this part of the frame are drawn as one.
const APART: f64 = 1.0 / 400.0;

/// Room beside the smallest and the largest abscissa, in decades.
const AIR: f64 = 0.08;

/// Width of lines that are known beforehand.
const KNOWN: f64 = 2.0;

/// See the module.
#[derive(Debug)]
pub struct Trail {
    /// The shared quantity, and what its axis is called.
    pub across: (&'static str, &'static str),
    /// The quantities, the most important one first.
    pub quantities: &'static [TrailLine],
    /// A line to compare with: its name and its ordinate.
    pub limit: (&'static str, fn(f64) -> f64),
    /// A scalar fact that is marked on the abscissa, and its name.
    pub mark: (&'static str, &'static str),
}

/// A quantity of a [`Trail`].
#[derive(Clone, Copy, Debug)]
pub struct TrailLine {
    /// The column.
    pub column: &'static str,
    /// Its name in the key.
    pub name: &'static str,
    /// How its line is broken.
    pub pattern: Pattern,
    /// From 0 to 1.
    pub opacity: f64,
}

impl Picture for Trail {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }
}

fn plot(spec: &Trail, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let history = view.history;
    let across = history.shared(spec.across.0).unwrap_or_default();
    let mark = history.scalar(spec.mark.1).filter(|mark| *mark > 0.0);
    let ends = extent(across.iter().copied().chain(mark)).filter(|(low, _)| *low > 0.0);
    let x = Axis {
        label: spec.across.1.to_owned(),
        log: true,
        range: ends.map(|(low, high)| {
            let air = 10_f64.powf(AIR);
            (low / air, high * air)
        }),
        ..Axis::default()
    };
    let sources: Vec<(TrailLine, Source)> = spec
        .quantities
        .iter()
        .filter_map(|line| Some((*line, history.setup.find(line.column)?)))
        .collect();
    for run in view.runs() {
        for (_, source) in &sources {
            if let Some((low, high)) = memory.extent(history, run, *source, true)
                && let (Some(low), Some(high)) = (place(low, true), place(high, true))
            {
                memory.bounds.include(low, high, true);
            }
        }
    }
    let y = Axis {
        label: ordinate.to_owned(),
        log: true,
        range: view.span(&memory.bounds, true),
        ..Axis::default()
    };
    let (Some(columns), Some(rows)) = (x.range, y.range) else {
        return empty(x, y, NOT_AVAILABLE);
    };
    let trails = trails(view, across, &sources, [columns, rows]);
    if trails.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let (mut layers, mut key) = known(spec, mark, columns);
    layers.extend(trails);
    layers.extend(heads(view, across, &sources));
    key.extend(sources.iter().map(|(line, _)| LegendEntry {
        opacity: line.opacity,
        ..swatch_entry(line.name, Ink::Text, line.swatch())
    }));
    Plot {
        x,
        y,
        layers,
        key,
        live: Box::new(Live {
            words: in_words(view, &sources),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

impl TrailLine {
    fn swatch(self) -> Swatch {
        Swatch::Line {
            pattern: self.pattern,
            marked: false,
            width: 2.0,
        }
    }
}

/// The limit and the mark, and what they are called.
fn known(spec: &Trail, mark: Option<f64>, columns: (f64, f64)) -> (Vec<Layer>, Vec<LegendEntry>) {
    let (name, limit) = spec.limit;
    let line = |pattern| Swatch::Line {
        pattern,
        marked: false,
        width: KNOWN,
    };
    // Enough points for any limit that is smooth on these axes.
    let points = (0..=64).map(|at| {
        let x = columns.0 * (columns.1 / columns.0).powf(f64::from(at) / 64.0);
        [x, limit(x)]
    });
    let points: Vec<[f64; 2]> = points.filter(|[_, y]| *y > 0.0).collect();
    let shape = Shape::Line {
        curve: Curve::Points(points),
        pattern: Pattern::Solid,
        marked: false,
    };
    let mut layers = vec![Layer::new(name, Ink::Reference, KNOWN, shape)];
    let mut key = vec![swatch_entry(name, Ink::Reference, line(Pattern::Solid))];
    if let Some(at) = mark {
        let name = spec.mark.0;
        let shape = Shape::Vertical(at, Pattern::Dashed);
        layers.push(Layer::new(name, Ink::Reference, KNOWN, shape));
        key.push(swatch_entry(
            format!("{name} = {}", number(at, 2)),
            Ink::Reference,
            line(Pattern::Dashed),
        ));
    }
    (layers, key)
}

/// The way of the first run of every family, up to where states are shown.
fn trails(
    view: &View<'_>,
    across: &[f64],
    sources: &[(TrailLine, Source)],
    frame: [(f64, f64); 2],
) -> Vec<Layer> {
    let mut layers = Vec::new();
    for run in view.first_runs() {
        let Some(last) = view.row(run) else { continue };
        for (line, source) in sources.iter().rev() {
            let numbers = view.history.runs[run].numbers(*source);
            let points = numbers
                .take_while(|(row, _)| *row <= last)
                .filter_map(|(row, y)| Some([*across.get(row)?, y]));
            let shape = Shape::Line {
                curve: Curve::Points(thinned(points, frame)),
                pattern: line.pattern,
                marked: false,
            };
            let name = format!("{} {}", view.label(run), line.name);
            layers.push(Layer::new(name, view.ink(run), 2.0, shape).faded(line.opacity));
        }
    }
    layers
}

/// Points that can be told apart in a frame; the last one always is among them.
fn thinned(
    points: impl Iterator<Item = [f64; 2]>,
    [columns, rows]: [(f64, f64); 2],
) -> Vec<[f64; 2]> {
    let part = |value: f64, (low, high): (f64, f64)| (value / low).ln() / (high / low).ln();
    let mut kept: Vec<[f64; 2]> = Vec::new();
    let mut at = [f64::NAN; 2];
    let mut dropped = None;
    for point in points.filter(|[x, y]| *x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite()) {
        let next = [part(point[0], columns), part(point[1], rows)];
        let is_near = (next[0] - at[0]).abs() < APART && (next[1] - at[1]).abs() < APART;
        dropped = is_near.then_some(point);
        if !is_near {
            kept.push(point);
            at = next;
        }
    }
    kept.extend(dropped);
    kept
}

/// Where every run is now, by the first quantity.
fn heads(view: &View<'_>, across: &[f64], sources: &[(TrailLine, Source)]) -> Vec<Layer> {
    let Some((_, source)) = sources.first() else {
        return Vec::new();
    };
    let first_runs = view.first_runs();
    let heads = view.runs().filter_map(|run| {
        let row = view.row(run)?;
        let at = [
            *across.get(row)?,
            view.history.runs[run].number_at(*source, row)?,
        ];
        let has_place = at.iter().all(|part| part.is_finite() && *part > 0.0);
        has_place.then(|| view.head(run, at, first_runs.contains(&run)))
    });
    heads.collect()
}

fn in_words(view: &View<'_>, sources: &[(TrailLine, Source)]) -> String {
    let said = view.first_runs().into_iter().flat_map(|run| {
        let row = view.row(run);
        sources.iter().filter_map(move |(line, source)| {
            let value = view.history.runs[run].number_at(*source, row?)?;
            Some(format!(
                "{} {} {}",
                view.label(run),
                line.name,
                number(value, 3)
            ))
        })
    });
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_keeps_what_can_be_told_apart_and_its_end() {
        let frame = [(1.0, 10.0), (1.0, 10.0)];
        let points = (0..=10_000).map(|at| [1.0 + 9e-4 * f64::from(at), 5.0]);
        let kept = thinned(points, frame);
        assert!((300..=402).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept.last(), Some(&[10.0, 5.0]));
        assert!(thinned([[f64::NAN, 1.0], [1.0, 0.0]].into_iter(), frame).is_empty());
    }
}
