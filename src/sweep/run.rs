//! Runs the cells of a sweep on all cores.

use std::ops::ControlFlow;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use rayon::iter::{ParallelBridge as _, ParallelIterator as _};
use web_time::Instant;

use super::{BELOW_EDGE, StepSize, Sweep, SweepError};
use crate::crash::text_of;
use crate::knobs::{Role, Value};
use crate::labs::{LabError, RecordingExperiment};
use crate::model::watch::Watch;
use crate::sim::experiment::{Column, Family, RunStatus, Setup};
use crate::sim::schedule::SamplingSchedule;
use crate::sim::session::Session;

/// How long a cell runs before it looks whether to go on.
const SLICE: Duration = Duration::from_millis(50);

/// What has come of a cell.
#[derive(Clone, Debug)]
pub struct CellResult {
    /// Which.
    pub cell: u64,
    /// K, the steps after which its runs stop at the latest.
    pub length: u64,
    /// The step size at the start; NaN if there is none.
    pub step_size: f64,
    /// The step size beyond which runs are expected to diverge; NaN if unknown.
    pub largest_step_size: f64,
    /// How its runs have ended, in the experiment's order.
    pub runs: Vec<RunEnd>,
    /// How long it took. Nothing else here depends on the machine or the threads.
    pub elapsed: Duration,
}

/// How a run has ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// Its name, such as `sgd-2`.
    pub name: String,
    /// Its algorithm.
    pub family: Family,
    /// `finished`, `converged`, `diverged`, `collapsed` or [`DESTINATION`].
    pub status: &'static str,
    /// Steps taken. `run` with as many says the same of it.
    pub steps: u64,
    /// What its numbers are.
    pub columns: &'static [Column],
    /// One number per column; all NaN if it diverged.
    pub values: Vec<f64>,
    /// A bound on the relative error of what it is validated by, if it has ended before it was there.
    pub destination_error: Option<f64>,
}

/// The status of a run whose numbers are those of where it was going to end.
pub const DESTINATION: &str = "destination";

impl RunEnd {
    /// A recorded quantity at the end; NaN if the run diverged, or if nothing of that name is recorded.
    pub fn value(&self, id: &str) -> f64 {
        let at = self.columns.iter().position(|column| column.id == id);
        let value = at.and_then(|at| self.values.get(at));
        value.copied().unwrap_or(f64::NAN)
    }

    /// The same for pictures, medians and correlations: NaN if the run has failed, as a run that has collapsed
    /// has numbers, but none that say where its algorithm leads.
    pub fn outcome(&self, id: &str) -> f64 {
        if self.has_failed() {
            f64::NAN
        } else {
            self.value(id)
        }
    }

    /// Whether it was stopped because it left every bound.
    pub fn has_diverged(&self) -> bool {
        self.status == "diverged"
    }

    /// Whether it has come to nothing.
    pub fn has_failed(&self) -> bool {
        self.has_diverged() || self.status == "collapsed"
    }
}

/// An experiment of a sweep before it has begun.
pub(super) struct Cell {
    pub(super) session: Session<dyn RecordingExperiment>,
    pub(super) setup: Arc<Setup>,
    pub(super) length: u64,
}

/// Prepares a cell: makes its data, chooses its γ and its length.
pub(super) fn prepare(sweep: &Sweep, cell: u64, watch: &Watch) -> Result<Cell, SweepError> {
    let mut recipe = sweep.recipe(cell);
    let impossible = |source: LabError| SweepError::Lab {
        place: sweep.place_in_words(sweep.place(cell)),
        source,
    };
    if sweep.step_size == StepSize::Edge
        && let Some(edge) = recipe.lab.edge()
        && let Some(edge) = (edge.measure)(&recipe.knobs, watch).map_err(impossible)?
    {
        let below = Value::Real(BELOW_EDGE * edge);
        let set = recipe.knobs.set_of(Role::StepSize, below);
        set.map_err(|error| impossible(error.into()))?;
    }
    let experiment = recipe.lab.experiment_watched(&recipe.knobs, false, watch);
    let mut experiment = experiment.map_err(impossible)?;
    experiment.leave_out_records(true);
    let setup = experiment.setup().clone();
    let settled = recipe.lab.settling_time(&recipe.knobs, &setup.facts);
    // Without a step size a step takes a unit of time.
    let step_size = setup.scalar(setup.roles.first_step_size).unwrap_or(1.0);
    let length = sweep.steps.length(&recipe.knobs, step_size, settled);
    // The schedule of `run`: convergence is looked for at its samples. Near the largest stable step size
    // GD converges in a sixth of SGD's steps, and a step of it costs twice as much: nobody waits for it.
    let mut session = Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        recipe.knobs,
        recipe.changes,
    );
    session.stop_when_converged(true);
    session.freeze_when_converged(true);
    session.end_at_destination(sweep.finish.relative_error());
    Ok(Cell {
        session,
        setup,
        length,
    })
}

fn scalar(setup: &Setup, id: Option<&str>) -> f64 {
    setup.scalar(id).unwrap_or(f64::NAN)
}

/// Works on a cell; `None` if it was given up. A panic, which is a mistake of the program, is an error like others:
/// what is finished is kept.
pub(super) fn guarded<T>(
    sweep: &Sweep,
    cell: u64,
    watch: &Watch,
    work: impl FnOnce() -> Result<Option<T>, SweepError>,
) -> Result<Option<T>, SweepError> {
    // What the cell has broken goes with it.
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        // Whatever a computation says that nobody waits for, it does not mean.
        Ok(Err(_)) if watch.is_given_up() => Ok(None),
        Ok(done) => done,
        Err(panic) => Err(SweepError::Crashed {
            place: sweep.place_in_words(sweep.place(cell)),
            reason: text_of(&*panic).to_owned(),
        }),
    }
}

/// Runs a cell to its end; `None` if it was given up before.
fn finish(sweep: &Sweep, cell: u64, watch: &Watch) -> Result<Option<CellResult>, SweepError> {
    let start = Instant::now();
    let Cell {
        mut session,
        setup,
        length,
    } = prepare(sweep, cell, watch)?;
    while session.step() < length && !session.stopped_converged() {
        if watch.is_given_up() {
            return Ok(None);
        }
        session.advance_to(length, Some(Instant::now() + SLICE));
        drop(session.take_samples());
    }
    session.experiment().leave_out_records(false);
    // The sample first: it may find a run out of bounds.
    let last = session.experiment().sample();
    let statuses = session.status();
    let ends = setup.runs.iter().zip(statuses).zip(last.runs).enumerate();
    let runs = ends.map(|(run, ((info, status), sample))| {
        let (word, steps) = status.ended(session.steps_of(run));
        let diverged = matches!(status, RunStatus::Diverged { .. });
        let destination = session.destination(run);
        let values = match destination {
            Some(destination) => Some(destination.values.clone()),
            None => sample.filter(|_| !diverged).map(|sample| sample.values),
        };
        RunEnd {
            name: info.name.clone(),
            family: info.family,
            status: destination.map_or(word, |_| DESTINATION),
            steps,
            columns: setup.columns,
            values: values.unwrap_or_else(|| vec![f64::NAN; setup.columns.len()]),
            destination_error: destination.map(|destination| destination.relative_error),
        }
    });
    Ok(Some(CellResult {
        cell,
        length,
        step_size: scalar(&setup, setup.roles.first_step_size),
        largest_step_size: scalar(&setup, setup.roles.largest_step_size),
        runs: runs.collect(),
        elapsed: start.elapsed(),
    }))
}

/// Runs these cells on the threads of the current rayon pool, started in the order given.
///
/// Each is handed to `on_cell`, on the thread that ran it, when it is done. The order of delivery
/// depends on the threads; what is delivered does not.
///
/// Returns early, within some 50 ms, if `watch` is given up, `on_cell` breaks or a cell cannot run; then it is given
/// up here, so that cells which are still being prepared end as well. Cells that were under way are lost, and none
/// else.
pub fn run(
    sweep: &Sweep,
    cells: &[u64],
    watch: &Watch,
    on_cell: &(dyn Fn(CellResult) -> ControlFlow<()> + Sync),
) -> Result<(), SweepError> {
    // A bridge and not a parallel iterator over the slice: that one would cut the list into halves
    // and start with both, which is not coarse to fine.
    cells.iter().par_bridge().try_for_each(|cell| {
        if watch.is_given_up() {
            return Ok(());
        }
        match guarded(sweep, *cell, watch, || finish(sweep, *cell, watch)) {
            Ok(None) => Ok(()),
            Ok(Some(result)) => {
                if on_cell(result).is_break() {
                    watch.give_up();
                }
                Ok(())
            }
            Err(error) => {
                watch.give_up();
                Err(error)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::export;
    use crate::sweep::summary::Results;
    use crate::sweep::{Vary, testing};

    fn small(steps: &str, over: &str, seeds: u64) -> Sweep {
        let settings = [
            ("sgd_runs", "2"),
            ("sgf_runs", "2"),
            ("step_size", "auto"),
            ("steps", steps),
        ];
        testing::small(&settings, &[over], seeds, Vary::All)
    }

    fn results(sweep: &Sweep, threads: usize) -> Results {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| testing::all(sweep))
    }

    #[test]
    fn the_number_of_threads_does_not_show() {
        let sweep = small("300", "alpha=0.05,0.2,0.5", 2);
        let bits = |threads| {
            let results = results(&sweep, threads);
            let runs = results.cells().flat_map(|result| &result.runs);
            runs.map(|run| {
                let values = run.values.iter().map(|value| value.to_bits());
                (run.name.clone(), run.status, run.steps, values.collect())
            })
            .collect::<Vec<(_, _, _, Vec<u64>)>>()
        };
        let alone = bits(1);
        assert_eq!(alone.len(), 6 * 5);
        assert_eq!(alone, bits(4));
    }

    #[test]
    fn what_nobody_reads_is_not_recorded() {
        let mut cell = prepare(&small("300", "alpha=1", 1), 0, &Watch::default()).unwrap();
        cell.session.advance_to(10, None);
        let samples = cell.session.take_samples();
        assert!(!samples.is_empty());
        let mut records = samples.iter().flat_map(|sample| &sample.runs);
        assert!(records.all(Option::is_none));
        cell.session.experiment().leave_out_records(false);
        let last = cell.session.experiment().sample();
        assert!(last.runs.iter().all(Option::is_some));
    }

    #[test]
    fn a_cell_says_what_the_summary_of_its_run_says() {
        // Long enough to converge at α = 1, and too short at 0.01.
        let sweep = small("3000", "alpha=0.01,1", 2);
        let mut words = Vec::new();
        for result in results(&sweep, 2).cells() {
            for (index, run) in result.runs.iter().enumerate() {
                // `run` goes on beyond convergence.
                let mut recipe = sweep.recipe_of(result);
                let taken = run.steps.to_string();
                recipe.knobs.set_text("steps", &taken).unwrap();
                let folder = tempfile::tempdir().unwrap();
                let options = export::Options {
                    out: folder.path().join("run"),
                    record_noise: false,
                    theory: export::Theory::Off,
                    schedule: SamplingSchedule::LogSpaced,
                    spare_cores: 0,
                };
                let summary = export::run(&recipe, &options, |_| true).unwrap();
                let gamma_auto = summary["facts"]["gamma_auto"].as_f64().unwrap();
                assert_eq!(gamma_auto.to_bits(), result.largest_step_size.to_bits());
                assert_eq!(summary["runs"].as_array().unwrap().len(), result.runs.len());
                let told = &summary["runs"][index];
                assert_eq!(run.name, told["name"]);
                assert_eq!(run.family.id, told["algorithm"]);
                assert_eq!(run.status, told["status"]);
                assert_eq!(run.steps, told["steps"].as_u64().unwrap());
                assert_eq!(result.step_size, told["step_size"].as_f64().unwrap());
                for column in run.columns {
                    let (here, there) = (run.value(column.id), told[column.id].as_f64().unwrap());
                    assert_eq!(here.to_bits(), there.to_bits(), "{}", column.id);
                }
                words.push((run.status, run.steps));
            }
        }
        let converged = words.iter().filter(|(status, _)| *status == "converged");
        let steps: BTreeSet<u64> = converged.map(|(_, steps)| *steps).collect();
        assert!(
            steps.len() > 2,
            "each run rests when it has converged: {words:?}"
        );
        assert!(words.contains(&("finished", 3000)), "{words:?}");
    }

    #[test]
    fn the_measured_edge_is_chosen_anew_for_every_cell() {
        let sweep = small("50", "alpha=0.05,0.5", 2);
        let swept = small("50", "step_size=0.01,0.1", 1);
        assert!(swept.with_step_size(StepSize::Edge).is_err());
        let sweep = sweep.with_step_size(StepSize::Edge).unwrap();
        let results = results(&sweep, 2);
        for result in results.cells() {
            let recipe = sweep.recipe(result.cell);
            let edge = (recipe.lab.edge().unwrap().measure)(&recipe.knobs, &Watch::default())
                .unwrap()
                .unwrap();
            assert_eq!(result.step_size, 0.9 * edge);
            // The calibration of γ_auto errs by less than 3 on problems that small.
            let ratio = edge / result.largest_step_size;
            assert!((1.0 / 3.0..3.0).contains(&ratio), "{ratio}");
        }
        let step_size = |cell| results.get(cell).unwrap().step_size;
        assert!(step_size(0) > step_size(2));
    }

    #[test]
    fn a_diverged_run_has_no_numbers() {
        let mut sweep = small("2000", "alpha=0.1,0.3", 1);
        sweep.base.knobs.set_text("step_size", "3").unwrap();
        for result in results(&sweep, 1).cells() {
            let run = &result.runs[0];
            assert!(run.has_diverged() && run.steps < 2000);
            assert!(run.value("validation_loss").is_nan());
        }
    }

    #[test]
    fn it_stops_when_it_is_told_to() {
        let sweep = small("300", "alpha=0.05,0.2,0.5", 4);
        let order = sweep.order(0..sweep.cells());
        let count = AtomicU64::new(0);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let go = |watch: &Watch| {
            pool.install(|| {
                run(
                    &sweep,
                    &order,
                    watch,
                    &|_| match 1 + count.fetch_add(1, Ordering::Relaxed) {
                        3 => ControlFlow::Break(()),
                        _ => ControlFlow::Continue(()),
                    },
                )
            })
        };
        go(&Watch::default()).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 3);
        let given_up = Watch::default();
        given_up.give_up();
        go(&given_up).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_place_that_cannot_run_is_named() {
        let sweep = small("10", "batch=1,100", 1);
        let error = run(&sweep, &[0, 1], &Watch::default(), &|_| {
            ControlFlow::Continue(())
        });
        let message = error.unwrap_err().to_string();
        assert!(
            message.starts_with("batch = 100 cannot run: a batch of 100"),
            "{message}"
        );
    }
}
