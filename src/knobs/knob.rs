//! One setting: its declaration, its values, and which of them it accepts.

use std::fmt;

use serde::Deserialize;

use super::{Knobs, Role};
use crate::files::limits;
use crate::format::excerpt;

/// One value of one setting.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Count(u64),
    /// A real number.
    Real(f64),
    /// One of the declared choices, free text, or the knob's automatic word ("auto", "max").
    Word(String),
    /// A vertex list `[[x, y], …]`.
    Points(Vec<[f64; 2]>),
    /// One real number per coordinate.
    Reals(Vec<f64>),
}

impl fmt::Display for Value {
    /// The text that [`Knobs::set_text`] reads back to the same value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => write!(f, "{on}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Real(real) => write!(f, "{real:?}"),
            Self::Word(word) => write!(f, "{word}"),
            Self::Points(points) => {
                let pairs: Vec<_> = points.iter().map(|[x, y]| format!("{x}:{y}")).collect();
                write!(f, "{}", pairs.join(","))
            }
            Self::Reals(reals) => {
                let texts: Vec<_> = reals.iter().map(|real| format!("{real:?}")).collect();
                write!(f, "{}", texts.join(","))
            }
        }
    }
}

/// One of the choices of a [`Kind::Choice`].
#[derive(Debug)]
pub struct Choice {
    /// The word in recipes and in `--set`.
    pub id: &'static str,
    /// The word on the screen.
    pub label: &'static str,
}

/// What a knob accepts.
#[derive(Debug)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number in `min..=max`; `auto`, if given, is a word that also is accepted.
    Count {
        /// Smallest accepted value.
        min: u64,
        /// Largest accepted value.
        max: u64,
        /// Word for "let the lab choose".
        auto: Option<&'static str>,
    },
    /// A real number in `min..=max`.
    Real {
        /// Smallest accepted value.
        min: f64,
        /// Largest accepted value.
        max: f64,
        /// The part of the range that a slider covers; typing reaches the rest.
        slider: [f64; 2],
        /// Whether a slider should be logarithmic.
        logarithmic: bool,
        /// Word for "let the lab choose".
        auto: Option<&'static str>,
        /// Whether one value per coordinate is accepted as well.
        vector: bool,
    },
    /// One word out of a list.
    Choice(&'static [Choice]),
    /// Free text.
    Text,
    /// Vertices with `x ≥ 0` strictly increasing and `0 ≤ y ≤ max`.
    Points {
        /// Largest accepted ordinate.
        max: f64,
    },
}

/// The range of what is a size of something: positive and finite.
pub const POSITIVE: [f64; 2] = [f64::MIN_POSITIVE, f64::MAX];

/// A value worth marking on a slider; beyond it is dangerous ground.
#[derive(Debug)]
pub struct Landmark {
    /// The fact of the running experiment that holds the value.
    pub fact: &'static str,
    /// The value's symbol: the setting is also shown as a multiple of it.
    pub symbol: &'static str,
    /// What it means.
    pub about: &'static str,
}

/// One setting, declared once.
#[derive(Debug)]
pub struct Knob {
    /// Name in recipes and in `--set`.
    pub key: &'static str,
    /// Name on the screen.
    pub label: &'static str,
    /// Section of the control panel.
    pub group: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Start value, in the form that `--set` reads.
    pub default: &'static str,
    /// Unit shown behind the number, or nothing.
    pub unit: &'static str,
    /// Tooltip and help text: what it does, the paper's symbol and equation.
    pub help: &'static str,
    /// Whether a change acts on a running simulation instead of restarting it.
    pub live: bool,
    /// The fact of the running experiment that the automatic word stands for.
    pub auto_fact: Option<&'static str>,
    /// A value worth marking on the slider.
    pub landmark: Option<Landmark>,
    /// What it is to code that knows no lab.
    pub role: Option<Role>,
    /// Whether the control is shown at all, given the other values.
    pub relevant: fn(&Knobs) -> bool,
}

impl Knob {
    /// One with an effect whatever the others are, and nothing else about it.
    pub const fn new(
        group: &'static str,
        key: &'static str,
        label: &'static str,
        kind: Kind,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            key,
            label,
            group,
            kind,
            default,
            unit: "",
            help,
            live: false,
            auto_fact: None,
            landmark: None,
            role: None,
            relevant: |_| true,
        }
    }

    /// The accepted values in words, for help and for error messages.
    pub fn range(&self) -> String {
        let or_auto =
            |auto: Option<&str>| auto.map_or_else(String::new, |word| format!(" or {word}"));
        match &self.kind {
            Kind::Switch => "true or false".to_owned(),
            Kind::Count { min, max, auto } => {
                format!("a whole number from {min} to {max}{}", or_auto(*auto))
            }
            Kind::Real {
                min,
                max,
                auto,
                vector,
                ..
            } => {
                let list = if *vector {
                    ", or d comma-separated numbers"
                } else {
                    ""
                };
                let bounds = bounds(*min, *max);
                format!("a number {bounds}{}{list}", or_auto(*auto))
            }
            Kind::Choice(choices) => {
                let ids: Vec<_> = choices.iter().map(|choice| choice.id).collect();
                ids.join(" | ")
            }
            Kind::Text => "text".to_owned(),
            Kind::Points { max } => {
                let bounds = bounds(0.0, *max);
                format!(
                    "step:level pairs such as 0:1,1000:1,1001:0, steps increasing, levels {bounds}"
                )
            }
        }
    }

    fn refuse(&self, found: &str) -> KnobError {
        KnobError::Refused {
            key: self.key,
            found: excerpt(found),
            range: self.range(),
        }
    }

    /// Whether it can have this number.
    pub fn accepts(&self, number: f64) -> bool {
        self.check(Value::Real(number)).is_ok()
    }

    /// The word for "let the lab choose", if this knob has one.
    pub fn auto_word(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Count { auto, .. } | Kind::Real { auto, .. } => auto,
            _ => None,
        }
    }

    /// That word, if it is what is typed, in capitals or not.
    fn auto_word_in(&self, text: &str) -> Option<&'static str> {
        self.auto_word()
            .filter(|auto| auto.eq_ignore_ascii_case(text))
    }

    fn too_long(&self, what: &'static str, most: usize) -> KnobError {
        KnobError::TooLong {
            key: self.key,
            what,
            most,
        }
    }

    /// Reads a value as typed behind `--set key=`.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, KnobError> {
        let text = text.trim();
        let refuse = || self.refuse(text);
        if let Some(auto) = self.auto_word_in(text) {
            return Ok(Value::Word(auto.to_owned()));
        }
        let value = match &self.kind {
            // "1e5" is how people write step counts.
            Kind::Count { .. } => match text.parse() {
                Ok(count) => Value::Count(count),
                Err(_not_integer) => Value::Real(text.parse().map_err(|_not_a_number| refuse())?),
            },
            Kind::Real { vector: true, .. } if text.contains(',') => Value::Reals(
                text.split(',')
                    .map(|part| part.trim().parse().map_err(|_not_a_number| refuse()))
                    .collect::<Result<_, _>>()?,
            ),
            Kind::Real { .. } => Value::Real(text.parse().map_err(|_not_a_number| refuse())?),
            Kind::Switch | Kind::Choice(_) | Kind::Text => Value::Word(text.to_owned()),
            Kind::Points { .. } => Value::Points(
                text.split(',')
                    .filter(|pair| !pair.trim().is_empty())
                    .map(|pair| {
                        let (x, y) = pair.split_once(':')?;
                        Some([x.trim().parse().ok()?, y.trim().parse().ok()?])
                    })
                    .collect::<Option<_>>()
                    .ok_or_else(refuse)?,
            ),
        };
        self.check(value)
    }

    /// Brings a value to this knob's type, or says what would have been accepted.
    pub(super) fn check(&self, value: Value) -> Result<Value, KnobError> {
        let refuse = |value: &Value| self.refuse(&value.to_string());
        if let Value::Word(word) = &value
            && let Some(auto) = self.auto_word_in(word)
        {
            return Ok(Value::Word(auto.to_owned()));
        }
        match (&self.kind, value) {
            (Kind::Switch, Value::Switch(on)) => Ok(Value::Switch(on)),
            // Python writes True, R writes TRUE.
            (Kind::Switch, Value::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "true" => Ok(Value::Switch(true)),
                "false" => Ok(Value::Switch(false)),
                _ => Err(self.refuse(&word)),
            },
            (Kind::Count { min, max, .. }, value) => {
                let count = match value {
                    Value::Count(count) => count,
                    Value::Real(real) if real.fract() == 0.0 && (0.0..9e15).contains(&real) => {
                        real as u64
                    }
                    other => return Err(refuse(&other)),
                };
                if (*min..=*max).contains(&count) {
                    Ok(Value::Count(count))
                } else {
                    Err(self.refuse(&count.to_string()))
                }
            }
            (Kind::Real { min, max, .. }, Value::Count(count))
                if (*min..=*max).contains(&(count as f64)) =>
            {
                Ok(Value::Real(count as f64))
            }
            (Kind::Real { min, max, .. }, Value::Real(real)) if (*min..=*max).contains(&real) => {
                Ok(Value::Real(real))
            }
            (Kind::Real { .. }, Value::Reals(reals)) if reals.len() > limits::LIST => {
                Err(self.too_long("numbers", limits::LIST))
            }
            (
                Kind::Real {
                    min,
                    max,
                    vector: true,
                    ..
                },
                Value::Reals(reals),
            ) if !reals.is_empty() && reals.iter().all(|real| (*min..=*max).contains(real)) => {
                Ok(Value::Reals(reals))
            }
            (Kind::Choice(choices), Value::Word(word)) => {
                let mut ids = choices.iter().map(|choice| choice.id);
                let id = ids.find(|id| id.eq_ignore_ascii_case(&word));
                id.map(|id| Value::Word(id.to_owned()))
                    .ok_or_else(|| self.refuse(&word))
            }
            (Kind::Text, Value::Word(word)) if word.chars().nth(limits::TEXT).is_some() => {
                Err(self.too_long("characters", limits::TEXT))
            }
            (Kind::Text, Value::Word(word)) => Ok(Value::Word(word)),
            (Kind::Points { .. }, Value::Points(points)) if points.len() > limits::LIST => {
                Err(self.too_long("points", limits::LIST))
            }
            (Kind::Points { max }, Value::Points(points)) => {
                let increasing = points.windows(2).all(|pair| pair[0][0] < pair[1][0]);
                let in_range = points
                    .iter()
                    .all(|[x, y]| *x >= 0.0 && x.is_finite() && (0.0..=*max).contains(y));
                if increasing && in_range {
                    Ok(Value::Points(points))
                } else {
                    Err(refuse(&Value::Points(points)))
                }
            }
            (_, other) => Err(refuse(&other)),
        }
    }
}

/// Why a setting was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnobError {
    /// No knob has that key.
    #[error("there is no setting `{}`{}", excerpt(key), nearest.map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
    Unknown {
        /// What was typed.
        key: String,
        /// The most similar key, if one is similar.
        nearest: Option<&'static str>,
    },
    /// The value is of the wrong type or out of range.
    #[error("`{key}` cannot be `{found}`: it takes {range}")]
    Refused {
        /// The knob.
        key: &'static str,
        /// The value as typed.
        found: String,
        /// The accepted values in words.
        range: String,
    },
    /// The value goes on for longer than anything that is meant.
    #[error("`{key}` is too long: it takes {most} {what} at most")]
    TooLong {
        /// The knob.
        key: &'static str,
        /// What is counted.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// No knob has that role.
    #[error("this lab has no setting for {}", role.in_words())]
    Lacking {
        /// What was looked for.
        role: Role,
    },
    /// Values that are fine one by one do not fit together.
    #[error("{0}")]
    Conflict(String),
}

/// A range in words. No number is larger than the largest.
fn bounds(min: f64, max: f64) -> String {
    let low = plain(min);
    match [min, max] {
        POSITIVE => "above 0".to_owned(),
        [_, f64::MAX] => format!("from {low}"),
        _ => format!("from {low} to {}", plain(max)),
    }
}

/// A bound as people write it: 0.0001, 10, 1e-8.
fn plain(bound: f64) -> String {
    if bound == 0.0 || (1e-4..1e6).contains(&bound.abs()) {
        bound.to_string()
    } else {
        format!("{bound:e}")
    }
}
