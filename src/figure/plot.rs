//! One plot in its frame: grid, layers, axes. Lengths are points.

use super::fonts::{self, Weight};
use super::marks::{arrow, mark};
use super::svg::{Anchor, Dashes, Sheet, Type};
use crate::scene::curves::Ribbon;
use crate::scene::fitted::{Fineness, Fitted, Seen};
use crate::scene::polyline::{self, Frame, Point};
use crate::scene::scale::FLOOR_WORDS;
use crate::scene::{Layer, Pattern, Plot, Shape, Tiles};

/// Points of the page per point of the screen, per point of type: a plot that is 350 points wide in
/// the window is 230 wide in a column whose type has 8 points.
const SCREEN: f64 = 0.078;

/// The same for words, which shrink less.
const SCREEN_TYPE: f64 = 0.062;

/// How fine lines are drawn, in units of the type size: finer than a line is wide.
const FINEST: f64 = 0.05;

/// Between a frame and the scale of its map, and the scale's width, in units of the type size.
const BAR_GAP: f64 = 0.8;
const BAR: f64 = 0.9;

/// A line at that scale which says what its ends mean, in units of the type size.
const SIDES: f64 = 1.3;

/// How far a tile reaches under the next ones, in units of the type size: no seam shows between them.
const OVERLAP: f64 = 0.1;

/// Between the markers of a marked line, in units of the type size.
const MARKERS_APART: f64 = 9.0;

/// How far those of the next line are shifted.
const SHIFT: f64 = 2.2;

pub(super) fn dashes(pattern: Pattern) -> Dashes {
    match pattern {
        Pattern::Solid => &[],
        Pattern::Dashed => &[4.5, 2.5],
        Pattern::Dotted => &[0.0, 2.6],
    }
}

/// A line's width on the page.
pub(super) fn line_width(width: f64, em: f64) -> f64 {
    width * SCREEN * em
}

/// How finely a page is drawn.
fn fineness(em: f64) -> Fineness {
    Fineness {
        finest: FINEST * em,
        markers_apart: MARKERS_APART * em,
        shift: SHIFT * em,
    }
}

/// A plot whose axes are known, on a page.
pub(super) struct PagePlot<'a> {
    fitted: Fitted<'a>,
    plot: &'a Plot,
}

impl<'a> PagePlot<'a> {
    pub(super) fn new(plot: &'a Plot) -> Self {
        let fitted = Fitted::new(plot);
        Self { fitted, plot }
    }

    /// The room that the ordinate needs left of a frame of this height.
    pub(super) fn left(&self, height: f64, em: f64) -> f64 {
        let axis = &self.plot.y;
        let label = if axis.label.is_empty() { 0.0 } else { 1.5 * em };
        if axis.bare {
            return label + 0.3 * em;
        }
        let ticks = self.fitted.y.ticks(y_ticks(height, em));
        let widths = ticks
            .iter()
            .map(|tick| fonts::width(&tick.label, TICK * em, Weight::Regular));
        label + widths.fold(0.0, f64::max) + 0.8 * em
    }

    /// The room that the abscissa needs under a frame.
    pub(super) fn bottom(&self, em: f64) -> f64 {
        let axis = &self.plot.x;
        let label = if axis.label.is_empty() { 0.0 } else { 1.3 * em };
        let ticks = if axis.bare { 0.3 } else { 1.5 };
        label + ticks * em
    }

    /// The room right of a frame of this height: for the last number of the abscissa, and for the scale
    /// of a map.
    pub(super) fn right(&self, height: f64, em: f64) -> f64 {
        let tiles = self.plot.tiles.as_ref();
        let Some(tiles) = tiles.filter(|tiles| !tiles.scale.bare) else {
            return 0.5 * em;
        };
        let ticks = tiles.ticks(y_ticks(height, em));
        let widths = ticks
            .iter()
            .map(|(_, label)| fonts::width(label, TICK * em, Weight::Regular));
        let sides = if tiles.sides[0].is_empty() {
            0.0
        } else {
            SIDES
        };
        (BAR_GAP + BAR + 2.3 + sides) * em + widths.fold(0.0, f64::max)
    }

    /// Draws it into a frame.
    pub(super) fn draw(mut self, sheet: &mut Sheet, frame: &Frame, em: f64) {
        self.fitted.equalise(frame);
        self.axes(sheet, frame, em);
        if let Some(tiles) = &self.plot.tiles {
            sheet.clipped(frame.min, frame.max, |sheet| {
                self.tiles(sheet, frame, tiles, em);
            });
            if !tiles.scale.bare {
                self.bar(sheet, frame, tiles, em);
            }
        }
        self.floor(sheet, frame, em);
        let mut marked = 0;
        let bands = |layer: &&Layer| matches!(layer.shape, Shape::Band(_));
        let layers = &self.plot.layers;
        let (mut ordered, over): (Vec<&Layer>, Vec<&Layer>) = layers.iter().partition(bands);
        ordered.extend(over);
        let is_points = |layer: &&Layer| matches!(layer.shape, Shape::Points { .. });
        for layers in ordered.chunk_by(|a, b| is_points(a) == is_points(b)) {
            // A marker in the frame is drawn whole, also at its edge.
            let room = if is_points(&layers[0]) {
                frame.expanded(em)
            } else {
                *frame
            };
            sheet.clipped(room.min, room.max, |sheet| {
                for layer in layers {
                    self.layer(sheet, frame, em, layer, &mut marked);
                }
            });
        }
        self.words(sheet, frame, em);
        if !self.plot.note.is_empty() {
            let middle = [0, 1].map(|axis| 0.5 * (frame.min[axis] + frame.max[axis]));
            let set = tick_type(sheet, em);
            sheet.text(middle, &self.plot.note, set, Anchor::Middle, false);
        }
    }

    fn axes(&self, sheet: &mut Sheet, frame: &Frame, em: f64) {
        let [width, height] = frame.size();
        let [left, top] = frame.min;
        let [right, bottom] = frame.max;
        let palette = sheet.palette();
        let set = tick_type(sheet, em);
        let mut grid = Vec::new();
        let mut marks = Vec::new();
        if !(self.plot.x.bare && self.plot.y.bare) {
            marks.push(vec![[left, top], [left, bottom], [right, bottom]]);
        }
        let mut labels = Vec::new();
        if !self.plot.y.bare {
            let middle_of_digits = 0.36 * set.size;
            for tick in self.fitted.y.ticks(y_ticks(height, em)) {
                let y = bottom - tick.at * height;
                let long = if tick.label.is_empty() { 0.2 } else { 0.38 };
                marks.push(vec![[left - long * em, y], [left, y]]);
                if !tick.label.is_empty() {
                    grid.push(vec![[left, y], [right, y]]);
                    let at = [left - 0.6 * em, y + middle_of_digits];
                    labels.push((at, tick.label, Anchor::End));
                }
            }
        }
        if !self.plot.x.bare {
            let most = if self.plot.equal_scales {
                // The same numbers as on the ordinate.
                y_ticks(height, em) * width / height
            } else {
                (width / (4.0 * em)).min(9.0)
            };
            for tick in self.fitted.x.ticks(most) {
                let x = left + tick.at * width;
                let long = if tick.label.is_empty() { 0.2 } else { 0.38 };
                marks.push(vec![[x, bottom], [x, bottom + long * em]]);
                if !tick.label.is_empty() {
                    grid.push(vec![[x, top], [x, bottom]]);
                    let at = [x, bottom + 0.55 * em + 0.85 * set.size];
                    labels.push((at, tick.label, Anchor::Middle));
                }
            }
        }
        sheet.line(&grid, palette.grid, 0.5, 0.05 * em, &[]);
        sheet.line(&marks, palette.weak, 1.0, 0.075 * em, &[]);
        for (at, label, anchor) in labels {
            sheet.text(at, &label, set, anchor, false);
        }
        let set = label_type(sheet, em);
        let middle = 0.5 * (left + right);
        let under = bottom + self.bottom(em) - 0.25 * em;
        sheet.text(
            [middle, under],
            &self.plot.x.label,
            set,
            Anchor::Middle,
            false,
        );
        let beside = left - self.left(height, em) + 0.85 * em;
        let middle = 0.5 * (top + bottom);
        sheet.text(
            [beside, middle],
            &self.plot.y.label,
            set,
            Anchor::Middle,
            true,
        );
    }

    /// Sets the lowest part of a logarithmic axis off where all that is smaller is drawn: what is 0 up to rounding.
    fn floor(&self, sheet: &mut Sheet, frame: &Frame, em: f64) {
        let Some(part) = self.fitted.y.floor() else {
            return;
        };
        let corner = frame.at([0.0, part]);
        sheet.rectangle(corner, frame.max, sheet.palette().grid, 0.5);
        let set = tick_type(sheet, em);
        let at = [corner[0] + 0.4 * em, corner[1] - 0.3 * em];
        sheet.text(at, FLOOR_WORDS, set, Anchor::Start, false);
    }

    fn tiles(&self, sheet: &mut Sheet, frame: &Frame, tiles: &Tiles, em: f64) {
        let overlap = OVERLAP * em;
        let [across, up] = tiles.borders([self.plot.x.log, self.plot.y.log]);
        for stretch in tiles.stretches() {
            let Some(corners) = stretch.corners([&across, &up]) else {
                continue;
            };
            let corners = corners.map(|corner| self.fitted.place(frame, corner));
            if let [Some([left, bottom]), Some([right, top])] = corners {
                let (top, right) = (top - overlap, right + overlap);
                sheet.rectangle([left, top], [right, bottom], stretch.color, 1.0);
            }
        }
    }

    /// The scale of a map: its colours from the lowest to the highest number.
    fn bar(&self, sheet: &mut Sheet, frame: &Frame, tiles: &Tiles, em: f64) {
        const STEPS: u32 = 64;
        let [_, top] = frame.min;
        let [right, bottom] = frame.max;
        let (left, height) = (right + BAR_GAP * em, bottom - top);
        let right = left + BAR * em;
        for step in 0..STEPS {
            let part = |step: u32| f64::from(step) / f64::from(STEPS);
            let color = tiles.colours.at(part(step) + 0.5 / f64::from(STEPS));
            let upper = (bottom - part(step + 1) * height - OVERLAP * em).max(top);
            let lower = bottom - part(step) * height;
            sheet.rectangle([left, upper], [right, lower], color, 1.0);
        }
        let set = tick_type(sheet, em);
        let palette = sheet.palette();
        for (part, label) in tiles.ticks(y_ticks(height, em)) {
            let y = bottom - part * height;
            let mark = vec![[right, y], [right + 0.3 * em, y]];
            sheet.line(&[mark], palette.weak, 1.0, 0.075 * em, &[]);
            let at = [right + 0.5 * em, y + 0.36 * set.size];
            sheet.text(at, &label, set, Anchor::Start, false);
        }
        let beside = frame.max[0] + self.right(height, em) - 0.35 * em;
        let set = label_type(sheet, em);
        let middle = [beside, 0.5 * (top + bottom)];
        sheet.text(middle, &tiles.scale.label, set, Anchor::Middle, true);
        let [low, high] = &tiles.sides;
        if !low.is_empty() {
            let x = beside - SIDES * em;
            sheet.text([x, bottom], &format!("← {low}"), set, Anchor::Start, true);
            sheet.text([x, top], &format!("{high} →"), set, Anchor::End, true);
        }
    }

    fn layer(&self, sheet: &mut Sheet, frame: &Frame, em: f64, layer: &Layer, marked: &mut usize) {
        let color = sheet.color(layer.ink);
        let width = line_width(layer.width, em);
        let solid = |sheet: &mut Sheet, pieces: &[Vec<Point>]| {
            sheet.line(pieces, color, layer.opacity, width, &[]);
        };
        match &layer.shape {
            Shape::Line {
                curve,
                pattern,
                marked: has_markers,
            } => {
                let Seen { pieces, markers } =
                    self.fitted.line(frame, fineness(em), curve, *marked);
                sheet.line(&pieces, color, layer.opacity, width, dashes(*pattern));
                if *has_markers {
                    *marked += 1;
                    sheet.discs(&markers, 3.0 * SCREEN * em, color, layer.opacity);
                }
            }
            Shape::Band(ribbon) => self.band(sheet, frame, em, ribbon, layer),
            Shape::Points {
                at,
                marker,
                radius,
                filled,
            } => {
                let near = frame.expanded(0.1 * em);
                let at = at
                    .iter()
                    .filter_map(|point| self.fitted.place(frame, *point));
                let at: Vec<Point> = at.filter(|point| near.contains(*point)).collect();
                let radius = radius * SCREEN * em;
                mark(sheet, &at, *marker, radius, *filled, layer, em);
            }
            Shape::Segments(segments) => {
                let segments = segments.iter().filter_map(|[from, to]| {
                    let ends = [
                        self.fitted.place(frame, *from)?,
                        self.fitted.place(frame, *to)?,
                    ];
                    Some(polyline::clipped(ends, frame.expanded(em))?.to_vec())
                });
                solid(sheet, &segments.collect::<Vec<_>>());
            }
            Shape::Area(corners) => {
                let corners = corners
                    .iter()
                    .filter_map(|corner| self.fitted.place(frame, *corner));
                sheet.area(&corners.collect::<Vec<_>>(), color, layer.opacity);
            }
            Shape::Bars { bars, width } => self.bars(sheet, frame, bars, *width, layer),
            Shape::Horizontal(y, pattern) => {
                if let Some(part) = self.fitted.y.part(*y) {
                    let line = [0.0, 1.0].map(|x| frame.at([x, part])).to_vec();
                    sheet.line(&[line], color, layer.opacity, width, dashes(*pattern));
                }
            }
            Shape::Vertical(x, pattern) => {
                if let Some(part) = self.fitted.x.part(*x) {
                    let line = [0.0, 1.0].map(|y| frame.at([part, y])).to_vec();
                    sheet.line(&[line], color, layer.opacity, width, dashes(*pattern));
                }
            }
            Shape::Arrow([from, to]) => {
                let ends = [*from, *to].map(|end| self.fitted.place(frame, end));
                if let [Some(from), Some(to)] = ends {
                    arrow(sheet, from, to, width, layer);
                }
            }
            // Above everything, so that nothing crosses them.
            Shape::Text { .. } => {}
        }
    }

    fn band(&self, sheet: &mut Sheet, frame: &Frame, em: f64, ribbon: &Ribbon, layer: &Layer) {
        // Cut by hand: a polygon, unlike a line, must stay closed.
        let near = frame.expanded(em);
        let cut =
            |point: Point| [0, 1].map(|axis| point[axis].clamp(near.min[axis], near.max[axis]));
        for sides in self.fitted.band(frame, 2.0 * FINEST * em, ribbon) {
            let upper = sides.iter().map(|[_, high]| *high);
            let lower = sides.iter().rev().map(|[low, _]| *low);
            let outline: Vec<Point> = upper.chain(lower).map(cut).collect();
            sheet.area(&outline, sheet.color(layer.ink), layer.opacity);
        }
    }

    fn bars(&self, sheet: &mut Sheet, frame: &Frame, bars: &[[f64; 3]], width: f64, layer: &Layer) {
        for [x, from, to] in bars {
            let corners = [[x - 0.5 * width, *from], [x + 0.5 * width, *to]];
            let corners = corners.map(|corner| self.fitted.place(frame, corner));
            if let [Some(a), Some(b)] = corners {
                let min = [a[0].min(b[0]), a[1].min(b[1])];
                let max = [a[0].max(b[0]), a[1].max(b[1])];
                sheet.rectangle(min, max, sheet.color(layer.ink), layer.opacity);
            }
        }
    }

    /// The words in the picture; those that would cover earlier ones or leave the frame are left out.
    fn words(&self, sheet: &mut Sheet, frame: &Frame, em: f64) {
        let mut taken: Vec<[Point; 2]> = Vec::new();
        for layer in &self.plot.layers {
            let Shape::Text {
                at,
                text,
                side,
                size,
            } = &layer.shape
            else {
                continue;
            };
            let size = size * SCREEN_TYPE * em;
            let width = fonts::width(text, size, Weight::Regular);
            let rooms = at.iter().filter_map(|at| {
                Some(text_room(
                    self.fitted.place(frame, *at)?,
                    *side,
                    width,
                    size,
                ))
            });
            let free = |TextRoom { min, max, .. }: &TextRoom| {
                let apart = |[other_min, other_max]: &[Point; 2]| {
                    (0..2).any(|axis| min[axis] > other_max[axis] || max[axis] < other_min[axis])
                };
                frame.contains(*min) && frame.contains(*max) && taken.iter().all(apart)
            };
            let Some(TextRoom { start, min, max }) = rooms.into_iter().find(free) else {
                continue;
            };
            taken.push([min, max]);
            let ground = sheet.palette().ground;
            sheet.rectangle(min, max, ground, 0.75);
            let set = Type {
                size,
                weight: Weight::Regular,
                color: sheet.color(layer.ink),
            };
            sheet.text(start, text, set, Anchor::Start, false);
        }
    }
}

/// Where words are written, and the room that they take.
struct TextRoom {
    start: Point,
    min: Point,
    max: Point,
}

/// Words of this width and size on one side of a point.
fn text_room([x, y]: Point, side: [i8; 2], width: f64, size: f64) -> TextRoom {
    let gap = 0.35 * size;
    let left = match side[0] {
        ..0 => x - width - gap,
        0 => x - 0.5 * width,
        1.. => x + gap,
    };
    let baseline = match side[1] {
        ..0 => y + gap + 0.75 * size,
        0 => y + 0.36 * size,
        1.. => y - gap,
    };
    TextRoom {
        start: [left, baseline],
        min: [left, baseline - 0.8 * size],
        max: [left + width, baseline + 0.25 * size],
    }
}

/// Size of the numbers at the axes, in units of the type size.
const TICK: f64 = 0.88;

fn tick_type(sheet: &Sheet, em: f64) -> Type {
    Type {
        size: TICK * em,
        weight: Weight::Regular,
        color: sheet.palette().weak,
    }
}

fn label_type(sheet: &Sheet, em: f64) -> Type {
    Type {
        size: em,
        weight: Weight::Regular,
        color: sheet.palette().text,
    }
}

fn y_ticks(height: f64, em: f64) -> f64 {
    (height / (2.0 * em)).min(8.0)
}
