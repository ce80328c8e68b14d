//! The simulation thread and the handle that owns it.
//!
//! Commands come in over `bounded(64)`: more than a person produces between two slices of 4 ms, so
//! a full queue means that the thread hangs, and the handle says so. Events go out over `bounded(8)`.
//! A batch goes out only when the channel is empty and grows while the last one waits, so the
//! thread never blocks on its reader and no sample is lost; loads and rejections wait in an outbox, and
//! the answer to a live change is sent as soon as there is room.
//! Experiments are made on threads of their own, whose results are awaited along with the commands; what is to be
//! done with an experiment that is not made yet waits with it, and a newer load takes its place.
//! Where there are no threads a host calls an [`Engine`] turn by turn, which does the same.
//! While nobody reads, states beyond `UNSENT_BUDGET` are thinned; scalars never are.

mod engine;
mod handle;
mod loaded;
mod pending;
#[cfg(test)]
mod protocol;
mod wake;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvError, Sender, TryRecvError, after, never, select};
use rayon::ThreadPool;
use web_time::Instant;

use crate::sim::message::{Batch, Command, Event, Load, Pause, Phase, Speed, Status};
use crate::sim::threads;
pub use engine::Engine;
pub use handle::{Simulation, Unavailable};
use loaded::Loaded;
use pending::{Made, Pending};
use wake::{FRAME, WakeTimer};

/// How long the thread computes before it reads its commands again.
const SLICE: Duration = Duration::from_millis(4);

/// Numbers of state kept for a reader that reads nothing, as a hidden window may for hours: 16 million, 128 MB.
const UNSENT_BUDGET: usize = 16_000_000;

struct Worker<W> {
    commands: Receiver<Command>,
    events: Sender<Event>,
    wake: W,
    /// The last load that was taken.
    taken: Arc<AtomicU64>,
    outbox: VecDeque<Event>,
    loaded: Option<Loaded>,
    /// What is to take its place.
    pending: Option<Pending>,
    /// Whether experiments are made between two turns, for want of threads.
    makes_here: bool,
    /// The cores that neither the window nor the analysis needs.
    pool: Option<Arc<ThreadPool>>,
    speed: Speed,
    wake_timer: WakeTimer,
    /// (when, step) at the ends of the window over which the speed is measured.
    speedometer: VecDeque<(Instant, u64)>,
}

impl<W: Fn()> Worker<W> {
    fn new(
        commands: Receiver<Command>,
        events: Sender<Event>,
        wake: W,
        taken: Arc<AtomicU64>,
    ) -> Self {
        Self {
            commands,
            events,
            wake,
            taken,
            outbox: VecDeque::new(),
            makes_here: false,
            pool: threads::pool(2),
            loaded: None,
            pending: None,
            speed: Speed::Max,
            wake_timer: WakeTimer::new(),
            speedometer: VecDeque::new(),
        }
    }

    /// Runs until the handle is dropped.
    fn run(mut self) {
        while self.receive_commands() {
            self.work();
            self.report();
        }
    }

    /// Waits for what there is to do, and carries out what was commanded; `false` once the handle is dropped.
    fn receive_commands(&mut self) -> bool {
        match self.wait() {
            Ok(first) => self.take_commands(first),
            Err(_disconnected) => false,
        }
    }

    /// Waits for a command, or for an experiment that is being made; an error once the handle is dropped.
    fn wait(&mut self) -> Result<Option<Command>, RecvError> {
        if self.wait_timeout() == Some(Duration::ZERO) {
            return Ok(None);
        }
        let timeout = self.wait_timeout().map_or_else(never, after);
        let made = self.pending.as_ref().map(|pending| &pending.made);
        let never_made = never();
        select! {
            recv(self.commands) -> command => return command.map(Some),
            recv(made.unwrap_or(&never_made)) -> made => self.take_over(made.ok()),
            recv(timeout) -> _ => {}
        }
        Ok(None)
    }

    /// Carries out the commands that have come; `false` once the handle is dropped.
    fn take_commands(&mut self, mut first: Option<Command>) -> bool {
        let mut load: Option<Load> = None;
        loop {
            let command = match first.take() {
                Some(command) => command,
                None => match self.commands.try_recv() {
                    Ok(command) => command,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return false,
                },
            };
            match command {
                // A dragged slider sends many; only the last counts. What follows a load is meant
                // for it, so a pending one is begun before anything else.
                Command::Load(newer) => load = Some(newer),
                other => {
                    if let Some(load) = load.take() {
                        self.load(load);
                    }
                    self.carry_out_or_keep(other);
                }
            }
        }
        if let Some(load) = load {
            self.load(load);
        }
        true
    }

    /// How long to wait for a command: not at all while computing, without a limit while paused.
    fn wait_timeout(&self) -> Option<Duration> {
        let unsent = !self.outbox.is_empty();
        let Some(loaded) = &self.loaded else {
            return unsent.then_some(FRAME);
        };
        if loaded.phase == Phase::Playing {
            return Some(match self.due(loaded) {
                due if due > loaded.session.step() => Duration::ZERO,
                _ => self.until_next_step(loaded).min(FRAME),
            });
        }
        let silent = !loaded.session.has_samples()
            && loaded.reported == Some((loaded.phase, loaded.session.step()));
        (unsent || !silent).then_some(FRAME)
    }

    /// The step that should have been reached by now.
    fn due(&self, loaded: &Loaded) -> u64 {
        let paced = match self.speed {
            _ if loaded.to_convergence => u64::MAX,
            Speed::Max => u64::MAX,
            Speed::StepsPerSecond(rate) => {
                let (from, since) = loaded.pace_from;
                from.saturating_add((rate * since.elapsed().as_secs_f64()) as u64)
            }
        };
        paced
            .max(loaded.catch_up)
            .min(loaded.stop_at.unwrap_or(u64::MAX))
            .min(loaded.bound())
    }

    fn until_next_step(&self, loaded: &Loaded) -> Duration {
        let Speed::StepsPerSecond(rate) = self.speed else {
            return Duration::ZERO;
        };
        let (from, since) = loaded.pace_from;
        let steps = (loaded.session.step() + 1).saturating_sub(from) as f64;
        let at = Duration::try_from_secs_f64(steps / rate).unwrap_or(Duration::MAX);
        at.saturating_sub(since.elapsed())
    }

    /// Begins to make an experiment. The one that there is stops at once.
    fn load(&mut self, load: Load) {
        // The reader ignores events of older experiments.
        self.outbox.clear();
        self.speedometer.clear();
        self.loaded = None;
        self.pending = None;
        self.speed = load.speed;
        let epoch = load.epoch;
        self.taken.store(epoch, Ordering::Relaxed);
        match Pending::begin(load, self.makes_here) {
            Ok(pending) => self.pending = Some(pending),
            Err(reason) => self.outbox.push_back(Event::Rejected { epoch, reason }),
        }
    }

    /// Goes on with an experiment that has been made; `None` if its thread has ended without one.
    fn take_over(&mut self, made: Option<Made>) {
        let Some(mut pending) = self.pending.take() else {
            return;
        };
        let epoch = pending.load.epoch;
        let made = made.unwrap_or_else(|| pending.why_not());
        match made {
            Ok(experiment) => {
                let mut loaded = Loaded::new(experiment, pending.load, self.pool.as_ref());
                let setup = loaded.session.experiment().setup().clone();
                self.outbox.push_back(Event::Loaded { epoch, setup });
                self.loaded = Some(loaded);
                for command in pending.then {
                    self.carry_out(command);
                }
            }
            Err(reason) => self.outbox.push_back(Event::Rejected { epoch, reason }),
        }
    }

    /// Carries out a command, or keeps it for the experiment that it is meant for.
    fn carry_out_or_keep(&mut self, command: Command) {
        match (&mut self.pending, command) {
            (_, Command::Unload) => {
                self.pending = None;
                self.loaded = None;
                self.outbox.clear();
            }
            (Some(pending), command) => pending.keep(command),
            (None, command) => self.carry_out(command),
        }
    }

    fn carry_out(&mut self, command: Command) {
        if let Command::SetSpeed(speed) = command {
            self.speed = speed;
        }
        let Some(loaded) = &mut self.loaded else {
            return;
        };
        match command {
            Command::Load(_) | Command::Unload => {}
            Command::SetSpeed(_) => loaded.pace_from = (loaded.session.step(), Instant::now()),
            // A paused clock keeps the reason of its pause: it decides what `Play` means.
            Command::Pause if loaded.phase != Phase::Playing => {}
            Command::Pause => {
                loaded.phase = Phase::Paused(Pause::Requested);
                loaded.stop_at = None;
                loaded.catch_up = 0;
                loaded.restore_convergence_stop();
                loaded.to_convergence = false;
                loaded.further = None;
            }
            Command::Play => loaded.play(None),
            Command::Step(steps) => loaded.play(Some(steps)),
            Command::RunToConvergence => {
                loaded.play(None);
                loaded.session.stop_when_converged(true);
                loaded.go_on_to_convergence();
            }
            Command::Retune { settings } => {
                if let Err(error) = loaded.session.retune(settings) {
                    let event = Event::Rejected {
                        epoch: loaded.epoch,
                        reason: error.to_string(),
                    };
                    self.outbox.push_back(event);
                }
                loaded.reported = None;
            }
        }
    }

    /// Computes for one slice.
    fn work(&mut self) {
        let Some(loaded) = &self.loaded else { return };
        if loaded.phase != Phase::Playing {
            // A speed across a pause would be too low.
            self.speedometer.clear();
            return;
        }
        let due = self.due(loaded);
        let Some(loaded) = &mut self.loaded else {
            return;
        };
        let catches_up = loaded.session.step() < loaded.catch_up;
        loaded.session.advance_to(due, Some(Instant::now() + SLICE));
        loaded.session.thin_states(UNSENT_BUDGET);
        loaded.check_end();
        let now = (Instant::now(), loaded.session.step());
        // Not where there is nothing to catch up with: a slow clock would never come to its first step.
        if catches_up {
            loaded.pace_from = (now.1, now.0);
        }
        self.speedometer.push_back(now);
        while self.speedometer.len() > 2
            && now.0 - self.speedometer[1].0 > Duration::from_millis(500)
        {
            self.speedometer.pop_front();
        }
    }

    fn steps_per_second(&self) -> f64 {
        match (self.speedometer.front(), self.speedometer.back()) {
            (Some((start, from)), Some((end, to))) if end > start => {
                to.saturating_sub(*from) as f64 / (*end - *start).as_secs_f64()
            }
            _ => 0.0,
        }
    }

    /// Sends what there is to send, if the reader has taken the last batch.
    fn report(&mut self) {
        let full_speed = self.loaded.as_ref().is_some_and(|loaded| {
            loaded.phase == Phase::Playing && (self.speed == Speed::Max || loaded.to_convergence)
        });
        self.wake_timer.note_pace(full_speed);
        if self.events.is_empty() {
            self.wake_timer.note_taken();
        }
        while let Some(event) = self.outbox.pop_front() {
            if let Err(error) = self.events.try_send(event) {
                self.outbox.push_front(error.into_inner());
                break;
            }
            self.wake_now();
        }
        let rate = self.steps_per_second();
        let Some(loaded) = &mut self.loaded else {
            return;
        };
        let step = loaded.session.step();
        let news = loaded.reported != Some((loaded.phase, step)) || loaded.session.has_samples();
        let early = loaded.phase == Phase::Playing && self.wake_timer.is_early();
        // The answer to a live change must not wait for the frame after the next one.
        let is_answer = loaded.session.has_marks();
        let may_go = if is_answer {
            !self.events.is_full()
        } else {
            !early && self.events.is_empty()
        };
        if !(news || is_answer) || !may_go || !self.outbox.is_empty() {
            return;
        }
        let samples = loaded.session.take_samples();
        let latest = match samples.last() {
            Some(sample) if sample.step == step => None,
            _ => Some(loaded.session.experiment().sample()),
        };
        let batch = Batch {
            epoch: loaded.epoch,
            samples,
            latest,
            marks: loaded.session.take_marks(),
            status: Status {
                phase: loaded.phase,
                step,
                steps_per_second: if loaded.phase == Phase::Playing {
                    rate
                } else {
                    0.0
                },
                runs: loaded.session.status(),
                bound: loaded.to_convergence.then(|| loaded.bound()),
            },
        };
        loaded.reported = Some((loaded.phase, step));
        // A failure means that the handle is being dropped.
        drop(self.events.try_send(Event::Batch(batch)));
        self.wake_timer.note_batch();
        self.wake_now();
    }

    fn wake_now(&mut self) {
        self.wake_timer.note_wake();
        (self.wake)();
    }
}
