//! A map: a colour for every tile of a grid.

use std::ops::Range;

use super::Axis;
use super::scale::{Scale, place};
use crate::palette::{Colours, Rgb};

/// Numbers on a grid, and how they become colours.
#[derive(Clone, Debug)]
pub struct Tiles {
    /// The abscissae of the columns, rising.
    pub x: Vec<f64>,
    /// The ordinates of the rows, rising.
    pub y: Vec<f64>,
    /// Row by row from the lowest ordinate; a tile whose number has no place on the scale stays empty.
    pub numbers: Vec<f64>,
    /// What the colours count, with a range. If it is bare, no scale stands beside the map.
    pub scale: Axis,
    /// Which colours.
    pub colours: Colours,
    /// What a low and a high number mean, said at the ends of the scale; empty where they mean nothing in particular.
    pub sides: [String; 2],
}

/// Neighbours in a row that have the same colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Their row, counted from the lowest ordinate.
    pub row: usize,
    /// Their columns.
    pub columns: Range<usize>,
    /// Their colour.
    pub color: Rgb,
}

impl Stretch {
    /// The corner of the lowest abscissa and ordinate and the opposite one, from the borders of columns and rows.
    pub fn corners<T: Copy>(&self, [across, up]: [&[T]; 2]) -> Option<[[T; 2]; 2]> {
        let Range { start, end } = self.columns;
        let low = [*across.get(start)?, *up.get(self.row)?];
        Some([low, [*across.get(end)?, *up.get(self.row + 1)?]])
    }
}

impl Tiles {
    /// The borders of the columns and of the rows, on axes of which some are logarithmic.
    pub fn borders(&self, [log_x, log_y]: [bool; 2]) -> [Vec<f64>; 2] {
        [borders(&self.x, log_x), borders(&self.y, log_y)]
    }

    /// The tiles that are not empty, neighbours in a row as one where they have the same colour: far fewer objects for
    /// a map with plateaus.
    pub fn stretches(&self) -> Vec<Stretch> {
        let scale = Scale::new(&self.scale, std::iter::empty());
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, number) in self.numbers.iter().enumerate() {
            let Some(part) = scale.part(*number) else {
                continue;
            };
            let color = self.colours.at(part);
            let (row, column) = (at / self.x.len(), at % self.x.len());
            match stretches.last_mut() {
                Some(last)
                    if last.row == row && last.columns.end == column && last.color == color =>
                {
                    last.columns.end += 1;
                }
                _ => stretches.push(Stretch {
                    row,
                    columns: column..column + 1,
                    color,
                }),
            }
        }
        stretches
    }

    /// Whether a map of the others has the same tiles of the same colours: as equal, with numbers that are none equal to
    /// each other.
    pub fn look_like(&self, others: &Self) -> bool {
        let [mine, theirs] = [self, others].map(|tiles| tiles.numbers.iter().map(|x| x.to_bits()));
        self.x == others.x
            && self.y == others.y
            && self.scale == others.scale
            && self.colours == others.colours
            && mine.eq(theirs)
    }

    /// At most about `most` numbers beside the scale, each with its part of the way up.
    pub fn ticks(&self, most: f64) -> Vec<(f64, String)> {
        let ticks = Scale::new(&self.scale, std::iter::empty()).ticks(most);
        let labelled = ticks.into_iter().filter(|tick| !tick.label.is_empty());
        labelled.map(|tick| (tick.at, tick.label)).collect()
    }
}

/// The borders of tiles around these values: half-way between neighbours, and as far beyond the ends.
pub fn borders(values: &[f64], log: bool) -> Vec<f64> {
    let places: Vec<f64> = values
        .iter()
        .filter_map(|value| place(*value, log))
        .collect();
    let value = |place: f64| if log { 10_f64.powf(place) } else { place };
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Vec::new();
    };
    let gap = |a: usize, b: usize| match (places.get(a), places.get(b)) {
        (Some(a), Some(b)) => 0.5 * (b - a),
        // A single one is as wide as it likes.
        _ => 0.5,
    };
    let mut borders = vec![value(first - gap(0, 1))];
    borders.extend(
        places
            .windows(2)
            .map(|pair| value(0.5 * (pair[0] + pair[1]))),
    );
    let end = places.len();
    borders.push(value(last + gap(end.wrapping_sub(2), end - 1)));
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_colour_are_one_stretch() {
        let tiles = Tiles {
            x: vec![0.0, 1.0, 2.0],
            y: vec![0.0, 1.0],
            numbers: vec![1.0, 1.0, 0.0, 0.0, f64::NAN, 0.0],
            scale: Axis {
                range: Some((0.0, 1.0)),
                ..Axis::default()
            },
            colours: Colours::Diverging,
            sides: Default::default(),
        };
        let stretches = tiles.stretches();
        let spans: Vec<_> = stretches
            .iter()
            .map(|stretch| (stretch.row, stretch.columns.clone()))
            .collect();
        let expected = [(0, 0..2), (0, 2..3), (1, 0..1), (1, 2..3)];
        assert_eq!(spans, expected, "neither across a hole nor from row to row");
        let [across, up] = tiles.borders([false; 2]);
        let corners = stretches[0].corners([&across, &up]);
        assert_eq!(corners, Some([[-0.5, -0.5], [1.5, 0.5]]));
        assert_eq!(stretches[0].corners([&across[..2], &up]), None);
    }

    #[test]
    fn borders_lie_between_neighbours() {
        assert_eq!(borders(&[0.0, 1.0, 3.0], false), [-0.5, 0.5, 2.0, 4.0]);
        let log = borders(&[0.1, 10.0], true);
        for (border, expected) in log.iter().zip([0.01, 1.0, 100.0]) {
            assert!((border / expected - 1.0).abs() < 1e-12);
        }
        assert_eq!(borders(&[2.0], false), [1.5, 2.5]);
    }

    #[test]
    fn tiles_are_read_row_by_row_and_empty_ones_left_out() {
        let tiles = Tiles {
            x: vec![0.5, 1.5],
            y: vec![15.0, 25.0],
            numbers: vec![1.0, f64::NAN, 0.0, 100.0],
            scale: Axis {
                log: true,
                range: Some((1.0, 100.0)),
                ..Axis::default()
            },
            colours: Colours::Sequential,
            sides: Default::default(),
        };
        let found = tiles.stretches();
        assert_eq!(found.len(), 2, "neither NaN nor 0 has a logarithm");
        let [across, up] = tiles.borders([false; 2]);
        let corners = [0, 1].map(|at| found[at].corners([&across, &up]).unwrap());
        assert_eq!(corners[0], [[0.0, 10.0], [1.0, 20.0]]);
        assert_eq!(corners[1], [[1.0, 20.0], [2.0, 30.0]]);
        assert_eq!(found[0].color, Colours::Sequential.at(0.0));
        assert_eq!(found[1].color, Colours::Sequential.at(1.0));
        assert!(tiles.look_like(&tiles.clone()), "a hole is a hole");
        let mut others = tiles.clone();
        others.numbers[2] = 1.0;
        assert!(!tiles.look_like(&others));
        let ticks: Vec<String> = tiles.ticks(3.0).into_iter().map(|(_, text)| text).collect();
        assert_eq!(ticks, ["1", "10", "10²"]);
    }
}
