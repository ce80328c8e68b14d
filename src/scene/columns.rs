//! From thousands of samples to as many points as there are pixels, keeping every extremum.
//!
//! A curve is cut into pixel columns. Each keeps its lowest and highest sample in their order, so a
//! spike one sample wide survives, and the number of points is bounded by the plot's width.

use std::ops::Range;
use std::sync::Arc;

use super::scale::{has_place, place};

/// A point in axis places.
pub type Point = [f64; 2];

/// One pixel column of a curve, in axis places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Column {
    /// (x, y) of the lowest and the highest sample, in order of time.
    pub(super) points: [(f64, f64); 2],
    /// Extremes, those between the samples included.
    pub(super) low: f64,
    pub(super) high: f64,
}

/// A curve reduced to pixel columns, unbroken runs of them.
#[derive(Clone, Debug, Default)]
pub struct Reduced {
    /// (index of the pixel column, column), gaps where the curve has none.
    columns: Vec<(i64, Column)>,
    gaps_after: Vec<usize>,
    /// Where the first column of the plot begins, and how wide each is.
    grid: (f64, f64),
    /// How many of the columns will be the same ever after.
    settled: usize,
    lineage: Lineage,
}

/// Where a curve comes from: of two with one lineage, the later one has all settled columns of the earlier.
#[derive(Clone, Debug, Default)]
pub struct Lineage(Arc<()>);

impl PartialEq for Lineage {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The same curve, wherever it comes from.
impl PartialEq for Reduced {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns && self.gaps_after == other.gaps_after
    }
}

/// The samples of one curve.
pub struct Samples<'a> {
    /// Abscissae in axis places, increasing.
    pub x: &'a [Option<f64>],
    /// Values.
    pub y: &'a [f64],
    /// Extremes since the sample before; empty if not followed.
    pub low: &'a [f64],
    /// Extremes since the sample before; empty if not followed.
    pub high: &'a [f64],
    /// Whether the ordinate is logarithmic.
    pub log_y: bool,
}

impl<'a> Samples<'a> {
    /// Without extremes between them.
    pub fn plain(x: &'a [Option<f64>], y: &'a [f64], log_y: bool) -> Self {
        Self {
            x,
            y,
            low: &[],
            high: &[],
            log_y,
        }
    }
}

/// Reduces a curve to the columns of a plot `pixels` wide that shows `range`.
pub fn reduce(samples: &Samples<'_>, range: (f64, f64), pixels: f64) -> Arc<Reduced> {
    let mut reducer = Reducer::new(range, pixels);
    reducer.follow(samples, samples.y.len());
    reducer.reduced
}

/// Reduces a curve that grows at its end, without looking again at what has been reduced.
#[derive(Clone, Debug, Default)]
pub struct Reducer {
    range: (f64, f64),
    pixels: f64,
    /// The first row in view.
    first: usize,
    /// The rows from here on may still change, or have not been looked at.
    next: usize,
    /// The column of the rows before `next` that may still grow.
    open: Option<(i64, RawColumn)>,
    /// How much of `reduced` comes from the rows before `next`.
    settled: (usize, usize),
    reduced: Arc<Reduced>,
}

impl Reducer {
    /// For a plot `pixels` wide that shows `range`.
    pub fn new(range: (f64, f64), pixels: f64) -> Self {
        let (low, high) = range;
        let reduced = Reduced {
            grid: (low, (high - low) / pixels.max(1.0)),
            ..Reduced::default()
        };
        Self {
            range,
            pixels,
            reduced: Arc::new(reduced),
            ..Self::default()
        }
    }

    /// Whether it is for such a plot.
    pub fn suits(&self, range: (f64, f64), pixels: f64) -> bool {
        self.range == range && self.pixels == pixels
    }

    /// The curve as it was last seen.
    pub fn reduced(&self) -> Arc<Reduced> {
        self.reduced.clone()
    }

    /// The curve as it is now. Rows before `settled` will be the same ever after.
    pub fn follow(&mut self, samples: &Samples<'_>, settled: usize) -> Arc<Reduced> {
        let (low, high) = self.range;
        let places = samples.x;
        // One sample beyond either end keeps the curve going to the frame.
        let first = places.partition_point(|x| x.is_none_or(|x| x < low));
        let first = first.saturating_sub(1);
        let end = places.partition_point(|x| x.is_none_or(|x| x <= high)) + 1;
        let end = end.min(places.len()).min(samples.y.len());
        if first != self.first {
            *self = Self {
                first,
                next: first,
                ..Self::new(self.range, self.pixels)
            };
        }
        // Copied only while a picture of an earlier moment is still held.
        let reduced = Arc::make_mut(&mut self.reduced);
        reduced.columns.truncate(self.settled.0);
        reduced.gaps_after.truncate(self.settled.1);
        let settled = settled.min(end);
        if self.next < settled {
            let mut open = self.open.take();
            self.take_in(samples, self.next..settled, &mut open);
            self.open = open;
            self.next = settled;
            self.settled = (self.reduced.columns.len(), self.reduced.gaps_after.len());
            Arc::make_mut(&mut self.reduced).settled = self.settled.0;
        }
        let mut open = self.open.clone();
        self.take_in(samples, self.next..end, &mut open);
        Arc::make_mut(&mut self.reduced).close(open, samples.log_y);
        self.reduced.clone()
    }

    fn take_in(
        &mut self,
        samples: &Samples<'_>,
        rows: Range<usize>,
        open: &mut Option<(i64, RawColumn)>,
    ) {
        let (low, high) = self.range;
        let scale = self.pixels.max(1.0) / (high - low);
        let reduced = Arc::make_mut(&mut self.reduced);
        for row in rows {
            let Some(x) = samples.x[row] else { continue };
            let y = samples.y[row];
            if !has_place(y, samples.log_y) {
                reduced.close(open.take(), samples.log_y);
                reduced.break_here();
                continue;
            }
            let extreme = |extremes: &[f64]| {
                let known = extremes.get(row).copied();
                known.filter(|extreme| extreme.is_finite()).unwrap_or(y)
            };
            let (lowest, highest) = (extreme(samples.low), extreme(samples.high));
            let index = ((x - low) * scale).floor() as i64;
            match open {
                Some((at, column)) if *at == index => column.include(x, y, lowest, highest),
                _ => {
                    let begun = RawColumn {
                        min: (x, y),
                        max: (x, y),
                        rises: true,
                        low: lowest,
                        high: highest,
                    };
                    let column = open.replace((index, begun));
                    reduced.close(column, samples.log_y);
                }
            }
        }
    }
}

/// A column before its logarithms are taken, once. It rises if its highest sample came last.
#[derive(Clone, Debug)]
struct RawColumn {
    min: (f64, f64),
    max: (f64, f64),
    rises: bool,
    low: f64,
    high: f64,
}

impl RawColumn {
    fn include(&mut self, x: f64, y: f64, low: f64, high: f64) {
        if y < self.min.1 {
            self.min = (x, y);
            self.rises = false;
        }
        if y > self.max.1 {
            self.max = (x, y);
            self.rises = true;
        }
        self.low = self.low.min(low);
        self.high = self.high.max(high);
    }
}

impl Reduced {
    fn close(&mut self, column: Option<(i64, RawColumn)>, log_y: bool) {
        let Some((index, raw)) = column else { return };
        let at = |y: f64, otherwise: f64| place(y, log_y).unwrap_or(otherwise);
        let min = (raw.min.0, at(raw.min.1, 0.0));
        let max = (raw.max.0, at(raw.max.1, 0.0));
        let points = if raw.rises { [min, max] } else { [max, min] };
        self.columns.push((
            index,
            Column {
                points,
                low: at(raw.low, min.1),
                high: at(raw.high, max.1),
            },
        ));
    }

    fn break_here(&mut self) {
        if !self.columns.is_empty() && self.gaps_after.last() != Some(&self.columns.len()) {
            self.gaps_after.push(self.columns.len());
        }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// How many of the columns will be the same in later curves of the same lineage.
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// The middle of a column.
    pub(super) fn middle(&self, index: i64) -> f64 {
        let (start, width) = self.grid;
        start + (index as f64 + 0.5) * width
    }

    /// Where it comes from.
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// Unbroken stretches of columns, and where they begin.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (usize, &[(i64, Column)])> {
        let gaps = || self.gaps_after.iter().copied();
        let starts = std::iter::once(0).chain(gaps());
        let ends = gaps().chain(std::iter::once(self.columns.len()));
        starts
            .zip(ends)
            .filter(|(start, end)| start < end)
            .map(|(start, end)| (start, &self.columns[start..end]))
    }

    fn points(columns: &[(i64, Column)]) -> impl Iterator<Item = Point> {
        let points = columns.iter().flat_map(|(_, column)| column.points);
        let mut last = None;
        points
            .map(|(x, y)| [x, y])
            .filter(move |point| last.replace(*point) != Some(*point))
    }

    /// The curve as unbroken lines.
    pub fn lines(&self) -> Vec<Vec<Point>> {
        let lines = self
            .stretches()
            .map(|(_, stretch)| Self::points(stretch).collect());
        lines.collect()
    }

    /// Whether anything lies between the extremes and the curve.
    pub fn is_shaded(&self) -> bool {
        self.columns.iter().any(|(_, column)| {
            let [(_, a), (_, b)] = column.points;
            column.low < a.min(b) || column.high > a.max(b)
        })
    }

    /// The band between the extremes: abscissae, low, high.
    pub fn bands(&self) -> Vec<(Vec<f64>, Vec<f64>, Vec<f64>)> {
        let band = |stretch: &[(i64, Column)]| {
            let x = stretch
                .iter()
                .map(|(_, column)| column.points[0].0)
                .collect();
            let low = stretch.iter().map(|(_, column)| column.low).collect();
            let high = stretch.iter().map(|(_, column)| column.high).collect();
            (x, low, high)
        };
        self.stretches()
            .map(|(_, stretch)| stretch)
            .filter(|stretch| stretch.len() > 1)
            .map(band)
            .collect()
    }

    /// Every `spacing`-th pixel's point, for markers.
    pub fn markers(&self, spacing: i64, offset: i64) -> Vec<[f64; 2]> {
        let mut next = i64::MIN;
        let mut markers = Vec::new();
        for (index, column) in &self.columns {
            if *index >= next {
                if next != i64::MIN {
                    markers.push([column.points[1].0, column.points[1].1]);
                }
                next = (index - offset).div_euclid(spacing) * spacing + spacing + offset;
            }
        }
        markers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_down_goes_down() {
        let step = Samples::plain(&[Some(1.0); 2], &[3.0, 2.0], false);
        let lines = reduce(&step, (0.0, 9.0), 9.0).lines();
        assert_eq!(lines, [[[1.0, 3.0], [1.0, 2.0]]]);
    }

    #[test]
    fn every_extremum_survives_and_the_points_are_bounded_by_the_pixels() {
        let x: Vec<Option<f64>> = (0..100_000).map(|i| Some(f64::from(i))).collect();
        let mut y: Vec<f64> = (0..100_000).map(|i| f64::from(i % 7)).collect();
        y[54_321] = 1e9;
        y[12_345] = -1e9;
        let reduced = reduce(&Samples::plain(&x, &y, false), (0.0, 1e5), 400.0);
        let points = reduced.lines().concat();
        assert!(points.len() <= 802, "{}", points.len());
        assert!(points.iter().any(|p| p[1] == 1e9) && points.iter().any(|p| p[1] == -1e9));
        assert!(points.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
    }

    #[test]
    fn a_curve_followed_as_it_grows_is_the_same_as_one_reduced_at_once() {
        let x: Vec<Option<f64>> = (0..500)
            .map(|i| (i > 0).then(|| f64::from(i).ln()))
            .collect();
        let wave = |i: i32| f64::from(i * i % 37) - 4.0;
        let y: Vec<f64> = (0..500).map(wave).collect();
        let low: Vec<f64> = y.iter().map(|y| y - 1.0).collect();
        for (log_y, range) in [(false, (0.0, 6.3)), (true, (1.0, 5.0)), (true, (5.5, 9.0))] {
            let until = |rows: usize| Samples {
                x: &x[..rows],
                y: &y[..rows],
                low: &low[..rows],
                high: &[],
                log_y,
            };
            let mut reducer = Reducer::new(range, 90.0);
            for rows in (1..500).step_by(3) {
                // The last row is replaced before the next one comes.
                let mut last = y[..rows].to_vec();
                last[rows - 1] = 1e3;
                let provisional = Samples {
                    y: &last,
                    ..until(rows)
                };
                let before = reducer.follow(&provisional, rows - 1);
                let whole = reduce(&until(rows), range, 90.0);
                let followed = reducer.follow(&until(rows), rows - 1);
                assert_eq!(followed, whole, "{rows}");
                if followed.lineage() == before.lineage() {
                    let settled = ..before.settled();
                    assert_eq!(followed.columns[settled], before.columns[settled]);
                }
                assert!(whole.lineage() != followed.lineage());
            }
        }
    }

    #[test]
    fn a_value_without_a_place_breaks_the_curve() {
        let x: Vec<Option<f64>> = (0..6).map(|i| Some(f64::from(i))).collect();
        let y = [1.0, 2.0, f64::NAN, 3.0, f64::INFINITY, 4.0];
        let lines = reduce(&Samples::plain(&x, &y, false), (0.0, 6.0), 600.0).lines();
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1]);
        let log = Samples {
            log_y: true,
            ..Samples::plain(&x, &[0.0; 6], false)
        };
        assert!(reduce(&log, (0.0, 6.0), 600.0).lines().is_empty());
    }

    #[test]
    fn extremes_between_samples_widen_the_band() {
        let x = [Some(0.0), Some(1.0)];
        let samples = Samples {
            x: &x,
            y: &[1.0, 1.0],
            low: &[0.5, 1.0],
            high: &[1.0, 7.0],
            log_y: false,
        };
        let bands = reduce(&samples, (0.0, 1.0), 100.0).bands();
        assert_eq!(bands[0].1, [0.5, 1.0]);
        assert_eq!(bands[0].2, [1.0, 7.0]);
    }
}
