//! What the user has asked for: the recipe as the controls show it, how much of it the simulation
//! has been told, and the loads that follow from it, one under way at a time. No thread, no history.

use std::time::Duration;

use web_time::Instant;

use crate::knobs::{Knobs, Role, Value};
use crate::model::watch::Watch;
use crate::recipe::Recipe;
use crate::sim::experiment::Experiment;
use crate::sim::history::Mark;
use crate::sim::message::{Epoch, Load, Speed};

/// How long a change waits for the load of the one before, so that a dragged slider shows what it passes; then it
/// takes its place.
const WAIT_TIMEOUT: Duration = Duration::from_millis(400);

/// See the module.
pub(in crate::ui) struct Intent {
    /// The settings as the controls show them, and the planned changes. Settings that a planned change
    /// has changed are shown as they are then.
    pub(in crate::ui) recipe: Recipe,
    /// What the last load was made from.
    pub(super) loaded: Recipe,
    /// The settings that the simulation was last told.
    pub(super) told: Knobs,
    /// Live changes that were sent and not answered yet.
    pub(super) unanswered: usize,
    /// The number of the last load.
    pub(super) epoch: Epoch,
    /// Whether a load has not been answered yet; further changes wait, so that a dragged slider
    /// does not fill the queue.
    pub(super) loading: bool,
    /// Since when.
    pub(super) loading_since: Instant,
    /// Whether what is being loaded is still wanted, and how far that has come; or the experiment that was loaded.
    pub(super) watch: Watch,
    /// How to start over once it is.
    pub(super) waiting: Option<Restart>,
    /// What the last load was asked to do.
    pub(super) last: Restart,
    /// Whether the clock is meant to run: while a paused run catches up after a change it does run.
    pub(super) play: bool,
}

/// How to start over.
#[derive(Clone, Copy, Default)]
pub(super) struct Restart {
    pub(super) play: bool,
    pub(super) catch_up: u64,
    /// Whether it goes there even where convergence or the recipe's length would stop it.
    pub(super) through: bool,
    /// Whether the same run is on the screen already, and stays there meanwhile.
    pub(super) unseen: bool,
}

impl Restart {
    /// Paused at the step that a recipe names.
    pub(super) fn at(step: u64) -> Self {
        Self {
            play: false,
            catch_up: step,
            through: step > 0,
            unseen: false,
        }
    }
}

/// What the controls have changed since the simulation was last told.
pub(super) enum Update {
    /// Nothing, or nothing that can be sent yet.
    None,
    /// Something that only a new run can have.
    Restart,
    /// Settings that the run takes over as it goes on.
    Live {
        speed: Speed,
        settings: Vec<(String, Value)>,
    },
}

impl Intent {
    pub(super) fn new(recipe: Recipe) -> Self {
        let recipe = Recipe { step: 0, ..recipe };
        Self {
            told: recipe.knobs.clone(),
            loaded: recipe.clone(),
            recipe,
            unanswered: 0,
            epoch: 0,
            loading: false,
            loading_since: Instant::now(),
            watch: Watch::default(),
            waiting: None,
            last: Restart::default(),
            play: false,
        }
    }

    /// The load that starts over with the current recipe; `None` while another one is under way,
    /// after which it will be asked for again.
    pub(super) fn start_over(&mut self, restart: Restart) -> Option<Load> {
        self.play = restart.play;
        if self.loading && self.loading_since.elapsed() < WAIT_TIMEOUT {
            self.waiting = Some(restart);
            return None;
        }
        Some(self.start_over_at_once(restart))
    }

    /// The same in place of whatever is under way.
    pub(super) fn start_over_at_once(&mut self, restart: Restart) -> Load {
        self.play = restart.play;
        self.waiting = None;
        self.load(restart)
    }

    /// The load that has waited for another one for too long, and takes its place.
    pub(super) fn take_overdue(&mut self) -> Option<Load> {
        if self.loading_since.elapsed() < WAIT_TIMEOUT {
            return None;
        }
        self.waiting.take().map(|restart| self.load(restart))
    }

    /// Notes that the last load was answered; returns the one that has waited for that.
    pub(super) fn answered(&mut self) -> Option<Load> {
        self.loading = false;
        self.waiting.take().map(|restart| self.load(restart))
    }

    /// Gives up what is being loaded, and what has waited for it.
    pub(super) fn give_up_load(&mut self) {
        self.watch.give_up();
        self.epoch += 1;
        self.loading = false;
        self.waiting = None;
        self.play = false;
    }

    /// Gives up whatever is under way and shows other settings, of a run that `source` makes.
    pub(super) fn abandon(&mut self, recipe: Recipe, source: &Recipe) {
        self.watch.give_up();
        self.told = recipe.knobs.clone();
        self.recipe = Recipe { step: 0, ..recipe };
        self.loaded = Recipe {
            step: 0,
            ..source.clone()
        };
        self.unanswered = 0;
        self.epoch += 1;
        self.loading = false;
        self.waiting = None;
        self.play = false;
    }

    /// The load that makes a run again, up to the step that its recipe names. The controls stay as they are.
    pub(super) fn load_again(&mut self, source: Recipe, unseen: bool) -> Load {
        let told = self.told.clone();
        let restart = Restart {
            unseen,
            ..Restart::at(source.step)
        };
        let load = self.load_of(Recipe { step: 0, ..source }, restart);
        self.told = told;
        load
    }

    fn load(&mut self, restart: Restart) -> Load {
        self.load_of(self.recipe.clone(), restart)
    }

    fn load_of(&mut self, recipe: Recipe, restart: Restart) -> Load {
        let Restart {
            play,
            catch_up,
            through,
            ..
        } = restart;
        self.last = restart;
        self.watch.give_up();
        self.watch = Watch::default();
        self.loading_since = Instant::now();
        self.loading = true;
        self.epoch += 1;
        self.told = recipe.knobs.clone();
        self.unanswered = 0;
        let (lab, knobs, watch) = (recipe.lab, recipe.knobs.clone(), self.watch.clone());
        let build = move || -> Result<Box<dyn Experiment>, String> {
            match lab.experiment_watched(&knobs, false, &watch) {
                Ok(experiment) => Ok(experiment),
                Err(error) => Err(error.to_string()),
            }
        };
        let load = Load {
            epoch: self.epoch,
            lab: recipe.lab.id(),
            build: Box::new(build),
            knobs: recipe.knobs.clone(),
            changes: recipe.changes.clone(),
            end: recipe.knobs.length(),
            catch_up,
            through,
            play,
            // How fast to go is no part of the run.
            speed: speed(&self.recipe.knobs),
        };
        self.loaded = recipe;
        load
    }

    /// What to tell the simulation, which then counts as told unless it takes a restart.
    pub(super) fn update(&mut self, has_history: bool) -> Update {
        if self.told == self.recipe.knobs || self.waiting.is_some() {
            return Update::None;
        }
        let changed: Vec<_> = self.recipe.knobs.changed_from(&self.told).collect();
        if !has_history || changed.iter().any(|(knob, _)| !knob.live) {
            return Update::Restart;
        }
        // The pace concerns the window alone and is not part of the run.
        let settings = changed
            .iter()
            .filter(|(knob, _)| knob.role != Some(Role::Pace))
            .map(|(knob, value)| (knob.key.to_owned(), (*value).clone()))
            .collect();
        self.told = self.recipe.knobs.clone();
        Update::Live {
            speed: speed(&self.recipe.knobs),
            settings,
        }
    }

    /// Notes how many live changes were answered. Once all are, the settings in force are known from
    /// the history's marks: the controls follow planned changes, and go back where a change was
    /// refused.
    pub(super) fn follow_changes(&mut self, answers: usize, marks: Option<&[Mark]>) {
        self.unanswered = self.unanswered.saturating_sub(answers);
        if self.unanswered > 0 {
            return;
        }
        let Some(marks) = marks else { return };
        let mut in_force = self.loaded.knobs.clone();
        for (key, value) in marks.iter().flat_map(|mark| &mark.settings) {
            // They are in force, so they were accepted.
            drop(in_force.set(key, value.clone()));
        }
        for (knob, value) in in_force.changed_from(&self.told.clone()) {
            if !knob.live || knob.role == Some(Role::Pace) {
                continue;
            }
            // A control that has been moved since keeps its place, and is to be told.
            if self.recipe.knobs.get(knob.key) == self.told.get(knob.key) {
                drop(self.recipe.knobs.set(knob.key, value.clone()));
            }
            drop(self.told.set(knob.key, value.clone()));
        }
    }

    /// The settings as they are now, at step 0. What a planned change has changed since the start
    /// begins as it began, for the change will come again; what was set by hand stays.
    pub(super) fn recipe_to_start(&self, marks: Option<&[Mark]>) -> Recipe {
        let mut recipe = self.recipe.clone();
        let Some(marks) = marks else { return recipe };
        let keys = |planned: bool| {
            let marks = marks.iter().filter(move |mark| mark.planned == planned);
            marks.flat_map(|mark| mark.settings.iter().map(|(key, _)| key.as_str()))
        };
        for key in keys(true) {
            let touched = self.recipe.knobs.get(key) != self.told.get(key);
            if !touched && keys(false).all(|by_hand| by_hand != key) {
                // It was in force at the start, so it is in range.
                drop(recipe.knobs.set(key, self.loaded.knobs.get(key).clone()));
            }
        }
        recipe
    }
}

/// As fast as it goes where nothing says otherwise.
fn speed(knobs: &Knobs) -> Speed {
    let pace = knobs.real_of(Role::Pace);
    pace.map_or(Speed::Max, Speed::StepsPerSecond)
}
