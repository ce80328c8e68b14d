//! What a lab's quantities are to code that knows no lab, and what its clock is called.

/// The parts that recorded quantities, shared ones and facts play, by name. What a lab lacks is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Roles {
    /// The column that is minimised.
    pub loss: Option<&'static str>,
    /// The column that runs are compared by; smaller is better.
    pub merit: Option<&'static str>,
    /// The column that the merit is held against, run by run.
    pub predictor: Option<&'static str>,
    /// The column that counts what a run costs.
    pub cost: Option<&'static str>,
    /// The columns that a table of results lists.
    pub listed: &'static [&'static str],
    /// The shared quantity that is the step size in force.
    pub step_size: Option<&'static str>,
    /// The fact that is the step size at the start.
    pub first_step_size: Option<&'static str>,
    /// The fact that is the step size beyond which runs are expected to diverge.
    pub largest_step_size: Option<&'static str>,
    /// What is known beforehand of what the runs look for.
    pub truth: Option<Truth>,
    /// When a run has reached what it was to.
    pub success: Option<Success>,
}

/// When a run counts as a success: where a column has ended below a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Success {
    /// The column.
    pub column: &'static str,
    /// The threshold.
    pub below: f64,
    /// What such runs do, as in `find β*`.
    pub word: &'static str,
}

/// The vector that the runs look for, known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The fact that holds it.
    pub vector: &'static str,
    /// Its symbol in legends.
    pub label: &'static str,
    /// What it is, for its tooltip.
    pub about: &'static str,
}

/// What a clock is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockWords {
    /// Symbol of the number of steps.
    pub step: &'static str,
    /// Symbol of the time that has passed.
    pub time: &'static str,
    /// The axis that counts steps.
    pub steps_axis: &'static str,
    /// The axis of time.
    pub time_axis: &'static str,
    /// The axis of costs.
    pub cost_axis: &'static str,
    /// What either of them counts, for a tooltip.
    pub about: &'static str,
}

impl Roles {
    /// A lab of which general code knows nothing but its names.
    pub const NONE: Self = Self {
        loss: None,
        merit: None,
        predictor: None,
        cost: None,
        listed: &[],
        step_size: None,
        first_step_size: None,
        largest_step_size: None,
        truth: None,
        success: None,
    };
}

impl ClockWords {
    /// What a clock is called unless a lab calls it something else.
    pub const USUAL: Self = Self {
        step: "k",
        time: "t",
        steps_axis: "steps k",
        time_axis: "time t",
        cost_axis: "cost",
        about: "",
    };
}

impl Default for ClockWords {
    fn default() -> Self {
        Self::USUAL
    }
}
