//! The entries of a vector at one time, over rings for the truth, its support first.

use super::{
    NOT_AVAILABLE, Picture, TRUTH, VectorEntry, dots, empty, extent, rings, swatch_entry, words,
};
use crate::scene::bounds::SteadyBounds;
use crate::scene::memory::Memory;
use crate::scene::view::View;
use crate::scene::{Axis, Content, Ink, Layer, Pattern, Plot, Shape, Swatch, marker};

/// More entries than this cannot be told apart; the support of the truth comes first.
const MOST: usize = 400;

/// So many entries stand in their own order, each with its name under it.
const FEW: usize = 8;

/// Room under the stems for names, in parts of what they span.
const ROOM: f64 = 0.14;

/// The order of display: entries of the truth that are not 0, then the rest, and how many come
/// first.
pub fn support_first(reference: Option<&[f64]>, len: usize) -> (Vec<usize>, usize) {
    let size = |j: usize| reference.map_or(0.0, |reference| reference[j].abs());
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by_key(|j| size(*j) == 0.0);
    let support = order.iter().take_while(|j| size(**j) > 0.0).count();
    (order, support)
}

/// Where the entries of a vector stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrangement {
    /// The entries that are drawn, from left to right.
    pub entries: Vec<usize>,
    /// The abscissa of each.
    pub places: Vec<f64>,
    /// What the abscissa is.
    pub label: String,
}

impl Arrangement {
    /// For a vector of `len` entries, those first that the truth has, which is called `symbol`.
    pub fn new(truth: Option<&[f64]>, len: usize, symbol: &str) -> Self {
        if len <= FEW {
            return Self {
                places: abscissae(0, len),
                entries: (0..len).collect(),
                label: String::new(),
            };
        }
        let (mut entries, support) = support_first(truth, len);
        entries.truncate(MOST);
        let cut = if len > MOST {
            format!(" (first {MOST})")
        } else {
            String::new()
        };
        let label = match support {
            0 => format!("coordinates j{cut}"),
            _ if support >= entries.len() => {
                format!("coordinates j, all in the support of {symbol}{cut}")
            }
            _ => format!("support of {symbol}, then the others{cut}"),
        };
        Self {
            places: abscissae(support, entries.len()),
            entries,
            label,
        }
    }

    /// What the abscissa spans.
    pub fn range(&self) -> (f64, f64) {
        let end = self.places.last().copied().unwrap_or(1.0);
        (-0.02 * end - 1.0, 1.02 * end + 1.0)
    }

    /// The heads of the stems number `which` of `many`, side by side within a coordinate so that
    /// agreement can be seen.
    pub fn heads(&self, values: &[f64], which: usize, many: usize) -> Vec<[f64; 2]> {
        let shift = which as f64 - (many as f64 - 1.0) / 2.0;
        let room = |at: usize| match self.places.get(at + 1) {
            Some(next) => next - self.places[at],
            None => 1.0,
        };
        let values = values.iter().enumerate();
        values
            .filter(|(_, value)| value.is_finite())
            .map(|(at, value)| [self.places[at] + 0.2 * room(at) * shift, *value])
            .collect()
    }

    /// The abscissa between the entries where the truth is not 0 and the others, if there are both.
    pub fn end_of_support(&self, truth: &[f64]) -> Option<f64> {
        let support = self
            .entries
            .iter()
            .take_while(|j| truth[**j] != 0.0)
            .count();
        let last = self.places.get(support.checked_sub(1)?)?;
        Some(0.5 * (last + self.places.get(support)?))
    }

    /// The entries of the truth that are not 0.
    pub fn rings(&self, truth: &[f64]) -> Vec<[f64; 2]> {
        let entries = self.entries.iter().zip(&self.places);
        entries
            .filter(|(j, _)| truth[**j] != 0.0)
            .map(|(j, place)| [*place, truth[*j]])
            .collect()
    }
}

/// Where the entries stand: those of the support get room for a ring and one stem per family.
fn abscissae(support: usize, len: usize) -> Vec<f64> {
    let rest = len as f64;
    let wide = (rest / 16.0)
        .min(0.66 * rest / support.max(1) as f64)
        .max(1.0);
    let start = wide * support.min(len) as f64;
    (0..len)
        .map(|at| {
            if at < support {
                wide * at as f64
            } else {
                start + (at - support) as f64
            }
        })
        .collect()
}

/// See the module.
#[derive(Debug)]
pub struct Stems {
    /// Entry j of the vector, from a run's state.
    pub entry: VectorEntry,
    /// A vector fact, the truth: the entries where it is not 0 come first.
    pub reference: &'static str,
    /// How it is marked.
    pub mark: TruthMark,
}

/// How the truth is marked among stems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthMark {
    /// By rings, where the stems should end.
    Rings,
    /// By a line of this name behind its support, if the stems show something else.
    EndOfSupport(&'static str),
}

impl Picture for Stems {
    fn content(&self, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Content {
        Content::Plot(plot(self, ordinate, view, memory))
    }
}

fn plot(spec: &Stems, ordinate: &str, view: &View<'_>, memory: &mut Memory) -> Plot {
    let Stems {
        entry,
        reference,
        mark,
    } = *spec;
    let facts = &view.history.setup.facts;
    let truth = view.history.vector(reference);
    let runs = view.first_runs();
    let states: Vec<_> = runs
        .iter()
        .filter_map(|run| Some((*run, view.state(*run)?)))
        .collect();
    let len = states.first().map_or(0, |(_, state)| state[0].len());
    let symbol = view
        .history
        .setup
        .roles
        .truth
        .map_or("the truth", |truth| truth.label);
    let arrangement = Arrangement::new(truth, len, symbol);
    let x = Axis {
        label: arrangement.label.clone(),
        range: Some(arrangement.range()),
        bare: true,
        ..Axis::default()
    };
    let entries = &arrangement.entries;
    let ever = runs.iter().flat_map(|run| {
        // A window remembers those before.
        let all = view.sound_states(*run);
        let shown = view.window.and_then(|_| view.state(*run));
        let states = shown.into_iter().chain(
            all.iter()
                .map(|(_, state)| state)
                .filter(|_| view.window.is_none()),
        );
        states.flat_map(|state| entries.iter().map(|j| entry(facts, state, *j)))
    });
    let ringed = truth.filter(|_| mark == TruthMark::Rings);
    let ever: Vec<f64> = ever
        .chain(ringed.into_iter().flatten().copied())
        .filter(|entry| entry.is_finite())
        .collect();
    let names = len > 0 && len <= FEW;
    let under = extent(ever.iter().copied().chain([0.0]));
    let under = under.filter(|_| names);
    let under = under.map(|(low, high)| low - ROOM * (high - low));
    around_zero(&mut memory.bounds, ever.into_iter().chain(under));
    let y = Axis {
        label: ordinate.to_owned(),
        range: view.span(&memory.bounds, false),
        ..Axis::default()
    };
    if states.is_empty() {
        return empty(x, y, NOT_AVAILABLE);
    }
    let zero = Shape::Horizontal(0.0, Pattern::Solid);
    let mut layers = vec![Layer::new("zero", Ink::Weak, 1.0, zero)];
    // At the same place in a window, which has a little air under it, as on a page.
    if let Some((low, _)) = memory.bounds.values(false).filter(|_| names) {
        let named = arrangement.places.iter().zip(entries);
        layers.extend(named.map(|(at, j)| {
            let name = ordinate.replace('ⱼ', &subscript(j + 1));
            words(name, [*at, low], [0, 1], NAME_SIZE, Ink::Text)
        }));
    }
    for (which, (run, state)) in states.iter().enumerate() {
        let values: Vec<f64> = entries.iter().map(|j| entry(facts, state, *j)).collect();
        let heads = arrangement.heads(&values, which, states.len());
        let stems = heads.iter().map(|[x, y]| [[*x, 0.0], [*x, *y]]).collect();
        let label = view.label(*run);
        let stems = Shape::Segments(stems);
        layers.push(Layer::new(
            format!("{label} stems"),
            view.ink(*run),
            1.4,
            stems,
        ));
        let marker = marker(view.look(*run));
        layers.push(dots(label, view.ink(*run), heads, marker, 2.6));
    }
    let mut key = Vec::new();
    layers.extend(match mark {
        TruthMark::Rings => truth.map(|truth| rings(TRUTH, arrangement.rings(truth))),
        TruthMark::EndOfSupport(name) => truth.and_then(|truth| {
            let (ink, width, pattern) = (Ink::Weak, 1.4, Pattern::Dashed);
            let end = arrangement.end_of_support(truth)?;
            let swatch = Swatch::Line {
                pattern,
                marked: false,
                width,
            };
            key.push(swatch_entry(name, ink, swatch));
            Some(Layer::new(name, ink, width, Shape::Vertical(end, pattern)))
        }),
    });
    Plot {
        x,
        y,
        layers,
        key,
        ..Plot::default()
    }
}

/// Size of the names under stems.
const NAME_SIZE: f64 = 15.0;

/// A small number as an index: ₁₂.
fn subscript(number: usize) -> String {
    let digits = number.to_string();
    let digits = digits.chars().filter_map(|digit| digit.to_digit(10));
    digits
        .filter_map(|digit| char::from_u32(0x2080 + digit))
        .collect()
}

/// Makes room for some values and 0.
pub(super) fn around_zero(bounds: &mut SteadyBounds, values: impl Iterator<Item = f64>) {
    if let Some((low, high)) = extent(values.chain([0.0])) {
        bounds.include(1.05 * low, 1.05 * high, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_support_comes_first_in_its_own_order() {
        let (order, support) = support_first(Some(&[0.0, 1.0, 0.0, -2.0]), 4);
        assert_eq!((order, support), (vec![1, 3, 0, 2], 2));
        assert_eq!(support_first(None, 3), (vec![0, 1, 2], 0));
    }

    #[test]
    fn a_few_entries_stand_in_their_own_order() {
        let arrangement = Arrangement::new(Some(&[0.0, 1.0, 0.5]), 3, "w*");
        assert_eq!(arrangement.entries, [0, 1, 2]);
        assert_eq!(subscript(12), "₁₂");
    }

    #[test]
    fn heads_stand_side_by_side_and_rings_on_the_support() {
        let mut truth = [0.0; 12];
        (truth[1], truth[3]) = (1.0, -2.0);
        let arrangement = Arrangement::new(Some(&truth), 12, "w*");
        assert_eq!(arrangement.entries[..4], [1, 3, 0, 2]);
        assert_eq!(arrangement.label, "support of w*, then the others");
        assert_eq!(arrangement.rings(&truth).len(), 2);
        let [left, right] = [0, 1].map(|which| arrangement.heads(&[1.0; 12], which, 2)[2][0]);
        let middle = arrangement.places[2];
        assert!(left < middle && middle < right && right - left < 0.5);
        assert_eq!(
            arrangement.heads(&[f64::NAN; 12], 0, 1),
            Vec::<[f64; 2]>::new()
        );
    }
}
