//! Figures for papers and slides: the lab's pictures as data, laid out on a page, written as SVG, PDF
//! or PNG. No window, no GPU, no threads.
//!
//! ```text
//! Panel + History → panels::cell → Cell → Figure → layout → SVG → PNG, PDF
//!                                    └→ CSV
//! ```
//!
//! A [`Figure`] says what is drawn, in the units of the data; `svg` decides where. What is drawn is
//! complete: a curve of a hundred thousand points has them all in its CSV, and as many as can be told
//! apart on the page.

pub mod adjust;
pub mod catalogue;
pub mod clip;
pub mod csv;
pub mod fonts;
pub mod image;
pub mod imprint;
mod marks;
pub mod output;
pub mod page;
mod plot;
pub mod simulate;
mod svg;

use crate::scene::pictures::{self, TRUTH};
use crate::scene::view::View;
use crate::scene::{Cell, Content, Ink, LegendEntry, Plot};
use crate::sweep::pictures::Pictures;

/// A page of pictures.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// Above everything; may be empty.
    pub title: String,
    /// What to notice, under the title; may be empty.
    pub caption: String,
    /// Row by row.
    pub cells: Vec<Cell>,
    /// Cells in a row.
    pub columns: usize,
    /// What the lines mean, outside the plots.
    pub legend: Vec<LegendEntry>,
    /// One line under everything: how it was made. May be empty.
    pub footer: String,
}

impl Figure {
    /// Pictures of a history, with a legend of what they show.
    pub fn of(cells: impl Iterator<Item = Cell>, columns: usize, view: &View<'_>) -> Self {
        let cells: Vec<Cell> = cells.collect();
        // Other points that are known beforehand have rings too, with names beside them.
        let has_truth = plots(&cells)
            .flat_map(|plot| &plot.layers)
            .any(|layer| layer.name == TRUTH);
        let mut legend = pictures::legend(view);
        legend.retain(|entry| has_truth || entry.ink != Ink::Reference);
        legend.extend(Self::shades(&cells));
        Self {
            cells,
            columns,
            legend,
            ..Self::default()
        }
    }

    /// The pictures of a sweep.
    pub fn of_sweep(pictures: &Pictures) -> Self {
        let cells = [pictures.over_cell(), pictures.cloud_cell()];
        let cells: Vec<Cell> = cells.into_iter().flatten().collect();
        Self {
            columns: cells.len(),
            cells,
            legend: pictures.legend(),
            ..Self::default()
        }
    }

    /// What the shades mean that can be seen in these cells.
    fn shades(cells: &[Cell]) -> Vec<LegendEntry> {
        pictures::shades(plots(cells))
    }
}

fn plots(cells: &[Cell]) -> impl Iterator<Item = &Plot> {
    cells.iter().filter_map(|cell| match &cell.content {
        Content::Plot(plot) => Some(plot),
        Content::Table(_) => None,
    })
}
