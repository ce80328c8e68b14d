use super::*;

static TABLE: &[Knob] = &[
    Knob {
        key: "alpha",
        label: "",
        group: "",
        kind: Kind::Real {
            min: 1e-4,
            max: 10.0,
            slider: [1e-4, 10.0],
            logarithmic: true,
            auto: None,
            vector: true,
        },
        default: "0.1",
        unit: "",
        help: "",
        live: false,
        auto_fact: None,
        landmark: None,
        role: Some(Role::InitialisationScale),
        relevant: |_| true,
    },
    Knob {
        key: "steps",
        label: "",
        group: "",
        kind: Kind::Count {
            min: 1,
            max: 1_000_000,
            auto: Some("auto"),
        },
        default: "auto",
        unit: "",
        help: "",
        live: false,
        auto_fact: None,
        landmark: None,
        role: Some(Role::Length),
        relevant: |_| true,
    },
    Knob {
        key: "points",
        label: "",
        group: "",
        kind: Kind::Points { max: 2.0 },
        default: "0:1,10:0",
        unit: "",
        help: "",
        live: false,
        auto_fact: None,
        landmark: None,
        role: Some(Role::Vertices),
        relevant: |_| true,
    },
];

#[test]
fn values_survive_their_text_form() {
    let mut knobs = Knobs::new(TABLE);
    knobs.set("alpha", Value::Real(0.1 + 0.2)).unwrap();
    knobs.set_text("steps", "1e5").unwrap();
    let mut copy = Knobs::new(TABLE);
    for (knob, value) in knobs.iter() {
        copy.set_text(knob.key, &value.to_string()).unwrap();
    }
    assert_eq!(knobs, copy);
    assert_eq!(copy.count("steps"), 100_000);
}

#[test]
fn out_of_range_and_nan_are_refused_with_the_range() {
    let mut knobs = Knobs::new(TABLE);
    for bad in ["0", "-1", "nan", "inf", "11", "abc", "", "0.1,0"] {
        let message = knobs.set_text("alpha", bad).unwrap_err().to_string();
        assert!(message.contains("0.0001 to 10"), "{message}");
    }
    assert!(knobs.set_text("steps", "1.5").is_err());
    assert!(knobs.set_text("points", "10:1,5:0").is_err());
    assert!(knobs.set_text("points", "0:3").is_err());
    assert_eq!(knobs, Knobs::new(TABLE), "a refused value changes nothing");
}

#[test]
fn words_are_taken_in_any_case_and_kept_as_they_are_declared() {
    const FORMS: [Choice; 2] = [
        Choice {
            id: "step-off",
            label: "",
        },
        Choice {
            id: "none",
            label: "",
        },
    ];
    static WORDS: &[Knob] = &[
        Knob::new("", "on", "", Kind::Switch, "false", ""),
        Knob::new("", "form", "", Kind::Choice(&FORMS), "none", ""),
        Knob::new("", "path", "", Kind::Text, "", ""),
        Knob {
            kind: Kind::Real {
                min: POSITIVE[0],
                max: POSITIVE[1],
                slider: [0.1, 1.0],
                logarithmic: true,
                auto: Some("auto"),
                vector: false,
            },
            ..Knob::new("", "size", "", Kind::Switch, "auto", "")
        },
    ];
    let mut knobs = Knobs::new(WORDS);
    for typed in ["True", "TRUE", "true"] {
        knobs.set_text("on", typed).unwrap();
        assert!(knobs.switch("on"));
        knobs.set("on", Value::Switch(false)).unwrap();
        knobs.set("on", Value::Word(typed.to_owned())).unwrap();
        assert!(knobs.switch("on"));
    }
    assert!(knobs.set_text("on", "1").is_err());
    knobs.set_text("form", "Step-Off").unwrap();
    assert_eq!(knobs.word("form"), "step-off");
    knobs.set_text("path", "Data.CSV").unwrap();
    assert_eq!(knobs.word("path"), "Data.CSV");
    knobs.set_text("size", "AUTO").unwrap();
    assert_eq!(*knobs.get("size"), Value::Word("auto".to_owned()));
    // Of any size, but a size.
    for typed in ["9e-11", "1e-300", "1e300"] {
        knobs.set_text("size", typed).unwrap();
    }
    for typed in ["0", "-1", "inf", "nan"] {
        let message = knobs.set_text("size", typed).unwrap_err().to_string();
        assert!(
            message.contains("takes a number above 0 or auto"),
            "{message}"
        );
    }
}

#[test]
fn a_misspelt_key_names_its_neighbour() {
    let error = Knobs::new(TABLE).set_text("alhpa", "1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no setting `alhpa`; did you mean `alpha`?"
    );
}

#[test]
fn roles_are_found_and_what_is_missing_is_no_panic() {
    let mut knobs = Knobs::new(TABLE);
    assert_eq!(knobs.key_of(Role::InitialisationScale), Some("alpha"));
    assert_eq!(knobs.real_of(Role::InitialisationScale), Some(0.1));
    assert_eq!(knobs.length(), DEFAULT_LENGTH, "an automatic length");
    knobs.set_of(Role::Length, Value::Count(7)).unwrap();
    assert_eq!((knobs.length(), knobs.count("steps")), (7, 7));
    assert_eq!(
        knobs.points_of(Role::Vertices),
        Some(&[[0.0, 1.0], [10.0, 0.0]][..])
    );
    assert_eq!(knobs.keys_of(Role::NoiseSeed).count(), 0);
    assert_eq!(knobs.count_of(Role::DataSeed), None);
    let missing = knobs.set_of(Role::StepSize, Value::Real(0.1)).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "this lab has no setting for the step size"
    );
}

#[test]
fn a_refusal_in_a_window_names_what_users_see() {
    static SHOWN: &[Knob] = &[Knob::new("", "steps", "Non-zeros", Kind::Switch, "", "")];
    let message = "500 do not fit: lower `steps` or raise `d`";
    let expected = "500 do not fit: lower “Non-zeros” or raise “d”";
    assert_eq!(in_labels(message, SHOWN), expected);
    assert_eq!(in_labels("nothing is quoted", SHOWN), "nothing is quoted");
}

#[test]
fn who_has_typed_the_beginning_of_a_name_means_it() {
    let names = ["fig4", "fig5-label-noise", "fig50"];
    assert_eq!(nearest("fig5", names.into_iter()), Some("fig50"));
    assert_eq!(
        nearest("fig5-", names.into_iter()),
        Some("fig5-label-noise")
    );
    assert_eq!(nearest("fig3", names.into_iter()), Some("fig4"));
    assert_eq!(nearest("", names.into_iter()), None);
    assert_eq!(nearest("xyz", names.into_iter()), None);
}
