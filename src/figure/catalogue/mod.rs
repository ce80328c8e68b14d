//! The figures that labs declare by name ([`NamedFigure`]), made: runs or sweeps, and what is drawn of them.

mod index;
mod runs;
mod sweeps;

use serde_json::{Map, Value as Json, json};

pub use index::index;
pub use runs::{Look, of_history};

use super::Figure;
use super::imprint::Imprint;
use super::page::{ONE_COLUMN, TWO_COLUMNS};
use crate::labs::figures::{FigureContent, Measured, NamedFigure, PageWidth};
use crate::labs::{self, LabError};
use crate::recipe::{Recipe, link, preset};

/// Hears the part done, from 0 to 1, from any thread.
pub type Progress<'a> = dyn Fn(f64) + Sync + 'a;

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
    pub fn make(&self, progress: &Progress<'_>) -> Result<Made, LabError> {
        match &self.content {
            FigureContent::Runs(runs) => runs::make(runs, progress),
            FigureContent::Sweep(sweep) => sweeps::make(sweep, progress),
        }
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
