//! Figures of single runs.

use super::{Asked, Made, Progress, recipe_of};
use crate::figure::Figure;
use crate::figure::simulate::simulate;
use crate::labs::LabError;
use crate::labs::figures::{Drawing, Measured, RunFigure};
use crate::recipe::Recipe;
use crate::scene::Panel;
use crate::scene::clock::Clock;
use crate::scene::memory::Memory;
use crate::scene::pictures::cell;
use crate::scene::view::View;
use crate::sim::history::History;

/// How a history is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The pictures, by [`Panel::id`].
    pub panels: &'a [&'a str],
    /// Cells in a row.
    pub columns: usize,
    /// What the time axis counts.
    pub clock: Clock,
    /// Whether it is logarithmic.
    pub log_time: bool,
    /// Whether the theory is drawn over the runs.
    pub theory: bool,
}

impl<'a> Look<'a> {
    fn view(&self, recipe: &'a Recipe, history: &'a History) -> View<'a> {
        View {
            history,
            knobs: &recipe.knobs,
            clock: self.clock,
            log_time: self.log_time,
            theory: self.theory,
            hidden: &[],
            cursor: None,
            until: None,
            window: None,
        }
    }
}

/// Pictures of a history. A panel that the lab does not have is left out: names are checked where
/// they come in.
pub fn of_history(recipe: &Recipe, history: &History, look: &Look<'_>) -> Made {
    let view = look.view(recipe, history);
    let panels = look.panels.iter().filter_map(|id| panel(recipe, id));
    let figure = Figure::of(
        panels.map(|panel| cell(panel, &view, &mut Memory::default())),
        look.columns,
        &view,
    );
    let last = history.len().saturating_sub(1);
    let mut recipe = recipe.clone();
    recipe.step = history.step.last().copied().unwrap_or(0);
    Made {
        figure,
        measured: measured(history),
        provenance: recipe.lab.provenance(&recipe.knobs, history, last),
        recipe,
    }
}

fn panel(recipe: &Recipe, id: &str) -> Option<&'static Panel> {
    let mut panels = recipe.lab.cells().iter().copied().flatten();
    panels.find(|panel| panel.id == id)
}

/// The last value of the quantities that the figures are about, per run.
fn measured(history: &History) -> Measured {
    let setup = &history.setup;
    let listed = setup.roles.listed.iter().filter_map(|id| {
        let at = setup.columns.iter().position(|column| column.id == *id);
        Some(((*id).to_owned(), at?))
    });
    let (columns, places): (Vec<String>, Vec<usize>) = listed.unzip();
    let rows = history
        .setup
        .runs
        .iter()
        .zip(&history.runs)
        .map(|(info, run)| {
            let numbers = places.iter().map(|at| {
                let column = run.values.get(*at);
                column
                    .and_then(|column| column.last())
                    .copied()
                    .unwrap_or(f64::NAN)
            });
            (info.name.clone(), numbers.collect())
        });
    let rows = rows.collect();
    Measured { columns, rows }
}

/// Runs the parts of a figure, and draws them over an axis of time, a logarithmic one if the lab has it.
pub(super) fn make(
    spec: &RunFigure,
    asked: &Asked<'_>,
    progress: &Progress<'_>,
) -> Result<Made, LabError> {
    let theory = spec.theory && !asked.no_theory;
    let mut first = None;
    let mut parts = Vec::new();
    for (at, part) in spec.parts.iter().enumerate() {
        let mut recipe = recipe_of(part.preset, part.settings);
        (asked.change)(&mut recipe)?;
        let steps = recipe.knobs.length();
        let history = simulate(&recipe, steps, theory, &mut |step| {
            let part = step as f64 / steps.max(1) as f64;
            progress((at as f64 + part) / spec.parts.len() as f64);
        })?;
        let look = Look {
            panels: part.panels,
            columns: spec.columns,
            clock: asked.clock,
            log_time: !asked.linear_time && recipe.lab.has_log_time(),
            theory,
        };
        let made = of_history(&recipe, &history, &look);
        parts.push(Drawing {
            knobs: recipe.knobs,
            cells: made.figure.cells,
            legend: made.figure.legend,
            measured: made.measured,
        });
        first.get_or_insert((made.recipe, made.provenance));
    }
    let (recipe, provenance) = first.expect("a figure has a part");
    let mut drawing = (spec.compose)(parts);
    // A legend of its own says what its lines are, and leaves the shades to us.
    for shade in Figure::shades(&drawing.cells) {
        if !drawing.legend.contains(&shade) {
            drawing.legend.push(shade);
        }
    }
    Ok(Made {
        figure: Figure {
            cells: drawing.cells,
            legend: drawing.legend,
            columns: spec.columns,
            ..Figure::default()
        },
        recipe,
        measured: drawing.measured,
        provenance,
    })
}
