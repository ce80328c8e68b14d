//! What the window says of faults around it.

use super::App;

impl App {
    /// Warns in the status line, unless there is a warning already.
    pub(in crate::ui) fn warn(&mut self, words: String) {
        self.refused.get_or_insert(words);
    }
}
