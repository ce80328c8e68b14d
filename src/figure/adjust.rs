//! What is asked of a finished figure: fewer plots, other columns, other axes, no words.

use super::plot::line_width;
use super::{Figure, plots};
use crate::scene::{Axis, Cell, Content, Plot, Shape, Swatch};

/// A part of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The number of the plot, 1 for the first; all plots without it.
    pub plot: Option<usize>,
    /// From this value
    pub low: f64,
    /// to this one.
    pub high: f64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Adjustments {
    /// The plots to keep, 1 for the first, in this order; all of them if there are none.
    pub plots: Vec<usize>,
    /// Plots in a row.
    pub columns: Option<usize>,
    /// Parts of the abscissas.
    pub x: Vec<Span>,
    /// Parts of the ordinates.
    pub y: Vec<Span>,
    /// Leaves out the titles.
    pub no_titles: bool,
    /// Leaves out the legend and what is said above the plots.
    pub no_legend: bool,
    /// Width of the widest curve, in points of the page; what else is drawn keeps its proportion to it.
    pub line_width: Option<f64>,
}

/// Why a figure cannot be adjusted.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AdjustError {
    /// There are not so many plots.
    #[error("there is no plot {asked}: the figure has {}", how_many(*.count))]
    NoPlot {
        /// The number asked for.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// A table has no axes.
    #[error("plot {plot} is a table and has no axes: leave it out of --x-range and --y-range")]
    Table {
        /// Its number.
        plot: usize,
    },
    /// Zero and less have no place on a logarithmic axis.
    #[error(
        "the {axis} axis of plot {plot} is logarithmic: its range begins above 0, not at {low}"
    )]
    Logarithmic {
        /// `x` or `y`.
        axis: char,
        /// Its plot's number.
        plot: usize,
        /// Where the range would begin.
        low: f64,
    },
}

fn how_many(count: usize) -> String {
    match count {
        1 => "one plot".to_owned(),
        count => format!("{count} plots"),
    }
}

impl Adjustments {
    /// Makes the changes in a figure whose ordinary type is so many points large. Plots are numbered as they
    /// were before any was left out.
    pub fn apply(&self, figure: &mut Figure, type_size: f64) -> Result<(), AdjustError> {
        for (axis, spans) in [('x', &self.x), ('y', &self.y)] {
            for span in spans {
                narrow(figure, axis, *span)?;
            }
        }
        if !self.plots.is_empty() {
            let kept = self
                .plots
                .iter()
                .map(|number| cell(figure, *number).cloned());
            figure.cells = kept.collect::<Result<_, _>>()?;
        }
        if let Some(columns) = self.columns {
            figure.columns = columns;
        }
        if self.no_titles {
            figure.title.clear();
            for cell in &mut figure.cells {
                cell.title.clear();
            }
        }
        if self.no_legend {
            figure.legend.clear();
        }
        let thicker = self
            .line_width
            .map(|points| points / line_width(widest(figure), type_size));
        let swatches = figure.legend.iter_mut().map(|entry| &mut entry.swatch);
        swatches.for_each(|swatch| thicken(swatch, thicker));
        for cell in &mut figure.cells {
            if let Content::Plot(plot) = &mut cell.content {
                self.adjust(plot, thicker);
            }
        }
        Ok(())
    }

    fn adjust(&self, plot: &mut Plot, thicker: Option<f64>) {
        if self.no_legend {
            plot.key.clear();
        }
        for layer in &mut plot.layers {
            layer.width *= thicker.unwrap_or(1.0);
        }
        for entry in &mut plot.key {
            thicken(&mut entry.swatch, thicker);
        }
    }
}

/// The widest curve's width, in points of the screen.
fn widest(figure: &Figure) -> f64 {
    let layers = plots(&figure.cells).flat_map(|plot| &plot.layers);
    let curves = layers.filter(|layer| matches!(layer.shape, Shape::Line { .. }));
    let widths = curves.map(|layer| layer.width);
    // Of a figure without curves nothing is in proportion to anything.
    widths.reduce(f64::max).unwrap_or(1.0)
}

fn thicken(swatch: &mut Swatch, by: Option<f64>) {
    if let Swatch::Line { width, .. } = swatch {
        *width *= by.unwrap_or(1.0);
    }
}

/// A plot by its number, 1 for the first.
fn cell(figure: &Figure, number: usize) -> Result<&Cell, AdjustError> {
    let at = number.checked_sub(1);
    at.and_then(|at| figure.cells.get(at))
        .ok_or(AdjustError::NoPlot {
            asked: number,
            count: figure.cells.len(),
        })
}

fn narrow(figure: &mut Figure, axis: char, span: Span) -> Result<(), AdjustError> {
    if let Some(number) = span.plot
        && matches!(cell(figure, number)?.content, Content::Table(_))
    {
        return Err(AdjustError::Table { plot: number });
    }
    for (number, cell) in (1..).zip(&mut figure.cells) {
        let Content::Plot(plot) = &mut cell.content else {
            continue;
        };
        if span.plot.is_some_and(|asked| asked != number) {
            continue;
        }
        let along: &mut Axis = if axis == 'x' {
            &mut plot.x
        } else {
            &mut plot.y
        };
        if along.log && span.low <= 0.0 {
            return Err(AdjustError::Logarithmic {
                axis,
                plot: number,
                low: span.low,
            });
        }
        along.range = Some((span.low, span.high));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::curves::Curve;
    use crate::scene::{Ink, Layer, LegendEntry, Pattern};

    fn figure() -> Figure {
        let cell = |title: &str, log| Cell {
            title: title.to_owned(),
            about: String::new(),
            content: Content::Plot(Plot {
                y: Axis {
                    log,
                    ..Axis::default()
                },
                layers: vec![Layer::new("GD", Ink::Blue, 2.6, line())],
                key: vec![entry()],
                ..Plot::default()
            }),
        };
        let table = Cell {
            content: Content::Table(Vec::new()),
            ..cell("table", false)
        };
        Figure {
            cells: vec![cell("loss", true), cell("norm", false), table],
            columns: 3,
            legend: vec![entry()],
            ..Figure::default()
        }
    }

    fn line() -> Shape {
        Shape::Line {
            curve: Curve::Points(vec![[0.0, 1.0], [1.0, 0.1]]),
            pattern: Pattern::Solid,
            marked: false,
        }
    }

    fn entry() -> LegendEntry {
        LegendEntry {
            label: "GD".to_owned(),
            ink: Ink::Blue,
            opacity: 1.0,
            swatch: Swatch::Line {
                pattern: Pattern::Solid,
                marked: false,
                width: 2.0,
            },
        }
    }

    fn plot(cell: &Cell) -> &Plot {
        match &cell.content {
            Content::Plot(plot) => plot,
            Content::Table(_) => panic!("a table"),
        }
    }

    fn span(plot: Option<usize>, low: f64) -> Span {
        Span {
            plot,
            low,
            high: 10.0,
        }
    }

    #[test]
    fn plots_are_chosen_and_spanned_by_the_numbers_that_they_had() {
        let mut figure = figure();
        let asked = Adjustments {
            plots: vec![2, 1],
            columns: Some(1),
            y: vec![span(Some(2), -1.0), span(Some(1), 0.5)],
            no_titles: true,
            no_legend: true,
            line_width: Some(0.5),
            ..Adjustments::default()
        };
        asked.apply(&mut figure, 8.0).unwrap();
        assert_eq!((figure.cells.len(), figure.columns), (2, 1));
        let ranges = figure.cells.iter().map(|cell| plot(cell).y.range);
        assert!(ranges.eq([Some((-1.0, 10.0)), Some((0.5, 10.0))]));
        assert!(figure.legend.is_empty() && plot(&figure.cells[0]).key.is_empty());
        assert!(figure.cells.iter().all(|cell| cell.title.is_empty()));
        let width = plot(&figure.cells[0]).layers[0].width;
        assert!((line_width(width, 8.0) - 0.5).abs() < 1e-12, "{width}");
    }

    #[test]
    fn what_cannot_be_is_said() {
        let refused = |asked: Adjustments| asked.apply(&mut figure(), 8.0).unwrap_err().to_string();
        let of_plots = |plots| Adjustments {
            plots,
            ..Adjustments::default()
        };
        assert_eq!(
            refused(of_plots(vec![1, 4])),
            "there is no plot 4: the figure has 3 plots"
        );
        assert!(refused(of_plots(vec![0])).starts_with("there is no plot 0"));
        let of_y = |y| Adjustments {
            y: vec![y],
            ..Adjustments::default()
        };
        assert!(refused(of_y(span(Some(3), 1.0))).contains("is a table"));
        assert_eq!(
            refused(of_y(span(None, 0.0))),
            "the y axis of plot 1 is logarithmic: its range begins above 0, not at 0"
        );
    }
}
