//! A map: a colour for every tile of a grid.

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

/// A tile that is not empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile {
    /// The corner of the lowest abscissa and ordinate.
    pub low: [f64; 2],
    /// The opposite one.
    pub high: [f64; 2],
    /// Its number.
    pub number: f64,
    /// Its colour.
    pub color: Rgb,
}

impl Tiles {
    /// The tiles that are not empty, on axes of which some are logarithmic.
    pub fn iter(&self, [log_x, log_y]: [bool; 2]) -> impl Iterator<Item = Tile> {
        let scale = Scale::new(&self.scale, std::iter::empty());
        let (columns, rows) = (borders(&self.x, log_x), borders(&self.y, log_y));
        let corners: Vec<[[f64; 2]; 2]> = rows
            .windows(2)
            .flat_map(|y| {
                let columns = columns.windows(2);
                columns.map(|x| [[x[0], y[0]], [x[1], y[1]]])
            })
            .collect();
        let tiles = corners.into_iter().zip(&self.numbers);
        tiles.filter_map(move |([low, high], number)| {
            Some(Tile {
                low,
                high,
                number: *number,
                color: self.colours.at(scale.part(*number)?),
            })
        })
    }

    /// The same with neighbours in a row drawn as one where they have the same colour: far fewer objects for a map
    /// with plateaus.
    pub fn stretches(&self, logs: [bool; 2]) -> Vec<Tile> {
        let mut stretches: Vec<Tile> = Vec::new();
        for tile in self.iter(logs) {
            match stretches.last_mut() {
                Some(last)
                    if last.color == tile.color
                        && last.high[0] == tile.low[0]
                        && last.low[1] == tile.low[1] =>
                {
                    last.high[0] = tile.high[0];
                }
                _ => stretches.push(tile),
            }
        }
        stretches
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
        let spans: Vec<[f64; 3]> = tiles
            .stretches([false; 2])
            .iter()
            .map(|tile| [tile.low[0], tile.high[0], tile.low[1]])
            .collect();
        let expected = [
            [-0.5, 1.5, -0.5],
            [1.5, 2.5, -0.5],
            [-0.5, 0.5, 0.5],
            [1.5, 2.5, 0.5],
        ];
        assert_eq!(spans, expected, "neither across a hole nor from row to row");
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
        let found: Vec<Tile> = tiles.iter([false; 2]).collect();
        assert_eq!(found.len(), 2, "neither NaN nor 0 has a logarithm");
        assert_eq!((found[0].low, found[0].high), ([0.0, 10.0], [1.0, 20.0]));
        assert_eq!((found[1].low, found[1].high), ([1.0, 20.0], [2.0, 30.0]));
        assert_eq!(found[0].color, Colours::Sequential.at(0.0));
        assert_eq!(found[1].color, Colours::Sequential.at(1.0));
        assert_eq!(tiles.stretches([false; 2]), found);
        let ticks: Vec<String> = tiles.ticks(3.0).into_iter().map(|(_, text)| text).collect();
        assert_eq!(ticks, ["1", "10", "10²"]);
    }
}
