//! What a sweep varies: a numeric setting and its values, and how both are typed.

use crate::format::excerpt;
use crate::knobs::{Kind, Knob, KnobError, Knobs, Role, Value, nearest};

/// More values than anybody runs; keeps a typing error from filling the memory.
const MAX_VALUES: usize = 1_000_000;

/// A setting with the values it takes, increasing.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    key: &'static str,
    values: Vec<f64>,
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
    /// A setting that is not a number.
    #[error("`{key}` is not a number that could be swept: it takes {range}")]
    NotNumeric {
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
    /// A setting at these values, in any order, around a base; equal values count once.
    pub fn new(
        key: &str,
        values: impl IntoIterator<Item = f64>,
        base: &Knobs,
    ) -> Result<Self, AxisError> {
        let knob = numeric(key, base)?;
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

    /// Reads `alpha=0.005:1:12`, `label_noise_level=0:1:5:lin` or `step_size=0.01,0.1`.
    pub fn parse(text: &str, base: &Knobs) -> Result<Self, AxisError> {
        let text = text.trim();
        let (key, values) = text.split_once('=').unwrap_or((text, ""));
        let (key, values) = (key.trim(), values.trim());
        let knob = numeric(key, base)?;
        let numbers = if values.contains(':') {
            range(knob, text, values)?
        } else {
            list(knob, text, values)?
        };
        Self::new(key, numbers, base)
    }

    /// The setting's name.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// What the setting is to code that knows no lab.
    pub fn role(&self, base: &Knobs) -> Option<Role> {
        self.knob(base).role
    }

    /// Its values, increasing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The setting.
    pub fn knob<'a>(&self, base: &'a Knobs) -> &'a Knob {
        let knob = base.table().iter().find(|knob| knob.key == self.key);
        knob.expect("an axis is made for a setting")
    }

    /// Whether its values are spaced more evenly by their ratios than by their differences.
    pub fn is_logarithmic(&self) -> bool {
        let (Some(first), Some(last)) = (self.values.first(), self.values.last()) else {
            return false;
        };
        if *first <= 0.0 {
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

/// The declaration of a setting that is a number and has an effect.
fn numeric(key: &str, base: &Knobs) -> Result<&'static Knob, AxisError> {
    let known = base.table().iter();
    let Some(knob) = known.clone().find(|knob| knob.key == key) else {
        return Err(AxisError::Knob(KnobError::Unknown {
            key: key.to_owned(),
            nearest: nearest(key, known.map(|knob| knob.key)),
        }));
    };
    if !matches!(knob.kind, Kind::Count { .. } | Kind::Real { .. }) {
        return Err(AxisError::NotNumeric {
            key: knob.key,
            range: knob.range(),
        });
    }
    if !(knob.relevant)(base) {
        return Err(AxisError::Idle {
            key: knob.key,
            group: knob.group,
        });
    }
    Ok(knob)
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
                "`alpha` cannot be `0.0`: it takes a number above 0",
            ),
            ("step_size=auto", "`auto` is not a number"),
            ("batch=1.5,2", "`batch` cannot be `1.5`"),
            ("alhpa=0.1:1:3", "did you mean `alpha`?"),
            ("data=1,2", "`data` is not a number"),
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
