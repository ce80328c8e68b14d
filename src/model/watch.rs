//! Whether a long computation is still wanted, and how far it has come.
//!
//! Whoever asks for it keeps one copy and gives the computation another, which looks at it between two pieces of
//! work. What has been computed does not depend on it: a computation that was given up has no result.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// See the module. Copies are of one computation.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    given_up: AtomicBool,
    done: AtomicU64,
    /// What is being done, and how many pieces that has.
    stage: Mutex<Option<(String, u64)>>,
}

/// What a computation is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// In words, before the numbers: `run SGD 1 to step`.
    pub what: String,
    /// Pieces that are done.
    pub done: u64,
    /// Pieces that there are.
    pub of: u64,
}

/// A computation has been given up before it came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was given up before it was ready")]
pub struct GivenUp;

/// It is no part of what is computed: settings that differ in it alone are the same.
impl PartialEq for Watch {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Watch {
    /// Nobody waits for it any more.
    pub fn give_up(&self) {
        self.0.given_up.store(true, Ordering::Relaxed);
    }

    /// Whether nobody waits for it any more.
    pub fn is_given_up(&self) -> bool {
        self.0.given_up.load(Ordering::Relaxed)
    }

    /// Ends a computation that nobody waits for any more.
    pub fn check(&self) -> Result<(), GivenUp> {
        if self.is_given_up() {
            return Err(GivenUp);
        }
        Ok(())
    }

    /// Notes what is begun, and of how many pieces.
    pub fn begin(&self, what: impl Into<String>, of: u64) {
        self.note_done(0);
        *self.0.stage.lock().unwrap_or_else(PoisonError::into_inner) = Some((what.into(), of));
    }

    /// Notes how many pieces of it are done.
    pub fn note_done(&self, done: u64) {
        self.0.done.store(done, Ordering::Relaxed);
    }

    /// What it is at, if it has said so.
    pub fn stage(&self) -> Option<Stage> {
        let stage = self.0.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let (what, of) = stage.clone()?;
        let done = self.0.done.load(Ordering::Relaxed).min(of);
        Some(Stage { what, done, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_of_one_computation() {
        let asked = Watch::default();
        let computes = asked.clone();
        assert_eq!(asked.stage(), None);
        computes.begin("step", 10);
        computes.note_done(4);
        let expected = Stage {
            what: "step".to_owned(),
            done: 4,
            of: 10,
        };
        assert_eq!(asked.stage(), Some(expected));
        assert_eq!(computes.check(), Ok(()));
        asked.give_up();
        assert_eq!(computes.check(), Err(GivenUp));
        assert_eq!(Watch::default().check(), Ok(()));
    }
}
