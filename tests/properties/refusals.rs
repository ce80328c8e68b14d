//! What no setting takes is refused, and the message says which setting it is and what it takes.

use implicit_bias_lab::knobs::{Kind, Knobs};
use implicit_bias_lab::labs::LABS;
use implicit_bias_lab::recipe::Recipe;
use proptest::prelude::*;

use super::check;
use super::settings::refused;

/// A setting, by the numbers of its lab and of itself.
fn place() -> impl Strategy<Value = (usize, usize)> {
    (0..LABS.len()).prop_flat_map(|lab| (Just(lab), 0..LABS[lab].knobs().len()))
}

#[test]
fn a_recipe_with_one_bad_value_is_refused_with_field_and_range() {
    let bad =
        place().prop_flat_map(|(lab, at)| (Just(lab), Just(at), refused(&LABS[lab].knobs()[at])));
    check(3000, &bad, |(lab, at, value)| {
        let lab = LABS[lab];
        let knob = &lab.knobs()[at];
        let text = format!(
            "format = 1\nlab = \"{}\"\n[settings]\n{} = {value}\n",
            lab.id(),
            knob.key
        );
        let error = Recipe::from_toml(&text).unwrap_err().to_string();
        assert!(
            error.contains(&format!("`{}`", knob.key)),
            "{text}: {error}"
        );
        // What is no value at all is refused as that, before it is known what would be taken.
        let says_why = error.contains(&knob.range()) || error.contains("cannot be a ");
        assert!(says_why, "{text}: {error}");
    });
}

#[test]
fn what_is_typed_is_taken_and_kept_or_refused_with_field_and_range() {
    let typed = prop_oneof![
        any::<String>(),
        "[0-9eE+., :-]{0,12}",
        "(auto|max|true|nan|inf|-?[0-9]{1,25}|[0-9]{0,3}\\.[0-9]{0,20}(e-?[0-9]{1,3})?)(,[0-9.]{1,4}){0,3}",
    ];
    check(6000, &(place(), typed), |((lab, at), text)| {
        let knob = &LABS[lab].knobs()[at];
        let mut knobs = Knobs::new(LABS[lab].knobs());
        match knobs.set_text(knob.key, &text) {
            Ok(()) => {
                let kept = knobs.get(knob.key).clone();
                let again = kept.to_string();
                knobs.set_text(knob.key, &again).unwrap();
                assert_eq!(*knobs.get(knob.key), kept, "{}: `{again}`", knob.key);
            }
            Err(error) => {
                let error = error.to_string();
                assert!(!matches!(knob.kind, Kind::Text), "{text:?}");
                assert!(error.contains(&format!("`{}`", knob.key)), "{error}");
                assert!(error.contains(&knob.range()), "{error}");
            }
        }
    });
}
