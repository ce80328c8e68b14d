//! What a lab declares besides its settings and pictures.

pub mod figures;
pub(super) mod sweeps;

use std::error::Error;
use std::io;

use super::LabError;
use crate::knobs::Knobs;
use crate::model::watch::Watch;
use crate::sim::history::History;

/// What is scheduled over the steps, as the strip under the time axis shows it. If a knob has the role
/// [`Role::Vertices`](crate::knobs::Role::Vertices) and is relevant, its vertices can be dragged there.
#[derive(Debug)]
pub struct Strip {
    /// What it is, with its symbol.
    pub label: &'static str,
    /// Its symbol.
    pub symbol: &'static str,
    /// Said where nothing is scheduled.
    pub nothing: &'static str,
    /// The shared quantity that has recorded it so far.
    pub shared: &'static str,
    /// Its level at a step.
    pub level: fn(&Knobs, u64) -> f64,
    /// What it will do; empty if there is nothing to say.
    pub note: fn(&Knobs, &History) -> String,
}

/// What is in reach and in sight when a lab is shown to an audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lecture {
    /// The settings that matter, by key; the first three that have an effect are shown. Without any, the initialisation
    /// scale and the step size.
    pub knobs: &'static [&'static str],
    /// The pictures that are shown first, as far as they suit the data.
    pub panels: &'static [&'static str],
}

/// A key that is pressed, with Shift or the command key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The letter, in upper case.
    pub letter: char,
    /// With Shift.
    pub shift: bool,
    /// With Ctrl, or ⌘ on a Mac.
    pub command: bool,
}

/// Something that a key or a button does to the settings; the changed recipe then starts over and
/// catches up.
#[derive(Debug)]
pub struct LabAction {
    /// Its name.
    pub id: &'static str,
    /// What the list of keys says of it.
    pub help: &'static str,
    /// Its key.
    pub shortcut: Shortcut,
    /// The settings that it makes of these at a row of the history, or why it cannot.
    pub act: fn(&Knobs, &History, usize) -> Result<Knobs, String>,
}

/// Checks of what a lab computes, on fresh random problems.
#[derive(Debug)]
pub struct SelfTest {
    /// Problems that are tried unless the user says otherwise.
    pub problems: u64,
    /// Runs every check on so many problems (second argument), whose seeds count up from the first one, writes
    /// the table, and returns how many checks have failed.
    ///
    /// Fails if a problem cannot be made or the table cannot be written.
    pub run: fn(u64, u64, &mut dyn io::Write) -> Result<usize, Box<dyn Error>>,
}

/// How the largest step size is found at which runs are stable.
#[derive(Debug)]
pub struct Edge {
    /// What it is called, such as `SGD's edge`.
    pub label: &'static str,
    /// Measures it by trial runs, which may take minutes and ends as soon as it is given up; `None` if there is none.
    pub measure: fn(&Knobs, &Watch) -> Result<Option<f64>, LabError>,
}

/// A tour that ships with a lab, see [`tours`](crate::tours).
#[derive(Debug)]
pub struct TourText {
    /// Its name in other tours and on the command line.
    pub id: &'static str,
    /// What its file holds.
    pub text: &'static str,
}
