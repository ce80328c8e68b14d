//! Values that are chosen by a word. One declaration gives a choice knob its words and labels, and the code the
//! value that each word stands for.

use crate::knobs::{Choice, Knobs};

/// A value that a choice knob holds as a word; implemented by [`chosen!`].
pub(super) trait Chosen: Copy + 'static {
    /// Words and labels, in the order of the menu.
    const CHOICES: &'static [Choice];
    /// The values, in the same order.
    const ALL: &'static [Self];

    /// The word in recipes.
    fn id(self) -> &'static str;

    /// The value whose word a knob holds.
    ///
    /// # Panics
    /// If the knob offers other words than [`Self::CHOICES`], which is a mistake in the table of knobs.
    fn of(knobs: &Knobs, key: &str) -> Self {
        let word = knobs.word(key);
        let at = Self::CHOICES.iter().position(|choice| choice.id == word);
        at.map_or_else(
            || panic!("the knob `{key}` holds `{word}`, which stands for nothing"),
            |at| Self::ALL[at],
        )
    }
}

/// Implements [`Chosen`] for an enum: `Variant => "word in recipes", "label on the screen";` for every variant. A
/// variant that is left out is a compile error.
macro_rules! chosen {
    ($type:ty: $($variant:ident => $id:literal, $label:literal;)+) => {
        impl $crate::labs::choices::Chosen for $type {
            const CHOICES: &'static [$crate::knobs::Choice] = &[
                $($crate::knobs::Choice { id: $id, label: $label },)+
            ];
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }
        }
    };
}
pub(super) use chosen;
