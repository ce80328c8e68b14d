//! A run without a window, written to a folder that other programs can read.
//!
//! Arrays are spooled to disk while the run goes on, so a long run with all of its randomness needs
//! no more memory than a short one. The folder is made under another name and renamed when it is
//! complete: a folder of the final name is whole. [`crate::archive`] reads it back.

mod arrays;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};

use crate::files::{self, NewFolder};
use crate::labs::{LabError, RecordingExperiment};
use crate::recipe::{Recipe, carrier};
use crate::sim::analysis::{Analyst, RecordedState};
use crate::sim::experiment::{Facts, Sample};
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;
use crate::sim::threads;
use arrays::{Archive, Files, begun};
pub use table::tidy_csv;

/// How to export.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder to make.
    pub out: PathBuf,
    /// Whether to write the randomness as well.
    pub record_noise: bool,
    /// Which steps to write.
    pub schedule: SamplingSchedule,
    /// Whether to write what the theory says of every written state.
    pub theory: Theory,
    /// How many of the machine's cores to leave to others.
    pub spare_cores: usize,
}

/// When to write what the theory says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Theory {
    /// Where it does not take much longer than the runs.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Why an export failed. Nothing is left under the final name.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder is taken.
    #[error("{0} already exists: choose another folder, or remove it")]
    Exists(PathBuf),
    /// As asked.
    #[error("cancelled; nothing was written")]
    Cancelled,
    /// The recipe cannot run.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The system refused.
    #[error("cannot write to {path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs a recipe to its end and writes the folder; `progress` hears the steps taken so far and says
/// whether to go on. Returns
/// the summary that was written.
pub fn run(
    recipe: &Recipe,
    options: &Options,
    mut progress: impl FnMut(u64) -> bool,
) -> Result<Json, ExportError> {
    let out = &options.out;
    let io_error = |source| ExportError::Io {
        path: out.clone(),
        source,
    };
    if files::is_taken(out) {
        return Err(ExportError::Exists(out.clone()));
    }
    // Before the work: what has no place is not begun.
    let staging = NewFolder::at(out).map_err(io_error)?;
    let mut experiment = recipe.lab.experiment(&recipe.knobs, options.record_noise)?;
    if let Some(pool) = threads::pool(options.spare_cores) {
        experiment.use_threads(pool);
    }
    let mut theory = Commentary::new(recipe, options.theory)?;
    let mut files = Files::create(staging.path(), experiment.setup()).map_err(io_error)?;
    write_constants(staging.path(), recipe, &*experiment).map_err(io_error)?;

    let end = recipe.knobs.length();
    let mut session = Session::new(
        experiment,
        options.schedule,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    let mut last = None;
    loop {
        session.advance_to(end, Some(Instant::now() + Duration::from_millis(50)));
        let mut samples = session.take_samples();
        if session.step() == end && samples.last().is_none_or(|sample| sample.step != end) {
            let already_written = last
                .as_ref()
                .is_some_and(|sample: &Sample| sample.step == end);
            if !already_written {
                samples.push(session.experiment().sample());
            }
        }
        for sample in samples {
            files.push(&sample).map_err(io_error)?;
            if let Some(theory) = &mut theory {
                theory.push(&sample, &mut files).map_err(io_error)?;
            }
            last = Some(sample);
        }
        for run in 0..files.runs.len() {
            for tape in session.experiment().take_tapes(run) {
                files.runs[run].push_tape(&tape).map_err(io_error)?;
            }
        }
        let go_on = progress(session.step());
        if session.step() == end {
            break;
        }
        if !go_on {
            return Err(ExportError::Cancelled);
        }
    }
    let found = theory.map_or_else(Facts::default, |theory| theory.facts);
    let summary = summary(recipe, &mut session, &files, &found);
    files.finish(staging.path()).map_err(io_error)?;
    fs::write(
        staging.path().join("summary.json"),
        format!("{summary:#}\n"),
    )
    .map_err(io_error)?;
    staging.publish().map_err(io_error)?;
    Ok(summary)
}

fn write_constants(
    folder: &Path,
    recipe: &Recipe,
    experiment: &dyn RecordingExperiment,
) -> io::Result<()> {
    let mut scenario = recipe.pinned(&experiment.setup().facts);
    // Whoever opens the folder sees the run as it has ended.
    scenario.step = scenario.knobs.length();
    fs::write(folder.join(carrier::SCENARIO), scenario.to_toml())?;
    let mut archive = Archive::create(&folder.join(carrier::DATASET))?;
    for (name, shape, numbers) in experiment.data() {
        let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
        archive.write(name, &shape, numbers.into_iter())?;
    }
    archive.finish()
}

/// What the theory says of the run, beside it and in step with it.
struct Commentary {
    analyst: Box<dyn Analyst>,
    /// What holds for the whole experiment.
    facts: Facts,
}

impl Commentary {
    /// Studies the references of the data, unless the theory is not wanted or there is none. Searches that
    /// take trial runs are left to the window.
    fn new(recipe: &Recipe, theory: Theory) -> Result<Option<Self>, LabError> {
        if theory == Theory::Off {
            return Ok(None);
        }
        let Some(mut analyst) = recipe.lab.analyst(&recipe.knobs)? else {
            return Ok(None);
        };
        if theory == Theory::Auto && !analyst.is_quick() {
            return Ok(None);
        }
        let mut facts = Facts::default();
        while let Some(found) = analyst.study_references() {
            facts.extend(found);
        }
        Ok(Some(Self { analyst, facts }))
    }

    fn push(&mut self, sample: &Sample, files: &mut Files) -> io::Result<()> {
        let runs = sample.runs.iter().zip(&mut files.runs).enumerate();
        for (index, (run, files)) in runs {
            let Some(run) = begun(run.as_ref()) else {
                continue;
            };
            let insight = self.analyst.examine(&RecordedState {
                run: index,
                row: 0,
                step: sample.step,
                shared: sample.shared.clone(),
                values: run.values.clone(),
                state: run.state.clone(),
            });
            files.push_insight(&insight)?;
        }
        Ok(())
    }
}

fn summary(
    recipe: &Recipe,
    session: &mut Session<dyn RecordingExperiment>,
    files: &Files,
    found: &Facts,
) -> Json {
    let statuses = session.status();
    let setup = session.experiment().setup().clone();
    let mut runs = Vec::new();
    for ((info, status), spools) in setup.runs.iter().zip(statuses).zip(&files.runs) {
        let mut run = Map::new();
        run.insert("name".into(), info.name.as_str().into());
        run.insert("algorithm".into(), info.family.id.into());
        if let Some(id) = setup.roles.step_size {
            run.insert(id.into(), files.last_step_size.into());
        }
        for (key, value) in recipe.lab.run_settings(&recipe.knobs, info.family.id) {
            run.insert(key.into(), value);
        }
        let (word, steps) = status.ended(session.step());
        run.insert("steps".into(), steps.into());
        run.insert("status".into(), word.into());
        let columns = setup.columns.iter().zip(&spools.last_values);
        for (column, value) in columns.chain(setup.insights.iter().zip(&spools.last_insight)) {
            run.insert(column.id.into(), (*value).into());
        }
        runs.push(Json::Object(run));
    }
    let mut facts = setup.facts.clone();
    facts.extend(found.clone());
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "title": recipe.title,
        "facts": facts.scalars,
        "remarks": facts.remarks,
        "runs": runs,
    })
}
