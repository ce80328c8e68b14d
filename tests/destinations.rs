//! Sweeps whose runs end once it is known where they are going to end: every validation loss lies within its stated
//! error of the one that the whole run comes to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;

use implicit_bias_lab::model::watch::Watch;
use implicit_bias_lab::recipe::preset;
use implicit_bias_lab::sweep::run::{self, DESTINATION, RunEnd};
use implicit_bias_lab::sweep::{Axis, Finish, Steps, Sweep, Vary};

/// One run of GD, SGD and SGF each on eight rows of twelve columns, to a loss at which validation moves no more: below
/// 1e-22 β is within about 1e-11 of its end in the directions that count, and so is validation, relatively.
const SETTINGS: [(&str, &str); 8] = [
    ("n", "8"),
    ("d", "12"),
    ("sparsity", "2"),
    ("sgd_runs", "1"),
    ("sgf_runs", "1"),
    ("step_size", "auto"),
    ("steps", "100000"),
    ("tolerance", "1e-22"),
];

/// What the validation loss of the whole run is off by, itself, relatively. Where β is closer to β* than a thousandth of
/// it, the same distance from its end counts for more: the loss is the square of the distance from β*.
fn rounding(whole: &RunEnd) -> f64 {
    1e-8 * (1e-3 / whole.value("relative_error")).max(1.0)
}

fn sweep(settings: &[(&str, &str)], over: &[&str], seeds: u64) -> Sweep {
    let mut recipe = preset("fig2").unwrap().recipe();
    for (key, value) in SETTINGS.iter().chain(settings) {
        recipe.knobs.set_text(key, value).unwrap();
    }
    let axes = Axis::parse_all(over, &recipe.knobs).unwrap();
    Sweep::new(recipe, axes, seeds, Vary::All, Steps::Recipe).unwrap()
}

/// The runs of every cell, by its number.
fn ends(sweep: &Sweep) -> BTreeMap<u64, Vec<RunEnd>> {
    let ends = Mutex::new(BTreeMap::new());
    let cells: Vec<u64> = (0..sweep.cells()).collect();
    run::run(sweep, &cells, &Watch::default(), &|result| {
        ends.lock().unwrap().insert(result.cell, result.runs);
        ControlFlow::Continue(())
    })
    .unwrap();
    ends.into_inner().unwrap()
}

/// What came of a sweep: runs that ended by their destination, all runs, their steps and those of the whole runs.
#[derive(Debug, Default)]
struct Outcome {
    early: usize,
    /// Of these, whose whole runs converged.
    compared: usize,
    /// Of these, with β within a thousandth of β*.
    recovered: usize,
    runs: usize,
    steps: u64,
    steps_of_whole: u64,
}

/// Holds a sweep whose runs end early against the same one to the end.
fn compare(sweep: Sweep) -> Outcome {
    let whole = ends(&sweep);
    let finish = Finish::DESTINATION;
    let early = ends(&sweep.with_finish(finish).unwrap());
    let mut outcome = Outcome::default();
    for (cell, runs) in &early {
        for (run, whole) in runs.iter().zip(&whole[cell]) {
            outcome.runs += 1;
            outcome.steps += run.steps;
            outcome.steps_of_whole += whole.steps;
            let [known, reached] = [run, whole].map(|run| run.value("validation_loss"));
            if let Some(error) = run.destination_error {
                outcome.early += 1;
                assert_eq!(run.status, DESTINATION);
                assert!((0.0..=1e-3).contains(&error), "{error}");
                // Of one that has not come to its end there is nothing to compare with.
                if whole.status != "converged" {
                    continue;
                }
                outcome.compared += 1;
                outcome.recovered += usize::from(whole.value("relative_error") < 1e-3);
                assert!(
                    (known / reached - 1.0).abs() <= error + rounding(whole),
                    "cell {cell}, {}: {known} ± {error} (relative) after {} steps, {reached} after {}",
                    run.name,
                    run.steps,
                    whole.steps
                );
            } else {
                assert_eq!((run.status, run.steps), (whole.status, whole.steps));
                assert_eq!(known.to_bits(), reached.to_bits());
            }
        }
    }
    outcome
}

#[test]
fn destinations_are_within_their_stated_error_over_scales_and_step_sizes() {
    let over = ["alpha=0.1:1:6", "step_size=0.01,0.04,0.08"];
    let outcome = compare(sweep(&[("step_size", "0.05")], &over, 9));
    assert_eq!(outcome.runs, 6 * 3 * 9 * 3);
    // Nearly all converge; what is beyond its largest stable step size is judged by nobody.
    assert!(outcome.compared * 10 >= outcome.runs * 8, "{outcome:?}");
    assert!(outcome.steps * 2 < outcome.steps_of_whole, "{outcome:?}");
}

#[test]
fn destinations_are_within_their_stated_error_after_label_noise() {
    let settings = [("label_noise", "step-off"), ("label_noise_until", "400")];
    let over = ["alpha=0.1:1:6", "label_noise_level=0.1,0.3,0.5,0.8"];
    let sweep = sweep(&settings, &over, 10);
    let runs = ends(&sweep.clone().with_finish(Finish::DESTINATION).unwrap());
    let mut runs = runs.values().flatten();
    assert!(
        runs.all(|run| run.destination_error.is_none() || run.steps > 400),
        "nobody is judged while label noise is on"
    );
    let outcome = compare(sweep);
    assert_eq!(outcome.runs, 6 * 4 * 10 * 3);
    // The others are too slow: label noise lowers α far.
    assert!(outcome.compared * 10 >= outcome.runs * 6, "{outcome:?}");
    assert!(outcome.recovered > 0, "{outcome:?}");
}

#[test]
fn nobody_is_judged_whom_the_theorem_does_not_cover_or_something_still_moves() {
    let lasting = [
        ("label_noise", "constant"),
        ("label_noise_level", "0.1"),
        ("steps", "3000"),
    ];
    let decaying = [("weight_decay", "0.001"), ("steps", "3000")];
    let deep = [("depth", "3"), ("steps", "3000")];
    let others = [
        ("gd_runs", "0"),
        ("sgd_runs", "0"),
        ("sgf_runs", "0"),
        ("wrong_sde_runs", "1"),
        ("sgf_exact_runs", "1"),
        ("steps", "3000"),
    ];
    for settings in [&lasting[..], &decaying, &deep, &others] {
        let outcome = compare(sweep(settings, &["alpha=0.3,1"], 3));
        assert_eq!(outcome.early, 0, "{settings:?}");
        assert_eq!(outcome.steps, outcome.steps_of_whole);
    }
}

#[test]
fn a_lab_that_does_not_know_says_so() {
    let recipe = preset("linear-span").unwrap().recipe();
    let sweep = Sweep::new(recipe, Vec::new(), 2, Vary::All, Steps::Recipe).unwrap();
    let refused = sweep.with_finish(Finish::DESTINATION).unwrap_err();
    assert!(
        refused.to_string().contains("leave `--finish` out"),
        "{refused}"
    );
    for wrong in ["destination:0", "destination:0.5", "destination:x", "soon"] {
        assert!(wrong.parse::<Finish>().is_err(), "{wrong}");
    }
    for right in ["end", "destination:0.001", "destination:0.00000002"] {
        let finish: Finish = right.parse().unwrap();
        assert_eq!(finish.to_string().parse(), Ok(finish));
    }
}
