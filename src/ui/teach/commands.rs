//! A list of everything that can be done: type a few letters, press Enter. A setting can be changed right there.

use eframe::egui::{
    Align, Context, Key, Label, Modifiers, RichText, ScrollArea, TextEdit, WidgetInfo, Window, vec2,
};

use crate::knobs::{Knobs, Role};
use crate::labs::{self, Lab};
use crate::recipe::shipped;
use crate::sim::experiment::Facts;
use crate::tours;
use crate::ui::actions::{self, Action};
use crate::ui::header::share_items;
use crate::ui::theme;

/// Width of the list, where there is room.
const WIDTH: f32 = 520.0;

/// Entries that are shown at once.
const MOST_SHOWN: usize = 14;

/// What is done when an entry is chosen.
#[derive(Clone, Debug)]
pub(in crate::ui) enum Command {
    /// What a key or a button does.
    Act(Action),
    /// Shows a picture in its cell, by the ids of the cell's first picture and of the picture itself.
    Show(&'static str),
    /// Asks for the value of a setting.
    Point(&'static str),
    /// Sets a setting from its text form.
    Set(&'static str, String),
}

/// A line of the list.
#[derive(Clone, Debug)]
struct Entry {
    words: String,
    keys: String,
    /// What it is about, in which words are found as well.
    about: &'static str,
    command: Command,
}

/// See the module.
#[derive(Debug)]
pub(in crate::ui) struct Commands {
    /// Everything that can be done.
    entries: Vec<Entry>,
    typed: String,
    chosen: usize,
}

impl Commands {
    /// The list with something typed already.
    pub(in crate::ui) fn new(
        lab: &'static dyn Lab,
        knobs: &Knobs,
        facts: &Facts,
        typed: &str,
    ) -> Self {
        Self {
            entries: entries(lab, knobs, facts),
            typed: typed.to_owned(),
            chosen: 0,
        }
    }

    /// Draws the list; what was chosen, or `None` inside if it is to be closed.
    #[expect(
        clippy::option_option,
        reason = "open, closed, or closed with a command"
    )]
    pub(in crate::ui) fn ui(&mut self, ctx: &Context, knobs: &Knobs) -> Option<Option<Command>> {
        // The field would take these keys.
        let (up, down, enter) = ctx.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            (
                pressed(Key::ArrowUp),
                pressed(Key::ArrowDown),
                pressed(Key::Enter),
            )
        });
        let entries = self.matching(knobs);
        let last = entries.len().saturating_sub(1);
        if down {
            self.chosen += 1;
        }
        if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
        self.chosen = self.chosen.min(last);
        let mut done = enter
            .then(|| entries.get(self.chosen).map(|entry| entry.command.clone()))
            .flatten()
            .map(Some);
        let mut open = true;
        Window::new("Commands")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .anchor(eframe::egui::Align2::CENTER_TOP, vec2(0.0, 60.0))
            .show(ctx, |ui| {
                ui.set_width(WIDTH.min(0.9 * ctx.content_rect().width()));
                let field = TextEdit::singleline(&mut self.typed)
                    .hint_text("An action, a preset, a picture, or a setting = value")
                    .char_limit(200)
                    .desired_width(f32::INFINITY);
                let field = ui.add(field);
                let kind = eframe::egui::Role::TextInput;
                field.widget_info(|| WidgetInfo::labeled(kind, true, "What to do"));
                if field.changed() {
                    self.chosen = 0;
                }
                field.request_focus();
                if entries.is_empty() {
                    ui.weak("Nothing has these letters.");
                }
                ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
                    for (at, entry) in entries.iter().enumerate() {
                        let response = entry_ui(ui, entry, at == self.chosen);
                        if (up || down) && at == self.chosen {
                            response.scroll_to_me(Some(Align::Center));
                        }
                        if response.clicked() {
                            done = Some(Some(entry.command.clone()));
                        }
                    }
                });
            });
        if !open {
            done = Some(None);
        }
        done
    }

    /// The entries that have every typed word, those that begin with the first one at the top.
    fn matching(&self, knobs: &Knobs) -> Vec<Entry> {
        let typed = self.typed.to_lowercase();
        if let Some((key, value)) = typed.split_once('=') {
            return settings(knobs, key.trim(), value.trim());
        }
        let wanted: Vec<&str> = typed.split_whitespace().collect();
        let has = |entry: &&Entry| {
            let words = format!("{} {}", entry.words, entry.about).to_lowercase();
            wanted.iter().all(|word| words.contains(word))
        };
        let mut found: Vec<Entry> = self.entries.iter().filter(has).cloned().collect();
        if let Some(first) = wanted.first() {
            let begins = |entry: &Entry| {
                let words = entry.words.to_lowercase();
                words.split_whitespace().any(|word| word.starts_with(first))
            };
            found.sort_by_key(|entry| !begins(entry));
            let named = |entry: &Entry| {
                let words = entry.words.to_lowercase();
                wanted.iter().all(|word| words.contains(word))
            };
            found.sort_by_key(|entry| !named(entry));
        }
        found.truncate(10 * MOST_SHOWN);
        found
    }
}

fn entry_ui(ui: &mut eframe::egui::Ui, entry: &Entry, chosen: bool) -> eframe::egui::Response {
    ui.horizontal(|ui| {
        let response = ui.selectable_label(chosen, &entry.words);
        if !entry.keys.is_empty() {
            ui.add(Label::new(
                RichText::new(&entry.keys).font(theme::bold(13.0)).weak(),
            ));
        }
        response
    })
    .inner
}

/// Everything that can be done.
fn entries(lab: &'static dyn Lab, knobs: &Knobs, facts: &Facts) -> Vec<Entry> {
    let without_key = share_items(false).filter(|(_, keys, _)| keys.is_empty());
    let without_key = without_key.map(|(words, _, action)| (String::new(), words, action));
    let mut entries: Vec<Entry> = actions::listed(lab)
        .into_iter()
        .chain(without_key)
        .map(|(keys, words, action)| Entry {
            words: capital(words),
            keys,
            about: "",
            command: Command::Act(action),
        })
        .collect();
    for lab in labs::all() {
        for (preset, recipe) in lab.presets().iter().zip(shipped(lab)) {
            entries.push(Entry {
                words: format!("Preset {}", recipe.title),
                keys: String::new(),
                about: "",
                command: Command::Act(Action::Open(preset)),
            });
        }
    }
    for tour in tours::listed() {
        entries.push(Entry {
            words: format!("Tour {}", tour.title),
            keys: String::new(),
            about: "",
            command: Command::Act(Action::StartTour(tour.id)),
        });
    }
    let panels = lab.cells().iter().copied().flatten();
    for panel in panels.filter(|panel| (panel.relevant)(facts)) {
        entries.push(Entry {
            words: format!("Picture {}", panel.title),
            keys: String::new(),
            about: "",
            command: Command::Show(panel.id),
        });
    }
    let table = lab.knobs().iter();
    for knob in table.filter(|knob| knob.role != Some(Role::Pace) && (knob.relevant)(knobs)) {
        entries.push(Entry {
            words: format!("Setting {} ({})", knob.label, knob.key),
            keys: format!("{} = …", knob.key),
            about: knob.help,
            command: Command::Point(knob.key),
        });
    }
    entries
}

/// What `key = value` can mean: the setting of that name, or those whose names have it in them.
fn settings(knobs: &Knobs, key: &str, value: &str) -> Vec<Entry> {
    let is_meant = |label: &str| label.to_lowercase().contains(key);
    let mut found: Vec<_> = knobs
        .table()
        .iter()
        .filter(|knob| is_meant(knob.key) || is_meant(knob.label))
        .collect();
    found.sort_by_key(|knob| knob.key != key && knob.label.to_lowercase() != key);
    let entry = |knob: &&'static crate::knobs::Knob| Entry {
        words: format!("Set {} to {value}", knob.label),
        keys: format!("{}: now {}", knob.key, knobs.get(knob.key)),
        about: "",
        command: Command::Set(knob.key, value.to_owned()),
    };
    found.iter().map(entry).collect()
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;

    fn words(typed: &str) -> Vec<String> {
        let knobs = Knobs::new(LABS[0].knobs());
        let commands = Commands::new(LABS[0], &knobs, &Facts::default(), typed);
        let found = commands.matching(&knobs);
        found.into_iter().map(|entry| entry.words).collect()
    }

    #[test]
    fn letters_find_actions_presets_pictures_and_tours() {
        assert!(words("play").iter().any(|words| words.starts_with("Play")));
        assert!(words("kernel")[0].contains("Kernel"));
        assert!(
            words("tour noise")
                .iter()
                .any(|words| words == "Tour Noise buys sparsity")
        );
        assert!(words("picture validation").contains(&"Picture Validation loss".to_owned()));
        assert_eq!(words("run's data"), ["Save the run's data …"]);
        assert!(words("qqqq").is_empty());
    }

    #[test]
    fn a_setting_is_found_by_what_others_call_it() {
        assert_eq!(words("learning rate")[0], "Setting γ (step_size)");
        let found = words("step size");
        assert!(found.contains(&"Setting γ (step_size)".to_owned()));
    }

    #[test]
    fn a_setting_is_set_where_a_value_is_typed() {
        assert_eq!(words("alpha = 0.1")[0], "Set α to 0.1");
        assert_eq!(words("α=0.1")[0], "Set α to 0.1");
    }
}
