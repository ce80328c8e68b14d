//! A thread that analyses recorded states while the simulation runs. It may lag behind, and nothing waits for it.
//!
//! An [`Analyst`] first studies what holds for the whole experiment, piece by piece, and examines
//! single states in between. The reader of the history decides which states ([`plan`]):
//! the newest, then the middle of the widest gap, so that a curve appears at once and sharpens.
//! Orders go out over `bounded(2)`, one list of states at a time; what is found comes back over
//! `bounded(64)`. If the thread ends, only its curves are missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, never};
use web_time::Instant;

use crate::knobs::Knobs;
use crate::sim::experiment::Facts;
use crate::sim::history::History;
use crate::sim::message::Epoch;
use crate::sim::threads;

/// One recorded state of one run.
#[derive(Clone, Debug)]
pub struct RecordedState {
    /// The run.
    pub run: usize,
    /// Its row in the history.
    pub row: usize,
    /// Steps taken.
    pub step: u64,
    /// The quantities that all runs share, per [`Setup::shared`].
    ///
    /// [`Setup::shared`]: crate::sim::experiment::Setup::shared
    pub shared: Vec<f64>,
    /// The recorded quantities, per [`Setup::columns`].
    ///
    /// [`Setup::columns`]: crate::sim::experiment::Setup::columns
    pub values: Vec<f64>,
    /// The state, per [`Setup::vectors`].
    ///
    /// [`Setup::vectors`]: crate::sim::experiment::Setup::vectors
    pub state: Arc<[Vec<f64>]>,
}

impl RecordedState {
    /// A recorded state of a history; `None` if none was kept of this very row.
    pub fn of(history: &History, run: usize, row: usize) -> Option<Self> {
        let recorded = history.runs.get(run)?;
        let states = recorded.states();
        let at = states.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(Self {
            run,
            row,
            step: history.step[row],
            shared: history.shared.iter().map(|column| column[row]).collect(),
            values: recorded.values.iter().map(|column| column[row]).collect(),
            state: states[at].1.clone(),
        })
    }
}

/// What was found out about a [`RecordedState`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Insight {
    /// One number per [`Setup::insights`]; NaN where there is nothing to say.
    ///
    /// [`Setup::insights`]: crate::sim::experiment::Setup::insights
    pub values: Vec<f64>,
    /// Named vectors, for exports.
    pub vectors: Vec<(&'static str, Vec<f64>)>,
}

/// Computes what the theory says of one experiment.
pub trait Analyst: Send {
    /// The next piece of what holds for the whole experiment, `None` once there is no more. A piece
    /// may take long; nothing waits for it.
    fn study(&mut self) -> Option<Facts>;
    /// The same without whatever takes trial runs; `None` once only such pieces are left.
    fn study_references(&mut self) -> Option<Facts> {
        self.study()
    }
    /// Whether examining a state takes milliseconds at most.
    fn is_quick(&self) -> bool {
        true
    }
    /// What holds for one state. The vectors are the same in number and length for every state.
    fn examine(&mut self, state: &RecordedState) -> Insight;
}

/// Makes an analyst, on the analysis thread; `None` if there is nothing to say.
pub type BuildAnalyst = Box<dyn FnOnce() -> Result<Option<Box<dyn Analyst>>, String> + Send>;

/// A command to the analysis thread.
pub enum Order {
    /// Drop the analyst and take this one.
    Load {
        /// The experiment's number.
        epoch: Epoch,
        /// The name of its lab: with `knobs`, what another process makes the same analyst from.
        lab: &'static str,
        /// Its settings.
        knobs: Knobs,
        /// Makes the analyst.
        build: BuildAnalyst,
    },
    /// Examine these states.
    Examine {
        /// The experiment they belong to.
        epoch: Epoch,
        /// The states.
        states: Vec<RecordedState>,
        /// Whether a simulation is running that must not be slowed down.
        gentle: bool,
    },
}

/// A message from the analysis thread.
#[derive(Debug)]
pub enum Finding {
    /// Something that holds for the whole experiment.
    Facts {
        /// The experiment.
        epoch: Epoch,
        /// What holds.
        facts: Facts,
    },
    /// Nothing more is to be found out about the whole experiment.
    Studied {
        /// The experiment.
        epoch: Epoch,
    },
    /// The answer to an [`Order::Examine`]: run, row and values of each state.
    Insights {
        /// The experiment.
        epoch: Epoch,
        /// What was found.
        found: Vec<(usize, usize, Vec<f64>)>,
    },
}

/// Orders that wait at most.
pub const ORDERS: usize = 2;

/// Findings that wait at most.
const FINDINGS: usize = 64;

/// Owns the analysis thread.
///
/// Dropping it does not join the thread: a study that takes a minute must not hold a window that closes, and there
/// is nothing that it could leave half done.
pub struct Analysis {
    orders: Sender<Order>,
    findings: Receiver<Finding>,
    thread: Option<JoinHandle<()>>,
    /// The last experiment that the thread has taken up.
    taken: Arc<AtomicU64>,
}

impl Analysis {
    /// Starts the thread. `wake` is called when there is something to read.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (order_sender, order_receiver) = bounded(ORDERS);
        let (finding_sender, finding_receiver) = bounded(FINDINGS);
        let taken = Arc::new(AtomicU64::new(0));
        let noted = taken.clone();
        let thread = std::thread::Builder::new()
            .name("analysis".to_owned())
            .spawn(move || {
                let worker = Worker::new(order_receiver, finding_sender, wake, noted);
                worker.run();
            })?;
        Ok(Self {
            orders: order_sender,
            findings: finding_receiver,
            thread: Some(thread),
            taken,
        })
    }

    /// Whether the thread has taken up an experiment, or a newer one: not while it is in the middle of a long piece
    /// of what it did before.
    pub fn has_taken(&self, epoch: Epoch) -> bool {
        self.taken.load(Ordering::Relaxed) >= epoch
    }

    /// Gives an order; `false` if the thread has not taken the last ones yet.
    pub fn give(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// The next finding, if there is one; the reason for the thread's end if it has ended.
    pub fn try_recv(&mut self) -> Result<Option<Finding>, String> {
        match self.findings.try_recv() {
            Ok(finding) => Ok(Some(finding)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(self.exit_reason()),
        }
    }

    fn exit_reason(&mut self) -> String {
        threads::exit_reason(self.thread.take())
    }
}

struct Worker<W> {
    taken: Arc<AtomicU64>,
    orders: Receiver<Order>,
    findings: Sender<Finding>,
    wake: W,
    analyst: Option<Box<dyn Analyst>>,
    epoch: Epoch,
    /// Whether there is nothing more to study.
    studied: bool,
    gentle: bool,
}

impl<W: Fn()> Worker<W> {
    fn new(
        orders: Receiver<Order>,
        findings: Sender<Finding>,
        wake: W,
        taken: Arc<AtomicU64>,
    ) -> Self {
        Self {
            taken,
            orders,
            findings,
            wake,
            analyst: None,
            epoch: 0,
            studied: true,
            gentle: false,
        }
    }

    fn run(mut self) {
        loop {
            let order = if self.studied {
                self.orders
                    .recv()
                    .map_err(|_closed| TryRecvError::Disconnected)
            } else {
                self.orders.try_recv()
            };
            match order {
                Ok(order) => self.carry_out(order),
                Err(TryRecvError::Empty) => self.study(),
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Load { epoch, build, .. } => self.load(epoch, build),
            Order::Examine {
                epoch,
                states,
                gentle,
            } if epoch == self.epoch => self.examine(&states, gentle),
            Order::Examine { .. } => {}
        }
    }

    fn load(&mut self, epoch: Epoch, build: BuildAnalyst) {
        self.epoch = epoch;
        self.taken.store(epoch, Ordering::Relaxed);
        self.analyst = None;
        self.studied = true;
        match build() {
            Ok(analyst) => {
                self.studied = analyst.is_none();
                self.analyst = analyst;
            }
            // The experiment is refused for the same reason, and says so.
            Err(_reason) => {}
        }
        if self.studied {
            self.send(Finding::Studied { epoch });
        }
    }

    fn study(&mut self) {
        let start = Instant::now();
        let facts = self.analyst.as_mut().and_then(|analyst| analyst.study());
        self.studied = facts.is_none();
        let epoch = self.epoch;
        self.send(match facts {
            Some(facts) => Finding::Facts { epoch, facts },
            None => Finding::Studied { epoch },
        });
        yield_cores(start.elapsed(), self.gentle);
    }

    fn examine(&mut self, states: &[RecordedState], gentle: bool) {
        self.gentle = gentle;
        let Some(analyst) = &mut self.analyst else {
            return;
        };
        let mut found = Vec::new();
        for state in states {
            let start = Instant::now();
            let insight = analyst.examine(state);
            found.push((state.run, state.row, insight.values));
            yield_cores(start.elapsed(), gentle);
        }
        let epoch = self.epoch;
        self.send(Finding::Insights { epoch, found });
    }

    fn send(&self, finding: Finding) {
        // A failure means that the handle was dropped.
        drop(self.findings.send(finding));
        (self.wake)();
    }
}

/// The analysis without a thread of its own: whoever owns it calls it turn by turn, as a browser's worker does.
pub struct Engine {
    worker: Worker<fn()>,
    findings: Receiver<Finding>,
}

impl Engine {
    /// One without an experiment.
    pub fn new() -> Self {
        let (sender, findings) = bounded(FINDINGS);
        // Its owner looks for findings after every turn.
        let wake = (|| {}) as fn();
        let worker = Worker::new(never(), sender, wake, Arc::default());
        Self { worker, findings }
    }

    /// Carries out an order, or a piece of the study without one; whether there is more to study.
    pub fn turn(&mut self, order: Option<Order>) -> bool {
        match order {
            Some(order) => self.worker.carry_out(order),
            None if self.worker.studied => {}
            None => self.worker.study(),
        }
        !self.worker.studied
    }

    /// The next finding, if there is one. They have to be taken after every turn.
    pub fn try_recv(&self) -> Option<Finding> {
        self.findings.try_recv().ok()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

/// Where cores are scarce, leaves them to the simulation and the screen for nine times as long as was `worked`:
/// a tenth of a core is enough for curves that lag a little.
fn yield_cores(worked: Duration, gentle: bool) {
    let scarce = std::thread::available_parallelism().is_ok_and(|cores| cores.get() <= 3);
    if gentle && scarce {
        std::thread::sleep((9 * worked).min(Duration::from_secs(2)));
    }
}

/// Insights per run that are useful on either time axis, the linear and the logarithmic one: more would not be
/// visible.
const RESOLUTION: f64 = 240.0;

/// The next states to examine, about `most` of them: of every run the newest if it is new, then
/// the middles of the widest gaps; empty once there are enough.
pub fn plan(history: &History, most: usize) -> Vec<RecordedState> {
    let scheduled = history.scheduled_len();
    let each = (most / history.runs.len().max(1)).max(1);
    let mut planned = Vec::new();
    for (index, run) in history.runs.iter().enumerate() {
        let states = run.states();
        let states = &states[..states.partition_point(|(row, _)| *row < scheduled)];
        let examined = run.examined().iter();
        let known =
            examined.filter_map(|row| states.binary_search_by_key(row, |(row, _)| *row).ok());
        let step = |at: usize| history.step[states[at].0];
        for at in next_of(states.len(), step, known.collect(), each) {
            planned.extend(RecordedState::of(history, index, states[at].0));
        }
    }
    planned
}

/// Which of `len` places come next, at most `most`: the last and the first one, then the middles of
/// the stretches between those `known`, which are in order, widest first, unless narrower than the resolution. A stretch is
/// as wide as its share of the rows, or of the logarithm of the steps where that is more.
fn next_of(len: usize, step: impl Fn(usize) -> u64, known: Vec<usize>, most: usize) -> Vec<usize> {
    let Some(last) = len.checked_sub(1) else {
        return Vec::new();
    };
    let mut next = Vec::new();
    if known.last() != Some(&last) {
        next.push(last);
    }
    if known.first() != Some(&0) && last > 0 {
        next.push(0);
    }
    let place = |at: usize| (step(at).max(1) as f64).ln();
    let whole = (place(last) - place(0)).max(f64::MIN_POSITIVE);
    let width = |from: usize, to: usize| {
        let rows = (to - from) as f64 / len as f64;
        rows.max((place(to) - place(from)) / whole)
    };
    let mut gaps = Vec::new();
    let mut from = 0;
    for at in known.into_iter().chain([last]) {
        let gap = width(from, at);
        if at - from > 1 && gap * RESOLUTION > 1.0 {
            gaps.push((gap, from + (at - from) / 2));
        }
        from = at;
    }
    gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
    next.extend(gaps.into_iter().map(|(_, middle)| middle));
    next.truncate(most);
    next
}

#[cfg(test)]
mod tests;
