//! The figures that labs declare by name ([`NamedFigure`]), made: runs or sweeps, and what is drawn of them.

mod index;
mod runs;
mod several;
mod sweeps;
mod tables;

use serde_json::{Map, Value as Json, json};

pub use index::index;
pub use runs::{Look, of_history};
pub use tables::of_table;

use super::Figure;
use super::imprint::Imprint;
use super::page::{ONE_COLUMN, TWO_COLUMNS};
use crate::labs::figures::{FigureContent, Measured, NamedFigure, PageWidth};
use crate::labs::{self, LabError};
use crate::recipe::{Recipe, link, preset};
use crate::scene::clock::Clock;
use crate::sweep::SweepError;

/// Hears the part done, from 0 to 1, from any thread.
pub type Progress<'a> = dyn Fn(f64) + Sync + 'a;

/// What is asked of a named figure besides what its lab declares.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Changes the settings of everything that is run for it.
    pub change: &'a dyn Fn(&mut Recipe) -> Result<(), LabError>,
    /// What the time axis counts.
    pub clock: Clock,
    /// A linear time axis.
    pub linear_time: bool,
    /// Without the theory's curves.
    pub no_theory: bool,
}

impl Asked<'_> {
    /// The figure as it is declared.
    pub const NOTHING: Self = Self {
        change: &|_| Ok(()),
        clock: Clock::Steps,
        linear_time: false,
        no_theory: false,
    };
}

/// Why a named figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The settings do not fit its lab.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// They do not fit its sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The figure varies the setting itself.
    #[error("this figure varies `{0}` itself: set something else, or make a table with `sweep`")]
    Varied(&'static str),
}

/// A figure with what it was made of.
pub struct Made {
    /// The figure.
    pub figure: Figure,
    /// The run it shows, or the one that its sweep varies.
    pub recipe: Recipe,
    /// The numbers behind it.
    pub measured: Measured,
    /// How it was made, in one line.
    pub provenance: String,
}

impl Measured {
    /// As JSON: one object per row.
    pub fn to_json(&self) -> Json {
        let rows = self.rows.iter().map(|(name, numbers)| {
            let mut row = Map::new();
            row.insert("name".to_owned(), name.as_str().into());
            for (column, number) in self.columns.iter().zip(numbers) {
                row.insert(column.clone(), (*number).into());
            }
            Json::Object(row)
        });
        rows.collect()
    }
}

/// The named figures of all labs, in the order in which they are listed.
pub fn figures() -> impl Iterator<Item = &'static NamedFigure> {
    labs::all().into_iter().flat_map(|lab| lab.figures())
}

/// The figure of that name.
pub fn figure(id: &str) -> Option<&'static NamedFigure> {
    figures().find(|figure| figure.id == id)
}

impl NamedFigure {
    /// Runs what has to be run and builds the figure.
    pub fn make(&self, asked: &Asked<'_>, progress: &Progress<'_>) -> Result<Made, MakeError> {
        match &self.content {
            FigureContent::Runs(runs) => Ok(runs::make(runs, asked, progress)?),
            FigureContent::Sweep(sweep) => sweeps::make(sweep, asked, progress),
        }
    }

    /// Whether it shows runs over time, and not where many of them end.
    pub fn has_time(&self) -> bool {
        matches!(self.content, FigureContent::Runs(_))
    }

    /// The width it is made for, in points.
    pub fn points(&self) -> f64 {
        match self.width {
            PageWidth::OneColumn => ONE_COLUMN,
            PageWidth::TwoColumns => TWO_COLUMNS,
        }
    }
}

/// A preset with other settings, which are known to exist and to take the values.
fn recipe_of(id: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(id).map_or_else(|error| panic!("{error}"), |preset| preset.recipe());
    for (key, value) in settings {
        let set = recipe.knobs.set_text(key, value);
        set.unwrap_or_else(|error| panic!("{id}: {error}"));
    }
    recipe
}

impl Made {
    /// What its files say of themselves.
    pub fn imprint(&self, title: &str, about: &str) -> Imprint {
        Imprint::of(&self.recipe, title, about)
    }

    /// Its recipe and numbers for `summary.json`.
    pub fn summary(&self) -> Json {
        json!({
            "recipe": link::encode(&self.recipe),
            "measured": self.measured.to_json(),
        })
    }
}

/// The line under a figure: `provenance` says how it was made, `title` what it shows.
pub fn footer(provenance: &str, title: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Implicit Bias Lab {version} · {title} · {provenance}")
}
