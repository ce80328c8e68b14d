//! The menu of presets: those of every lab under its name, and the tours, all at once. What the entry under the
//! pointer is about stands below them, where it covers nothing.

use eframe::egui::{ComboBox, Grid, Label, PopupCloseBehavior, RichText, Ui, vec2};

use super::actions::Action;
use super::live::LiveRun;
use super::theme;
use crate::labs::{self, Lab, Preset};
use crate::recipe::{Recipe, shipped};
use crate::tours::{self, Listed};

/// How many entries stand one below the other.
const MOST_IN_A_COLUMN: usize = 12;

/// Room for a column.
const COLUMN: f32 = 285.0;

/// Room for what an entry is about.
const ABOUT: f32 = 46.0;

/// Type size of entries.
const TYPE: f32 = 14.0;

/// A heading with its entries.
struct Group {
    title: &'static str,
    about: &'static str,
    entries: Vec<Entry>,
}

struct Entry {
    words: String,
    about: String,
    shown: bool,
    action: Action,
}

impl Group {
    fn columns(&self) -> usize {
        self.entries.len().div_ceil(MOST_IN_A_COLUMN).max(1)
    }
}

/// The box with the menu, which takes this part of the row.
pub(super) fn presets_ui(ui: &mut Ui, live: &LiveRun, part: f32, actions: &mut Vec<Action>) {
    let recipe = &live.intent.recipe;
    let title = RichText::new(live.title()).font(theme::bold(15.0));
    let width = (part * ui.available_width()).clamp(150.0, 285.0);
    let window = ui.ctx().content_rect();
    let combo = ComboBox::from_id_salt("preset")
        .width(width)
        .height(0.9 * window.height())
        .truncate()
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .selected_text(title);
    let response = combo
        .show_ui(ui, |ui| {
            if let Some(action) = menu_ui(ui, recipe, window.width()) {
                actions.push(action);
                ui.close();
            }
        })
        .response;
    let paper = recipe.lab.source();
    let paper = paper.map_or_else(String::new, |paper| {
        format!("\nFigures and equations are numbered as in {paper}.")
    });
    let hint = format!("{}\nPresets (keys 1 to 9) and tours.{paper}", recipe.about);
    super::controls::name(&response, "Preset");
    response.on_hover_text(hint.trim_start());
}

/// The groups in rows of as many columns as the window has room for; what was chosen.
fn menu_ui(ui: &mut Ui, shown: &Recipe, window: f32) -> Option<Action> {
    let mut chosen = None;
    let mut about = shown.about.clone();
    let most = ((window - 60.0) / COLUMN).floor().clamp(1.0, 3.0) as usize;
    let mut groups: Vec<Group> = labs::all()
        .into_iter()
        .map(|lab| of_lab(lab, shown))
        .collect();
    groups.extend(of_tours());
    let mut left = &groups[..];
    while !left.is_empty() {
        let row = how_many_fit(left, most);
        let (now, later) = left.split_at(row);
        ui.horizontal_top(|ui| {
            for group in now {
                ui.vertical(|ui| group_ui(ui, group, most, &mut chosen, &mut about));
                ui.add_space(6.0);
            }
        });
        left = later;
    }
    ui.separator();
    let width = COLUMN * most.min(groups.iter().map(Group::columns).sum()) as f32;
    ui.allocate_ui(vec2(width, ABOUT), |ui| {
        ui.set_min_size(vec2(width, ABOUT));
        ui.add(Label::new(RichText::new(about).size(TYPE)).wrap());
    });
    chosen
}

/// How many groups stand side by side: at least one.
fn how_many_fit(groups: &[Group], most: usize) -> usize {
    let mut columns = 0;
    let fits = |group: &&Group| {
        columns += group.columns();
        columns <= most
    };
    groups.iter().take_while(fits).count().max(1)
}

fn group_ui(
    ui: &mut Ui,
    group: &Group,
    most: usize,
    chosen: &mut Option<Action>,
    about: &mut String,
) {
    let heading = ui.label(RichText::new(group.title).font(theme::bold(15.0)));
    if heading.hovered() {
        group.about.clone_into(about);
    }
    let columns = group.columns().min(most);
    let rows = group.entries.len().div_ceil(columns);
    Grid::new(group.title)
        .spacing([8.0, 1.0])
        .min_col_width(COLUMN - 24.0)
        .show(ui, |ui| {
            for row in 0..rows {
                for column in 0..columns {
                    let Some(entry) = group.entries.get(column * rows + row) else {
                        continue;
                    };
                    let words = RichText::new(&entry.words).size(TYPE);
                    let label = ui.selectable_label(entry.shown, words);
                    if label.hovered() {
                        entry.about.clone_into(about);
                    }
                    if label.clicked() {
                        *chosen = Some(entry.action);
                    }
                }
                ui.end_row();
            }
        });
}

/// The presets of a lab; those of the one on the screen with their keys.
fn of_lab(lab: &'static dyn Lab, shown: &Recipe) -> Group {
    let is_current = lab.id() == shown.lab.id();
    let entry = |(at, (preset, recipe)): (usize, (&'static Preset, &Recipe))| {
        // Nine keys; the others are one click away.
        let key = if is_current && at < 9 {
            format!("{}  ", at + 1)
        } else {
            "    ".to_owned()
        };
        Entry {
            words: format!("{key}{}", recipe.title),
            about: recipe.about.clone(),
            shown: is_current && shown.title == recipe.title,
            action: Action::Open(preset),
        }
    };
    let presets = lab.presets().iter().zip(shipped(lab));
    let mut entries: Vec<Entry> = presets.enumerate().map(entry).collect();
    if entries.is_empty() {
        entries.push(Entry {
            words: format!("    {}", lab.title()),
            about: lab.about().to_owned(),
            shown: is_current,
            action: Action::OpenDefaults(lab.id()),
        });
    }
    Group {
        title: lab.title(),
        about: lab.about(),
        entries,
    }
}

/// The tours, if there are any.
fn of_tours() -> Option<Group> {
    let entry = |tour: Listed| Entry {
        words: format!("    {}", tour.title),
        about: tour.about,
        shown: false,
        action: Action::StartTour(tour.id),
    };
    let entries: Vec<Entry> = tours::listed().map(entry).collect();
    (!entries.is_empty()).then_some(Group {
        title: "Tours",
        about: "A lecture in small steps: one key to go on, Esc to leave.",
        entries,
    })
}
