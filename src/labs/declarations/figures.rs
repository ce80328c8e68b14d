//! Figures that a lab can make by name: what runs, what is drawn of it, what it illustrates.

use std::fmt;

use super::sweeps::SweepPlan;
use crate::knobs::Knobs;
use crate::palette::Look;
use crate::scene::{Cell, LegendEntry};

/// A figure that can be made by name.
#[derive(Debug)]
pub struct NamedFigure {
    /// Name on the command line, unique among all labs.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// What it illustrates.
    pub claim: &'static str,
    /// The width it is made for.
    pub width: PageWidth,
    /// What is drawn.
    pub content: FigureContent,
}

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Who has written it.
    pub authors: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Where it is.
    pub url: &'static str,
}

/// As a reader looks for it.
impl fmt::Display for Publication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            authors,
            title,
            url,
        } = self;
        write!(formatter, "{authors}, “{title}” ({url})")
    }
}

/// How wide a figure is on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageWidth {
    /// One of two columns.
    OneColumn,
    /// The whole page.
    TwoColumns,
}

/// The kinds of figures.
#[derive(Debug)]
pub enum FigureContent {
    /// Pictures of runs.
    Runs(RunFigure),
    /// Where the runs of sweeps end.
    Sweep(SweepFigure),
}

/// Pictures of runs, on a logarithmic axis of steps if the lab has one.
#[derive(Debug)]
pub struct RunFigure {
    /// What runs, one after the other; the figure opens as the first.
    pub parts: &'static [RunPart],
    /// Cells in a row.
    pub columns: usize,
    /// Whether the theory is drawn over the runs.
    pub theory: bool,
    /// Makes one drawing of the parts'; [`side_by_side`] if there is nothing to change.
    pub compose: fn(Vec<Drawing>) -> Drawing,
}

/// A preset with other settings, and the pictures of it.
#[derive(Debug)]
pub struct RunPart {
    /// The preset,
    pub preset: &'static str,
    /// with these settings.
    pub settings: &'static [(&'static str, &'static str)],
    /// The pictures, by [`Panel::id`](crate::scene::Panel::id).
    pub panels: &'static [&'static str],
}

impl RunPart {
    /// A preset with settings and pictures.
    pub const fn new(
        preset: &'static str,
        settings: &'static [(&'static str, &'static str)],
        panels: &'static [&'static str],
    ) -> Self {
        Self {
            preset,
            settings,
            panels,
        }
    }
}

/// What is drawn of a run.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The settings of the run.
    pub knobs: Knobs,
    /// Row by row.
    pub cells: Vec<Cell>,
    /// What the lines mean.
    pub legend: Vec<LegendEntry>,
    /// The numbers behind it.
    pub measured: Measured,
}

/// All cells and numbers behind one another, with the legend of the first.
///
/// # Panics
/// If there is no part.
pub fn side_by_side(parts: Vec<Drawing>) -> Drawing {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().expect("a figure has a part");
    for part in parts {
        whole.cells.extend(part.cells);
        whole.measured.rows.extend(part.measured.rows);
    }
    whole
}

/// A table of numbers: what an index page and `summary.json` show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// What a row is about, and its numbers; NaN where there is none.
    pub rows: Vec<(String, Vec<f64>)>,
}

/// Where the runs of sweeps end.
#[derive(Debug)]
pub struct SweepFigure {
    /// The sweeps; the figure opens as the recipe that the first of them varies.
    pub plans: &'static [SweepPlan],
    /// The first seed of everything that they vary, whatever that of the preset.
    pub first_seed: u64,
    /// Above the picture.
    pub title: &'static str,
    /// What it shows, and how it was made.
    pub about: &'static str,
    /// The families that are drawn.
    pub families: &'static [FamilyName],
    /// How.
    pub plot: SweepPlot,
}

/// A family, and what a figure calls it.
#[derive(Clone, Copy, Debug)]
pub struct FamilyName {
    /// Its id.
    pub id: &'static str,
    /// Its name in the figure.
    pub label: &'static str,
}

/// A recorded quantity, and what an axis calls it.
#[derive(Clone, Copy, Debug)]
pub struct AxisName {
    /// Its column.
    pub column: &'static str,
    /// The axis.
    pub label: &'static str,
}

/// A map of the part of runs that have succeeded.
#[derive(Clone, Copy, Debug)]
pub struct ShareMap {
    /// The number of the plan, from 0.
    pub plan: usize,
    /// The family of the runs.
    pub family: &'static str,
    /// Above it.
    pub title: &'static str,
}

/// The kinds of plots of sweeps.
#[derive(Debug)]
pub enum SweepPlot {
    /// Medians and bands over the only setting that the only plan varies.
    Curves {
        /// What is drawn.
        quantity: AxisName,
        /// What the setting's axis is called.
        axis: &'static str,
        /// The setting's symbol.
        symbol: &'static str,
    },
    /// Medians and bands of several quantities of the first family, over the only setting that the only plan varies.
    Several {
        /// What is drawn, and how.
        quantities: &'static [(AxisName, Look)],
        /// What the ordinate is called.
        ordinate: &'static str,
        /// A line to compare with: its name, and its ordinate at a setting.
        limit: (&'static str, fn(f64) -> f64),
        /// What the setting's axis is called.
        axis: &'static str,
        /// The setting's symbol.
        symbol: &'static str,
    },
    /// A dot for every run of every plan.
    Cloud([AxisName; 2]),
    /// Medians and bands side by side, of several quantities over the step size that the only plan varies.
    Quantities {
        /// What is drawn, one plot each.
        quantities: &'static [AxisName],
        /// The largest step size is marked at which a family's median of this quantity is below this.
        settled: (AxisName, f64),
        /// What the setting's axis is called.
        axis: &'static str,
        /// The setting's symbol.
        symbol: &'static str,
    },
    /// Maps side by side of the part of runs that have succeeded, over the two settings that every plan varies.
    Shares {
        /// What is drawn, one plot each.
        maps: &'static [ShareMap],
        /// What the settings' axes are called.
        axes: [&'static str; 2],
    },
}
