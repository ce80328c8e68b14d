//! Tours: a lecture in small steps, as a text that anybody can write.
//!
//! A file has one directive a line; what is indented continues the line before, and `#` begins a comment.
//!
//! | directive | what it does |
//! |---|---|
//! | `title TEXT`, `about TEXT` | before the first step: what the tour is called, and what it is about |
//! | `step HEADING` | a new step; the viewer goes from step to step |
//! | `say TEXT` | adds a paragraph |
//! | `load PRESET` | opens a preset, paused at step 0; the first step begins with one |
//! | `set KEY VALUE` | changes a setting, as its control would |
//! | `show PICTURE` | shows a picture in its cell |
//! | `enlarge PICTURE`, `overview` | lets a picture fill the window, or shows all again |
//! | `highlight PICTURE` or `highlight KEY` | frames a picture or a control until the next step; `picture NAME` or `setting KEY` where both have that name |
//! | `play`, `pause`, `reset`, `converge` | like the buttons |
//! | `wait for end` | until the run has stopped by itself |
//! | `wait for step N` | until so many steps are taken |
//! | `wait for play` | until the viewer starts the clock |
//! | `wait for KEY` | until the viewer has changed a setting |
//! | `ask QUESTION \| ANSWER \| ANSWER` | asks for a prediction, and hides the theory until it is revealed; the run starts in a later step |
//! | `reveal` or `reveal N` | shows the theory again, with the hands that were counted, and says that answer N came true |
//! | `then TOUR` | at the end: the tour that is offered next |
//!
//! Everything is checked when a tour is read, so that none breaks off before an audience.

mod read;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::knobs::{Value, nearest};
use crate::labs::{self, Preset, TourText};
use crate::recipe::question::Question;

/// The longest text that is read: a tour of an hour has a tenth of that.
const LONGEST: u64 = 256 * 1024;

/// A lecture in small steps.
#[derive(Clone, Debug)]
pub struct Tour {
    /// Its name, which a viewer chooses it by.
    pub title: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// The steps; at least one.
    pub steps: Vec<Step>,
    /// The tour that is offered at its end, by [`TourText::id`].
    pub then: Option<&'static str>,
}

/// What happens between two presses of a key.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its heading.
    pub heading: String,
    /// What it does, in order.
    pub directives: Vec<Directive>,
}

/// One thing that a step does.
#[derive(Clone, Debug)]
pub enum Directive {
    /// Adds a paragraph.
    Say(String),
    /// Opens a preset.
    Load(&'static Preset),
    /// Changes a setting.
    Set(&'static str, Value),
    /// Shows a picture in its cell, by [`Panel::id`](crate::scene::Panel::id).
    Show(&'static str),
    /// Lets a picture fill the window.
    Enlarge(&'static str),
    /// Shows all pictures again.
    Overview,
    /// Frames something until the next step.
    Highlight(Target),
    /// Starts the clock.
    Play,
    /// Stops it.
    Pause,
    /// Back to step 0.
    Reset,
    /// Full speed until there is nothing left to do.
    Converge,
    /// Goes on only when something has happened.
    Wait(Wait),
    /// Asks for a prediction.
    Ask(Question),
    /// Shows what the question has hidden, and which of its answers came true, counted from 0.
    Reveal(Option<usize>),
}

/// What can be framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A picture, by [`Panel::id`](crate::scene::Panel::id).
    Picture(&'static str),
    /// A control, by [`Knob::key`](crate::knobs::Knob::key).
    Control(&'static str),
}

/// What a tour waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The run has stopped by itself.
    End,
    /// So many steps are taken, or the run has stopped by itself.
    Step(u64),
    /// The clock runs.
    Play,
    /// A setting is another than it was.
    Change(&'static str),
}

/// Why a tour cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    /// A line that makes no sense.
    #[error("{file}, line {line}: {reason}")]
    Line {
        /// The file, or the tour's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A text without steps.
    #[error("{file} has no steps: a tour has at least one line `step HEADING`")]
    Empty {
        /// The file, or the tour's name.
        file: String,
    },
    /// The file could not be read.
    #[error("cannot read {file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// No tour has that name.
    #[error("there is no tour `{name}`{}", near.as_ref().map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The most similar name, if one is similar.
        near: Option<&'static str>,
    },
}

/// The tours that ship with the labs, in the order in which they are listed.
pub fn shipped() -> impl Iterator<Item = &'static TourText> {
    labs::all().into_iter().flat_map(|lab| lab.tours())
}

/// What a list says of a tour.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Its name in other tours and on the command line.
    pub id: &'static str,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub about: String,
}

/// The tours that ship, for a list of them.
pub fn listed() -> impl Iterator<Item = Listed> {
    shipped().map(read::listed)
}

/// A tour that ships, by its name.
pub fn tour(name: &str) -> Result<Tour, TourError> {
    let text = shipped().find(|text| text.id == name);
    let text = text.ok_or_else(|| TourError::Unknown {
        name: name.to_owned(),
        near: nearest(name, shipped().map(|text| text.id))
            .and_then(|near| shipped().map(|text| text.id).find(|id| *id == near)),
    })?;
    Tour::read(text.id, text.text)
}

/// A tour from a file; or one that ships, if there is no such file and it has that name.
pub fn open(path: &Path) -> Result<Tour, TourError> {
    if !path.exists()
        && let Some(name) = path.to_str()
        && shipped().any(|text| text.id == name)
    {
        return tour(name);
    }
    let file = path.display().to_string();
    let unreadable = |reason: String| TourError::Unreadable {
        file: file.clone(),
        reason,
    };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("it is no ordinary file".to_owned()));
    }
    let opened = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut text = String::new();
    let read = opened.take(LONGEST + 1).read_to_string(&mut text);
    let read = read.map_err(|_not_text| unreadable("it is not a text in UTF-8".to_owned()))?;
    if read as u64 > LONGEST {
        return Err(unreadable(format!(
            "it is longer than {LONGEST} bytes, as no tour is"
        )));
    }
    Tour::read(&file, &text)
}
