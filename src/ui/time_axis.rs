//! The abscissa that all time plots share: what it counts, its range, its cursor.

pub(super) use crate::scene::clock::Clock;
use crate::scene::scale::{place, value_at};
use crate::sim::history::History;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct TimeAxis {
    pub(super) clock: Clock,
    pub(super) log: bool,
    /// The range the user has panned or zoomed to, in axis places; `None` follows the run.
    pub(super) view: Option<(f64, f64)>,
    /// Where the pointer was in the last frame, in axis places; the first plot that is drawn must
    /// know it as well as the one that is pointed at. It moves a hairline and never what is said.
    hover: Option<f64>,
    /// Where the pointer has been found in this frame.
    pub(super) pointed: Option<f64>,
    /// Where the user has scrubbed to, in axis places; `None` follows the run.
    pub(super) pinned: Option<f64>,
    /// Abscissae per run, in axis places, rebuilt every frame. `None` marks step 0 of a log axis.
    places: Vec<Vec<Option<f64>>>,
    whole: (f64, f64),
    /// The recipe's last step.
    last_step: u64,
}

impl TimeAxis {
    /// Computes this frame's abscissae.
    pub(super) fn prepare(&mut self, history: &History, last_step: u64) {
        self.last_step = last_step;
        self.hover = self.pointed.take();
        let runs = if self.clock.is_shared() {
            1
        } else {
            history.runs.len()
        };
        let places_of = |run: usize| {
            let readings = self.clock.readings(history, run).into_iter();
            readings.map(|reading| place(reading, self.log)).collect()
        };
        self.places = (0..runs).map(places_of).collect();
        self.whole = self.whole_range(history, last_step);
    }

    /// Makes room for what reaches to this place, such as a run that is kept for comparison.
    pub(super) fn make_room(&mut self, place: Option<f64>) {
        if let Some(place) = place {
            self.whole.1 = self.whole.1.max(place);
        }
    }

    /// The same axis without a pointer over it.
    pub(super) fn unpointed(&self) -> Self {
        Self {
            hover: None,
            pointed: None,
            ..self.clone()
        }
    }

    /// From the first step to the recipe's end, so that the axis stands still while the run fills
    /// it; beyond the end it grows in quarter decades.
    fn whole_range(&self, history: &History, last_step: u64) -> (f64, f64) {
        let step = history.step.last().copied().unwrap_or(0).max(1) as f64;
        let end = last_step.max(1) as f64;
        let end = if step > end {
            10_f64.powf((step.log10() * 4.0).ceil() / 4.0)
        } else {
            end
        };
        let per_step = match self.clock {
            Clock::Steps => 1.0,
            Clock::Time => match history.time.last() {
                Some(time) if *time > 0.0 => time / step,
                _ => self.unit(history),
            },
            Clock::Gradients => {
                let runs = 0..history.runs.len();
                let costs = runs.filter_map(|run| self.clock.readings(history, run).pop());
                (costs.fold(1.0, f64::max) / step).max(1.0)
            }
        };
        if self.log {
            let first = if self.clock == Clock::Time {
                per_step
            } else {
                1.0
            };
            (
                first.log10(),
                (end * per_step).log10().max(first.log10() + 0.5),
            )
        } else {
            (0.0, end * per_step)
        }
    }

    /// The visible range.
    pub(super) fn range(&self) -> (f64, f64) {
        let (low, high) = self.view.unwrap_or_else(|| {
            let air = 0.01 * (self.whole.1 - self.whole.0);
            (self.whole.0 - air, self.whole.1 + air)
        });
        (low, high.max(low + 1e-9))
    }

    /// The abscissae of the rows per run, or of all runs together where they share the clock.
    pub(super) fn readings(&self) -> &[Vec<Option<f64>>] {
        &self.places
    }

    /// The abscissae of a run's rows.
    pub(super) fn places(&self, run: usize) -> &[Option<f64>] {
        self.places
            .get(run)
            .or_else(|| self.places.first())
            .map_or(&[], Vec::as_slice)
    }

    /// Where captions, read-outs and states are read: where the user has scrubbed to, or at the end.
    pub(super) fn cursor(&self) -> Option<f64> {
        self.pinned
    }

    /// Where the pointer is over a plot against time.
    pub(super) fn hover(&self) -> Option<f64> {
        self.hover
    }

    /// The range of the axis that is not moved: from the first step to the recipe's end, or further.
    pub(super) fn whole(&self) -> (f64, f64) {
        self.whole
    }

    /// Where a run's row is; step 0 of a logarithmic axis is just before its first step.
    pub(super) fn place_of_row(&self, run: usize, row: usize) -> f64 {
        let place = self.places(run).get(row).copied().flatten();
        place.unwrap_or(self.whole.0 - 0.005 * (self.whole.1 - self.whole.0))
    }

    /// Keeps the step at which time stands while the axis becomes another one.
    pub(super) fn change(&mut self, history: Option<&History>, clock: Clock, log: bool) {
        if (self.clock, self.log) == (clock, log) {
            return;
        }
        let known = history.filter(|_| !self.places.is_empty());
        let step = known.and_then(|history| Some(self.step_at(history, self.pinned?)));
        (self.clock, self.log, self.view, self.hover) = (clock, log, None, None);
        self.pinned = None;
        if let (Some(history), Some(step)) = (known, step) {
            self.prepare(history, self.last_step);
            self.pinned = Some(self.place_of(history, step));
        }
    }

    /// Where a step is, the beginning of the axis for one that has no place on it.
    pub(super) fn place_of(&self, history: &History, step: f64) -> f64 {
        self.place_of_step(history, step)
            .unwrap_or_else(|| self.place_of_row(0, 0))
    }

    /// The row of a run at the cursor, the last one without a cursor; `None` for a run without rows.
    pub(super) fn row(&self, history: &History, run: usize) -> Option<usize> {
        let last = history.runs[run].len().checked_sub(1)?;
        let Some(cursor) = self.cursor() else {
            return Some(last);
        };
        let places = &self.places(run)[..=last.min(self.places(run).len().checked_sub(1)?)];
        Some(
            places
                .partition_point(|place| place.is_none_or(|place| place <= cursor))
                .saturating_sub(1),
        )
    }

    /// The row of the longest run at the cursor.
    pub(super) fn leading_row(&self, history: &History) -> Option<usize> {
        (0..history.runs.len())
            .filter_map(|run| self.row(history, run))
            .max()
    }

    /// Where a step is on this axis: exactly where it was recorded, else extrapolated.
    pub(super) fn place_of_step(&self, history: &History, step: f64) -> Option<f64> {
        place(self.abscissa_of_step(history, step), self.log)
    }

    fn abscissa_of_step(&self, history: &History, step: f64) -> f64 {
        match self.clock {
            Clock::Steps => step,
            Clock::Time | Clock::Gradients => {
                let row = history.row_at(step).unwrap_or(0);
                let known = history.step.get(row).copied().unwrap_or(0) as f64;
                let at = |row: usize| {
                    let place = self.places(0).get(row).copied().flatten();
                    place.map_or(0.0, |place| value_at(place, self.log))
                };
                let last = history.len().saturating_sub(1);
                let steps = history.step.get(last).copied().unwrap_or(0).max(1) as f64;
                let per_step = if at(last) > 0.0 {
                    at(last) / steps
                } else {
                    self.unit(history)
                };
                at(row) + (step - known) * per_step
            }
        }
    }

    fn unit(&self, history: &History) -> f64 {
        match self.clock {
            Clock::Time => {
                let setup = &history.setup;
                setup.scalar(setup.roles.first_step_size).unwrap_or(1.0)
            }
            Clock::Steps | Clock::Gradients => 1.0,
        }
    }

    /// The step at a place of this axis, the inverse of [`TimeAxis::place_of_step`].
    pub(super) fn step_at(&self, history: &History, place: f64) -> f64 {
        let abscissa = value_at(place, self.log);
        if self.clock == Clock::Steps {
            return abscissa.max(0.0);
        }
        let places = self.places(0);
        let row = places
            .partition_point(|known| known.is_none_or(|known| known <= place))
            .saturating_sub(1);
        let known_step = history.step.get(row).copied().unwrap_or(0) as f64;
        let known = self.abscissa_of_step(history, known_step);
        let per_step = self.abscissa_of_step(history, known_step + 1.0) - known;
        (known_step + (abscissa - known) / per_step.max(1e-300)).max(0.0)
    }
}
