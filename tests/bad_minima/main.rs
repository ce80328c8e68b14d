//! The claims of the lab on bad minima, over points and starts that nobody has picked.
//!
//! Every number comes from the presets' own recipes with other seeds. Tolerances are those that were set
//! beforehand from another program's runs over ten and twenty seeds (medians and ranges in the comments), not
//! what these runs gave.

mod inputs;
mod table;

use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::labs::bad_minima::LAB;
use implicit_bias_lab::labs::{Lab as _, RecordingExperiment};
use implicit_bias_lab::recipe::{Recipe, preset};
use implicit_bias_lab::sim::experiment::Sample;
use implicit_bias_lab::sim::history::History;

/// A preset with other settings.
fn recipe(id: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(id)
        .unwrap_or_else(|error| panic!("{error}"))
        .recipe();
    for (key, value) in settings {
        let set = recipe.knobs.set_text(key, value);
        set.unwrap_or_else(|error| panic!("{error}"));
    }
    recipe
}

/// The same points and starts for every one of these seeds.
fn seeded(id: &str, seed: u64, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = recipe(id, settings);
    for key in ["point_seed", "initial_seed", "order_seed"] {
        let set = recipe.knobs.set_text(key, &seed.to_string());
        set.unwrap_or_else(|error| panic!("{error}"));
    }
    recipe
}

fn experiment(recipe: &Recipe) -> Box<dyn RecordingExperiment> {
    let made = LAB.experiment(&recipe.knobs, false);
    made.unwrap_or_else(|error| panic!("{error}"))
}

/// Where the networks of an experiment have come to, by family and column.
struct End {
    families: Vec<&'static str>,
    columns: Vec<&'static str>,
    sample: Sample,
}

impl End {
    /// After the recipe's length, without its changes on the way.
    fn of(recipe: &Recipe) -> Self {
        Self::at(recipe, recipe.knobs.length())
    }

    /// After so many steps.
    fn at(recipe: &Recipe, steps: u64) -> Self {
        let [end] = Self::after(recipe, [steps]);
        end
    }

    /// The same experiment after rising numbers of steps.
    fn after<const N: usize>(recipe: &Recipe, steps: [u64; N]) -> [Self; N] {
        let mut experiment = experiment(recipe);
        let setup = experiment.setup().clone();
        steps.map(|steps| {
            let taken = experiment.step();
            experiment.advance(steps - taken);
            Self {
                families: setup.runs.iter().map(|run| run.family.id).collect(),
                columns: setup.columns.iter().map(|column| column.id).collect(),
                sample: experiment.sample(),
            }
        })
    }

    /// NaN of a network that has diverged.
    fn of_family(&self, family: &str, column: &str) -> f64 {
        let position = |names: &[&str], name: &str| {
            let at = names.iter().position(|known| *known == name);
            at.unwrap_or_else(|| panic!("there is no {name}"))
        };
        let column = position(&self.columns, column);
        let run = &self.sample.runs[position(&self.families, family)];
        run.as_ref().map_or(f64::NAN, |run| run.values[column])
    }

    fn random(&self, column: &str) -> f64 {
        self.of_family("random-start", column)
    }

    fn adversarial(&self, column: &str) -> f64 {
        self.of_family("adversarial-start", column)
    }
}

fn history(recipe: &Recipe) -> History {
    let made = simulate(recipe, recipe.knobs.length(), false, &mut |_| ());
    made.unwrap_or_else(|error| panic!("{error}"))
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
