//! The window's end of the simulation: the recipe as the user sees it, the history received so
//! far, and one load under way at a time.

use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportId};

use super::theory::Theory;
use crate::knobs::Knobs;
use crate::labs::Lab;
use crate::recipe::Recipe;
use crate::sim::experiment::Experiment;
use crate::sim::history::History;
use crate::sim::message::{Batch, Command, Epoch, Event, Load, Pause, Phase, Speed, Status};
use crate::sim::worker::{Dead, Simulation};

/// How long the old picture stays while a changed experiment catches up with it.
const PATIENCE: Duration = Duration::from_millis(400);

/// See the module.
pub(super) struct Link {
    simulation: Simulation,
    theory: Theory,
    /// The window, to be woken when something arrives.
    pub(super) wake: Context,
    /// What the user has asked for.
    pub(super) recipe: Recipe,
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
}

impl Link {
    pub(super) fn new(ctx: &Context, recipe: Recipe) -> std::io::Result<Self> {
        let mut link = Self {
            simulation: spawn(ctx)?,
            theory: Theory::new(ctx),
            wake: ctx.clone(),
            told: recipe.knobs.clone(),
            recipe,
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
        link.restart(false, 0);
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

    /// Replaces the recipe and starts over, paused.
    pub(super) fn open(&mut self, recipe: Recipe) {
        self.recipe = recipe;
        self.history = None;
        self.restart(false, 0);
    }

    /// Starts over with the current recipe.
    pub(super) fn restart(&mut self, play: bool, catch_up: u64) {
        let restart = Restart { play, catch_up };
        self.meant_to_play = play;
        if self.loading {
            self.waiting = Some(restart);
        } else {
            self.load(restart);
        }
    }

    fn load(&mut self, restart: Restart) {
        let Restart { play, catch_up } = restart;
        self.last = restart;
        self.epoch += 1;
        self.told = self.recipe.knobs.clone();
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
            changes: self.recipe.planned_changes(),
            end: self.recipe.knobs.count("steps"),
            catch_up,
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
        let pace_only = changed.iter().all(|(knob, _)| knob.key == "speed");
        let words: Vec<_> = changed
            .iter()
            .filter(|(knob, _)| knob.key != "speed")
            .map(|(knob, value)| format!("{} = {value}", knob.label))
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
        if !pace_only {
            self.send(Command::Retune {
                knobs: Box::new(self.recipe.knobs.clone()),
                text: words.join(", "),
            });
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

    fn note_death(&mut self, error: &Dead) {
        self.dead |= matches!(error, Dead::Stopped(_));
        self.loading = false;
        self.problem = Some(error.to_string());
        self.meant_to_play = false;
        if let Some(status) = &mut self.status {
            status.phase = Phase::Paused(Pause::Asked);
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
                self.restart(false, 0);
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
            Some(incoming) => Some(&mut incoming.history),
            None if self.shown == self.epoch => self.history.as_mut(),
            None => None,
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
                        history,
                        goal,
                        since: Instant::now(),
                        caught_up: false,
                    });
                } else {
                    self.show(history);
                }
                self.load_waiting();
            }
            Event::Rejected { epoch, reason } if epoch == self.epoch => {
                self.problem = Some(reason);
                if std::mem::take(&mut self.loading) {
                    self.incoming = None;
                    self.status = None;
                    self.load_waiting();
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
            for mark in batch.marks {
                history.mark(mark);
            }
            history.status.clone_from(&batch.status.runs);
        }
        let caught_up = self.incoming.is_none() && !self.loading;
        if caught_up && matches!(batch.status.phase, Phase::Paused(_)) {
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
            self.show(incoming.history);
        }
    }

    fn show(&mut self, history: History) {
        self.history = Some(history);
        self.shown = self.epoch;
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
    use crate::recipe::PRESETS;

    fn wait(link: &mut Link, what: &str, condition: impl Fn(&Link) -> bool) {
        let start = Instant::now();
        while !condition(link) {
            assert!(start.elapsed() < Duration::from_secs(30), "{what}");
            std::thread::sleep(Duration::from_millis(2));
            link.receive(true);
        }
    }

    #[test]
    fn a_dead_simulation_is_reported_and_revived_with_the_recipe() {
        let mut link = Link::new(&Context::default(), PRESETS[1].recipe()).unwrap();
        wait(&mut link, "loading", |link| link.history.is_some());
        let fatal = Load {
            epoch: link.epoch + 1,
            build: Box::new(|| panic!("out of luck")),
            changes: Vec::new(),
            end: 1,
            catch_up: 0,
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
        assert_eq!(link.recipe, PRESETS[1].recipe());
        assert_eq!(
            link.generation, 2,
            "one history before the accident, one after"
        );
    }

    #[test]
    fn a_dragged_slider_never_fills_the_queue() {
        let mut link = Link::new(&Context::default(), PRESETS[1].recipe()).unwrap();
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
