//! Numbers behind small patches, where they cover least of what is drawn.

use std::sync::Arc;

use eframe::egui::{Align2, Galley, Painter, Pos2, Rect, Vec2, pos2, vec2};

use super::strokes::on_screen;
use super::{Placed, PlotMemory, Style};
use crate::scene::ghosts::is_ghostly;
use crate::scene::{LegendEntry, Shape};
use crate::ui::{script, theme};

/// Where the numbers may stand, the first of them where several are as free.
const PLACES: [Align2; 9] = [
    Align2::RIGHT_TOP,
    Align2::RIGHT_BOTTOM,
    Align2::LEFT_BOTTOM,
    Align2::LEFT_TOP,
    Align2::RIGHT_CENTER,
    Align2::LEFT_CENTER,
    Align2::CENTER_TOP,
    Align2::CENTER_BOTTOM,
    Align2::CENTER_CENTER,
];

/// Pixels between the points that stand for a line.
const APART: f32 = 5.0;

/// Points that may be covered before the numbers move: two letters' worth.
const SLACK: usize = 4;

/// Draws the numbers of a plot; returns the room that they take.
pub(in crate::ui) fn readout_ui(
    painter: &Painter,
    placed: &mut Placed<'_>,
    memory: &mut PlotMemory,
    style: Style,
) -> Option<Rect> {
    let live = &placed.fitted.plot.live;
    if live.readout.is_empty() {
        return None;
    }
    let frame = placed.frame();
    let numbers = Numbers::new(painter, frame, &live.readout, style);
    let mut places = PLACES;
    if live.readout_below {
        places.swap(0, 1);
    }
    let rooms = places.map(|place| place.align_size_within_rect(numbers.room, frame.shrink(4.0)));
    let at = freest(&rooms, &drawn(placed), memory.readout);
    memory.readout = Some(at);
    numbers.paint(painter, rooms[at], &live.readout, style);
    placed.taken.push(rooms[at]);
    Some(rooms[at])
}

/// Which of the rooms that fit covers the least of a plot, that of `before` unless another one is much better;
/// the first one if none fits.
pub(in crate::ui) fn freest_of(
    rooms: &[Rect],
    placed: &Placed<'_>,
    before: Option<usize>,
    fits: impl Fn(usize) -> bool,
) -> usize {
    let fitting: Vec<usize> = (0..rooms.len()).filter(|at| fits(*at)).collect();
    let candidates: Vec<Rect> = fitting.iter().map(|at| rooms[*at]).collect();
    if candidates.is_empty() {
        return 0;
    }
    let before = fitting.iter().position(|at| Some(*at) == before);
    fitting[freest(&candidates, &drawn(placed), before)]
}

/// Which of some rooms covers the fewest points. The numbers stay where they were `before`, unless they
/// cover twice as much there.
fn freest(rooms: &[Rect], points: &[Pos2], before: Option<usize>) -> usize {
    let covered: Vec<usize> = rooms.iter().map(|room| covered(*room, points)).collect();
    let least = (0..rooms.len()).min_by_key(|at| covered[*at]).unwrap_or(0);
    let stays = |at: &usize| covered[*at] <= 2 * covered[least] + SLACK;
    before
        .filter(|at| *at < rooms.len())
        .filter(stays)
        .unwrap_or(least)
}

/// How many points are in a room.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "there are tens of thousands: without branches the processor compares several at a time"
)]
fn covered(room: Rect, points: &[Pos2]) -> usize {
    let Rect { min, max } = room;
    let is_in = |at: &Pos2| (min.x <= at.x) & (at.x <= max.x) & (min.y <= at.y) & (at.y <= max.y);
    let covered: u32 = points.iter().map(|at| u32::from(is_in(at))).sum();
    covered as usize
}

/// Points along the lines of a plot, and its single points.
fn drawn(placed: &Placed<'_>) -> Vec<Pos2> {
    let fitted = &placed.fitted;
    let frame = placed.exact_frame();
    let placing = fitted.placing(&frame);
    let logs = [fitted.plot.x.log, fitted.plot.y.log];
    let across = placed.frame().x_range();
    let mut points = Vec::new();
    for layer in &fitted.plot.layers {
        match &layer.shape {
            // What is faint may be covered.
            _ if is_ghostly(layer) => {}
            Shape::Line { curve, .. } => {
                if let Some(reduced) = fitted.reduced(&frame, curve, 1.0) {
                    for piece in reduced.lines() {
                        let piece = piece.into_iter();
                        let piece = piece.map(|[x, y]| on_screen(placing.at((x, y))));
                        along(piece, &mut points);
                    }
                } else {
                    let all = curve.points(logs);
                    along(all.iter().filter_map(|at| placed.at(*at)), &mut points);
                }
            }
            Shape::Points { at, .. } => points.extend(at.iter().filter_map(|at| placed.at(*at))),
            Shape::Horizontal(y, _) => {
                let y = fitted
                    .y
                    .part(*y)
                    .map(|part| frame.at([0.0, part])[1] as f32);
                along(
                    y.into_iter()
                        .flat_map(|y| [pos2(across.min, y), pos2(across.max, y)]),
                    &mut points,
                );
            }
            // Areas may be covered, and a line down is still seen above and below.
            Shape::Band(_)
            | Shape::Area(_)
            | Shape::Segments(_)
            | Shape::Bars { .. }
            | Shape::Vertical(..)
            | Shape::Arrow(_)
            | Shape::Text { .. } => {}
        }
    }
    points
}

/// Adds points along a line. Steep pieces need fewer: the numbers are low and broad.
fn along(line: impl Iterator<Item = Pos2>, points: &mut Vec<Pos2>) {
    /// A piece that leaves the frame far behind.
    const MOST: f32 = 400.0;
    let mut before: Option<Pos2> = None;
    for at in line {
        if let Some(before) = before {
            let way = at - before;
            let pieces = way.x.abs().max(way.y.abs() / 4.0) / APART;
            // Hardly ever between two columns of a dense line.
            if pieces > 1.0 {
                let pieces = pieces.ceil().min(MOST);
                let between = 1..pieces as usize;
                points.extend(between.map(|piece| before + way * (piece as f32 / pieces)));
            }
        }
        points.push(at);
        before = Some(at);
    }
}

/// The numbers as they are written.
struct Numbers {
    galleys: Vec<Arc<Galley>>,
    room: Vec2,
}

impl Numbers {
    fn new(painter: &Painter, frame: Rect, entries: &[LegendEntry], style: Style) -> Self {
        let size = if frame.height() < 160.0 || entries.len() > 3 {
            13.0
        } else {
            15.0
        };
        let words = entries.iter().map(|entry| {
            let color = theme::text(style.dark);
            let mut job = script::job(&entry.label, &style.bold(size), color);
            // A long name takes two lines.
            job.wrap.max_width = (frame.width() - 30.0).max(1.0);
            painter.layout_job(job)
        });
        let galleys: Vec<Arc<Galley>> = words.collect();
        let widths = galleys.iter().map(|galley| galley.size().x);
        let heights = galleys.iter().map(|galley| galley.size().y);
        let room = vec2(
            widths.fold(0.0, f32::max) + 20.0,
            heights.sum::<f32>() + 4.0,
        );
        Self { galleys, room }
    }

    fn paint(self, painter: &Painter, room: Rect, entries: &[LegendEntry], style: Style) {
        let dark = style.dark;
        painter.rect_filled(room, 3.0, theme::ground(dark).gamma_multiply(0.8));
        let mut y = room.top() + 2.0;
        for (entry, galley) in entries.iter().zip(self.galleys) {
            let height = galley.size().y;
            let middle = pos2(room.left() + 7.0, y + height / 2.0);
            let patch = Rect::from_center_size(middle, Vec2::splat(9.0));
            painter.rect_filled(patch, 2.0, theme::color(entry.ink, dark));
            painter.galley(pos2(room.left() + 16.0, y), galley, theme::text(dark));
            y += height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms() -> [Rect; 9] {
        let frame = Rect::from_min_size(Pos2::ZERO, vec2(300.0, 200.0));
        PLACES.map(|place| place.align_size_within_rect(vec2(90.0, 60.0), frame))
    }

    fn line(ends: [[f32; 2]; 2]) -> Vec<Pos2> {
        let mut points = Vec::new();
        along(ends.into_iter().map(Pos2::from), &mut points);
        points
    }

    #[test]
    fn numbers_keep_off_the_lines() {
        let rooms = rooms();
        let place = |points: &[Pos2], before| PLACES[freest(&rooms, points, before)];
        // An empty plot, and one whose only line is far below.
        assert_eq!(place(&[], None), Align2::RIGHT_TOP);
        let low = line([[0.0, 195.0], [300.0, 195.0]]);
        assert_eq!(place(&low, None), Align2::RIGHT_TOP);
        let high = line([[0.0, 10.0], [300.0, 10.0]]);
        assert_eq!(place(&high, None), Align2::RIGHT_BOTTOM);
        let falling = line([[0.0, 0.0], [300.0, 200.0]]);
        assert_eq!(place(&falling, None), Align2::RIGHT_TOP);
        // Rising from corner to corner, with a line along the bottom: top left is left.
        let rising = [line([[0.0, 200.0], [300.0, 0.0]]), low.clone()].concat();
        assert_eq!(place(&rising, None), Align2::LEFT_TOP);
        let both = [low, high].concat();
        assert_eq!(place(&both, None), Align2::RIGHT_CENTER);
    }

    #[test]
    fn numbers_do_not_move_for_little() {
        let rooms = rooms();
        let crossing = line([[240.0, 0.0], [300.0, 60.0]]);
        let grazing = &crossing[..SLACK];
        assert_eq!(freest(&rooms, grazing, Some(0)), 0);
        assert_eq!(freest(&rooms, &crossing, Some(0)), 1);
        assert_eq!(freest(&rooms, &crossing, Some(99)), 1);
    }

    #[test]
    fn a_line_is_told_by_points_that_are_close() {
        let points = line([[0.0, 0.0], [100.0, 0.0]]);
        let gaps = points.array_windows().map(|[from, to]| to.x - from.x);
        assert!(gaps.fold(0.0, f32::max) <= APART + 1e-3);
        assert_eq!(points.last(), Some(&pos2(100.0, 0.0)));
    }
}
