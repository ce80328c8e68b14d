//! A run as one table: a row per run and recorded step, a column per quantity.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::record::{Course, RecordError, Recorder, begun, record};
use super::{ExportError, Theory, finished};
use crate::format::exact;
use crate::model::watch::Watch;
use crate::recipe::Recipe;
use crate::sim::analysis::Insight;
use crate::sim::experiment::{RunInfo, RunSample, Sample, Setup};
use crate::sim::history::History;
use crate::sim::schedule::SamplingSchedule;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// A line of names, then a line per row.
    Csv,
    /// One object: `columns`, their names; `data`, the rows, with null for what is not known; `recipe`, as TOML; and
    /// `summary`, as in `summary.json`.
    Json,
}

/// What is told of a run as a table.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// How.
    pub form: Form,
    /// Which steps.
    pub schedule: SamplingSchedule,
    /// Whether what the theory says of every written state is told as well.
    pub theory: Theory,
}

/// Runs a recipe to its end and writes a row per run and recorded step as it goes, in the order of the steps.
///
/// `progress` hears the steps taken so far and says whether to go on, and `watch` knows how far it has come before the
/// first one. Returns the summary.
pub fn tell(
    recipe: &Recipe,
    told: &Told,
    out: &mut dyn Write,
    watch: &Watch,
    mut progress: impl FnMut(u64) -> bool,
) -> Result<Json, ExportError> {
    let experiment = recipe.lab.experiment_watched(&recipe.knobs, false, watch)?;
    let scenario = finished(recipe, &*experiment).to_toml();
    let setup = experiment.setup().clone();
    let course = Course {
        theory: told.theory,
        schedule: told.schedule,
    };
    let failed = |error| match error {
        RecordError::Lab(error) => error.into(),
        RecordError::Cancelled => ExportError::Cancelled,
        RecordError::Io(error) => ExportError::Untold(error),
    };
    let progress = &mut progress;
    match told.form {
        Form::Csv => {
            let mut rows = CsvRows::new(&setup, out).map_err(ExportError::Untold)?;
            let summary = record(recipe, experiment, &course, &mut rows, progress);
            let summary = summary.map_err(failed)?;
            rows.table.flush().map_err(ExportError::Untold)?;
            Ok(summary)
        }
        Form::Json => {
            let mut rows = JsonRows {
                setup: &setup,
                out,
                any: false,
            };
            let columns = json!(names(&setup));
            write!(rows.out, "{{\"columns\": {columns},\n\"data\": [")
                .map_err(ExportError::Untold)?;
            let summary = record(recipe, experiment, &course, &mut rows, progress);
            let summary = summary.map_err(failed)?;
            let recipe = json!(scenario);
            writeln!(out, "],\n\"recipe\": {recipe},\n\"summary\": {summary}}}")
                .and_then(|()| out.flush())
                .map_err(ExportError::Untold)?;
            Ok(summary)
        }
    }
}

/// The names of the columns.
fn names(setup: &Setup) -> Vec<String> {
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
    names
}

/// The numbers of a row behind the step; none for what the theory has not examined.
fn numbers(
    setup: &Setup,
    sample: &Sample,
    run: &RunSample,
    insight: Option<&[f64]>,
) -> Vec<Option<f64>> {
    let mut row = vec![Some(sample.time)];
    row.extend(sample.shared.iter().copied().map(Some));
    for (at, column) in setup.columns.iter().enumerate() {
        row.push(Some(run.values[at]));
        if column.tracked {
            row.extend([Some(run.low[at]), Some(run.high[at])]);
        }
    }
    let insights = (0..setup.insights.len()).map(|at| Some(*insight?.get(at)?));
    row.extend(insights);
    row
}

/// The runs that go on at a sample, with their names and what the theory says of them.
fn rows<'a>(
    setup: &'a Setup,
    sample: &'a Sample,
    insights: &'a [Option<Insight>],
) -> impl Iterator<Item = (&'a RunInfo, Vec<Option<f64>>)> {
    let runs = setup.runs.iter().zip(&sample.runs).enumerate();
    runs.filter_map(move |(index, (info, run))| {
        let insight = insights.get(index).and_then(Option::as_ref);
        let insight = insight.map(|insight| &insight.values[..]);
        Some((info, numbers(setup, sample, begun(run.as_ref())?, insight)))
    })
}

/// What the system said: whether a reader has gone is asked for later.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

struct CsvRows<'a> {
    setup: &'a Setup,
    table: csv::Writer<&'a mut dyn Write>,
}

impl<'a> CsvRows<'a> {
    fn new(setup: &'a Setup, out: &'a mut dyn Write) -> io::Result<Self> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(names(setup)).map_err(plain)?;
        Ok(Self { setup, table })
    }

    fn row(&mut self, info: &RunInfo, step: u64, row: &[Option<f64>]) -> io::Result<()> {
        let step = step.to_string();
        let names = [&info.name, info.family.id, &step].map(str::to_owned);
        let numbers = row
            .iter()
            .map(|number| number.map_or_else(String::new, exact));
        let record = names.into_iter().chain(numbers);
        self.table.write_record(record).map_err(plain)
    }
}

impl Recorder for CsvRows<'_> {
    fn sample(&mut self, sample: &Sample, insights: &[Option<Insight>]) -> io::Result<()> {
        for (info, row) in rows(self.setup, sample, insights) {
            self.row(info, sample.step, &row)?;
        }
        Ok(())
    }
}

struct JsonRows<'a> {
    setup: &'a Setup,
    out: &'a mut dyn Write,
    /// Whether there is a row already.
    any: bool,
}

impl Recorder for JsonRows<'_> {
    fn sample(&mut self, sample: &Sample, insights: &[Option<Insight>]) -> io::Result<()> {
        for (info, row) in rows(self.setup, sample, insights) {
            let names = [json!(info.name), json!(info.family.id), json!(sample.step)];
            let row: Vec<Json> = names
                .into_iter()
                .chain(row.iter().map(|it| json!(it)))
                .collect();
            let comma = if self.any { "," } else { "" };
            write!(self.out, "{comma}\n{}", Json::Array(row))?;
            self.any = true;
        }
        Ok(())
    }
}

/// Writes samples as one table that R, pandas and spreadsheets read as it is, run after run. What the theory has not
/// examined is left empty.
pub fn tidy_csv(history: &History, out: &mut dyn Write) -> io::Result<()> {
    let setup = &history.setup;
    let mut table = CsvRows::new(setup, out)?;
    for (info, run) in setup.runs.iter().zip(&history.runs) {
        for row in 0..run.len() {
            // A fork that starts later has not begun.
            if run.values.iter().all(|column| column[row].is_nan()) {
                continue;
            }
            let at = |columns: &[Vec<f64>]| columns.iter().map(|column| column[row]).collect();
            let sample = Sample {
                step: history.step[row],
                time: history.time[row],
                shared: at(&history.shared),
                runs: Vec::new(),
            };
            let state = RunSample {
                low: at(&run.low),
                high: at(&run.high),
                ..RunSample::new(at(&run.values), [])
            };
            let insight = run.insight_at(row);
            let numbers = numbers(setup, &sample, &state, insight.as_deref());
            table.row(info, sample.step, &numbers)?;
        }
    }
    table.table.flush()
}
