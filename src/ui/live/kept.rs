//! A run that has been on the screen, kept so that it can be shown again at once and gone on with.

use std::fmt;
use std::sync::Arc;

use super::LiveRun;
use super::screen::Shown;
use crate::recipe::Recipe;
use crate::sim::history::History;
use crate::sim::message::Command;

/// See the module.
#[derive(Clone)]
pub(in crate::ui) struct Kept {
    /// The settings as the controls showed them.
    pub(in crate::ui) recipe: Recipe,
    /// What makes the run again, up to the step that it had reached, its live changes included.
    pub(in crate::ui) source: Recipe,
    /// The run itself, unless there was none or it has been given up for memory.
    pub(in crate::ui) run: Option<Arc<Shown>>,
}

/// Without the rows of the run.
impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("Kept");
        told.field("recipe", &self.recipe)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Kept {
    /// A run that never was on the screen, as `source` has made it.
    pub(in crate::ui) fn computed(source: Recipe, history: History) -> Self {
        let mut recipe = Recipe {
            step: 0,
            ..source.clone()
        };
        for (key, value) in history.marks.iter().flat_map(|mark| &mark.settings) {
            // They were in force, so they were accepted.
            drop(recipe.knobs.set(key, value.clone()));
        }
        Self {
            recipe,
            run: Some(Arc::new(Shown::paused(history, &source))),
            source,
        }
    }

    /// What the run takes in memory, in bytes.
    pub(in crate::ui) fn bytes(&self) -> usize {
        self.run.as_ref().map_or(0, |run| run.history.bytes())
    }
}

/// A run that is on the screen while the simulation has another one, or none.
#[derive(Default)]
pub(super) struct Detached {
    /// What makes it again.
    pub(super) source: Option<Recipe>,
    /// What the simulation is to do once it has come to where the run stands.
    pub(super) then: Vec<Command>,
}

impl LiveRun {
    /// The run on the screen as it is now; `recipe` holds the settings that it is to be kept under.
    pub(in crate::ui) fn keep(&self, recipe: Recipe) -> Kept {
        let is_current = !self.intent.loading
            && self.intent.waiting.is_none()
            && self.screen.history_of_screen(self.intent.epoch).is_some();
        let shown = self.screen.shown().filter(|_| is_current);
        let source = match &self.detached.source {
            Some(source) => Some(source.clone()),
            None if is_current => self.screen.recipe_so_far(),
            None => None,
        };
        let source = source.unwrap_or_else(|| Recipe {
            step: self.step(),
            ..recipe.clone()
        });
        Kept {
            recipe,
            source,
            run: shown.map(Arc::new),
        }
    }

    /// Shows a run that was kept, paused. The simulation goes on with it once it is asked to, after taking
    /// the same steps again; a run that has been given up is simulated at once.
    pub(in crate::ui) fn put_back(&mut self, kept: Kept) {
        let Kept {
            recipe,
            source,
            run,
        } = kept;
        self.problem = None;
        self.intent.abandon(recipe, &source);
        self.detached = Detached::default();
        let Some(run) = run else {
            self.load_again(source, false);
            return;
        };
        self.send(Command::Pause);
        self.screen
            .put_back(Arc::unwrap_or_clone(run), self.intent.epoch);
        self.detached.source = Some(source);
    }

    /// Has the simulation take the steps of a run that was put back again, and then do this; `false`, with the
    /// problem noted, if that is impossible.
    pub(super) fn reattach(&mut self, then: Command) -> bool {
        if let Some(source) = self.detached.source.take()
            && !self.load_again(source, true)
        {
            return false;
        }
        self.detached.then.push(then);
        true
    }

    /// Whether the simulation is on its way to the run on the screen.
    pub(in crate::ui) fn is_reattaching(&self) -> bool {
        (self.intent.loading && self.intent.last.unseen) || self.screen.is_reattaching()
    }

    /// Forgets what was to be done once the simulation has come to where the run stands.
    pub(super) fn forget_what_then(&mut self) {
        self.detached.then.clear();
    }

    /// Sends what has waited for the simulation to come to where the run stands.
    pub(super) fn go_on_after_reattaching(&mut self) {
        for command in std::mem::take(&mut self.detached.then) {
            self.send(command);
        }
    }

    fn load_again(&mut self, source: Recipe, unseen: bool) -> bool {
        let load = self.intent.load_again(source, unseen);
        self.send(Command::Load(load))
    }
}
