//! Figures of single runs.

use super::{Made, Measured, Progress};
use crate::figure::Figure;
use crate::figure::simulate::simulate;
use crate::format::{count, short};
use crate::labs::LabError;
use crate::labs::diagonal::dynamics::Method;
use crate::labs::diagonal::dynamics::gd::GD;
use crate::labs::diagonal::dynamics::sgd::SGD;
use crate::recipe::{Recipe, preset as find_preset};
use crate::scene::Panel;
use crate::scene::clock::Clock;
use crate::scene::memory::Memory;
use crate::scene::pictures::cell;
use crate::scene::view::View;
use crate::scene::{Content, Ink, Layer, LegendEntry, Pattern, Shape, Swatch};
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
    /// As the paper has it: iterations on a logarithmic axis, and nothing but the runs.
    pub(super) fn paper(panels: &'a [&'a str], columns: usize) -> Self {
        Self {
            panels,
            columns,
            clock: Clock::Steps,
            log_time: true,
            theory: false,
        }
    }

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
        Some((*id, at?))
    });
    let (columns, places): (Vec<&'static str>, Vec<usize>) = listed.unzip();
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

fn recipe_of(id: &str) -> Recipe {
    find_preset(id).map_or_else(|error| panic!("{error}"), |preset| preset.recipe())
}

/// A recipe run to its end.
fn run(recipe: &Recipe, theory: bool, progress: &Progress<'_>) -> Result<History, LabError> {
    let steps = recipe.knobs.length();
    simulate(recipe, steps, theory, &mut |step| {
        progress(step as f64 / steps.max(1) as f64);
    })
}

/// Panels of a preset's run.
pub(super) fn preset(id: &str, look: &Look<'_>, progress: &Progress<'_>) -> Result<Made, LabError> {
    let recipe = recipe_of(id);
    let history = run(&recipe, look.theory, progress)?;
    Ok(of_history(&recipe, &history, look))
}

/// Settings of a recipe that are known to exist and to take the value.
fn with(mut recipe: Recipe, settings: &[(&str, &str)]) -> Recipe {
    for (key, value) in settings {
        let set = recipe.knobs.set_text(key, value);
        set.unwrap_or_else(|error| panic!("{}: {error}", recipe.title));
    }
    recipe
}

/// Fig 5: SGD with label noise for a while, beside SGD and GD without.
pub(super) fn label_noise(progress: &Progress<'_>) -> Result<Made, LabError> {
    const PANELS: [&str; 2] = ["training_loss", "validation_loss"];
    let noisy = with(
        recipe_of("fig5-label-noise"),
        &[("gd_runs", "0"), ("sgd_runs", "1"), ("sgf_runs", "0")],
    );
    let plain = with(noisy.clone(), &[("gd_runs", "1"), ("label_noise", "none")]);
    let look = Look::paper(&PANELS, 2);
    let with_noise = run(&noisy, false, &|part| progress(0.5 * part))?;
    let without = run(&plain, false, &|part| progress(0.5 + 0.5 * part))?;
    let mut made = of_history(&noisy, &with_noise, &look);
    let other = of_history(&plain, &without, &look);
    let until = noisy.knobs.count("label_noise_until");
    for (cell, other) in made.figure.cells.iter_mut().zip(other.figure.cells) {
        let (Content::Plot(plot), Content::Plot(other)) = (&mut cell.content, other.content) else {
            continue;
        };
        let mut layers: Vec<Layer> = other.layers.into_iter().map(without_noise).collect();
        layers.append(&mut plot.layers);
        layers.push(Layer {
            name: "label noise ends".to_owned(),
            shape: Shape::Vertical(until as f64, Pattern::Dotted),
            ink: Ink::Weak,
            opacity: 1.0,
            width: 1.4,
        });
        plot.layers = layers;
        plot.y.range = union(plot.y.range, other.y.range);
        plot.x.range = union(plot.x.range, other.x.range);
    }
    let line = |method: &Method, label: &str, marked, pattern, width, opacity| LegendEntry {
        label: label.to_owned(),
        ink: method.look.ink,
        opacity,
        swatch: Swatch::Line {
            pattern,
            marked,
            width,
        },
    };
    made.figure.legend = vec![
        line(&GD, "GD", false, Pattern::Solid, 2.6, 1.0),
        line(&SGD, "SGD", false, Pattern::Dashed, 1.6, FAINT),
        line(&SGD, "SGD with label noise", true, Pattern::Solid, 1.6, 1.0),
        LegendEntry {
            label: format!("label noise ends, k = {}", count(until)),
            ink: Ink::Weak,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern: Pattern::Dotted,
                marked: false,
                width: 1.4,
            },
        },
    ];
    for (name, _) in &mut made.measured.rows {
        name.push_str(" with label noise");
    }
    made.measured.rows.extend(other.measured.rows);
    Ok(made)
}

/// How strong a line of second rank is.
const FAINT: f64 = 0.7;

/// A layer of the runs without label noise, told apart from those with it by its line.
fn without_noise(mut layer: Layer) -> Layer {
    layer.name.push_str(" without label noise");
    if layer.ink == SGD.look.ink
        && let Shape::Line {
            pattern, marked, ..
        } = &mut layer.shape
    {
        (*pattern, *marked) = (Pattern::Dashed, false);
        layer.opacity *= FAINT;
    }
    layer
}

fn union(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    let (a, b) = (a?, b?);
    Some((a.0.min(b.0), a.1.max(b.1)))
}

/// The slides' three toys side by side.
pub(super) fn toys(progress: &Progress<'_>) -> Result<Made, LabError> {
    const TOYS: [&str; 3] = ["toy-large", "toy-medium", "toy-small"];
    let mut all: Option<Made> = None;
    for (at, id) in TOYS.into_iter().enumerate() {
        let part = |part: f64| progress((at as f64 + part) / TOYS.len() as f64);
        let recipe = recipe_of(id);
        let history = run(&recipe, true, &part)?;
        let mut made = of_history(&recipe, &history, &Look::paper(&["space"], TOYS.len()));
        for cell in &mut made.figure.cells {
            cell.title = format!("α = {}", short(recipe.knobs.real("alpha"), 3));
        }
        for (name, _) in &mut made.measured.rows {
            *name = format!("{name} from α = {}", recipe.knobs.get("alpha"));
        }
        match &mut all {
            None => all = Some(made),
            Some(all) => {
                all.figure.cells.append(&mut made.figure.cells);
                all.measured.rows.append(&mut made.measured.rows);
            }
        }
    }
    Ok(all.expect("there are three toys"))
}

/// SGF from α and gradient flow from the α∞ it comes to, in the three-dimensional toy.
pub(super) fn same_landing(progress: &Progress<'_>) -> Result<Made, LabError> {
    let recipe = recipe_of("toy-3d");
    let fork = format!("gf from sgf-1 at {} predicted", recipe.knobs.count("steps"));
    let recipe = with(
        recipe,
        &[("sgd_runs", "0"), ("sgf_runs", "1"), ("forks", &fork)],
    );
    let history = run(&recipe, true, progress)?;
    let mut made = of_history(&recipe, &history, &Look::paper(&["space"], 1));
    for cell in &mut made.figure.cells {
        if let Content::Plot(plot) = &mut cell.content {
            plot.key.clear();
        }
    }
    name_fork(&mut made, "GF from α∞");
    Ok(made)
}

/// What a legend calls the family of forks.
const FORKS: &str = "Fork";

/// Says in the legend what the only fork is.
fn name_fork(made: &mut Made, label: &str) {
    let mut entries = made.figure.legend.iter_mut();
    if let Some(entry) = entries.find(|entry| entry.label == FORKS) {
        label.clone_into(&mut entry.label);
    }
}

/// Fig 4: SGD from α, GD from α, and GD from the α∞ that the first run of SGD comes to.
pub(super) fn same_end(progress: &Progress<'_>) -> Result<Made, LabError> {
    let panels = ["training_loss", "validation_loss"];
    let mut made = preset("fig4", &Look::paper(&panels, 2), progress)?;
    name_fork(&mut made, "GD from α∞");
    Ok(made)
}
