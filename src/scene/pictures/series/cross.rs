//! The mark of a run that has diverged.

use super::super::dots;
use crate::scene::memory::Memory;
use crate::scene::scale::{place, value_at};
use crate::scene::view::View;
use crate::scene::{Layer, Marker};
use crate::sim::experiment::{RunStatus, Source};

/// How far from the edges a cross stands that says where a run went out of the picture, in units of the axis: far
/// enough to be whole in a small cell.
const CROSS_ROOM: f64 = 0.045;

/// Marks where a run was stopped, or where it went out of the picture.
pub(super) fn cross(
    view: &View<'_>,
    run: usize,
    source: Source,
    log: bool,
    range: Option<(f64, f64)>,
    memory: &mut Memory,
) -> Option<Layer> {
    let RunStatus::Diverged { step } = view.history.status[run] else {
        return None;
    };
    if view.until.is_some_and(|until| until < step) {
        return None;
    }
    let points = memory.curve(view, run, source, log).curve;
    let [x, drawn] = points
        .points([view.log_time, log])
        .iter()
        .copied()
        .rfind(|[x, y]| place(*x, view.log_time).is_some() && place(*y, log).is_some())?;
    // The last point of a curve that is drawn pixel by pixel is anything that its last pixel holds.
    let y = last_number(view, run, source, log).unwrap_or(drawn);
    let (low, high) = range.unwrap_or((y, y));
    let y = y.min(high).max(low);
    let [low, high] = [place(low, log)?, place(high, log)?];
    let room = CROSS_ROOM * (high - low);
    let at = place(y, log)?.min(high - room).max(low + room);
    let last = [x, value_at(at, log)];
    let name = format!("{} diverged", view.label(run));
    Some(dots(name, view.ink(run), vec![last], Marker::Cross, 7.0))
}

/// The last number of a run that has a place on the axis, or that lies beyond every place.
fn last_number(view: &View<'_>, run: usize, source: Source, log: bool) -> Option<f64> {
    let recorded = &view.history.runs[run];
    let rows = (0..view.drawn(run)).rev();
    let mut numbers = rows.filter_map(|row| recorded.number_at(source, row));
    numbers.find(|number| number.is_infinite() || place(*number, log).is_some())
}
