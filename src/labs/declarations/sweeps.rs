//! What a lab says of recipes: its presets, and sweeps over them.

use std::fmt;

/// A recipe that a lab brings.
#[derive(Debug)]
pub struct Preset {
    /// Name on the command line, unique among all labs.
    pub id: &'static str,
    /// The recipe, which names the lab unless that is the first one.
    pub toml: &'static str,
}

/// A sweep that is ready to run.
#[derive(Debug)]
pub struct ReadySweep {
    /// Name on the screen.
    pub title: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// What is swept.
    pub plan: SweepPlan,
}

/// A sweep as data.
#[derive(Clone, Copy, Debug)]
pub struct SweepPlan {
    /// The preset that it varies,
    pub preset: &'static str,
    /// with these settings.
    pub settings: &'static [(&'static str, &'static str)],
    /// Its axes, as `--over` reads them.
    pub over: &'static [&'static str],
    /// Cells per place.
    pub seeds: u64,
    /// What the seeds change.
    pub vary: Vary,
    /// How long runs may go on.
    pub steps: Steps,
}

/// What changes from cell to cell of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vary {
    /// The seeds of the data and of the noise.
    All,
    /// The seeds of the noise, on the same data.
    Noise,
}

impl Vary {
    /// The word on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Noise => "noise",
        }
    }
}

/// How long the runs of a place may go on. A run that has converged or diverged stops earlier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps {
    /// As the recipe says, at every place.
    Recipe,
    /// To the same time t everywhere, in as many steps as the step size makes of it.
    FlowTime(f64),
    /// Until runs have settled, as far as the lab can tell beforehand ([`Lab::settling_time`]), and at least
    /// as long as the recipe says. It costs nothing where runs converge: they stop there.
    ///
    /// [`Lab::settling_time`]: crate::labs::Lab::settling_time
    Auto,
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipe => write!(f, "recipe"),
            Self::FlowTime(time) => write!(f, "t={time:?}"),
            Self::Auto => write!(f, "auto"),
        }
    }
}
