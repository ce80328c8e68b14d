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
        impl $crate::labs::diagonal::choices::Chosen for $type {
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

// These enums belong to the model, which knows no menus.
use crate::model::data::fourier::FourierTruth;
use crate::model::data::sparse::BetaLaw;

chosen! { BetaLaw:
    Signs => "signs", "±1";
    PaperLike => "paper-like", "|N(0,1)|, unit norm";
    Ones => "ones", "all 1";
    Normal => "normal", "N(0,1)";
}

chosen! { FourierTruth:
    Sparse => "sparse", "sparse: cos3 − sin7 + cos12";
    Dense => "dense", "dense: ±1 everywhere";
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;
    use crate::labs::diagonal::dynamics::Scheme;
    use crate::labs::diagonal::dynamics::label_noise::NoiseKind;
    use crate::labs::diagonal::knobs::KNOBS;
    use crate::labs::diagonal::settings::DataKind;

    /// Every word that the knob accepts stands for a value, and every value has a word that it accepts.
    fn check<T: Chosen + Debug + PartialEq>(key: &str) {
        let mut knobs = Knobs::new(&KNOBS);
        let declared = knobs.iter().find(|(knob, _)| knob.key == key);
        let (knob, _) = declared.expect("the knob is in the table");
        let words: Vec<&str> = T::ALL.iter().map(|value| value.id()).collect();
        assert_eq!(knob.range(), words.join(" | "));
        for (value, word) in T::ALL.iter().zip(words) {
            knobs.set_text(key, word).unwrap();
            assert_eq!(T::of(&knobs, key), *value);
        }
    }

    #[test]
    fn every_word_of_a_choice_stands_for_a_value_of_its_own() {
        check::<DataKind>("data");
        check::<BetaLaw>("beta_law");
        check::<FourierTruth>("fourier_truth");
        check::<Scheme>("sgf_scheme");
        check::<NoiseKind>("label_noise");
    }

    #[test]
    fn every_choice_knob_is_checked_here() {
        let checked = [
            "data",
            "beta_law",
            "fourier_truth",
            "sgf_scheme",
            "label_noise",
        ];
        for knob in KNOBS.iter() {
            if matches!(knob.kind, crate::knobs::Kind::Choice(_)) {
                assert!(checked.contains(&knob.key), "`{}`", knob.key);
            }
        }
    }
}
