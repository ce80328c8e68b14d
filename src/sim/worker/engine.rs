//! The simulation without a thread of its own: whoever owns it calls it turn by turn, as a browser's worker does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::handle::{COMMANDS, EVENTS};
use super::{Unavailable, Worker};
use crate::sim::message::{Command, Epoch, Event};

/// See the module. It computes as the simulation thread does, slice by slice.
pub struct Engine {
    worker: Worker<fn()>,
    commands: Sender<Command>,
    events: Receiver<Event>,
    taken: Arc<AtomicU64>,
}

impl Engine {
    /// One without an experiment.
    pub fn new() -> Self {
        let (commands, command_receiver) = bounded(COMMANDS);
        let (event_sender, events) = bounded(EVENTS);
        let taken = Arc::new(AtomicU64::new(0));
        let mut worker = Worker::new(
            command_receiver,
            event_sender,
            // Its owner looks for events after every turn.
            (|| {}) as fn(),
            taken.clone(),
        );
        worker.makes_here = true;
        Self {
            worker,
            commands,
            events,
            taken,
        }
    }

    /// Takes a command, which the next turn carries out.
    pub fn send(&self, command: Command) -> Result<(), Unavailable> {
        match self.commands.try_send(command) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Unavailable::Hangs),
        }
    }

    /// Carries out what was commanded, makes an experiment or computes for a slice. Returns how long there is nothing
    /// to do, unless a command comes: for ever if `None`.
    pub fn turn(&mut self) -> Option<Duration> {
        let worker = &mut self.worker;
        // In the turn after that of its load: what was loaded is known by then, and a newer load takes its place.
        if worker.commands.is_empty()
            && let Some(pending) = &mut worker.pending
        {
            let made = pending.make();
            worker.take_over(Some(made));
        }
        worker.take_commands(None);
        worker.work();
        worker.report();
        if worker.pending.is_some() {
            return Some(Duration::ZERO);
        }
        worker.wait_timeout()
    }

    /// The next event, if there is one.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// The last load that was taken.
    pub fn taken(&self) -> Epoch {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}
