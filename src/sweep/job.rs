//! A sweep in the background: on all cores but one, so that whoever watches has one to draw with.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use super::pace::Estimate;
use super::run::{CellResult, run};
use super::trial::Trial;
use super::{Sweep, SweepError};
use crate::model::watch::Watch;
use crate::sim::threads;

/// Cells that wait to be received; a job whose listener sleeps waits with them.
const QUEUE: usize = 256;

/// How long whoever watches waits at most until it is known that a sweep need not be confirmed.
const TRIAL: Duration = Duration::from_secs(10);

/// What a job tells.
#[derive(Debug)]
pub enum Event {
    /// A cell is finished.
    Finished(Box<CellResult>),
    /// It would take very long or very much room: it has not started, and ends.
    Asks(Estimate),
    /// It has ended, for this reason if for one.
    Ended(Result<(), JobError>),
}

/// Why a job has ended early.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A cell cannot run.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The system gives no threads.
    #[error("the sweep could not start its threads: {0}")]
    Threads(String),
    /// A worker in a browser says so.
    #[error("{0}")]
    Worker(String),
    /// It is gone without a word.
    #[error("the sweep stopped unexpectedly; what is finished is kept: go on with it")]
    Gone,
}

/// See the module. Dropped, it stops; cells that are under way are lost.
///
/// Its thread is not waited for: it looks up every 50 ms while cells run and a step size is searched for, but large
/// data takes seconds to make, for which neither the frame that stops a sweep nor a window that
/// closes should hang. What it still makes goes nowhere.
#[derive(Debug)]
pub struct Job {
    watch: Watch,
    events: Receiver<Event>,
    has_ended: bool,
}

/// How many threads a sweep in the background has.
pub fn threads() -> usize {
    threads::count(1)
}

impl Job {
    /// Runs these cells in this order, unless they would take very long and that was not `confirmed`.
    /// `wake` is called, on another thread, whenever there is something to receive.
    pub fn start(
        sweep: Arc<Sweep>,
        cells: Vec<u64>,
        confirmed: bool,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let watch = Watch::default();
        let (sender, events) = bounded(QUEUE);
        let watched = watch.clone();
        let work = move || {
            let ended = go(&sweep, &cells, confirmed, &watched, &|result| {
                // If nobody listens any more there is nothing to go on for.
                if sender.send(Event::Finished(Box::new(result))).is_err() {
                    return ControlFlow::Break(());
                }
                wake();
                ControlFlow::Continue(())
            });
            let last = match ended {
                Ok(Some(estimate)) => Event::Asks(estimate),
                Ok(None) => Event::Ended(Ok(())),
                Err(error) => Event::Ended(Err(error)),
            };
            if sender.send(last).is_ok() {
                wake();
            }
        };
        thread::Builder::new()
            .name("sweep".to_owned())
            .spawn(work)?;
        Ok(Self {
            watch,
            events,
            has_ended: false,
        })
    }

    /// What it tells next, if anything yet; nothing after the end.
    pub fn try_recv(&mut self) -> Option<Event> {
        if self.has_ended {
            return None;
        }
        let event = match self.events.try_recv() {
            Ok(event) => event,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Event::Ended(Err(JobError::Gone)),
        };
        self.has_ended = !matches!(event, Event::Finished(_));
        Some(event)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // A thread that waits for room in the queue learns by itself that nobody listens.
        self.watch.give_up();
    }
}

/// Runs the cells; with an estimate if they would take so long that somebody should agree first.
fn go(
    sweep: &Sweep,
    cells: &[u64],
    confirmed: bool,
    watch: &Watch,
    on_cell: &(dyn Fn(CellResult) -> ControlFlow<()> + Sync),
) -> Result<Option<Estimate>, JobError> {
    let threads = threads();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build();
    let pool = pool.map_err(|error| JobError::Threads(error.to_string()))?;
    pool.install(|| {
        if !confirmed && let Some(estimate) = tried(sweep, cells, threads, watch)? {
            return Ok(Some(estimate));
        }
        run(sweep, cells, watch, on_cell)?;
        Ok(None)
    })
}

/// Tries cells on the threads of the current rayon pool: the estimate, if on `threads` threads they would take so long
/// that somebody should agree first.
pub fn tried(
    sweep: &Sweep,
    cells: &[u64],
    threads: usize,
    watch: &Watch,
) -> Result<Option<Estimate>, SweepError> {
    let time_for = |estimate: &Estimate| {
        let is_long = estimate.needs_confirmation(threads);
        if is_long { TRIAL } else { Duration::ZERO }
    };
    let trial = Trial::of(sweep, cells, &time_for, watch)?;
    let estimate = trial.map(|trial| trial.estimate);
    Ok(estimate.filter(|known| known.needs_confirmation(threads)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use super::*;
    use crate::sweep::{StepSize, Vary, testing};

    fn small(steps: &str, over: &str, seeds: u64) -> Arc<Sweep> {
        Arc::new(testing::small(
            &[("steps", steps)],
            &[over],
            seeds,
            Vary::All,
        ))
    }

    /// Everything that a job tells.
    fn told(sweep: &Arc<Sweep>) -> (Vec<Event>, usize) {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = wakes.clone();
        let cells = sweep.order(0..sweep.cells());
        let wake = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let mut job = Job::start(sweep.clone(), cells, false, wake).unwrap();
        let start = Instant::now();
        let mut events = Vec::new();
        while matches!(events.last(), None | Some(Event::Finished(_))) {
            assert!(start.elapsed() < Duration::from_mins(1));
            events.extend(job.try_recv());
            thread::yield_now();
        }
        assert!(job.try_recv().is_none());
        (events, wakes.load(Ordering::Relaxed))
    }

    #[test]
    fn it_tells_every_cell_and_the_end_and_wakes_each_time() {
        let sweep = small("200", "alpha=0.1,0.3", 2);
        let (events, wakes) = told(&sweep);
        assert_eq!(events.len(), 5);
        assert!(matches!(events.last(), Some(Event::Ended(Ok(())))));
        assert!(wakes >= 4);
    }

    fn endless() -> Arc<Sweep> {
        small("1e10", "step_size=0.00001,0.00002", 10_000)
    }

    #[test]
    fn it_asks_before_what_is_very_long() {
        let (events, _) = told(&endless());
        assert!(matches!(events[..], [Event::Asks(_)]));
    }

    #[test]
    fn dropped_it_stops_whatever_it_is_at() {
        stops(endless(), true);
        // The trial, which would take ten seconds.
        stops(endless(), false);
        // The search for the largest stable step size: half a minute for data of this size, which is there within a second.
        let large = [("n", "400"), ("d", "2000")];
        let large = testing::small(&large, &["alpha=0.1,0.2"], 2, Vary::All);
        let large = large.with_step_size(StepSize::Edge).unwrap();
        stops(Arc::new(large), true);
    }

    /// Drops a job after a while, and waits for its end.
    fn stops(sweep: Arc<Sweep>, confirmed: bool) {
        /// To be at it for certain.
        const AT_IT: Duration = Duration::from_secs(2);
        /// Far above what is needed on a busy machine, and far below what the rest would take.
        const MOMENT: Duration = Duration::from_secs(10);
        let cells = sweep.order(0..sweep.cells());
        let held = Arc::new(());
        let seen = Arc::downgrade(&held);
        let wake = move || {
            let _: &Arc<()> = &held;
        };
        let job = Job::start(sweep, cells, confirmed, wake).unwrap();
        thread::sleep(AT_IT);
        assert!(seen.upgrade().is_some(), "it has ended by itself");
        drop(job);
        let start = Instant::now();
        while seen.upgrade().is_some() {
            assert!(start.elapsed() < MOMENT);
            thread::yield_now();
        }
    }

    #[test]
    fn a_cell_that_cannot_run_is_the_reason_for_the_end() {
        let sweep = small("10", "batch=1,100", 2);
        let (events, _) = told(&sweep);
        let Some(Event::Ended(Err(error))) = events.last() else {
            panic!("{events:?}");
        };
        assert!(error.to_string().contains("batch = 100 cannot run"));
    }
}
