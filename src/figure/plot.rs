//! One plot in its frame: grid, layers, axes. Lengths are points.

use super::fonts::{self, Weight};
use super::svg::{Anchor, Dashes, Sheet, Type};
use crate::scene::curves::{Samples, reduce};
use crate::scene::polyline::{self, Frame, Point};
use crate::scene::scale::{Scale, place};
use crate::scene::{Layer, Marker, Pattern, Plot, Shape, Tiles};

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

/// How far a tile reaches under the next ones, in units of the type size: no seam shows between them.
const OVERLAP: f64 = 0.1;

/// Between the markers of a marked line, in units of the type size.
const MARKERS_APART: f64 = 9.0;

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

/// What a plot's axes span, abscissa first, in places: log₁₀ of the values on a logarithmic axis.
pub fn extent(plot: &Plot) -> [(f64, f64); 2] {
    let fitted = Fitted::new(plot);
    [fitted.x.range, fitted.y.range]
}

/// A plot whose axes are known.
pub(super) struct Fitted<'a> {
    plot: &'a Plot,
    x: Scale,
    y: Scale,
}

impl<'a> Fitted<'a> {
    pub(super) fn new(plot: &'a Plot) -> Self {
        let values = |axis: usize| {
            plot.layers
                .iter()
                .flat_map(move |layer| values(&layer.shape, axis))
        };
        Self {
            x: Scale::new(&plot.x, values(0)),
            y: Scale::new(&plot.y, values(1)),
            plot,
        }
    }

    /// The room that the ordinate needs left of a frame of this height.
    pub(super) fn left(&self, height: f64, em: f64) -> f64 {
        let axis = &self.plot.y;
        let label = if axis.label.is_empty() { 0.0 } else { 1.5 * em };
        if axis.bare {
            return label + 0.3 * em;
        }
        let ticks = self.y.ticks(y_ticks(height, em));
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
        let Some(tiles) = &self.plot.tiles else {
            return 0.5 * em;
        };
        let ticks = tiles.ticks(y_ticks(height, em));
        let widths = ticks
            .iter()
            .map(|(_, label)| fonts::width(label, TICK * em, Weight::Regular));
        (BAR_GAP + BAR + 2.3) * em + widths.fold(0.0, f64::max)
    }

    /// Draws it into a frame.
    pub(super) fn draw(mut self, sheet: &mut Sheet, frame: &Frame, em: f64) {
        let [width, height] = [0, 1].map(|axis| frame.max[axis] - frame.min[axis]);
        if self.plot.equal_scales {
            equalise(&mut self.x.range, &mut self.y.range, width, height);
        }
        self.axes(sheet, frame, em);
        if let Some(tiles) = &self.plot.tiles {
            sheet.clipped(frame.min, frame.max, |sheet| {
                self.tiles(sheet, frame, tiles, em);
            });
            self.bar(sheet, frame, tiles, em);
        }
        let mut marked = 0;
        sheet.clipped(frame.min, frame.max, |sheet| {
            let bands = |layer: &&Layer| matches!(layer.shape, Shape::Band { .. });
            let layers = &self.plot.layers;
            let (under, over): (Vec<&Layer>, Vec<&Layer>) = layers.iter().partition(bands);
            for layer in under.into_iter().chain(over) {
                self.layer(sheet, frame, em, layer, &mut marked);
            }
        });
        self.words(sheet, frame, em);
        if !self.plot.note.is_empty() {
            let middle = [0, 1].map(|axis| 0.5 * (frame.min[axis] + frame.max[axis]));
            let set = tick_type(sheet, em);
            sheet.text(middle, &self.plot.note, set, Anchor::Middle, false);
        }
    }

    fn axes(&self, sheet: &mut Sheet, frame: &Frame, em: f64) {
        let [width, height] = [0, 1].map(|axis| frame.max[axis] - frame.min[axis]);
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
            for tick in self.y.ticks(y_ticks(height, em)) {
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
            for tick in self.x.ticks(most) {
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

    fn tiles(&self, sheet: &mut Sheet, frame: &Frame, tiles: &Tiles, em: f64) {
        let overlap = OVERLAP * em;
        for tile in tiles.iter([self.plot.x.log, self.plot.y.log]) {
            let corners = [tile.low, tile.high].map(|corner| self.place(frame, corner));
            if let [Some([left, bottom]), Some([right, top])] = corners {
                let (top, right) = (top - overlap, right + overlap);
                sheet.rectangle([left, top], [right, bottom], tile.color, 1.0);
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
    }

    /// Where a point is on the page, however far outside the frame.
    fn place(&self, frame: &Frame, [x, y]: Point) -> Option<Point> {
        let (x, y) = (self.x.part(x)?, self.y.part(y)?);
        Some(at(frame, [x, y]))
    }

    fn layer(&self, sheet: &mut Sheet, frame: &Frame, em: f64, layer: &Layer, marked: &mut usize) {
        let color = sheet.color(layer.ink);
        let width = line_width(layer.width, em);
        let solid = |sheet: &mut Sheet, pieces: &[Vec<Point>]| {
            sheet.line(pieces, color, layer.opacity, width, &[]);
        };
        match &layer.shape {
            Shape::Line {
                points,
                pattern,
                marked: beads,
            } => {
                let (pieces, at) = self.line(frame, em, points, *marked);
                sheet.line(&pieces, color, layer.opacity, width, dashes(*pattern));
                if *beads {
                    *marked += 1;
                    sheet.discs(&at, 3.0 * SCREEN * em, color, layer.opacity);
                }
            }
            Shape::Band { x, low, high } => {
                for outline in self.band(frame, em, x, low, high) {
                    sheet.area(&outline, color, layer.opacity);
                }
            }
            Shape::Points {
                at,
                marker,
                radius,
                filled,
            } => {
                let near = frame.expanded(2.0 * em);
                let at = at.iter().filter_map(|point| self.place(frame, *point));
                let at: Vec<Point> = at.filter(|point| near.contains(*point)).collect();
                let radius = radius * SCREEN * em;
                mark(sheet, &at, *marker, radius, *filled, layer, em);
            }
            Shape::Segments(segments) => {
                let segments = segments.iter().filter_map(|[from, to]| {
                    let ends = [self.place(frame, *from)?, self.place(frame, *to)?];
                    Some(polyline::clipped(ends, frame.expanded(em))?.to_vec())
                });
                solid(sheet, &segments.collect::<Vec<_>>());
            }
            Shape::Area(corners) => {
                let corners = corners
                    .iter()
                    .filter_map(|corner| self.place(frame, *corner));
                sheet.area(&corners.collect::<Vec<_>>(), color, layer.opacity);
            }
            Shape::Bars { bars, width } => {
                for [x, from, to] in bars {
                    let corners = [[x - 0.5 * width, *from], [x + 0.5 * width, *to]];
                    let [Some(a), Some(b)] = corners.map(|corner| self.place(frame, corner)) else {
                        continue;
                    };
                    let min = [a[0].min(b[0]), a[1].min(b[1])];
                    let max = [a[0].max(b[0]), a[1].max(b[1])];
                    sheet.rectangle(min, max, color, layer.opacity);
                }
            }
            Shape::Horizontal(y, pattern) => {
                if let Some(part) = self.y.part(*y) {
                    let line = [0.0, 1.0].map(|x| at(frame, [x, part])).to_vec();
                    sheet.line(&[line], color, layer.opacity, width, dashes(*pattern));
                }
            }
            Shape::Vertical(x, pattern) => {
                if let Some(part) = self.x.part(*x) {
                    let line = [0.0, 1.0].map(|y| at(frame, [part, y])).to_vec();
                    sheet.line(&[line], color, layer.opacity, width, dashes(*pattern));
                }
            }
            Shape::Arrow([from, to]) => {
                let ends = [*from, *to].map(|end| self.place(frame, end));
                if let [Some(from), Some(to)] = ends {
                    arrow(sheet, from, to, width, layer);
                }
            }
            // Above everything, so that nothing crosses them.
            Shape::Text { .. } => {}
        }
    }

    /// A line's visible pieces and the places of its markers, those of the line number `nth` shifted.
    fn line(
        &self,
        frame: &Frame,
        em: f64,
        points: &[Point],
        nth: usize,
    ) -> (Vec<Vec<Point>>, Vec<Point>) {
        let rises = points.windows(2).all(|pair| pair[0][0] <= pair[1][0]);
        let near = frame.expanded(em);
        if rises {
            let x: Vec<_> = points
                .iter()
                .map(|[x, _]| place(*x, self.plot.x.log))
                .collect();
            let y: Vec<f64> = points.iter().map(|[_, y]| *y).collect();
            let samples = Samples {
                x: &x,
                y: &y,
                low: &[],
                high: &[],
                log_y: self.plot.y.log,
            };
            let columns = (frame.max[0] - frame.min[0]) / (FINEST * em);
            let reduced = reduce(&samples, self.x.range, columns);
            let lines = reduced.lines();
            let pieces = lines.iter().flat_map(|line| {
                let line: Vec<Point> = line
                    .iter()
                    .map(|point| self.of_places(frame, *point))
                    .collect();
                polyline::visible(&line, &near)
            });
            let spacing = (MARKERS_APART / FINEST) as i64;
            let offset = (2.2 / FINEST) as i64 * nth as i64;
            let markers = reduced.markers(spacing, offset.rem_euclid(spacing));
            let markers = markers
                .into_iter()
                .map(|point| self.of_places(frame, point));
            return (pieces.collect(), markers.collect());
        }
        let mut pieces = Vec::new();
        let mut beads = Vec::new();
        let places: Vec<Option<Point>> = points
            .iter()
            .map(|point| self.place(frame, *point))
            .collect();
        for stretch in places.split(Option::is_none) {
            let stretch: Vec<Point> = stretch.iter().copied().flatten().collect();
            let stretch = polyline::thinned(&stretch, FINEST * em);
            beads.extend(polyline::beads(&stretch, MARKERS_APART * em));
            pieces.extend(polyline::visible(&stretch, &near));
        }
        (pieces, beads)
    }

    /// The outlines of a band, unbroken stretches of it.
    fn band(
        &self,
        frame: &Frame,
        em: f64,
        x: &[f64],
        low: &[f64],
        high: &[f64],
    ) -> Vec<Vec<Point>> {
        let x: Vec<_> = x.iter().map(|x| place(*x, self.plot.x.log)).collect();
        let samples = Samples {
            x: &x,
            y: high,
            low,
            high,
            log_y: self.plot.y.log,
        };
        let columns = (frame.max[0] - frame.min[0]) / (2.0 * FINEST * em);
        let bands = reduce(&samples, self.x.range, columns).bands();
        let outline = |(x, low, high): (Vec<f64>, Vec<f64>, Vec<f64>)| -> Vec<Point> {
            let upper = x.iter().copied().zip(high);
            let lower = x.iter().copied().zip(low).rev();
            let near = frame.expanded(em);
            let points = upper
                .chain(lower)
                .map(|(x, y)| self.of_places(frame, [x, y]));
            // Cut by hand: a polygon, unlike a line, must stay closed.
            points
                .map(|point| [0, 1].map(|axis| point[axis].clamp(near.min[axis], near.max[axis])))
                .collect()
        };
        bands.into_iter().map(outline).collect()
    }

    /// Where a point in axis places is on the page.
    fn of_places(&self, frame: &Frame, [x, y]: Point) -> Point {
        let part = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        at(frame, [part(x, self.x.range), part(y, self.y.range)])
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
            let Some([x, y]) = self.place(frame, *at) else {
                continue;
            };
            let size = size * SCREEN_TYPE * em;
            let width = fonts::width(text, size, Weight::Regular);
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
            let min = [left, baseline - 0.8 * size];
            let max = [left + width, baseline + 0.25 * size];
            let free = |[other_min, other_max]: &[Point; 2]| {
                (0..2).any(|axis| min[axis] > other_max[axis] || max[axis] < other_min[axis])
            };
            if !(frame.contains(min) && frame.contains(max) && taken.iter().all(free)) {
                continue;
            }
            taken.push([min, max]);
            let ground = sheet.palette().ground;
            sheet.rectangle(min, max, ground, 0.75);
            let set = Type {
                size,
                weight: Weight::Regular,
                color: sheet.color(layer.ink),
            };
            sheet.text([left, baseline], text, set, Anchor::Start, false);
        }
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

/// A point of the frame by its parts of the way right and up.
fn at(frame: &Frame, [x, y]: Point) -> Point {
    [
        frame.min[0] + x * (frame.max[0] - frame.min[0]),
        frame.max[1] - y * (frame.max[1] - frame.min[1]),
    ]
}

/// Widens one range so that a unit is as long in either direction.
fn equalise(x: &mut (f64, f64), y: &mut (f64, f64), width: f64, height: f64) {
    let per_point = ((x.1 - x.0) / width).max((y.1 - y.0) / height);
    for (range, length) in [(x, width), (y, height)] {
        let middle = 0.5 * (range.0 + range.1);
        let half = 0.5 * per_point * length;
        *range = (middle - half, middle + half);
    }
}

/// The coordinates of a shape along one axis.
fn values(shape: &Shape, axis: usize) -> Vec<f64> {
    let of = |points: &[Point]| points.iter().map(|point| point[axis]).collect();
    match shape {
        Shape::Line { points, .. } | Shape::Points { at: points, .. } => of(points),
        Shape::Band { x, .. } if axis == 0 => x.clone(),
        Shape::Band { low, high, .. } => low.iter().chain(high).copied().collect(),
        Shape::Segments(segments) => of(segments.as_flattened()),
        Shape::Bars { bars, width } if axis == 0 => {
            let ends = bars
                .iter()
                .flat_map(|[x, ..]| [x - 0.5 * width, x + 0.5 * width]);
            ends.collect()
        }
        Shape::Bars { bars, .. } => bars.iter().flat_map(|[_, from, to]| [*from, *to]).collect(),
        Shape::Horizontal(y, _) if axis == 1 => vec![*y],
        Shape::Vertical(x, _) if axis == 0 => vec![*x],
        Shape::Horizontal(..) | Shape::Vertical(..) => Vec::new(),
        Shape::Area(corners) => of(corners),
        Shape::Arrow(ends) => of(ends),
        Shape::Text { at, .. } => vec![at[axis]],
    }
}

/// Markers of one kind.
pub(super) fn mark(
    sheet: &mut Sheet,
    at: &[Point],
    marker: Marker,
    radius: f64,
    filled: bool,
    layer: &Layer,
    em: f64,
) {
    let color = sheet.color(layer.ink);
    let width = line_width(layer.width.max(1.4), em);
    let strokes = |ends: &[[[f64; 2]; 2]]| -> Vec<Vec<Point>> {
        let ends = ends.iter();
        let of_marker = |[x, y]: &Point| {
            let ends = ends.clone();
            let moved =
                ends.map(|line| line.map(|[a, b]| [x + radius * a, y + radius * b]).to_vec());
            moved.collect::<Vec<_>>()
        };
        at.iter().flat_map(of_marker).collect()
    };
    let corners: &[[f64; 2]] = match marker {
        Marker::Circle if filled => return sheet.discs(at, radius, color, layer.opacity),
        Marker::Circle => {
            for point in at {
                sheet.ring(*point, radius, color, width);
            }
            return;
        }
        Marker::Cross => {
            let lines = strokes(&[[[-0.8, -0.8], [0.8, 0.8]], [[-0.8, 0.8], [0.8, -0.8]]]);
            return sheet.line(&lines, color, layer.opacity, width, &[]);
        }
        Marker::Plus => {
            let lines = strokes(&[[[-1.0, 0.0], [1.0, 0.0]], [[0.0, -1.0], [0.0, 1.0]]]);
            return sheet.line(&lines, color, layer.opacity, width, &[]);
        }
        Marker::Square => &[[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
        Marker::Diamond => &[[0.0, -1.1], [1.1, 0.0], [0.0, 1.1], [-1.1, 0.0]],
    };
    for [x, y] in at {
        let outline = corners
            .iter()
            .map(|[a, b]| [x + radius * a, y + radius * b]);
        let mut outline: Vec<Point> = outline.collect();
        if filled {
            sheet.area(&outline, color, layer.opacity);
        } else {
            outline.push(outline[0]);
            outline.push(outline[1]);
            sheet.line(&[outline], color, layer.opacity, width, &[]);
        }
    }
}

fn arrow(sheet: &mut Sheet, from: Point, to: Point, width: f64, layer: &Layer) {
    let color = sheet.color(layer.ink);
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    if length.is_nan() || length == 0.0 {
        return;
    }
    let along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    let head = (5.0 * width).min(0.5 * length);
    let base = [to[0] - head * along[0], to[1] - head * along[1]];
    let wing = [-0.4 * head * along[1], 0.4 * head * along[0]];
    sheet.line(&[vec![from, base]], color, layer.opacity, width, &[]);
    let corners = [
        to,
        [base[0] + wing[0], base[1] + wing[1]],
        [base[0] - wing[0], base[1] - wing[1]],
    ];
    sheet.area(&corners, color, layer.opacity);
}
