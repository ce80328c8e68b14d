//! The handle that owns the simulation thread.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use super::Worker;
use crate::sim::message::{Command, Event};
use crate::sim::threads;

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

/// Owns the simulation thread; dropping it ends and joins the thread.
pub struct Simulation {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
    /// Why the thread ended, once that is known.
    exit_reason: Option<String>,
}

impl Simulation {
    /// Starts the thread. `wake` is called when there is something to read, at most once a frame.
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
            exit_reason: None,
        })
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
        if let Some(thread) = self.thread.take() {
            // A panic has been reported already, or nobody is left to report it to.
            drop(thread.join());
        }
    }
}
