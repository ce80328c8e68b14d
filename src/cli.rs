//! The command line: the window, `run`, `figure`, `sweep`, `list` and `selftest`.

mod figure;
mod log;
mod sweep;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::crash;
use crate::export;
use crate::format::readable;
use crate::interrupt;
use crate::knobs::{KnobError, Role};
use crate::labs::{self, LABS};
use crate::recipe::{Recipe, carrier, preset};
use crate::sim::schedule::SamplingSchedule;
use crate::tours::{self, Listed};

/// See implicit bias: gradient descent, SGD and stochastic gradient flow train a diagonal linear
/// network side by side, live. Without a command, opens the window.
#[derive(Parser)]
#[command(version, about, after_long_help = settings_help(), args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    choice: Choice,
    /// Start the clock as soon as the window is open.
    #[arg(long)]
    play: bool,
    /// Open the window in the lecture layout: one or two plots at a time in large type (F2).
    #[arg(long)]
    projector: bool,
    /// Follow a tour: one that ships (`list` prints them), or a file.
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["preset", "recipe", "set", "play"])]
    tour: Option<PathBuf>,
    /// Print a line of JSON for every frame on the screen: seconds since the start, milliseconds that
    /// the window's thread was busy with it, steps taken.
    #[arg(long)]
    report_frames: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a recipe to its end without a window and write the results to a folder.
    #[command(after_long_help = settings_help())]
    Run(Run),
    /// Draw a figure of the paper, or of any run, as SVG, PDF or PNG.
    Figure(figure::Figure),
    /// Run a recipe at many values of some settings, with many seeds, into one CSV table, on one machine or
    /// several. Needs no attention: interrupted, it goes on when the command is repeated.
    #[command(after_long_help = settings_help())]
    Sweep(sweep::Sweep),
    /// Print the presets.
    List,
    /// Check the identities of the theory on fresh random problems, each by two independent routes.
    /// Fails if one does not hold.
    Selftest(Selftest),
}

/// Which recipe.
#[derive(Args, Default)]
struct Choice {
    /// Start from a preset; `list` prints them.
    #[arg(long, value_name = "NAME", conflicts_with = "recipe")]
    preset: Option<String>,
    /// Start from a recipe: a recipe file, the folder of an earlier run, or a saved picture.
    #[arg(long, visible_alias = "open", value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// Change a setting; may be repeated. `--help` lists them all.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    choice: Choice,
    /// The folder to make, with the folders above it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
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

#[derive(Args)]
struct Selftest {
    /// The seed of the first problem; the others count up from it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many problems; without it, as many as each lab takes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    problems: Option<u64>,
}

/// A failure with the line that tells the user what to do.
type Failure = Box<dyn std::error::Error>;

/// Parses the arguments and does what they say; the only place that prints errors.
pub fn main() -> ExitCode {
    let started = Instant::now();
    let cli = Cli::parse();
    crash::watch();
    // No reason not to work: what is left behind is removed by the next run.
    drop(interrupt::watch());
    let is_command = cli.command.is_some();
    let outcome = carry_out(cli, started);
    if let Some(code) = interrupt::code() {
        if is_command {
            interrupt::give_way();
        }
        return ExitCode::from(code);
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if is_broken_pipe(&*failure) => ExitCode::from(BROKEN_PIPE),
        Err(failure) => {
            // Nothing can be done if even stderr is gone.
            let failure = failure.to_string();
            let said = readable(&failure);
            drop(writeln!(io::stderr(), "implicit-bias-lab: {said}"));
            ExitCode::FAILURE
        }
    }
}

/// 128 and the number of the signal that ends other programs whose reader has gone.
const BROKEN_PIPE: u8 = 141;

/// Whether nobody reads what is printed any more: no reason to say anything.
fn is_broken_pipe(failure: &(dyn std::error::Error + 'static)) -> bool {
    let error = failure.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn carry_out(cli: Cli, started: Instant) -> Result<(), Failure> {
    match cli.command {
        None => open_window(cli, started),
        Some(Command::Run(run)) => run_headless(&run),
        Some(Command::Figure(asked)) => {
            Ok(io::stdout().write_all(figure::make(&asked)?.as_bytes())?)
        }
        Some(Command::Sweep(asked)) => Ok(io::stdout().write_all(sweep::make(&asked)?.as_bytes())?),
        Some(Command::List) => Ok(io::stdout().write_all(list().as_bytes())?),
        Some(Command::Selftest(test)) => check_theory(&test),
    }
}

#[cfg(feature = "gui")]
fn open_window(cli: Cli, started: Instant) -> Result<(), Failure> {
    let choice = cli.choice;
    let chosen = choice.preset.is_some() || choice.recipe.is_some() || !choice.set.is_empty();
    let recipe = if chosen { Some(choice.recipe()?) } else { None };
    let tour = cli.tour.map(|tour| tours::open(&tour)).transpose()?;
    crate::ui::open(crate::ui::Launch {
        recipe,
        // A file may be opened by a double click, which comes here as well.
        ask: choice.recipe.is_some() && !choice.names_data(),
        tour,
        play: cli.play,
        projector: cli.projector,
        report_since: cli.report_frames.then_some(started),
    })?;
    Ok(())
}

#[cfg(not(feature = "gui"))]
fn open_window(_cli: Cli, _started: Instant) -> Result<(), Failure> {
    Err(
        "this build has no window (feature `gui` is off): use `run` or `list`, or see --help"
            .into(),
    )
}

impl Choice {
    fn recipe(&self) -> Result<Recipe, Failure> {
        let mut recipe = match (&self.preset, &self.recipe) {
            (Some(name), _) => preset(name)?.recipe(),
            (None, Some(path)) => carrier::open(path)?,
            (None, None) => Recipe::new(LABS[0]),
        };
        change(&mut recipe, &assignments(&self.set)?)?;
        let noted = recipe.clone();
        crash::note(move || noted.to_toml());
        Ok(recipe)
    }

    /// Whether the file of data is typed here.
    #[cfg(feature = "gui")]
    fn names_data(&self) -> bool {
        let keys = labs::all().into_iter().flat_map(|lab| lab.knobs());
        let mut keys = keys.filter(|knob| knob.role == Some(Role::DataFile));
        keys.any(|knob| {
            let mut set = self.set.iter();
            set.any(|text| {
                text.split_once('=')
                    .is_some_and(|(key, _)| key.trim() == knob.key)
            })
        })
    }
}

/// Keys and values of `--set`.
fn assignments(texts: &[String]) -> Result<Vec<(&str, &str)>, Failure> {
    let pairs = texts.iter().map(|text| {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("--set takes key=value, not `{text}`"))?;
        Ok((key.trim(), value))
    });
    pairs.collect()
}

/// Changes settings. Who names a file of data means its data, unless another choice says otherwise.
fn change(recipe: &mut Recipe, set: &[(&str, &str)]) -> Result<(), KnobError> {
    for (key, value) in set {
        recipe.knobs.set_text(key, value)?;
    }
    let is_set = |key: &str| set.iter().any(|(set, _)| *set == key);
    let named = recipe.knobs.key_of(Role::DataFile);
    let has_name = recipe
        .knobs
        .text_of(Role::DataFile)
        .is_some_and(|path| !path.is_empty());
    if !has_name || named.is_none_or(|named| !is_set(named)) {
        return Ok(());
    }
    let mut knobs = recipe.knobs.clone();
    knobs.make_relevant(Role::DataFile)?;
    let contradicted = knobs
        .changed_from(&recipe.knobs)
        .any(|(knob, _)| is_set(knob.key));
    if !contradicted {
        recipe.knobs = knobs;
    }
    Ok(())
}

fn run_headless(run: &Run) -> Result<(), Failure> {
    let recipe = run.choice.recipe()?;
    let schedule = run.stride.map_or(SamplingSchedule::LogSpaced, |stride| {
        SamplingSchedule::Every { stride }
    });
    let options = export::Options {
        out: run.out.clone(),
        record_noise: run.record_noise,
        theory: run.theory,
        schedule,
        spare_cores: 0,
    };
    interrupt::say(|| "interrupted; nothing was written".to_owned());
    let bar = ProgressBar::new(recipe.knobs.length());
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {human_pos}/{human_len} steps, {eta} left",
    )?);
    let summary = export::run(&recipe, &options, |step| {
        bar.set_position(step);
        true
    });
    bar.finish_and_clear();
    let roles = recipe.lab.roles();
    let told: Vec<&str> = [roles.loss, roles.merit].into_iter().flatten().collect();
    let summary = summary?;
    // Said where a shell does not take it for a result.
    let remarks = summary["remarks"].as_array().into_iter().flatten();
    for remark in remarks.filter_map(|remark| remark.as_str()) {
        drop(writeln!(io::stderr(), "{remark}"));
    }
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
    writeln!(text, "written to {}", run.out.display())?;
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn check_theory(asked: &Selftest) -> Result<(), Failure> {
    let mut failed = 0;
    for lab in labs::all() {
        if let Some(test) = lab.self_test() {
            let problems = asked.problems.unwrap_or(test.problems);
            failed += (test.run)(asked.seed, problems, &mut io::stdout())?;
        }
    }
    if failed > 0 {
        return Err("not all identities hold: report the table with the program's version".into());
    }
    Ok(())
}

/// The presets, grouped by lab where there is more than one.
fn list() -> String {
    let labs = labs::all();
    let mut parts = Vec::new();
    for (at, lab) in labs.iter().enumerate() {
        if labs.len() > 1 {
            let gap = if at == 0 { "" } else { "\n" };
            parts.push(format!("{gap}{}: {}\n", lab.id(), lab.about()));
        }
        parts.extend(lab.presets().iter().map(|preset| {
            let Recipe { title, about, .. } = preset.recipe();
            format!("{:18} {title}\n{:18} {about}\n", preset.id, "")
        }));
    }
    parts.push("\nTours, for --tour:\n".to_owned());
    parts.extend(tours::listed().map(|tour| {
        let Listed { id, title, about } = tour;
        format!("{id:18} {title}\n{:18} {about}\n", "")
    }));
    parts.concat()
}

/// Every setting with its range, default and meaning, by lab where there is more than one.
fn settings_help() -> String {
    let labs = labs::all();
    let mut text = "Settings for --set, with their defaults:\n".to_owned();
    for lab in &labs {
        if labs.len() > 1 {
            text += &["\n", lab.title(), ":\n"].concat();
        }
        for knob in lab.knobs() {
            let (default, range) = (knob.default, knob.range());
            let lines = [
                format!("  {}={default}", knob.key),
                format!("      {}", knob.help),
                format!("      Takes {range}."),
            ];
            text += &["\n", &lines.join("\n"), "\n"].concat();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_names_every_setting() {
        let help = settings_help();
        assert!(
            LABS.iter()
                .flat_map(|lab| lab.knobs())
                .all(|knob| help.contains(knob.key))
        );
    }
}
