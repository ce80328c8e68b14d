//! A few quantities of every run where states are shown, as bars side by side with their numbers.

use super::{NOT_AVAILABLE, Picture, empty, words};
use crate::palette;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Live, Plot, Shape};

/// Room above the tallest bar for its number, and under all of them for names.
const ROOM: [f64; 2] = [0.14, 0.18];

/// Between groups, in bars.
const GAP: f64 = 0.8;

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
    at: f64,
    height: f64,
    text: String,
}

fn bars(spec: &GroupedBars, view: &View<'_>, memory: &mut Memory) -> Vec<Bar> {
    let history = view.history;
    let runs: Vec<usize> = view.runs().collect();
    let pitch = runs.len() as f64 + GAP;
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
                at: group as f64 * pitch + place as f64,
                height: if full > 0.0 { value / full } else { 0.0 },
                text: (spec.in_words)(value),
            });
        }
    }
    bars
}

fn plot(spec: &GroupedBars, view: &View<'_>, memory: &mut Memory) -> Plot {
    let runs = view.runs().count() as f64;
    let groups = spec.groups.len() as f64;
    let axis = |low: f64, high: f64| Axis {
        range: Some((low, high)),
        bare: true,
        ..Axis::default()
    };
    let x = axis(-1.0, groups * (runs + GAP) - GAP);
    let y = axis(-ROOM[1], 1.0 + ROOM[0]);
    let bars = bars(spec, view, memory);
    if bars.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let single = spec.groups.len() == 1;
    let mut layers = Vec::new();
    let mut said = Vec::new();
    for bar in &bars {
        let label = view.label(bar.run);
        let name = format!("{label}: {}", spec.groups[bar.group].label);
        said.push(format!("{name} {}", bar.text));
        let shape = Shape::Bars {
            bars: vec![[bar.at, 0.0, bar.height]],
            width: 0.86,
        };
        layers.push(Layer::new(name, view.ink(bar.run), 0.0, shape).faded(f64::from(palette::BAR)));
        let top = [bar.at, bar.height + 0.012];
        layers.push(words(bar.text.clone(), top, [0, 1], 12.0, Ink::Text));
        if single {
            // In two rows, so that neighbours have room.
            let below = if bar.place % 2 == 0 { -0.02 } else { -0.085 };
            layers.push(words(label, [bar.at, below], [0, -1], 11.5, Ink::Text));
        }
    }
    if !single {
        for (group, BarGroup { label, .. }) in spec.groups.iter().enumerate() {
            let middle = group as f64 * (runs + GAP) + 0.5 * (runs - 1.0);
            layers.push(words(*label, [middle, -0.03], [0, -1], 13.0, Ink::Text));
        }
    }
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
