//! What of a history a picture shows, on a page or in a window.

use std::sync::Arc;

use super::bounds::SteadyBounds;
use super::clock::Clock;
use super::curves::Curve;
use super::pictures::{dots, line, pattern_of};
use super::scale::{place, value_at};
use super::{Axis, Ink, Layer, Marker, Pattern, Shape};
use crate::knobs::Knobs;
use crate::palette::Look;
use crate::sim::census::sound_rows;
use crate::sim::families::{FamilyRuns, families, first_runs, shown_runs};
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
    /// What is asked for by a window; `None` on a page.
    pub window: Option<Window<'a>>,
}

/// The window that shows a picture. It asks for curves no finer than its pixels, and the user moves what
/// it shows. Places are those of [`place`].
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The readings of the clock per run, in places; of all runs together where they share the clock.
    pub readings: &'a [Vec<Option<f64>>],
    /// The visible part of the time axis, in places.
    pub time: (f64, f64),
    /// Where the pointer or the user has stopped time, in places; takes the place of
    /// [`View::cursor`](View#structfield.cursor).
    pub cursor: Option<f64>,
    /// The visible part of axes without time that the user has moved, abscissa and ordinate, in places.
    pub moved: [Option<(f64, f64)>; 2],
    /// Width and height of the plot's frame, in pixels.
    pub size: [f64; 2],
    /// How a picture of three dimensions has been turned: yaw and pitch in radians.
    pub turn: Option<[f64; 2]>,
}

impl<'a> View<'a> {
    /// The runs to be drawn, later ones on top.
    pub(super) fn runs(&self) -> impl Iterator<Item = usize> + 'a {
        shown_runs(self.history, self.hidden)
    }

    pub(super) fn first_runs(&self) -> Vec<usize> {
        first_runs(self.history, self.hidden)
    }

    pub(super) fn families(&self) -> impl Iterator<Item = FamilyRuns> {
        let hidden = self.hidden;
        let families = families(self.history).into_iter();
        families.filter(move |known| !hidden.contains(&known.family.id))
    }

    pub(super) fn label(&self, run: usize) -> &'a str {
        &self.history.setup.runs[run].label
    }

    pub(super) fn look(&self, run: usize) -> Look {
        self.history.setup.runs[run].family.look
    }

    pub(super) fn ink(&self, run: usize) -> Ink {
        self.look(run).ink
    }

    /// How many rows of a run lie at or before a step.
    fn rows(&self, run: usize, step: Option<u64>) -> usize {
        let len = self.history.runs[run].len();
        let Some(step) = step else { return len };
        let row = self.history.row_at(step as f64);
        row.map_or(0, |row| row + 1).min(len)
    }

    /// How many rows of a run are drawn over time.
    pub(super) fn drawn(&self, run: usize) -> usize {
        self.rows(run, self.until)
    }

    /// The row at which a run's state is shown; `None` for a run without rows. Of a run that has diverged it is one
    /// before its explosion.
    pub fn row(&self, run: usize) -> Option<usize> {
        let sound = sound_rows(self.history, run);
        Some(self.row_in_time(run)?.min(sound.checked_sub(1)?))
    }

    fn row_in_time(&self, run: usize) -> Option<usize> {
        if let Some((window, cursor)) = self
            .window
            .and_then(|window| Some((window, window.cursor?)))
        {
            let rows = self.history.runs[run].len();
            let readings = window.readings_of(run);
            let known = &readings[..rows.min(readings.len())];
            let passed = known.partition_point(|at| at.is_none_or(|at| at <= cursor));
            return (!known.is_empty()).then(|| passed.saturating_sub(1));
        }
        let step = match (self.cursor, self.until) {
            (Some(cursor), Some(until)) => Some(cursor.min(until)),
            (cursor, until) => cursor.or(until),
        };
        self.rows(run, step).checked_sub(1)
    }

    /// A run's state there.
    pub(super) fn state(&self, run: usize) -> Option<&'a Arc<[Vec<f64>]>> {
        self.history.runs[run].state_at(self.row(run)?)
    }

    /// The kept states of a run, without those of an explosion, which would be all that a picture shows.
    pub(super) fn sound_states(&self, run: usize) -> &'a [(usize, Arc<[Vec<f64>]>)] {
        let states = self.history.runs[run].states();
        let sound = sound_rows(self.history, run);
        &states[..states.partition_point(|(row, _)| *row < sound)]
    }

    /// How many rows of the longest run are drawn over time.
    pub(super) fn leading_drawn(&self) -> usize {
        let rows = (0..self.history.runs.len()).map(|run| self.drawn(run));
        rows.max().unwrap_or(0)
    }

    /// The row of the longest run there.
    pub fn leading_row(&self) -> usize {
        let rows = (0..self.history.runs.len()).filter_map(|run| self.row_in_time(run));
        rows.max().unwrap_or(0)
    }

    /// The abscissa of plots over time: the whole history, however much of it is drawn; in a window, what
    /// can be seen.
    pub(super) fn time_axis(&self) -> Axis {
        let range = match self.window {
            Some(Window { time, .. }) => Some(
                [time.0, time.1]
                    .map(|at| value_at(at, self.log_time))
                    .into(),
            ),
            None => self.whole_time(),
        };
        Axis {
            label: self.clock.label(self.history.setup.clock).to_owned(),
            log: self.log_time,
            range,
            time: true,
            ..Axis::default()
        }
    }

    fn whole_time(&self) -> Option<(f64, f64)> {
        let mut range = None;
        for run in self.runs() {
            for reading in self.clock.readings(self.history, run) {
                if place(reading, self.log_time).is_some() {
                    let (low, high) = range.unwrap_or((reading, reading));
                    range = Some((reading.min(low), reading.max(high)));
                }
            }
            if self.clock.is_shared() {
                break;
            }
        }
        range.map(|(low, high)| (if self.log_time { low } else { 0.0 }, high))
    }

    /// What an axis with these bounds spans, in values; a window leaves a little air at either end.
    pub(super) fn span(&self, bounds: &SteadyBounds, log: bool) -> Option<(f64, f64)> {
        if self.window.is_none() {
            return bounds.values(log);
        }
        let (low, high) = bounds.range();
        Some((value_at(low, log), value_at(high, log)))
    }

    /// What an axis without time shows: what the user has moved it to, or else `range`.
    pub(super) fn visible(&self, axis: usize, range: (f64, f64)) -> (f64, f64) {
        let moved = self.window.and_then(|window| window.moved[axis]);
        moved.unwrap_or(range)
    }

    /// A line down at a step, per family where every family has a clock of its own.
    pub(super) fn lines_at(&self, step: u64, name: &str, ink: Ink, pattern: Pattern) -> Vec<Layer> {
        let runs = if self.clock.is_shared() {
            vec![(0, ink)]
        } else {
            let runs = self.first_runs().into_iter();
            runs.map(|run| (run, self.ink(run))).collect()
        };
        let lines = runs.into_iter().filter_map(|(run, ink)| {
            // The clock of a run that has not started shows nothing.
            let at = self.reading_at(run, step).filter(|at| at.is_finite())?;
            Some(Layer::new(name, ink, 1.0, Shape::Vertical(at, pattern)))
        });
        lines.collect()
    }

    /// What the clock shows at a step, between two rows in proportion to the steps.
    fn reading_at(&self, run: usize, step: u64) -> Option<f64> {
        let readings = self.clock.readings(self.history, run);
        let steps = &self.history.step;
        let row = self.history.row_at(step as f64)?;
        let (Some(from), Some(to)) = (readings.get(row), readings.get(row + 1)) else {
            return readings.last().copied();
        };
        let part = (step - steps[row]) as f64 / (steps[row + 1] - steps[row]) as f64;
        Some(from + part * (to - from))
    }

    /// The line at which states are shown.
    pub(super) fn cursor_line(&self) -> Vec<Layer> {
        if let Some(Window { cursor, .. }) = self.window {
            let line = cursor.map(|at| {
                let shape = Shape::Vertical(value_at(at, self.log_time), Pattern::Solid);
                Layer::new("cursor", Ink::Text, 1.0, shape)
            });
            return line.into_iter().collect();
        }
        self.cursor.map_or_else(Vec::new, |step| {
            self.lines_at(step, "cursor", Ink::Text, Pattern::Solid)
        })
    }

    /// A run's line in its family's style.
    pub(super) fn line(&self, name: impl Into<String>, run: usize, points: Vec<[f64; 2]>) -> Layer {
        line(name, self.look(run), Curve::Points(points))
    }

    /// A run's way, whose markers would be taken for places where it is.
    pub(super) fn way(&self, name: impl Into<String>, run: usize, points: Vec<[f64; 2]>) -> Layer {
        let look = self.look(run);
        let (pattern, _) = pattern_of(look.line);
        let shape = Shape::Line {
            curve: Curve::Points(points),
            pattern,
            marked: false,
        };
        Layer::new(name, look.ink, look.width, shape)
    }

    /// Where a run is, larger for the first one of its family.
    pub(super) fn head(&self, run: usize, at: [f64; 2], first: bool) -> Layer {
        let radius = if first { 5.5 } else { 3.5 };
        let name = format!("{} now", self.label(run));
        dots(name, self.ink(run), vec![at], Marker::Circle, radius)
    }
}

impl Window<'_> {
    /// The readings of a run's rows, in places.
    pub fn readings_of(&self, run: usize) -> &[Option<f64>] {
        let readings = self.readings.get(run).or_else(|| self.readings.first());
        readings.map_or(&[], Vec::as_slice)
    }
}
