//! The values of the diagonal network's choice knobs that belong to the model.

pub(super) use crate::labs::choices::{Chosen, chosen};
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
    use crate::knobs::Knobs;
    use crate::labs::diagonal::dynamics::Scheme;
    use crate::labs::diagonal::dynamics::label_noise::NoiseKind;
    use crate::labs::diagonal::knobs::KNOBS;
    use crate::labs::diagonal::settings::DataKind;
    use crate::labs::diagonal::starts::StartKind;
    use crate::model::arithmetic::Arithmetic;
    use crate::model::data::csv::{Header, Missing};

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
        check::<Header>("csv_header");
        check::<Missing>("csv_missing");
        check::<Scheme>("sgf_scheme");
        check::<NoiseKind>("label_noise");
        check::<StartKind>("initialisation");
        check::<Arithmetic>("arithmetic");
    }

    #[test]
    fn every_choice_knob_is_checked_here() {
        let checked = [
            "data",
            "beta_law",
            "fourier_truth",
            "csv_header",
            "csv_missing",
            "sgf_scheme",
            "label_noise",
            "initialisation",
            "arithmetic",
        ];
        for knob in KNOBS.iter() {
            if matches!(knob.kind, crate::knobs::Kind::Choice(_)) {
                assert!(checked.contains(&knob.key), "`{}`", knob.key);
            }
        }
    }
}
