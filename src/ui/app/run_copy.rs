//! A copy of the run on the screen and of how it is shown: what pictures, clips and data are made of
//! on another thread while the window goes on.

use std::path::Path;

use crate::figure::clip::{self, Clip, Outcome, playback};
use crate::figure::image::Image;
use crate::figure::imprint::Imprint;
use crate::figure::output::{self, PIXELS_PER_POINT};
use crate::figure::page::{Ground, Page};
use crate::figure::{Figure, catalogue};
use crate::format::count;
use crate::recipe::Recipe;
use crate::scene::Panel;
use crate::scene::clock::Clock;
use crate::scene::ghosts::{self, Ghost};
use crate::scene::memory::Memory;
use crate::scene::pictures::cell;
use crate::scene::view::View;
use crate::sim::history::History;
use crate::ui::pins::Described;
use crate::ui::share::dialog::{ClipSettings, Dialog};
use crate::ui::share::jobs::{Ended, Handle};

/// Width of saved plots at 1×, in pixels: of all of them, and of a single one.
pub(super) const WIDTHS: [f64; 2] = [1280.0, 800.0];

/// See the module.
#[derive(Clone)]
pub(super) struct RunCopy {
    pub(super) recipe: Recipe,
    /// What it is called.
    pub(super) title: String,
    /// What to notice of it.
    pub(super) caption: String,
    pub(super) history: History,
    /// What is shown of it, in this order.
    pub(super) panels: Vec<&'static Panel>,
    pub(super) clock: Clock,
    pub(super) log_time: bool,
    pub(super) theory: bool,
    pub(super) hidden: Vec<&'static str>,
    /// The step at which time was stopped.
    pub(super) cursor: Option<u64>,
    /// Runs that are kept for comparison, with what tells them from this one.
    pub(super) pins: Vec<Described>,
}

impl RunCopy {
    /// The pictures, up to step `until` of a history that goes further.
    pub(super) fn figure(&self, until: Option<u64>) -> Figure {
        let view = View {
            history: &self.history,
            knobs: &self.recipe.knobs,
            clock: self.clock,
            log_time: self.log_time,
            theory: self.theory,
            hidden: &self.hidden,
            cursor: self.cursor.filter(|_| until.is_none()),
            until,
            window: None,
        };
        let pins = self.pins.iter();
        let ghosts: Vec<Ghost<'_>> = pins.zip(0..).map(|(pin, id)| pin.ghost(id)).collect();
        let panels = self.panels.iter();
        let cells = panels.map(|panel| {
            let mut cell = cell(panel, &view, &mut Memory::default());
            ghosts::add(&mut cell.content, panel, &view, &ghosts, &mut Vec::new());
            cell
        });
        let mut figure = Figure::of(cells, self.panels.len().min(3), &view);
        figure.title.clone_from(&self.title);
        let pins = self.pins.iter();
        let pins = pins.map(|pin| ghosts::legend_entry(pin.name, &pin.words));
        figure.legend.extend(pins);
        figure.footer = self.footer(until);
        figure
    }

    pub(super) fn footer(&self, until: Option<u64>) -> String {
        let last = self.history.len().saturating_sub(1);
        let step = until.or(self.cursor);
        let row = step.and_then(|step| self.history.row_at(step as f64));
        let Recipe { lab, knobs, .. } = &self.recipe;
        let line = lab.provenance(knobs, &self.history, row.unwrap_or(last));
        catalogue::footer(&line, &self.title)
    }

    pub(super) fn imprint(&self) -> Imprint {
        Imprint::of(&self.recipe, &self.title, &self.recipe.about)
    }

    pub(super) fn page(&self, dark: bool) -> Page {
        let width = WIDTHS[usize::from(self.panels.len() == 1)] / PIXELS_PER_POINT;
        Page {
            width,
            height: None,
            type_size: 11.0,
            ground: Ground::of_theme(dark),
            tight: false,
        }
    }
}

/// A run that is drawn once more, step by step.
pub(super) struct ClipPlan {
    copy: RunCopy,
    settings: ClipSettings,
    format: clip::Format,
    page: Page,
    /// The step of every frame.
    steps: Vec<u64>,
}

impl ClipPlan {
    pub(super) fn new(copy: RunCopy, dialog: &Dialog, format: clip::Format) -> Self {
        let settings = dialog.clip;
        let frames = (settings.seconds * settings.frames_per_second).round() as usize;
        let [points_wide, points_high] = settings
            .size
            .map(|pixels| f64::from(pixels) / PIXELS_PER_POINT);
        Self {
            copy,
            settings,
            format,
            page: Page {
                width: points_wide,
                height: Some(points_high),
                // Legible at the size of a slide, whatever the number of pixels.
                type_size: points_wide / 72.0,
                ground: Ground::of_theme(dialog.dark),
                tight: false,
            },
            steps: playback(settings.steps[0], settings.steps[1], frames, settings.law),
        }
    }

    /// How many frames there are.
    pub(super) fn frames(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn draw(&self, at: usize) -> Result<Image, output::FigureError> {
        output::image(&self.copy.figure(Some(self.steps[at])), &self.page, 1.0)
    }

    /// Writes the frames that `frame` gives.
    pub(super) fn write<E: std::fmt::Display>(
        &self,
        path: &Path,
        frame: impl FnMut(usize) -> Result<Image, E>,
        handle: &Handle,
    ) -> Ended {
        let [width, height] = self.settings.size;
        let imprint = self.copy.imprint();
        let clip = Clip {
            width,
            height,
            frames: self.frames(),
            frames_per_second: self.settings.frames_per_second,
            text: &imprint.texts(),
        };
        let mut progress = |done: usize| handle.report(done as f64 / self.frames() as f64);
        match clip::write(path, self.format, &clip, frame, &mut progress) {
            Ok(Outcome::Written { bytes }) => Ended::Message(format!(
                "Saved {} ({} kB)",
                path.display(),
                count(bytes.div_ceil(1000))
            )),
            Ok(Outcome::Cancelled) => Ended::Cancelled,
            Err(error) => Ended::Failed(error.to_string()),
        }
    }
}
