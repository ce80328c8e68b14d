//! A recipe from its TOML, every part of it checked: what is wrong is said with its key and its line.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value as Toml};

use super::{Change, FORMAT, Recipe, RecipeError};
use crate::files::limits;
use crate::format::excerpt;
use crate::knobs::{Knobs, Value};
use crate::labs::{self, Lab};

/// The keys of a recipe besides its settings and changes.
const KEYS: [&str; 10] = [
    "format", "version", "lab", "title", "about", "question", "panels", "step", "settings",
    "change",
];

/// What is wrong, and where.
struct Misfit {
    place: Option<Place>,
    source: RecipeError,
}

/// Where a value stands.
struct Place {
    section: Section,
    key: String,
}

/// A part of a recipe.
#[derive(Clone, Copy)]
enum Section {
    /// Above the settings.
    Head,
    Settings,
    /// One of its changes, by its number from 0.
    Change(usize),
}

impl From<RecipeError> for Misfit {
    fn from(source: RecipeError) -> Self {
        Self {
            place: None,
            source,
        }
    }
}

impl Section {
    /// The same with what is wrong with a value.
    fn at(self, key: &str, source: impl Into<RecipeError>) -> Misfit {
        Misfit {
            place: Some(Place {
                section: self,
                key: key.to_owned(),
            }),
            source: source.into(),
        }
    }

    fn malformed(self, key: &str, reason: String) -> Misfit {
        self.at(key, RecipeError::Malformed(reason))
    }
}

impl Misfit {
    /// The error, with its line in the text that it comes from.
    fn in_text(self, text: &str) -> RecipeError {
        let line = self.place.and_then(|place| place.line(text));
        match (line, self.source) {
            (None, source) => source,
            (Some(line), RecipeError::Malformed(reason)) => {
                RecipeError::Malformed(format!("line {line}: {reason}"))
            }
            (Some(line), source) => RecipeError::At {
                line,
                source: Box::new(source),
            },
        }
    }
}

impl Place {
    /// Its line, from 1.
    fn line(&self, text: &str) -> Option<usize> {
        let table = DeTable::parse(text).ok()?.into_inner();
        let inner = match self.section {
            Section::Head => None,
            Section::Settings => Some(table.get("settings")?.get_ref()),
            Section::Change(at) => match table.get("change")?.get_ref() {
                DeValue::Array(changes) => Some(changes.get(at)?.get_ref()),
                _ => None,
            },
        };
        let section = match inner {
            Some(DeValue::Table(section)) => section,
            _ => &table,
        };
        let mut keys = section.keys();
        let key = keys.find(|key| key.get_ref().as_ref() == self.key)?;
        Some(1 + text[..key.span().start].matches('\n').count())
    }
}

impl Recipe {
    /// Reads a recipe from its TOML text.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        check_length(text)?;
        let table: Table = text.parse().map_err(|error| malformed(text, &error))?;
        read(table).map_err(|misfit| misfit.in_text(text))
    }

    /// Reads a recipe from a table that nobody has written by hand.
    pub(super) fn from_table(table: Table) -> Result<Self, RecipeError> {
        read(table).map_err(|misfit| misfit.source)
    }
}

/// Refuses a text that is longer than any recipe, before it is taken apart, which takes fifty times as much memory.
pub(super) fn check_length(text: &str) -> Result<(), RecipeError> {
    if text.len() > limits::RECIPE {
        let most = limits::RECIPE >> 20;
        let reason = format!("it is longer than {most} MB");
        return Err(RecipeError::Malformed(reason));
    }
    if text.bytes().filter(|byte| *byte == b'\n').count() > limits::RECIPE_LINES {
        let most = limits::RECIPE_LINES;
        let reason = format!("it has more than {most} lines");
        return Err(RecipeError::Malformed(reason));
    }
    Ok(())
}

/// One line, not the excerpt that the parser draws: it goes to a terminal or a toast.
fn malformed(text: &str, error: &toml::de::Error) -> RecipeError {
    let line = error
        .span()
        .map(|span| 1 + text[..span.start].matches('\n').count());
    let place = line.map_or_else(String::new, |line| format!("line {line}: "));
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    RecipeError::Malformed(format!("{place}{}", excerpt(&message)))
}

fn read(mut table: Table) -> Result<Recipe, Misfit> {
    check_format(&table)?;
    if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let reason = format!(
            "unknown field `{}`: a recipe has {}",
            excerpt(unknown),
            KEYS.join(", ")
        );
        return Err(Section::Head.malformed(unknown, reason));
    }
    let id = text(&mut table, "lab", limits::TITLE)?;
    let lab = match id.as_deref() {
        None => labs::LABS[0],
        Some(id) => labs::lab(id).ok_or_else(|| {
            let known = labs::all().iter().map(|lab| lab.id()).collect();
            let id = excerpt(id);
            Section::Head.at("lab", RecipeError::UnknownLab { id, known })
        })?,
    };
    let mut recipe = Recipe::defaults(lab);
    drop(text(&mut table, "version", limits::TITLE)?);
    recipe.about = text(&mut table, "about", limits::ABOUT)?.unwrap_or_default();
    recipe.question = text(&mut table, "question", limits::QUESTION)?.unwrap_or_default();
    if recipe.question.lines().count() > limits::QUESTION_LINES {
        let most = limits::QUESTION_LINES;
        let reason =
            format!("`question` has more than {most} lines: nobody reads them at a glance");
        return Err(Section::Head.malformed("question", reason));
    }
    if let Some(title) = text(&mut table, "title", limits::TITLE)?.filter(|title| !title.is_empty())
    {
        recipe.title = title;
    }
    recipe.panels = panels(table.remove("panels"), lab)?;
    recipe.step = match table.remove("step") {
        None => 0,
        Some(step) => {
            count(&step).ok_or_else(|| Section::Head.malformed("step", no_step(&step)))?
        }
    };
    for (key, value) in section(table.remove("settings"))? {
        let value = value_from_toml(Section::Settings, &key, value)?;
        let set = recipe.knobs.set(&key, value);
        set.map_err(|error| Section::Settings.at(&key, error))?;
    }
    recipe.changes = changes(table.remove("change"), &recipe.knobs)?;
    Ok(recipe)
}

/// A newer format may hold keys that this version does not know: it says so before they confuse.
fn check_format(table: &Table) -> Result<(), Misfit> {
    match table.get("format") {
        Some(Toml::Integer(found)) if *found > FORMAT => {
            Err(RecipeError::Newer { found: *found }.into())
        }
        Some(Toml::Integer(1..=FORMAT)) => Ok(()),
        Some(Toml::Integer(found)) => {
            let reason = format!("there never was a format {found}");
            Err(Section::Head.malformed("format", reason))
        }
        Some(other) => Err(wrong_kind(Section::Head, "format", other, "a whole number")),
        None => {
            let reason = format!("it has no line `format = {FORMAT}`");
            Err(RecipeError::Malformed(reason).into())
        }
    }
}

/// A text of at most so many characters, if it is there.
fn text(table: &mut Table, key: &str, most: usize) -> Result<Option<String>, Misfit> {
    let text = match table.remove(key) {
        None => return Ok(None),
        Some(Toml::String(text)) => text,
        Some(other) => {
            return Err(wrong_kind(
                Section::Head,
                key,
                &other,
                "a text in quotation marks",
            ));
        }
    };
    if text.chars().nth(most).is_some() {
        let reason = format!("`{key}` is longer than {most} characters");
        return Err(Section::Head.malformed(key, reason));
    }
    let obeyed = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some(control) = text.chars().find(obeyed) {
        let reason = format!(
            "`{key}` holds the control character {}",
            control.escape_default()
        );
        return Err(Section::Head.malformed(key, reason));
    }
    Ok(Some(text))
}

/// The entries of a list, which may be absent.
fn list(value: Option<Toml>, key: &str, wanted: &str) -> Result<Vec<Toml>, Misfit> {
    match value {
        None => Ok(Vec::new()),
        Some(Toml::Array(list)) => Ok(list),
        Some(other) => Err(wrong_kind(Section::Head, key, &other, wanted)),
    }
}

fn panels(value: Option<Toml>, lab: &'static dyn Lab) -> Result<Vec<String>, Misfit> {
    let list = list(value, "panels", "a list of pictures")?;
    if list.len() > limits::PICTURES {
        let reason = format!("`panels` names more than {} pictures", limits::PICTURES);
        return Err(Section::Head.malformed("panels", reason));
    }
    let known = |id: &str| {
        let mut panels = lab.cells().iter().copied().flatten();
        panels.any(|panel| panel.id == id)
    };
    let panels = list.into_iter().map(|item| match item {
        Toml::String(id) if known(&id) => Ok(id),
        Toml::String(id) => {
            let reason = format!("there is no picture `{}`", excerpt(&id));
            Err(Section::Head.malformed("panels", reason))
        }
        other => Err(wrong_kind(
            Section::Head,
            "panels",
            &other,
            "pictures by their names",
        )),
    });
    panels.collect()
}

fn section(value: Option<Toml>) -> Result<Table, Misfit> {
    match value {
        None => Ok(Table::new()),
        Some(Toml::Table(table)) => Ok(table),
        Some(other) => Err(wrong_kind(
            Section::Head,
            "settings",
            &other,
            "settings, under `[settings]`",
        )),
    }
}

fn changes(value: Option<Toml>, knobs: &Knobs) -> Result<Vec<Change>, Misfit> {
    let list = list(value, "change", "changes, each under `[[change]]`")?;
    if list.len() > limits::CHANGES {
        let reason = format!("it has more than {} entries [[change]]", limits::CHANGES);
        return Err(RecipeError::Malformed(reason).into());
    }
    let mut scratch = knobs.clone();
    let mut changes: Vec<Change> = Vec::with_capacity(list.len());
    for (at, change) in list.into_iter().enumerate() {
        let Toml::Table(change) = change else {
            return Err(wrong_kind(
                Section::Head,
                "change",
                &change,
                "changes, each under `[[change]]`",
            ));
        };
        let change = change_from_toml(change, at, &mut scratch)?;
        if changes.last().is_some_and(|last| last.step > change.step) {
            let reason = "the steps of its [[change]] entries decrease".to_owned();
            return Err(Section::Change(at).malformed("step", reason));
        }
        changes.push(change);
    }
    Ok(changes)
}

fn change_from_toml(mut table: Table, at: usize, knobs: &mut Knobs) -> Result<Change, Misfit> {
    let section = Section::Change(at);
    let step = table.remove("step").ok_or_else(|| {
        // The line of its first setting is as near as one can say.
        let first = table.keys().next().map_or("", String::as_str);
        section.malformed(first, "a [[change]] has no `step`".to_owned())
    })?;
    let step = count(&step).ok_or_else(|| section.malformed("step", no_step(&step)))?;
    let mut settings = Vec::new();
    for (key, value) in table {
        let value = value_from_toml(section, &key, value)?;
        knobs
            .set(&key, value)
            .map_err(|error| section.at(&key, error))?;
        if !knobs.iter().any(|(knob, _)| knob.key == key && knob.live) {
            let reason = format!("`{key}` cannot change while a run goes on");
            return Err(section.malformed(&key, reason));
        }
        let value = knobs.get(&key).clone();
        settings.push((key, value));
    }
    Ok(Change { step, settings })
}

fn count(value: &Toml) -> Option<u64> {
    u64::try_from(value.as_integer()?).ok()
}

fn no_step(found: &Toml) -> String {
    format!(
        "`step` cannot be {}: it takes a whole number from 0",
        excerpt(&found.to_string())
    )
}

fn value_from_toml(section: Section, key: &str, value: Toml) -> Result<Value, Misfit> {
    let kind = value.type_str();
    value.try_into().map_err(|_no_variant| {
        section.malformed(key, format!("`{}` cannot be a {kind}", excerpt(key)))
    })
}

fn wrong_kind(section: Section, key: &str, found: &Toml, wanted: &str) -> Misfit {
    let kind = found.type_str();
    let article = if kind.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    section.malformed(key, format!("`{key}` takes {wanted}, not {article} {kind}"))
}

#[cfg(test)]
mod tests;
