//! Whether what the window remembers is kept.

use eframe::Storage;

/// What is said where nothing is.
pub(super) const UNKEPT: &str = "settings are not kept for the next time: storage is switched off or full here. \
                                 Everything else works";

/// A store that is looked at after it is written: a browser's may be switched off or full, and then says nothing.
pub(super) struct Checked<'a> {
    store: &'a mut dyn Storage,
    has_refused: bool,
}

impl<'a> Checked<'a> {
    pub(super) fn new(store: &'a mut dyn Storage) -> Self {
        Self {
            store,
            has_refused: false,
        }
    }

    /// Whether something that was written is not there.
    pub(super) fn has_refused(&self) -> bool {
        self.has_refused
    }
}

impl Storage for Checked<'_> {
    fn get_string(&self, key: &str) -> Option<String> {
        self.store.get_string(key)
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.store.set_string(key, value.clone());
        self.has_refused |= self.store.get_string(key) != Some(value);
    }

    fn remove_string(&mut self, key: &str) {
        self.store.remove_string(key);
    }

    fn flush(&mut self) {
        self.store.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Keeps so many values.
    struct Small(usize, BTreeMap<String, String>);

    impl Storage for Small {
        fn get_string(&self, key: &str) -> Option<String> {
            self.1.get(key).cloned()
        }

        fn set_string(&mut self, key: &str, value: String) {
            if self.1.len() < self.0 {
                self.1.insert(key.to_owned(), value);
            }
        }

        fn remove_string(&mut self, key: &str) {
            self.1.remove(key);
        }

        fn flush(&mut self) {}
    }

    #[test]
    fn a_store_that_takes_nothing_is_noticed() {
        for (room, refuses) in [(0, true), (1, false)] {
            let mut small = Small(room, BTreeMap::new());
            let mut store = Checked::new(&mut small);
            store.set_string("choices", "x".to_owned());
            assert_eq!(store.has_refused(), refuses);
        }
    }
}
