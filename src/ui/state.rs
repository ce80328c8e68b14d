//! What the user chose about the view. Plain values, kept between sessions; nothing computed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::app::first_recipe;
use super::time_axis::Clock;
use crate::labs::{LABS, Lab};
use crate::recipe::{Recipe, RecipeError};
use crate::scene::{Panel, shown_panel};
use crate::sim::experiment::Facts;

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Choices {
    /// Dark colours.
    pub(super) dark: bool,
    /// Whether the control panel is shown.
    pub(super) controls: bool,
    /// What the time axis counts.
    pub(super) clock: Clock,
    /// Whether the time axis is logarithmic.
    pub(super) log_time: bool,
    /// Whether the theory is computed and drawn over the runs.
    pub(super) theory: bool,
    /// By lab, the panel shown in each cell, by the cell's first panel; the first one if absent.
    panels: BTreeMap<String, BTreeMap<String, String>>,
    /// The same as versions with a single lab kept it; only read.
    #[serde(skip_serializing)]
    shown: BTreeMap<String, String>,
    /// Large type and thick lines for a lecture hall.
    pub(super) projector: bool,
    /// Whether the equations are shown under the plots.
    pub(super) equations: bool,
    /// The same in the lecture layout, which has less room.
    pub(super) lecture_equations: bool,
    /// Whether the lines for a first visit have been seen.
    pub(super) welcomed: bool,
    /// The folder last saved to.
    pub(super) folder: Option<std::path::PathBuf>,
    /// The page in whose address a link was pasted last.
    pub(super) page: Option<String>,
    /// Files that somebody has named or agreed to, the last being the newest: recipes may read them.
    files: Vec<String>,
    /// The last recipe.
    recipe: Option<String>,
    /// Whether this version could not read it: it is kept until there is something else to keep.
    #[serde(skip)]
    is_unreadable: bool,
}

impl Choices {
    /// The cells of a lab, each with the panel that suits the data and was chosen, if one was.
    pub(super) fn visible(
        &self,
        lab: &'static dyn Lab,
        facts: &Facts,
    ) -> impl Iterator<Item = (&'static [Panel], &'static Panel)> {
        let chosen = self.panels_of(lab);
        lab.cells().iter().map(move |cell| {
            let chosen = chosen.and_then(|chosen| chosen.get(cell[0].id));
            let panel = shown_panel(cell, facts, |id| chosen.is_some_and(|chosen| chosen == id));
            (*cell, panel)
        })
    }

    /// What the time axis counts: what was chosen, if the lab has it.
    pub(super) fn clock_of(&self, lab: &dyn Lab) -> Clock {
        let mut known = Clock::known(lab.roles());
        known.find(|clock| *clock == self.clock).unwrap_or_default()
    }

    /// Whether the time axis is logarithmic: as was chosen, if the lab has such an axis.
    pub(super) fn has_log_time(&self, lab: &dyn Lab) -> bool {
        self.log_time && lab.has_log_time()
    }

    /// Shows a panel in its cell.
    pub(super) fn choose(&mut self, lab: &dyn Lab, cell: &[Panel], panel: &str) {
        let chosen = self.panels.entry(lab.id().to_owned()).or_default();
        chosen.insert(cell[0].id.to_owned(), panel.to_owned());
    }

    /// Shows these panels of a lab, each in its cell, and the first one in every other cell.
    pub(super) fn show_only(&mut self, lab: &dyn Lab, panels: &[String]) {
        self.panels.remove(lab.id());
        for cell in lab.cells() {
            let is_meant = |panel: &&Panel| panels.iter().any(|id| id == panel.id);
            if let Some(panel) = cell.iter().find(is_meant) {
                self.choose(lab, cell, panel.id);
            }
        }
    }

    /// The panels that were chosen and that this version has, in the order of the cells.
    pub(super) fn chosen(&self, lab: &dyn Lab) -> Vec<String> {
        let chosen = self.panels_of(lab);
        let of_cell = |cell: &&'static [Panel]| {
            let id = chosen?.get(cell[0].id)?;
            let panel = cell.iter().find(|panel| panel.id == id)?;
            Some(panel.id.to_owned())
        };
        lab.cells().iter().filter_map(of_cell).collect()
    }

    fn panels_of(&self, lab: &dyn Lab) -> Option<&BTreeMap<String, String>> {
        self.panels.get(lab.id())
    }

    /// The recipe of the last session; its pictures are remembered apart, with those of other labs.
    pub(super) fn remembered_recipe(&mut self) -> Result<Option<Recipe>, RecipeError> {
        let Some(text) = &self.recipe else {
            return Ok(None);
        };
        let recipe = Recipe::from_toml(&without_panels(text));
        self.is_unreadable = recipe.is_err();
        recipe.map(Some)
    }

    /// Keeps the recipe for the next session.
    pub(super) fn remember(&mut self, recipe: &Recipe) {
        if self.is_unreadable && *recipe == first_recipe() {
            return;
        }
        self.recipe = Some(recipe.to_toml());
    }

    /// Whether a recipe from elsewhere may read this file.
    pub(super) fn may_read(&self, file: &str) -> bool {
        self.files.iter().any(|known| known == file)
    }

    /// Notes that recipes may read a file.
    pub(super) fn allow_reading(&mut self, file: String) {
        /// More than anybody works with at a time.
        const MOST: usize = 100;
        self.files.retain(|known| *known != file);
        self.files.push(file);
        let excess = self.files.len().saturating_sub(MOST);
        self.files.drain(..excess);
    }

    /// Takes over what versions have kept that had a single lab.
    pub(super) fn take_over_older(&mut self) {
        let shown = std::mem::take(&mut self.shown);
        if !shown.is_empty() {
            let lab = LABS[0].id().to_owned();
            self.panels.entry(lab).or_insert(shown);
        }
    }
}

/// A recipe's text without its pictures: one that no longer exists would make it unreadable.
fn without_panels(text: &str) -> String {
    let Ok(mut table) = text.parse::<toml::Table>() else {
        return text.to_owned();
    };
    table.remove("panels");
    table.to_string()
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            dark: false,
            controls: true,
            clock: Clock::Steps,
            log_time: true,
            theory: true,
            panels: BTreeMap::new(),
            shown: BTreeMap::new(),
            projector: false,
            equations: true,
            lecture_equations: false,
            welcomed: false,
            folder: None,
            page: None,
            files: Vec::new(),
            recipe: None,
            is_unreadable: false,
        }
    }
}
