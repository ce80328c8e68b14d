//! The paper's figures and the slides' pictures: what runs, what is drawn of it, what it illustrates.
//! A new figure is one entry of [`FIGURES`].

mod index;
mod runs;
mod sweeps;

use serde_json::{Map, Value as Json, json};

pub use index::index;
pub use runs::{Look, of_history};

use super::Figure;
use super::imprint::Imprint;
use super::page::{ONE_COLUMN, TWO_COLUMNS};
use crate::labs::LabError;
use crate::recipe::{Recipe, link};

/// A figure that can be made by name.
pub struct Spec {
    /// Name on the command line.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// What the paper or the slides say with it.
    pub claim: &'static str,
    /// The width it is made for, in points.
    pub width: f64,
    make: fn(&Progress<'_>) -> Result<Made, LabError>,
}

/// Hears the part done, from 0 to 1, from any thread.
pub type Progress<'a> = dyn Fn(f64) + Sync + 'a;

/// A figure with what it was made of.
pub struct Made {
    /// The figure.
    pub figure: Figure,
    /// The run it shows, or the one that its sweep varies.
    pub recipe: Recipe,
    /// The numbers behind it.
    pub measured: Measured,
    /// How it was made, in one line.
    pub provenance: String,
}

/// A table of numbers: what an index page and `summary.json` show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Names of the columns.
    pub columns: Vec<&'static str>,
    /// What a row is about, and its numbers; NaN where there is none.
    pub rows: Vec<(String, Vec<f64>)>,
}

impl Measured {
    /// As JSON: one object per row.
    pub fn to_json(&self) -> Json {
        let rows = self.rows.iter().map(|(name, numbers)| {
            let mut row = Map::new();
            row.insert("name".to_owned(), name.as_str().into());
            for (column, number) in self.columns.iter().zip(numbers) {
                row.insert((*column).to_owned(), (*number).into());
            }
            Json::Object(row)
        });
        rows.collect()
    }
}

/// Every figure by name, in the order of the paper, then of the slides.
pub static FIGURES: &[Spec] = &[
    Spec {
        id: "fig1-left",
        title: "Fig 1 left: SGD beats GD",
        claim: "From the same small initialisation and with the same step size, SGD ends at a solution that \
                generalises better than GD's.",
        width: ONE_COLUMN,
        make: |progress| runs::preset("fig1-left", &Look::paper(&["validation_loss"], 1), progress),
    },
    Spec {
        id: "fig1-right",
        title: "Fig 1 right: the gain grows as α falls",
        claim: "Over a range of α, SGD's validation loss is below GD's, by more than an order of magnitude for \
                small α; for large α the kernel regime leaves no difference.",
        width: ONE_COLUMN,
        make: sweeps::initialisation_scales,
    },
    Spec {
        id: "fig2",
        title: "Fig 2: the slower the loss falls, the better the end",
        claim: "SGD's training loss falls more slowly than GD's, so its integral is larger and its validation \
                loss ends lower.",
        width: TWO_COLUMNS,
        make: |progress| {
            let panels = ["training_loss", "loss_integral", "validation_loss"];
            runs::preset("fig2", &Look::paper(&panels, 3), progress)
        },
    },
    Spec {
        id: "fig3",
        title: "Fig 3: SGF is a good model of SGD",
        claim: "Five runs of SGD and five of the stochastic gradient flow of eq. 3 train and validate alike.",
        width: TWO_COLUMNS,
        make: |progress| {
            let panels = ["training_loss", "validation_loss"];
            runs::preset("fig3", &Look::paper(&panels, 2), progress)
        },
    },
    Spec {
        id: "fig4",
        title: "Fig 4: SGD from α is GD from α∞",
        claim: "GD started from the effective initialisation α∞ of eq. 5, which is smaller than α, ends where SGD \
                from α ends.",
        width: TWO_COLUMNS,
        make: runs::same_end,
    },
    Spec {
        id: "fig5",
        title: "Fig 5: label noise, then none",
        claim: "Label noise for the first 1000 iterations slows training down and ends at a much better solution \
                (App. D.1).",
        width: TWO_COLUMNS,
        make: runs::label_noise,
    },
    Spec {
        id: "toy",
        title: "Slides: gradient flow from a large, an intermediate and a small α",
        claim: "The initialisation decides where on the line of interpolators the flow ends: near the least ℓ₂ norm \
                for large α, near the least ℓ₁ norm for small α.",
        width: TWO_COLUMNS,
        make: runs::toys,
    },
    Spec {
        id: "alpha-infinity",
        title: "Slides: noise from α, gradient flow from α∞",
        claim: "The stochastic flow from α and gradient flow from the smaller α∞ end at the same point.",
        width: ONE_COLUMN,
        make: runs::same_landing,
    },
    Spec {
        id: "fourier-sparse",
        title: "Slides: Fourier features, sparse truth",
        claim: "Where the truth is sparse, the sparser solution of SGD is also the better function.",
        width: TWO_COLUMNS,
        make: |progress| {
            let panels = ["function", "validation_loss"];
            runs::preset("fourier-sparse", &Look::paper(&panels, 2), progress)
        },
    },
    Spec {
        id: "fourier-dense",
        title: "Slides: Fourier features, dense truth",
        claim: "Where the truth is dense, SGD's sparser solution does not generalise better: bias is not \
                generalisation.",
        width: TWO_COLUMNS,
        make: |progress| {
            let panels = ["function", "validation_loss"];
            runs::preset("fourier-dense", &Look::paper(&panels, 2), progress)
        },
    },
    Spec {
        id: "bonus0",
        title: "Slides, bonus 0: not every noise helps",
        claim: "The structure of the noise matters: without Xᵀ in the diffusion, or as Langevin noise, it does not \
                lead to a better interpolator.",
        width: TWO_COLUMNS,
        make: |progress| {
            let panels = ["training_loss", "validation_loss", "kkt_residual"];
            let look = Look {
                theory: true,
                ..Look::paper(&panels, 3)
            };
            runs::preset("other-noises", &look, progress)
        },
    },
    Spec {
        id: "bonus2",
        title: "Slides, bonus 2: GD's step size hardly matters",
        claim: "GD's validation loss hardly depends on the step size; SGD's falls towards the edge of divergence.",
        width: ONE_COLUMN,
        make: sweeps::step_sizes,
    },
    Spec {
        id: "bonus3",
        title: "Slides, bonus 3: training speed and generalisation",
        claim: "The larger the integral of the training loss, the lower the validation loss: exactly so for SGF, as \
                a trend for SGD.",
        width: ONE_COLUMN,
        make: sweeps::training_speeds,
    },
];

impl Spec {
    /// Runs what has to be run and builds the figure.
    pub fn make(&self, progress: &Progress<'_>) -> Result<Made, LabError> {
        (self.make)(progress)
    }
}

/// The figure of that name.
pub fn spec(id: &str) -> Option<&'static Spec> {
    FIGURES.iter().find(|spec| spec.id == id)
}

impl Made {
    /// What its files say of themselves.
    pub fn imprint(&self, title: &str, about: &str) -> Imprint {
        Imprint::of(&self.recipe, title, about)
    }

    /// Its recipe and numbers for `summary.json`.
    pub fn summary(&self) -> Json {
        json!({
            "recipe": link::encode(&self.recipe),
            "measured": self.measured.to_json(),
        })
    }
}

/// The line under a figure: `provenance` says how it was made, `title` what it shows.
pub fn footer(provenance: &str, title: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Implicit Bias Lab {version} · {title} · {provenance}")
}
