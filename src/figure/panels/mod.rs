//! From a lab's panel and a history to a [`Cell`]: one file per kind of picture.
//!
//! [`Cell`]: super::Cell

use crate::knobs::Knobs;
use crate::sim::history::History;

/// What is shown of a history.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The samples.
    pub history: &'a History,
    /// The settings they were made with.
    pub knobs: &'a Knobs,
    /// What the abscissa of time plots counts.
    pub clock: Clock,
    /// Whether it is logarithmic.
    pub log_time: bool,
    /// Whether the theory is drawn over the runs.
    pub theory: bool,
    /// Families left out.
    pub hidden: &'a [&'static str],
    /// The step at which states are shown, with a line in time plots; `None` for the last one.
    pub cursor: Option<u64>,
    /// The last step drawn, for pictures of a run under way; axes span the whole history.
    pub until: Option<u64>,
}

/// What a time axis counts.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
)]
pub enum Clock {
    /// Iterations k.
    #[default]
    Steps,
    /// Flow time t = kγ.
    Time,
    /// Single-sample gradients, the cost of a run.
    Gradients,
}

impl Clock {
    /// Every clock.
    pub const ALL: [Self; 3] = [Self::Steps, Self::Time, Self::Gradients];

    /// What it counts, for an axis.
    pub fn label(self) -> &'static str {
        match self {
            Self::Steps => "iterations k",
            Self::Time => "time t = kγ",
            Self::Gradients => "gradient evaluations",
        }
    }
}
