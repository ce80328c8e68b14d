//! The simulation thread and the handle that owns it.
//!
//! Commands come in over `bounded(64)`: more than a person produces between two slices of 4 ms, so
//! a full queue means that the thread hangs, and the handle says so. Events go out over `bounded(8)`.
//! A batch goes out only when the channel is empty and grows while the last one waits, so the
//! thread never blocks on its reader and no sample is lost; loads and rejections wait in an outbox, and
//! the answer to a live change waits for nothing but room.
//! Only states (not scalars) beyond `UNSENT_BUDGET` are thinned while nobody reads.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded};
use rayon::ThreadPool;

use crate::sim::experiment::RunStatus;
use crate::sim::message::{Batch, Command, Epoch, Event, Load, Pause, Phase, Speed, Status};
use crate::sim::schedule::Schedule;
use crate::sim::session::Session;
use crate::sim::threads;

/// How long the thread computes before it looks at its commands again.
const SLICE: Duration = Duration::from_millis(4);

/// How often the reader is woken at most: a frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);

/// A reader whose frames take longer is busy: a frame at 60 Hz, and two slices by which a look at it is late.
const BUSY: Duration = Duration::from_millis(24);

/// How often a busy reader is woken: once in the time of so many of its frames.
const RESTS: u32 = 5;

/// What is left of that time from one waking to the next, until its frames are timed again.
const PATIENCE: f64 = 0.95;

/// So many cores the runs, the analysis and painting have to share.
const FEW_CORES: usize = 3;

/// The longest time between two wakings of a reader that is busy.
const SLOWEST: Duration = Duration::from_millis(250);

/// Numbers of state kept for a reader that does not come, 16 million: 128 MB. A hidden window may
/// read nothing for hours.
const UNSENT_BUDGET: usize = 16_000_000;

/// Why the simulation cannot take a command or give an event any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dead {
    /// The thread ended, with its last words.
    #[error("the simulation thread stopped: {0}")]
    Stopped(String),
    /// The thread does not read its commands.
    #[error("the simulation does not react")]
    Hangs,
}

/// Owns the simulation thread; dropping it ends and joins the thread.
pub struct Simulation {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
    /// Why the thread ended, once that is known.
    obituary: Option<String>,
}

impl Simulation {
    /// Starts the thread. `wake` is called, at most once a frame, when there is news to read.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (command_sender, command_receiver) = bounded(64);
        let (event_sender, event_receiver) = bounded(8);
        let thread = std::thread::Builder::new()
            .name("simulation".to_owned())
            .spawn(move || {
                Worker::new(command_receiver, event_sender, wake).run();
            })?;
        Ok(Self {
            commands: Some(command_sender),
            events: event_receiver,
            thread: Some(thread),
            obituary: None,
        })
    }

    /// Sends a command.
    pub fn send(&mut self, command: Command) -> Result<(), Dead> {
        let Some(commands) = &self.commands else {
            return Err(self.last_words());
        };
        match commands.try_send(command) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Dead::Hangs),
            Err(TrySendError::Disconnected(_)) => Err(self.last_words()),
        }
    }

    /// The next event, if there is one.
    pub fn try_recv(&mut self) -> Result<Option<Event>, Dead> {
        match self.events.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(self.last_words()),
        }
    }

    fn last_words(&mut self) -> Dead {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            self.obituary = Some(match thread.join() {
                Err(panic) => panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                    .unwrap_or_else(|| "it panicked without a message".to_owned()),
                Ok(()) => "it has ended".to_owned(),
            });
        }
        Dead::Stopped(self.obituary.clone().unwrap_or_default())
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panicking simulation has already been reported, or nobody is left to tell.
            drop(thread.join());
        }
    }
}

/// A loaded experiment with its clock.
struct Loaded {
    epoch: Epoch,
    session: Session,
    phase: Phase,
    /// Up to here at full speed, whatever the pace.
    catch_up: u64,
    /// Whether convergence does not count before that.
    through: bool,
    /// Where the clock stops by itself.
    end: u64,
    /// Full speed until convergence.
    to_convergence: bool,
    /// Pause once this step is reached, for single steps.
    stop_at: Option<u64>,
    /// Where and when the current pace began.
    pace_from: (u64, Instant),
    /// The status last sent, to tell news from repetition.
    told: Option<(Phase, u64)>,
}

struct Worker<W> {
    commands: Receiver<Command>,
    events: Sender<Event>,
    wake: W,
    outbox: VecDeque<Event>,
    loaded: Option<Loaded>,
    /// The cores that neither the window nor the analysis needs.
    pool: Option<Arc<ThreadPool>>,
    /// Whether the runs, the analysis and painting have to share their cores. Asking takes files to be read.
    few_cores: bool,
    speed: Speed,
    last_wake: Option<Instant>,
    /// How often the reader is woken.
    interval: Duration,
    /// When the batch was sent that has not been seen to be taken.
    sent: Option<Instant>,
    /// When the last one was seen to be taken, which is when a frame begins.
    taken: Option<Instant>,
    /// (when, step) at the ends of the window over which the speed is measured.
    speedometer: VecDeque<(Instant, u64)>,
}

impl<W: Fn()> Worker<W> {
    fn new(commands: Receiver<Command>, events: Sender<Event>, wake: W) -> Self {
        Self {
            commands,
            events,
            wake,
            outbox: VecDeque::new(),
            pool: threads::pool(2),
            few_cores: threads::count(0) <= FEW_CORES,
            loaded: None,
            speed: Speed::Max,
            last_wake: None,
            interval: FRAME,
            sent: None,
            taken: None,
            speedometer: VecDeque::new(),
        }
    }

    /// Until the handle is dropped.
    fn run(mut self) {
        loop {
            if !self.obey() {
                return;
            }
            self.work();
            self.report();
        }
    }

    /// Waits for and carries out commands; `false` once there is no one left to obey.
    fn obey(&mut self) -> bool {
        let mut load: Option<Load> = None;
        let mut first = match self.patience() {
            Some(Duration::ZERO) => None,
            Some(patience) => match self.commands.recv_timeout(patience) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return false,
            },
            None => match self.commands.recv() {
                Ok(command) => Some(command),
                Err(_disconnected) => return false,
            },
        };
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
                // for it, so a pending one is carried out before anything else.
                Command::Load(newer) => load = Some(newer),
                other => {
                    if let Some(load) = load.take() {
                        self.load(load);
                    }
                    self.carry_out(other);
                }
            }
        }
        if let Some(load) = load {
            self.load(load);
        }
        true
    }

    /// How long to wait for a command: not at all while computing, for ever while paused.
    fn patience(&self) -> Option<Duration> {
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
            && loaded.told == Some((loaded.phase, loaded.session.step()));
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
            .min(loaded.end)
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

    fn load(&mut self, load: Load) {
        // News of older experiments would only be thrown away by the reader.
        self.outbox.clear();
        self.speedometer.clear();
        self.speed = load.speed;
        let epoch = load.epoch;
        match (load.build)() {
            Ok(mut experiment) => {
                if let Some(pool) = &self.pool {
                    experiment.use_threads(pool.clone());
                }
                self.outbox.push_back(Event::Loaded {
                    epoch,
                    setup: experiment.setup().clone(),
                });
                let mut session =
                    Session::new(experiment, Schedule::LogSpaced, load.knobs, load.changes);
                session.stop_when_converged(!load.through);
                let end = if load.through {
                    load.end.max(load.catch_up)
                } else {
                    load.end
                };
                let phase = if load.play {
                    Phase::Playing
                } else {
                    Phase::Paused(Pause::Asked)
                };
                let mut loaded = Loaded {
                    epoch,
                    session,
                    phase,
                    catch_up: load.catch_up.min(end),
                    through: load.through,
                    end,
                    to_convergence: false,
                    stop_at: None,
                    pace_from: (0, Instant::now()),
                    told: None,
                };
                if !load.play && loaded.catch_up > 0 {
                    loaded.stop_at = Some(loaded.catch_up);
                    loaded.phase = Phase::Playing;
                }
                self.loaded = Some(loaded);
            }
            Err(reason) => {
                self.loaded = None;
                self.outbox.push_back(Event::Rejected { epoch, reason });
            }
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
            Command::Load(_) => {}
            Command::SetSpeed(_) => loaded.pace_from = (loaded.session.step(), Instant::now()),
            // A clock that stands keeps its reason to: it decides what `Play` means.
            Command::Pause if loaded.phase != Phase::Playing => {}
            Command::Pause => {
                loaded.phase = Phase::Paused(Pause::Asked);
                loaded.stop_at = None;
                loaded.catch_up = 0;
                loaded.heed_convergence();
                loaded.to_convergence = false;
            }
            Command::Play => loaded.go_on(None),
            Command::Step(steps) => loaded.go_on(Some(steps)),
            Command::RunToConvergence => {
                loaded.go_on(None);
                loaded.session.stop_when_converged(true);
                loaded.to_convergence = true;
                loaded.end = u64::MAX;
            }
            Command::Retune { settings } => {
                if let Err(error) = loaded.session.retune(settings) {
                    let event = Event::Rejected {
                        epoch: loaded.epoch,
                        reason: error.to_string(),
                    };
                    self.outbox.push_back(event);
                }
                loaded.told = None;
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
        loaded.session.advance_to(due, Some(Instant::now() + SLICE));
        loaded.session.thin_states(UNSENT_BUDGET);
        loaded.check_end();
        let now = (Instant::now(), loaded.session.step());
        if loaded.session.step() <= loaded.catch_up {
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

    /// Where a reader paints without a graphics card, its frames are long and take the processor from the
    /// runs, unless there are some to spare: so it is left alone for some of them.
    fn watch_reader(&mut self) {
        let flat_out = self.loaded.as_ref().is_some_and(|loaded| {
            loaded.phase == Phase::Playing && (self.speed == Speed::Max || loaded.to_convergence)
        });
        if !flat_out || !self.few_cores {
            self.interval = FRAME;
            self.sent = None;
            self.taken = None;
        }
        if !self.events.is_empty() {
            return;
        }
        let Some(sent) = self.sent.take() else { return };
        let begun = self.taken.replace(Instant::now());
        self.interval = self.interval.mul_f64(PATIENCE).max(FRAME);
        // What had to wait came in the middle of a frame, and was taken as the next one began.
        let waited = sent.elapsed() > 2 * SLICE;
        let frame = begun.map(|begun| begun.elapsed()).filter(|_| waited);
        if let Some(frame) = frame.filter(|frame| *frame > BUSY) {
            self.interval = self.interval.max((RESTS * frame).min(SLOWEST));
        }
    }

    /// Sends what there is to send, if the reader has taken the last batch.
    fn report(&mut self) {
        self.watch_reader();
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
        let news = loaded.told != Some((loaded.phase, step)) || loaded.session.has_samples();
        let early = loaded.phase == Phase::Playing
            && self
                .last_wake
                .is_some_and(|last| last.elapsed() < self.interval);
        // An answer to a hand on a control is not to wait for the frame after the next one.
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
            },
        };
        loaded.told = Some((loaded.phase, step));
        // Without a reader there is no one to lose it.
        drop(self.events.try_send(Event::Batch(batch)));
        self.sent = Some(Instant::now());
        self.wake_now();
    }

    fn wake_now(&mut self) {
        self.last_wake = Some(Instant::now());
        (self.wake)();
    }
}

impl Loaded {
    /// Starts the clock, for `steps` steps or until something stops it.
    fn go_on(&mut self, steps: Option<u64>) {
        if self.phase == Phase::Paused(Pause::AllDiverged) {
            return;
        }
        let step = self.session.step();
        self.heed_convergence();
        if self.phase != Phase::Playing {
            if self.phase == Phase::Paused(Pause::Converged) {
                self.session.stop_when_converged(false);
            }
            if step >= self.end {
                self.end = u64::MAX;
            }
            self.pace_from = (step, Instant::now());
        }
        self.stop_at = steps.map(|steps| step.saturating_add(steps));
        // Steps asked for by hand are taken at once, whatever the pace.
        self.catch_up = self.stop_at.unwrap_or(0);
        self.phase = Phase::Playing;
    }

    /// From here on convergence counts, if it did not on the way here.
    fn heed_convergence(&mut self) {
        if std::mem::take(&mut self.through) {
            self.session.stop_when_converged(true);
        }
    }

    /// Stops the clock where it has to stop.
    fn check_end(&mut self) {
        let status = self.session.status();
        let step = self.session.step();
        let arrived = self.through && step >= self.catch_up;
        if arrived {
            self.heed_convergence();
        }
        let diverged = |status: &RunStatus| matches!(status, RunStatus::Diverged { .. });
        let pause = if !status.is_empty() && status.iter().all(diverged) {
            Pause::AllDiverged
        } else if !arrived && self.stop_at.is_some_and(|stop| step >= stop) {
            Pause::Asked
        } else if self.session.stopped_converged() {
            Pause::Converged
        } else if step >= self.end {
            Pause::ReachedEnd
        } else if arrived && self.stop_at.is_some() {
            Pause::Asked
        } else {
            return;
        };
        self.phase = Phase::Paused(pause);
        self.stop_at = None;
        self.to_convergence = false;
    }
}
