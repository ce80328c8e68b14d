//! The pictures of a sweep side by side: a quantity over its axes, and every run as a dot.

use super::Sweep;
use super::picture::{self, Quantity, Shown};
use super::summary::Results;
use crate::scene::{Cell, LegendEntry, Plot};
use crate::sim::experiment::{Column, Family};

/// The title of what runs have come to over the axes.
pub const AT_THE_END: &str = "At the end";

/// See the module.
#[derive(Debug)]
pub struct Pictures {
    /// Over the axes; none without axes.
    pub over: Option<Plot>,
    /// Run by run, if the lab says what to hold against what.
    pub cloud: Option<Cloud>,
    /// The quantity over the axes.
    pub column: &'static Column,
    /// Everything that is recorded.
    pub columns: &'static [Column],
    /// The families of the runs.
    pub families: Vec<Family>,
    /// What the colours of a map show.
    pub of: Shown,
    has_places: bool,
}

/// Every run as a dot.
#[derive(Debug)]
pub struct Cloud {
    /// The dots.
    pub plot: Plot,
    /// What they are, with their rank correlations.
    pub legend: Vec<LegendEntry>,
    /// What is drawn over what.
    pub axes: [Quantity<'static>; 2],
}

impl Pictures {
    /// Of the finished cells, with the lab's merit and its usual colours where nothing else is chosen; `None` while
    /// no cell is finished.
    pub fn of(
        sweep: &Sweep,
        results: &Results,
        column: Option<&str>,
        of: Option<Shown>,
    ) -> Option<Self> {
        let (families, columns) = (results.families(), results.columns());
        let find = |id: &str| columns.iter().find(|column| column.id == id);
        let lab = sweep.base().lab;
        let roles = lab.roles();
        let mut wanted = [column, roles.merit].into_iter().flatten();
        let column = wanted.find_map(find).or_else(|| columns.first())?;
        let of = of.unwrap_or_else(|| usual_colours(sweep, &families));
        let over = match sweep.axes().len() {
            1 => Some(picture::curves(sweep, results, quantity(column), &families)),
            2 => Some(picture::map(sweep, results, quantity(column), of)),
            // There is nothing to draw over none, and the table alone holds what is over more.
            _ => None,
        };
        let axes = roles.predictor.zip(roles.merit);
        let axes = axes.and_then(|(x, y)| Some([find(x)?, find(y)?].map(quantity)));
        let cloud = axes.map(|axes| {
            let results = std::slice::from_ref(results);
            let (plot, legend) = picture::cloud(results, axes, &families);
            Cloud { plot, legend, axes }
        });
        Some(Self {
            over,
            cloud,
            column,
            columns,
            families,
            of,
            has_places: !sweep.axes().is_empty(),
        })
    }

    /// The title of the cloud. Over several places it is also of what differs between these: its rank
    /// correlations say little about the runs of one.
    pub fn cloud_title(&self) -> &'static str {
        if self.has_places {
            "Run by run, all values together"
        } else {
            "Run by run"
        }
    }

    /// The quantity over the axes as a cell of a figure, if there are axes.
    pub fn over_cell(&self) -> Option<Cell> {
        let plot = self.over.as_ref()?;
        Some(Cell::of_plot(AT_THE_END, plot.clone()))
    }

    /// Every run as a cell of a figure, with its own legend.
    pub fn cloud_cell(&self) -> Option<Cell> {
        let cloud = self.cloud.as_ref()?;
        let mut plot = cloud.plot.clone();
        plot.key.clone_from(&cloud.legend);
        Some(Cell::of_plot(self.cloud_title(), plot))
    }

    /// What the curves over an axis are. A map says beside its colours what it is of.
    pub fn legend(&self) -> Vec<LegendEntry> {
        if self.over.as_ref().is_none_or(|plot| plot.tiles.is_some()) {
            return Vec::new();
        }
        let families = self.families.iter();
        let families = families.map(|family| picture::entry(family, family.label.to_owned()));
        families.chain([picture::band_entry()]).collect()
    }
}

/// What a map shows until something else is chosen: the first other family over the baseline, if
/// there are both; on a map with a border of the theory the part of its runs that succeed.
fn usual_colours(sweep: &Sweep, families: &[Family]) -> Shown {
    let lab = sweep.base().lab;
    let is_baseline = |family: &&Family| Some(family.id) == lab.baseline();
    let baseline = families.iter().find(is_baseline);
    let other = families.iter().find(|family| !is_baseline(family));
    let has_border = lab.roles().success.is_some() && picture::border(sweep).is_some();
    match (other, baseline) {
        (Some(family), _) | (_, Some(family)) if has_border => Shown::Share(family.id),
        (Some(other), Some(baseline)) => Shown::Ratio(other.id, baseline.id),
        _ => Shown::Median(families.first().map_or("", |family| family.id)),
    }
}

fn quantity(column: &'static Column) -> Quantity<'static> {
    Quantity {
        id: column.id,
        label: column.label,
    }
}
