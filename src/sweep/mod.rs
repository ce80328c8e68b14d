//! A sweep: one recipe at many places, with many seeds at each.
//!
//! A *place* is one combination of the values of some settings ([`Axis`]); a *cell* is one place
//! with one choice of seeds, an experiment with all the runs of the recipe. Cells are numbered in the
//! order of the table that they end up in: first axis, second axis, and so on, seed, the last one fastest. They
//! are run in another order, coarse to fine ([`Sweep::order`]), so that a picture of the whole appears
//! early. Either order depends on the sweep alone, and what a cell holds depends on neither the
//! order nor the threads: a table is the same, byte for byte, however it was made.
//!
//! [`run`](mod@run) runs cells, [`trial`] finds out before and [`pace`] meanwhile how long that takes, [`summary`]
//! condenses them for pictures, [`caption`](mod@caption) for words,
//! [`table`] writes them to a file that survives an interruption, in parts for as many machines
//! ([`Shard`]), and [`read`](mod@read) reads it back; [`job`] runs a sweep while somebody
//! watches, and [`maker`] makes its pictures. The sweeps that labs bring are plans ([`SweepPlan`](crate::labs::SweepPlan)).

mod axis;
pub mod caption;
mod finish;
pub mod job;
pub mod maker;
pub mod pace;
pub mod picture;
pub mod pictures;
pub mod read;
mod ready;
pub mod run;
mod shard;
pub mod summary;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod trial;

pub use axis::{Axis, AxisError};
pub use finish::Finish;
pub use shard::Shard;

pub use crate::labs::{Steps, Vary};

use crate::format::number;
use crate::knobs::{Kind, KnobError, Knobs, Role, Value};
use crate::labs::LabError;
use crate::recipe::{Recipe, RecipeError};
use run::CellResult;

/// The most cells of a sweep: numbering them takes megabytes, not gigabytes.
pub const MAX_CELLS: u64 = 10_000_000;

impl Vary {
    /// The settings that count up from the recipe's own value; none in a lab without seeds.
    pub fn seeds(self, knobs: &Knobs) -> Vec<&'static str> {
        let data = knobs.keys_of(Role::DataSeed);
        let noise = knobs.keys_of(Role::NoiseSeed);
        match self {
            Self::All => data.chain(noise).collect(),
            Self::Noise => noise.collect(),
        }
    }
}

/// The step size at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepSize {
    /// What the recipe says; where that is automatic, what suits the place.
    Recipe,
    /// 0.9 of the largest step size at which runs are stable there, found by trial runs.
    Edge,
}

impl StepSize {
    /// The word on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Recipe => "recipe",
            Self::Edge => "edge",
        }
    }
}

/// How far the step size stays below the measured edge.
const BELOW_EDGE: f64 = 0.9;

impl Steps {
    /// The number of steps at a place with these settings and step size, whose runs have settled after this
    /// time.
    fn length(self, knobs: &Knobs, step_size: f64, settled: Option<f64>) -> u64 {
        let own = knobs.length();
        // The cast saturates: a step size of 0 does not get here, and the knob bounds what does.
        let steps = |time: f64| (time / step_size) as u64;
        let length = match (self, settled) {
            (Self::Recipe, _) | (Self::Auto, None) => own,
            (Self::FlowTime(time), _) => steps(time),
            (Self::Auto, Some(time)) => own.max(steps(time).saturating_add(1)),
        };
        length.clamp(1, longest(knobs))
    }
}

/// What the length takes at most.
fn longest(knobs: &Knobs) -> u64 {
    match knobs.knob_of(Role::Length).map(|knob| &knob.kind) {
        Some(Kind::Count { max, .. }) => *max,
        _ => u64::MAX,
    }
}

/// Why there is no such sweep, or why it has ended early.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// No such axis.
    #[error(transparent)]
    Axis(#[from] AxisError),
    /// An axis that the sweep varies in another way.
    #[error("`{key}` is varied twice: {hint}")]
    Twice {
        /// The setting.
        key: &'static str,
        /// What else varies it, and what to do.
        hint: &'static str,
    },
    /// A lab that cannot say what is stable.
    #[error("this lab measures no largest step size: take the recipe's instead")]
    NoEdge,
    /// A lab that cannot say where runs are going to end.
    #[error("this lab does not know where its runs are going to end: leave `--finish` out")]
    NoDestinations,
    /// No seeds.
    #[error("a sweep over no seeds is empty: take at least 1")]
    NoSeeds,
    /// Too many cells.
    #[error("{cells} cells are more than {MAX_CELLS}: take fewer values or seeds")]
    TooLarge {
        /// How many.
        cells: u128,
    },
    /// A seed out of range.
    #[error(transparent)]
    Knob(#[from] KnobError),
    /// The plan's preset or its settings are wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A mistake of the program, met in a cell.
    #[error("an internal error stopped the sweep{}: {reason}", place.as_ref().map_or_else(String::new, |place| format!(" at {place}")))]
    Crashed {
        /// Where; nothing for a sweep of a single place.
        place: Option<String>,
        /// What the panic said.
        reason: String,
    },
    /// A cell cannot run.
    #[error("{}cannot run: {source}", place.as_ref().map_or_else(String::new, |place| format!("{place} ")))]
    Lab {
        /// Where; nothing for a sweep of a single place.
        place: Option<String>,
        /// Why.
        source: LabError,
    },
}

/// See the module.
///
/// ```
/// use implicit_bias_lab::recipe::preset;
/// use implicit_bias_lab::sweep::{Axis, Steps, Sweep, Vary};
///
/// let recipe = preset("rich")?.recipe();
/// let axis = Axis::parse("alpha=0.01:1:3", &recipe.knobs)?;
/// let sweep = Sweep::new(recipe, vec![axis], 5, Vary::All, Steps::Recipe)?;
/// assert_eq!((sweep.places(), sweep.cells()), (3, 15));
/// assert_eq!(sweep.recipe(7).knobs.real("alpha"), 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    base: Recipe,
    axes: Vec<Axis>,
    seeds: u64,
    vary: Vary,
    steps: Steps,
    step_size: StepSize,
    finish: Finish,
}

impl Sweep {
    /// A sweep of a recipe over some settings, with this many seeds at each place. Seed number s
    /// adds s to the recipe's own seeds: with number 0 the recipe's own run is made. Without axes it
    /// is a cloud: many seeds at one place.
    ///
    /// Where the recipe's step size is automatic, it is chosen anew at every place. A lab without seeds has one
    /// cell at each.
    pub fn new(
        base: Recipe,
        axes: Vec<Axis>,
        seeds: u64,
        vary: Vary,
        steps: Steps,
    ) -> Result<Self, SweepError> {
        if seeds == 0 {
            return Err(SweepError::NoSeeds);
        }
        for (at, axis) in axes.iter().enumerate() {
            let hint = if axes[..at].iter().any(|other| other.key() == axis.key()) {
                "name another setting"
            } else if vary.seeds(&base.knobs).contains(&axis.key()) {
                "seeds count up by themselves, as many as asked for"
            } else if axis.role(&base.knobs) == Some(Role::Length) && steps != Steps::Recipe {
                "its length is chosen at every place; take the recipe's instead"
            } else {
                continue;
            };
            return Err(SweepError::Twice {
                key: axis.key(),
                hint,
            });
        }
        // Without seeds the cells of a place would all be the same.
        let seeds = match vary.seeds(&base.knobs)[..] {
            [] => 1,
            _ => seeds,
        };
        let values = axes.iter().map(|axis| axis.values().len() as u128);
        let seeds_each = u128::from(seeds);
        let cells = values.fold(seeds_each, u128::saturating_mul);
        if cells > u128::from(MAX_CELLS) {
            return Err(SweepError::TooLarge { cells });
        }
        let sweep = Self {
            base,
            axes,
            seeds,
            vary,
            steps,
            step_size: StepSize::Recipe,
            finish: Finish::End,
        };
        // The largest seed: the others are in range if it is.
        sweep.set_seeds(&mut sweep.base.knobs.clone(), seeds - 1)?;
        Ok(sweep)
    }

    /// The same with the step size chosen in this way.
    pub fn with_step_size(self, step_size: StepSize) -> Result<Self, SweepError> {
        if step_size == StepSize::Edge {
            let key = self.base.knobs.key_of(Role::StepSize);
            let (Some(key), Some(_)) = (key, self.base.lab.edge()) else {
                return Err(SweepError::NoEdge);
            };
            if self.axes.iter().any(|axis| axis.key() == key) {
                return Err(SweepError::Twice {
                    key,
                    hint: "it is measured at every place; take the recipe's instead",
                });
            }
        }
        Ok(Self { step_size, ..self })
    }

    /// The same with runs that are over at another time.
    pub fn with_finish(self, finish: Finish) -> Result<Self, SweepError> {
        if finish != Finish::End && !self.base.lab.knows_destinations() {
            return Err(SweepError::NoDestinations);
        }
        Ok(Self { finish, ..self })
    }

    /// When runs are over.
    pub fn finish(&self) -> Finish {
        self.finish
    }

    /// How the step size is chosen.
    pub fn step_size(&self) -> StepSize {
        self.step_size
    }

    /// The recipe that is varied.
    pub fn base(&self) -> &Recipe {
        &self.base
    }

    /// The settings that vary.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Cells per place.
    pub fn seeds(&self) -> u64 {
        self.seeds
    }

    /// What changes from cell to cell of a place.
    pub fn vary(&self) -> Vary {
        self.vary
    }

    /// How long the runs may go on.
    pub fn steps(&self) -> Steps {
        self.steps
    }

    /// How many places there are.
    pub fn places(&self) -> u64 {
        let values = self.axes.iter().map(|axis| axis.values().len() as u64);
        values.product()
    }

    /// How many cells there are.
    pub fn cells(&self) -> u64 {
        self.places() * self.seeds
    }

    /// The place of a cell.
    pub fn place(&self, cell: u64) -> u64 {
        cell / self.seeds
    }

    /// The number of a cell's seeds, from 0.
    pub fn seed(&self, cell: u64) -> u64 {
        cell % self.seeds
    }

    /// Where a place is on each axis.
    fn coordinates(&self, place: u64) -> Vec<usize> {
        let mut rest = place as usize;
        let mut at = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            at.push(rest % axis.values().len());
            rest /= axis.values().len();
        }
        at.reverse();
        at
    }

    /// The place there.
    fn place_at(&self, coordinates: &[usize]) -> u64 {
        let pairs = self.axes.iter().zip(coordinates);
        pairs.fold(0, |place, (axis, at)| {
            place * axis.values().len() as u64 + *at as u64
        })
    }

    /// What to show at a place: itself if it is known, else the known corner of the smallest square of
    /// places of a coarser grid that it lies in. As coarse grids come first, a map fills in squares.
    pub fn stand_in(&self, place: u64, is_known: impl Fn(u64) -> bool) -> Option<u64> {
        let at = self.coordinates(place);
        let longest = self.axes.iter().map(|axis| axis.values().len()).max();
        let halvings = longest.unwrap_or(1).ilog2() + 1;
        (0..=halvings).find_map(|halving| {
            let corner: Vec<usize> = at.iter().map(|at| at >> halving << halving).collect();
            Some(self.place_at(&corner)).filter(|place| is_known(*place))
        })
    }

    /// The values of the axes at a place; of one of words, where the word stands in its list.
    pub fn values(&self, place: u64) -> Vec<f64> {
        let at = self.coordinates(place);
        let pairs = self.axes.iter().zip(at);
        pairs.map(|(axis, at)| axis.values()[at]).collect()
    }

    fn set_seeds(&self, knobs: &mut Knobs, seed: u64) -> Result<(), KnobError> {
        for key in self.vary.seeds(&self.base.knobs) {
            if let Value::Count(own) = self.base.knobs.get(key) {
                knobs.set(key, Value::Count(own.saturating_add(seed)))?;
            }
        }
        Ok(())
    }

    /// The recipe of a cell, as long as the sweep's own; [`Sweep::recipe_of`] knows how long it ran.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn recipe(&self, cell: u64) -> Recipe {
        assert!(cell < self.cells(), "there is no cell {cell}");
        let mut recipe = self.base.clone();
        let set = |recipe: &mut Recipe| -> Result<(), KnobError> {
            for (axis, at) in self.axes.iter().zip(self.coordinates(self.place(cell))) {
                recipe.knobs.set(axis.key(), axis.value(at))?;
            }
            self.set_seeds(&mut recipe.knobs, self.seed(cell))
        };
        set(&mut recipe).expect("values and seeds were checked when the sweep was made");
        recipe
    }

    /// The recipe that makes a cell again, with its length and step size as numbers, run to where it ended.
    pub fn recipe_of(&self, result: &CellResult) -> Recipe {
        let mut recipe = self.recipe(result.cell);
        let steps = result.runs.iter().map(|run| run.steps);
        recipe.step = steps.max().unwrap_or(0);
        // A step size outside the setting's range stays automatic: it is the same number.
        for (role, value) in [
            (Role::StepSize, Value::Real(result.step_size)),
            (Role::Length, Value::Count(result.length)),
        ] {
            drop(recipe.knobs.set_of(role, value));
        }
        recipe.knobs = recipe.lab.pinned(&recipe.knobs, &Default::default());
        recipe
    }

    /// What a cell is called: the sweep's title without what is behind its colon, the place with the names that are
    /// on the screen, and the seed.
    pub fn name_of(&self, title: &str, cell: u64) -> String {
        let mut words = self.settings_at(self.place(cell), 3);
        if self.seeds > 1 {
            words.push(format!("seed {}", self.seed(cell) + 1));
        }
        let title = title.split(':').next().unwrap_or_default().trim();
        if words.is_empty() {
            title.to_owned()
        } else {
            format!("{title}: {}", words.join(", "))
        }
    }

    /// What is set at a place, by the names on the screen and with so many digits: `α = 0.1`, `Label noise = constant`.
    pub fn settings_at(&self, place: u64, digits: usize) -> Vec<String> {
        let pairs = self.axes.iter().zip(self.coordinates(place));
        let words = pairs.map(|(axis, at)| {
            let label = axis.knob(&self.base.knobs).label;
            let value = axis.in_words(at, digits, &self.base.knobs);
            format!("{label} = {value}")
        });
        words.collect()
    }

    /// The place in words, such as `alpha = 0.1, batch = 4`.
    fn place_in_words(&self, place: u64) -> Option<String> {
        let pairs = self.axes.iter().zip(self.coordinates(place));
        let words: Vec<String> = pairs
            .map(|(axis, at)| format!("{} = {}", axis.key(), axis.typed(at)))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// What is done, such as `alpha at 12 values from 0.005 to 1, 10 seeds of noise, steps: auto`.
    pub fn in_words(&self) -> String {
        let until = match self.finish {
            Finish::End => String::new(),
            Finish::Destination(error) => {
                format!(
                    ", or until their end is known to {} %",
                    number(100.0 * error, 2)
                )
            }
        };
        format!("{}, steps: {}{until}", self.cells_in_words(), self.steps)
    }

    /// The same without how long runs go on.
    pub fn cells_in_words(&self) -> String {
        let axes = self.axes.iter().map(|axis| {
            let values = axis.values();
            if axis.is_categorical() {
                let words: Vec<String> = axis.words().iter().map(Value::to_string).collect();
                return format!("{} at {}", axis.key(), words.join(", "));
            }
            let (first, last) = (values[0], values[values.len() - 1]);
            format!(
                "{} at {} values from {first} to {last}",
                axis.key(),
                values.len()
            )
        });
        let seeds = match self.vary {
            _ if self.vary.seeds(&self.base.knobs).is_empty() => "cell each",
            Vary::All => "seeds of data and noise",
            Vary::Noise => "seeds of noise",
        };
        let seeds = format!("{} {seeds}", self.seeds);
        axes.chain([seeds]).collect::<Vec<_>>().join(", ")
    }

    /// How late a place comes: 0 for the coarsest grid, which holds the ends of every axis.
    fn level(&self, place: u64) -> u32 {
        let at = self.coordinates(place);
        let pairs = self.axes.iter().zip(at);
        let levels = pairs.map(|(axis, at)| level(at, axis.values().len()));
        levels.max().unwrap_or(0)
    }

    /// Where the coarsest grid has its places along each axis: its ends, and one between them.
    pub(crate) fn marks(&self) -> Vec<Vec<usize>> {
        let axes = self.axes.iter().map(|axis| axis.values().len());
        axes.map(|len| (0..len).filter(|at| level(*at, len) == 0).collect())
            .collect()
    }

    /// The places of the coarsest grid, in their order.
    pub fn corners(&self) -> Vec<u64> {
        let mut corners = vec![Vec::new()];
        for marks in self.marks() {
            let with =
                |corner: Vec<usize>| marks.iter().map(move |at| [&corner[..], &[*at]].concat());
            corners = corners.into_iter().flat_map(with).collect();
        }
        let places = corners.iter();
        places.map(|corner| self.place_at(corner)).collect()
    }

    /// The order in which to run these cells: the first seed of every place before the second of
    /// any, and the places of a coarse grid before those between.
    pub fn order(&self, cells: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let mut order: Vec<u64> = cells.into_iter().collect();
        order.sort_by_cached_key(|cell| (self.seed(*cell), self.level(self.place(*cell)), *cell));
        order
    }
}

/// The first of the grids of step 2^L, 2^(L−1), …, 1 on `0..len` to hold `at`. The last place counts as
/// one of the coarsest, of some three places.
fn level(at: usize, len: usize) -> u32 {
    let coarsest = (len.max(2) - 1).ilog2();
    if at == 0 || at + 1 == len {
        0
    } else {
        coarsest.saturating_sub(at.trailing_zeros())
    }
}
