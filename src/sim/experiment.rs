//! The interface of every lab's simulation.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::knobs::{KnobError, Knobs};
use crate::palette::Look;
pub use crate::sim::roles::{ClockWords, Roles, Success, Truth};

/// Runs that differ only in their randomness, such as those of one algorithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// Name in files, such as `sgd`.
    pub id: &'static str,
    /// Name on the screen.
    pub label: &'static str,
    /// What it is, for its tooltip.
    pub about: &'static str,
    /// How its curves are drawn.
    pub look: Look,
}

/// One run of an experiment, as the legend and the export name it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    /// Unique name in files, such as `sgd-2`.
    pub name: String,
    /// Name on the screen, such as `SGD 2`.
    pub label: String,
    /// The family that it belongs to.
    pub family: Family,
}

impl Family {
    /// Its run number `index`, such as `sgd-2` and `SGD 2`; without a number where there is never a second one.
    pub fn run(self, index: usize, is_only: bool) -> RunInfo {
        let numbered = |name: &str, separator: char| {
            if is_only {
                name.to_owned()
            } else {
                format!("{name}{separator}{}", index + 1)
            }
        };
        RunInfo {
            name: numbered(self.id, '-'),
            label: numbered(self.label, ' '),
            family: self,
        }
    }
}

/// One recorded quantity of a run.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in files.
    pub id: &'static str,
    /// Name on the screen.
    pub label: &'static str,
    /// What it is, with its equation.
    pub about: &'static str,
    /// Whether its extremes are followed at every step and not only at samples.
    pub tracked: bool,
    /// Whether it counts something: tables have it as a whole number.
    pub counts: bool,
    /// The column of its standard error, for what may be an estimate; 0 there where it is none.
    pub error: Option<&'static str>,
}

impl Column {
    /// One that is looked at in samples alone.
    pub const fn new(id: &'static str, label: &'static str, about: &'static str) -> Self {
        Self {
            id,
            label,
            about,
            tracked: false,
            counts: false,
            error: None,
        }
    }

    /// The same with the column of its standard error.
    #[must_use]
    pub const fn with_error(self, id: &'static str) -> Self {
        Self {
            error: Some(id),
            ..self
        }
    }

    /// The same as one that counts something.
    #[must_use]
    pub const fn counted(self) -> Self {
        Self {
            counts: true,
            ..self
        }
    }
}

/// What does not change while an experiment runs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Named numbers, such as γ_auto.
    pub scalars: BTreeMap<&'static str, f64>,
    /// Named vectors, such as β*.
    pub vectors: BTreeMap<&'static str, Vec<f64>>,
    /// Remarks for the user, such as "no validation loss: …".
    pub remarks: Vec<String>,
    /// CRC-32 of the file that the data were read from, if they were: recipes of finished runs have it, so
    /// that another file is not taken for it.
    pub data_checksum: Option<u32>,
}

impl Facts {
    /// Takes over what another one holds.
    pub fn extend(&mut self, other: Self) {
        self.scalars.extend(other.scalars);
        self.vectors.extend(other.vectors);
        self.remarks.extend(other.remarks);
        self.data_checksum = self.data_checksum.or(other.data_checksum);
    }
}

/// Everything a viewer needs to know before the first sample.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The runs.
    pub runs: Vec<RunInfo>,
    /// The recorded quantities, the same for all runs.
    pub columns: &'static [Column],
    /// What an [`Analyst`] can say of a recorded state, the same for all runs.
    ///
    /// [`Analyst`]: crate::sim::analysis::Analyst
    pub insights: &'static [Column],
    /// Names of the state vectors of a run.
    pub vectors: &'static [&'static str],
    /// Names of the quantities all runs share at a step, such as the step size.
    pub shared: &'static [&'static str],
    /// What columns, shared quantities and facts are to code that knows no lab.
    pub roles: Roles,
    /// What the clock is called.
    pub clock: ClockWords,
    /// Constants of the experiment.
    pub facts: Facts,
}

/// Where the numbers of a quantity are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In every row: the position in [`Setup::columns`].
    Recorded(usize),
    /// In the rows that were examined: the position in [`Setup::insights`].
    Insight(usize),
}

impl Setup {
    /// Where a quantity is kept, if there is one of that name.
    pub fn find(&self, id: &str) -> Option<Source> {
        let at = |columns: &[Column]| columns.iter().position(|column| column.id == id);
        let insight = at(self.insights).map(Source::Insight);
        insight.or_else(|| at(self.columns).map(Source::Recorded))
    }

    /// The declaration of a quantity, if there is one of that name.
    pub fn quantity(&self, id: &str) -> Option<&'static Column> {
        let mut known = self.insights.iter().chain(self.columns);
        known.find(|column| column.id == id)
    }

    /// A fact by the name that a role gives it.
    pub fn scalar(&self, id: Option<&str>) -> Option<f64> {
        self.facts.scalars.get(id?).copied()
    }

    /// Position of a shared quantity.
    pub fn shared_position(&self, id: &str) -> Option<usize> {
        self.shared.iter().position(|name| *name == id)
    }

    /// Position of a recorded quantity.
    pub fn column(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }
}

/// The state of one run at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSample {
    /// One number per [`Setup::columns`].
    pub values: Vec<f64>,
    /// Smallest value since the last scheduled sample, per column; equal to the value where the
    /// experiment does not follow every step.
    pub low: Vec<f64>,
    /// Largest value since the last scheduled sample, per column.
    pub high: Vec<f64>,
    /// The state, one vector per [`Setup::vectors`]; empty if it was dropped to save memory.
    pub state: Arc<[Vec<f64>]>,
}

impl RunSample {
    /// Of an experiment that looks at nothing between two samples.
    pub fn new(values: Vec<f64>, state: impl Into<Arc<[Vec<f64>]>>) -> Self {
        Self {
            low: values.clone(),
            high: values.clone(),
            values,
            state: state.into(),
        }
    }

    /// The row of a run that has not started yet: every value unknown, no state.
    pub fn not_started(columns: usize) -> Self {
        let unknown = vec![f64::NAN; columns];
        Self {
            values: unknown.clone(),
            low: unknown.clone(),
            high: unknown,
            state: Arc::from([]),
        }
    }
}

/// The state of all runs at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Steps taken, k.
    pub step: u64,
    /// Flow time t = Σγ.
    pub time: f64,
    /// The quantities all runs share, per [`Setup::shared`].
    pub shared: Vec<f64>,
    /// The runs; `None` for one that has stopped.
    pub runs: Vec<Option<RunSample>>,
}

/// Where a run is going to end, said before it gets there.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// One number per [`Setup::columns`] there. What sums up the way to it, it has as of now.
    pub values: Vec<f64>,
    /// A bound on the relative error of what a run is validated by among them.
    pub relative_error: f64,
}

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// It takes steps.
    Running,
    /// It has not begun: its first step is a later one.
    Waiting,
    /// Its loss is below the tolerance.
    Converged,
    /// It left every bound after `step` steps and was stopped.
    Diverged {
        /// Steps taken, with the one on whose way it left them.
        step: u64,
    },
    /// It takes steps, but has ended where nothing can move it any more, short of what it was to reach: it
    /// has failed, and its numbers say nothing about where such runs lead.
    Collapsed,
}

impl RunStatus {
    /// The word for a run that is over when the clock stands at step `now`, and the steps it has taken.
    pub fn ended(self, now: u64) -> (&'static str, u64) {
        match self {
            Self::Running => ("finished", now),
            Self::Waiting => ("not started", 0),
            Self::Converged => ("converged", now),
            Self::Diverged { step } => ("diverged", step),
            Self::Collapsed => ("collapsed", now),
        }
    }

    /// The status of a run of which [`ended`](Self::ended) said this word and, if it is known, these steps.
    pub fn of_ended(word: &str, steps: Option<u64>) -> Option<Self> {
        match word {
            "finished" => Some(Self::Running),
            "not started" => Some(Self::Waiting),
            "converged" => Some(Self::Converged),
            "diverged" => steps.map(|step| Self::Diverged { step }),
            "collapsed" => Some(Self::Collapsed),
            _ => None,
        }
    }

    /// Whether it has come to nothing: such runs are in no median, and are counted aloud beside it.
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Diverged { .. } | Self::Collapsed)
    }

    /// Whether nobody waits for it any more.
    pub fn is_over(self) -> bool {
        self == Self::Converged || self.has_failed()
    }
}

/// A simulation of several runs on one clock.
pub trait Experiment: Send {
    /// Names and constants.
    fn setup(&self) -> &Arc<Setup>;
    /// Steps taken so far.
    fn step(&self) -> u64;
    /// Lets it take steps on the threads of a pool; until then it stays on the caller's.
    fn use_threads(&mut self, _pool: Arc<ThreadPool>) {}
    /// Takes `steps` steps with every run that is neither diverged nor frozen.
    fn advance(&mut self, steps: u64);
    /// The current state of all runs.
    fn sample(&mut self) -> Sample;
    /// Starts new extremes, after a scheduled sample has recorded the old ones.
    fn forget_extremes(&mut self) {}
    /// The status of run number `run`. A run that neither converges nor diverges need not say so.
    fn status(&mut self, _run: usize) -> RunStatus {
        RunStatus::Running
    }
    /// Where run number `run`, which takes steps, is going to end, if that is known with this relative error. Asked at
    /// scheduled samples, at every one of them.
    fn destination(&mut self, _run: usize, _relative_error: f64) -> Option<Destination> {
        None
    }
    /// Takes no more steps with run number `run`, whose state stays as it is: for callers that only want to know
    /// where a run ends, once it has converged.
    fn freeze(&mut self, _run: usize) {}
    /// Takes over the live knobs' values from here on.
    fn retune(&mut self, _knobs: &Knobs) -> Result<(), KnobError> {
        Ok(())
    }
}
