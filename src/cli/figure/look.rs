//! How a figure is to look, as options: a page for a paper's column, fewer words, other axes.

use clap::{Args, ValueEnum};

use super::Failure;
use crate::figure::adjust::{Adjustments, Span};
use crate::figure::page::{Ground, Page};

/// See the module.
#[derive(Args)]
#[command(next_help_heading = "Look")]
pub(super) struct Look {
    /// Width of the page, such as 3.25in, 84mm or 234pt. Named figures know their own. Where a row of plots
    /// gets too narrow, there are more rows.
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    width: Option<f64>,
    /// Height of the page. Otherwise it follows from the width.
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    height: Option<f64>,
    /// Plots in a row.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=12))]
    columns: Option<u64>,
    /// Part of the abscissa of every plot, or with 2= before it of the second one.
    #[arg(long, value_name = "[N=]LOW,HIGH", value_parser = span, allow_hyphen_values = true)]
    x_range: Vec<Span>,
    /// Part of the ordinate of every plot, or with 2= before it of the second one.
    #[arg(long, value_name = "[N=]LOW,HIGH", value_parser = span, allow_hyphen_values = true)]
    y_range: Vec<Span>,
    /// Leave the plots' titles out.
    #[arg(long)]
    no_titles: bool,
    /// Leave the legend and what is said above the plots out.
    #[arg(long)]
    no_legend: bool,
    /// Width of the widest curve in points; the other lines keep their proportion to it.
    #[arg(long, value_name = "POINTS", value_parser = points::<1, 100>)]
    line_width: Option<f64>,
    /// Size of the type in points.
    #[arg(long, value_name = "POINTS", value_parser = points::<30, 720>)]
    font_size: Option<f64>,
    /// What the figure is printed on.
    #[arg(long, alias = "theme", value_enum, value_name = "GROUND", default_value_t = On::White)]
    ground: On,
    /// Cut the page to what is drawn on it.
    #[arg(long)]
    tight: bool,
    /// Pixels of a PNG: 1 is 96 to an inch, 2 is usual.
    #[arg(long, value_name = "FACTOR", value_parser = scale)]
    scale: Option<f64>,
}

/// What a figure is printed on.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    /// Black on white.
    #[value(alias = "paper")]
    White,
    /// White on black.
    Dark,
    /// Black on whatever is behind it.
    None,
}

/// Pixels of a PNG for each of 96 to an inch, unless asked otherwise.
const SCALE: f64 = 2.0;

impl Look {
    /// The page of a figure that is made for this width.
    pub(super) fn page(&self, width: f64) -> Page {
        let paper = Page::paper(self.width.unwrap_or(width));
        Page {
            height: self.height,
            type_size: self.font_size.unwrap_or(paper.type_size),
            ground: match self.ground {
                On::White => Ground::White,
                On::Dark => Ground::Dark,
                On::None => Ground::None,
            },
            tight: self.tight,
            ..paper
        }
    }

    /// The changes of a figure, of which these plots are kept.
    pub(super) fn adjustments(&self, plots: Vec<usize>) -> Adjustments {
        Adjustments {
            plots,
            columns: self.columns.map(|columns| columns as usize),
            x: self.x_range.clone(),
            y: self.y_range.clone(),
            no_titles: self.no_titles,
            no_legend: self.no_legend,
            line_width: self.line_width,
        }
    }

    /// Pixels of a PNG for each of 96 to an inch.
    pub(super) fn scale(&self) -> f64 {
        self.scale.unwrap_or(SCALE)
    }

    /// Refuses pixels of what has none.
    pub(super) fn refuse_scale(&self) -> Result<(), Failure> {
        match self.scale {
            Some(_) => {
                Err("--scale is for PNG: leave it out, or name a file that ends in .png".into())
            }
            None => Ok(()),
        }
    }

    /// What has been asked for that is about one figure, by the names of the options.
    pub(super) fn of_one(&self) -> Vec<&'static str> {
        let given = [
            ("--height", self.height.is_some()),
            ("--columns", self.columns.is_some()),
            ("--x-range", !self.x_range.is_empty()),
            ("--y-range", !self.y_range.is_empty()),
        ];
        names(&given)
    }

    /// What has been asked for at all.
    pub(super) fn given(&self) -> Vec<&'static str> {
        let mut all = self.of_one();
        all.extend(names(&[
            ("--width", self.width.is_some()),
            ("--no-titles", self.no_titles),
            ("--no-legend", self.no_legend),
            ("--line-width", self.line_width.is_some()),
            ("--font-size", self.font_size.is_some()),
            ("--ground", self.ground != On::White),
            ("--tight", self.tight),
            ("--scale", self.scale.is_some()),
        ]));
        all
    }
}

/// The names of the options that were given.
pub(super) fn names(given: &[(&'static str, bool)]) -> Vec<&'static str> {
    let given = given.iter().filter(|(_, given)| *given);
    given.map(|(name, _)| *name).collect()
}

/// Points of a length such as 3.25in.
fn length(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let units = [
        ("in", 72.0),
        ("cm", 72.0 / 2.54),
        ("mm", 7.2 / 2.54),
        ("pt", 1.0),
    ];
    let points = units.iter().find_map(|(unit, points)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Some(number * points)
    });
    points
        .filter(|points| (72.0..=7200.0).contains(points))
        .ok_or_else(|| {
            "it takes a length from 1in to 100in, such as 3.25in, 84mm or 234pt".to_owned()
        })
}

/// A number of points between two, which are given in tenths.
fn points<const LEAST: u32, const MOST: u32>(text: &str) -> Result<f64, String> {
    let [least, most] = [LEAST, MOST].map(|tenths| f64::from(tenths) / 10.0);
    let text = text.trim();
    let number = text.strip_suffix("pt").unwrap_or(text).trim().parse().ok();
    let number = number.filter(|points| (least..=most).contains(points));
    number.ok_or_else(|| format!("it takes a number of points from {least} to {most}"))
}

fn scale(text: &str) -> Result<f64, String> {
    let scale = text
        .parse()
        .ok()
        .filter(|scale| (0.25..=16.0).contains(scale));
    scale.ok_or_else(|| "it takes a number from 0.25 to 16".to_owned())
}

/// Two values of an axis, and of which plot.
fn span(text: &str) -> Result<Span, String> {
    let read = || {
        let (plot, ends) = match text.split_once('=') {
            Some((plot, ends)) => (Some(plot.trim().parse().ok()?), ends),
            None => (None, text),
        };
        let (low, high) = ends.split_once(',')?;
        let number = |text: &str| text.trim().parse().ok().filter(|it: &f64| it.is_finite());
        let (low, high) = (number(low)?, number(high)?);
        (low < high).then_some(Span { plot, low, high })
    };
    read().ok_or_else(|| {
        "it takes two numbers, the smaller one first, such as 1e-6,1, or 2=1e-6,1 for the second plot"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units_and_bounds() {
        assert_eq!(length("3.25in"), Ok(234.0));
        assert_eq!(length("234 pt"), Ok(234.0));
        for text in ["63.5mm", "6.35 cm"] {
            let points = length(text).unwrap();
            assert!((points - 180.0).abs() < 1e-9, "{text}: {points}");
        }
        for text in ["3.25", "0in", "-1in", "1e9in", "wide", "NaNin"] {
            assert!(length(text).is_err(), "{text}");
        }
        assert!(scale("2").is_ok() && scale("0").is_err() && scale("x").is_err());
        assert_eq!(points::<30, 720>("7pt"), Ok(7.0));
        assert!(points::<30, 720>("2").is_err() && points::<30, 720>("NaN").is_err());
    }

    #[test]
    fn ranges_are_of_one_plot_or_of_all() {
        let (low, high) = (-1.0, 1e3);
        let all = Span {
            plot: None,
            low,
            high,
        };
        assert_eq!(span("-1, 1e3"), Ok(all));
        let plot = Some(2);
        assert_eq!(span("2=-1,1e3"), Ok(Span { plot, ..all }));
        for text in [
            "1", "2,1", "1,1", "NaN,1", "0,inf", "x=0,1", "-1=0,1", "0,1,2", "",
        ] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
