//! Lines in dashes that are as long over time, however steep the line.

use super::columns::Point;

/// A pattern of dashes being drawn.
pub(super) struct Dashes {
    /// Pixels of a dash, and of a dash with its gap.
    on: f64,
    period: f64,
    done: Vec<Vec<Point>>,
    /// The one that may still grow.
    dash: Vec<Point>,
}

impl Dashes {
    /// `on` pixels drawn and `off` pixels left out.
    pub(super) fn new(on: i64, off: i64) -> Self {
        Self {
            on: on as f64,
            period: (on + off) as f64,
            done: Vec::new(),
            dash: Vec::new(),
        }
    }

    /// The dashes, once the last line has been lifted from.
    pub(super) fn done(self) -> Vec<Vec<Point>> {
        self.done
    }

    /// Goes from `a` to `b`, whose pixel abscissae are `start` and `end`.
    pub(super) fn straight(&mut self, a: Point, b: Point, [start, end]: [f64; 2]) {
        let (on, period) = (self.on, self.period);
        let phase = |pixel: f64| pixel - period * (pixel / period).floor();
        if end - start < 1e-9 {
            if phase(start) < on {
                self.draw(a, b);
            } else {
                self.lift();
            }
            return;
        }
        let (mut from, mut here) = (start, a);
        while from < end {
            let phase = phase(from);
            let is_drawn = phase < on;
            let change = from + if is_drawn { on } else { period } - phase;
            let to = change.max(from + 1e-6);
            let there = if to < end {
                let part = (to - start) / (end - start);
                [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]
            } else {
                b
            };
            if is_drawn {
                self.draw(here, there);
            } else {
                self.lift();
            }
            (from, here) = (to, there);
        }
    }

    fn draw(&mut self, from: Point, to: Point) {
        if self.dash.last() != Some(&from) {
            self.dash.push(from);
        }
        self.dash.push(to);
    }

    /// Ends a dash.
    pub(super) fn lift(&mut self) {
        if self.dash.len() > 1 {
            self.done.push(std::mem::take(&mut self.dash));
        } else {
            self.dash.clear();
        }
    }
}
