//! Where a tour has come to. It says what is to be done next; the application does it.

use eframe::egui::{Button, FontId, Key, KeyboardShortcut, Modifiers, RichText, ScrollArea, Ui};

use super::words_ui;
use crate::knobs::Value;
use crate::recipe::Recipe;
use crate::tours::{self, Directive, Step, Target, Tour};
use crate::ui::state::Choices;
use crate::ui::theme;

/// What the viewer asks of a tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Asked {
    /// On: what is waited for is cut short, then the next step.
    Next,
    /// One step back.
    Back,
    /// Out of the tour, to where it was entered.
    Leave,
}

/// Keys of a tour; a presenter's remote sends the page keys.
const KEYS: [(Key, Asked); 5] = [
    (Key::Enter, Asked::Next),
    (Key::PageDown, Asked::Next),
    (Key::PageUp, Asked::Back),
    (Key::Backspace, Asked::Back),
    (Key::Escape, Asked::Leave),
];

/// How the window was.
#[derive(Clone, Debug)]
pub(in crate::ui) struct View {
    /// The recipe, with the step that its run had come to.
    pub(in crate::ui) recipe: Recipe,
    /// What was shown.
    pub(in crate::ui) choices: Choices,
    /// The cell that filled the window.
    pub(in crate::ui) enlarged: Option<&'static str>,
}

/// See the module.
#[derive(Debug)]
pub(in crate::ui) struct Player {
    tour: Tour,
    /// The step, by its number.
    at: usize,
    /// How many of its directives are done.
    done: usize,
    said: Vec<String>,
    target: Option<Target>,
    /// A setting as it was when the wait for its change began.
    pub(in crate::ui) unchanged: Option<Value>,
    /// Whether a wait has been cut short already.
    pub(in crate::ui) hurried: bool,
    /// How the window was before each step so far.
    before: Vec<View>,
    /// What the tour that follows is called.
    next_title: Option<String>,
}

impl Player {
    /// At the beginning of a tour.
    pub(in crate::ui) fn new(tour: Tour, view: View) -> Self {
        let next_title = tour.then.and_then(title_of);
        Self {
            next_title,
            tour,
            at: 0,
            done: 0,
            said: Vec::new(),
            target: None,
            unchanged: None,
            hurried: false,
            before: vec![view],
        }
    }

    fn step(&self) -> &Step {
        &self.tour.steps[self.at]
    }

    /// What is framed.
    pub(in crate::ui) fn target(&self) -> Option<Target> {
        self.target
    }

    /// What is to be done next in this step.
    pub(in crate::ui) fn next(&self) -> Option<&Directive> {
        self.step().directives.get(self.done)
    }

    /// Notes that it is done.
    pub(in crate::ui) fn advance(&mut self) {
        match self.step().directives.get(self.done) {
            Some(Directive::Say(text)) => {
                let text = text.clone();
                self.said.push(text);
            }
            Some(Directive::Highlight(target)) => self.target = Some(*target),
            _ => {}
        }
        self.done += 1;
        self.unchanged = None;
        self.hurried = false;
    }

    fn enter(&mut self, step: usize) {
        self.at = step;
        self.done = 0;
        self.said.clear();
        self.target = None;
        self.unchanged = None;
        self.hurried = false;
    }

    /// Whether there is a step after this one.
    pub(in crate::ui) fn has_next_step(&self) -> bool {
        self.at + 1 < self.tour.steps.len()
    }

    /// Goes to the next step.
    pub(in crate::ui) fn next_step(&mut self, view: View) {
        self.before.push(view);
        self.enter(self.at + 1);
    }

    /// Goes a step back; how the window was before it.
    pub(in crate::ui) fn step_back(&mut self) -> Option<View> {
        let back = self.at.checked_sub(1)?;
        self.before.truncate(back + 1);
        self.enter(back);
        self.before.last().cloned()
    }

    /// How the window was before the tour.
    pub(in crate::ui) fn first_view(mut self) -> View {
        self.before.swap_remove(0)
    }

    /// The tour that follows.
    pub(in crate::ui) fn then(&self) -> Option<&'static str> {
        self.tour.then.filter(|_| !self.has_next_step())
    }

    /// What was asked for by key: none of these keys is seen by other views.
    pub(in crate::ui) fn take_keys(ui: &Ui) -> Option<Asked> {
        ui.input_mut(|input| {
            let pressed = |input: &mut eframe::egui::InputState, key: Key| {
                input.consume_shortcut(&KeyboardShortcut::new(Modifiers::NONE, key))
            };
            KEYS.iter()
                .find_map(|(key, asked)| pressed(input, *key).then_some(*asked))
        })
    }

    /// Heading, texts and buttons.
    pub(in crate::ui) fn ui(&self, ui: &mut Ui) -> Option<Asked> {
        let mut asked = None;
        ui.horizontal(|ui| {
            let place = format!("{} / {}", self.at + 1, self.tour.steps.len());
            ui.label(RichText::new(&self.step().heading).font(theme::bold(18.0)));
            ui.weak(format!("{}, {place}", self.tour.title));
        });
        ScrollArea::vertical()
            .id_salt(("tour", self.at))
            .max_height(0.3 * ui.ctx().content_rect().height())
            .show(ui, |ui| {
                for text in &self.said {
                    words_ui(ui, text, FontId::proportional(17.0));
                }
            });
        ui.horizontal(|ui| {
            let waits = self.next().is_some();
            let next = if waits {
                "Next ▶ (waiting)".to_owned()
            } else if self.has_next_step() {
                "Next ▶".to_owned()
            } else {
                let title = self.next_title.as_ref();
                title.map_or_else(
                    || "End of the tour".to_owned(),
                    |title| format!("Next tour: {title} ▶"),
                )
            };
            for (text, hint, what, enabled) in [
                (
                    "◀ Back".to_owned(),
                    "One step back (PgUp)",
                    Asked::Back,
                    self.at > 0,
                ),
                (
                    next,
                    "On (Enter or PgDn); cuts short what is waited for",
                    Asked::Next,
                    true,
                ),
                (
                    "Leave".to_owned(),
                    "Back to where you were before the tour (Esc)",
                    Asked::Leave,
                    true,
                ),
            ] {
                let button = ui.add_enabled(enabled, Button::new(text));
                if button.on_hover_text(hint).clicked() {
                    asked = Some(what);
                }
            }
        });
        asked
    }
}

/// What a tour that ships is called.
fn title_of(id: &str) -> Option<String> {
    let mut listed = tours::listed();
    listed.find(|tour| tour.id == id).map(|tour| tour.title)
}
