//! From the plan of a sweep, which a lab declares, to the sweep.

use super::{Axis, Sweep, SweepError};
use crate::labs::SweepPlan;
use crate::recipe::{Recipe, RecipeError, preset};

impl SweepPlan {
    /// The recipe that is varied.
    pub fn base(&self) -> Result<Recipe, RecipeError> {
        let mut recipe = preset(self.preset)?.recipe();
        for (key, value) in self.settings {
            recipe.knobs.set_text(key, value)?;
        }
        Ok(recipe)
    }

    /// The sweep.
    pub fn sweep(&self) -> Result<Sweep, SweepError> {
        self.of(self.base()?)
    }

    /// The same sweep of another recipe.
    pub fn of(&self, base: Recipe) -> Result<Sweep, SweepError> {
        let axes = Axis::parse_all(self.over, &base.knobs)?;
        Sweep::new(base, axes, self.seeds, self.vary, self.steps)
    }
}

#[cfg(test)]
mod tests {
    use crate::labs;
    use crate::model::watch::Watch;
    use crate::sweep::run::prepare;

    #[test]
    fn every_one_can_be_made_and_its_corners_run() {
        for ready in labs::all().iter().flat_map(|lab| lab.sweeps()) {
            let sweep = ready.plan.sweep().unwrap();
            assert_eq!(sweep.axes().len(), ready.plan.over.len());
            for place in sweep.corners() {
                let cell = prepare(&sweep, place * sweep.seeds(), &Watch::default());
                assert!(cell.is_ok(), "{}", ready.title);
            }
        }
    }
}
