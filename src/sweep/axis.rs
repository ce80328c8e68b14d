//! What a sweep varies: a setting and its values, and how both are typed.

use crate::format::{excerpt, short};
use crate::knobs::{Kind, Knob, KnobError, Knobs, Role, Value, nearest};

/// More values than anybody runs; keeps a typing error from filling the memory.
const MAX_VALUES: usize = 1_000_000;

/// More combinations of words than anybody tries by hand: only so many are looked at for one in which another setting
/// has an effect.
const MAX_CONTEXTS: usize = 1000;

/// A setting with the values it takes: numbers, increasing, or words.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    key: &'static str,
    /// The numbers; for words, where these stand in their list, from 0.
    values: Vec<f64>,
    /// The words and switches, as they were typed; nothing for numbers.
    words: Vec<Value>,
}

/// Why there is no such axis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AxisError {
    /// The text is no range and no list.
    #[error(
        "`{}`: {problem}; write {key}=FIRST:LAST:COUNT (evenly spaced in log; :lin behind it spaces evenly), or {key}=0.1,0.2,0.3",
        excerpt(text)
    )]
    Malformed {
        /// What was typed.
        text: String,
        /// The setting, or what stands for it.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// A range from high to low.
    #[error("`{}` runs backwards: write {}", excerpt(text), excerpt(turned))]
    Reversed {
        /// What was typed.
        text: String,
        /// The same from low to high.
        turned: String,
    },
    /// Logarithms of nothing.
    #[error(
        "`{}` is spaced in log and must start above 0: raise its start, or write {}:lin",
        excerpt(text),
        excerpt(text)
    )]
    NotPositive {
        /// What was typed, without spacing.
        text: String,
    },
    /// A setting that has no values to choose from.
    #[error("`{key}` is neither a number nor a choice that could be swept: it takes {range}")]
    NotSwept {
        /// The setting.
        key: &'static str,
        /// What it takes.
        range: String,
    },
    /// A setting that other settings have switched off.
    #[error(
        "`{key}` does nothing here: the other settings under “{group}” switch it off; change those with --set"
    )]
    Idle {
        /// The setting.
        key: &'static str,
        /// Its section of the control panel.
        group: &'static str,
    },
    /// The setting is unknown or a value out of its range.
    #[error(transparent)]
    Knob(#[from] KnobError),
}

impl Axis {
    /// A number at these values, in any order, around a base; equal values count once.
    pub fn new(
        key: &str,
        values: impl IntoIterator<Item = f64>,
        base: &Knobs,
    ) -> Result<Self, AxisError> {
        let knob = known(key, base)?;
        has_effect(knob, std::slice::from_ref(base))?;
        Self::numeric(knob, values, base)
    }

    fn numeric(
        knob: &'static Knob,
        values: impl IntoIterator<Item = f64>,
        base: &Knobs,
    ) -> Result<Self, AxisError> {
        let mut values: Vec<f64> = values.into_iter().collect();
        let mut scratch = base.clone();
        for value in &values {
            scratch.set(knob.key, Value::Real(*value))?;
        }
        values.sort_by(f64::total_cmp);
        values.dedup();
        let axis = Self {
            key: knob.key,
            values,
            words: Vec::new(),
        };
        if axis.values.is_empty() {
            return Err(axis.malformed("it holds no value"));
        }
        Ok(axis)
    }

    fn malformed(&self, problem: &str) -> AxisError {
        AxisError::Malformed {
            text: format!("{}=", self.key),
            key: self.key.to_owned(),
            problem: problem.to_owned(),
        }
    }

    /// Words of a choice or a switch, in the order in which they were typed; equal ones count once.
    fn of_words(knob: &'static Knob, text: &str, base: &Knobs) -> Result<Self, AxisError> {
        let mut axis = Self {
            key: knob.key,
            values: Vec::new(),
            words: Vec::new(),
        };
        if text.is_empty() {
            let range = knob.range();
            return Err(axis.malformed(&format!("it holds no value of {range}")));
        }
        let mut scratch = base.clone();
        for word in text.split(',') {
            scratch.set_text(knob.key, word)?;
            let word = scratch.get(knob.key).clone();
            if !axis.words.contains(&word) {
                axis.values.push(axis.words.len() as f64);
                axis.words.push(word);
            }
        }
        Ok(axis)
    }

    /// Reads `alpha=0.005:1:12`, `label_noise_level=0:1:5:lin`, `step_size=0.01,0.1` or `label_noise=none,constant`.
    pub fn parse(text: &str, base: &Knobs) -> Result<Self, AxisError> {
        let mut axes = Self::parse_all(&[text], base)?;
        Ok(axes.remove(0))
    }

    /// Reads the axes of one sweep. A setting may be swept that has an effect at some of the others' words only.
    pub fn parse_all(texts: &[impl AsRef<str>], base: &Knobs) -> Result<Vec<Self>, AxisError> {
        let mut axes = Vec::with_capacity(texts.len());
        for text in texts {
            let text = text.as_ref().trim();
            let (key, values) = text.split_once('=').unwrap_or((text, ""));
            let (knob, values) = (known(key.trim(), base)?, values.trim());
            axes.push(match knob.kind {
                Kind::Choice(_) | Kind::Switch => Self::of_words(knob, values, base)?,
                _ if values.contains(':') => Self::numeric(knob, range(knob, text, values)?, base)?,
                _ => Self::numeric(knob, list(knob, text, values)?, base)?,
            });
        }
        let contexts = contexts(&axes, base);
        for axis in &axes {
            has_effect(axis.knob(base), &contexts)?;
        }
        Ok(axes)
    }

    /// The setting's name.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// What the setting is to code that knows no lab.
    pub fn role(&self, base: &Knobs) -> Option<Role> {
        self.knob(base).role
    }

    /// Its values, increasing; for words, where they stand in their list, from 0.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether its values are words and not numbers.
    pub fn is_categorical(&self) -> bool {
        !self.words.is_empty()
    }

    /// The words, in their order; nothing for numbers.
    pub fn words(&self) -> &[Value] {
        &self.words
    }

    /// What the setting is set to at one of its values.
    pub fn value(&self, at: usize) -> Value {
        let word = self.words.get(at).cloned();
        word.unwrap_or(Value::Real(self.values[at]))
    }

    /// One of its values in words: a number with as many digits, a choice by its name on the screen.
    pub fn in_words(&self, at: usize, digits: usize, base: &Knobs) -> String {
        let Some(word) = self.words.get(at) else {
            return short(self.values[at], digits);
        };
        let word = word.to_string();
        match self.knob(base).kind {
            Kind::Choice(choices) => {
                let choice = choices.iter().find(|choice| choice.id == word);
                choice.map_or(word, |choice| choice.label.to_owned())
            }
            _ => word,
        }
    }

    /// One of its values as it is typed.
    pub fn typed(&self, at: usize) -> String {
        let word = self.words.get(at).map(Value::to_string);
        word.unwrap_or_else(|| self.values[at].to_string())
    }

    /// The setting.
    pub fn knob(&self, base: &Knobs) -> &'static Knob {
        let knob = base.table().iter().find(|knob| knob.key == self.key);
        knob.expect("an axis is made for a setting")
    }

    /// Whether its values are spaced more evenly by their ratios than by their differences.
    pub fn is_logarithmic(&self) -> bool {
        let (Some(first), Some(last)) = (self.values.first(), self.values.last()) else {
            return false;
        };
        if *first <= 0.0 || self.is_categorical() {
            return false;
        }
        let unevenness = |gap: fn(&[f64]) -> f64| {
            let gaps = || self.values.windows(2).map(gap);
            gaps().fold(0.0, f64::max) / gaps().fold(f64::INFINITY, f64::min)
        };
        let (ratios, differences) = (
            unevenness(|pair| (pair[1] / pair[0]).ln()),
            unevenness(|pair| pair[1] - pair[0]),
        );
        ratios < differences && last / first >= 2.0
    }
}

/// The declaration of a setting that can be swept.
fn known(key: &str, base: &Knobs) -> Result<&'static Knob, AxisError> {
    let known = base.table().iter();
    let Some(knob) = known.clone().find(|knob| knob.key == key) else {
        return Err(AxisError::Knob(KnobError::Unknown {
            key: key.to_owned(),
            nearest: nearest(key, known.map(|knob| knob.key)),
        }));
    };
    match knob.kind {
        Kind::Count { .. } | Kind::Real { .. } | Kind::Choice(_) | Kind::Switch => Ok(knob),
        Kind::Text | Kind::Points { .. } => Err(AxisError::NotSwept {
            key: knob.key,
            range: knob.range(),
        }),
    }
}

/// Refuses a setting that does nothing in any of these contexts.
fn has_effect(knob: &'static Knob, contexts: &[Knobs]) -> Result<(), AxisError> {
    if contexts.iter().any(|context| (knob.relevant)(context)) {
        return Ok(());
    }
    Err(AxisError::Idle {
        key: knob.key,
        group: knob.group,
    })
}

/// The base with every combination of the words that are swept.
fn contexts(axes: &[Axis], base: &Knobs) -> Vec<Knobs> {
    let mut contexts = vec![base.clone()];
    for axis in axes.iter().filter(|axis| axis.is_categorical()) {
        if contexts.len() * axis.words.len() > MAX_CONTEXTS {
            break;
        }
        let with = |word: &Value| {
            let mut contexts = contexts.clone();
            for context in &mut contexts {
                let set = context.set(axis.key, word.clone());
                set.expect("words were checked when the axis was made");
            }
            contexts
        };
        contexts = axis.words.iter().flat_map(with).collect();
    }
    contexts
}

fn number(knob: &Knob, text: &str, part: &str) -> Result<f64, AxisError> {
    let number: Option<f64> = part.trim().parse().ok();
    let number = number.filter(|number| number.is_finite());
    number.ok_or_else(|| AxisError::Malformed {
        text: text.to_owned(),
        key: knob.key.to_owned(),
        problem: format!("`{}` is not a number", excerpt(part.trim())),
    })
}

fn list(knob: &Knob, text: &str, values: &str) -> Result<Vec<f64>, AxisError> {
    if values.is_empty() {
        return Err(AxisError::Malformed {
            text: text.to_owned(),
            key: knob.key.to_owned(),
            problem: "it holds no value".to_owned(),
        });
    }
    let parts = values.split(',');
    parts.map(|part| number(knob, text, part)).collect()
}

/// The values of FIRST:LAST:COUNT\[:log|:lin]. Whole-number settings get whole numbers, each once.
fn range(knob: &Knob, text: &str, values: &str) -> Result<Vec<f64>, AxisError> {
    let malformed = |problem: &str| AxisError::Malformed {
        text: text.to_owned(),
        key: knob.key.to_owned(),
        problem: problem.to_owned(),
    };
    let parts: Vec<&str> = values.split(':').collect();
    let (first, last, count, logarithmic) = match parts[..] {
        [first, last, count] | [first, last, count, "log"] => (first, last, count, true),
        [first, last, count, "lin"] => (first, last, count, false),
        [_, _] => return Err(malformed("it does not say how many values")),
        _ => return Err(malformed("it is no range")),
    };
    let (low, high) = (number(knob, text, first)?, number(knob, text, last)?);
    let count: usize = count
        .trim()
        .parse()
        .ok()
        .filter(|count| *count <= MAX_VALUES)
        .ok_or_else(|| {
            malformed(&format!(
                "`{}` is not a whole number up to {MAX_VALUES}",
                excerpt(count)
            ))
        })?;
    if low > high {
        let spacing = if logarithmic { "" } else { ":lin" };
        return Err(AxisError::Reversed {
            text: text.to_owned(),
            turned: format!("{}={last}:{first}:{count}{spacing}", knob.key),
        });
    }
    if count < 2 || low == high {
        return Err(malformed("a range has two ends and at least two values"));
    }
    if logarithmic && low <= 0.0 {
        return Err(AxisError::NotPositive {
            text: format!("{}={first}:{last}:{count}", knob.key),
        });
    }
    let between = |at: usize| {
        let part = at as f64 / (count - 1) as f64;
        let value = if logarithmic {
            low * libm::pow(high / low, part)
        } else {
            low + part * (high - low)
        };
        match knob.kind {
            Kind::Count { .. } => value.round(),
            _ => tidy(value),
        }
    };
    // The ends are what was typed, rounding or not.
    let ends = [0, count - 1];
    Ok((0..count)
        .map(|at| match at {
            _ if at == ends[0] => low,
            _ if at == ends[1] => high,
            _ => between(at),
        })
        .collect())
}

/// Twelve significant digits: 0.1 between 0.01 and 1 and not 0.09999999999999999.
fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;

    fn base() -> Knobs {
        Knobs::new(LABS[0].knobs())
    }

    #[test]
    fn ranges_and_lists_read_as_they_are_meant() {
        let values = |text: &str| Axis::parse(text, &base()).unwrap().values;
        assert_eq!(values("alpha=0.01:1:3"), [0.01, 0.1, 1.0]);
        assert_eq!(values(" alpha = 0.2:0.6:3:lin "), [0.2, 0.4, 0.6]);
        assert_eq!(values("alpha=0.5,0.005, 0.05,0.5"), [0.005, 0.05, 0.5]);
        assert_eq!(values("step_size=0.05"), [0.05]);
        // Rounding makes some whole numbers equal.
        assert_eq!(values("batch=1:8:4"), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(values("batch=1:3:9"), [1.0, 2.0, 3.0]);
        let twelve = values("alpha=0.005:1:12");
        assert_eq!(twelve.len(), 12);
        assert_eq!([twelve[0], twelve[11]], [0.005, 1.0]);
    }

    #[test]
    fn words_keep_their_order_and_give_effect_to_other_settings() {
        let base = base();
        let axis = Axis::parse("label_noise=constant, none,constant", &base).unwrap();
        assert!(axis.is_categorical() && !axis.is_logarithmic());
        assert_eq!(axis.values(), [0.0, 1.0]);
        assert_eq!([axis.typed(0), axis.typed(1)], ["constant", "none"]);
        assert_eq!(axis.value(1), Value::Word("none".to_owned()));
        // Without label noise, its level does nothing.
        let level = "label_noise_level=0.1,1";
        assert!(Axis::parse(level, &base).is_err());
        let both = Axis::parse_all(&[level, "label_noise=none,constant"], &base).unwrap();
        assert_eq!(
            [both[0].key(), both[1].key()],
            ["label_noise_level", "label_noise"]
        );
        assert!(Axis::parse_all(&[level, "label_noise=none"], &base).is_err());
    }

    #[test]
    fn spacing_is_seen_in_the_values() {
        for (text, expected) in [
            ("alpha=0.005:1:12", true),
            ("step_size=0.01,0.02,0.05,0.1,0.3", true),
            ("batch=1,2,4,8,16", true),
            ("alpha=0.1:1:10:lin", false),
            ("alpha=0.9:1:5", false),
            ("alpha=0.5", false),
        ] {
            assert_eq!(
                Axis::parse(text, &base()).unwrap().is_logarithmic(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_axis_is_refused_with_a_line_that_says_what_to_write() {
        for (text, expected) in [
            ("alpha", "it holds no value; write alpha=FIRST:LAST:COUNT"),
            ("alpha=", "it holds no value"),
            ("alpha=,", "`` is not a number"),
            ("alpha=0.1:1", "how many values"),
            ("alpha=0.1:1:0", "at least two values"),
            ("alpha=0.1:0.1:5", "at least two values"),
            ("alpha=0.1:1:-3", "`-3` is not a whole number"),
            ("alpha=0.1:1:1e9", "`1e9` is not a whole number"),
            ("alpha=0.1:1:5:cube", "it is no range"),
            ("alpha=1:0.005:12", "runs backwards: write alpha=0.005:1:12"),
            ("alpha=1:0:3:lin", "runs backwards: write alpha=0:1:3:lin"),
            (
                "alpha=0:1:12",
                "above 0: raise its start, or write alpha=0:1:12:lin",
            ),
            ("alpha=-1:1:12", "above 0"),
            ("alpha=nan:1:12", "`nan` is not a number"),
            ("alpha=0.1,inf", "`inf` is not a number"),
            (
                "alpha=0:1:3:lin",
                "`alpha` cannot be `0.0`: it takes a number from 1e-8",
            ),
            ("step_size=auto", "`auto` is not a number"),
            ("batch=1.5,2", "`batch` cannot be `1.5`"),
            ("alhpa=0.1:1:3", "did you mean `alpha`?"),
            ("data=1,2", "`data` cannot be `1`: it takes sparse |"),
            ("data=", "it holds no value of sparse |"),
            (
                "csv_path=a.csv,b.csv",
                "`csv_path` is neither a number nor a choice that could be swept: it takes text",
            ),
            (
                "label_noise_level=0.1,1",
                "switch it off; change those with --set",
            ),
        ] {
            let message = Axis::parse(text, &base()).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}
