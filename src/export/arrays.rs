//! The arrays of an export: spooled to disk while the runs go on, packed as NPZ in the end.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use npyz::WriterBuilder as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::sim::analysis::Insight;
use crate::sim::experiment::{RunSample, Sample, Setup};
use crate::sim::tape::{Tape, TapeData};

/// The row of a run that goes on and has started.
pub(super) fn begun(run: Option<&RunSample>) -> Option<&RunSample> {
    run.filter(|run| !run.state.is_empty())
}

/// The spools of all runs.
pub(super) struct Files {
    pub(super) runs: Vec<RunFiles>,
    /// Where the step size stands among the shared quantities.
    step_size: Option<usize>,
    pub(super) last_step_size: f64,
}

impl Files {
    pub(super) fn create(folder: &Path, setup: &Setup) -> io::Result<Self> {
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

    pub(super) fn push(&mut self, sample: &Sample) -> io::Result<()> {
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

    pub(super) fn finish(self, folder: &Path) -> io::Result<()> {
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
pub(super) struct RunFiles {
    name: String,
    step: Spool,
    time: Spool,
    shared: Vec<Spool>,
    columns: Vec<Spool>,
    sources: Vec<(usize, Extreme)>,
    vectors: Vec<Spool>,
    tapes: Vec<Spool>,
    pub(super) last_values: Vec<f64>,
    /// Names of the insights, their spools and the last ones.
    insight_names: Vec<&'static str>,
    insights: Vec<Spool>,
    pub(super) last_insight: Vec<f64>,
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

    pub(super) fn push_insight(&mut self, insight: &Insight) -> io::Result<()> {
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

    /// A tape that has never held anything makes no array.
    pub(super) fn push_tape(&mut self, tape: &Tape) -> io::Result<()> {
        if tape.data.is_empty() {
            return Ok(());
        }
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
pub(super) struct Archive {
    zip: ZipWriter<BufWriter<File>>,
}

impl Archive {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            zip: ZipWriter::new(BufWriter::new(File::create(path)?)),
        })
    }

    pub(super) fn write<T: npyz::AutoSerialize>(
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

    pub(super) fn finish(self) -> io::Result<()> {
        self.zip.finish()?.flush()
    }
}
