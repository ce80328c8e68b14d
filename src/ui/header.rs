//! The top of the window: preset, transport, question or caption, legend.

use std::cell::RefCell;

use eframe::egui::{
    Align, Button, ComboBox, FontId, Label, Layout, Response, RichText, Sense, Slider,
    SliderClamping, Stroke, TextStyle, Ui, Vec2, vec2,
};

use super::actions::{self, Action, keep_arrows};
use super::controls;
use super::live::LiveRun;
use super::playback::{past_ground, past_in_words, said_ui};
use super::plot::mark_of_look;
use super::state::Choices;
use super::time_axis::TimeAxis;
use super::{preset_menu, script, theme};
use crate::format::{count, number, rate};
use crate::knobs::{Kind, Knobs, Role, Value};
use crate::labs::{Lab, Shown};
use crate::palette::{Ink, Look};
use crate::recipe::question::Question;
use crate::scene::pictures;
use crate::sim::experiment::Family;
use crate::sim::families::families;
use crate::sim::message::Phase;

/// Room for the mark of a family.
const MARK: f32 = 34.0;

/// Room for the clock.
const CLOCK: f32 = 330.0;

/// Steps a second when the pace is no longer the fastest.
const MEDIUM_PACE: f64 = 1000.0;

/// What the button says that starts and stops the clock.
pub(super) const PLAY: &str = "▶ Play";
pub(super) const PAUSE: &str = "⏸ Pause";

/// A button as wide as the longest of the texts that it may have: its neighbours keep their places.
pub(super) fn steady_button_ui(ui: &mut Ui, text: &str, all: &[&str]) -> Response {
    let font = TextStyle::Button.resolve(ui.style());
    let color = ui.visuals().text_color();
    let widths = all.iter().map(|text| {
        let words = (*text).to_owned();
        ui.painter()
            .layout_no_wrap(words, font.clone(), color)
            .size()
            .x
    });
    let width = widths.fold(0.0, f32::max) + 2.0 * ui.spacing().button_padding.x;
    ui.add(Button::new(text).min_size(vec2(width, 0.0)))
}

/// Preset and transport; returns what was asked for. `refused` becomes why the pace that was typed is none.
pub(super) fn transport_ui(
    ui: &mut Ui,
    live: &mut LiveRun,
    choices: &Choices,
    recording: bool,
    refused: &mut Option<String>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    ui.horizontal_wrapped(|ui| {
        preset_menu::presets_ui(ui, live, 0.3, &mut actions);
        ui.separator();
        let play = if live.playing() { PAUSE } else { PLAY };
        let toggle = steady_button_ui(ui, play, &[PLAY, PAUSE]);
        if toggle.on_hover_text("Start or stop the clock (Space)").clicked() {
            actions.push(Action::TogglePlay);
        }
        let mut button = |ui: &mut Ui, text: &str, hint: &str, action: Action| {
            if ui.button(text).on_hover_text(hint).clicked() {
                actions.push(action);
            }
        };
        button(ui, "Step", "One step of every run (→)", Action::Step(1));
        button(ui, "×100", "A hundred steps (Shift+→)", Action::Step(100));
        button(
            ui,
            "Reset",
            "Back to step 0 with the same seeds (R)",
            Action::Reset,
        );
        button(
            ui,
            "New seeds",
            "Back to step 0 with other seeds, for other data and other noise (Shift+R)",
            Action::NewSeeds,
        );
        button(
            ui,
            "Converge",
            "Full speed until every run has converged or diverged, or the recipe ends; once more to go beyond (End)",
            Action::RunToConvergence,
        );
        ui.separator();
        // A slider does not wrap by itself.
        if ui.available_size_before_wrap().x < 320.0 {
            ui.end_row();
        }
        speed_ui(ui, &mut live.intent.recipe.knobs, refused);
        ui.separator();
        share_ui(ui, recording, &mut actions);
        let sweeps = ui.button("Sweeps");
        let hint = "Where runs end, over one or two settings and seeds (W)";
        if sweeps.on_hover_text(hint).clicked() {
            actions.push(Action::ToggleSweeps);
        }
        view_ui(ui, choices, &mut actions);
    });
    actions
}

/// What changes the window and not what it shows.
pub(super) fn view_ui(ui: &mut Ui, choices: &Choices, actions: &mut Vec<Action>) {
    let colours = if choices.dark { "Light" } else { "Dark" };
    let toggle = steady_button_ui(ui, colours, &["Light", "Dark"]);
    if toggle.on_hover_text("Light or dark colours (T)").clicked() {
        actions.push(Action::ToggleTheme);
    }
    for (text, hint, action) in [
        (
            "Controls",
            "Hide or show the control panel (H)",
            Action::ToggleControls,
        ),
        ("?", "List the keys (?)", Action::ToggleHelp),
    ] {
        if ui.button(text).on_hover_text(hint).clicked() {
            actions.push(action);
        }
    }
}

/// What comes in and goes out: in words, its keys, what is to be done.
pub(super) fn share_items(
    recording: bool,
) -> impl Iterator<Item = (&'static str, &'static str, Action)> {
    let record = if recording {
        "End the recording and save it …"
    } else {
        "Record a clip from now"
    };
    [
        ("Save the plots …", "S", Action::SavePlots),
        ("Save the window …", "Shift+S", Action::SaveWindow),
        ("Save a clip of the run so far …", "", Action::SaveClip),
        (record, actions::RECORD_KEYS, Action::Record),
        ("Save the run's data …", "", Action::SaveData),
        ("Copy the plots", "Ctrl+C", Action::CopyPlots),
        (
            "Copy a link to the run",
            actions::COPY_LINK_KEYS,
            Action::CopyLink,
        ),
        #[cfg(not(target_arch = "wasm32"))]
        ("Paste a link", "Ctrl+V", Action::PasteLink),
        ("Open a file …", "Ctrl+O", Action::OpenFile),
    ]
    .into_iter()
}

/// The menu of what comes in and goes out.
pub(super) fn share_ui(ui: &mut Ui, recording: bool, actions: &mut Vec<Action>) {
    let menu = ui.menu_button("Share", |ui| {
        for (text, keys, action) in share_items(recording) {
            if ui.add(Button::new(text).shortcut_text(keys)).clicked() {
                actions.push(action);
            }
        }
    });
    menu.response
        .on_hover_text("Pictures, clips, data and links out of the window, and back into it");
}

/// The pace, if the lab has a setting for it.
fn speed_ui(ui: &mut Ui, knobs: &mut Knobs, refused: &mut Option<String>) {
    let Some(knob) = knobs.knob_of(Role::Pace) else {
        return;
    };
    let Kind::Real {
        slider: [slowest, fastest],
        auto,
        ..
    } = knob.kind
    else {
        return;
    };
    let label = ui.label(knob.label).on_hover_text(knob.help);
    ui.spacing_mut().slider_width = 84.0;
    let chosen = knobs.real_of(Role::Pace);
    let before = chosen.unwrap_or(fastest);
    let mut pace = before;
    let typed = RefCell::new(None);
    let slider = Slider::new(&mut pace, slowest..=fastest)
        .logarithmic(true)
        .clamping(SliderClamping::Never)
        .update_while_editing(false)
        .custom_formatter(|pace, _| rate(pace))
        .custom_parser(|text| {
            // Who comes by with the Tab key has typed nothing.
            if text == rate(before) {
                return Some(before);
            }
            let read = controls::read(knob, text);
            let pace = read.as_ref().ok().copied();
            *typed.borrow_mut() = Some(read.err());
            pace
        });
    let response = ui
        .add_enabled(chosen.is_some(), slider)
        .labelled_by(label.id)
        .on_hover_text(knob.help);
    keep_arrows(&response);
    if let Some(refusal) = typed.take() {
        *refused = refusal;
    }
    let mut set = |value: Value| {
        // What the slider and its field give lies in the knob's range.
        drop(knobs.set_of(Role::Pace, value));
    };
    if response.changed() {
        set(Value::Real(pace));
    }
    let Some(word) = auto else { return };
    let mut is_max = chosen.is_none();
    let toggle = ui.toggle_value(&mut is_max, word);
    if toggle.on_hover_text("As fast as it goes").changed() {
        set(if is_max {
            Value::Word(word.to_owned())
        } else {
            Value::Real(MEDIUM_PACE)
        });
    }
}

/// Where the clock stands, right-aligned.
pub(super) fn clock_ui(ui: &mut Ui, live: &LiveRun, axis: &TimeAxis) {
    let Some(history) = &live.screen.history else {
        return;
    };
    let row = axis.leading_row(history).unwrap_or(0);
    let step = history.step.get(row).copied().unwrap_or(0);
    let time = history.time.get(row).copied().unwrap_or(0.0);
    let words = &history.setup.clock;
    let past = past_in_words(axis, history);
    let is_past = past.is_some();
    let mut parts = vec![
        past.unwrap_or_else(|| format!("{} = {}", words.step, count(step))),
        format!("{} = {}", words.time, number(time, 3)),
    ];
    if let Some(status) = &live.screen.status
        && status.phase == Phase::Playing
        && status.steps_per_second > 0.0
    {
        parts.push(format!("{} steps/s", rate(status.steps_per_second)));
    }
    let dark = ui.visuals().dark_mode;
    let mut told = script::job(&parts.join("   "), &theme::bold(15.0), theme::text(dark));
    if is_past {
        for section in &mut told.sections {
            section.format.background = past_ground(dark);
        }
    }
    // As wide as the largest numbers make it: what follows keeps its place.
    let (width, height) = (
        CLOCK.min(ui.available_width()),
        ui.spacing().interact_size.y,
    );
    let clock = ui.allocate_ui_with_layout(vec2(width, height), *ui.layout(), |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(told).truncate())
    });
    clock.inner.on_hover_text(format!(
        "{}, {}, and steps per second over the last half second",
        words.steps_axis, words.time_axis
    ));
}

/// Two lines: the question before the run, afterwards what to notice, from the numbers at the
/// cursor.
pub(super) fn caption_ui(ui: &mut Ui, live: &LiveRun, axis: &TimeAxis, hidden: &[&'static str]) {
    let color = theme::text(ui.visuals().dark_mode);
    let label_ui = |ui: &mut Ui, text: &str| {
        let mut job = script::job(text, &FontId::proportional(17.0), color);
        job.wrap.max_width = ui.available_width();
        ui.add(Label::new(job).wrap());
    };
    let text = caption(live, axis, hidden);
    said_ui(ui, axis, |ui| label_ui(ui, &text));
}

/// The question before the run, afterwards what to notice, and of when where time was stopped.
pub(super) fn caption(live: &LiveRun, axis: &TimeAxis, hidden: &[&'static str]) -> String {
    let recipe = &live.intent.recipe;
    let Some(history) = &live.screen.history else {
        return recipe.about.clone();
    };
    if history.step.last().is_some_and(|step| *step > 0) {
        let row = axis.leading_row(history).unwrap_or(0);
        let caption = live.lab().caption(&Shown {
            knobs: &recipe.knobs,
            history,
            row,
            hidden,
        });
        return match past_in_words(axis, history) {
            Some(past) => format!("At {past}: {caption}"),
            None => caption,
        };
    }
    let changes = live.changes_in_words();
    if !changes.is_empty() {
        // What was written for the preset may hold no longer.
        return format!("{}: {changes}.", live.title());
    }
    if recipe.question.is_empty() {
        return recipe.about.clone();
    }
    let question = Question::read(&recipe.question);
    let hint = if question.options.is_empty() {
        ""
    } else {
        "  (Q: answer before the run)"
    };
    format!("{}{hint}", question.text)
}

/// One chip per family: its line, its name, how many runs; a click hides or shows it.
pub(super) fn legend_ui(ui: &mut Ui, live: &LiveRun, hidden: &mut Vec<&'static str>) {
    let Some(history) = &live.screen.history else {
        return;
    };
    for family in families(history) {
        let Family {
            id, about, look, ..
        } = family.family;
        let shown = !hidden.contains(&id);
        if chip_ui(ui, look, &family.title(), shown)
            .on_hover_text(format!("{about}\nClick to hide or show."))
            .clicked()
        {
            if shown {
                hidden.push(id);
            } else {
                hidden.retain(|hidden| *hidden != id);
            }
        }
    }
    if let Some(truth) = pictures::truth(history) {
        let (rect, _) = ui.allocate_exact_size(vec2(16.0, 20.0), Sense::hover());
        let reference = theme::color(Ink::Reference, ui.visuals().dark_mode);
        ui.painter()
            .circle_stroke(rect.center(), 5.5, Stroke::new(2.0, reference));
        ui.label(truth.label).on_hover_text(truth.about);
    }
}

fn chip_ui(ui: &mut Ui, look: Look, text: &str, shown: bool) -> Response {
    let dark = ui.visuals().dark_mode;
    let font = theme::bold(15.0);
    // A mark and its name do not part, and do not wrap by themselves.
    let words = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font.clone(), theme::text(dark));
    let width = MARK + ui.spacing().item_spacing.x + words.size().x;
    if width > ui.available_size_before_wrap().x {
        ui.end_row();
    }
    let label = RichText::new(text).font(font);
    let label = if shown {
        label
    } else {
        label.strikethrough().color(theme::weak_text(dark))
    };
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(MARK, 20.0), Sense::hover());
        mark_of_look(ui.painter(), rect, look, dark);
        ui.add(Button::new(label).frame(false))
    })
    .inner
}

/// Clock and scale of the time axis.
/// The row also has the way to the lecture layout; returns whether it was asked for.
pub(super) fn axis_ui(ui: &mut Ui, lab: &dyn Lab, choices: &mut Choices) -> bool {
    let words = lab.clock();
    let row = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let lecture = ui.button("Lecture");
        let lecture = lecture.on_hover_text("One or two plots in large type, and back (F2)");
        ui.spacing_mut().interact_size = Vec2::new(0.0, 22.0);
        if lab.has_log_time() {
            ui.checkbox(&mut choices.log_time, "log time")
                .on_hover_text("Logarithmic or linear time axis (L)");
        }
        ui.checkbox(&mut choices.theory, "theory")
            .on_hover_text("Compute where the theory says each run must end, and draw it (O)");
        let combo =
            ComboBox::from_id_salt("clock").selected_text(choices.clock_of(lab).label(words));
        let response = combo
            .show_ui(ui, |ui| {
                for clock in super::time_axis::Clock::known(lab.roles()) {
                    ui.selectable_value(&mut choices.clock, clock, clock.label(words));
                }
            })
            .response;
        super::controls::name(&response, "Time axis");
        let hint = format!("What the time axis counts. {}", words.about);
        response.on_hover_text(hint.trim_end());
        lecture.clicked()
    });
    row.inner
}
