//! The run as a browser's page has it in its address, and in words.

use super::App;
use super::door::Wish;
use crate::recipe::{Recipe, link};
use crate::ui::header;

impl App {
    /// Opens a link that was put into the address.
    pub(in crate::ui) fn let_in_link(&mut self, recipe: Recipe) {
        self.refused = None;
        self.let_in(recipe, None, Wish::Open { play: false });
    }

    /// The link to the run, if it is another one than when this was asked last.
    pub(in crate::ui) fn link_if_changed(&mut self) -> Option<String> {
        let recipe = self.recipe_of_run()?;
        if self.linked.as_ref() == Some(&recipe) {
            return None;
        }
        let link = link::encode(&recipe);
        self.linked = Some(recipe);
        Some(link)
    }

    /// What the status line says; and once nothing moves any more, where the clock stands and what is over the plots.
    pub(in crate::ui) fn in_words(&self) -> String {
        let status = self.status();
        if self.sweeping {
            return format!("{status}\n{}", self.sweeps.caption());
        }
        if self.playing() {
            return status;
        }
        let step = self.live.lab().clock().step;
        let caption = header::caption(&self.live, &self.time, &self.hidden);
        format!("{status}\n{step} = {}\n{caption}", self.step())
    }

    /// Leaves away what is not a plot, for a frame in somebody's page.
    pub(in crate::ui) fn show_only_plots(&mut self) {
        self.compact.is_minimal = true;
    }
}
