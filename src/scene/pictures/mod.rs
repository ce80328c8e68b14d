//! From a lab's panel and a history to a [`Cell`]: one file per kind of picture.
//!
//! The window paints the same pictures with its toolkit. What does not depend on how they are painted
//! (which runs, which entries, what is where in the space of the data) is here for both.

pub mod card;
pub mod functions;
pub mod paths;
pub mod plane;
pub mod profile;
pub mod series;
pub mod space;
pub mod stems;
#[cfg(test)]
mod tests;
pub mod thermometer;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use super::scale::place;
use super::{Axis, Cell, Content, Ink, Layer, LegendEntry, Marker, Pattern, Plot, Shape, Swatch};
use crate::knobs::Knobs;
use crate::palette::{self, Line, Look};
use crate::scene::Panel;
use crate::sim::experiment::{Facts, Family};
use crate::sim::history::History;

/// Opacity of the shade between the extremes of a curve.
const BAND: f64 = palette::BAND as f64;

/// Opacity of curves of second rank.
const FAINT: f64 = palette::FAINT as f64;

/// Opacity of the tracks of noisy runs.
const PALE: f64 = 1.0 - palette::pale(false) as f64;

/// Said where a quantity is nowhere known.
const NOT_AVAILABLE: &str = "not available for these data";

/// Said before the first step, where time is the abscissa.
const NOTHING_YET: &str = "nothing has happened yet: the run is at step 0";

/// LegendEntry j of a vector, from the constants and a run's state.
pub type VectorEntry = fn(&Facts, &[Vec<f64>], usize) -> f64;

/// A function of one variable with its name on the screen.
pub type NamedFunction = (&'static str, fn(f64) -> f64);

/// What is shown of a history.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The samples.
    pub history: &'a History,
    /// The settings they were made with.
    pub knobs: &'a Knobs,
    /// What the abscissa of time plots counts.
    pub clock: Clock,
    /// Whether it is logarithmic.
    pub log_time: bool,
    /// Whether the theory is drawn over the runs.
    pub theory: bool,
    /// Families left out.
    pub hidden: &'a [&'static str],
    /// The step at which states are shown, with a line in time plots; `None` for the last one.
    pub cursor: Option<u64>,
    /// The last step drawn, for pictures of a run under way; axes span the whole history.
    pub until: Option<u64>,
}

/// What a time axis counts.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
)]
pub enum Clock {
    /// Iterations k.
    #[default]
    Steps,
    /// Flow time t = kγ.
    Time,
    /// Single-sample gradients, the cost of a run.
    Gradients,
}

impl Clock {
    /// Every clock.
    pub const ALL: [Self; 3] = [Self::Steps, Self::Time, Self::Gradients];

    /// What it counts, for an axis.
    pub fn label(self) -> &'static str {
        match self {
            Self::Steps => "iterations k",
            Self::Time => "time t = kγ",
            Self::Gradients => "gradient evaluations",
        }
    }

    /// Whether it shows the same for all runs.
    pub fn is_shared(self) -> bool {
        self != Self::Gradients
    }

    /// What it shows per row: of the history if it is shared, else of the run.
    pub fn readings(self, history: &History, run: usize) -> Vec<f64> {
        match self {
            Self::Steps => history.step.iter().map(|step| *step as f64).collect(),
            Self::Time => history.time.clone(),
            Self::Gradients => {
                let mut columns = history.setup.columns.iter();
                let cost = columns.position(|column| column.id == "gradient_evaluations");
                let costs = cost.and_then(|cost| history.runs[run].values.get(cost));
                costs.cloned().unwrap_or_default()
            }
        }
    }
}

/// The runs of a history that are not left out, in order.
pub fn shown_runs<'a>(
    history: &'a History,
    hidden: &'a [&'static str],
) -> impl Iterator<Item = usize> + 'a {
    let infos = &history.setup.runs;
    (0..infos.len()).filter(move |run| !hidden.contains(&infos[*run].family.id))
}

/// The first one of them of each family.
pub fn first_runs(history: &History, hidden: &[&'static str]) -> Vec<usize> {
    let families = families(history).into_iter();
    families
        .filter(|known| !hidden.contains(&known.family.id))
        .filter_map(|family| family.runs.first().copied())
        .collect()
}

/// The runs of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilyRuns {
    /// The family.
    pub family: Family,
    /// Its runs.
    pub runs: Vec<usize>,
}

impl FamilyRuns {
    /// Its name in a legend.
    pub fn title(&self) -> String {
        match self.runs.len() {
            0 | 1 => self.family.label.to_owned(),
            runs => format!("{} ×{runs}", self.family.label),
        }
    }
}

/// The families of a history in the order of their first runs.
pub fn families(history: &History) -> Vec<FamilyRuns> {
    let mut families: Vec<FamilyRuns> = Vec::new();
    for (run, info) in history.setup.runs.iter().enumerate() {
        match families
            .iter_mut()
            .find(|known| known.family.id == info.family.id)
        {
            Some(known) => known.runs.push(run),
            None => families.push(FamilyRuns {
                family: info.family,
                runs: vec![run],
            }),
        }
    }
    families
}

/// Whether a legend has a line for the truth.
pub fn knows_truth(history: &History) -> bool {
    history.setup.facts.vectors.contains_key("beta_star")
}

impl<'a> View<'a> {
    fn runs(&self) -> impl Iterator<Item = usize> + 'a {
        shown_runs(self.history, self.hidden)
    }

    fn first_runs(&self) -> Vec<usize> {
        first_runs(self.history, self.hidden)
    }

    fn families(&self) -> impl Iterator<Item = FamilyRuns> {
        let hidden = self.hidden;
        let families = families(self.history).into_iter();
        families.filter(move |known| !hidden.contains(&known.family.id))
    }

    fn label(&self, run: usize) -> &'a str {
        &self.history.setup.runs[run].label
    }

    fn look(&self, run: usize) -> Look {
        self.history.setup.runs[run].family.look
    }

    fn ink(&self, run: usize) -> Ink {
        self.look(run).ink
    }

    /// How many rows of a run lie at or before a step.
    fn rows(&self, run: usize, step: Option<u64>) -> usize {
        let len = self.history.runs[run].len();
        let Some(step) = step else { return len };
        let row = self.history.row_at(step as f64);
        row.map_or(0, |row| row + 1).min(len)
    }

    /// How many rows of a run are drawn over time.
    fn drawn(&self, run: usize) -> usize {
        self.rows(run, self.until)
    }

    /// The row at which a run's state is shown; `None` for a run without rows.
    fn row(&self, run: usize) -> Option<usize> {
        let step = match (self.cursor, self.until) {
            (Some(cursor), Some(until)) => Some(cursor.min(until)),
            (cursor, until) => cursor.or(until),
        };
        self.rows(run, step).checked_sub(1)
    }

    /// A run's state there.
    fn state(&self, run: usize) -> Option<&'a Arc<[Vec<f64>]>> {
        self.history.runs[run].state_at(self.row(run)?)
    }

    /// The row of the longest run there.
    fn leading_row(&self) -> usize {
        let rows = (0..self.history.runs.len()).filter_map(|run| self.row(run));
        rows.max().unwrap_or(0)
    }

    /// The abscissa of plots over time: the whole history, however much of it is drawn.
    fn time_axis(&self) -> Axis {
        let mut range = None;
        for run in self.runs() {
            for reading in self.clock.readings(self.history, run) {
                if place(reading, self.log_time).is_some() {
                    let (low, high) = range.unwrap_or((reading, reading));
                    range = Some((reading.min(low), reading.max(high)));
                }
            }
            if self.clock.is_shared() {
                break;
            }
        }
        Axis {
            label: self.clock.label().to_owned(),
            log: self.log_time,
            range: range.map(|(low, high)| (if self.log_time { low } else { 0.0 }, high)),
            bare: false,
        }
    }

    /// A line down at a step, per family where every family has a clock of its own.
    fn lines_at(&self, step: u64, name: &str, ink: Ink, pattern: Pattern) -> Vec<Layer> {
        let runs = if self.clock.is_shared() {
            vec![(0, ink)]
        } else {
            let runs = self.first_runs().into_iter();
            runs.map(|run| (run, self.ink(run))).collect()
        };
        let lines = runs.into_iter().filter_map(|(run, ink)| {
            let at = self.reading_at(run, step)?;
            Some(Layer::new(name, ink, 1.0, Shape::Vertical(at, pattern)))
        });
        lines.collect()
    }

    /// What the clock shows at a step, between two rows in proportion to the steps.
    fn reading_at(&self, run: usize, step: u64) -> Option<f64> {
        let readings = self.clock.readings(self.history, run);
        let steps = &self.history.step;
        let row = self.history.row_at(step as f64)?;
        let (Some(from), Some(to)) = (readings.get(row), readings.get(row + 1)) else {
            return readings.last().copied();
        };
        let part = (step - steps[row]) as f64 / (steps[row + 1] - steps[row]) as f64;
        Some(from + part * (to - from))
    }

    /// The line at which states are shown.
    fn cursor(&self) -> Vec<Layer> {
        self.cursor.map_or_else(Vec::new, |step| {
            self.lines_at(step, "cursor", Ink::Text, Pattern::Solid)
        })
    }

    /// A run's line in its family's style.
    fn line(&self, name: impl Into<String>, run: usize, points: Vec<[f64; 2]>) -> Layer {
        line(name, self.look(run), points)
    }

    /// A run's way, whose markers would be taken for places where it is.
    fn way(&self, name: impl Into<String>, run: usize, points: Vec<[f64; 2]>) -> Layer {
        let look = self.look(run);
        let (pattern, _) = broken(look.line);
        let shape = Shape::Line {
            points,
            pattern,
            marked: false,
        };
        Layer::new(name, look.ink, look.width, shape)
    }

    /// Where a run is, larger for the first one of its family.
    fn head(&self, run: usize, at: [f64; 2], first: bool) -> Layer {
        let radius = if first { 5.5 } else { 3.5 };
        let name = format!("{} now", self.label(run));
        dots(name, self.ink(run), vec![at], Marker::Circle, radius)
    }
}

/// A line in a family's style.
fn line(name: impl Into<String>, look: Look, points: Vec<[f64; 2]>) -> Layer {
    let (pattern, marked) = broken(look.line);
    let shape = Shape::Line {
        points,
        pattern,
        marked,
    };
    Layer::new(name, look.ink, look.width, shape)
}

/// How a family's line is broken, and whether it wears markers.
fn broken(line: Line) -> (Pattern, bool) {
    match line {
        Line::Solid => (Pattern::Solid, false),
        Line::Marked => (Pattern::Solid, true),
        Line::Dashed => (Pattern::Dashed, false),
    }
}

/// A plain line.
fn plain(name: impl Into<String>, ink: Ink, width: f64, points: Vec<[f64; 2]>) -> Layer {
    let shape = Shape::Line {
        points,
        pattern: Pattern::Solid,
        marked: false,
    };
    Layer::new(name, ink, width, shape)
}

/// Filled points.
fn dots(
    name: impl Into<String>,
    ink: Ink,
    at: Vec<[f64; 2]>,
    marker: Marker,
    radius: f64,
) -> Layer {
    let shape = Shape::Points {
        at,
        marker,
        radius,
        filled: true,
    };
    Layer::new(name, ink, 1.0, shape)
}

/// Rings for what is known beforehand.
fn rings(name: impl Into<String>, at: Vec<[f64; 2]>) -> Layer {
    let shape = Shape::Points {
        at,
        marker: Marker::Circle,
        radius: 6.5,
        filled: false,
    };
    Layer::new(name, Ink::Reference, 2.0, shape)
}

/// A few words.
fn words(text: impl Into<String>, at: [f64; 2], side: [i8; 2], size: f64, ink: Ink) -> Layer {
    let text = text.into();
    let name = text.clone();
    let shape = Shape::Text {
        at,
        text,
        side,
        size,
    };
    Layer::new(name, ink, 1.0, shape)
}

/// The smallest and the largest finite value.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| value.is_finite())
        .fold(None, |extent, value| {
            let (low, high) = extent.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        })
}

/// A plot that says why it is empty.
fn empty(x: Axis, y: Axis, note: &str) -> Plot {
    Plot {
        x,
        y,
        note: note.to_owned(),
        ..Plot::default()
    }
}

/// A kind of picture with what a lab has told it: it makes the content of a cell from a history.
pub trait Picture: Any + Debug + Sync {
    /// What is drawn of a history; `ordinate` names what the picture's ordinate counts.
    fn content(&self, ordinate: &str, view: &View<'_>) -> Content;
}

/// The picture of a panel.
pub fn cell(panel: &Panel, view: &View<'_>) -> Cell {
    let ordinate = (panel.ordinate)(&view.history.setup.facts);
    Cell {
        title: panel.title.to_owned(),
        about: panel.about.to_owned(),
        content: panel.picture.content(ordinate, view),
    }
}

/// The legend of a history: one entry per family that is shown, plus a ring for β* where known.
pub fn legend(view: &View<'_>) -> Vec<LegendEntry> {
    let families = view.families().map(|family| {
        let look = family.family.look;
        let (pattern, marked) = broken(look.line);
        LegendEntry {
            label: family.title(),
            ink: look.ink,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern,
                marked,
                width: look.width,
            },
        }
    });
    let truth = knows_truth(view.history).then(|| LegendEntry {
        label: "β*".to_owned(),
        ink: Ink::Reference,
        opacity: 1.0,
        swatch: Swatch::Point {
            marker: Marker::Circle,
            filled: false,
        },
    });
    families.chain(truth).collect()
}
