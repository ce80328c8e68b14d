//! The numbers of a place of a sweep, and of a run, in words.

use eframe::egui::{RichText, Sense, Ui, vec2};

use crate::format::{number, short};
use crate::knobs::Role;
use crate::sim::experiment::Family;
use crate::sweep::Sweep;
use crate::sweep::run::CellResult;
use crate::sweep::summary::Results;
use crate::ui::theme;

/// Which run it is.
pub(super) fn cell_title_ui(ui: &mut Ui, sweep: &Sweep, result: &CellResult) {
    let place = sweep.place(result.cell);
    let mut words = sweep.settings_at(place, 3);
    words.push(format!("seed {}", sweep.seed(result.cell) + 1));
    words.extend(step_size_in_words(sweep, result));
    ui.label(RichText::new(words.join(", ")).font(theme::bold(14.0)));
}

/// The step size of a cell, in a lab that has one.
fn step_size_in_words(sweep: &Sweep, result: &CellResult) -> Option<String> {
    let knob = sweep.base().knobs.knob_of(Role::StepSize)?;
    let known = result.step_size.is_finite();
    known.then(|| format!("{} = {}", knob.label, short(result.step_size, 3)))
}

fn family_in_words(
    results: &Results,
    place: u64,
    Family { id, label, .. }: &Family,
    column: &str,
) -> String {
    let mut words = match results.band(place, id, column) {
        Some(band) => {
            let [low, median, high] = [band.low, band.median, band.high].map(|x| number(x, 3));
            format!("{label}: {median}  ({low} to {high})")
        }
        None => format!("{label}: –"),
    };
    if let Some(failures) = results.tally_at(place, id).failures() {
        words = format!("{words}, {failures}");
    }
    words
}

/// A place with the medians of its families.
pub(super) fn place_in_words(
    sweep: &Sweep,
    results: &Results,
    families: &[Family],
    column: &str,
    place: u64,
) -> Option<String> {
    results.at(place).next()?;
    let families = families.iter();
    let families = families.map(|family| family_in_words(results, place, family, column));
    let at = sweep.settings_at(place, 3).join(", ");
    Some(format!("{at}: {}", families.collect::<Vec<_>>().join(", ")))
}

/// The numbers of a place.
pub(super) fn place_ui(
    ui: &mut Ui,
    sweep: &Sweep,
    results: &Results,
    families: &[Family],
    column: &str,
    place: u64,
) {
    let title = sweep.settings_at(place, 3).join(", ");
    ui.label(RichText::new(title).font(theme::bold(14.0)));
    let seeds = results.at(place).count();
    let mut words = format!("{seeds} of {} seeds", sweep.seeds());
    if let Some(first) = results.at(place).next()
        && let Some(step_size) = step_size_in_words(sweep, first)
    {
        words = format!("{words}; {step_size} at the first");
    }
    ui.label(words);
    for family in families {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
            let color = theme::color(family.look.ink, ui.visuals().dark_mode);
            ui.painter().rect_filled(rect, 2.0, color);
            ui.label(family_in_words(results, place, family, column));
        });
    }
}
