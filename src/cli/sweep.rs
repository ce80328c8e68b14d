//! `sweep`: a recipe at many places with many seeds, into one table.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::log::Log;
use super::progress::{self, Told};
use super::{Choice, Failure};
use crate::crash;
use crate::format::count;
use crate::interrupt;
use crate::knobs::{KnobError, Role};
use crate::model::watch::Watch;
use crate::recipe::Recipe;
use crate::sweep::pace::{Estimate, Pace};
use crate::sweep::summary::Tally;
use crate::sweep::table::{self, Unfinished, merge};
use crate::sweep::trial::{self, Trial};
use crate::sweep::{self, Axis, Finish, Shard, StepSize, Steps, run};

/// How long cells are tried before a sweep, at most: for an answer, and where none is asked for.
const LONGEST_TRIAL: Duration = Duration::from_secs(30);
const LONGEST_UNASKED_TRIAL: Duration = Duration::from_secs(2);

#[derive(Args)]
pub(super) struct Sweep {
    #[command(flatten)]
    choice: Choice,
    /// A setting and its values, evenly spaced in log (alpha=0.005:1:12), evenly
    /// (label_noise_level=0:1:5:lin), or one by one (batch=1,2,8 or label_noise=none,constant). May be
    /// given several times, for every combination.
    #[arg(long, value_name = "KEY=VALUES")]
    over: Vec<String>,
    /// How many seeds at every place, counted up from the recipe's.
    #[arg(long, value_name = "N", default_value_t = 10)]
    seeds: u64,
    /// What the seeds change.
    #[arg(long, value_enum, default_value_t = Vary::All)]
    vary: Vary,
    /// How long runs go on that do not converge before: `auto`, long enough for the place's α and at
    /// least as the recipe says; `recipe`, as it says; t=T, up to flow time T; or a number of steps. The
    /// default is `auto`, or `recipe` where `steps` is set or swept.
    #[arg(long, value_name = "RULE")]
    steps: Option<String>,
    /// Choose γ anew for every cell: 0.9 of the largest step size at which SGD is stable, found by trial
    /// runs. Otherwise it is as the recipe says, where `step_size=auto` means 0.9 γ_auto of the cell.
    #[arg(long)]
    edge: bool,
    /// When runs are over: `end`, when they have converged or taken all their steps; `destination`, as soon as it
    /// is known to 0.1 % where their validation loss is going to end, which is what the table then has; or
    /// `destination:1e-4` for another relative error.
    #[arg(long, value_name = "RULE", default_value_t = Finish::End)]
    finish: Finish,
    /// The table to make, a CSV file, with the folders above it; what it is and what is in its columns
    /// stands beside it, with .json behind the name. What an interrupted sweep has left is gone on with,
    /// and a finished one is left as it is.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Make this part of the table only, such as 2/8, for as many machines: the parts take about equally
    /// long. `--merge` joins them.
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Join the tables of all shards in --out instead of running anything: byte for byte the table of an
    /// unsharded sweep. Missing, repeated and foreign ones are refused.
    #[arg(long, value_name = "TABLE", num_args = 1.., conflicts_with_all =
        ["preset", "recipe", "set", "over", "seeds", "vary", "steps", "edge", "finish", "shard", "jobs", "yes", "progress"])]
    merge: Vec<PathBuf>,
    /// Run so many cells at a time. Otherwise as many as there are cores.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Replace a table that is there, and drop what another sweep has left unfinished beside it.
    #[arg(long)]
    force: bool,
    /// Start without asking, however long it takes.
    #[arg(long)]
    yes: bool,
    /// How progress is told on stderr.
    #[arg(long, value_enum, default_value_t = Told::Bar)]
    progress: Told,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Vary {
    /// Data, samples and Brownian motion.
    All,
    /// Samples and Brownian motion, on one data set.
    Noise,
}

/// Makes the table; returns what to tell the user.
pub(super) fn make(asked: &Sweep) -> Result<String, Failure> {
    if !asked.merge.is_empty() {
        return join(asked);
    }
    if let Some(jobs) = asked.jobs {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get());
        pool.build_global()
            .map_err(|error| format!("the system gives no {jobs} threads: {error}"))?;
    }
    let sweep = sweep_of(asked)?;
    if !asked.force
        && let Some(tally) = table::finished(&asked.out, &sweep, asked.shard)?
    {
        return Ok(format!(
            "{}nothing to do: {} is finished\n",
            told(tally),
            asked.out.display()
        ));
    }
    let table = Unfinished::open(&asked.out, &sweep, asked.shard, asked.force)?;
    let tally = fill(asked, &sweep, table)?;
    Ok(format!(
        "{}written to {}\n",
        told(tally),
        asked.out.display()
    ))
}

fn told(tally: Tally) -> String {
    format!("{} runs: {}\n", tally.runs(), tally.in_words())
}

/// Joins the tables of all shards.
fn join(asked: &Sweep) -> Result<String, Failure> {
    interrupt::say(|| "interrupted; nothing was written".to_owned());
    let merge::Merged { ended, was_there } = merge::merge(&asked.out, &asked.merge, asked.force)?;
    let out = asked.out.display();
    let last = if was_there {
        format!("nothing to do: {out} is finished\n")
    } else {
        format!("{} tables joined in {out}\n", asked.merge.len())
    };
    Ok([told(ended), last].concat())
}

/// What the bar shows, and the log says.
#[derive(Clone)]
struct Progress {
    bar: ProgressBar,
    /// The same in words, for the log.
    left: Arc<Mutex<String>>,
}

impl Progress {
    fn new(total: u64, finished: usize) -> Result<Self, Failure> {
        let bar = ProgressBar::new(total);
        bar.set_style(ProgressStyle::with_template(
            "{bar:40} {human_pos}/{human_len} cells, {msg}",
        )?);
        bar.set_position(finished as u64);
        let left = Arc::default();
        Ok(Self { bar, left })
    }

    fn say(&self, words: String) {
        self.left
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&words);
        self.bar.set_message(words);
    }

    fn line(&self) -> String {
        let words = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let [done, all] = [self.bar.position(), self.bar.length().unwrap_or(0)].map(count);
        format!("{done} of {all} cells, {words}")
    }
}

/// Runs the cells that a table lacks; says how all runs have ended.
fn fill(asked: &Sweep, sweep: &sweep::Sweep, mut table: Unfinished) -> Result<Tally, Failure> {
    let cells: Vec<u64> = asked.shard.cells(sweep).collect();
    let total = cells.len() as u64;
    let missing = sweep.order(cells.into_iter().filter(|cell| !table.holds(*cell)));
    let finished = Arc::new(Mutex::new(table.len()));
    interrupt::say(kept(table.partial().to_owned(), finished.clone()));
    if table.damaged() > 0 {
        // A remark that is not read is no reason to stop.
        drop(writeln!(
            io::stderr(),
            "{} of the finished cells in {} were changed or are there twice, and are run again",
            table.damaged(),
            table.partial().display(),
        ));
    }
    let progress = Progress::new(total, table.len())?;
    progress.say("trying how long they take".to_owned());
    let log = progress.clone();
    let lines = Mutex::new(progress::Progress::lines(asked.progress, total, "cells"));
    let _log = if asked.progress == Told::Bar {
        Log::start(move || Some(log.line()))
    } else {
        progress.bar.set_draw_target(ProgressDrawTarget::hidden());
        None
    };
    let watch = Watch::default();
    // Whoever has confirmed it waits for no answer.
    let at_most = if asked.yes {
        LONGEST_UNASKED_TRIAL
    } else {
        LONGEST_TRIAL
    };
    let threads = rayon::current_num_threads();
    let time_for = |estimate: &Estimate| trial::thorough(estimate, threads, at_most);
    let trial = Trial::of(sweep, &missing, &time_for, &watch)?.ok_or("interrupted")?;
    let estimate = trial.estimate;
    if !asked.yes {
        progress
            .bar
            .suspend(|| confirm(&estimate, missing.len(), threads))?;
    }
    progress.say(format!("{} left", estimate.time_in_words(threads)));
    let pace = Pace::expecting(sweep, &missing, |place| trial.cost(sweep, place));
    let state = Mutex::new((&mut table, pace, None));
    let ended = run::run(sweep, &missing, &watch, &|result| {
        // A poisoned lock only means that another thread has died: its cell is missing.
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (table, pace, failure) = &mut *state;
        {
            // No cell comes after an interruption has said how many there are, and none in between.
            let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
            if interrupt::code().is_some() {
                return ControlFlow::Break(());
            }
            if let Err(error) = table.append(sweep, &result) {
                *failure = Some(error);
                return ControlFlow::Break(());
            }
            *finished = table.len();
        }
        pace.add(sweep.place(result.cell), result.elapsed);
        if let Some(left) = pace.left(threads) {
            progress.say(format!("{} left", HumanDuration(left)));
        }
        progress.bar.inc(1);
        let lines = lines.lock();
        lines
            .unwrap_or_else(PoisonError::into_inner)
            .set(table.len() as u64);
        ControlFlow::Continue(())
    });
    progress.bar.finish_and_clear();
    let (_, _, failure) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = failure {
        return Err(failure.into());
    }
    ended.map_err(|error| match table.len() {
        0 => error.to_string(),
        cells => format!(
            "{error}; {cells} finished cells are kept in {}{}",
            table.partial().display(),
            crash::words()
        ),
    })?;
    let tally = table.tally();
    table.finish(sweep, estimate.columns)?;
    Ok(tally)
}

/// What an interrupted sweep says.
fn kept(partial: PathBuf, finished: Arc<Mutex<usize>>) -> impl Fn() -> String {
    move || match *finished.lock().unwrap_or_else(PoisonError::into_inner) {
        0 => "interrupted before the first cell was finished; nothing was written".to_owned(),
        cells => format!(
            "interrupted; {cells} finished cells are kept in {}: repeat the command to go on",
            partial.display()
        ),
    }
}

fn sweep_of(asked: &Sweep) -> Result<sweep::Sweep, Failure> {
    let mut recipe = asked.choice.recipe()?;
    let axes = Axis::parse_all(&asked.over, &recipe.knobs)?;
    let length = recipe.knobs.key_of(Role::Length);
    let swept = axes.iter().any(|axis| Some(axis.key()) == length);
    let keys = asked.choice.set.iter();
    let mut keys = keys.filter_map(|assignment| Some(assignment.split_once('=')?.0.trim()));
    let set = keys.any(|key| Some(key) == length);
    let steps = match &asked.steps {
        Some(rule) => steps(rule, &mut recipe)?,
        None if swept || set => Steps::Recipe,
        None => Steps::Auto,
    };
    let vary = match asked.vary {
        Vary::All => sweep::Vary::All,
        Vary::Noise => sweep::Vary::Noise,
    };
    let step_size = if asked.edge {
        StepSize::Edge
    } else {
        StepSize::Recipe
    };
    let sweep = sweep::Sweep::new(recipe, axes, asked.seeds, vary, steps)?;
    Ok(sweep.with_step_size(step_size)?.with_finish(asked.finish)?)
}

/// Reads `--steps`; a number of steps becomes the recipe's own.
fn steps(rule: &str, recipe: &mut Recipe) -> Result<Steps, Failure> {
    let refuse =
        || format!("--steps takes auto, recipe, t=TIME or a number of steps, not `{rule}`");
    match rule.trim() {
        "auto" => Ok(Steps::Auto),
        "recipe" => Ok(Steps::Recipe),
        rule => {
            if let Some(time) = rule.strip_prefix("t=") {
                let time = time
                    .parse()
                    .ok()
                    .filter(|time: &f64| time.is_finite() && *time > 0.0);
                return Ok(Steps::FlowTime(time.ok_or_else(refuse)?));
            }
            let length = recipe.knobs.key_of(Role::Length);
            let length = length.ok_or_else(|| {
                let lacking = KnobError::Lacking { role: Role::Length };
                format!("{}: {lacking}", refuse())
            })?;
            let set = recipe.knobs.set_text(length, rule);
            set.map_err(|error| format!("{}: {error}", refuse()))?;
            Ok(Steps::Recipe)
        }
    }
}

/// Asks before a sweep that takes very long or very much room; without a terminal, refuses.
fn confirm(estimate: &Estimate, cells: usize, threads: usize) -> Result<(), Failure> {
    if !estimate.needs_confirmation(threads) {
        return Ok(());
    }
    let about = format!("{cells} cells take {}", estimate.in_words(threads));
    let advice = "take fewer values, seeds or --steps, or split it with --shard";
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(format!("{about}: {advice}, or confirm it with --yes").into());
    }
    write!(io::stderr(), "{about}. Start? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(format!("not started: {advice}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::LABS;

    #[test]
    fn lengths_are_rules_or_numbers() {
        let mut recipe = Recipe::new(LABS[0]);
        let mut read = |text: &str| steps(text, &mut recipe).map_err(|error| error.to_string());
        assert_eq!(read("auto"), Ok(Steps::Auto));
        assert_eq!(read("t=4e3"), Ok(Steps::FlowTime(4000.0)));
        assert_eq!(read("2e4"), Ok(Steps::Recipe));
        for text in ["t=", "t=-1", "t=nan", "0", "long", ""] {
            let message = read(text).unwrap_err();
            assert!(message.starts_with("--steps takes auto"), "{message}");
        }
        assert_eq!(recipe.knobs.count("steps"), 20_000);
    }

    #[test]
    fn what_is_small_and_short_needs_no_confirmation() {
        let estimate = |hours, bytes| Estimate {
            work: Duration::from_hours(hours),
            longest: Duration::ZERO,
            is_seen: true,
            bytes,
            columns: &[],
        };
        assert!(confirm(&estimate(40, 1 << 20), 10, 2).is_ok());
    }
}
