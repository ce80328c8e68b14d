//! Polylines as they are seen: what is inside a frame, without points that cannot be told apart.

/// A point on the page or the screen.
pub type Point = [f64; 2];

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The corner with the smallest coordinates.
    pub min: Point,
    /// The corner with the largest coordinates.
    pub max: Point,
}

impl Frame {
    /// A frame this much larger on every side.
    pub fn expanded(&self, by: f64) -> Self {
        Self {
            min: self.min.map(|part| part - by),
            max: self.max.map(|part| part + by),
        }
    }

    /// Its width and height.
    pub fn size(&self) -> [f64; 2] {
        [0, 1].map(|axis| self.max[axis] - self.min[axis])
    }

    /// A point by its parts of the way right and up.
    pub fn at(&self, [x, y]: Point) -> Point {
        [
            self.min[0] + x * (self.max[0] - self.min[0]),
            self.max[1] - y * (self.max[1] - self.min[1]),
        ]
    }

    /// Whether a point is inside.
    pub fn contains(&self, [x, y]: Point) -> bool {
        (self.min[0]..=self.max[0]).contains(&x) && (self.min[1]..=self.max[1]).contains(&y)
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

fn distance_squared(a: Point, b: Point) -> f64 {
    let [x, y] = [b[0] - a[0], b[1] - a[1]];
    x * x + y * y
}

/// Points in order, without those nearer to the one before than `finest` or without a place; the last
/// one stays.
pub fn thinned(points: &[Point], finest: f64) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut skipped = None;
    let somewhere = |point: &Point| point.iter().all(|part| part.is_finite());
    for point in points.iter().copied().filter(somewhere) {
        if kept
            .last()
            .is_none_or(|last| distance_squared(*last, point) >= finest * finest)
        {
            kept.push(point);
            skipped = None;
        } else {
            skipped = Some(point);
        }
    }
    kept.extend(skipped);
    kept
}

/// The pieces of a polyline inside `frame`.
pub fn visible(points: &[Point], frame: &Frame) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let Some([from, to]) = clipped([pair[0], pair[1]], *frame) else {
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a straight line inside `frame` (Liang and Barsky), its ends untouched where they are
/// inside.
pub fn clipped([from, to]: [Point; 2], frame: Frame) -> Option<[Point; 2]> {
    let along = [to[0] - from[0], to[1] - from[1]];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        for (slope, room) in [
            (-along[axis], from[axis] - frame.min[axis]),
            (along[axis], frame.max[axis] - from[axis]),
        ] {
            if slope == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if slope < 0.0 {
                enter = enter.max(room / slope);
            } else {
                leave = leave.min(room / slope);
            }
        }
    }
    if enter > leave || !along.iter().all(|part| part.is_finite()) {
        return None;
    }
    let at = |part: f64| match part {
        0.0 => from,
        1.0 => to,
        _ => [from[0] + part * along[0], from[1] + part * along[1]],
    };
    Some([at(enter), at(leave)])
}

/// Points at equal distances along a polyline, the first half a distance from its start.
pub fn beads(points: &[Point], apart: f64) -> Vec<Point> {
    const MOST: usize = 200;
    let mut beads = Vec::new();
    let mut ahead = 0.5 * apart;
    for pair in points.windows(2) {
        let length = distance(pair[0], pair[1]);
        if !length.is_finite() {
            continue;
        }
        while ahead <= length && beads.len() < MOST {
            let part = ahead / length;
            beads.push([0, 1].map(|i| pair[0][i] + part * (pair[1][i] - pair[0][i])));
            ahead += apart;
        }
        ahead = (ahead - length).max(0.0);
    }
    beads
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        min: [0.0, 0.0],
        max: [100.0, 100.0],
    };

    #[test]
    fn a_line_is_cut_to_the_frame() {
        let (a, b) = ([10.0, 20.0], [90.0, 20.0]);
        assert_eq!(clipped([a, b], FRAME), Some([a, b]));
        let [left, right] = clipped([[-1e6, 50.0], [1e6, 50.0]], FRAME).unwrap();
        assert!(distance(left, [0.0, 50.0]) < 1e-6 && distance(right, [100.0, 50.0]) < 1e-6);
        assert_eq!(clipped([[-5.0, -5.0], [-5.0, 200.0]], FRAME), None);
        assert_eq!(clipped([[f64::NAN, 0.0], b], FRAME), None);
    }

    #[test]
    fn a_path_that_leaves_and_returns_has_two_pieces() {
        let path = [[50.0, 50.0], [150.0, 50.0], [150.0, 80.0], [50.0, 80.0]];
        let pieces = visible(&path, &FRAME);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0], [[50.0, 50.0], [100.0, 50.0]]);
        assert!(visible(&path[..1], &FRAME).is_empty());
    }

    #[test]
    fn points_that_fall_together_are_left_out_but_not_the_last() {
        let crowd: Vec<Point> = (0..1000).map(|i| [f64::from(i) / 512.0, 0.0]).collect();
        let kept: Vec<f64> = thinned(&crowd, 0.75).into_iter().map(|at| at[0]).collect();
        assert_eq!(kept, [0.0, 0.75, 1.5, 999.0 / 512.0]);
        assert!(thinned(&[[f64::INFINITY, 0.0]], 0.75).is_empty());
    }

    #[test]
    fn beads_are_evenly_spaced_across_corners() {
        let path = [[0.0, 0.0], [30.0, 0.0], [30.0, 30.0]];
        assert_eq!(beads(&path, 20.0), [[10.0, 0.0], [30.0, 0.0], [30.0, 20.0]]);
    }
}
