//! The command line: the window, `run`, `figure`, `sweep`, `list` and `selftest`.

mod figure;
mod list;
mod log;
mod progress;
mod run;
mod sweep;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use web_time::Instant;

use clap::{Args, Parser, Subcommand};

use crate::crash;
use crate::format::readable;
use crate::interrupt;
use crate::knobs::{KnobError, Role};
use crate::labs::{self, LABS};
use crate::recipe::{Recipe, carrier, preset};

/// See implicit bias: gradient descent, SGD and stochastic gradient flow train a diagonal linear
/// network side by side, live. Without a command, opens the window.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
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
    /// Run a recipe to its end without a window and write the results to a folder, or as one table.
    Run(run::Run),
    /// Draw a figure of the paper, or of any run, as SVG, PDF or PNG.
    Figure(figure::Figure),
    /// Run a recipe at many values of some settings, with many seeds, into one CSV table, on one machine or
    /// several. Needs no attention: interrupted, it goes on when the command is repeated.
    Sweep(sweep::Sweep),
    /// Print the presets and tours, or all settings.
    List(list::List),
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
    /// Change a setting; may be repeated. `list --settings` prints them all.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
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
        Some(Command::Run(asked)) => run::make(&asked),
        Some(Command::Figure(asked)) => {
            Ok(io::stdout().write_all(figure::make(&asked)?.as_bytes())?)
        }
        Some(Command::Sweep(asked)) => Ok(io::stdout().write_all(sweep::make(&asked)?.as_bytes())?),
        Some(Command::List(asked)) => Ok(io::stdout().write_all(list::text(&asked).as_bytes())?),
        Some(Command::Selftest(test)) => check_theory(&test),
    }
}

#[cfg(feature = "gui")]
fn open_window(cli: Cli, started: Instant) -> Result<(), Failure> {
    let choice = cli.choice;
    let chosen = choice.preset.is_some() || choice.recipe.is_some() || !choice.set.is_empty();
    let recipe = if chosen { Some(choice.recipe()?) } else { None };
    let tour = cli.tour.map(|tour| crate::tours::open(&tour)).transpose()?;
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_fits_a_screen() {
        let mut command = Cli::command();
        for help in [command.render_help(), command.render_long_help()] {
            let lines = help.to_string().lines().count();
            assert!(lines < 50, "{lines} lines");
        }
    }
}
