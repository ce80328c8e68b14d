//! What a lab declares of a picture: its names, its kind, and whether it suits the data.

use crate::scene::pictures::Picture;
use crate::sim::experiment::Facts;

/// A picture of an experiment.
#[derive(Debug)]
pub struct Panel {
    /// Name in settings.
    pub id: &'static str,
    /// Title on the screen.
    pub title: &'static str,
    /// What it shows, with its equation.
    pub about: &'static str,
    /// What its ordinate is, in symbols; empty where the picture has none, or names its axes itself.
    pub ordinate: fn(&Facts) -> &'static str,
    /// How it is drawn.
    pub picture: &'static dyn Picture,
    /// Whether it has anything to show for these data.
    pub relevant: fn(&Facts) -> bool,
}

impl Panel {
    /// One that suits any data.
    pub const fn new(
        id: &'static str,
        title: &'static str,
        ordinate: fn(&Facts) -> &'static str,
        picture: &'static dyn Picture,
        about: &'static str,
    ) -> Self {
        Self {
            id,
            title,
            about,
            ordinate,
            picture,
            relevant: always,
        }
    }
}

/// The panel of a cell to show: the chosen one if it suits the data, else the first that does.
pub fn shown_panel(
    cell: &'static [Panel],
    facts: &Facts,
    is_chosen: impl Fn(&str) -> bool,
) -> &'static Panel {
    let relevant = || cell.iter().filter(|panel| (panel.relevant)(facts));
    relevant()
        .find(|panel| is_chosen(panel.id))
        .or_else(|| relevant().next())
        .unwrap_or(&cell[0])
}

/// For panels that suit any data.
pub fn always(_: &Facts) -> bool {
    true
}
