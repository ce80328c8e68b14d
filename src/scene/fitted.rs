//! A plot whose axes are known, in a frame of known size: where everything is. Lengths are those of the
//! frame: points of a page or pixels of a window.

use std::sync::Arc;

use super::columns::{Reduced, Samples, reduce};
use super::curves::{Curve, Ribbon};
use super::polyline::{self, Frame, Point};
use super::scale::{Scale, has_place, place};
use super::stroke::Placing;
use super::{Plot, Shape};

/// How finely lines are drawn, in lengths of the frame.
#[derive(Clone, Copy, Debug)]
pub struct Fineness {
    /// Nothing smaller than this can be told apart.
    pub finest: f64,
    /// Between the markers of a marked line.
    pub markers_apart: f64,
    /// How far those of the next line are shifted, so that they do not coincide.
    pub shift: f64,
}

/// What a plot's axes span, abscissa first, in places: log₁₀ of the values on a logarithmic axis.
pub fn extent(plot: &Plot) -> [(f64, f64); 2] {
    let fitted = Fitted::new(plot);
    [fitted.x.range, fitted.y.range]
}

/// See the module.
#[derive(Debug)]
pub struct Fitted<'a> {
    /// What is drawn.
    pub plot: &'a Plot,
    /// The abscissa.
    pub x: Scale,
    /// The ordinate.
    pub y: Scale,
}

/// A line as it is seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its visible pieces.
    pub pieces: Vec<Vec<Point>>,
    /// Where its markers are.
    pub markers: Vec<Point>,
}

impl<'a> Fitted<'a> {
    /// With the ranges that the plot asks for, or that fit everything.
    pub fn new(plot: &'a Plot) -> Self {
        let values = |axis: usize| {
            plot.layers
                .iter()
                .flat_map(move |layer| values(&layer.shape, axis, [plot.x.log, plot.y.log]))
        };
        Self {
            x: Scale::new(&plot.x, values(0)),
            y: Scale::new(&plot.y, values(1)),
            plot,
        }
    }

    /// Widens the range of one axis, where the plot wants it, so that a unit is as long in either
    /// direction.
    pub fn equalise(&mut self, frame: &Frame) {
        if !self.plot.equal_scales {
            return;
        }
        let [width, height] = frame.size();
        if !(width > 0.0 && height > 0.0) {
            return;
        }
        let (x, y) = (&mut self.x.range, &mut self.y.range);
        let per_length = ((x.1 - x.0) / width).max((y.1 - y.0) / height);
        for (range, length) in [(x, width), (y, height)] {
            let middle = 0.5 * (range.0 + range.1);
            let half = 0.5 * per_length * length;
            *range = (middle - half, middle + half);
        }
    }

    /// Where a point is, however far outside the frame; `None` if it has no place on the axes.
    pub fn place(&self, frame: &Frame, [x, y]: [f64; 2]) -> Option<Point> {
        let (x, y) = (self.x.part(x)?, self.y.part(y)?);
        Some(frame.at([x, y]))
    }

    /// Where a point in places of the axes is.
    pub fn of_places(&self, frame: &Frame, [x, y]: Point) -> Point {
        let part = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        frame.at([part(x, self.x.range), part(y, self.y.range)])
    }

    /// A curve that rises, in columns this wide; `None` where its abscissae fall somewhere.
    pub fn reduced(&self, frame: &Frame, curve: &Curve, column: f64) -> Option<Arc<Reduced>> {
        let points = match curve {
            Curve::Reduced(reduced) => return Some(reduced.clone()),
            Curve::Points(points) => points,
        };
        curve.rises().then(|| {
            let x: Vec<_> = points
                .iter()
                .map(|[x, _]| place(*x, self.plot.x.log))
                .collect();
            let y: Vec<f64> = points.iter().map(|[_, y]| *y).collect();
            let samples = Samples::plain(&x, &y, self.plot.y.log);
            reduce(&samples, self.x.range, frame.size()[0] / column)
        })
    }

    /// A line's visible pieces and the places of its markers, those of the line number `nth` shifted.
    pub fn line(&self, frame: &Frame, fineness: Fineness, curve: &Curve, nth: usize) -> Seen {
        let Fineness {
            finest,
            markers_apart,
            shift,
        } = fineness;
        let near = frame.expanded(NEAR * finest);
        if let Some(reduced) = self.reduced(frame, curve, finest) {
            let on_frame = |line: Vec<Point>| -> Vec<Point> {
                let points = line.into_iter();
                points.map(|point| self.of_places(frame, point)).collect()
            };
            let lines = reduced.lines().into_iter();
            let pieces = lines.flat_map(|line| polyline::visible(&on_frame(line), &near));
            let spacing = (markers_apart / finest) as i64;
            let offset = (shift / finest) as i64 * nth as i64;
            let markers = reduced.markers(spacing, offset.rem_euclid(spacing));
            return Seen {
                pieces: pieces.collect(),
                markers: on_frame(markers),
            };
        }
        let places: Vec<Option<Point>> = curve
            .points([self.plot.x.log, self.plot.y.log])
            .iter()
            .map(|point| self.place(frame, *point))
            .collect();
        let mut seen = Seen::default();
        for stretch in places.split(Option::is_none) {
            let stretch: Vec<Point> = stretch.iter().copied().flatten().collect();
            let stretch = polyline::thinned(&stretch, finest);
            seen.markers
                .extend(polyline::beads(&stretch, markers_apart));
            seen.pieces.extend(polyline::visible(&stretch, &near));
        }
        seen
    }

    /// How places of the axes become lengths of a frame.
    pub fn placing(&self, frame: &Frame) -> Placing {
        let [width, height] = frame.size();
        let (x, y) = (self.x.range, self.y.range);
        let scale = [width / (x.1 - x.0), -height / (y.1 - y.0)];
        Placing {
            origin: [frame.min[0] - scale[0] * x.0, frame.max[1] - scale[1] * y.0],
            scale,
        }
    }

    /// The unbroken stretches of a band, in columns this wide: lower and upper points on the frame.
    pub fn band(&self, frame: &Frame, column: f64, ribbon: &Ribbon) -> Vec<Vec<[Point; 2]>> {
        let stretch = |(x, low, high): (Vec<f64>, Vec<f64>, Vec<f64>)| {
            let sides = x.into_iter().zip(low).zip(high);
            let sides =
                sides.map(|((x, low), high)| [low, high].map(|y| self.of_places(frame, [x, y])));
            sides.collect()
        };
        let stretches = self.shaded(frame, column, ribbon).bands().into_iter();
        stretches.map(stretch).collect()
    }

    /// A band, in columns this wide.
    pub fn shaded(&self, frame: &Frame, column: f64, ribbon: &Ribbon) -> Arc<Reduced> {
        match ribbon {
            Ribbon::Reduced(reduced) => reduced.clone(),
            Ribbon::Between { x, low, high } => {
                let x: Vec<_> = x.iter().map(|x| place(*x, self.plot.x.log)).collect();
                let samples = Samples {
                    x: &x,
                    y: high,
                    low,
                    high,
                    log_y: self.plot.y.log,
                };
                reduce(&samples, self.x.range, frame.size()[0] / column)
            }
        }
    }
}

/// How far beyond the frame lines are still drawn, in units of what can be told apart: further than a line
/// is wide.
const NEAR: f64 = 20.0;

/// The coordinates of a shape along one axis, or their ends.
fn values(shape: &Shape, axis: usize, logs: [bool; 2]) -> Vec<f64> {
    let of = |points: &[Point]| points.iter().map(|point| point[axis]).collect();
    match shape {
        Shape::Line { curve, .. } => of(&curve.points(logs)),
        // The ends of a hundred thousand do as well as all of them.
        Shape::Points { at: points, .. } => {
            let values = points.iter().map(|point| point[axis]);
            let values = values.filter(|value| has_place(*value, logs[axis]));
            let ends = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
                [low.min(value), high.max(value)]
            });
            ends.into_iter().filter(|end| end.is_finite()).collect()
        }
        Shape::Band(ribbon) => {
            let rows = ribbon.rows(logs).into_iter();
            let (x, rest): (Vec<f64>, Vec<[f64; 2]>) =
                rows.map(|[x, low, high]| (x, [low, high])).unzip();
            if axis == 0 { x } else { rest.concat() }
        }
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
        Shape::Text { at, .. } => at.first().map(|at| at[axis]).into_iter().collect(),
    }
}
