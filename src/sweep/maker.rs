//! Pictures of a sweep made in the background: those of a hundred thousand cells take as long as many frames.
//!
//! Whoever watches gives an [`Order`] with the cells that are new, and goes on showing what was made last until the
//! answer is there. One order at a time: cells that arrive meanwhile go with the next one. In a browser's page, which
//! has no threads, an order is carried out at once.

mod dots;
#[cfg(any(target_arch = "wasm32", test))]
pub mod inline;
#[cfg(not(target_arch = "wasm32"))]
pub mod threaded;

use std::sync::Arc;
use std::time::Duration;

use web_time::Instant;

pub use dots::{Dot, Dots};

use super::Sweep;
use super::caption::caption;
use super::picture::Shown;
use super::pictures::Pictures;
use super::run::CellResult;
use super::summary::{Results, Tally};

/// What somebody has chosen to see; the usual where nothing is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The quantity over the axes.
    pub column: Option<&'static str>,
    /// What the colours of a map show.
    pub of: Option<Shown>,
}

/// An order for pictures of all cells that were given so far.
#[derive(Debug)]
pub struct Order {
    /// Those that were not given yet.
    pub cells: Vec<Arc<CellResult>>,
    /// What they are to show.
    pub choice: Choice,
}

/// The answer to an [`Order`].
#[derive(Debug)]
pub struct Made {
    /// The cells of the order: with those before, what the pictures are of.
    pub cells: Vec<Arc<CellResult>>,
    /// What was asked for.
    pub choice: Choice,
    /// The pictures; `None` while there is nothing to show.
    pub pictures: Option<Pictures>,
    /// The dots of their cloud.
    pub dots: Dots,
    /// What they show, in words.
    pub caption: String,
    /// How their runs have ended.
    pub tally: Tally,
    /// How long making them took.
    pub took: Duration,
}

/// The cells that were given so far, and what is made of them.
struct Source {
    sweep: Arc<Sweep>,
    results: Results,
}

impl Source {
    fn new(sweep: Arc<Sweep>) -> Self {
        Self {
            results: Results::new(&sweep),
            sweep,
        }
    }

    fn make(&mut self, order: Order) -> Made {
        let start = Instant::now();
        let Order { cells, choice } = order;
        for cell in &cells {
            self.results.insert(cell.clone());
        }
        let (sweep, results) = (&*self.sweep, &self.results);
        let pictures = Pictures::of(sweep, results, choice.column, choice.of);
        let dots = pictures.as_ref().map(|made| Dots::of(results, made));
        Made {
            dots: dots.unwrap_or_default(),
            pictures,
            caption: caption(sweep, results),
            tally: results.tally(),
            cells,
            choice,
            took: start.elapsed(),
        }
    }
}
