//! What tells two recipes apart, in words.

use super::Recipe;
use crate::format::{count, short};
use crate::knobs::{Kind, Knob, Knobs, Role, Value};

/// Differences that are told one by one.
const TOLD: usize = 3;

/// What is different in the second of two recipes: `α 0.05 → 0.01`; empty if nothing is that the runs
/// depend on.
pub fn in_words(from: &Recipe, to: &Recipe) -> String {
    told(from, to, |before, after| format!("{before} → {after}"))
}

/// The same as seen from the first one: `α 0.05, now 0.01`.
pub fn as_against(kept: &Recipe, now: &Recipe) -> String {
    told(kept, now, |kept, now| format!("{kept} (now {now})"))
}

/// The settings of the first of two recipes that are others in the second: `α 0.05`.
pub fn values_in_words(of: &Recipe, than: &Recipe) -> String {
    let of = Recipe {
        changes: than.changes.clone(),
        ..of.clone()
    };
    told(&of, than, |value, _| value.to_owned())
}

/// What is different, each pair of values in these words.
fn told(from: &Recipe, to: &Recipe, pair: impl Fn(&str, &str) -> String) -> String {
    if from.lab.id() != to.lab.id() {
        return format!("{} → {}", from.lab.title(), to.lab.title());
    }
    let changed: Vec<_> = changed(&from.knobs, &to.knobs).collect();
    if changed.len() > TOLD && from.title != to.title {
        let [from, to] = [from, to].map(|recipe| name(&recipe.title));
        return format!("“{from}” → “{to}”");
    }
    let mut words: Vec<String> = changed
        .iter()
        .take(TOLD)
        .map(|knob| {
            let of = |knobs: &Knobs| value_in_words(knob, knobs.get(knob.key));
            let [before, after] = [of(&from.knobs), of(&to.knobs)];
            if before == after {
                // Too long to be told.
                knob.label.to_owned()
            } else {
                format!("{} {}", knob.label, pair(&before, &after))
            }
        })
        .collect();
    if changed.len() > TOLD {
        words.push(format!("{} more settings", changed.len() - TOLD));
    }
    if from.changes != to.changes {
        words.push(format!(
            "changes on the way, from k = {}",
            first_change(from, to)
        ));
    }
    words.join(", ")
}

/// What a title begins with: `Fig 2` of `Fig 2: the slower the loss falls, the sparser`.
fn name(title: &str) -> &str {
    title.split(':').next().unwrap_or(title).trim()
}

/// Whether two recipes have other data: they differ in a setting of the group that chooses the data.
pub fn has_other_data(one: &Recipe, other: &Recipe) -> bool {
    let is_of_data = |knob: &Knob| {
        let of_group = one.knobs.table().iter();
        let mut of_group = of_group.filter(|known| known.group == knob.group);
        of_group.any(|known| matches!(known.role, Some(Role::DataSeed | Role::DataFile)))
    };
    one.lab.id() != other.lab.id() || changed(&one.knobs, &other.knobs).any(is_of_data)
}

/// The settings that differ and have an effect in either. The pace concerns a window alone, and how long a
/// run may be does not tell it apart.
fn changed<'a>(one: &'a Knobs, other: &'a Knobs) -> impl Iterator<Item = &'static Knob> + 'a {
    let of_window = |knob: &Knob| matches!(knob.role, Some(Role::Pace | Role::Length));
    other
        .changed_from(one)
        .map(|(knob, _)| knob)
        .filter(move |knob| !of_window(knob))
        .filter(|knob| (knob.relevant)(one) || (knob.relevant)(other))
}

fn first_change(one: &Recipe, other: &Recipe) -> String {
    let mut pairs = one.changes.iter().zip(&other.changes);
    let differ = pairs.find(|(one, other)| one != other);
    let differ = differ.map(|(one, other)| one.step.min(other.step));
    let shorter = one.changes.len().min(other.changes.len());
    let mut beyond = one.changes[shorter..]
        .iter()
        .chain(&other.changes[shorter..]);
    let step = differ.or_else(|| beyond.next().map(|change| change.step));
    count(step.unwrap_or(0))
}

/// A value as a legend has it.
pub fn value_in_words(knob: &Knob, value: &Value) -> String {
    match (value, &knob.kind) {
        (Value::Switch(on), _) => if *on { "on" } else { "off" }.to_owned(),
        (Value::Count(value), _) => count(*value),
        (Value::Real(value), _) => short(*value, 3),
        (Value::Word(word), Kind::Choice(choices)) => {
            let choice = choices.iter().find(|choice| choice.id == word);
            choice
                .map_or(word.as_str(), |choice| choice.label)
                .to_owned()
        }
        (Value::Word(word), _) => word.clone(),
        (Value::Points(points), _) => format!("{} vertices", points.len()),
        (Value::Reals(reals), _) => format!("{} values", reals.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::preset;

    fn changed(settings: &[(&str, &str)]) -> Recipe {
        let mut recipe = preset("fig2").unwrap().recipe();
        for (key, value) in settings {
            recipe.knobs.set_text(key, value).unwrap();
        }
        recipe
    }

    #[test]
    fn what_a_kept_run_has_stands_first_in_its_label() {
        let kept = changed(&[("alpha", "0.05")]);
        let now = changed(&[("alpha", "0.01")]);
        assert_eq!(as_against(&kept, &now), "α 0.05 (now 0.01)");
        assert_eq!(values_in_words(&kept, &now), "α 0.05");
    }

    #[test]
    fn what_differs_is_told_from_one_to_the_other() {
        let from = changed(&[("alpha", "0.05")]);
        let to = changed(&[("alpha", "0.01"), ("speed", "max")]);
        assert_eq!(in_words(&from, &to), "α 0.05 → 0.01");
        assert_eq!(in_words(&from, &from), "");
        assert!(!has_other_data(&from, &to));
    }

    #[test]
    fn other_seeds_and_sizes_are_other_data_and_another_step_size_is_not() {
        let recipe = changed(&[]);
        for (key, value) in [("data_seed", "7"), ("n", "12"), ("sparsity", "2")] {
            assert!(has_other_data(&recipe, &changed(&[(key, value)])), "{key}");
        }
        for (key, value) in [
            ("alpha", "0.5"),
            ("step_size", "0.001"),
            ("sampling_seed", "9"),
        ] {
            assert!(!has_other_data(&recipe, &changed(&[(key, value)])), "{key}");
        }
    }
}
