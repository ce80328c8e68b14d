//! The stroke of a line that rises, as upright sections: a painter fills the room between them.
//!
//! Following every swing of a dense curve would cost more than its columns of pixels can show, and a stroke
//! around its corners is thin where it is steep. A section is as high as the line with its width is there,
//! so that a step within a column is as dark as a level.

mod sections;

use std::ops::Range;

pub use sections::{Section, dashed};

use super::columns::{Column, Point, Reduced};
use sections::Sections;

/// How a line is stroked, in lengths of the frame.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// The width of the line, no less than that of its fringe.
    pub width: f64,
    /// The width of the fringe in which it fades out, and of a pixel.
    pub fringe: f64,
    /// What nobody sees: sections that lie so near to where the others put them are left out.
    pub tolerance: f64,
}

/// From places of the axes to lengths of the frame: `origin` + `scale` · place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placing {
    /// Where place 0 is, on either axis.
    pub origin: Point,
    /// Lengths per place.
    pub scale: Point,
}

/// Ordinates beyond this are nowhere near a frame, and too large for a screen's single precision.
const FAR: f64 = 1e6;

impl Placing {
    /// Where a point is.
    pub fn at(&self, (x, y): (f64, f64)) -> Point {
        let y = self.origin[1] + self.scale[1] * y;
        [self.origin[0] + self.scale[0] * x, y.clamp(-FAR, FAR)]
    }
}

/// The unbroken pieces of a line from the column `part.start` to the column `part.end`, which is in the next
/// part as well.
pub fn stroke(
    reduced: &Reduced,
    part: &Range<usize>,
    placing: Placing,
    pen: Pen,
) -> Vec<Vec<Section>> {
    let of_stretch = |(columns, inside): (&[(i64, Column)], Range<usize>)| {
        let mut passages = columns.iter().map(|(index, column)| {
            let [entry, exit] = column.points.map(|point| placing.at(point));
            let x = 0.5 * (entry[0] + exit[0]);
            let mut passage = Passage { x, entry, exit };
            if pen.is_swing(&passage) {
                passage.x = pen.in_pixel(placing.at((reduced.middle(*index), 0.0))[0]);
            }
            passage
        });
        if columns.len() > 1 {
            pen.line(passages, inside)
        } else {
            let alone = passages.next().filter(|_| part.contains(&inside.start));
            alone.map_or_else(Vec::new, |column| pen.spot(column))
        }
    };
    stretches(reduced, part).map(of_stretch).collect()
}

/// The area between the extremes of a curve in a part of its columns, see [`stroke`]: lower and upper points.
pub fn shade(reduced: &Reduced, part: &Range<usize>, placing: Placing) -> Vec<Vec<[Point; 2]>> {
    let of_stretch = |(columns, inside): (&[(i64, Column)], Range<usize>)| {
        let columns = columns[inside].iter();
        let sides = columns.map(|(_, column)| {
            let x = column.points[0].0;
            [column.low, column.high].map(|y| placing.at((x, y)))
        });
        sides.collect()
    };
    stretches(reduced, part).map(of_stretch).collect()
}

/// The unbroken stretches of columns that begin or go on in a part, and which of their columns are in it.
fn stretches<'a>(
    reduced: &'a Reduced,
    part: &'a Range<usize>,
) -> impl Iterator<Item = (&'a [(i64, Column)], Range<usize>)> {
    reduced.stretches().filter_map(|(first, columns)| {
        let from = part.start.saturating_sub(first);
        let to = (part.end + 1).saturating_sub(first).min(columns.len());
        (from < to).then_some((columns, from..to))
    })
}

/// The way of a line through a column of pixels.
#[derive(Clone, Copy)]
struct Passage {
    /// Where its section is.
    x: f64,
    entry: Point,
    exit: Point,
}

impl Passage {
    /// The ordinate at `x`, or at the end beyond which it is.
    fn at(&self, x: f64) -> f64 {
        let ([left, from], [right, to]) = (self.entry, self.exit);
        if x <= left {
            from
        } else if x >= right {
            to
        } else {
            from + (x - left) / (right - left) * (to - from)
        }
    }
}

/// A straight line from one column to the next, and the ways through these two.
#[derive(Clone, Copy)]
struct Link {
    columns: [Passage; 2],
    slope: f64,
    /// Its length per abscissa.
    slant: f64,
}

impl Link {
    /// The least abscissa that one goes along: what is upright has no slope.
    const LEAST: f64 = 1e-3;

    fn new(before: Passage, after: Passage) -> Self {
        let [along, up] = [0, 1].map(|axis| after.entry[axis] - before.exit[axis]);
        let slope = up / along.max(Self::LEAST);
        Self {
            columns: [before, after],
            slope,
            slant: (1.0 + slope * slope).sqrt(),
        }
    }

    /// How far it goes to a side, see [`Edge`].
    fn furthest(&self, side: f64) -> f64 {
        let furthest = |column: Passage| (side * column.entry[1]).max(side * column.exit[1]);
        let [before, after] = self.columns.map(furthest);
        before.max(after)
    }

    /// The ordinate at `x`, or at the end beyond which it is.
    fn at(&self, x: f64) -> f64 {
        let [before, after] = self.columns;
        if x < before.exit[0] {
            before.at(x)
        } else if x > after.entry[0] {
            after.at(x)
        } else {
            before.exit[1] + self.slope * (x - before.exit[0])
        }
    }
}

/// An edge of a stroke at an abscissa. Ordinates grow outwards: those of the lower edge are turned.
#[derive(Clone, Copy)]
struct Edge {
    at: f64,
    /// Half the height in which it fades out.
    fade: f64,
    /// Where it has faded out at the latest.
    end: f64,
}

impl Edge {
    const SIDES: [f64; 2] = [-1.0, 1.0];

    /// The section between the edges on the two [sides](Self::SIDES).
    fn section(x: f64, [low, high]: [Self; 2]) -> Section {
        // Where the fringes would meet there is nothing between them.
        let part = ((low.at + high.at) / (low.fade + high.fade)).min(1.0);
        let [low, high] = [low, high].map(|edge| {
            let inner = edge.at - part * edge.fade;
            [inner, (edge.at + edge.fade).min(edge.end)]
        });
        Section {
            x,
            edges: [-low[1], -low[0], high[0], high[1]],
        }
    }
}

impl Pen {
    fn radius(self) -> f64 {
        0.5 * self.width
    }

    /// How far to either side of its abscissa a section looks: at least half a pixel, so that a step between
    /// two of them is in one or the other.
    fn reach(self) -> f64 {
        self.radius().max(0.5)
    }

    /// Whether a line goes up or down within a column, for all that is seen of it.
    fn is_swing(self, column: &Passage) -> bool {
        (column.entry[1] - column.exit[1]).abs() > self.fringe
    }

    /// The middle of a pixel, where a screen looks: beside it a peak would be lower than it is.
    fn in_pixel(self, x: f64) -> f64 {
        ((x / self.fringe).floor() + 0.5) * self.fringe
    }

    /// The section through a column and what is near of the links on either side.
    fn section(self, column: Passage, before: Option<Link>, after: Option<Link>) -> Section {
        let x = column.x;
        let ends = [(before, x - self.reach()), (after, x + self.reach())];
        let ends = ends.map(|(link, x)| link.map(|link| (link, link.at(x))));
        // A corner is sharp; what goes on is as soft as its gentler side.
        let slant = match (before, after) {
            (Some(before), Some(after)) if before.slope * after.slope > 0.0 => {
                before.slant.min(after.slant)
            }
            (Some(only), None) | (None, Some(only)) => only.slant,
            _ => 1.0,
        };
        Edge::section(
            x,
            Edge::SIDES.map(|side| self.edge(side, column, ends, slant)),
        )
    }

    /// The edge around a column and what is near of the links. That of a straight line is at `reach` · slope +
    /// `radius` / (slant + slope), which is `radius` · slant.
    fn edge(self, side: f64, column: Passage, ends: [Option<(Link, f64)>; 2], slant: f64) -> Edge {
        let own = [column.entry, column.exit].map(|[x, y]| {
            let room = self.radius().powi(2) - (x - column.x).powi(2);
            side * y + room.max(0.0).sqrt()
        });
        let mut edge = self.ending_at(own[0].max(own[1]));
        for (link, y) in ends.into_iter().flatten() {
            let at = side * y + self.radius() / (link.slant + link.slope.abs());
            if at > edge.at {
                edge = Edge {
                    at,
                    fade: slant * self.fade(),
                    end: self.ending_at(link.furthest(side) + self.radius()).end,
                };
            }
        }
        edge
    }

    /// The section through a link.
    fn section_of(self, link: Link, x: f64) -> Section {
        let y = link.at(x);
        let edge = |side: f64| {
            let last = self.ending_at(link.furthest(side) + self.radius());
            Edge {
                at: (side * y + self.radius() * link.slant).min(last.at),
                fade: link.slant * self.fade(),
                end: last.end,
            }
        };
        Edge::section(x, Edge::SIDES.map(edge))
    }

    /// An edge that is as sharp as one can be.
    fn ending_at(self, at: f64) -> Edge {
        Edge {
            at,
            fade: self.fade(),
            end: at + self.fade(),
        }
    }

    /// Half the height of the fringe of a level line.
    fn fade(self) -> f64 {
        0.5 * self.fringe
    }

    /// The sections at some columns of an unbroken stretch of them, and between.
    fn line(
        self,
        mut passages: impl Iterator<Item = Passage>,
        inside: Range<usize>,
    ) -> Vec<Section> {
        let mut sections = Sections::new(inside.len(), self.tolerance);
        let before = inside.start.checked_sub(1);
        let before = before.and_then(|before| passages.nth(before));
        let Some(mut here) = passages.next() else {
            return Vec::new();
        };
        let mut before = before.map(|before| Link::new(before, here));
        for at in inside.clone() {
            let next = passages.next();
            let after = next.map(|next| Link::new(here, next));
            sections.push(self.section(here, before, after));
            let (Some(next), Some(link)) = (next, after) else {
                break;
            };
            if at + 1 < inside.end && next.x - here.x > 2.0 * self.reach() {
                for x in [here.x + self.reach(), next.x - self.reach()] {
                    sections.push(self.section_of(link, x));
                }
            }
            (here, before) = (next, after);
        }
        sections.done()
    }

    /// A column without neighbours.
    fn spot(self, column: Passage) -> Vec<Section> {
        let edges = Edge::SIDES.map(|side| {
            let furthest = (side * column.entry[1]).max(side * column.exit[1]);
            self.ending_at(furthest + self.radius())
        });
        let places = Edge::SIDES.map(|side| column.x + side * self.radius());
        places.map(|x| Edge::section(x, edges)).to_vec()
    }
}

#[cfg(test)]
mod tests;
