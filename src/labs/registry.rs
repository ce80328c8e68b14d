//! Which labs there are.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use super::{Lab, bad_minima, diagonal, linear, stability};

/// The labs that the program brings, the first being what it begins with. [`all`] has those of other
/// crates too.
pub static LABS: &[&dyn Lab] = &[
    &diagonal::LAB,
    &stability::LAB,
    &linear::LAB,
    &bad_minima::LAB,
];

/// Those of other crates.
static REGISTERED: RwLock<Vec<&'static dyn Lab>> = RwLock::new(Vec::new());

/// Why a lab was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Names in recipes, links and on the command line must be unique.
    #[error("the lab `{lab}` cannot be registered: its {what} `{name}` is taken")]
    Taken {
        /// The lab.
        lab: &'static str,
        /// What has that name.
        what: &'static str,
        /// The name.
        name: &'static str,
    },
}

/// Every lab, in the order in which they are listed.
pub fn all() -> Vec<&'static dyn Lab> {
    // A poisoned lock only means that another thread died while it held a whole list.
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    LABS.iter()
        .copied()
        .chain(registered.iter().copied())
        .collect()
}

/// The lab of that name.
pub fn lab(id: &str) -> Option<&'static dyn Lab> {
    all().into_iter().find(|lab| lab.id() == id)
}

/// Adds a lab of another crate; once it is there it stays.
pub fn register(lab: &'static dyn Lab) -> Result<(), RegisterError> {
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    let others = || LABS.iter().copied().chain(registered.iter().copied());
    for (what, names) in NAMES {
        let mut known: BTreeSet<&str> = others().flat_map(&names).collect();
        unique(lab, what, names(lab), &mut known)?;
    }
    for (what, names) in OWN_NAMES {
        unique(lab, what, names(lab), &mut BTreeSet::new())?;
    }
    registered.push(lab);
    Ok(())
}

/// Names of a lab.
type Names = (&'static str, fn(&dyn Lab) -> Vec<&'static str>);

/// What no two labs may have in common: names that are typed without the lab's.
const NAMES: [Names; 3] = [
    ("name", |lab| vec![lab.id()]),
    ("preset", |lab| {
        lab.presets().iter().map(|preset| preset.id).collect()
    }),
    ("figure", |lab| {
        lab.figures().iter().map(|figure| figure.id).collect()
    }),
];

/// What must differ within a lab.
const OWN_NAMES: [Names; 2] = [
    ("setting", |lab| {
        lab.knobs().iter().map(|knob| knob.key).collect()
    }),
    ("picture", |lab| {
        let panels = lab.cells().iter().copied().flatten();
        panels.map(|panel| panel.id).collect()
    }),
];

fn unique(
    lab: &dyn Lab,
    what: &'static str,
    names: Vec<&'static str>,
    known: &mut BTreeSet<&'static str>,
) -> Result<(), RegisterError> {
    match names.into_iter().find(|name| !known.insert(name)) {
        Some(name) => Err(RegisterError::Taken {
            lab: lab.id(),
            what,
            name,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_refused() {
        let error = register(LABS[0]).unwrap_err().to_string();
        assert_eq!(
            error,
            "the lab `diagonal-network` cannot be registered: its name `diagonal-network` is taken"
        );
        assert_eq!(all().len(), LABS.len());
    }

    #[test]
    fn the_names_of_every_lab_are_unique() {
        for (what, names) in NAMES {
            let mut known = BTreeSet::new();
            for lab in LABS {
                unique(*lab, what, names(*lab), &mut known).unwrap();
            }
        }
        for (what, names) in OWN_NAMES {
            for lab in LABS {
                unique(*lab, what, names(*lab), &mut BTreeSet::new()).unwrap();
            }
        }
    }
}
