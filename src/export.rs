//! A run without a window, written to a folder that other programs can read.
//!
//! Arrays are spooled to disk while the run goes on, so a long run with all of its randomness needs
//! no more memory than a short one. The folder is made under another name and renamed when it is
//! complete: a folder of the final name is whole. [`crate::archive`] reads it back.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use npyz::WriterBuilder as _;
use serde_json::{Map, Value as Json, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::files;
use crate::format::exact;
use crate::labs::{LabError, RecordingExperiment};
use crate::recipe::{Recipe, carrier};
use crate::sim::analysis::{Analyst, Insight, RecordedState};
use crate::sim::experiment::{Facts, RunSample, Sample, Setup};
use crate::sim::history::History;
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;
use crate::sim::tape::{Tape, TapeData};
use crate::sim::threads;

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
    let mut experiment = recipe.lab.experiment(&recipe.knobs, options.record_noise)?;
    if let Some(pool) = threads::pool(options.spare_cores) {
        experiment.use_threads(pool);
    }
    let mut theory = Commentary::new(recipe, options.theory)?;
    let staging = files::staging_folder(out).map_err(io_error)?;
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
    files::publish(staging, out).map_err(io_error)?;
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
    let mut archive = Archive::create(&folder.join("dataset.npz"))?;
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

/// Writes samples as one table that R, pandas and spreadsheets read as it is: a row per run and
/// recorded step, a column per quantity. What the theory has not examined is left empty.
pub fn tidy_csv(history: &History, out: &mut dyn io::Write) -> io::Result<()> {
    let setup = &history.setup;
    let mut table = csv::Writer::from_writer(out);
    let mut names: Vec<String> = ["run", "algorithm", "step", "time"]
        .map(str::to_owned)
        .into();
    names.extend(setup.shared.iter().map(|name| (*name).to_owned()));
    for column in setup.columns {
        names.push(column.id.to_owned());
        if column.tracked {
            names.extend(["min", "max"].map(|extreme| format!("{}_{extreme}", column.id)));
        }
    }
    names.extend(setup.insights.iter().map(|column| column.id.to_owned()));
    table.write_record(&names)?;
    for (info, run) in setup.runs.iter().zip(&history.runs) {
        let mut insights = run.insights().iter().peekable();
        for row in 0..run.len() {
            let insight = insights.next_if(|(known, _)| *known == row);
            // A fork that starts later has not begun.
            if run.values.iter().all(|column| column[row].is_nan()) {
                continue;
            }
            let step = history.step[row].to_string();
            let mut record = vec![info.name.clone(), info.family.id.to_owned(), step];
            record.push(exact(history.time[row]));
            record.extend(history.shared.iter().map(|column| exact(column[row])));
            for (at, column) in setup.columns.iter().enumerate() {
                record.push(exact(run.values[at][row]));
                if column.tracked {
                    record.extend([&run.low, &run.high].map(|extreme| exact(extreme[at][row])));
                }
            }
            record.extend(
                (0..setup.insights.len())
                    .map(|at| insight.map_or_else(String::new, |(_, values)| exact(values[at]))),
            );
            table.write_record(&record)?;
        }
    }
    table.flush()
}

/// The row of a run that goes on and has started.
fn begun(run: Option<&RunSample>) -> Option<&RunSample> {
    run.filter(|run| !run.state.is_empty())
}

/// The spools of all runs.
struct Files {
    runs: Vec<RunFiles>,
    /// Where the step size stands among the shared quantities.
    step_size: Option<usize>,
    last_step_size: f64,
}

impl Files {
    fn create(folder: &Path, setup: &Setup) -> io::Result<Self> {
        let runs = setup
            .runs
            .iter()
            .map(|info| RunFiles::create(folder, &info.name, setup))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            runs,
            step_size: setup
                .roles
                .step_size
                .and_then(|id| setup.shared_position(id)),
            last_step_size: f64::NAN,
        })
    }

    fn push(&mut self, sample: &Sample) -> io::Result<()> {
        let last = self.step_size.and_then(|at| sample.shared.get(at));
        self.last_step_size = last.copied().unwrap_or(f64::NAN);
        for (run, files) in sample.runs.iter().zip(&mut self.runs) {
            let Some(run) = begun(run.as_ref()) else {
                continue;
            };
            files.step.integers(&[sample.step as i64])?;
            files.time.reals(&[sample.time])?;
            for (spool, value) in files.shared.iter_mut().zip(&sample.shared) {
                spool.reals(&[*value])?;
            }
            for (spool, (at, extreme)) in files.columns.iter_mut().zip(&files.sources) {
                let values = match extreme {
                    Extreme::Value => &run.values,
                    Extreme::Low => &run.low,
                    Extreme::High => &run.high,
                };
                spool.reals(&[values[*at]])?;
            }
            for (spool, vector) in files.vectors.iter_mut().zip(run.state.iter()) {
                spool.width = Some(vector.len());
                spool.reals(vector)?;
            }
            files.last_values.clone_from(&run.values);
        }
        Ok(())
    }

    fn finish(self, folder: &Path) -> io::Result<()> {
        self.runs.into_iter().try_for_each(|run| run.finish(folder))
    }
}

/// Which of a column's three numbers an array holds.
#[derive(Clone, Copy)]
enum Extreme {
    Value,
    Low,
    High,
}

/// The arrays of one run.
struct RunFiles {
    name: String,
    step: Spool,
    time: Spool,
    shared: Vec<Spool>,
    columns: Vec<Spool>,
    sources: Vec<(usize, Extreme)>,
    vectors: Vec<Spool>,
    tapes: Vec<Spool>,
    last_values: Vec<f64>,
    /// Names of the insights, their spools and the last ones.
    insight_names: Vec<&'static str>,
    insights: Vec<Spool>,
    last_insight: Vec<f64>,
    folder: PathBuf,
}

impl RunFiles {
    fn create(folder: &Path, name: &str, setup: &Setup) -> io::Result<Self> {
        let spool = |array: &str| Spool::create(folder, array);
        let mut columns = Vec::new();
        let mut sources = Vec::new();
        for (at, column) in setup.columns.iter().enumerate() {
            let extremes: &[_] = if column.tracked {
                &[
                    ("", Extreme::Value),
                    ("_min", Extreme::Low),
                    ("_max", Extreme::High),
                ]
            } else {
                &[("", Extreme::Value)]
            };
            for (suffix, extreme) in extremes {
                columns.push(spool(&format!("{}{suffix}", column.id))?);
                sources.push((at, *extreme));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            // Whole numbers even of a run that never starts.
            step: Spool {
                integral: true,
                ..spool("step")?
            },
            time: spool("time")?,
            shared: setup
                .shared
                .iter()
                .map(|name| spool(name))
                .collect::<Result<_, _>>()?,
            columns,
            sources,
            vectors: setup
                .vectors
                .iter()
                .map(|name| spool(name))
                .collect::<Result<_, _>>()?,
            tapes: Vec::new(),
            last_values: Vec::new(),
            insight_names: setup.insights.iter().map(|column| column.id).collect(),
            insights: Vec::new(),
            last_insight: Vec::new(),
            folder: folder.to_owned(),
        })
    }

    fn push_insight(&mut self, insight: &Insight) -> io::Result<()> {
        if self.insights.is_empty() {
            let names = self.insight_names.iter().copied();
            let vectors = insight.vectors.iter().map(|(name, _)| *name);
            for name in names.chain(vectors) {
                self.insights.push(Spool::create(&self.folder, name)?);
            }
        }
        let (numbers, vectors) = self.insights.split_at_mut(self.insight_names.len());
        for (spool, number) in numbers.iter_mut().zip(&insight.values) {
            spool.reals(&[*number])?;
        }
        for (spool, (_, vector)) in vectors.iter_mut().zip(&insight.vectors) {
            spool.width = Some(vector.len());
            spool.reals(vector)?;
        }
        self.last_insight.clone_from(&insight.values);
        Ok(())
    }

    fn push_tape(&mut self, tape: &Tape) -> io::Result<()> {
        let known = self.tapes.iter().position(|spool| spool.name == tape.name);
        let at = if let Some(at) = known {
            at
        } else {
            let mut spool = Spool::create(&self.folder, tape.name)?;
            spool.width = (!tape.flat || tape.width > 1).then_some(tape.width);
            self.tapes.push(spool);
            self.tapes.len() - 1
        };
        match &tape.data {
            TapeData::Integers(integers) => self.tapes[at].integers(integers),
            TapeData::Reals(reals) => self.tapes[at].reals(reals),
        }
    }

    fn finish(self, folder: &Path) -> io::Result<()> {
        let mut archive = Archive::create(&folder.join(format!("{}.npz", self.name)))?;
        let spools = [self.step, self.time]
            .into_iter()
            .chain(self.shared)
            .chain(self.columns);
        let spools = spools.chain(self.vectors).chain(self.insights);
        for spool in spools.chain(self.tapes) {
            spool.finish(&mut archive)?;
        }
        archive.finish()
    }
}

/// One array on its way to disk, as raw little-endian numbers.
struct Spool {
    name: String,
    file: BufWriter<File>,
    numbers: u64,
    /// Numbers per row of a two-dimensional array, `None` for a vector.
    width: Option<usize>,
    integral: bool,
}

impl Spool {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        // Unlinked while open: nothing to clean up, whatever happens.
        let file = tempfile::tempfile_in(folder)?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(Self {
            name: name.to_owned(),
            file,
            numbers: 0,
            width: None,
            integral: false,
        })
    }

    fn reals(&mut self, reals: &[f64]) -> io::Result<()> {
        self.numbers += reals.len() as u64;
        reals
            .iter()
            .try_for_each(|real| self.file.write_all(&real.to_le_bytes()))
    }

    fn integers(&mut self, integers: &[i64]) -> io::Result<()> {
        self.integral = true;
        self.numbers += integers.len() as u64;
        integers
            .iter()
            .try_for_each(|integer| self.file.write_all(&integer.to_le_bytes()))
    }

    fn finish(self, archive: &mut Archive) -> io::Result<()> {
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let shape = match self.width {
            None => vec![self.numbers],
            Some(width) => vec![self.numbers / width as u64, width as u64],
        };
        let mut failure = None;
        let words = (0..self.numbers).map_while(|_| {
            let mut bytes = [0; 8];
            reader
                .read_exact(&mut bytes)
                .map_err(|error| failure = Some(error))
                .ok()?;
            Some(bytes)
        });
        let written = if self.integral {
            archive.write(&self.name, &shape, words.map(i64::from_le_bytes))
        } else {
            archive.write(&self.name, &shape, words.map(f64::from_le_bytes))
        };
        failure.map_or(written, Err)
    }
}

/// An NPZ file: a ZIP of uncompressed NPY arrays, which NumPy reads as a dictionary.
struct Archive {
    zip: ZipWriter<BufWriter<File>>,
}

impl Archive {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            zip: ZipWriter::new(BufWriter::new(File::create(path)?)),
        })
    }

    fn write<T: npyz::AutoSerialize>(
        &mut self,
        name: &str,
        shape: &[u64],
        numbers: impl Iterator<Item = T>,
    ) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options)?;
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(shape)
            .writer(&mut self.zip)
            .begin_nd()?;
        writer.extend(numbers)?;
        writer.finish()
    }

    fn finish(self) -> io::Result<()> {
        self.zip.finish()?.flush()
    }
}
