//! When the runs of a sweep are over.

use std::fmt;
use std::str::FromStr;

/// When the runs of a cell are over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finish {
    /// When they have converged, or taken all their steps.
    End,
    /// Or before, as soon as it is known where they are going to end: what they are validated by, with this relative
    /// error. Their numbers are then those of where they end, and not of where they are.
    Destination(f64),
}

impl Finish {
    /// [`Self::Destination`] with what no picture shows.
    pub const DESTINATION: Self = Self::Destination(1e-3);

    /// The relative error with which a destination is to be known.
    pub(super) fn relative_error(self) -> Option<f64> {
        match self {
            Self::End => None,
            Self::Destination(relative_error) => Some(relative_error),
        }
    }
}

impl fmt::Display for Finish {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => write!(f, "end"),
            Self::Destination(relative_error) => write!(f, "destination:{relative_error}"),
        }
    }
}

impl FromStr for Finish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "end" => Ok(Self::End),
            None if text == "destination" => Ok(Self::DESTINATION),
            Some(("destination", error)) => {
                let known = error.parse().ok();
                // Below, rounding would never let a run end; above, the bound's first order is not all.
                let known = known.filter(|error| (1e-8..=0.1).contains(error));
                let known =
                    known.ok_or("the relative error of a destination is from 1e-8 to 0.1")?;
                Ok(Self::Destination(known))
            }
            _ => Err(
                "it takes end, destination or destination:ERROR, such as destination:1e-4"
                    .to_owned(),
            ),
        }
    }
}
