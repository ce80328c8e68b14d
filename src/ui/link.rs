//! The window's end of the simulation: the recipe as the user sees it, the history received so
//! far, and one load under way at a time.

use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportId};

use super::theory::Theory;
use crate::knobs::{Knobs, Value};
use crate::labs::Lab;
use crate::recipe::Recipe;
use crate::sim::experiment::Experiment;
use crate::sim::history::History;
use crate::sim::message::{
    Batch, Change, Command, Epoch, Event, Load, Pause, Phase, Speed, Status,
};
use crate::sim::worker::{Simulation, Unavailable};

/// How long the old picture stays while a changed experiment catches up with it.
const PATIENCE: Duration = Duration::from_millis(400);

/// See the module.
pub(super) struct Link {
    simulation: Simulation,
    theory: Theory,
    /// The window, to be woken when something arrives.
    pub(super) wake: Context,
    /// What the user has asked for: the settings as the controls show them, and the planned changes.
    /// Settings that a planned change has changed are shown as they are then.
    pub(super) recipe: Recipe,
    /// What the last load was made from.
    loaded: Recipe,
    /// Live changes that were sent and not answered yet.
    unanswered: usize,
    /// What the simulation was last told.
    told: Knobs,
    epoch: Epoch,
    /// Whether a load has not been answered yet; further changes wait, so that a dragged slider
    /// does not fill the queue.
    loading: bool,
    waiting: Option<Restart>,
    /// What the last load was asked to do.
    last: Restart,
    /// Whether the clock is meant to run: while a paused run catches up after a change it does run.
    meant_to_play: bool,
    /// What is on the screen.
    pub(super) history: Option<History>,
    /// The number of the experiment on the screen.
    shown: Epoch,
    /// What it was loaded from.
    shown_recipe: Recipe,
    /// A history that catches up with the one on the screen.
    incoming: Option<Incoming>,
    /// Counts the histories that have been on the screen.
    pub(super) generation: u64,
    /// The last status.
    pub(super) status: Option<Status>,
    /// What went wrong last, until something works again.
    pub(super) problem: Option<String>,
    /// Whether the simulation thread is gone.
    pub(super) dead: bool,
}

/// A restarted run on its way to where the one before was.
struct Incoming {
    epoch: Epoch,
    recipe: Recipe,
    history: History,
    goal: u64,
    since: Instant,
    caught_up: bool,
}

/// How to start over.
#[derive(Clone, Copy, Default)]
struct Restart {
    play: bool,
    catch_up: u64,
    /// Whether it goes there even where convergence or the recipe's length would stop it.
    through: bool,
}

impl Link {
    pub(super) fn new(ctx: &Context, recipe: Recipe) -> std::io::Result<Self> {
        let step = recipe.step;
        let recipe = Recipe { step: 0, ..recipe };
        let mut link = Self {
            simulation: spawn(ctx)?,
            theory: Theory::new(ctx),
            wake: ctx.clone(),
            told: recipe.knobs.clone(),
            loaded: recipe.clone(),
            shown_recipe: recipe.clone(),
            recipe,
            unanswered: 0,
            epoch: 0,
            loading: false,
            waiting: None,
            last: Restart::default(),
            meant_to_play: false,
            history: None,
            shown: 0,
            incoming: None,
            generation: 0,
            status: None,
            problem: None,
            dead: false,
        };
        link.go_to(step);
        Ok(link)
    }

    pub(super) fn lab(&self) -> &'static dyn Lab {
        self.recipe.lab
    }

    /// Whether the clock is meant to run.
    pub(super) fn playing(&self) -> bool {
        self.meant_to_play
    }

    /// Steps taken, or to be caught up with.
    pub(super) fn step(&self) -> u64 {
        if self.loading || self.incoming.is_some() {
            return self.last.catch_up;
        }
        self.status.as_ref().map_or(0, |status| status.step)
    }

    /// Starts or stops the clock.
    pub(super) fn set_playing(&mut self, play: bool) {
        self.meant_to_play = play;
        self.send(if play { Command::Play } else { Command::Pause });
    }

    /// Loads what was loaded last once more, with the clock running: a load that is under way would stop
    /// it again.
    pub(super) fn play_from_the_start(&mut self) {
        self.start_over(Restart {
            play: true,
            ..self.last
        });
    }

    /// Takes so many steps, then stops.
    pub(super) fn take_steps(&mut self, steps: u64) {
        self.meant_to_play = false;
        self.send(Command::Step(steps));
    }

    /// Goes on at full speed until everything has converged or diverged.
    pub(super) fn run_to_convergence(&mut self) {
        self.meant_to_play = true;
        self.send(Command::RunToConvergence);
    }

    /// Replaces the recipe and starts over, paused at the step that the recipe names.
    pub(super) fn open(&mut self, recipe: Recipe) {
        let step = recipe.step;
        self.recipe = Recipe { step: 0, ..recipe };
        self.history = None;
        self.incoming = None;
        self.go_to(step);
    }

    fn go_to(&mut self, step: u64) {
        self.start_over(Restart {
            play: false,
            catch_up: step,
            through: step > 0,
        });
    }

    /// Starts over with the current recipe from step 0, with the same planned changes.
    pub(super) fn reset(&mut self, play: bool) {
        self.recipe = self.recipe_to_start();
        self.restart(play, 0);
    }

    /// The settings as they are now, at step 0. What a planned change has changed since the start
    /// begins as it began, for the change will come again; what was set by hand stays.
    pub(super) fn recipe_to_start(&self) -> Recipe {
        let mut recipe = self.recipe.clone();
        let Some(history) = self.current_history() else {
            return recipe;
        };
        let keys = |planned: bool| {
            let marks = history.marks.iter();
            let marks = marks.filter(move |mark| mark.planned == planned);
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

    /// The recipe that made the run on the screen, its live changes included, up to the step that it
    /// has reached; `None` while there is no run. Automatic choices are pinned, so that it means the
    /// same to a later version.
    pub(super) fn recipe_of_run(&self) -> Option<Recipe> {
        let history = self.history.as_ref()?;
        let step = history.step.last().copied().unwrap_or(0);
        let mut recipe = self.shown_recipe.clone();
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
        Some(recipe.pinned(&history.setup.facts))
    }

    /// What is known so far of the experiment that was loaded last.
    fn current_history(&self) -> Option<&History> {
        match &self.incoming {
            Some(incoming) if incoming.epoch == self.epoch => Some(&incoming.history),
            _ => self.history.as_ref().filter(|_| self.shown == self.epoch),
        }
    }

    /// Starts over with the current recipe.
    pub(super) fn restart(&mut self, play: bool, catch_up: u64) {
        self.start_over(Restart {
            play,
            catch_up,
            through: false,
        });
    }

    fn start_over(&mut self, restart: Restart) {
        self.meant_to_play = restart.play;
        if self.loading {
            self.waiting = Some(restart);
        } else {
            self.load(restart);
        }
    }

    fn load(&mut self, restart: Restart) {
        let Restart {
            play,
            catch_up,
            through,
        } = restart;
        self.last = restart;
        self.epoch += 1;
        self.told = self.recipe.knobs.clone();
        self.loaded = self.recipe.clone();
        self.unanswered = 0;
        let (lab, knobs) = (self.recipe.lab, self.recipe.knobs.clone());
        let build = move || -> Result<Box<dyn Experiment>, String> {
            match lab.experiment(&knobs, false) {
                Ok(experiment) => Ok(experiment),
                Err(error) => Err(error.to_string()),
            }
        };
        let load = Load {
            epoch: self.epoch,
            build: Box::new(build),
            knobs: self.recipe.knobs.clone(),
            changes: self.recipe.changes.clone(),
            end: self.recipe.knobs.count("steps"),
            catch_up,
            through,
            play,
            speed: speed(&self.recipe.knobs),
        };
        self.loading = self.send(Command::Load(load));
    }

    /// Acts on what the controls have changed in the recipe since the simulation was last told.
    pub(super) fn take_over_changes(&mut self) {
        if self.told == self.recipe.knobs || self.waiting.is_some() {
            return;
        }
        let changed: Vec<_> = self.recipe.knobs.changed_from(&self.told).collect();
        let restart = changed.iter().any(|(knob, _)| !knob.live) || self.history.is_none();
        // The pace is the window's own matter and leaves no trace in the run.
        let settings: Vec<(String, Value)> = changed
            .iter()
            .filter(|(knob, _)| knob.key != "speed")
            .map(|(knob, value)| (knob.key.to_owned(), (*value).clone()))
            .collect();
        if restart {
            // Planned changes belong to the recipe as it was.
            self.recipe.changes.clear();
            // A finished run is followed by a finished run, one under way by one at the same step.
            let finished = matches!(
                self.status.as_ref().map(|status| status.phase),
                Some(Phase::Paused(
                    Pause::Converged | Pause::ReachedEnd | Pause::AllDiverged
                ))
            );
            let goal = if finished {
                self.recipe.knobs.count("steps")
            } else {
                self.step()
            };
            self.restart(self.playing(), goal);
            return;
        }
        self.told = self.recipe.knobs.clone();
        self.send(Command::SetSpeed(speed(&self.recipe.knobs)));
        if !settings.is_empty() && self.send(Command::Retune { settings }) {
            self.unanswered += 1;
        }
    }

    /// Notes which live changes were answered. Once all are, the settings in force are known: the
    /// controls follow planned changes, and go back where a change was refused.
    fn follow_changes(&mut self, answers: usize) {
        self.unanswered = self.unanswered.saturating_sub(answers);
        if self.unanswered > 0 {
            return;
        }
        let Some(history) = self.current_history() else {
            return;
        };
        let mut in_force = self.loaded.knobs.clone();
        for (key, value) in history.marks.iter().flat_map(|mark| &mark.settings) {
            // They are in force, so they were accepted.
            drop(in_force.set(key, value.clone()));
        }
        for (knob, value) in in_force.changed_from(&self.told.clone()) {
            if !knob.live || knob.key == "speed" {
                continue;
            }
            // A control that has been moved since keeps its place, and is to be told.
            if self.recipe.knobs.get(knob.key) == self.told.get(knob.key) {
                drop(self.recipe.knobs.set(knob.key, value.clone()));
            }
            drop(self.told.set(knob.key, value.clone()));
        }
    }

    /// Sends a command; `false`, with the problem noted, if that is impossible.
    pub(super) fn send(&mut self, command: Command) -> bool {
        match self.simulation.send(command) {
            Ok(()) => true,
            Err(error) => {
                self.note_death(&error);
                false
            }
        }
    }

    fn note_death(&mut self, error: &Unavailable) {
        self.dead |= matches!(error, Unavailable::Stopped(_));
        self.loading = false;
        self.problem = Some(error.to_string());
        self.meant_to_play = false;
        if let Some(status) = &mut self.status {
            status.phase = Phase::Paused(Pause::Requested);
        }
    }

    /// Starts a new simulation thread with the same recipe.
    pub(super) fn revive(&mut self) {
        match spawn(&self.wake) {
            Ok(simulation) => {
                self.simulation = simulation;
                self.dead = false;
                self.problem = None;
                self.loading = false;
                self.reset(false);
            }
            Err(error) => self.problem = Some(format!("no new simulation thread: {error}")),
        }
    }

    /// Takes in everything that has arrived, and keeps the theory going if it is to be shown.
    pub(super) fn receive(&mut self, theory: bool) {
        while !self.dead {
            match self.simulation.try_recv() {
                Ok(Some(event)) => self.take_in(event),
                Ok(None) => break,
                Err(error) => self.note_death(&error),
            }
        }
        self.show_incoming();
        if theory {
            self.tend_theory();
        }
    }

    /// Keeps the theory overlays of the current experiment going, whether it is on the screen or
    /// still catching up.
    fn tend_theory(&mut self) {
        let history = match &mut self.incoming {
            Some(incoming) if incoming.epoch == self.epoch => Some(&mut incoming.history),
            None if self.shown == self.epoch => self.history.as_mut(),
            _ => None,
        };
        if let Some(history) = history {
            let playing = self.status.as_ref();
            let playing = playing.is_some_and(|status| status.phase == Phase::Playing);
            let recipe = &self.recipe;
            self.theory
                .tend(self.epoch, recipe.lab, &self.told, history, playing);
        }
    }

    /// Why there are no theory overlays, if their thread is gone.
    pub(super) fn theory_problem(&self) -> Option<&str> {
        self.theory.problem.as_deref()
    }

    fn take_in(&mut self, event: Event) {
        match event {
            Event::Loaded { epoch, setup } if epoch == self.epoch => {
                let goal = self.last.catch_up;
                let history = History::new(setup);
                self.problem = None;
                self.loading = false;
                if self.history.is_some() && goal > 0 {
                    self.incoming = Some(Incoming {
                        epoch,
                        recipe: self.loaded.clone(),
                        history,
                        goal,
                        since: Instant::now(),
                        caught_up: false,
                    });
                } else {
                    self.show(history, epoch, self.loaded.clone());
                }
                self.load_waiting();
            }
            Event::Rejected { epoch, reason } if epoch == self.epoch => {
                self.problem = Some(reason);
                if std::mem::take(&mut self.loading) {
                    self.incoming = None;
                    self.status = None;
                    self.load_waiting();
                } else {
                    self.follow_changes(1);
                }
            }
            Event::Batch(batch) if batch.epoch == self.epoch => self.take_batch(batch),
            Event::Loaded { .. } | Event::Rejected { .. } | Event::Batch(_) => {}
        }
    }

    fn load_waiting(&mut self) {
        if let Some(restart) = self.waiting.take() {
            self.load(restart);
        }
    }

    fn take_batch(&mut self, batch: Batch) {
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
        if !batch.marks.is_empty() {
            let by_hand = batch.marks.iter().filter(|mark| !mark.planned);
            self.follow_changes(by_hand.count());
        }
        // That it stands because it was asked to is no news, and may be the answer to a question before the last.
        let stopped = match batch.status.phase {
            Phase::Playing | Phase::Paused(Pause::Requested) => false,
            Phase::Paused(Pause::Converged | Pause::ReachedEnd | Pause::AllDiverged) => true,
        };
        if stopped && self.incoming.is_none() && !self.loading {
            self.meant_to_play = false;
        }
        self.status = Some(batch.status);
    }

    /// Shows a restarted run once it has caught up, so that dragging a slider morphs the picture
    /// instead of flashing it.
    fn show_incoming(&mut self) {
        if self
            .incoming
            .as_ref()
            .is_some_and(|incoming| incoming.caught_up || incoming.since.elapsed() > PATIENCE)
            && let Some(incoming) = self.incoming.take()
        {
            self.show(incoming.history, incoming.epoch, incoming.recipe);
        }
    }

    fn show(&mut self, history: History, epoch: Epoch, recipe: Recipe) {
        self.history = Some(history);
        self.shown = epoch;
        self.shown_recipe = recipe;
        self.incoming = None;
        self.generation += 1;
    }
}

fn spawn(ctx: &Context) -> std::io::Result<Simulation> {
    let ctx = ctx.clone();
    Simulation::spawn(move || ctx.request_repaint_of(ViewportId::ROOT))
}

fn speed(knobs: &Knobs) -> Speed {
    knobs
        .real_or_auto("speed")
        .map_or(Speed::Max, Speed::StepsPerSecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;
    use crate::sim::schedule::SamplingSchedule;
    use crate::sim::session::Session;

    fn wait(link: &mut Link, what: &str, condition: impl Fn(&Link) -> bool) {
        let start = Instant::now();
        while !condition(link) {
            assert!(start.elapsed() < Duration::from_secs(30), "{what}");
            std::thread::sleep(Duration::from_millis(2));
            link.receive(true);
        }
    }

    #[test]
    fn the_late_answer_to_a_pause_does_not_undo_what_was_asked_since() {
        let mut link = Link::new(&Context::default(), LABS[0].presets()[1].recipe()).unwrap();
        wait(&mut link, "loading", |link| link.history.is_some());
        link.set_playing(true);
        wait(&mut link, "steps", |link| link.step() > 0);
        link.set_playing(false);
        wait(&mut link, "standing", |link| {
            let status = link.status.as_ref().unwrap();
            status.phase == Phase::Paused(Pause::Requested)
        });
        // Both before anything is read: the answer to the pause comes after the next request to play.
        link.set_playing(true);
        link.set_playing(false);
        std::thread::sleep(Duration::from_millis(100));
        link.set_playing(true);
        let step = link.step();
        wait(&mut link, "going on", |link| link.step() > step + 1);
        assert!(link.playing());
    }

    #[test]
    fn a_dead_simulation_is_reported_and_revived_with_the_recipe() {
        let mut link = Link::new(&Context::default(), LABS[0].presets()[1].recipe()).unwrap();
        wait(&mut link, "loading", |link| link.history.is_some());
        let fatal = Load {
            epoch: link.epoch + 1,
            build: Box::new(|| panic!("out of luck")),
            knobs: link.recipe.knobs.clone(),
            changes: Vec::new(),
            end: 1,
            catch_up: 0,
            through: false,
            play: false,
            speed: Speed::Max,
        };
        assert!(link.send(Command::Load(fatal)));
        wait(&mut link, "dying", |link| link.dead);
        let problem = link.problem.clone().unwrap();
        assert!(problem.contains("out of luck"), "{problem}");
        link.set_playing(true);
        assert!(!link.playing(), "nothing plays without a simulation");
        link.revive();
        assert!(!link.dead);
        link.take_steps(5);
        wait(&mut link, "stepping again", |link| link.step() == 5);
        assert_eq!(link.recipe, LABS[0].presets()[1].recipe());
        assert_eq!(
            link.generation, 2,
            "one history before the accident, one after"
        );
    }

    /// A small recipe with a planned change of γ at step 300.
    fn planned() -> Recipe {
        let mut recipe = LABS[0].presets()[1].recipe();
        for (key, value) in [("n", "10"), ("d", "20"), ("sparsity", "3")]
            .iter()
            .chain(&[("step_size", "auto"), ("steps", "1000"), ("speed", "max")])
        {
            recipe.knobs.set_text(key, value).unwrap();
        }
        recipe.changes.push(Change {
            step: 300,
            settings: vec![("step_size".to_owned(), Value::Real(0.01))],
        });
        recipe
    }

    fn started(recipe: Recipe) -> Link {
        let mut link = Link::new(&Context::default(), recipe).unwrap();
        wait(&mut link, "loading", |link| link.status.is_some());
        link
    }

    fn go(link: &mut Link, steps: u64) {
        let goal = link.step() + steps;
        link.take_steps(steps);
        wait(link, "steps", |link| link.step() == goal);
    }

    fn set(link: &mut Link, key: &str, value: &str) {
        link.recipe.knobs.set_text(key, value).unwrap();
        let before = link.unanswered;
        link.take_over_changes();
        if link.unanswered > before {
            wait(link, "the answer", |link| link.unanswered == 0);
        }
    }

    fn assert_same(a: &History, b: &History) {
        assert_eq!(a.step, b.step);
        assert_eq!((&a.time, &a.shared), (&b.time, &b.shared));
        for (a, b) in a.runs.iter().zip(&b.runs) {
            assert!(a.values == b.values && a.low == b.low && a.high == b.high);
            assert!(a.states() == b.states());
        }
    }

    #[test]
    fn the_recipe_of_a_run_makes_it_again_bit_for_bit() {
        let mut link = started(planned());
        go(&mut link, 100);
        set(&mut link, "label_noise", "constant");
        go(&mut link, 350);
        set(&mut link, "step_size", "auto");
        set(&mut link, "sgf_substeps", "3");
        set(&mut link, "speed", "1000");
        go(&mut link, 60);
        let recipe = link.recipe_of_run().unwrap();
        let steps: Vec<u64> = recipe.changes.iter().map(|change| change.step).collect();
        assert_eq!((steps, recipe.step), (vec![100, 300, 450, 450], 510));
        let text = recipe.to_toml();
        assert!(!text.contains("\"auto\""), "{text}");

        // Without a thread.
        let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
        let mut history = History::new(experiment.setup().clone());
        let mut session = Session::new(
            experiment,
            SamplingSchedule::LogSpaced,
            recipe.knobs.clone(),
            recipe.changes.clone(),
        );
        session.advance_to(recipe.step, None);
        for sample in session.take_samples() {
            history.push(&sample);
        }
        history.set_latest(&session.experiment().sample());
        assert_same(link.history.as_ref().unwrap(), &history);

        // In another window, which goes to the same step.
        let mut other = started(LABS[0].presets()[0].recipe());
        other.open(Recipe::from_toml(&text).unwrap());
        wait(&mut other, "the step", |link| {
            link.step() == 510
                && link
                    .history
                    .as_ref()
                    .is_some_and(|h| h.step.last() == Some(&510))
        });
        assert_same(other.history.as_ref().unwrap(), &history);
        assert!(!other.playing());
        assert_eq!(other.recipe_of_run().unwrap(), recipe);
        // Its controls show what is in force; what it would start with is what it was opened with.
        assert_eq!(other.recipe.knobs.word("label_noise"), "constant");
        assert_eq!(other.recipe_to_start().knobs, recipe.knobs);
    }

    #[test]
    fn controls_follow_planned_changes_and_a_reset_plays_them_again() {
        let mut link = started(planned());
        go(&mut link, 100);
        // A planned change that is still ahead is not part of the run yet, but of its recipe.
        assert_eq!(link.recipe_of_run().unwrap().changes.len(), 1);
        go(&mut link, 300);
        assert_eq!(link.recipe.knobs.real("step_size"), 0.01);
        set(&mut link, "label_noise", "constant");
        link.reset(false);
        wait(&mut link, "the start", |link| {
            !link.loading && link.step() == 0
        });
        assert_eq!(link.recipe.knobs.real_or_auto("step_size"), None);
        assert_eq!(link.recipe.knobs.word("label_noise"), "constant");
        assert_eq!(link.recipe.changes, planned().changes);
        go(&mut link, 400);
        let history = link.history.as_ref().unwrap();
        assert_eq!(history.shared[0].last(), Some(&0.01));
        // Anything else starts over with the settings in force and without a plan.
        set(&mut link, "alpha", "0.2");
        wait(&mut link, "the restart", |link| {
            !link.loading && link.incoming.is_none()
        });
        assert!(link.recipe.changes.is_empty());
        let history = link.history.as_ref().unwrap();
        assert_eq!(history.shared[0][0], 0.01);
        assert!(link.recipe_of_run().unwrap().changes.is_empty());
    }

    #[test]
    fn a_dragged_slider_never_fills_the_queue() {
        let mut link = Link::new(&Context::default(), LABS[0].presets()[1].recipe()).unwrap();
        for notch in 0..500 {
            let alpha = crate::knobs::Value::Real(0.05 + 1e-4 * f64::from(notch));
            link.recipe.knobs.set("alpha", alpha).unwrap();
            link.take_over_changes();
        }
        assert_eq!(link.problem, None);
        wait(&mut link, "the last position", |link| {
            let alpha = link
                .history
                .as_ref()
                .and_then(|history| history.setup.facts.vectors.get("alpha"));
            alpha.is_some_and(|alpha| (alpha[0] - 0.0999).abs() < 1e-12)
        });
    }
}
