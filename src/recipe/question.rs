//! What to ask an audience before a run.

/// Answers there may be to choose from: as many as hands are counted for at a glance.
pub const OPTIONS: std::ops::RangeInclusive<usize> = 2..=4;

/// A question, and what can be answered if that is known beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The answers; none, or as many as [`OPTIONS`] says.
    pub options: Vec<String>,
}

impl Question {
    /// Reads `question | answer | answer`, as recipes and tours write it. A text with another number of answers
    /// than [`OPTIONS`] is a question alone.
    pub fn read(text: &str) -> Self {
        let mut parts = text.split('|').map(|part| part.trim().to_owned());
        let question = parts.next().unwrap_or_default();
        let options: Vec<String> = parts.collect();
        let is_choice =
            OPTIONS.contains(&options.len()) && options.iter().all(|option| !option.is_empty());
        if is_choice {
            Self {
                text: question,
                options,
            }
        } else {
            Self {
                text: text.trim().to_owned(),
                options: Vec::new(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_the_question() {
        let question = Question::read("Who ends lower? | GD | SGD |the same");
        assert_eq!(question.text, "Who ends lower?");
        assert_eq!(question.options, ["GD", "SGD", "the same"]);
    }

    #[test]
    fn a_text_without_a_choice_is_a_question_alone() {
        for text in ["Who?", "Who? | GD", "Who? | 1 | 2 | 3 | 4 | 5", "|x| | "] {
            let question = Question::read(text);
            assert_eq!(question.text, text.trim());
            assert!(question.options.is_empty(), "{text}");
        }
    }
}
