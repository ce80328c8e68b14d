//! `figure`: a picture of a run, or of the paper, without a window.

mod look;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use look::Look;
use serde_json::{Map, Value as Json};

use super::{Failure, assignments, change};
use crate::archive;
use crate::figure::catalogue::{self, Asked, Made};
use crate::figure::csv;
use crate::figure::output::{self, Format};
use crate::figure::page::{ONE_COLUMN, TWO_COLUMNS};
use crate::figure::simulate::{find_references, simulate};
use crate::files::{self, NewFile, NewFolder};
use crate::interrupt;
use crate::knobs::nearest;
use crate::labs::figures::NamedFigure;
use crate::recipe::{Recipe, carrier, preset, presets};
use crate::scene::clock::Clock;
use crate::scene::shown_panel;
use crate::sim::experiment::Facts;
use crate::sweep::read;

#[derive(Args)]
pub(super) struct Figure {
    /// A figure of the paper or the slides (`all` makes them all), a preset, a recipe file, a picture that
    /// holds one, the folder of a finished run, or the table of a sweep.
    #[arg(value_name = "NAME")]
    what: Option<String>,
    /// The file to make, with the folders above it; its ending says how: .svg, .pdf or .png, or .csv for the numbers
    /// in it. With `all`, the folder.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    out: Option<PathBuf>,
    /// Print the figures that have a name.
    #[arg(long)]
    list: bool,
    /// Change a setting of what is run for the figure; may be repeated. `list --settings` prints them all.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Which plots, separated by commas: their numbers, 1 for the first, or for a preset, recipe or folder the
    /// names of pictures as in recipes. Of a sweep's table: its quantities, `runs` for a dot per run, and on a map a
    /// quantity of an algorithm or two (validation_loss:sgd/gd), or share:sgd.
    #[arg(long, value_name = "PLOTS", value_delimiter = ',')]
    panels: Vec<String>,
    /// What the time axis counts.
    #[arg(long, value_enum)]
    clock: Option<Clock>,
    /// A linear time axis.
    #[arg(long)]
    linear_time: bool,
    /// Leave the theory's curves out.
    #[arg(long)]
    no_theory: bool,
    #[command(flatten)]
    look: Look,
    /// A line under the figure that says how it was made.
    #[arg(long)]
    footer: bool,
    /// Replace what is there.
    #[arg(long)]
    force: bool,
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
            "name a figure, a preset, a recipe, a run's folder or a sweep's table; --list prints the figures".into(),
        );
    };
    if what == "all" {
        return all(figure, out);
    }
    let output = Output::of(out)?;
    output.refuse_the_rest(figure)?;
    refuse_to_replace(out, figure.force)?;
    interrupt::say(|| "interrupted; nothing was written".to_owned());
    // Before the work: what has no place is not begun.
    let file = NewFile::at(out)?;
    let Drawn {
        mut made,
        title,
        about,
        width,
        plots,
    } = one(figure, what)?;
    let page = figure.look.page(width);
    let adjusted = figure.look.adjustments(plots);
    adjusted.apply(&mut made.figure, page.type_size)?;
    let bytes = match output {
        Output::Picture(format) => {
            let imprint = made.imprint(&title, &about);
            output::bytes(&made.figure, &page, &imprint, format, figure.look.scale())?
        }
        Output::Numbers => csv::csv(&made.figure).into_bytes(),
    };
    file.fill(|out| out.write_all(&bytes))?;
    Ok(format!("written to {}\n", out.display()))
}

/// What a file's name asks for.
#[derive(Clone, Copy)]
enum Output {
    Picture(Format),
    Numbers,
}

impl Output {
    fn of(out: &Path) -> Result<Self, Failure> {
        if let Some(format) = Format::of(out) {
            return Ok(Self::Picture(format));
        }
        let extension = out.extension().unwrap_or_default();
        if extension.eq_ignore_ascii_case("csv") {
            return Ok(Self::Numbers);
        }
        let out = out.display();
        Err(format!("{out}: name a file that ends in .svg, .pdf, .png or .csv").into())
    }

    /// Refuses options that would change nothing in it.
    fn refuse_the_rest(self, figure: &Figure) -> Result<(), Failure> {
        match self {
            Self::Picture(Format::Png) => Ok(()),
            Self::Picture(_) => figure.look.refuse_scale(),
            Self::Numbers => {
                let mut idle = figure.look.given();
                idle.extend(look::names(&[("--footer", figure.footer)]));
                refuse(&idle, "a table of numbers has no look")
            }
        }
    }
}

/// Refuses options, if there are any, for this reason.
fn refuse(options: &[&str], reason: &str) -> Result<(), Failure> {
    if options.is_empty() {
        return Ok(());
    }
    Err(format!("{reason}: leave {} out", options.join(", ")).into())
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

/// A figure that was asked for.
struct Drawn {
    made: Made,
    title: String,
    about: String,
    /// The width it is made for, in points.
    width: f64,
    /// The plots to keep, by their numbers; all if there are none.
    plots: Vec<usize>,
}

fn one(figure: &Figure, what: &str) -> Result<Drawn, Failure> {
    let bar = progress_bar()?;
    let progress = |part: f64| bar.set_position((1000.0 * part) as u64);
    let numbers: Option<Vec<usize>> = figure.panels.iter().map(|it| it.parse().ok()).collect();
    let result = match (catalogue::figure(what), numbers) {
        (Some(spec), Some(plots)) => named(figure, spec, &progress).map(|made| Drawn {
            made,
            title: spec.title.to_owned(),
            about: spec.claim.to_owned(),
            width: spec.points(),
            plots,
        }),
        (_, numbers) => free(figure, what, numbers, &progress),
    };
    bar.finish_and_clear();
    let mut drawn = result?;
    if figure.footer {
        drawn.made.figure.footer = catalogue::footer(&drawn.made.provenance, &drawn.title);
    }
    Ok(drawn)
}

/// A figure of the catalogue.
fn named(
    figure: &Figure,
    spec: &NamedFigure,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Made, Failure> {
    if !spec.has_time() {
        refuse(&figure.of_time(), "this figure shows where runs end")?;
    }
    let set = assignments(&figure.set)?;
    let asked = Asked {
        change: &|recipe| Ok(change(recipe, &set)?),
        clock: figure.clock.unwrap_or(Clock::Steps),
        linear_time: figure.linear_time,
        no_theory: figure.no_theory,
    };
    Ok(spec.make(&asked, progress)?)
}

impl Figure {
    /// The options about runs over time that were given.
    fn of_time(&self) -> Vec<&'static str> {
        look::names(&[
            ("--clock", self.clock.is_some()),
            ("--linear-time", self.linear_time),
            ("--no-theory", self.no_theory),
        ])
    }
}

/// A figure of a preset, a recipe or a folder.
fn free(
    figure: &Figure,
    what: &str,
    numbers: Option<Vec<usize>>,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Drawn, Failure> {
    let path = Path::new(what);
    if path.is_file() && read::is_table(path) {
        return table(figure, path, numbers);
    }
    let (mut recipe, kept) = if path.is_dir() {
        let (recipe, history) = archive::read(path)?;
        (recipe, Some(history))
    } else if path.exists() {
        (carrier::open(path)?, None)
    } else {
        let found = preset(what).map_err(|_unknown| {
            if catalogue::figure(what).is_some() {
                return format!(
                    "`{what}` has plots of its own: --panels takes their numbers, such as 1,3"
                );
            }
            let known = catalogue::figures().map(|spec| spec.id);
            let known = known.chain(presets().map(|preset| preset.id));
            let near = nearest(what, known);
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("there is no figure, preset, file or folder `{what}`{hint}; --list prints the figures")
        })?;
        (found.recipe(), None)
    };
    if kept.is_some() && !figure.set.is_empty() {
        return Err("a finished run keeps its settings: --set is for what has yet to run".into());
    }
    change(&mut recipe, &assignments(&figure.set)?)?;
    // Before the run, which may take long.
    let setup = match &kept {
        Some(history) => history.setup.clone(),
        None => recipe.lab.experiment(&recipe.knobs, false)?.setup().clone(),
    };
    let names = if numbers.is_some() {
        &[][..]
    } else {
        &figure.panels
    };
    let panels = panels(names, &recipe, &setup.facts)?;
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
    let look = catalogue::Look {
        panels: &panels,
        columns: panels.len().min(3),
        clock: figure.clock.unwrap_or(Clock::Steps),
        log_time: !figure.linear_time && recipe.lab.has_log_time(),
        theory: !figure.no_theory,
    };
    let made = catalogue::of_history(&recipe, &history, &look);
    Ok(Drawn {
        made,
        title: recipe.title.clone(),
        about: recipe.about.clone(),
        width: TWO_COLUMNS,
        plots: numbers.unwrap_or_default(),
    })
}

/// A figure of a sweep's table.
fn table(figure: &Figure, path: &Path, numbers: Option<Vec<usize>>) -> Result<Drawn, Failure> {
    let shown = path.display();
    refuse(&figure.of_time(), "a sweep's table says where runs end")?;
    if !figure.set.is_empty() {
        return Err("a finished sweep keeps its settings: --set is for what has yet to run".into());
    }
    let refused = |error: read::ReadError| format!("{shown}: {error}");
    let (sweep, results) = read::read(path).map_err(refused)?;
    let names = if numbers.is_some() {
        &[][..]
    } else {
        &figure.panels
    };
    let made = catalogue::of_table(&sweep, &results, names);
    let made = made.map_err(|error| format!("{shown}: {error}"))?;
    let width = match made.figure.cells.len() {
        1 => ONE_COLUMN,
        _ => TWO_COLUMNS,
    };
    let title = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Drawn {
        title: title.into_owned(),
        about: sweep.cells_in_words(),
        made,
        width,
        plots: numbers.unwrap_or_default(),
    })
}

/// The pictures that were asked for, or those the recipe opens with.
fn panels<'a>(
    names: &'a [String],
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
    if names.is_empty() {
        let chosen = |id: &str| recipe.panels.iter().any(|panel| panel == id);
        let cells = recipe.lab.cells().iter();
        return Ok(cells
            .map(|cell| shown_panel(cell, facts, chosen).id)
            .collect());
    }
    for id in names {
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
    Ok(names.iter().map(String::as_str).collect())
}

/// Every named figure in every format, an index page and the numbers: all of them, or nothing.
fn all(figure: &Figure, out: &Path) -> Result<String, Failure> {
    let mut of_one = figure.look.of_one();
    of_one.extend(figure.of_time());
    of_one.extend(look::names(&[
        ("--set", !figure.set.is_empty()),
        ("--panels", !figure.panels.is_empty()),
    ]));
    refuse(&of_one, "`all` makes the figures as they are")?;
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
        let mut drawn = one(figure, spec.id)?;
        let page = figure.look.page(drawn.width);
        let adjusted = figure.look.adjustments(Vec::new());
        adjusted.apply(&mut drawn.made.figure, page.type_size)?;
        let figure_made = drawn.made;
        let imprint = figure_made.imprint(&drawn.title, &drawn.about);
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
                figure.look.scale(),
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
