//! What a time axis counts.

use crate::sim::history::History;

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
                let mut columns = history.setup.columns.iter();
                let cost = columns.position(|column| column.id == "gradient_evaluations");
                let costs = cost.and_then(|cost| history.runs[run].values.get(cost));
                costs.cloned().unwrap_or_default()
            }
        }
    }
}
