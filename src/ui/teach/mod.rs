//! What helps to teach: tours, predictions, equations with live numbers, a pen, and a list of everything that can
//! be done. Each is a state of its own and a function that draws it and says what was asked for.

pub(super) mod annotations;
pub(super) mod commands;
pub(super) mod equations;
pub(super) mod prediction;
pub(super) mod tour;
pub(super) mod welcome;

use annotations::Annotations;
use commands::Commands;
use prediction::Prediction;
use tour::Player;

use eframe::egui::{FontId, Label, Ui};

use super::{script, theme};
use crate::tours::Target;

/// A paragraph, with its subscripts set.
pub(super) fn words_ui(ui: &mut Ui, text: &str, font: &FontId) {
    let color = theme::text(ui.visuals().dark_mode);
    let mut job = script::job(text, font, color);
    job.wrap.max_width = ui.available_width();
    ui.add(Label::new(job).wrap());
}

/// The height of a paragraph.
fn height_of_words(ui: &Ui, text: &str, font: &FontId) -> f32 {
    let mut job = script::job(text, font, theme::text(ui.visuals().dark_mode));
    job.wrap.max_width = ui.available_width();
    ui.painter().layout_job(job).size().y
}

/// Everything that is on while somebody teaches.
#[derive(Debug, Default)]
pub(super) struct Teaching {
    /// The tour that is followed.
    pub(super) tour: Option<Player>,
    /// The question that is put to the audience.
    pub(super) prediction: Option<Prediction>,
    /// What has been drawn over the plots.
    pub(super) annotations: Annotations,
    /// The list of commands, while it is open.
    pub(super) commands: Option<Commands>,
    /// What the pointer is on in an equation: its control, and the pictures that show it.
    pub(super) pointed: Pointed,
    /// How high the equations were when there were any.
    pub(super) equations_height: f32,
    /// Whether the lines for who is here for the first time are shown.
    pub(super) welcome: bool,
}

/// What the pointer is on in an equation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pointed {
    /// The setting, by its key.
    pub(super) control: Option<&'static str>,
    /// The pictures, by their ids.
    pub(super) pictures: &'static [&'static str],
}

impl Teaching {
    /// Whether the theory would give an answer away.
    pub(super) fn hides_theory(&self) -> bool {
        self.prediction.as_ref().is_some_and(Prediction::hides)
    }

    /// Whether a control is framed: it is pointed at, or a tour speaks of it.
    pub(super) fn lit_control(&self) -> Option<&'static str> {
        let told = match self.tour.as_ref().and_then(Player::target) {
            Some(Target::Control(key)) => Some(key),
            _ => None,
        };
        self.pointed.control.or(told)
    }

    /// The pictures that are framed.
    pub(super) fn lit_pictures(&self) -> Vec<&'static str> {
        let told = match self.tour.as_ref().and_then(Player::target) {
            Some(Target::Picture(id)) => Some(id),
            _ => None,
        };
        let pointed = self.pointed.pictures.iter().copied();
        pointed.chain(told).collect()
    }
}
