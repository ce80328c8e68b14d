//! What a time axis counts.

use crate::sim::experiment::Source;
use crate::sim::history::History;
use crate::sim::roles::{ClockWords, Roles};

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
    /// Steps.
    #[default]
    Steps,
    /// The time that has passed.
    Time,
    /// What a run has cost, such as single-sample gradients.
    Gradients,
}

impl Clock {
    /// Every clock.
    pub const ALL: [Self; 3] = [Self::Steps, Self::Time, Self::Gradients];

    /// Those that a lab has: not every one records what runs cost.
    pub fn known(roles: Roles) -> impl Iterator<Item = Self> {
        let all = Self::ALL.into_iter();
        all.filter(move |clock| *clock != Self::Gradients || roles.cost.is_some())
    }

    /// What it counts, for an axis.
    pub fn label(self, words: ClockWords) -> &'static str {
        match self {
            Self::Steps => words.steps_axis,
            Self::Time => words.time_axis,
            Self::Gradients => words.cost_axis,
        }
    }

    /// Whether it shows the same for all runs.
    pub fn is_shared(self) -> bool {
        self != Self::Gradients
    }

    /// What it shows per row: of the history if it is shared, else of the run.
    pub fn readings(self, history: &History, run: usize) -> Vec<f64> {
        match self {
            Self::Steps => history.step.iter().map(|step| *step as f64).collect(),
            Self::Time => history.time.clone(),
            Self::Gradients => {
                let setup = &history.setup;
                let costs = match setup.roles.cost.and_then(|id| setup.find(id)) {
                    Some(Source::Recorded(at)) => history.runs[run].values.get(at),
                    _ => None,
                };
                costs.cloned().unwrap_or_default()
            }
        }
    }
}
