//! Runs that are kept for comparison: ghosts in every plot over time, with what tells them from the run on
//! the screen.

use std::sync::Arc;

use eframe::egui::{Button, Rect, RichText, Sense, Stroke, Ui, vec2};

use super::live::{Kept, Shown};
use super::theme;
use crate::knobs::Knobs;
use crate::labs::Lab;
use crate::recipe::{Recipe, difference};
use crate::scene::clock::Clock;
use crate::scene::ghosts::Ghost;
use crate::scene::scale::place;

/// How many there can be.
pub(super) const MOST: usize = 4;

/// Room for the label of one.
const CHIP: f32 = 260.0;

/// Their names.
const NAMES: [char; MOST] = ['A', 'B', 'C', 'D'];

/// A run that is kept for comparison.
pub(super) struct Pin {
    id: u64,
    name: char,
    /// With its run.
    kept: Kept,
    run: Arc<Shown>,
    places: Places,
}

/// Where the rows of a run are on a time axis.
#[derive(Default)]
struct Places {
    of: Option<(Clock, bool)>,
    places: Vec<Vec<Option<f64>>>,
    last: Option<f64>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Pins {
    pins: Vec<Pin>,
    /// Whether they are out of sight for a while, where they would give an answer away.
    pub(super) hidden: bool,
    next_id: u64,
}

/// What is asked for in the legend.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// Show a pin and pin what was shown.
    Swap(usize),
    /// Take one away.
    Remove(usize),
}

impl Pins {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.pins.len()
    }

    fn in_sight(&self) -> impl Iterator<Item = &Pin> {
        self.pins.iter().filter(|_| !self.hidden)
    }

    /// Keeps a run; `false` if it has no run or there are too many already.
    pub(super) fn add(&mut self, kept: Kept) -> bool {
        let name = NAMES.into_iter().find(|name| {
            let mut taken = self.pins.iter().map(|pin| pin.name);
            taken.all(|taken| taken != *name)
        });
        let Some((name, run)) = name.zip(kept.run.clone()) else {
            return false;
        };
        self.next_id += 1;
        self.pins.push(Pin {
            id: self.next_id,
            name,
            kept,
            run,
            places: Places::default(),
        });
        true
    }

    /// Puts another run in the place of a pin, or of the newest one; returns the run that was there.
    pub(super) fn exchange(&mut self, at: Option<usize>, kept: Kept) -> Option<Kept> {
        let at = at.unwrap_or_else(|| self.pins.len().saturating_sub(1));
        let run = kept.run.clone()?;
        let pin = self.pins.get_mut(at)?;
        self.next_id += 1;
        pin.id = self.next_id;
        pin.run = run;
        pin.places = Places::default();
        Some(std::mem::replace(&mut pin.kept, kept))
    }

    /// Takes one away.
    pub(super) fn remove(&mut self, at: usize) {
        if at < self.pins.len() {
            self.pins.remove(at);
        }
    }

    /// Takes all of them away.
    pub(super) fn clear(&mut self) {
        self.pins.clear();
    }

    /// Finds where the rows are on a time axis; how far they reach on that of a lab.
    pub(super) fn prepare(&mut self, lab: &dyn Lab, clock: Clock, log: bool) -> Option<f64> {
        for pin in &mut self.pins {
            pin.places.prepare(&pin.run, clock, log);
        }
        let of_lab = self.in_sight().filter(|pin| pin.is_of(lab));
        let ends = of_lab.filter_map(|pin| pin.places.last);
        ends.max_by(f64::total_cmp)
    }

    /// Those that can be drawn over the pictures of a lab, as they were prepared.
    pub(super) fn ghosts(&self, lab: &dyn Lab) -> Vec<Ghost<'_>> {
        let of_lab = self.in_sight().filter(|pin| pin.is_of(lab));
        let ghosts = of_lab.map(|pin| Ghost {
            id: pin.id,
            name: pin.name,
            history: &pin.run.history,
            knobs: &pin.kept.recipe.knobs,
            readings: &pin.places.places,
        });
        ghosts.collect()
    }

    /// The pins that can be drawn over the pictures of a run, with what tells them from it.
    pub(super) fn described(&self, shown: &Recipe) -> Vec<Described> {
        let of_lab = self.in_sight().filter(|pin| pin.is_of(shown.lab));
        let described = of_lab.map(|pin| Described {
            name: pin.name,
            words: pin.words(shown),
            run: pin.run.clone(),
            knobs: pin.kept.recipe.knobs.clone(),
        });
        described.collect()
    }
}

/// A pin as a page needs it.
#[derive(Clone)]
pub(super) struct Described {
    pub(super) name: char,
    /// What tells it from the run on the screen.
    pub(super) words: String,
    run: Arc<Shown>,
    knobs: Knobs,
}

impl Described {
    /// What is drawn of it on a page.
    pub(super) fn ghost(&self, id: u64) -> Ghost<'_> {
        Ghost {
            id,
            name: self.name,
            history: &self.run.history,
            knobs: &self.knobs,
            readings: &[],
        }
    }
}

impl Places {
    fn prepare(&mut self, run: &Shown, clock: Clock, log: bool) {
        if self.of == Some((clock, log)) {
            return;
        }
        let history = &run.history;
        let runs = if clock.is_shared() {
            1
        } else {
            history.runs.len()
        };
        let of = |run: usize| -> Vec<Option<f64>> {
            let readings = clock.readings(history, run).into_iter();
            readings.map(|reading| place(reading, log)).collect()
        };
        self.places = (0..runs).map(of).collect();
        let last = self.places.iter().filter_map(|places| *places.last()?);
        self.last = last.max_by(f64::total_cmp);
        self.of = Some((clock, log));
    }
}

impl Pin {
    fn is_of(&self, lab: &dyn Lab) -> bool {
        self.kept.recipe.lab.id() == lab.id()
    }

    /// What tells it from the run on the screen.
    fn words(&self, shown: &Recipe) -> String {
        let recipe = &self.kept.recipe;
        if !self.is_of(shown.lab) {
            return format!("{} (another lab: not drawn)", recipe.lab.title());
        }
        let words = difference::as_against(recipe, shown);
        let words = if words.is_empty() {
            "the same settings".to_owned()
        } else {
            words
        };
        if difference::has_other_data(recipe, shown) {
            format!("{words} (other data)")
        } else {
            words
        }
    }
}

/// The pins in the legend; returns what was asked for.
pub(super) fn pins_ui(ui: &mut Ui, pins: &Pins, shown: &Recipe) -> Option<Asked> {
    let mut asked = None;
    let dark = ui.visuals().dark_mode;
    for (at, pin) in pins.in_sight().enumerate() {
        let words = pin.words(shown);
        ui.horizontal(|ui| {
            // A long label is cut: the clock keeps its row.
            ui.set_max_width(CHIP.min(ui.available_width()));
            ui.spacing_mut().item_spacing.x = 3.0;
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 20.0), Sense::hover());
            let line = Rect::from_center_size(rect.center(), vec2(18.0, 0.0));
            let stroke = Stroke::new(2.0, theme::weak_text(dark).gamma_multiply(0.7));
            ui.painter()
                .line_segment([line.left_center(), line.right_center()], stroke);
            let text = RichText::new(format!("{}: {words}", pin.name)).color(theme::text(dark));
            let chip = ui.add(Button::new(text).frame(false).truncate());
            let hint = format!(
                "A pinned run, faint in every plot over time: {}; {words}.\nClick to show it and pin the one on the screen \
                 (Shift+P for the newest).",
                pin.kept.recipe.title
            );
            if chip.on_hover_text(hint).clicked() {
                asked = Some(Asked::Swap(at));
            }
            let remove = Button::new("✕").frame(false).small();
            let remove = ui.add(remove);
            let name = format!("Remove pin {}", pin.name);
            super::playback::name_button(&remove, &name);
            let hint = format!("{name} (Ctrl+P removes all)");
            if remove.on_hover_text(hint).clicked() {
                asked = Some(Asked::Remove(at));
            }
        });
    }
    asked
}
