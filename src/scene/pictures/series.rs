//! A quantity of the runs against time: one curve per run, or the median of many.

mod cross;

use cross::cross;

use super::{
    BAND, NOT_AVAILABLE, NOT_COMPUTED, NOTHING_YET, Picture, dots, empty, line, patch, swatch_entry,
};
use crate::format::{number, plus_minus};
use crate::scene::curves::Curve;
use crate::scene::memory::{Memory, Shaded};
use crate::scene::scale::{has_place, place, value_at};
use crate::scene::view::View;
use crate::scene::{
    Axis, Content, Ink, Layer, LegendEntry, Live, Marker, Pattern, Plot, Shape, Swatch,
};
use crate::sim::census::Census;
use crate::sim::experiment::Source;
use crate::sim::families::FamilyRuns;
use crate::sim::history::History;
use crate::statistics::median;

/// Lines of one colour that can still be told apart; larger families show their median.
const LINES: usize = 8;

/// Dots of a companion quantity across the axis.
const DOTS: f64 = 120.0;

/// Radius of these dots.
const DOT: f64 = 1.4;

/// Medians of families that leave room for the curves; more are told where the pointer is.
const READ_OUT: usize = 6;

/// Runs whose single numbers are told.
const TOLD: usize = 24;

/// Characters of a family's name in a read-out.
const NAME: usize = 18;

/// Lines of changes across the axis: more would hide the curves.
const CHANGES: f64 = 40.0;

/// See the module.
#[derive(Debug)]
pub struct Series {
    /// The column drawn in the run's own style.
    pub column: &'static str,
    /// A second column drawn as dots of the same colour.
    pub companion: Option<&'static str>,
    /// Whether the ordinate is logarithmic.
    pub log_y: bool,
    /// A line to compare with.
    pub reference: Option<Reference>,
}

/// A line across a [`Series`].
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// Its name in the key.
    pub name: &'static str,
    /// Where it stands.
    pub level: Level,
}

/// Where a [`Reference`] stands.
#[derive(Clone, Copy, Debug)]
pub enum Level {
    /// At a scalar fact.
    Fact(&'static str),
    /// Where a function of the history puts it at each row, such as one of a quantity that all runs share.
    Follows(fn(&History, usize) -> Option<f64>),
}

impl Picture for Series {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }

    fn readings(&self, view: &View<'_>) -> Vec<LegendEntry> {
        let Some(source) = view.history.setup.find(self.column) else {
            return Vec::new();
        };
        let errors = errors(view, source);
        let runs = view.runs().take(TOLD).filter_map(|run| {
            let numbers = &view.history.runs[run];
            let row = view.row(run)?;
            let value = numbers.number_at(source, row)?;
            let error = errors.and_then(|errors| numbers.number_at(errors, row));
            let (label, value) = (view.label(run), number(value, 5));
            let words = format!("{label}  {value}{}", plus_minus(error, 2));
            Some(patch(words, view.ink(run)))
        });
        runs.collect()
    }
}

fn plot(spec: &Series, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let history = view.history;
    let x = view.time_axis();
    let Some(source) = history.setup.find(spec.column) else {
        return empty(x, Axis::default(), NOT_AVAILABLE);
    };
    let companion = spec
        .companion
        .and_then(|id| history.setup.find(id))
        .filter(|source| view.theory || !matches!(source, Source::Insight(_)));
    let reference = spec.reference.and_then(|reference| {
        let line = level(view, reference.level)?;
        Some((reference.name, line))
    });
    let levels: Vec<f64> = reference
        .iter()
        .flat_map(|(_, line)| ordinates(line))
        .collect();
    let y = Axis {
        label: ordinate.to_owned(),
        log: spec.log_y,
        range: range(view, spec.log_y, source, companion, &levels, memory),
        ..Axis::default()
    };
    let known = view
        .runs()
        .any(|run| memory.extent(history, run, source, spec.log_y).is_some());
    if history.len() < 2 {
        return empty(x, y, NOTHING_YET);
    } else if !known {
        let unasked = matches!(source, Source::Insight(_))
            && history.runs.iter().all(|run| run.examined().is_empty());
        let note = if unasked { NOT_COMPUTED } else { NOT_AVAILABLE };
        return empty(x, y, note);
    }
    let mut layers = Vec::new();
    let mut key = Vec::new();
    if let Some(source) = companion {
        let swatch = Swatch::Point {
            marker: Marker::Circle,
            filled: true,
        };
        // The dots are in the runs' own colours, which no single swatch shows.
        let words = format!("{} (dots)", label(view, source));
        key.push(swatch_entry(words, Ink::Text, swatch));
    }
    if let Some((name, line)) = reference {
        layers.push(Layer::new(name, Ink::Reference, 2.0, line));
        let swatch = Swatch::Line {
            pattern: Pattern::Solid,
            marked: false,
            width: 2.0,
        };
        key.push(swatch_entry(name, Ink::Reference, swatch));
    }
    layers.extend(changes(view, &x));
    for family in view.families() {
        layers.extend(of_family(spec, view, &family, companion, &x, memory));
    }
    layers.extend(view.cursor_line());
    let mut readout = medians(view, source);
    let words: Vec<&str> = readout.iter().map(|entry| entry.label.as_str()).collect();
    let words = words.join(", ");
    if readout.len() > READ_OUT {
        readout.clear();
    }
    Plot {
        x,
        y,
        layers,
        key,
        live: Box::new(Live {
            words,
            readout,
            // Losses fall, what is drawn linearly mostly rises: the other corner is free.
            readout_below: !spec.log_y,
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// A reference line: straight across where it stands still.
fn level(view: &View<'_>, level: Level) -> Option<Shape> {
    let history = view.history;
    let follows = match level {
        Level::Fact(id) => {
            return Some(Shape::Horizontal(history.scalar(id)?, Pattern::Solid));
        }
        Level::Follows(follows) => follows,
    };
    let last = view.leading_drawn().checked_sub(1)?;
    let first = follows(history, 0)?;
    let stands_still = |row| follows(history, row) == Some(first);
    if (0..=last).all(stands_still) {
        return Some(Shape::Horizontal(first, Pattern::Solid));
    }
    // In steps: what holds from a row on holds until the next.
    let readings = view.clock.readings(history, 0);
    let mut points: Vec<[f64; 2]> = Vec::new();
    for row in 0..=last {
        let (Some(x), Some(y)) = (readings.get(row).copied(), follows(history, row)) else {
            continue;
        };
        match points.last().copied() {
            // Step 0 has no place on a logarithmic axis: the line starts with the first row that has one.
            Some([at, before]) if before == y && place(at, view.log_time).is_none() => {
                points = vec![[x, y]];
            }
            Some([_, before]) if before == y && row < last => {}
            Some([_, before]) if before != y => points.extend([[x, before], [x, y]]),
            _ => points.push([x, y]),
        }
    }
    Some(Shape::Line {
        curve: Curve::Points(points),
        pattern: Pattern::Solid,
        marked: false,
    })
}

/// The ordinates of a reference line.
fn ordinates(line: &Shape) -> Vec<f64> {
    match line {
        Shape::Line {
            curve: Curve::Points(points),
            ..
        } => points.iter().map(|[_, y]| *y).collect(),
        Shape::Horizontal(y, _) => vec![*y],
        _ => Vec::new(),
    }
}

/// Lines down where settings have been changed; of a setting that has been dragged, only lines that stand
/// apart on the axis.
fn changes(view: &View<'_>, axis: &Axis) -> Vec<Layer> {
    let marks = view.history.marks.iter();
    let drawn = marks.filter(|mark| view.until.is_none_or(|until| mark.step <= until));
    let apart = axis.range.and_then(|(low, high)| {
        let [low, high] = [place(low, axis.log)?, place(high, axis.log)?];
        Some((high - low) / CHANGES)
    });
    let mut before = None;
    drawn
        .filter_map(|mark| {
            let name = format!("change: {}", mark.text);
            let lines = view.lines_at(mark.step, &name, Ink::Weak, Pattern::Dashed);
            if let Some(Shape::Vertical(at, _)) = lines.first().map(|line| &line.shape)
                && let Some(at) = place(*at, axis.log)
            {
                let is_close = |before: f64| apart.is_some_and(|apart| at - before < apart);
                if before.is_some_and(is_close) {
                    return None;
                }
                before = Some(at);
            }
            Some(lines)
        })
        .flatten()
        .collect()
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
    levels: &[f64],
    memory: &mut Memory,
) -> Option<(f64, f64)> {
    let history = view.history;
    let failed = |run: usize| history.status[run].has_failed();
    let others = view.runs().any(|run| !failed(run));
    let mut ends: Vec<f64> = levels.to_vec();
    for run in view.runs() {
        // Where the theory would end from weights that explode or vanish is nothing to make room for, and on a
        // linear axis one such run would flatten all others.
        let left_out = others && failed(run);
        let sources = std::iter::once(source)
            .filter(|_| !left_out || log)
            .chain(companion.filter(|_| !left_out));
        for source in sources {
            let extent = memory.extent(history, run, source, log);
            ends.extend(extent.into_iter().flat_map(|(low, high)| [low, high]));
        }
    }
    let (mut low, high) = super::extent(ends.into_iter().filter(|value| !log || *value > 0.0))?;
    if !log {
        low = low.min(0.0);
    }
    memory
        .bounds
        .include(place(low, log)?, place(high, log)?, log);
    view.span(&memory.bounds, log)
}

/// What is drawn of a family: its runs, or their median.
fn of_family(
    spec: &Series,
    view: &View<'_>,
    family: &FamilyRuns,
    companion: Option<Source>,
    x: &Axis,
    memory: &mut Memory,
) -> Vec<Layer> {
    let look = family.family.look;
    let mut layers = Vec::new();
    let Some(source) = view.history.setup.find(spec.column) else {
        return layers;
    };
    for (name, what, Shaded { curve, ribbon }) in curves(view, family, source, spec.log_y, memory) {
        layers.extend(ribbon.map(|ribbon| {
            let band = Shape::Band(ribbon);
            Layer::new(format!("{name} {what}"), look.ink, 0.0, band).faded(BAND)
        }));
        let name = if what == QUANTILES {
            format!("{name} median")
        } else {
            name
        };
        layers.push(line(name, look, curve));
    }
    if let Some(source) = companion {
        for (name, what, shaded) in curves(view, family, source, spec.log_y, memory) {
            let at = sparse(&shaded.curve, x, spec.log_y, view);
            let median = if what == QUANTILES { " median" } else { "" };
            let name = format!("{name}{median} {}", label(view, source));
            layers.push(dots(name, look.ink, at, Marker::Circle, DOT));
        }
    }
    let range = view.span(&memory.bounds, spec.log_y);
    for run in &family.runs {
        layers.extend(cross(view, *run, source, spec.log_y, range, memory));
    }
    layers
}

/// What the shade of a run, and of a whole family, spans.
pub(super) const EXTREMES: &str = "extremes";
pub(super) const QUANTILES: &str = "10–90 %";

/// The curves of a family, with their names and what their shades span.
fn curves(
    view: &View<'_>,
    family: &FamilyRuns,
    source: Source,
    log: bool,
    memory: &mut Memory,
) -> Vec<(String, &'static str, Shaded)> {
    if family.runs.len() > LINES {
        let name = family.family.label.to_owned();
        return vec![(
            name,
            QUANTILES,
            memory.median(view, &family.runs, source, log),
        )];
    }
    let runs = family.runs.iter().filter(|run| view.drawn(**run) > 0);
    runs.map(|run| {
        let name = view.label(*run).to_owned();
        (name, EXTREMES, memory.curve(view, *run, source, log))
    })
    .collect()
}

/// Points that stand apart on an axis, so that they read as dots.
fn sparse(curve: &Curve, axis: &Axis, log_y: bool, view: &View<'_>) -> Vec<[f64; 2]> {
    match curve {
        Curve::Points(points) => {
            let placed = points.iter().filter(|[_, y]| has_place(*y, log_y));
            apart(&placed.copied().collect::<Vec<_>>(), axis)
        }
        Curve::Reduced(reduced) => {
            let pixels = view.window.map_or(0.0, |window| window.size[0]);
            let apart = (pixels / DOTS).max(1.0).round() as i64;
            let markers = reduced.markers(apart, 0).into_iter();
            let values = markers.map(|[x, y]| [value_at(x, axis.log), value_at(y, log_y)]);
            values.collect()
        }
    }
}

/// At most [`DOTS`] of many points across an axis.
fn apart(points: &[[f64; 2]], axis: &Axis) -> Vec<[f64; 2]> {
    let Some((low, high)) = axis.range else {
        return points.to_vec();
    };
    let (Some(low), Some(high)) = (place(low, axis.log), place(high, axis.log)) else {
        return points.to_vec();
    };
    let mut last = None;
    let apart = points.iter().filter(|[x, _]| {
        let Some(at) = place(*x, axis.log) else {
            return false;
        };
        let slot = (DOTS * (at - low) / (high - low)).floor() as i64;
        last.replace(slot) != Some(slot)
    });
    apart.copied().collect()
}

/// A name as long as a read-out has room for; the legend has all of it.
fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME - 1).collect();
    format!("{}…", start.trim_end())
}

/// Where the standard errors of a quantity are kept, if it has any.
fn errors(view: &View<'_>, source: Source) -> Option<Source> {
    match source {
        Source::Recorded(column) => {
            let setup = &view.history.setup;
            setup.find(setup.columns[column].error?)
        }
        Source::Insight(_) => None,
    }
}

/// The median over each family where states are shown; a family without any finite value is left out.
fn medians(view: &View<'_>, source: Source) -> Vec<LegendEntry> {
    let errors = errors(view, source);
    let families = view.families().filter_map(|FamilyRuns { family, runs }| {
        let census = Census::of(view.history, runs, view.leading_row());
        let going = census.counted.iter();
        let median_of = |source: Source| {
            let going = going.clone();
            median(
                going.filter_map(|run| view.history.runs[*run].number_at(source, view.row(*run)?)),
            )
        };
        let middle = median_of(source)?;
        let error = plus_minus(errors.and_then(median_of), 2);
        let failures = census.failures();
        let failures = failures.map_or_else(String::new, |failures| format!(" ({failures})"));
        let name = shortened(family.label);
        let words = format!("{name} {}{error}{failures}", number(middle, 3));
        Some(patch(words, family.look.ink))
    });
    families.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{panel, plot, recipe, run, view};
    use super::*;
    use crate::knobs::Value;
    use crate::recipe::Change;

    #[test]
    fn dots_keep_apart_on_either_axis() {
        let points: Vec<[f64; 2]> = (0..=100_000).map(|x| [f64::from(x), 1.0]).collect();
        for (log, low) in [(false, 0.0), (true, 1.0)] {
            let axis = Axis {
                log,
                range: Some((low, 1e5)),
                ..Axis::default()
            };
            let kept = apart(&points, &axis);
            assert!((60..=121).contains(&kept.len()), "{}", kept.len());
            assert!(kept.iter().all(|[x, _]| !log || *x > 0.0));
        }
    }

    #[test]
    fn a_dragged_setting_leaves_lines_that_stand_apart() {
        let mut recipe = recipe("fig2", &[]);
        let changes = (100..200).map(|step| Change {
            step,
            settings: vec![("step_size".into(), Value::Real(1e-4 * step as f64))],
        });
        recipe.changes = changes.collect();
        let history = run(&recipe);
        let loss = plot(panel(&recipe, "training_loss"), &view(&history, &recipe));
        let changes = loss.unwrap().layers.into_iter();
        let changes: Vec<f64> = changes
            .filter_map(|layer| match layer.shape {
                Shape::Vertical(at, Pattern::Dashed) => Some(at),
                _ => None,
            })
            .collect();
        // Of 100 changes in log₁₀ 2 of log₁₀ 300: an axis has room for 40 lines.
        assert!((3..=5).contains(&changes.len()), "{changes:?}");
        assert_eq!(changes[0], 100.0);
    }
}
