//! `figure`: a picture of a run, or of the paper, without a window.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value as Json};

use super::Failure;
use crate::archive;
use crate::figure::catalogue::{self, Look, Made};
use crate::figure::output::{self, Format};
use crate::figure::page::{Page, TWO_COLUMNS};
use crate::figure::simulate::{find_references, simulate};
use crate::files::{self, NewFile, NewFolder};
use crate::interrupt;
use crate::knobs::nearest;
use crate::recipe::{Recipe, carrier, preset, presets};
use crate::scene::clock::Clock;
use crate::scene::shown_panel;
use crate::sim::experiment::Facts;

#[derive(Args)]
pub(super) struct Figure {
    /// A figure of the paper or the slides (`all` makes them all), a preset, a recipe file, a picture that
    /// holds one, or the folder of a finished run.
    #[arg(value_name = "NAME")]
    what: Option<String>,
    /// The file to make, with the folders above it; its ending says how: .svg, .pdf or .png. With `all`,
    /// the folder.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    out: Option<PathBuf>,
    /// Print the figures that have a name.
    #[arg(long)]
    list: bool,
    /// Width of the page, such as 3.25in, 84mm or 234pt. The paper's figures know their own.
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    width: Option<f64>,
    /// Black on white or white on black.
    #[arg(long, value_enum, default_value_t = Theme::Paper)]
    theme: Theme,
    /// Pixels of a PNG: 1 is 96 to an inch.
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0, value_parser = scale)]
    scale: f64,
    /// Which pictures, for a preset, recipe or folder: names as in recipes, separated by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    panels: Vec<String>,
    /// What the time axis counts, for a preset, recipe or folder.
    #[arg(long, value_enum, default_value_t = Clock::Steps)]
    clock: Clock,
    /// A linear time axis, for a preset, recipe or folder.
    #[arg(long)]
    linear_time: bool,
    /// Leave the theory's curves out, for a preset, recipe or folder.
    #[arg(long)]
    no_theory: bool,
    /// A line under the figure that says how it was made.
    #[arg(long)]
    footer: bool,
    /// Replace what is there.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Theme {
    /// Black on white.
    Paper,
    /// White on black.
    Dark,
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

fn scale(text: &str) -> Result<f64, String> {
    let scale = text
        .parse()
        .ok()
        .filter(|scale| (0.25..=16.0).contains(scale));
    scale.ok_or_else(|| "it takes a number from 0.25 to 16".to_owned())
}

/// Makes what was asked for; returns what to tell the user.
pub(super) fn make(figure: &Figure) -> Result<String, Failure> {
    if figure.list {
        let lines = catalogue::figures();
        let lines =
            lines.map(|spec| format!("{:15} {}\n{:15} {}\n", spec.id, spec.title, "", spec.claim));
        return Ok(lines.collect());
    }
    let Some(out) = &figure.out else {
        return Err("--out says which file to make".into());
    };
    let Some(what) = &figure.what else {
        return Err(
            "name a figure, a preset, a recipe or a run's folder; --list prints the figures".into(),
        );
    };
    if what == "all" {
        return all(figure, out);
    }
    let format = Format::of(out).ok_or_else(|| {
        format!(
            "{}: name a file that ends in .svg, .pdf or .png",
            out.display()
        )
    })?;
    refuse_to_replace(out, figure.force)?;
    interrupt::say(|| "interrupted; nothing was written".to_owned());
    // Before the work: what has no place is not begun.
    let file = NewFile::at(out)?;
    let (made, title, about, width) = one(figure, what)?;
    let page = page(figure, width);
    let imprint = made.imprint(&title, &about);
    let bytes = output::bytes(&made.figure, &page, &imprint, format, figure.scale)?;
    file.fill(|out| out.write_all(&bytes))?;
    Ok(format!("written to {}\n", out.display()))
}

fn refuse_to_replace(out: &Path, force: bool) -> Result<(), Failure> {
    if out.exists() && !force {
        return Err(format!(
            "{} already exists: choose another name, or --force",
            out.display()
        )
        .into());
    }
    Ok(())
}

fn page(figure: &Figure, width: f64) -> Page {
    Page {
        dark: figure.theme == Theme::Dark,
        ..Page::paper(figure.width.unwrap_or(width))
    }
}

/// A figure with its title, what it shows and the width it is made for.
fn one(figure: &Figure, what: &str) -> Result<(Made, String, String, f64), Failure> {
    let bar = progress_bar()?;
    let progress = |part: f64| bar.set_position((1000.0 * part) as u64);
    let named = catalogue::figure(what).filter(|_| figure.panels.is_empty());
    let result = if let Some(spec) = named {
        let made = spec.make(&progress)?;
        Ok((
            made,
            spec.title.to_owned(),
            spec.claim.to_owned(),
            spec.points(),
        ))
    } else {
        free(figure, what, &progress)
    };
    bar.finish_and_clear();
    let (mut made, title, about, width) = result?;
    if figure.footer {
        made.figure.footer = catalogue::footer(&made.provenance, &title);
    }
    Ok((made, title, about, width))
}

/// A figure of a preset, a recipe or a folder.
fn free(
    figure: &Figure,
    what: &str,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<(Made, String, String, f64), Failure> {
    let path = Path::new(what);
    let (recipe, kept) = if path.is_dir() {
        let (recipe, history) = archive::read(path)?;
        (recipe, Some(history))
    } else if path.exists() {
        (carrier::open(path)?, None)
    } else {
        let found = preset(what).map_err(|_unknown| {
            if catalogue::figure(what).is_some() {
                return format!("`{what}` has pictures of its own: leave --panels out, or name a preset");
            }
            let known = catalogue::figures().map(|spec| spec.id);
            let known = known.chain(presets().map(|preset| preset.id));
            let near = nearest(what, known);
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("there is no figure, preset, file or folder `{what}`{hint}; --list prints the figures")
        })?;
        (found.recipe(), None)
    };
    // Before the run, which may take long.
    let setup = match &kept {
        Some(history) => history.setup.clone(),
        None => recipe.lab.experiment(&recipe.knobs, false)?.setup().clone(),
    };
    let panels = panels(figure, &recipe, &setup.facts)?;
    let history = if let Some(mut history) = kept {
        if !figure.no_theory {
            find_references(&recipe, &mut history)?;
        }
        history
    } else {
        let steps = recipe.knobs.length();
        simulate(&recipe, steps, !figure.no_theory, &mut |step| {
            progress(step as f64 / steps.max(1) as f64);
        })?
    };
    let look = Look {
        panels: &panels,
        columns: panels.len().min(3),
        clock: figure.clock,
        log_time: !figure.linear_time && recipe.lab.has_log_time(),
        theory: !figure.no_theory,
    };
    let made = catalogue::of_history(&recipe, &history, &look);
    let (title, about) = (recipe.title.clone(), recipe.about.clone());
    Ok((made, title, about, TWO_COLUMNS))
}

/// The pictures that were asked for, or those the recipe opens with.
fn panels<'a>(
    figure: &'a Figure,
    recipe: &'a Recipe,
    facts: &Facts,
) -> Result<Vec<&'a str>, Failure> {
    let known = recipe
        .lab
        .cells()
        .iter()
        .copied()
        .flatten()
        .map(|panel| panel.id);
    if figure.panels.is_empty() {
        let chosen = |id: &str| recipe.panels.iter().any(|panel| panel == id);
        let cells = recipe.lab.cells().iter();
        return Ok(cells
            .map(|cell| shown_panel(cell, facts, chosen).id)
            .collect());
    }
    for id in &figure.panels {
        if !known.clone().any(|known| known == id) {
            let near = nearest(id, known.clone());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let all: Vec<&str> = known.collect();
            return Err(format!(
                "there is no picture `{id}`{hint} (there are {})",
                all.join(", ")
            )
            .into());
        }
    }
    Ok(figure.panels.iter().map(String::as_str).collect())
}

/// Every named figure in every format, an index page and the numbers: all of them, or nothing.
fn all(figure: &Figure, out: &Path) -> Result<String, Failure> {
    if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) && !figure.force {
        return Err(format!(
            "{} is not empty: choose another folder, or --force",
            out.display()
        )
        .into());
    }
    interrupt::say(|| "interrupted; nothing was written".to_owned());
    let refused = |error| format!("cannot write to {}: {error}", out.display());
    let folder = NewFolder::at(out).map_err(refused)?;
    let mut made = Vec::new();
    let mut summary = Map::new();
    for spec in catalogue::figures() {
        let (figure_made, title, about, width) = one(figure, spec.id)?;
        let page = page(figure, width);
        let imprint = figure_made.imprint(&title, &about);
        for format in Format::ALL {
            let path = folder
                .path()
                .join(spec.id)
                .with_extension(format.extension());
            output::write(
                &path,
                &figure_made.figure,
                &page,
                &imprint,
                format,
                figure.scale,
            )?;
        }
        summary.insert(spec.id.to_owned(), figure_made.summary());
        let svg = output::svg(&figure_made.figure, &page, &imprint);
        made.push((spec, figure_made, svg));
    }
    let figures: Vec<_> = made
        .iter()
        .map(|(spec, made, svg)| (*spec, made, svg.as_str()))
        .collect();
    let count = figures.len();
    files::write(
        &folder.path().join("index.html"),
        catalogue::index(&figures).as_bytes(),
    )?;
    let summary = format!("{:#}\n", Json::Object(summary));
    files::write(&folder.path().join("summary.json"), summary.as_bytes())?;
    folder.publish_among_others().map_err(refused)?;
    Ok(format!(
        "{} figures written to {}\n",
        count,
        out.join("index.html").display()
    ))
}

fn progress_bar() -> Result<ProgressBar, Failure> {
    let bar = ProgressBar::new(1000);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {percent} %, {eta} left",
    )?);
    Ok(bar)
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
    }
}
