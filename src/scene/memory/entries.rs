//! The entries of a vector over time, as far as they have been worked out.

use std::collections::BTreeMap;

use super::{Axes, Extent, Memory};
use crate::scene::columns::{Reducer, Samples};
use crate::scene::curves::Curve;
use crate::scene::pictures::StateVector;
use crate::scene::view::View;
use crate::sim::census::sound_rows;
use crate::sim::history::History;

/// The entries of a run's vector against time, all of them: which are drawn changes as they grow, and one that
/// comes in would need a walk through every state.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    /// Of the states that are known.
    rows: Vec<usize>,
    /// Their places on the time axis, and what these were made for.
    x: Vec<Option<f64>>,
    axes: Option<Axes>,
    /// Per entry and state.
    y: Vec<Vec<f64>>,
    /// What each has come to span.
    spans: Vec<Extent>,
    /// How many states stay, and the row after theirs.
    settled: (usize, usize),
    /// Of those that are drawn.
    curves: BTreeMap<usize, Reducer>,
}

impl Memory {
    /// Entries of a run's vector over time, and what each spans over the whole history.
    pub fn entries(
        &mut self,
        view: &View<'_>,
        run: usize,
        drawn: &[usize],
        vector: StateVector,
    ) -> Vec<(Curve, (f64, f64))> {
        let Some(window) = view.window else {
            return whole_entries(view, run, drawn, vector);
        };
        let history = view.history;
        let places = window.readings_of(run);
        let entries = self.entries.entry(run).or_default();
        entries.follow(history, run, vector);
        entries.place(places, Axes::new(view, false));
        let (range, pixels) = (window.time, window.size[0]);
        entries
            .curves
            .retain(|j, curve| drawn.contains(j) && curve.suits(range, pixels));
        let settled = entries.settled.0;
        let known = drawn.iter().filter_map(|j| {
            let samples = Samples::plain(&entries.x, entries.y.get(*j)?, false);
            let curve = entries.curves.entry(*j);
            let curve = curve.or_insert_with(|| Reducer::new(range, pixels));
            let curve = Curve::Reduced(curve.follow(&samples, settled));
            let Extent { low, high, .. } = *entries.spans.get(*j)?;
            Some((curve, (low, high)))
        });
        known.collect()
    }
}

impl Entries {
    /// Takes in the states that are new, or may have changed.
    fn follow(&mut self, history: &History, run: usize, vector: StateVector) {
        let states = history.runs[run].states();
        let sound = sound_rows(history, run);
        self.rows.truncate(self.settled.0);
        self.x.truncate(self.settled.0);
        for values in &mut self.y {
            values.truncate(self.settled.0);
        }
        let new = states.partition_point(|(row, _)| *row < self.settled.1);
        for (row, state) in &states[new..] {
            let values = vector(&history.setup.facts, state);
            self.rows.push(*row);
            self.y.resize_with(values.len(), Vec::new);
            self.spans.resize(values.len(), Extent::NONE);
            let columns = self.y.iter_mut().zip(&mut self.spans);
            for ((column, span), value) in columns.zip(values) {
                column.push(value);
                if *row < sound {
                    span.include(value, false);
                }
            }
            if *row < history.scheduled_len() {
                self.settled = (self.rows.len(), row + 1);
            }
        }
    }

    /// Says where the states are on the time axis.
    fn place(&mut self, places: &[Option<f64>], axes: Axes) {
        if self.axes.replace(axes) != Some(axes) {
            self.x.clear();
            self.curves.clear();
        }
        let new = self.rows[self.x.len()..].iter();
        self.x
            .extend(new.map(|row| places.get(*row).copied().flatten()));
    }
}

/// [`Memory::entries`] of a page.
fn whole_entries(
    view: &View<'_>,
    run: usize,
    drawn: &[usize],
    vector: StateVector,
) -> Vec<(Curve, (f64, f64))> {
    let history = view.history;
    let states = history.runs[run].states();
    let sound = sound_rows(history, run);
    let readings = view.clock.readings(history, run);
    let shown = states.partition_point(|(row, _)| *row < view.drawn(run));
    let mut curves = vec![(Vec::with_capacity(shown), Extent::NONE); drawn.len()];
    for (at, (row, state)) in states.iter().enumerate() {
        let values = vector(&history.setup.facts, state);
        for ((points, span), j) in curves.iter_mut().zip(drawn) {
            if *row < sound {
                span.include(values[*j], false);
            }
            if at < shown {
                let x = readings.get(*row).copied().unwrap_or(f64::NAN);
                points.push([x, values[*j]]);
            }
        }
    }
    let known = curves.into_iter();
    known
        .map(|(points, span)| (Curve::Points(points), (span.low, span.high)))
        .collect()
}
