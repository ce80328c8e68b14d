//! The arrays of an export: spooled to disk while the runs go on, packed as NPZ in the end.

use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::record::{Recorder, begun};
use crate::files::npy::{self, Numbers};
use crate::files::{self, NewFolder};
use crate::sim::analysis::Insight;
use crate::sim::experiment::{Sample, Setup};
use crate::sim::tape::{Tape, TapeData};

/// What is in the arrays of a folder, and how it is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrays {
    /// Whether the states are written, and the vectors that the theory says of them: as many numbers a row as the
    /// model has weights.
    pub weights: bool,
    /// Whether the archives are deflated, as by `numpy.savez_compressed`.
    pub compressed: bool,
}

impl Default for Arrays {
    fn default() -> Self {
        Self {
            weights: true,
            compressed: false,
        }
    }
}

/// The spools of all runs.
pub(super) struct Files<'a> {
    runs: Vec<RunFiles<'a>>,
    arrays: Arrays,
}

impl Recorder for Files<'_> {
    fn sample(&mut self, sample: &Sample, insights: &[Option<Insight>]) -> io::Result<()> {
        self.push(sample)?;
        for (insight, files) in insights.iter().zip(&mut self.runs) {
            if let Some(insight) = insight {
                files.push_insight(insight)?;
            }
        }
        Ok(())
    }

    fn tape(&mut self, run: usize, tape: &Tape) -> io::Result<()> {
        self.runs[run].push_tape(tape)
    }
}

impl<'a> Files<'a> {
    pub(super) fn create(folder: &'a NewFolder, setup: &Setup, arrays: Arrays) -> io::Result<Self> {
        let runs = setup
            .runs
            .iter()
            .map(|info| RunFiles::create(folder, &info.name, setup, arrays.weights))
            .collect::<Result<_, _>>()?;
        Ok(Self { runs, arrays })
    }

    fn push(&mut self, sample: &Sample) -> io::Result<()> {
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
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<()> {
        let compressed = self.arrays.compressed;
        let mut runs = self.runs.into_iter();
        runs.try_for_each(|run| run.finish(compressed))
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
struct RunFiles<'a> {
    name: String,
    step: Spool,
    time: Spool,
    shared: Vec<Spool>,
    columns: Vec<Spool>,
    sources: Vec<(usize, Extreme)>,
    vectors: Vec<Spool>,
    tapes: Vec<Spool>,
    /// Names of the insights, and their spools.
    insight_names: Vec<&'static str>,
    insights: Vec<Spool>,
    /// Whether vectors are written at all.
    weights: bool,
    folder: &'a NewFolder,
}

impl<'a> RunFiles<'a> {
    fn create(folder: &'a NewFolder, name: &str, setup: &Setup, weights: bool) -> io::Result<Self> {
        let vectors = if weights { setup.vectors } else { &[] };
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
            vectors: vectors
                .iter()
                .map(|name| spool(name))
                .collect::<Result<_, _>>()?,
            tapes: Vec::new(),
            insight_names: setup.insights.iter().map(|column| column.id).collect(),
            insights: Vec::new(),
            weights,
            folder,
        })
    }

    fn push_insight(&mut self, insight: &Insight) -> io::Result<()> {
        if self.insights.is_empty() {
            let names = self.insight_names.iter().copied();
            let vectors = insight.vectors.iter().filter(|_| self.weights);
            let vectors = vectors.map(|(name, _)| *name);
            for name in names.chain(vectors) {
                self.insights.push(Spool::create(self.folder, name)?);
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
        Ok(())
    }

    /// A tape that has never held anything makes no array.
    fn push_tape(&mut self, tape: &Tape) -> io::Result<()> {
        if tape.data.is_empty() {
            return Ok(());
        }
        let known = self.tapes.iter().position(|spool| spool.name == tape.name);
        let at = if let Some(at) = known {
            at
        } else {
            let mut spool = Spool::create(self.folder, tape.name)?;
            spool.width = (!tape.flat || tape.width > 1).then_some(tape.width);
            self.tapes.push(spool);
            self.tapes.len() - 1
        };
        match &tape.data {
            TapeData::Integers(integers) => self.tapes[at].integers(integers),
            TapeData::Reals(reals) => self.tapes[at].reals(reals),
        }
    }

    fn finish(self, compressed: bool) -> io::Result<()> {
        let name = format!("{}.npz", self.name);
        let mut archive = Archive::create(self.folder, &name, compressed)?;
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
    file: BufWriter<files::Spool>,
    numbers: u64,
    /// Numbers per row of a two-dimensional array, `None` for a vector.
    width: Option<usize>,
    integral: bool,
}

impl Spool {
    fn create(folder: &NewFolder, name: &str) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 16, folder.spool()?);
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
        let reader = BufReader::with_capacity(1 << 16, file);
        let shape = match self.width {
            None => vec![self.numbers],
            Some(width) => vec![self.numbers / width as u64, width as u64],
        };
        let numbers = if self.integral {
            Numbers::Integers
        } else {
            Numbers::Reals
        };
        archive.write(&self.name, numbers, &shape, reader)
    }
}

/// An NPZ file: a ZIP of NPY arrays, which NumPy reads as a dictionary.
pub(super) struct Archive {
    zip: ZipWriter<BufWriter<files::Entry>>,
    compressed: bool,
}

impl Archive {
    pub(super) fn create(folder: &NewFolder, name: &str, compressed: bool) -> io::Result<Self> {
        Ok(Self {
            zip: ZipWriter::new(BufWriter::new(folder.create(name)?)),
            compressed,
        })
    }

    /// Adds an array, whose numbers have 8 bytes, the lowest first.
    pub(super) fn write(
        &mut self,
        name: &str,
        numbers: Numbers,
        shape: &[u64],
        bytes: impl Read,
    ) -> io::Result<()> {
        let method = if self.compressed {
            CompressionMethod::Deflated
        } else {
            CompressionMethod::Stored
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(&npy::header(numbers, shape))?;
        let length = 8 * shape.iter().product::<u64>();
        if io::copy(&mut bytes.take(length), &mut self.zip)? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.zip.finish()?.flush()
    }
}
