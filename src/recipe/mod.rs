//! A recipe: everything that is needed to make the same run again, as a small TOML file.
//!
//! Presets are recipes that ship with the program. Settings that a file leaves out keep their
//! defaults; a key or a value that this version does not know is refused, never guessed.
//!
//! A recipe travels as a file, as a short string ([`link`]), and inside the folders and pictures that
//! its run has made ([`carrier`]).

pub mod carrier;
pub mod difference;
pub mod link;
mod name;
pub mod question;
mod read;

use toml::{Table, Value as Toml};

use crate::format::excerpt;
use crate::knobs::{KnobError, Knobs, Role, Value, nearest};
use crate::labs::{self, Lab, Preset, arithmetic};
use crate::model::data::csv;
use crate::sim::experiment::Facts;
pub use crate::sim::message::Change;
pub use name::shipped;

/// The newest recipe format that this version reads, and the one that it writes. Format 2 added `step`.
pub const FORMAT: i64 = 2;

/// A complete description of a run.
///
/// ```
/// use implicit_bias_lab::recipe::{Recipe, link, preset};
///
/// let mut recipe = preset("rich")?.recipe();
/// recipe.knobs.set_text("alpha", "0.1")?;
/// let text = recipe.to_toml();
/// assert_eq!(Recipe::from_toml(&text)?, recipe);
/// assert_eq!(link::decode(&link::encode(&recipe))?, recipe);
///
/// let mut experiment = recipe.lab.experiment(&recipe.knobs, false)?;
/// experiment.advance(1000);
/// let sample = experiment.sample();
/// assert_eq!(sample.step, 1000);
/// assert_eq!(sample.runs.len(), experiment.setup().runs.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Recipe {
    /// The lab it belongs to.
    pub lab: &'static dyn Lab,
    /// Name on the screen.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// What to ask the audience before it runs, in the form that [`question::Question::read`] takes; may be empty.
    pub question: String,
    /// The pictures to open with, by [`Panel::id`], at most one per cell; the others stay as they are.
    ///
    /// [`Panel::id`]: crate::scene::Panel::id
    pub panels: Vec<String>,
    /// The settings at the start.
    pub knobs: Knobs,
    /// Changes of live settings on the way, steps not decreasing.
    pub changes: Vec<Change>,
    /// The step that was on the screen, where a window opens it; 0 for the start.
    pub step: u64,
}

impl PartialEq for Recipe {
    fn eq(&self, other: &Self) -> bool {
        self.lab.id() == other.lab.id()
            && self.title == other.title
            && self.about == other.about
            && self.question == other.question
            && self.panels == other.panels
            && self.knobs == other.knobs
            && self.changes == other.changes
            && self.step == other.step
    }
}

impl std::fmt::Debug for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.to_toml())
    }
}

/// Why a recipe was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file could not be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Not TOML, or not a recipe.
    #[error("this is not a recipe: {0}")]
    Malformed(String),
    /// Written by a newer version.
    #[error("this recipe has format {found}, but version {} reads formats up to {FORMAT}: update Implicit Bias Lab", env!("CARGO_PKG_VERSION"))]
    Newer {
        /// The file's format.
        found: i64,
    },
    /// Characters of a link were lost or changed on the way.
    #[error("this link is damaged: {0}; copy it again")]
    Damaged(&'static str),
    /// A link of a newer version.
    #[error("this link has version {found}, but version {} reads links up to {}: update Implicit Bias Lab", env!("CARGO_PKG_VERSION"), link::VERSION)]
    NewerLink {
        /// The link's version.
        found: u64,
    },
    /// A file without a recipe in it.
    #[error("{path} holds no recipe: {reason}")]
    Nothing {
        /// The file or folder.
        path: String,
        /// What was looked for, and what to do.
        reason: String,
    },
    /// Something is wrong with what stands on a line.
    #[error("line {line}: {source}")]
    At {
        /// From 1.
        line: usize,
        /// What.
        source: Box<Self>,
    },
    /// Something is wrong with what a file holds.
    #[error("{path}: {source}")]
    In {
        /// The file.
        path: String,
        /// What.
        source: Box<Self>,
    },
    /// A lab that this version does not have.
    #[error("there is no lab `{id}` in version {}, which has {}: update Implicit Bias Lab, or name one of these", env!("CARGO_PKG_VERSION"), known.join(", "))]
    UnknownLab {
        /// The lab's name.
        id: String,
        /// The names of those there are.
        known: Vec<&'static str>,
    },
    /// A setting is unknown or out of range.
    #[error(transparent)]
    Knob(#[from] KnobError),
    /// No preset has that name.
    #[error("there is no preset `{name}`{}; `list` shows them all", near.as_ref().map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
    UnknownPreset {
        /// What was typed.
        name: String,
        /// The most similar name, if one is similar.
        near: Option<String>,
    },
}

impl Recipe {
    /// The defaults of a lab, in the arithmetic that new recipes have where this program runs.
    pub fn new(lab: &'static dyn Lab) -> Self {
        Self::defaults(lab).in_usual_arithmetic()
    }

    /// What a file or a link that names no setting stands for, wherever it is read.
    fn defaults(lab: &'static dyn Lab) -> Self {
        Self {
            lab,
            title: lab.title().to_owned(),
            about: String::new(),
            question: String::new(),
            panels: Vec::new(),
            knobs: Knobs::new(lab.knobs()),
            changes: Vec::new(),
            step: 0,
        }
    }

    fn in_usual_arithmetic(mut self) -> Self {
        arithmetic::set_usual(&mut self.knobs);
        self
    }

    /// The complete recipe as TOML, every setting included, so that a later version with other
    /// defaults still replays it.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.to_table()).expect("a table of plain values is valid TOML")
    }

    fn to_table(&self) -> Table {
        let mut file = Table::new();
        file.insert("format".into(), FORMAT.into());
        file.insert("version".into(), env!("CARGO_PKG_VERSION").into());
        file.insert("lab".into(), self.lab.id().into());
        file.insert("title".into(), self.title.as_str().into());
        for (key, text) in [("about", &self.about), ("question", &self.question)] {
            if !text.is_empty() {
                file.insert(key.into(), text.as_str().into());
            }
        }
        if !self.panels.is_empty() {
            file.insert("panels".into(), self.panels.clone().into());
        }
        // TOML's integers end at 2⁶³; no run gets there.
        let step = i64::try_from(self.step).unwrap_or(i64::MAX);
        if step > 0 {
            file.insert("step".into(), step.into());
        }
        let settings: Table = self
            .knobs
            .iter()
            .map(|(knob, value)| (knob.key.to_owned(), value_to_toml(value)))
            .collect();
        file.insert("settings".into(), settings.into());
        if !self.changes.is_empty() {
            let changes = self.changes.iter().map(|change| {
                let mut table = Table::new();
                table.insert("step".into(), (change.step as i64).into());
                table.extend(
                    change
                        .settings
                        .iter()
                        .map(|(key, value)| (key.clone(), value_to_toml(value))),
                );
                Toml::Table(table)
            });
            file.insert("change".into(), changes.collect::<Vec<_>>().into());
        }
        file
    }

    /// The same with every automatic word replaced by what it stands for in the experiment with these
    /// facts, see [`Lab::pinned`], and with the checksum of its file of data.
    pub fn pinned(&self, facts: &Facts) -> Self {
        let mut pinned = self.clone();
        pinned.knobs = self.lab.pinned(&self.knobs, facts);
        if let Some(checksum) = facts.data_checksum {
            // Of a lab without a setting for it, nothing is kept.
            let written = Value::Word(csv::written(checksum));
            drop(pinned.knobs.set_of(Role::DataChecksum, written));
        }
        let mut in_force = self.knobs.clone();
        for (key, value) in pinned
            .changes
            .iter_mut()
            .flat_map(|change| &mut change.settings)
        {
            // Checked when the recipe was read or the change was made.
            if in_force.set(key, value.clone()).is_ok() {
                *value = self.lab.pinned(&in_force, facts).get(key).clone();
            }
        }
        pinned
    }
}

fn value_to_toml(value: &Value) -> Toml {
    match value {
        Value::Switch(on) => (*on).into(),
        // Counts are bounded by 10¹⁰, far below 2⁶³.
        Value::Count(count) => (*count as i64).into(),
        Value::Real(real) => (*real).into(),
        Value::Word(word) => word.as_str().into(),
        Value::Points(points) => points
            .iter()
            .map(|point| Toml::from(point.to_vec()))
            .collect::<Vec<_>>()
            .into(),
        Value::Reals(reals) => reals.clone().into(),
    }
}

impl Preset {
    /// Its recipe, in the arithmetic that new recipes have where this program runs.
    ///
    /// # Panics
    /// Never in a tested build: a test reads them all.
    pub fn recipe(&self) -> Recipe {
        let recipe = Recipe::from_toml(self.toml);
        let recipe = recipe.unwrap_or_else(|error| panic!("preset {}: {error}", self.id));
        recipe.in_usual_arithmetic()
    }
}

/// The presets of all labs, in the order in which they are listed.
pub fn presets() -> impl Iterator<Item = &'static Preset> {
    labs::all().into_iter().flat_map(|lab| lab.presets())
}

/// What a window opens with that has nothing to remember: the first preset of the first lab.
pub fn first() -> Recipe {
    let lab = labs::LABS[0];
    let preset = lab.presets().first();
    preset.map_or_else(|| Recipe::new(lab), Preset::recipe)
}

/// The preset of that name.
pub fn preset(name: &str) -> Result<&'static Preset, RecipeError> {
    presets()
        .find(|preset| preset.id == name)
        .ok_or_else(|| RecipeError::UnknownPreset {
            name: excerpt(name),
            near: nearest(&excerpt(name), presets().map(|preset| preset.id)).map(str::to_owned),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_reads_and_survives_a_round_trip() {
        for preset in presets() {
            let recipe = preset.recipe();
            assert_eq!(
                Recipe::from_toml(&recipe.to_toml()).unwrap(),
                recipe,
                "{}",
                preset.id
            );
            assert!(
                !recipe.about.is_empty() && !recipe.title.is_empty(),
                "{}",
                preset.id
            );
        }
    }

    #[test]
    fn changes_and_vectors_survive_a_round_trip() {
        let mut recipe = Recipe::new(labs::LABS[0]);
        recipe
            .knobs
            .set_text("alpha", "0.1,0.2,0.30000000000000004")
            .unwrap();
        recipe
            .knobs
            .set_text("label_noise_points", "0:1,10:0.5")
            .unwrap();
        recipe.changes.push(Change {
            step: 7,
            settings: vec![("step_size".into(), Value::Real(0.05))],
        });
        let copy = Recipe::from_toml(&recipe.to_toml()).unwrap();
        assert_eq!(copy, recipe);
    }

    #[test]
    fn newer_broken_and_misspelt_recipes_are_refused_with_a_reason() {
        for (text, expected) in [
            ("format = 3\nfancy = 1", "update Implicit Bias Lab"),
            ("format = 0", "never was"),
            ("title = 'x'", "no line `format = 2`"),
            ("format = 2\nstep = -1", "-1"),
            ("format = 1\ntitel = 'x'", "titel"),
            (
                "format = 1\n[settings]\nalhpa = 1.0",
                "did you mean `alpha`?",
            ),
            (
                "format = 1\n[settings]\nalpha = 0.0",
                "it takes a number above 0",
            ),
            (
                "format = 1\n[settings]\nalpha = 'big'",
                "it takes a number above 0",
            ),
            ("format = 1\nlab = 'x'", "no lab `x`"),
            (
                "format = 1\n[[change]]\nstep = 3\nn = 10",
                "`n` cannot change while",
            ),
            ("format = 1\n[[change]]\nstep_size = 0.1", "has no `step`"),
            ("\u{0}PNG", "not a recipe"),
        ] {
            let message = Recipe::from_toml(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:?} gave {message}");
        }
        assert!(
            preset("fig-2")
                .unwrap_err()
                .to_string()
                .contains("did you mean `fig2`")
        );
    }

    #[test]
    fn pictures_are_kept_and_unknown_ones_refused() {
        let text = "format = 1\npanels = [\"thermometer\", \"theorem\"]\n";
        let recipe = Recipe::from_toml(text).unwrap();
        assert_eq!(recipe.panels, ["thermometer", "theorem"]);
        assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), recipe);
        let unknown = Recipe::from_toml("format = 1\npanels = [\"barometer\"]\n");
        let reason = unknown.unwrap_err().to_string();
        assert!(reason.contains("no picture `barometer`"), "{reason}");
    }
}
