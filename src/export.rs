//! A run without a window, written to a folder that other programs can read, or told as one table.
//!
//! Arrays are spooled to disk while the run goes on, so a long run with all of its randomness needs
//! no more memory than a short one. The folder is made under another name and renamed when it is
//! complete: a folder of the final name is whole. [`crate::archive`] reads it back. A table is written row by
//! row as the run goes on.

mod arrays;
mod record;
mod table;

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::files::npy::Numbers;
use crate::files::{self, NewFolder};
use crate::knobs::{Role, Value};
use crate::labs::{LabError, RecordingExperiment};
use crate::model::watch::Watch;
use crate::recipe::{Recipe, carrier};
use crate::sim::schedule::SamplingSchedule;
use crate::sim::threads;
pub use arrays::Arrays;
use arrays::{Archive, Files};
use record::{Course, RecordError};
pub use table::{Form, Told, tell, tidy_csv};

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
    /// Nobody takes the table, or it has no room.
    #[error("cannot write the table: {0}")]
    Untold(io::Error),
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
    progress: impl FnMut(u64) -> bool,
) -> Result<Json, ExportError> {
    run_with(
        recipe,
        options,
        Arrays::default(),
        &Watch::default(),
        progress,
    )
}

/// Runs a recipe once more, up to the step that it was seen at, and writes everything about it.
///
/// A window keeps fewer states than a run has, and the theory of few of them. `progress` hears the part that is done,
/// from 0 to 1, and says whether to go on.
pub fn run_again(
    mut recipe: Recipe,
    out: PathBuf,
    record_noise: bool,
    mut progress: impl FnMut(f64) -> bool,
) -> Result<(), ExportError> {
    let steps = recipe.step;
    // A lab without a length is run to its usual one, and no further than anybody has seen.
    if recipe.knobs.key_of(Role::Length).is_some() {
        let length = Value::Count(steps);
        let set = recipe.knobs.set_of(Role::Length, length);
        set.map_err(LabError::from)?;
    }
    let options = Options {
        out,
        record_noise,
        theory: Theory::Auto,
        schedule: SamplingSchedule::LogSpaced,
        spare_cores: 1,
    };
    let go_on = |step: u64| progress(step as f64 / steps as f64);
    run(&recipe, &options, go_on).map(drop)
}

/// The same with another choice of what is in the arrays; `watch` knows how far it has come before the first step.
pub fn run_with(
    recipe: &Recipe,
    options: &Options,
    arrays: Arrays,
    watch: &Watch,
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
    let mut experiment =
        recipe
            .lab
            .experiment_watched(&recipe.knobs, options.record_noise, watch)?;
    if let Some(pool) = threads::pool(options.spare_cores) {
        experiment.use_threads(pool);
    }
    let mut files = Files::create(&staging, experiment.setup(), arrays).map_err(io_error)?;
    write_constants(&staging, recipe, &*experiment, arrays).map_err(io_error)?;
    let course = Course {
        theory: options.theory,
        schedule: options.schedule,
    };
    let summary = record::record(recipe, experiment, &course, &mut files, &mut progress).map_err(
        |error| match error {
            RecordError::Lab(error) => error.into(),
            RecordError::Cancelled => ExportError::Cancelled,
            RecordError::Io(error) => io_error(error),
        },
    )?;
    files.finish().map_err(io_error)?;
    write_text(&staging, "summary.json", &format!("{summary:#}\n")).map_err(io_error)?;
    staging.publish().map_err(io_error)?;
    Ok(summary)
}

fn write_constants(
    folder: &NewFolder,
    recipe: &Recipe,
    experiment: &dyn RecordingExperiment,
    arrays: Arrays,
) -> io::Result<()> {
    let scenario = finished(recipe, experiment);
    write_text(folder, carrier::SCENARIO, &scenario.to_toml())?;
    let mut archive = Archive::create(folder, carrier::DATASET, arrays.compressed)?;
    for (name, shape, numbers) in experiment.data() {
        let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
        let bytes: Vec<u8> = numbers.into_iter().flat_map(f64::to_le_bytes).collect();
        archive.write(name, Numbers::Reals, &shape, &bytes[..])?;
    }
    archive.finish()
}

fn write_text(folder: &NewFolder, name: &str, text: &str) -> io::Result<()> {
    folder.create(name)?.write_all(text.as_bytes())
}

/// The recipe of a run that has ended.
fn finished(recipe: &Recipe, experiment: &dyn RecordingExperiment) -> Recipe {
    let mut scenario = recipe.pinned(&experiment.setup().facts);
    // Whoever opens it sees the run as it has ended.
    scenario.step = scenario.knobs.length();
    scenario
}
