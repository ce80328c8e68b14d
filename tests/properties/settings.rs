//! Values of any setting, from its declaration alone.

use implicit_bias_lab::knobs::{Kind, Knob, Role, Value};
use implicit_bias_lab::labs::Lab;
use proptest::prelude::*;

/// How far above its smallest value a count is drawn that is a size of something: as small as runs can be, so that
/// many of them are quick.
const SIZES: u64 = 7;

/// Steps of a run.
pub(crate) const LENGTH: u64 = 40;

/// A value that the setting takes; texts are those of the presets.
pub(crate) fn accepted(lab: &'static dyn Lab, knob: &'static Knob) -> BoxedStrategy<Value> {
    let or_auto = |value: BoxedStrategy<Value>, auto: Option<&'static str>| match auto {
        Some(word) => prop_oneof![2 => value, 1 => Just(Value::Word(word.to_owned()))].boxed(),
        None => value,
    };
    match &knob.kind {
        Kind::Switch => any::<bool>().prop_map(Value::Switch).boxed(),
        Kind::Count { min, max, auto } => {
            let most = match knob.role {
                Some(Role::DataSeed | Role::NoiseSeed | Role::Pace) => *max,
                Some(Role::Length) => LENGTH,
                _ => (min + SIZES).min(*max),
            };
            or_auto((*min..=most).prop_map(Value::Count).boxed(), *auto)
        }
        Kind::Real {
            min,
            max,
            slider,
            auto,
            vector,
            ..
        } => {
            let (min, max) = (*min, *max);
            let usual = (slider[0].max(min)..=slider[1].min(max)).boxed();
            // Of every size there is, where that makes a difference.
            let any = if min > 0.0 {
                (min.ln()..=max.ln())
                    .prop_map(move |log| log.exp().clamp(min, max))
                    .boxed()
            } else {
                (min..=max).boxed()
            };
            let one = prop_oneof![6 => usual, 2 => any, 1 => Just(min), 1 => Just(max)].boxed();
            let value = one.clone().prop_map(Value::Real).boxed();
            let value = if *vector {
                let list = prop::collection::vec(one, 1..=SIZES as usize);
                prop_oneof![4 => value, 1 => list.prop_map(Value::Reals)].boxed()
            } else {
                value
            };
            or_auto(value, *auto)
        }
        Kind::Choice(choices) => {
            let ids: Vec<&str> = choices.iter().map(|choice| choice.id).collect();
            prop::sample::select(ids)
                .prop_map(|id| Value::Word(id.to_owned()))
                .boxed()
        }
        Kind::Text => {
            let presets = lab.presets().iter().map(|preset| preset.recipe());
            let mut texts: Vec<Value> = presets
                .map(|recipe| recipe.knobs.get(knob.key).clone())
                .collect();
            texts.push(Value::Word(knob.default.to_owned()));
            // And with numbers that are no larger than those of these runs.
            let short: Vec<Value> = texts
                .iter()
                .map(|text| shortened(&text.to_string()))
                .collect();
            texts.extend(short);
            prop::sample::select(texts).boxed()
        }
        Kind::Points { max } => {
            let vertex = (1_u32..30, 0.0..=*max);
            prop::collection::vec(vertex, 1..5)
                .prop_map(|vertices| {
                    let mut at = 0.0;
                    let points = vertices.into_iter().map(|(gap, level)| {
                        at += f64::from(gap);
                        [at - 1.0, level]
                    });
                    Value::Points(points.collect())
                })
                .boxed()
        }
    }
}

/// The text with no more than two digits of every number.
fn shortened(text: &str) -> Value {
    let mut digits = 0;
    let kept = text.chars().filter(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits <= 2
    });
    Value::Word(kept.collect())
}

/// TOML of a value that the setting does not take.
pub(crate) fn refused(knob: &'static Knob) -> BoxedStrategy<String> {
    let words = |texts: Vec<String>| prop::sample::select(texts).boxed();
    let outside = |min: f64, max: f64| {
        let distance = prop_oneof![1e-9..1.0, 1.0..1e12];
        (distance, any::<bool>())
            .prop_map(move |(distance, above): (f64, bool)| {
                let next = if above {
                    max + distance.max(max.abs() * 1e-9)
                } else {
                    min - distance.max(min.abs() * 1e-9)
                };
                format!("{next:?}")
            })
            .boxed()
    };
    let never = words(
        ["nan", "inf", "-inf", "\"such a word\"", "{ a = 1 }"]
            .map(str::to_owned)
            .into(),
    );
    match &knob.kind {
        Kind::Switch => words(["0", "1", "\"yes\"", "[true]"].map(str::to_owned).into()),
        Kind::Count { min, max, .. } => {
            let (min, max) = (*min, *max);
            let above = (1_u64..1 << 40).prop_map(move |by| (max + by).to_string());
            let below = (1_i64..1 << 40).prop_map(move |by| (min as i64 - by).to_string());
            let broken = (0_u32..1000).prop_map(move |by| format!("{}.5", min + u64::from(by)));
            prop_oneof![above, below, broken, never].boxed()
        }
        Kind::Real { min, max, .. } => prop_oneof![3 => outside(*min, *max), 1 => never].boxed(),
        Kind::Choice(_) => words(
            ["\"such a word\"", "\"\"", "0", "true", "[1.0]"]
                .map(str::to_owned)
                .into(),
        ),
        Kind::Text => words(["0", "true", "1.5", "[1.0]"].map(str::to_owned).into()),
        Kind::Points { max } => words(vec![
            "[[2.0, 0.0], [1.0, 0.0]]".to_owned(),
            "[[0.0, -1.0]]".to_owned(),
            format!("[[0.0, {:?}]]", 2.0 * max + 1.0),
            "[[-1.0, 0.0]]".to_owned(),
            "[[0.0, nan]]".to_owned(),
            "[[inf, 0.0]]".to_owned(),
            "[[1.0, 2.0, 3.0]]".to_owned(),
            "\"0:1\"".to_owned(),
        ]),
    }
}
