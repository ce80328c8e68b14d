//! Where a tour has come to. It says what is to be done next; the application does it.

use eframe::egui::{
    Align, Button, FontId, Key, KeyboardShortcut, Layout, Modifiers, Response, RichText,
    ScrollArea, Ui,
};

use super::{height_of_words, words_ui};
use crate::knobs::Value;
use crate::recipe::Recipe;
use crate::tours::{self, Directive, Step, Target, Tour, Wait};
use crate::ui::header::steady_button_ui;
use crate::ui::live::Kept;
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

/// A row that has no room for words beside the buttons.
const NARROW: f32 = 500.0;

/// How the window was.
#[derive(Clone, Debug)]
pub(in crate::ui) struct View {
    /// The settings as they were meant, an automatic one as automatic, and what makes the run.
    pub(in crate::ui) kept: Kept,
    /// What the tour had set up.
    pub(in crate::ui) meant: Option<Recipe>,
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
    /// The recipe that the tour has set up.
    meant: Option<Recipe>,
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
            meant: None,
        }
    }

    fn step(&self) -> &Step {
        &self.tour.steps[self.at]
    }

    /// The recipe that the tour has set up.
    pub(in crate::ui) fn meant(&self) -> Option<&Recipe> {
        self.meant.as_ref()
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
        match self.next().cloned() {
            Some(Directive::Say(text)) => self.said.push(text),
            Some(Directive::Highlight(target)) => self.target = Some(target),
            Some(Directive::Load(preset)) => self.meant = Some(preset.recipe()),
            Some(Directive::Set(key, value)) => {
                if let Some(meant) = &mut self.meant {
                    // It was accepted when the tour was read.
                    drop(meant.knobs.set(key, value));
                }
            }
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
        let before = self.before.last().cloned();
        self.meant = before.as_ref().and_then(|view| view.meant.clone());
        before
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

    /// Heading and texts, in the room that all texts of the step need: what is said later moves nothing. What is
    /// higher than `most` scrolls.
    pub(in crate::ui) fn words_ui(&self, ui: &mut Ui, most: f32) {
        ui.horizontal_wrapped(|ui| {
            let place = format!("{} / {}", self.at + 1, self.tour.steps.len());
            ui.label(RichText::new(&self.step().heading).font(theme::bold(18.0)));
            ui.weak(format!("{}, {place}", self.tour.title));
        });
        let is_narrow = ui.available_width() < NARROW;
        let font = FontId::proportional(if is_narrow { 15.0 } else { 17.0 });
        ScrollArea::vertical()
            .id_salt(("tour", self.at))
            .max_height(most)
            .show(ui, |ui| {
                for text in &self.said {
                    words_ui(ui, text, &font);
                }
                let later = self.step().directives.iter().skip(self.done);
                for directive in later {
                    if let Directive::Say(text) = directive {
                        ui.add_space(
                            height_of_words(ui, text, &font) + ui.spacing().item_spacing.y,
                        );
                    }
                }
            });
    }

    /// The buttons, each at its place whatever it says: on and back at the left, out at the right.
    pub(in crate::ui) fn buttons_ui(&self, ui: &mut Ui) -> Option<Asked> {
        let mut asked = None;
        let next_title = self.next_title.as_ref().filter(|_| self.is_over());
        let next_title = next_title.map(|title| format!("Next tour: {title}"));
        let is_narrow = ui.available_width() < NARROW;
        if let Some(title) = next_title.as_ref().filter(|_| is_narrow) {
            ui.weak(title);
        }
        ui.horizontal(|ui| {
            let mut press = |button: Response, hint: &str, what: Asked| {
                if button.on_hover_text(hint).clicked() {
                    asked = Some(what);
                }
            };
            let back = ui.add_enabled(self.at > 0, Button::new("◀ Back"));
            press(back, "One step back (PgUp)", Asked::Back);
            let next = steady_button_ui(ui, self.next_words(), &NEXT);
            let hint =
                "On (Enter or PgDn); what is waited for is gone to at full speed, then skipped";
            press(next, hint, Asked::Next);
            if let Some(title) = next_title.filter(|_| !is_narrow) {
                ui.weak(title);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let leave = ui.button("Leave");
                let hint = "Back to where you were before the tour (Esc)";
                press(leave, hint, Asked::Leave);
            });
        });
        asked
    }

    /// Whether nothing of the tour is left.
    fn is_over(&self) -> bool {
        self.next().is_none() && !self.has_next_step()
    }

    /// What the button says that goes on.
    fn next_words(&self) -> &'static str {
        let [next, end, step, run, skip, tour, finish] = NEXT;
        match self.next() {
            Some(Directive::Wait(_)) if self.hurried => skip,
            Some(Directive::Wait(Wait::End)) => end,
            Some(Directive::Wait(Wait::Step(_))) => step,
            Some(Directive::Wait(Wait::Play)) => run,
            Some(Directive::Wait(Wait::Change(_))) => skip,
            Some(_) => next,
            None if self.has_next_step() => next,
            None if self.next_title.is_some() => tour,
            None => finish,
        }
    }
}

/// Everything that the button can say that goes on.
const NEXT: [&str; 7] = [
    "Next ▶",
    "To the end ▶",
    "To that step ▶",
    "Run ▶",
    "Skip ▶",
    "Next tour ▶",
    "Finish",
];

/// What a tour that ships is called.
fn title_of(id: &str) -> Option<String> {
    let mut listed = tours::listed();
    listed.find(|tour| tour.id == id).map(|tour| tour.title)
}
