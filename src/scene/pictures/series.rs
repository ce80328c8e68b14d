//! A recorded quantity against time: one line per run, or the median of many.

use std::collections::BTreeSet;

use super::{
    BAND, FamilyRuns, NOT_AVAILABLE, NOTHING_YET, Picture, View, dots, empty, extent, line,
};
use crate::scene::bounds::SteadyBounds;
use crate::scene::scale::place;
use crate::scene::{Axis, Content, Ink, Layer, LegendEntry, Marker, Pattern, Plot, Shape, Swatch};
use crate::sim::experiment::{RunStatus, Source};
use crate::statistics::quantiles;

/// Lines of one colour that can still be told apart; larger families show their median.
const LINES: usize = 8;

/// The quantiles that are drawn of larger families.
const QUANTILES: [f64; 3] = [0.1, 0.5, 0.9];

/// Dots of a companion quantity across the axis.
const DOTS: f64 = 120.0;

/// Radius of these dots.
const DOT: f64 = 1.4;

/// Said where the theory has been left out.
const NOT_COMPUTED: &str = "needs the theory, which has not been computed";

/// See the module.
#[derive(Debug)]
pub struct Series {
    /// The column drawn in the run's own style.
    pub column: &'static str,
    /// A second column drawn as a thin dotted line of the same colour.
    pub companion: Option<&'static str>,
    /// Whether the ordinate is logarithmic.
    pub log_y: bool,
    /// Name of a horizontal reference line, and the scalar fact that it stands at.
    pub reference: Option<(&'static str, &'static str)>,
}

impl Picture for Series {
    fn content(&self, ordinate: &str, view: &View<'_>) -> Content {
        Content::Plot(plot(view, self, ordinate))
    }
}

fn plot(view: &View<'_>, spec: &Series, ordinate: &str) -> Plot {
    let history = view.history;
    let source = history.setup.source(spec.column);
    let companion = spec
        .companion
        .map(|id| history.setup.source(id))
        .filter(|source| view.theory || !matches!(source, Source::Insight(_)));
    let reference = spec
        .reference
        .and_then(|(name, id)| Some((name, history.scalar(id)?)));
    let x = view.time_axis();
    let y = Axis {
        label: ordinate.to_owned(),
        log: spec.log_y,
        range: range(view, spec.log_y, source, companion, reference),
        bare: false,
    };
    let mut runs = view.runs().map(|run| &history.runs[run]);
    let known = runs.any(|run| {
        let mut numbers = run.numbers(source);
        numbers.any(|(_, value)| place(value, spec.log_y).is_some())
    });
    if history.len() < 2 {
        return empty(x, y, NOTHING_YET);
    } else if !known {
        let unasked = matches!(source, Source::Insight(_))
            && history.runs.iter().all(|run| run.insights().is_empty());
        let note = if unasked { NOT_COMPUTED } else { NOT_AVAILABLE };
        return empty(x, y, note);
    }
    let mut layers = Vec::new();
    if let Some((name, value)) = reference {
        let line = Shape::Horizontal(value, Pattern::Solid);
        layers.push(Layer::new(name, Ink::Reference, 2.0, line));
    }
    for mark in &history.marks {
        if view.until.is_none_or(|until| mark.step <= until) {
            let name = format!("change: {}", mark.text);
            layers.extend(view.lines_at(mark.step, &name, Ink::Weak, Pattern::Dashed));
        }
    }
    for family in view.families() {
        for curve in curves(view, &family, source, spec.log_y) {
            layers.extend(curve.band);
            layers.push(line(curve.name, family.family.look, curve.points));
        }
        if let Some(source) = companion {
            for curve in curves(view, &family, source, spec.log_y) {
                let at = sparse(&curve.points, &x);
                let name = format!("{} {}", curve.name, label(view, source));
                layers.push(dots(name, family.family.look.ink, at, Marker::Circle, DOT));
            }
        }
        let ended = family
            .runs
            .iter()
            .filter_map(|run| cross(view, *run, source, spec.log_y));
        layers.extend(ended);
    }
    layers.extend(view.cursor());
    let companion = companion.map(|source| {
        let swatch = Swatch::Point {
            marker: Marker::Circle,
            filled: true,
        };
        entry(label(view, source), Ink::Text, swatch)
    });
    let reference = reference.map(|(name, _)| {
        let swatch = Swatch::Line {
            pattern: Pattern::Solid,
            marked: false,
            width: 2.0,
        };
        entry(name, Ink::Reference, swatch)
    });
    Plot {
        x,
        y,
        layers,
        key: companion.into_iter().chain(reference).collect(),
        ..Plot::default()
    }
}

fn entry(label: &str, ink: Ink, swatch: Swatch) -> LegendEntry {
    LegendEntry {
        label: label.to_owned(),
        ink,
        opacity: 1.0,
        swatch,
    }
}

fn label(view: &View<'_>, source: Source) -> &'static str {
    let setup = &view.history.setup;
    match source {
        Source::Recorded(column) => setup.columns[column].label,
        Source::Insight(column) => setup.insights[column].label,
    }
}

/// Room for everything that the whole history draws.
fn range(
    view: &View<'_>,
    log: bool,
    source: Source,
    companion: Option<Source>,
    reference: Option<(&str, f64)>,
) -> Option<(f64, f64)> {
    let numbers = view.runs().flat_map(|run| {
        let run = &view.history.runs[run];
        let drawn = std::iter::once(source).chain(companion);
        let drawn = drawn.flat_map(|source| run.numbers(source).map(|(_, value)| value));
        let highest = match source {
            Source::Recorded(column) => run.high.get(column),
            Source::Insight(_) => None,
        };
        drawn.chain(highest.into_iter().flatten().copied())
    });
    let numbers = numbers.chain(reference.map(|(_, value)| value));
    let (mut low, high) = extent(numbers.filter(|value| !log || *value > 0.0))?;
    if !log {
        low = low.min(0.0);
    }
    let mut bounds = SteadyBounds::default();
    bounds.include(place(low, log)?, place(high, log)?, log);
    bounds.values(log)
}

/// What is drawn of a run, or of a whole family.
struct Curve {
    name: String,
    points: Vec<[f64; 2]>,
    band: Option<Layer>,
}

/// The curves of a family.
fn curves(view: &View<'_>, family: &FamilyRuns, source: Source, log: bool) -> Vec<Curve> {
    if family.runs.len() > LINES {
        return vec![ensemble(view, family, source)];
    }
    let runs = family.runs.iter().filter(|run| view.drawn(**run) > 0);
    runs.map(|run| single(view, *run, source, log)).collect()
}

fn single(view: &View<'_>, run: usize, source: Source, log: bool) -> Curve {
    let rows = view.drawn(run);
    let x = view.clock.readings(view.history, run);
    let history = &view.history.runs[run];
    let numbers = history.numbers(source).take_while(|(row, _)| *row < rows);
    // A fork is unknown before it is born.
    let numbers = numbers.skip_while(|(_, y)| !y.is_finite());
    let (at, points): (Vec<usize>, Vec<[f64; 2]>) = numbers
        .filter_map(|(row, y)| Some((row, [*x.get(row)?, y])))
        .unzip();
    let band = match source {
        Source::Recorded(column) if view.history.setup.columns[column].tracked => {
            let extremes = [&history.low, &history.high].map(|columns| &columns[column]);
            let [low, high] = extremes.map(|extremes| {
                let known = at.iter().zip(&points).map(|(row, [_, y])| {
                    let extreme = extremes[*row];
                    // A loss that has touched 0 has no place on a logarithmic axis.
                    if place(extreme, log).is_some() {
                        extreme
                    } else {
                        *y
                    }
                });
                known.collect::<Vec<f64>>()
            });
            band(
                view.label(run),
                view.ink(run),
                "extremes",
                &points,
                low,
                high,
            )
        }
        _ => None,
    };
    Curve {
        name: view.label(run).to_owned(),
        points,
        band,
    }
}

/// The shade between two lines, unless they are one.
fn band(
    name: &str,
    ink: Ink,
    what: &str,
    points: &[[f64; 2]],
    low: Vec<f64>,
    high: Vec<f64>,
) -> Option<Layer> {
    if low.iter().zip(&high).all(|(low, high)| low == high) {
        return None;
    }
    let x = points.iter().map(|[x, _]| *x).collect();
    let shape = Shape::Band { x, low, high };
    let layer = Layer::new(format!("{name} {what}"), ink, 0.0, shape);
    Some(layer.faded(BAND))
}

/// The median over a family of those that go on, with the shade between two quantiles.
fn ensemble(view: &View<'_>, family: &FamilyRuns, source: Source) -> Curve {
    let runs: Vec<(usize, usize)> = family
        .runs
        .iter()
        .map(|run| (*run, view.drawn(*run)))
        .collect();
    let longest = runs.iter().max_by_key(|(_, rows)| *rows);
    let x = longest.map_or_else(Vec::new, |(run, _)| view.clock.readings(view.history, *run));
    let rows: BTreeSet<usize> = runs
        .iter()
        .flat_map(|(run, rows)| {
            let numbers = view.history.runs[*run].numbers(source);
            numbers
                .map(|(row, _)| row)
                .take_while(move |row| row < rows)
        })
        .collect();
    let mut points = Vec::new();
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for row in rows {
        let going = runs.iter().filter(|(_, rows)| row < *rows);
        let values = going.filter_map(|(run, _)| view.history.runs[*run].number_at(source, row));
        if let (Some(x), Some([lower, middle, upper])) = (x.get(row), quantiles(values, QUANTILES))
        {
            points.push([*x, middle]);
            low.push(lower);
            high.push(upper);
        }
    }
    let band = band(
        family.family.label,
        family.family.look.ink,
        "10–90 %",
        &points,
        low,
        high,
    );
    Curve {
        name: format!("{} median", family.family.label),
        points,
        band,
    }
}

/// Points that stand apart on an axis, so that they read as dots.
fn sparse(points: &[[f64; 2]], axis: &Axis) -> Vec<[f64; 2]> {
    let Some((low, high)) = axis.range else {
        return points.to_vec();
    };
    let (Some(low), Some(high)) = (place(low, axis.log), place(high, axis.log)) else {
        return points.to_vec();
    };
    let mut last = None;
    let known = points.iter().filter(|[_, y]| y.is_finite());
    let apart = known.filter(|[x, _]| {
        let Some(at) = place(*x, axis.log) else {
            return false;
        };
        let slot = (DOTS * (at - low) / (high - low)).floor() as i64;
        last.replace(slot) != Some(slot)
    });
    apart.copied().collect()
}

/// Marks where a run was stopped.
fn cross(view: &View<'_>, run: usize, source: Source, log: bool) -> Option<Layer> {
    let RunStatus::Diverged { step } = view.history.status[run] else {
        return None;
    };
    if view.until.is_some_and(|until| until < step) {
        return None;
    }
    let points = single(view, run, source, log).points;
    let last = points
        .into_iter()
        .rfind(|[x, y]| place(*x, view.log_time).is_some() && place(*y, log).is_some())?;
    let name = format!("{} diverged", view.label(run));
    Some(dots(name, view.ink(run), vec![last], Marker::Cross, 7.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_keep_apart_on_either_axis() {
        let points: Vec<[f64; 2]> = (0..=100_000).map(|x| [f64::from(x), 1.0]).collect();
        for (log, low) in [(false, 0.0), (true, 1.0)] {
            let axis = Axis {
                log,
                range: Some((low, 1e5)),
                ..Axis::default()
            };
            let kept = sparse(&points, &axis);
            assert!((60..=121).contains(&kept.len()), "{}", kept.len());
            assert!(kept.iter().all(|[x, _]| !log || *x > 0.0));
        }
    }
}
