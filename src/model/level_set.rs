//! Where a function of the plane changes its sign, from its values on a grid (marching squares).
//!
//! In every square of the grid the function is taken as linear along the sides: the curve enters and leaves
//! where the sides say so. A square whose diagonals disagree is decided by the mean of its corners. For a smooth
//! curve of curvature κ the length of the polygon is short by about (κh)²/24 of its length, h being the width of
//! a square.

use super::arithmetic::Elementary as _;

/// A straight piece of a level set.
pub type Piece = [[f64; 2]; 2];

/// The pieces of the set where the function is 0. `values` goes row by row from the lowest ordinate; x and y
/// rise. A square with a value that is not finite has none.
///
/// # Panics
/// If there are not x.len()·y.len() values.
pub fn zero_set(x: &[f64], y: &[f64], values: &[f64]) -> Vec<Piece> {
    assert_eq!(values.len(), x.len() * y.len(), "a value for every place");
    let mut pieces = Vec::new();
    if x.is_empty() {
        return pieces;
    }
    let rows: Vec<&[f64]> = values.chunks_exact(x.len()).collect();
    for (rows, y) in rows.windows(2).zip(y.windows(2)) {
        for at in 0..x.len() - 1 {
            let square = Square {
                x: [x[at], x[at + 1]],
                y: [y[0], y[1]],
                low: [rows[0][at], rows[0][at + 1]],
                high: [rows[1][at], rows[1][at + 1]],
            };
            square.cut(&mut pieces);
        }
    }
    pieces
}

/// How long the pieces are together.
pub fn length(pieces: &[Piece]) -> f64 {
    let lengths = pieces
        .iter()
        .map(|[from, to]| (to[0] - from[0]).hypotenuse(to[1] - from[1]));
    lengths.sum()
}

/// How far a point is from the nearest piece; infinitely if there is none.
pub fn distance(pieces: &[Piece], [x, y]: [f64; 2]) -> f64 {
    let squares = pieces.iter().map(|[from, to]| {
        let along = [to[0] - from[0], to[1] - from[1]];
        let away = [x - from[0], y - from[1]];
        let square = along[0] * along[0] + along[1] * along[1];
        let part = (away[0] * along[0] + away[1] * along[1]) / square;
        // A piece of no length is its end.
        let part = if part.is_nan() {
            0.0
        } else {
            part.clamp(0.0, 1.0)
        };
        let rest = [away[0] - part * along[0], away[1] - part * along[1]];
        rest[0] * rest[0] + rest[1] * rest[1]
    });
    squares.fold(f64::INFINITY, f64::min).sqrt()
}

/// A square of the grid with the values at its corners, left before right.
struct Square {
    x: [f64; 2],
    y: [f64; 2],
    low: [f64; 2],
    high: [f64; 2],
}

impl Square {
    fn cut(&self, pieces: &mut Vec<Piece>) {
        let corners = [self.low[0], self.low[1], self.high[1], self.high[0]];
        let inside = corners.map(|value| value > 0.0);
        if inside == [inside[0]; 4] || corners.iter().any(|value| !value.is_finite()) {
            return;
        }
        // Round the square: along the bottom, up the right side, back along the top, down the left side.
        let along = |from: f64, to: f64, places: [f64; 2]| {
            places[0] + (places[1] - places[0]) * from / (from - to)
        };
        let crossing = |side: usize| match side {
            0 => [along(self.low[0], self.low[1], self.x), self.y[0]],
            1 => [self.x[1], along(self.low[1], self.high[1], self.y)],
            2 => [along(self.high[0], self.high[1], self.x), self.y[1]],
            _ => [self.x[0], along(self.low[0], self.high[0], self.y)],
        };
        let mut sides = (0..4).filter(|side| inside[*side] != inside[(side + 1) % 4]);
        let ends = [sides.next(), sides.next(), sides.next(), sides.next()];
        match ends {
            [Some(from), Some(to), None, None] => pieces.push([crossing(from), crossing(to)]),
            [Some(a), Some(b), Some(c), Some(d)] => {
                let middle = 0.25 * corners.iter().sum::<f64>() > 0.0;
                // The corner between two sides is cut off if the middle is not with it.
                let pairs = if middle == inside[0] {
                    [[a, b], [c, d]]
                } else {
                    [[d, a], [b, c]]
                };
                pieces.extend(pairs.map(|[from, to]| [crossing(from), crossing(to)]));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{PI, SQRT_2};

    use super::*;

    fn of(function: impl Fn(f64, f64) -> f64, many: usize) -> Vec<Piece> {
        let places: Vec<f64> = (0..many)
            .map(|at| -1.0 + 2.0 * at as f64 / (many - 1) as f64)
            .collect();
        let values: Vec<f64> = places
            .iter()
            .flat_map(|y| {
                places
                    .iter()
                    .map(|x| function(*x, *y))
                    .collect::<Vec<f64>>()
            })
            .collect();
        zero_set(&places, &places, &values)
    }

    /// Straight lines are exact in any direction, a circle is as the module says; the sides of the squares
    /// have the points within their own error, h²κ/8.
    #[test]
    fn lines_are_exact_and_a_circle_is_a_little_short() {
        for (a, b) in [(1.0, 0.0), (0.3, 1.0), (-1.0, 1.0)] {
            let pieces = of(|x, y| a * x + b * y, 41);
            let expected = 2.0 * f64::hypot(a, b) / f64::max(f64::abs(a), f64::abs(b));
            assert!((length(&pieces) - expected).abs() < 1e-9, "{a} {b}");
        }
        let [coarse, fine] = [41, 81].map(|many| {
            let pieces = of(|x, y| 0.75 - x.hypot(y), many);
            for [from, _] in &pieces {
                assert!((from[0].hypot(from[1]) - 0.75).abs() < 4.0 / 1600.0 / 8.0 / 0.75);
            }
            1.0 - length(&pieces) / (2.0 * PI * 0.75)
        });
        assert!(coarse > 0.0 && coarse < 1e-3, "{coarse}");
        assert!(fine < 0.5 * coarse, "{fine} {coarse}");
    }

    #[test]
    fn a_saddle_is_two_pieces_and_what_is_not_finite_is_left_out() {
        // Corners + − + − with a positive middle: the negative corners are cut off.
        let cut = zero_set(&[0.0, 1.0], &[0.0, 1.0], &[3.0, -1.0, -1.0, 3.0]);
        assert_eq!(cut.len(), 2);
        let towards = [distance(&cut, [1.0, 0.0]), distance(&cut, [0.0, 1.0])];
        assert!(
            towards
                .iter()
                .all(|far| (far - 0.25 / SQRT_2).abs() < 1e-12),
            "{towards:?}"
        );
        assert!((distance(&cut, [0.5, 0.5]) - 0.75 / SQRT_2).abs() < 1e-12);
        assert!(zero_set(&[0.0, 1.0], &[0.0, 1.0], &[3.0, f64::NAN, -1.0, 3.0]).is_empty());
        assert_eq!(distance(&[], [0.0, 0.0]), f64::INFINITY);
        assert_eq!(distance(&[[[1.0, 0.0]; 2]], [0.0, 0.0]), 1.0);
    }
}
