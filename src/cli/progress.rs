//! How far a command has come, for people and for programs.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Failure;
use super::log::{self, Log};
use crate::format::count;
use crate::model::watch::{Stage, Watch};

/// Between two lines.
const PAUSE: Duration = Duration::from_millis(200);

/// How progress is told on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Told {
    /// A bar on a terminal, a line a minute elsewhere; and what is prepared for long.
    Bar,
    /// A line of JSON five times a second and at the end: what is `done`, `of` how many, in which `unit`, and the
    /// `seconds` since the start.
    Json,
    /// Nothing.
    None,
}

/// Tells it.
pub(super) enum Progress {
    Bar(ProgressBar),
    Json {
        of: u64,
        unit: &'static str,
        begun: Instant,
        /// When the last line was written.
        told: Option<Instant>,
    },
    None,
}

impl Progress {
    pub(super) fn new(told: Told, of: u64, unit: &'static str) -> Result<Self, Failure> {
        Ok(match told {
            Told::Bar => {
                let bar = ProgressBar::new(of);
                let template =
                    format!("{{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left");
                bar.set_style(ProgressStyle::with_template(&template)?);
                Self::Bar(bar)
            }
            Told::Json | Told::None => Self::lines(told, of, unit),
        })
    }

    /// For programs alone, where somebody else draws the bar.
    pub(super) fn lines(told: Told, of: u64, unit: &'static str) -> Self {
        match told {
            Told::Json => Self::Json {
                of,
                unit,
                begun: Instant::now(),
                told: None,
            },
            Told::Bar | Told::None => Self::None,
        }
    }

    pub(super) fn set(&mut self, done: u64) {
        match self {
            Self::Bar(bar) => bar.set_position(done),
            Self::Json {
                of,
                unit,
                begun,
                told,
            } => {
                if done < *of && told.is_some_and(|told| told.elapsed() < PAUSE) {
                    return;
                }
                *told = Some(Instant::now());
                let seconds = (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
                let line = json!({"done": done, "of": *of, "unit": *unit, "seconds": seconds});
                // Who does not listen is no reason to stop.
                drop(writeln!(io::stderr(), "{line}"));
            }
            Self::None => {}
        }
    }

    /// Says in plain lines what no bar shows: how far what comes before the first step is, and without a terminal
    /// the steps. Nothing for programs.
    pub(super) fn log(&self, watch: &Watch) -> Option<Log> {
        let Self::Bar(bar) = self else { return None };
        let (bar, watch) = (bar.clone(), watch.clone());
        let (begun, is_terminal) = (Instant::now(), io::stderr().is_terminal());
        Log::unless_brief(move || {
            let [done, of] = [bar.position(), bar.length().unwrap_or(0)].map(count);
            if bar.position() == 0 {
                let Stage { what, done, of } = watch.stage()?;
                return Some(format!("preparing {what} {} of {}", count(done), count(of)));
            }
            let is_due = !is_terminal && begun.elapsed() >= log::INTERVAL;
            is_due.then(|| format!("{done} of {of} steps"))
        })
    }

    pub(super) fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
