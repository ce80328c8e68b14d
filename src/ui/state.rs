//! What the user chose about the view. Plain values, kept between sessions; nothing computed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time_axis::Clock;
use crate::labs::Lab;
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
    /// The panel shown in each cell, by the cell's first panel; the first one if absent.
    pub(super) shown: BTreeMap<String, String>,
    /// Large type and thick lines for a lecture hall.
    pub(super) projector: bool,
    /// The folder last saved to.
    pub(super) folder: Option<std::path::PathBuf>,
    /// The last recipe.
    pub(super) recipe: Option<String>,
}

impl Choices {
    /// The panel of a cell that suits the data and was chosen, if one was.
    pub(super) fn panel(&self, cell: &'static [Panel], facts: &Facts) -> &'static Panel {
        let chosen = self.shown.get(cell[0].id);
        shown_panel(cell, facts, |id| chosen.is_some_and(|chosen| chosen == id))
    }

    /// Shows these panels, each in its cell.
    pub(super) fn show(&mut self, lab: &dyn Lab, panels: &[String]) {
        for cell in lab.cells() {
            if let Some(panel) = cell
                .iter()
                .find(|panel| panels.iter().any(|id| id == panel.id))
            {
                self.shown
                    .insert(cell[0].id.to_owned(), panel.id.to_owned());
            }
        }
    }

    /// The panels that were chosen, in the order of the cells.
    pub(super) fn panels(&self, lab: &dyn Lab) -> Vec<String> {
        let cells = lab.cells().iter();
        let chosen = cells.filter_map(|cell| self.shown.get(cell[0].id));
        chosen.cloned().collect()
    }
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            dark: false,
            controls: true,
            clock: Clock::Steps,
            log_time: true,
            theory: true,
            shown: BTreeMap::new(),
            projector: false,
            folder: None,
            recipe: None,
        }
    }
}
