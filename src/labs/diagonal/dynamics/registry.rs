//! Which rules there are: those of the program, and those of other crates.

use std::sync::{PoisonError, RwLock};

use super::{METHODS, Method};

/// The rules of other crates, until somebody asks for all rules; and all of them from then on.
enum Known {
    Open(Vec<&'static Method>),
    Closed(&'static [&'static Method]),
}

static KNOWN: RwLock<Known> = RwLock::new(Known::Open(Vec::new()));

/// Every rule, in the order of the legend: those of the program first. From the first call on the list stays as it is,
/// since the settings are made of it.
pub fn methods() -> &'static [&'static Method] {
    // A poisoned lock only means that another thread died while it held a whole list.
    if let Known::Closed(all) = *KNOWN.read().unwrap_or_else(PoisonError::into_inner) {
        return all;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let all = match &*known {
        Known::Closed(all) => return all,
        Known::Open(others) => [METHODS, others].concat(),
    };
    let all = all.leak();
    *known = Known::Closed(all);
    all
}

/// The rule of that name.
pub fn method(id: &str) -> Option<&'static Method> {
    methods().iter().copied().find(|method| method.id == id)
}

/// Whether the theorem covers the runs of a family. Forks are of rules that it covers.
pub fn is_covered(family: &str) -> bool {
    method(family).is_none_or(|method| method.covered_by_theorem)
}

/// The names of the rules with noise that the theorem covers.
pub fn covered_noise() -> impl Iterator<Item = &'static str> {
    let covered = methods()
        .iter()
        .filter(|method| method.covered_by_theorem && method.max_runs > 1);
    covered.map(|method| method.id)
}

/// Why a rule was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Settings, tables and legends tell rules apart by both; `fork` begins the names of forks.
    #[error("the rule `{id}` cannot be registered: its name or label is taken")]
    Taken {
        /// Its name.
        id: &'static str,
    },
    /// It becomes part of a setting's key.
    #[error(
        "the rule `{id}` cannot be registered: its name must be of lower-case letters, digits and `-`"
    )]
    Unfit {
        /// Its name.
        id: &'static str,
    },
    /// The settings have been made of the rules.
    #[error("the rule `{id}` comes too late: register it before anything else is done")]
    Late {
        /// Its name.
        id: &'static str,
    },
}

/// Adds a rule of another crate to the diagonal network.
///
/// It has a setting for its number of runs, and is drawn, exported and swept over like every other one;
/// `examples/heavy_ball.rs` is a program with a rule of its own.
///
/// # Errors
/// See [`RegisterError`].
pub fn register(method: &'static Method) -> Result<(), RegisterError> {
    let id = method.id;
    let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(is_fit) {
        return Err(RegisterError::Unfit { id });
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let Known::Open(others) = &mut *known else {
        return Err(RegisterError::Late { id });
    };
    let mut all = METHODS.iter().chain(&*others);
    if id.starts_with("fork") || all.any(|other| other.id == id || other.label == method.label) {
        return Err(RegisterError::Taken { id });
    }
    others.push(method);
    Ok(())
}
