//! What the page says to the analysis, and what it hears.

use super::simulation::{put_settings, take_settings};
use super::{Wire, fields, variants};
use crate::sim::analysis::{Analyst, Finding, Order, RecordedState};

fields! {
    RecordedState { run, row, step, shared, values, state }
}

variants! {
    Finding { 0 Facts { epoch, facts }, 1 Studied { epoch }, 2 Insights { epoch, found } }
}

/// Without the closure that makes the analyst: the other end has one that does the same.
impl Wire for Order {
    fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Load {
                epoch,
                lab,
                knobs,
                build: _,
            } => {
                bytes.push(0);
                epoch.put(bytes);
                put_settings(lab, knobs, bytes);
            }
            Self::Examine {
                epoch,
                states,
                gentle,
            } => {
                bytes.push(1);
                epoch.put(bytes);
                states.put(bytes);
                gentle.put(bytes);
            }
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(match u8::take(bytes)? {
            0 => {
                let epoch = Wire::take(bytes)?;
                let (lab, knobs) = take_settings(bytes)?;
                let its = knobs.clone();
                let build = move || -> Result<Option<Box<dyn Analyst>>, String> {
                    lab.analyst(&its).map_err(|error| error.to_string())
                };
                Self::Load {
                    epoch,
                    lab: lab.id(),
                    knobs,
                    build: Box::new(build),
                }
            }
            1 => Self::Examine {
                epoch: Wire::take(bytes)?,
                states: Wire::take(bytes)?,
                gentle: Wire::take(bytes)?,
            },
            _ => return None,
        })
    }
}
