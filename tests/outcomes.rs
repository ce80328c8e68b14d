//! How runs end, and that every place that says so says the same: converged below the tolerance at that very step,
//! collapsed where the noise holds the weights at 0, diverged.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use implicit_bias_lab::export::{self, Options, Theory};
use implicit_bias_lab::figure::simulate::simulate;
use implicit_bias_lab::knobs::{Role, Value};
use implicit_bias_lab::labs::{Shown, Steps, Vary, all};
use implicit_bias_lab::recipe::{Recipe, preset};
use implicit_bias_lab::sim::experiment::RunStatus;
use implicit_bias_lab::sim::schedule::SamplingSchedule;
use implicit_bias_lab::sim::session::Session;
use implicit_bias_lab::sweep::summary::Results;
use implicit_bias_lab::sweep::{Axis, Sweep};

fn recipe(name: &str, settings: &[(&str, &str)]) -> Recipe {
    let mut recipe = preset(name).unwrap().recipe();
    for (key, value) in settings {
        recipe.knobs.set_text(key, value).unwrap();
    }
    recipe
}

fn session(recipe: &Recipe) -> Session<dyn implicit_bias_lab::labs::RecordingExperiment> {
    let experiment = recipe.lab.experiment(&recipe.knobs, false).unwrap();
    Session::new(
        experiment,
        SamplingSchedule::LogSpaced,
        recipe.knobs.clone(),
        recipe.changes.clone(),
    )
}

/// At γ = 0.8 the shrinkage 2γDⱼL(0) outruns |Xᵀy/n|ⱼ in every coordinate of these data: from a small α nearly every
/// run falls to w = 0, unless a first jump is so large that it diverges.
const COLLAPSING: &[(&str, &str)] = &[
    ("alpha", "0.01"),
    ("step_size", "0.8"),
    ("sgf_substeps", "10"),
    ("gd_runs", "0"),
    ("sgd_runs", "0"),
    ("sgf_runs", "6"),
    ("steps", "8000"),
];

fn collapsed(status: &[RunStatus]) -> Vec<usize> {
    let runs = status.iter().enumerate();
    let collapsed = runs.filter(|(_, status)| **status == RunStatus::Collapsed);
    collapsed.map(|(run, _)| run).collect()
}

#[test]
fn sgf_at_a_large_step_size_collapses_and_everything_says_so() {
    let recipe = recipe("fig2", COLLAPSING);
    let history = simulate(&recipe, 8000, false, &mut |_| {}).unwrap();
    let collapsed = collapsed(&history.status);
    assert!(collapsed.len() > 3, "{:?}", history.status);
    assert!(history.status.iter().all(|status| status.has_failed()));
    let loss = history.setup.column("training_loss").unwrap();
    let norm = history.setup.column("norm_l1").unwrap();
    for run in &collapsed {
        let values = &history.runs[*run].values;
        // Where w = 0, L is that of β = 0, with which every run starts as well.
        let [start, end] = [values[loss][0], *values[loss].last().unwrap()];
        assert!((end / start - 1.0).abs() < 1e-12 && *values[norm].last().unwrap() < 1e-12);
    }
    let words = recipe.lab.caption(&Shown {
        knobs: &recipe.knobs,
        history: &history,
        row: history.len() - 1,
        hidden: &[],
    });
    let told = format!("{} collapsed", collapsed.len());
    assert!(words.contains(&told), "{words}");

    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        out: folder.path().join("run"),
        record_noise: false,
        theory: Theory::Off,
        schedule: SamplingSchedule::LogSpaced,
        spare_cores: 0,
    };
    let summary = export::run(&recipe, &options, |_| true).unwrap();
    for run in collapsed {
        assert_eq!(summary["runs"][run]["status"], "collapsed");
    }
    let (_, archived) = implicit_bias_lab::archive::read(&options.out).unwrap();
    assert_eq!(archived.status, history.status);
}

#[test]
fn sweeps_count_collapsed_runs_and_leave_them_out_of_medians() {
    let base = recipe("fig2", COLLAPSING);
    let axis = Axis::parse("step_size=0.05,0.8", &base.knobs).unwrap();
    let sweep = Sweep::new(base, vec![axis], 2, Vary::Noise, Steps::Recipe).unwrap();
    let cells: Vec<u64> = (0..sweep.cells()).collect();
    let results = Results::of(&sweep, &cells, &|_| {}).unwrap();
    let tally = results.tally_at(1, "sgf");
    assert!(tally.collapsed > 5 && tally.runs() == 12, "{tally:?}");
    assert!(tally.failures().unwrap().contains(" collapsed"));
    assert_eq!(results.band(1, "sgf", "validation_loss"), None);
    assert!(results.band(0, "sgf", "validation_loss").is_some());
    // Their numbers are in the table all the same, and nobody has waited for them.
    let runs = results.at(1).flat_map(|cell| &cell.runs);
    for run in runs.filter(|run| run.status == "collapsed") {
        assert!(run.value("training_loss").is_finite() && run.outcome("training_loss").is_nan());
        assert!(run.steps < 8000, "{}", run.steps);
    }
}

/// The status is that of the settings in force: with a small γ the gradient wins again.
#[test]
fn a_smaller_step_size_brings_a_collapsed_run_back_to_life() {
    let mut recipe = recipe("fig2", COLLAPSING);
    // So large that the weights need not fall far before a return is out of the question.
    for (key, value) in [("step_size", "1.2"), ("alpha", "0.1")] {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let mut session = session(&recipe);
    while collapsed(&session.status()).is_empty() {
        session.advance_to(session.step() + 10, None);
        assert!(session.step() < 8000);
    }
    let run = collapsed(&session.status())[0];
    session
        .retune(vec![("step_size".to_owned(), Value::Real(0.05))])
        .unwrap();
    assert_eq!(session.status()[run], RunStatus::Running);
    let column = session
        .experiment()
        .setup()
        .column("training_loss")
        .unwrap();
    let mut loss_after = |steps: u64| {
        session.advance_to(session.step() + steps, None);
        let sample = session.experiment().sample();
        sample.runs[run].as_ref().unwrap().values[column]
    };
    let saddle = loss_after(0);
    assert!(loss_after(60_000) < 0.5 * saddle);
}

/// Of every lab whose runs converge, at the first sample that says so.
#[test]
fn the_loss_written_where_a_run_converges_is_below_the_tolerance() {
    let mut converged = 0;
    for lab in all() {
        for preset in lab.presets() {
            let mut recipe = preset.recipe();
            let length = recipe.knobs.length().min(20_000);
            drop(recipe.knobs.set_of(Role::Length, Value::Count(length)));
            let (Some(tolerance), Some(loss)) =
                (recipe.knobs.real_of(Role::Tolerance), lab.roles().loss)
            else {
                continue;
            };
            let mut session = session(&recipe);
            let column = session.experiment().setup().column(loss).unwrap();
            let mut known = vec![false; session.status().len()];
            session.take_samples();
            while session.step() < length {
                // The schedule's next sample is at most so far away.
                let step = session.step();
                while session.step() == step || !session.has_samples() {
                    session.advance_to((session.step() + 1).min(length), None);
                    if session.step() == length {
                        break;
                    }
                }
                let samples = session.take_samples();
                let Some(sample) = samples.last() else {
                    continue;
                };
                for (run, status) in session.status().into_iter().enumerate() {
                    if status == RunStatus::Converged && !known[run] {
                        known[run] = true;
                        converged += 1;
                        let written = sample.runs[run].as_ref().unwrap().values[column];
                        assert!(written < tolerance, "{}: {written}", preset.id);
                    }
                }
            }
        }
    }
    assert!(converged > 20, "{converged}");
}
