//! What a knob is to code that knows no lab, and how such code reads and sets it.

use std::path::PathBuf;

use super::{Kind, Knob, KnobError, Knobs, Value};

/// The part that a knob plays in every lab that has one of the kind. A role whose knob a lab lacks is
/// done without: no seed, nothing to vary; no length, [`DEFAULT_LENGTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The number of steps after which the clock stops.
    Length,
    /// Steps a second while the clock runs: the window's own matter, which leaves no trace in a run.
    Pace,
    /// The loss below which a run has converged.
    Tolerance,
    /// The step size.
    StepSize,
    /// The size of the weights at the start.
    InitialisationScale,
    /// How many runs of an algorithm there are. A recipe or link that does not name it has none.
    Runs,
    /// A seed of the data.
    DataSeed,
    /// A seed of what is random in the runs.
    NoiseSeed,
    /// Path of the file that the data are read from, where the other settings say that they are.
    DataFile,
    /// Path of a file that goes with it, such as one of validation rows; empty for none.
    DataCompanion,
    /// Checksum of what that file held when the run was made; another file clears it.
    DataChecksum,
    /// Whether products are rounded before they are added, a word.
    Arithmetic,
    /// The vertices of a schedule that is drawn by hand, where the other settings say that it is.
    Vertices,
}

impl Role {
    /// What the knob is for.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Length => "the number of steps",
            Self::Pace => "the pace of the clock",
            Self::Tolerance => "the tolerance",
            Self::StepSize => "the step size",
            Self::InitialisationScale => "the initialisation scale",
            Self::Runs => "a number of runs",
            Self::DataSeed => "the seed of the data",
            Self::NoiseSeed => "the seed of the noise",
            Self::DataFile => "a file of data",
            Self::DataCompanion => "a file that goes with the data",
            Self::DataChecksum => "the checksum of a file of data",
            Self::Arithmetic => "the arithmetic",
            Self::Vertices => "a schedule drawn by hand",
        }
    }
}

/// Steps after which the clock of a lab stops that has no knob for it.
pub const DEFAULT_LENGTH: u64 = 100_000;

impl Knobs {
    /// The declarations of the knobs with a role, in the table's order.
    pub fn knobs_of(&self, role: Role) -> impl Iterator<Item = &'static Knob> + use<> {
        let table = self.table().iter();
        table.filter(move |knob| knob.role == Some(role))
    }

    /// The declaration of the first knob with a role.
    pub fn knob_of(&self, role: Role) -> Option<&'static Knob> {
        self.knobs_of(role).next()
    }

    /// The keys of the knobs with a role, in the table's order.
    pub fn keys_of(&self, role: Role) -> impl Iterator<Item = &'static str> + use<> {
        self.knobs_of(role).map(|knob| knob.key)
    }

    /// The key of the first knob with a role.
    pub fn key_of(&self, role: Role) -> Option<&'static str> {
        self.keys_of(role).next()
    }

    /// The value of a knob, if the table has it.
    pub fn find(&self, key: &str) -> Option<&Value> {
        let mut all = self.iter();
        all.find_map(|(knob, value)| (knob.key == key).then_some(value))
    }

    /// The value of the first knob with a role.
    pub fn value_of(&self, role: Role) -> Option<&Value> {
        self.find(self.key_of(role)?)
    }

    /// A whole number by its role; none for an automatic word.
    pub fn count_of(&self, role: Role) -> Option<u64> {
        match self.value_of(role)? {
            Value::Count(count) => Some(*count),
            _ => None,
        }
    }

    /// A number by its role; none for an automatic word.
    pub fn real_of(&self, role: Role) -> Option<f64> {
        match self.value_of(role)? {
            Value::Real(real) => Some(*real),
            Value::Count(count) => Some(*count as f64),
            _ => None,
        }
    }

    /// A text by its role.
    pub fn text_of(&self, role: Role) -> Option<&str> {
        match self.value_of(role)? {
            Value::Word(text) => Some(text),
            _ => None,
        }
    }

    /// A vertex list by its role.
    pub fn points_of(&self, role: Role) -> Option<&[[f64; 2]]> {
        match self.value_of(role)? {
            Value::Points(points) => Some(points),
            _ => None,
        }
    }

    /// Sets the first knob with a role.
    pub fn set_of(&mut self, role: Role, value: Value) -> Result<(), KnobError> {
        let key = self.key_of(role).ok_or(KnobError::Lacking { role })?;
        self.set(key, value)
    }

    /// Steps after which the clock stops.
    pub fn length(&self) -> u64 {
        self.count_of(Role::Length).unwrap_or(DEFAULT_LENGTH)
    }

    /// The file that the data are read from, if they are: the settings alone do not say what is in it.
    pub fn data_file(&self) -> Option<PathBuf> {
        self.is_relevant(Role::DataFile)
            .then(|| self.text_of(Role::DataFile).map(PathBuf::from))?
    }

    /// The files that an experiment with these settings reads.
    pub fn files(&self) -> Vec<&str> {
        let names_file =
            |knob: &Knob| matches!(knob.role, Some(Role::DataFile | Role::DataCompanion));
        let knobs = self
            .iter()
            .filter(|(knob, _)| names_file(knob) && (knob.relevant)(self));
        let paths = knobs.filter_map(|(_, value)| match value {
            Value::Word(path) if !path.is_empty() => Some(path.as_str()),
            _ => None,
        });
        paths.collect()
    }

    /// Whether the first knob with a role has an effect, given the other values.
    pub fn is_relevant(&self, role: Role) -> bool {
        self.knob_of(role).is_some_and(|knob| (knob.relevant)(self))
    }

    /// Takes its effect from the first knob with a role: brings the first choice that gives it one back to what it is
    /// by itself.
    pub fn make_irrelevant(&mut self, role: Role) {
        for knob in self.table() {
            if !self.is_relevant(role) {
                return;
            }
            let mut changed = self.clone();
            let is_choice = matches!(knob.kind, Kind::Choice(_));
            let taken_back = is_choice && changed.set_text(knob.key, knob.default).is_ok();
            if taken_back && !changed.is_relevant(role) {
                *self = changed;
            }
        }
    }

    /// Gives the first knob with a role an effect: sets the first choice to the first word that does.
    pub fn make_relevant(&mut self, role: Role) -> Result<(), KnobError> {
        self.key_of(role).ok_or(KnobError::Lacking { role })?;
        if self.is_relevant(role) {
            return Ok(());
        }
        for knob in self.table() {
            let Kind::Choice(choices) = &knob.kind else {
                continue;
            };
            for choice in *choices {
                let mut changed = self.clone();
                changed.set(knob.key, Value::Word(choice.id.to_owned()))?;
                if changed.is_relevant(role) {
                    *self = changed;
                    return Ok(());
                }
            }
        }
        Err(KnobError::Lacking { role })
    }
}
