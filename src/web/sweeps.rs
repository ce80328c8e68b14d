//! A sweep on several workers, with the interface of the native one.
//!
//! Every worker is given a cell, and the next one while it is at it: which worker runs a cell changes nothing of what
//! comes of it.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use super::port::{Kind, Port};
use crate::sweep::Sweep;
use crate::sweep::job::{Event, JobError};
use crate::wire::{FromSweeper, ToSweeper};

/// Workers at most: each has memory of its own.
const MOST: usize = 8;

/// Cells that a worker has at a time: it does not wait for the page between two of them.
const AT_A_TIME: usize = 2;

/// How many workers a sweep has: one per core but the one that draws.
pub(crate) fn threads() -> usize {
    let cores = super::window().map_or(1.0, |window| window.navigator().hardware_concurrency());
    (cores as usize).saturating_sub(1).clamp(1, MOST)
}

/// A worker and how many answers it owes.
struct Worker {
    port: Port,
    owes: usize,
}

/// See the module. Dropped, it stops; cells that are under way are lost.
pub(crate) struct Job {
    sweep: Arc<Sweep>,
    wake: Rc<dyn Fn()>,
    workers: Vec<Worker>,
    cells: VecDeque<u64>,
    has_ended: bool,
}

impl Job {
    /// Runs these cells in this order, unless they would take very long and that was not `confirmed`.
    /// `wake` is called whenever there is something to receive.
    pub(crate) fn start(
        sweep: Arc<Sweep>,
        cells: Vec<u64>,
        confirmed: bool,
        wake: impl Fn() + 'static,
    ) -> io::Result<Self> {
        let mut job = Self {
            sweep,
            wake: Rc::new(wake),
            workers: Vec::new(),
            cells: cells.into(),
            has_ended: false,
        };
        let begun = if confirmed {
            job.run()
        } else {
            let cells: Vec<u64> = job.cells.iter().copied().collect();
            job.add_worker()
                .and_then(|()| job.workers[0].ask(&ToSweeper::Try(cells, threads())))
        };
        begun.map_err(io::Error::other)?;
        Ok(job)
    }

    /// What it tells next, if anything yet; nothing after the end.
    pub(crate) fn try_recv(&mut self) -> Option<Event> {
        if self.has_ended {
            return None;
        }
        let event = self
            .next()
            .unwrap_or_else(|reason| Some(Event::Ended(Err(JobError::Worker(reason)))))?;
        self.has_ended = !matches!(event, Event::Finished(_));
        if self.has_ended {
            self.workers.clear();
        }
        Some(event)
    }

    fn next(&mut self) -> Result<Option<Event>, String> {
        for at in 0..self.workers.len() {
            let Some(answer) = self.workers[at].port.try_recv()? else {
                continue;
            };
            self.workers[at].owes -= 1;
            match answer {
                FromSweeper::Finished(result) => {
                    self.give(at)?;
                    return Ok(Some(Event::Finished(result)));
                }
                FromSweeper::Failed(reason) => return Err(reason),
                FromSweeper::Tried(Some(estimate)) => return Ok(Some(Event::Asks(estimate))),
                FromSweeper::Tried(None) => self.run()?,
            }
        }
        let is_done = self.cells.is_empty() && self.workers.iter().all(|worker| worker.owes == 0);
        Ok(is_done.then_some(Event::Ended(Ok(()))))
    }

    /// Starts the workers that are not there yet, and gives each its first cells.
    fn run(&mut self) -> Result<(), String> {
        while self.workers.len() < threads().min(self.cells.len()) {
            self.add_worker()?;
        }
        for _ in 0..AT_A_TIME {
            for at in 0..self.workers.len() {
                self.give(at)?;
            }
        }
        Ok(())
    }

    /// Gives a worker the next cell.
    fn give(&mut self, at: usize) -> Result<(), String> {
        match self.cells.pop_front() {
            Some(cell) => self.workers[at].ask(&ToSweeper::Run(cell)),
            None => Ok(()),
        }
    }

    fn add_worker(&mut self) -> Result<(), String> {
        let wake = self.wake.clone();
        let mut port = Port::start(Kind::Sweep, move || wake())?;
        port.send(&ToSweeper::Begin(Box::new((*self.sweep).clone())))?;
        self.workers.push(Worker { port, owes: 0 });
        Ok(())
    }
}

impl Worker {
    fn ask(&mut self, what: &ToSweeper) -> Result<(), String> {
        self.owes += 1;
        self.port.send(what)
    }
}
