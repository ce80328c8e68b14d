//! A few quantities of every run where states are shown, as bars side by side with their numbers.

use super::{NOT_AVAILABLE, Picture, empty, words};
use crate::palette;
use crate::scene::curves::Ribbon;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Live, Plot, Shape};

/// Room above the tallest bar for its number, and under all of them for names.
const ROOM: [f64; 2] = [0.14, 0.18];

/// Between groups, in bars.
const GAP: f64 = 0.8;

/// How broad a bar is, in the distance to the next one.
const BAR: f64 = 0.86;

/// Runs whose bars stand side by side. Those of more lie under each other, so that every one has its name
/// and its number.
const UPRIGHT: usize = 4;

/// See the module.
#[derive(Debug)]
pub struct GroupedBars {
    /// The quantities from left to right. A single one has the names of the runs under its bars.
    pub groups: &'static [BarGroup],
}

/// Bars of one quantity.
#[derive(Debug)]
pub struct BarGroup {
    /// What stands under them.
    pub label: &'static str,
    /// The recorded quantity.
    pub column: &'static str,
    /// What a bar of full height stands for.
    pub full: Full,
    /// A number as it stands on its bar.
    pub in_words: fn(f64) -> String,
}

/// What a bar of full height stands for.
#[derive(Clone, Copy, Debug)]
pub enum Full {
    /// This number.
    Number(f64),
    /// The largest number that the history has.
    EverLargest,
    /// The largest number where states are shown.
    NowLargest,
}

impl Picture for GroupedBars {
    fn content(&self, _ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, view, memory))
    }
}

/// A bar.
struct Bar {
    run: usize,
    group: usize,
    /// Its number in the group.
    place: usize,
    /// Of a bar of full height or length.
    height: f64,
    text: String,
}

fn bars(spec: &GroupedBars, view: &View<'_>, memory: &mut Memory) -> Vec<Bar> {
    let history = view.history;
    let runs: Vec<usize> = view.runs().collect();
    let mut bars = Vec::new();
    for (group, spec) in spec.groups.iter().enumerate() {
        let Some(source) = history.setup.find(spec.column) else {
            continue;
        };
        let now = |run: usize| {
            let value = history.runs[run].number_at(source, view.row(run)?)?;
            value.is_finite().then_some(value)
        };
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
        let full = match spec.full {
            Full::Number(full) => full,
            Full::EverLargest => largest(&mut runs.iter().filter_map(|run| {
                let (_, high) = memory.extent(history, *run, source, false)?;
                Some(high)
            })),
            Full::NowLargest => largest(&mut runs.iter().filter_map(|run| now(*run))),
        };
        for (place, run) in runs.iter().enumerate() {
            let Some(value) = now(*run) else { continue };
            bars.push(Bar {
                run: *run,
                group,
                place,
                height: if full > 0.0 { value / full } else { 0.0 },
                text: (spec.in_words)(value),
            });
        }
    }
    bars
}

fn plot(spec: &GroupedBars, view: &View<'_>, memory: &mut Memory) -> Plot {
    let runs = view.runs().count();
    let bars = bars(spec, view, memory);
    let (x, y, layers) = if runs > UPRIGHT {
        lying(spec, view, runs, &bars)
    } else {
        upright(spec, view, runs, &bars)
    };
    let [x, y] = [x, y].map(|range| Axis {
        range: Some(range),
        bare: true,
        ..Axis::default()
    });
    if bars.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let said = bars.iter().map(|bar| {
        let group = spec.groups[bar.group].label;
        format!("{}: {group} {}", view.label(bar.run), bar.text)
    });
    let said: Vec<String> = said.collect();
    Plot {
        x,
        y,
        layers,
        live: Box::new(Live {
            words: said.join(", "),
            ..Live::default()
        }),
        ..Plot::default()
    }
}

/// What both axes span, and what is drawn.
type Drawn = ((f64, f64), (f64, f64), Vec<Layer>);

/// A layer for a bar.
fn bar_layer(spec: &GroupedBars, view: &View<'_>, bar: &Bar, shape: Shape) -> Layer {
    let name = format!("{}: {}", view.label(bar.run), spec.groups[bar.group].label);
    Layer::new(name, view.ink(bar.run), 0.0, shape).faded(f64::from(palette::BAR))
}

/// Bars that stand, group by group, with their numbers on top.
fn upright(spec: &GroupedBars, view: &View<'_>, runs: usize, bars: &[Bar]) -> Drawn {
    let pitch = runs as f64 + GAP;
    let mut layers = Vec::new();
    for bar in bars {
        let at = bar.group as f64 * pitch + bar.place as f64;
        let shape = Shape::Bars {
            bars: vec![[at, 0.0, bar.height]],
            width: BAR,
        };
        layers.push(bar_layer(spec, view, bar, shape));
        let top = [at, bar.height + 0.012];
        layers.push(words(bar.text.clone(), top, [0, 1], 12.0, Ink::Text));
        if spec.groups.len() == 1 {
            // In two rows where there are many, so that neighbours have room.
            let below = if runs <= 2 || bar.place % 2 == 0 {
                -0.02
            } else {
                -0.085
            };
            let name = view.label(bar.run);
            layers.push(words(name, [at, below], [0, -1], 11.5, Ink::Text));
        }
    }
    if spec.groups.len() > 1 {
        for (group, BarGroup { label, .. }) in spec.groups.iter().enumerate() {
            let middle = group as f64 * pitch + 0.5 * (runs as f64 - 1.0);
            layers.push(words(*label, [middle, -0.03], [0, -1], 13.0, Ink::Text));
        }
    }
    let end = spec.groups.len() as f64 * pitch - GAP;
    ((-1.0, end), (-ROOM[1], 1.0 + ROOM[0]), layers)
}

/// Bars that lie, a row for each run with its name, a column for each group.
fn lying(spec: &GroupedBars, view: &View<'_>, runs: usize, bars: &[Bar]) -> Drawn {
    /// From a column to the next: a bar of full length, and room for its number.
    const PITCH: f64 = 1.75;
    // About a quarter of the frame, however many columns share the rest.
    let names = 0.25 + 0.55 * spec.groups.len() as f64;
    let mut layers = Vec::new();
    for bar in bars {
        let (row, start) = (-(bar.place as f64), bar.group as f64 * PITCH);
        let end = start + bar.height;
        let ribbon = Ribbon::Between {
            x: vec![start, end],
            low: vec![row - 0.5 * BAR; 2],
            high: vec![row + 0.5 * BAR; 2],
        };
        layers.push(bar_layer(spec, view, bar, Shape::Band(ribbon)));
        let number = bar.text.clone();
        layers.push(words(number, [end, row], [1, 0], 11.5, Ink::Text));
    }
    for (place, run) in view.runs().enumerate() {
        let at = [0.0, -(place as f64)];
        layers.push(words(view.label(run), at, [-1, 0], 11.5, Ink::Text));
    }
    for (group, BarGroup { label, .. }) in spec.groups.iter().enumerate() {
        let at = [group as f64 * PITCH + 0.5, 0.5];
        layers.push(words(*label, at, [0, 1], 12.0, Ink::Text));
    }
    let end = spec.groups.len() as f64 * PITCH;
    ((-names, end), (-(runs as f64) + 0.4, 1.4), layers)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{panel, plot, recipe, view};
    use super::*;
    use crate::figure::simulate::simulate;

    #[test]
    fn bars_of_many_runs_lie_and_each_has_a_name_and_a_number() {
        let recipe = recipe("bad-minima-any-two", &[("pretraining_steps", "1")]);
        let history = simulate(&recipe, 3, false, &mut |_| {}).unwrap();
        let bars = plot(panel(&recipe, "three_bars"), &view(&history, &recipe)).unwrap();
        let words = |layer: &Layer| match &layer.shape {
            Shape::Text { text, at, .. } => Some((text.clone(), at[0])),
            _ => None,
        };
        let words: Vec<(String, [f64; 2])> = bars.layers.iter().filter_map(words).collect();
        let runs = &history.setup.runs;
        assert_eq!(runs.len(), 9);
        for (row, run) in runs.iter().enumerate() {
            let of_row = words.iter().filter(|(_, at)| at[1] == -(row as f64));
            let texts: Vec<&str> = of_row.map(|(text, _)| text.as_str()).collect();
            assert_eq!(texts.len(), 4, "three numbers and a name: {texts:?}");
            assert!(texts.contains(&run.label.as_str()), "{texts:?}");
        }
        let bands = bars.layers.iter();
        let bands = bands.filter(|layer| matches!(layer.shape, Shape::Band(_)));
        assert_eq!(bands.count(), 27);
    }
}
