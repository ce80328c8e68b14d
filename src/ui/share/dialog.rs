//! What to save, how, and where: a small window, drawn until it is answered.

use std::path::PathBuf;

use eframe::egui::{Align2, ComboBox, Context, DragValue, Grid, Key, RichText, Ui, Window};

use super::item::{Format, Item};
use super::place::Place;
use crate::figure::clip::{self, Law};
use crate::figure::output;
use crate::scene::Panel;
use crate::ui::theme;

/// How a clip is made.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct ClipSettings {
    /// The first and the last step shown.
    pub(in crate::ui) steps: [u64; 2],
    /// Pixels.
    pub(in crate::ui) size: [u32; 2],
    pub(in crate::ui) frames_per_second: f64,
    pub(in crate::ui) seconds: f64,
    pub(in crate::ui) law: Law,
}

const SIZES: [[u32; 2]; 4] = [[640, 360], [960, 540], [1280, 720], [1920, 1080]];

/// See the module.
#[derive(Debug)]
pub(in crate::ui) struct Dialog {
    pub(in crate::ui) item: Item,
    /// Whether it is about a sweep and not about a run.
    pub(in crate::ui) of_sweep: bool,
    pub(in crate::ui) format: Format,
    /// Pixels of a picture per point of the screen.
    pub(in crate::ui) scale: f32,
    pub(in crate::ui) dark: bool,
    pub(in crate::ui) clip: ClipSettings,
    /// Whether the plots carry the caption.
    pub(in crate::ui) captioned: bool,
    /// Whether a run's folder holds its randomness as well.
    pub(in crate::ui) record_noise: bool,
    place: Place,
    /// The frame that it was shown in first. A key that is still down in it opened the dialog, and is none of its own.
    first_frame: Option<u64>,
}

/// What the user answered.
pub(in crate::ui) enum Answer {
    /// Save to this path; what is there may be replaced.
    Save(PathBuf),
    /// To the clipboard.
    Copy,
    /// Ask with the platform's dialog.
    #[cfg(not(target_arch = "wasm32"))]
    Browse,
    /// Nothing.
    Close,
}

impl Dialog {
    pub(in crate::ui) fn new(item: Item, title: &str, folder: PathBuf, steps: [u64; 2]) -> Self {
        let mut dialog = Self {
            format: item.formats()[0],
            of_sweep: matches!(item, Item::Sweep),
            item,
            scale: 2.0,
            dark: false,
            clip: ClipSettings {
                steps,
                size: SIZES[1],
                frames_per_second: 25.0,
                seconds: 10.0,
                law: Law::LogTime,
            },
            captioned: true,
            record_noise: false,
            place: Place::new(slug(title), folder),
            first_frame: None,
        };
        dialog.suggest();
        dialog
    }

    /// Suggests a name.
    fn suggest(&mut self) {
        let what = match self.item {
            Item::Plots => "plots",
            Item::Plot(panel) => panel.id,
            Item::Window => "window",
            Item::Clip => "clip",
            Item::Data => "run",
            Item::Sweep => "sweep",
        };
        self.place.suggest(what, self.format.extension());
    }

    /// The file's name and folder for the platform's dialog.
    #[cfg(not(target_arch = "wasm32"))]
    pub(in crate::ui) fn proposal(&self) -> (String, PathBuf) {
        self.place.proposal()
    }

    /// Whether a folder is made rather than a file.
    pub(in crate::ui) fn is_folder(&self) -> bool {
        matches!(
            self.format,
            Format::Folder | Format::Clip(clip::Format::Frames)
        )
    }

    /// Takes a path from the platform's dialog, which has asked before replacing.
    #[cfg(not(target_arch = "wasm32"))]
    pub(in crate::ui) fn choose(&mut self, path: PathBuf) {
        self.place.choose(path);
    }

    /// Draws the dialog; returns the answer once there is one.
    pub(in crate::ui) fn show(
        &mut self,
        ctx: &Context,
        plots: &[&'static Panel],
    ) -> Option<Answer> {
        let mut open = true;
        let mut answer = None;
        Window::new("Save")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
            .show(ctx, |ui| {
                Grid::new("save")
                    .num_columns(2)
                    .spacing([16.0, 8.0])
                    .show(ui, |ui| {
                        self.item_ui(ui, plots);
                        self.format_ui(ui);
                        if matches!(self.item, Item::Clip) {
                            self.clip_ui(ui);
                        } else if self.item.is_picture() && self.format != Format::Csv {
                            self.picture_ui(ui);
                        }
                        answer = self.place.ui(ui, self.is_folder());
                    });
                ui.add_space(8.0);
                answer = answer.take().or_else(|| self.buttons_ui(ui));
            });
        if !open || ctx.input(|input| input.key_pressed(Key::Escape)) {
            return Some(Answer::Close);
        }
        answer
    }

    fn item_ui(&mut self, ui: &mut Ui, plots: &[&'static Panel]) {
        let label = ui.label("What");
        let before = self.item.label();
        let all: &[Item] = if self.of_sweep {
            &[Item::Sweep, Item::Window]
        } else {
            &[Item::Plots, Item::Window, Item::Clip, Item::Data]
        };
        let single = plots.iter().map(|panel| Item::Plot(panel));
        let combo = ComboBox::from_id_salt("item")
            .width(260.0)
            .selected_text(&before);
        let combo = combo.height(400.0).show_ui(ui, |ui| {
            for item in all.iter().copied().chain(single) {
                let text = item.label();
                if ui.selectable_label(text == before, text).clicked() {
                    self.item = item;
                    if !item.formats().contains(&self.format) {
                        self.format = item.formats()[0];
                    }
                    self.suggest();
                }
            }
        });
        combo.response.labelled_by(label.id);
        ui.end_row();
    }

    fn format_ui(&mut self, ui: &mut Ui) {
        ui.label("Format");
        let before = self.format;
        ui.horizontal(|ui| {
            for format in self.item.formats() {
                ui.selectable_value(&mut self.format, *format, format.label());
            }
            if self.format == Format::Folder {
                ui.checkbox(&mut self.record_noise, "with its randomness").on_hover_text(
                    "Also the samples, label noise and Brownian increments, from which other programs can replay it",
                );
            }
        });
        if self.format != before {
            self.suggest();
        }
        ui.end_row();
    }

    fn picture_ui(&mut self, ui: &mut Ui) {
        if matches!(self.item, Item::Plots | Item::Plot(_)) {
            ui.label("Caption");
            ui.checkbox(&mut self.captioned, "what to notice, over the plots");
            ui.end_row();
        }
        if self.format == Format::Figure(output::Format::Png) {
            ui.label("Size");
            ui.horizontal(|ui| {
                for scale in [1.0, 2.0, 4.0] {
                    ui.selectable_value(&mut self.scale, scale, format!("{scale}×"));
                }
            });
            ui.end_row();
        }
        self.background_ui(ui);
    }

    fn background_ui(&mut self, ui: &mut Ui) {
        ui.label("Background");
        ui.horizontal(|ui| {
            ui.selectable_value(&mut self.dark, false, "white");
            ui.selectable_value(&mut self.dark, true, "dark");
        });
        ui.end_row();
    }

    fn clip_ui(&mut self, ui: &mut Ui) {
        let clip = &mut self.clip;
        let number = |ui: &mut Ui, label: &str, drag: DragValue<'_>| {
            let label = ui.label(label);
            ui.add(drag).labelled_by(label.id);
            ui.end_row();
        };
        let last = clip.steps[1].max(1);
        number(
            ui,
            "From step",
            DragValue::new(&mut clip.steps[0]).range(0..=last - 1),
        );
        let first = clip.steps[0];
        number(
            ui,
            "To step",
            DragValue::new(&mut clip.steps[1]).range(first + 1..=u64::MAX),
        );
        ui.label("Clock");
        ui.horizontal(|ui| {
            ui.selectable_value(&mut clip.law, Law::LogTime, "logarithmic")
                .on_hover_text(
                    "Every second as many times further: early steps are seen as well as late ones",
                );
            ui.selectable_value(&mut clip.law, Law::Linear, "even")
                .on_hover_text("Every second as many steps");
        });
        ui.end_row();
        number(
            ui,
            "Seconds",
            DragValue::new(&mut clip.seconds)
                .range(1.0..=60.0)
                .speed(0.1),
        );
        let rate = DragValue::new(&mut clip.frames_per_second);
        number(ui, "Frames a second", rate.range(1.0..=50.0).speed(0.1));
        ui.label("Pixels");
        ui.horizontal(|ui| {
            for size in SIZES {
                let [width, height] = size;
                ui.selectable_value(&mut clip.size, size, format!("{width}×{height}"));
            }
        });
        ui.end_row();
        self.background_ui(ui);
    }

    fn buttons_ui(&mut self, ui: &mut Ui) -> Option<Answer> {
        let path = self.place.path(self.is_folder());
        let taken = self.place.is_taken();
        // A folder may hold anything: it is never replaced.
        let forbidden = taken && self.is_folder();
        let mut answer = None;
        let frame = ui.ctx().cumulative_frame_nr();
        let is_first = *self.first_frame.get_or_insert(frame) == frame;
        ui.horizontal(|ui| {
            let words = if taken { "Replace" } else { "Save" };
            let save = ui.add_enabled(
                !forbidden && path.is_some(),
                eframe::egui::Button::new(RichText::new(words).font(theme::bold(15.0))),
            );
            let enter = !taken && !is_first && ui.input(|input| input.key_pressed(Key::Enter));
            if save.clicked() || (enter && save.enabled()) {
                answer = path.map(Answer::Save);
            }
            if self.item.is_picture() && self.format == Format::Figure(output::Format::Png) {
                let copy = ui.button("Copy");
                if copy
                    .on_hover_text("To the clipboard, as a picture")
                    .clicked()
                {
                    answer = Some(Answer::Copy);
                }
            }
            if ui.button("Close").clicked() {
                answer = Some(Answer::Close);
            }
            if taken {
                let dark = ui.visuals().dark_mode;
                let words = if forbidden {
                    "This folder is in use: choose another name."
                } else {
                    "A file of this name exists."
                };
                ui.label(RichText::new(words).color(theme::warning(dark)));
            }
        });
        answer
    }
}

/// A title as part of a file's name.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(40);
    if slug.is_empty() {
        "run".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names() {
        assert_eq!(
            slug("Fig 5: label noise, then none"),
            "fig-5-label-noise-then-none"
        );
        assert_eq!(slug("β → ∞"), "run");
    }
}
