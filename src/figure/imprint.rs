//! What a file says of itself: what it shows, and the recipe that makes it again.

use crate::recipe::{Recipe, link};

/// What a file says of itself.
#[derive(Clone, Debug, Default)]
pub struct Imprint {
    /// Its title.
    pub title: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The recipe as a link, which the window and the command line open.
    pub link: String,
    /// The recipe for people.
    pub toml: String,
}

impl Imprint {
    /// Of a picture of a run.
    pub fn of(recipe: &Recipe, title: &str, about: &str) -> Self {
        Self {
            title: title.to_owned(),
            about: about.to_owned(),
            link: link::encode(recipe),
            toml: recipe.to_toml(),
        }
    }

    /// What PNG files say of themselves: keywords and texts.
    pub fn texts(&self) -> Vec<(&'static str, &str)> {
        let texts = [
            ("Title", &self.title),
            ("Description", &self.about),
            ("Recipe link", &self.link),
            ("Recipe", &self.toml),
        ];
        let texts = texts.into_iter().map(|(key, text)| (key, text.as_str()));
        texts.filter(|(_, text)| !text.is_empty()).collect()
    }
}
