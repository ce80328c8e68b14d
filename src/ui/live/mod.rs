//! The live run: what the user has asked for ([`Intent`]), what is shown ([`Screen`]), and the
//! simulation and analysis threads between the two.

mod intent;
mod kept;
mod named;
mod screen;
#[cfg(test)]
mod tests;

use std::time::Duration;

use eframe::egui::{Context, ViewportId};
use intent::{Intent, Restart, Update};
use kept::Detached;
pub(super) use kept::Kept;
pub(super) use screen::Shown;
use screen::{Screen, stopped_by_itself};

use super::theory::Theory;
use crate::crash;
use crate::format::count;
use crate::labs::Lab;
use crate::model::watch::Stage;
use crate::recipe::{Recipe, difference};
use crate::sim::message::{Batch, Command, Event, Load, Pause, Phase};
use crate::sim::worker::Unavailable;
use crate::ui::engines::Simulation;

/// How long the next rows are waited for while the clock runs, by what needs no frame of its own: they come at least as
/// often as a window is woken that paints without a graphics card.
pub(super) const ROWS_EXPECTED: Duration = Duration::from_millis(300);

/// See the module.
pub(super) struct LiveRun {
    simulation: Simulation,
    theory: Theory,
    /// The window, to be woken when something arrives.
    pub(super) wake: Context,
    /// What the user has asked for.
    pub(super) intent: Intent,
    /// What is shown.
    pub(super) screen: Screen,
    /// The recipe as it came in.
    opened: Recipe,
    /// The last recipe that could be loaded.
    loaded_last: Option<Recipe>,
    /// What is shown while the simulation has something else.
    detached: Detached,
    /// Whether the last load was given up, so that nothing is on its way.
    given_up: bool,
    /// What went wrong last, until something works again.
    pub(super) problem: Option<String>,
    /// Whether the simulation thread is gone.
    pub(super) thread_gone: bool,
}

impl LiveRun {
    pub(super) fn new(ctx: &Context, recipe: Recipe) -> std::io::Result<Self> {
        let step = recipe.step;
        let opened = recipe.clone();
        let intent = Intent::new(recipe);
        let mut live = Self {
            simulation: spawn(ctx)?,
            theory: Theory::new(ctx),
            wake: ctx.clone(),
            screen: Screen::new(intent.recipe.clone()),
            detached: Detached::default(),
            intent,
            opened,
            loaded_last: None,
            given_up: false,
            problem: None,
            thread_gone: false,
        };
        live.start_over(Restart::at(step));
        Ok(live)
    }

    pub(super) fn lab(&self) -> &'static dyn Lab {
        self.intent.recipe.lab
    }

    /// Whether the clock is meant to run.
    pub(super) fn playing(&self) -> bool {
        self.intent.play
    }

    /// Steps taken, or to be caught up with.
    pub(super) fn step(&self) -> u64 {
        if self.intent.loading || self.screen.is_catching_up() {
            return self.intent.last.catch_up;
        }
        let status = self.screen.status.as_ref();
        status.map_or(0, |status| status.step)
    }

    /// Starts or stops the clock.
    pub(super) fn set_playing(&mut self, play: bool) {
        self.intent.play = play;
        if play {
            self.command(Command::Play);
        } else {
            self.forget_what_then();
            if !self.is_reattaching() {
                self.send(Command::Pause);
            }
        }
    }

    /// Sends a command for the run on the screen, once the simulation has it; `false`, with the problem noted,
    /// if that is impossible.
    fn command(&mut self, command: Command) -> bool {
        if self.detached.source.is_none() && !self.is_reattaching() {
            return self.send(command);
        }
        self.reattach(command)
    }

    /// Loads what was loaded last once more, with the clock running: a load that is under way would stop
    /// it again.
    pub(super) fn play_from_the_start(&mut self) {
        self.start_over(Restart {
            play: true,
            ..self.intent.last
        });
    }

    /// Starts the clock, now or as soon as what is under way is loaded.
    pub(super) fn play_when_loaded(&mut self) {
        if self.is_loading() {
            self.play_from_the_start();
        } else {
            self.set_playing(true);
        }
    }

    /// Whether a recipe is under way to the screen.
    pub(super) fn is_loading(&self) -> bool {
        let is_awaited = self.screen.history.is_none() && !self.given_up;
        self.intent.loading || self.intent.waiting.is_some() || is_awaited
    }

    /// Whether the run on the screen has stopped by itself.
    pub(super) fn has_ended(&self) -> bool {
        !self.is_loading() && !self.playing() && self.screen.is_finished()
    }

    /// The last step of the history on the screen.
    pub(super) fn recorded_step(&self) -> u64 {
        let history = self.screen.history.as_ref();
        let last = history.and_then(|history| history.step.last());
        last.copied().unwrap_or(0)
    }

    /// Goes to a step at full speed and on from there.
    pub(super) fn go_to(&mut self, step: u64) {
        self.start_over(Restart {
            play: true,
            catch_up: step,
            ..Restart::default()
        });
    }

    /// Takes so many steps, then stops.
    pub(super) fn take_steps(&mut self, steps: u64) {
        self.intent.play = false;
        self.command(Command::Step(steps));
    }

    /// Goes on at full speed until everything has converged or diverged, or the recipe ends.
    pub(super) fn run_to_convergence(&mut self) {
        self.intent.play = true;
        self.command(Command::RunToConvergence);
    }

    /// Whether it goes on at full speed until everything has converged.
    pub(super) fn is_converging(&self) -> bool {
        let status = self.screen.status.as_ref();
        status.is_some_and(|status| status.bound.is_some() && status.phase == Phase::Playing)
    }

    /// Replaces the recipe and starts over, paused at the step that the recipe names.
    pub(super) fn open(&mut self, recipe: Recipe) {
        let step = recipe.step;
        self.opened = recipe.clone();
        self.intent.recipe = Recipe { step: 0, ..recipe };
        self.screen.clear();
        self.detached = Detached::default();
        self.problem = None;
        // Whatever is being loaded is wanted no more.
        let load = self.intent.start_over_at_once(Restart::at(step));
        self.load(Some(load));
    }

    /// Gives up what is being loaded; whether anything was.
    pub(super) fn cancel_load(&mut self) -> bool {
        if !self.is_loading() {
            return false;
        }
        self.intent.give_up_load();
        self.given_up = true;
        self.screen.drop_incoming();
        self.detached = Detached::default();
        self.send(Command::Unload);
        true
    }

    /// What the load is at that is under way, in words; `None` where there is none, or one that nobody waits for yet.
    pub(super) fn preparing(&self) -> Option<String> {
        /// Loads are seldom longer.
        const UNNOTICED: Duration = Duration::from_millis(500);
        if !self.intent.loading || self.intent.loading_since.elapsed() < UNNOTICED {
            return None;
        }
        let stage = self.intent.watch.stage();
        let words = stage.map_or_else(
            || "the data".to_owned(),
            |Stage { what, done, of }| format!("{what} {} of {}", count(done), count(of)),
        );
        Some(format!("Preparing {words} …"))
    }

    /// How much of it is done, from 0 to 1, if that is known.
    pub(super) fn prepared_part(&self) -> Option<f64> {
        let stage = self.intent.watch.stage().filter(|_| self.intent.loading)?;
        Some(stage.done as f64 / stage.of.max(1) as f64)
    }

    /// The settings as they are now, at step 0, if they could be loaded; else the last ones that could. `None` if
    /// there never were any.
    pub(super) fn recipe_that_loaded(&self) -> Option<Recipe> {
        let is_loaded = !self.is_loading() && self.screen.history_of(self.intent.epoch).is_some();
        if is_loaded {
            return Some(self.recipe_to_start());
        }
        self.loaded_last.clone()
    }

    /// Starts over with the current recipe from step 0, with the same planned changes.
    pub(super) fn reset(&mut self, play: bool) {
        self.intent.recipe = self.recipe_to_start();
        self.start_over(Restart {
            play,
            ..Restart::default()
        });
    }

    /// The settings as they are now, at step 0.
    pub(super) fn recipe_to_start(&self) -> Recipe {
        let history = self.screen.history_of(self.intent.epoch);
        let marks = history.map(|history| history.marks.as_slice());
        self.intent.recipe_to_start(marks)
    }

    /// The recipe that made the run on the screen; `None` while there is no run.
    pub(super) fn recipe_of_run(&self) -> Option<Recipe> {
        self.screen.recipe_of_run()
    }

    fn start_over(&mut self, restart: Restart) {
        self.detached = Detached::default();
        let load = self.intent.start_over(restart);
        self.load(load);
    }

    fn load(&mut self, load: Option<Load>) {
        if let Some(load) = load {
            self.given_up = false;
            let recipe = self.intent.recipe.clone();
            crash::note(move || recipe.to_toml());
            self.send(Command::Load(load));
        }
    }

    /// Acts on what the controls have changed in the recipe since the simulation was last told.
    pub(super) fn take_over_changes(&mut self) {
        match self.intent.update(self.screen.history.is_some()) {
            Update::None => {}
            Update::Restart => self.restart_changed(),
            Update::Live { speed, settings } => {
                self.send(Command::SetSpeed(speed));
                if !settings.is_empty() && self.command(Command::Retune { settings }) {
                    self.intent.unanswered += 1;
                }
            }
        }
    }

    /// Starts over with other settings, up to where the run is now.
    fn restart_changed(&mut self) {
        let recipe = &mut self.intent.recipe;
        // Planned changes belong to the recipe as it was.
        recipe.changes.clear();
        // A finished run is followed by a finished run, one under way by one at the same step.
        let goal = if self.screen.is_finished() {
            recipe.knobs.length()
        } else {
            self.step()
        };
        self.start_over(Restart {
            play: self.playing(),
            catch_up: goal,
            ..Restart::default()
        });
    }

    fn follow_changes(&mut self, answers: usize) {
        let history = self.screen.history_of(self.intent.epoch);
        let marks = history.map(|history| history.marks.as_slice());
        self.intent.follow_changes(answers, marks);
    }

    /// Sends a command; `false`, with the problem noted, if that is impossible.
    fn send(&mut self, command: Command) -> bool {
        match self.simulation.send(command) {
            Ok(()) => true,
            Err(error) => {
                self.note_failure(&error);
                false
            }
        }
    }

    fn note_failure(&mut self, error: &Unavailable) {
        self.thread_gone |= matches!(error, Unavailable::Stopped(_));
        self.intent.loading = false;
        let report = if self.thread_gone {
            crash::words()
        } else {
            String::new()
        };
        self.problem = Some(format!("{error}{report}"));
        self.intent.play = false;
        if let Some(status) = &mut self.screen.status {
            status.phase = Phase::Paused(Pause::Requested);
        }
    }

    /// Starts a new simulation thread with the same recipe.
    pub(super) fn restart_thread(&mut self) {
        match spawn(&self.wake) {
            Ok(simulation) => {
                self.simulation = simulation;
                self.thread_gone = false;
                self.problem = None;
                self.intent.loading = false;
                self.reset(false);
            }
            Err(error) => self.problem = Some(format!("no new simulation thread: {error}")),
        }
    }

    /// Takes in everything that has arrived, and keeps the theory going if it is to be shown.
    pub(super) fn receive(&mut self, theory: bool) {
        while !self.thread_gone {
            match self.simulation.try_recv() {
                Ok(Some(event)) => self.take_in(event),
                Ok(None) => break,
                Err(error) => self.note_failure(&error),
            }
        }
        self.hurry_load();
        let reattaching = self.screen.is_reattaching();
        if self.screen.show_incoming() && reattaching {
            self.follow_changes(0);
            self.go_on_after_reattaching();
        }
        if theory && !self.screen.is_reattaching() {
            self.update_theory();
        }
    }

    /// Lets a load take the place of one that takes long, and of a simulation that is in the middle of a long step.
    fn hurry_load(&mut self) {
        /// Commands are taken every few milliseconds.
        const STUCK: Duration = Duration::from_secs(1);
        if !self.intent.loading || self.thread_gone {
            return;
        }
        let next = self.intent.take_overdue();
        self.load(next);
        let is_stuck = !self.simulation.has_taken(self.intent.epoch)
            && self.intent.loading_since.elapsed() > STUCK;
        if is_stuck && let Ok(fresh) = spawn(&self.wake) {
            // The other one ends when its step does.
            self.simulation = fresh;
            let load = self.intent.start_over_at_once(self.intent.last);
            self.load(Some(load));
        }
        // How far it has come is shown as it comes.
        self.wake.request_repaint_after(Duration::from_millis(100));
    }

    /// Keeps the theory overlays of the current experiment going, whether it is on the screen or
    /// still catching up.
    fn update_theory(&mut self) {
        let playing = self.screen.is_playing();
        let Intent {
            epoch,
            recipe,
            told,
            ..
        } = &self.intent;
        if let Some(history) = self.screen.history_of_mut(*epoch) {
            self.theory
                .update(*epoch, recipe.lab, told, history, playing);
        }
    }

    /// Starts the thread of the theory anew.
    pub(super) fn restart_theory(&mut self) {
        self.theory = Theory::new(&self.wake);
    }

    /// Why there are no theory overlays, if their thread is gone.
    pub(super) fn theory_problem(&self) -> Option<&str> {
        self.theory.problem.as_deref()
    }

    fn take_in(&mut self, event: Event) {
        if !matches!(&event, Event::Batch(batch) if batch.status.phase == Phase::Playing) {
            self.wake.request_repaint();
        }
        match event {
            Event::Loaded { epoch, setup } if epoch == self.intent.epoch => {
                self.problem = None;
                let recipe = self.intent.loaded.clone();
                self.loaded_last = Some(recipe.clone());
                let Restart {
                    catch_up, unseen, ..
                } = self.intent.last;
                self.screen.begin(setup, epoch, recipe, catch_up, unseen);
                let next = self.intent.answered();
                self.load(next);
            }
            Event::Rejected { epoch, reason } if epoch == self.intent.epoch => {
                self.problem = Some(self.refusal(reason));
                if self.intent.loading {
                    if !self.intent.last.unseen {
                        self.screen.drop_incoming();
                    }
                    let next = self.intent.answered();
                    self.load(next);
                } else {
                    self.follow_changes(1);
                }
            }
            Event::Batch(batch) if batch.epoch == self.intent.epoch => self.take_batch(batch),
            Event::Loaded { .. } | Event::Rejected { .. } | Event::Batch(_) => {}
        }
    }

    /// Why settings were not taken, and what the plots show then.
    fn refusal(&self, reason: String) -> String {
        if !self.intent.loading || self.screen.history.is_none() {
            return reason;
        }
        let reason = reason.trim_end_matches('.');
        let shown = self.screen.recipe_so_far();
        let has = shown.map(|shown| difference::values_in_words(&shown, &self.intent.recipe));
        match has.filter(|has| !has.is_empty()) {
            Some(has) => format!("{reason}. The plots show the run before it, with {has}"),
            None => format!("{reason}. The plots show the run before it"),
        }
    }

    fn take_batch(&mut self, batch: Batch) {
        let phase = batch.status.phase;
        let has_marks = !batch.marks.is_empty();
        let by_hand = batch.marks.iter().filter(|mark| !mark.planned).count();
        self.screen.add(batch);
        // Those of a run on its way to where it stands already have been followed once.
        if has_marks && !self.screen.is_reattaching() {
            self.follow_changes(by_hand);
        }
        let stopped = stopped_by_itself(phase);
        if stopped && !self.screen.is_catching_up() && !self.intent.loading {
            self.intent.play = false;
        }
    }
}

impl Drop for LiveRun {
    fn drop(&mut self) {
        // Before the simulation, which would be waited for otherwise.
        self.intent.watch.give_up();
    }
}

fn spawn(ctx: &Context) -> std::io::Result<Simulation> {
    /// Without a delay the toolkit paints a second time, which shows nothing new while the clock runs: what else arrives
    /// asks for that itself.
    const ONCE: Duration = Duration::from_millis(1);
    let ctx = ctx.clone();
    Simulation::spawn(move || ctx.request_repaint_after_for(ONCE, ViewportId::ROOT))
}
