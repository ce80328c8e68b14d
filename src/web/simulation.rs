//! The simulation in a worker, with the interface of the native one.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use web_time::Instant;

use super::port::{Kind, Port};
use crate::sim::message::{Command, Epoch, Event};
use crate::sim::worker::Unavailable;

/// How long an experiment is made before a newer one does not wait for it any more.
const MAKING_TIMEOUT: Duration = Duration::from_millis(300);

/// Owns the worker; dropping it ends the worker at once.
pub(crate) struct Simulation {
    port: Port,
    wake: Rc<dyn Fn()>,
    /// Since when the newest experiment is asked for, until it is there or refused.
    making: Option<(Epoch, Instant)>,
}

impl Simulation {
    /// Starts the worker. `wake` is called when there is something to read.
    pub(crate) fn spawn(wake: impl Fn() + 'static) -> io::Result<Self> {
        let wake: Rc<dyn Fn()> = Rc::new(wake);
        Ok(Self {
            port: start(&wake)?,
            wake,
            making: None,
        })
    }

    /// Whether the worker has taken a load, or a newer one.
    pub(crate) fn has_taken(&self, epoch: Epoch) -> bool {
        self.port.taken() >= epoch
    }

    /// Sends a command.
    pub(crate) fn send(&mut self, command: Command) -> Result<(), Unavailable> {
        match &command {
            Command::Load(load) => {
                self.stop_making()?;
                self.making = Some((load.epoch, Instant::now()));
            }
            Command::Unload => self.stop_making()?,
            _ => {}
        }
        self.port.send(&command).map_err(Unavailable::Stopped)
    }

    /// Ends a worker that has been making an experiment for long, which nothing else can stop, and starts another.
    fn stop_making(&mut self) -> Result<(), Unavailable> {
        let making = self.making.take();
        if making.is_some_and(|(_, since)| since.elapsed() > MAKING_TIMEOUT) {
            let fresh = start(&self.wake);
            self.port = fresh.map_err(|error| Unavailable::Stopped(error.to_string()))?;
        }
        Ok(())
    }

    /// The next event, if there is one.
    pub(crate) fn try_recv(&mut self) -> Result<Option<Event>, Unavailable> {
        let event = self.port.try_recv().map_err(Unavailable::Stopped)?;
        if let Some(Event::Loaded { epoch, .. } | Event::Rejected { epoch, .. }) = &event
            && self.making.is_some_and(|(newest, _)| newest == *epoch)
        {
            self.making = None;
        }
        Ok(event)
    }
}

fn start(wake: &Rc<dyn Fn()>) -> io::Result<Port> {
    let wake = wake.clone();
    Port::start(Kind::Simulation, move || wake()).map_err(io::Error::other)
}
