//! A question to the audience: hands are counted for each answer, and the theory stays hidden until the lecturer
//! reveals it.

use eframe::egui::{Button, Context, Event, Key, Modifiers, RichText, Ui};

use crate::recipe::question::Question;
use crate::ui::theme;

/// The keys of the answers, by their places on the keyboard: some need Shift for a digit.
const KEYS: [Key; 4] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4];

/// See the module.
#[derive(Clone, Debug)]
pub(in crate::ui) struct Prediction {
    question: Question,
    /// Hands per answer.
    hands: Vec<u32>,
    revealed: bool,
    /// The answer that came true, where whoever asked has said so.
    answer: Option<usize>,
}

impl Prediction {
    /// Nobody has answered yet.
    pub(in crate::ui) fn new(question: Question) -> Self {
        Self {
            hands: vec![0; question.options.len()],
            question,
            revealed: false,
            answer: None,
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

    /// Shows it, and which answer came true if that is known.
    pub(in crate::ui) fn reveal(&mut self, answer: Option<usize>) {
        self.revealed = true;
        self.answer = answer;
    }

    /// Takes the keys of answers where no question is open, so that an answer that comes too late opens no preset.
    pub(in crate::ui) fn swallow_keys(ctx: &Context) {
        if ctx.text_edit_focused() {
            return;
        }
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key {
                    key,
                    physical_key,
                    modifiers,
                    ..
                } = event
                else {
                    return true;
                };
                let is_answer = KEYS.contains(&physical_key.unwrap_or(*key));
                !is_answer || modifiers.command || modifiers.alt
            });
        });
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

    /// What was predicted, and whether it came true, in words.
    pub(in crate::ui) fn tally(&self) -> String {
        let options = &self.question.options;
        let all: u32 = self.hands.iter().sum();
        let answer = self.answer.and_then(|answer| options.get(answer));
        let mut said = Vec::new();
        let mut is_right = None;
        if all == 1 {
            // One reader, and not a class.
            let at = self.hands.iter().position(|hands| *hands == 1);
            said.extend(at.map(|at| format!("Your answer: {}.", options[at])));
            is_right = self.answer.map(|answer| at == Some(answer));
        } else if all > 1 {
            let answers = options.iter().zip(&self.hands);
            let answers = answers.map(|(option, hands)| format!("{option}: {hands}"));
            let answers: Vec<String> = answers.collect();
            said.push(format!("Predicted ({all} hands): {}.", answers.join(" · ")));
        }
        match (is_right, answer) {
            (Some(true), _) => said.push("That is right.".to_owned()),
            (_, Some(answer)) => said.push(format!("It turned out: {answer}.")),
            (_, None) => {}
        }
        said.join(" ")
    }

    /// The answers under the question, which stands where the caption does; whether it is to be revealed. On a tour
    /// the next step does that.
    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, on_tour: bool) -> bool {
        if self.revealed {
            let tally = self.tally();
            if !tally.is_empty() {
                ui.label(RichText::new(tally).font(theme::bold(16.0)));
            }
            return false;
        }
        let mut asked = false;
        ui.horizontal_wrapped(|ui| {
            let keys = self.question.options.len();
            ui.weak(format!("Which? Keys 1 to {keys}, one for each hand:"));
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
            if !on_tour {
                let reveal = ui.button("Reveal");
                let hint =
                    "Run, and show the theory again, with the hands beside the numbers (Enter)";
                asked = reveal.on_hover_text(hint).clicked();
            }
        });
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_true_is_said_to_one_reader_and_to_a_class() {
        let mut prediction = Prediction::new(Question::read("Who? | GD | SGD"));
        prediction.reveal(Some(1));
        for (hands, said) in [
            ([0, 0], "It turned out: SGD."),
            ([0, 1], "Your answer: SGD. That is right."),
            ([1, 0], "Your answer: GD. It turned out: SGD."),
            (
                [2, 1],
                "Predicted (3 hands): GD: 2 · SGD: 1. It turned out: SGD.",
            ),
        ] {
            prediction.hands = hands.to_vec();
            assert_eq!(prediction.tally(), said);
        }
    }

    #[test]
    fn hands_are_said_only_if_there_are_any() {
        let mut prediction = Prediction::new(Question::read("Who? | GD | SGD"));
        assert!(prediction.hides());
        assert_eq!(prediction.tally(), "");
        prediction.hands = vec![1, 2];
        prediction.reveal(None);
        assert!(!prediction.hides());
        assert_eq!(prediction.tally(), "Predicted (3 hands): GD: 1 · SGD: 2.");
    }
}
