//! A run from its first step to its last, told to whoever writes it down.

use std::io;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};
use web_time::Instant;

use super::Theory;
use crate::labs::{LabError, RecordingExperiment};
use crate::recipe::Recipe;
use crate::sim::analysis::{Analyst, Insight, RecordedState};
use crate::sim::experiment::{Facts, RunSample, Sample};
use crate::sim::progress::{Losses, far_from_interpolation};
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;
use crate::sim::tape::Tape;

/// Who writes a run down.
pub(super) trait Recorder {
    /// A state of all runs, with what the theory says of each; no entries if it says nothing.
    fn sample(&mut self, sample: &Sample, insights: &[Option<Insight>]) -> io::Result<()>;

    /// What was random in a run since the last sample.
    fn tape(&mut self, _run: usize, _tape: &Tape) -> io::Result<()> {
        Ok(())
    }
}

/// What is written down of a run, and when.
pub(super) struct Course {
    pub(super) theory: Theory,
    pub(super) schedule: SamplingSchedule,
}

/// Why a run was not written down.
#[derive(Debug)]
pub(super) enum RecordError {
    Lab(LabError),
    Cancelled,
    Io(io::Error),
}

impl From<LabError> for RecordError {
    fn from(error: LabError) -> Self {
        Self::Lab(error)
    }
}

impl From<io::Error> for RecordError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The row of a run that goes on and has started.
pub(super) fn begun(run: Option<&RunSample>) -> Option<&RunSample> {
    run.filter(|run| !run.state.is_empty())
}

/// Runs the experiment of a recipe to its end; `progress` hears the steps taken so far and says whether to go
/// on. Returns the summary.
pub(super) fn record(
    recipe: &Recipe,
    experiment: Box<dyn RecordingExperiment>,
    course: &Course,
    recorder: &mut dyn Recorder,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Json, RecordError> {
    let mut theory = Commentary::new(recipe, course.theory)?;
    let end = recipe.knobs.length();
    let mut ending = Ending::new(&*experiment);
    let mut session = Session::new(
        experiment,
        course.schedule,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    );
    loop {
        session.advance_to(end, Some(Instant::now() + Duration::from_millis(50)));
        let mut samples = session.take_samples();
        if session.step() == end
            && samples.last().is_none_or(|sample| sample.step != end)
            && ending.step != Some(end)
        {
            samples.push(session.experiment().sample());
        }
        for sample in samples {
            let insights = theory.as_mut().map(|theory| theory.on(&sample));
            let insights = insights.unwrap_or_default();
            recorder.sample(&sample, &insights)?;
            ending.update(&sample, &insights);
        }
        for run in 0..ending.runs.len() {
            for tape in session.experiment().take_tapes(run) {
                recorder.tape(run, &tape)?;
            }
        }
        let go_on = progress(session.step());
        if session.step() == end {
            break;
        }
        if !go_on {
            return Err(RecordError::Cancelled);
        }
    }
    let found = theory.map_or_else(Facts::default, |theory| theory.facts);
    Ok(summary(recipe, &mut session, &ending, &found))
}

/// The last numbers of all runs.
struct Ending {
    /// The step of the last sample.
    step: Option<u64>,
    /// Where the step size stands among the shared quantities.
    step_size_at: Option<usize>,
    step_size: f64,
    runs: Vec<Last>,
}

/// The last numbers of one run.
#[derive(Clone, Default)]
struct Last {
    values: Vec<f64>,
    insight: Vec<f64>,
    /// The first of the values.
    first: Vec<f64>,
}

impl Ending {
    fn new(experiment: &dyn RecordingExperiment) -> Self {
        let setup = experiment.setup();
        let step_size = setup.roles.step_size;
        Self {
            step: None,
            step_size_at: step_size.and_then(|id| setup.shared_position(id)),
            step_size: f64::NAN,
            runs: vec![Last::default(); setup.runs.len()],
        }
    }

    fn update(&mut self, sample: &Sample, insights: &[Option<Insight>]) {
        self.step = Some(sample.step);
        let step_size = self.step_size_at.and_then(|at| sample.shared.get(at));
        self.step_size = step_size.copied().unwrap_or(f64::NAN);
        for (run, last) in sample.runs.iter().zip(&mut self.runs) {
            if let Some(run) = begun(run.as_ref()) {
                last.values.clone_from(&run.values);
                if last.first.is_empty() {
                    last.first.clone_from(&run.values);
                }
            }
        }
        for (insight, last) in insights.iter().zip(&mut self.runs) {
            if let Some(insight) = insight {
                last.insight.clone_from(&insight.values);
            }
        }
    }
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

    /// What there is to say of each run's state.
    fn on(&mut self, sample: &Sample) -> Vec<Option<Insight>> {
        let runs = sample.runs.iter().enumerate();
        let insights = runs.map(|(index, run)| {
            let run = begun(run.as_ref())?;
            Some(self.analyst.examine(&RecordedState {
                run: index,
                row: 0,
                step: sample.step,
                shared: sample.shared.clone(),
                values: run.values.clone(),
                state: run.state.clone(),
            }))
        });
        insights.collect()
    }
}

fn summary(
    recipe: &Recipe,
    session: &mut Session<dyn RecordingExperiment>,
    ending: &Ending,
    found: &Facts,
) -> Json {
    let statuses = session.status();
    let setup = session.experiment().setup().clone();
    let mut runs = Vec::new();
    for ((info, status), last) in setup.runs.iter().zip(&statuses).zip(&ending.runs) {
        let mut run = Map::new();
        run.insert("name".into(), info.name.as_str().into());
        run.insert("algorithm".into(), info.family.id.into());
        if let Some(id) = setup.roles.step_size {
            run.insert(id.into(), ending.step_size.into());
        }
        for (key, value) in recipe.lab.run_settings(&recipe.knobs, info.family.id) {
            run.insert(key.into(), value);
        }
        let (word, steps) = status.ended(session.step());
        run.insert("steps".into(), steps.into());
        run.insert("status".into(), word.into());
        let columns = setup.columns.iter().zip(&last.values);
        for (column, value) in columns.chain(setup.insights.iter().zip(&last.insight)) {
            run.insert(column.id.into(), (*value).into());
        }
        runs.push(Json::Object(run));
    }
    let mut facts = setup.facts.clone();
    facts.extend(found.clone());
    let loss = setup.roles.loss.and_then(|id| setup.column(id));
    let losses = loss.into_iter().flat_map(|at| {
        let runs = ending.runs.iter().zip(&statuses);
        runs.filter_map(move |(last, status)| {
            Some(Losses {
                status: *status,
                first: *last.first.get(at)?,
                last: *last.values.get(at)?,
            })
        })
    });
    if recipe.lab.is_to_interpolate(&recipe.knobs) {
        let far = far_from_interpolation(losses, session.step());
        facts.remarks.extend(far);
    }
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "title": recipe.title,
        "facts": facts.scalars,
        "remarks": facts.remarks,
        "runs": runs,
    })
}
