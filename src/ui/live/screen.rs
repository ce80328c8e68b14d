//! What is shown: the history on the screen with the recipe that made it, and a restarted run on its
//! way to where the one before was. No thread, and nothing of what was asked for.

use std::sync::Arc;
use std::time::Duration;

use web_time::Instant;

use crate::recipe::Recipe;
use crate::sim::experiment::Setup;
use crate::sim::history::History;
use crate::sim::message::{Batch, Change, Epoch, Pause, Phase, Status};

/// How long the old picture stays while a changed experiment catches up with it.
const CATCH_UP_LIMIT: Duration = Duration::from_millis(400);

/// See the module.
pub(in crate::ui) struct Screen {
    /// What is on the screen.
    pub(in crate::ui) history: Option<History>,
    /// The number of its experiment.
    epoch: Epoch,
    /// What it was loaded from.
    recipe: Recipe,
    /// A history that catches up with the one on the screen.
    incoming: Option<Incoming>,
    /// Counts the histories that have been on the screen.
    pub(in crate::ui) generation: u64,
    /// The last status.
    pub(in crate::ui) status: Option<Status>,
}

/// A run that is or was on the screen.
#[derive(Clone)]
pub(in crate::ui) struct Shown {
    /// What is known of it.
    pub(in crate::ui) history: History,
    /// What it was loaded from.
    recipe: Recipe,
    /// How it was doing.
    status: Option<Status>,
}

impl Shown {
    /// A run that has come to its last row.
    pub(super) fn paused(history: History, source: &Recipe) -> Self {
        let status = Status {
            phase: Phase::Paused(Pause::Requested),
            step: history.step.last().copied().unwrap_or(0),
            steps_per_second: 0.0,
            runs: history.status.clone(),
            bound: None,
        };
        Self {
            history,
            recipe: Recipe {
                step: 0,
                ..source.clone()
            },
            status: Some(status),
        }
    }
}

/// A restarted run on its way to where the one before was.
struct Incoming {
    epoch: Epoch,
    recipe: Recipe,
    history: History,
    goal: u64,
    since: Instant,
    caught_up: bool,
    /// Whether it is the run on the screen once more, which then takes its place unseen.
    unseen: bool,
    status: Option<Status>,
}

impl Screen {
    /// Empty; `recipe` is the one that is about to be loaded.
    pub(super) fn new(recipe: Recipe) -> Self {
        Self {
            history: None,
            epoch: 0,
            recipe,
            incoming: None,
            generation: 0,
            status: None,
        }
    }

    /// Shows nothing until another recipe is loaded.
    pub(super) fn clear(&mut self) {
        self.history = None;
        self.incoming = None;
    }

    /// Forgets a run that never came to be.
    pub(super) fn drop_incoming(&mut self) {
        self.incoming = None;
        self.status = None;
    }

    /// Whether a restarted run is not on the screen yet.
    pub(super) fn is_catching_up(&self) -> bool {
        self.incoming.is_some()
    }

    pub(super) fn is_playing(&self) -> bool {
        let status = self.status.as_ref();
        status.is_some_and(|status| status.phase == Phase::Playing)
    }

    /// Whether the run has stopped by itself.
    pub(super) fn is_finished(&self) -> bool {
        let status = self.status.as_ref();
        status.is_some_and(|status| stopped_by_itself(status.phase))
    }

    /// What is known so far of experiment `epoch`.
    pub(super) fn history_of(&self, epoch: Epoch) -> Option<&History> {
        match &self.incoming {
            Some(incoming) if incoming.epoch == epoch => Some(&incoming.history),
            _ => self.history.as_ref().filter(|_| self.epoch == epoch),
        }
    }

    /// The same, to add what the analysis has found.
    pub(super) fn history_of_mut(&mut self, epoch: Epoch) -> Option<&mut History> {
        match &mut self.incoming {
            Some(incoming) if incoming.epoch == epoch => Some(&mut incoming.history),
            _ => self.history.as_mut().filter(|_| self.epoch == epoch),
        }
    }

    /// Shows a new run: at once, or when it has reached step `goal` if another one is on the screen.
    pub(super) fn begin(
        &mut self,
        setup: Arc<Setup>,
        epoch: Epoch,
        recipe: Recipe,
        goal: u64,
        unseen: bool,
    ) {
        let history = History::new(setup);
        if self.history.is_some() && (goal > 0 || unseen) {
            self.incoming = Some(Incoming {
                epoch,
                recipe,
                history,
                goal,
                since: Instant::now(),
                caught_up: false,
                unseen,
                status: None,
            });
        } else {
            self.show(history, epoch, recipe);
        }
    }

    /// Adds what has arrived to the run that it belongs to.
    pub(super) fn add(&mut self, batch: Batch) {
        let history = match &mut self.incoming {
            Some(incoming) => {
                incoming.caught_up = batch.status.step >= incoming.goal
                    || matches!(batch.status.phase, Phase::Paused(_));
                Some(&mut incoming.history)
            }
            None => self.history.as_mut(),
        };
        if let Some(history) = history {
            for sample in &batch.samples {
                history.push(sample);
            }
            if let Some(latest) = &batch.latest {
                history.set_latest(latest);
            }
            for mark in &batch.marks {
                history.mark(mark.clone());
            }
            history.status.clone_from(&batch.status.runs);
        }
        match &mut self.incoming {
            Some(incoming) if incoming.unseen => incoming.status = Some(batch.status),
            _ => self.status = Some(batch.status),
        }
    }

    /// Shows a restarted run once it has caught up, so that dragging a slider morphs the picture
    /// instead of flashing it. Returns whether it has now.
    pub(super) fn show_incoming(&mut self) -> bool {
        let is_due = |incoming: &Incoming| {
            incoming.caught_up || (!incoming.unseen && incoming.since.elapsed() > CATCH_UP_LIMIT)
        };
        let Some(incoming) = self.incoming.take_if(|incoming| is_due(incoming)) else {
            return false;
        };
        if incoming.unseen {
            self.status = incoming.status;
            let same = |shown: &History| shown.ends_like(&incoming.history);
            if self.history.as_ref().is_some_and(same) {
                // What is on the screen goes on, with all that has been found out about it.
                self.epoch = incoming.epoch;
                self.recipe = incoming.recipe;
                return true;
            }
        }
        self.show(incoming.history, incoming.epoch, incoming.recipe);
        true
    }

    fn show(&mut self, history: History, epoch: Epoch, recipe: Recipe) {
        self.history = Some(history);
        self.epoch = epoch;
        self.recipe = recipe;
        self.incoming = None;
        self.generation += 1;
    }

    /// Shows a run that was on the screen before, paused.
    pub(super) fn put_back(&mut self, shown: Shown, epoch: Epoch) {
        let Shown {
            history,
            recipe,
            status,
        } = shown;
        self.show(history, epoch, recipe);
        self.status = status.map(|status| Status {
            phase: match status.phase {
                Phase::Playing => Phase::Paused(Pause::Requested),
                paused @ Phase::Paused(_) => paused,
            },
            steps_per_second: 0.0,
            bound: None,
            ..status
        });
    }

    /// A copy of the run on the screen.
    pub(super) fn shown(&self) -> Option<Shown> {
        Some(Shown {
            history: self.history.clone()?,
            recipe: self.recipe.clone(),
            status: self.status.clone(),
        })
    }

    /// The history on the screen, if it is that of experiment `epoch`.
    pub(super) fn history_of_screen(&self, epoch: Epoch) -> Option<&History> {
        let shown = self.history.as_ref();
        shown.filter(|_| self.epoch == epoch)
    }

    /// Whether the run on the screen is being simulated once more.
    pub(super) fn is_reattaching(&self) -> bool {
        let incoming = self.incoming.as_ref();
        incoming.is_some_and(|incoming| incoming.unseen)
    }

    /// How much of the way a run that is simulated once more has come, from 0 to 1.
    pub(in crate::ui) fn reattached(&self) -> Option<f64> {
        let incoming = self.incoming.as_ref().filter(|incoming| incoming.unseen)?;
        let status = incoming.status.as_ref();
        let step = status.map_or(0, |status| status.step);
        Some(step as f64 / incoming.goal.max(1) as f64)
    }

    /// The recipe that made the run on the screen, its live changes included, up to the step that it
    /// has reached; `None` while there is no run. Automatic choices are pinned, so that it means the
    /// same to a later version.
    pub(super) fn recipe_of_run(&self) -> Option<Recipe> {
        let facts = &self.history.as_ref()?.setup.facts;
        Some(self.recipe_so_far()?.pinned(facts))
    }

    /// The same, with the choices that were left to the program.
    pub(super) fn recipe_so_far(&self) -> Option<Recipe> {
        let history = self.history.as_ref()?;
        let step = history.step.last().copied().unwrap_or(0);
        let mut recipe = self.recipe.clone();
        let ahead = recipe.changes.into_iter();
        let ahead = ahead.filter(|change| change.step > step);
        let in_force = history.marks.iter();
        let in_force = in_force.filter(|mark| !mark.settings.is_empty());
        let in_force = in_force.map(|mark| Change {
            step: mark.step,
            settings: mark.settings.clone(),
        });
        recipe.changes = in_force.chain(ahead).collect();
        recipe.step = step;
        Some(recipe)
    }
}

/// Whether a run is paused because there was nothing left to do. A pause that was asked for does not
/// count: its message may answer an earlier command than the last.
pub(super) fn stopped_by_itself(phase: Phase) -> bool {
    match phase {
        Phase::Playing | Phase::Paused(Pause::Requested) => false,
        Phase::Paused(
            Pause::Converged | Pause::ReachedEnd | Pause::ReachedBound | Pause::AllDiverged,
        ) => true,
    }
}
