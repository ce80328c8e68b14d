//! The handle that owns the simulation thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
use web_time::Instant;

use super::Worker;
use crate::sim::message::{Command, Epoch, Event};
use crate::sim::threads;

/// Commands that wait at most.
pub(super) const COMMANDS: usize = 64;

/// Events that wait at most.
pub(super) const EVENTS: usize = 8;

/// Why the simulation cannot take a command or give an event any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The thread ended, for this reason.
    #[error("the simulation thread stopped: {0}")]
    Stopped(String),
    /// The thread does not read its commands.
    #[error("the simulation does not react")]
    Hangs,
}

/// How long a handle that is dropped waits for its thread: many times as long as it computes at a stretch, but for
/// steps that take as long themselves.
const WAIT_TIMEOUT: Duration = Duration::from_millis(300);

/// Owns the simulation thread; dropping it ends the thread, and waits for its end, though not for long: there is
/// nothing that it could leave half done.
pub struct Simulation {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
    /// The last load that the thread has taken.
    taken: Arc<AtomicU64>,
    /// Why the thread ended, once that is known.
    exit_reason: Option<String>,
}

impl Simulation {
    /// Starts the thread. `wake` is called when there is something to read, at most once a frame.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (command_sender, command_receiver) = bounded(COMMANDS);
        let (event_sender, event_receiver) = bounded(EVENTS);
        let taken = Arc::new(AtomicU64::new(0));
        let noted = taken.clone();
        let thread = std::thread::Builder::new()
            .name("simulation".to_owned())
            .spawn(move || {
                Worker::new(command_receiver, event_sender, wake, noted).run();
            })?;
        Ok(Self {
            commands: Some(command_sender),
            events: event_receiver,
            thread: Some(thread),
            taken,
            exit_reason: None,
        })
    }

    /// Whether the thread has taken a load, or a newer one. It takes commands every few milliseconds, unless a single
    /// step takes longer.
    pub fn has_taken(&self, epoch: Epoch) -> bool {
        self.taken.load(Ordering::Relaxed) >= epoch
    }

    /// Sends a command.
    pub fn send(&mut self, command: Command) -> Result<(), Unavailable> {
        let Some(commands) = &self.commands else {
            return Err(self.stopped());
        };
        match commands.try_send(command) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Unavailable::Hangs),
            Err(TrySendError::Disconnected(_)) => Err(self.stopped()),
        }
    }

    /// The next event, if there is one.
    pub fn try_recv(&mut self) -> Result<Option<Event>, Unavailable> {
        match self.events.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(self.stopped()),
        }
    }

    /// The error that says why the thread ended; waits for its end.
    fn stopped(&mut self) -> Unavailable {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            self.exit_reason = Some(threads::exit_reason(Some(thread)));
        }
        Unavailable::Stopped(self.exit_reason.clone().unwrap_or_default())
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.commands = None;
        let Some(thread) = self.thread.take() else {
            return;
        };
        let asked = Instant::now();
        while !thread.is_finished() && asked.elapsed() < WAIT_TIMEOUT {
            std::thread::sleep(Duration::from_millis(1));
        }
        if thread.is_finished() {
            // A panic has been reported already, or nobody is left to report it to.
            drop(thread.join());
        }
    }
}
