//! The bars of the lecture layout: what is needed before an audience, on one row each.

use eframe::egui::{
    Align, Button, FontId, Layout, RichText, Role as WidgetRole, Sense, Ui, WidgetInfo, vec2,
};

use super::actions::Action;
use super::live::LiveRun;
use super::state::Choices;
use super::time_axis::TimeAxis;
use super::{header, preset_menu, script, theme};
use crate::knobs::{Knob, Knobs, Role};
use crate::labs::Lab;
use crate::sim::families::families;

/// The window that the layout is made for, in points: it is zoomed to any other. On a screen of 1920 by 1080 pixels a
/// point has two of them, so that no digit is lower than 18 pixels.
const CANVAS: [f32; 2] = [960.0, 540.0];

/// The smallest type anywhere, in points: a digit of it has 18 pixels there.
pub(super) const LEAST_TYPE: f32 = 13.0;

/// Sizes at which a caption is tried, in points.
const CAPTION: [f32; 3] = [17.0, 15.0, 13.5];

/// Settings that have room in the bar.
const MOST_KNOBS: usize = 3;

/// Lines of a caption.
const LINES: usize = 2;

/// How much a window of this size, in pixels of an ordinary screen, is magnified.
pub(super) fn zoom(window: [f32; 2]) -> f32 {
    let [across, down] = [0, 1].map(|axis| window[axis] / CANVAS[axis]);
    across.min(down).clamp(1.0, 5.0)
}

/// The settings in the bar: those that a lab declares, or else the initialisation scale and the step size.
pub(super) fn knobs_of(lab: &dyn Lab, knobs: &Knobs) -> Vec<&'static Knob> {
    let declared = lab.lecture().knobs;
    let table = knobs.table();
    let chosen: Vec<&'static Knob> = if declared.is_empty() {
        let roles = [Role::InitialisationScale, Role::StepSize];
        roles
            .into_iter()
            .filter_map(|role| knobs.knob_of(role))
            .collect()
    } else {
        let known = |key: &'static str| table.iter().find(|knob| knob.key == key);
        declared.iter().copied().filter_map(known).collect()
    };
    let relevant = chosen.into_iter().filter(|knob| (knob.relevant)(knobs));
    relevant.take(MOST_KNOBS).collect()
}

/// Preset, transport, menu and clock.
pub(super) fn transport_ui(
    ui: &mut Ui,
    live: &LiveRun,
    choices: &Choices,
    axis: &TimeAxis,
    recording: bool,
    hidden: &mut Vec<&'static str>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    ui.horizontal(|ui| {
        preset_menu::presets_ui(ui, live, 0.3, &mut actions);
        let play = if live.playing() {
            header::PAUSE
        } else {
            header::PLAY
        };
        let button = header::steady_button_ui(ui, play, &[header::PLAY, header::PAUSE]);
        if button
            .on_hover_text("Start or stop the clock (Space)")
            .clicked()
        {
            actions.push(Action::TogglePlay);
        }
        for (text, hint, action) in [
            ("Step", "One step of every run (→)", Action::Step(1)),
            (
                "Reset",
                "Back to step 0 with the same seeds (R)",
                Action::Reset,
            ),
        ] {
            if ui.button(text).on_hover_text(hint).clicked() {
                actions.push(action);
            }
        }
        menu_ui(ui, live, choices, recording, hidden, &mut actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            header::clock_ui(ui, live, axis);
        });
    });
    actions
}

/// Everything else that has a button in the ordinary layout.
fn menu_ui(
    ui: &mut Ui,
    live: &LiveRun,
    choices: &Choices,
    recording: bool,
    hidden: &mut Vec<&'static str>,
    actions: &mut Vec<Action>,
) {
    let menu = ui.menu_button("Menu", |ui| {
        let entries = [
            ("Leave the lecture layout", "F2", Action::ToggleProjector),
            ("New seeds", "Shift+R", Action::NewSeeds),
            ("Run to convergence", "End", Action::RunToConvergence),
            ("Logarithmic or linear time", "L", Action::ToggleLogTime),
            ("Theory on or off", "O", Action::ToggleTheory),
            ("Control panel", "H", Action::ToggleControls),
            ("Light or dark", "T", Action::ToggleTheme),
            ("Full screen", "F11", Action::ToggleFullScreen),
            ("Sweeps", "W", Action::ToggleSweeps),
            ("Keys", "?", Action::ToggleHelp),
        ];
        for (text, keys, action) in entries {
            let is_known = !matches!(action, Action::ToggleLogTime) || live.lab().has_log_time();
            let entry = Button::new(text).shortcut_text(keys);
            if is_known && ui.add(entry).clicked() {
                actions.push(action);
            }
        }
        header::share_ui(ui, recording, actions);
        if let Some(history) = &live.screen.history {
            ui.menu_button("Runs", |ui| {
                for family in families(history) {
                    let id = family.family.id;
                    let mut shown = !hidden.contains(&id);
                    let toggle = ui.checkbox(&mut shown, family.title());
                    if toggle.on_hover_text(family.family.about).changed() {
                        if shown {
                            hidden.retain(|hidden| *hidden != id);
                        } else {
                            hidden.push(id);
                        }
                    }
                }
            });
        }
    });
    let colours = if choices.dark { "dark" } else { "light" };
    menu.response
        .on_hover_text(format!("Everything else; the colours are {colours}"));
}

/// The caption in at most two lines, smaller where it is long; their height is the same for all.
pub(super) fn caption_ui(ui: &mut Ui, text: &str) {
    let color = theme::text(ui.visuals().dark_mode);
    let (width, painter) = (ui.available_width(), ui.painter().clone());
    let laid_out = |text: &str, size: f32| {
        let mut job = script::job(text, &FontId::proportional(size), color);
        job.wrap.max_width = width;
        job.wrap.max_rows = LINES;
        painter.layout_job(job)
    };
    // Sentences have lines of their own where there is room for that.
    let joined = text.replace('\n', " ");
    let texts = [text, joined.as_str()].into_iter();
    let all = texts.flat_map(|text| CAPTION.map(|size| laid_out(text, size)));
    let mut all: Vec<_> = all.collect();
    let fits = all.iter().position(|galley| !galley.elided);
    let galley = all.swap_remove(fits.unwrap_or(all.len() - 1));
    let highest = LINES as f32
        * painter.fonts_mut(|fonts| fonts.row_height(&FontId::proportional(CAPTION[0])));
    let elided = galley.elided;
    let (rect, response) = ui.allocate_exact_size(vec2(width, highest), Sense::hover());
    painter.galley(rect.min, galley, color);
    response.widget_info(|| WidgetInfo::labeled(WidgetRole::Label, true, text));
    if elided {
        response.on_hover_text(text);
    }
}

/// Which of the plots are on the screen, and the way to the others.
pub(super) fn pages_ui(ui: &mut Ui, [page, pages]: [usize; 2]) -> Option<Action> {
    let mut asked = None;
    // From the right.
    for (text, hint, action) in [
        ("▶", "The next plots (Page Down)", Action::Walk(1)),
        ("◀", "The plots before (Page Up)", Action::Walk(-1)),
    ] {
        let button = ui.button(text);
        let name = hint.split(" (").next().unwrap_or(hint).to_owned();
        button.widget_info(|| WidgetInfo::labeled(WidgetRole::Button, true, &name));
        if button.on_hover_text(hint).clicked() {
            asked = Some(action);
        }
    }
    let words = RichText::new(format!("{page}/{pages}")).weak();
    ui.label(words)
        .on_hover_text("Plots of this preset, and where among them this is");
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;

    #[test]
    fn what_labs_declare_for_a_lecture_exists() {
        for lab in LABS {
            let declared = lab.lecture();
            let knobs = lab.knobs();
            for key in declared.knobs {
                assert!(knobs.iter().any(|knob| knob.key == *key), "{key}");
            }
            let mut panels = lab.cells().iter().copied().flatten();
            for id in declared.panels {
                assert!(panels.clone().any(|panel| panel.id == *id), "{id}");
            }
            assert!(panels.next().is_some());
            let shown = knobs_of(*lab, &Knobs::new(knobs));
            assert!((1..=3).contains(&shown.len()), "{}", lab.id());
        }
    }

    #[test]
    fn the_layout_is_magnified_to_the_window() {
        assert_eq!(zoom([1920.0, 1080.0]), 2.0);
        assert!((zoom([1280.0, 720.0]) - 4.0 / 3.0).abs() < 1e-6);
        assert_eq!(zoom([480.0, 360.0]), 1.0);
    }
}
