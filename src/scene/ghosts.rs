//! Runs that are kept for comparison, as faint lines in the plots over time of another run. They say nothing:
//! no number, caption or median knows them, and an axis only has room for them.

use std::any::Any;

use super::clock::Clock;
use super::memory::Memory;
use super::pictures::line;
use super::pictures::series::Series;
use super::scale::place;
use super::view::{View, Window};
use super::{Content, Layer, LegendEntry, Panel, Pattern, Plot, Shape, Swatch};
use crate::knobs::Knobs;
use crate::palette::Ink;
use crate::sim::families::FamilyRuns;
use crate::sim::history::History;

/// Opacity of their lines.
const FAINT: f64 = 0.45;

/// Pixels to a column of their lines: what is faint need not be fine.
const COARSE: f64 = 3.0;

/// Runs of a family that are drawn one by one; more are drawn as their median.
const RUNS: usize = 2;

/// How the names of their layers end.
const PINNED: &str = " pinned)";

/// Lines of a ghost in a picture: more, such as those of every coefficient, would hide what is shown.
const LINES: usize = 12;

/// Where along a line, from its beginning to its end, its name may stand.
const NAMED_AT: [f64; 5] = [1.0, 0.93, 0.85, 0.7, 0.5];

/// A run that is kept for comparison.
#[derive(Clone, Copy, Debug)]
pub struct Ghost<'a> {
    /// Tells it from the others all the time that it is kept.
    pub id: u64,
    /// What stands at its lines: `A`.
    pub name: char,
    /// Its samples.
    pub history: &'a History,
    /// The settings they were made with.
    pub knobs: &'a Knobs,
    /// Where its rows are on the time axis of a window, per run or for all together.
    pub readings: &'a [Vec<Option<f64>>],
}

/// What a window keeps of a ghost in one picture: it does not change any more.
#[derive(Clone, Debug, Default)]
pub struct GhostMemory {
    id: u64,
    picture: Memory,
    made: Option<(Asked, Made)>,
}

/// What the lines depend on.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    clock: Clock,
    log_time: bool,
    hidden: Vec<&'static str>,
    window: Option<((f64, f64), [f64; 2])>,
}

/// The lines of a ghost.
#[derive(Clone, Debug, Default)]
struct Made {
    lines: Vec<Layer>,
    names: Vec<Layer>,
    /// What they span, in values.
    range: Option<(f64, f64)>,
}

/// Draws ghosts under what a picture shows, if it is one over time.
pub fn add(
    content: &mut Content,
    panel: &Panel,
    view: &View<'_>,
    ghosts: &[Ghost<'_>],
    memories: &mut Vec<GhostMemory>,
) {
    memories.retain(|memory| ghosts.iter().any(|ghost| ghost.id == memory.id));
    let Content::Plot(plot) = content else { return };
    if !plot.x.time {
        return;
    }
    let mut under = Vec::new();
    for ghost in ghosts {
        let at = memories.iter().position(|memory| memory.id == ghost.id);
        let at = at.unwrap_or_else(|| {
            memories.push(GhostMemory {
                id: ghost.id,
                ..GhostMemory::default()
            });
            memories.len() - 1
        });
        let made = memories[at].made(panel, view, ghost, plot.y.log);
        under.extend(made.lines.iter().cloned());
        plot.layers.extend(made.names.iter().cloned());
        if let (Some(shown), Some(ghostly)) = (plot.y.range, made.range) {
            plot.y.range = Some((shown.0.min(ghostly.0), shown.1.max(ghostly.1)));
        }
    }
    if !under.is_empty() {
        plot.note.clear();
    }
    plot.layers.splice(0..0, under);
}

/// Whether a layer belongs to a ghost.
pub fn is_ghostly(layer: &Layer) -> bool {
    layer.name.ends_with(PINNED)
}

/// The line of a legend for a ghost.
pub fn legend_entry(name: char, words: &str) -> LegendEntry {
    LegendEntry {
        label: format!("{name}: {words}"),
        ink: Ink::Weak,
        opacity: 1.0,
        swatch: Swatch::Line {
            pattern: Pattern::Solid,
            marked: false,
            width: 1.6,
        },
    }
}

impl GhostMemory {
    fn made(&mut self, panel: &Panel, view: &View<'_>, ghost: &Ghost<'_>, log_y: bool) -> &Made {
        let asked = Asked {
            clock: view.clock,
            log_time: view.log_time,
            hidden: view.hidden.to_vec(),
            window: view.window.map(|window| (window.time, window.size)),
        };
        let known = self.made.take().filter(|(of, _)| *of == asked);
        let made = known.map_or_else(
            || make(panel, view, ghost, log_y, &mut self.picture),
            |(_, made)| made,
        );
        &self.made.insert((asked, made)).1
    }
}

fn make(
    panel: &Panel,
    view: &View<'_>,
    ghost: &Ghost<'_>,
    log_y: bool,
    memory: &mut Memory,
) -> Made {
    let view = View {
        history: ghost.history,
        knobs: ghost.knobs,
        cursor: None,
        until: None,
        window: view.window.map(|window| Window {
            readings: ghost.readings,
            cursor: None,
            size: [window.size[0] / COARSE, window.size[1]],
            ..window
        }),
        ..*view
    };
    let ordinate = (panel.ordinate)(&ghost.history.setup.facts);
    let content = panel.picture.content(ordinate, &view, memory);
    let Content::Plot(plot) = content else {
        return Made::default();
    };
    if plot.y.log != log_y || !plot.note.is_empty() {
        return Made::default();
    }
    let medians = medians(panel, &view, memory);
    lines_of(plot, ghost, medians)
}

/// The medians of the families that have more runs than can be told apart where everything is faint.
fn medians(panel: &Panel, view: &View<'_>, memory: &mut Memory) -> Vec<Layer> {
    let picture: &dyn Any = panel.picture;
    let Some(series) = picture.downcast_ref::<Series>() else {
        return Vec::new();
    };
    let Some(source) = view.history.setup.find(series.column) else {
        return Vec::new();
    };
    let large = view.families().filter(|family| family.runs.len() > RUNS);
    let medians = large.map(|FamilyRuns { family, runs }| {
        let median = memory.median(view, &runs, source, series.log_y);
        line(
            format!("{} median", family.label),
            family.look,
            median.curve,
        )
    });
    medians.collect()
}

/// The lines of the runs in a plot, faint, each family's first one with the ghost's name.
fn lines_of(plot: Plot, ghost: &Ghost<'_>, medians: Vec<Layer>) -> Made {
    let runs = &ghost.history.setup.runs;
    let is_of_runs = |ink: Ink| runs.iter().any(|run| run.family.look.ink == ink);
    let logs = [plot.x.log, plot.y.log];
    let mut made = Made {
        range: plot.y.range,
        ..Made::default()
    };
    let mut named: Vec<Ink> = Vec::new();
    let of_median: Vec<Ink> = medians.iter().map(|median| median.ink).collect();
    let single = plot.layers.into_iter();
    let single = single.filter(|layer| !of_median.contains(&layer.ink));
    for layer in single.chain(medians) {
        if made.lines.len() == LINES {
            break;
        }
        let Shape::Line { curve, pattern, .. } = layer.shape else {
            continue;
        };
        if !is_of_runs(layer.ink) {
            continue;
        }
        if !named.contains(&layer.ink) {
            named.push(layer.ink);
            let points = curve.points(logs);
            let has_place = |point: &[f64; 2]| {
                let [x, y] = *point;
                place(x, logs[0]).is_some() && place(y, logs[1]).is_some()
            };
            let known: Vec<[f64; 2]> = points.iter().copied().filter(has_place).collect();
            let last = known.len().saturating_sub(1) as f64;
            let at = NAMED_AT.map(|part| known.get((part * last).round() as usize).copied());
            made.names.push(Layer::new(
                format!("({}{PINNED}", ghost.name),
                layer.ink,
                1.0,
                Shape::Text {
                    at: at.into_iter().flatten().collect(),
                    text: ghost.name.to_string(),
                    side: [0, 1],
                    size: 12.0,
                },
            ));
        }
        made.lines.push(Layer {
            name: format!("{} ({}{PINNED}", layer.name, ghost.name),
            shape: Shape::Line {
                curve,
                pattern,
                marked: false,
            },
            opacity: FAINT * layer.opacity,
            ..layer
        });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::super::pictures::cell;
    use super::super::pictures::tests::{panel, recipe, run, view};
    use super::*;

    /// The training loss of one run over that of another one.
    fn drawn(shown: &History, kept: &History, settings: &Knobs) -> Plot {
        let recipe = recipe("fig2", &[]);
        let panel = panel(&recipe, "training_loss");
        let view = view(shown, &recipe);
        let ghost = Ghost {
            id: 1,
            name: 'A',
            history: kept,
            knobs: settings,
            readings: &[],
        };
        let mut content = cell(panel, &view, &mut Memory::default()).content;
        add(&mut content, panel, &view, &[ghost], &mut Vec::new());
        match content {
            Content::Plot(plot) => plot,
            Content::Table(_) => unreachable!("a curve over time is a plot"),
        }
    }

    #[test]
    fn a_ghost_is_faint_under_the_run_and_extends_the_axis_and_says_nothing() {
        let small = recipe("fig2", &[("alpha", "0.001")]);
        let (shown, kept) = (run(&recipe("fig2", &[])), run(&small));
        let alone = drawn(&shown, &shown, &small.knobs);
        let plot = drawn(&shown, &kept, &small.knobs);
        let ghosts: Vec<&Layer> = plot
            .layers
            .iter()
            .filter(|layer| is_ghostly(layer))
            .collect();
        let of_gd = ghosts.iter().find(|layer| layer.name == "GD (A pinned)");
        assert!(of_gd.is_some_and(|layer| layer.opacity < 0.5));
        assert!(is_ghostly(&plot.layers[0]), "under everything else");
        assert_eq!(plot.live.words, alone.live.words);
        assert_eq!(plot.live.readout, alone.live.readout);
        let loss_of = |history: &History| {
            let column = history.setup.column("training_loss").unwrap();
            history.runs[0].values[column].clone()
        };
        let (low, high) = plot.y.range.unwrap();
        let values = [loss_of(&shown), loss_of(&kept)].concat();
        assert!(
            values
                .iter()
                .all(|loss| (low..=high).contains(loss) || *loss < 1e-15)
        );
    }

    #[test]
    fn a_large_family_is_a_single_ghostly_line() {
        let many = recipe("fig2", &[("sgd_runs", "5")]);
        let (shown, kept) = (run(&recipe("fig2", &[])), run(&many));
        let plot = drawn(&shown, &kept, &many.knobs);
        let of_sgd = plot.layers.iter().filter(|layer| {
            let is_line = matches!(layer.shape, Shape::Line { .. });
            is_line && is_ghostly(layer) && layer.name.starts_with("SGD")
        });
        let names: Vec<&str> = of_sgd.map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["SGD median (A pinned)"]);
    }
}
