//! A question to the audience: hands are counted for each answer, and the theory stays hidden until the lecturer
//! reveals it.

use eframe::egui::{Button, Context, Event, Key, Modifiers, RichText, Ui};

use crate::recipe::question::Question;

/// The keys of the answers, by their places on the keyboard: some need Shift for a digit.
const KEYS: [Key; 4] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4];

/// See the module.
#[derive(Clone, Debug)]
pub(in crate::ui) struct Prediction {
    question: Question,
    /// Hands per answer.
    hands: Vec<u32>,
    revealed: bool,
}

impl Prediction {
    /// Nobody has answered yet.
    pub(in crate::ui) fn new(question: Question) -> Self {
        Self {
            hands: vec![0; question.options.len()],
            question,
            revealed: false,
        }
    }

    /// Whether what would give the answer away is hidden.
    pub(in crate::ui) fn hides(&self) -> bool {
        !self.revealed
    }

    /// The question.
    pub(in crate::ui) fn question(&self) -> &str {
        &self.question.text
    }

    /// Shows it.
    pub(in crate::ui) fn reveal(&mut self) {
        self.revealed = true;
    }

    /// Counts the hands whose keys were pressed, Shift taking one down again; no other view sees these keys.
    pub(in crate::ui) fn take_keys(&mut self, ctx: &Context) {
        if self.revealed || ctx.text_edit_focused() {
            return;
        }
        let hands = &mut self.hands;
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key {
                    key,
                    physical_key,
                    pressed: true,
                    modifiers,
                    ..
                } = event
                else {
                    return true;
                };
                let place = physical_key.unwrap_or(*key);
                let at = KEYS[..hands.len()].iter().position(|key| *key == place);
                let (Some(at), false) = (at, modifiers.command || modifiers.alt) else {
                    return true;
                };
                hands[at] = if modifiers.contains(Modifiers::SHIFT) {
                    hands[at].saturating_sub(1)
                } else {
                    hands[at].saturating_add(1)
                };
                false
            });
        });
    }

    /// What was predicted, in words.
    pub(in crate::ui) fn tally(&self) -> String {
        let all: u32 = self.hands.iter().sum();
        if all == 0 {
            return String::new();
        }
        let answers = self.question.options.iter().zip(&self.hands);
        let answers = answers.map(|(option, hands)| format!("{option}: {hands}"));
        let answers: Vec<String> = answers.collect();
        let hands = if all == 1 { "hand" } else { "hands" };
        format!("Predicted ({all} {hands}): {}.", answers.join(" · "))
    }

    /// The answers under the question, which stands where the caption does; whether it is to be revealed.
    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui) -> bool {
        if self.revealed {
            ui.label(RichText::new(self.tally()).size(16.0));
            return false;
        }
        let mut asked = false;
        ui.horizontal_wrapped(|ui| {
            for (at, option) in self.question.options.iter().enumerate() {
                let text = format!("{}  {option}   {}", at + 1, self.hands[at]);
                let button = ui.add(Button::new(RichText::new(text).size(16.0)));
                let button = button.on_hover_text(format!(
                    "A hand for this answer ({}); Shift takes one down",
                    at + 1
                ));
                if button.clicked() {
                    let taken = ui.input(|input| input.modifiers.shift);
                    self.hands[at] = if taken {
                        self.hands[at].saturating_sub(1)
                    } else {
                        self.hands[at].saturating_add(1)
                    };
                }
            }
            let reveal = ui.button("Reveal");
            asked = reveal
                .on_hover_text("Show the theory again, and the hands beside the numbers")
                .clicked();
        });
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_are_said_only_if_there_are_any() {
        let mut prediction = Prediction::new(Question::read("Who? | GD | SGD"));
        assert!(prediction.hides());
        assert_eq!(prediction.tally(), "");
        prediction.hands = vec![1, 2];
        prediction.reveal();
        assert!(!prediction.hides());
        assert_eq!(prediction.tally(), "Predicted (3 hands): GD: 1 · SGD: 2.");
    }
}
