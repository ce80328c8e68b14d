//! What the run on the screen is called, and what tells it from the recipe that it is named after.

use super::LiveRun;
use crate::recipe::{Recipe, difference};
use crate::sim::experiment::Facts;

impl LiveRun {
    /// What the run is called: by its preset or by what it was opened as, and changed if it is another.
    pub(in crate::ui) fn title(&self) -> String {
        // What a planned change has changed is as it was meant to be.
        let recipe = self.recipe_to_start();
        let (reference, facts, by_hand) = self.reference(&recipe);
        recipe.name(reference, facts, by_hand)
    }

    /// Whether it is another run than that of a recipe.
    pub(in crate::ui) fn differs_from(&self, meant: &Recipe) -> bool {
        let recipe = self.recipe_to_start();
        let (_, facts, _) = self.reference(&recipe);
        recipe.differs_from(meant, facts)
    }

    /// What was changed in it since, in words; nothing if nothing was.
    pub(in crate::ui) fn changes_in_words(&self) -> String {
        let recipe = self.recipe_to_start();
        let (reference, facts, by_hand) = self.reference(&recipe);
        if !by_hand && !recipe.differs_from(reference, facts) {
            return String::new();
        }
        difference::in_words(reference, &recipe)
    }

    /// What a recipe is compared with, the facts of its run, and whether it was changed by hand on the way.
    fn reference<'a>(&'a self, recipe: &Recipe) -> (&'a Recipe, Option<&'a Facts>, bool) {
        let history = self.screen.history.as_ref();
        let facts = history.map(|history| &history.setup.facts);
        let by_hand = history.is_some_and(|history| {
            let mut marks = history.marks.iter();
            marks.any(|mark| !mark.planned && !mark.settings.is_empty())
        });
        (recipe.shipped().unwrap_or(&self.opened), facts, by_hand)
    }
}
