//! `list`: what there is to run, for people and for programs.

use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::figure::catalogue;
use crate::knobs::{Kind, Knob, Knobs, Value};
use crate::labs::{self, Lab};
use crate::recipe::Recipe;
use crate::tours::{self, Listed};

#[derive(Args)]
pub(super) struct List {
    /// Print everything that a program needs to know as one JSON object: labs with their settings, ranges, choices and
    /// presets, tours, figures.
    #[arg(long)]
    json: bool,
    /// Print every setting with its range, its default and what it means, by lab.
    #[arg(long, conflicts_with = "json")]
    settings: bool,
}

/// What to print.
pub(super) fn text(asked: &List) -> String {
    if asked.json {
        format!("{:#}\n", everything())
    } else if asked.settings {
        settings()
    } else {
        presets()
    }
}

/// Every setting, by lab where there is more than one.
fn settings() -> String {
    let labs = labs::all();
    let mut text = "Settings for --set, with their defaults:\n".to_owned();
    for lab in &labs {
        if labs.len() > 1 {
            text += &["\n", lab.title(), ":\n"].concat();
        }
        for knob in lab.knobs() {
            let (default, range) = (knob.default, knob.range());
            let lines = [
                format!("  {}={default}", knob.key),
                format!("      {}", knob.help),
                format!("      Takes {range}."),
            ];
            text += &["\n", &lines.join("\n"), "\n"].concat();
        }
    }
    text
}

/// The presets, grouped by lab where there is more than one.
fn presets() -> String {
    let labs = labs::all();
    let mut parts = Vec::new();
    for (at, lab) in labs.iter().enumerate() {
        if labs.len() > 1 {
            let gap = if at == 0 { "" } else { "\n" };
            parts.push(format!("{gap}{}: {}\n", lab.id(), lab.about()));
        }
        parts.extend(lab.presets().iter().map(|preset| {
            let Recipe { title, about, .. } = preset.recipe();
            format!("{:18} {title}\n{:18} {about}\n", preset.id, "")
        }));
    }
    parts.push("\nTours, for --tour:\n".to_owned());
    parts.extend(tours::listed().map(|tour| {
        let Listed { id, title, about } = tour;
        format!("{id:18} {title}\n{:18} {about}\n", "")
    }));
    parts.concat()
}

fn everything() -> Json {
    let tours = tours::listed().map(|tour| {
        let Listed { id, title, about } = tour;
        json!({"id": id, "title": title, "about": about})
    });
    let figures = catalogue::figures()
        .map(|figure| json!({"id": figure.id, "title": figure.title, "about": figure.claim}));
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "labs": labs::all().into_iter().map(of_lab).collect::<Vec<_>>(),
        "tours": tours.collect::<Vec<_>>(),
        "figures": figures.collect::<Vec<_>>(),
    })
}

fn of_lab(lab: &dyn Lab) -> Json {
    let defaults = Knobs::new(lab.knobs());
    let settings = defaults
        .iter()
        .map(|(knob, default)| of_knob(knob, default));
    let presets = lab.presets().iter().map(|preset| {
        let recipe = preset.recipe();
        let changed = recipe.knobs.changed_from(&defaults);
        let settings = changed.map(|(knob, value)| (knob.key.to_owned(), plain(value)));
        json!({
            "id": preset.id,
            "title": recipe.title,
            "about": recipe.about,
            "settings": settings.collect::<Map<_, _>>(),
        })
    });
    json!({
        "id": lab.id(),
        "title": lab.title(),
        "about": lab.about(),
        "settings": settings.collect::<Vec<_>>(),
        "presets": presets.collect::<Vec<_>>(),
    })
}

/// A setting; `kind` says which of the other members there are.
fn of_knob(knob: &Knob, default: &Value) -> Json {
    let mut said = json!({
        "key": knob.key,
        "label": knob.label,
        "group": knob.group,
        "default": plain(default),
        "takes": knob.range(),
        "unit": knob.unit,
        "help": knob.help,
        "live": knob.live,
    });
    let (kind, more) = match &knob.kind {
        Kind::Switch => ("switch", json!({})),
        Kind::Count { min, max, .. } => ("count", json!({"min": min, "max": max})),
        Kind::Real {
            min, max, vector, ..
        } => {
            let bounds = json!({"min": min, "max": max, "list": vector});
            ("real", bounds)
        }
        Kind::Choice(choices) => {
            let choices = choices
                .iter()
                .map(|choice| json!({"id": choice.id, "label": choice.label}));
            ("choice", json!({"choices": choices.collect::<Vec<_>>()}))
        }
        Kind::Text => ("text", json!({})),
        Kind::Points { max } => ("points", json!({"max": max})),
    };
    said["kind"] = kind.into();
    if let Some(auto) = knob.auto_word() {
        said["auto"] = auto.into();
    }
    for (key, value) in more.as_object().into_iter().flatten() {
        said[key] = value.clone();
    }
    said
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Switch(on) => json!(on),
        Value::Count(count) => json!(count),
        Value::Real(real) => json!(real),
        Value::Word(word) => json!(word),
        Value::Points(points) => json!(points),
        Value::Reals(reals) => json!(reals),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;

    #[test]
    fn every_setting_is_named() {
        let text = settings();
        let mut knobs = LABS.iter().flat_map(|lab| lab.knobs());
        assert!(knobs.all(|knob| text.contains(&format!("\n  {}=", knob.key))));
    }
}
