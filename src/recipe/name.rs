//! What a recipe is called: one that has been changed does not pass for the one it was.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Recipe;
use crate::knobs::Role;
use crate::labs::{Lab, Preset};
use crate::sim::experiment::Facts;

impl Recipe {
    /// The preset of its title, if its lab has one.
    pub fn shipped(&self) -> Option<&'static Self> {
        let mut shipped = shipped(self.lab).iter();
        shipped.find(|shipped| shipped.title == self.title)
    }

    /// Whether a run of it is another than one of `other`: by its settings, the pace excepted, or its planned
    /// changes. An automatic choice and the number that it stands for, in an experiment with these facts, are the
    /// same.
    pub fn differs_from(&self, other: &Self, facts: Option<&Facts>) -> bool {
        let pinned = facts.map(|facts| other.pinned(facts));
        let knobs = self.knobs.changed_from(&other.knobs);
        let mut changed = knobs.filter(|(knob, value)| {
            let stands_for = pinned.as_ref().map(|pinned| pinned.knobs.get(knob.key));
            // Which file, not which of its versions.
            let counts = !matches!(knob.role, Some(Role::Pace | Role::DataChecksum));
            counts && stands_for != Some(*value)
        });
        changed.next().is_some()
            || self.changes != other.changes
                && pinned.is_none_or(|pinned| self.changes != pinned.changes)
    }

    /// Its title, or `Fig 2, changed` if it is not `reference` any more, or was changed by hand on the way. What
    /// its title says behind a colon may then hold no longer.
    pub fn name(&self, reference: &Self, facts: Option<&Facts>, by_hand: bool) -> String {
        if !by_hand && !self.differs_from(reference, facts) {
            return self.title.clone();
        }
        let name = self.title.split(':').next().unwrap_or_default().trim();
        format!("{name}, changed")
    }
}

/// The recipes of a lab's presets, in their order, read once.
pub fn shipped(lab: &dyn Lab) -> &'static [Recipe] {
    static SHIPPED: Mutex<BTreeMap<&'static str, &'static [Recipe]>> = Mutex::new(BTreeMap::new());
    // Whoever died holding it left a whole map.
    let mut known = SHIPPED.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(lab.id()).or_insert_with(|| {
        let recipes: Vec<Recipe> = lab.presets().iter().map(Preset::recipe).collect();
        recipes.leak()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Value;
    use crate::recipe::{Change, preset};

    #[test]
    fn a_preset_that_was_changed_says_so() {
        let shipped = preset("rich").unwrap().recipe();
        let reference = shipped.shipped().unwrap();
        let name = |recipe: &Recipe| recipe.name(reference, None, false);
        assert_eq!(name(&shipped), "Rich regime: α = 0.01");
        assert_eq!(shipped.name(reference, None, true), "Rich regime, changed");
        let mut changed = shipped.clone();
        changed.knobs.set_text("alpha", "0.1").unwrap();
        assert_eq!(name(&changed), "Rich regime, changed");
        changed.knobs.set_text("alpha", "0.01").unwrap();
        assert_eq!(name(&changed), shipped.title);
        let mut planned = shipped.clone();
        planned.changes.push(Change {
            step: 7,
            settings: vec![("step_size".into(), Value::Real(0.05))],
        });
        assert_eq!(name(&planned), "Rich regime, changed");
    }

    #[test]
    fn neither_the_pace_nor_the_step_nor_the_number_behind_auto_is_a_change() {
        let shipped = preset("kernel").unwrap().recipe();
        let reference = shipped.shipped().unwrap();
        let experiment = shipped.lab.experiment(&shipped.knobs, false).unwrap();
        let facts = &experiment.setup().facts;
        let mut same = shipped.pinned(facts);
        assert!(same.knobs != shipped.knobs);
        same.step = 300;
        drop(same.knobs.set_of(Role::Pace, Value::Real(77.0)));
        assert!(!same.differs_from(reference, Some(facts)));
        assert!(same.differs_from(reference, None));
    }
}
