//! `run`: a recipe to its end, into a folder or as one table.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value as Json;

use super::progress::{Progress, Told};
use super::{Choice, Failure};
use crate::export::{self, Arrays, ExportError, Form};
use crate::files::NewFile;
use crate::interrupt;
use crate::model::watch::Watch;
use crate::recipe::Recipe;
use crate::sim::schedule::SamplingSchedule;

#[derive(Args)]
pub(super) struct Run {
    #[command(flatten)]
    choice: Choice,
    /// The folder to make, with the folders above it; with --format, the file. `-` writes the table to stdout, as CSV
    /// unless --format says otherwise.
    #[arg(long, value_name = "DIR|FILE|-")]
    out: PathBuf,
    /// One table in place of a folder: a row per run and recorded step, a column per quantity. JSON has the summary and
    /// the recipe in it as well.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Leave the weights out of the folder, and the vectors that the theory says of them: what is left are a few
    /// numbers for every step. Pictures of coefficients cannot be drawn of it.
    #[arg(long)]
    no_weights: bool,
    /// Deflate the arrays of the folder, as `numpy.savez_compressed` does.
    #[arg(long)]
    compress: bool,
    /// How progress is told on stderr.
    #[arg(long, value_enum, default_value_t = Told::Bar)]
    progress: Told,
    /// Also write the samples, label noise and Brownian increments that replay the runs exactly.
    #[arg(long)]
    record_noise: bool,
    /// Whether to write what the theory says of the states: destinations, KKT residuals, reference
    /// norms. For large data it takes much longer than the runs themselves; `auto` leaves it out then.
    #[arg(long, value_enum, default_value_t = export::Theory::Auto)]
    theory: export::Theory,
    /// Write every K-th step. Otherwise every early step, then about 300 per e-fold.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    stride: Option<u64>,
}

impl Run {
    /// The form of the table, if there is to be one.
    fn form(&self) -> Option<Form> {
        self.format.or_else(|| self.is_piped().then_some(Form::Csv))
    }

    fn is_piped(&self) -> bool {
        self.out == Path::new("-")
    }

    /// Refuses options that would change nothing in a table.
    fn refuse_the_rest(&self) -> Result<(), Failure> {
        let idle = [
            ("--record-noise", self.record_noise),
            ("--no-weights", self.no_weights),
            ("--compress", self.compress),
        ];
        let idle = idle.iter().filter(|(_, given)| *given);
        let idle: Vec<&str> = idle.map(|(name, _)| *name).collect();
        if idle.is_empty() {
            return Ok(());
        }
        let idle = idle.join(", ");
        Err(
            format!("a table has no arrays: leave {idle} out, or name a folder without --format")
                .into(),
        )
    }

    fn schedule(&self) -> SamplingSchedule {
        self.stride.map_or(SamplingSchedule::LogSpaced, |stride| {
            SamplingSchedule::Every { stride }
        })
    }
}

/// Makes the folder or the table.
pub(super) fn make(run: &Run) -> Result<(), Failure> {
    let form = run.form();
    if form.is_some() {
        run.refuse_the_rest()?;
    }
    let recipe = run.choice.recipe()?;
    interrupt::say(|| "interrupted; nothing was written".to_owned());
    let mut progress = Progress::new(run.progress, recipe.knobs.length(), "steps")?;
    let watch = Watch::default();
    let _log = progress.log(&watch);
    let mut step = |step| {
        progress.set(step);
        true
    };
    let summary = match form {
        Some(form) => tell(run, &recipe, form, &watch, &mut step),
        None => write(run, &recipe, &watch, &mut step),
    };
    progress.finish();
    let summary = summary?;
    // Said where a shell does not take it for a result.
    let remarks = summary["remarks"].as_array().into_iter().flatten();
    for remark in remarks.filter_map(|remark| remark.as_str()) {
        drop(writeln!(io::stderr(), "{remark}"));
    }
    let ends = ends(&recipe, &summary)?;
    if run.is_piped() {
        // Stdout is the table's.
        drop(io::stderr().write_all(ends.as_bytes()));
        return Ok(());
    }
    let text = format!("{ends}written to {}\n", run.out.display());
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn write(
    run: &Run,
    recipe: &Recipe,
    watch: &Watch,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Json, Failure> {
    let options = export::Options {
        out: run.out.clone(),
        record_noise: run.record_noise,
        theory: run.theory,
        schedule: run.schedule(),
        spare_cores: 0,
    };
    let arrays = Arrays {
        weights: !run.no_weights,
        compressed: run.compress,
    };
    Ok(export::run_with(recipe, &options, arrays, watch, progress)?)
}

fn tell(
    run: &Run,
    recipe: &Recipe,
    form: Form,
    watch: &Watch,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Json, Failure> {
    let told = export::Told {
        form,
        schedule: run.schedule(),
        theory: run.theory,
    };
    if run.is_piped() {
        let mut out = io::BufWriter::new(io::stdout().lock());
        return match export::tell(recipe, &told, &mut out, watch, progress) {
            // For whoever asks whether the reader has gone.
            Err(ExportError::Untold(error)) => Err(error.into()),
            other => Ok(other?),
        };
    }
    let out = &run.out;
    if out.exists() {
        let out = out.display();
        return Err(format!("{out} already exists: choose another name, or remove it").into());
    }
    // Before the work: what has no place is not begun.
    let file = NewFile::at(out)?;
    let mut ended = None;
    let filled = file.fill(
        |out| match export::tell(recipe, &told, out, watch, progress) {
            Ok(summary) => {
                ended = Some(Ok(summary));
                Ok(())
            }
            Err(ExportError::Untold(error)) => Err(error),
            Err(error) => {
                let not_whole = io::Error::other(error.to_string());
                ended = Some(Err(error));
                Err(not_whole)
            }
        },
    );
    if let Some(Err(error)) = ended {
        return Err(error.into());
    }
    filled?;
    ended
        .unwrap_or(Err(ExportError::Cancelled))
        .map_err(Failure::from)
}

/// How every run ended, in a line each.
fn ends(recipe: &Recipe, summary: &Json) -> Result<String, Failure> {
    let roles = recipe.lab.roles();
    let told: Vec<&str> = [roles.loss, roles.merit].into_iter().flatten().collect();
    let mut text = String::new();
    for run in summary["runs"].as_array().into_iter().flatten() {
        let number = |key: &str| {
            run[key]
                .as_f64()
                .map_or_else(|| "–".to_owned(), |value| format!("{value:.4e}"))
        };
        let numbers = told
            .iter()
            .map(|id| format!("{} {}", id.replace('_', " "), number(id)));
        let numbers: Vec<String> = numbers.collect();
        let colon = if numbers.is_empty() { "" } else { ": " };
        writeln!(
            text,
            "{:8} {:9} at step {}{colon}{}",
            run["name"].as_str().unwrap_or_default(),
            run["status"].as_str().unwrap_or_default(),
            run["steps"],
            numbers.join(", "),
        )?;
    }
    Ok(text)
}
