//! What a user may set: each setting is declared once, as a [`Knob`], and the sliders, the
//! tooltips, `--set`, `list --settings`, the recipe files and the checks all read that declaration.
//!
//! A [`Knobs`] value always holds one in-range [`Value`] for every knob of its table: it can only
//! be changed through [`Knobs::set`] and [`Knobs::set_text`], which check at the door. Rules that
//! tie several knobs together (a sparsity above d, say) belong to the lab that owns the table.
//!
//! Code that knows no lab asks for a knob by its [`Role`], and does without where no knob has it.

mod knob;
mod role;
#[cfg(test)]
mod tests;

use crate::format::excerpt;
pub use knob::{Choice, Kind, Knob, KnobError, Landmark, POSITIVE, Value};
pub use role::{DEFAULT_LENGTH, Role};

/// A value for every knob of a table.
///
/// ```
/// use implicit_bias_lab::knobs::Knobs;
/// use implicit_bias_lab::labs;
///
/// let lab = labs::lab("diagonal-network").expect("a lab of the program");
/// let mut knobs = Knobs::new(lab.knobs());
/// knobs.set_text("alpha", "0.01")?;
/// assert_eq!(knobs.real("alpha"), 0.01);
/// let refused = knobs.set_text("alpha", "-1").unwrap_err();
/// assert!(refused.to_string().contains("`alpha`"));
/// # Ok::<(), implicit_bias_lab::knobs::KnobError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Knobs {
    table: &'static [Knob],
    values: Vec<Value>,
}

impl PartialEq for Knobs {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table, other.table) && self.values == other.values
    }
}

/// A message in the words of a window, whose users see labels and no keys: keys in backticks become the labels of
/// their settings, and whatever else is in backticks is quoted.
pub fn in_labels(message: &str, table: &[Knob]) -> String {
    let mut said = String::new();
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 0 {
            said.push_str(part);
            continue;
        }
        let knob = table.iter().find(|knob| knob.key == part);
        let word = knob.map_or(part, |knob| knob.label);
        said.extend(["“", word, "”"]);
    }
    said
}

impl Knobs {
    /// The defaults of a table.
    ///
    /// # Panics
    /// If the table declares a default outside its own range: a mistake in the table, which a test
    /// walks.
    pub fn new(table: &'static [Knob]) -> Self {
        let values = table
            .iter()
            .map(|knob| {
                knob.parse(knob.default)
                    .expect("a knob's default lies in its own range")
            })
            .collect();
        Self { table, values }
    }

    /// The declarations.
    pub fn table(&self) -> &'static [Knob] {
        self.table
    }

    /// Every knob with its value, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Knob, &Value)> {
        self.table.iter().zip(&self.values)
    }

    fn position(&self, key: &str) -> Result<usize, KnobError> {
        self.table
            .iter()
            .position(|knob| knob.key == key)
            .ok_or_else(|| {
                let key = excerpt(key);
                let nearest = nearest(&key, self.table.iter().map(|knob| knob.key));
                KnobError::Unknown { key, nearest }
            })
    }

    /// The value of a knob.
    ///
    /// # Panics
    /// If the table has no such key: keys are literals in the code that owns the table.
    pub fn get(&self, key: &str) -> &Value {
        let at = self.position(key).unwrap_or_else(|error| panic!("{error}"));
        &self.values[at]
    }

    /// Sets a checked value.
    pub fn set(&mut self, key: &str, value: Value) -> Result<(), KnobError> {
        let at = self.position(key)?;
        let value = self.table[at].check(value)?;
        self.put(at, value);
        Ok(())
    }

    /// Sets a value from its text form, as in `--set key=value`.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), KnobError> {
        let at = self.position(key)?;
        let value = self.table[at].parse(text)?;
        self.put(at, value);
        Ok(())
    }

    /// Puts a checked value in its place. The checksum of a file is not that of another.
    fn put(&mut self, at: usize, value: Value) {
        let is_new = self.values[at] != value;
        self.values[at] = value;
        if is_new && self.table[at].role == Some(Role::DataFile) {
            let roles = self.table.iter().zip(&mut self.values);
            for (knob, value) in roles.filter(|(knob, _)| knob.role == Some(Role::DataChecksum)) {
                *value = knob
                    .parse(knob.default)
                    .expect("a knob's default lies in its own range");
            }
        }
    }

    /// Settings in words, by their names on the screen.
    pub fn in_words(&self, settings: &[(String, Value)]) -> String {
        let words = settings.iter().map(|(key, value)| {
            let knob = self.table.iter().find(|knob| knob.key == key);
            let label = knob.map_or(key.as_str(), |knob| knob.label);
            format!("{label} = {value}")
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// The knobs whose values differ from `other`'s, which must be of the same table.
    pub fn changed_from<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'static Knob, &'a Value)> {
        self.iter()
            .zip(&other.values)
            .filter(|((_, mine), theirs)| mine != theirs)
            .map(|(pair, _)| pair)
    }

    /// A switch. Panics like [`Knobs::get`], or if the knob is of another kind.
    pub fn switch(&self, key: &str) -> bool {
        match self.get(key) {
            Value::Switch(on) => *on,
            other => panic!("{key} is not a switch but {other}"),
        }
    }

    /// A whole number, or `None` for its automatic word. Panics like [`Knobs::switch`].
    pub fn count_or_auto(&self, key: &str) -> Option<u64> {
        match self.get(key) {
            Value::Count(count) => Some(*count),
            Value::Word(_) => None,
            other => panic!("{key} is not a count but {other}"),
        }
    }

    /// A whole number of a knob without automatic word. Panics like [`Knobs::switch`].
    pub fn count(&self, key: &str) -> u64 {
        self.count_or_auto(key)
            .unwrap_or_else(|| panic!("{key} is automatic"))
    }

    /// A real number, or `None` for its automatic word. Panics like [`Knobs::switch`].
    pub fn real_or_auto(&self, key: &str) -> Option<f64> {
        match self.get(key) {
            Value::Real(real) => Some(*real),
            Value::Word(_) => None,
            other => panic!("{key} is not a number but {other}"),
        }
    }

    /// A real number of a knob without automatic word. Panics like [`Knobs::switch`].
    pub fn real(&self, key: &str) -> f64 {
        self.real_or_auto(key)
            .unwrap_or_else(|| panic!("{key} is automatic"))
    }

    /// A word: a choice or a text. Panics like [`Knobs::switch`].
    pub fn word(&self, key: &str) -> &str {
        match self.get(key) {
            Value::Word(word) => word,
            other => panic!("{key} is not a word but {other}"),
        }
    }

    /// A vertex list. Panics like [`Knobs::switch`].
    pub fn points(&self, key: &str) -> &[[f64; 2]] {
        match self.get(key) {
            Value::Points(points) => points,
            other => panic!("{key} is not a vertex list but {other}"),
        }
    }
}

/// The candidate most like `typed`, if any is at all like it: the shortest that begins with it, or else the one with
/// the fewest letters that differ.
pub fn nearest<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.collect();
    let begins = |candidate: &&&str| !typed.is_empty() && candidate.starts_with(typed);
    let begun = candidates.iter().filter(begins);
    let shortest = begun.min_by_key(|candidate| candidate.len()).copied();
    shortest.or_else(|| {
        candidates
            .into_iter()
            .map(|candidate| (strsim::jaro_winkler(typed, candidate), candidate))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, candidate)| candidate)
    })
}
