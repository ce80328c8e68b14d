//! Lines and bands as a picture holds them: with every point, or reduced to the columns of a window.

use std::borrow::Cow;
use std::sync::Arc;

use super::columns::Reduced;
use super::scale::value_at;

/// A line through points, as a picture holds it.
#[derive(Clone, Debug)]
pub enum Curve {
    /// Every point, in values.
    Points(Vec<[f64; 2]>),
    /// A curve that grows with the history, already reduced to the columns of the window that shows it.
    Reduced(Arc<Reduced>),
}

impl Curve {
    /// Whether its abscissae fall nowhere.
    pub fn rises(&self) -> bool {
        match self {
            Self::Points(points) => points.windows(2).all(|pair| pair[0][0] <= pair[1][0]),
            Self::Reduced(_) => true,
        }
    }

    /// The points, in values of axes of which some are logarithmic; of a reduced curve those that are
    /// left, a point that is nowhere between its pieces.
    pub fn points(&self, [log_x, log_y]: [bool; 2]) -> Cow<'_, [[f64; 2]]> {
        match self {
            Self::Points(points) => Cow::Borrowed(points),
            Self::Reduced(reduced) => {
                let pieces = reduced.lines().into_iter().map(|piece| {
                    let points = piece.into_iter();
                    let values = points.map(|[x, y]| [value_at(x, log_x), value_at(y, log_y)]);
                    values.collect::<Vec<_>>()
                });
                Cow::Owned(pieces.collect::<Vec<_>>().join(&[f64::NAN; 2]))
            }
        }
    }
}

/// The area between two lines, as a picture holds it.
#[derive(Clone, Debug)]
pub enum Ribbon {
    /// In values.
    Between {
        /// Abscissae.
        x: Vec<f64>,
        /// Lower ordinates.
        low: Vec<f64>,
        /// Upper ordinates.
        high: Vec<f64>,
    },
    /// The extremes of a reduced curve, see [`Curve::Reduced`].
    Reduced(Arc<Reduced>),
}

impl Ribbon {
    /// (abscissa, lower, upper ordinate), like [`Curve::points`].
    pub fn rows(&self, [log_x, log_y]: [bool; 2]) -> Vec<[f64; 3]> {
        match self {
            Self::Between { x, low, high } => {
                let rows = x.iter().zip(low).zip(high);
                rows.map(|((x, low), high)| [*x, *low, *high]).collect()
            }
            Self::Reduced(reduced) => {
                let rows = reduced.bands().into_iter().flat_map(|(x, low, high)| {
                    let rows = x.into_iter().zip(low).zip(high);
                    rows.map(move |((x, low), high)| {
                        [
                            value_at(x, log_x),
                            value_at(low, log_y),
                            value_at(high, log_y),
                        ]
                    })
                });
                rows.collect()
            }
        }
    }
}
